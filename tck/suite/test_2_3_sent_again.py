"""Chapter 2.3: a message that is sent a second time, or on, is a new one; and what each way of sending leaves of the sender's own."""

from collections.abc import Callable
from typing import Any

from tck.checkers.answers import Checker
from tck.checkers.extension import on_return, returned_preset, returned_time
from tck.checkers.headers import (
    as_sent,
    born_before_receipt,
    born_in_interval,
    each_received,
    each_sent,
    header,
    is_kept,
    is_replaced,
    left_as_received,
    same_as_left,
)
from tck.checkers.matching import Received, Sent
from tck.checkers.ways import KINDS, WAYS, each_way
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import CreateProducer, SendAsync, SendBatch, SendBatchAsync, SendBatchOneway, SendOneway, Start
from tck.programs import Forward, Program, Quiet, ReceiveUntil, message, producer, puller, send, sends


def again(client: str, words: str, fault: Callable[[Received], str]) -> Checker:
    """Judge what this client sent with an id in it: a second time, or on."""

    def sent_again(one: Received) -> bool:
        return (
            one.sent is not None and one.sent.entry.client == client and one.sent.message.header.message_id is not None
        )

    return each_received(words, fault, only=sent_again)


def there(one: Received) -> str:
    """Say where a message came from that was sent on to the queue of consumer d."""
    consumer = one.delivery.consumer
    return is_kept(header("destination"), "destination")(one) or ("" if consumer == "d" else f"{consumer} received it")


@clauses(
    {
        "2.3.1-message-id-sent-again": again(
            "p", "not the id of the first send", is_replaced(header("message_id"), "message id")
        ),
        "2.3.1-message-id-forwarded": again(
            "c", "not the id that it was received with", is_replaced(header("message_id"), "message id")
        ),
        "2.3.2-born-timestamp-sent-again": again("p", "the time of its second send", born_before_receipt),
        "2.3.6-destination-preset-by-receiver": again("c", "the destination that its second sender set", there),
    }
)
def test_a_message_that_is_sent_again_is_a_new_one(conform: Conform) -> None:
    """Sent a second time, or sent on by who received it, a message has an id, a birth and a destination of its own."""
    program = Program.of(producer("p", send("q", b"again"), Quiet(), Forward("sent")), queues=("q", "r"))
    forwards = (ReceiveUntil(2), CreateProducer("on"), Start(on="on"), Forward(queue="r", on="on"))
    conform(program.then(puller("c", "q", *forwards)).then(puller("d", "r", ReceiveUntil(1))))


SET = "the destination that the sender set"
ANSWERED = ("async", "batch", "batch-async")
"""The ways of sending that tell when all is done."""
STORED: dict[str, Any] = {"store_timestamp": 1_000, "store_host": "store.host.of.the.sender.invalid"}


def _destination(one: Sent) -> str:
    now = as_sent(one).destination
    return "" if now == one.message.header.destination else f"the header's destination is {now!r}"


@clauses(
    {
        "api.Header.message-id-after-send-batch": left_as_received("message_id", "message id", SendBatch),
        "api.Header.message-id-after-send-batch-async": left_as_received("message_id", "message id", SendBatchAsync),
        "api.Header.born-timestamp-after-send-async": each_sent("born meanwhile", born_in_interval, by=SendAsync),
        "api.Header.born-timestamp-after-send-batch": each_sent("born meanwhile", born_in_interval, by=SendBatch),
        "api.Header.born-timestamp-after-send-oneway": each_sent("born meanwhile", born_in_interval, by=SendOneway),
        "api.Header.born-host-after-send-async": left_as_received("born_host", "born host", SendAsync),
        "api.Header.born-host-after-send-batch": left_as_received("born_host", "born host", SendBatch),
        "api.Header.born-timestamp-after-send-batch-async": each_sent(
            "born meanwhile", born_in_interval, by=SendBatchAsync
        ),
        "api.Header.born-timestamp-after-send-batch-oneway": each_sent(
            "born meanwhile", born_in_interval, by=SendBatchOneway
        ),
        "api.Header.born-host-after-send-oneway": left_as_received("born_host", "born host", SendOneway),
        "api.Header.born-host-after-send-batch-async": left_as_received("born_host", "born host", SendBatchAsync),
        "api.Header.born-host-after-send-batch-oneway": left_as_received("born_host", "born host", SendBatchOneway),
        **each_way(
            "api.Header.message-id-after-send",
            lambda which: same_as_left("message_id", "message id", which),
            "oneway",
            "batch-oneway",
        ),
        **{f"api.Header.destination-after-send-{way}": each_sent(SET, _destination, by=KINDS[way]) for way in WAYS},
        **{
            f"api.ExtensionHeader.store-timestamp-on-return-{way}": on_return(
                returned_time, "store_timestamp", "storeTimestamp", KINDS[way]
            )
            for way in ANSWERED
        },
        **{
            f"api.ExtensionHeader.store-host-on-return-{way}": on_return(
                returned_preset("store_host", "storeHost"), "store_host", "storeHost", KINDS[way]
            )
            for way in ANSWERED
        },
        "api.Header.durability-after-send": each_sent(
            "the durability that the sender set",
            lambda one: (
                ""
                if as_sent(one).durability == one.message.header.durability
                else f"the header's durability is {as_sent(one).durability!r}"
            ),
        ),
    }
)
def test_every_way_of_sending_says_what_it_assigned(conform: Conform) -> None:
    """The sender's own messages hold id, birth and host, and still what the sender set, whichever way they were sent."""
    preset = {field: value for field, value in STORED.items() if conform.supports(f"extension_header.{field}")}
    extended = ExtensionHeader(**preset) if preset else None
    two = (message("q", b"first left"), message("q", b"second left", extension=extended))
    lasting = {"durability": 1} if conform.supports("durability") else {}
    steps = [step for way in WAYS.values() for step in sends(way, *two)]
    program = Program.of(producer("p", *steps, send("q", b"lasting left", **lasting)))
    conform(program.then(puller("c", "q", ReceiveUntil(2 * len(WAYS) + 1))))
