"""When messages come: not before their delay is over, and not after they expired.

Moments are read on the client's clocks, from the call that sent a message. The server's clock is taken to agree; where
the storeTimestamp of a message that seems early shows that it does not, nothing is judged.
"""

from __future__ import annotations

from collections.abc import Callable

from tck.checkers.answers import CLOCK_RESOLUTION, Checker
from tck.checkers.delivery import nothing_lost
from tck.checkers.hearing import awaited, listened_after, listened_between
from tck.checkers.matching import (
    Received,
    Sent,
    Which,
    bindings,
    bound_queues,
    by_message,
    received,
    sent,
)
from tck.checkers.ways import there_by
from tck.history import Entry, History, Outcome
from tck.messages import ExtensionHeader
from tck.operations import Deliver, Resume, Suspend
from tck.verdicts import Finding, Verdict, failed, not_applicable, passed, unknown

MOMENT = 100_000_000_000
"""The least expireTime that is meant as a moment (in 1973): as a span it would be three years."""
_MS = 1_000_000
_TICK = int(CLOCK_RESOLUTION * 1e9)


def delay(one: Sent) -> int:
    """Return the delayTime (ms) of a message; zero where it has none."""
    extension = one.message.extension_header
    return (extension.delay_time or 0) if extension else 0


def expiry(one: Sent) -> int | None:
    """Return the expireTime of a message, whatever it means; None where it was not set."""
    extension = one.message.extension_header
    return extension.expire_time if extension else None


def delayed(one: Sent) -> bool:
    """Select the messages with a delay."""
    return delay(one) > 0


def due(one: Sent) -> int:
    """Return the moment (ns) at which the delay of a message that was accepted is over for sure."""
    return (one.done.completed or one.entry.invoked) + delay(one) * _MS


def _after(one: Received) -> tuple[float, float]:
    """Return the ms from the call that sent a message to its delivery, by the monotonic clock and by that on the wall."""
    assert one.sent is not None, "only messages that the kit knows are timed"
    call, entry = one.sent.entry, one.delivery.entry
    wall = entry.invoked_wall if isinstance(entry.op, Deliver) else entry.completed_wall or entry.invoked_wall
    return (one.came - call.invoked) / _MS, (wall - call.invoked_wall) / _MS


def _difference(one: Received) -> float:
    """Return by how many ms at least the server's clock differs from the client's, as the storeTimestamp shows; 0 if not."""
    stored = (one.message.extension_header or ExtensionHeader()).store_timestamp
    if stored is None or one.sent is None:
        return 0.0
    begin, end = (
        one.sent.entry.invoked_wall / _MS,
        (one.delivery.entry.completed_wall or one.sent.entry.invoked_wall) / _MS,
    )
    beyond = max(begin - stored, stored - end, 0.0)
    return beyond if beyond > CLOCK_RESOLUTION * 1000 else 0.0


def none_early(which: Which = delayed) -> Checker:
    """No message, of those `which` selects, is delivered before its delayTime has passed since the call that sent it.

    Unknown where nobody would have been given it.
    """

    def check(history: History) -> Finding:
        words = "a message with a delayTime is not delivered before that time has passed"
        come = [one for one in received(history) if one.sent and delayed(one.sent) and which(one.sent)]
        soon = [
            (one, _after(one))
            for one in come
            if one.sent and _after(one)[0] < delay(one.sent) - CLOCK_RESOLUTION * 1000
        ]
        early = [
            (one, max(both)) for one, both in soon if one.sent and max(both) < delay(one.sent) - CLOCK_RESOLUTION * 1000
        ]
        if early and (differ := max(_difference(one) for one, _ in early)):
            return unknown(f"the clocks of the client and the server differ, by {differ:.0f} ms", words)
        if early:
            one, after = early[0]
            return failed(
                words,
                f"{one.label} came {after:.0f} ms after its send, its delayTime is {one.sent and delay(one.sent)} ms"
                + (f"; and {len(early) - 1} more came early" if len(early) > 1 else ""),
                (i for e, _ in early[:5] if e.sent for i in (e.sent.entry.index, e.index)),
            )
        if soon:
            return unknown("the clock on the wall was set meanwhile", words, (one.index for one, _ in soon[:5]))
        if not come:
            return unknown("none of them was delivered", words)
        if not any(one.sent and _heard_meanwhile(history, one.sent) for one in come):
            return unknown("nobody listened before the delays were over", words)
        return passed(f"{len(come)} with a delayTime, none of them early", (one.index for one in come[:3]))

    return check


