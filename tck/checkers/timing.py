"""When messages come: not before their delay is over, and not after they expired.

Moments are read on the client's clocks, from the call that sent a message. The server's clock is taken to agree; where
the storeTimestamp of a message that seems early shows that it does not, nothing is judged.
"""

from __future__ import annotations

from collections.abc import Callable

from tck.checkers.answers import CLOCK_RESOLUTION, Checker
from tck.checkers.delivery import nothing_lost
from tck.checkers.hearing import listened_after
from tck.checkers.matching import (
    BINDS,
    PULLS,
    Received,
    Sent,
    Which,
    bindings,
    by_message,
    received,
    sent,
)
from tck.history import Entry, History, Outcome
from tck.messages import ExtensionHeader
from tck.operations import Deliver
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


def _due(one: Sent) -> int:
    """Return the moment (ns) at which the delay of a message that was accepted is over for sure."""
    return (one.done.completed or one.entry.invoked) + delay(one) * _MS


def _after(one: Received) -> float:
    """Return the ms from the call that sent a message to its delivery, by the clock that says more: one may be set."""
    assert one.sent is not None, "only messages that the kit knows are timed"
    call, entry = one.sent.entry, one.delivery.entry
    wall = entry.invoked_wall if isinstance(entry.op, Deliver) else entry.completed_wall or entry.invoked_wall
    return max(one.came - call.invoked, wall - call.invoked_wall) / _MS


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


def not_early(history: History) -> Finding:
    """No message is delivered before its delayTime has passed since the call that sent it; unknown where nobody would have been given it."""
    words = "a message with a delayTime is not delivered before that time has passed"
    come = [one for one in received(history) if one.sent and delayed(one.sent)]
    early = [
        (one, after) for one in come if one.sent and (after := _after(one)) < delay(one.sent) - CLOCK_RESOLUTION * 1000
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
    if not come:
        return unknown("none of them was delivered", words)
    if not any(one.sent and _listening(history, one.sent.entry.invoked, _due(one.sent)) for one in come):
        return unknown("nobody listened before the delays were over", words)
    return passed(f"{len(come)} with a delayTime, none of them early", (one.index for one in come[:3]))


def _listening(history: History, begin: int, end: int) -> bool:
    """Tell whether a client pulled, or had a listener, at some time between two moments (ns)."""
    pulls = history.of(*PULLS)
    binds = [e for e in history.of(*BINDS) if e.op.reply is not None and e.outcome is Outcome.OK]  # type: ignore[union-attr] # all have one
    return any(e.invoked < end and (e.completed or end) > begin for e in pulls) or any(e.invoked < end for e in binds)


def delayed_come(history: History) -> Finding:
    """Every message with a delayTime that was accepted comes in the end; how late the latest was is told, and no failure."""
    finding = nothing_lost(which=delayed)(history)
    if finding.verdict is Verdict.FAIL and not listened_after(history, max(map(_due, sent(history, delayed)))):
        return unknown("nobody listened any more when the delays were over", finding.expected)
    if finding.verdict is not Verdict.PASS:
        return finding
    late = max((group[0].came - _due(group[0].sent)) / _MS for group in _groups(history, delayed) if group[0].sent)
    return passed(f"{finding.actual}, the latest {max(0.0, late):.0f} ms after its delay was over")


def _groups(history: History, which: Which) -> list[list[Received]]:
    return [group for group in by_message(history).values() if group[0].sent and which(group[0].sent)]


def not_held_back(history: History) -> Finding:
    """A message without a delay comes while one with a delay, sent to the same queue before it, still has to wait."""
    words = "a message without a delayTime is delivered before the delay of one that was sent before it is over"
    waiting = [one for one in sent(history, delayed) if one.accepted]
    free = [one for one in sent(history, lambda s: not delayed(s)) if one.accepted]
    if not waiting or not free:
        return unknown("no message was accepted with a delay, or none without", words)
    over = min(_due(one) for one in waiting)
    come = by_message(history)
    held = [one for one in free if one.mark not in come or come[one.mark][0].came >= over]
    if held and not listened_after(history, max(one.done.completed or 0 for one in free)):
        return unknown("nobody listened after they were sent", words)
    if held:
        return failed(
            words,
            f"{len(held)} of {len(free)} without a delay did not come: {', '.join(one.label for one in held[:5])}",
            (i for one in (waiting[0], *held) for i in dict.fromkeys((one.entry.index, one.done.index))),
        )
    return passed(f"{len(free)} without a delay came while {len(waiting)} with one waited")


# Expiry -------------------------------------------------------------------------------------------------------------


def _as_moment(one: Sent) -> int:
    """Return when (ns) a message expires, where its expireTime is a moment of the wall clock."""
    return one.entry.invoked + (expiry(one) or 0) * _MS - one.entry.invoked_wall


def _as_span(one: Sent) -> int:
    """Return when (ns) a message has expired for sure, where its expireTime is a span that begins as it is born."""
    return (one.done.completed or one.entry.invoked) + (expiry(one) or 0) * _MS


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


def gone_after_its_moment(history: History) -> Finding:
    """A message whose expireTime is a moment that is over is given to no consumer that came afterwards."""
    return _gone(history, moments, _as_moment)


def gone_after_its_span(history: History) -> Finding:
    """A message whose expireTime is a span that is over is given to no consumer that came afterwards."""
    return _gone(history, spans, _as_span)


def _gone(history: History, which: Which, when: Callable[[Sent], int]) -> Finding:
    words = "a message is not delivered to a consumer that comes after it expired"
    refused = [one for one in sent(history, which) if one.outcome is Outcome.FAIL]
    if refused:
        return failed(words, f"{refused[0].label} was refused: {refused[0].done.error}", [refused[0].done.index])
    binds = bindings(history)
    late = {
        one.mark: bind
        for one in sent(history, which)
        for bind in binds.values()
        if one.accepted and _over(when(one), one, bind)
    }
    wrong = [
        group[0]
        for mark, group in by_message(history).items()
        if mark in late
        and group[0].sent
        and _over(when(group[0].sent), group[0].sent, binds[group[0].delivery.consumer])
    ]
    if wrong and (differ := max(map(_difference, wrong))):
        return unknown(f"the clocks of the client and the server differ, by {differ:.0f} ms", words)
    if wrong:
        one = wrong[0]
        since = (one.came - when(one.sent)) / _MS if one.sent else 0
        return failed(
            words,
            f"{len(wrong)} of {len(late)} came: {one.label} {since:.0f} ms after it expired",
            (i for w in wrong[:5] if w.sent for i in (w.sent.entry.index, binds[w.delivery.consumer].index, w.index)),
        )
    if not late:
        return unknown("no consumer came after a message expired", words)
    if not received(history) or not listened_after(history, max(bind.invoked for bind in late.values())):
        return unknown("the consumer that came afterwards was given nothing at all", words)
    return passed(f"{len(late)} that expired, none of them came")


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
