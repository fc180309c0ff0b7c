"""Whole messages: sent in each of the six ways, taken in each of the four, taken again, and long.

What every history is judged for (bodies, properties, ids, extension fields) is not named again for each of them.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tck.checkers.always import field_kept
from tck.checkers.answers import Checker
from tck.checkers.content import body_kept, same_body, same_properties
from tck.checkers.delivery import nothing_lost, same_when_redelivered, unacknowledged_comes_again
from tck.checkers.headers import (
    each_received,
    header,
    is_kept,
    received_ids_differ,
    stored_in_interval,
)
from tck.checkers.listening import born, substance
from tck.checkers.matching import Received, Which
from tck.checkers.pulling import receipts_are_there
from tck.checkers.ways import WAYS, came_in, each_way
from tck.conformance import Conform, bulky, clauses
from tck.messages import Binary, ExtensionHeader, Integer, Message, Properties, String
from tck.operations import (
    Deliver,
    Get,
    Reply,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Stop,
)
from tck.programs import AwaitDeliveries, Program, ReceiveUntil, Step, message, producer, puller, pusher, send

TEXT = "é中🚀 of any script "
PROPERTIES: Properties = {
    "clé 中-1": String(TEXT * 3),
    "empty": String(""),
    "bytes": Binary(bytes(range(256))),
    "number": Integer(-7),
}
BODIES = (b"", bytes(range(256)), b"squeeze me " * 200, b"z" * 20_000)
FIELDS = {"correlation_id": "correlationId", "message_key": "messageKey", "trace_id": "traceId"}


def extended(conform: Conform, text: str) -> ExtensionHeader | None:
    """Return an extension header with a text in each of the fields for one that are offered."""
    offered: dict[str, Any] = {field: text for field in FIELDS if conform.supports(f"extension_header.{field}")}
    return ExtensionHeader(**offered) if offered else None


def full(conform: Conform) -> tuple[Message, ...]:
    """Return messages that hold whatever is offered: each qos, a compression or none, and what a client may set."""
    levels: list[int | None] = [None, *([0] if conform.supports("qos") else [])]
    levels += [level for level in (1, 2) if conform.claims(f"QoS-{level}")]
    squeezed: dict[str, Any] = {"compression": "gzip"} if conform.supports("compression") else {}
    fields = extended(conform, TEXT)
    return tuple(
        message("q", body, PROPERTIES, fields, qos=levels[n % len(levels)], **(squeezed if n % 2 else {}))
        for n, body in enumerate(BODIES)
    )


def in_six_ways(messages: tuple[Message, ...]) -> Iterator[Step]:
    """Send each of these in every way, in batches of one too."""
    for one in messages:
        yield from (Send(one), SendAsync(one), Get(), SendOneway(one), SendBatch((one,)), SendBatchOneway((one, one)))
        yield from (SendBatchAsync((one,)), Get(), SendBatchAsync((one, one)), Get())


MANY = 9 * len(BODIES)
"""How many messages that makes."""


def sending(conform: Conform) -> Program:
    """Return the program that sends each message in every way."""
    return Program.of(producer("p", *in_six_ways(full(conform))))


def qos_kept(one: Received) -> str:
    """Say which other qos than was sent a message was received with."""
    asked = one.sent is not None and one.sent.message.header.qos is not None
    return is_kept(header("qos"), "qos")(one) if asked else ""


def fields_kept(one: Received) -> str:
    """Say which other destination or qos than was sent a message was received with."""
    return is_kept(header("destination"), "destination")(one) or qos_kept(one)


def sent_alone(one: Received) -> bool:
    """Tell a message that was sent alone: what is said of a way of receiving is not about the other ways of sending."""
    return one.sent is not None and isinstance(one.sent.entry.op, Send)


def carried(words: str, fault: Callable[[Received], str]) -> Checker:
    """Each message that was sent alone and comes is without fault."""
    return each_received(words, fault, only=sent_alone, all_come=False)


def in_each_way(clause: str, words: str, fault: Callable[[Received], str], *ways: str) -> dict[str, Checker]:
    """Return the judges of a clause for each of these ways of sending; of what comes none is at fault."""

    def judge(which: Which) -> Checker:
        return each_received(words, fault, only=lambda one: one.sent is not None and which(one.sent), all_come=False)

    return each_way(clause, judge, "", *ways)


@clauses(
    {
        **in_each_way("2.2.4-properties-kept", "every property is received", same_properties(), "async", "oneway"),
        **in_each_way(
            "2.2.5-data-not-modified", "the body is received as it was sent", same_body, "async", "batch", "oneway"
        ),
        **in_each_way("2.3.4-qos-kept", "the qos that was sent", qos_kept, *WAYS),
        "ext.store-timestamp-server-time": carried("the server's time at storing", stored_in_interval),
        "api.Producer.send-batch-async-delivers": nothing_lost(
            "c", which=lambda one: isinstance(one.entry.op, SendBatchAsync) and not one.message.header.qos
        ),
        "api.Producer.send-batch-async-ids": received_ids_differ,
    }
)
def test_whole_messages_are_received(conform: Conform) -> None:
    """Messages that hold everything, sent in each of the six ways, are received alone as they were sent."""
    conform(sending(conform).then(puller("c", "q", ReceiveUntil(MANY))))


@clauses(
    {
        "2.2.2-same-fields-batch-received": carried(
            "the header fields of a message that is received alone", fields_kept
        ),
    }
)
def test_whole_messages_are_received_in_batches(conform: Conform) -> None:
    """Messages that hold everything, sent in each of the six ways, are received in batches as they were sent."""
    conform(sending(conform).then(puller("c", "q", ReceiveUntil(MANY, batch=True))))


@clauses(
    {
        "2.2.2-same-fields-pushed": carried("the header fields of a message that is pulled", fields_kept),
    }
)
def test_whole_messages_are_pushed(conform: Conform) -> None:
    """Messages that hold everything, sent in each of the six ways, are pushed as they were sent."""
    conform(sending(conform).then(pusher("c", "q", AwaitDeliveries(MANY))))


@clauses(
    {
        "2.2.2-same-fields-pushed": carried("the header fields of a message that is pulled", fields_kept),
    }
)
def test_whole_messages_are_pushed_in_batches(conform: Conform) -> None:
    """Messages that hold everything, sent in each of the six ways, are pushed in batches as they were sent."""
    conform(sending(conform).then(pusher("c", "q", AwaitDeliveries(MANY), batch=True)))


def same_birth(*, batch: bool) -> Checker:
    """What comes again to a listener, of single messages or of batches, was born when and where it was."""
    return same_when_redelivered(
        "birth",
        "a message that is delivered again was born when and where it was, and has its extension fields",
        born,
        among=lambda one: isinstance(one.delivery.entry.op, Deliver) and one.delivery.entry.op.batch == batch,
    )


def same(field: str, words: str) -> Checker:
    """A field of the system header is the same whenever a message is delivered."""
    return same_when_redelivered(
        words, f"a message that is delivered again bears the same {words}", lambda one: header(field)(one.message)
    )


def two(conform: Conform, *queues: str) -> Program:
    """Return the program that sends two messages that hold much to each of these queues."""
    texts = {f"{queue} {n} {TEXT}": queue for queue in queues for n in range(2)}
    sends = [
        send(queue, text.encode(), properties=PROPERTIES, extension=extended(conform, text))
        for text, queue in texts.items()
    ]
    return Program.of(producer("p", *sends), queues=queues)


@clauses(
    {
        "api.Consumer.ack-unacked-redelivered": unacknowledged_comes_again("last"),
        "api.Consumer.ack-redelivered-content": same_when_redelivered(
            "content",
            "a message that is delivered again has the same destination, properties and body",
            lambda one: substance(one)[1:],
            among=lambda one: not came_in(one),
        ),
        "api.Header.born-timestamp-kept-on-redelivery": same("born_timestamp", "born timestamp"),
        "api.Header.born-host-kept-on-redelivery": same("born_host", "born host"),
        "api.Message.receipt-present": receipts_are_there,
    }
)
def test_what_is_left_again_and_again_is_the_same(conform: Conform) -> None:
    """Messages that consumers leave, alone and in batches, come again, each time whole, however large, and with a receipt."""
    asked: list[dict[str, Any]] = [{"priority": 10}] if conform.claims("Priority") else []
    asked += [{"compression": "gzip"}] if conform.supports("compression") else []
    sends = [send("q", b"%d" % n, **fields) for n in range(2) for fields in asked]
    sends.append(send("q", long("#", LARGE).encode()))
    program, count = two(conform, "q").then(producer("more", *sends)), 2 + len(sends)
    for number in range(4):
        taking = ReceiveUntil(count, ack=False, batch=number % 2 == 1)
        program = program.then(puller(f"c{number}", "q", taking, Stop()))
    conform(program.then(puller("last", "q", ReceiveUntil(count))))


@clauses(
    {
        "api.MessageListener.unacked-redelivered": unacknowledged_comes_again("last alone", "last many"),
        "api.MessageListener.headers-complete": same_birth(batch=False),
        "api.BatchMessageListener.headers-complete": same_birth(batch=True),
    }
)
def test_what_listeners_leave_is_the_same(conform: Conform) -> None:
    """Messages that listeners leave, alone or in batches, come again, each time whole, at last to a consumer that pulls."""
    kinds = {"alone": False, "many": True}
    program = two(conform, *kinds)
    for number in range(4):
        leaving = (
            pusher(f"{queue}{number}", queue, AwaitDeliveries(2), Stop(), reply=Reply.SKIP, batch=batch)
            for queue, batch in kinds.items()
        )
        program = program.then(*leaving)
    conform(program.then(*(puller(f"last {queue}", queue, ReceiveUntil(2)) for queue in kinds)))


LENGTHS = (36, 64, 127, 128, 129, 254, 255, 256, 257, 300)
"""In characters, and in bytes where they are ASCII: around what protocols have room for."""
LARGE = 100_000
"""Bytes of a body that is more than what is kept beside it."""
LONG = (1024, 4095, 4096, 4097, 5000)


@cache
def long(unit: str, length: int) -> str:
    """Return a text of so many characters, of which no two parts are the same."""
    numbered = "".join(f"{unit}{n}" for n in range(length // (len(unit) + 1) + 1))
    return numbered[:length]


@clauses(
    {
        "1-keyvalue-keys-kept": each_received("every key is received", same_properties(keys=True)),
        "1-string-unicode": each_received("the text is received as it was sent", same_properties(String)),
        "1-binary-bytes": each_received("the bytes are received as they were sent", same_properties(Binary)),
        **{f"ext.{field.replace('_', '-')}-kept": field_kept(field, word) for field, word in FIELDS.items()},
    }
)
def test_long_texts_survive(conform: Conform) -> None:
    """Keys and texts of hundreds of characters, and texts of thousands, arrive as they were sent, none of them cut."""
    texts = [long(unit, length) for length in LENGTHS for unit in ("k", "é中")]
    sends = [
        send("q", properties={text: Integer(len(text)), "text": String(text)}, extension=extended(conform, text))
        for text in texts
    ]
    for size in LONG:
        ascii_only, beyond = long("t", size), long("é中", size)
        more: Properties = {"ascii": String(ascii_only), "beyond": String(beyond), "bytes": Binary(beyond.encode())}
        sends.append(send("q", properties=more))
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends)))))


EDGES = tuple(edge + by for edge in (1 << 12, 1 << 14, 1 << 15, 1 << 16, 1 << 17) for by in (-1, 0, 1))


@bulky
@clauses({"2.2.5-data-not-modified": body_kept(), "2.1.1-body-uninterpreted": body_kept()})
def test_bodies_around_powers_of_two_survive(conform: Conform) -> None:
    """Bodies of a power of two bytes, one less and one more, arrive byte for byte."""
    sends = [send("q", long("#", size).encode()) for size in EDGES]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends)))))
