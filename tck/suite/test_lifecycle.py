"""ServiceLifecycle: states, and what holds after start, stop and a restart."""

from tck.checkers.answers import Checker, all_of, gives, ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.conformance import Conform, clauses
from tck.operations import BindQueue, CreateConsumer, CreateProducer, CurrentState, LifeState, Reply, Send, Start, Stop
from tck.programs import AwaitDeliveries, Program, ReceiveUntil, client, message, producer, puller, pusher, send

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


@clauses(
    {
        "api.ServiceLifecycle.initial-state": state(0, LifeState.INITIALIZED),
        "api.ServiceLifecycle.started-state": state(1, LifeState.STARTED),
        "api.ServiceLifecycle.stopped-state": state(2, LifeState.STOPPED),
        "api.ServiceLifecycle.restart-state": all_of(state(3, LifeState.STARTED), state(4, LifeState.STOPPED)),
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


@clauses({"api.ServiceLifecycle.restart-push": nothing_lost("c")})
def test_a_pushed_to_consumer_can_be_restarted(conform: Conform) -> None:
    """A consumer that was stopped, started and bound is pushed to again, repeatedly."""
    program = Program.of(pusher("c", "q"), producer("p")).then(client("p", send("q"), AwaitDeliveries(1, on="c")))
    for count in (2, 3):
        steps = (Stop(), Start(), BindQueue("q", Reply.ACK), Send(message("q"), on="p"), AwaitDeliveries(count))
        program = program.then(client("c", *steps))
    conform(program)
