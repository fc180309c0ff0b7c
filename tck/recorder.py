"""The recorder: what a run writes down while it goes on, from any thread.

An operation is opened before the implementation is called and closed after it answered, so that one that never answers
is in the history too.
"""

from __future__ import annotations

from itertools import count
from operator import attrgetter
from time import monotonic_ns, time_ns
from typing import Any

import msgspec

from tck.awake import stalled
from tck.history import Entry, Outcome
from tck.operations import AnyOperation, Error


class OpenOperation(msgspec.Struct, eq=False, gc=False):
    """An operation under way: what becomes an entry of the history."""

    index: int
    client: str
    op: AnyOperation
    invoked: int
    invoked_wall: int
    completed: int | None = None
    completed_wall: int | None = None
    outcome: Outcome = Outcome.UNKNOWN
    result: Any = None
    error: Error | None = None
    problem: str = ""
    stalled: float = 0.0

    def close(
        self,
        outcome: Outcome,
        result: Any = None,
        error: Error | None = None,
        problem: str = "",
        at: tuple[int, int] | None = None,
    ) -> None:
        """Write down how it ended: now, or at the monotonic and wall time that were read when it did."""
        if at is None:
            self.completed = monotonic_ns()
            self.completed_wall = time_ns()
        else:
            self.completed, self.completed_wall = at
        self.stalled = stalled(self.invoked, self.completed)
        self.result = result
        self.error = error
        self.problem = problem
        self.outcome = outcome

    def entry(self) -> Entry:
        """Return it as an entry of the history."""
        return Entry(*msgspec.structs.astuple(self))


class Recorder:
    """Collects operations by the order of their invocations. Numbering and appending are atomic, each by itself."""

    def __init__(self) -> None:
        self._opened: list[OpenOperation] = []
        self._number = count().__next__

    def open(self, client: str, op: AnyOperation) -> OpenOperation:
        """Write down that an operation is about to begin."""
        number, wall = self._number(), time_ns()
        operation = OpenOperation(number, client, op, monotonic_ns(), wall)
        self._opened.append(operation)
        return operation

    def entries(self) -> tuple[Entry, ...]:
        """Return everything up to now; what has not ended is unknown."""
        return tuple(operation.entry() for operation in sorted(self._opened, key=attrgetter("index")))
