"""`oms-tck render`: stored results in another format."""

from __future__ import annotations

from pathlib import Path

import click

from tck import report
from tck.errors import EnvironmentUnusable


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["html", "junit", "badge", "badge-json", "markdown"]),
    default="html",
    show_default=True,
    help="What to make of it.",
)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Where to; standard output if not given.")
def render(results: Path, kind: str, out: Path | None) -> None:
    """Render a results.json (or the folder that holds it) as HTML, JUnit XML, a badge or Markdown."""
    from tck import rendering  # noqa: PLC0415 - jinja2 is slow to import

    text = rendering.render(report.load(results / "results.json" if results.is_dir() else results), kind)
    if out:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise EnvironmentUnusable(
                f"{out}: {error.strerror}",
                expected="a file that can be written",
                remedy="name another with --out, or make room",
            ) from None
    else:
        click.echo(text)
