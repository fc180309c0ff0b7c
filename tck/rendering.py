"""Renders a report: a format is a template in reports/, and the file's name is the format's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tck import report as reports
from tck.errors import UsageError
from tck.places import templates
from tck.report import ClauseResult, Evidence, ProfileState, RunReport
from tck.verdicts import Verdict

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment

FORMATS: Mapping[str, str] = {
    "html": "report.html",
    "junit": "junit.xml",
    "badge": "badge.svg",
    "badge-json": "badge.json",
    "markdown": "summary.md",
}
"""The file that each format is written to."""

MOST_EVIDENCE = 12
"""How many judged histories the HTML shows of a clause; all are in results.json."""

GLYPHS = {
    "FAIL": "✕",
    "UNKNOWN": "?",
    "OBSERVED": "≈",
    "PASS": "✓",
    "UNSUPPORTED": "\u2013",
    "NOT APPLICABLE": "∅",
    "not checked yet": "·",
    "not checkable": "·",
    "not run": "·",
}
COLOURS = {"green": "#2e7d32", "red": "#c62828", "grey": "#6b7280"}

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def render(report: RunReport, form: str) -> str:
    """Return a report in one of the `FORMATS`.

    Raises UsageError for another.
    """
    if form not in FORMATS:
        raise UsageError(f"unknown format {form!r}", expected=f"one of {', '.join(FORMATS)}")
    return _environment().get_template(f"{form}.jinja").render(report=report, badge=badge(report))


def render_all(report: RunReport, folder: Path) -> None:
    """Write a report into a folder in every format, and its machine-readable form."""
    reports.save(report, folder / "results.json")
    for form, name in FORMATS.items():
        (folder / name).write_text(render(report, form), encoding="utf-8")


def results_schema() -> dict[str, Any]:
    """Return the JSON Schema of results.json."""
    schema = msgspec.json.schema(RunReport)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Results of the OpenMessaging TCK",
        **schema,
    }


def shown(text: object, limit: int = 1200) -> str:
    """Return a text that nobody vouches for: what cannot be seen made visible, its middle left out where it is long."""
    whole = str(text)
    if len(whole) > limit:
        whole = f"{whole[: limit * 2 // 3]} … {whole[-limit // 4 :]} ({len(whole)} characters)"
    return _INVISIBLE.sub(
        lambda found: f"\\u{ord(found[0]):04x}" if ord(found[0]) > 0xFF else f"\\x{ord(found[0]):02x}", whole
    )


class Badge(msgspec.Struct, frozen=True):
    """What the badge says: green only for what a certificate may say."""

    message: str
    colour: str

    @property
    def width(self) -> int:
        """The message's width in pixels."""
        return 12 + round(6.6 * len(self.message))


def badge(report: RunReport) -> Badge:
    """Return the badge: green with the profiles certified, red where one is not, grey where nothing can be said."""
    asked = [profile for profile in report.profiles if profile.state is not ProfileState.NOT_REQUESTED]
    if (
        not asked
        or not report.complete
        or report.adapter_errors
        or any(p.state is ProfileState.INCOMPLETE for p in asked)
    ):
        return Badge("incomplete", "grey")
    if report.deviation_errors or any(p.state is ProfileState.NOT_CONFORMANT for p in asked):
        return Badge("not conformant", "red")
    return Badge(f"{report.circumstances.specification} {', '.join(report.certified)}", "green")


def chosen(clause: ClauseResult) -> list[Evidence]:
    """Return the evidence to show: what is red first."""
    red = {Verdict.FAIL, Verdict.UNKNOWN}
    return sorted(clause.evidence[: 50 * MOST_EVIDENCE], key=lambda one: one.verdict not in red)[:MOST_EVIDENCE]


def waited(clause: ClauseResult) -> float:
    """Return the longest wait (s) of a clause's checks."""
    return max((one.waited for one in clause.evidence), default=0.0)


def _bytecode() -> BytecodeCache | None:
    """Return where compiled templates are kept from run to run: a folder of this user alone, where there can be one."""
    from jinja2 import FileSystemBytecodeCache  # noqa: PLC0415 - slow to import

    try:
        return FileSystemBytecodeCache()
    except (OSError, RuntimeError):
        return None


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow to import

    environment = Environment(
        loader=FileSystemLoader(templates()),
        bytecode_cache=_bytecode(),
        autoescape=lambda name: name not in {"markdown.jinja", "badge-json.jinja"},  # noqa: S701 - they escape for themselves
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "shown": shown,
        "cell": lambda text: re.sub(r"[|\n`<>]", lambda found: f"&#{ord(found[0])};", shown(text)),
        "anchor": lambda text: re.sub(r"[^A-Za-z0-9.-]", "-", text),
        "json": lambda value: msgspec.json.encode(value).decode(),
    }
    environment.globals |= {
        "GLYPHS": GLYPHS,
        "COLOURS": COLOURS,
        "chosen": chosen,
        "waited": waited,
        "VERDICTS": tuple(GLYPHS),
    }
    return environment
