"""Histories in columns: their file, every damage of it with its place, and what a history of operations becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tck import columns
from tck.checkers import bulk
from tck.checkers.conversion import columns_of
from tck.checkers.log import Log
from tck.columns import NEVER, TABLES, Columns, Kind, Origin
from tck.errors import DamagedFile
from tck.history import History
from tck.messages import ExtensionHeader
from tck.operations import Reply, Stop
from tck.selftest.columnar import agree, generated, readings
from tck.selftest.histories import (
    REFUSED,
    TIMEOUT,
    ack,
    context_ack,
    did,
    got,
    history,
    nothing,
    oneway,
    pushed,
    quiet,
    send,
)
from tck.verdicts import Verdict

SENDS, DELIVERIES, BLOCK = 100, 90, 16


def stored(path: Path) -> Columns:
    """Store a history of seven blocks of sends, six of deliveries, two of acknowledgements."""
    sent = np.arange(SENDS)
    came = np.arange(DELIVERIES)
    tables = {
        "consumers": {"gone": [NEVER, NEVER]},
        "sends": {"invoked": sent, "completed": sent + 5, "outcome": np.zeros(SENDS), "key": sent % 7},
        "deliveries": {"time": came + 200, "sequence": came, "producer": came * 0, "consumer": came % 2},
        "acks": {"invoked": came[:20] + 300, "completed": came[:20] + 301, "delivery": came[:20], "outcome": [0] * 20},
    }
    made = Columns.of(Origin("stored", (SENDS,), listened=1000), tables, BLOCK)
    columns.save(made, path)
    return made


def same(one: Columns, other: Columns) -> bool:
    """Tell whether two hold the same."""
    return one.origin == other.origin and all(
        one.names[table] == other.names[table]
        and all(np.array_equal(one.whole(table, c), other.whole(table, c)) for c in one.names[table])
        for table in TABLES
    )


def places(path: Path) -> dict[tuple[str, int], tuple[int, int]]:
    """Return where each block of a file lies."""
    data = np.fromfile(path, "u1")
    head, start = columns._head(path, data)
    return {(table, first): (begin, end) for table, first, begin, end in columns._places(head, start)}


def test_what_is_stored_is_mapped_again(tmp_path: Path) -> None:
    path = tmp_path / "h"
    assert same(stored(path), columns.load(path))
    assert columns.written(path)
    assert [p.name for p in tmp_path.iterdir()] == ["h"]


@pytest.mark.parametrize("reading", readings())
@pytest.mark.parametrize("seed", range(50))
def test_any_history_is_stored_and_judged_alike(tmp_path: Path, seed: int, reading: type[Log]) -> None:
    made = generated(seed, 14)
    columns.save(made, tmp_path / "h")
    mapped = columns.load(tmp_path / "h")
    assert same(made, mapped)
    assert bulk.judge(made) == bulk.judge(made, reading) == bulk.judge(mapped, reading)


@pytest.mark.parametrize("reading", readings())
@pytest.mark.parametrize("part", range(1, 40))
def test_a_file_that_is_cut_off_says_where(tmp_path: Path, part: int, reading: type[Log]) -> None:
    path = tmp_path / "h"
    stored(path)
    whole, blocks = path.read_bytes(), places(path)
    size = len(whole) * part // 40
    path.write_bytes(whole[:size])
    first_block = min(begin for begin, _ in blocks.values())
    if size < first_block:
        with pytest.raises(DamagedFile, match=str(path)):
            columns.read(path)
        return
    with pytest.raises(DamagedFile, match=f"it ends at byte {size}, within ") as caught:
        columns.load(path)
    assert "--partial" in caught.value.remedy
    kept, damage = columns.read(path)
    assert damage.startswith(f"it ends at byte {size}, within ")
    whole_rows = dict.fromkeys(TABLES, 0)
    for (table, first), (_, end) in blocks.items():
        if end <= size:
            whole_rows[table] = first + min(BLOCK, {"sends": SENDS, "deliveries": DELIVERIES}.get(table, 20) - first)
    assert {t: kept.rows(t) for t in ("sends", "deliveries", "acks")} == {
        t: whole_rows[t] for t in ("sends", "deliveries", "acks")
    }
    assert len(bulk.judge(kept, reading)) == len(Kind)
    assert bulk.judge(kept, reading) == bulk.judge(kept, Log)


def test_every_byte_that_changes_shows(tmp_path: Path) -> None:
    path = tmp_path / "h"
    stored(path)
    whole, blocks = path.read_bytes(), places(path)
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        found = [name for name, (begin, end) in blocks.items() if begin <= place < end]
        if not found and place >= 32 + int.from_bytes(whole[20:24], "little"):
            continue  # what fills the header up says nothing
        words = (
            str(path)
            if not found
            else f"byte {blocks[found[0]][0]}: {found[0][0]} from row {found[0][1]}: its checksum"
        )
        with pytest.raises(DamagedFile, match=words):
            columns.load(path)


@pytest.mark.parametrize("reading", readings())
def test_a_damaged_block_leaves_the_rest_to_be_read(tmp_path: Path, reading: type[Log]) -> None:
    path = tmp_path / "h"
    stored(path)
    data = bytearray(path.read_bytes())
    data[places(path)["deliveries", 32][0] + 40] ^= 1
    path.write_bytes(data)
    kept, damage = columns.read(path)
    assert "deliveries from row 32: its checksum is another" in damage
    assert (kept.rows("sends"), kept.rows("deliveries"), kept.rows("acks")) == (SENDS, DELIVERIES - BLOCK, 20)
    assert len(bulk.judge(kept, reading)) == len(Kind)
    assert bulk.judge(kept, reading) == bulk.judge(kept, Log)


@pytest.mark.parametrize("reading", readings())
@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda whole, begin, end: whole[:begin] + whole[end:], (SENDS - BLOCK, 90, 20)),
        (lambda whole, begin, end: whole[:end] + whole[begin:], (SENDS, 90, 20)),
        (lambda whole, begin, _: whole[:begin] + b"!" + whole[begin:], (SENDS, 90, 20)),
    ],
    ids=["a block is missing", "a block is there twice", "a byte too much"],
)
def test_what_follows_a_gap_is_found(
    tmp_path: Path, change: Callable[[bytes, int, int], bytes], kept: tuple[int, ...], reading: type[Log]
) -> None:
    path = tmp_path / "h"
    stored(path)
    begin, end = places(path)["sends", 32]
    path.write_bytes(change(path.read_bytes(), begin, end))
    found, damage = columns.read(path)
    assert "sends from row" in damage
    assert tuple(found.rows(table) for table in ("sends", "deliveries", "acks")) == kept
    assert bulk.judge(found, reading) == bulk.judge(found, Log)
    with pytest.raises(DamagedFile):
        columns.load(path)


@pytest.mark.parametrize("reading", readings())
def test_what_is_left_without_its_transactions_is_judged(tmp_path: Path, reading: type[Log]) -> None:
    path = tmp_path / "h"
    sends = {"invoked": [0], "completed": [1], "outcome": [0], "transaction": [1]}
    tables = {"sends": sends, "transactions": {"ended": [5], "outcome": [1]}}
    columns.save(Columns.of(Origin("x", (1,)), tables), path)
    data = bytearray(path.read_bytes())
    data[places(path)["transactions", 0][0] + 40] ^= 1
    path.write_bytes(data)
    found, damage = columns.read(path)
    assert "transactions from row 0" in damage
    assert len(bulk.judge(found, reading)) == len(Kind)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: [*b[:3], *b[4:]], "expected 16 sends from row 32, came 16 sends from row 48"),
        (lambda b: [*b[:3], b[4], b[3], *b[5:]], "expected 16 sends from row 32, came 16 sends from row 48"),
        (lambda b: [*b[:3], b[2], *b[3:]], "expected 16 sends from row 32, came 16 sends from row 16"),
        (lambda b: [*b, b"more"], "4 bytes follow the last block"),
    ],
    ids=["a gap", "out of order", "one twice", "more"],
)
def test_a_gap_and_another_order_are_told(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], words: str
) -> None:
    path = tmp_path / "h"
    stored(path)
    whole = path.read_bytes()
    blocks = [whole[begin:end] for begin, end in places(path).values()]
    path.write_bytes(whole[: len(whole) - sum(map(len, blocks))] + b"".join(change(blocks)))
    with pytest.raises(DamagedFile, match=words):
        columns.load(path)


def test_two_records_that_change_places_show(tmp_path: Path) -> None:
    path = tmp_path / "h"
    stored(path)
    data = bytearray(path.read_bytes())
    time = places(path)["deliveries", 0][0] + 32
    data[time : time + 8], data[time + 8 : time + 16] = data[time + 8 : time + 16], data[time : time + 8]
    path.write_bytes(data)
    with pytest.raises(DamagedFile, match="deliveries from row 0: its checksum is another"):
        columns.load(path)


def test_a_message_whose_send_cannot_be_read_is_no_phantom(tmp_path: Path) -> None:
    path = tmp_path / "h"
    stored(path)
    data = bytearray(path.read_bytes())
    data[places(path)["sends", 16][0] + 40] ^= 1
    path.write_bytes(data)
    kept, damage = columns.read(path)
    assert "sends from row 16" in damage
    assert (kept.rows("sends"), kept.rows("deliveries")) == (SENDS - BLOCK, DELIVERIES)
    assert bulk.judge(kept)[Kind.PHANTOM].verdict is Verdict.PASS


def test_words_that_change_places_in_a_large_block_show(tmp_path: Path) -> None:
    path = tmp_path / "h"
    sent = np.arange(5000)
    sends = {"invoked": sent, "completed": sent + 5, "outcome": sent * 0}
    columns.save(Columns.of(Origin("large", (5000,)), {"sends": sends}), path)
    whole = path.read_bytes()
    begin = places(path)["sends", 0][0] + 32
    for one, other in ((0, 1), (0, 509), (100, 612), (3, 4999), (7, 9000)):
        words = np.frombuffer(whole[begin : begin + 80_000], "u8").copy()
        words[[one, other]] = words[[other, one]]
        path.write_bytes(whole[:begin] + words.tobytes() + whole[begin + 80_000 :])
        with pytest.raises(DamagedFile, match="sends from row 0: its checksum is another"):
            columns.load(path)


def rewritten(path: Path, **changes: object) -> None:
    """Change a file's header, its checksum with it."""
    data = path.read_bytes()
    head, start = columns._head(path, np.frombuffer(data, "u1"))
    text = msgspec.json.encode({**msgspec.to_builtins(head), **changes})
    prefix = np.array((columns.MAGIC, columns.VERSION, len(text), columns.zlib.crc32(text)), columns._PREFIX).tobytes()
    path.write_bytes(prefix + text.ljust(columns._padded(len(text)), b"\0") + data[start:])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"origin": {"source": "x", "producers": [99]}}, "100 sends, but the producers sent 99"),
        ({"origin": {"source": "x", "producers": [-1, 101]}}, "but the producers sent"),
        ({"origin": {"source": "x"}}, "missing required field `producers`"),
        ({"origin": {"source": "x", "producers": [100], "asks": ["manners"]}}, "manners"),
        ({"tables": {}}, "not the tables of this version"),
        ({"block": 0}, "not the tables of this version"),
    ],
)
def test_a_header_that_contradicts_itself_is_told(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    path = tmp_path / "h"
    stored(path)
    rewritten(path, **changes)
    with pytest.raises(DamagedFile, match=words):
        columns.read(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"oms-tck", "no header"),
        (columns.MAGIC + b"\x09\0\0\0" + bytes(12), "unknown version 9"),
        (columns.MAGIC + b"\x01\0\0\0" + bytes(8), "no header"),
        (b"\x7fELF" + bytes(100), "no header"),
    ],
)
def test_what_is_no_history_in_columns_is_told(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "h"
    path.write_bytes(data)
    with pytest.raises(DamagedFile, match=words):
        columns.load(path)
    with pytest.raises(DamagedFile):
        columns.load(tmp_path / "none")


ROW = {"invoked": [0], "completed": [1], "outcome": [0]}


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({}, "0 sends, but the producers sent 1"),
        ({"sends": {"invoked": [0]}}, "expected those of"),
        ({"sends": {**ROW, "colour": [1]}}, "expected those of"),
        ({"sends": {**ROW, "outcome": [0, 0]}}, "not of one length"),
        ({"sends": {**ROW, "outcome": [3]}}, "outcome 3 in row 0"),
        ({"sends": {**ROW, "key": [2]}}, "key 2 in row 0"),
        ({"sends": ROW, "acks": {**ROW, "delivery": [0]}}, "delivery 0 in row 0"),
        ({"sends": {**ROW, "delay": [-1]}}, "delay -1 in row 0"),
        ({"sends": {**ROW, "lifetime": [1 << 62]}}, "lifetime 4611686018427387904 in row 0"),
        ({"sends": ROW, "consumers": {"gone": [0] * 65_537}}, "65537 consumers, expected 65536 at most"),
    ],
)
def test_columns_that_do_not_fit_are_refused(tables: dict[str, dict[str, list[int]]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Columns.of(Origin("x", (1,)), tables)


# Histories of operations --------------------------------------------------------------------------------------------


def kinds(of: History) -> dict[Verdict, set[Kind]]:
    """Return the kinds by their verdict."""
    made = columns_of(of)
    agree(made)
    found = bulk.judge(made)
    return {v: {kind for kind, finding in found.items() if finding.verdict is v} for v in Verdict}


def key(name: str, **rest: int) -> ExtensionHeader:
    """Return the header of a message with a key."""
    return ExtensionHeader(message_key=name, **rest)


def end(moment: int = 10_000) -> object:
    """Listen long in vain."""
    return nothing(at=(moment, moment + 1000))


@pytest.mark.parametrize(
    ("of", "wrong"),
    [
        (history(), set()),
        (history(send(1), send(2), got(1), got(2), end()), set()),
        (history(send(1), send(2), got(1), end()), {Kind.LOST}),
        (history(send(1), send(2), got(1), did(Stop()), end()), set()),
        (history(send(1), send(2, unknown=True), got(1), end()), set()),
        (history(send(1), send(2, error=REFUSED), got(1), got(2), end()), set()),
        (history(send(1), send(2, error=TIMEOUT), got(1), got(2), end()), set()),
        (history(send(1), oneway(2), got(1), end()), set()),
        (history(send(1), got(1), got(7), end()), {Kind.PHANTOM}),
        (history(send(1), got(1), got(1), end()), {Kind.DUPLICATED}),
        (history(send(1), got(1), ack("r1"), got(1), end()), {Kind.REDELIVERED}),
        (history(send(1), got(1), ack("r1", error=REFUSED), got(1), end()), set()),
        (history(send(1), got(1), did(Stop()), got(1, "d"), end()), set()),
        (history(send(1), got(1), did(Stop()), got(1), got(1), end()), {Kind.DUPLICATED}),
        (history(send(1), pushed(1), context_ack(2), pushed(1), end()), {Kind.REDELIVERED}),
        (history(send(1), pushed(1), pushed(1), quiet(at=(10_000, 11_000))), set()),
        (history(send(1), pushed(1, reply=Reply.ACK), pushed(1), quiet(at=(10_000, 11_000))), {Kind.DUPLICATED}),
        (history(send(1), got(1, delivery_count=3), end()), {Kind.WRONG_COUNT}),
        (history(send(1), got(1, delivery_count=10**9), end()), {Kind.WRONG_COUNT}),
        (
            history(send(1, extension=key("k")), send(2, extension=key("k")), got(2), got(1), end()),
            {Kind.REORDERED_KEY},
        ),
        (
            history(
                send(1), send(2), got(2, extension=key("", partition=3, offset=5)),
                got(1, extension=key("", partition=3, offset=5)), end(),
            ),
            {Kind.REORDERED_PARTITION, Kind.REREAD},
        ),
        (history(send(1), got(1, mark=False, message_id="id-1", body=b"x"), end()), set()),
    ],
)  # fmt: skip
def test_a_history_of_operations_becomes_columns(of: History, wrong: set[Kind]) -> None:
    assert kinds(of)[Verdict.FAIL] == wrong


def test_an_empty_history_of_operations_is_unknown() -> None:
    assert kinds(history())[Verdict.PASS] == set()
