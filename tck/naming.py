"""What a program leaves open, filled in for one run of it: whose handle, which real names, how long, and marks."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import msgspec

from tck.access_point import parse
from tck.connection import Connection
from tck.history import MARK
from tck.messages import Message, String
from tck.operations import AnyOperation, Handle, Open, Operation, Suspend

ACCESS_POINT = "ap"


class Names:
    """The names of one run: what a program calls a queue or a namespace, and what it is called on the server."""

    def __init__(self, queues: Iterable[str], connection: Connection, patience: float) -> None:
        self.id = f"tck-{secrets.token_hex(4)}"
        self.by_queue: dict[str, str] = {queue: self._fresh(queue) for queue in queues}
        self.namespaces: set[str] = set()
        self._connection = connection
        self.patience = patience
        self._marks = 0

    def real(self, queue: str) -> str:
        """Return what the server knows a queue by that the program calls so; a new one is given a fresh name."""
        return self.by_queue.setdefault(queue, self._fresh(queue))

    def named(self, real: str | None) -> str | None:
        """Return what the program calls a queue."""
        return {real: queue for queue, real in self.by_queue.items()}.get(real or "", real)

    def resolved(self, client: str, op: AnyOperation) -> AnyOperation:
        """Return a client's operation with its handle, real names, waits and marks filled in."""
        changes = {}
        for field, fill in _fills(type(op)):
            said = getattr(op, field)
            filled = fill(self, client, op, said)
            if filled is not said:
                changes[field] = filled
        return msgspec.structs.replace(op, **changes) if changes else op

    def _fresh(self, queue: str) -> str:
        return f"{self.id}-{queue}"

    def marked(self, client: str, message: Message) -> Message:
        """Return a message with its real destination, and with a mark that no other message has; with none where it has an empty one."""
        if message.properties.get(MARK) == String(""):
            own = {key: value for key, value in message.properties.items() if key != MARK}
            return msgspec.structs.replace(self.addressed(message), properties=own)
        self._marks += 1
        mark = String(f"{self.id}/{client}.{self._marks}")
        return msgspec.structs.replace(self.addressed(message), properties={**message.properties, MARK: mark})

    def addressed(self, message: Message) -> Message:
        """Return a message with its real destination, where it has one."""
        header = message.header
        if header.destination:
            header = msgspec.structs.replace(header, destination=self.real(header.destination))
        return msgspec.structs.replace(message, header=header)

    def expanded(self, text: str) -> str:
        """Return a text with parts of the connection's URI for {driver}, {account}, {hosts}, {region}, {key}, and real names for others."""
        own = parse(self._connection.uri)
        account = (own.account_id or "") + (f":{own.account_key}" if own.account_key is not None else "")
        parts = {
            **self.by_queue,
            "driver": own.driver_type,
            "account": account,
            "account_id": own.account_id or self._connection.attributes.get("ACCOUNT_ID", ""),
            "hosts": ",".join(map(str, own.hosts)),
            "region": own.region,
            "key": self._connection.attributes.get("ACCOUNT_KEY", own.account_key) or "",
        }
        return re.sub(r"\{(\w+)\}", lambda found: parts.get(found[1], found[0]), text)


Fill = Callable[[Names, str, Any, Any], Any]
"""What gives a field of a client's operation its value in a run: of the names, the client, the operation, and what it says."""


def _maybe(fill: Callable[[Names, Any], Any]) -> Fill:
    return lambda names, _client, _op, value: None if value is None else fill(names, value)


_OWN = {
    Handle.ACCESS_POINT: ACCESS_POINT,
    Handle.MANAGER: ACCESS_POINT,
    Handle.FUTURE: "{}.future",
    Handle.TRANSACTION: "{}.transaction",
    Handle.KEY_SET: "{}.keys",
}
"""What a client's operation is done on that names no handle; it has the client's name where this says nothing else."""

_FILLS: dict[str, Fill] = {
    "on": lambda _names, client, op, on: on or _OWN.get(op.handle, "{}").format(client),
    "name": lambda _names, client, _op, name: name or client,
    "future": lambda _names, client, _op, future: future or f"{client}.future",
    "transaction": lambda _names, client, _op, transaction: transaction or f"{client}.transaction",
    "queue": _maybe(Names.real),
    "target": _maybe(Names.real),
    "namespace": _maybe(Names.real),
    "queues": lambda names, _client, _op, queues: tuple(map(names.real, queues)),
    "message": lambda names, client, _op, message: names.marked(client, message),
    "messages": lambda names, client, _op, messages: tuple(names.marked(client, message) for message in messages),
    "rewrites": _maybe(Names.addressed),
    "settings": lambda names, _client, _op, settings: tuple(map(names.addressed, settings)),
    "key_set": lambda _names, client, _op, key_set: key_set or f"{client}.keys",
    "chained": lambda _names, client, _op, chained: chained or f"{client}.chained",
    "timeout": lambda names, _client, _op, timeout: names.patience if timeout is None else timeout,
}
_OF_OPEN: dict[str, Fill] = {
    "uri": _maybe(Names.expanded),
    "with_attributes": lambda names, _client, _op, given: {key: names.expanded(text) for key, text in given.items()},
}


@cache
def _fills(kind: type[Operation]) -> tuple[tuple[str, Fill], ...]:
    """Return the fields of a kind of operation that are filled in, and with what."""
    known = _FILLS | _OF_OPEN if kind is Open else _FILLS
    unlimited = {"timeout"} if kind is Suspend else set()  # one without a time is an operation of its own
    return tuple((field, known[field]) for field in kind.__struct_fields__ if field in known and field not in unlimited)
