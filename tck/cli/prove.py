"""Replaced soon."""

import click


@click.command()
def prove() -> None:
    """Prove."""
