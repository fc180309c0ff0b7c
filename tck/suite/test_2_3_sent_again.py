"""Chapter 2.3: a message that is sent a second time, or on, is a new one; and what each way of sending leaves of the sender's own."""

from collections.abc import Callable

from tck.checkers.answers import Checker
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
)
from tck.checkers.matching import Received
from tck.conformance import Conform, clauses
from tck.operations import CreateProducer, Get, SendAsync, SendBatch, SendBatchAsync, SendOneway, Start
from tck.programs import Forward, Program, Quiet, ReceiveUntil, message, producer, puller, send


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


@clauses(
    {
        "api.Header.message-id-after-send-batch": left_as_received("message_id", "message id", SendBatch),
        "api.Header.message-id-after-send-batch-async": left_as_received("message_id", "message id", SendBatchAsync),
        "api.Header.born-timestamp-after-send-async": each_sent("born meanwhile", born_in_interval, by=SendAsync),
        "api.Header.born-timestamp-after-send-batch": each_sent("born meanwhile", born_in_interval, by=SendBatch),
        "api.Header.born-timestamp-after-send-oneway": each_sent("born meanwhile", born_in_interval, by=SendOneway),
        "api.Header.born-host-after-send-async": left_as_received("born_host", "born host", SendAsync),
        "api.Header.born-host-after-send-batch": left_as_received("born_host", "born host", SendBatch),
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
    two = (message("q", b"first left"), message("q", b"second left"))
    lasting = {"durability": 1} if conform.supports("durability") else {}
    sends = (SendAsync(two[0]), Get(), SendBatch(two), SendBatchAsync(two), Get(), SendOneway(two[1]))
    program = Program.of(producer("p", *sends, send("q", b"lasting left", **lasting)))
    conform(program.then(puller("c", "q", ReceiveUntil(7))))
