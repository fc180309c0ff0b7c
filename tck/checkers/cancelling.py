"""Whether a future's answers about its cancellation agree, and whether its listeners are given the future itself."""

from __future__ import annotations

from tck.history import Entry, History, Outcome
from tck.messages import SendResult
from tck.operations import Cancel, ErrorKind, Get, IsCancelled, Notify
from tck.verdicts import Finding, failed, passed, unknown


def told_as_answered(history: History) -> Finding:
    """After the first cancel of a future isCancelled gives what that gave."""
    words = "isCancelled gives what cancel gave"
    first: dict[tuple[str, str], Entry] = {}
    seen = 0
    for entry in history.of(Cancel, IsCancelled):
        if entry.outcome is not Outcome.OK:
            continue
        before = first.setdefault((entry.client, entry.op.on), entry)
        if isinstance(before.op, Cancel) and isinstance(entry.op, IsCancelled):
            seen += 1
            if entry.result != before.result:
                text = f"cancel gave {before.result}, isCancelled then {entry.result}"
                return failed(words, text, [before.index, entry.index])
    return passed(f"{seen} futures") if seen else unknown("nothing was cancelled and asked after", words)


def told_of_its_own(history: History) -> Finding:
    """A listener is given the future that it was added to: one with the result, or the kind of error, that get gives."""
    words = "the future that a listener is given has the result, or the error, of the one that it was added to"
    ended = {entry.op.on: entry for entry in history.of(Get) if _has_ended(entry)}
    seen = 0
    for entry in history.of(Notify):
        get = ended.get(entry.op.on)
        if get is None or not isinstance(entry.op, Notify) or not entry.op.done or entry.outcome is not Outcome.OK:
            continue
        seen += 1
        if fault := _other(entry.op, get):
            return failed(words, f"{entry.op.listener} was given a future with {fault}", [get.index, entry.index])
    return passed(f"{seen} calls") if seen else unknown("no listener was given a future whose end is known", words)


def _has_ended(get: Entry) -> bool:
    """Tell whether it shows how its future ended."""
    return get.outcome is Outcome.OK or (get.error is not None and get.error.kind is not ErrorKind.TIMEOUT)


def _other(notify: Notify, get: Entry) -> str:
    """Say how a future differs from the one whose end is known; nothing where it does not."""
    if get.error is not None:
        same = notify.error is not None and notify.error.kind is get.error.kind
        return "" if same else f"{notify.error or notify.result}, where get failed with {get.error}"[:300]
    if get.result is None:  # its error is elsewhere
        return "" if notify.result is None else f"the result {notify.result}, where get gave none"[:300]
    if notify.error is not None:
        return f"the error {notify.error}, where get gave a result"
    told, known = _ids(notify.result), _ids(get.result)
    return "" if told == known else f"the id {told}, where get gave {known}"[:300]


def _ids(result: SendResult | None) -> list[str | None]:
    """Return the ids that a result holds: its own, and those of the messages of a batch."""
    batch = (result and result.messages) or ()
    return [result.message_id if result else None, *(message.header.message_id for message in batch)]
