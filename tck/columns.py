"""A history of millions of messages as columns of numbers, and its storage: a file that is mapped, not read.

A message is its producer's number and its number in that producer's sequence; its row among the sends is its dense id.
The file is a header (format, version, counts, checksum), then each table in blocks of rows, in which a column's values
lie together. Where each block must lie follows from the header alone, and each names its table, its first row and a
checksum: a file that is cut off, lacks a block, or holds blocks or records in another order, shows where.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterator, Mapping
from enum import IntEnum, StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from tck.errors import DamagedFile
from tck.salvage import Damage, Marks

Array = npt.NDArray[Any]

MAGIC = b"oms-tck/columns\n"
VERSION = 1
BLOCK = 32_768
"""Rows of a block: few enough for a processor's cache, enough that numpy's calls cost nothing."""
NEVER = 1 << 62
"""The time of what never happened; all times are ns of a monotonic clock."""
LONGEST = 1 << 60
"""The longest span of time, in ns."""
MOST = 1 << 16
"""How many producers, and how many consumers, can be told apart."""


class Code(IntEnum):
    """An outcome (of a send, an acknowledgement, a transaction) as a number; a transaction that failed is aborted."""

    OK = 0
    FAIL = 1
    UNKNOWN = 2


class Kind(StrEnum):
    """The ways in which a delivery can be wrong, kept apart."""

    LOST = "lost"
    PHANTOM = "phantom"
    ABORTED = "aborted but delivered"
    DUPLICATED = "duplicated"
    REORDERED_PARTITION = "reordered in a partition"
    REORDERED_KEY = "reordered in a key"
    REDELIVERED = "redelivered after acknowledgement"
    WRONG_COUNT = "wrong delivery count"
    SKIPPED = "skipped position"
    REREAD = "reread position"
    VISIBLE = "visible before commit"
    EARLY = "early"
    LATE = "late"
    EXPIRED = "expired but delivered"


TABLES: dict[str, dict[str, str]] = {
    "consumers": {"gone": "<i8"},
    "transactions": {"ended": "<i8", "outcome": "<u1"},
    "sends": {
        "invoked": "<i8",
        "completed": "<i8",
        "delay": "<i8",
        "lifetime": "<i8",
        "key": "<u4",
        "transaction": "<u4",
        "outcome": "<u1",
    },
    "deliveries": {
        "time": "<i8",
        "called": "<i8",
        "position": "<i8",
        "sequence": "<u4",
        "producer": "<u2",
        "consumer": "<u2",
        "partition": "<u2",
        "count": "<i2",
    },
    "acks": {"invoked": "<i8", "completed": "<i8", "delivery": "<u4", "outcome": "<u1"},
}
"""Every table with its columns and their types, in the order of the file.

consumers: one a session; when it was `gone` without having acknowledged what it held, NEVER for one that was not.
transactions: when commit or rollback was called (NEVER: neither), and the outcome; numbered from 1.
sends: by producer, then sequence; `delay` and `lifetime` in ns after the send, 0 is none; `key` and `transaction` 0 is none.
deliveries: as they were logged; `called` is when the client began to ask, where that is not `time`; a `position` or
`count` (the delivery count that came with the message) of -1 is none.
acks: of the delivery in row `delivery`; one that failed gave the message back.
"""

OPTIONAL = {"delay", "lifetime", "key", "transaction", "called", "position", "partition", "count"}
"""The columns that a history may lack."""


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the columns come from, how many messages each producer sent, and what they are asked; times in ns.

    Consumers listened from `since` until `listened`; what is not there `patience` after it could be is lost; what comes more than
    `tolerance` after it should is late.
    """

    source: str
    producers: tuple[int, ...]
    since: int = 0
    listened: int = 0
    patience: int = 0
    tolerance: int = 0
    asks: tuple[Kind, ...] = tuple(Kind)


class Block(msgspec.Struct, frozen=True):
    """Some rows of a table: the number of the first, how many, and their columns."""

    first: int
    rows: int
    columns: Mapping[str, Array]

    def __getitem__(self, column: str) -> Array:
        """Return a column."""
        return self.columns[column]


