"""`oms-tck certify`: run the suite against implementations and report."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from tck.cli.terminal import COLOURS, Progress, console, summary, visible
from tck.errors import EnvironmentUnusable
from tck.session import Options, Session
from tck.verdicts import Verdict

if TYPE_CHECKING:
    import pytest

    from tck.report import RunReport


@click.command()
@click.argument("targets", metavar="TARGET…", nargs=-1, required=True)
@click.option("--profile", "profiles", metavar="NAME", multiple=True, help="Certify for this profile only; repeatable.")
@click.option("--out", metavar="DIR", default="", help="The report's folder. [default: reports/out/TIME-TARGET]")
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, 64),
    default=lambda: min(len(os.sched_getaffinity(0)), 4) if hasattr(os, "sched_getaffinity") else 2,
    help="Processes to run checks in.  [default: one a core, 4 at most]",
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0),
    default=None,
    help="The seed of generated programs. [default: random]",
)
@click.option("--image", metavar="NAME", default="", help="Run this published image instead of the fixture's own.")
@click.option(
    "--concurrency",
    metavar="N",
    type=click.IntRange(0),
    default=0,
    help="Programs at once. [default: as the fixture says]",
)
def certify(
    targets: tuple[str, ...],
    profiles: tuple[str, ...],
    out: str,
    jobs: int,
    seed: int | None,
    image: str,
    concurrency: int,
) -> int:
    """Certify implementations: a fixture's name, an access point URI (oms:…), or package.module:Adapter.

    Without --profile an implementation is certified for every profile that it declares.
    """
    codes = []
    for number, target in enumerate(targets):
        folder = str(Path(out) / f"{number + 1}-{_safe(target)}") if out and len(targets) > 1 else out
        options = Options(target, profiles, folder, -1 if seed is None else seed, image, concurrency)
        codes.append(_certify(options, jobs))
    return max(codes)


def _safe(target: str) -> str:
    return "".join(c if c.isalnum() or c in "-._" else "-" for c in target).strip("-")[:60]


def _certify(options: Options, jobs: int) -> int:
    terminal = console()
    with Progress(terminal) as progress, Session(options, progress.waiting) as session:
        report = run_suite(session, jobs, progress)
    summary(report, os.path.relpath(session.folder), terminal)
    if report.interrupted or report.kit_errors or (not report.emitted and report.expected == 0):
        return 3
    return 0 if report.conformant else 1


def run_suite(session: Session, jobs: int, progress: Progress | None = None) -> RunReport:
    """Run the conformance suite in this session, on so many processes, and return the report.

    Raises EnvironmentUnusable where pytest could not even begin.
    """
    import pytest  # noqa: PLC0415 - other commands do without it

    package = Path(__file__).resolve().parent.parent
    arguments = [
        "--pyargs",
        "tck.suite",
        "-p",
        "tck.plugin",
        "--oms",
        session.options.target,
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    arguments += ["-c", os.devnull, "--rootdir", str(package), "--confcutdir", str(package / "suite"), "--assert=plain"]
    arguments += ["-n", str(jobs)] if jobs > 1 else ["-p", "no:xdist"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        pytest.main(arguments, plugins=[_Handover(session, progress)])
    if session.finished is None:
        raise EnvironmentUnusable("the suite did not run", detail="\n".join(said.getvalue().splitlines()[-20:]))
    if not session.finished.complete:
        (session.folder / "pytest.log").write_text(said.getvalue(), encoding="utf-8")
    return session.finished


class _Handover:
    """Hands the session to the plugin, and tells what goes on."""

    def __init__(self, session: Session, progress: Progress | None) -> None:
        self.session = session
        self.progress = progress
        self.done = 0

    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Hand the session over, before the plugin looks for it."""
        early_config.oms_tck_session = self.session  # type: ignore[attr-defined] # the plugin's HANDOVER

    def pytest_collection_finish(self) -> None:
        """Say that the checks begin."""
        if self.progress:
            self.progress.waiting(
                f"waiting for {len(self.session.expected) or 'the'} checks of {visible(self.session.target.text)}"
            )

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say which check is being waited for."""
        if self.progress:
            name = nodeid.rpartition("::")[2].partition("@")[0]
            self.progress.moving(f"{self.done} of {len(self.session.expected) or '?'} checks done; waiting for {name}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say what is red as soon as it is known."""
        if report.when != "call" or self.progress is None:
            return
        self.done += 1
        given = getattr(report, "oms_tck", None)
        if given is None:
            return
        from tck.conformance import CheckResult  # noqa: PLC0415

        result = msgspec.json.decode(given, type=CheckResult)
        for clause, found in result.evidence.items():
            if found.verdict in {Verdict.FAIL, Verdict.UNKNOWN}:
                self.progress.news(f"{found.verdict} {clause}: {visible(found.actual)}"[:200], COLOURS[found.verdict])