not_early = none_early()
"""No message with a delayTime is delivered before that has passed."""


def _heard_meanwhile(history: History, one: Sent) -> bool:
    """Tell whether a consumer of its queue listened while a message had to wait."""
    return listened_between(history, one.entry.invoked, due(one), one.message.header.destination or "")


def delayed_come_in_the_end(which: Which = delayed) -> Checker:
    """Every message with a delayTime that was accepted, of those `which` selects, comes in the end; how late is told, and no failure."""

    def chosen(one: Sent) -> bool:
        return delayed(one) and which(one)

    def check(history: History) -> Finding:
        finding = nothing_lost(which=chosen)(history)
        come = by_message(history)
        lost = [one for one in sent(history, chosen) if one.accepted and one.mark not in come]
        if finding.verdict is Verdict.FAIL and not all(awaited(history, one, after=due(one)) for one in lost):
            return unknown("nobody listened any more when the delays were over", finding.expected)
        if finding.verdict is not Verdict.PASS:
            return finding
        late = max((group[0].came - due(group[0].sent)) / _MS for group in _groups(history, chosen) if group[0].sent)
        return passed(f"{finding.actual}, the latest {max(0.0, late):.0f} ms after its delay was over")

    return check


delayed_come = delayed_come_in_the_end()
"""Every message with a delayTime that was accepted comes in the end."""


def _groups(history: History, which: Which) -> list[list[Received]]:
    return [group for group in by_message(history).values() if group[0].sent and which(group[0].sent)]


def not_held_back(history: History) -> Finding:
    """A message without a delay comes while one with a delay, sent to the same queue before it, still has to wait."""
    words = "a message without a delayTime is delivered before the delay of one that was sent before it is over"
    waiting = [one for one in sent(history, delayed) if one.accepted]
    chosen = [one for one in sent(history, lambda s: not delayed(s)) if one.accepted]
    over = {one.mark: end for one in chosen if (end := max((_waits_until(w, one) for w in waiting), default=0))}
    free = [one for one in chosen if one.mark in over]
    if not free:
        return unknown("no message was accepted without a delay while another, sent before it, had to wait", words)
    come = by_message(history)
    held = [one for one in free if one.mark not in come or come[one.mark][0].came >= over[one.mark]]
    if not all(_heard_until(history, one, over[one.mark]) for one in held):
        return unknown("nobody listened while the others had to wait", words)
    first = [(come[one.mark][0], over[one.mark]) for one in held if one.mark in come]
    if starved := [one for one, end in first if one.came - end < one.delivery.entry.stalled * 1e9]:
        return unknown(f"the machine had no time for the kit as {starved[0].label} came", words, [starved[0].index])
    if held:
        return failed(
            words,
            f"{len(held)} of {len(free)} without a delay did not come: {', '.join(one.label for one in held[:5])}",
            (i for one in (waiting[0], *held) for i in dict.fromkeys((one.entry.index, one.done.index))),
        )
    return passed(f"{len(free)} without a delay came while {len(waiting)} with one waited")


def _waits_until(waiting: Sent, free: Sent) -> int:
    """Return until when (ns) a message surely waits that was sent before another to its queue; 0 where it does not so long."""
    end = waiting.entry.invoked + delay(waiting) * _MS
    same = waiting.message.header.destination == free.message.header.destination
    before = (waiting.done.completed or 0) <= free.entry.invoked and (free.done.completed or 0) < end
    return end if same and before else 0


