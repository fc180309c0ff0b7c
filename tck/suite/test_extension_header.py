"""The extension header: optional fields that, where they are offered, mean what the document says."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings

from tck.checkers import extension as checkers
from tck.checkers import headers
from tck.checkers.answers import Checker, follows
from tck.checkers.delivery import same_when_redelivered
from tck.checkers.headers import (
    each_received,
    each_sent,
    extension,
    first_delivery_count,
    is_kept,
    is_replaced,
    not_empty,
)
from tck.checkers.matching import Received
from tck.checkers.optional import dropped_in_silence
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import Get, Reply, SendAsync, SendBatch, Stop
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Drain,
    Program,
    ReceiveUntil,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
)
from tck.strategies import texts

FIELDS = {
    "correlation_id": "ext.correlation-id-kept",
    "message_key": "ext.message-key-kept",
    "trace_id": "ext.trace-id-kept",
}


def _absent(one: Received) -> str:
    value = extension("correlation_id")(one.message)
    return f"its correlationId is {value!r}, and the sender set none" if value else ""


@clauses(
    {
        clause: each_received(f"the {field} that was sent", is_kept(extension(field), field))
        for field, clause in FIELDS.items()
    }
)
@settings(max_examples=12)
@given(texts(min_size=1))
def test_texts_are_carried(conform: Conform, text: str) -> None:
    """correlationId, messageKey and traceId arrive as they were set, for any text."""
    offered: dict[str, Any] = {field: text for field in FIELDS if conform.supports(f"extension_header.{field}")}
    conform(
        Program.of(producer("p", send("q", extension=ExtensionHeader(**offered)))).then(
            puller("c", "q", ReceiveUntil(1))
        )
    )


@clauses({"ext.correlation-id-not-invented": each_received("no correlationId", _absent)})
def test_no_correlation_id_is_invented(conform: Conform) -> None:
    """A message without a correlationId arrives without one."""
    conform(Program.of(producer("p", send("q"))).then(puller("c", "q", ReceiveUntil(1))))


@clauses(
    {
        "ext.store-timestamp-set": each_received(
            "a storeTimestamp greater than zero",
            lambda one: "" if (extension("store_timestamp")(one.message) or 0) > 0 else "it has no storeTimestamp",
        ),
        "ext.store-timestamp-server-time": each_received("the server's time at storing", headers.stored_in_interval),
        "ext.store-timestamp-preset-ignored": each_received(
            "not the sender's storeTimestamp", is_replaced(extension("store_timestamp"), "storeTimestamp")
        ),
        "api.ExtensionHeader.store-timestamp-on-return": checkers.on_return(
            checkers.returned_time, "store_timestamp", "storeTimestamp"
        ),
        "api.ExtensionHeader.store-timestamp-same-at-receiver": checkers.same_as_returned(
            "store_timestamp", "storeTimestamp"
        ),
        "api.ExtensionHeader.store-timestamp-preset-replaced": each_sent(
            "not the sender's storeTimestamp", checkers.returned_preset("store_timestamp", "storeTimestamp")
        ),
    }
)
def test_the_server_stamps_the_time(conform: Conform) -> None:
    """StoreTimestamp is the server's time, whatever the sender had set."""
    preset = ExtensionHeader(store_timestamp=1_000)
    conform(Program.of(producer("p", send("q"), send("q", extension=preset))).then(puller("c", "q", ReceiveUntil(2))))


