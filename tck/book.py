"""What is written down of a run while it goes on: which operation each client is in, and how it ended."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tck.adapter import OmsError
from tck.connection import Connection, without_secret
from tck.given import raised, typed
from tck.history import Outcome
from tck.operations import AnyOperation, Error, name
from tck.recorder import OpenOperation, Recorder


class Book:
    """The recorder, the operation that each client is in, and what may not be written down: the connection's secrets."""

    def __init__(self, connection: Connection) -> None:
        self.recorder = Recorder()
        self.current: dict[str, OpenOperation | None] = {}
        self._connection = connection

    def open(self, client: str, op: AnyOperation) -> OpenOperation:
        """Write down that something is about to begin."""
        return self.recorder.open(client, op)

    def begin(self, client: str, op: AnyOperation) -> OpenOperation:
        """Write down that a client is about to call the adapter."""
        operation = self.current[client] = self.recorder.open(client, op)
        return operation

    def done(self, client: str, op: AnyOperation, act: Callable[[], None]) -> bool:
        """Do something that gives no result, write down what came of it, and return whether it succeeded."""
        operation = self.begin(client, op)
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - whatever an adapter raises is recorded, SystemExit too
            self.fail(operation, error)
            return False
        operation.close(Outcome.OK)
        return True

    def fail(self, operation: OpenOperation, error: BaseException) -> None:
        """Write down how an operation failed: with an error of the standard, or by a fault of the adapter."""
        if isinstance(error, OmsError):
            given, fault = typed(getattr(error, "error", None), Error)
            if not fault:
                given = msgspec.structs.replace(given, text=without_secret(given.text, self._connection))
                operation.close(Outcome.FAIL, error=given)
                return
            operation.close(
                Outcome.UNKNOWN, problem=f"the adapter's {name(operation.op)} raised an OmsError of {fault}"
            )
        else:
            operation.close(Outcome.UNKNOWN, problem=without_secret(raised(error), self._connection))
