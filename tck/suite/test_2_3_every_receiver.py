"""Chapter 2 once more, for messages that are received in a batch, or pushed alone or in a batch: they are like any other."""

from collections.abc import Callable, Collection
from typing import Any

from tck.checkers.answers import Checker
from tck.checkers.content import own, same_body
from tck.checkers.delivery import same_when_redelivered
from tck.checkers.headers import each_received, extension, header, is_kept, not_empty
from tck.checkers.matching import Received
from tck.checkers.ways import each_way_received, where_sent
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Integer, Message, String
from tck.operations import Reply, Send, Stop
from tck.programs import AwaitDeliveries, Client, Program, ReceiveUntil, message, producer, puller, pusher

BATCH, PUSHED = ("batch-received",), ("pushed", "batch-pushed")
TEXTS = {"correlation_id": "correlationId", "message_key": "messageKey", "trace_id": "traceId"}
FAR = 4_102_444_800_000
"""A moment in the year 2100, and far off as a span, too."""
SQUEEZED = b"squeezed " * 100
Fault = Callable[[Received], str]
Take = Callable[[Message], Any]


def kept(take: Take, word: str) -> Fault:
    """Return the fault of a received message that lacks what its sender had set."""
    differs = is_kept(take, word)
    return lambda one: differs(one) if one.sent and take(one.sent.message) is not None else ""


def _unpacked(one: Received) -> str:
    return same_body(one) if one.sent and one.sent.message.header.compression else ""


WHOLE: dict[str, tuple[str, Fault]] = {
    "2.3.4-qos-kept": ("the qos that was sent", kept(header("qos"), "qos")),
    "2.3.5-compression-decompressed": ("the body that was sent", _unpacked),
    "api.Header.durability-kept": ("the durability that was sent", kept(header("durability"), "durability")),
    "api.Header.priority-kept": ("the priority that was sent", kept(header("priority"), "priority")),
    **{
        f"ext.{field.replace('_', '-')}-kept": (f"the {word} that was sent", kept(extension(field), word))
        for field, word in TEXTS.items()
    },
    "api.ExtensionHeader.delay-time-kept": ("the delayTime that was sent", kept(extension("delay_time"), "delayTime")),
    "api.ExtensionHeader.expire-time-kept": (
        "the expireTime that was sent",
        kept(extension("expire_time"), "expireTime"),
    ),
    "ext.store-timestamp-set": (
        "a storeTimestamp greater than zero",
        lambda one: "" if (extension("store_timestamp")(one.message) or 0) > 0 else "it has no storeTimestamp",
    ),
    "ext.store-host-set": ("a non-empty storeHost", not_empty(extension("store_host"), "storeHost")),
}
"""By clause what is seen of a message, and the fault of one of which it is not."""
ELSEWHERE = {"2.3.5-compression-decompressed", *(f"ext.{field.replace('_', '-')}-kept" for field in TEXTS)}
"""The clauses of which another check judges what is pushed alone."""


def whole(ways: Collection[str]) -> dict[str, Checker]:
    """Return the judges of what a message that is received in these ways holds."""
    return {
        clause: checker
        for name, (words, fault) in WHOLE.items()
        for clause, checker in each_way_received(
            name,
            lambda only, words=words, fault=fault: where_sent(  # type: ignore[misc] # as they are now
                lambda _: True, each_received(words, fault, only=only, all_come=False)
            ),
            [way for way in ways if way != "pushed" or name not in ELSEWHERE],
        ).items()
    }


def full(conform: Conform, queue: str) -> list[Send]:
    """Return the sends of messages that ask for all that is offered; one expires some day."""
    texts = {field: f"a {word}" for field, word in TEXTS.items() if conform.supports(f"extension_header.{field}")}
    extended: dict[str, Any] = {**texts, **offered(conform, "delay_time", 1)}
    asked: dict[str, Any] = {"qos": 1} if conform.supports("qos") else {}
    asked |= {"compression": "gzip"} if conform.supports("compression") else {}
    asked |= {"durability": 1} if conform.supports("durability") else {}
    asked |= {"priority": 7} if conform.claims("Priority") else {}
    expiring = offered(conform, "expire_time", FAR)
    plain = [message(queue, SQUEEZED, extension=ExtensionHeader(**extended) if extended else None, **asked)]
    plain += [message(queue, b"expires", extension=ExtensionHeader(**expiring))] if expiring else []
    return [Send(one) for one in plain]


