"""Every exception of the kit itself, in the order in which a run meets them.

None of these says anything about an implementation's conformance: that is a finding, and a finding is a value.
"""

from __future__ import annotations


class TckError(Exception):
    """Something stopped the kit: what came, what was expected, and what to do about it."""

    exit_code = 3

    def __init__(self, came: str, *, expected: str = "", remedy: str = "", detail: str = "") -> None:
        super().__init__(came)
        self.came = came
        self.expected = expected
        self.remedy = remedy
        self.detail = detail

    def __str__(self) -> str:
        lines = [self.came]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.remedy:
            lines.append(f"  to do:    {self.remedy}")
        if self.detail:
            lines.append("\n".join(f"  | {line}" for line in self.detail.splitlines()))
        return "\n".join(lines)


class UsageError(TckError):
    """What was asked for makes no sense: an option, a name, a file that is not there."""

    exit_code = 2


class UnknownTarget(UsageError):
    """No implementation answers to that name."""


class IllegalAccessPoint(UsageError):
    """The text is no access point URI of the standard."""


class DamagedFile(UsageError):
    """A file that was given to the kit cannot be read as what it should be."""


class DamagedCatalogue(TckError):
    """The clauses that ship with the kit, or a fixture's own files, are inconsistent."""


class EnvironmentUnusable(TckError):
    """This machine, its container engine, its ports or its disk do not let the kit work."""


class TargetUnreachable(TckError):
    """The implementation under test could not be reached, so nothing was judged."""


class AdapterError(TckError):
    """The adapter broke its contract: it raised, hung, or returned what the contract does not name."""