def _heard_until(history: History, one: Sent, end: int) -> bool:
    queue = one.message.header.destination or ""
    return listened_after(history, one.done.completed or 0, queues=[queue], before=end)


# Expiry -------------------------------------------------------------------------------------------------------------


def _as_moment(one: Sent, _there: int = 0) -> int:
    """Return when (ns) a message expires, where its expireTime is a moment of the wall clock."""
    return one.entry.invoked + (expiry(one) or 0) * _MS - one.entry.invoked_wall


def _as_span(one: Sent, there: int | None = None) -> int:
    """Return when (ns) a message has expired for sure, where its expireTime is a span that begins as it is born, or `there`."""
    return (there or one.done.completed or one.entry.invoked) + (expiry(one) or 0) * _MS


def moments(one: Sent) -> bool:
    """Select the messages whose expireTime is a moment that was still to come as they were sent."""
    return (expiry(one) or 0) >= MOMENT and not past(one)


def spans(one: Sent) -> bool:
    """Select the messages whose expireTime is a span: a moment of that number lies in the seventies."""
    return 0 < (expiry(one) or 0) < MOMENT


def past(one: Sent) -> bool:
    """Select the messages whose expireTime is a moment that was over as they were sent."""
    return (expiry(one) or 0) >= MOMENT and _as_moment(one) < one.entry.invoked


def never(one: Sent) -> bool:
    """Select the messages without an expireTime."""
    return expiry(one) is None


def zero(one: Sent) -> bool:
    """Select the messages with an expireTime of zero."""
    return expiry(one) == 0


def gone(which: Which = lambda _: True) -> dict[str, Checker]:
    """Return what becomes of messages that expired, of those `which` selects, by the readings of an expireTime.

    One whose expireTime is a moment, or a span, that is over is given to no consumer that comes afterwards.
    """
    return {
        "moment": _gone(lambda one: moments(one) and which(one), _as_moment, _before_its_moment),
        "span": _gone(lambda one: spans(one) and which(one), _as_span),
    }


def _before_its_moment(one: Sent, by: int) -> bool:
    """Tell whether a message was at the server before it expired, by either clock: one that is born too late may never expire."""
    wall = one.entry.invoked_wall + by - one.entry.invoked
    told = one.done.completed_wall if one.accepted else wall
    return by < _as_moment(one) and (expiry(one) or 0) * _MS > max(wall, told or 0)


def _gone(
    which: Which, when: Callable[[Sent, int], int], before: Callable[[Sent, int], bool] = lambda _one, _by: True
) -> Checker:
    """Return what judges messages that expire; `before` tells whether they were at the server by a moment in time for that."""
    words = "a message is not delivered to a consumer that comes after it expired"

    def check(history: History) -> Finding:
        refused = [one for one in sent(history, which) if one.outcome is Outcome.FAIL]
        if refused:
            return failed(words, f"{refused[0].label} was refused: {refused[0].done.error}", [refused[0].done.index])
        ends: dict[str, int] = {}
        perhaps: dict[str, int] = {}
        for one in sent(history, which):
            by = there_by(history, one)
            timely = by is not None and before(one, by)
            (ends if timely else perhaps)[one.mark] = when(one, by or one.done.completed or one.entry.invoked)
        late = _late(history, which, ends | perhaps)
        come = [one for group in by_message(history).values() for one in group if _came_late(one, late)]
        first = {mark: group[0] for mark, group in by_message(history).items()}
        wrong = [one for one in come if one.sent and one.sent.mark in ends and first[one.sent.mark] is one]
        if wrong and (differ := max(map(_difference, wrong))):
            return unknown(f"the clocks of the client and the server differ, by {differ:.0f} ms", words)
        if wrong:
            worst = wrong[0]
            since = (worst.came - ends[worst.sent.mark]) / _MS if worst.sent else 0
            return failed(
                words,
                f"{len(wrong)} of {len(late)} came: {worst.label} {since:.0f} ms after it expired",
                (i for w in wrong[:5] if w.sent for i in (w.sent.entry.index, w.index)),
            )
        if again := [one for one in come if one.sent and one.sent.mark in ends]:
            return unknown(f"{again[0].label} came again, after it had come in time", words, [again[0].index])
        if not late.keys() & ends.keys():
            return unknown("no consumer came after a message expired", words)
        listened = {
            mark
            for mark, (one, binds) in late.items()
            for name, bind in binds.items()
            if mark in ends and awaited(history, one, on=[name], after=bind.completed or 0)
        }
        if not received(history) or not listened:
            return unknown("the consumer that came afterwards was given nothing at all", words)
        return passed(f"{len(listened)} that expired, none of them came")

    return check


