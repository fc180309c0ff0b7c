"""What was done to KeyValues: which of them a handle stands for, what was put and removed, and what may be there.

Where several threads change one, or read it meanwhile, whatever could be there is right: of the changes of a key each that
may have come last. What is done through the KeyValue that a put gave back may show in the one that it was put into, or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from tck.history import Entry, History, Outcome, once
from tck.messages import Typed
from tck.operations import KeySet, NewKeyValue, Put, Remove, ValueKind

Content = Typed | None
"""What is under a key: None where it is not there."""


class Case(StrEnum):
    """What was done, before it is read, to what is read."""

    NEW = "nothing was done to the object"
    MISSING = "nothing was done to the key, though to others"
    INSERTED = "it was put once"
    REPLACED = "it was put again"
    REMOVED = "it was removed; of a set of keys: something was removed, or done since it was obtained"
    SHARED = "several clients did something to the object, or one did it meanwhile"


class Change(msgspec.Struct, frozen=True):
    """A put or a removal: of which object and key, and what is under the key afterwards; `sure` where it is known to be done."""

    entry: Entry
    object: int
    key: str
    content: Content
    sure: bool


class Origin(msgspec.Struct, frozen=True):
    """Which object a handle stands for: where it was made, and the puts that gave the handle back, the first one first."""

    object: int
    chain: tuple[Entry, ...] = ()
    obtained: Entry | None = None


def kind_of(value: Typed) -> ValueKind | None:
    """Return of which kind a value is; None for one that a KeyValue has no method for."""
    tag = str(value.__struct_config__.tag)
    return ValueKind(tag) if tag in set(ValueKind) else None


def _made(entry: Entry) -> str:
    """Return what handle an operation made."""
    match entry.op:
        case NewKeyValue(on=handle) | Put(chained=handle) | KeySet(key_set=handle):
            return handle
    return ""


def origin(history: History, handle: str, before: int) -> Origin | None:
    """Return what a handle stands for in the entry with this index; None where nobody made it."""
    makers = [e for e in history.of(NewKeyValue, Put, KeySet) if e.index < before and _made(e) == handle]
    made = [entry for entry in makers if entry.outcome is Outcome.OK]
    if not made:
        return None
    last = made[-1]
    if isinstance(last.op, NewKeyValue):
        return Origin(last.index)
    of = origin(history, last.op.on, last.index)
    if of is None or isinstance(last.op, Put):
        return of and msgspec.structs.replace(of, chain=(*of.chain, last))
    return msgspec.structs.replace(of, obtained=last)


@once
def changes(history: History) -> tuple[Change, ...]:
    """Return every put and removal, in the order of their invocations."""
    return tuple(_changes(history))


def _changes(history: History) -> Iterator[Change]:
    for entry in history.of(Put, Remove):
        of = origin(history, entry.op.on, entry.index)
        if of is not None and isinstance(entry.op, Put | Remove):
            content = entry.op.value if isinstance(entry.op, Put) else None
            sure = not of.chain and entry.outcome is Outcome.OK
            yield Change(entry, of.object, entry.op.key, content, sure)


def _before(one: Entry, other: Entry) -> bool:
    """Tell whether one operation ended before another began."""
    if one.client == other.client:
        return one.index < other.index and one.completed is not None
    return one.completed is not None and one.completed < other.invoked


def changes_of(history: History, number: int, read: Entry, key: str | None = None) -> list[Change]:
    """Return the changes of an object, of one of its keys if that is given, that had begun when a read ended."""
    return [
        change
        for change in changes(history)
        if change.object == number and key in {None, change.key} and not _before(read, change.entry)
    ]


def possible(known: list[Change], read: Entry) -> set[Content]:
    """Return what may be under a key, of which these are the changes, when it is read."""

    def over(since: Entry | None) -> bool:
        return any(
            other.sure and _before(other.entry, read) and (since is None or _before(since, other.entry))
            for other in known
        )

    contents = {change.content for change in known if not over(change.entry)}
    return contents if over(None) else {*contents, None}


def case(history: History, read: Entry) -> Case | None:
    """Return what was done to what is read; None where that cannot be said."""
    of = origin(history, read.op.on, read.index)
    if of is None or of.chain:
        return None
    known = changes_of(history, of.object, read)
    key = getattr(read.op, "key", None)
    if not known:
        return Case.NEW
    if len({change.entry.client for change in known}) > 1 or not all(_before(c.entry, read) for c in known):
        return Case.SHARED
    if not all(change.sure for change in known):
        return None
    if of.obtained and any(_before(of.obtained, change.entry) or change.content is None for change in known):
        return Case.REMOVED
    return Case.INSERTED if of.obtained else _case([change for change in known if change.key == key])


def _case(known: list[Change]) -> Case:
    """Return what was done to a key by these changes, of which each ended before the next: what was before a removal is over."""
    if not known:
        return Case.MISSING
    if known[-1].content is None:
        return Case.REMOVED
    return Case.REPLACED if len(known) > 1 and known[-2].content is not None else Case.INSERTED
