"""What is kept of what was left: how often it comes again, how much of it is held, and by whom."""

from __future__ import annotations

from tck.checkers.answers import Checker
from tck.checkers.hearing import asked_in_vain, awaited_again, given_back
from tck.checkers.matching import Received, Which, acknowledged, by_message, received, sent
from tck.history import Entry, History, Outcome
from tck.operations import Start, Stop
from tck.verdicts import Finding, failed, passed, unknown


def given_up(last: str) -> Checker:
    """Each message was delivered again, all of them as often, and then no more: none comes to the last consumer."""

    def check(history: History) -> Finding:
        words = f"each message is delivered again, all as often, and none to {last} any more"
        come = by_message(history)
        groups = [come.get(one.mark, []) for one in sent(history) if one.accepted]
        if not groups or not all(groups):
            return unknown("no message was accepted, or one never came", words)
        counts = sorted({len(group) for group in groups})
        late = [one for group in groups for one in group if one.delivery.consumer == last]
        if late or counts[0] < 2 or len(counts) > 1:
            times = ", ".join(map(str, counts))
            shown = (group[-1].index for group in groups)
            return failed(words, f"they were delivered {times} times, {len(late)} to {last}", shown)
        if not all(awaited_again(history, g[-1], on=[last], after=given_back(history, g[-1])) for g in groups):
            return unknown(f"{last} did not listen for them", words)
        return passed(f"{len(groups)} messages, each delivered {counts[0]} times")

    return check


def given_some(consumer: str, which: Which = lambda _: True) -> Checker:
    """The consumer is given some of what was accepted, and not all of it, though it asks for more."""

    def check(history: History) -> Finding:
        words = f"{consumer} is given some messages, and no more"
        owed = {one.mark for one in sent(history, which) if one.accepted}
        come = [one for one in received(history, on=[consumer]) if one.sent and one.sent.mark in owed]
        given = {one.sent.mark for one in come if one.sent}
        if not owed or not given:
            return unknown(f"nothing was accepted, or given to {consumer}", words)
        if given == owed:
            return failed(words, f"it was given all {len(owed)}", [come[-1].index])
        if not asked_in_vain(history, consumer, max(one.came for one in come)):
            return unknown(f"{consumer} did not ask for more", words)
        return passed(f"{len(given)} of {len(owed)}")

    return check


def given_back_to(holder: str, *, again: bool, theirs: bool | None = None) -> Checker:
    """What a consumer held when it was stopped is all given to it `again` once it is started, or none of it.

    Of that only what others have acknowledged since it was given it, or where not `theirs` what nobody has, if this is given.
    """

    def check(history: History) -> Finding:
        words = (
            f"what {holder} held is given to it again" if again else f"nothing that {holder} held is given to it again"
        )
        stopped, started = _restart(history, holder)
        if stopped is None or started is None:
            return unknown(f"{holder} was not started again", words)
        mine = [one for one in received(history, on=[holder]) if one.sent]
        held = {one.sent.mark: one for one in mine if one.sent and one.came < stopped.invoked}
        if theirs is not None:
            taken = _acknowledged_by_others(history, held)
            held = {mark: one for mark, one in held.items() if (mark in taken) is theirs}
        later = [one for one in mine if one.came >= (started.completed or 0)]
        come = [one for one in later if one.sent and one.sent.mark in held]
        back = {one.sent.mark for one in come if one.sent}
        if not held:
            return unknown(f"{holder} held nothing of that", words)
        if back == set(held) if again else not back:
            heard = again or (later and asked_in_vain(history, holder, later[-1].came))
            return passed(words) if heard else unknown(f"{holder} did not listen after it was started", words)
        if again and not (later and asked_in_vain(history, holder, later[-1].came)):
            return unknown(f"{holder} did not listen after it was started", words)
        missing = [one for mark, one in held.items() if mark not in back]
        shown = (one.index for one in (missing if again else come))
        return failed(words, f"{len(back)} of {len(held)} were given to it again", shown)

    return check


def _restart(history: History, consumer: str) -> tuple[Entry | None, Entry | None]:
    """Return the first stop of a consumer and the start after it that succeeded."""
    stops = [e for e in history.of(Stop) if e.op.on == consumer and e.outcome is Outcome.OK]
    starts = [e for e in history.of(Start) if e.op.on == consumer and e.outcome is Outcome.OK]
    again = [e for e in starts if stops and e.invoked >= (stops[0].completed or 0)]
    return (stops[0] if stops else None), (again[0] if again else None)


def _acknowledged_by_others(history: History, held: dict[str, Received]) -> set[str]:
    """Return the marks of what was acknowledged by another than who holds it, since that had been given it."""
    return {
        ack.received.sent.mark
        for ack in acknowledged(history)
        if ack.received.sent
        and (one := held.get(ack.received.sent.mark))
        and ack.received.delivery.consumer != one.delivery.consumer
        and ack.entry.invoked >= one.came
    }
