"""What a consumer may rely on while it is suspended, or after it was unbound elsewhere: acknowledgements, delays, expiries."""

from tck.checkers.answers import Checker, all_of, follows, ops, succeeds
from tck.checkers.delivery import by_context_is_over, not_before, nothing_to, over
from tck.checkers.readings import where
from tck.checkers.timing import delayed, gone, unless_refused
from tck.checkers.ways import where_sent
from tck.conformance import Conform, clauses
from tck.operations import Ack, BindQueue, Reply, Resume, Stop, Suspend, UnbindQueue
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveFrom,
    ReceiveUntil,
    client,
    producer,
    pull_consumer,
    puller,
    pusher,
    send,
)
from tck.suite.test_scheduling import HOUR, delay_of, span
from tck.suite.test_scheduling_ways import WAIT, bound_for, expiring
from tck.suite.test_suspension import by

ENDLESS = ops(Suspend, on="c", at=1)
"""The suspension until resume of what is suspended for a while."""


@clauses(
    {
        "api.Consumer.suspend-holds": where(
            succeeds(ENDLESS), not_before(ENDLESS, ops(Resume, on="c"), "c", "nothing until resume is called")
        )
    }
)
def test_a_suspension_outlasts_the_timeout_of_another(conform: Conform) -> None:
    """A suspension of what is suspended for a while already lasts until resume, and not only for that while."""
    seconds = round(2 * conform.calibration.quiet, 3)
    program = Program.of(pusher("c", "q"), producer("p"))
    conform(
        program.then(client("c", Suspend(seconds), Suspend(), by("p", "q"), Quiet(4), Resume(), AwaitDeliveries(1)))
    )


@clauses(
    {
        f"ext.expire-time-not-after-{way}": where_sent(bound_for(way), follows(gone(bound_for(way))))
        for way in ("pushed", "batch-pushed")
    }
)
def test_what_expires_during_a_suspension_is_gone(conform: Conform) -> None:
    """What expires while its listener is suspended is not pushed once that is resumed."""
    ways = {"l": "pushed", "m": "batch-pushed"} if conform.claims("Push") else {}
    program = Program.of(*(pusher(c, way, Suspend(), batch=c == "m") for c, way in ways.items()), queues=ways.values())
    sends = [step for way in ways.values() for step in (send(way, b"never"), *expiring(conform, "", way, way.encode()))]
    program = program.then(producer("p", *sends, Quiet(WAIT * span(conform) / conform.calibration.quiet)))
    conform(program.then(*(client(c, Resume(), AwaitDeliveries(1), Quiet()) for c in ways)))


FIRST = AckReceived("first", context=True)
"""What acknowledges the first message that a listener left, by its context."""


def pushers(conform: Conform, *clients: Client) -> tuple[Client, ...]:
    """Return these clients where listeners are claimed."""
    return clients if conform.claims("Push") else ()


@clauses({"api.Consumer.ack-while-suspended": all_of(over(Ack), by_context_is_over)})
def test_acknowledgements_count_during_a_suspension(conform: Conform) -> None:
    """What is acknowledged while its consumer is suspended is over, be it by a receipt or by a listener's context."""
    left = {"q": 1, "r": 1, "s": 0}
    sends = [send(queue, b"%d" % n) for queue in left for n in range(left[queue] + 1)]
    program = Program.of(producer("p", *sends), queues="qrst").then(
        puller(
            "c", "q", BindQueue("t", Reply.ACK), ReceiveUntil(2, ack=False), Suspend(), AckReceived("first"), Stop()
        ),
        pusher("h", "r", AwaitDeliveries(2), Suspend(), FIRST, Stop(), reply=Reply.SKIP),
        pusher("b", "s", AwaitDeliveries(1), Suspend(), FIRST, Stop(), reply=Reply.SKIP, batch=True),
    )
    conform(program.then(*(puller(f"of {q}", q, *[ReceiveUntil(n)] * n, Drain()) for q, n in left.items())))


@clauses({"api.Consumer.ack-not-redelivered": over(Ack), "domain.push-ack-after-return": by_context_is_over})
def test_acknowledgements_count_after_another_queue_was_unbound(conform: Conform) -> None:
    """What is acknowledged after its consumer was unbound from another queue is over, by receipt and by context."""
    sends = [send(queue, b"%d" % n) for queue in "qr" for n in range(2)]
    unbound = UnbindQueue("s")
    program = Program.of(producer("p", *sends), queues="qrs").then(
        puller("c", "q", BindQueue("s"), ReceiveUntil(2, ack=False), unbound, AckReceived("first"), Stop()),
        *pushers(
            conform,
            pusher("h", "r", BindQueue("s", Reply.ACK), AwaitDeliveries(2), unbound, FIRST, Stop(), reply=Reply.SKIP),
        ),
    )
    left = "qr" if conform.claims("Push") else "q"
    conform(program.then(*(puller(f"of {queue}", queue, ReceiveUntil(1), Drain()) for queue in left)))


def none_of(consumer: str) -> Checker:
    """The consumer is given nothing with a delay, however it asks for it."""
    return unless_refused(delayed, nothing_to(consumer, "nothing comes before its long delay is over", delayed))


@clauses({"ext.delay-time-not-early": all_of(none_of("q"), none_of("r"))})
def test_a_delay_counts_at_a_position(conform: Conform) -> None:
    """A receive at a position, alone or in a batch, gives nothing whose delay is not over."""
    positions = conform.claims("Streaming") and conform.supports("api.5d796063")
    sends = [
        send(q, body, extension=delay_of(time)) for q in "qr" for body, time in ((b"1", None), (b"2", HOUR * 1000))
    ]
    program = Program.of(producer("p", *sends), queues="qr")
    for queue, batch in (("q", False), ("r", True)):
        at = ReceiveFrom(b"1", timeout=conform.calibration.quiet, batch=batch)
        taker = (
            pull_consumer(queue, (queue,), ReceiveUntil(1, ack=False), Drain(ack=False), at)
            if positions
            else puller(queue, queue, ReceiveUntil(1), Drain())
        )
        program = program.then(taker)
    conform(program)
