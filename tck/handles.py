"""What the operations of a run have made, by the names that its program calls it by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tck.errors import UsageError
from tck.operations import (
    AnyOperation,
    CreateConsumer,
    CreateProducer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateTransactionProducer,
    Handle,
    KeySet,
    NewKeyValue,
    Open,
    Operation,
    Prepare,
    Put,
    SendAsync,
    SendBatchAsync,
)


class Handles:
    """The handles of one run, and of which kind each is."""

    def __init__(self) -> None:
        self.by_name: dict[str, Any] = {}
        self.kinds: dict[str, Handle] = {}

    def of(self, kind: Handle) -> list[str]:
        """Return the names of all handles of a kind."""
        return [name for name, own in self.kinds.items() if own is kind]

    def keep(self, op: AnyOperation, result: Any) -> bool:
        """Keep what an operation made, if it makes a handle; tell whether it does.

        Raises UsageError where a handle of another kind has its name: that would never be given back.
        """
        made = _MAKES.get(type(op))
        if made is None:
            return False
        name = made.named(op)
        if self.kinds.setdefault(name, made.kind) is not made.kind:
            raise UsageError(
                f"the program calls a {made.kind} {name!r}, as it calls a {self.kinds[name]} already",
                expected="a name of its own for each kind of handle",
                remedy="mend the program",
            )
        self.by_name[name] = result
        return True


class _Made(msgspec.Struct, frozen=True):
    kind: Handle
    named: Callable[[Any], str]


_MAKES: dict[type[Operation], _Made] = {
    Open: _Made(Handle.ACCESS_POINT, lambda op: str(op.on)),
    CreateProducer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    CreateTransactionProducer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    CreateConsumer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    CreatePullConsumer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    CreatePushConsumer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    SendAsync: _Made(Handle.FUTURE, lambda op: str(op.future)),
    SendBatchAsync: _Made(Handle.FUTURE, lambda op: str(op.future)),
    Prepare: _Made(Handle.TRANSACTION, lambda op: str(op.transaction)),
    NewKeyValue: _Made(Handle.KEY_VALUE, lambda op: str(op.on)),
    Put: _Made(Handle.KEY_VALUE, lambda op: str(op.chained)),
    KeySet: _Made(Handle.KEY_SET, lambda op: str(op.key_set)),
}
"""The operations whose result is a handle: of which kind, and what the program calls it."""
