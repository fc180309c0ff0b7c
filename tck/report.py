"""A run's findings joined to the clauses: what everything that a person sees is rendered from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from tck.clauses import Ambiguity, Catalogue, Citation, Level, Verification
from tck.errors import DamagedFile
from tck.history import Calibration
from tck.verdicts import Rate, Verdict, worst

FORMAT = "oms-tck/results/1"


class OperationView(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation of a history as a report shows it: texts are already shortened, never trusted.

    `at` and `took` are seconds, the first since the program began; `took` is None where the operation never returned.
    """

    index: int
    client: str
    what: str
    at: float
    took: float | None
    outcome: str
    result: str = ""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One judged history: which check, the verdict, why, and where to look.

    `history` and `program` are paths relative to the report's folder; `waited` is the longest wait in seconds; `began`
    and `ended` are seconds since 1970.
    """

    check: str
    verdict: Verdict
    expected: str = ""
    actual: str = ""
    operations: tuple[OperationView, ...] = ()
    history: str = ""
    program: str = ""
    broker_log: str = ""
    waited: float = 0.0
    examples: int = 1
    began: float = 0.0
    ended: float = 0.0
    reading: str = ""
    rate: Rate | None = None


class ClauseResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a run says about one clause. `note` is the reason of a verdict that no check gave, or of a missing check."""

    id: str
    statement: str
    level: Level
    level_from: str
    profile: str
    verification: Verification
    cites: tuple[Citation, ...]
    verdict: Verdict | None
    evidence: tuple[Evidence, ...] = ()
    note: str = ""
    capability: str = ""
    deviation: str = ""
    deviation_link: str = ""
    ambiguity: str = ""

    @property
    def rate(self) -> Rate | None:
        """What was measured of a best effort: by the check with the most samples, where several measured it."""
        return max((one.rate for one in self.evidence if one.rate), key=lambda rate: rate.samples, default=None)

    @property
    def word(self) -> str:
        """The verdict, or why there is none."""
        if self.verdict is not None:
            return self.verdict.value
        return {Verification.CHECK: "not run", Verification.PENDING: "not checked yet"}.get(
            self.verification, "not checkable"
        )

    @property
    def readings(self) -> tuple[str, ...]:
        """The readings of its ambiguity that were seen to be followed."""
        return tuple(dict.fromkeys(one.reading for one in self.evidence if one.reading))


class ProfileState(StrEnum):
    """Whether an implementation is certified for a profile, and if not, why not."""

    CERTIFIED = "certified"
    NOT_CONFORMANT = "not conformant"
    INCOMPLETE = "incomplete"
    NOT_REQUESTED = "not requested"


class ProfileResult(msgspec.Struct, frozen=True):
    """The answer for one profile; `blocking` are the clauses that keep it from being certified."""

    name: str
    description: str
    state: ProfileState
    blocking: tuple[str, ...] = ()


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was run: the implementation, how it was reached, and what its adapter claims."""

    target: str
    name: str
    version: str = ""
    access_point: str = ""
    adapter: str = ""
    image: str = ""
    capabilities: dict[str, str] = msgspec.field(default_factory=dict)
    profiles: tuple[str, ...] = ()


class Circumstances(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it was run with: kit, catalogue, seed, machine, times (ISO 8601, seconds)."""

    kit: str
    specification: str
    catalogue: str
    seed: int
    machine: str
    python: str
    started: str
    seconds: float
    command: str = ""


class RunReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """A whole run. `expected` and `emitted` count checks, that is pairs of a check and a clause that it judges.

    `interrupted` says why the run ended early, if it did; `kit_errors` and `adapter_errors` are not verdicts. `unclaimed`
    names the parts that the implementation does not claim, and that were found to work.
    """

    subject: Subject
    circumstances: Circumstances
    profiles: tuple[ProfileResult, ...]
    clauses: tuple[ClauseResult, ...]
    expected: int
    emitted: int
    calibration: Calibration | None = None
    missing: tuple[str, ...] = ()
    kit_errors: tuple[str, ...] = ()
    adapter_errors: tuple[str, ...] = ()
    deviation_errors: tuple[str, ...] = ()
    interrupted: str = ""
    ambiguities: tuple[Ambiguity, ...] = ()
    unclaimed: tuple[str, ...] = ()
    format: str = FORMAT

    def followed(self, ambiguity: str) -> tuple[str, ...]:
        """Return the readings of an ambiguity that this implementation was seen to follow."""
        return tuple(dict.fromkeys(r for c in self.clauses if c.ambiguity == ambiguity for r in c.readings))

    @property
    def complete(self) -> bool:
        """Whether every check that was expected gave its finding."""
        return not self.interrupted and not self.missing and not self.kit_errors and self.emitted == self.expected

    @property
    def certified(self) -> tuple[str, ...]:
        """The names of the profiles that this run certifies."""
        return tuple(profile.name for profile in self.profiles if profile.state is ProfileState.CERTIFIED)

    @property
    def conformant(self) -> bool:
        """Whether all that was asked for is certified, and every known deviation is as declared."""
        asked = [p for p in self.profiles if p.state is not ProfileState.NOT_REQUESTED]
        sound = self.complete and not self.deviation_errors and not self.adapter_errors
        return bool(asked) and len(self.certified) == len(asked) and sound

    def counts(self) -> dict[str, int]:
        """Return how many clauses have each verdict, or which word stands in its place."""
        return dict(Counter(clause.word for clause in self.clauses))


