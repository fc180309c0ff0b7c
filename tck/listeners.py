"""The listeners that a program gives to its consumers and transaction producers: what they do, and write down."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from tck.adapter import BatchContext, Context, TransactionalContext
from tck.arrivals import Arrivals, Skipped
from tck.book import Book
from tck.given import typed
from tck.history import MARK, Outcome
from tck.messages import Message
from tck.operations import Answer, Check, ContextAck, ContextAnswer, Deliver, Reply

Act = Callable[[], None]
Success = Callable[[Sequence[str]], None] | None


class ListenerFailure(Exception):
    """What a program's listener raises where its reply is to raise."""


class Listeners:
    """The listeners of one run; `patience` is how long (s) one waits for the call that binds it to return.

    `inside` does what a program has told the listener of a handle to do when it is called.
    """

    inside: Callable[[str], None]

    def __init__(self, book: Book, arrivals: Arrivals, patience: float) -> None:
        self.book = book
        self.arrivals = arrivals
        self.patience = patience
        self.bound: dict[tuple[str, str], threading.Event] = defaultdict(threading.Event)
        self.asked: dict[str, list[object]] = defaultdict(list)

    def single(self, consumer: str, queue: str | None, reply: Reply) -> Callable[[Message, Context], None]:
        """Return a consumer's listener of single messages."""

        def on_received(message: Message, context: Context) -> None:
            self._deliver(Deliver(queue, (message,), reply, on=consumer), partial(_call, context, "ack"), None)

        return on_received

    def batch(
        self, consumer: str, queue: str | None, reply: Reply
    ) -> Callable[[Sequence[Message], BatchContext], None]:
        """Return a consumer's listener of batches."""

        def on_received(messages: Sequence[Message], context: BatchContext) -> None:
            given: Any = tuple(messages) if isinstance(messages, Sequence) else (messages,)
            deliver = Deliver(queue, given, reply, batch=True, on=consumer)
            self._deliver(deliver, partial(_call, context, "ack"), partial(_call, context, "success"))

        return on_received

    def _deliver(self, op: Deliver, ack: Act, success: Success) -> None:
        consumer = op.on
        given, fault = typed(op.messages, tuple[Message, ...])
        messages: tuple[Message, ...] = given or ()
        delivery = self.book.open(f"{consumer}.listener", msgspec.structs.replace(op, messages=messages))
        if fault:
            delivery.close(Outcome.UNKNOWN, problem=f"the adapter gave a listener {fault}")
            return
        if op.reply is Reply.BOUND and op.queue:
            self.bound[consumer, op.queue].wait(self.patience)
        acknowledged: list[int] = []
        for places, act in _acknowledgements(op, ack, success):
            if self.book.done(f"{consumer}.listener", ContextAck(delivery.index, tuple(places), on=consumer), act):
                acknowledged += places
        self.inside(consumer)
        delivery.close(Outcome.OK)
        if op.reply is Reply.SKIP:
            receipts = [message.receipt or "" for message in messages]
            self.arrivals.skipped(consumer, Skipped(delivery.index, ack, success, receipts), messages)
        keys = self.arrivals.arrived(consumer, messages)
        if op.reply is Reply.SKIP:
            pairs = zip(messages, keys, strict=True)
            self.arrivals.pending[consumer] += [(one.receipt, key) for one, key in pairs if one.receipt is not None]
        self.arrivals.left.difference_update(keys[place] for place in acknowledged)
        if op.reply in {Reply.RAISE, Reply.ODD_RAISE}:
            raise ListenerFailure(f"the listener of {consumer} raises, as its program says")

    def check(self, producer: str, answers: Sequence[Answer]) -> Callable[[Message, TransactionalContext], None]:
        """Return a transaction producer's check listener, which gives one answer after the other about each message."""

        def check(message: Message, context: TransactionalContext) -> None:
            given, fault = typed(message, Message)
            key = MARK if fault else given.properties.get(MARK)
            with self.arrivals.news:
                answer = answers[min(self.asked[producer].count(key), len(answers) - 1)]
                self.asked[producer].append(key)
            asked = self.book.open(f"{producer}.check", Check(given or Message(), answer, on=producer))
            if fault:
                asked.close(Outcome.UNKNOWN, problem=f"the adapter gave a check listener {fault}")
                return
            if answer not in {Answer.RAISE, Answer.SILENT}:
                said = ContextAnswer(asked.index, answer, on=producer)
                self.book.done(f"{producer}.check", said, partial(_call, context, answer.value))
            asked.close(Outcome.OK)
            self.arrivals.called(producer)
            if answer is Answer.RAISE:
                raise ListenerFailure(f"the check listener of {producer} raises, as its program says")

        return check


def _call(context: Any, method: str, *arguments: Any) -> None:
    getattr(context, method)(*arguments)


def _acknowledgements(op: Deliver, ack: Act, success: Success) -> list[tuple[Sequence[int], Act]]:
    """Return what a listener acknowledges, as its reply says: positions, and how that is done."""
    everything = range(len(op.messages))
    odd = bool(op.messages) and bool((op.messages[0].body or b"\0")[-1] % 2)
    if op.reply in {Reply.ACK, Reply.BOUND} or (op.reply in {Reply.ODD, Reply.ODD_RAISE} and odd):
        return [(everything, ack)]
    parts: dict[Reply, list[range]] = {
        Reply.FIRST: [everything[:1]],
        Reply.FIRST_TWICE: [everything[:1]] * 2,
        Reply.FIRST_ALL: [everything[:1]],
        Reply.REST: [everything[1:]],
        Reply.EACH: [everything[place : place + 1] for place in everything[:-1]],
        Reply.NONE: [everything[:0]],
    }
    chosen = parts.get(op.reply, []) if success else []
    receipts = [message.receipt or "" for message in op.messages]
    acts: list[tuple[Sequence[int], Act]] = [
        (part, partial(success, [receipts[n] for n in part]))
        for part in chosen
        if success and (part or op.reply is Reply.NONE)
    ]
    return [*acts, (everything, ack)] if op.reply is Reply.FIRST_ALL else acts
