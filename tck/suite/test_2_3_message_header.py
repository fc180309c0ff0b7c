"""Chapter 2.3: the system header of a message."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tck.checkers import headers
from tck.checkers.answers import Checker, all_of, fails, follows, ops
from tck.checkers.content import same_body
from tck.checkers.delivery import not_returned, nothing_lost, once, only_own_queue, same_when_redelivered
from tck.checkers.headers import as_sent, each_received, each_sent, header, is_kept, is_replaced, not_empty
from tck.checkers.matching import Sent
from tck.conformance import Conform, bulky, clauses
from tck.messages import Message
from tck.operations import (
    BindQueue,
    ErrorKind,
    Get,
    Receive,
    Send,
    SendAsync,
    SendBatch,
    SendOneway,
    Start,
    Stop,
    UnbindQueue,
)
from tck.programs import Drain, Program, ReceiveUntil, client, message, producer, puller, send
from tck.strategies import exchanges

IDS = {
    "2.3.1-message-id-unique": headers.ids_are_unique,
    "2.3.1-message-id-same-at-receiver": headers.id_same_at_receiver,
    "2.3.1-message-id-received": each_received("a non-empty id", not_empty(header("message_id"), "message id")),
}
EVERY_WAY = (
    send("q", b"sync"),
    SendAsync(message("q", b"async")),
    Get(),
    SendOneway(message("q", b"oneway")),
    SendBatch((message("q", b"batch 1"), message("q", b"batch 2"))),
)
PRESET: dict[str, Any] = {
    "message_id": "the-senders-own-id",
    "born_timestamp": 1_000,
    "born_host": "host.of.the.sender.invalid",
}


def _differs(one: Sent, field: str) -> str:
    """Say that the sender's message still holds what was preset."""
    preset, now = getattr(one.message.header, field), getattr(as_sent(one), field)
    return (
        f"its {field} after the send is {now!r}, which the sender had set"
        if preset is not None and now == preset
        else ""
    )


def _preset_id(one: Sent) -> str:
    returned = one.result.message_id if one.result else None
    return f"send returned {returned!r}, which the sender had set" if returned == one.message.header.message_id else ""


def _replaced(field: str, words: str) -> Checker:
    return all_of(
        each_sent(words, lambda one: _differs(one, field)), each_received(words, is_replaced(header(field), field))
    )


@clauses(
    {
        "2.3.1-message-id-assigned": all_of(
            each_sent("the provider's id, not the sender's", _preset_id),
            each_received("the provider's id, not the sender's", is_replaced(header("message_id"), "message id")),
        ),
        "2.3.2-born-timestamp-preset-ignored": _replaced("born_timestamp", "the time of the send, not the sender's"),
        "2.3.3-born-host-preset-ignored": _replaced("born_host", "the host of the client, not the sender's"),
        "2.3.1-message-id-unique": headers.ids_are_unique,
    }
)
def test_the_provider_assigns_what_is_its_own(conform: Conform) -> None:
    """Id, born timestamp and born host that the sender set are ignored: the provider assigns its own."""
    preset = [Send(message("q", b"%d" % n, **PRESET)) for n in range(10)]
    conform(Program.of(producer("p", *preset)).then(puller("c", "q", ReceiveUntil(10))))


@clauses(
    {
        **IDS,
        "2.3.1-message-id-non-empty": each_sent(
            "a non-empty message id",
            lambda one: "" if one.result and one.result.message_id else "send returned no message id",
        ),
        "2.3.1-message-id-in-sent-header": each_sent(
            "the sender's message holds the id of the result",
            lambda one: (
                ""
                if one.result and as_sent(one).message_id == one.result.message_id
                else f"the result's id is {one.result and one.result.message_id!r}, the header's {as_sent(one).message_id!r}"
            ),
        ),
        "2.3.2-born-timestamp-in-interval": each_sent(
            "a born timestamp from the call to its return", headers.born_in_interval
        ),
        "2.3.2-born-timestamp-received": each_received(
            "a born timestamp from the send to the receipt", headers.born_before_receipt
        ),
        "2.3.2-born-timestamp-same-at-receiver": each_received(
            "the born timestamp of the sender's message",
            lambda one: (
                ""
                if one.sent is None
                or not one.sent.result
                or as_sent(one.sent).born_timestamp == one.message.header.born_timestamp
                else f"sent {as_sent(one.sent).born_timestamp}, received {one.message.header.born_timestamp}"
            ),
            only=lambda one: one.sent is not None and one.sent.accepted and isinstance(one.sent.entry.op, Send),
        ),
        "2.3.3-born-host-non-empty": each_received(
            "a non-empty born host", not_empty(header("born_host"), "born host")
        ),
        "2.3.3-born-host-same-at-receiver": each_received(
            "the sender's message has a born host, and the received one the same",
            lambda one: (
                ""
                if one.sent
                and as_sent(one.sent).born_host
                and as_sent(one.sent).born_host == one.message.header.born_host
                else f"sent {one.sent and as_sent(one.sent).born_host!r}, received {one.message.header.born_host!r}"
            ),
            only=lambda one: one.sent is not None and one.sent.accepted and isinstance(one.sent.entry.op, Send),
        ),
        "2.3.6-destination-at-receiver": each_received(
            "the destination is the queue", is_kept(header("destination"), "destination")
        ),
        "2.3.4-at-least-once": nothing_lost(),
    }
)
def test_every_way_of_sending_fills_the_header(conform: Conform) -> None:
    """A message that was sent in any way arrives with an id, a born timestamp and a born host."""
    conform(
        Program.of(producer("p", *EVERY_WAY, *(send("q", b"%d" % n) for n in range(5)))).then(
            puller("c", "q", ReceiveUntil(10))
        )
    )


