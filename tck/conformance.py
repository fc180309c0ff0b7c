"""Ties a check together: programs are run, their histories judged, and the findings kept, clause by clause."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

import msgspec

from tck import history as histories
from tck import programs
from tck.adapter import Status
from tck.clauses import Catalogue
from tck.connection import Connection
from tck.errors import DamagedCatalogue
from tck.evidence import evidence
from tck.history import Calibration, History, Outcome, once
from tck.operations import (
    CreateConsumer,
    CreateProducer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateTransactionProducer,
    Open,
    Start,
)
from tck.programs import Program
from tck.report import Evidence
from tck.runner import SETUP, run
from tck.verdicts import Finding, Verdict, unknown, worst

Checker = Callable[[History], Finding]
Check = TypeVar("Check", bound=Callable[..., None])

SUITE = "tck.suite"
_CREATE = (CreateProducer, CreateTransactionProducer, CreateConsumer, CreatePullConsumer, CreatePushConsumer)

MOST_RUNS_AFTER_FAILURE = 60
MOST_SECONDS_AFTER_FAILURE = 15.0
"""How long, and with how many more programs, a property may search for a smaller counterexample; in a soak longer."""


def clauses(judges: Mapping[str, Checker]) -> Callable[[Check], Check]:
    """Declare which clauses a check speaks to, and by which checker each is judged."""

    def declare(check: Check) -> Check:
        check.__tck_clauses__ = dict(judges)  # type: ignore[attr-defined] # a mark, as pytest's own
        return check

    return declare


def bulky(check: Check) -> Check:
    """Declare that a check moves so much that it need not be run on everything that breaks nothing of what it judges."""
    check.__tck_bulky__ = True  # type: ignore[attr-defined] # a mark, as above
    return check


def is_bulky(check: Callable[..., Any]) -> bool:
    """Tell whether `bulky` declared so of a check."""
    return getattr(check, "__tck_bulky__", False)


def judges_of(check: Callable[..., Any]) -> dict[str, Checker]:
    """Return what `clauses` declared of a check; nothing for another function."""
    return getattr(check, "__tck_clauses__", {})


def name_of(check: Callable[..., Any]) -> str:
    """Return a check's name: the same in a checkout and in a wheel."""
    return f"{check.__module__.rpartition('.')[2]}::{check.__name__}"


def judge(history: History, judges: Mapping[str, Checker]) -> dict[str, Finding]:
    """Judge a history for each clause; UNKNOWN where the adapter, or a checker, failed."""
    return {clause: _judged(history, checker) for clause, checker in judges.items()}


def judge_all(history: History, judges: Mapping[str, Checker], always: Mapping[str, Checker]) -> dict[str, Finding]:
    """Judge a history for each clause, and tell what else it shows to be broken of what `always` holds."""
    findings = judge(history, judges)
    broken = {clause for clause, one in findings.items() if one.verdict is Verdict.FAIL}
    others = {clause: checker for clause, checker in always.items() if clause not in broken}
    return findings | {clause: one for clause, one in judge(history, others).items() if one.verdict is Verdict.FAIL}


def _judged(history: History, checker: Checker) -> Finding:
    hindered = _hindrance(history)
    if hindered:
        return hindered[0]
    try:
        return checker(history)
    except Exception:  # noqa: BLE001 - a checker that fails has judged nothing, and says so
        return unknown(f"the kit's checker failed: {traceback.format_exc(limit=-3)}")


@once
def _hindrance(history: History) -> tuple[Finding, ...]:
    """Return why nothing can be judged by a history, if there is a reason."""
    if history.problems:
        first = history.problems[0]
        return (unknown(f"the adapter broke its contract: {first.problem}", operations=[first.index]),)
    setup = [entry for entry in history.by(SETUP) if entry.outcome is not Outcome.OK]
    if setup or not history.entries:
        why = str(setup[0].error or "an operation never returned") if setup else "nothing was recorded"
        return (unknown(f"the program could not be set up: {why}", operations=[entry.index for entry in setup]),)
    elsewhere = _elsewhere(history)
    away = [e for e in history.of(*_CREATE, Start) if e.error and e.error.code in _AWAY and e.op.on not in elsewhere]
    if away:
        why = f"the implementation could not be reached any more: {away[0].error}"
        return (unknown(why, operations=[away[0].index]),)
    return ()


def _elsewhere(history: History) -> set[str]:
    """Return the access points that were opened by a URI of the program's own, or so that they can be cut off, and what was created through them."""
    opened = [entry.op for entry in history.of(Open) if isinstance(entry.op, Open)]
    points = {op.on for op in opened if op.uri is not None or op.relayed}
    made = history.of(*_CREATE)
    return points | {str(getattr(entry.op, "name", "")) for entry in made if entry.op.on in points}


@once
def turned_away(history: History) -> tuple[int, ...]:
    """Return the operations that failed for the server was busy or away, though the program did not see to that."""
    elsewhere = _elsewhere(history)
    failed = [entry for entry in history.entries if entry.error and entry.error.code in _BUSY]
    return tuple(entry.index for entry in failed if entry.op.on not in elsewhere)


