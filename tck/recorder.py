"""The recorder: what a run writes down while it goes on, from any thread.

An operation is opened before the implementation is called and closed after it answered, so that one that never answers
is in the history too.
"""

from __future__ import annotations

import threading
from itertools import count
from time import monotonic_ns, time_ns
from typing import Any

from tck.history import Entry, Outcome
from tck.operations import AnyOperation, Error


class OpenOperation:
    """An operation under way."""

    __slots__ = (
        "client", "completed", "completed_wall", "error", "index", "invoked", "invoked_wall", "op", "outcome", "problem",
        "result",
    )  # fmt: skip

    def __init__(self, index: int, client: str, op: AnyOperation) -> None:
        self.index = index
        self.client = client
        self.op = op
        self.completed: int | None = None
        self.completed_wall: int | None = None
        self.outcome = Outcome.UNKNOWN
        self.result: Any = None
        self.error: Error | None = None
        self.problem = ""
        self.invoked_wall = time_ns()
        self.invoked = monotonic_ns()

    def close(
        self,
        outcome: Outcome,
        result: Any = None,
        error: Error | None = None,
        problem: str = "",
        at: tuple[int, int] | None = None,
    ) -> None:
        """Write down how it ended: now, or at the monotonic and wall time that were read when it did."""
        self.completed, self.completed_wall = at or (monotonic_ns(), time_ns())
        self.result = result
        self.error = error
        self.problem = problem
        self.outcome = outcome

    def entry(self) -> Entry:
        """Return it as an entry of the history."""
        return Entry(
            self.index, self.client, self.op, self.invoked, self.invoked_wall, self.completed, self.completed_wall,
            self.outcome, self.result, self.error, self.problem,
        )  # fmt: skip


class Recorder:
    """Collects operations in the order of their invocations."""

    def __init__(self) -> None:
        self._opened: list[OpenOperation] = []
        self._next = count()
        self._lock = threading.Lock()

    def open(self, client: str, op: AnyOperation) -> OpenOperation:
        """Write down that an operation is about to begin."""
        with self._lock:
            operation = OpenOperation(next(self._next), client, op)
            self._opened.append(operation)
        return operation

    def entries(self) -> tuple[Entry, ...]:
        """Return everything up to now; what has not ended is unknown."""
        with self._lock:
            return tuple(operation.entry() for operation in self._opened)
