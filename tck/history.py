"""What happened: every operation's invocation and completion, as it was recorded, and its storage.

A history is the only evidence that a verdict may rest on. A stored one is a text file of JSON lines: a header, a line
for each entry, and a last line with their number and the checksum of all before it, so that a truncated or changed file
shows itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import cache, cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import msgspec

from tck.errors import DamagedFile
from tck.messages import Message
from tck.operations import (
    AnyOperation,
    Deliver,
    Error,
    Get,
    GetThrowable,
    Handle,
    Operation,
    SendAsync,
    SendBatchAsync,
)

T = TypeVar("T")
FORMAT = "oms-tck/history/2"
MARK = "oms-tck-mark"
"""The user property by which the kit knows its own messages again; `<run>/<client>.<number>`."""
INTERCEPTED = "oms-tck-intercepted"
"""The user property that an interceptor of the kit sets: its name."""


class Outcome(StrEnum):
    """How an operation ended; unknown is neither: it may have happened."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One operation: who, what, when (ns; monotonic for order, wall for people), and how it ended.

    `completed` is None where the operation never returned. `problem` says what the adapter did wrong, if it did. For
    `stalled` seconds of it the machine had no time for the kit's own process.
    """

    index: int
    client: str
    op: AnyOperation
    invoked: int
    invoked_wall: int
    completed: int | None
    completed_wall: int | None
    outcome: Outcome
    result: Any = None
    error: Error | None = None
    problem: str = ""
    stalled: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it took; infinite where it never returned."""
        return (self.completed - self.invoked) / 1e9 if self.completed is not None else float("inf")

    @property
    def own_seconds(self) -> float:
        """How long it took, but for the time that the machine did not have for the kit's own process."""
        return self.seconds - self.stalled

    @property
    def starved(self) -> bool:
        """Whether it came to nothing in all of its timeout, and the machine had no time for most of that: it may be for that."""
        timeout = float(getattr(self.op, "timeout", None) or 0.0)
        return not self.result and 4 * self.own_seconds < timeout <= self.seconds


class Calibration(msgspec.Struct, frozen=True):
    """What was measured of the implementation at the start, and the waits (seconds) that follow from it."""

    round_trip: float
    """The slowest of the measured round trips of send, receive and ack."""
    quiet: float
    """How long the kit listens before it believes that nothing more comes."""
    patience: float
    """How long the kit waits for what must come."""
    overdue: float = 10.0
    """How long an operation may take beyond its own timeout before the adapter is said to hang."""


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a history comes from: the check, the run and what it ran on; `names` maps the program's to the real ones."""

    check: str
    run: str
    target: str
    names: dict[str, str]
    calibration: Calibration
    program: msgspec.Raw = msgspec.Raw(b"null")
    capabilities: dict[str, str] = msgspec.field(default_factory=dict)
    access_point: str = ""

    def offers(self, capability: str) -> bool:
        """Tell whether the implementation offers an optional part."""
        return self.capabilities.get(capability, "absent") != "absent"