_AWAY = (Status.DRIVER_UNAVAILABLE, Status.SERVICE_UNAVAILABLE)
_BUSY = (Status.STORAGE_BUSY, Status.SERVICE_UNAVAILABLE)
"""The statuses that say that a server cannot do now what it is asked."""


def _for_want_of_a_server(finding: Finding, history: History) -> bool:
    """Tell whether a finding may be another once the server is there: all that failed, of what it shows, did for want of it."""
    away = turned_away(history)
    if finding.verdict is not Verdict.FAIL:
        return bool(away) and finding.verdict is Verdict.UNKNOWN
    failed = {entry.index for entry in history.entries if entry.error} & {*finding.operations}
    return bool(failed) and failed <= {*away}


class NotConformant(AssertionError):
    """A program's history was judged to break a clause; raised so that Hypothesis looks for a smaller program."""


class CheckResult(msgspec.Struct, frozen=True):
    """What one check gave: evidence by clause, what the adapter did wrong, and whether the kit itself failed.

    `probed` holds the verdicts of clauses that the implementation does not claim, which count for nothing else.
    """

    check: str
    evidence: dict[str, Evidence]
    adapter_errors: tuple[str, ...] = ()
    kit_error: str = ""
    probed: dict[str, Verdict] = {}


class Conform:
    """What a check calls with each of its programs."""

    def __init__(
        self,
        connection: Connection,
        calibration: Calibration,
        check: str,
        judges: Mapping[str, Checker],
        *,
        folder: Path | None = None,
        seed: int = 0,
        probes: Mapping[str, Checker] | None = None,
        always: Mapping[str, Checker] | None = None,
        thorough: int = 1,
    ) -> None:
        self.connection = connection
        self.calibration = calibration
        self.check = check
        self.judges = judges
        self.folder = folder
        self.seed = seed
        self.probes = probes or {}
        self.always = (always or {}) if judges else {}
        self.thorough = thorough
        self.found: dict[str, Evidence] = {}
        self.probed: dict[str, Verdict] = {}
        self.sizes: dict[str, int] = {}
        self.adapter_errors: list[str] = []
        self.judged: dict[bytes, Verdict] = {}
        self.runs = 0
        self.programs = 0
        self.failed_at: tuple[int, float] | None = None
        self._lock = threading.Lock()

    def supports(self, capability: str) -> bool:
        """Tell whether the implementation claims an optional part."""
        return str(self.connection.adapter.capabilities.get(capability, "absent")) != "absent"

    def claims(self, profile: str) -> bool:
        """Tell whether the implementation claims a profile."""
        return profile in self.connection.adapter.profiles

    def __call__(self, program: Program) -> None:
        """Run a program, judge its history, and keep the findings.

        Raises NotConformant where a clause is broken. A program that was run before is not run again.
        """
        key = msgspec.json.encode(program)
        verdict = self.judged.get(key)
        if verdict is None:
            if self._searched_enough():
                return
            verdict = self.judged[key] = self._run(program, key)
        if verdict is Verdict.FAIL:
            raise NotConformant(self.check)

    def _searched_enough(self) -> bool:
        if not self.judges:
            return bool(self.probed) and Verdict.PASS not in self.probed.values()
        if self.failed_at is None:
            return False
        runs, since = self.failed_at
        return (
            self.runs - runs > MOST_RUNS_AFTER_FAILURE * self.thorough
            or monotonic() - since > MOST_SECONDS_AFTER_FAILURE * self.thorough
        )

    def search(self) -> None:
        """Begin to look for a smaller program that breaks what was found broken."""
        self.failed_at = self.runs, monotonic()

    def _run(self, program: Program, encoded: bytes) -> Verdict:
        """Run a program, and once more where findings rest on it that the server was busy or away: then it may have come back."""
        history, findings = self._judged(program, encoded)
        lacking = {clause: one for clause, one in findings.items() if _for_want_of_a_server(one, history)}
        # What holds of every exchange holds of one with a busy server, too.
        doubtful = {
            clause for clause, one in lacking.items() if one.verdict is Verdict.UNKNOWN or clause not in self.always
        }
        if not doubtful:
            return self._found(program, history, findings)
        sleep(self.calibration.quiet)
        first = self._found(program, history, {c: one for c, one in findings.items() if c not in doubtful}, last=False)
        return worst((first, self._found(program, *self._judged(program, encoded))))

    def _judged(self, program: Program, encoded: bytes) -> tuple[History, dict[str, Finding]]:
        history = run(program, self.connection, self.calibration, check=self.check, encoded=encoded)
        return history, judge_all(history, self.judges, self.always)

    def _found(
        self, program: Program, history: History, findings: Mapping[str, Finding], *, last: bool = True
    ) -> Verdict:
        probed = judge(history, self.probes) if last else {}
        verdict = worst(finding.verdict for finding in findings.values())
        with self._lock:
            self.runs += 1
            self.programs += last
            self._keep(program, history, findings)
            for clause, finding in probed.items():
                self.probed[clause] = worst((finding.verdict, self.probed.get(clause, finding.verdict)))
            self.adapter_errors += [entry.problem for entry in history.problems if self.judges]
            if verdict is Verdict.FAIL and self.failed_at is None:
                self.search()
        return verdict

    def _keep(self, program: Program, history: History, findings: Mapping[str, Finding]) -> None:
        kept = {clause: finding for clause, finding in findings.items() if self._worse(clause, finding, program)}
        if not kept:
            return
        history_file, program_file = self._store(program, history, worst(f.verdict for f in kept.values()))
        before = self._files()
        for clause, finding in kept.items():
            self.sizes[clause] = program.size
            self.found[clause] = evidence(finding, history, history_file=history_file, program_file=program_file)
        self._forget(before - self._files())

    def _worse(self, clause: str, finding: Finding, program: Program) -> bool:
        """Tell whether a finding says more than the one that is kept: a worse verdict or rate, or the same by less."""
        before = self.found.get(clause)
        if before is None:
            return True
        if finding.verdict is before.verdict and finding.rate and before.rate:
            return finding.rate.high < before.rate.high
        if finding.verdict is before.verdict:
            return finding.verdict is not Verdict.PASS and program.size <= self.sizes[clause]
        return worst((finding.verdict, before.verdict)) is finding.verdict

    def _store(self, program: Program, history: History, verdict: Verdict) -> tuple[str, str]:
        if self.folder is None:
            return "", ""
        number = "" if self.runs == 1 else f".{self.runs}"
        word = "" if verdict is Verdict.PASS else f".{verdict.value.lower()}"
        stem = f"{self.check.replace('::', '.')}{number}{word}"
        history_file, program_file = f"histories/{stem}.jsonl", f"programs/{stem}.json"
        histories.save(history, self.folder / history_file)
        programs.save(
            program, self.folder / program_file, check=self.check, target=self.connection.target, seed=self.seed
        )
        return history_file, program_file

    def _files(self) -> set[str]:
        return {name for one in self.found.values() for name in (one.history, one.program) if name}

    def _forget(self, names: set[str]) -> None:
        """Delete what no finding rests on any more: a smaller counterexample, or another verdict, took its place."""
        for name in names if self.folder else ():
            (self.folder / name).unlink(missing_ok=True)  # type: ignore[operator] # there is a folder

    def result(self, kit_error: str = "") -> CheckResult:
        """Return what the check gave."""
        found = {
            clause: msgspec.structs.replace(one, examples=max(1, self.programs)) for clause, one in self.found.items()
        }
        return CheckResult(self.check, found, tuple(dict.fromkeys(self.adapter_errors)), kit_error, self.probed)


