"""`oms-tck replay`: a saved program, run again and judged."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tck import conformance, history, programs, runner
from tck.cli.checks import always_for, judges_for, told
from tck.cli.terminal import Progress, console, visible
from tck.errors import EnvironmentUnusable
from tck.evidence import view
from tck.session import Options, Session
from tck.verdicts import Verdict


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--on", "target", metavar="TARGET", default="", help="The implementation. [default: the one that it was saved for]"
)
@click.option("--out", metavar="DIR", default="", help="Where its history goes. [default: reports/out/TIME-TARGET]")
@click.option("--image", metavar="NAME", default="", help="Run this published image instead of the fixture's own.")
def replay(file: Path, target: str, out: str, image: str) -> int:
    """Run a saved program (programs/*.json of a report) again, and judge what happens."""
    saved = programs.load(file)
    with (
        Progress(console()) as progress,
        Session(Options(target or saved.target, out=out, image=image), progress.waiting) as session,
    ):
        claimed = {str(part): str(support) for part, support in session.target.adapter.capabilities.items()}
        judges = judges_for(saved.check, claimed)
        progress.waiting(f"waiting for the program of {saved.check}")
        happened = runner.run(saved.program, session.connection, session.calibration, check=saved.check)
    stored = session.folder / "histories" / f"{saved.check.replace('::', '.')}.jsonl"
    try:
        history.save(happened, stored)
    except OSError as error:
        raise EnvironmentUnusable(
            f"{stored}: the history could not be written: {error.strerror}",
            expected="a folder with room for it",
            remedy="make room, or name another folder with --out",
        ) from None
    findings = conformance.judge_all(happened, judges, always_for(claimed))
    start = min((entry.invoked for entry in happened.entries), default=0)
    for entry in happened.entries:
        shown = view(entry, start)
        took = "never returned" if shown.took is None else f"{shown.took * 1000:9.3f} ms"
        click.echo(
            visible(
                f"{shown.index:4} {shown.at:9.4f} s {took:>14} {shown.client:12} {shown.what} -> {shown.outcome} {shown.result}"
            )
        )
    for clause, finding in findings.items():
        click.echo(visible(told(clause, finding)))
    click.echo(f"history: {os.path.relpath(stored)}")
    good = {Verdict.PASS, Verdict.OBSERVED, Verdict.NOT_APPLICABLE}
    return 0 if findings and all(f.verdict in good for f in findings.values()) else 1
