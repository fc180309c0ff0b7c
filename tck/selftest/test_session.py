"""A run's findings joined to a report: what is certified, what never can be, and what a known deviation is worth."""

from __future__ import annotations

import importlib
from pathlib import Path

import msgspec
import pytest

from tck.clauses import Level, Verification, catalogue
from tck.conformance import CheckResult
from tck.errors import AdapterError, EnvironmentUnusable, TargetUnreachable, UsageError
from tck.rendering import badge
from tck.report import (
    Circumstances,
    ClauseResult,
    Evidence,
    ProfileResult,
    ProfileState,
    RunReport,
    Subject,
    profile_result,
)
from tck.selftest.histories import CALIBRATION
from tck.session import Options, Session, Wire, within
from tck.targets import Deviation
from tck.verdicts import Verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
ASSIGNED, UNIQUE = "2.3.1-message-id-assigned", "2.3.1-message-id-unique"


def clause(verdict: Verdict | None, level: Level = Level.MUST, capability: str = "", name: str = "a") -> ClauseResult:
    """Return a checked clause with a verdict."""
    found = (Evidence("test_x::y", verdict),) if verdict else ()
    return ClauseResult(
        name, "It holds.", level, "written", "Core", Verification.CHECK, (), verdict, found, capability=capability
    )


def certified(**changed: object) -> RunReport:
    """Return the report of a run that certifies Core, with something changed."""
    report = RunReport(
        Subject("memory", "the reference", "1"),
        Circumstances("0.1", "1.0.0-alpha", "0" * 64, 1, "here", "CPython", "2026-01-01T00:00:00+00:00", 1.5),
        (
            ProfileResult("Core", "the core", ProfileState.CERTIFIED),
            ProfileResult("Push", "-", ProfileState.NOT_REQUESTED),
        ),
        (clause(PASS),),
        1,
        1,
        CALIBRATION,
    )
    return msgspec.structs.replace(report, **changed)


def state(*clauses: ClauseResult, complete: bool = True, requested: bool = True) -> ProfileState:
    """Return what a profile of these clauses is judged."""
    return profile_result("Core", "", clauses, requested=requested, complete=complete).state


CERTIFIED, NOT, INCOMPLETE = ProfileState.CERTIFIED, ProfileState.NOT_CONFORMANT, ProfileState.INCOMPLETE


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (clause(PASS), CERTIFIED),
        (clause(FAIL), NOT),
        (clause(FAIL, Level.MUST_NOT), NOT),
        (clause(FAIL, Level.SHOULD), CERTIFIED),
        (clause(FAIL, Level.SHOULD_NOT), CERTIFIED),
        (clause(FAIL, Level.MAY), CERTIFIED),
        (clause(FAIL, Level.MUST, "qos"), NOT),
        (clause(UNKNOWN), INCOMPLETE),
        (clause(UNKNOWN, Level.SHOULD), INCOMPLETE),
        (clause(UNKNOWN, Level.MAY), INCOMPLETE),
        (clause(None), INCOMPLETE),
        (clause(Verdict.UNSUPPORTED), NOT),
        (clause(Verdict.UNSUPPORTED, Level.MUST, "qos"), CERTIFIED),
        (clause(Verdict.UNSUPPORTED, Level.SHOULD), CERTIFIED),
        (clause(Verdict.NOT_APPLICABLE), CERTIFIED),
        (clause(Verdict.OBSERVED), CERTIFIED),
    ],
    ids=lambda value: f"{value.level} {value.verdict} {value.capability}" if isinstance(value, ClauseResult) else "",
)
def test_one_clause_decides_beside_one_that_passed(one: ClauseResult, expected: ProfileState) -> None:
    assert state(clause(PASS, name="b"), one) is expected


def test_a_failure_is_not_hidden_by_what_is_unknown() -> None:
    judged = profile_result("Core", "", [clause(FAIL), clause(UNKNOWN, name="b")], requested=True, complete=True)
    assert judged.state is INCOMPLETE
    assert judged.blocking == ("a", "b")