class History(msgspec.Struct, frozen=True, dict=True):
    """The entries of one run of one program, in the order of their invocations."""

    origin: Origin
    entries: tuple[Entry, ...]

    def of(self, *kinds: type[Operation]) -> Sequence[Entry]:
        """Return the entries whose operation is one of these kinds."""
        found = self._known.get(kinds)
        if found is None:
            there = [kind for kind in self._by_kind if _is_of(kind, kinds)]
            if len(there) == 1:
                found = tuple(self._by_kind[there[0]])
            else:
                found = tuple(entry for entry in self.entries if type(entry.op) in there) if there else ()
            self._known[kinds] = found
        return found

    @cached_property
    def _by_kind(self) -> dict[type[Operation], list[Entry]]:
        found: dict[type[Operation], list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[type(entry.op)].append(entry)
        return found

    @cached_property
    def _known(self) -> dict[Any, Any]:
        """What was found out about it already; it never changes."""
        return {}

    def by(self, client: str) -> list[Entry]:
        """Return the entries of one client."""
        return [entry for entry in self.entries if entry.client == client]

    def real(self, name: str) -> str:
        """Return the real name of what the program calls `name`."""
        return self.origin.names.get(name, name)

    @cached_property
    def problems(self) -> list[Entry]:
        """The entries in which the adapter broke its contract."""
        return [entry for entry in self.entries if entry.problem]


@cache
def _is_of(kind: type[Operation], kinds: tuple[type[Operation], ...]) -> bool:
    return issubclass(kind, kinds)


def once(find: Callable[[History], tuple[T, ...]]) -> Callable[[History], tuple[T, ...]]:
    """Have something found out once about each history, however many checkers ask for it."""

    @wraps(find)
    def found(history: History) -> tuple[T, ...]:
        known = history._known  # noqa: SLF001 - a part of History that its own methods use too
        there = known.get(find)
        if there is None:
            there = known[find] = find(history)
        return there

    return found


@once
def gets(history: History) -> tuple[Entry, ...]:
    """Return the answers of futures: a null whose cause was told afterwards is the failure that the cause says."""
    found: dict[int, Entry] = {}
    nulls: dict[str, list[Entry]] = defaultdict(list)
    for entry in history.of(SendAsync, SendBatchAsync, Get, GetThrowable):
        if isinstance(entry.op, Get):
            found[entry.index] = entry
            if entry.outcome is Outcome.OK and entry.result is None:
                nulls[entry.op.on].append(entry)
        elif isinstance(entry.op, GetThrowable):
            for null in nulls[entry.op.on] if isinstance(entry.result, Error) else ():
                found[null.index] = msgspec.structs.replace(null, outcome=Outcome.FAIL, error=entry.result)
        elif isinstance(entry.op, SendAsync | SendBatchAsync):
            nulls.pop(entry.op.future, None)
    return tuple(found.values())


class _Head(msgspec.Struct, frozen=True):
    format: str
    origin: Origin


class _StoredEntry(Entry, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"null")


class _Tail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entries: int
    check: int
    """The CRC-32 of every line before, with its end."""


def save(history: History, path: Path) -> None:
    """Write a history to a file that did not exist or is replaced as a whole."""
    encode = msgspec.json.Encoder().encode
    lines = [encode(_Head(FORMAT, history.origin)), *map(encode, history.entries)]
    whole = b"\n".join(lines) + b"\n"
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(whole + encode(_Tail(len(history.entries), crc32(whole))) + b"\n")
    draft.replace(path)


def load(path: Path) -> History:
    """Read a stored history.

    Raises DamagedFile, with the line, where it is truncated, damaged, out of order, or of an unknown version.
    """
    history, damage = read(path)
    if damage:
        raise DamagedFile(
            f"{path}: {damage}",
            expected=f"a whole history as the kit writes it ({FORMAT})",
            remedy="judge it with --partial to see what its undamaged part shows",
        )
    return history


def read(path: Path) -> tuple[History, str]:
    """Read what is undamaged of a stored history; return it and what is wrong with the rest, if anything.

    A line that is damaged, or stands where it does not belong, is left out; what follows it is read all the same.

    Raises DamagedFile where not even the header can be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DamagedFile(
            f"{path}: {error.strerror}",
            expected="a history file that can be read",
            remedy="name a file of a report's histories/",
        ) from None
    origin = _origin(path, lines[0] if lines else b"")
    entries: list[Entry] = []
    damage: list[str] = []
    expected = 0
    for number, line in enumerate(lines[1:], start=2):
        try:
            entry = _entry(line)
        except _DAMAGE as error:
            tail = _tail(line)
            if tail is not None:
                damage = damage or [_end(tail, len(entries), number, lines)]
                break
            damage.append(f"line {number} is damaged: {error}")
            expected += 1
            continue
        if entry.index != expected:
            damage.append(f"line {number} is entry {entry.index}, expected entry {expected}")
        if not entries or entry.index > entries[-1].index:
            entries.append(entry)
            expected = entry.index + 1
    else:
        damage.append(f"it ends after line {len(lines)} without its last line")
    told = damage[:MOST_TOLD] + ([f"and {len(damage) - MOST_TOLD} more"] if len(damage) > MOST_TOLD else [])
    return History(origin, tuple(entries)), "; ".join(told)


MOST_TOLD = 5
"""Of how many places of damage is told."""


def _end(tail: _Tail, entries: int, number: int, lines: Sequence[bytes]) -> str:
    """Say what is wrong with a history whose last line is that of this number, if anything is."""
    if tail.entries != entries:
        return f"line {number} promises {tail.entries} entries, {entries} are there"
    if number != len(lines):
        return f"line {number} is the last, but more lines follow"
    if tail.check != crc32(b"".join(line + b"\n" for line in lines[:-1])):
        return f"line {number} has the checksum of other lines: one of them was changed"
    return ""


def _origin(path: Path, line: bytes) -> Origin:
    try:
        head = msgspec.json.decode(line, type=_Head)
    except _DAMAGE as error:
        raise DamagedFile(
            f"{path}: line 1 is no header of a history: {error}",
            expected=f'a first line with "format": "{FORMAT}"',
            remedy="name a file of a report's histories/, undamaged",
        ) from None
    if head.format != FORMAT:
        raise DamagedFile(
            f"{path}: a history of the unknown format {head.format!r}",
            expected=FORMAT,
            remedy="use the version of the kit that wrote it",
        )
    return head.origin


_DAMAGE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises: for a byte that is no UTF-8, and for lists without end, not an error of its own."""
_decode_entry = msgspec.json.Decoder(_StoredEntry).decode
_decode_tail = msgspec.json.Decoder(_Tail).decode


def _entry(line: bytes) -> Entry:
    stored = _decode_entry(line)
    values = {field: getattr(stored, field) for field in Entry.__struct_fields__}
    values["result"] = (
        None if bytes(stored.result) == b"null" else msgspec.json.decode(stored.result, type=stored.op.returns)
    )
    return Entry(**values)


def _tail(line: bytes) -> _Tail | None:
    try:
        return _decode_tail(line)
    except _DAMAGE:
        return None


class Delivery(msgspec.Struct, frozen=True):
    """One message that reached a client, pulled or pushed, and the entry in which it did."""

    entry: Entry
    message: Message
    consumer: str

    @property
    def mark(self) -> str | None:
        """The kit's mark on the message, if it is still there."""
        value = self.message.properties.get(MARK)
        return str(value.value) if value is not None else None


@once
def deliveries(history: History) -> tuple[Delivery, ...]:
    """Return every message that reached a client, in the order of the entries."""
    return tuple(_deliveries(history))


def _deliveries(history: History) -> Iterator[Delivery]:
    for entry in history.entries:
        if isinstance(entry.op, Deliver):
            for message in entry.op.messages:
                yield Delivery(entry, message, entry.op.on)
        elif entry.result and entry.op.handle is Handle.CONSUMER:
            if isinstance(entry.result, Message):
                yield Delivery(entry, entry.result, entry.op.on)
            elif isinstance(entry.result, tuple) and entry.op.returns == tuple[Message, ...] | None:
                for message in entry.result:
                    yield Delivery(entry, message, entry.op.on)
