"""Judges the delivery of millions of messages: columns in, a finding for each kind of wrong out.

A block of the log at a time, with a few bytes a message of memory between blocks:

- A delivery is *known* where its message was sent and not refused; any other is a phantom. All else is judged on known
  ones. A send whose outcome is unknown owes nothing, and may arrive.
- Order is judged on first deliveries of accepted messages, per consumer and producer; a lost message is no disorder,
  and messages of transactions and delayed ones keep no order with others. What a consumer may have held that was gone
  since it was sent may come late, and with a greater count than was seen.
- A further delivery is right where by then the consumer of the one before was gone, or its acknowledgement had failed or
  may have; else it is a duplicate, and one after an accepted acknowledgement is of that kind instead. A right one is not
  reread. A position was skipped where its consumer passed on over one that nobody read.
- Where clocks went back, what rests on times is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from tck.checkers.log import NONE, UNSEEN, Log, begins, running
from tck.columns import NEVER, Array, Block, Code, Columns, Kind
from tck.verdicts import Finding, Verdict, failed, passed, unknown

_SLICE = 200_000
"""How many deliveries are looked at more closely at a time, where many must be."""
_WORTH = 30_000_000
"""Events from which on compiled loops win back the second that numba takes to start."""
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


def judge(columns: Columns, reading: type[Log] | None = None) -> dict[Kind, Finding]:
    """Return a finding for each kind that the history is asked; read by what is fastest here, unless a way is named."""
    found = wrongs(columns, reading)
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


def fastest(columns: Columns) -> type[Log]:
    """Return how a history is read: by compiled loops where the extra numba is there and worth its start, else by numpy."""
    if sum(columns.rows(table) for table in ("sends", "deliveries", "acks")) < _WORTH:
        return Log
    try:
        from tck.checkers.compiled import CompiledLog  # noqa: PLC0415 - the extra is optional
    except (ImportError, RuntimeError):  # no numba, or no folder where it may keep what it compiled
        return Log
    return CompiledLog


def wrongs(columns: Columns, reading: type[Log] | None = None) -> dict[Kind, Wrong]:
    """Return what is wrong with a history, kind by kind."""
    log = (reading or fastest(columns))(columns)
    log.read()
    *repeated, right = _repeated(log)
    reread = _rows(log.reread)
    found = [
        _lost(log),
        Wrong(Kind.PHANTOM, _rows(log.phantom), "" if columns.rows("deliveries") else "nothing was delivered"),
        _aborted(log),
        *repeated,
        _partition_order(log),
        _key_order(log),
        _skipped(log),
        Wrong(Kind.REREAD, reread[~np.isin(reread, right)], log.no_positions),
        _visible(log),
        _early(log),
        _late(log),
        _expired(log),
    ]
    clock = log.went_back
    return {one.kind: Wrong(one.kind, NONE, clock) if clock and one.kind in _TIMED else one for one in found}


def _rows(parts: list[Array]) -> Array:
    whole = np.concatenate([NONE, *parts])
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
        owed = owed or bool(((block["outcome"] == Code.OK) & _committed(log, block)).any())
        ids = log.undelivered(block)
        if not len(ids):
            continue
        ids = ids[_committed(log, block)[ids]]
        due = block["completed"][ids]
        if "transaction" in block.columns:
            transaction = log.transaction(block)[ids]
            due = np.maximum(due, np.where(transaction == 0, 0, log.ended[transaction]))
        due = due + origin.patience
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


def _maybe_held(log: Log, rows: Array) -> Array:
    """Tell which deliveries are of messages that a consumer may have held, unlogged, that was gone by then."""
    columns = log.columns
    gone = np.sort(columns.whole("consumers", "gone"))
    gone = gone[gone < NEVER]
    if not len(gone) or not len(rows):
        return np.zeros(len(rows), bool)
    rows = rows.astype(np.int64)
    before = np.searchsorted(gone, columns.take("deliveries", "time", rows), "right") - 1
    sent = columns.take("sends", "invoked", log.ids_of(rows))
    return np.asarray((before >= 0) & (gone[before] >= sent))


_HELD = "a consumer was gone that may have held what came late"


def _in_disorder(log: Log, kind: Kind, rows: Array, doubt: str) -> Wrong:
    held = _maybe_held(log, rows)
    return Wrong(kind, rows[~held], doubt or (_HELD if held.any() else ""))


def _skipped(log: Log) -> Wrong:
    """Look for what was passed over among all that was read: where another consumer read it, little can be said."""
    columns, rows = log.columns, _rows(log.skipped)
    if not len(rows):
        return Wrong(Kind.SKIPPED, NONE, log.no_positions)
    partition = columns.take("deliveries", "partition", rows) if log.partitioned else 0
    before = _places(partition, columns.take("deliveries", "position", rows) - 1)
    wanted = np.unique(before)
    read = np.zeros(len(wanted), bool)
    for block in columns.tables["deliveries"]:
        read |= np.isin(wanted, _places(block["partition"] if log.partitioned else 0, block["position"]))
    passed_over = ~read[np.searchsorted(wanted, before)]
    doubt = "" if passed_over.all() else "a partition's positions were read by several consumers, or several times"
    return Wrong(Kind.SKIPPED, rows[passed_over], doubt)


def _places(partition: Array | int, position: Array) -> Array:
    """Return each position with its partition, as one number."""
    return np.asarray((position.astype(np.int64) << 16) + partition)


def _committed(log: Log, block: Block) -> Array:
    """Tell which of a block's sends are of no transaction, or of one that was committed."""
    if "transaction" not in block.columns:
        return np.ones(block.rows, bool)
    transaction = log.transaction(block)
    return np.asarray((transaction == 0) | (log.outcomes[transaction] == Code.OK))


