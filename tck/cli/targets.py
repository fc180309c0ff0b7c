"""`oms-tck targets`: the implementations that the kit knows."""

from __future__ import annotations

import click

from tck.targets import fixture_names, settings_of


@click.command()
def targets() -> None:
    """List the implementations that the kit brings along, and how to name others."""
    for name in fixture_names():
        settings = settings_of(name)
        needs = "needs a Docker engine" if settings.container else "needs nothing"
        click.echo(f"{name:12} {settings.description} ({needs})")
        for driver in settings.driver_types if settings.container else ():
            click.echo(f"{'':12} one that already runs: oms:{driver}://user:password@host:port/region")
    click.echo(f"{'others':12} package.module:Adapter, importable from here (see fixtures/README.md)")
