"""The tests that every table of handwritten histories with known verdicts is put to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from tck.checkers.answers import Checker
from tck.history import History
from tck.selftest.histories import history

Case = tuple[Checker, History]


def verdicts(
    passing: Mapping[str, Case],
    failing: Mapping[str, tuple[Case, str]],
    unknown: Mapping[str, Case],
    checkers: Iterable[Checker],
) -> type:
    """Return a test class: these pass; these fail, in such words; these are unknown; by all of these an empty history is."""

    class Verdicts:
        @pytest.mark.parametrize(("checker", "seen"), passing.values(), ids=passing)
        def test_what_is_right_passes(self, checker: Checker, seen: History) -> None:
            finding = checker(seen)
            assert finding.verdict == "PASS", finding

        @pytest.mark.parametrize(("judged", "words"), failing.values(), ids=failing)
        def test_what_is_wrong_fails_and_says_why(self, judged: Case, words: str) -> None:
            checker, seen = judged
            finding = checker(seen)
            assert finding.verdict == "FAIL", finding
            assert words in finding.actual
            assert finding.expected
            assert finding.operations
            assert all(0 <= index < len(seen.entries) for index in finding.operations)

        @pytest.mark.parametrize(("checker", "seen"), unknown.values(), ids=unknown)
        def test_what_was_not_seen_is_unknown(self, checker: Checker, seen: History) -> None:
            finding = checker(seen)
            assert finding.verdict == "UNKNOWN", finding
            assert finding.actual

        @pytest.mark.parametrize("checker", checkers)
        def test_an_empty_history_never_passes(self, checker: Checker) -> None:
            assert checker(history()).verdict == "UNKNOWN"

    return Verdicts