class Columns(msgspec.Struct, frozen=True, dict=True):
    """The tables of one history, in blocks of `block` rows; of a damaged one some may be missing."""

    origin: Origin
    names: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, tuple[Block, ...]]
    block: int = BLOCK

    @classmethod
    def of(cls, origin: Origin, tables: Mapping[str, Mapping[str, Any]], block: int = BLOCK) -> Columns:
        """Return columns that hold these values; a table that is not named has no rows.

        Raises ValueError where a column is missing, unknown or not as long as the others, or a number names nothing.
        """
        names: dict[str, tuple[str, ...]] = {}
        blocks: dict[str, tuple[Block, ...]] = {}
        for table, types in TABLES.items():
            given = tables.get(table, {column: () for column in types if column not in OPTIONAL})
            names[table] = tuple(column for column in types if column in given)
            if set(given) != set(names[table]) or not set(types) - OPTIONAL <= set(given):
                raise ValueError(f"{table} has the columns {sorted(given)}; expected those of {sorted(types)}")
            arrays = {column: np.ascontiguousarray(given[column], types[column]).view() for column in names[table]}
            for array in arrays.values():
                array.flags.writeable = False
            rows = {len(array) for array in arrays.values()}
            if len(rows) != 1:
                raise ValueError(f"the columns of {table} are not of one length: {sorted(rows)}")
            blocks[table] = tuple(
                Block(first, min(block, max(rows) - first), {c: a[first : first + block] for c, a in arrays.items()})
                for first in range(0, max(rows), block)
            )
        made = cls(origin, names, blocks, block)
        if wrong := _beyond(origin, made.rows("consumers")):
            raise ValueError(wrong)
        if made.rows("sends") != sum(origin.producers):
            raise ValueError(f"{made.rows('sends')} sends, but the producers sent {sum(origin.producers)}")
        counts = {table: made.rows(table) for table in TABLES}
        for table in TABLES:
            for one in made.tables[table]:
                if wrong := _impossible(one, counts):
                    raise ValueError(f"{table} from row {one.first}: {wrong}")
        return made

    def rows(self, table: str) -> int:
        """Return how many rows of a table are there."""
        return sum(block.rows for block in self.tables[table])

    def has(self, table: str, column: str) -> bool:
        """Tell whether a column was recorded."""
        return column in self.names[table]

    def extent(self, table: str) -> int:
        """Return the number after that of the last row that is there."""
        blocks = self.tables[table]
        return blocks[-1].first + blocks[-1].rows if blocks else 0

    def whole(self, table: str, column: str, missing: int = 0) -> Array:
        """Return a copy of a whole column, with a value in the place of what is missing."""
        values = np.full(self.extent(table), missing, TABLES[table][column])
        for block in self.tables[table]:
            values[block.first : block.first + block.rows] = block[column]
        return values

    def take(self, table: str, column: str, rows: Array) -> Array:
        """Return a column's values in some rows; 0 for one that is missing."""
        values = np.zeros(len(rows), TABLES[table][column])
        number = rows // self.block
        for which in np.flatnonzero(np.bincount(number)).tolist():
            if (block := self._numbered[table].get(which)) is not None:
                there = number == which
                values[there] = block[column][rows[there] - block.first]
        return values

    @cached_property
    def _numbered(self) -> dict[str, dict[int, Block]]:
        """The blocks of each table by their numbers, of which some may be missing."""
        return {table: {one.first // self.block: one for one in blocks} for table, blocks in self.tables.items()}


def _beyond(origin: Origin, consumers: int) -> str:
    """Say which number of a history is greater than can be told apart, if one is."""
    for what, number in (("producers", len(origin.producers)), ("consumers", consumers)):
        if number > MOST:
            return f"{number} {what}, expected {MOST} at most"
    for name in ("patience", "tolerance"):
        if not 0 <= getattr(origin, name) <= LONGEST:
            return f"a {name} of {getattr(origin, name)}, expected 0 to {LONGEST} ns"
    return ""


def _impossible(block: Block, counts: Mapping[str, int]) -> str:
    """Say which number of a block names nothing, if one does."""
    limits = {
        "outcome": len(Code),
        "key": counts["sends"] + 1,
        "transaction": counts["transactions"] + 1,
        "consumer": counts["consumers"],
        "delivery": counts["deliveries"],
    }
    for column, values in block.columns.items():
        if column in {"delay", "lifetime"} and block.rows and not 0 <= values.min() <= values.max() <= LONGEST:
            worst = int(values.argmin() if values.min() < 0 else values.argmax())
            return f"{column} {values[worst]} in row {block.first + worst}, expected 0 to {LONGEST} ns"
        if column in limits and block.rows and (most := int(values.max())) >= limits[column]:
            return f"{column} {most} in row {block.first + int(values.argmax())}, expected less than {limits[column]}"
    return ""


# The file -----------------------------------------------------------------------------------------------------------


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rows: int
    columns: tuple[str, ...]


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    origin: Origin
    block: int
    tables: dict[str, _Table]


_MOST_ROWS = (1 << 32) - 1
"""What the numbers of rows, of 32 bits, can tell apart from none."""
_PREFIX = np.dtype([("magic", "S16"), ("version", "<u4"), ("length", "<u4"), ("check", "<u8")])
_MARK = np.dtype([("table", "S16"), ("first", "<u8"), ("rows", "<u4"), ("check", "<u4")])
_NAME = _MARK["table"].itemsize


def _padded(size: int) -> int:
    return -(-size // 8) * 8


def _check(data: Array, mark: bytes) -> int:
    """Return a block's checksum, at the speed of memory.

    Its words are summed in lanes of two widths without a common divisor, so that words that change places show, too.
    """
    words = data.view("<u8")
    check = zlib.crc32(mark)
    for width in (509, 512):
        whole = len(words) // width * width
        lanes = words[:whole].reshape(-1, width).sum(0, dtype="<u8")
        check = zlib.crc32(words[whole:].tobytes(), zlib.crc32(lanes.tobytes(), check))
    return check


def save(columns: Columns, path: Path) -> None:
    """Write columns to a file that did not exist or is replaced as a whole."""
    tables = {table: _Table(columns.rows(table), columns.names[table]) for table in TABLES}
    text = msgspec.json.encode(_Head(columns.origin, columns.block, tables))
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        file.write(np.array((MAGIC, VERSION, len(text), zlib.crc32(text)), _PREFIX).tobytes())
        file.write(text.ljust(_padded(len(text)), b"\0"))
        for table, blocks in columns.tables.items():
            for block in blocks:
                parts = [block[column].tobytes() for column in columns.names[table]]
                data = np.frombuffer(b"".join(part.ljust(_padded(len(part)), b"\0") for part in parts), "u1")
                mark = np.array((table, block.first, block.rows, 0), _MARK)
                mark["check"] = _check(data, mark.tobytes())
                file.write(mark.tobytes())
                file.write(data.data)
    draft.replace(path)


def written(path: Path) -> bool:
    """Tell whether a file begins as `save` writes it."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def load(path: Path) -> Columns:
    """Map a stored history; its pages are read as they are needed.

    Raises DamagedFile, with the place, where it is truncated, damaged, out of order, or of an unknown version.
    """
    columns, damage = read(path)
    if damage:
        raise DamagedFile(
            f"{path}: {damage}",
            expected=f"a whole history in columns as the kit writes it (version {VERSION})",
            remedy="judge it with --partial to see what its undamaged part shows",
        )
    return columns


def read(path: Path) -> tuple[Columns, str]:
    """Map what is undamaged of a stored history, block by block; return it and what is wrong.

    Where a block is not where it must be it is looked for elsewhere: something may be missing, or too much.

    Raises DamagedFile where not even the header can be read.
    """
    data = _mapped(path)
    head, start = _head(path, data)
    tables: dict[str, list[Block]] = {table: [] for table in TABLES}
    damage, moved, ended = Damage(), "", ""
    counts = {table: head.tables[table].rows for table in TABLES}
    marks = Marks(
        data, start, [_mark(table, 0, 0)[:_NAME] for table in TABLES], _MARK.itemsize - _MARK["check"].itemsize
    )
    shift, end = 0, start
    for table, first, begin, end in _places(head, start):
        rows = min(head.block, counts[table] - first)
        wrong = _wrong(head, table, first, data[begin + shift : end + shift], counts)
        if wrong:
            for elsewhere in marks.of(_mark(table, first, rows)):
                if not _wrong(head, table, first, data[elsewhere : elsewhere + end - begin], counts):
                    moved = moved or f"byte {begin}: {table} from row {first}: {wrong}; it is at byte {elsewhere}"
                    shift, wrong = elsewhere - begin, ""
                    break
        if not wrong:
            tables[table].append(_block(head, table, first, rows, data[begin + shift + _MARK.itemsize : end + shift]))
        elif end + shift <= len(data):
            damage.add(f"byte {begin + shift}: {table} from row {first}: {wrong}")
        else:
            ended = ended or (
                f"it ends at byte {len(data)}, within {table} from row {first} (bytes {begin} to {end}): "
                f"of {counts[table]} {table}, {sum(block.rows for block in tables[table])} are there"
            )
    said = [text for text in (moved, damage.said(), ended) if text]
    if not said and len(data) != end:
        said = [f"byte {end}: {len(data) - end} bytes follow the last block"]
    names = {table: head.tables[table].columns for table in TABLES}
    columns = Columns(head.origin, names, {table: tuple(blocks) for table, blocks in tables.items()}, head.block)
    return columns, "; ".join(said)


def _mark(table: str, first: int, rows: int) -> bytes:
    """Return what marks a block, without its checksum."""
    return np.array((table, first, rows, 0), _MARK).tobytes()[: -_MARK["check"].itemsize]


def _wrong(head: _Head, table: str, first: int, data: Array, counts: Mapping[str, int]) -> str:
    """Say what is wrong with the bytes of a block, if anything is."""
    rows = min(head.block, counts[table] - first)
    size = _size(head, table, rows)
    if len(data) < size:
        return f"the file ends after {len(data)} of its {size} bytes"
    block = _block(head, table, first, rows, data[_MARK.itemsize :])
    return _unlike(table, first, rows, data) or _impossible(block, counts)


def _mapped(path: Path) -> Array:
    try:
        with path.open("rb") as file:
            return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), "u1")
    except (OSError, ValueError) as error:
        raise DamagedFile(
            f"{path}: {error.strerror if isinstance(error, OSError) else 'it is empty'}",
            expected="a history file that can be read",
            remedy="name a history in columns",
        ) from None


def _head(path: Path, data: Array) -> tuple[_Head, int]:
    """Return the header and where the first block begins."""
    raw = data[: _PREFIX.itemsize].tobytes()
    wrong = ""
    if len(raw) < _PREFIX.itemsize or raw[: len(MAGIC)] != MAGIC:
        wrong = "no header of a history in columns"
    else:
        prefix = np.frombuffer(raw, _PREFIX)[0]
        text = data[_PREFIX.itemsize : _PREFIX.itemsize + int(prefix["length"])].tobytes()
        if prefix["version"] != VERSION:
            wrong = f"a history in columns of the unknown version {prefix['version']}"
        elif zlib.crc32(text) != prefix["check"]:
            wrong = f"a damaged header: the checksum of its {prefix['length']} bytes is another"
        else:
            try:
                head = msgspec.json.decode(text, type=_Head)
            except msgspec.MsgspecError as error:
                wrong = f"a header with wrong contents: {error}"
            else:
                wrong = _inconsistent(head)
    if wrong:
        raise DamagedFile(
            f"{path}: {wrong}",
            expected=f"{MAGIC.decode().strip()}, version {VERSION}, and its counts",
            remedy="name an undamaged history in columns, or use the version of the kit that wrote it",
        )
    return head, _PREFIX.itemsize + _padded(len(text))


def _inconsistent(head: _Head) -> str:
    if set(head.tables) != set(TABLES) or head.block < 1:
        return "a header with wrong contents: not the tables of this version"
    for table, types in TABLES.items():
        columns = head.tables[table].columns
        known = tuple(column for column in types if column in columns)
        if columns != known or not set(types) - OPTIONAL <= set(columns):
            return f"a header with wrong contents: {table} has the columns {', '.join(columns)}"
        if not 0 <= head.tables[table].rows < _MOST_ROWS:
            return f"a header with wrong contents: {head.tables[table].rows} {table}"
    if wrong := _beyond(head.origin, head.tables["consumers"].rows):
        return f"a header with wrong contents: {wrong}"
    sent = sum(head.origin.producers)
    if min(head.origin.producers, default=0) < 0 or sent != head.tables["sends"].rows:
        return f"a header with wrong contents: {head.tables['sends'].rows} sends, but the producers sent {sent}"
    return ""


def _places(head: _Head, start: int) -> Iterator[tuple[str, int, int, int]]:
    """Yield each block's table and first row, and where in the file it must begin and end."""
    for table in TABLES:
        total = head.tables[table].rows
        for first in range(0, total, head.block):
            end = start + _size(head, table, min(head.block, total - first))
            yield table, first, start, end
            start = end


def _size(head: _Head, table: str, rows: int) -> int:
    """Return how many bytes a block of so many rows has."""
    widths = (np.dtype(TABLES[table][column]).itemsize for column in head.tables[table].columns)
    return _MARK.itemsize + sum(_padded(width * rows) for width in widths)


def _block(head: _Head, table: str, first: int, rows: int, data: Array) -> Block:
    columns: dict[str, Array] = {}
    place = 0
    for column in head.tables[table].columns:
        kind = np.dtype(TABLES[table][column])
        columns[column] = data[place : place + rows * kind.itemsize].view(kind)
        place += _padded(rows * kind.itemsize)
    return Block(first, rows, columns)


def _unlike(table: str, first: int, rows: int, data: Array) -> str:
    """Say how a block is not the one that is expected here, if it is not."""
    mark = data[: _MARK.itemsize].view(_MARK)[0]
    came = (bytes(mark["table"]).decode("ascii", "replace"), int(mark["first"]), int(mark["rows"]))
    whole = mark.copy()
    whole["check"] = 0
    if _check(data[_MARK.itemsize :], whole.tobytes()) != mark["check"]:
        return "its checksum is another"
    if came != (table, first, rows):
        return f"expected {rows} {table} from row {first}, came {came[2]} {came[0]} from row {came[1]}"
    return ""
