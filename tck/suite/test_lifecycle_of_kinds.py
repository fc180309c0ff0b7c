"""ServiceLifecycle, kind by kind: transactional producers, batch listeners, and the consumers of the later API."""

from tck.checkers.answers import Checker, all_of, gives, ops, succeeds
from tck.checkers.delivery import not_before, nothing_lost
from tck.checkers.listening import where_bound
from tck.checkers.matching import Which
from tck.checkers.readings import came, never_given
from tck.conformance import Conform, clauses
from tck.operations import (
    Answer,
    BindQueueBatch,
    BindQueues,
    BindQueuesBatch,
    Commit,
    CreateConsumer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateTransactionProducer,
    CurrentState,
    LifeState,
    Prepare,
    Receive,
    Reply,
    Send,
    Start,
    Stop,
)
from tck.programs import (
    AwaitDeliveries,
    Client,
    Program,
    Quiet,
    ReceiveUntil,
    Step,
    client,
    message,
    producer,
    pull_consumer,
    puller,
    push_consumer,
    send,
)

LIFE = CurrentState(), Start(), CurrentState(), Stop(), CurrentState(), Start(), CurrentState(), Stop(), CurrentState()
STATES = (LifeState.INITIALIZED, *(LifeState.STARTED, LifeState.STOPPED) * 2)


def states(name: str = "life") -> Checker:
    """The states of an endpoint that is started and stopped twice."""
    return all_of(*(gives(ops(CurrentState, client=name, at=at), state) for at, state in enumerate(STATES)))


def saying(body: bytes) -> Which:
    """Select messages with this body."""
    return lambda one: one.message.body == body


def sent_by(name: str) -> Which:
    """Select messages that this client sent."""
    return lambda one: one.entry.client == name


def prepared(queue: str, body: bytes) -> tuple[Step, ...]:
    """Return the steps that prepare a message and commit it."""
    return Prepare(message(queue, body)), Commit()


@clauses(
    {
        "api.ServiceLifecycle.transactional-states": states(),
        "api.ServiceLifecycle.transactional-ready-after-start": all_of(
            succeeds(ops(Prepare, Commit, client="first")), came("c", b"first")
        ),
        "api.ServiceLifecycle.transactional-restart": all_of(
            succeeds(ops(Prepare, Commit, Send, client="again")), came("d", b"again 0", b"again 1", b"again 2", b"sent")
        ),
    }
)
def test_a_transactional_producer_lives(conform: Conform) -> None:
    """A transactional producer has the states of every endpoint, prepares at the first call, and again after each restart."""
    create = CreateTransactionProducer((Answer.UNKNOWN,), "first"), Start()
    twice = (step for n in (1, 2) for step in (Stop(), Start(), *prepared("again", b"again %d" % n)))
    again = CreateTransactionProducer((Answer.UNKNOWN,), "again"), Start(), *prepared("again", b"again 0"), *twice
    program = Program.of(
        client("life", CreateTransactionProducer((Answer.UNKNOWN,), "life"), *LIFE),
        client("first", *create, *prepared("first", b"first")),
        client("again", *again, send("again", b"sent")),
        queues=("first", "again"),
    )
    conform(program.then(puller("c", "first", ReceiveUntil(1)), puller("d", "again", ReceiveUntil(4))))


@clauses(
    {
        "api.ServiceLifecycle.ready-after-start-batch-listener": where_bound(
            nothing_lost("early", which=saying(b"early"))
        )
    }
)
def test_a_batch_listener_is_ready(conform: Conform) -> None:
    """A batch listener that was bound before the start is given what is sent as soon as start has returned."""
    early = client("early", CreateConsumer("early"), BindQueueBatch("q", Reply.ACK))
    at_once = Start(), Send(message("q", b"early"), on="p"), AwaitDeliveries(1)
    conform(Program.of(early, producer("p")).then(client("early", *at_once)))


@clauses(
    {
        "api.ServiceLifecycle.pull-consumer-states": states(),
        "api.ServiceLifecycle.pull-consumer-ready-after-start": nothing_lost("new", which=saying(b"new")),
        "api.ServiceLifecycle.pull-consumer-restart": nothing_lost("again", which=saying(b"again")),
        "api.ServiceLifecycle.pull-consumer-stop": never_given("stopped"),
    }
)
def test_a_pull_consumer_lives(conform: Conform) -> None:
    """A consumer that pulls, of the later API, has the states of every endpoint, and receives when it is started, each time."""
    sends = (*[send("a", b"again")] * 3, send("n", b"new"), send("s", b"stopped"))
    program = Program.of(client("life", CreatePullConsumer(name="life"), *LIFE), producer("p", *sends), queues="ans")
    again = (Stop(), Start(), BindQueues(("a",)), ReceiveUntil(1))
    conform(
        program.then(
            pull_consumer("again", "a", ReceiveUntil(1), *again, *again),
            pull_consumer("new", "n", ReceiveUntil(1)),
            pull_consumer("stopped", "s", Stop(), Receive(conform.calibration.quiet)),
        )
    )


def _restarted(name: str, queue: str, bind: Step) -> Client:
    """Return the client that restarts a consumer twice, and each time awaits what it sends."""
    sends = Send(message(queue, b"again"), on=f"p {name}")
    rounds = (step for n in (2, 3) for step in (Stop(), Start(), bind, sends, AwaitDeliveries(n)))
    return client(name, sends, AwaitDeliveries(1), *rounds)


@clauses(
    {
        "api.ServiceLifecycle.push-consumer-states": states(),
        "api.ServiceLifecycle.push-consumer-restart": all_of(
            *(nothing_lost(name, which=sent_by(name)) for name in ("one", "many"))
        ),
        "api.ServiceLifecycle.push-consumer-stop": all_of(
            *(
                not_before(ops(Stop, on=name), ops(Start, client="starter", on=name), name, "nothing after stop")
                for name in ("quits", "quit many")
            )
        ),
    }
)
def test_a_push_consumer_lives(conform: Conform) -> None:
    """A consumer that is pushed to, of the later API, has the states of every endpoint, and is pushed to while it is started."""
    binds: dict[str, Step] = {"one": BindQueues(("o",), Reply.ACK), "many": BindQueuesBatch(("m",), Reply.ACK)}
    program = Program.of(
        client("life", CreatePushConsumer(name="life"), *LIFE),
        push_consumer("one", "o"),
        push_consumer("many", "m", batch=True),
        push_consumer("quits", "s"),
        push_consumer("quit many", "t", batch=True),
        *(producer(f"p {name}") for name in binds),
        producer("p", send("s"), send("t")),
        queues="omst",
    )
    program = program.then(*(client(name, AwaitDeliveries(1), Stop()) for name in ("quits", "quit many")))
    restarts = (_restarted(name, name[0], bind) for name, bind in binds.items())
    program = program.then(*restarts, client("p", send("s"), send("t"), Quiet(2)))
    conform(program.then(client("starter", Start(on="quits"), Start(on="quit many"))))
