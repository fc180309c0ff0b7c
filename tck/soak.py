"""A property that goes on: round after round of programs, each from a seed of its own, until the time is over."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import Any

import hypothesis

from tck.conformance import CheckResult, Conform, perform
from tck.session import Session


class Soak:
    """The rounds of one property; each call is one of them.

    The first is from the session's seed. There are no others where no seconds were asked for, and none after a clause
    was found broken: what broke it is shrunk in its own round.
    """

    def __init__(self, check: Callable[..., None], conform: Conform, session: Session) -> None:
        self.check = check if not session.options.examples else with_examples(check, session.options.examples)
        self.conform = conform
        self.seeds = count(session.seed)
        self.until = session.began + session.options.seconds

    def __call__(self) -> CheckResult | None:
        """Run a round; return what all of them gave, or None where there is time for another."""
        self.conform.judged.clear()  # what was run in another round is run again
        result = perform(hypothesis.seed(next(self.seeds))(self.check), self.conform)
        over = result.kit_error or self.conform.failed_at is not None or monotonic() >= self.until
        return result if over else None


def with_examples(check: Callable[..., None], examples: int) -> Callable[..., None]:
    """Return a property that generates so many programs, whatever its own settings say."""
    held: Any = check  # Hypothesis lets nobody decorate twice, so what its decorator wrote is written again
    held._hypothesis_internal_use_settings = hypothesis.settings(  # noqa: SLF001
        held._hypothesis_internal_use_settings,  # noqa: SLF001
        max_examples=examples,
    )
    return check
