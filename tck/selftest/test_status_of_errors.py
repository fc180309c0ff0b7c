"""The checkers of the status codes of errors that only some raise, on handwritten histories with known verdicts."""

from __future__ import annotations

import pytest

from tck.checkers.answers import Checker, ops
from tck.checkers.status import status_of, where_refused
from tck.operations import NOT_OFFERED, Error, ErrorKind, Prepare, Receive, Send
from tck.programs import message
from tck.selftest.histories import TIMEOUT, Did, did, history, nothing

unavailable = where_refused(ops(Receive), 1503)
NOT_OFFERED_TEXT = next(iter(NOT_OFFERED))


def fails(kind: ErrorKind, code: int | None, text: str = "no") -> Did:
    """Send, or prepare where that is what the kind is about, in vain."""
    op = Prepare(message("q")) if kind is ErrorKind.TRANSACTION else Send(message("q"))
    return did(op, error=Error(kind, code, text))


def receives(code: int | None) -> Did:
    """Receive, and be refused."""
    return did(Receive(0.1), error=Error(ErrorKind.OTHER, code, "no"))


FORMAT, UNSUPPORTED, TRANSACTION = ErrorKind.FORMAT, ErrorKind.UNSUPPORTED, ErrorKind.TRANSACTION

JUDGED: dict[str, tuple[Checker, tuple[Did, ...], str]] = {
    "it cannot be reached": (unavailable, (receives(1503),), "PASS"),
    "another says that the server failed": (unavailable, (receives(1503), receives(1500)), "FAIL"),
    "no status": (unavailable, (receives(None),), "FAIL"),
    "a timeout says nothing": (unavailable, (did(Receive(0.1), error=TIMEOUT),), "NOT APPLICABLE"),
    "a timeout is no excuse for another": (unavailable, (did(Receive(0.1), error=TIMEOUT), receives(1500)), "FAIL"),
    "nothing is refused": (unavailable, (nothing(),), "NOT APPLICABLE"),
    "never received": (unavailable, (), "UNKNOWN"),
    "it never ended": (unavailable, (did(Receive(0.1), unknown=True),), "UNKNOWN"),
    "a bad request": (status_of(FORMAT), (fails(FORMAT, 1400), fails(FORMAT, 1400)), "PASS: 1400"),
    "a bad argument": (status_of(FORMAT), (fails(FORMAT, 1418),), "PASS: 1418"),
    "one or the other": (status_of(FORMAT), (fails(FORMAT, 1400), fails(FORMAT, 1402)), "PASS: request"),
    "a wrong message is no fault of the server": (status_of(FORMAT), (fails(FORMAT, 1500),), "FAIL"),
    "not allowed": (status_of(TRANSACTION), (fails(TRANSACTION, 1403),), "PASS: 1403"),
    "the server cannot": (status_of(UNSUPPORTED), (fails(UNSUPPORTED, 1501),), "PASS: server"),
    "whoever it was": (status_of(UNSUPPORTED), (fails(UNSUPPORTED, 1501), fails(UNSUPPORTED, 1400)), "PASS: server"),
    "a vendor's own": (status_of(UNSUPPORTED), (fails(UNSUPPORTED, 501),), "PASS: own"),
    "it is worked on": (status_of(UNSUPPORTED), (fails(UNSUPPORTED, 1101),), "FAIL"),
    "it succeeded": (status_of(TRANSACTION), (fails(TRANSACTION, 1200),), "FAIL"),
    "opening failed": (status_of(TRANSACTION), (fails(TRANSACTION, 10001),), "FAIL"),
    "another kind says nothing": (status_of(TRANSACTION), (fails(FORMAT, 1101),), "NOT APPLICABLE"),
    "the kit's own says nothing": (
        status_of(UNSUPPORTED),
        (fails(UNSUPPORTED, None, NOT_OFFERED_TEXT),),
        "NOT APPLICABLE",
    ),
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_history_is_judged_as_it_should_be(name: str) -> None:
    checker, lines, expected = JUDGED[name]
    finding = checker(history(*lines))
    assert (f"{finding.verdict}: {finding.reading}" if finding.reading else finding.verdict) == expected
