"""Chapter 2 once more, for messages that are sent asynchronously, in a batch, or oneway: they are like any other."""

from collections.abc import Callable
from typing import Any

from tck.checkers import content
from tck.checkers.answers import Checker
from tck.checkers.headers import each_received, extension, header, is_kept, is_replaced, not_empty
from tck.checkers.matching import Received
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Integer, Message, Properties, String
from tck.operations import Get, Operation, SendAsync, SendBatch, SendOneway
from tck.programs import Program, ReceiveUntil, Step, message, producer, puller
from tck.suite.test_extension_of_several import traced_apart

WAYS: dict[str, type[Operation]] = {"async": SendAsync, "batch": SendBatch, "oneway": SendOneway}
PRESET: dict[str, Any] = {
    "message_id": "the-senders-own-id",
    "born_timestamp": 1_000,
    "born_host": "host.of.the.sender.invalid",
}
PROPERTIES: Properties = {"text": String("é 👩🏽\u200d🚀"), "number": Integer(-7), "empty": String("")}
BODIES = (b"", bytes(range(256)), b'{"looks": "like JSON"}', b"\x1f\x8b\x08looks like gzip", "é".encode("utf-16"))
Fault = Callable[[Received], str]


def in_every_way(clause: str, words: str, fault: Fault, *, but: str = "") -> dict[str, Checker]:
    """Return the judges of the clauses of this name for each way of sending, `but` one."""

    def sent_by(kind: type[Operation]) -> Callable[[Received], bool]:
        return lambda one: one.sent is not None and isinstance(one.sent.entry.op, kind)

    return {
        f"{clause}-{way}": each_received(words, fault, only=sent_by(kind)) for way, kind in WAYS.items() if way != but
    }


def sending(*messages: Message) -> Program:
    """Send each of these in every way, and receive all of it."""
    steps: list[Step] = [SendBatch(messages)]
    for one in messages:
        steps += [SendAsync(one), Get(), SendOneway(one)]
    return Program.of(producer("p", *steps)).then(puller("c", "q", ReceiveUntil(3 * len(messages))))


def _same_fields(one: Received) -> str:
    return (
        is_kept(header("destination"), "destination")(one)
        or not_empty(header("message_id"), "message id")(one)
        or not_empty(header("born_host"), "born host")(one)
        or ("" if one.message.header.born_timestamp else "it has no born timestamp")
    )


@clauses(
    {
        **in_every_way("2.2.2-same-fields", "the header of a message that is sent alone", _same_fields),
        **in_every_way("2.2.4-properties-kept", "every property is received", content.same_properties(), but="batch"),
        **in_every_way("2.2.5-data-not-modified", "the body is received as it was sent", content.same_body),
        **in_every_way(
            "2.3.1-message-id-assigned",
            "the provider's id, not the sender's",
            is_replaced(header("message_id"), "message id"),
        ),
        **in_every_way(
            "2.3.2-born-timestamp-preset-ignored",
            "the time of the send, not the sender's",
            is_replaced(header("born_timestamp"), "born timestamp"),
        ),
        **in_every_way(
            "2.3.3-born-host-preset-ignored",
            "the host of the client, not the sender's",
            is_replaced(header("born_host"), "born host"),
        ),
    }
)
def test_every_way_of_sending_is_like_the_first(conform: Conform) -> None:
    """Header, properties and body of a message do not depend on the method that sends it."""
    conform(sending(*(message("q", body, PROPERTIES, **PRESET) for body in BODIES)))


@clauses(
    {
        **in_every_way(
            "2.3.4-qos-default",
            "qos 0 where none was set",
            lambda one: (
                ""
                if one.message.header.qos == 0 or (one.sent and one.sent.message.header.qos is not None)
                else f"its qos is {one.message.header.qos!r}"
            ),
        ),
        **in_every_way(
            "2.3.4-qos-kept",
            "the qos that was sent",
            lambda one: (
                is_kept(header("qos"), "qos")(one) if one.sent and one.sent.message.header.qos is not None else ""
            ),
        ),
    }
)
def test_qos_is_carried_in_every_way(conform: Conform) -> None:
    """Each quality of service arrives as it was set, and 0 where none was, whichever method sends it."""
    conform(sending(message("q", b"default"), *(message("q", b"%d" % n, qos=n) for n in (0, 1, 2))))


FIELDS = {"correlation_id": "correlationId", "message_key": "messageKey", "trace_id": "traceId"}


@clauses(
    {
        clause: checker
        for field, word in FIELDS.items()
        for clause, checker in in_every_way(
            f"ext.{field.replace('_', '-')}-kept", f"the {word} that was sent", is_kept(extension(field), word)
        ).items()
    }
)
def test_extension_fields_are_carried_in_every_way(conform: Conform) -> None:
    """correlationId, messageKey and traceId arrive as they were set, whichever method sends them."""
    offered: dict[str, Any] = {field: f"a {field}" for field in FIELDS if conform.supports(f"extension_header.{field}")}
    conform(traced_apart(sending(message("q", b"extended", extension=ExtensionHeader(**offered)))))


@clauses(
    {
        **in_every_way(
            "ext.store-timestamp-set",
            "a storeTimestamp greater than zero",
            lambda one: "" if (extension("store_timestamp")(one.message) or 0) > 0 else "it has no storeTimestamp",
        ),
        **in_every_way("ext.store-host-set", "a non-empty storeHost", not_empty(extension("store_host"), "storeHost")),
    }
)
def test_the_server_says_when_and_where_in_every_way(conform: Conform) -> None:
    """What the server stored says when and where, whichever method sent it."""
    conform(sending(message("q", b"stored")))
