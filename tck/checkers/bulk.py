"""Judges the delivery of millions of messages: columns in, a finding for each kind of wrong out.

A block of the log at a time, with a few bytes a message of memory between blocks:

- A delivery is *known* where its message was sent and not refused; any other is a phantom. All else is judged on known
  ones. A send whose outcome is unknown owes nothing, and may arrive.
- Order is judged on first deliveries of accepted messages, per consumer and producer; a lost message is no disorder,
  and messages of transactions and delayed ones keep no order with others.
- A further delivery is right where the consumer of the one before was gone by then, or its acknowledgement failed or may
  have; else it is a duplicate, and one after an accepted acknowledgement is of that kind instead.
- Where clocks went back, what rests on times is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from tck.checkers.log import ORDERED, UNSEEN, Log, begins, running
from tck.columns import NEVER, Array, Block, Code, Columns, Kind
from tck.verdicts import Finding, Verdict, failed, passed, unknown

_SLICE = 200_000
"""How many deliveries are looked at more closely at a time, where many must be."""
_NONE = np.empty(0, np.int64)
_TIMED = {Kind.REDELIVERED, Kind.VISIBLE, Kind.EARLY, Kind.LATE, Kind.EXPIRED}

WORDS = {
    Kind.LOST: "every message that was accepted is delivered",
    Kind.PHANTOM: "only what was sent, and not refused, is delivered",
    Kind.ABORTED: "no message of an aborted transaction is delivered",
    Kind.DUPLICATED: "a message is delivered again only where it was given back, or its consumer was gone",
    Kind.REORDERED_PARTITION: "a producer's messages keep their order in a partition",
    Kind.REORDERED_KEY: "a producer's messages of one key keep their order",
    Kind.REDELIVERED: "a message that was acknowledged is not delivered again",
    Kind.WRONG_COUNT: "the delivery count is that of the message's deliveries",
    Kind.SKIPPED: "a consumer reads a partition without passing over a position",
    Kind.REREAD: "a consumer reads a partition without going back",
    Kind.VISIBLE: "a message of a transaction is delivered only after its commit was called",
    Kind.EARLY: "a delayed message is delivered only after its delay",
    Kind.LATE: "a delayed message is delivered when its delay is over",
    Kind.EXPIRED: "no message is delivered after its lifetime",
}


class Wrong(msgspec.Struct, frozen=True):
    """What was found of one kind: the messages (LOST, their dense ids) or deliveries (their rows) that are wrong.

    `doubt` says why nothing can be said, or not that all is well.
    """

    kind: Kind
    places: Array
    doubt: str = ""

    @property
    def verdict(self) -> Verdict:
        """FAIL where something is wrong, UNKNOWN where too little was seen."""
        if len(self.places):
            return Verdict.FAIL
        return Verdict.UNKNOWN if self.doubt else Verdict.PASS


def judge(columns: Columns) -> dict[Kind, Finding]:
    """Return a finding for each kind that the history is asked."""
    found = wrongs(columns)
    return {kind: _finding(columns, found[kind]) for kind in columns.origin.asks}


def _finding(columns: Columns, wrong: Wrong) -> Finding:
    words = WORDS[wrong.kind]
    if wrong.verdict is Verdict.FAIL:
        return failed(words, f"{len(wrong.places)} {wrong.kind}: {', '.join(_labels(columns, wrong))}")
    if wrong.verdict is Verdict.UNKNOWN:
        return unknown(wrong.doubt, words)
    return passed(f"{sum(columns.origin.producers)} messages, {columns.rows('deliveries')} deliveries")


def _labels(columns: Columns, wrong: Wrong, most: int = 5) -> Iterator[str]:
    rows = wrong.places[:most].astype(np.int64)
    if wrong.kind is Kind.LOST:
        ends = np.cumsum(columns.origin.producers)
        for row in rows.tolist():
            producer = int(np.searchsorted(ends, row, "right"))
            yield f"message {producer}.{row - int(ends[producer - 1] if producer else 0)}"
    else:
        producers = columns.take("deliveries", "producer", rows).tolist()
        sequences = columns.take("deliveries", "sequence", rows).tolist()
        for row, producer, sequence in zip(rows.tolist(), producers, sequences, strict=True):
            yield f"message {producer}.{sequence} in delivery {row}"
    if len(wrong.places) > most:
        yield f"and {len(wrong.places) - most} more"


def wrongs(columns: Columns) -> dict[Kind, Wrong]:
    """Return what is wrong with a history, kind by kind."""
    log = Log(columns)
    log.read()
    found = [
        _lost(log),
        Wrong(Kind.PHANTOM, _rows(log.phantom), "" if columns.rows("deliveries") else "nothing was delivered"),
        _aborted(log),
        *_repeated(log),
        _partition_order(log),
        _key_order(log),
        _counts(log),
        Wrong(Kind.SKIPPED, _rows(log.skipped), log.no_positions),
        Wrong(Kind.REREAD, _rows(log.reread), log.no_positions),
        _visible(log),
        _early(log),
        _late(log),
        _expired(log),
    ]
    clock = log.went_back
    return {one.kind: Wrong(one.kind, _NONE, clock) if clock and one.kind in _TIMED else one for one in found}


def _rows(parts: list[Array]) -> Array:
    whole = np.concatenate([_NONE, *parts])
    whole.sort()
    return whole


class _Again:
    """Every known delivery of messages that were delivered more than once, by message, then as they came."""

    def __init__(self, log: Log, rows: Array) -> None:
        columns = log.columns
        ids = log.ids_of(rows)
        firsts = np.unique(ids)
        rows, ids = np.r_[log.first[firsts].astype(np.int64), rows], np.r_[firsts, ids]
        order = np.lexsort((rows, ids))
        self.rows, ids = rows[order], ids[order]
        self.starts = begins(ids)
        self.rank = np.arange(len(ids)) - np.repeat(self.starts, np.diff(np.r_[self.starts, len(ids)]))
        self.time = columns.take("deliveries", "time", self.rows)
        self.called = columns.take("deliveries", "called" if columns.has("deliveries", "called") else "time", self.rows)
        self.gone = log.gone[columns.take("deliveries", "consumer", self.rows)]


def _again(log: Log) -> Iterator[_Again]:
    """Yield them all, some messages at a time; at least once."""
    parts = sum(map(len, log.repeated)) // _SLICE + 1
    for part in range(parts):
        yield _Again(log, _rows([rows[log.ids_of(rows) % parts == part] for rows in log.repeated]))


def _lost(log: Log) -> Wrong:
    origin, lost = log.columns.origin, []
    owed = undecided = False
    for block in log.columns.tables["sends"]:
        accepted = block["outcome"] == Code.OK
        due = block["completed"]
        if "transaction" in block.columns:
            transaction = log.transaction(block)
            accepted &= (transaction == 0) | (log.outcomes[transaction] == Code.OK)
            due = np.maximum(due, np.where(transaction == 0, 0, log.ended[transaction]))
        owed |= bool(accepted.any())
        ids = np.flatnonzero(accepted & (log.seen(block) == UNSEEN))
        if not len(ids):
            continue
        due = due[ids] + origin.patience
        if "delay" in block.columns:
            due += block["delay"][ids]
        if "lifetime" in block.columns:
            life = block["lifetime"][ids]
            kept = (life == 0) | (np.maximum(due, origin.since + origin.patience) < block["invoked"][ids] + life)
            ids, due = ids[kept], due[kept]
        lost.append(block.first + ids[due <= origin.listened])
        undecided |= bool((due > origin.listened).any())
    doubt = "" if owed else "no message was accepted"
    if undecided:
        doubt = "nobody listened long enough after messages were sent that did not come"
    return Wrong(Kind.LOST, _rows(lost), doubt)


def _aborted(log: Log) -> Wrong:
    wrong = []
    doubt = "no message was sent in a transaction that was aborted"
    if log.columns.has("sends", "transaction"):
        for block in log.columns.tables["sends"]:
            aborted = log.outcomes[log.transaction(block)] == Code.FAIL
            if aborted.any():
                doubt = ""
                first = log.seen(block)[aborted]
                wrong.append(first[first != UNSEEN])
        ended = log.ended[log.outcomes == Code.FAIL]
        if not doubt and log.columns.origin.listened <= ended.max(initial=-1, where=ended != NEVER):
            doubt = "nobody listened any more after the last abort"
    return Wrong(Kind.ABORTED, _rows(wrong), doubt)


def _repeated(log: Log) -> tuple[Wrong, Wrong]:
    """Tell further deliveries that are right from duplicates, and from those after an acknowledgement."""
    listened = log.columns.origin.listened
    over, twice = [], []
    for again in _again(log):
        accepted, returned, last = _acknowledged(log, again)
        before = running(accepted, again.starts, np.full(len(again.starts), NEVER), np.minimum)
        after = (again.rank > 0) & (before < again.called)
        previous = np.maximum(np.arange(len(again.rows)) - 1, 0)
        right = (again.gone[previous] <= again.time) | (returned[previous] & (accepted[previous] == NEVER))
        over.append(again.rows[after])
        twice.append(again.rows[(again.rank > 0) & ~after & ~right])
    doubt = "" if (log.first != UNSEEN).any() else "nothing was delivered"
    if not doubt and listened <= log.last_delivery:
        doubt = "nobody listened any more after the last delivery"
    if log.repeated and log.went_back and (last >= 0 or log.gone.min() < NEVER):
        twice, doubt = [], log.went_back
    missing = "nothing was acknowledged" if last < 0 else ""
    if not missing and listened <= last:
        missing = "nobody listened any more after the last acknowledgement"
    return Wrong(Kind.DUPLICATED, _rows(twice), doubt), Wrong(Kind.REDELIVERED, _rows(over), missing)


def _acknowledged(log: Log, again: _Again) -> tuple[Array, Array, int]:
    """Return when these deliveries were acknowledged, whether they may have been given back, and the last acknowledgement."""
    accepted, returned, last = np.full(len(again.rows), NEVER), np.zeros(len(again.rows), bool), -1
    wanted = np.zeros(log.columns.rows("deliveries"), bool)
    wanted[again.rows] = True
    order = np.argsort(again.rows)
    for block in log.columns.tables["acks"]:
        log.watch(block["completed"] < block["invoked"], "acknowledgement", block)
        ok, completed = block["outcome"] == Code.OK, block["completed"]
        last = max(last, int(completed.max(initial=-1, where=ok)))
        there = np.flatnonzero(wanted.take(block["delivery"], mode="clip")) if len(wanted) else _NONE
        if not len(there):
            continue
        delivery, ok = block["delivery"][there], ok[there]
        place = order[np.searchsorted(again.rows, delivery, sorter=order).clip(max=len(order) - 1)]
        same = again.rows[place] == delivery
        np.minimum.at(accepted, place[same & ok], completed[there][same & ok])
        returned[place[same & ~ok]] = True
    return accepted, returned, last


def _partition_order(log: Log) -> Wrong:
    if not log.partitioned:
        return Wrong(Kind.REORDERED_PARTITION, _NONE, "no delivery names its partition")
    doubt = "" if log.compared else "no consumer was given two messages of a producer from a partition"
    return Wrong(Kind.REORDERED_PARTITION, _rows(log.disorder), doubt)


def _key_order(log: Log) -> Wrong:
    """Look closer only at keys with a message in disorder in its partition, and at those of several partitions."""
    if not log.keyed:
        return Wrong(Kind.REORDERED_KEY, _NONE, "no message had a key")
    several, twice = _scattered(log)
    for rows in log.disorder:
        several[log.columns.take("sends", "key", log.ids_of(rows.astype(np.int64)))] = True
    doubt = "" if twice else "no key was that of two messages that were delivered"
    if not several.any():
        return Wrong(Kind.REORDERED_KEY, _NONE, doubt)
    blocks = log.columns.tables["sends"]
    parts = sum(len(_keyed(log, block, several)) for block in blocks) // _SLICE + 1
    number = np.arange(len(several), dtype=np.uint32) % np.uint32(parts)
    wrong = []
    for part in range(parts):
        chosen = several & (number == part)
        wrong.append(_key_disorder(log, _rows([_keyed(log, block, chosen) for block in blocks])))
    return Wrong(Kind.REORDERED_KEY, _rows(wrong), doubt)


def _key_disorder(log: Log, ids: Array) -> Array:
    """Return the deliveries of some messages that came after a later one of their key."""
    rows, key = log.first[ids].astype(np.int64), log.columns.take("sends", "key", ids)
    consumer = log.columns.take("deliveries", "consumer", rows)
    producer = np.searchsorted(np.cumsum(log.sizes), ids, "right")
    order = np.lexsort((rows, key, producer, consumer))
    starts = begins(key[order], producer[order], consumer[order])
    most = running(ids[order], starts, np.full(len(starts), -1), np.maximum)
    return rows[order][ids[order] < most]


def _keyed(log: Log, block: Block, keys: Array | None = None) -> Array:
    """Return the ids of a block's delivered messages that keep an order, and have a key (one of `keys`)."""
    key = block["key"]
    chosen = (key != 0) & (log.seen(block) != UNSEEN)
    if log.mixed:
        chosen &= log.state[block.first : block.first + block.rows] == ORDERED
    if keys is not None:
        chosen &= keys.take(key)
    return block.first + np.flatnonzero(chosen)