@clauses(
    {
        "ext.store-host-set": each_received("a non-empty storeHost", not_empty(extension("store_host"), "storeHost")),
        "ext.store-host-preset-ignored": each_received(
            "not the sender's storeHost", is_replaced(extension("store_host"), "storeHost")
        ),
        "api.ExtensionHeader.store-host-on-return": checkers.on_return(
            checkers.returned_preset("store_host", "storeHost"), "store_host", "storeHost"
        ),
        "api.ExtensionHeader.store-host-same-at-receiver": checkers.same_as_returned("store_host", "storeHost"),
        "api.ExtensionHeader.store-host-preset-replaced": each_sent(
            "not the sender's storeHost", checkers.returned_preset("store_host", "storeHost")
        ),
    }
)
def test_the_server_stamps_its_host(conform: Conform) -> None:
    """StoreHost is the server's, whatever the sender had set."""
    preset = ExtensionHeader(store_host="store.host.of.the.sender.invalid")
    conform(Program.of(producer("p", send("q"), send("q", extension=preset))).then(puller("c", "q", ReceiveUntil(2))))


@clauses(
    {
        "ext.store-timestamp-preset-ignored": each_received(
            "not the sender's storeTimestamp", is_replaced(extension("store_timestamp"), "storeTimestamp")
        ),
        "ext.store-host-preset-ignored": each_received(
            "not the sender's storeHost", is_replaced(extension("store_host"), "storeHost")
        ),
    }
)
def test_the_server_stamps_in_every_way(conform: Conform) -> None:
    """StoreTimestamp and storeHost are the server's also where they are preset and sent asynchronously, or in a batch."""
    preset = {"store_timestamp": 1_000, "store_host": "store.host.of.the.sender.invalid"}
    offered: dict[str, Any] = {k: v for k, v in preset.items() if conform.supports(f"extension_header.{k}")}
    one = message("q", b"preset", extension=ExtensionHeader(**offered))
    sends = (SendAsync(one), Get(), SendBatch((one, one)))
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(3))))


@clauses(
    {
        "ext.delivery-count-first": follows({"one": first_delivery_count(1), "zero": first_delivery_count(0)}),
        "ext.delivery-count-grows": headers.delivery_count_grows,
        "ext.delivery-count-by-one": checkers.grows_by_one,
        "ext.delivery-count-own": checkers.first_count_is_own,
        "ext.delivery-count-kept-by-ack": checkers.kept_by_ack,
    }
)
def test_deliveries_are_counted(conform: Conform) -> None:
    """DeliveryCount begins at 1 (or 0) and grows by one with each redelivery, for each message by itself."""
    program = Program.of(producer("p", *(send("q", b"%d" % n) for n in range(3))))
    for name in ("c", "d"):
        program = program.then(puller(name, "q", ReceiveUntil(3, ack=False), Stop()))
    program = program.then(client("p", send("q", b"late")))
    program = program.then(puller("e", "q", ReceiveUntil(4, ack=False), AckReceived("first"), Stop()))
    conform(program.then(puller("f", "q", ReceiveUntil(3))))


@clauses({"api.OMSUnsupportException.header-not-dropped": dropped_in_silence()})
def test_no_field_is_dropped_in_silence(conform: Conform) -> None:
    """A field that is not offered is refused with UNSUPPORTED, or arrives all the same."""
    preset: dict[str, Any] = {
        "correlation_id": "a",
        "message_key": "b",
        "trace_id": "c",
    }
    sends = [send("q", field.encode(), extension=ExtensionHeader(**{field: value})) for field, value in preset.items()]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends)))))


def _fields(conform: Conform, **fields: str) -> ExtensionHeader:
    """Return an extension header with those of these fields that are offered."""
    offered: dict[str, Any] = {field: v for field, v in fields.items() if conform.supports(f"extension_header.{field}")}
    return ExtensionHeader(**offered)


def _of_each(clause: str, judge: Callable[[str], Checker], *, but: str = "") -> dict[str, Checker]:
    """Return the judges of a clause of each field that a client sets, `but` one."""
    return {
        f"ext.{field.replace('_', '-')}-{clause}": judge(field) for field in checkers.FIELDS if field not in but.split()
    }


def _same(field: str) -> Checker:
    word = checkers.FIELDS[field]
    words = f"a message that is delivered again has the same {word}"
    return same_when_redelivered(word, words, lambda one: extension(field)(one.message))


