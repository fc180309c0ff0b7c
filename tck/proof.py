"""Shows that the checks can fail: every miniature must break the clauses that it names, and no other."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import multiprocessing
import os
import pkgutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import chain
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from time import monotonic
from typing import Any
from zlib import crc32

import msgspec

from tck.ahead import Ahead, keep_to_one_core
from tck.checkers.always import ALWAYS
from tck.clauses import catalogue
from tck.conformance import (
    Checker,
    CheckResult,
    Conform,
    agree,
    is_bulky,
    judges_of,
    perform,
    suite_checks,
    turned_away,
)
from tck.errors import TckError, UsageError
from tck.history import History
from tck.places import fixtures
from tck.properties import examples
from tck.report import RunReport
from tck.session import Options, Session
from tck.strategies import set_up
from tck.targets import FIXTURES, target
from tck.untouched import Calls, Function, replaced
from tck.verdicts import Finding, Verdict

MINIATURES = f"{FIXTURES}.miniatures"
REFERENCE = "memory"
CORE = "Core"
"""The profile whose checks are run on whatever is wrong."""
SEED = 1
PATIENCE = 2.0
"""How long (s) a miniature is waited for: it answers in microseconds, and what it loses never comes."""

PATIENT = 4
"""In how many processes what is right runs, and waits: it takes its time, and must be given it."""

AGAIN = 20
"""How many at most are run again, alone: more than that are no stalls of a busy machine."""

ROUNDS = 5
"""In how many rounds, each from the longest to the shortest, they are run: what works goes along with what waits."""

EVERYWHERE, NEARBY, ELSEWHERE = 2, 8, 16
"""One in how many of the checks that judge nothing which it breaks is run on what is wrong: of any where it breaks what every history is judged for, of those of its own profiles, and of the bulky ones and those of others."""

QUIET = 0.1
"""For how long (s) at least it is listened that nothing comes: who delivers wrongly may be short of CPU time."""

NICE = 10
"""By how much nicer with the CPU are the processes of what is wrong: what is right must not be short of it, or it would look wrong."""

AT_ONCE = 32
"""How many programs at once run on what is right, which may be slow."""

FAST_AT_ONCE = 16
"""How many programs at once run on what is wrong, which is not: as many as there is something to do while others wait."""

TURN = 0.05
"""How long (s) a thread of theirs keeps the interpreter while others want it: their work is short, to take turns costs as much."""

WORTHWHILE = 16
"""For how many miniatures it is found out which checks call nothing that they change: that costs as much as a few."""
WATCHED_AT_ONCE = 24
"""In how many processes that is found out: they wait more than they work."""
WATCHED_QUIET = 0.1
"""How long (s) programs then listen where nothing is to come; what so many processes make of it would be longer."""


class Miniature(msgspec.Struct, frozen=True):
    """A deliberately wrong implementation: the defect in words, and the clauses that it breaks with words of the finding.

    One that breaks nothing is right, if unusual: like the reference it must pass everything.
    """

    target: str
    defect: str
    breaks: dict[str, str]


Share = Mapping[str, slice]
"""The checks of a run, and which of their bodies."""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a miniature: by clause what was seen. Good only where nothing survived, strayed, or went wrong.

    A clause that a defect leaves nothing to judge by is UNKNOWN, which is as it should be, and no stray. What breaks
    nothing is waited for as its calibration says, and leaves nothing UNKNOWN.

    One that is not good among many is run again, alone on its core and wholly, for a busy machine, or what was left out,
    may have hidden what there was to see; what is wrong has little of the processor besides, and little patience is had
    with it. `again` tells what was seen at first. A FAIL of what is right is never excused: no stall makes one.
    """

    miniature: Miniature
    killed: dict[str, str] = msgspec.field(default_factory=dict)
    survived: dict[str, str] = msgspec.field(default_factory=dict)
    strayed: dict[str, str] = msgspec.field(default_factory=dict)
    trouble: str = ""
    seconds: float = 0.0
    again: str = ""

    @property
    def good(self) -> bool:
        """Whether it broke what it names and nothing else."""
        return not (self.survived or self.strayed or self.trouble)

    @property
    def doubtful(self) -> bool:
        """Whether it was not good in a way that a busy machine may have caused."""
        failed = any(text.startswith(Verdict.FAIL) for text in self.strayed.values())
        return not (self.good or self.trouble or (failed and not self.miniature.breaks))

    @property
    def said(self) -> tuple[str, ...]:
        """What was not good, in words."""
        survived = (f"survived {clause}: {text}" for clause, text in self.survived.items())
        strayed = (f"strayed {clause}: {text}" for clause, text in self.strayed.items())
        return (*survived, *strayed, *([f"trouble: {self.trouble}"] if self.trouble else []))


