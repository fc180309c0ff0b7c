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
    Prepare,
    Receive,
    ReceiveForever,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    UnbindQueue,
    UnbindQueues,
    Wait,
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
        return result if isinstance(result, SendResult) and isinstance(self.entry.op, Send | SendAsync) else None

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
        for message in op.messages if hasattr(op, "messages") else (op.message,):  # type: ignore[union-attr] # every send has either
            yield Sent(entry, message, str(message.properties[MARK].value), done, outcome)


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


def came(entry: Entry) -> int:
    """Return when (ns) what an entry delivers reached its client: as a listener was called, or as a receive returned."""
    return entry.invoked if isinstance(entry.op, Deliver) else entry.completed or entry.invoked


def _index(all_sent: list[Sent]) -> tuple[dict[str, Sent], dict[str, Sent], dict[bytes | None, Sent]]:
    marks = {one.mark: one for one in all_sent}
    ids = {one.result.message_id: one for one in all_sent if one.result and one.result.message_id}
    by_body: dict[bytes | None, list[Sent]] = defaultdict(list)
    for one in all_sent:
        by_body[one.message.body].append(one)
    return marks, ids, {body: group[0] for body, group in by_body.items() if len(group) == 1}


def by_message(history: History, *, on: Iterable[str] = ()) -> dict[str, list[Received]]:
    """Return the deliveries of each sent message by its mark, in the order in which they came."""
    found: dict[str, list[Received]] = defaultdict(list)
    for one in received(history, on=on):
        if one.sent is not None:
            found[one.sent.mark].append(one)
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
    pulled: dict[tuple[str, str], list[Received]] = defaultdict(list)
    pushed: dict[int, list[Received]] = defaultdict(list)
    for one in received(history):
        if isinstance(one.delivery.entry.op, Deliver):
            pushed[one.index].append(one)
        elif one.message.receipt is not None:
            pulled[one.delivery.consumer, one.message.receipt].append(one)
    found = []
    for entry in history.of(Ack, ContextAck):
        if entry.outcome is not Outcome.OK and not (perhaps and may_have_happened(entry)):
            continue
        if isinstance(entry.op, ContextAck):
            group = pushed[entry.op.delivery]
            found += [Acknowledged(entry, group[place]) for place in entry.op.positions if place < len(group)]
        elif isinstance(entry.op, Ack):
            before = [one for one in pulled[entry.op.on, entry.op.receipt] if one.came <= entry.invoked]
            found += [Acknowledged(entry, one) for one in before[-1:]]
    return found


def bindings(history: History) -> dict[str, Entry]:
    """Return for each consumer its first binding: nothing can have reached it before that was called."""
    binds: dict[str, Entry] = {}
    for entry in history.of(*BINDS):
        binds.setdefault(entry.op.on, entry)
    return binds


def bound_queues(history: History) -> dict[str, set[str]]:
    """Return for each consumer the queues that it was bound to."""
    bound: dict[str, set[str]] = {}
    for entry in history.of(*BINDS):
        if entry.outcome is not Outcome.FAIL:
            bound.setdefault(entry.op.on, set()).update(_queues(entry))
    return bound


def _queues(entry: Entry) -> tuple[str, ...]:
    """Return the queues of an operation that binds or unbinds."""
    return getattr(entry.op, "queues", None) or (getattr(entry.op, "queue", ""),)


def listened_after(
    history: History, moment: int, *, on: Iterable[str] = (), queues: Iterable[str] = (), before: int | None = None
) -> bool:
    """Tell whether a consumer (one of `on`, and bound to one of `queues`, where these are given) listened after a moment (ns).

    It pulled and was answered, or it had a listener while the program waited: for quiet, or in vain for something to come.
    Where `before` is given, it did so wholly between the two moments. A consumer whose binding the history does not show
    counts for every queue.
    """
    consumers, places = set(on), set(queues)
    bound = bound_queues(history)

    def concerned(consumer: str, among: Iterable[str]) -> bool:
        right = not places or consumer not in bound or bool(places & set(among))
        return right and (not consumers or consumer in consumers)

    def then(entry: Entry) -> bool:
        completed = entry.completed or 0
        return completed > moment and (before is None or (entry.invoked >= moment and completed < before))

    if any(
        answered(entry) and then(entry) and concerned(entry.op.on, bound.get(entry.op.on, ()))
        for entry in history.of(*PULLS)
    ):
        return True
    return any(map(then, _waits(history))) and any(
        concerned(consumer, [queue]) for consumer, queue in _listening(history, moment)
    )


def _listening(history: History, moment: int) -> set[tuple[str, str]]:
    """Return the consumers that had a listener at a moment (ns), or later, each with a queue of it."""
    there = {(entry.op.on, "") for entry in history.of(Deliver)} - {(name, "") for name in bound_queues(history)}
    for entry in history.of(*BINDS, UnbindQueue, UnbindQueues):
        places = {(entry.op.on, queue) for queue in _queues(entry)}
        if entry.outcome is not Outcome.OK:
            continue
        if isinstance(entry.op, UnbindQueue | UnbindQueues):
            there -= places if (entry.completed or 0) <= moment else set()
        elif getattr(entry.op, "reply", None) is not None:
            there |= places
    return there


def waited_until(history: History) -> int:
    """Return when (ns) the last time of quiet was over, or what was waited for had not come; 0 where there is none."""
    return max((entry.completed or 0 for entry in _waits(history)), default=0)


def _waits(history: History) -> list[Entry]:
    over = {True: Outcome.OK, False: Outcome.FAIL}
    return [entry for entry in history.of(Wait) if isinstance(entry.op, Wait) and entry.outcome is over[entry.op.quiet]]


def listened_until(history: History) -> int:
    """Return when (ns) the last pull was answered, or the last wait was over; 0 where there is none."""
    pulls = [entry.completed or 0 for entry in history.of(*PULLS) if answered(entry)]
    return max([*pulls, waited_until(history)])


def answered(entry: Entry) -> bool:
    """Tell whether a pull ended with a message or for want of one, not with another error."""
    return entry.outcome is Outcome.OK or (entry.error is not None and entry.error.kind == "TIMEOUT")
