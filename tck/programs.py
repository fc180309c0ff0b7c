"""What some concurrent clients do, as a frozen value that can be written, generated, saved, shrunk and run anywhere.

A program is a sequence of phases; in a phase its clients run at the same time, each one step after the other. Handles
(producers, consumers, futures, further access points) are known by name to all clients and live on through the phases.
Where a step names no handle it is the client's own: the producer or consumer that has the client's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Self, TypeVar

import msgspec

from tck.errors import DamagedFile
from tck.messages import ExtensionHeader, Header, Message, Properties
from tck.operations import (
    Answer,
    AnyOperation,
    BindQueue,
    BindQueueBatch,
    BindQueues,
    BindQueuesBatch,
    Commit,
    CreateConsumer,
    CreateProducer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateTransactionProducer,
    Get,
    Handle,
    Operation,
    Prepare,
    Reply,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Start,
    Way,
)

T = TypeVar("T")
FORMAT = "oms-tck/program/1"
EVERYBODY = "*"
MONTH = 2_592_000.0
"""Seconds: a timeout whose milliseconds need more than 31 bits."""


class ReceiveUntil(Operation, frozen=True, tag="receive_until", kw_only=False):
    """Pull until `count` different messages have come, or none does in the program's patience; acknowledge each if `ack`."""

    count: int
    ack: bool = True
    batch: bool = False


class Drain(Operation, frozen=True, tag="drain"):
    """Pull until nothing more comes in the program's quiet time, `times` over, or in `least` seconds; acknowledge each if `ack`.

    Where the program's consumers together have been given fewer than `expect` different messages it goes on, with patience;
    if `rest` also while what was delivered before has neither been acknowledged nor come to this consumer.
    """

    ack: bool = True
    expect: int = 0
    times: float = 1.0
    rest: bool = False
    least: float = 0.0


class AckReceived(Operation, frozen=True, tag="ack_received", kw_only=False):
    """Acknowledge what a consumer was given and has not acknowledged: all of it, the first or the last.

    The consumer is the handle itself, or the one that `of` names; what a listener has skipped counts as well. Where `again`
    it is not forgotten by that, so that it can be acknowledged once more; where `stale` it is what the consumer held as it
    was stopped last. By receipts, or where `context` by the contexts of what a listener has skipped, each of its last
    delivery; where `success` by their success, with all receipts, or with those of what the consumer `foreign` was given.
    """

    which: Literal["all", "first", "last"] = "all"
    of: str = ""
    again: bool = False
    stale: bool = False
    context: bool = False
    success: bool = False
    foreign: str = ""


class AwaitDeliveries(Operation, frozen=True, tag="await_deliveries", kw_only=False):
    """Wait until the consumer has been given `count` different messages, or none comes in the program's patience.

    A consumer whose bindings all failed is given none, and not waited for.

    Where `on` is EVERYBODY, until all consumers of the program together have been. Pulled and pushed ones count.
    """

    count: int


class AwaitCalls(Operation, frozen=True, tag="await_calls", kw_only=False):
    """Wait, as long as the program's patience, until what a handle calls back has been called `count` times together.

    That is a producer's check listener, the listeners of a future, or the interceptors of a producer or consumer.
    """

    count: int


class AwaitClients(Operation, frozen=True, tag="await_clients", kw_only=False):
    """Wait, as long as the program's patience, until these clients of the same phase have done all their steps."""

    clients: tuple[str, ...]


class Quiet(Operation, frozen=True, tag="quiet", kw_only=False):
    """Listen for the program's quiet time, `times` over, to see that nothing comes; for `least` seconds if that is longer."""

    times: float = 1.0
    least: float = 0.0


class SendExpiring(Operation, frozen=True, tag="send_expiring", kw_only=False):
    """Send a message whose expireTime is a moment: that `after` seconds from now, in ms since 1970.

    Where a `transaction` is named it is prepared.
    """

    message: Message
    after: float
    way: Way = "send"
    transaction: str = ""


class Respond(Operation, frozen=True, tag="respond", kw_only=False):
    """Send a message whose correlationId is the id of what the client's consumer pulled last, as it was received."""

    message: Message