@clauses({**IDS, "2.3.4-at-least-once": nothing_lost(), "2.3.6-destination-no-other": only_own_queue})
@settings(max_examples=12)
@given(exchanges())
def test_producers_and_consumers_at_once(conform: Conform, program: Program) -> None:
    """Whoever sends and receives at the same time, no id comes twice, no message is lost, none strays."""
    conform(program)


@bulky
@clauses({"2.3.1-message-id-unique": headers.ids_are_unique})
def test_ids_of_many_producers_are_unique(conform: Conform) -> None:
    """Four producers that send at the same time to two queues never give one id twice."""
    senders = [producer(f"p{n}", *(send(queue) for _ in range(25) for queue in ("q", "r"))) for n in range(4)]
    program = Program.of(*senders, queues=("q", "r"))
    conform(program.then(puller("c", "q", ReceiveUntil(100)), puller("d", "r", ReceiveUntil(100))))


@clauses(
    {
        "2.3.1-message-id-kept-on-redelivery": same_when_redelivered(
            "message id",
            "a message that is delivered again bears the same id",
            lambda one: one.message.header.message_id,
        ),
        "api.Consumer.ack-redelivered-content": same_when_redelivered(
            "destination, properties and body",
            "a message that is delivered again has the same destination, properties and body",
            lambda one: (
                one.message.header.destination,
                sorted(one.message.properties.items()),
                one.message.body or b"",
            ),
        ),
    }
)
def test_a_redelivered_message_is_the_same(conform: Conform) -> None:
    """A message that is delivered again has the id and the content that it had before."""
    program = Program.of(producer("p", *(send("q", b"%d" % n) for n in range(3))))
    program = program.then(puller("c", "q", ReceiveUntil(3, ack=False), Stop()))
    conform(program.then(puller("d", "q", ReceiveUntil(3))))


@clauses(
    {
        "2.3.6-destination-honoured": nothing_lost(
            "c", which=lambda s: str(s.message.header.destination).endswith("-q")
        ),
        "2.3.6-destination-no-other": only_own_queue,
        "2.3.6-destination-at-receiver": each_received(
            "the destination is the queue", is_kept(header("destination"), "destination")
        ),
    }
)
def test_the_destination_is_honoured(conform: Conform) -> None:
    """A message reaches the queue that it names, and no other."""
    sends = [send(queue, queue.encode()) for _ in range(5) for queue in ("q", "r")]
    program = Program.of(producer("p", *sends), queues=("q", "r"))
    conform(program.then(puller("c", "q", ReceiveUntil(5), Drain()), puller("d", "r", ReceiveUntil(5), Drain())))


@clauses(
    {
        "2.3.6-destination-required": follows(
            {"format": fails(ops(Send), ErrorKind.FORMAT), "destination": fails(ops(Send), ErrorKind.DESTINATION)}
        )
    }
)
def test_a_destination_is_required(conform: Conform) -> None:
    """A message without a destination is refused."""
    conform(Program.of(producer("p", Send(Message(body=b"to nowhere")))))


@clauses(
    {
        "2.3.4-qos-default": each_received(
            "qos 0",
            lambda one: "" if one.message.header.qos == 0 else f"its qos is {one.message.header.qos!r}",
            only=lambda one: one.sent is not None and one.sent.message.header.qos is None,
        ),
        "2.3.4-qos-kept": each_received(
            "the qos that was sent",
            is_kept(header("qos"), "qos"),
            only=lambda one: one.sent is not None and one.sent.message.header.qos is not None,
        ),
        "2.3.4-exactly-once": once(which=lambda s: s.message.header.qos == 2),
    }
)
def test_qos_is_carried(conform: Conform) -> None:
    """Each quality of service arrives as it was set, and 0 where none was."""
    sends = [send("q", b"default"), *(send("q", b"%d" % n, qos=n) for n in (0, 1, 2))]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(4), Drain())))


@clauses({"2.3.4-at-most-once": not_returned(lambda s: s.message.header.qos == 1)})
def test_at_most_once_is_not_redelivered(conform: Conform) -> None:
    """A message of qos 1, be it short or long, is not delivered again, also where its consumer stopped, was unbound or restarted."""
    queues, short_and_long = ("q", "unbound", "again"), (b"short", b"", b"long" * 2_000)
    sends = [send(queue, body, qos=1) for body in short_and_long for queue in queues]
    program = Program.of(producer("p", *sends), queues=queues)
    program = program.then(
        puller("c", "q", ReceiveUntil(3, ack=False), Stop()),
        puller("u", "unbound", ReceiveUntil(3, ack=False), UnbindQueue("unbound")),
        puller("a", "again", ReceiveUntil(3, ack=False), Stop(), Start(), BindQueue("again")),
    )
    takers = (puller("d", "q", Receive(conform.calibration.quiet), Drain()), puller("e", "unbound", Drain()))
    conform(program.then(*takers, client("a", Drain())))


@clauses({"2.3.5-compression-decompressed": each_received("the body is delivered decompressed", same_body)})
@settings(max_examples=6)
@given(st.binary(max_size=2000))
def test_compression_is_transparent(conform: Conform, body: bytes) -> None:
    """A message that asks for compression arrives with its body as it was."""
    sends = [send("q", body, compression="gzip"), send("q", b"squeeze me " * 12_000, compression="gzip")]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(2))))


@clauses(
    {
        "api.Header.durability-kept": each_received(
            "the durability that was sent", is_kept(header("durability"), "durability")
        )
    }
)
def test_durability_is_carried(conform: Conform) -> None:
    """Each durability arrives as it was set."""
    sends = [send("q", b"%d" % n, durability=n) for n in (0, 1)]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(2))))
