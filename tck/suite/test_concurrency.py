"""Many at once: a queue that is shared, thousands of messages, consumers that come and go while others send."""

from hypothesis import given, settings

from tck.checkers.answers import all_of, follows
from tck.checkers.delivery import acknowledged_is_over, nothing_lost, once, only_own_queue, unacknowledged_comes_again
from tck.checkers.headers import ids_are_unique
from tck.checkers.kept import given_some
from tck.checkers.listening import where_called
from tck.checkers.matching import Sent, to
from tck.conformance import Conform, bulky, clauses
from tck.operations import Reply, SendBatch, Stop, Suspend
from tck.programs import (
    EVERYBODY,
    AckReceived,
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    client,
    handfuls,
    message,
    producer,
    puller,
    pusher,
    send,
)
from tck.strategies import workloads

MANY = 1100
"""More than the round number that a queue, or what one consumer holds, may be limited to."""


IDLE = 0.6
"""Seconds."""


def batches(count: int) -> list[SendBatch]:
    """Return the steps that send so many small messages, a few at once."""
    return [SendBatch(batch) for batch in handfuls([message("q", b"%d" % n) for n in range(count)])]


def waits(one: Sent) -> bool:
    """Select what waits before anybody receives."""
    return one.entry.client == "p"


@bulky
@clauses(
    {
        "2.3.4-at-least-once": nothing_lost(),
        "2.3.1-message-id-unique": ids_are_unique,
        "api.Producer.send-batch-delivers": nothing_lost(),
        "usecase.p2p-shared-queue": nothing_lost("c", "d", "holder"),
        "usecase.p2p-consumed-once": once("c", "d", if_acknowledged=True),
        "api.Consumer.ack-unacked-redelivered": unacknowledged_comes_again("c", "d"),
        "reading.held-how-many": follows(
            {
                "everything": nothing_lost("holder", which=waits),
                "some": all_of(given_some("holder", which=waits), nothing_lost("c", "d", which=waits)),
            }
        ),
    }
)
def test_thousands_of_messages(conform: Conform) -> None:
    """Of more than a thousand messages that wait, that one consumer held and left, or that come meanwhile, not one is lost."""
    program = Program.of(producer("p", *batches(MANY)))
    program = program.then(puller("holder", "q", ReceiveUntil(MANY, ack=False), Stop()))
    takers = [puller(name, "q", Drain(expect=MANY + 100, rest=True)) for name in ("c", "d")]
    conform(program.then(producer("s", *batches(100)), *takers))


@clauses(
    {
        "usecase.p2p-shared-queue": where_called(nothing_lost("c", "d")),
        "usecase.p2p-consumed-once": where_called(once("c", "d", if_acknowledged=True)),
    }
)
def test_two_listeners_share_a_queue(conform: Conform) -> None:
    """Where two consumers listen to one queue every message is pushed, and none to both."""
    program = Program.of(producer("p"), pusher("c", "q"), pusher("d", "q"))
    sends = [send("q", b"%d" % n) for n in range(12)]
    conform(program.then(client("p", *sends, AwaitDeliveries(12, on=EVERYBODY), Quiet())))


@clauses(
    {
        "2.3.4-at-least-once": nothing_lost("c", which=to("q")),
        "api.Consumer.listener-called": nothing_lost("d", which=to("r")),
    }
)
def test_who_was_idle_goes_on(conform: Conform) -> None:
    """A producer, a consumer and a listener that had nothing to do for more than half a second go on as before."""
    program = Program.of(producer("p"), puller("c", "q"), pusher("d", "r"), queues=("q", "r"))
    for count in (1, 2):
        program = program.then(client("p", send("q"), send("r")), client("idle", Quiet(least=IDLE)))
        program = program.then(client("c", ReceiveUntil(1)), client("d", AwaitDeliveries(count)))
    conform(program)


@clauses({"api.Consumer.batch-receive-messages": nothing_lost("c")})
def test_more_than_a_batch_is_received(conform: Conform) -> None:
    """Of more messages than a batch holds, not one is lost between one batchReceive and the next."""
    program = Program.of(producer("p", *batches(200)))
    conform(program.then(puller("c", "q", ReceiveUntil(200, batch=True))))


@clauses({"api.Consumer.batch-listener-called": nothing_lost("c")})
def test_more_than_a_batch_is_pushed(conform: Conform) -> None:
    """Of more messages than a batch holds, not one is lost between one call of a batch listener and the next."""
    program = Program.of(producer("p", *batches(200)))
    conform(program.then(pusher("c", "q", AwaitDeliveries(200), batch=True)))


@clauses(
    {
        "usecase.p2p-consumed-once": once("c", "d", if_acknowledged=True),
        "usecase.p2p-shared-queue": nothing_lost("c", "d"),
    }
)
def test_consumers_that_wait_at_the_same_time(conform: Conform) -> None:
    """Where two consumers wait in receive as messages come, each message is given to one of them."""
    program = Program.of(producer("p"), *(puller(name, "awaited") for name in ("c", "d")), queues=("awaited",))
    waits = [client(name, Drain(times=4, expect=6)) for name in ("c", "d")]
    conform(program.then(client("p", Quiet(), *(send("awaited", b"%d" % n) for n in range(6))), *waits))


@clauses(
    {
        "api.Consumer.ack-not-redelivered": acknowledged_is_over,
        "api.Consumer.ack-only-that-message": unacknowledged_comes_again("last"),
    }
)
def test_consumers_that_acknowledge_at_the_same_time(conform: Conform) -> None:
    """What two consumers acknowledge at the same time is over for both, and what they leave comes again."""
    program = Program.of(producer("p", *[send("q")] * 12), puller("c", "q"), puller("d", "q"))
    for name in ("c", "d"):
        program = program.then(client(name, ReceiveUntil(6, ack=False)))
    program = program.then(*(client(name, *[AckReceived("first")] * 4) for name in ("c", "d")))
    program = program.then(client("c", Stop()), client("d", Stop()))
    conform(program.then(puller("last", "q", Drain(rest=True))))


@clauses({"api.MessageListener.unacked-redelivered": all_of(unacknowledged_comes_again("d"), nothing_lost("d"))})
def test_what_a_suspended_listener_left_comes_again(conform: Conform) -> None:
    """What a listener did not acknowledge before its consumer was suspended comes again once that is stopped."""
    steps = (AwaitDeliveries(3), Suspend(), Quiet(), Stop())
    program = Program.of(producer("p", *[send("q")] * 3)).then(pusher("c", "q", *steps, reply=Reply.SKIP))
    conform(program.then(puller("d", "q", ReceiveUntil(3))))


@clauses(
    {
        "2.3.4-at-least-once": nothing_lost(),
        "2.3.1-message-id-unique": ids_are_unique,
        "2.3.6-destination-no-other": only_own_queue,
        "api.Consumer.ack-not-redelivered": acknowledged_is_over,
    }
)
@settings(max_examples=6)
@given(workloads())
def test_consumers_come_and_go(conform: Conform, program: Program) -> None:
    """However consumers are bound anew and restarted while messages are sent, none is lost, repeated or led astray."""
    conform(program)


@clauses(
    {
        "api.Consumer.suspend-nothing-lost": nothing_lost(),
        "api.Consumer.listener-own-queue": only_own_queue,
    }
)
@settings(max_examples=6)
@given(workloads(push=True))
def test_listeners_come_and_go(conform: Conform, program: Program) -> None:
    """However listeners are suspended, bound anew and restarted while messages are sent, none is lost or led astray."""
    conform(program)
