"""What the proof asks of miniatures: the wrong must fail as they say, the right must pass, and nothing else counts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

import msgspec
import pytest

from tck import proof, untouched
from tck.adapter import Support
from tck.conformance import Conform
from tck.proof import Miniature, judged, miniatures
from tck.report import Evidence
from tck.untouched import Calls, replaced
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


DOUBTFUL = {
    "survived, as nothing could be told", "survived", "other words", "strayed", "right, and not judged",
}  # fmt: skip


@pytest.mark.parametrize(("name", "case"), CASES.items(), ids=CASES)
def test_a_failure_of_what_is_right_alone_is_final(name: str, case: tuple[Miniature, Any, bool]) -> None:
    miniature, report, _ = case
    assert judged(miniature, report).doubtful is (name in DOUBTFUL)


def test_what_survives_alone_as_well_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    [found] = miniatures((":FuturesWithoutId",))
    wrong = Miniature(found.target, found.defect, {"api.Producer.send-result": "no finding says this"})
    checks = {
        n: c for n, c in proof.suite_checks().items() if n.startswith("test_sending::") and not hasattr(c, "hypothesis")
    }
    monkeypatch.setattr(proof, "suite_checks", lambda: checks)
    monkeypatch.setattr(proof, "agree", lambda *_: None)
    heard: list[proof.Outcome] = []
    monkeypatch.setattr(proof, "judged", lambda *given: msgspec.structs.replace(judged(*given), strayed={}))
    [_, outcome] = proof.prove([wrong], 1, heard.append).outcomes
    assert outcome.survived
    assert "no finding says this" in outcome.again
    assert [one.again for one in heard if one.miniature == wrong] == [outcome.again]
    monkeypatch.setattr(proof, "AGAIN", 0)
    [_, outcome] = proof.prove([wrong], 1).outcomes
    assert outcome.survived
    assert not outcome.again


def test_both_kinds_of_miniatures_are_found() -> None:
    assert {bool(one.breaks) for one in miniatures()} == {True, False}


# What is left out ---------------------------------------------------------------------------------------------------------


def shared(*clauses: str, full: bool = False) -> dict[str, slice]:
    """Return what is run on a miniature that breaks these clauses, where every check has five bodies."""
    suite = {name: range(5) for name in proof.suite_checks()}
    one = Miniature("m:Wrong", "It is wrong.", dict.fromkeys(clauses, "lost"))
    return dict(proof._share(one, suite, suite, full=full))


def profiles_of(check: str) -> set[str]:
    """Return the profiles of what a check judges."""
    return {proof.catalogue().by_id[clause].profile for clause in proof.judges_of(proof.suite_checks()[check])}


def test_all_is_run_on_what_is_right_and_in_a_full_proof() -> None:
    everything = dict.fromkeys(proof.suite_checks(), slice(None))
    assert shared() == everything
    assert shared("2.1.1-body-uninterpreted", full=True) == everything


def test_what_judges_a_broken_clause_is_run_whole_and_a_part_of_the_rest() -> None:
    clause = "api.ResourceManager.namespace-isolated"
    run = shared(clause)
    for name, check in proof.suite_checks().items():
        chosen = len(range(5)[run.get(name, slice(0))])
        if clause in proof.judges_of(check):
            assert chosen == 5
        else:
            assert chosen < 2
    own = {name for name in proof.suite_checks() if profiles_of(name) & {"Core", "Namespaces"}}
    assert len(own) / (2 * proof.NEARBY) < len(own & run.keys()) < len(own) * 2 / proof.NEARBY
    elsewhere = {name for name in proof.suite_checks() if not profiles_of(name) & {"Core", "Namespaces"}}
    assert 0 < len(elsewhere & run.keys()) < len(elsewhere) / 2
    assert shared(clause) == run


def test_what_every_history_is_judged_for_is_looked_for_in_more_of_them() -> None:
    checks, run = proof.suite_checks().keys(), shared("2.3.1-message-id-unique").keys()
    assert len(checks) / (2 * proof.EVERYWHERE) < len(run) < len(checks)


class Part:
    """A part of an implementation."""

    limit = 1

    def __init__(self) -> None:
        self.count = 0

    def one(self) -> int:
        """Call another."""
        return self.two()

    def two(self) -> int:
        """Return a number."""
        return self.limit

    @property
    def three(self) -> int:
        """Return a number."""
        return 3


class Whole:
    """An implementation."""

    profiles = ("Core",)
    capabilities: ClassVar = {"a": Support.NATIVE, "b": Support.NATIVE, "c": Support.NATIVE}
    part: type[Part] = Part


def variant(of: type, **members: Any) -> type:
    """Return a subclass with these members."""
    return type("Variant", (of,), members)


def function(of: Callable[..., object]) -> tuple[str, int, str]:
    """Return a function as it is written down."""
    code = of.__code__  # type: ignore[attr-defined] # every function has one
    return code.co_filename, code.co_firstlineno, code.co_name


def nothing(*_: object) -> None:
    """Do nothing."""


SEEN = {
    "nothing": (variant(Whole, breaks={}), set()),
    "a function": (variant(Whole, part=variant(Part, two=nothing)), {function(Part.two)}),
    "a function of a mixin": (
        variant(Whole, part=type("Mixed", (variant(object, one=nothing), Part), {})), {function(Part.one)}),
    "of a variant's variant": (
        variant(Whole, part=variant(variant(Part, two=nothing), one=nothing)), {function(Part.one), function(Part.two)}),
    "how it is made": (variant(Whole, part=variant(Part, __init__=nothing)), {function(Part.__init__)}),
    "what its own functions know": (variant(Whole, part=variant(Part, four=nothing, five=5)), set()),
    "the profiles": (variant(Whole, profiles=("Push",)), {untouched._claim("profiles", p) for p in ("Core", "Push")}),
    "the same profiles": (variant(Whole, profiles=("Core",)), set()),
    "what is optional": (
        variant(Whole, capabilities={"a": Support.NATIVE, "b": Support.ABSENT, "d": Support.NATIVE}),
        {untouched._claim("capabilities", part) for part in "bcd"}),
}  # fmt: skip
UNSEEN = {
    "data": variant(Whole, part=variant(Part, limit=2)),
    "a property": variant(Whole, part=variant(Part, three=property(nothing))),
    "a property that hides data": variant(Whole, part=variant(Part, count=property(nothing))),
    "data in the place of a function": variant(Whole, part=variant(Part, two=int)),
    "a special method": variant(Whole, part=variant(Part, __getattr__=nothing)),
    "how parts are compared": variant(Whole, part=variant(Part, __eq__=nothing)),
    "another part": variant(Whole, part=object),
    "no subclass": Part,
    "what it claims at times": variant(Whole, capabilities=property(nothing)),
}


@pytest.mark.parametrize(("kind", "functions"), SEEN.values(), ids=SEEN)
def test_what_a_variant_replaces_is_known(kind: type, functions: set[tuple[str, int, str]]) -> None:
    found = replaced(kind, Whole)
    assert found is not None
    assert set(found) == functions


@pytest.mark.parametrize("kind", UNSEEN.values(), ids=UNSEEN)
def test_a_variant_that_differs_in_more_than_functions_is_told(kind: type) -> None:
    assert replaced(kind, Whole) is None


def test_calls_are_seen_only_from_the_first_thread_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tck.untouched.threading.active_count", lambda: 2)
    with pytest.raises(AssertionError, match="could not be seen"):
        Calls()


def test_who_asks_for_a_claim_is_seen_with_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tck.untouched.threading.active_count", lambda: 1)
    monkeypatch.setattr("tck.untouched.threading.setprofile", lambda _: None)
    adapter = SimpleNamespace(capabilities={"qos": Support.NATIVE}, profiles=("Core",))
    conform: Any = SimpleNamespace(connection=SimpleNamespace(adapter=adapter))
    before = sys.getprofile()
    calls = Calls()
    try:
        seen = calls.during(lambda: (Conform.supports(conform, "qos"), Conform.claims(conform, "Push")))
        after = calls.during(lambda: Conform.supports(conform, "relay"))
    finally:
        sys.setprofile(before)
    told = {one for one in seen if one[0].startswith("what it claims")}
    assert told == {untouched._claim("capabilities", "qos"), untouched._claim("profiles", "Push")}
    assert untouched._claim("capabilities", "relay") in after
    assert not told & after


def test_what_is_left_out_changes_no_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = miniatures((":CommitsAll", ":RollsBackAll", ":DropsCorrelation"))
    ours = ("test_transactions::", "test_sending::", "test_request_reply::")
    some = {
        name: check
        for name, check in proof.suite_checks().items()
        if name.startswith(ours) and not hasattr(check, "hypothesis")
    }
    monkeypatch.setattr(proof, "suite_checks", lambda: some)
    monkeypatch.setattr(proof, "agree", lambda *_: None)
    monkeypatch.setattr(proof, "WORTHWHILE", 0)
    full, short = (proof.prove(chosen, 2, full=full) for full in (True, False))
    assert [_told(one) for one in short.outcomes] == [_told(one) for one in full.outcomes]
    touched = proof._touched(chosen, {name: [some[name]] for name in some}).values()
    assert any(len(names) < len(some) for names in touched), "nothing was left out, so this shows nothing"


def _told(outcome: proof.Outcome) -> Any:
    return outcome.miniature.target, set(outcome.killed), set(outcome.survived), set(outcome.strayed), outcome.trouble
