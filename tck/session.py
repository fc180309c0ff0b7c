"""One certification from its start to its report: the target, its broker, the calibration, the checks, the results."""

from __future__ import annotations

import platform
import secrets
import shlex
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from tck import access_point
from tck.adapter import OmsError
from tck.calibration import calibrate
from tck.checkers.always import ALWAYS
from tck.clauses import Catalogue, Verification, catalogue
from tck.conformance import Checker, CheckResult, Conform, name_of, prepared
from tck.connection import Connection, without_secret
from tck.errors import AdapterError, DamagedCatalogue, EnvironmentUnusable, TargetUnreachable, TckError, UsageError
from tck.evidence import with_log
from tck.history import Calibration
from tck.report import (
    Circumstances,
    ClauseResult,
    Evidence,
    RunReport,
    Subject,
    clause_results,
    profile_result,
)
from tck.targets import Target, target
from tck.verdicts import Verdict, worst

if TYPE_CHECKING:
    from tck.environment import RunningBroker

T = TypeVar("T")
DISTRIBUTION = "openmessaging-tck"


REACH_SECONDS = 30.0
VERSION_SECONDS = 5.0
PROBE_QUIETS = 20
"""How many quiet times the kit waits for what an implementation does not claim."""
THOROUGH = 4
"""How many times longer a soak searches for a smaller counterexample."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what some work of an adapter gives, on a thread that is left behind where it hangs.

    Raises TimeoutError, and whatever the work raises.
    """
    future: Future[T] = Future()

    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
            future.set_exception(error)

    threading.Thread(target=do, name="within", daemon=True).start()
    if not wait([future], seconds).done:
        raise TimeoutError
    return future.result()


LONGEST = 7 * 24 * 3600
"""The most (s) that a user may ask to wait, or to go on: a week."""


class Options(msgspec.Struct, frozen=True):
    """What a user asks for.

    `out` is the folder of the report; `concurrency` 0 leaves it to the fixture, `patience` (seconds) 0 to the calibration.
    `examples` are so many programs of each property, 0 as many as it says; properties go on with fresh ones until
    `seconds` have passed since the start. Both are of no more than a week.

    Raises UsageError where they are not.
    """

    target: str
    profiles: tuple[str, ...] = ()
    out: str = ""
    seed: int = -1
    image: str = ""
    concurrency: int = 0
    patience: float = 0.0
    examples: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        for name, given in (("patience", self.patience), ("seconds", self.seconds)):
            if not 0 <= given <= LONGEST:  # nan is not, either
                raise UsageError(
                    f"{name} is {given:g}, which is no time to wait",
                    expected=f"seconds from 0 to {LONGEST}",
                    remedy=f"give --{name} a number of seconds, or leave it out",
                )


class Wire(msgspec.Struct, frozen=True):
    """What another process needs to take part in a session."""

    options: Options
    folder: str
    seed: int
    uri: str
    attributes: dict[str, str]
    calibration: Calibration
    catalogue: Catalogue


