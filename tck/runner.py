"""Runs a program on an adapter and returns the history of what happened."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from time import monotonic, monotonic_ns

import msgspec

from tck.access_point import redact
from tck.arrivals import Arrivals
from tck.awake import stalled, wait
from tck.book import Book
from tck.calls import Abandoned, Broken, Calls
from tck.cleanup import Cleanup
from tck.connection import Connection
from tck.history import Calibration, Entry, History, Origin, Outcome
from tck.listeners import Listeners
from tck.naming import ACCESS_POINT, Names
from tck.operations import AnyOperation, ContextAck, ContextAnswer, CreateQueue, Open, ReceiveForever, Wait, name
from tck.programs import Client, Program
from tck.recorder import OpenOperation
from tck.steps import Steps
from tck.workers import Work, Workers

SETUP = "setup"
LONGEST = 3600.0
"""Seconds: a timeout that is longer is waited for no longer than for what must come."""


def run(
    program: Program, connection: Connection, calibration: Calibration, *, check: str = "", encoded: bytes = b""
) -> History:
    """Run a program once and return its history; never raise for anything that the adapter does.

    Raises UsageError where the program calls two kinds of handles by one name.

    `encoded` is the program as JSON, where somebody has it already.
    """
    return _Run(program, connection, calibration, check, encoded or msgspec.json.encode(program)).history()


class _Run:
    """One run: its phases, its clients, and who of them hangs."""

    def __init__(
        self, program: Program, connection: Connection, calibration: Calibration, check: str, encoded: bytes
    ) -> None:
        self.program = program
        self.encoded = msgspec.Raw(encoded)
        self.connection = connection
        self.calibration = calibration
        self.check = check
        self.names = Names(program.queues, connection, calibration.patience)
        self.book = Book(connection)
        self.arrivals = Arrivals()
        self.over = threading.Event()
        self.broken = threading.Event()
        listeners = Listeners(self.book, self.arrivals, calibration.patience)
        self.calls = Calls(connection, self.names, self.book, self.arrivals, listeners)
        self.step = Steps(self.calls, self.arrivals, calibration, self.over)
        self.hangs: dict[int, str] = {}

    def history(self) -> History:
        try:
            self.await_end(_workers.begin(self.play))
            entries = self.entries()
        finally:
            self.over.set()
            for link in self.calls.links.values():
                link.restore()
            cleanup = Cleanup(self.calls.handles, self.names, self.connection, self.book, self.calls.busy)
            faults = cleanup.run(_workers, self.calibration.overdue)
            for link in self.calls.links.values():
                link.cut()
        return History(
            Origin(
                self.check,
                self.names.id,
                self.connection.target,
                self.names.by_queue,
                self.calibration,
                self.encoded,
                {part: str(support) for part, support in self.connection.adapter.capabilities.items()},
                redact(self.connection.uri),
            ),
            (*entries, *(msgspec.structs.replace(e, index=n) for n, e in enumerate(faults, start=len(entries)))),
        )

    # Phases and clients -------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Set the program up and run its phases, as far as it can go on."""
        setup = Client(SETUP, (Open(on=ACCESS_POINT), *map(CreateQueue, self.program.queues)))
        if self.phase((setup,)) and all(e.outcome is Outcome.OK for e in self.book.recorder.entries()):
            all(map(self.phase, self.program.phases))

    def phase(self, clients: Sequence[Client]) -> bool:
        """Run clients at the same time, the first of them on this thread; return whether the program can go on."""
        self.step.active.update(one.name for one in clients)
        others = [_workers.begin(partial(self.client, one)) for one in clients[1:]]
        for one in clients[:1]:
            self.client(one)
        for other in others:
            other.wait()
        return not self.broken.is_set()

    def client(self, one: Client) -> None:
        try:
            for step in one.steps:
                if self.broken.is_set() or self.over.is_set():
                    return
                self.step(one.name, step)
        except Broken:
            self.broken.set()
        except Abandoned:
            return  # the other clients go on: what they do shows other things
        finally:
            with self.arrivals.news:
                self.step.active.discard(one.name)
                self.arrivals.news.notify_all()

    # Hanging ------------------------------------------------------------------------------------------------------------

    def await_end(self, played: Work) -> None:
        """Wait until the program has been played, or all of its clients that have not ended hang in an operation.

        What is overdue is given a moment more: it may be the kit's own process that stood still.
        """
        while not played.wait(self.calibration.patience):
            late = {client: one for client, one in self.book.current.copy().items() if one and self.overdue(one)}
            if not late or wait(played.wait, self.calibration.patience / 2):
                continue
            hung = {client for client, one in late.items() if one.completed is None}
            for client in hung:
                self.give_up(client, late[client])
            if hung:
                self.broken.set()
                if self.step.active <= hung:
                    return

    def limit(self, op: AnyOperation) -> float:
        """Return within how many seconds an operation is to return."""
        timeout = getattr(op, "timeout", None) or 0
        return (self.calibration.patience if timeout > LONGEST else timeout) + self.calibration.overdue

    def overdue(self, operation: OpenOperation) -> bool:
        """Tell whether an operation should have returned by now, and has not."""
        return operation.completed is None and monotonic() - operation.invoked / 1e9 >= self.limit(operation.op)

    def give_up(self, client: str, operation: OpenOperation) -> None:
        """Write down that the adapter hangs in an operation."""
        op = operation.op
        endless = isinstance(op, ReceiveForever) or (getattr(op, "timeout", None) or 0) > LONGEST
        if endless:  # it may go on waiting: a checker says whether it should have ended
            self.book.open(client, Wait("no longer for what may last for ever", on=op.on)).close(Outcome.OK)
            return
        self.hangs[operation.index] = f"the adapter hangs: {name(op)} did not return within {self.limit(op):.0f} s"

    def entries(self) -> tuple[Entry, ...]:
        """Return what was recorded; an operation that was given up stays one, though it may have returned since."""
        recorded = self.book.recorder.entries()
        self.hung_listeners(recorded)
        if not self.hangs:
            return recorded
        return tuple(
            msgspec.structs.replace(e, outcome=Outcome.UNKNOWN, problem=self.hangs[e.index])
            if e.index in self.hangs
            else e
            for e in recorded
        )

    def hung_listeners(self, recorded: Sequence[Entry]) -> None:
        """Write down that the adapter hangs where a listener's acknowledgement, called long ago, has not returned."""
        for entry in recorded:
            if entry.completed is None and isinstance(entry.op, ContextAck | ContextAnswer):
                seconds = monotonic() - entry.invoked / 1e9 - stalled(entry.invoked, monotonic_ns())
                if seconds > self.calibration.patience / 2:
                    self.hangs[entry.index] = (
                        f"the adapter hangs: a listener's context did not return within {seconds:.1f} s"
                    )


_workers = Workers()
