"""What is stored and read again: histories, programs, results; and what a damaged one is called."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tck import history as histories
from tck import programs, report
from tck.errors import DamagedFile
from tck.history import History
from tck.messages import Binary, Boolean, Double, Float, Integer, Long, Short, String
from tck.operations import Attributes, CurrentState, GetThrowable, IsDone, LifeState, ListQueues
from tck.programs import Drain, Program, ReceiveUntil, producer, puller, pusher
from tck.programs import send as send_step
from tck.selftest.histories import (
    REFUSED,
    ack,
    batch,
    context_ack,
    did,
    got,
    got_batch,
    history,
    nothing,
    pushed,
    send,
)
from tck.selftest.test_session import certified

VALUES = {
    "s": String('é\u2028"\\\n\x00'), "b": Binary(bytes(range(256))), "i16": Short(-1), "i32": Integer(2), "i64": Long(3),
    "f": Float("-0.0"), "d": Double("nan"), "t": Boolean(value=True),
}  # fmt: skip
WHOLE = history(
    send(1, properties=VALUES), batch(2, 3), got(1, properties=VALUES), ack("r1"), nothing(), got_batch(2, 3),
    pushed(3, many=True), context_ack(7), did(CurrentState(), result=LifeState.STARTED),
    did(ListQueues(), result=("q", "r")), did(Attributes(on="ap"), result={"REGION": "r"}),
    did(IsDone(), "f", result=False), did(GetThrowable(), "f", result=REFUSED), send(4, unknown=True),
    send(5, problem="it raised"), got(9, body=None, extension=None),
)  # fmt: skip
PROGRAM = Program.of(producer("p", send_step("q", properties=VALUES)), queues=("q", "r")).then(
    puller("c", "q", ReceiveUntil(1), Drain()), pusher("d", "r", batch=True)
)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Store a history."""
    path = tmp_path / "h.jsonl"
    histories.save(WHOLE, path)
    return path


def test_a_history_is_read_as_it_was_written(stored: Path) -> None:
    assert histories.load(stored) == WHOLE
    assert histories.read(stored) == (WHOLE, "")
    assert not list(stored.parent.glob("*.part"))


def test_every_truncation_of_a_history_shows_itself(stored: Path) -> None:
    whole = stored.read_bytes()
    header = whole.index(b"\n")
    for length in range(header + 1, len(whole) - 1, 37):
        stored.write_bytes(whole[:length])
        with pytest.raises(DamagedFile) as caught:
            histories.load(stored)
        assert caught.value.exit_code == 2
        assert "--partial" in caught.value.remedy
        part, damage = histories.read(stored)
        assert damage
        assert part.entries == WHOLE.entries[: len(part.entries)]


def test_without_a_header_nothing_can_be_read(stored: Path) -> None:
    whole = stored.read_bytes()
    for length in range(0, whole.index(b"\n"), 29):
        stored.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match="line 1 is no header of a history"):
            histories.read(stored)


def swapped(two: list[bytes]) -> list[bytes]:
    """Return two lines of entries, each with the number of the other."""
    first, second = (msgspec.json.decode(line) for line in two)
    return [
        msgspec.json.encode(second | {"index": first["index"]}),
        msgspec.json.encode(first | {"index": second["index"]}),
    ]


def lines(change: Callable[[list[bytes]], Any]) -> Callable[[bytes], bytes]:
    """Return what changes the lines of a file."""

    def changed(whole: bytes) -> bytes:
        found = whole.splitlines()
        change(found)
        return b"\n".join(found) + b"\n"

    return changed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: b"", "line 1 is no header"),
        (lambda _: b"\xff\xfe\x00", "line 1 is no header"),
        (lambda w: w.replace(b"history/2", b"history/1"), "unknown format 'oms-tck/history/1'"),
        (lines(lambda all_: all_.__setitem__(4, b"rubbish")), "line 5 is damaged"),
        (lines(lambda all_: all_.__setitem__(4, b"[" * 100_000)), "line 5 is damaged"),
        (lines(lambda all_: all_.__setitem__(4, b'{"index":3}')), "line 5 is damaged"),
        (lines(lambda all_: all_.__setitem__(4, b"\xff\xfe")), "line 5 is damaged"),
        (lambda w: w.replace(b'"do":"send_batch"', b'"do":"explode"'), "line 4 is damaged"),
        (lambda w: w.replace(b'"result":"STARTED"', b'"result":"ASLEEP"'), "is damaged"),
        (lambda w: w.replace(b'"outcome":"ok"', b'"outcome":"fine"', 1), "line 2 is damaged"),
        (lines(lambda all_: all_.insert(3, all_.pop(4))), "line 4 is entry 3, expected entry 2"),
        (lambda w: re.sub(rb'"invoked":(\d)', rb'"invoked":1\1', w, count=1), "the checksum of other lines"),
        (lines(lambda all_: all_.__setitem__(slice(3, 5), swapped(all_[3:5]))), "the checksum of other lines"),
        (lines(lambda all_: all_.pop(3)), "line 4 is entry 3, expected entry 2"),
        (lines(lambda all_: all_.pop(-2)), "promises 17 entries, 16 are there"),
        (lines(lambda all_: all_.append(all_[-1])), "is the last, but more lines follow"),
        (lines(lambda all_: all_.pop()), "without its last line"),
    ],
)
def test_damage_to_a_history_is_named(stored: Path, change: Callable[[bytes], bytes], words: str) -> None:
    stored.write_bytes(change(stored.read_bytes()))
    with pytest.raises(DamagedFile) as caught:
        histories.load(stored)
    assert words in caught.value.came
    assert str(stored) in caught.value.came
    assert caught.value.expected
    assert caught.value.remedy