def _scattered(log: Log) -> tuple[Array, bool]:
    """Tell of each key whether its messages came from several partitions, and whether any key had two messages."""
    where = np.full(log.messages + 1, -1, np.int32)
    several = np.zeros(log.messages + 1, bool)
    twice = False
    for block in log.columns.tables["sends"]:
        ids = _keyed(log, block)
        if not len(ids):
            continue
        key = block["key"].take(ids - block.first)
        before = where.take(key)
        twice = twice or bool((before >= 0).any()) or len(np.unique(key)) < len(key)
        if log.partitioned:
            partition = log.partition.take(ids)
            where[key] = partition
            moved = (where.take(key) != partition) | ((before >= 0) & (before != partition))
            several[key[moved]] = True
        else:
            where[key] = 0
    return several, twice


def _counts(log: Log) -> Wrong:
    """Compare delivery counts; where a consumer was gone, deliveries may have been counted that nobody logged."""
    if not log.told:
        return Wrong(Kind.WRONG_COUNT, _NONE, "no delivery told its count")
    columns, gone = log.columns, bool(log.gone.min() < NEVER)
    first = _rows(log.miscounted)
    count = columns.take("deliveries", "count", first)
    wrong = [first[(count >= 0) & ((count < log.least) | (not gone))]]
    for again in _again(log):
        count = columns.take("deliveries", "count", again.rows).astype(np.int64)
        before = running(count, again.starts, np.full(len(again.starts), -1), np.maximum)
        seen = log.least + again.rank
        bad = (count < np.maximum(seen, before + 1)) | ((count > seen) & (not gone))
        wrong.append(again.rows[bad & (count >= 0) & (again.rank > 0)])
    return Wrong(Kind.WRONG_COUNT, _rows(wrong))


