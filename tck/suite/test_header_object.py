"""Header and Message: what stays with a message, whichever way it is sent, delivered, and delivered again."""

from typing import Any

from tck.checkers import headers
from tck.checkers.answers import Checker
from tck.checkers.content import same_body, same_properties
from tck.checkers.delivery import same_when_redelivered
from tck.checkers.headers import as_sent, each_received, each_sent, extension, header, is_kept, not_empty
from tck.checkers.matching import Received, received
from tck.conformance import Conform, clauses
from tck.history import History
from tck.messages import Binary, Double, Float, Integer, Long, Properties, Short, String
from tck.operations import (
    Close,
    CreateProducer,
    Deliver,
    Get,
    Open,
    Operation,
    Send,
    SendAsync,
    SendBatch,
    SendBatchOneway,
    SendOneway,
    Start,
    Stop,
)
from tck.programs import (
    AwaitDeliveries,
    Program,
    ReceiveUntil,
    Step,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
)
from tck.verdicts import Finding

ONE_OF_EACH: Properties = {
    "string": String("é"),
    "binary": Binary(bytes(range(8))),
    "short": Short(-7),
    "integer": Integer(1 << 20),
    "long": Long(1 << 40),
    "float": Float("1.5"),
    "double": Double("-0.1"),
}
LIKE_FIELDS: Properties = {
    "correlationId": String("c"),
    "messageKey": String("k"),
    "traceId": String("t"),
    "delayTime": Long(3_600_000),
    "expireTime": Long(1),
    "partition": Integer(7),
    "priority": Integer(0),
}


def whole(one: Received) -> str:
    """Say which required field of the system header a received message lacks."""
    return (
        not_empty(header("message_id"), "message id")(one)
        or not_empty(header("born_host"), "born host")(one)
        or is_kept(header("destination"), "destination")(one)
        or ("" if one.message.header.born_timestamp else "it has no born timestamp")
    )


def pushed(one: Received) -> bool:
    """Select what listeners were given."""
    return isinstance(one.delivery.entry.op, Deliver)


def batch_pushed(one: Received) -> bool:
    """Select what batch listeners were given."""
    op = one.delivery.entry.op
    return isinstance(op, Deliver) and op.batch


def receipts(**only: Any) -> Checker:
    """Each has a receipt."""
    return each_received("a receipt", lambda one: "" if one.message.receipt else "it has no receipt", **only)


@clauses(
    {
        "api.Header.born-timestamp-kept-on-redelivery": same_when_redelivered(
            "born timestamp",
            "a message that is delivered again bears the same born timestamp",
            lambda one: one.message.header.born_timestamp,
        ),
        "api.Header.born-host-kept-on-redelivery": same_when_redelivered(
            "born host",
            "a message that is delivered again bears the same born host",
            lambda one: one.message.header.born_host,
        ),
        "api.Message.header-complete": each_received("every required field of the header", whole),
    }
)
def test_a_redelivered_message_was_born_once(conform: Conform) -> None:
    """A message that is delivered again has a whole header, and was born when and where it was."""
    program = Program.of(producer("p", *(send("q", b"%d" % n) for n in range(3))))
    program = program.then(puller("c", "q", ReceiveUntil(3, ack=False), Stop()))
    conform(program.then(puller("d", "q", ReceiveUntil(3))))


def one_host(history: History) -> Finding:
    """Every message is received with the born host of the first."""
    hosts = [one.message.header.born_host for one in received(history)]
    return each_received(
        "the born host that the others have",
        lambda one: (
            "" if one.message.header.born_host == hosts[0] else f"its born host is {one.message.header.born_host!r}"
        ),
    )(history)


@clauses(
    {
        "api.Header.destination-after-send": each_sent(
            "the destination that the sender set",
            lambda one: (
                ""
                if as_sent(one).destination == one.message.header.destination
                else f"the header's destination is {as_sent(one).destination!r}"
            ),
        ),
        "api.Header.born-host-one-client": one_host,
        "2.3.1-message-id-same-preset": headers.received_ids_differ,
        "1-keyvalue-mixed-types": each_received("every property, with its type and value", same_properties()),
        "2.2.4-properties-apart-from-extension-header": each_received(
            "the property, and no field of its name",
            lambda one: (
                same_properties()(one)
                or ("its correlationId is set" if extension("correlation_id")(one.message) == "c" else "")
                or ("its messageKey is set" if extension("message_key")(one.message) == "k" else "")
            ),
            only=lambda one: one.sent is not None and "correlationId" in one.sent.message.properties,
        ),
    }
)
def test_what_is_set_is_set_alone(conform: Conform) -> None:
    """Ids that are set twice, properties of every type, and properties that are named like fields change nothing else."""
    twice: dict[str, Any] = {"message_id": "the same"}
    sends = (
        send("q", properties=ONE_OF_EACH),
        send("q", properties=LIKE_FIELDS),
        Send(message("q", **twice)),
        Send(message("q", **twice)),
        SendAsync(message("q")),
        Get(),
        SendOneway(message("q")),
        SendBatch((message("q"),)),
    )
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(7))))


