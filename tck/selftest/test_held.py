"""What is held up, by handwritten histories: from 10 ms to 1000 ms nothing comes through, where nothing else is said."""

from __future__ import annotations

from tck.checkers.answers import Checker, ends_within, fails, gives, gives_null, lasts, ops
from tck.checkers.held import (
    ends_meanwhile,
    held,
    overdue,
    returns_afterwards,
    where_begun,
    while_pending,
)
from tck.messages import Message, SendResult
from tck.operations import ErrorKind, Get, Hold, IsDone, Restore, SendAsync
from tck.selftest.histories import TIMEOUT, Did, did, history
from tck.verdicts import Verdict

RESULT = SendResult("id")


def judged(checker: Checker, *lines: Did, restored: int = 1000) -> Verdict:
    """Return the verdict over what happened between a hold and a restore."""
    ends = did(Hold(on="far"), "holder", at=(9, 10)), did(Restore(on="far"), "restorer", at=(restored, restored + 1))
    return checker(history(*sorted((*lines, *ends), key=lambda line: (line.at or (0, 0))[0]))).verdict


def sent(begin: int, end: int) -> Did:
    """Send asynchronously, on a client of that name."""
    return did(SendAsync(Message(), future="f"), "p", at=(begin, end))


def got(begin: int, end: int, result: SendResult | None = None, seconds: float = 0.2, **rest: object) -> Did:
    """Get, with a timeout."""
    return did(Get(seconds, on="f"), "p", result, at=(begin, end), **rest)  # type: ignore[arg-type] # as Did has them


def test_a_send_that_returns_meanwhile_does_not_wait() -> None:
    assert judged(ends_meanwhile(ops(SendAsync)), sent(20, 30)) is Verdict.PASS
    assert judged(ends_meanwhile(ops(SendAsync)), sent(20, 1020), sent(20, 40)) is Verdict.PASS
    assert judged(ends_meanwhile(ops(SendAsync)), sent(20, 1020)) is Verdict.FAIL
    assert judged(ends_meanwhile(ops(SendAsync)), sent(1020, 1030)) is Verdict.UNKNOWN
    assert judged(ends_meanwhile(ops(SendAsync))) is Verdict.UNKNOWN


def test_what_is_pending_is_not_done() -> None:
    pending = while_pending(gives(held(ops(IsDone)), expected=False))
    asked = did(IsDone(on="f"), "p", False, at=(40, 41))  # noqa: FBT003 - what it returned
    assert judged(pending, sent(20, 30), asked) is Verdict.PASS
    assert judged(pending, sent(20, 30), did(IsDone(on="f"), "p", True, at=(40, 41))) is Verdict.FAIL  # noqa: FBT003
    assert judged(pending, sent(20, 30)) is Verdict.UNKNOWN
    assert judged(pending, sent(20, 30), did(IsDone(on="f"), "p", True, at=(1010, 1011))) is Verdict.UNKNOWN  # noqa: FBT003
    assert judged(pending, sent(20, 1010), did(IsDone(on="f"), "p", True, at=(1020, 1021))) is Verdict.NOT_APPLICABLE  # noqa: FBT003


def test_get_waits_for_the_result() -> None:
    waits = while_pending(returns_afterwards(ops(Get)), "p")
    assert judged(waits, sent(20, 30), got(40, 1010, RESULT, 30)) is Verdict.PASS
    assert judged(waits, sent(20, 30), got(40, 50, RESULT, 30)) is Verdict.FAIL
    assert judged(waits, sent(20, 30), got(40, 1010, None, 30)) is Verdict.FAIL
    assert judged(waits, sent(20, 30), got(40, 50, error=TIMEOUT)) is Verdict.FAIL
    assert judged(waits, sent(20, 30), got(40, 240, error=TIMEOUT)) is Verdict.UNKNOWN
    assert judged(waits, sent(20, 30), got(40, 50, unknown=True)) is Verdict.UNKNOWN
    assert judged(waits, sent(20, 1010), got(1020, 1030, RESULT)) is Verdict.NOT_APPLICABLE


def test_get_gives_up_when_its_timeout_is_over() -> None:
    def elapsed(*lines: Did) -> tuple[Verdict, Verdict, Verdict]:
        select = overdue(ops(Get))
        checkers = fails(select, ErrorKind.TIMEOUT), lasts(select), gives_null(select)
        return tuple(judged(one, sent(20, 30), *lines) for one in checkers)  # type: ignore[return-value] # three of them

    passed, failed, unknown = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
    assert elapsed(got(40, 245, error=TIMEOUT)) == (passed, passed, failed)
    assert elapsed(got(40, 140, error=TIMEOUT)) == (passed, failed, failed)
    assert elapsed(got(40, 245)) == (failed, passed, passed)
    assert elapsed(got(40, 140)) == (failed, failed, passed)
    assert elapsed(got(40, 245, RESULT)) == (failed, failed, failed)
    assert elapsed(got(40, 1010, RESULT)) == (failed, failed, failed)
    assert elapsed(got(900, 1010, RESULT)) == (unknown, unknown, unknown)


def test_get_that_ignores_its_timeout_ends_late() -> None:
    assert judged(ends_within(ops(Get)), sent(20, 30), got(40, 245, error=TIMEOUT)) is Verdict.PASS
    assert judged(ends_within(ops(Get)), sent(20, 30), got(40, 1010, RESULT)) is Verdict.FAIL


def test_what_was_not_called_meanwhile_says_nothing() -> None:
    begun = where_begun(ops(Get), fails(ops(Get)))
    assert judged(begun, sent(20, 30), got(40, 50, error=TIMEOUT)) is Verdict.PASS
    assert judged(begun, sent(20, 30), got(40, 50, RESULT)) is Verdict.FAIL
    assert judged(begun, sent(20, 30), got(40, 50, unknown=True)) is Verdict.UNKNOWN
    assert judged(begun, sent(20, 30), got(1020, 1030, RESULT)) is Verdict.NOT_APPLICABLE
