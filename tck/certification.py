"""Runs the conformance suite in a session, by way of pytest and without its terminal."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from tck.conformance import CheckResult
from tck.errors import EnvironmentUnusable
from tck.verdicts import Finding, Verdict

if TYPE_CHECKING:
    import pytest

    from tck.report import RunReport
    from tck.session import Session


class Listener(Protocol):
    """Who is told what goes on."""

    def waiting(self, text: str) -> None:
        """Hear what is being waited for."""

    def moving(self, text: str) -> None:
        """Hear how far it is; the next such text replaces it."""

    def red(self, clause: str, finding: Finding) -> None:
        """Hear of a clause that is broken or could not be judged."""


def run_suite(session: Session, jobs: int = 1, listener: Listener | None = None) -> RunReport:
    """Run the suite on so many processes, and return the report.

    Raises EnvironmentUnusable where pytest could not even begin. What it printed is kept beside an incomplete report.
    """
    import pytest  # noqa: PLC0415 - who only reads reports does without it

    package = Path(__file__).resolve().parent
    arguments = [
        "--pyargs",
        "tck.suite",
        "-p",
        "tck.plugin",
        "--oms",
        session.options.target,
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:unraisableexception",  # it collects garbage again and again, and nobody reads what it warns of
        "-p",
        "no:threadexception",
    ]
    arguments += ["-c", os.devnull, "--rootdir", str(package), "--confcutdir", str(package / "suite"), "--assert=plain"]
    arguments += ["-n", str(jobs)] if jobs > 1 else ["-p", "no:xdist"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        pytest.main(arguments, plugins=[_Handover(session, listener)])
    if session.failure:
        raise session.failure
    if session.finished is None:
        raise EnvironmentUnusable("the suite did not run", detail="\n".join(said.getvalue().splitlines()[-20:]))
    if not session.finished.complete:
        (session.folder / "pytest.log").write_text(said.getvalue(), encoding="utf-8")
    return session.finished


class _Handover:
    """Hands the session to the plugin, and tells what goes on."""

    def __init__(self, session: Session, listener: Listener | None) -> None:
        self.session = session
        self.listener = listener
        self.done = 0

    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Hand the session over, before the plugin looks for it."""
        early_config.oms_tck_session = self.session  # type: ignore[attr-defined] # the plugin's HANDOVER

    def pytest_collection_finish(self) -> None:
        """Tell that the checks begin."""
        if self.listener:
            number = len(self.session.expected) or "the"
            self.listener.waiting(f"waiting for {number} checks of {self.session.target.text}")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell which check is being waited for."""
        if self.listener:
            check = nodeid.rpartition("::")[2].partition("@")[0]
            self.listener.moving(f"{self.done} of {len(self.session.expected) or '?'} checks done; waiting for {check}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell what is red as soon as it is known."""
        given = getattr(report, "oms_tck", None)
        if self.listener is None or given is None:
            return
        self.done += 1
        for clause, found in msgspec.json.decode(given, type=CheckResult).evidence.items():
            if found.verdict in {Verdict.FAIL, Verdict.UNKNOWN}:
                self.listener.red(clause, Finding(found.verdict, found.expected, found.actual))
