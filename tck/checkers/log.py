"""One reading of a history in columns, a block at a time, and the few bytes a message that are remembered of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tck.columns import NEVER, Array, Block, Code, Columns

UNSEEN = np.uint32(0xFFFFFFFF)
"""The first delivery of a message that was not delivered."""
ORDERED, REFUSED, PERHAPS, LOOSE = *(int(code) for code in Code), len(Code)
"""What is known of a message: accepted and in order; refused; perhaps accepted; accepted, in no order with others."""
_MOST_GROUPS = 1 << 22
NONE = np.empty(0, np.int64)


class Log:
    """What is remembered of the sends and of the deliveries.

    Of each message its `state` and the row of its `first` delivery; of the deliveries the rows that are a `phantom`,
    `repeated`, in `disorder` (with an earlier one of the same consumer, partition and producer), `skipped` or `reread`,
    or first ones that are `miscounted`: their count is not `least`, which is 0 where the first delivery counts as none.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.sizes = np.array(columns.origin.producers, np.int64)
        self.bases = np.cumsum(self.sizes) - self.sizes
        self.messages = int(self.sizes.sum())
        self.partitioned = columns.has("deliveries", "partition")
        self.keyed = columns.has("sends", "key")
        self.gone = np.full(1 << 16, NEVER)
        gone = columns.whole("consumers", "gone", NEVER)
        self.gone[: len(gone)] = gone
        self.outcomes = np.r_[np.uint8(Code.UNKNOWN), columns.whole("transactions", "outcome", Code.UNKNOWN)]
        self.ended = np.r_[NEVER, columns.whole("transactions", "ended", NEVER)]
        self.state = np.empty(self.messages, np.uint8)
        self.not_read()
        self.first = np.full(self.messages, UNSEEN, np.uint32)
        self.partition = np.zeros(self.messages if self.keyed and self.partitioned else 0, np.uint16)
        self.phantom: list[Array] = []
        self.repeated: list[Array] = []
        self.disorder: list[Array] = []
        self.skipped: list[Array] = []
        self.reread: list[Array] = []
        self.counted = columns.has("deliveries", "count")
        self.least = 1
        self.told = False
        self.miscounted: list[Array] = []
        self.went_back = ""
        self.compared = False
        self.moved = False
        self.last_delivery = -1

    @property
    def no_positions(self) -> str:
        """Why nothing can be said of positions, if nothing can."""
        return "" if self.moved else "no consumer read two positions of a partition"

    def transaction(self, block: Block) -> Array:
        """Return the transactions of a block of sends; those that were not read as one without an outcome."""
        given = block["transaction"]
        missing = int(given.max()) + 1 - len(self.ended)
        if missing > 0:
            self.ended = np.r_[self.ended, np.full(missing, NEVER)]
            self.outcomes = np.r_[self.outcomes, np.full(missing, Code.UNKNOWN, np.uint8)]
        return given

    def read(self) -> None:
        """Read both."""
        for block in self.columns.tables["sends"]:
            self._send(block)
        self.mixed = bool(self.state.max(initial=ORDERED))
        shape = self._shape()
        self.order, self.positions = Groups(self.columns, shape), Groups(self.columns, shape[:2])
        expected = 0
        for block in self.columns.tables["deliveries"]:
            if block.first != expected:
                self._forget()
            self._deliver(block)
            expected = block.first + block.rows

    def not_read(self) -> None:
        """Take the messages whose sends are missing for perhaps accepted."""
        if self.columns.rows("sends") < self.messages:
            self.state[:] = PERHAPS

    def _forget(self) -> None:
        """Forget what was read before a gap: nothing that comes after it follows on that."""
        self.order.last[:] = -1
        self.positions.last[:] = -1

    def _send(self, block: Block) -> None:
        self.state[block.first : block.first + block.rows] = block["outcome"]
        self._loosen(block)
        self.watch(block["completed"] < block["invoked"], "send", block)

    def _loosen(self, block: Block) -> None:
        state = self.state[block.first : block.first + block.rows]
        for column in ("delay", "transaction"):
            if self.columns.has("sends", column):
                state[(state == ORDERED) & (block[column] != 0)] = LOOSE

    def watch(self, back: Array, what: str, block: Block) -> None:
        """Note where a clock went back first."""
        if not self.went_back and back.any():
            self.went_back = f"the clock went back at {what} {block.first + int(back.argmax())}"

    def _shape(self) -> tuple[int, int, int]:
        most = {"consumer": 0, "partition": 0, "producer": 0}
        for block in self.columns.tables["deliveries"]:
            for column in most.keys() & block.columns.keys():
                most[column] = max(most[column], int(block[column].max()))
            if self.counted and not block["count"].all():
                self.least = 0
        return most["consumer"] + 1, most["partition"] + 1, most["producer"] + 1

    def ids(self, block: Block) -> tuple[Array, Array]:
        """Return the dense ids of a block's deliveries, and which of them are of known messages."""
        producer, sequence = block["producer"], block["sequence"]
        if not len(self.sizes):
            return np.zeros(block.rows, np.int64), np.zeros(block.rows, bool)
        number = np.minimum(producer, len(self.sizes) - 1).astype(np.intp)
        known = sequence < self.sizes.take(number)
        known &= producer < len(self.sizes)
        ids = self.bases.take(number)
        ids += sequence
        if not known.all():
            ids[~known] = 0
        if self.mixed:
            known &= self.state.take(ids) != REFUSED
        return ids, known

    def _deliver(self, block: Block) -> None:
        self._compare_times(block)
        self.last_delivery = int(block["time"][-1])
        self._move(block)
        ids, known = self.ids(block)
        rows = np.arange(block.first, block.first + block.rows, dtype=np.uint32)
        chosen = slice(None) if known.all() else np.flatnonzero(known)
        if not isinstance(chosen, slice):
            self.phantom.append(rows[~known])
            ids, rows = ids[chosen], rows[chosen]
        fresh = self._fresh(ids, rows)
        if self.counted:
            count = block["count"][chosen]
            self.told = self.told or bool((count >= 0).any())
            odd = fresh & (count != self.least)
            if odd.any():
                self.miscounted.append(rows[odd])
        if self.mixed:
            fresh &= self.state.take(ids) == ORDERED
        if not fresh.all():
            kept = np.flatnonzero(fresh)
            ids, rows = ids[kept], rows[kept]
            chosen = kept if isinstance(chosen, slice) else chosen[kept]
        self._in_order(block, ids, rows, chosen)

    def _compare_times(self, block: Block) -> None:
        time = block["time"]
        back = np.empty(block.rows, bool)
        back[0] = time[0] < self.last_delivery
        np.less(time[1:], time[:-1], out=back[1:])
        self.watch(back, "delivery", block)

    def _fresh(self, ids: Array, rows: Array) -> Array:
        """Tell which of these deliveries are the first of their messages."""
        seen = self.first.take(ids)
        fresh = seen == UNSEEN
        if fresh.all():
            self.first[ids] = rows
        else:
            self.first[ids[fresh]] = rows[fresh]
        now: Array = self.first.take(ids) == rows
        if not now.all():
            # Two in one block: the later one was written last, and gives way to the earlier.
            np.minimum.at(self.first, ids[fresh], rows[fresh])
            now = self.first.take(ids) == rows
            self.repeated.append(rows[~now])
        return now

    def _in_order(self, block: Block, ids: Array, rows: Array, chosen: Array | slice) -> None:
        if not len(ids):
            return
        if len(self.partition):
            self.partition[ids] = block["partition"][chosen]
        order, group, starts = self.order.together(self.order.of(block)[chosen])
        sequence = block["sequence"][chosen].take(order)
        before = self.order.last.take(group[starts])
        self.compared |= len(starts) < len(group) or bool((before >= 0).any())
        falls = sequence[1:] < sequence[:-1]
        falls[starts[1:] - 1] = False
        ends = np.r_[starts[1:], len(group)] - 1
        if falls.any() or (sequence[starts] < before).any():
            most = running(sequence.astype(np.int64), starts, before, np.maximum)
            self.disorder.append(rows[order[sequence < most]])
            self.order.last[group[starts]] = np.maximum(most[ends], sequence[ends])
        else:
            self.order.last[group[starts]] = sequence[ends]

    def _move(self, block: Block) -> None:
        """Compare each position with the one that its consumer read before in the partition."""
        if not self.columns.has("deliveries", "position"):
            return
        position = block["position"]
        chosen = slice(None) if position.min() >= 0 else np.flatnonzero(position >= 0)
        position = position[chosen]
        if not len(position):
            return
        group = self.positions.of(block)[chosen]
        step = np.empty(len(group), np.int64)
        np.subtract(position[1:], position[:-1], out=step[1:])
        # Only where another group's run begins is the position before not that of the row before.
        heads = begins(group)
        order, run, starts = self.positions.together(group[heads])
        tail = position[np.r_[heads[1:], len(group)] - 1].take(order)
        before = np.empty(len(order), np.int64)
        before[1:] = tail[:-1]
        before[starts] = self.positions.last.take(run[starts])
        step[heads[order]] = np.where(before < 0, 1, position[heads[order]] - before)
        self.moved |= len(heads) < len(group) or bool((before >= 0).any())
        self.positions.last[run[starts]] = tail[np.r_[starts[1:], len(run)] - 1]
        if (step != 1).any():
            row = np.arange(block.rows)[chosen]
            self.reread.append(block.first + row[step < 1])
            if not (self.columns.has("sends", "transaction") or self.columns.has("sends", "lifetime")):
                # A commit takes a position of its own, and what expired or was aborted is passed over rightly.
                self.skipped.append(block.first + row[step > 1])

    def seen(self, block: Block) -> Array:
        """Return the rows of the first deliveries of a block of sends."""
        return self.first[block.first : block.first + block.rows]

    def undelivered(self, block: Block) -> Array:
        """Return which of a block's sends were accepted, and came to nobody."""
        return np.flatnonzero((block["outcome"] == Code.OK) & (self.seen(block) == UNSEEN))

    def acknowledgements(self, block: Block, wanted: Array) -> tuple[Array, int]:
        """Return which of a block's acknowledgements are of wanted deliveries, and when the last was accepted (or -1)."""
        self.watch(block["completed"] < block["invoked"], "acknowledgement", block)
        last = int(block["completed"].max(initial=-1, where=block["outcome"] == Code.OK))
        return np.flatnonzero(wanted.take(block["delivery"], mode="clip")) if len(wanted) else NONE, last

    def of_keys(self, block: Block, keys: Array | None = None) -> Array:
        """Return the ids of a block's delivered messages that keep an order, and have a key (one of `keys`)."""
        key = block["key"]
        chosen = (key != 0) & (self.seen(block) != UNSEEN)
        if self.mixed:
            chosen &= self.state[block.first : block.first + block.rows] == ORDERED
        if keys is not None:
            chosen &= keys.take(key)
        return block.first + np.flatnonzero(chosen)

    def scattered(self) -> tuple[Array, bool]:
        """Tell of each key whether its messages came from several partitions, and whether any key had two messages."""
        where = np.full(self.messages + 1, -1, np.int32)
        several = np.zeros(self.messages + 1, bool)
        twice = False
        for block in self.columns.tables["sends"]:
            ids = self.of_keys(block)
            if not len(ids):
                continue
            key = block["key"].take(ids - block.first)
            before = where.take(key)
            twice = twice or bool((before >= 0).any()) or len(np.unique(key)) < len(key)
            if self.partitioned:
                partition = self.partition.take(ids)
                where[key] = partition
                moved = (where.take(key) != partition) | ((before >= 0) & (before != partition))
                several[key[moved]] = True
            else:
                where[key] = 0
        return several, twice

    def ids_of(self, rows: Array) -> Array:
        """Return the dense ids of some known deliveries."""
        if not len(rows):
            return rows
        producer = self.columns.take("deliveries", "producer", rows)
        return self.bases[producer] + self.columns.take("deliveries", "sequence", rows)


