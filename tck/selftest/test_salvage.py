"""What is left of a damaged history in columns: every undamaged block is read and judged, every damaged one is named."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tck import columns
from tck.checkers import bulk
from tck.checkers.log import Log
from tck.columns import TABLES, Columns, Kind, Origin
from tck.errors import DamagedFile
from tck.salvage import NAMED
from tck.selftest.columnar import generated, readings
from tck.selftest.test_columns import BLOCK, DELIVERIES, SENDS, places, stored
from tck.verdicts import Verdict


def spoilt(path: Path, *blocks: tuple[str, int], at: int = 40) -> None:
    """Change a byte of each of these blocks."""
    data = bytearray(path.read_bytes())
    for block in blocks:
        data[places(path)[block][0] + at] ^= 1
    path.write_bytes(data)


def rows(found: Columns) -> tuple[int, ...]:
    """Return how many sends, deliveries and acknowledgements are there."""
    return tuple(found.rows(table) for table in ("sends", "deliveries", "acks"))


@pytest.mark.parametrize("reading", readings())
@pytest.mark.parametrize(
    ("blocks", "left"),
    [
        ([("sends", 32)], (SENDS - BLOCK, DELIVERIES, 20)),
        ([("sends", 16), ("sends", 64)], (SENDS - 2 * BLOCK, DELIVERIES, 20)),
        ([("sends", 0), ("deliveries", 32), ("deliveries", 48)], (SENDS - BLOCK, DELIVERIES - 2 * BLOCK, 20)),
        ([("sends", 96), ("acks", 0)], (96, DELIVERIES, 4)),
        ([("consumers", 0), ("deliveries", 0)], (SENDS, DELIVERIES - BLOCK, 20)),
    ],
)
def test_blocks_that_are_damaged_are_named_and_the_others_read(
    tmp_path: Path, blocks: list[tuple[str, int]], left: tuple[int, ...], reading: type[Log]
) -> None:
    path = tmp_path / "h"
    made = stored(path)
    where = places(path)
    spoilt(path, *blocks)
    found, damage = columns.read(path)
    for table, first in blocks:
        assert f"byte {where[table, first][0]}: {table} from row {first}: its checksum is another" in damage
    assert damage.count("byte") == len(blocks)
    assert rows(found) == left
    for table, kept in found.tables.items():
        for one in kept:
            for column in one.columns:
                rest = made.whole(table, column)[one.first : one.first + one.rows]
                assert np.array_equal(one[column], rest)
    assert len(bulk.judge(found, reading)) == len(Kind)
    assert bulk.judge(found, reading) == bulk.judge(found, Log)


def test_a_length_that_cannot_be_read_costs_its_block_alone(tmp_path: Path) -> None:
    path = tmp_path / "h"
    stored(path)
    whole, (begin, _) = path.read_bytes(), places(path)["sends", 48]
    for length in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x11\0\0\0"):
        path.write_bytes(whole[: begin + 24] + length + whole[begin + 28 :])
        found, damage = columns.read(path)
        assert f"byte {begin}: sends from row 48: " in damage
        assert rows(found) == (SENDS - BLOCK, DELIVERIES, 20)


def test_without_the_length_of_the_header_nothing_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "h"
    stored(path)
    data = bytearray(path.read_bytes())
    data[20:24] = b"\xff\xff\xff\x7f"
    path.write_bytes(data)
    with pytest.raises(DamagedFile, match="a damaged header"):
        columns.read(path)


def test_a_damaged_block_and_an_end_that_is_missing_are_both_told(tmp_path: Path) -> None:
    path = tmp_path / "h"
    stored(path)
    where = places(path)
    spoilt(path, ("sends", 32))
    end = where["deliveries", 64][0] + 50
    path.write_bytes(path.read_bytes()[:end])
    found, damage = columns.read(path)
    assert f"byte {where['sends', 32][0]}: sends from row 32: its checksum" in damage
    assert f"it ends at byte {end}, within deliveries from row 64" in damage
    assert rows(found) == (SENDS - BLOCK, 64, 0)


def test_what_follows_a_block_without_its_end_is_found(tmp_path: Path) -> None:
    path = tmp_path / "h"
    stored(path)
    data, (begin, end) = path.read_bytes(), places(path)["sends", 32]
    path.write_bytes(data[: begin + 60] + data[end - 3 :])
    found, damage = columns.read(path)
    assert f"byte {begin}: sends from row 32" in damage
    assert "sends from row 48" in damage
    assert rows(found) == (SENDS - BLOCK, DELIVERIES, 20)


def test_of_many_damaged_blocks_the_first_are_named(tmp_path: Path) -> None:
    path = tmp_path / "h"
    sent = np.arange(1000)
    columns.save(
        Columns.of(
            Origin("many", (1000,)), {"sends": {"invoked": sent, "completed": sent, "outcome": sent * 0}}, BLOCK
        ),
        path,
    )
    spoilt(path, *(("sends", first) for first in range(0, 800, BLOCK)))
    found, damage = columns.read(path)
    assert damage.count("its checksum is another") == NAMED
    assert f"and {50 - NAMED} more blocks" in damage
    assert found.rows("sends") == 200


@pytest.mark.parametrize("reading", readings())
@pytest.mark.parametrize("seed", range(25))
def test_whatever_blocks_are_left_are_judged_alike(tmp_path: Path, seed: int, reading: type[Log]) -> None:
    path, chance = tmp_path / "h", random.Random(seed)
    columns.save(generated(seed, 14), path)
    blocks = list(places(path))
    spoilt(path, *chance.sample(blocks, chance.randint(1, len(blocks))), at=0)
    found, damage = columns.read(path)
    assert "byte" in damage
    assert bulk.judge(found, reading) == bulk.judge(found, Log)


@pytest.mark.parametrize("reading", readings())
def test_nothing_follows_on_what_was_read_before_a_gap(tmp_path: Path, reading: type[Log]) -> None:
    path = tmp_path / "h"
    count = 6 * BLOCK
    sent = np.arange(count)
    # What came in the third block comes again after it, rightly: its consumer was gone.
    sequence = np.r_[sent[: 3 * BLOCK], sent[2 * BLOCK :]]
    came = np.arange(len(sequence))
    gone = (came >= 3 * BLOCK).astype(int)
    deliveries = {
        "time": came + 200, "sequence": sequence, "producer": came * 0, "consumer": gone, "position": sequence,
        "partition": came * 0,
    }  # fmt: skip
    sends = {"invoked": sent, "completed": sent + 5, "outcome": sent * 0}
    tables = {"consumers": {"gone": [200 + 3 * BLOCK, columns.NEVER]}, "sends": sends, "deliveries": deliveries}
    columns.save(Columns.of(Origin("gap", (count,), listened=10_000), tables, BLOCK), path)
    spoilt(path, ("deliveries", BLOCK))
    found, _ = columns.read(path)
    judged = bulk.judge(found, reading)
    for kind in (Kind.PHANTOM, Kind.DUPLICATED, Kind.SKIPPED, Kind.REORDERED_PARTITION):
        assert judged[kind].verdict is not Verdict.FAIL, judged[kind]
    assert {table: found.extent(table) for table in TABLES}["deliveries"] == len(sequence)
