"""How long a suspension holds, and what it holds."""

from __future__ import annotations

import msgspec

from tck.checkers.answers import CLOCK_RESOLUTION, Checker, all_of, unanswered
from tck.checkers.delivery import nothing_lost
from tck.checkers.hearing import NEVER, awaited, away, quiet_between
from tck.checkers.matching import Sent, received, sent
from tck.history import Entry, History, Outcome
from tck.operations import Deliver, ErrorKind, IsSuspended, Receive, Resume, Stop, Suspend, Wait
from tck.verdicts import Finding, failed, passed, unknown


def of_consumer(name: str, checker: Checker) -> Checker:
    """What a checker finds where this consumer is the only one that is suspended, resumed or pushed to."""

    def check(history: History) -> Finding:
        kinds = Suspend | Resume | IsSuspended | Deliver
        entries = [entry for entry in history.entries if not isinstance(entry.op, kinds) or entry.op.on == name]
        return checker(msgspec.structs.replace(history, entries=tuple(entries)))

    return check


def _suspensions(history: History) -> list[Entry]:
    return [e for e in history.of(Suspend) if e.outcome is Outcome.OK and getattr(e.op, "timeout", None)]


def _suspension(history: History) -> Entry | None:
    return next(iter(_suspensions(history)), None)


def _pushed(history: History, suspension: Entry) -> list[tuple[Entry, float]]:
    """Return the deliveries of what was sent after a suspension, before the next, and the seconds from its call to each."""
    others = [e.invoked for e in history.of(Suspend) if e.op.on == suspension.op.on and e.invoked > suspension.invoked]
    following = min(others, default=1 << 62)
    return [
        (one.delivery.entry, (one.delivery.entry.invoked - suspension.invoked) / 1e9)
        for one in received(history, on=[suspension.op.on])
        if isinstance(one.delivery.entry.op, Deliver)
        and one.sent
        and suspension.completed is not None
        and suspension.completed <= one.sent.entry.invoked < following
    ]


def _resumed(history: History, suspension: Entry) -> int:
    """Return when (ns) somebody first may have ended a suspension before its time was over."""
    entries = [entry for entry in history.of(Resume, Stop) if entry.op.on == suspension.op.on]
    return min((entry.invoked for entry in entries if entry.invoked >= suspension.invoked), default=NEVER)


def _over(suspension: Entry) -> tuple[float, float]:
    """Return when (ns) the time of a suspension is over at the earliest, give or take a tick, and for sure."""
    timeout = float(getattr(suspension.op, "timeout", None) or 0.0) * 1e9
    latest = (suspension.completed or suspension.invoked) + timeout
    return suspension.invoked + timeout - CLOCK_RESOLUTION * 1e9, latest


def _owed(history: History, suspension: Entry) -> list[Sent]:
    """Return what was sent and accepted during a suspension, or later."""
    return [one for one in sent(history) if one.accepted and one.entry.invoked >= (suspension.completed or 0)]


def held_for_its_timeout(history: History) -> Finding:
    """What is sent during a timed suspension is not pushed before its time has passed since the call, each time."""
    suspensions = _suspensions(history)
    if not suspensions:
        return unknown("no suspension succeeded", HELD)
    return all_of(*(_held(suspension) for suspension in suspensions))(history)


def held_for_its_last_timeout(history: History) -> Finding:
    """What is sent during a timed suspension is not pushed before its time is over; of one within another only the last is judged."""
    suspensions = _suspensions(history)
    return _held(suspensions[-1])(history) if suspensions else unknown("no suspension succeeded", HELD)


HELD = "nothing is pushed before the timeout of the suspension is over"


def _held(suspension: Entry) -> Checker:
    timeout = float(getattr(suspension.op, "timeout", 0.0))

    def check(history: History) -> Finding:
        resumed = _resumed(history, suspension)
        pushed = [(entry, after) for entry, after in _pushed(history, suspension) if entry.invoked < resumed]
        early = [(entry, after) for entry, after in pushed if after < timeout - CLOCK_RESOLUTION]
        if early:
            entry, after = early[0]
            text = f"pushed {after:.3f} s after the call, the timeout is {timeout:.3f} s"
            return failed(HELD, text, [suspension.index, entry.index])
        if not pushed:
            return unknown(f"nothing was pushed at all; the timeout is {timeout:.3f} s", HELD, [suspension.index])
        return passed(f"the first was pushed {pushed[0][1]:.3f} s after the call, the timeout is {timeout:.3f} s")

    return check


def ends_by_itself(history: History) -> Finding:
    """After the timeout, or once it pushes again, isSuspended is false, though nobody resumed it."""
    words = "isSuspended is false once the timeout is over"
    suspension = _suspension(history)
    if suspension is None:
        return unknown("no suspension succeeded", words)
    earliest, latest = _over(suspension)
    resumed = _resumed(history, suspension)
    pushes = min((entry.invoked for entry, _ in _pushed(history, suspension)), default=NEVER)
    asked = [
        entry
        for entry in history.of(IsSuspended)
        if entry.outcome is Outcome.OK and entry.op.on == suspension.op.on and entry.invoked < resumed
        if entry.invoked >= (min(latest, pushes) if entry.result else earliest)
    ]
    if not asked:
        return unknown("nobody asked after the timeout", words)
    if asked[-1].result:
        return failed(words, "it is true", [suspension.index, asked[-1].index])
    return passed("it is false", [asked[-1].index])


