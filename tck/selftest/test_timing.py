"""The checkers of delays and expiries, each on handwritten histories with a known verdict."""

from __future__ import annotations

from typing import Any

import pytest

from tck.checkers import timing
from tck.checkers.answers import Checker, follows
from tck.history import History
from tck.messages import ExtensionHeader
from tck.operations import Receive, Reply, Resume, Suspend
from tck.selftest.histories import EPOCH, REFUSED, Did, bind, did, got, history, nothing, pushed, quiet, send
from tck.selftest.judging import verdicts

HOUR = 3_600_000
readings = follows({"moment": timing.gone_after_its_moment, "span": timing.gone_after_its_span})
never_refused = timing.unless_refused(timing.past, timing.not_gone_too_soon)


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


def delayed(number: int, time: int | None, **rest: Any) -> Did:
    """Send a message with a delay (ms)."""
    return send(number, extension=ExtensionHeader(delay_time=time), **rest)


def expiring(number: int, time: int, **rest: Any) -> Did:
    """Send a message with an expireTime."""
    return send(number, extension=ExtensionHeader(expire_time=time), **rest)


MOMENT = expiring(1, EPOCH + 100, at=(2, 3))
SPAN = expiring(2, 100, at=(4, 5))
LATE = bind(at=(150, 151))
REST = nothing(at=(160, 210))
PAUSED = (
    bind(reply=Reply.ACK, at=(0, 0)), did(Suspend(), at=(0, 1)), MOMENT, send(9, at=(4, 5)), did(Resume(), at=(150, 151)),
)  # fmt: skip

PASS = {
    "when the delay is over": case(timing.not_early, delayed(1, 50, at=(2, 3)), got(1, at=(4, 53))),
    "within a tick of the clock": case(timing.not_early, delayed(1, 50, at=(2, 3)), got(1, at=(4, 40))),
    "late is not early": case(timing.not_early, delayed(1, 50, at=(2, 3)), got(1, at=(4, 900))),
    "a clock set back is not early": case(
        timing.not_early, delayed(1, 50, at=(2, 3)), got(1, at=(4, 53), wall=(EPOCH, EPOCH))
    ),
    "pushed when it is over": case(
        timing.not_early, bind(reply=Reply.ACK), delayed(1, 50, at=(4, 5)), pushed(1, at=(56, 57))
    ),
    "all the delayed came": case(
        timing.delayed_come, delayed(1, 50), delayed(2, 20), got(2, at=(6, 30)), got(1, at=(31, 60))
    ),
    "a delayed one that was refused owes nothing": case(
        timing.delayed_come, delayed(1, 50), delayed(2, 50, error=REFUSED), got(1, at=(4, 60))
    ),
    "the others came first": case(
        timing.not_held_back, delayed(1, 500), delayed(2, None), delayed(3, 0), got(2), got(3)
    ),
    "a moment that is over": case(readings, MOMENT, send(9), LATE, got(9, at=(152, 153)), REST),
    "a span that is over": case(readings, MOMENT, SPAN, LATE, got(1, at=(152, 153)), REST),
    "it came in time": case(
        timing.gone_after_its_moment,
        MOMENT, bind(at=(4, 5)), got(1, at=(6, 7)), bind(client="d", at=(150, 151)), nothing("d", at=(160, 210)),
    ),
    "it is gone for who was suspended meanwhile": case(
        timing.gone_after_its_moment, *PAUSED, pushed(9, at=(152, 153)), quiet(at=(160, 210))
    ),
    "a far moment": case(timing.not_gone_too_soon, expiring(1, EPOCH + HOUR), got(1)),
    "a long span, where moments are refused": case(
        timing.not_gone_too_soon, expiring(1, EPOCH + HOUR, error=REFUSED), expiring(2, HOUR), got(2)
    ),
    "it had expired, and is not promised": case(
        timing.not_gone_too_soon, MOMENT, expiring(2, EPOCH + HOUR), LATE, got(2, at=(152, 153)), REST
    ),
    "not refused": case(never_refused, expiring(1, EPOCH + HOUR), got(1)),
}  # fmt: skip