class Proof(msgspec.Struct, frozen=True):
    """All outcomes, and the checked clauses that no miniature breaks."""

    outcomes: tuple[Outcome, ...]
    checked: tuple[str, ...]
    unproved: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether every miniature did what it says, and the reference broke nothing."""
        return all(outcome.good for outcome in self.outcomes)


def miniatures(only: Iterable[str] = ()) -> list[Miniature]:
    """Return the miniatures whose name contains one of these texts; all where none is given.

    Raises UsageError where there is none.
    """
    wanted = tuple(only)
    target(REFERENCE)  # makes the fixtures importable
    found = [one for one in _miniatures() if not wanted or any(text in one.target for text in wanted)]
    if not found:
        raise UsageError(
            f"no miniature's name contains {' or '.join(wanted)}", expected="a part of a name in fixtures/miniatures"
        )
    return found


def _miniatures() -> Iterator[Miniature]:
    for module in sorted(m.name for m in pkgutil.iter_modules([str(fixtures() / "miniatures")])):
        members = vars(importlib.import_module(f"{MINIATURES}.{module}"))
        for name, value in members.items():
            if isinstance(value, type) and "breaks" in vars(value):
                yield Miniature(f"{MINIATURES}.{module}:{name}", str(value.__doc__), dict(value.breaks))  # type: ignore[attr-defined] # tested


def prove(
    chosen: Iterable[Miniature], jobs: int, heard: Callable[[Outcome], None] = lambda _: None, *, full: bool = False
) -> Proof:
    """Run the suite on the reference and on each miniature, so many at once; tell each outcome as soon as it is final.

    A check that calls nothing which a miniature changes ends on it as on the reference, and is left out there, unless the
    proof is to be `full` or is of a few miniatures. Of those that judge nothing which a wrong miniature breaks, unless the
    proof is to be full, only some are run on it, and one example of a property; the names choose, so that these are always
    the same.

    They run in processes that are forked where everything is imported and every example is drawn already: all of them
    are given the same programs.
    """
    set_up()
    agree(catalogue(), suite_checks())
    suite = {
        name: list(examples(check, SEED)) if hasattr(check, "hypothesis") else [check]
        for name, check in suite_checks().items()
    }
    work = [Miniature(REFERENCE, "None: this is the reference.", {}), *chosen]
    gc.collect()
    gc.freeze()  # what was made until now is shared with the children
    found: dict[str, Outcome] = {}
    with _processes(jobs, suite, nice=NICE) as busy, _processes(PATIENT, suite) as patient:
        touched = {} if full or len(work) <= WORTHWHILE else _touched(work, suite)
        pieces = [(one, _share(one, touched.get(one.target, suite), suite, full=full)) for one in work]
        pieces.sort(key=lambda piece: -len(piece[1]))
        right, wrong = ([piece for piece in pieces if bool(piece[0].breaks) is broken] for broken in (False, True))
        waiting = patient.map(_outcome, _rounds(right))
        for outcome in chain(busy.map(_outcome, _rounds(wrong)), waiting):
            found[outcome.miniature.target] = outcome
            if not outcome.doubtful:
                heard(outcome)
    doubtful = [one for one in work if found[one.target].doubtful]
    if len(doubtful) <= AGAIN:
        with _processes(os.cpu_count() or 1, suite) as alone:
            for outcome in alone.map(_outcome, [(one, _share(one, suite, suite, full=True)) for one in doubtful]):
                first = found[outcome.miniature.target].said
                found[outcome.miniature.target] = msgspec.structs.replace(outcome, again="; ".join(first))
    for one in doubtful:
        heard(found[one.target])
    outcomes = [found[one.target] for one in work]
    gc.unfreeze()
    checked = tuple(clause.id for clause in catalogue() if clause.checked)
    broken = {clause for outcome in outcomes for clause in outcome.killed}
    return Proof(tuple(outcomes), checked, tuple(clause for clause in checked if clause not in broken))


def _rounds(pieces: Sequence[tuple[Miniature, Share]]) -> Iterator[tuple[Miniature, Share]]:
    return chain.from_iterable(pieces[start::ROUNDS] for start in range(ROUNDS))


def _share(miniature: Miniature, names: Iterable[str], suite: Mapping[str, Sized], *, full: bool) -> Share:
    """Return of which bodies of which of some checks a miniature's run consists."""
    if full or not miniature.breaks:
        return {name: slice(None) for name in names}
    checks, by_id = suite_checks(), catalogue().by_id
    own = {CORE, *(by_id[clause].profile for clause in miniature.breaks if clause in by_id)}
    everywhere = ALWAYS.keys() & miniature.breaks.keys()

    def bodies(name: str) -> slice | None:
        judged = judges_of(checks[name]).keys()
        if judged & miniature.breaks.keys():
            return slice(None)
        chosen = crc32(f"{miniature.target} {name}".encode())
        apart = is_bulky(checks[name]) or not own & {by_id[clause].profile for clause in judged}
        if chosen % (EVERYWHERE if everywhere else ELSEWHERE if apart else NEARBY):
            return None
        body = chosen // ELSEWHERE % len(suite[name])
        return slice(body, body + 1)

    return {name: chosen for name in names if (chosen := bodies(name))}