@clauses(
    {
        **_of_each("kept-on-redelivery", _same),
        "ext.store-timestamp-kept-on-redelivery": follows(
            {
                "first": same_when_redelivered(
                    "storeTimestamp",
                    "a message that is delivered again has the same storeTimestamp",
                    lambda one: extension("store_timestamp")(one.message),
                ),
                "again": checkers.not_earlier("store_timestamp", "storeTimestamp"),
            }
        ),
        **_of_each("optional", checkers.comes_without),
        **_of_each("shared", lambda field: checkers.shared(field, "c", "e"), but="trace_id"),
        "ext.trace-id-shared": follows(
            {"chain": checkers.shared("trace_id", "c", "e"), "message": checkers.refused_when_shared("trace_id")}
        ),
        "ext.correlation-id-not-invented": checkers.never_given("correlation_id"),
        "ext.message-key-not-invented": checkers.never_given("message_key"),
        "ext.trace-id-not-invented": follows(
            {"client": checkers.never_given("trace_id"), "system": checkers.given_its_own("trace_id")}
        ),
    }
)
def test_fields_are_of_single_messages(conform: Conform) -> None:
    """Each field may be set or not, by one message or several, and is the same whenever the message is delivered."""
    full = [
        _fields(conform, correlation_id=correlation, message_key=key, trace_id=trace)
        for correlation, key, trace in (
            ("c", "k", "1"),
            ("c", "k", "2"),
            ("c", "k", "3"),
            ("4", "4", "t"),
            ("5", "5", "t"),
        )
    ]
    partial = [_fields(conform, **{field: f"only {field}"}) for field in checkers.FIELDS]
    sends = [send("q", b"%d" % n, extension=header) for n, header in enumerate((*full[1:], *partial, None))]
    program = Program.of(producer("p", *sends, send("r", extension=full[0])), queues=("q", "r"))
    program = program.then(puller("c", "q", ReceiveUntil(len(sends), ack=False), Stop()))
    conform(program.then(puller("d", "q", ReceiveUntil(len(sends))), puller("e", "r", ReceiveUntil(1))))


@clauses(
    {
        **_of_each(
            "kept-pushed",
            lambda field: each_received(
                f"the {checkers.FIELDS[field]} that was sent",
                is_kept(extension(field), checkers.FIELDS[field]),
                only=lambda one: one.delivery.consumer == "c",
            ),
        ),
        "ext.delivery-count-raised": checkers.grows_when_raised,
        "ext.delivery-count-grows-batch": checkers.grows_in_batches,
    }
)
def test_listeners_see_the_fields_too(conform: Conform) -> None:
    """A listener is given the fields that were set, and a count that grows when it fails and from batch to batch."""
    full = {"correlation_id": "a correlation", "message_key": "a key"}
    sends = [
        send(queue, b"%d" % n, extension=_fields(conform, **full, trace_id=f"{queue} {n}"))
        for n in range(3)
        for queue in ("q", "r")
    ]
    program = Program.of(producer("p", *sends), queues=("q", "r"))
    program = program.then(pusher("c", "q", AwaitDeliveries(3), Stop(), reply=Reply.RAISE))
    program = program.then(
        pusher("d", "q", AwaitDeliveries(3), Stop(), reply=Reply.SKIP),
        puller("g", "r", ReceiveUntil(3, ack=False), Stop()),
    )
    program = program.then(puller("e", "r", ReceiveUntil(3, ack=False, batch=True), Stop()))
    conform(program.then(pusher("f", "r", AwaitDeliveries(3), batch=True)))


@clauses({"ext.partition-not-offered": checkers.delivered_without_partition})
def test_a_partition_where_there_is_none(conform: Conform) -> None:
    """Without partitions a message that names one is delivered all the same, or refused."""
    partition = None if conform.claims("Streaming") else ExtensionHeader(partition=0)
    conform(Program.of(producer("p", send("q", extension=partition))).then(puller("c", "q", Drain(expect=1))))
