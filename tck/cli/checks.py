"""Finds the checks of the suite by name, for the commands that judge without pytest."""

from __future__ import annotations

from collections.abc import Mapping

from tck.checkers.always import ALWAYS
from tck.clauses import catalogue
from tck.conformance import Checker, judges_of, suite_checks
from tck.errors import UsageError
from tck.verdicts import Finding


def judges_for(check: str, capabilities: Mapping[str, str]) -> dict[str, Checker]:
    """Return the checkers of a check, for the clauses that an implementation with these capabilities must honour.

    Raises UsageError where there is no such check.
    """
    found = suite_checks().get(check)
    if found is None:
        raise UsageError(
            f"there is no check {check!r}",
            expected="a file that this version of the kit wrote for one of its checks",
            remedy="use the version of the kit that wrote it",
        )
    known = catalogue().by_id
    return {clause: checker for clause, checker in judges_of(found).items() if not known[clause].lacking(capabilities)}


def always_for(capabilities: Mapping[str, str]) -> dict[str, Checker]:
    """Return the checkers of what every history speaks to, for an implementation with these capabilities."""
    known = catalogue().by_id
    return {clause: checker for clause, checker in ALWAYS.items() if not known[clause].lacking(capabilities)}


def told(clause: str, finding: Finding) -> str:
    """Return a clause's finding as lines for a person."""
    return lines(f"{clause}: {catalogue().by_id[clause].statement}", finding)


def lines(what: str, finding: Finding) -> str:
    """Return a finding as lines for a person, after what it is of."""
    said = [f"{finding.verdict} {what}"]
    said += [f"  expected: {finding.expected}"] if finding.expected else []
    said += [f"  actual:   {finding.actual}"] if finding.actual else []
    said += [f"  shown by: operations {', '.join(map(str, finding.operations[:12]))}"] if finding.operations else []
    return "\n".join(said)
