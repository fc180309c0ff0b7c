"""The pytest plugin, used as people use pytest: selections, counts, processes, and no suite where none is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tck import report
from tck.report import ProfileState, RunReport

ROOT = Path(__file__).resolve().parents[2]
CHECKS = '''
import pytest
from tck.checkers.answers import ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.checkers.headers import ids_are_unique
from tck.conformance import clauses
from tck.operations import Send
from tck.programs import Program, ReceiveUntil, producer, puller, send
from tck.verdicts import failed, passed, unknown

def exchange(count=2):
    return Program.of(producer("p", *[send("q")] * count)).then(puller("c", "q", ReceiveUntil(count)))

@clauses({"2.3.1-message-id-unique": ids_are_unique, "2.3.4-at-least-once": nothing_lost()})
def test_alpha(conform):
    """Alpha."""
    conform(exchange())

@pytest.mark.slow
@clauses({"2.3.6-destination-honoured": nothing_lost()})
def test_beta(conform):
    """Beta."""
    conform(exchange(3))

@clauses({"2.3.6-destination-at-receiver": nothing_lost()})
def test_gamma(conform):
    """Gamma."""
    conform(exchange(1))
'''
FAILS = (
    CHECKS
    + '''
@clauses({"2.3.1-message-id-assigned": lambda _: failed("this", "<b>that</b>")})
def test_delta(conform):
    """Delta."""
    conform(exchange())

@clauses({"2.3.1-message-id-non-empty": lambda _: unknown("nobody saw it")})
def test_epsilon(conform):
    """Epsilon."""
    conform(exchange())
'''
)
SILENT = (
    CHECKS
    + '''
@clauses({"2.3.1-message-id-assigned": lambda _: passed()})
def test_silent(conform):
    """Give no finding."""
'''
)
BROKEN = (
    CHECKS
    + '''
@clauses({"2.3.1-message-id-assigned": lambda _: passed()})
def test_broken(conform):
    """Fail in the body."""
    raise RuntimeError("the body")
'''
)


class Run:
    """A run of pytest in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"

    def __call__(self, *arguments: str, checks: str = CHECKS, oms: bool = True) -> subprocess.CompletedProcess[str]:
        """Run pytest on these checks."""
        (self.folder / "test_mini.py").write_text(checks)
        (self.folder / "pytest.ini").write_text("[pytest]\nmarkers = slow: slow\n")
        given = (
            ["--oms", "memory", "--oms-out", str(self.out), "--oms-profile", "Core", "--oms-seed", "1"] if oms else []
        )
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "tck.plugin", "-q", *given, *arguments, "test_mini.py"],
            cwd=self.folder, capture_output=True, text=True, check=False, timeout=120, env=environment,
        )  # fmt: skip

    @property
    def report(self) -> RunReport:
        """The report of the last run."""
        return report.load(self.out / "results.json")

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdicts of the clauses that were judged."""
        return {c.id: str(c.verdict) for c in self.report.clauses if c.evidence}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give each test a folder of its own."""
    return Run(tmp_path)


def core(found: RunReport) -> ProfileState:
    """Return the state of Core."""
    return next(profile.state for profile in found.profiles if profile.name == "Core")


def test_all_that_is_expected_is_counted(run: Run) -> None:
    done = run()
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    assert "Core: incomplete" in done.stdout  # most clauses have no check here
    assert (run.report.expected, run.report.emitted, run.report.missing) == (4, 4, ())
    assert set(run.verdicts.values()) == {"PASS"}


@pytest.mark.parametrize(
    ("arguments", "passed", "expected"),
    [(("-k", "alpha"), 1, 2), (("-m", "slow"), 1, 1), (("-m", "not slow"), 2, 3), (("--deselect", "test_mini.py::test_alpha"), 2, 2)],
)  # fmt: skip
def test_what_is_deselected_is_not_expected(run: Run, arguments: tuple[str, ...], passed: int, expected: int) -> None:
    done = run(*arguments)
    assert done.returncode == 0, done.stdout
    assert f"{passed} passed" in done.stdout
    assert (run.report.expected, run.report.emitted) == (expected, expected)
    assert core(run.report) is ProfileState.INCOMPLETE


