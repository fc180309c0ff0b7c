"""`oms-tck judge`: a stored history, judged again without the implementation."""

from __future__ import annotations

from pathlib import Path

import click

from tck import conformance, history
from tck.cli.checks import always_for, judges_for, lines, told
from tck.cli.terminal import plain_error, visible
from tck.verdicts import Finding, Verdict

_GOOD = {Verdict.PASS, Verdict.OBSERVED, Verdict.NOT_APPLICABLE}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--partial", is_flag=True, help="Judge what can be read of a damaged history; it stays UNKNOWN.")
def judge(file: Path, partial: bool) -> int:  # noqa: FBT001 - click gives it by name
    """Judge a stored history (histories/*.jsonl of a report, or one in columns) again."""
    from tck import columns  # noqa: PLC0415 - numpy, only here

    if columns.written(file):
        return _judge_columns(file, partial=partial)
    damage = ""
    if partial:
        stored, damage = history.read(file)
    else:
        stored = history.load(file)
    if damage:
        plain_error(f"{file}: {damage}; judging the {len(stored.entries)} entries that are undamaged")
    claimed = stored.origin.capabilities
    findings = conformance.judge_all(stored, judges_for(stored.origin.check, claimed), always_for(claimed))
    for clause, finding in findings.items():
        click.echo(visible(_without_the_rest(clause, finding) if damage else told(clause, finding)))
    click.echo(f"{len(stored.entries)} operations of {stored.origin.check} on {stored.origin.target}")
    return 0 if not damage and all(f.verdict in _GOOD for f in findings.values()) else 1


def _judge_columns(file: Path, *, partial: bool) -> int:
    from tck import columns  # noqa: PLC0415 - numpy, only here
    from tck.checkers import bulk  # noqa: PLC0415 - as above

    stored, damage = columns.read(file) if partial else (columns.load(file), "")
    there = {table: stored.rows(table) for table in ("sends", "deliveries", "acks")}
    counts = ", ".join(f"{rows} {table}" for table, rows in there.items())
    if damage:
        plain_error(f"{file}: {damage}; judging what is undamaged: {counts}")
    findings = bulk.judge(stored)
    for kind, finding in findings.items():
        said = _without_the_rest(kind, finding) if damage else lines(kind, finding)
        click.echo(visible(said))
    click.echo(visible(f"{counts} of {stored.origin.source}"))
    return 0 if findings and not damage and all(f.verdict in _GOOD for f in findings.values()) else 1


def _without_the_rest(what: str, finding: Finding) -> str:
    rest = f"; what is there would be {finding.verdict}: {finding.actual}"
    return f"UNKNOWN {what}: the rest of the history is missing{rest}"
