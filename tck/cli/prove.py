"""`oms-tck prove`: show that the checks can fail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tck.cli.terminal import Progress, console, visible

if TYPE_CHECKING:
    from tck import proof


@click.command()
@click.option("--only", metavar="TEXT", multiple=True, help="Only miniatures whose name contains this; repeatable.")
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, 64),
    default=None,
    help="How many at once, for they wait more than they work. [default: eight a core]",
)
@click.option("--full", is_flag=True, help="Leave no check out, not even those that call nothing a miniature changes.")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("reports/out/proof"),
    show_default=True,
    help="Where the table goes.",
)
def prove(only: tuple[str, ...], jobs: int | None, out: Path, *, full: bool) -> int:
    """Run the suite on deliberately wrong implementations: each must break the clauses that it names, and no other.

    Those that are right, if unusual, must pass everything.

    One that does not do so among many is run again, alone and wholly; but what is right must never fail.

    Without --only, every clause that has a check must be broken by one of them.
    """
    from tck import proof  # noqa: PLC0415 - Hypothesis is slow to import, and no other command needs it here

    chosen = proof.miniatures(only)
    terminal = console()
    done = 0
    with Progress(terminal) as progress:
        progress.waiting(f"waiting for {len(chosen)} miniatures and the reference")

        def heard(outcome: proof.Outcome) -> None:
            nonlocal done
            done += 1
            progress.moving(f"{done} of {len(chosen) + 1}: {outcome.miniature.target}")
            _tell(outcome)

        shown = proof.prove(chosen, jobs or 8 * (os.cpu_count() or 1), heard, full=full)
    proof.save(shown, out)
    own = [outcome for outcome in shown.outcomes if outcome.miniature.target != proof.REFERENCE]
    killed = sum(outcome.good for outcome in own if outcome.miniature.breaks)
    passed = sum(outcome.good for outcome in own if not outcome.miniature.breaks)
    proved = len(shown.checked) - len(shown.unproved)
    click.echo(
        f"{len(chosen)} miniatures, {killed} killed as they say, {passed} right and passed; the table: {out}/proof.md"
    )
    if again := sum(bool(outcome.again) for outcome in shown.outcomes):
        click.echo(f"{again} were run again, alone, after they did not do as they say among many")
    click.echo(
        f"{proved} of {len(shown.checked)} checked clauses are broken by at least one ({100 * proved // len(shown.checked)} %)"
    )
    if not only:
        for clause in shown.unproved:
            click.echo(f"no miniature breaks {clause}")
    return 0 if shown.good and (only or not shown.unproved) else 1


def _tell(outcome: proof.Outcome) -> None:
    if outcome.good:
        if outcome.again:
            click.echo(
                visible(
                    f"{outcome.miniature.target}: run again, alone, it did as it says; at first it {outcome.again[:300]}"
                )
            )
        return
    alone = ", run again, alone" if outcome.again else ""
    click.echo(visible(f"\n{outcome.miniature.target}{alone}: {outcome.miniature.defect}"))
    for text in outcome.said:
        click.echo(visible(f"  {text[:600]}"))
