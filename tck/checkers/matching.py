"""Which received message is which sent one, and what became of every send."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import msgspec

from tck.history import MARK, Delivery, Entry, History, Outcome, deliveries, once
from tck.history import gets as futures
from tck.messages import Message, SendResult
from tck.operations import (
    Ack,
    BatchReceive,
    BindQueue,
    BindQueueBatch,
    BindQueues,
    BindQueuesBatch,
    ContextAck,
    Deliver,
    ErrorKind,
    Get,
    Operation,
    Prepare,
    Receive,
    ReceiveForever,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
)

SENDS = (Send, SendAsync, SendOneway, SendBatch, SendBatchAsync, SendBatchOneway, Prepare)
BINDS = (BindQueue, BindQueueBatch, BindQueues, BindQueuesBatch)
PULLS = (Receive, BatchReceive, ReceiveForever)
REFUSALS = (
    ErrorKind.TRANSACTION,
    ErrorKind.FORMAT,
    ErrorKind.UNSUPPORTED,
    ErrorKind.DESTINATION,
    ErrorKind.SECURITY,
)
"""The kinds of error after which what was asked has not been done; after another it may have been."""
FLUSH_TIMEOUT = 1504
_SINGLE = (Send, SendAsync)
Which = Callable[["Sent"], bool]
_OWN_MARK = re.compile(r"tck-[0-9a-f]+/.+\.\d+", re.DOTALL)


class Sent(msgspec.Struct, frozen=True):
    """One message of a send, with the kit's mark, and how it ended: `done` is the entry that tells, `outcome` what it tells."""

    entry: Entry
    message: Message
    mark: str
    done: Entry
    outcome: Outcome

    @property
    def accepted(self) -> bool:
        """Whether the implementation said that it took the message."""
        return self.outcome is Outcome.OK

    @property
    def result(self) -> SendResult | None:
        """The send's result, where a single send gave one."""
        result = self.done.result
        return result if isinstance(result, SendResult) and isinstance(self.entry.op, _SINGLE) else None

    @property
    def left(self) -> Message | None:
        """The sender's own message as its send left it; None where the adapter does not show it."""
        given = self.done.result
        if isinstance(given, SendResult):
            given = given.messages or given.message
        if isinstance(given, Message) or given is None:
            return given
        batch: tuple[Message, ...] = getattr(self.entry.op, "messages", ())
        left = dict(zip(map(id, batch), given, strict=False))
        return left.get(id(self.message))

    @property
    def label(self) -> str:
        """What a finding calls the message."""
        return f"message {self.mark.rpartition('/')[2]}"


class Received(msgspec.Struct, frozen=True):
    """One delivery, when (ns) it reached its client, and the sent message that it is, if the kit can tell."""

    delivery: Delivery
    came: int
    sent: Sent | None

    @property
    def message(self) -> Message:
        """The message as it was received."""
        return self.delivery.message

    @property
    def mark(self) -> str:
        """The mark of the sent message that it is; empty where the kit cannot tell."""
        return self.sent.mark if self.sent else ""

    @property
    def index(self) -> int:
        """The index of the delivery's entry."""
        return self.delivery.entry.index

    @property
    def label(self) -> str:
        """What a finding calls the message."""
        return self.sent.label if self.sent else f"an unknown message (id {self.message.header.message_id!r})"


def sent(history: History, which: Which = lambda _: True) -> list[Sent]:
    """Return every message that a client tried to send, in the order of the sends."""
    return [one for one in _sent(history) if which(one)]


@once
def _sent(history: History) -> tuple[Sent, ...]:
    return tuple(_sends(history))


def _sends(history: History) -> Iterator[Sent]:
    gets = _gets(history)
    for entry in history.of(*SENDS):
        op = entry.op
        done, outcome = entry, entry.outcome
        if isinstance(op, SendAsync | SendBatchAsync) and outcome is Outcome.OK:
            done = gets.get(entry.index, entry)
            outcome = _of_send(done) if done is not entry else Outcome.UNKNOWN
        elif isinstance(op, SendOneway | SendBatchOneway):
            outcome = Outcome.UNKNOWN
        elif isinstance(op, Prepare) and outcome is Outcome.OK:
            outcome = Outcome.UNKNOWN  # it is for the transaction to tell
        else:
            outcome = _of_send(entry)
        for place, message in enumerate(op.messages if hasattr(op, "messages") else (op.message,)):  # type: ignore[union-attr] # every send has either
            yield Sent(entry, message, _mark(message) or f"unmarked/{entry.index}.{place}", done, outcome)


def _mark(message: Message) -> str:
    """Return the kit's mark; nothing where a message was sent without it."""
    value = message.properties.get(MARK)
    return str(value.value) if value is not None else ""


def _gets(history: History) -> dict[int, Entry]:
    """Return what each asynchronous send (its index) came to: a future's name may be used again by a later send."""
    owners: dict[str, int] = {}
    gets: dict[int, Entry] = {}
    told = {entry.index: entry for entry in futures(history)}
    for asked in history.of(SendAsync, SendBatchAsync, Get):
        entry = told.get(asked.index, asked)
        if isinstance(entry.op, SendAsync | SendBatchAsync):
            owners[entry.op.future] = entry.index
        elif (owner := owners.get(entry.op.on)) is not None and (
            owner not in gets or gets[owner].outcome is not Outcome.OK
        ):
            gets[owner] = entry
    return gets


def _of_send(done: Entry) -> Outcome:
    """Return what became of a send by what it, or its future, ended with: after a timeout it may have happened."""
    timed_out = done.error is not None and (done.error.kind == "TIMEOUT" or done.error.code == FLUSH_TIMEOUT)
    return Outcome.UNKNOWN if timed_out else done.outcome


