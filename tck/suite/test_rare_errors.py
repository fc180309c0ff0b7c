"""What is an error for a plain message, or where all begin, is one for every other, and in a namespace that was created."""

from collections.abc import Iterator
from typing import Any

from tck.checkers.answers import Checker, fails, ops, succeeds
from tck.checkers.readings import if_done, where
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Integer, Message
from tck.operations import (
    BindQueue,
    CreateConsumer,
    CreateNamespace,
    CreateProducer,
    CreateQueue,
    DeleteQueue,
    ErrorKind,
    Get,
    Operation,
    Prepare,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    Start,
)
from tck.programs import Program, SendExpiring, Step, client, message, producer, sends, transaction_producer
from tck.suite.places import levels
from tck.suite.test_namespaces import enter
from tck.suite.test_scheduling import DELAY, HOUR, milliseconds


def each_kind(conform: Conform, queue: str) -> Iterator[Message]:
    """Yield messages to a queue, each with one thing more that a message can ask for; none of them expires."""
    asked: list[dict[str, Any]] = [{"qos": qos} for qos in levels(conform)]
    if conform.claims("Scheduling"):
        asked.append({"extension": ExtensionHeader(delay_time=milliseconds(conform, DELAY))})
    if conform.supports("extension_header.message_key"):
        asked.append({"extension": ExtensionHeader(message_key="a key")})
    asked += [{"priority": 9}] if conform.claims("Priority") else []
    asked += [{"compression": "gzip"}] if conform.supports("compression") else []
    asked += [{"durability": level} for level in range(2)] if conform.supports("durability") else []
    for n, fields in enumerate(asked):
        yield message(queue, b"%d" % n, {"age": Integer(n)}, **fields)


def missed(kind: type[Operation], client: str) -> Checker:
    """Each operation of a kind fails for want of its queue."""
    return fails(ops(kind, client=client), ErrorKind.DESTINATION)


@clauses(
    {
        "api.Producer.send-unknown-destination": missed(Send, "p"),
        "api.Producer.send-async-unknown-destination": missed(Get, "a"),
        "api.Producer.send-batch-unknown-destination": missed(SendBatch, "b"),
        "api.Producer.send-batch-async-unknown-destination": missed(Get, "ba"),
        "api.Producer.prepare-unknown-destination": if_done(
            ops(Prepare), missed(Prepare, "t"), "transactions are not claimed"
        ),
    }
)
def test_nothing_can_be_sent_to_no_queue(conform: Conform) -> None:
    """Whatever a message asks for, sending it to a queue that does not exist is an error in each way that tells of any."""
    every = tuple(each_kind(conform, "nowhere"))
    expiring = (
        [SendExpiring(every[0], HOUR, way) for way in ("send", "send_batch")] if conform.claims("Scheduling") else []
    )
    senders = [
        producer("p", *sends("send", *every), *expiring[:1]),
        producer("a", *sends("send_async", *every)),
        producer("b", *(step for one in every for step in sends("send_batch", one, one)), *expiring[1:]),
        producer("ba", *(step for one in every for step in sends("send_batch_async", one, one))),
    ]
    program = Program.of(*senders)
    if conform.claims("Transactions"):
        prepares = (Prepare(one, f"{n}") for n, one in enumerate(every))
        program = program.then(transaction_producer("t", *prepares))
    conform(program)


Q, R, NOWHERE = (message(queue, queue.encode()) for queue in ("q", "r", "nowhere"))


@clauses(
    {
        "api.Producer.send-batch-unknown-destination": where(
            succeeds(ops(SendBatch, client="both")), missed(SendBatch, "b")
        ),
        "api.Producer.send-batch-async-unknown-destination": where(
            succeeds(ops(Get, client="both async")), missed(Get, "ba")
        ),
    }
)
def test_one_queue_of_a_batch_is_unknown(conform: Conform) -> None:
    """Where a batch may go to several queues the sending is an error if any of them does not exist, whichever it is."""
    odd = (NOWHERE, Q), (Q, NOWHERE), (Q, R, NOWHERE, Q)
    conform(
        Program.of(
            producer("both", SendBatch((Q, R))),
            producer("both async", SendBatchAsync((Q, R)), Get()),
            producer("b", *map(SendBatch, odd)),
            producer("ba", *(step for batch in odd for step in (SendBatchAsync(batch), Get()))),
            queues=("q", "r"),
        )
    )


def in_namespace(checker: Checker) -> Checker:
    """What a checker finds where the program creates a namespace."""
    return if_done(ops(CreateNamespace), checker, "namespaces are not claimed")


@clauses(
    {
        "api.ResourceManager.create-queue-exists": in_namespace(
            fails(ops(CreateQueue, client="enter.one", at=1), ErrorKind.DESTINATION)
        ),
        "api.ResourceManager.delete-queue-unknown": in_namespace(missed(DeleteQueue, "enter.one")),
        "api.Consumer.bind-queue-unknown": in_namespace(missed(BindQueue, "c")),
        "api.Producer.send-unknown-destination": in_namespace(missed(Send, "p")),
        "api.Producer.send-async-unknown-destination": in_namespace(missed(Get, "p")),
        "api.Producer.send-batch-unknown-destination": in_namespace(missed(SendBatch, "p")),
    }
)
def test_a_queue_of_a_namespace_is_unknown(conform: Conform) -> None:
    """In a namespace that was created too, creating a queue that exists is an error, as is using one that does not."""
    if not conform.claims("Namespaces"):
        conform(Program.of(client("nobody"), queues=()))
        return
    create = CreateQueue("q", on="one")
    program = Program.of(enter("one", create, create, DeleteQueue("nowhere", on="one")), queues=("nowhere",))
    odd: tuple[Step, ...] = (Send(NOWHERE), SendAsync(NOWHERE), Get(), SendBatch((NOWHERE, NOWHERE)))
    conform(
        program.then(
            client("p", CreateProducer(on="one"), Start(), *odd),
            client("c", CreateConsumer(on="one"), Start(), BindQueue("nowhere")),
        )
    )
