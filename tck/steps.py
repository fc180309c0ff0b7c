"""Does the steps of a program's clients: single operations, and those that are made of several, or wait."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from time import time_ns
from typing import Any

import msgspec

from tck.arrivals import Arrivals
from tck.awake import awake, wait
from tck.calls import Calls
from tck.history import Calibration, Outcome
from tck.messages import ExtensionHeader, Message, QueueMetaData, SendResult
from tck.operations import (
    QUIET,
    Ack,
    BatchReceive,
    BatchReceiveAt,
    BindQueue,
    BindQueueBatch,
    Commit,
    ContextAck,
    CreateMessage,
    Get,
    GetQueueMetaData,
    GetThrowable,
    Prepare,
    Receive,
    ReceiveAt,
    ReceiveForever,
    Send,
    Stop,
    Wait,
    Way,
)
from tck.programs import (
    EVERYBODY,
    AckReceived,
    AwaitCalls,
    AwaitClients,
    AwaitDeliveries,
    Drain,
    Forward,
    Quiet,
    ReceiveFrom,
    ReceiveUntil,
    Respond,
    SendExpiring,
    SendPartitioned,
    Step,
    WhenCalled,
    handfuls,
    sends,
)
from tck.recorder import OpenOperation

SERVER_FAULTS = range(1500, 1600)
"""Status codes that say that the server is at fault, for now: what was asked may be asked again."""


class Steps:
    """What the clients of one run do; `active` are those that have not ended, and once it is `over` nobody waits any more."""

    def __init__(self, calls: Calls, arrivals: Arrivals, calibration: Calibration, over: threading.Event) -> None:
        self.call = calls
        self.names = calls.names
        self.open = calls.book.open
        self.arrivals = arrivals
        self.calibration = calibration
        self.over = over
        self.active: set[str] = set()
        self._last: dict[tuple[str, str], Message] = {}
        self._pulled: dict[tuple[str, bytes | None], Message] = {}
        self._partitions: dict[str, list[int]] = {}
        self._turns: Counter[str] = Counter()

    def __call__(self, client: str, step: Step) -> None:
        """Do a client's step.

        Raises Abandoned where the client cannot go on, and Broken where the adapter broke its contract.
        """
        do = _DONE_BY.get(type(step))
        if do:
            do(self, client, step)
        else:
            self.call(client, step)  # type: ignore[arg-type] # all others are operations

    # Receiving and acknowledging ----------------------------------------------------------------------------------------

    def receive(self, client: str, step: Receive | BatchReceive | ReceiveForever) -> None:
        """Receive, and acknowledge nothing."""
        self.received(self.call(client, step), client, step.on, ack=False)

    def receive_until(self, client: str, step: ReceiveUntil) -> None:
        """Receive until so many have come, or nothing comes for so long that nothing will."""
        come: set[object] = set()
        kind = BatchReceive if step.batch else Receive
        deadline = awake() + self.calibration.patience
        while len(come) < step.count:
            entry = self.call(client, kind(on=step.on))
            new = self.received(entry, client, step.on, ack=step.ack)
            if not new <= come:
                deadline = awake() + self.calibration.patience
            elif awake() > deadline or self.over.is_set():
                return
            elif _busy(entry):
                self.over.wait(self.calibration.quiet)
            elif not new and not entry.entry().starved:
                return
            come |= new

    def drain(self, client: str, step: Drain) -> None:
        """Receive until nothing comes any more."""
        quiet = max(self.calibration.quiet * step.times, step.least)
        deadline = awake() + self.calibration.patience
        delivered, rest = self.arrivals.delivered, self.arrivals.left
        left = set(rest) if step.rest else set()
        come: set[object] = set()
        while True:
            entry = self.call(client, Receive(quiet, on=step.on))
            if got := self.received(entry, client, step.on, ack=step.ack):
                if not got <= come:
                    deadline = awake() + self.calibration.patience
                elif awake() > deadline or self.over.is_set():
                    return  # it gives the same again and again
                come |= got
                continue
            if entry.entry().starved and awake() < deadline and not self.over.is_set():
                continue
            if _busy(entry) and awake() < deadline and not self.over.wait(quiet):
                continue
            mine = delivered[step.on or client]
            missing = len(delivered[EVERYBODY]) < step.expect or not left & rest <= mine
            if not missing or awake() > deadline or self.over.is_set():
                return

    def received(self, entry: OpenOperation, client: str, on: str, *, ack: bool) -> set[object]:
        """Note what a receive brought, acknowledge it if asked, and return which messages that is."""
        result = entry.result
        if not result:
            return set()
        messages = (result,) if isinstance(result, Message) else result
        consumer = on or client
        self._last[client, "received"] = messages[-1]
        for message in messages:
            self._pulled[consumer, message.body] = message
        keys = self.arrivals.arrived(consumer, messages)
        for message, key in zip(messages, keys, strict=True):
            if message.receipt is not None:
                if ack:
                    self.acknowledge(client, on, message.receipt, key)
                else:
                    self.arrivals.pending[consumer].append((message.receipt, key))
        return set(keys)

    def acknowledge(self, client: str, on: str, receipt: str, key: object) -> None:
        """Acknowledge what is known by a key."""
        if self.call(client, Ack(receipt, on=on)).outcome is Outcome.OK:
            self.arrivals.left.discard(key)

    def ack_received(self, client: str, step: AckReceived) -> None:
        """Acknowledge what was received or skipped before."""
        on = step.on or client
        chosen = {"all": slice(None), "first": slice(0, 1), "last": slice(-1, None)}[step.which]
        if step.context:
            self.ack_by_contexts(client, step, chosen)
            return
        pending = (self.arrivals.stale if step.stale else self.arrivals.pending)[step.of or on]
        for receipt, key in pending[chosen]:
            if not step.again:
                pending.remove((receipt, key))
            self.acknowledge(client, on, receipt, key)

    def ack_by_contexts(self, client: str, step: AckReceived, chosen: slice) -> None:
        """Acknowledge, by their contexts, what listeners have skipped."""
        on = step.of or step.on or client
        contexts = (self.arrivals.stale_contexts if step.stale else self.arrivals.contexts)[on]
        for keys in list(contexts)[chosen]:
            skipped = contexts[keys] if step.again else contexts.pop(keys)
            foreign = self.arrivals.pending[step.foreign] if step.foreign else []
            receipts = [receipt for receipt, _ in foreign] if step.foreign else skipped.receipts
            act = partial(skipped.success, receipts) if step.success and skipped.success else skipped.ack
            places = () if step.foreign else range(len(keys))
            if self.call.book.done(client, ContextAck(skipped.delivery, tuple(places), on=on), act):
                self.arrivals.left.difference_update(keys if places else ())

    def receive_from(self, client: str, step: ReceiveFrom) -> None:
        """Receive what follows a message that was pulled."""
        there = self._pulled.get((step.of or step.on or client, step.body))
        if there is None or there.receipt is None:
            raise self.call.in_vain(client, step.on, f"nothing with the body {step.body!r} was pulled")
        kind = BatchReceiveAt if step.batch else ReceiveAt
        own = (there.extension_header or ExtensionHeader()).partition or 0
        partition = own if step.partition is None else step.partition
        self.call(
            client,
            kind(self.names.named(there.header.destination) or "", partition, there.receipt, step.timeout, on=step.on),
        )

    # Sending ------------------------------------------------------------------------------------------------------------

    def send(self, client: str, step: Send) -> None:
        """Send, and remember the message as it was sent."""
        result = self.call(client, step).result
        if isinstance(result, SendResult) and result.message:
            self._last[client, "sent"] = result.message

    def send_so(self, client: str, way: Way, *alone: Send) -> None:
        """Send messages in this way instead of alone: all in one batch, where it is one."""
        for step in sends(way, *(one.message for one in alone)):
            self.call(client, step if isinstance(step, Get | Commit) else msgspec.structs.replace(step, on=alone[0].on))  # type: ignore[arg-type] # operations

    def send_expiring(self, client: str, step: SendExpiring) -> None:
        """Send a message that expires so many seconds from now."""
        expiring = _extended(step, expire_time=_moment(step.after))
        if step.transaction:
            self.call(client, Prepare(expiring.message, step.transaction, on=step.on))
        else:
            self.send_so(client, step.way, expiring)

    def send_partitioned(self, client: str, step: SendPartitioned) -> None:
        """Send a message to each partition of its queue, or to one that is not there."""
        queue = self.names.real(step.message.header.destination or "")
        there = self._partitions.get(queue)
        if not there:
            raise self.call.in_vain(client, step.on, "the partitions of the queue were not told")
        after = [there[self._turns[queue] % len(there)]]
        self._turns[queue] += step.which == "next"
        moment = {} if step.expires is None else {"expire_time": _moment(step.expires)}
        places = {"each": there, "next": after, "past": [max(there) + 1], "below": [-1]}[step.which]
        for few in handfuls([_extended(step, partition=partition, **moment) for partition in places]):
            self.send_so(client, step.way, *few)

    def respond(self, client: str, step: Respond) -> None:
        """Send with the id of what was received last as the correlation id."""
        last = self._last.get((client, "received"), Message())
        self.call(client, _extended(step, correlation_id=last.header.message_id))

    def forward(self, client: str, step: Forward) -> None:
        """Send what was received, sent or made last once more."""
        last = self._last.get((client, step.what))
        if last is None:
            raise self.call.in_vain(client, step.on, f"nothing was {step.what} that could be sent")
        destination = step.queue or self.names.named(last.header.destination)
        again = msgspec.structs.replace(
            last,
            header=msgspec.structs.replace(last.header, destination=destination),
            properties={**last.properties, **step.properties},
            body=last.body if step.body is None else step.body,
        )
        self.call(client, Send(again, on=step.on))

    def create_message(self, client: str, step: CreateMessage) -> None:
        """Have a message made, and remember it."""
        made = self.call(client, step).result
        if isinstance(made, Message):
            self._last[client, "made"] = made

    # Waiting ------------------------------------------------------------------------------------------------------------

    def quiet(self, client: str, step: Quiet) -> None:
        """Wait as long as it is listened that nothing comes."""
        waiting = self.open(client, Wait(QUIET, on=step.on or client))
        wait(self.over.wait, max(self.calibration.quiet * step.times, step.least))
        waiting.close(Outcome.OK)

    def await_deliveries(self, client: str, step: AwaitDeliveries) -> None:
        """Wait until a consumer was given so many messages, or no more come."""
        on, count = step.on or client, step.count
        waiting = self.open(client, Wait(f"until {count} messages have been delivered", on=on))
        delivered = self.arrivals.delivered
        with self.arrivals.news:
            come, deadline = -1, 0.0
            while len(delivered[on]) < count and not self.over.is_set() and on in {EVERYBODY, *self.call.listening}:
                if len(delivered[on]) > come:
                    come, deadline = len(delivered[on]), awake() + self.calibration.patience
                if awake() >= deadline:
                    break
                self.arrivals.news.wait(deadline - awake())
        waiting.close(Outcome.OK if len(delivered[on]) >= count else Outcome.FAIL)

    def await_calls(self, client: str, step: AwaitCalls) -> None:
        """Wait until a handle has called back so many times."""
        on, count = step.on or client, step.count
        waiting = self.open(client, Wait(f"until it has called back {count} times", on=on))
        self.await_news(waiting, lambda: self.arrivals.calls[on] >= count)

    def await_clients(self, client: str, step: AwaitClients) -> None:
        """Wait until other clients have ended."""
        others = frozenset(step.clients)
        waiting = self.open(client, Wait(f"until {', '.join(sorted(others))} have ended"))
        self.await_news(waiting, lambda: not self.active & others)

    def await_news(self, waiting: OpenOperation, come: Callable[[], bool]) -> None:
        """Wait until something is so, or the run is over, and write down whether that came."""
        with self.arrivals.news:
            so = wait(
                partial(self.arrivals.news.wait_for, lambda: come() or self.over.is_set()), self.calibration.patience
            )
        waiting.close(Outcome.OK if so else Outcome.FAIL)

    # What else is remembered --------------------------------------------------------------------------------------------

    def get_queue_meta_data(self, client: str, step: GetQueueMetaData) -> None:
        """Ask for the partitions of a queue, and remember them."""
        told = self.call(client, step).result
        if isinstance(told, QueueMetaData):
            self._partitions[self.names.real(step.queue)] = [partition.id for partition in told.partitions]

    def get(self, client: str, step: Get) -> None:
        """Ask a future for its result, and after a null for the cause."""
        answer = self.call(client, step)
        if answer.outcome is Outcome.OK and answer.result is None:
            self.call(client, GetThrowable(on=step.on))

    def stop(self, client: str, step: Stop) -> None:
        """Stop; a consumer holds nothing any more."""
        self.call(client, step)
        self.arrivals.stopped(step.on or client)

    def bind(self, client: str, step: BindQueue | BindQueueBatch) -> None:
        """Bind to a queue, and tell the listener that waits for it."""
        self.call(client, step)
        self.call.listeners.bound[step.on or client, self.names.real(step.queue)].set()

    def when_called(self, client: str, step: WhenCalled) -> None:
        """Tell a listener what to do when it is called."""
        self.call.told[step.on or client] = step.steps


_DONE_BY: dict[type, Callable[[Steps, str, Any], None]] = {
    ReceiveUntil: Steps.receive_until,
    Drain: Steps.drain,
    AckReceived: Steps.ack_received,
    AwaitDeliveries: Steps.await_deliveries,
    AwaitCalls: Steps.await_calls,
    AwaitClients: Steps.await_clients,
    Quiet: Steps.quiet,
    SendExpiring: Steps.send_expiring,
    Respond: Steps.respond,
    ReceiveFrom: Steps.receive_from,
    SendPartitioned: Steps.send_partitioned,
    GetQueueMetaData: Steps.get_queue_meta_data,
    Get: Steps.get,
    Forward: Steps.forward,
    Send: Steps.send,
    CreateMessage: Steps.create_message,
    Stop: Steps.stop,
    BindQueue: Steps.bind,
    BindQueueBatch: Steps.bind,
    Receive: Steps.receive,
    BatchReceive: Steps.receive,
    ReceiveForever: Steps.receive,
    WhenCalled: Steps.when_called,
}
"""How a step is done that is more than to call its operation."""


def _busy(entry: OpenOperation) -> bool:
    """Tell whether the server was at fault, so that it may be asked again."""
    return entry.error is not None and entry.error.code in SERVER_FAULTS


def _moment(after: float) -> int:
    """Return the moment so many seconds from now, in ms since 1970."""
    return time_ns() // 1_000_000 + round(after * 1000)


def _extended(step: SendExpiring | Respond | SendPartitioned, **fields: int | str | None) -> Send:
    """Return the send of a step's message with further fields in its extension header."""
    extension = msgspec.structs.replace(step.message.extension_header or ExtensionHeader(), **fields)
    return Send(msgspec.structs.replace(step.message, extension_header=extension), on=step.on)
