"""Which status codes the errors have that only some implementations raise, or for which the documents name none."""

from __future__ import annotations

from collections.abc import Mapping

from tck.checkers.answers import Checker, Select, follows, has_status, lacks_status
from tck.history import Entry, History, Outcome
from tck.operations import NOT_OFFERED, ErrorKind
from tck.verdicts import Finding, not_applicable, unknown

REQUEST, SERVER, OPENING = range(1400, 1500), range(1500, 1600), range(10_000, 11_000)
"""The classes of status codes: what asked was at fault, the server was, or no access point could be opened."""
BUSY = 1502
NO_ERROR = range(1100, 1400)
"""The classes of what is no error: it is worked on, it succeeded, or something is to be done yet."""


def where_refused(select: Select, *codes: int) -> Checker:
    """Each that fails otherwise than with TIMEOUT, or for the server is busy, has one of these status codes; where none does nothing is said."""

    def refused(history: History) -> list[Entry]:
        failed = [entry for entry in select(history) if entry.error and entry.error.kind is not ErrorKind.TIMEOUT]
        return [entry for entry in failed if entry.error and entry.error.code != BUSY]

    def check(history: History) -> Finding:
        entries = select(history)
        if not entries or any(entry.outcome is Outcome.UNKNOWN for entry in entries):
            return unknown("it was never tried, or never ended", operations=(entry.index for entry in entries))
        return has_status(refused, *codes)(history) if refused(history) else not_applicable("nothing was refused")

    return check


def of_kind(kind: ErrorKind) -> Select:
    """Select what failed with an error of a kind, by the implementation's own word."""

    def select(history: History) -> list[Entry]:
        return [e for e in history.entries if e.error and e.error.kind is kind and e.error.text not in NOT_OFFERED]

    return select


def status_of(kind: ErrorKind) -> Checker:
    """The errors of a kind for which no status is named follow one of the readings."""
    errors = of_kind(kind)
    readings: Mapping[str, Checker] = {
        **{str(code): has_status(errors, code) for code in (1400, 1418, 1403)},
        "request": has_status(errors, *REQUEST),
    }
    if kind is not ErrorKind.FORMAT:
        further = has_status(errors, *REQUEST, *SERVER), lacks_status(errors, *NO_ERROR, *OPENING)
        readings = {**readings, "server": further[0], "own": further[1]}

    def check(history: History) -> Finding:
        told = errors(history)
        return follows(readings)(history) if told else not_applicable(f"nothing failed with an error of kind {kind}")

    return check
