"""What holds in every history, whatever its program is about: judged of each, and told only where it is broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tck.checkers.answers import Checker
from tck.checkers.headers import ids_are_unique
from tck.history import Entry, History
from tck.operations import NOT_OFFERED, Error, name
from tck.verdicts import Finding, failed, passed, unknown


def every_error(words: str, fault: Callable[[Error], bool]) -> Checker:
    """No error that an operation ended with is at `fault`; what the kit itself says of an adapter is none."""

    def check(history: History) -> Finding:
        told = [(entry, error) for entry in history.entries if (error := _told(entry))]
        wrong = [(entry, error) for entry, error in told if fault(error)]
        if wrong:
            entry, error = wrong[0]
            more = f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            return failed(words, f"{name(entry.op)} failed with {error}{more}", (one.index for one, _ in wrong[:5]))
        return passed(f"{len(told)} errors: {words}") if told else unknown("nothing failed", words)

    return check


def _told(entry: Entry) -> Error | None:
    return entry.error if entry.error and entry.error.text not in NOT_OFFERED else None


has_code = every_error("an error has a status code", lambda error: error.code is None)
has_text = every_error("an error has a text that describes it", lambda error: not error.text.strip())
not_success = every_error(
    "an error has no status that says success", lambda error: (error.code or 0) in range(1200, 1300)
)

ALWAYS: Mapping[str, Checker] = {
    "2.3.1-message-id-unique": ids_are_unique,
    "api.OMSRuntimeException.error-code": has_code,
    "api.OMSRuntimeException.error-text": has_text,
    "api.OMSResponseStatus.error-not-success": not_success,
}
"""The clauses that every history speaks to, and how each is judged."""
