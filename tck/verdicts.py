"""What the kit says about a clause, and why."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from math import sqrt
from typing import Self

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


_Z = 1.959963984540054
"""The normal distribution's quantile of an interval of 95%."""


class Rate(msgspec.Struct, frozen=True):
    """How often something was seen among so many samples, and the Wilson 95% interval of its true share."""

    successes: int
    samples: int
    low: float
    high: float

    @classmethod
    def of(cls, successes: int, samples: int) -> Self:
        """Return the rate of at least one sample."""
        share, weight = successes / samples, _Z * _Z / samples
        centre = (share + weight / 2) / (1 + weight)
        half = _Z * sqrt(share * (1 - share) / samples + weight / (4 * samples)) / (1 + weight)
        return cls(successes, samples, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))

    @property
    def share(self) -> float:
        """The share that was seen."""
        return self.successes / self.samples

    def __str__(self) -> str:
        return f"{self.successes} of {self.samples}, 95% interval {self.low:.2f}-{self.high:.2f}"


def samples_for(bound: float, share: float) -> int:
    """Return with how many samples a seen `share` first excludes that the true one is at least `bound`."""
    samples = 1
    while Rate.of(round(share * samples), samples).high >= bound:
        samples += 1
    return samples


AS_OFTEN_AS_NOT = 0.5
"""The share below which no effort is to be seen: the bound that the clauses of best effort give."""
SAMPLES = samples_for(AS_OFTEN_AS_NOT, AS_OFTEN_AS_NOT / 2)
"""How many samples it takes to tell that bound from half of it."""


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A checker's verdict on one history, with its evidence.

    `operations` holds the indices of the history's entries that show it; `expected` and `actual` are sentences.
    `reading` names the reading of an ambiguity that is followed; `rate` is what was measured of a best effort.
    """

    verdict: Verdict
    expected: str = ""
    actual: str = ""
    operations: tuple[int, ...] = ()
    reading: str = ""
    rate: Rate | None = None


def passed(actual: str = "", operations: Iterable[int] = ()) -> Finding:
    """Return a PASS that says what was seen."""
    return Finding(Verdict.PASS, actual=actual, operations=tuple(operations))


def failed(expected: str, actual: str, operations: Iterable[int] = ()) -> Finding:
    """Return a FAIL that says what should have been seen, what was, and where."""
    return Finding(Verdict.FAIL, expected, actual, tuple(operations))


def unknown(why: str, expected: str = "", operations: Iterable[int] = ()) -> Finding:
    """Return an UNKNOWN: the history does not show enough to judge."""
    return Finding(Verdict.UNKNOWN, expected, why, tuple(operations))


def observed(
    successes: int, samples: int, expected: str, *, at_least: float = 0.0, operations: Iterable[int] = ()
) -> Finding:
    """Return what was measured of a best effort: OBSERVED, but FAIL where its interval excludes the clause's bound.

    UNKNOWN where there are too few samples to tell the bound from half of it, and they do not show that it is kept.
    """
    if not samples:
        return unknown("there was no sample", expected)
    rate = Rate.of(successes, samples)
    if rate.low < at_least <= rate.high and samples < samples_for(at_least, at_least / 2):
        return unknown(f"{rate}: too few to tell", expected, operations)
    verdict = Verdict.FAIL if rate.high < at_least else Verdict.OBSERVED
    return Finding(verdict, expected, f"{rate}: {expected}", tuple(operations), rate=rate)


def not_applicable(why: str) -> Finding:
    """Return a NOT APPLICABLE: the clause says nothing about an implementation like this one."""
    return Finding(Verdict.NOT_APPLICABLE, actual=why)