# Limits of time -----------------------------------------------------------------------------------------------------


def _visible(log: Log) -> Wrong:
    doubt = "no message of a transaction was delivered"
    if not log.columns.has("sends", "transaction"):
        return Wrong(Kind.VISIBLE, _NONE, doubt)

    def commit(block: Block) -> Array:
        transaction = log.transaction(block)
        return np.where((transaction != 0) & (log.outcomes[transaction] != Code.FAIL), log.ended[transaction], -1)

    limits = _limits(log, commit, -1)
    return Wrong(
        Kind.VISIBLE,
        _outside(log, limits, np.less),
        "" if ((limits >= 0) & (log.first != UNSEEN)).any() else doubt,
    )


def _early(log: Log) -> Wrong:
    if not log.columns.has("sends", "delay"):
        return Wrong(Kind.EARLY, _NONE, _UNDELAYED)
    limits = _limits(log, lambda block: np.where(block["delay"] > 0, block["invoked"] + block["delay"], -1), -1)
    rows = _outside(log, limits, np.less)
    time, ids = log.columns.take("deliveries", "time", rows), log.ids_of(rows)
    before = rows[time < log.columns.take("sends", "invoked", ids)]
    if len(before):
        return Wrong(Kind.EARLY, _NONE, f"delivery {before[0]} came before its send: their clocks differ")
    rows = rows[time < limits[ids] - log.columns.origin.tolerance]
    return Wrong(Kind.EARLY, rows, "" if ((limits >= 0) & (log.first != UNSEEN)).any() else _UNDELAYED)


