"""The same reading of a history in columns, by loops that numba compiles: the optional extra `numba`.

What numpy does in many passes over a block, these loops do in few. Each is compiled at its first call, and kept on disk.
A column that was not recorded comes to them as one without rows. They are short on purpose: so a processor waits for the
memory of many turns at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np

from tck.checkers.log import LOOSE, NONE, ORDERED, REFUSED, Log
from tck.columns import TABLES, Array, Block

_SEEN = 4
"""Beyond every state: an ordered message that was delivered, plus the number of the partition that it came from."""
_PHANTOM, _REPEATED, _DISORDER, _SKIPPED, _REREAD, _MISCOUNTED = range(6)
_READ, _ORDERED, _TOLD = range(3)
_UNSEEN = 0xFFFFFFFF
_CHUNK = 4096
"""Deliveries at a time: what the loops read and write of them stays in a processor's cache."""
_NOTHING = {name: np.frombuffer(b"", kind) for columns in TABLES.values() for name, kind in columns.items()}


def _loop(function: Callable[..., Any]) -> Callable[..., Any]:
    return cast("Callable[..., Any]", numba.njit(cache=True, nogil=True)(function))


def _given(block: Block, *names: str) -> list[Array]:
    there = block.columns
    return [there[name] if name in there else _NOTHING[name] for name in names]


class CompiledLog(Log):
    """What is remembered of the sends and of the deliveries, read by compiled loops."""

    def read(self) -> None:
        """Read both."""
        most = max((block.rows for blocks in self.columns.tables.values() for block in blocks), default=0)
        self._rows, self._found = np.empty((6, most), np.uint32), np.zeros(6, np.int64)
        self._extent = self._measured()
        # Where each producer's messages begin and the next one's do; those that sent nothing have none.
        self._bases = np.full((1 << 16) + 1, self.messages, np.uint64)
        self._bases[: len(self.bases)] = self.bases
        # The last one is of whatever was not sent.
        self._known = np.empty(self.messages + 1, np.min_scalar_type(_SEEN + self._extent[1]))
        self._known[-1] = REFUSED
        self.state = self._known[:-1]
        self.not_read()
        self._seen = np.zeros(3, np.int64)
        super().read()
        if self.order.numbers is None:
            self.moved = self._seen[_READ] > np.count_nonzero(self.positions.last >= 0)
            self.compared = self._seen[_ORDERED] > np.count_nonzero(self.order.last >= 0)
            self.told |= self._seen[_TOLD] > 0
        self._settle()

    def _send(self, block: Block) -> None:
        state = self.state[block.first : block.first + block.rows]
        if _sends(*_given(block, "invoked", "completed", "outcome"), state):
            self.watch(block["completed"] < block["invoked"], "send", block)
        self._loosen(block)

    def _forget(self) -> None:
        self._seen[_READ] -= np.count_nonzero(self.positions.last >= 0)
        self._seen[_ORDERED] -= np.count_nonzero(self.order.last >= 0)
        super()._forget()

    def _measured(self) -> tuple[int, int, int]:
        consumers = partitions = 1
        for block in self.columns.tables["deliveries"]:
            consumers, partitions, zero = _most(*_given(block, "consumer", "partition", "count"), consumers, partitions)
            self.least = 0 if zero else self.least
        return consumers, partitions, max(len(self.sizes), 1)

    def _shape(self) -> tuple[int, int, int]:
        return self._extent

    def _deliver(self, block: Block) -> None:
        if self.order.numbers is not None:
            super()._deliver(block)  # too many groups for tables
            return
        given = _given(block, "time", "position", "sequence", "producer", "consumer", "partition", "count")
        skipping = not (self.columns.has("sends", "transaction") or self.columns.has("sends", "lifetime"))
        if _deliveries(
            *given, self.last_delivery, block.first, self._found, self._rows, self._seen, self._extent, self._bases,
            self._known, self.first, self.positions.last, self.order.last, self.least, skipping,
        ):  # fmt: skip
            self._compare_times(block)
        self.last_delivery = int(block["time"][-1])
        kinds = (self.phantom, self.repeated, self.disorder, self.skipped, self.reread, self.miscounted)
        found = self._found.tolist()
        usual = block.rows - found[_PHANTOM] - found[_REPEATED] - found[_MISCOUNTED]
        self.told |= self.counted and usual > 0
        for kind, rows, number in zip(kinds, self._rows, found, strict=True):
            if number:
                kind.append(rows[:number].copy())

    def _settle(self) -> None:
        self._missing: dict[int, Array] = {}
        self._several, self._twice = np.zeros(self.messages + 1, bool), False
        where = np.zeros(self.messages + 1, self._known.dtype)
        for block in self.columns.tables["sends"]:
            state = self.state[block.first : block.first + block.rows]
            number, twice = _settled(
                *_given(block, "key"), state, self.seen(block), where, self._several, self._rows[0]
            )
            self._twice |= twice
            if number:
                self._missing[block.first] = self._rows[0, :number].copy()

    def scattered(self) -> tuple[Array, bool]:
        """Tell of each key whether its messages came from several partitions, and whether any key had two messages."""
        return (self._several, self._twice) if self.order.numbers is None else super().scattered()

    def undelivered(self, block: Block) -> Array:
        """Return which of a block's sends were accepted, and came to nobody."""
        return self._missing.get(block.first, NONE).astype(np.int64)

    def acknowledgements(self, block: Block, wanted: Array) -> tuple[Array, int]:
        """Return which of a block's acknowledgements are of wanted deliveries, and when the last was accepted (or -1)."""
        given = _given(block, "invoked", "completed", "delivery", "outcome")
        number, falls, last = _acknowledgements(*given, wanted, self._rows[0])
        if falls:
            self.watch(block["completed"] < block["invoked"], "acknowledgement", block)
        return self._rows[0, :number].astype(np.int64), last


