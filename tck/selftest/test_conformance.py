"""A check's programs, findings and budget: the worst counts, a checker that fails judges nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tck import conformance, history, programs
from tck.adapter import ErrorKind, Message, OmsError, SendResult, Status
from tck.checkers.always import ALWAYS
from tck.checkers.answers import ops, succeeds
from tck.conformance import Conform, NotConformant, clauses, judge, judges_of, name_of, perform
from tck.connection import Connection
from tck.history import History
from tck.operations import CreateQueue, Receive, Send
from tck.programs import Program, ReceiveUntil, producer, puller, send
from tck.selftest.histories import CALIBRATION, REFUSED, Did, did, got
from tck.selftest.histories import history as handwritten
from tck.selftest.histories import send as sent
from tck.targets import target
from tck.verdicts import Finding, Verdict, failed, not_applicable, passed, unknown

FAST = msgspec.structs.replace(CALIBRATION, quiet=0.01, patience=1.0)


def sends(count: int) -> Program:
    """Return a program that sends so often."""
    return Program.of(producer("p", *[send("q", b"%d" % n) for n in range(count)]))


def fails_from(limit: int, clause_says: str = "too many") -> conformance.Checker:
    """Return a checker that allows fewer than so many sends."""

    def check(seen: History) -> Finding:
        count = len(seen.of(Send))
        return failed(f"fewer than {limit}", f"{clause_says}: {count}") if count >= limit else passed(f"{count}")

    return check


def conforming(folder: Path | None = None, **judges: conformance.Checker) -> Conform:
    """Return what a check is called with, on a reference of its own."""
    adapter = target("memory").adapter
    return Conform(
        Connection("memory", adapter, adapter.access_point), FAST, "test_x::y", judges, folder=folder, seed=3
    )


def test_a_history_is_judged_for_each_clause() -> None:
    found = judge(handwritten(sent(1), got(1)), {"a": lambda _: passed("fine"), "b": lambda _: failed("this", "that")})
    assert {name: one.verdict for name, one in found.items()} == {"a": "PASS", "b": "FAIL"}


def test_a_checker_that_raises_is_unknown_and_says_where() -> None:
    def broken(_: History) -> Finding:
        raise ZeroDivisionError("by nothing")

    found = judge(handwritten(sent(1)), {"a": broken, "b": lambda _: passed()})
    assert found["a"].verdict == "UNKNOWN"
    assert "the kit's checker failed" in found["a"].actual
    assert "by nothing" in found["a"].actual
    assert found["b"].verdict == "PASS"


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (handwritten(sent(1, problem="it raised")), "the adapter broke its contract: it raised"),
        (handwritten(Did("setup", CreateQueue("q", on="ap"), error=REFUSED)), "could not be set up: OTHER 1503"),
        (handwritten(Did("setup", CreateQueue("q", on="ap"), unknown=True)), "an operation never returned"),
        (handwritten(queues=()), "nothing was recorded"),
    ],
)
def test_what_could_not_happen_is_unknown_whatever_the_checker_says(seen: History, words: str) -> None:
    for checker in (lambda _: passed(), lambda _: failed("", "")):
        finding = judge(seen, {"a": checker})["a"]
        assert finding.verdict == "UNKNOWN"
        assert words in finding.actual


def test_a_program_is_run_judged_and_stored(tmp_path: Path) -> None:
    conform = conforming(conformance.prepared(tmp_path), a=fails_from(9))
    conform(sends(2))
    found = conform.result().evidence["a"]
    assert (found.verdict, found.actual, found.check) == ("PASS", "2", "test_x::y")
    assert programs.load(tmp_path / found.program).program == sends(2)
    assert len(history.load(tmp_path / found.history).of(Send)) == 2


def test_a_broken_clause_stops_the_check_and_is_kept(tmp_path: Path) -> None:
    conform = conforming(conformance.prepared(tmp_path), a=fails_from(2), b=fails_from(9))
    conform(sends(1))
    with pytest.raises(NotConformant):
        conform(sends(3))
    found = conform.result().evidence
    assert (found["a"].verdict, found["b"].verdict) == ("FAIL", "PASS")
    assert programs.load(tmp_path / found["a"].program).program == sends(3)
    assert found["a"].examples == 2


def test_the_worst_and_then_the_smallest_is_kept() -> None:
    verdicts = iter([passed("1"), unknown("2"), passed("3"), failed("", "4"), unknown("5"), failed("", "6")])
    conform = conforming(a=lambda _: next(verdicts))
    for count in (1, 2, 3):
        conform(sends(count))
    assert conform.result().evidence["a"].actual == "2"
    with pytest.raises(NotConformant):
        conform(sends(5))
    conform(sends(6))
    assert conform.result().evidence["a"].actual == "4"
    with pytest.raises(NotConformant):
        conform(sends(4))
    assert conform.result().evidence["a"].actual == "6"


def test_a_larger_counterexample_does_not_replace_a_smaller() -> None:
    conform = conforming(a=fails_from(2))
    for count in (5, 3, 4):
        with pytest.raises(NotConformant):
            conform(sends(count))
    assert conform.result().evidence["a"].actual == "too many: 3"


def turning_away(
    *codes: Status, text: str = "not now", folder: Path | None = None, **judges: conformance.Checker
) -> Conform:
    """Return what a check is called with, on a reference whose first sends fail with these statuses."""
    adapter: Any = target("memory").adapter
    turns = iter(codes)

    class Turning(type(adapter).producer):  # type: ignore[misc] # of the reference
        def send(self, message: Message) -> SendResult:
            if code := next(turns, None):
                raise OmsError(ErrorKind.OTHER, code, text)
            return super().send(message)  # type: ignore[no-any-return] # as above

    adapter.producer = Turning
    connection = Connection("busy", adapter, adapter.access_point)
    return Conform(connection, FAST, "test_x::y", judges, folder=folder, always=ALWAYS)


BUSY, AWAY, BROKEN = Status.STORAGE_BUSY, Status.SERVICE_UNAVAILABLE, Status.SERVER_ERROR
TURNED_AWAY: dict[str, tuple[tuple[Status, ...], str, int]] = {
    "busy": ((BUSY,), "PASS", 2),
    "away": ((AWAY,), "PASS", 2),
    "busy again": ((BUSY,) * 9, "FAIL", 2),
    "broken": ((BROKEN,), "FAIL", 1),
    "busy, and broken": ((BUSY, BROKEN), "FAIL", 1),
}


@pytest.mark.parametrize(("codes", "verdict", "runs"), TURNED_AWAY.values(), ids=TURNED_AWAY)
def test_what_a_server_could_not_do_for_a_moment_is_asked_once_more(
    tmp_path: Path, codes: tuple[Status, ...], verdict: str, runs: int
) -> None:
    folder = conformance.prepared(tmp_path)
    conform = turning_away(*codes, folder=folder, a=succeeds(ops(Send)), b=lambda seen: passed(str(len(seen.of(Send)))))
    with suppress(NotConformant):
        conform(sends(3))
    found = conform.result().evidence
    assert (found["a"].verdict, found["b"].actual, conform.runs) == (verdict, "3", runs)
    assert found["a"].examples == 1
    assert len(history.load(tmp_path / found["a"].history).of(Send)) == 3


def test_a_loss_is_no_question_of_how_busy_a_server_was() -> None:
    conform = turning_away(BUSY, a=lambda _: failed("all", "one was lost", [0]))
    with pytest.raises(NotConformant):
        conform(sends(3))
    assert conform.runs == 1


def test_an_error_is_judged_though_it_says_that_the_server_is_busy() -> None:
    conform = turning_away(BUSY, text="", a=succeeds(ops(Send)))
    with pytest.raises(NotConformant):
        conform(sends(3))
    found = conform.result().evidence
    assert (found["a"].verdict, found["api.OMSRuntimeException.error-text"].verdict) == ("PASS", "FAIL")


def test_a_program_is_not_run_twice() -> None:
    conform = conforming(a=fails_from(2))
    for _ in range(3):
        with pytest.raises(NotConformant):
            conform(sends(2))
        conform(sends(1))
    assert conform.runs == 2


def test_not_applicable_is_worse_than_nothing_only() -> None:
    findings = iter([not_applicable("no"), passed("yes")])
    conform = conforming(a=lambda _: next(findings))
    conform(sends(1))
    conform(sends(2))
    assert conform.result().evidence["a"].verdict == "PASS"


def test_the_search_for_a_smaller_counterexample_has_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "MOST_RUNS_AFTER_FAILURE", 5)
    conform = conforming(a=lambda _: failed("", "always"))

    @settings(max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(0, 255), min_size=1, max_size=20))
    def check(conform: Conform, bodies: list[int]) -> None:
        conform(Program.of(producer("p", *(send("q", bytes([one])) for one in bodies))))

    found = perform(lambda *, conform: check(conform), conform)
    assert found.evidence["a"].verdict == "FAIL"
    assert found.kit_error == ""
    assert conform.runs <= 8


def test_a_shrunk_counterexample_is_the_one_that_is_kept() -> None:
    conform = conforming(a=fails_from(3))

    @settings(max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(1, 12))
    def check(conform: Conform, count: int) -> None:
        conform(sends(count))

    assert perform(lambda *, conform: check(conform), conform).evidence["a"].actual == "too many: 3"


def test_a_body_that_fails_is_a_fault_of_the_kit() -> None:
    def check(conform: Conform) -> None:
        conform(sends(1))
        raise KeyError("oops")

    found = perform(check, conforming(a=fails_from(9)))
    assert "KeyError: 'oops'" in found.kit_error
    assert found.evidence["a"].verdict == "PASS"


def test_a_body_that_stops_at_a_broken_clause_is_none() -> None:
    assert perform(lambda conform: conform(sends(5)), conforming(a=fails_from(2))).kit_error == ""


def test_adapter_errors_are_kept_once() -> None:
    conform = conforming(a=fails_from(9))
    conform.adapter_errors += ["it raised", "it raised", "it hangs"]
    assert conform.result().adapter_errors == ("it raised", "it hangs")


def test_each_finding_names_the_program_that_shows_it(tmp_path: Path) -> None:
    def without_receive(seen: History) -> Finding:
        return passed() if seen.of(Receive) else failed("a receive", "none")

    def with_many(seen: History) -> Finding:
        return failed("few", "many") if len(seen.of(Send)) > 2 else passed()

    conform = conforming(conformance.prepared(tmp_path), a=without_receive, b=with_many)
    received = Program.of(producer("p", *[send("q")] * 3)).then(puller("c", "q", ReceiveUntil(3)))
    for program in (sends(1), received):
        with pytest.raises(NotConformant):
            conform(program)
    found = conform.result().evidence
    assert programs.load(tmp_path / found["a"].program).program == sends(1)
    assert programs.load(tmp_path / found["b"].program).program == received


def test_a_check_is_marked_with_its_clauses_and_has_a_name() -> None:
    judges = {"a": fails_from(1)}

    @clauses(judges)
    def test_this(conform: Conform) -> None:
        """Do nothing."""

    assert judges_of(test_this) == judges
    assert name_of(test_this) == "test_conformance::test_this"
    assert judges_of(did) == {}


def test_what_an_implementation_claims_is_known_to_a_check() -> None:
    conform = conforming(a=fails_from(1))
    assert conform.supports("qos")
    assert not conform.supports("telepathy")
    assert Verdict.PASS == "PASS"


# What is not claimed ----------------------------------------------------------------------------------------------------


def probing(**probes: conformance.Checker) -> Conform:
    """Return what a check is called with that judges nothing but what is not claimed."""
    conform = conforming()
    conform.probes = probes
    return conform


def test_what_is_not_claimed_is_tried_and_counts_for_nothing() -> None:
    conform = probing(works=lambda _: passed(), fails=fails_from(2))
    conform(sends(1))
    conform(sends(2))  # a failure of what is not claimed raises nothing
    given_back = conform.result()
    assert given_back.probed == {"works": Verdict.PASS, "fails": Verdict.FAIL}
    assert not given_back.evidence
    assert not given_back.adapter_errors


def test_nothing_is_tried_any_more_once_all_of_it_failed() -> None:
    conform = probing(fails=fails_from(1))
    for count in (1, 2, 3):
        conform(sends(count))
    assert conform.runs == 1


def test_a_body_that_fails_on_what_is_not_claimed_is_no_fault_of_the_kit() -> None:
    def check(conform: Conform) -> None:
        conform(sends(1))
        raise ValueError("the adapter has no such method")

    assert not perform(check, probing(works=lambda _: passed())).kit_error
