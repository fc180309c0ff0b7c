"""How an implementation is reached, and what of that nobody may read."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from tck.access_point import parse, redact
from tck.adapter import Adapter
from tck.errors import IllegalAccessPoint
from tck.operations import AnyOperation, Open

SECRET = re.compile("KEY|PASSWORD|SECRET|TOKEN", re.IGNORECASE)
"""What the name of an attribute holds whose value nobody may read."""


class Connection(msgspec.Struct, frozen=True):
    """How an implementation is reached: its adapter, the access point's URI, and the attributes to open it with."""

    target: str
    adapter: Adapter
    uri: str
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)


def public(op: AnyOperation) -> AnyOperation:
    """Return the operation as the history may show it: without a secret."""
    if not isinstance(op, Open):
        return op
    attributes = {key: "***" if SECRET.search(key) else value for key, value in op.with_attributes.items()}
    return msgspec.structs.replace(op, uri=op.uri and redact(op.uri), with_attributes=attributes)


def without_secret(text: str, connection: Connection) -> str:
    """Return a text of an adapter without what it was opened with as a secret."""
    for secret in _secrets(connection):
        text = text.replace(secret, "***")
    return redact(text)


def _secrets(connection: Connection) -> tuple[str, ...]:
    """Return what a connection holds that nobody may read; a password that is also the account's name is none."""
    try:
        own = parse(connection.uri)
        key = own.account_key if own.account_key != own.account_id else None
    except IllegalAccessPoint:
        key = None
    return tuple(filter(None, (key, *(value for name, value in connection.attributes.items() if SECRET.search(name)))))
