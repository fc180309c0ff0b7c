"""Whether a future's answers about its cancellation agree."""

from __future__ import annotations

from tck.history import Entry, History, Outcome
from tck.operations import Cancel, IsCancelled
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
