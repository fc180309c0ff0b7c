"""The extension header: optional fields that, where they are offered, mean what the document says."""

from typing import Any

from hypothesis import given, settings

from tck.checkers import headers
from tck.checkers.answers import follows
from tck.checkers.headers import each_received, extension, first_delivery_count, is_kept, is_replaced, not_empty
from tck.checkers.matching import Received
from tck.checkers.optional import dropped_in_silence
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import Stop
from tck.programs import Program, ReceiveUntil, producer, puller, send
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
    }
)
def test_the_server_stamps_its_host(conform: Conform) -> None:
    """StoreHost is the server's, whatever the sender had set."""
    preset = ExtensionHeader(store_host="store.host.of.the.sender.invalid")
    conform(Program.of(producer("p", send("q"), send("q", extension=preset))).then(puller("c", "q", ReceiveUntil(2))))


@clauses(
    {
        "ext.delivery-count-first": follows({"one": first_delivery_count(1), "zero": first_delivery_count(0)}),
        "ext.delivery-count-grows": headers.delivery_count_grows,
    }
)
def test_deliveries_are_counted(conform: Conform) -> None:
    """DeliveryCount begins at 1 (or 0) and grows with each redelivery."""
    program = Program.of(producer("p", *(send("q", b"%d" % n) for n in range(3))))
    for name in ("c", "d"):
        program = program.then(puller(name, "q", ReceiveUntil(3, ack=False), Stop()))
    conform(program.then(puller("e", "q", ReceiveUntil(3))))


@clauses({"api.OMSUnsupportException.header-not-dropped": dropped_in_silence})
def test_no_field_is_dropped_in_silence(conform: Conform) -> None:
    """A field that is not offered is refused with UNSUPPORTED, or arrives all the same."""
    preset: dict[str, Any] = {
        "correlation_id": "a",
        "message_key": "b",
        "trace_id": "c",
    }
    sends = [send("q", field.encode(), extension=ExtensionHeader(**{field: value})) for field, value in preset.items()]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends)))))
