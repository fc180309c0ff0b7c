"""`oms-tck judge`: a stored history, judged again without the implementation."""

from __future__ import annotations

from pathlib import Path

import click

from tck import conformance, history
from tck.cli.checks import judges_for, told
from tck.cli.terminal import plain_error, visible
from tck.verdicts import Verdict


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--partial", is_flag=True, help="Judge what can be read of a damaged history; it stays UNKNOWN.")
def judge(file: Path, partial: bool) -> int:  # noqa: FBT001 - click gives it by name
    """Judge a stored history (histories/*.jsonl of a report) again."""
    damage = ""
    if partial:
        stored, damage = history.read(file)
    else:
        stored = history.load(file)
    if damage:
        plain_error(f"{file}: {damage}; judging the {len(stored.entries)} entries before it")
    findings = conformance.judge(stored, judges_for(stored.origin.check, stored.origin.capabilities))
    for clause, finding in findings.items():
        if damage:
            rest = f"; what is there would be {finding.verdict}: {finding.actual}"
            click.echo(visible(f"UNKNOWN {clause}: the rest of the history is missing{rest}"))
        else:
            click.echo(visible(told(clause, finding)))
    click.echo(f"{len(stored.entries)} operations of {stored.origin.check} on {stored.origin.target}")
    good = {Verdict.PASS, Verdict.OBSERVED, Verdict.NOT_APPLICABLE}
    return 0 if not damage and all(f.verdict in good for f in findings.values()) else 1