def _late(log: Log) -> Wrong:
    if not log.columns.has("sends", "delay"):
        return Wrong(Kind.LATE, _NONE, _UNDELAYED)
    origin = log.columns.origin

    def latest(block: Block) -> Array:
        due, judged = block["completed"] + block["delay"], (block["delay"] > 0) & (block["outcome"] == Code.OK)
        if "transaction" in block.columns:
            judged &= block["transaction"] == 0
        return np.where(judged, np.maximum(due, origin.since) + origin.tolerance, 2 * NEVER - 1)

    limits = _limits(log, latest, 2 * NEVER - 1)
    rows = _outside(log, limits, np.greater)
    rows = rows[log.first[log.ids_of(rows)] == rows]
    return Wrong(Kind.LATE, rows, "" if ((limits < NEVER) & (log.first != UNSEEN)).any() else _UNDELAYED)


_UNDELAYED = "no delayed message was delivered"


def _expired(log: Log) -> Wrong:
    doubt = "nobody listened after a message's lifetime"
    if not log.columns.has("sends", "lifetime"):
        return Wrong(Kind.EXPIRED, _NONE, doubt)
    origin = log.columns.origin

    def end(block: Block) -> Array:
        judged = (block["lifetime"] > 0) & (block["outcome"] == Code.OK)
        return np.where(judged, block["completed"] + block["lifetime"] + origin.tolerance, 2 * NEVER - 1)

    limits = _limits(log, end, 2 * NEVER - 1)
    return Wrong(Kind.EXPIRED, _outside(log, limits, np.greater), "" if (limits < origin.listened).any() else doubt)


def _limits(log: Log, of: Callable[[Block], Array], none: int) -> Array:
    limits = np.full(log.messages, none)
    for block in log.columns.tables["sends"]:
        limits[block.first : block.first + block.rows] = of(block)
    return limits


def _outside(log: Log, limits: Array, beyond: np.ufunc) -> Array:
    """Return the known deliveries whose time is beyond their message's limit."""
    found = []
    for block in log.columns.tables["deliveries"]:
        ids, known = log.ids(block)
        if len(limits):
            found.append(block.first + np.flatnonzero(known & beyond(block["time"], limits.take(ids))))
    return _rows(found)