class SendPartitioned(Operation, frozen=True, tag="send_partitioned", kw_only=False):
    """Send a message to each partition of its queue, as the program was last told of them; to the next; or to one that does not exist.

    Where it is sent in batches those to each partition are in one, as far as ten of them.

    The next is, of a queue, the one after that of the last such step. Those that do not exist are the one past the last, and the one below zero. Where it is prepared it is committed at once. Where `expires`
    is given its expireTime is a moment: that many seconds from now, in ms since 1970.
    """

    message: Message
    way: Way = "send"
    which: Literal["each", "next", "past", "below"] = "each"
    expires: float | None = None


class Forward(Operation, frozen=True, tag="forward", kw_only=False):
    """Send what the client received, sent or had made last, header and all: to another queue, with another body, with more properties.

    What it sent reads as its last `send` left it.
    """

    what: Literal["received", "sent", "made"] = "received"
    queue: str = ""
    body: bytes | None = None
    properties: Properties = msgspec.field(default_factory=dict)


class ReceiveFrom(Operation, frozen=True, tag="receive_from", kw_only=False):
    """Pull, alone or in a batch, at the position of the message with this body that a consumer (`of`, or the own) pulled.

    The position is that message's queue, partition (the first where it tells none) and receipt; or another `partition`.
    """

    body: bytes
    of: str = ""
    timeout: float | None = None
    batch: bool = False
    partition: int | None = None


class WhenCalled(Operation, frozen=True, tag="when_called", kw_only=False):
    """Have the listener of a consumer, or of a future, do operations at its next call, each on the handle that it names.

    What it is given it acknowledges before that, as its reply says, and it returns after that, whatever came of them.
    """

    steps: tuple[AnyOperation, ...]


Step = (
    AnyOperation
    | ReceiveUntil
    | Drain
    | AckReceived
    | AwaitDeliveries
    | AwaitCalls
    | AwaitClients
    | Quiet
    | SendExpiring
    | Respond
    | SendPartitioned
    | Forward
    | ReceiveFrom
    | WhenCalled
)


class Client(msgspec.Struct, frozen=True):
    """One thread of steps."""

    name: str
    steps: tuple[Step, ...]


class Program(msgspec.Struct, frozen=True):
    """Phases of concurrent clients; `queues` are created before the first phase. Names are made fresh for each run."""

    phases: tuple[tuple[Client, ...], ...]
    queues: tuple[str, ...] = ("q",)

    @classmethod
    def of(cls, *clients: Client, queues: Iterable[str] = ("q",)) -> Self:
        """Return a program of one phase."""
        return cls((clients,), tuple(queues))

    def then(self, *clients: Client) -> Program:
        """Return this program with one more phase."""
        return Program((*self.phases, clients), self.queues)

    def steps(self) -> Iterator[Step]:
        """Go through its steps, and what listeners are told to do."""
        for step in (step for phase in self.phases for client in phase for step in client.steps):
            yield step
            yield from step.steps if isinstance(step, WhenCalled) else ()

    @property
    def size(self) -> int:
        """How many steps it has."""
        return sum(len(client.steps) for phase in self.phases for client in phase)


def client(name: str, *steps: Step) -> Client:
    """Return a client without handles of its own."""
    return Client(name, steps)


def producer(name: str, *steps: Step) -> Client:
    """Return a client that creates and starts a producer of its name, then does the steps."""
    return Client(name, (CreateProducer(name), Start(), *steps))


def transaction_producer(name: str, *steps: Step, answers: tuple[Answer, ...] = (Answer.UNKNOWN,)) -> Client:
    """Return a client that creates and starts a producer with a check listener, then does the steps."""
    return Client(name, (CreateTransactionProducer(answers, name), Start(), *steps))


def puller(name: str, queue: str, *steps: Step) -> Client:
    """Return a client that creates and starts a consumer of its name, binds it to pull, then does the steps."""
    return Client(name, (CreateConsumer(name), Start(), BindQueue(queue), *steps))


