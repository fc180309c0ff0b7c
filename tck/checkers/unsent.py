"""What a message that was made, and not sent, reads: each field as it was set last, and the rest as it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tck.checkers.answers import Checker, Select, each
from tck.checkers.key_changes import kind_of
from tck.checkers.later import provides
from tck.checkers.readings import where
from tck.history import Entry
from tck.messages import Message, Typed
from tck.operations import FillMessage, ValueKind, name

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


def _read(entry: Entry, what: str, wrong: Callable[[Message], Iterable[tuple[object, object]]]) -> str:
    """Say what is wrong in how a message reads: `wrong` gives, of what is, how it reads and how it should."""
    if not isinstance(entry.result, Message):
        return f"{name(entry.op)} failed with {entry.error}"
    return "; ".join(f"the {what} reads {given!r}, not {wanted!r}" for given, wanted in wrong(entry.result))[:300]


def reads_as_set(take: Take, what: str) -> Checker:
    """A field reads as it was set last; a number that was set to zero may read like one that was not set."""

    def fault(entry: Entry) -> str:
        last = set_last(entry, take)
        right = {last, None} if last == 0 else {last}
        return _read(entry, what, lambda given: [(take(given), last)] if take(given) not in right else ())

    return each(fills(lambda entry: set_last(entry, take) is not None), f"the {what} that was set last", fault)


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

    what = f"{kind.name.lower()} that was put last"

    def fault(entry: Entry) -> str:
        put = last(entry).items()
        return _read(entry, what, lambda given: [(g, v) for key, v in put if (g := given.properties.get(key)) != v])

    return each(fills(lambda entry: bool(last(entry))), f"the {what}", fault)


def body(message: Message) -> bytes | None:
    """Take the body."""
    return message.body


def destination(message: Message) -> str | None:
    """Take the destination."""
    return message.header.destination


def _not_kept(entry: Entry) -> str:
    op = entry.op
    assert isinstance(op, FillMessage)
    made = (
        (take, value) for take, value in ((destination, op.queue), (body, op.body)) if set_last(entry, take) is None
    )
    return _read(entry, "message", lambda given: [(take(given), value) for take, value in made if take(given) != value])


kept_as_made = each(
    fills(lambda entry: None in (set_last(entry, destination), set_last(entry, body))),
    "the destination and the body as they were made, where they were not set",
    _not_kept,
)
"""The destination and the body stay as the factory made them while other fields are set."""


def _in_header(message: Message) -> dict[str, Any]:
    read = {field: getattr(message.header, field) for field in HEADER}
    return {field: value for field, value in read.items() if value is not None}


def _set_in_header(entry: Entry) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for message in entry.op.settings if isinstance(entry.op, FillMessage) else ():
        whole.update(_in_header(message))
    return whole


def _nothing_set(entry: Entry) -> str:
    wanted = _set_in_header(entry)
    return _read(
        entry,
        "header",
        lambda given: [] if wanted.items() & _in_header(given).items() else [(_in_header(given), wanted)],
    )


writable = each(
    fills(lambda entry: len(_set_in_header(entry)) > 1), "any of the fields of the header that were set", _nothing_set
)
"""What is set through the header shows in the message: of several fields one at least."""