@contextlib.contextmanager
def _processes(
    number: int, suite: dict[str, list[Callable[..., None]]], *, nice: int = 0
) -> Iterator[ProcessPoolExecutor]:
    """Give so many processes, so `nice` to others, each for one piece of work after the other.

    They are ended at once where that is interrupted.
    """
    fork = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(number, fork, _child, (suite, fork.Value("i", 0), nice))
    try:
        yield pool
    except BaseException:
        for child in multiprocessing.active_children():
            child.kill()
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _touched(work: Iterable[Miniature], suite: dict[str, list[Callable[..., None]]]) -> dict[str, tuple[str, ...]]:
    """Return by miniature the checks that call what it changes, where what it changes can be told.

    Those that take longest come first, so that none of them is waited for at last.
    """
    original = type(target(REFERENCE).adapter)
    changed = {one.target: replaced(_class(one), original) for one in work if one.target != REFERENCE}
    asked = frozenset[Function]().union(*filter(None, changed.values()))
    names = list(suite)
    with _processes(WATCHED_AT_ONCE, suite) as pool:
        shares = [(names[number::WATCHED_AT_ONCE], asked) for number in range(WATCHED_AT_ONCE)]
        seen = {name: calls for found in pool.map(_watched, shares) for name, calls in found.items()}
    longest = sorted(suite, key=lambda name: -seen[name].seconds)
    return {
        one: tuple(name for name in longest if functions & seen[name].functions)
        for one, functions in changed.items()
        if functions is not None
    }


def _class(miniature: Miniature) -> type:
    module, _, name = miniature.target.partition(":")
    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return] # as `_miniatures` found it


_suite: dict[str, list[Callable[..., None]]] = {}
"""What a child has of its parent: the bodies of every check."""


