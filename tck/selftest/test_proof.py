"""What the proof asks of miniatures: the wrong must fail as they say, the right must pass, and nothing else counts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tck.proof import Miniature, judged, miniatures
from tck.report import Evidence
from tck.verdicts import Verdict

WRONG = Miniature("m:Wrong", "It is wrong.", {"a": "lost"})
RIGHT = Miniature("m:Right", "It is right.", {})


def seen(**verdicts: tuple[Verdict, str]) -> Any:
    """Return what `judged` reads of a report in which clauses were judged so."""
    clauses = [
        SimpleNamespace(id=name, verdict=verdict, evidence=(Evidence("x", verdict, "", words),))
        for name, (verdict, words) in verdicts.items()
    ]
    return SimpleNamespace(
        clauses=clauses, kit_errors=(), adapter_errors=(), missing=(), circumstances=SimpleNamespace(seconds=1.0)
    )


FAIL, UNKNOWN, PASS = Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS
CASES = {
    "killed": (WRONG, seen(a=(FAIL, "1 was lost")), True),
    "killed, and another clause left without evidence": (
        WRONG, seen(a=(FAIL, "1 was lost"), b=(UNKNOWN, "nothing came")), True),
    "survived": (WRONG, seen(a=(PASS, "")), False),
    "survived, as nothing could be told": (WRONG, seen(a=(UNKNOWN, "1 was lost")), False),
    "other words": (WRONG, seen(a=(FAIL, "1 came twice")), False),
    "strayed": (WRONG, seen(a=(FAIL, "1 was lost"), b=(FAIL, "no")), False),
    "right": (RIGHT, seen(a=(PASS, "")), True),
    "right, and failed": (RIGHT, seen(a=(FAIL, "1 was lost")), False),
    "right, and not judged": (RIGHT, seen(a=(UNKNOWN, "nothing came")), False),
}  # fmt: skip


@pytest.mark.parametrize(("miniature", "report", "good"), CASES.values(), ids=CASES)
def test_an_outcome_is_good_only_where_it_is_as_the_miniature_says(
    miniature: Miniature, report: Any, *, good: bool
) -> None:
    assert judged(miniature, report).good is good


def test_both_kinds_of_miniatures_are_found() -> None:
    assert {bool(one.breaks) for one in miniatures()} == {True, False}
