"""Turns a history of operations into columns."""

from __future__ import annotations

import bisect
from collections import defaultdict
from typing import Any

from tck.checkers.hearing import listened_until
from tck.checkers.matching import Received, Sent, may_have_happened, received, sent
from tck.columns import NEVER, Code, Columns, Kind, Origin
from tck.history import Entry, History, Outcome
from tck.operations import Ack, Close, ContextAck, DeleteQueue, Deliver, ErrorKind, Reply, Stop, Suspend, UnbindQueue

"""The errors by which an implementation says that it did not take a message; after another it may have."""
_MOST = (1 << 15) - 1
"""The greatest delivery count that the column holds."""
_ENDS = (UnbindQueue, Stop, Close, Suspend, DeleteQueue)
"""After these nobody may have listened to a queue, so that what did not come may not be lost."""
_ASKS = {
    "partition": (Kind.REORDERED_PARTITION,),
    "key": (Kind.REORDERED_KEY,),
    "count": (Kind.WRONG_COUNT,),
    "position": (Kind.SKIPPED, Kind.REREAD),
}


def columns_of(history: History) -> Columns:
    """Return a history as columns, which are asked what its operations can tell.

    A producer is a client's use of one producer, a consumer its use from one binding to the next: what unbinds, stops
    or closes it gives back what it holds, as does a listener that returns without an acknowledgement.
    """
    producers: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for one in sent(history):
        producers[one.entry.client, one.entry.op.on].append(one)
    numbers = {
        one.mark: (producer, sequence)
        for producer, group in enumerate(producers.values())
        for sequence, one in enumerate(group)
    }
    come = sorted(received(history), key=lambda one: one.came)
    sessions = _Sessions(history)
    sends = _sends([one for group in producers.values() for one in group])
    deliveries = _deliveries(come, numbers, sessions)
    asks = [Kind.PHANTOM, Kind.DUPLICATED, Kind.REDELIVERED]
    asks += [] if history.of(*_ENDS) else [Kind.LOST]
    asks += [kind for column, kinds in _ASKS.items() if column in sends or column in deliveries for kind in kinds]
    origin = Origin(
        f"{history.origin.check} on {history.origin.target}",
        tuple(len(group) for group in producers.values()),
        listened=listened_until(history),
        patience=int(history.origin.calibration.quiet * 1e9),
        asks=tuple(asks),
    )
    tables = {"sends": sends, "deliveries": deliveries, "acks": _acks(history, come)}
    return Columns.of(origin, {"consumers": {"gone": sessions.gone}, **tables})


class _Sessions:
    """The consumers' sessions, numbered as they are met."""

    def __init__(self, history: History) -> None:
        self.ends: dict[str, list[int]] = defaultdict(list)
        self.everyone: list[int] = []
        for entry in history.of(UnbindQueue, Stop, Close):
            (self.everyone if isinstance(entry.op, Close) else self.ends[entry.op.on]).append(entry.invoked)
        self.numbers: dict[tuple[str, int], int] = {}
        self.gone: list[int] = []

    def number(self, consumer: str, moment: int) -> int:
        """Return the number of the session in which a consumer was then."""
        ends = sorted(self.ends[consumer] + self.everyone)
        place = bisect.bisect(ends, moment)
        if (consumer, place) not in self.numbers:
            self.numbers[consumer, place] = len(self.numbers)
            self.gone.append(ends[place] if place < len(ends) else NEVER)
        return self.numbers[consumer, place]


def _sends(messages: list[Sent]) -> dict[str, list[Any]]:
    outcomes = [_code(one.done, one.outcome) for one in messages]
    columns: dict[str, list[Any]] = {
        "invoked": [one.entry.invoked for one in messages],
        "completed": [
            NEVER if outcome is Code.UNKNOWN else one.done.completed or NEVER
            for one, outcome in zip(messages, outcomes, strict=True)
        ],
        "outcome": outcomes,
    }
    keys = [one.message.extension_header and one.message.extension_header.message_key for one in messages]
    if any(keys):
        known = {key: number for number, key in enumerate(dict.fromkeys(filter(None, keys)), start=1)}
        columns["key"] = [known.get(key or "", 0) for key in keys]
    return columns


def _code(entry: Entry, outcome: Outcome) -> Code:
    if outcome is Outcome.FAIL:
        return Code.UNKNOWN if may_have_happened(entry) else Code.FAIL
    return Code.OK if outcome is Outcome.OK else Code.UNKNOWN


def _deliveries(come: list[Received], numbers: dict[str, tuple[int, int]], sessions: _Sessions) -> dict[str, list[Any]]:
    stranger = 1 + max((producer for producer, _ in numbers.values()), default=0)
    senders = [numbers[one.sent.mark] if one.sent else (stranger, 0) for one in come]
    columns: dict[str, list[Any]] = {
        "time": [one.came for one in come],
        "called": [one.delivery.entry.invoked for one in come],
        "sequence": [sequence for _, sequence in senders],
        "producer": [producer for producer, _ in senders],
        "consumer": [sessions.number(one.delivery.consumer, one.came) for one in come],
    }
    counts = [one.message.header.delivery_count for one in come]
    if any(count is not None for count in counts):
        columns["count"] = [-1 if count is None else min(max(count, -1), _MOST) for count in counts]
    headers = [one.message.extension_header for one in come]
    places = [(one.message.header.destination, h.partition) for one, h in zip(come, headers, strict=True) if h]
    if come and len(places) == len(come) and all(partition is not None for _, partition in places):
        known = {place: number for number, place in enumerate(dict.fromkeys(places))}
        columns["partition"] = [known[place] for place in places]
        columns["position"] = [-1 if h is None or h.offset is None else min(max(h.offset, -1), NEVER) for h in headers]
    return columns


def _acks(history: History, come: list[Received]) -> dict[str, list[Any]]:
    """Return the acknowledgements, and as failed ones the returns of listeners that gave none."""
    pulled: dict[str, int] = {}
    pushed: dict[int, list[int]] = defaultdict(list)
    for row, one in enumerate(come):
        if isinstance(one.delivery.entry.op, Deliver):
            pushed[one.index].append(row)
        elif one.message.receipt is not None:
            pulled.setdefault(one.message.receipt, row)
    found: list[tuple[Entry, int, Code]] = []
    for entry in history.of(Ack, ContextAck, Deliver):
        timed_out = entry.error is not None and entry.error.kind is ErrorKind.TIMEOUT
        code = Code.UNKNOWN if timed_out or entry.outcome is Outcome.UNKNOWN else Code[entry.outcome.name]
        op = entry.op
        if isinstance(op, Ack) and op.receipt in pulled:
            found.append((entry, pulled[op.receipt], code))
        elif isinstance(op, ContextAck):
            group = pushed[op.delivery]
            found += [(entry, group[place], code) for place in op.positions if place < len(group)]
        elif isinstance(op, Deliver) and op.reply is not Reply.ACK:
            found += [(entry, row, Code.FAIL) for row in pushed[entry.index]]
    return {
        "invoked": [entry.invoked for entry, _, _ in found],
        "completed": [NEVER if entry.completed is None else entry.completed for entry, _, _ in found],
        "delivery": [row for _, row, _ in found],
        "outcome": [code for _, _, code in found],
    }