def pushed_before_timeout(history: History) -> Finding:
    """What was sent during a timed suspension is pushed after resume, before the timeout is over."""
    words = "the message is pushed after resume, before the timeout is over"
    suspension = _suspension(history)
    if suspension is None:
        return unknown("no suspension succeeded", words)
    timeout = float(getattr(suspension.op, "timeout", 0.0))
    pushed = _pushed(history, suspension)
    over = suspension.invoked + timeout * 1e9
    resumes = [e for e in history.of(Resume) if e.outcome is Outcome.OK and e.op.on == suspension.op.on]
    resumed = min((entry.completed or 0 for entry in resumes), default=NEVER)
    if not _owed(history, suspension) or resumed >= over:
        return unknown("nothing was accepted meanwhile, or it was not resumed before the timeout", words)
    if not pushed and not all(awaited(history, one, on=[suspension.op.on]) for one in _owed(history, suspension)):
        return unknown("nobody waited for the message", words, [suspension.index])
    if not pushed or pushed[0][1] >= timeout:
        return failed(words, f"it was not pushed within {timeout:.3f} s", [suspension.index])
    return passed(f"pushed after {pushed[0][1]:.3f} s of {timeout:.3f} s", [pushed[0][0].index])


def pushed_in_time(history: History) -> Finding:
    """What was sent during a timed suspension is pushed once its time has passed, before the program has waited for it in vain."""
    words = "what was sent during the suspension is pushed once its time is over"
    suspension = _suspension(history)
    if suspension is None:
        return unknown("no suspension succeeded", words)
    pushed = _pushed(history, suspension)
    owed = _owed(history, suspension)
    if not pushed and not (owed and all(awaited(history, one, on=[suspension.op.on]) for one in owed)):
        return unknown("nothing was accepted meanwhile, or nobody waited for it", words, [suspension.index])
    _, over = _over(suspension)
    waits = [entry for entry in history.of(Wait) if entry.op.on == suspension.op.on and entry.outcome is Outcome.FAIL]
    if not pushed or any(over < (one.completed or 0) < pushed[0][0].invoked for one in waits):
        came = f"the first was pushed {pushed[0][1]:.3f} s after its call" if pushed else "nothing was pushed"
        return failed(words, came, [suspension.index])
    return passed(f"the first was pushed {pushed[0][1]:.3f} s after the call", [pushed[0][0].index])


def suspended_until_timeout(history: History) -> Finding:
    """Whoever asks during a timed suspension, before it is resumed, is told that it is one."""
    words = "isSuspended is true until the timeout is over"
    suspension = _suspension(history)
    if suspension is None or suspension.completed is None:
        return unknown("no suspension succeeded", words)
    over = suspension.invoked + (float(getattr(suspension.op, "timeout", 0.0)) - CLOCK_RESOLUTION) * 1e9
    end = min([over, *(entry.invoked for entry in history.of(Resume))])
    asked = [
        entry
        for entry in history.of(IsSuspended)
        if entry.invoked >= suspension.completed and entry.completed is not None and entry.completed < end
    ]
    wrong = [entry for entry in asked if entry.result is not True and not unanswered(entry)]
    if wrong:
        after = (wrong[0].invoked - suspension.invoked) / 1e9
        said = wrong[0].error or f"it is {wrong[0].result}"
        return failed(words, f"{said}, {after:.3f} s after the call", [suspension.index, wrong[0].index])
    if not any(entry.result for entry in asked):
        return unknown("nobody asked in time, or was told", words, [suspension.index])
    return passed(f"it is true, {len(asked)} times", (entry.index for entry in asked))


def says_whether_it_pushes(history: History) -> Finding:
    """What isSuspended said last is what the consumer does: it is given what is sent afterwards, or nothing at all."""
    words = "isSuspended says whether the listener is called"
    asked = [entry for entry in history.of(IsSuspended) if entry.outcome is Outcome.OK]
    if not asked:
        return unknown("nobody was told", words)
    last = asked[-1]
    if not last.result:
        finding = nothing_lost(last.op.on, which=lambda one: one.entry.invoked >= (last.completed or 0))(history)
        return (
            finding if finding.verdict != "FAIL" else failed(words, f"it is false, but {finding.actual}", [last.index])
        )
    suspensions = [e for e in history.of(Suspend) if e.op.on == last.op.on and e.invoked < last.invoked]
    timed = [_over(entry)[0] for entry in suspensions[-1:] if getattr(entry.op, "timeout", None)]
    ends = [entry.invoked for entry in history.of(Resume, Stop) if entry.op.on == last.op.on]
    end = min([*timed, *(moment for moment in ends if moment > last.invoked)], default=NEVER)
    since = last.completed or 0
    came = [one for one in received(history, on=[last.op.on]) if since < one.came < end]
    if came:
        return failed(words, f"it is true, but {came[0].label} was pushed", [last.index, came[0].index])
    later = [one.done.completed or 0 for one in sent(history) if one.accepted and one.entry.invoked >= since]
    if not later or not quiet_between(history, min(later), int(end)):
        return unknown("nothing was sent afterwards, or nobody waited for it", words, [last.index])
    return passed("it is true, and nothing was pushed", [last.index])


def suspension_of_a_puller(history: History) -> Finding:
    """It fails, or the receive during it gives a message or runs out of time; nothing is lost."""
    words = "suspend fails, or the consumer can receive, at the latest once it is resumed"
    suspended, receives = history.of(Suspend), history.of(Receive)
    if not suspended or not receives or Outcome.UNKNOWN in {suspended[0].outcome, receives[0].outcome}:
        return unknown("nobody suspended or received, or that never ended", words)
    if suspended[0].outcome is Outcome.FAIL:
        return passed(f"suspend failed with {suspended[0].error}", [suspended[0].index])
    error = receives[0].error
    if error and away(receives[0]):
        return unknown(f"the server was away: {error}", words, [receives[0].index])
    if error and error.kind is not ErrorKind.TIMEOUT:
        return failed(words, f"receive failed with {error}", [suspended[0].index, receives[0].index])
    return nothing_lost(suspended[0].op.on)(history)