def _aborted(log: Log) -> Wrong:
    wrong, last = [], 0
    doubt = "no message was sent in a transaction that was aborted"
    if log.columns.has("sends", "transaction"):
        for block in log.columns.tables["sends"]:
            given = log.transaction(block)
            aborted = log.outcomes[given] == Code.FAIL
            if aborted.any():
                doubt = ""
                last = max(last, int(block["completed"][aborted].max()))
                first = log.seen(block)[aborted]
                wrong.append(first[first != UNSEEN])
        ended = log.ended[log.outcomes == Code.FAIL]
        if not doubt and log.columns.origin.listened <= max(last, ended.max(initial=-1, where=ended != NEVER)):
            doubt = "nobody listened any more after the last abort"
    return Wrong(Kind.ABORTED, _rows(wrong), doubt)


def _repeated(log: Log) -> tuple[Wrong, Wrong, Wrong, Array]:
    """Tell further deliveries that are right from duplicates, and from those after an acknowledgement; judge counts.

    Return what is wrong, and the rows of those that are right.
    """
    listened = log.columns.origin.listened
    over, twice, rightly, miscounted = [], [], [], _first_counts(log)
    for again in _again(log):
        accepted, returned, last = _acknowledged(log, again)
        before = running(accepted, again.starts, np.full(len(again.starts), NEVER), np.minimum)
        after = (again.rank > 0) & (before < again.called)
        previous = np.maximum(np.arange(len(again.rows)) - 1, 0)
        returned = np.where(accepted == NEVER, returned, NEVER)
        right = np.minimum(again.gone, returned)[previous] <= again.time
        over.append(again.rows[after])
        further = (again.rank > 0) & ~after
        twice.append(again.rows[further & ~right])
        rightly.append(again.rows[further & right])
        miscounted.append(_further_counts(log, again))
    doubt = "" if sum(map(len, log.phantom)) < log.columns.rows("deliveries") else "nothing was delivered"
    if not doubt and listened <= log.last_delivery:
        doubt = "nobody listened any more after the last delivery"
    if log.repeated and log.went_back and (log.columns.rows("acks") or log.gone.min() < NEVER):
        twice, doubt = [], log.went_back
    missing = "nothing was acknowledged" if last < 0 else ""
    if not missing and listened <= last:
        missing = "nobody listened any more after the last acknowledgement"
    return (
        Wrong(Kind.DUPLICATED, _rows(twice), doubt),
        Wrong(Kind.REDELIVERED, _rows(over), missing),
        Wrong(Kind.WRONG_COUNT, _rows(miscounted), "" if log.told else "no delivery told its count"),
        _rows(rightly),
    )


def _first_counts(log: Log) -> list[Array]:
    """Return the first deliveries with a wrong count; where a consumer was gone, there may be some that nobody logged."""
    if not log.told:
        return []
    first = _rows(log.miscounted)
    count = log.columns.take("deliveries", "count", first)
    return [first[(count >= 0) & ((count < log.least) | ~_maybe_held(log, first))]]


def _further_counts(log: Log, again: _Again) -> Array:
    """Return the further deliveries with a wrong count."""
    if not log.told:
        return NONE
    count = log.columns.take("deliveries", "count", again.rows).astype(np.int64)
    before = running(count, again.starts, np.full(len(again.starts), -1), np.maximum)
    seen = log.least + again.rank
    bad = (count < np.maximum(seen, before + 1)) | ((count > seen) & ~_maybe_held(log, again.rows))
    return np.asarray(again.rows[bad & (count >= 0) & (again.rank > 0)])


def _acknowledged(log: Log, again: _Again) -> tuple[Array, Array, int]:
    """Return when these deliveries were acknowledged, when they may first have been given back, and the last acknowledgement."""
    accepted, returned, last = np.full(len(again.rows), NEVER), np.full(len(again.rows), NEVER), -1
    wanted = np.zeros(log.columns.extent("deliveries"), bool)
    wanted[again.rows] = True
    order = np.argsort(again.rows)
    for block in log.columns.tables["acks"]:
        there, accepted_last = log.acknowledgements(block, wanted)
        last = max(last, accepted_last)
        if not len(there):
            continue
        delivery, completed = block["delivery"][there], block["completed"][there]
        ok = block["outcome"][there] == Code.OK
        place = order[np.searchsorted(again.rows, delivery, sorter=order).clip(max=len(order) - 1)]
        same = again.rows[place] == delivery
        np.minimum.at(accepted, place[same & ok], completed[same & ok])
        np.minimum.at(returned, place[same & ~ok], block["invoked"][there][same & ~ok])
    return accepted, returned, last