def test_two_processes_say_what_one_does(run: Run) -> None:
    one = run(checks=FAILS)
    first, counts = run.verdicts, (run.report.expected, run.report.emitted)
    two = run("-n", "2", checks=FAILS)
    assert one.returncode == two.returncode == 1
    assert run.verdicts == first
    assert (run.report.expected, run.report.emitted) == counts == (6, 6)


def test_a_failure_says_what_to_do(run: Run) -> None:
    done = run(checks=FAILS)
    assert "FAIL 2.3.1-message-id-assigned:" in done.stdout
    assert "expected: this" in done.stdout
    assert "actual:   <b>that</b>" in done.stdout
    assert "oms-tck replay" in done.stdout
    assert "UNKNOWN 2.3.1-message-id-non-empty:" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_first_failure_may_end_it_and_the_rest_is_missing(run: Run) -> None:
    order = FAILS.replace("def test_delta", "def test_aaa").replace("def test_alpha", "def test_zzz")
    blocks = order.split("\n@")
    checks = "\n@".join([blocks[0], blocks[-2], *blocks[1:-2], blocks[-1]])
    done = run("-x", checks=checks)
    assert done.returncode == 1
    assert run.report.expected == 6
    assert run.report.emitted < 6
    assert run.report.missing
    assert not run.report.complete


def test_the_last_failures_alone_are_run_again(run: Run) -> None:
    run(checks=FAILS)
    done = run("--lf", checks=FAILS)
    assert "2 failed" in done.stdout
    assert (run.report.expected, run.report.emitted) == (2, 2)


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_check_that_gives_no_finding_is_missing(run: Run, processes: str) -> None:
    done = run("-n", processes, checks=SILENT)
    assert done.returncode == 1
    assert "the check gave no finding" in done.stdout
    assert run.report.missing == ("test_mini::test_silent for 2.3.1-message-id-assigned",)
    assert (run.report.expected, run.report.emitted) == (5, 4)
    assert not run.report.complete


def test_a_body_that_fails_is_the_kits_failure(run: Run) -> None:
    done = run(checks=BROKEN)
    assert done.returncode == 1
    assert "the kit failed" in done.stdout
    assert "RuntimeError: the body" in run.report.kit_errors[0]
    assert not run.report.complete


def test_a_worker_that_dies_is_the_kits_failure(run: Run) -> None:
    dies = CHECKS.replace("    conform(exchange(3))", "    import os; os._exit(7)")
    run("-n", "2", checks=dies)
    assert run.report.kit_errors
    assert not run.report.conformant


def test_junit_of_pytest_itself_is_written_too(run: Run) -> None:
    run("--junitxml", str(run.folder / "junit.xml"), checks=FAILS)
    suite = ET.parse(run.folder / "junit.xml").getroot()[0]
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("5", "2")
    assert (run.out / "junit.xml").exists()


@pytest.mark.parametrize("change", ["no-such-clause", "2.1.1-vendor-decoding"])
def test_a_check_of_what_is_no_checked_clause_is_refused(run: Run, change: str) -> None:
    done = run(checks=CHECKS.replace("2.3.4-at-least-once", change))
    assert done.returncode != 0
    assert change in done.stdout + done.stderr


def test_an_unknown_target_is_a_usage_error(run: Run) -> None:
    done = run("--oms", "memroy", oms=False)
    assert done.returncode == 4
    assert "did you mean memory?" in done.stderr
    assert "Traceback" not in done.stderr


def collected(*arguments: str) -> str:
    """Return what pytest collects in the repository."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120).stdout


def test_without_a_target_the_suite_is_left_alone() -> None:
    assert "tck/suite/" not in collected("tck")
    assert "tck/suite/test_producer.py::" in collected("tck/suite", "--oms", "memory")