FAIL = {
    "at once": (case(timing.not_early, delayed(1, 50), got(1)), "message p.1 came 3 ms after its send, its delayTime is 50"),
    "a moment too soon": (case(timing.not_early, delayed(1, 50, at=(2, 3)), got(1, at=(4, 35))), "33 ms after"),
    "pushed at once": (case(timing.not_early, bind(reply=Reply.ACK), delayed(1, 50), pushed(1)), "2 ms after"),
    "several too soon": (
        case(timing.not_early, delayed(1, 50), delayed(2, 50), got(1), got(2)), "and 1 more came early"
    ),
    "one of them is lost": (
        case(timing.delayed_come, delayed(1, 50), delayed(2, 50), got(1, at=(6, 60)), nothing(at=(61, 111))),
        "1 of 2 never came: message p.2",
    ),
    "the delayed comes first": (
        case(
            timing.not_held_back,
            delayed(1, 90, at=(2, 3)), delayed(2, None), got(1, at=(6, 94)), got(2, at=(95, 96)),
        ),
        "1 of 1 without a delay did not come: message p.2",
    ),
    "the others do not come": (
        case(timing.not_held_back, delayed(1, 500), delayed(2, 0), nothing(at=(6, 56))), "message p.2"
    ),
    "a moment is over, and nobody minds": (
        case(timing.gone_after_its_moment, MOMENT, LATE, got(1, at=(152, 153)), REST),
        "1 of 1 came: message p.1 53 ms after it expired",
    ),
    "it is over as who was suspended is resumed": (
        case(timing.gone_after_its_moment, *PAUSED, pushed(1, 9, at=(152, 153)), quiet(at=(160, 210))),
        "1 of 1 came: message p.1 52 ms after it expired",
    ),
    "a span is over, and nobody minds": (
        case(timing.gone_after_its_span, SPAN, LATE, got(2, at=(152, 153)), REST), "message p.2 48 ms after it expired"
    ),
    "neither reading": (
        case(readings, MOMENT, SPAN, LATE, got(1, at=(152, 153)), got(2, at=(154, 155)), REST), "not span: 1 of 1 came"
    ),
    "a moment is refused": (
        case(timing.gone_after_its_moment, expiring(1, EPOCH + 100, error=REFUSED), LATE, REST), "p.1 was refused: OTHER"
    ),
    "gone too soon": (case(timing.not_gone_too_soon, expiring(1, EPOCH + HOUR), nothing()), "message p.1"),
    "a long span is gone too soon": (
        case(timing.not_gone_too_soon, expiring(1, EPOCH + HOUR, error=REFUSED), expiring(2, HOUR), nothing()), "p.2"
    ),
    "not refused, and gone": (
        case(never_refused, expiring(1, EPOCH - HOUR), expiring(2, EPOCH + HOUR), nothing()), "message p.2"
    ),
}  # fmt: skip