def to(queue: str) -> Which:
    """Select what was sent to a queue of the program."""
    return lambda one: f"-{one.message.header.destination}".endswith(f"-{queue}")


def by_client_to(queue: str) -> Which:
    """Select what was sent by the client that is called after a queue of the program: "to ..."."""
    return lambda one: one.entry.client == f"to {queue}"


def bodies(*of: bytes) -> Which:
    """Select messages by their bodies."""
    return lambda one: one.message.body in of


def may_have_happened(entry: Entry) -> bool:
    """Tell whether what was asked was done, or may have been: its answer may have been lost."""
    return entry.error is None or entry.error.kind not in REFUSALS


def received(history: History, *, on: Iterable[str] = ()) -> list[Received]:
    """Return every delivery, to the consumers `on` if any is named, with the sent message that it is.

    By the kit's mark; where that is gone or no such mark any more, by the id that the send returned; else by a body that was sent only once.
    """
    consumers = set(on)
    return [one for one in _received(history) if not consumers or one.delivery.consumer in consumers]


@once
def _received(history: History) -> tuple[Received, ...]:
    marks, ids, bodies = _index(sent(history))
    found = []
    for delivery in deliveries(history):
        message = delivery.message
        match = marks.get(delivery.mark or "")
        if match is None and not _OWN_MARK.fullmatch(delivery.mark or ""):
            match = ids.get(message.header.message_id or "") or bodies.get(message.body)
        found.append(Received(delivery, came(delivery.entry), match))
    return tuple(found)


@once
def recognised(history: History) -> tuple[Received, ...]:
    """Return every delivery of which the kit can tell which sent message it is."""
    return tuple(one for one in _received(history) if one.sent is not None)


def came(entry: Entry) -> int:
    """Return when (ns) what an entry delivers reached its client: as a listener was called, or as a receive returned."""
    return entry.invoked if isinstance(entry.op, Deliver) else entry.completed or entry.invoked


def _index(all_sent: list[Sent]) -> tuple[dict[str, Sent], dict[str, Sent], dict[bytes | None, Sent]]:
    marks = {one.mark: one for one in all_sent}
    told = ((one.result, one) for one in all_sent)
    ids = {result.message_id: one for result, one in told if result and result.message_id}
    by_body: dict[bytes | None, list[Sent]] = defaultdict(list)
    for one in all_sent:
        by_body[one.message.body].append(one)
    return marks, ids, {body: group[0] for body, group in by_body.items() if len(group) == 1}


def by_message(history: History, *, on: Iterable[str] = ()) -> dict[str, list[Received]]:
    """Return the deliveries of each sent message by its mark, in the order in which they came."""
    consumers = set(on)
    if not consumers:
        return defaultdict(list, _groups(history))
    return _grouped(one for one in recognised(history) if one.delivery.consumer in consumers)


@once
def _groups(history: History) -> tuple[tuple[str, list[Received]], ...]:
    return tuple(_grouped(recognised(history)).items())


def _grouped(deliveries: Iterable[Received]) -> dict[str, list[Received]]:
    found: dict[str, list[Received]] = defaultdict(list)
    for one in deliveries:
        found[one.mark].append(one)
    for group in found.values():
        if len(group) > 1:
            group.sort(key=lambda one: one.came)
    return found


class Acknowledged(msgspec.Struct, frozen=True):
    """An acknowledgement and the delivery that it speaks of."""

    entry: Entry
    received: Received


def acknowledged(history: History, *, perhaps: bool = False) -> list[Acknowledged]:
    """Return every acknowledgement that the implementation accepted, or `perhaps` did, with its delivery.

    A consumer's receipt speaks of the last message that it was given with it: it may be used again for another delivery.
    """
    return [one for one in _acknowledged(history) if perhaps or one.entry.outcome is Outcome.OK]


@once
def _acknowledged(history: History) -> tuple[Acknowledged, ...]:
    pulled: dict[tuple[str, str], list[Received]] = defaultdict(list)
    pushed: dict[int, list[Received]] = defaultdict(list)
    for one in received(history):
        if isinstance(one.delivery.entry.op, Deliver):
            pushed[one.index].append(one)
        elif one.message.receipt is not None:
            pulled[one.delivery.consumer, one.message.receipt].append(one)
    found: list[Acknowledged] = []
    for entry in history.of(Ack, ContextAck):
        if entry.outcome is not Outcome.OK and not may_have_happened(entry):
            continue
        if isinstance(entry.op, ContextAck):
            group = pushed[entry.op.delivery]
            found += [Acknowledged(entry, group[place]) for place in entry.op.positions if place < len(group)]
        elif isinstance(entry.op, Ack):
            before = [one for one in pulled[entry.op.on, entry.op.receipt] if one.came <= entry.invoked]
            found += [Acknowledged(entry, one) for one in before[-1:]]
    return tuple(found)


def bindings(history: History) -> dict[str, Entry]:
    """Return for each consumer its first binding: nothing can have reached it before that was called."""
    binds: dict[str, Entry] = {}
    for entry in history.of(*BINDS):
        binds.setdefault(entry.op.on, entry)
    return binds


def bound_queues(history: History) -> dict[str, set[str]]:
    """Return for each consumer the queues that it was bound to, or may have been."""
    return dict(_bound_queues(history))


@once
def _bound_queues(history: History) -> tuple[tuple[str, set[str]], ...]:
    bound: dict[str, set[str]] = defaultdict(set)
    for entry in history.of(*BINDS):
        if may_have_happened(entry):
            bound[entry.op.on].update(queues_of(entry.op))
    return tuple(bound.items())


def queues_of(op: Operation) -> tuple[str, ...]:
    """Return the queues that an operation names."""
    return getattr(op, "queues", None) or (getattr(op, "queue", ""),)
