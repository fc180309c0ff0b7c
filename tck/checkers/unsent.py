"""What a message that was made, and not sent, reads: each field as it was set last, and the rest as it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tck.checkers.answers import Checker, Select, gives_what
from tck.checkers.key_values import kind_of
from tck.checkers.later import provides
from tck.checkers.readings import where
from tck.history import Entry
from tck.messages import Message, Typed
from tck.operations import FillMessage, ValueKind

Take = Callable[[Message], Any]
"""What takes a field of a message: None where it is not set."""

HEADER = (
    "destination",
    "message_id",
    "born_timestamp",
    "born_host",
    "priority",
    "durability",
    "delivery_count",
    "compression",
)
"""The fields of the header that have setters."""


def set_last(entry: Entry, take: Take) -> Any:
    """Return what a field was set to last; None where it was not set."""
    given = entry.op.settings if isinstance(entry.op, FillMessage) else ()
    return next((value for value in map(take, reversed(given)) if value is not None), None)


def fills(holds: Callable[[Entry], bool]) -> Select:
    """Select the messages that were filled so."""
    return lambda history: [entry for entry in history.of(FillMessage) if holds(entry)]


def reads_as_set(take: Take, what: str) -> Checker:
    """A field reads as it was set last; a number that was set to zero may read like one that was not set."""

    def holds(given: Message, entry: Entry) -> bool:
        last = set_last(entry, take)
        return bool(take(given) == last) or (take(given) is None and last == 0)

    return gives_what(fills(lambda entry: set_last(entry, take) is not None), f"the {what} that was set last", holds)


def where_it_can_be_set(take: Take, what: str) -> Checker:
    """A field reads as it was set last, unless it is refused as what is not offered."""
    return where(provides(fills(lambda entry: set_last(entry, take) is not None)), reads_as_set(take, what))


def properties_as_put(kind: ValueKind) -> Checker:
    """Each property reads as it was put last, where that is of this kind."""

    def last(entry: Entry) -> dict[str, Typed]:
        put: dict[str, Typed] = {}
        for message in entry.op.settings if isinstance(entry.op, FillMessage) else ():
            put.update(message.properties)
        return {key: value for key, value in put.items() if kind_of(value) is kind}

    def holds(given: Message, entry: Entry) -> bool:
        return all(given.properties.get(key) == value for key, value in last(entry).items())

    return gives_what(fills(lambda entry: bool(last(entry))), f"the {kind.name.lower()} that was put last", holds)


def body(message: Message) -> bytes | None:
    """Take the body."""
    return message.body


def destination(message: Message) -> str | None:
    """Take the destination."""
    return message.header.destination


def _kept(given: Message, entry: Entry) -> bool:
    op = entry.op
    return isinstance(op, FillMessage) and all(
        take(given) == made
        for take, made in ((destination, op.queue), (body, op.body))
        if set_last(entry, take) is None
    )


kept_as_made = gives_what(
    fills(lambda entry: None in (set_last(entry, destination), set_last(entry, body))),
    "the destination and the body as they were made, where they were not set",
    _kept,
)
"""The destination and the body stay as the factory made them while other fields are set."""


def _in_header(message: Message | None, fields: Iterable[str] = HEADER) -> dict[str, Any]:
    header = message.header if message else None
    return {field: getattr(header, field) for field in fields if getattr(header, field, None) is not None}


def _set_in_header(entry: Entry) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for message in entry.op.settings if isinstance(entry.op, FillMessage) else ():
        whole.update(_in_header(message))
    return whole


writable = gives_what(
    fills(lambda entry: len(_set_in_header(entry)) > 1),
    "any of the fields of the header that were set",
    lambda given, entry: bool(_in_header(given).items() & _set_in_header(entry).items()),
)
"""What is set through the header shows in the message: of several fields one at least."""