def profile_result(
    name: str, description: str, clauses: Sequence[ClauseResult], *, requested: bool, complete: bool
) -> ProfileResult:
    """Judge one profile: certified only when the run is complete, no clause is UNKNOWN and every binding one passed.

    An optional part that is claimed binds as its clauses say; one that is not claimed is UNSUPPORTED and does not.
    """
    if not requested:
        return ProfileResult(name, description, ProfileState.NOT_REQUESTED)
    checked = [clause for clause in clauses if clause.verification is Verification.CHECK]
    blocking = tuple(clause.id for clause in checked if _blocks(clause))
    if not complete or not checked or any(clause.verdict in {None, Verdict.UNKNOWN} for clause in checked):
        return ProfileResult(name, description, ProfileState.INCOMPLETE, blocking)
    state = ProfileState.NOT_CONFORMANT if blocking else ProfileState.CERTIFIED
    return ProfileResult(name, description, state, blocking)


def _blocks(clause: ClauseResult) -> bool:
    if clause.verdict in {None, Verdict.UNKNOWN}:
        return True
    if clause.verdict is Verdict.UNSUPPORTED:
        return clause.level.binding and not clause.capability
    return clause.level.binding and clause.verdict is Verdict.FAIL


def clause_results(
    catalogue: Catalogue,
    evidence: dict[str, list[Evidence]],
    *,
    not_run: dict[str, tuple[Verdict, str]],
    deviations: dict[str, tuple[str, str]],
) -> tuple[ClauseResult, ...]:
    """Join evidence to clauses.

    `not_run` gives verdict and reason of the clauses that no check was to judge in this run; a checked clause that is in
    neither is UNKNOWN. `deviations` gives cause and link of the failures that are known.
    """
    results = []
    for clause in catalogue.clauses:
        found = tuple(evidence.get(clause.id, ()))
        verdict, note = None, clause.reason or "no check yet"
        if clause.checked:
            verdict, note = not_run.get(clause.id) or (worst([e.verdict for e in found]), "")
        cause, link = deviations.get(clause.id, ("", "")) if verdict is Verdict.FAIL else ("", "")
        results.append(
            ClauseResult(
                clause.id,
                clause.statement,
                clause.level,
                clause.level_from.value,
                clause.profile,
                clause.verification,
                clause.cites,
                verdict,
                found,
                note,
                clause.capability,
                cause,
                link,
                clause.ambiguity,
            )
        )
    return tuple(results)


class _Head(msgspec.Struct, frozen=True):
    format: str


def save(report: RunReport, path: Path) -> None:
    """Write a report's machine-readable form."""
    head = msgspec.json.encode(_Head(report.format))
    path.write_bytes(msgspec.json.format(head[:-1] + b"," + msgspec.json.encode(report)[1:], indent=1))


def load(path: Path) -> RunReport:
    """Read a report that `save` wrote.

    Raises DamagedFile.
    """
    try:
        data = path.read_bytes()
        form = msgspec.json.decode(data, type=_Head).format
        if form != FORMAT:
            raise DamagedFile(
                f"{path}: results of the unknown format {form!r}",
                expected=FORMAT,
                remedy="use the version of the kit that wrote it",
            )
        report = msgspec.json.decode(data, type=RunReport)
    except OSError as error:
        raise DamagedFile(
            f"{path}: {error.strerror}",
            expected="a results.json that can be read",
            remedy="name the results.json of a report's folder, or the folder",
        ) from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DamagedFile(
            f"{path}: no results of a run: {error}",
            expected=f"a results.json as the kit writes it ({FORMAT})",
            remedy="run oms-tck certify again",
        ) from None
    return report
