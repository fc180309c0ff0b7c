"""ServiceLifecycle: states, and what holds after start, stop and a restart."""

from tck.checkers.answers import Checker, all_of, gives, gives_what, ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.checkers.listening import where_bound
from tck.checkers.matching import Which
from tck.checkers.readings import came
from tck.conformance import Conform, clauses
from tck.operations import (
    BatchReceive,
    BindQueue,
    CreateConsumer,
    CreateProducer,
    CurrentState,
    Get,
    LifeState,
    Reply,
    Send,
    SendAsync,
    SendBatch,
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


def to(queue: str) -> Which:
    """Select what is sent to a queue."""
    return lambda one: str(one.message.header.destination).endswith(f"-{queue}")


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
        "api.ServiceLifecycle.restart-state": all_of(state(3, LifeState.STARTED), state(4, LifeState.STOPPED)),
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


@clauses({"api.ServiceLifecycle.restart": all_of(succeeds(ops(Send)), nothing_lost("c"))})
def test_a_producer_can_be_restarted(conform: Conform) -> None:
    """A producer that was stopped and started sends again, repeatedly."""
    again = (Stop(), Start(), send("q"))
    conform(Program.of(producer("p", send("q"), *again, *again)).then(puller("c", "q", ReceiveUntil(3))))


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
            nothing_lost("c", which=to("q")), where_bound(nothing_lost("d", which=to("r")))
        )
    }
)
def test_a_pushed_to_consumer_can_be_restarted(conform: Conform) -> None:
    """A consumer that was stopped, started and bound is pushed to again, repeatedly, or bound before it is started."""
    early = pusher("d", "r", Stop(), BindQueue("r", Reply.ACK), Start())
    program = Program.of(pusher("c", "q"), early, producer("p"), queues=("q", "r"))
    program = program.then(client("p", send("q"), AwaitDeliveries(1, on="c"), send("r"), AwaitDeliveries(1, on="d")))
    for count in (2, 3):
        steps = (Stop(), Start(), BindQueue("q", Reply.ACK), Send(message("q"), on="p"), AwaitDeliveries(count))
        program = program.then(client("c", *steps))
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
        "api.ServiceLifecycle.stop-no-batch-pull": came("stopped"),
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
            *(succeeds(ops(kind)) for kind in (SendAsync, Get, SendBatch, SendOneway)), nothing_lost("c")
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