def test_a_profile_without_a_checked_clause_is_not_certified() -> None:
    unchecked = msgspec.structs.replace(clause(None), verification=Verification.NONE)
    assert state() is INCOMPLETE
    assert state(unchecked) is INCOMPLETE
    assert state(unchecked, clause(PASS)) is CERTIFIED


def test_an_incomplete_run_certifies_nothing() -> None:
    assert state(clause(PASS), complete=False) is INCOMPLETE
    assert state(clause(PASS), requested=False) is ProfileState.NOT_REQUESTED


def profiles(*states: ProfileState) -> tuple[ProfileResult, ...]:
    """Return profiles in these states."""
    return tuple(ProfileResult(f"P{n}", "", one) for n, one in enumerate(states))


RED: dict[str, tuple[RunReport, str]] = {
    "a missing check": (certified(missing=("test_x::y for a",)), "grey"),
    "fewer than expected": (certified(expected=2), "grey"),
    "an interruption": (certified(interrupted="Ctrl-C"), "grey"),
    "an error of the kit": (certified(kit_errors=("Traceback",)), "grey"),
    "an error of the adapter": (certified(adapter_errors=("it raised",)), "grey"),
    "a deviation that is over": (certified(deviation_errors=("a no longer occurs",)), "red"),
    "an incomplete profile": (certified(profiles=profiles(CERTIFIED, INCOMPLETE)), "grey"),
    "a profile not conformant": (certified(profiles=profiles(CERTIFIED, NOT)), "red"),
    "no profile": (certified(profiles=()), "grey"),
    "none asked for": (certified(profiles=profiles(ProfileState.NOT_REQUESTED)), "grey"),
}


@pytest.mark.parametrize(("report", "colour"), RED.values(), ids=RED)
def test_what_is_not_whole_is_never_green(report: RunReport, colour: str) -> None:
    assert badge(report).colour == colour
    assert not report.conformant


