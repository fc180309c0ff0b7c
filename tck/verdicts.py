"""What the kit says about a clause, and why."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """The answer for one clause, from the worst to the best that it can be."""

    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    OBSERVED = "OBSERVED"
    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    UNSUPPORTED = "UNSUPPORTED"
    NOT_APPLICABLE = "NOT APPLICABLE"


_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of them; UNKNOWN when there is none, because silence is no evidence."""
    return min(verdicts, key=_ORDER.__getitem__, default=Verdict.UNKNOWN)


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A checker's verdict on one history, with its evidence.

    `operations` holds the indices of the history's entries that show it; `expected` and `actual` are sentences.
    `reading` names the reading of an ambiguity that is followed.
    """

    verdict: Verdict
    expected: str = ""
    actual: str = ""
    operations: tuple[int, ...] = ()
    reading: str = ""


def passed(actual: str = "", operations: Iterable[int] = ()) -> Finding:
    """Return a PASS that says what was seen."""
    return Finding(Verdict.PASS, actual=actual, operations=tuple(operations))


def failed(expected: str, actual: str, operations: Iterable[int] = ()) -> Finding:
    """Return a FAIL that says what should have been seen, what was, and where."""
    return Finding(Verdict.FAIL, expected, actual, tuple(operations))


def unknown(why: str, expected: str = "", operations: Iterable[int] = ()) -> Finding:
    """Return an UNKNOWN: the history does not show enough to judge."""
    return Finding(Verdict.UNKNOWN, expected, why, tuple(operations))


def not_applicable(why: str) -> Finding:
    """Return a NOT APPLICABLE: the clause says nothing about an implementation like this one."""
    return Finding(Verdict.NOT_APPLICABLE, actual=why)
