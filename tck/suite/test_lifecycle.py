"""ServiceLifecycle: states, and what holds after start, stop and a restart."""

from tck.checkers.answers import Checker, all_of, gives, gives_what, ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.checkers.listening import where_bound
from tck.checkers.matching import to
from tck.checkers.readings import never_given, where
from tck.conformance import Conform, clauses
from tck.operations import (
    BatchReceive,
    BindQueue,
    BindQueueBatch,
    CreateConsumer,
    CreateProducer,
    CurrentState,
    Get,
    LifeState,
    Operation,
    Reply,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Start,
    Stop,
)
from tck.programs import AwaitDeliveries, Program, ReceiveUntil, Step, client, message, producer, puller, pusher, send

STATES = (
    CurrentState(),
    Start(),
    CurrentState(),
    Stop(),
    CurrentState(),
    Start(),
    CurrentState(),
    Stop(),
    CurrentState(),
)


def state(at: int, expected: LifeState) -> Checker:
    """The state that producer and consumer are in when they are asked for the n-th time."""
    return all_of(*(gives(ops(CurrentState, client=name, at=at), expected) for name in ("p", "c")))


def never_in(*states: LifeState, at: int | None = None) -> Checker:
    """No endpoint is in one of these states when it is asked (for the n-th time)."""
    words = f"a state other than {', '.join(states)}"
    return all_of(
        *(
            gives_what(ops(CurrentState, client=name, at=at), words, lambda given, _: given not in states)
            for name in ("p", "c")
        )
    )


@clauses(
    {
        "api.ServiceLifecycle.initial-state": state(0, LifeState.INITIALIZED),
        "api.ServiceLifecycle.started-state": state(1, LifeState.STARTED),
        "api.ServiceLifecycle.stopped-state": state(2, LifeState.STOPPED),
        "api.ServiceLifecycle.restart-state": where(
            succeeds(ops(Start)), all_of(state(3, LifeState.STARTED), state(4, LifeState.STOPPED))
        ),
        "api.ServiceLifecycle.transient-states-not-after": never_in(LifeState.STARTING, LifeState.STOPPING),
        "api.ServiceLifecycle.initial-state-not-again": all_of(
            *(never_in(LifeState.INITIALIZED, at=at) for at in range(1, 5))
        ),
    }
)
def test_states_follow_start_and_stop(conform: Conform) -> None:
    """Producer and consumer are INITIALIZED, then STARTED and STOPPED, as often as they are."""
    conform(Program.of(client("p", CreateProducer(), *STATES), client("c", CreateConsumer(), *STATES)))


@clauses({"api.ServiceLifecycle.ready-after-start": all_of(succeeds(ops(Send)), nothing_lost("c"))})
def test_an_endpoint_is_ready_after_start(conform: Conform) -> None:
    """A producer sends, and a consumer receives, at the first call after start."""
    conform(Program.of(producer("p", send("q", b"the first"))).then(puller("c", "q", ReceiveUntil(1))))


WAYS: tuple[type[Operation], ...] = (SendAsync, Get, SendBatch, SendBatchAsync, SendOneway, SendBatchOneway)


@clauses(
    {
        "api.ServiceLifecycle.restart": all_of(
            succeeds(ops(Send)), nothing_lost("c", which=lambda one: one.entry.client == "p")
        ),
        "api.ServiceLifecycle.restart-every-way": all_of(
            *(succeeds(ops(kind)) for kind in WAYS), nothing_lost("d", which=lambda one: one.entry.client != "p")
        ),
    }
)
def test_a_producer_can_be_restarted(conform: Conform) -> None:
    """A producer that was stopped and started sends again, in every way, repeatedly."""
    one, two = message("r", b"one"), (message("r", b"first of two"), message("r", b"second of two"))
    every: dict[str, tuple[Step, ...]] = {
        "p": (send("q"),),
        "async": (SendAsync(one), Get()),
        "batch": (SendBatch(two),),
        "batch async": (SendBatchAsync(two), Get()),
        "oneway": (SendOneway(one), SendBatchOneway(two)),
    }
    program = Program((), ("q", "r"))
    for name, way in every.items():
        program = program.then(producer(name, *way, *(Stop(), Start(), *way) * 2))
    conform(program.then(puller("c", "q", ReceiveUntil(3)), puller("d", "r", ReceiveUntil(24))))


@clauses({"api.ServiceLifecycle.restart-consumer": nothing_lost("c")})
def test_a_pulling_consumer_can_be_restarted(conform: Conform) -> None:
    """A consumer that was stopped, started and bound receives again, repeatedly."""
    again = (Stop(), Start(), BindQueue("q"), ReceiveUntil(1))
    conform(
        Program.of(producer("p", send("q"), send("q"), send("q"))).then(
            puller("c", "q", ReceiveUntil(1), *again, *again)
        )
    )


