"""`oms-tck certify`: run the suite against implementations and report."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tck.certification import run_suite
from tck.cli.terminal import Progress, complaint, console, summary
from tck.errors import TckError
from tck.session import Options, Session


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
@click.option(
    "--patience",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=0.0,
    help="Wait so long for what must come. [default: by the round trips, redelivery and pushes that are measured]",
)
@click.option(
    "--examples",
    metavar="N",
    type=click.IntRange(1),
    default=None,
    help="Programs that each property generates. [default: as the check says, 3 to 20]",
)
@click.option(
    "--seconds",
    metavar="N",
    type=click.FloatRange(0),
    default=0.0,
    help="Go on with properties, from fresh seeds, until so long after the start. [default: one round]",
)
def certify(
    targets: tuple[str, ...],
    profiles: tuple[str, ...],
    out: str,
    jobs: int,
    seed: int | None,
    image: str,
    concurrency: int,
    patience: float,
    examples: int | None,
    seconds: float,
) -> int:
    """Certify implementations: a fixture's name, an access point URI (oms:…), or package.module:Adapter.

    Without --profile an implementation is certified for every profile that it declares.
    """
    codes = []
    for number, target in enumerate(targets):
        folder = str(Path(out) / f"{number + 1}-{_safe(target)}") if out and len(targets) > 1 else out
        options = Options(
            target,
            profiles,
            folder,
            -1 if seed is None else seed,
            image,
            concurrency,
            patience,
            examples=examples or 0,
            seconds=seconds,
        )
        try:
            codes.append(_certify(options, jobs))
        except TckError as error:
            if len(targets) == 1:
                raise
            click.echo(f"oms-tck: {complaint(error)}", err=True)
            codes.append(error.exit_code)
    return max(codes)


def _safe(target: str) -> str:
    return "".join(c if c.isalnum() or c in "-._" else "-" for c in target).strip("-")[:60]


def _certify(options: Options, jobs: int) -> int:
    terminal = console()
    with Progress(terminal) as progress, Session(options, progress.waiting) as session:
        try:
            report = run_suite(session, jobs, progress)
        except Exception as error:
            # Where it is interrupted pytest draws the source of what ran, and Python's parser may fail at that while
            # other threads compile (python/cpython#106905).
            if not _while_interrupted(error):
                raise
            session.interrupted = "interrupted from the keyboard"
            report = session.finish()
    summary(report, os.path.relpath(session.folder), terminal)
    if report.interrupted or report.kit_errors or (not report.emitted and report.expected == 0):
        return 3
    return 0 if report.conformant else 1


def _while_interrupted(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None
