"""Verdicts of best effort: the interval, the bound, and what they mean for a certificate."""

from __future__ import annotations

import json

import msgspec
import pytest

from tck.clauses import Level
from tck.evidence import evidence
from tck.rendering import render
from tck.report import Evidence, ProfileState
from tck.selftest.histories import history, send
from tck.selftest.test_session import PASS, UNKNOWN, certified, clause, state
from tck.verdicts import SAMPLES, Finding, Rate, Verdict, observed, samples_for, worst

OBSERVED = Verdict.OBSERVED


@pytest.mark.parametrize(
    ("successes", "samples", "low", "high"),
    [
        (97, 100, 0.9155, 0.9897),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 2, 0.0945, 0.9055),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_the_interval_is_wilson_s(successes: int, samples: int, low: float, high: float) -> None:
    rate = Rate.of(successes, samples)
    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)
    assert rate.low <= successes / samples <= rate.high


def test_a_rate_reads_as_a_sentence() -> None:
    assert str(Rate.of(97, 100)) == "97 of 100, 95% interval 0.92-0.99"


@pytest.mark.parametrize(("bound", "share"), [(0.5, 0.0), (0.5, 0.25), (0.9, 0.8), (0.99, 0.9)])
def test_so_many_samples_tell_a_share_from_the_bound_and_fewer_do_not(bound: float, share: float) -> None:
    samples = samples_for(bound, share)
    assert Rate.of(round(share * samples), samples).high < bound
    assert samples == 1 or Rate.of(round(share * (samples - 1)), samples - 1).high >= bound


def test_a_best_effort_fails_only_where_its_bound_is_excluded() -> None:
    assert observed(SAMPLES, SAMPLES, "it comes", at_least=0.5).verdict is Verdict.OBSERVED
    assert observed(SAMPLES // 2 - 1, SAMPLES, "it comes", at_least=0.5).verdict is Verdict.OBSERVED
    assert observed(SAMPLES // 4, SAMPLES, "it comes", at_least=0.5).verdict is Verdict.FAIL
    assert observed(0, SAMPLES, "it comes").verdict is Verdict.OBSERVED
    assert observed(0, 0, "it comes", at_least=0.5).verdict is Verdict.UNKNOWN


def test_a_best_effort_of_too_few_samples_is_not_known() -> None:
    assert observed(0, 3, "it comes", at_least=0.5).verdict is Verdict.UNKNOWN
    assert observed(0, 4, "it comes", at_least=0.5).verdict is Verdict.FAIL
    assert observed(3, 3, "it comes", at_least=0.5).verdict is Verdict.UNKNOWN
    assert observed(4, 4, "it comes", at_least=0.5).verdict is Verdict.OBSERVED
    assert observed(0, 3, "it comes").verdict is Verdict.OBSERVED


def test_observed_is_worse_than_passed_and_better_than_unknown() -> None:
    assert worst([Verdict.PASS, Verdict.OBSERVED]) is Verdict.OBSERVED
    assert worst([Verdict.OBSERVED, Verdict.UNKNOWN]) is Verdict.UNKNOWN
    assert worst([Verdict.OBSERVED, Verdict.FAIL]) is Verdict.FAIL
    assert worst([Verdict.OBSERVED, Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE]) is Verdict.OBSERVED


@pytest.mark.parametrize("level", Level)
def test_observed_keeps_nothing_from_being_certified(level: Level) -> None:
    assert state(clause(OBSERVED, level), clause(PASS)) is ProfileState.CERTIFIED
    assert state(clause(OBSERVED, level), clause(UNKNOWN)) is ProfileState.INCOMPLETE


def test_the_report_shows_what_was_measured() -> None:
    few, many = (Evidence("test_x::y", OBSERVED, rate=Rate.of(*rate)) for rate in ((0, 1), (97, 100)))
    measured = msgspec.structs.replace(clause(OBSERVED), evidence=(few, many))
    report = certified(clauses=(measured,))
    assert measured.rate == many.rate
    assert "97 of 100, 95% interval 0.92-0.99" in render(report, "html")
    assert "- a: OBSERVED 97 of 100, 95% interval 0.92-0.99" in render(report, "markdown")
    stored = json.loads(msgspec.json.encode(report))["clauses"][0]["evidence"][1]["rate"]
    assert (stored["successes"], stored["samples"]) == (97, 100)


def test_evidence_carries_the_rate() -> None:
    finding: Finding = observed(1, 2, "it comes")
    assert evidence(finding, history(send(1))).rate == finding.rate
