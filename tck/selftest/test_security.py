"""The checkers of security, on histories that were written by hand."""

from __future__ import annotations

import pytest

from tck.adapter import ErrorKind
from tck.checkers.security import denied, keyed, nothing_of, refused_with
from tck.operations import BindQueue, CreateQueue, Error, Open, Receive
from tck.selftest.histories import REFUSED, Did, got, history, nothing, send

DENIED = Error(ErrorKind.SECURITY, 1403)
DENIED_ONCE = Did("x", CreateQueue("q"), error=DENIED)


@pytest.mark.parametrize(
    ("steps", "verdict", "words"),
    [
        ((Did("x", CreateQueue("q"), error=DENIED),), "PASS", "create_queue failed with SECURITY 1403"),
        ((Did("x", Open("u"), error=DENIED),), "PASS", "open failed with SECURITY"),
        ((Did("x", Open("u")), Did("x", CreateQueue("q"))), "FAIL", "create_queue succeeded"),
        ((DENIED_ONCE, Did("x", CreateQueue("q"))), "FAIL", "create_queue failed, and create_queue succeeded"),
        ((DENIED_ONCE, Did("y", CreateQueue("q"))), "PASS", "create_queue failed with SECURITY 1403"),
        ((Did("x", Open("u"), error=REFUSED),), "FAIL", "open failed with OTHER 1503"),
        ((Did("x", CreateQueue("q"), unknown=True),), "UNKNOWN", "never ended"),
        ((Did("x", Open("u")),), "UNKNOWN", "never reached"),
        ((Did("other", CreateQueue("q")),), "UNKNOWN", "never reached"),
    ],
)
def test_who_has_no_authority_is_denied(steps: tuple[Did, ...], verdict: str, words: str) -> None:
    finding = denied("x", CreateQueue)(history(*steps))
    assert (finding.verdict, words in finding.actual) == (verdict, True), finding


def test_nothing_of_a_stranger_may_come() -> None:
    assert nothing_of("x")(history(send(1), got(1))).verdict == "PASS"
    assert nothing_of("p")(history(send(1), got(1))).verdict == "FAIL"
    assert nothing_of("x")(history(send(1))).verdict == "UNKNOWN"


def test_a_wrong_key_says_something_where_there_is_a_key() -> None:
    assert keyed("x", denied("x", CreateQueue))(history(Did("x", CreateQueue("q")))).verdict == "FAIL"
    assert keyed("x", denied("x", CreateQueue))(history(send(1))).verdict == "NOT APPLICABLE"


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ((Did("x", Open("u"), error=Error(ErrorKind.SECURITY, 1401)), send(1)), "PASS"),
        ((Did("x", Open("u")), Did("x", CreateQueue("q"), error=DENIED)), "FAIL"),
        ((Did("x", Open("u"), error=REFUSED), Did("y", Open("u"))), "NOT APPLICABLE"),
        ((Did("x", Open("u"), error=Error(ErrorKind.SECURITY, 1401)), Did("y", Open("u"), unknown=True)), "UNKNOWN"),
        ((Did("z", Open("u"), error=DENIED),), "NOT APPLICABLE"),
    ],
)
def test_who_is_refused_is_told_the_status(steps: tuple[Did, ...], verdict: str) -> None:
    assert refused_with(1401, "x", "y")(history(*steps)).verdict == verdict


def test_who_is_denied_is_given_nothing_later() -> None:
    once = Did("c", Receive(0.0), error=DENIED)
    assert denied("c", Receive)(history(once, nothing())).verdict == "PASS"
    assert denied("c", Receive)(history(send(1), once, got(1))).verdict == "FAIL"
    assert denied("c", Receive)(history(Did("c", BindQueue("q"), error=DENIED), nothing())).verdict == "PASS"