@clauses(
    {
        "api.ServiceLifecycle.restart-push": all_of(
            nothing_lost("c", which=lambda one: one.entry.client == "c"), where_bound(nothing_lost("d", which=to("s")))
        ),
        "api.ServiceLifecycle.restart-batch-listener": nothing_lost("b", which=lambda one: one.entry.client == "b"),
    }
)
def test_a_pushed_to_consumer_can_be_restarted(conform: Conform) -> None:
    """A consumer that was stopped, started and bound, or bound before it is started, is pushed to again, repeatedly."""
    early = pusher("d", "s", Stop(), BindQueue("s", Reply.ACK), Start())
    made = pusher("c", "q"), pusher("b", "restarted", batch=True), early, producer("p"), producer("o")
    program = Program.of(*made, queues=("q", "restarted", "s"))
    binds = {"c": BindQueue("q", Reply.ACK), "b": BindQueueBatch("restarted", Reply.ACK)}
    for count in (1, 2, 3):
        again = {name: (Stop(), Start(), bind) if count > 1 else () for name, bind in binds.items()}
        sends = {"c": Send(message("q"), on="p"), "b": Send(message("restarted"), on="o")}
        program = program.then(*(client(one, *again[one], sends[one], AwaitDeliveries(count)) for one in binds))
    program = program.then(client("p", send("s"), AwaitDeliveries(1, on="d")))
    conform(program)


@clauses(
    {
        "api.ServiceLifecycle.state-own": all_of(
            gives(ops(CurrentState, client="idle"), LifeState.INITIALIZED),
            gives(ops(CurrentState, client="other"), LifeState.STARTED),
        ),
        "api.ServiceLifecycle.stop-not-started": gives_what(
            ops(CurrentState, client="early"),
            "a state other than STARTED",
            lambda given, _: given is not LifeState.STARTED,
        ),
        "api.ServiceLifecycle.stop-only-itself": all_of(
            succeeds(ops(Send, on="other.p")), nothing_lost("other.c", which=lambda one: one.entry.op.on == "other.p")
        ),
        "api.ServiceLifecycle.restart-nothing-lost": nothing_lost("again", which=lambda one: one.entry.client == "p"),
        "api.ServiceLifecycle.stop-no-batch-pull": never_given("stopped"),
    }
)
def test_an_endpoint_is_stopped_alone(conform: Conform) -> None:
    """Starting or stopping an endpoint changes no other; a stopped consumer is given nothing, and loses nothing."""
    both: tuple[Step, ...] = (
        CreateProducer("other.p"),
        CreateConsumer("other.c"),
        Start(on="other.p"),
        Start(on="other.c"),
    )
    early = (CreateProducer("early.p"), CreateConsumer("early.c"), Stop(on="early.p"), Stop(on="early.c"))
    asks = (CurrentState(on="early.p"), CurrentState(on="early.c"))
    program = Program.of(client("early", *early, *asks), queues=("sibling", "again", "stopped")).then(
        client("other", *both, BindQueue("sibling", on="other.c")),
        client("idle", CreateProducer("idle.p"), CreateConsumer("idle.c")),
        puller("again", "again", Stop()),
        puller("stopped", "stopped", Stop()),
        producer("stopper", Stop()),
    )
    asked = [client(name, CurrentState(on=f"{name}.p"), CurrentState(on=f"{name}.c")) for name in ("other", "idle")]
    program = program.then(*asked, producer("p", send("again"), send("again")), producer("q", send("stopped")))
    quiet = conform.calibration.quiet
    conform(
        program.then(
            client("other", Send(message("sibling"), on="other.p"), ReceiveUntil(1, on="other.c")),
            client("again", Start(), BindQueue("again"), ReceiveUntil(2)),
            client("stopped", BatchReceive(quiet)),
        )
    )


@clauses(
    {
        "api.ServiceLifecycle.ready-after-start-async": all_of(
            *(where(succeeds(ops(Start)), succeeds(ops(kind))) for kind in (SendAsync, Get, SendBatch, SendOneway)),
            nothing_lost("c"),
        )
    }
)
def test_a_producer_is_ready_in_every_way(conform: Conform) -> None:
    """A producer sends asynchronously, oneway and in batches at the first call after start, and after a restart."""
    senders = (
        producer("async", SendAsync(message("q")), Get(), Stop(), Start(), SendAsync(message("q")), Get()),
        producer("oneway", SendOneway(message("q"))),
        producer("batch", SendBatch((message("q"), message("q")))),
    )
    conform(Program.of(*senders).then(puller("c", "q", ReceiveUntil(5))))
