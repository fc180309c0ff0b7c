"""Delays and expiries that lie so far ahead that no run sees their end: what waits waits, and what lives is delivered."""

from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.timing import delayed, moments, unless_refused
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import SendBatch, Stop
from tck.programs import Drain, Program, ReceiveUntil, SendExpiring, Step, handfuls, message, producer, puller, send
from tck.suite.test_scheduling import HOUR, delay_of

DELAYS = (60_000, 600_000, 2**31 + 5, 2**32 + 1)
"""Milliseconds: of minutes, and such that fewer bits than a long has make them short, or negative."""
MANY = 40
"""More than a few timers."""
FAR = (2**41 + 1, 2**42, 2**53)
"""Milliseconds since 1970, from the year 2039 on; as spans they are longer still."""


@clauses(
    {
        "ext.delay-time-not-early": unless_refused(
            delayed, nothing_to("c", "nothing comes before its long delay is over", delayed)
        )
    }
)
def test_a_long_delay_is_not_over_soon(conform: Conform) -> None:
    """Messages with delays of minutes, of weeks, and of more, are not delivered while another one is, however many."""
    many = [message("q", b"%d of many" % n, extension=delay_of(DELAYS[0])) for n in range(MANY)]
    sends: list[Step] = [
        *(send("q", b"%d" % time, extension=delay_of(time)) for time in DELAYS),
        *map(SendBatch, handfuls(many)),
    ]
    conform(Program.of(producer("p", *sends, send("q", b"fence"))).then(puller("c", "q", Drain(expect=1, times=2))))


@clauses({"ext.delay-time-unset-immediate": unless_refused(delayed, nothing_lost(which=lambda one: not delayed(one)))})
def test_of_a_batch_only_the_delayed_waits(conform: Conform) -> None:
    """A message without a delay that is sent in a batch with one that waits for longer than anybody does is delivered."""
    long = delay_of(round(conform.calibration.patience * 2000))
    batch = SendBatch((message("q", b"waits", extension=long), message("q", b"comes")))
    conform(Program.of(producer("p", batch)).then(puller("c", "q", ReceiveUntil(1))))


@clauses({"ext.expire-time-not-before": unless_refused(moments, nothing_lost(which=moments))})
def test_a_far_expiry_is_not_over(conform: Conform) -> None:
    """Messages that expire in far years, however expireTime is read, are delivered where they are not refused."""
    sends = [send("q", b"%d" % time, extension=ExtensionHeader(expire_time=time)) for time in FAR]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(FAR)))))


@clauses({"ext.expire-time-not-before": unless_refused(moments, nothing_lost("d", which=moments))})
def test_what_has_not_expired_comes_again(conform: Conform) -> None:
    """A message that was delivered and given back before it expires is delivered again."""
    program = Program.of(producer("p", *(SendExpiring(message("q", body), HOUR) for body in (b"1", b"2"))))
    program = program.then(puller("c", "q", ReceiveUntil(2, ack=False), Stop()))
    conform(program.then(puller("d", "q", ReceiveUntil(2))))