def test_what_is_undamaged_of_a_history_is_read(stored: Path) -> None:
    whole = histories.load(stored).entries
    damaged = stored.read_bytes().splitlines()
    damaged[4] = damaged[7] = b"rubbish"
    damaged.append(damaged.pop(10))
    stored.write_bytes(b"\n".join(damaged[:-2]))
    history, damage = histories.read(stored)
    assert history.entries == tuple(entry for entry in whole if entry.index not in {3, 6, 9})
    assert "line 5 is damaged" in damage
    assert "line 8 is damaged" in damage
    assert "line 11 is entry 10, expected entry 9" in damage
    assert "without its last line" in damage


@pytest.mark.parametrize("load", [histories.load, programs.load, report.load])
def test_what_is_not_there_is_named(tmp_path: Path, load: Callable[[Path], object]) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(DamagedFile) as caught:
            load(path)
        assert str(path) in caught.value.came
        assert caught.value.expected
        assert caught.value.remedy


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Save a program."""
    path = tmp_path / "p.json"
    programs.save(PROGRAM, path, check="test_x::y", target="memory", seed=7)
    return path


def test_a_program_is_read_as_it_was_written(saved: Path) -> None:
    found = programs.load(saved)
    assert (found.program, found.check, found.target, found.seed) == (PROGRAM, "test_x::y", "memory", 7)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Save the results of a run."""
    path = tmp_path / "results.json"
    report.save(certified(), path)
    return path


def test_results_are_read_as_they_were_written(results: Path) -> None:
    assert report.load(results) == certified()
    assert b'"format": "oms-tck/results/1"' in results.read_bytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: b"", "truncated"),
        (lambda _: b"null", "got `null`"),
        (lambda _: b"[" * 100_000, ""),
        (lambda _: b"{}", "missing required field `format`"),
        (lambda _: b'{"format":"\xff"}', ""),
        (lambda w: w[: len(w) // 2], "truncated"),
        (lambda w: w + b"{}", "trailing characters"),
        (lambda w: w.replace(b"/1", b"/9", 1), "unknown format"),
        (lambda w: w.replace(b"/1", b"/9", 1).replace(b'"seed"', b'"salt"'), "unknown format"),
        (lambda w: w.replace(b'"seed"', b'"salt"'), "missing required field `seed`"),
    ],
)
@pytest.mark.parametrize("kind", ["program", "results"])
def test_damage_to_programs_and_results_is_named(
    saved: Path, results: Path, kind: str, change: Callable[[bytes], bytes], words: str
) -> None:
    path, load = (saved, programs.load) if kind == "program" else (results, report.load)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DamagedFile) as caught:
        load(path)
    assert words in caught.value.came
    assert caught.value.expected
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["history", "program", "results"])
def test_random_damage_is_named_or_harmless(stored: Path, saved: Path, results: Path, kind: str) -> None:
    path, load = {
        "history": (stored, histories.load),
        "program": (saved, programs.load),
        "results": (results, report.load),
    }[kind]
    whole = path.read_bytes()
    chance = random.Random(0)
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            load(path)
        except DamagedFile as error:
            assert error.came  # noqa: PT017 - either is right


def test_a_name_that_the_program_never_used_is_its_own() -> None:
    assert History(WHOLE.origin, ()).real("other") == "other"