gone_after_its_moment, gone_after_its_span = gone().values()
"""No message that expired is given to a consumer that came afterwards, by either reading."""


def _late(history: History, which: Which, ends: dict[str, int]) -> dict[str, tuple[Sent, dict[str, Entry]]]:
    """Return what had expired, by its mark, with the consumers of its queue that came afterwards, and how they came."""
    bound = bound_queues(history)
    found = {}
    for one in sent(history, which):
        queue = one.message.header.destination
        binds = {
            name: bind
            for name, bind in _arrivals(history, one).items()
            if queue in bound.get(name, ()) and _over(ends[one.mark], one, bind)
        }
        if binds:
            found[one.mark] = one, binds
    return found


def _arrivals(history: History, one: Sent) -> dict[str, Entry]:
    """Return for each consumer its first binding; or its resume, where it was suspended without a timeout as a message was sent."""
    found = bindings(history)
    for entry in history.of(Suspend, Resume):
        if entry.outcome is not Outcome.OK:
            continue
        if isinstance(entry.op, Resume):
            if (suspended := found.get(entry.op.on)) and isinstance(suspended.op, Suspend):
                found[entry.op.on] = entry
        elif not entry.op.timeout and (entry.completed or 0) <= one.entry.invoked:  # type: ignore[union-attr] # of a Suspend
            found[entry.op.on] = entry
    return {name: entry for name, entry in found.items() if not isinstance(entry.op, Suspend)}


def _came_late(one: Received, late: dict[str, tuple[Sent, dict[str, Entry]]]) -> bool:
    return one.sent is not None and one.sent.mark in late and one.delivery.consumer in late[one.sent.mark][1]


def _over(when: int, one: Sent, bind: Entry) -> bool:
    """Tell whether a moment (ns) after a send was over, by either clock, when a consumer was bound."""
    elapsed = min(bind.invoked - one.entry.invoked, bind.invoked_wall - one.entry.invoked_wall)
    return elapsed > when - one.entry.invoked + _TICK


def not_gone_too_soon(history: History) -> Finding:
    """A message that has not expired is delivered: one of a far moment, or of a long span where such a moment is refused."""
    end = max((entry.completed or 0 for entry in history.entries), default=0)

    def far(one: Sent) -> bool:
        return moments(one) and _as_moment(one) > end

    def long(one: Sent) -> bool:
        return spans(one) and _as_span(one) > end

    return nothing_lost(which=far if any(one.accepted for one in sent(history, far)) else long)(history)


def unless_refused(which: Which, checker: Checker) -> Checker:
    """Judge by `checker`, but where every message that `which` selects was refused, which is left open, say so."""

    def check(history: History) -> Finding:
        chosen = sent(history, which)
        if chosen and all(one.outcome is Outcome.FAIL for one in chosen):
            return not_applicable(f"such messages are refused: {chosen[0].done.error}")
        return checker(history)

    return check
