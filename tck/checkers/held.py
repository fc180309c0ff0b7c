"""What happens while the way to the server is held up: nothing that needs an answer can have one."""

from __future__ import annotations

from tck.checkers.answers import CLOCK_RESOLUTION, LATE, Checker, Select, gives_what, ops, unanswered
from tck.history import Entry, History, Outcome, gets
from tck.operations import ErrorKind, Get, GetThrowable, Hold, Restore, SendAsync, SendBatchAsync, name
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def _span(history: History) -> tuple[int, int]:
    """Return from when to when (ns) the way was held up for sure; an empty span where it was not."""
    holds, restores = history.of(Hold), history.of(Restore)
    begin = holds[0].completed if holds and holds[0].completed is not None else 0
    return (begin, restores[0].invoked) if begin and restores else (0, 0)


def begun(select: Select) -> Select:
    """Select those that began while the way was held up."""

    def selected(history: History) -> list[Entry]:
        begin, end = _span(history)
        return [entry for entry in select(history) if begin <= entry.invoked < end]

    return selected


def held(select: Select) -> Select:
    """Select those that began and ended while the way was held up."""

    def selected(history: History) -> list[Entry]:
        _, end = _span(history)
        return [entry for entry in begun(select)(history) if entry.completed is not None and entry.completed < end]

    return selected


def overdue(select: Select) -> Select:
    """Select those that ended, or should have half a second ago by their timeout, while the way was held up."""

    def selected(history: History) -> list[Entry]:
        _, end = _span(history)
        ended = held(select)(history)
        return [e for e in begun(select)(history) if e in ended or e.invoked + (_timeout(e) + LATE) * 1e9 < end]

    return selected


def _timeout(entry: Entry) -> float:
    return float(getattr(entry.op, "timeout", None) or 0.0)


def while_pending(checker: Checker, client: str = "") -> Checker:
    """What `checker` finds where an asynchronous send (of a client) left its future pending; none does that waits for the server."""

    def check(history: History) -> Finding:
        sends = held(ops(SendAsync, SendBatchAsync, client=client))(history)
        return (
            checker(history) if sends else not_applicable("no asynchronous send returned before its message was sent")
        )

    return check


def where_begun(select: Select, checker: Checker) -> Checker:
    """What `checker` finds where the selected calls began while the way was held up, and not only after it."""

    def check(history: History) -> Finding:
        return (
            checker(history)
            if begun(select)(history)
            else not_applicable("it was not called while nothing came through")
        )

    return check


def ends_meanwhile(select: Select) -> Checker:
    """The selected calls end while the way is held up: at least one of them, for a busy machine delays one and not each."""

    def check(history: History) -> Finding:
        words = "the call ends though nothing comes through to the server"
        _, end = _span(history)
        calls = begun(select)(history)
        shown = [entry.index for entry in calls]
        if any(entry.completed is not None and entry.completed < end for entry in calls):
            return passed(words, shown)
        if not calls:
            return unknown("it was not called while the way was held up", words)
        waited = f"{name(calls[0].op)} ended only once it was restored, {(end - calls[0].invoked) / 1e9:.1f} s later"
        return failed(words, waited, shown)

    return check


def returns_afterwards(select: Select) -> Checker:
    """Each that began while the way was held up, and may wait long after it was restored, returns a result after that."""

    def check(history: History) -> Finding:
        _, end = _span(history)
        enough = end + history.origin.calibration.patience * 1e9
        ended = [e for e in begun(select)(history) if e.error and e.error.kind is ErrorKind.TIMEOUT]
        waited = [e for e in ended if 0 < float(getattr(e.op, "timeout", None) or 0.0) <= e.seconds + CLOCK_RESOLUTION]
        short = [e for e in waited if (e.completed or 0) < enough]
        if short:
            return unknown("the way was held up nearly as long as it may wait", "a result", [e.index for e in short])

        def holds(result: object, entry: Entry) -> bool:
            return result is not None and entry.completed is not None and entry.completed >= end

        def late(entry: Entry) -> bool:
            return unanswered(entry) and (entry.completed is None or entry.completed >= end)

        return gives_what(begun(select), "a result, once the server can answer", holds, late)(history)

    return check


def later_result(*clients: str) -> Checker:
    """Where a client's get timed out while the way was held up, one after that gives the result, or a cause is told."""

    def check(history: History) -> Finding:
        words = "a get after one that timed out gives the result, once the server can answer"
        early = [entry for entry in held(ops(Get))(history) if entry.client in clients and entry.result is None]
        timed_out = {e.op.on for e in early if e.error is None or e.error.kind is ErrorKind.TIMEOUT}
        if not timed_out:
            return not_applicable("no get timed out while the way was held up")
        _, end = _span(history)
        later = [entry for entry in gets(history) if entry.invoked >= end and entry.op.on in timed_out]
        caused = {e.op.on for e in history.of(GetThrowable) if e.result is not None}
        wrong = [entry for entry in later if entry.result is None and entry.op.on not in caused]
        if any(entry.outcome is Outcome.UNKNOWN for entry in later) or not any(e.result for e in gets(history)):
            return unknown("it never ended, or no send was ever complete", words, [entry.index for entry in later])
        if wrong:
            return failed(words, f"get ended with {wrong[0].error}, and no cause is told", [e.index for e in wrong])
        return passed(words, [entry.index for entry in later])

    return check
