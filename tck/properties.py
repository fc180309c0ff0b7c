"""A property under way: the examples of a round run at the same time, and rounds follow until the time is over."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from itertools import count
from time import monotonic
from typing import Any

import hypothesis

from tck.ahead import Ahead
from tck.conformance import CheckResult, Conform, perform
from tck.session import Session


def examples(check: Callable[..., None], seed: int) -> Iterator[Callable[..., None]]:
    """Yield the body of a property for each example that Hypothesis draws for it from this seed."""
    handle: Any = check.hypothesis  # type: ignore[attr-defined] # Hypothesis puts it there
    body, drawn = handle.inner_test, list[Mapping[str, Any]]()
    handle.inner_test = lambda **example: drawn.append(example)
    try:
        hypothesis.seed(seed)(check)(conform=None)
    finally:
        handle.inner_test = body
    for example in drawn:
        yield partial(body, **{**example, "conform": None})


class Property:
    """The rounds of one property. The first is from the session's seed; there are no others without seconds for them.

    None follows after a clause was found broken: what broke it is shrunk in its own round.
    """

    def __init__(
        self, check: Callable[..., None], conform: Conform, session: Session, ahead: Ahead[CheckResult]
    ) -> None:
        self.check = check if not session.options.examples else with_examples(check, session.options.examples)
        self.conform = conform
        self.ahead = ahead
        self.seeds = count(session.seed)
        self.until = session.began + session.options.seconds
        self.lock = threading.Lock()

    def __call__(self, future: Future[CheckResult]) -> None:
        """Begin a round, whose examples are run behind what waits already; the last of them goes on."""
        self.conform.judged.clear()  # what was run in another round is run again
        self.seed = next(self.seeds)
        self.faults: list[str] = []
        try:
            bodies = list(examples(self.check, self.seed))
        except Exception:  # noqa: BLE001 - a property of which nothing can be drawn is a fault of the kit
            future.set_result(self.conform.result(traceback.format_exc(limit=-4)))
            return
        self.left = len(bodies)
        for body in bodies:
            self.ahead.do(partial(self.run, body, future))

    def run(self, body: Callable[..., None], future: Future[CheckResult]) -> None:
        """Run one example, and after the last of them conclude the round."""
        fault = perform(body, self.conform).kit_error
        with self.lock:
            self.faults += [fault] if fault else []
            self.left -= 1
            last = not self.left
        if last:
            self.conclude(future)

    def conclude(self, future: Future[CheckResult]) -> None:
        """Shrink what failed, or begin another round where there is time for it."""
        if self.conform.failed_at is not None:
            self.conform.search()
            future.set_result(perform(hypothesis.seed(self.seed)(self.check), self.conform))
        elif self.faults or monotonic() >= self.until:
            future.set_result(self.conform.result(*self.faults[:1]))
        else:
            self.ahead.do(partial(self, future))


def with_examples(check: Callable[..., None], number: int) -> Callable[..., None]:
    """Return a property that generates so many programs, whatever its own settings say."""
    held: Any = check  # Hypothesis lets nobody decorate twice, so what its decorator wrote is written again
    held._hypothesis_internal_use_settings = hypothesis.settings(  # noqa: SLF001
        held._hypothesis_internal_use_settings,  # noqa: SLF001
        max_examples=number,
    )
    return check
