"""The checkers of what is kept of what was left, each on handwritten histories with a known verdict."""

from __future__ import annotations

import pytest

from tck.checkers import kept
from tck.checkers.answers import Checker
from tck.operations import Start, Stop
from tck.selftest.histories import Did, ack, bind, did, got, history, nothing, quiet, send

given_up = kept.given_up("last")
some = kept.given_some("c")
again, once = (kept.given_back_to("d", again=again) for again in (True, False))
of_others = kept.given_back_to("d", again=True, theirs=True)
of_nobody = kept.given_back_to("d", again=True, theirs=False)


def held(*taken: int) -> tuple[Did, ...]:
    """Have `d` hold two messages, of which `c` acknowledges these, and start it again; then a third one is sent."""
    both = (got(number, client, receipt=f"{client}{number}") for client in "dc" for number in (1, 2))
    acks = (ack(f"c{number}") for number in taken)
    return send(1), send(2), *both, *acks, did(Stop(), "d"), did(Start(), "d"), send(3)


def back(*numbers: int) -> tuple[Did, ...]:
    """Have `d` pull these, and then in vain."""
    return *(got(number, "d", receipt=f"e{number}") for number in numbers), nothing("d")


TWICE = send(1), send(2), got(1), got(2), got(1, "d"), got(2, "d")
CASES: dict[str, tuple[Checker, tuple[Did, ...], str, str]] = {
    "both are given up": (given_up, (*TWICE, nothing("last")), "PASS", "2 messages, each delivered 2 times"),
    "one is not": (given_up, (*TWICE, got(1, "last")), "FAIL", "delivered 2, 3 times, 1 to last"),
    "at the first": (given_up, (send(1), got(1), nothing("last")), "FAIL", "delivered 1 times"),
    "one earlier than the other": (
        given_up, (send(1), send(2), got(1), got(2), got(1, "d"), got(2, "d"), got(2, "e"), nothing("last")),
        "FAIL", "delivered 2, 3 times, 0 to last",
    ),
    "nobody listened": (given_up, TWICE, "UNKNOWN", "did not listen"),
    "one never came": (given_up, (send(1), send(2), got(1), got(1, "d"), nothing("last")), "UNKNOWN", "never came"),
    "some, and no more": (some, (send(1), send(2), got(1), nothing()), "PASS", "1 of 2"),
    "all": (some, (send(1), send(2), got(1), got(2), nothing()), "FAIL", "all 2"),
    "none": (some, (send(1), nothing()), "UNKNOWN", "nothing was"),
    "it asked for no more": (some, (send(1), send(2), got(1)), "UNKNOWN", "did not ask"),
    "given back": (again, (*held(1), *back(1, 2, 3)), "PASS", ""),
    "half of it": (again, (*held(1), *back(2, 3)), "FAIL", "1 of 2 were given to it again"),
    "half of it is not none": (once, (*held(1), *back(2, 3)), "FAIL", "1 of 2 were given to it again"),
    "none of it": (once, (*held(1), *back(3)), "PASS", ""),
    "none of it, and nothing else": (once, (*held(1), nothing("d")), "UNKNOWN", "did not listen"),
    "not started again": (again, (send(1), got(1, "d"), did(Stop(), "d"), nothing("d")), "UNKNOWN", "not started again"),
    "nothing was held": (
        again, (did(Start(), "d"), did(Stop(), "d"), did(Start(), "d"), send(1), *back(1)), "UNKNOWN", "held nothing"
    ),
    "what others acknowledged": (of_others, (*held(1), *back(1, 3)), "PASS", ""),
    "what others acknowledged is lost": (of_others, (*held(1), *back(2, 3)), "FAIL", "0 of 1"),
    "what nobody acknowledged": (of_nobody, (*held(1), *back(2, 3)), "PASS", ""),
    "others acknowledged nothing": (of_others, (*held(), *back(1, 2, 3)), "UNKNOWN", "held nothing of that"),
}  # fmt: skip


@pytest.mark.parametrize(("checker", "lines", "verdict", "words"), CASES.values(), ids=CASES)
def test_what_is_kept(checker: Checker, lines: tuple[Did, ...], verdict: str, words: str) -> None:
    finding = checker(history(bind(), bind(client="d"), bind(client="e"), bind(client="last"), *lines))
    assert finding.verdict == verdict, finding
    assert words in finding.actual


@pytest.mark.parametrize("checker", [given_up, some, again, once, of_others, of_nobody])
def test_an_empty_history_never_passes(checker: Checker) -> None:
    assert checker(history(quiet())).verdict == "UNKNOWN"