@_loop
def _sends(invoked: Array, completed: Array, outcome: Array, state: Array) -> int:
    """Note what is known of each message; return how often the clock went back."""
    falls = 0
    for n in range(len(state)):
        falls += completed[n] < invoked[n]
        state[n] = outcome[n]
    return falls


@_loop
def _most(consumer: Array, partition: Array, count: Array, consumers: int, partitions: int) -> tuple[int, int, bool]:
    """Return how many of each there are, with those known before, and whether a delivery count is 0."""
    zero = False
    for n in range(len(consumer)):
        consumers = max(consumers, consumer[n] + 1)
    for n in range(len(partition)):
        partitions = max(partitions, partition[n] + 1)
    for n in range(len(count)):
        zero |= count[n] == 0
    return consumers, partitions, zero


@_loop
def _note(row: int, kind: int, rows: Array, found: Array) -> None:
    rows[kind, found[kind]] = row
    found[kind] += 1


@_loop
def _deliveries(
    time: Array, position: Array, sequence: Array, producer: Array, consumer: Array, partition: Array, count: Array,
    last: int, start: int, found: Array, *rest: Any,
) -> int:  # fmt: skip
    """Note the deliveries that are odd, and what was seen; return how often the clock went back."""
    found[:] = 0
    falls = int(time[0] < last)
    for n in range(1, len(time)):
        falls += time[n] < time[n - 1]
    for low in range(0, len(time), _CHUNK):
        part = slice(low, low + _CHUNK)
        _some_deliveries(
            position[part], sequence[part], producer[part], consumer[part], partition[part], count[part],
            start + low, found, *rest,
        )  # fmt: skip
    return falls