class Groups:
    """Deliveries that keep an order among themselves: by consumer, partition, and perhaps producer."""

    def __init__(self, columns: Columns, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.numbers: Array | None = None
        self.count = int(np.prod(shape, dtype=object))
        self.kind: Any = np.uint16 if max(self.count, *shape) < 1 << 16 else np.int64
        if self.count > _MOST_GROUPS:
            blocks = columns.tables["deliveries"]
            numbers = np.unique(np.concatenate([np.unique(self.of(block)) for block in blocks]))
            self.numbers, self.count = numbers, len(numbers)
        self.last = np.full(self.count, -1)

    def of(self, block: Block) -> Array:
        """Return the group of each delivery, as a number."""
        group: Array = np.zeros(block.rows, self.kind)
        for column, size in zip(("consumer", "partition", "producer"), self.shape, strict=False):
            if size > 1:
                group *= self.kind(size)
                group += block[column]
        return group if self.numbers is None else np.searchsorted(self.numbers, group)

    def together(self, group: Array) -> tuple[Array, Array, Array]:
        """Return the order that brings equal groups together, the groups in it, and where each begins."""
        order = np.argsort(group.astype(np.uint16, copy=False), kind="stable")  # numpy sorts 16 bits by their digits
        for shift in range(16, self.count.bit_length(), 16):
            order = order[np.argsort((group[order] >> shift).astype(np.uint16), kind="stable")]
        group = group.take(order)
        return order, group, begins(group)


def begins(*values: Array) -> Array:
    """Return where another value begins (in one of several columns)."""
    first = np.ones(len(values[0]), bool)
    np.not_equal(values[0][1:], values[0][:-1], out=first[1:])
    for other in values[1:]:
        first[1:] |= other[1:] != other[:-1]
    return np.flatnonzero(first)


def running(values: Array, starts: Array, before: Array, most: np.ufunc) -> Array:
    """Return, for each value, the greatest (or least: `most`) of those before it in its group, `before` at its start."""
    if not len(values):
        return values
    held = np.empty(len(values), np.int64)
    held[1:] = values[:-1]
    held[starts] = before
    ranks, place = np.unique(held, return_inverse=True)
    group = np.zeros(len(values), np.int64)
    group[starts[1:]] = 1
    np.cumsum(group, out=group)
    shift = group * (len(ranks) if most is np.maximum else -len(ranks))
    return ranks[most.accumulate(place + shift) - shift]
