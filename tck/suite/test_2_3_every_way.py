"""Chapter 2 once more, for messages that are sent asynchronously, in a batch, or oneway: they are like any other."""

from collections.abc import Callable
from typing import Any

from tck.checkers import content
from tck.checkers.answers import Checker, follows
from tck.checkers.headers import (
    each_received,
    extension,
    header,
    is_kept,
    is_replaced,
    not_empty,
    same_as_left,
)
from tck.checkers.matching import Received, Sent, Which
from tck.checkers.partitions import refused
from tck.checkers.ways import WAYS, each_way
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Integer, Message, Properties, String
from tck.programs import Program, ReceiveUntil, message, producer, puller, sends
from tck.suite.test_extension_of_several import traced_apart

PRESET: dict[str, Any] = {
    "message_id": "the-senders-own-id",
    "born_timestamp": 1_000,
    "born_host": "host.of.the.sender.invalid",
}
STORED: dict[str, Any] = {"store_timestamp": 1_000, "store_host": "store.host.of.the.sender.invalid"}
COUNT = 41
PROPERTIES: Properties = {"text": String("é 👩🏽\u200d🚀"), "number": Integer(-7), "empty": String("")}
BODIES = (b"", bytes(range(256)), b'{"looks": "like JSON"}', b"\x1f\x8b\x08looks like gzip", "é".encode("utf-16"))
WAYS_OF_BODIES = ("async", "batch", "oneway")
"""The content of asynchronous and oneway batches is in clauses of the producer."""
Fault = Callable[[Received], str]


def in_every_way(clause: str, words: str, fault: Fault, *ways: str, all_come: bool = True) -> dict[str, Checker]:
    """Return the judges of the clauses of this name for each of these ways of sending; for all if none is given."""

    def judge(which: Which) -> Checker:
        return each_received(words, fault, only=lambda one: one.sent is not None and which(one.sent), all_come=all_come)

    return each_way(clause, judge, *ways)


def sending(*messages: Message, alone: bool = False) -> Program:
    """Send each of these in every way, and receive all of it; if `alone` also each by itself."""
    ways = (*WAYS.values(), "send") if alone else tuple(WAYS.values())
    steps = [step for way in ways for step in sends(way, *messages)]
    return Program.of(producer("p", *steps)).then(puller("c", "q", ReceiveUntil(len(ways) * len(messages))))


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
        **in_every_way(
            "2.2.4-properties-kept", "every property is received", content.same_properties(), "async", "oneway"
        ),
        **in_every_way(
            "2.2.5-data-not-modified", "the body is received as it was sent", content.same_body, *WAYS_OF_BODIES
        ),
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
        **each_way(
            "2.3.2-born-timestamp-same-at-receiver",
            lambda which: same_as_left("born_timestamp", "born timestamp", which),
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
        **in_every_way(
            "ext.store-timestamp-preset-ignored",
            "not the sender's storeTimestamp",
            is_replaced(extension("store_timestamp"), "storeTimestamp"),
        ),
        **in_every_way(
            "ext.store-host-preset-ignored",
            "not the sender's storeHost",
            is_replaced(extension("store_host"), "storeHost"),
        ),
    }
)
def test_the_server_says_when_and_where_in_every_way(conform: Conform) -> None:
    """What the server stored says when and where, whichever method sent it, and whatever the sender had set."""
    offered = {field: value for field, value in STORED.items() if conform.supports(f"extension_header.{field}")}
    preset = [message("q", b"stored before", extension=ExtensionHeader(**offered))] if offered else []
    conform(sending(message("q", b"stored"), *preset))


def _counted(one: Received) -> str:
    count = one.message.header.delivery_count or 0
    return f"its delivery count is {count}, the sender had set {COUNT}" if count >= COUNT else ""


def own_count(which: Which) -> Checker:
    """What was delivered counts from its first delivery, or what had set a count was refused."""

    def preset(one: Sent) -> bool:
        return which(one) and one.message.header.delivery_count == COUNT

    ignored = each_received(
        "the count of its deliveries, not the sender's",
        _counted,
        only=lambda one: one.sent is not None and preset(one.sent),
    )
    return follows({"ignored": ignored, "error": refused(preset)})


@clauses(each_way("ext.delivery-count-preset-ignored", own_count, "", *WAYS))
def test_a_sender_counts_no_deliveries(conform: Conform) -> None:
    """A delivery count that a sender set counts for nothing, whichever method sends the message."""
    preset: dict[str, Any] = {"delivery_count": COUNT}
    conform(sending(message("q", b"counted", **preset), alone=True))


FAR = 4_102_444_800_000
"""A moment in the year 2100, and far off as a span, too."""
HOUR = 3_600_000
"""Far off as a span, and over as a moment."""
SET = (
    ("api.Header.durability-kept", header("durability"), "durability"),
    ("api.Header.priority-kept", header("priority"), "priority"),
    ("api.ExtensionHeader.delay-time-kept", extension("delay_time"), "delayTime"),
    ("api.ExtensionHeader.expire-time-kept", extension("expire_time"), "expireTime"),
)


def _kept(take: Callable[[Message], Any], word: str) -> Fault:
    kept = is_kept(take, word)
    return lambda one: kept(one) if one.sent and take(one.sent.message) is not None else ""


@clauses(
    {
        clause: checker
        for name, take, word in SET
        for clause, checker in in_every_way(
            name, f"the {word} that was sent", _kept(take, word), all_come=False
        ).items()
    }
)
def test_what_a_sender_asks_for_is_carried_in_every_way(conform: Conform) -> None:
    """Durability, priority, delayTime and expireTime arrive as they were set, whichever method sends them."""
    asked: dict[str, Any] = {"durability": 1} if conform.supports("durability") else {}
    asked |= {"priority": 7} if conform.claims("Priority") else {}
    otherwise = {field: value - 1 for field, value in asked.items()}
    delays = conform.supports("extension_header.delay_time")
    delay, another = (ExtensionHeader(delay_time=n) if delays else None for n in (1, 2))
    expiries = (FAR, HOUR) if conform.supports("extension_header.expire_time") else ()
    expiring = [message("q", b"%d" % time, extension=ExtensionHeader(expire_time=time)) for time in expiries]
    each = message("q", b"asked", extension=delay, **asked), message("q", b"another", extension=another, **otherwise)
    conform(sending(*each, *expiring))