def pusher(name: str, queue: str, *steps: Step, reply: Reply = Reply.ACK, batch: bool = False) -> Client:
    """Return a client that creates and starts a consumer of its name, binds it to be pushed to, then does the steps."""
    bind: Step = BindQueueBatch(queue, reply) if batch else BindQueue(queue, reply)
    return Client(name, (CreateConsumer(name), Start(), bind, *steps))


def pull_consumer(name: str, queues: Iterable[str], *steps: Step) -> Client:
    """Return a client whose consumer, of the kind that only pulls, is started and bound to several queues at once."""
    return Client(name, (CreatePullConsumer(name=name), Start(), BindQueues(tuple(queues)), *steps))


def push_consumer(
    name: str, queues: Iterable[str], *steps: Step, reply: Reply = Reply.ACK, batch: bool = False
) -> Client:
    """Return a client whose consumer, of the kind that is pushed to, is started and bound to several queues at once."""
    bind: Step = BindQueuesBatch(tuple(queues), reply) if batch else BindQueues(tuple(queues), reply)
    return Client(name, (CreatePushConsumer(name=name), Start(), bind, *steps))


def message(
    queue: str,
    body: bytes | None = b"oms-tck",
    properties: Properties | None = None,
    extension: ExtensionHeader | None = None,
    **header: str | int | None,
) -> Message:
    """Return a message to a queue; `header` sets further fields of the system header."""
    return Message(Header(destination=queue, **header), extension, properties or {}, body)  # type: ignore[arg-type] # by field


def send(queue: str, body: bytes | None = b"oms-tck", **fields: object) -> Send:
    """Return the step that sends such a message."""
    return Send(message(queue, body, **fields))  # type: ignore[arg-type] # the fields of `message`


def sends(way: Way, *messages: Message) -> tuple[Step, ...]:
    """Return the steps that send these messages in one way: one by one, or all in one batch; what is asynchronous is waited for."""
    match way:
        case "send":
            return tuple(map(Send, messages))
        case "send_async":
            return tuple(step for one in messages for step in (SendAsync(one), Get()))
        case "send_oneway":
            return tuple(map(SendOneway, messages))
        case "send_batch":
            return (SendBatch(messages),)
        case "send_batch_async":
            return SendBatchAsync(messages), Get()
        case "send_batch_oneway":
            return (SendBatchOneway(messages),)
        case "prepare":
            return tuple(step for one in messages for step in (Prepare(one), Commit()))


def handfuls(messages: Sequence[T]) -> list[tuple[T, ...]]:
    """Return messages, or sends, by ten at most: nobody need take more in one batch."""
    return [tuple(messages[first : first + 10]) for first in range(0, len(messages), 10)]


class SavedProgram(msgspec.Struct, frozen=True):
    """A program in a file, with the check that judges it and what it ran on."""

    format: str
    check: str
    target: str
    seed: int
    program: Program


class _Head(msgspec.Struct, frozen=True):
    format: str


def save(program: Program, path: Path, *, check: str, target: str, seed: int) -> None:
    """Write a program to a file."""
    saved = SavedProgram(FORMAT, check, target, seed, program)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(saved), indent=1) + b"\n")


def load(path: Path) -> SavedProgram:
    """Read a program that `save` wrote.

    Raises DamagedFile.
    """
    try:
        data = path.read_bytes()
        form = msgspec.json.decode(data, type=_Head).format
        if form != FORMAT:
            raise DamagedFile(
                f"{path}: a program of the unknown format {form!r}",
                expected=FORMAT,
                remedy="use the version of the kit that wrote it",
            )
        saved = msgspec.json.decode(data, type=SavedProgram)
        for step in saved.program.steps():
            if isinstance(step, Operation) and getattr(step, "handle", None) is Handle.KIT:
                raise ValueError(f"{type(step).__name__} is what the kit records, and no step")  # noqa: TRY301 - joins the others
    except OSError as error:
        raise DamagedFile(
            f"{path}: {error.strerror}",
            expected="a program file that can be read",
            remedy="name a file of a report's programs/",
        ) from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DamagedFile(
            f"{path}: no program: {error}",
            expected=f"a program as the kit writes it ({FORMAT})",
            remedy="name a file of a report's programs/, undamaged",
        ) from None
    return saved