@_loop
def _some_deliveries(
    position: Array, sequence: Array, producer: Array, consumer: Array, partition: Array, count: Array,
    start: int, found: Array, rows: Array, seen: Array, extent: tuple[int, int, int], bases: Array, known: Array,
    first: Array, positions: Array, order: Array, least: int, skipping: bool,  # noqa: FBT001 - loops take no keywords
) -> None:  # fmt: skip
    number = len(sequence)
    read, ordered, told = 0, 0, False
    ids, groups, states = np.empty(number, np.uint32), np.empty(number, np.uint32), np.empty(number, np.uint8)
    for n in range(number):
        groups[n] = np.uint32(consumer[n]) * np.uint32(extent[1])
    for n in range(len(partition)):
        groups[n] += partition[n]
    for n in range(len(position)):
        now, before = position[n], positions[np.uint64(groups[n])]
        if now != before + 1:
            if now < 0:
                continue
            if before >= now:
                _note(start + n, _REREAD, rows, found)
            elif before >= 0 and skipping:
                _note(start + n, _SKIPPED, rows, found)
        positions[np.uint64(groups[n])] = now
        read += 1
    for n in range(number):
        sender = np.uint64(producer[n])
        message = bases[sender] + sequence[n]
        ids[n] = message if message < bases[sender + np.uint64(1)] else len(known) - 1
    for n in range(number):
        message = np.uint64(ids[n])
        state = known[message]
        states[n] = state
        if state == ORDERED:
            known[message] = _SEEN + (partition[n] if len(partition) else 0)
        elif state == REFUSED:
            _note(start + n, _PHANTOM, rows, found)
        elif state >= _SEEN or first[message] != _UNSEEN:
            _note(start + n, _REPEATED, rows, found)
            told |= len(count) > 0 and count[n] >= 0
            states[n] = REFUSED
        else:
            first[message] = start + n
    for n in range(number):
        if states[n] == ORDERED:
            first[np.uint64(ids[n])] = start + n
    odd = 0
    for n in range(len(count)):
        odd += count[n] != least
    for n in range(len(count) if odd else 0):
        if count[n] != least and states[n] != REFUSED:
            _note(start + n, _MISCOUNTED, rows, found)
            told |= count[n] >= 0
    for n in range(number):
        groups[n] = groups[n] * np.uint32(extent[2]) + producer[n]
    for n in range(number):
        if states[n] == ORDERED:
            now, before = np.int64(sequence[n]), order[np.uint64(groups[n])]
            if now < before:
                _note(start + n, _DISORDER, rows, found)
            order[np.uint64(groups[n])] = max(now, before)
            ordered += 1
    seen[_READ] += read
    seen[_ORDERED] += ordered
    seen[_TOLD] += told


@_loop
def _settled(key: Array, known: Array, first: Array, where: Array, several: Array, rows: Array) -> tuple[int, bool]:
    """Leave each message its state alone; note the keys that came from several partitions.

    Return how many accepted messages came to nobody, now the first of the rows, and whether a key came twice.
    """
    number, twice = 0, False
    for n in range(len(known)):
        now = known[n]
        if now >= _SEEN:
            known[n] = ORDERED
            if len(key) and key[n] != 0:
                before = where[key[n]]
                twice |= before != 0
                if before != now:
                    several[key[n]] = before != 0 or several[key[n]]
                    where[key[n]] = now
        elif now in (ORDERED, LOOSE) and first[n] == _UNSEEN:
            rows[number] = n
            number += 1
    return number, twice


@_loop
def _acknowledgements(
    invoked: Array, completed: Array, delivery: Array, outcome: Array, wanted: Array, rows: Array
) -> tuple[int, int, int]:
    """Return how many are of wanted deliveries, how often the clock went back, and the last accepted one."""
    number, falls, last = 0, 0, -1
    for n in range(len(delivery)):
        falls += completed[n] < invoked[n]
        if outcome[n] == ORDERED:
            last = max(last, completed[n])
        if delivery[n] < len(wanted) and wanted[delivery[n]]:
            rows[number] = n
            number += 1
    return number, falls, last
