"""What the commands say: on a terminal with colour and a line that moves, else in plain lines."""

from __future__ import annotations

import sys
from typing import Self

from rich.console import Console
from rich.markup import escape

from tck.errors import TckError
from tck.evidence import shortened
from tck.report import ClauseResult, ProfileState, RunReport
from tck.verdicts import Finding, Verdict

COLOURS = {
    Verdict.PASS: "green",
    Verdict.OBSERVED: "cyan",
    Verdict.FAIL: "bold red",
    Verdict.UNKNOWN: "bold yellow",
    Verdict.UNSUPPORTED: "dim",
    Verdict.NOT_APPLICABLE: "dim",
}
STATES = {
    ProfileState.CERTIFIED: "bold green",
    ProfileState.NOT_CONFORMANT: "bold red",
    ProfileState.INCOMPLETE: "bold yellow",
    ProfileState.NOT_REQUESTED: "dim",
}

LONGEST_LINE = 1000
MOST_LINES = 60


def console() -> Console:
    """Return the console of standard output as it is now, whatever it is replaced by later; NO_COLOR and pipes are honoured."""
    return Console(file=sys.stdout, soft_wrap=True, highlight=False, emoji=False)


class Progress:
    """Says what is being waited for: in one moving line on a terminal, in a line each elsewhere."""

    def __init__(self, out: Console) -> None:
        self.out = out
        self.status = out.status("") if out.is_terminal else None
        self.last = ""

    def __enter__(self) -> Self:
        """Begin to show."""
        if self.status:
            self.status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the line."""
        if self.status:
            self.status.stop()

    def waiting(self, text: str) -> None:
        """Say what is being waited for; where lines do not move, only when it is news."""
        if self.status:
            self.status.update(escape(visible(text)))
        elif text != self.last:
            self.out.print(escape(visible(text)))
        self.last = text

    def moving(self, text: str) -> None:
        """Say it only where the line moves."""
        if self.status:
            self.status.update(escape(visible(text)))

    def red(self, clause: str, finding: Finding) -> None:
        """Say that a clause is broken or could not be judged, as soon as it is known."""
        text = visible(f"{finding.verdict} {clause}: {finding.actual}")
        self.out.print(escape(text[:200]), style=COLOURS[finding.verdict])


def summary(report: RunReport, folder: str, out: Console) -> None:
    """Say what failed and how to see it again, the numbers, each profile's verdict, and where the report is."""
    for clause in report.clauses:
        if clause.verdict in {Verdict.FAIL, Verdict.UNKNOWN}:
            _failure(clause, report, folder, out)
    for kind, errors in (
        ("the kit failed", report.kit_errors),
        ("the adapter broke its contract", report.adapter_errors),
        ("missing", report.missing),
        ("deviation", report.deviation_errors),
    ):
        for error in errors[:10]:
            out.print(f"[bold yellow]{kind}[/]: {escape(visible(error[-400:]))}")
        if len(errors) > 10:
            out.print(f"[bold yellow]{kind}[/]: and {len(errors) - 10} more")
    if report.interrupted:
        out.print(f"[bold yellow]incomplete[/]: {escape(report.interrupted)}")
    counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(report.counts().items()))
    out.print()
    out.print(f"{escape(report.subject.name)} {escape(report.subject.version)}")
    out.print(f"checks: {report.emitted} of {report.expected} expected; clauses: {counts}")
    if report.calibration:
        c = report.calibration
        out.print(
            f"waits: round trip {c.round_trip * 1000:.1f} ms, nothing more comes after {c.quiet:.2f} s, "
            f"lost after {c.patience:.0f} s; seed {report.circumstances.seed}; {report.circumstances.seconds:.1f} s in all"
        )
    asked = [profile for profile in report.profiles if profile.state is not ProfileState.NOT_REQUESTED]
    for profile in asked:
        blocking = f", because of {len(profile.blocking)} clauses" if profile.blocking else ""
        out.print(f"[{STATES[profile.state]}]{profile.name}: {profile.state}[/]{blocking}")
    if len(asked) < len(report.profiles):
        others = ", ".join(profile.name for profile in report.profiles if profile not in asked)
        out.print(f"[{STATES[ProfileState.NOT_REQUESTED]}]not requested: {others}[/]")
    if report.unclaimed:
        out.print(f"works, but not claimed: {escape(visible(', '.join(report.unclaimed)))}")
    out.print(f"report: {escape(folder)}/report.html")


def _failure(clause: ClauseResult, report: RunReport, folder: str, out: Console) -> None:
    verdict = clause.verdict or Verdict.UNKNOWN
    known = f" [dim](a known deviation: {escape(clause.deviation)})[/]" if clause.deviation else ""
    out.print(f"\n[{COLOURS[verdict]}]{verdict}[/] [bold]{clause.id}[/] ({clause.level}, {clause.profile}){known}")
    out.print(f"  {escape(clause.statement)}")
    for one in [e for e in clause.evidence if e.verdict is verdict][:2]:
        out.print(f"  expected: {escape(visible(one.expected))}")
        out.print(f"  actual:   {escape(visible(one.actual))}")
        if one.program:
            out.print(f"  replay:   oms-tck replay {escape(folder)}/{one.program} --on {escape(report.subject.target)}")
    if clause.note:
        out.print(f"  {escape(clause.note)}")


def visible(text: str) -> str:
    """Return a text of an implementation without what could move a terminal's cursor or colour."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def plain_error(text: str) -> None:
    """Say something on standard error."""
    Console(file=sys.stderr, soft_wrap=True, highlight=False).print(escape(text))


def complaint(error: TckError) -> str:
    """Return an error's text, of which parts may come from an implementation: shortened, and safe for a terminal."""
    cut = [shortened(line, LONGEST_LINE) for line in str(error).splitlines()]
    return visible("\n".join(cut if len(cut) <= MOST_LINES else [*cut[:10], "  …", *cut[10 - MOST_LINES :]]))
