"""`oms-tck clauses`: the catalogue."""

from __future__ import annotations

import click
import msgspec

from tck.clauses import catalogue


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the whole catalogue as JSON.")
@click.option("--profile", metavar="NAME", default="", help="Only the clauses of this profile.")
def clauses(as_json: bool, profile: str) -> None:  # noqa: FBT001 - click gives it by name
    """List the clauses of the specification: id, level, profile, how it is verified, and the statement."""
    known = catalogue()
    if profile and profile not in {p.name for p in known.profiles}:
        raise click.BadParameter(
            f"{profile!r}; known are {', '.join(p.name for p in known.profiles)}", param_hint="--profile"
        )
    chosen = [clause for clause in known if not profile or clause.profile == profile]
    if as_json:
        head = {"version": known.version, "digest": known.digest, "profiles": known.profiles, "clauses": chosen}
        click.echo(msgspec.json.format(msgspec.json.encode(head), indent=1))
        return
    for clause in chosen:
        level = f"{clause.level}{'' if clause.level_from == 'written' else '*'}"
        optional = f", optional: {clause.capability}" if clause.capability else ""
        click.echo(f"{clause.id}  [{level}, {clause.profile}, {clause.verification}{optional}]")
        click.echo(f"    {clause.statement}")
        if clause.reason:
            click.echo(f"    no check: {clause.reason}")
    checked = sum(clause.checked for clause in chosen)
    click.echo(f"{len(chosen)} clauses, {checked} of them checked; * the level is read from the context")