@clauses({"2.3.1-message-id-unique-access-points": headers.ids_are_unique})
def test_ids_differ_between_access_points(conform: Conform) -> None:
    """Producers of two access points that send at the same time never give one id twice."""
    senders = [
        client(
            name,
            Open(on=f"{name}.ap"),
            CreateProducer(on=f"{name}.ap"),
            Start(),
            *[send("q")] * 20,
            Stop(),
            Close(on=f"{name}.ap"),
        )
        for name in ("one", "two")
    ]
    conform(Program.of(*senders).then(puller("c", "q", ReceiveUntil(40))))


@clauses(
    {
        "2.2.2-same-fields-pushed": each_received("the header fields of a message that is pulled", whole, only=pushed),
        "api.Message.receipt-present-pushed": receipts(only=pushed),
        "api.Message.receipt-present-pushed-batch": receipts(only=batch_pushed),
    }
)
def test_listeners_are_given_whole_messages(conform: Conform) -> None:
    """A listener, and a batch listener, is given messages with a whole header and a receipt."""
    sends = [send(queue, b"%d" % n) for n in range(3) for queue in ("q", "r")]
    program = Program.of(pusher("c", "q"), pusher("b", "r", batch=True), queues=("q", "r"))
    program = program.then(producer("p", *sends))
    conform(program.then(client("c", AwaitDeliveries(3)), client("b", AwaitDeliveries(3))))


SQUEEZED: dict[str, Any] = {"compression": "gzip"}
BODIES = (b"", b"x", bytes(range(256)), b"\x1f\x8b\x08looks compressed")


def squeezed(one: Received) -> bool:
    """Select messages with a compression set."""
    return one.sent is not None and bool(one.sent.message.header.compression)


def squeezed_body(consumer: str, *kinds: type[Operation]) -> Checker:
    """What a consumer is given of those that were sent in these ways has its body."""
    return each_received(
        "the body that was sent",
        same_body,
        only=lambda one: (
            one.delivery.consumer == consumer
            and squeezed(one)
            and one.sent is not None
            and isinstance(one.sent.entry.op, kinds)
        ),
    )


@clauses(
    {
        "2.3.5-compression-any-body": squeezed_body("c", Send),
        "2.3.5-compression-optional": each_received(
            "the body that was sent", same_body, only=lambda one: one.sent is not None and not squeezed(one)
        ),
        "2.3.5-compression-redelivered": squeezed_body("d", Send),
        "api.Header.compression-any-method": squeezed_body("c", SendAsync, SendOneway, SendBatch, SendBatchOneway),
    }
)
def test_compression_is_nobodys_business(conform: Conform) -> None:
    """A compressed message has its body in every way of sending, pulled, pushed, and delivered again."""
    compressed = [message("q", body, **SQUEEZED) for body in BODIES]
    sends: list[Step] = [
        *map(Send, compressed),
        SendAsync(compressed[2]),
        Get(),
        SendOneway(compressed[2]),
        SendBatch(tuple(compressed)),
    ]
    sends += [SendBatchOneway(tuple(compressed)), send("q", b"plain")]
    program = Program.of(producer("p", *sends))
    count = 3 * len(BODIES) + 3
    program = program.then(puller("c", "q", ReceiveUntil(count, ack=False), Stop()))
    conform(program.then(puller("d", "q", ReceiveUntil(count))))


@clauses({"api.Header.compression-pushed": squeezed_body("b", Operation)})
def test_compression_is_no_listeners_business(conform: Conform) -> None:
    """A compressed message is pushed with its body."""
    program = Program.of(producer("p", Send(message("q", b"pushed " * 100, **SQUEEZED))))
    conform(program.then(pusher("b", "q", AwaitDeliveries(1))))