def perform(check: Callable[..., None], conform: Conform) -> CheckResult:
    """Run a check's body to its end and return what it gave; never raise for what an implementation or a check does."""
    try:
        check(conform=conform)
    except Exception as error:  # noqa: BLE001 - a body that fails is a fault of the kit, unless the failure is a finding
        if conform.failed_at is None and conform.judges:
            return conform.result("".join(traceback.format_exception(error, limit=-4)))
    return conform.result()


def prepared(folder: Path) -> Path:
    """Make the folders that checks store into."""
    for name in ("histories", "programs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


@cache
def suite_checks() -> dict[str, Callable[..., None]]:
    """Return every check of the suite by its name."""
    package = importlib.import_module(SUITE)
    names = [module.name for module in pkgutil.iter_modules(package.__path__) if module.name.startswith("test_")]
    return checks_of(importlib.import_module(f"{SUITE}.{name}") for name in names)


def checks_of(modules: Iterable[Any]) -> dict[str, Callable[..., None]]:
    """Return the checks of modules, by name."""
    return {
        name_of(value): value
        for module in modules
        for value in vars(module).values()
        if callable(value) and judges_of(value)
    }


def agree(known: Catalogue, checks: Mapping[str, Callable[..., None]]) -> None:
    """See that every clause that says "check" has one, and that every check judges clauses that say so.

    Raises DamagedCatalogue, with the file and the line.
    """
    judged = set()
    for name, check in checks.items():
        for clause in judges_of(check):
            if clause not in known.by_id or not known.by_id[clause].checked:
                code = inspect.unwrap(check).__code__
                fault = (
                    "which is not in the catalogue" if clause not in known.by_id else "which says that it has no check"
                )
                raise DamagedCatalogue(
                    f"{code.co_filename}:{code.co_firstlineno}: {name} judges the clause {clause!r}, {fault}",
                    remedy="mend the check or the clause, see specs/README.md",
                )
            judged.add(clause)
    for one in known:
        if one.checked and one.id not in judged:
            raise DamagedCatalogue(
                f"{known.where(one.id)}: no check judges the clause {one.id!r}, which says that one does",
                remedy='write the check, or say verification = "pending", see specs/README.md',
            )