@pytest.mark.parametrize("report", [report for report, _ in RED.values()], ids=RED)
def test_what_is_not_whole_never_exits_with_zero(
    report: RunReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certify = importlib.import_module("tck.cli.certify")
    monkeypatch.setattr(certify, "run_suite", lambda *_: report)
    code = certify._certify(Options("memory", out=str(tmp_path)), 1)
    assert code == (3 if report.interrupted or report.kit_errors else 1)


def test_what_is_whole_is_green_and_says_for_what() -> None:
    assert badge(certified()).colour == "green"
    assert badge(certified()).message == "1.0.0-alpha Core"
    assert certified().conformant
    assert certified().complete


# A session, whose checks are given by hand ------------------------------------------------------------------------------


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Return a session with the reference, of Core."""
    options = Options("memory", ("Core",), str(tmp_path))
    wire = Wire(options, str(tmp_path), 1, "oms:memory://me:hunter2@localhost/local", {}, CALIBRATION, catalogue())
    return Session(options, wire=wire).__enter__()


def give(session: Session, **verdicts: Verdict) -> RunReport:
    """Have a check give these verdicts for id-assigned and id-unique, and return the report."""
    names = {"assigned": ASSIGNED, "unique": UNIQUE}
    session.expected = {"test_x::y": (ASSIGNED, UNIQUE)}
    session.add(
        CheckResult("test_x::y", {names[n]: Evidence("test_x::y", v, "this", "that") for n, v in verdicts.items()})
    )
    return session.report()


def verdict(report: RunReport, clause_id: str) -> Verdict | None:
    """Return the verdict of a clause."""
    return next(one.verdict for one in report.clauses if one.id == clause_id)


def test_what_was_expected_and_given_is_counted(session: Session) -> None:
    report = give(session, assigned=PASS, unique=PASS)
    assert (report.expected, report.emitted, report.missing) == (2, 2, ())
    assert report.complete


def test_a_check_that_gives_no_finding_is_missing(session: Session) -> None:
    report = give(session, assigned=PASS)
    assert (report.expected, report.emitted) == (2, 1)
    assert report.missing == (f"test_x::y for {UNIQUE}",)
    assert verdict(report, UNIQUE) is UNKNOWN
    assert not report.complete


def test_what_nobody_expected_is_not_counted(session: Session) -> None:
    give(session, assigned=PASS, unique=PASS)
    session.add(CheckResult("test_z::z", {ASSIGNED: Evidence("test_z::z", PASS)}))
    assert session.report().emitted == 2


def test_the_worst_of_several_checks_counts(session: Session) -> None:
    give(session, assigned=PASS, unique=PASS)
    session.expected["test_z::z"] = (ASSIGNED,)
    session.add(CheckResult("test_z::z", {ASSIGNED: Evidence("test_z::z", FAIL)}))
    assert verdict(session.report(), ASSIGNED) is FAIL


def test_what_was_deselected_is_not_run_and_certifies_nothing(session: Session) -> None:
    report = give(session, assigned=PASS, unique=PASS)
    assert verdict(report, "2.3.6-destination-required") is None
    states = {profile.name: profile.state for profile in report.profiles}
    assert states.pop("Core") is ProfileState.INCOMPLETE
    assert set(states.values()) == {ProfileState.NOT_REQUESTED}


def test_a_run_in_which_nothing_happened_is_incomplete(session: Session) -> None:
    report = session.report()
    assert {p.state for p in report.profiles} == {ProfileState.INCOMPLETE, ProfileState.NOT_REQUESTED}
    assert badge(report).colour == "grey"


def test_no_secret_is_in_the_report(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["oms-tck", "certify", "oms:memory://me:hunter2@localhost/local"])
    text = msgspec.json.encode(give(session, assigned=PASS, unique=PASS))
    assert b"hunter2" not in text
    assert b"me:***@localhost" in text


def deviate(session: Session, *clauses: str) -> None:
    """Declare deviations."""
    known = tuple(Deviation(one, "its cause", "https://example.org/why") for one in clauses)
    session.target = msgspec.structs.replace(session.target, deviations=known)


def test_a_known_deviation_is_shown_and_certifies_nothing(session: Session) -> None:
    deviate(session, UNIQUE)
    report = give(session, assigned=PASS, unique=FAIL)
    one = next(c for c in report.clauses if c.id == UNIQUE)
    assert (one.verdict, one.deviation, one.deviation_link) == (FAIL, "its cause", "https://example.org/why")
    assert report.deviation_errors == ()
    core = next(p for p in report.profiles if p.name == "Core")
    assert UNIQUE in core.blocking
    assert not report.conformant


@pytest.mark.parametrize("better", [PASS, Verdict.OBSERVED, Verdict.NOT_APPLICABLE])
def test_a_deviation_that_no_longer_occurs_fails_the_run(session: Session, better: Verdict) -> None:
    deviate(session, UNIQUE)
    report = give(session, assigned=PASS, unique=better)
    assert report.deviation_errors == (f"deviation {UNIQUE!r} no longer occurs: the clause is {better}; delete it",)
    assert next(c for c in report.clauses if c.id == UNIQUE).deviation == ""
    assert not report.conformant


@pytest.mark.parametrize(
    ("name", "words"), [("9.9-no-such-clause", "names no clause"), ("2.1.1-vendor-decoding", "that no check judges")]
)
def test_a_deviation_that_can_never_occur_fails_the_run(session: Session, name: str, words: str) -> None:
    deviate(session, name)
    [error] = give(session, assigned=PASS, unique=PASS).deviation_errors
    assert words in error


@pytest.mark.parametrize("worse", [UNKNOWN, None])
def test_a_deviation_that_was_not_seen_is_no_error_by_itself(session: Session, worse: Verdict | None) -> None:
    deviate(session, UNIQUE)
    report = give(session, assigned=PASS, **({"unique": worse} if worse else {}))
    assert report.deviation_errors == ()
    assert not report.conformant


# What keeps a session from starting -------------------------------------------------------------------------------------


def test_an_unknown_profile_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown profile 'Nope'") as caught:
        Session(Options("memory", ("Nope",), str(tmp_path)))
    assert "Core" in caught.value.expected


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentUnusable) as caught:
        Session(Options("memory", out=str(tmp_path / "file" / "report")))
    assert str(tmp_path) in caught.value.came
    assert caught.value.remedy


def test_a_report_that_cannot_be_written_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tck.rendering.render_all", full)
    give(session, assigned=PASS)
    with pytest.raises(EnvironmentUnusable, match="No space left on device") as caught:
        session.finish()
    assert caught.value.remedy


def test_an_image_for_what_runs_in_no_container_makes_no_sense(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="runs in no container"),
        Session(Options("memory", out=str(tmp_path), image="x")),
    ):
        pass


ADAPTER = """
from tck.targets import target
class Adapter:
    name, access_point, profiles = "fake", "oms:memory://me:hunter2@localhost/local", ("Core",)
    capabilities = {}
    def version(self): return "1"
    def open(self, uri, attributes): return target("memory").adapter.open(uri, attributes)
"""


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ("def open(self, uri, attributes): raise ValueError(uri)", TargetUnreachable, "the adapter raised ValueError"),
        ("def open(self, uri, attributes): raise SystemExit(3)", TargetUnreachable, "the adapter raised SystemExit"),
        ("def open(self, uri, attributes): return None", TargetUnreachable, "the adapter raised AttributeError"),
        ("profiles = ('core',)", AdapterError, "declares no profile that this kit knows: core"),
        ("profiles = None", AdapterError, "its profiles are None"),
        ("profiles = 'Core'", AdapterError, "its profiles are 'Core'"),
        ("capabilities = []", AdapterError, "its capabilities are []"),
        ("capabilities = {'qos': 'yes'}", AdapterError, "its capability 'qos' is 'yes'"),
        ("name = 5", AdapterError, "its name is 5"),
        ("access_point = 'nowhere'", AdapterError, "its access_point is no access point URI"),
        ("access_point = None", AdapterError, "its access_point is no access point URI"),
        ("open = 5", AdapterError, "its open cannot be called"),
        ("def __init__(self): raise SystemExit('bye')", AdapterError, "making the adapter failed: SystemExit: bye"),
        ("def __init__(self, x): pass", AdapterError, "making the adapter failed: TypeError"),
    ],
)
def test_an_adapter_that_is_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, body: str, error: type, words: str
) -> None:
    module = f"hostile{abs(hash(request.node.name))}"
    (tmp_path / f"{module}.py").write_text(f"{ADAPTER}\nclass Hostile(Adapter):\n    {body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(error) as caught, Session(Options(f"{module}:Hostile", out=str(tmp_path / "out"))):
        pass
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_what_hangs_is_not_waited_for() -> None:
    import threading

    never = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.01, never.wait)
    assert within(5.0, lambda: 7) == 7
    with pytest.raises(KeyError):
        within(5.0, lambda: {}["x"])
    never.set()


@pytest.mark.parametrize(
    ("tried", "works"),
    [
        ({"a": Verdict.PASS, "b": Verdict.PASS}, ("qos",)),
        ({"a": Verdict.PASS, "b": Verdict.OBSERVED}, ("qos",)),
        ({"a": Verdict.PASS, "b": Verdict.FAIL}, ()),
        ({"a": Verdict.PASS}, ()),
        ({}, ()),
    ],
)
def test_a_part_works_unclaimed_only_where_all_of_it_was_tried_and_passed(
    session: Session, tried: dict[str, Verdict], works: tuple[str, ...]
) -> None:
    session.unclaimed = {"a": "qos", "b": "qos"}
    session.add(CheckResult("test_x::y", {}, probed=tried))
    assert session.report().unclaimed == works


def test_who_asks_for_a_profile_has_nothing_else_tried(session: Session) -> None:
    assert session.unclaimed == {}