class Session:
    """A certification under way; `say` is told what is being waited for."""

    def __init__(self, options: Options, say: Callable[[str], None] = lambda _: None, wire: Wire | None = None) -> None:
        self.options = options
        self.say = say
        self.catalogue: Catalogue = wire.catalogue if wire else catalogue()
        self.target: Target = target(options.target)
        self.profiles = _profiles(options.profiles, self.target, self.catalogue)
        self.seed = wire.seed if wire else options.seed if options.seed >= 0 else secrets.randbelow(1 << 32)
        self.folder = Path(wire.folder) if wire else _folder(options.out, self.target)
        self.resources = ExitStack()
        self.broker: RunningBroker | None = None
        self.expected: dict[str, tuple[str, ...]] = {}
        self.results: dict[str, CheckResult] = {}
        self.kit_errors: list[str] = []
        self.interrupted = ""
        self.failure: TckError | None = None
        self.finished: RunReport | None = None
        self.started = datetime.now(UTC)
        self.began = monotonic()
        self.implementation = self.target.adapter.version
        self._wire = wire
        self.processes = 1

    def __enter__(self) -> Self:
        """Start the broker where the target needs one, and measure it."""
        try:
            self._start()
        except BaseException:
            self.resources.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Give back everything."""
        self.resources.close()

    def _start(self) -> None:
        adapter = self.target.adapter
        uri, attributes = self.target.uri or adapter.access_point, dict[str, str]()
        if self._wire:
            self.connection = Connection(self.target.text, adapter, self._wire.uri, self._wire.attributes)
            self.calibration = self._wire.calibration
            self._reach(self._wire.uri, self._wire.attributes)  # what it claims may depend on what it finds there
            return
        if self.target.container and self.target.folder:
            from tck.environment import start_container  # noqa: PLC0415 - testcontainers is slow to import

            def probe(uri: str, attributes: Mapping[str, str]) -> None:
                adapter.open(uri, attributes).close()

            self.broker = self.resources.enter_context(
                start_container(self.target.folder, self.target.container, self.options.image or None, probe, self.say)
            )
            uri, attributes = self.broker.access_point, dict(self.broker.attributes)
        elif self.options.image:
            raise UsageError(
                f"--image {self.options.image}: {self.target.text} runs in no container that the kit starts",
                remedy="leave --image out, or name a fixture that has a Dockerfile",
            )
        self.connection = Connection(self.target.text, adapter, uri, attributes)
        self.say("waiting for the calibration: round trips of send, receive and ack, and a redelivery")
        self._reach(uri, attributes)
        self.calibration = calibrate(self.connection, self.options.patience)

    def _reach(self, uri: str, attributes: Mapping[str, str]) -> None:
        try:
            within(REACH_SECONDS, lambda: self.connection.adapter.open(uri, attributes).close())
        except TimeoutError:
            raise TargetUnreachable(
                f"{access_point.redact(uri)}: no answer within {REACH_SECONDS:.0f} s",
                expected="an access point that opens and closes",
                remedy="check that the implementation runs there; if it does, its adapter hangs in open or close",
            ) from None
        except OmsError as error:
            raise TargetUnreachable(
                f"{access_point.redact(uri)}: {without_secret(str(error), self.connection)}",
                expected="an access point that opens",
                remedy="check that the implementation runs there, and the account and password",
            ) from None
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            raise TargetUnreachable(
                f"{access_point.redact(uri)}: the adapter raised {type(error).__name__}: "
                f"{without_secret(str(error), self.connection)}",
                expected="an access point that opens, or an OmsError",
                remedy="see fixtures/README.md, How to write an adapter",
            ) from None

    @property
    def concurrency(self) -> int:
        """How many programs run at once in this process."""
        return max(1, (self.options.concurrency or self.target.settings.concurrency) // self.processes)

    def wire(self) -> Wire:
        """Return what another process needs to take part."""
        return Wire(
            self.options,
            str(self.folder),
            self.seed,
            self.connection.uri,
            dict(self.connection.attributes),
            self.calibration,
            self.catalogue,
        )

    # Checks -------------------------------------------------------------------------------------------------------------

    def wanted(self, judges: Mapping[str, Checker]) -> dict[str, Checker]:
        """Return those of a check's clauses that this run is to judge.

        Raises DamagedCatalogue for a clause that is not in the catalogue.
        """
        for clause in judges:
            if clause not in self.catalogue.by_id:
                raise DamagedCatalogue(f"a check names the clause {clause!r}, which is not in the catalogue")
            if not self.catalogue.by_id[clause].checked:
                raise DamagedCatalogue(f"a check judges the clause {clause!r}, which the catalogue says has no check")
        not_run = self.not_run
        return {clause: checker for clause, checker in judges.items() if clause not in not_run}

    @cached_property
    def not_run(self) -> dict[str, tuple[Verdict, str]]:
        """The checked clauses that this run is not to judge, with the reason."""
        capabilities = self.target.adapter.capabilities
        reasons = {}
        for clause in self.catalogue:
            if clause.checked and clause.profile not in self.profiles:
                reasons[clause.id] = Verdict.UNSUPPORTED, f"the profile {clause.profile} is not part of this run"
            elif clause.checked and (lacking := clause.lacking(capabilities)):
                reasons[clause.id] = Verdict.UNSUPPORTED, f"optional, and not claimed: {', '.join(lacking)}"
        return reasons

    @cached_property
    def unclaimed(self) -> dict[str, str]:
        """The checked clauses that the implementation does not claim to honour, with the part that they are of."""
        if self.options.profiles:
            return {}
        return {
            clause: known.capability if known.profile in self.profiles else f"the profile {known.profile}"
            for clause, known in ((clause, self.catalogue.by_id[clause]) for clause in self.not_run)
        }

    @cached_property
    def always(self) -> dict[str, Checker]:
        """What every history of this run is judged for beside what its check judges."""
        return self.wanted(ALWAYS)

    def conform(self, check: Callable[..., None], judges: Mapping[str, Checker]) -> Conform | None:
        """Return what a check's body is called with; None where nothing that it judges is wanted or not claimed.

        What is not claimed is tried all the same, though not with the same patience.
        """
        wanted = self.wanted(judges)
        probes = {clause: checker for clause, checker in judges.items() if clause in self.unclaimed}
        if not wanted and not probes:
            return None
        waits = self.calibration
        if not wanted:
            waits = msgspec.structs.replace(waits, patience=min(waits.patience, PROBE_QUIETS * waits.quiet))
        return Conform(
            self.connection,
            waits,
            name_of(check),
            wanted,
            folder=self.folder,
            seed=self.seed,
            probes=probes,
            always=self.always,
            thorough=THOROUGH if self.options.seconds else 1,
        )

    def add(self, result: CheckResult) -> None:
        """Take what a check gave."""
        self.results[result.check] = result

    # The report ---------------------------------------------------------------------------------------------------------

    def finish(self) -> RunReport:
        """Write the report in every format, and return it.

        Raises EnvironmentUnusable where the folder cannot be written to any more.
        """
        from tck import rendering  # noqa: PLC0415 - jinja2 is slow to import, and nobody waits for it before

        self.finished = self.report()
        try:
            prepared(self.folder)
            if self.broker:
                (self.folder / "broker.log").write_text(self.broker.logs(None, None), encoding="utf-8")
            rendering.render_all(self.finished, self.folder)
        except OSError as error:
            raise EnvironmentUnusable(
                f"{self.folder}: the report could not be written: {error.strerror}",
                expected="a folder with room for the report",
                remedy="make room, or name another folder with --out",
            ) from None
        return self.finished

    def report(self) -> RunReport:
        """Join everything to a report."""
        evidence = self._evidence()
        expected = {(check, clause) for check, clauses in self.expected.items() for clause in clauses}
        emitted = {(one.check, clause) for clause, found in evidence.items() for one in found}
        missing = tuple(sorted(f"{check} for {clause}" for check, clause in expected - emitted))
        kit_errors = (*self.kit_errors, *(r.kit_error for r in self.results.values() if r.kit_error))
        adapter_errors = tuple(dict.fromkeys(e for r in self.results.values() for e in r.adapter_errors))
        results = self._clauses(evidence, {clause for _, clause in expected})
        complete = not (self.interrupted or missing or kit_errors) and bool(emitted)
        by_profile: dict[str, list[ClauseResult]] = {}
        for result in results:
            by_profile.setdefault(result.profile, []).append(result)
        profiles = tuple(
            profile_result(
                profile.name,
                profile.description,
                by_profile.get(profile.name, []),
                requested=profile.name in self.profiles,
                complete=complete,
            )
            for profile in self.catalogue.profiles
        )
        return RunReport(
            self._subject(),
            self._circumstances(),
            profiles,
            results,
            len(expected),
            len(emitted & expected),
            self.calibration,
            missing,
            kit_errors,
            adapter_errors,
            self._deviation_errors(results),
            self.interrupted,
            self.catalogue.ambiguities,
            self._works_unclaimed(),
        )

    def _works_unclaimed(self) -> tuple[str, ...]:
        """Return the parts that are not claimed, of which every checked clause was tried and passed, or said nothing."""
        tried: dict[str, Verdict] = {}
        for result in self.results.values():
            for clause, verdict in result.probed.items():
                tried[clause] = worst((verdict, tried.get(clause, verdict)))
        parts: dict[str, set[Verdict]] = {}
        for clause, part in self.unclaimed.items():
            parts.setdefault(part, set()).add(tried.get(clause, Verdict.UNKNOWN))
        good = {Verdict.PASS, Verdict.OBSERVED}
        fine = good | {Verdict.NOT_APPLICABLE}
        return tuple(part for part, verdicts in parts.items() if verdicts <= fine and verdicts & good)

    def _evidence(self) -> dict[str, list[Evidence]]:
        found: dict[str, list[Evidence]] = {}
        for result in self.results.values():
            for clause, one in result.evidence.items():
                if self.broker and one.verdict in {Verdict.FAIL, Verdict.UNKNOWN}:
                    one = with_log(one, self.broker.logs(one.began - 0.5, one.ended + 0.5))  # noqa: PLW2901
                found.setdefault(clause, []).append(one)
        return found

    def _clauses(self, evidence: dict[str, list[Evidence]], expected: set[str]) -> tuple[ClauseResult, ...]:
        deviations = {d.clause: (d.cause, d.link) for d in self.target.deviations}
        results = clause_results(self.catalogue, evidence, not_run=self.not_run, deviations=deviations)
        return tuple(
            msgspec.structs.replace(r, verdict=None, note="not selected in this run")
            if r.verdict is Verdict.UNKNOWN and not r.evidence and r.id not in expected
            else r
            for r in results
        )

    def _deviation_errors(self, results: Iterable[ClauseResult]) -> tuple[str, ...]:
        by_id = {result.id: result for result in results}
        over = {Verdict.PASS, Verdict.OBSERVED, Verdict.NOT_APPLICABLE}
        errors = []
        for deviation in self.target.deviations:
            clause = by_id.get(deviation.clause)
            if clause is None:
                errors.append(f"deviation {deviation.clause!r} names no clause of the catalogue: mend or delete it")
            elif clause.verification is Verification.NONE:
                errors.append(f"deviation {deviation.clause!r} names a clause that no check judges: delete it")
            elif clause.verdict in over:
                errors.append(
                    f"deviation {deviation.clause!r} no longer occurs: the clause is {clause.verdict}; delete it"
                )
        return tuple(errors)

    def _subject(self) -> Subject:
        adapter = self.target.adapter
        return Subject(
            self.target.text,
            str(adapter.name),
            _version_of(self.implementation),
            access_point.redact(self.connection.uri),
            self.target.adapter_name,
            f"{self.broker.image} ({self.broker.digest})" if self.broker else "",
            {str(part): str(support) for part, support in adapter.capabilities.items()},
            tuple(adapter.profiles),
        )

    def _circumstances(self) -> Circumstances:
        return Circumstances(
            version(DISTRIBUTION),
            self.catalogue.version,
            self.catalogue.digest,
            self.seed,
            f"{platform.system()} {platform.release()} {platform.machine()}",
            f"{platform.python_implementation()} {platform.python_version()}",
            self.started.isoformat(timespec="seconds"),
            round(monotonic() - self.began, 3),
            access_point.redact(shlex.join(["oms-tck", *sys.argv[1:]])),
        )


def _version_of(ask: Callable[[], str]) -> str:
    try:
        return str(within(VERSION_SECONDS, ask))
    except BaseException as error:  # noqa: BLE001 - the report is not lost because an adapter cannot say its version
        return f"unknown ({type(error).__name__})"


def _profiles(asked: Iterable[str], wanted: Target, known: Catalogue) -> tuple[str, ...]:
    names = [profile.name for profile in known.profiles]
    for name in asked:
        if name not in names:
            raise UsageError(f"unknown profile {name!r}", expected=f"one of {', '.join(names)}")
    declared = [str(name) for name in wanted.adapter.profiles]
    chosen = tuple(asked) or tuple(name for name in names if name in declared)
    if not chosen:
        raise AdapterError(
            f"{wanted.text} declares no profile that this kit knows: {', '.join(declared) or 'none'}",
            expected=f"some of {', '.join(names)}",
            remedy="mend the adapter's `profiles`, or name with --profile what to certify",
        )
    return chosen


def _folder(out: str, wanted: Target) -> Path:
    name = "".join(c if c.isalnum() or c in "-._" else "-" for c in wanted.text).strip("-")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    folder = Path(out) if out else Path("reports") / "out" / f"{stamp}-{name}"
    try:
        prepared(folder)
        probe = folder / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except (OSError, ValueError) as error:
        raise EnvironmentUnusable(
            f"{str(folder).replace(chr(0), chr(0x2400))}: {getattr(error, 'strerror', None) or error}",
            expected="a folder for the report that can be written to",
            remedy="name another with --out",
        ) from None
    return folder