def _partition_order(log: Log) -> Wrong:
    if not log.partitioned:
        return Wrong(Kind.REORDERED_PARTITION, NONE, "no delivery names its partition")
    doubt = "" if log.compared else "no consumer was given two messages of a producer from a partition"
    return _in_disorder(log, Kind.REORDERED_PARTITION, _rows(log.disorder), doubt)


def _key_order(log: Log) -> Wrong:
    """Look closer only at keys with a message in disorder in its partition, and at those of several partitions."""
    if not log.keyed:
        return Wrong(Kind.REORDERED_KEY, NONE, "no message had a key")
    several, twice = log.scattered()
    for rows in log.disorder:
        several[log.columns.take("sends", "key", log.ids_of(rows.astype(np.int64)))] = True
    doubt = "" if twice else "no key was that of two messages that were delivered"
    if not several.any():
        return Wrong(Kind.REORDERED_KEY, NONE, doubt)
    blocks = log.columns.tables["sends"]
    parts = sum(len(log.of_keys(block, several)) for block in blocks) // _SLICE + 1
    number = np.arange(len(several), dtype=np.uint32) % np.uint32(parts)
    wrong = []
    for part in range(parts):
        chosen = several & (number == part)
        wrong.append(_key_disorder(log, _rows([log.of_keys(block, chosen) for block in blocks])))
    return _in_disorder(log, Kind.REORDERED_KEY, _rows(wrong), doubt)


def _key_disorder(log: Log, ids: Array) -> Array:
    """Return the deliveries of some messages that came after a later one of their key."""
    rows, key = log.first[ids].astype(np.int64), log.columns.take("sends", "key", ids)
    consumer = log.columns.take("deliveries", "consumer", rows)
    producer = np.searchsorted(np.cumsum(log.sizes), ids, "right")
    order = np.lexsort((rows, key, producer, consumer))
    starts = begins(key[order], producer[order], consumer[order])
    most = running(ids[order], starts, np.full(len(starts), -1), np.maximum)
    return rows[order][ids[order] < most]


# Limits of time -----------------------------------------------------------------------------------------------------


def _visible(log: Log) -> Wrong:
    doubt = "no message of a transaction was delivered"
    if not log.columns.has("sends", "transaction"):
        return Wrong(Kind.VISIBLE, NONE, doubt)

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
        return Wrong(Kind.EARLY, NONE, _UNDELAYED)
    limits = _limits(log, lambda block: np.where(block["delay"] > 0, block["invoked"] + block["delay"], -1), -1)
    rows = _outside(log, limits, np.less)
    time, ids = log.columns.take("deliveries", "time", rows), log.ids_of(rows)
    before = rows[time < log.columns.take("sends", "invoked", ids)]
    if len(before):
        return Wrong(Kind.EARLY, NONE, f"delivery {before[0]} came before its send: their clocks differ")
    rows = rows[time < limits[ids] - log.columns.origin.tolerance]
    return Wrong(Kind.EARLY, rows, "" if ((limits >= 0) & (log.first != UNSEEN)).any() else _UNDELAYED)


def _late(log: Log) -> Wrong:
    if not log.columns.has("sends", "delay"):
        return Wrong(Kind.LATE, NONE, _UNDELAYED)
    origin = log.columns.origin

    def latest(block: Block) -> Array:
        due, judged = block["completed"] + block["delay"], (block["delay"] > 0) & (block["outcome"] == Code.OK)
        if "transaction" in block.columns:
            judged &= block["transaction"] == 0
        return np.where(judged, np.maximum(due, origin.since) + origin.tolerance, 2 * NEVER - 1)

    limits = _limits(log, latest, 2 * NEVER - 1)
    rows = _outside(log, limits, np.greater)
    rows = rows[log.first[log.ids_of(rows)] == rows]
    if log.columns.has("deliveries", "called"):
        time, called = (log.columns.take("deliveries", column, rows) for column in ("time", "called"))
        rows = rows[time > called + origin.tolerance]
    return Wrong(Kind.LATE, rows, "" if ((limits < NEVER) & (log.first != UNSEEN)).any() else _UNDELAYED)


_UNDELAYED = "no delayed message was delivered"


def _expired(log: Log) -> Wrong:
    doubt = "nobody listened after a message's lifetime"
    if not log.columns.has("sends", "lifetime"):
        return Wrong(Kind.EXPIRED, NONE, doubt)
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