def _child(suite: dict[str, list[Callable[..., None]]], started: Synchronized[int], nice: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()  # `_outcome` collects between two pieces of work
    with started.get_lock():
        number = started.value
        started.value += 1
    keep_to_one_core(number)
    if nice:
        os.nice(nice)
        sys.setswitchinterval(TURN)
    _suite.update(suite)


@cache
def _calls() -> Calls:
    """Return what sees the calls of this process: of all its threads, where it is begun before them."""
    return Calls()


class _Seen(msgspec.Struct, frozen=True):
    functions: frozenset[Function]
    seconds: float


def _watched(share: tuple[list[str], frozenset[Function]]) -> dict[str, _Seen]:
    """Return by check which of some functions are called as the reference is made, or as the check runs on it.

    All of them where the reference does not claim all that the check judges.
    """
    names, asked = share
    judges = {name: judges_of(check) for name, check in suite_checks().items()}
    calls = _calls()
    with _session(Options(REFERENCE, seed=SEED, patience=PATIENCE)) as session:
        session.calibration = msgspec.structs.replace(session.calibration, quiet=WATCHED_QUIET)
        always = calls.during(type(session.target.adapter))

        def watched(name: str) -> _Seen:
            began = monotonic()
            called = always | calls.during(partial(_run, session, {name: slice(None)}, 1))
            whole = len(session.wanted(judges[name])) == len(judges[name])
            return _Seen(asked & called if whole else asked, monotonic() - began)

        return {name: watched(name) for name in names}


def _outcome(given: tuple[Miniature, Share]) -> Outcome:
    gc.collect()
    miniature, share = given
    wrong = Options(miniature.target, seed=SEED, concurrency=FAST_AT_ONCE, patience=PATIENCE)
    right = Options(miniature.target, seed=SEED, concurrency=AT_ONCE)
    try:
        with _session(wrong if miniature.breaks else right) as session:
            quiet = max(QUIET, session.calibration.quiet)
            session.calibration = msgspec.structs.replace(session.calibration, quiet=quiet)
            _run(session, share, session.concurrency)
            return judged(miniature, session.report())
    except TckError as error:
        return Outcome(miniature, trouble=str(error))


@contextlib.contextmanager
def _session(options: Options) -> Iterator[Session]:
    """Begin a session of which nothing is kept, and nothing said."""
    with (
        tempfile.TemporaryDirectory(prefix="oms-tck-proof-") as folder,
        contextlib.redirect_stdout(io.StringIO()),
        Session(msgspec.structs.replace(options, out=folder)) as session,
    ):
        yield session


def _run(session: Session, share: Share, width: int) -> None:
    """Run some bodies of each of some checks, so many at once; store nothing."""
    ahead: Ahead[CheckResult] = Ahead(width)
    checks = suite_checks()
    always = _briefly(session.always)
    for name, bodies in share.items():
        judges = session.wanted(judges_of(checks[name]))
        if judges:
            session.expected[name] = tuple(judges)
            brief = _briefly(judges)
            for number, body in enumerate(_suite[name][bodies]):
                conform = Conform(session.connection, session.calibration, name, brief, always=always)
                ahead.add(f"{name} {number}", partial(perform, body, conform))
    session.results.update((name, future.result()) for name, future in ahead.futures.items())
    ahead.cancel()


def _briefly(judges: Mapping[str, Checker]) -> dict[str, Checker]:
    return {clause: partial(_brief, checker) for clause, checker in judges.items()}


def _brief(checker: Checker, history: History) -> Finding:
    """Judge a history without naming the operations that show it, unless that decides: here is nobody who would look at them."""
    finding = checker(history)
    return finding if turned_away(history) else msgspec.structs.replace(finding, operations=())


def judged(miniature: Miniature, report: RunReport) -> Outcome:
    """Compare what a miniature says with what a run of it shows."""
    red = {Verdict.FAIL, Verdict.UNKNOWN}
    findings = {
        clause.id: [f"{e.verdict}: expected {e.expected}; {e.actual}" for e in clause.evidence if e.verdict in red]
        for clause in report.clauses
        if clause.verdict in red
    }
    seen = {clause: min(texts, default="UNKNOWN") for clause, texts in findings.items()}
    killed = {
        clause: text
        for clause, words in miniature.breaks.items()
        for text in findings.get(clause, ())
        if text.startswith(Verdict.FAIL) and words in text
    }
    survived = {
        c: f"no finding says {words!r}, but: {seen.get(c, 'PASS')}"
        for c, words in miniature.breaks.items()
        if c not in killed
    }
    strayed = {
        c: text
        for c, text in seen.items()
        if c not in miniature.breaks and (text.startswith(Verdict.FAIL) or not miniature.breaks)
    }
    trouble = "; ".join((*report.kit_errors, *report.adapter_errors, *report.missing[:3]))
    return Outcome(miniature, killed, survived, strayed, trouble, report.circumstances.seconds)


def save(proof: Proof, folder: Path) -> None:
    """Write a proof as JSON, and as the table of clauses and miniatures that break them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "proof.json").write_bytes(msgspec.json.format(msgspec.json.encode(proof), indent=1))
    (folder / "proof.md").write_text("\n".join(_table(proof)) + "\n", encoding="utf-8")


def _table(proof: Proof) -> Iterator[str]:
    yield "# Clauses, and the miniatures that break them"
    yield ""
    yield f"{len(proof.checked) - len(proof.unproved)} of {len(proof.checked)} checked clauses are broken by a miniature."
    again = ", ".join(outcome.miniature.target.rpartition(".")[2] for outcome in proof.outcomes if outcome.again)
    yield f"Run again, alone, after they did not do as they say among many: {again or 'none'}."
    yield ""
    yield "| clause | broken by | the finding |"
    yield "| --- | --- | --- |"
    for clause in proof.checked:
        for outcome in proof.outcomes:
            if clause in outcome.killed:
                finding = _cell(outcome.killed[clause])
                yield f"| {clause} | {outcome.miniature.target.rpartition('.')[2]} | {finding} |"
    for clause in proof.unproved:
        yield f"| {clause} | none yet | |"


def _cell(text: Any) -> str:
    return str(text)[:200].replace("|", "&#124;").replace("\n", " ").replace("<", "&lt;")
