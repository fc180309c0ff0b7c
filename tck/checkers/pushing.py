"""How long a suspension holds."""

from __future__ import annotations

from tck.checkers.answers import CLOCK_RESOLUTION
from tck.checkers.matching import received
from tck.history import Entry, History, Outcome
from tck.operations import Deliver, IsSuspended, Suspend
from tck.verdicts import Finding, failed, passed, unknown


def _suspension(history: History) -> Entry | None:
    entries = [e for e in history.of(Suspend) if e.outcome is Outcome.OK and getattr(e.op, "timeout", None)]
    return entries[0] if entries else None


def _pushed(history: History, suspension: Entry) -> list[tuple[Entry, float]]:
    """Return the deliveries of what was sent during a suspension, and the seconds from its call to each."""
    return [
        (one.delivery.entry, (one.delivery.entry.invoked - suspension.invoked) / 1e9)
        for one in received(history, on=[suspension.op.on])
        if isinstance(one.delivery.entry.op, Deliver)
        and one.sent
        and suspension.completed is not None
        and one.sent.entry.invoked >= suspension.completed
    ]


def held_for_its_timeout(history: History) -> Finding:
    """What is sent during a timed suspension is not pushed before its time has passed since the call."""
    words = "nothing is pushed before the timeout of the suspension is over"
    suspension = _suspension(history)
    if suspension is None:
        return unknown("no suspension succeeded", words)
    timeout = float(getattr(suspension.op, "timeout", 0.0))
    pushed = _pushed(history, suspension)
    early = [(entry, after) for entry, after in pushed if after < timeout - CLOCK_RESOLUTION]
    if early:
        entry, after = early[0]
        return failed(
            words,
            f"pushed {after:.3f} s after the call, the timeout is {timeout:.3f} s",
            [suspension.index, entry.index],
        )
    if not pushed:
        return unknown(f"nothing was pushed at all; the timeout is {timeout:.3f} s", words, [suspension.index])
    return passed(f"the first was pushed {pushed[0][1]:.3f} s after the call, the timeout is {timeout:.3f} s")


def ends_by_itself(history: History) -> Finding:
    """After the timeout isSuspended is false."""
    words = "isSuspended is false once the timeout is over"
    suspension = _suspension(history)
    asked = [entry for entry in history.of(IsSuspended) if entry.outcome is Outcome.OK]
    if suspension is None or not asked:
        return unknown("no suspension succeeded, or nobody asked", words)
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
    if not pushed or pushed[0][1] >= timeout:
        return failed(words, f"it was not pushed within {timeout:.3f} s", [suspension.index])
    return passed(f"pushed after {pushed[0][1]:.3f} s of {timeout:.3f} s", [pushed[0][0].index])