def offered(conform: Conform, field: str, value: int) -> dict[str, Any]:
    """Return a field of the extension header, where it is offered."""
    return {field: value} if conform.supports(f"extension_header.{field}") else {}


@clauses(whole(BATCH))
def test_what_is_received_in_a_batch_is_whole(conform: Conform) -> None:
    """A message that batchReceive gives holds what its sender set, and what the server did."""
    sends = full(conform, "q")
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends), batch=True))))


@clauses(whole(PUSHED))
def test_what_is_pushed_is_whole(conform: Conform) -> None:
    """A message that a listener, or a batch listener, is given holds what its sender set, and what the server did."""
    if not conform.claims("Push"):
        return conform(Program.of(producer("p")))
    sends = full(conform, "q"), full(conform, "r")
    program = Program.of(producer("p", *sends[0], *sends[1]), queues=("q", "r"))
    there = AwaitDeliveries(len(sends[0]))
    return conform(program.then(pusher("c", "q", there), pusher("b", "r", there, batch=True)))


AGAIN: dict[str, tuple[str, Callable[[Received], object]]] = {
    "2.2.2-same-fields-on-redelivery": (
        "header",
        lambda one: [
            header(field)(one.message)
            for field in ("message_id", "born_timestamp", "born_host", "destination", "durability")
        ],
    ),
    "2.2.3-same-fields-on-redelivery": (
        "extension header",
        lambda one: [extension(field)(one.message) for field in TEXTS],
    ),
    "2.2.4-same-content-on-redelivery": (
        "properties and body",
        lambda one: (sorted(own(one.message).items()), one.message.body or b""),
    ),
}
"""By clause what is the same when a message is delivered again."""


def again(ways: Collection[str]) -> dict[str, Checker]:
    """Return the judges of what is the same of a message that is delivered again in these ways."""
    return {
        clause: checker
        for name, (word, value) in AGAIN.items()
        for clause, checker in each_way_received(
            name,
            lambda only, word=word, value=value: same_when_redelivered(  # type: ignore[misc] # as they are now
                word, f"a message that is delivered again has the same {word}", value, only
            ),
            ways,
        ).items()
    }


def left(conform: Conform, queue: str) -> list[Send]:
    """Return the sends of two messages that are to be left unacknowledged."""
    texts: dict[str, Any] = {f: f"a {word}" for f, word in TEXTS.items() if conform.supports(f"extension_header.{f}")}
    asked: dict[str, Any] = {"durability": 1} if conform.supports("durability") else {}
    extended = ExtensionHeader(**texts) if texts else None
    return [
        Send(message(queue, body, {"n": Integer(n), "text": String("é")}, extended, **asked))
        for n, body in enumerate((b"left", bytes(range(256))))
    ]


@clauses(again(BATCH))
def test_what_is_received_again_in_a_batch_is_the_same(conform: Conform) -> None:
    """A message that batchReceive gives a second time is as it was the first time."""
    program = Program.of(producer("p", *left(conform, "q")))
    program = program.then(puller("c", "q", ReceiveUntil(2, ack=False, batch=True), Stop()))
    conform(program.then(puller("d", "q", ReceiveUntil(2, batch=True))))


@clauses(again(PUSHED))
def test_what_is_pushed_again_is_the_same(conform: Conform) -> None:
    """A message that a listener, or a batch listener, is given a second time is as it was the first time."""

    def listeners(*names: str, reply: Reply) -> tuple[Client, ...]:
        return tuple(
            pusher(name, queue, AwaitDeliveries(2), Stop(), reply=reply, batch=queue == "r")
            for name, queue in zip(names, ("q", "r"), strict=True)
        )

    program = Program.of(producer("p", *left(conform, "q"), *left(conform, "r")), queues=("q", "r"))
    program = program.then(*listeners("c", "b", reply=Reply.SKIP))
    conform(program.then(*listeners("d", "e", reply=Reply.ACK)))
