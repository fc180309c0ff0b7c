"""The checkers of the ways to a listener, each on handwritten histories with a known verdict."""

from __future__ import annotations

import pytest

from tck.checkers import listening
from tck.checkers.answers import Checker
from tck.checkers.delivery import nothing_lost, same_when_redelivered
from tck.history import History
from tck.messages import ExtensionHeader
from tck.operations import Reply
from tck.selftest.histories import REFUSED, Did, batch, bind, context_ack, got, history, nothing, pushed, quiet, send

modes = listening.each_in_its_mode("q", "r")
whole = same_when_redelivered("header", "as it is pulled", listening.born)
same = same_when_redelivered("content", "as it was", listening.substance)
bound = listening.where_bound(nothing_lost("c"))
called = listening.where_called(nothing_lost("c"))
PULLS, LISTENS = bind(), bind("r", Reply.ACK)
MINE = send(1)
KEYED = send(1, extension=ExtensionHeader(message_key="k"))


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines, queues=("q", "r"))


JUDGED = {
    "each its own way": (case(modes, PULLS, LISTENS, MINE, got(1), quiet()), "PASS"),
    "the second binding fails": (case(modes, PULLS, bind("r", Reply.ACK, error=REFUSED), MINE), "PASS"),
    "pushed where it is pulled": (case(modes, PULLS, LISTENS, MINE, pushed(1)), "FAIL"),
    "never pulled": (case(modes, PULLS, LISTENS, MINE, nothing(), quiet()), "FAIL"),
    "bound once": (case(modes, PULLS, MINE, got(1)), "UNKNOWN"),
    "pulled alone": (case(listening.pulled_or_pushed, LISTENS, MINE, got(1)), "PASS"),
    "pushed alone": (case(listening.pulled_or_pushed, LISTENS, MINE, nothing(), pushed(1)), "PASS"),
    "pulled and pushed": (case(listening.pulled_or_pushed, LISTENS, MINE, got(1), pushed(1)), "FAIL"),
    "neither": (case(listening.pulled_or_pushed, bind(reply=Reply.ACK), MINE, nothing(), quiet()), "FAIL"),
    "nobody pulled": (case(listening.pulled_or_pushed, LISTENS, MINE, pushed(1)), "UNKNOWN"),
    "a key as it is pulled": (
        case(whole, KEYED, *(way(1, extension=ExtensionHeader(message_key="k")) for way in (pushed, got))), "PASS"
    ),
    "a field that nobody set": (case(whole, MINE, pushed(1), got(1, extension=ExtensionHeader(offset=3))), "PASS"),
    "a key that is pulled only": (
        case(whole, KEYED, pushed(1), got(1, extension=ExtensionHeader(message_key="k"))), "FAIL"
    ),
    "born elsewhere": (case(whole, MINE, pushed(1, born_host="a"), got(1, born_host="b")), "FAIL"),
    "pushed once": (case(whole, MINE, pushed(1)), "UNKNOWN"),
    "the same again": (case(same, MINE, pushed(1), pushed(1, receipt="other")), "PASS"),
    "another id": (case(same, MINE, pushed(1), pushed(1, message_id="other")), "FAIL"),
    "another body": (case(same, MINE, pushed(1), pushed(1, body=b"")), "FAIL"),
    "several acknowledged": (
        case(listening.over_where_several, batch(1, 2, 3), pushed(1, 2, 3, many=True), context_ack(3, 1, 2), quiet()),
        "PASS",
    ),
    "the second acknowledged in vain": (
        case(
            listening.over_where_several,
            batch(1, 2), pushed(1, 2, many=True), context_ack(3, 0), context_ack(3, 1), got(2, "d"),
        ),
        "FAIL",
    ),
    "batches of one": (
        case(listening.over_where_several, batch(1, 2), pushed(1, many=True), context_ack(3), quiet()),
        "NOT APPLICABLE",
    ),
    "bound early": (case(bound, LISTENS, MINE, pushed(1)), "PASS"),
    "bound early in vain": (case(bound, LISTENS, MINE, quiet()), "FAIL"),
    "called, and lost": (case(called, LISTENS, MINE, send(2), pushed(1), quiet()), "FAIL"),
    "called": (case(called, LISTENS, MINE, pushed(1)), "PASS"),
    "never called": (case(called, LISTENS, MINE, quiet()), "NOT APPLICABLE"),
    "cannot be bound early": (case(bound, bind("r", Reply.ACK, error=REFUSED), MINE), "NOT APPLICABLE"),
}  # fmt: skip


@pytest.mark.parametrize(("judged", "verdict"), JUDGED.values(), ids=JUDGED)
def test_verdicts_are_known(judged: tuple[Checker, History], verdict: str) -> None:
    checker, seen = judged
    finding = checker(seen)
    assert finding.verdict == verdict, finding


@pytest.mark.parametrize(
    "checker", [modes, listening.pulled_or_pushed, listening.over_where_several, whole, same, bound]
)
def test_an_empty_history_never_passes(checker: Checker) -> None:
    assert checker(history()).verdict == "UNKNOWN"