UNKNOWN = {
    "a clock set forward may end a delay": case(
        timing.not_early, delayed(1, 50, at=(2, 3)), got(1, at=(4, 5), wall=(EPOCH, EPOCH + HOUR))
    ),
    "it came again after it had come in time": case(
        timing.gone_after_its_moment,
        MOMENT, bind(at=(4, 5)), got(1, at=(6, 7)), bind(client="d", at=(150, 151)), got(1, "d", at=(152, 153)), REST,
    ),
    "no delay": case(timing.not_early, send(1), got(1)),
    "the delayed never came": case(timing.not_early, delayed(1, 50), nothing()),
    "nobody listened before it was over": case(timing.not_early, delayed(1, 50, at=(2, 3)), got(1, at=(900, 901))),
    "nobody listened long enough": case(timing.delayed_come, delayed(1, 500), nothing()),
    "nothing was delayed": case(timing.delayed_come, send(1), got(1)),
    "the machine had no time as it came": case(
        timing.not_held_back, bind(at=(0, 1)), delayed(1, 300, at=(2, 3)), send(2, at=(4, 5)),
        got(2, at=(6, 400), stalled=0.3), got(1, at=(401, 402)),
    ),
    "nothing to be held back by": case(timing.not_held_back, send(1), got(1)),
    "nothing to hold back": case(timing.not_held_back, delayed(1, 50), nothing()),
    "nobody listened for the others": case(timing.not_held_back, delayed(1, 50), send(2)),
    "nobody came after it expired": case(readings, MOMENT, SPAN, bind(at=(6, 7)), nothing(at=(8, 200))),
    "the clock was set back before it expired": case(
        timing.gone_after_its_moment,
        MOMENT, bind(at=(150, 151), wall=(EPOCH - HOUR, EPOCH - HOUR)), got(1, at=(152, 153)), REST,
    ),
    "nothing came to who came afterwards": case(timing.gone_after_its_moment, MOMENT, LATE, REST),
    "nobody listened afterwards": case(timing.gone_after_its_moment, MOMENT, send(9), got(9), LATE),
    "the send never ended": case(timing.gone_after_its_moment, expiring(1, EPOCH + 100, unknown=True), LATE, REST),
    "nothing that lasts": case(timing.not_gone_too_soon, MOMENT, LATE, quiet(at=(160, 200))),
    "nothing was sent": case(never_refused, nothing()),
    "the only pull before it was over failed": case(
        timing.not_early, bind(), delayed(1, 50), did(Receive(5.0), error=REFUSED), got(1, at=(900, 901))
    ),
    "only another queue was pulled before it was over": case(
        timing.not_early, bind(), bind("r", client="d"), delayed(1, 50), nothing("d"), got(1, at=(900, 901))
    ),
    "only another queue had a listener": case(
        timing.not_early, bind("r", Reply.ACK, "d"), bind(), delayed(1, 50), got(1, at=(900, 901))
    ),
    "the consumer came only after the delay": case(
        timing.not_held_back,
        delayed(1, 50, at=(2, 3)), delayed(2, None), bind(at=(90, 91)), got(2, at=(92, 93)), got(1, at=(94, 95)),
    ),
    "the other was sent after the delay": case(
        timing.not_held_back,
        bind(), delayed(1, 50), delayed(2, None, at=(90, 91)), got(2, at=(92, 93)), got(1, at=(94, 95)), nothing(at=(96, 97)),
    ),
    "the other was sent before": case(timing.not_held_back, bind(), delayed(2, None), delayed(1, 500), nothing()),
    "the other was sent to another queue": case(
        timing.not_held_back, bind(), delayed(1, 500), send(2, destination="r"), nothing()
    ),
    "nobody pulled in vain while it waited": case(
        timing.not_held_back, bind(), delayed(1, 50, at=(4, 5)), delayed(2, None, at=(6, 7)), got(1, at=(40, 56))
    ),
    "nobody looked again once it was due": case(
        timing.delayed_come, bind(), delayed(1, 50, at=(4, 5)), delayed(2, 50, at=(6, 7)), got(2, at=(8, 58))
    ),
    "its moment came while it was being sent": case(
        timing.gone_after_its_moment,
        expiring(1, EPOCH + 100, at=(2, 120)), LATE, got(1, at=(152, 153)), REST,
    ),
    "its moment came while it was being sent, by the wall clock": case(
        timing.gone_after_its_moment,
        expiring(1, EPOCH + 100, at=(2, 3), wall=(EPOCH + 2, EPOCH + 101)), LATE, got(1, at=(152, 153)), REST,
    ),
    "who came afterwards is bound to another queue": case(
        timing.gone_after_its_moment,
        bind(at=(0, 1)), MOMENT, send(9, at=(4, 5)), got(9, at=(6, 7)), bind("r", client="d", at=(150, 151)),
        nothing("d", at=(160, 210)),
    ),
    "who came afterwards did not pull": case(
        timing.gone_after_its_moment,
        bind(at=(0, 1)), MOMENT, send(9, at=(4, 5)), got(9, at=(6, 7)), bind(client="d", at=(150, 151)), REST,
    ),
    "what was perhaps sent came afterwards": case(
        timing.gone_after_its_moment,
        expiring(3, EPOCH + 100, unknown=True, at=(4, 5)), LATE, got(3, at=(152, 153)), REST,
    ),
    "suspended, and never resumed": case(timing.gone_after_its_moment, *PAUSED[:-1], quiet(at=(160, 210))),
    "a consumer whose binding is not shown": case(
        timing.gone_after_its_moment, bind(client="d", at=(150, 151)), MOMENT, got(1, at=(4, 5)), REST
    ),
}  # fmt: skip

ALL = (
    timing.not_early, timing.delayed_come, timing.not_held_back, timing.gone_after_its_moment,
    timing.gone_after_its_span, timing.not_gone_too_soon, never_refused, readings,
)  # fmt: skip


TestVerdicts = verdicts(PASS, FAIL, UNKNOWN, ALL)


def test_late_is_told() -> None:
    seen = history(delayed(1, 50, at=(2, 3)), got(1, at=(4, 453)))
    assert timing.delayed_come(seen).actual == "all 1 came, the latest 400 ms after its delay was over"


@pytest.mark.parametrize(("lines", "reading"), [((MOMENT, send(9), LATE, got(9, at=(152, 153)), REST), "moment")])
def test_the_reading_that_is_followed_is_named(lines: tuple[Did, ...], reading: str) -> None:
    assert readings(history(*lines)).reading == reading


def test_what_is_refused_is_not_judged() -> None:
    assert never_refused(history(expiring(1, EPOCH - HOUR, error=REFUSED), nothing())).verdict == "NOT APPLICABLE"
