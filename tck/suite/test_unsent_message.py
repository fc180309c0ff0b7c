"""A message before it is sent: each getter gives what its setter set last, and the rest is as the factory made it."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from tck.checkers.answers import Checker
from tck.checkers.headers import extension, header
from tck.checkers.unsent import (
    body,
    kept_as_made,
    properties_as_put,
    reads_as_set,
    where_it_can_be_set,
    writable,
)
from tck.conformance import Conform, clauses
from tck.messages import Boolean, Double, ExtensionHeader, Header, Integer, Long, Message, Short, String
from tck.operations import FillMessage, ValueKind
from tck.programs import Program, client, producer
from tck.strategies import BY_KIND, bodies, texts

QUEUES = ("q", "r", "s")
ALGORITHMS = ("zlib", "gzip")
INT, LONG = (1 << 31) - 1, (1 << 63) - 1
LEAST = Message(
    Header("r", "id", 1, "host", compression="zlib", priority=1, durability=0, delivery_count=1),
    ExtensionHeader(1, 1, "c", "t", 1, "s", "k", "i", 1, 1),
    {
        "bool": Boolean(value=False),
        "i16": Short(-(1 << 15)),
        "i32": Integer(-INT - 1),
        "i64": Long(-LONG - 1),
        "f64": Double.of(5e-324),
        "str": String(""),
        "mixed": String("1"),
    },
    b"",
)
MOST = Message(
    Header("s", "中文", LONG, "é 👩🏽\u200d🚀", compression="gzip", priority=10, durability=1, delivery_count=INT),
    ExtensionHeader(INT, LONG, "e\u0301", "中文", LONG, "אב", "a b", "𐍈", LONG, LONG),
    {
        "bool": Boolean(value=True),
        "i16": Short((1 << 15) - 1),
        "i32": Integer(INT),
        "i64": Long(LONG),
        "f64": Double.of(float("-inf")),
        "str": String("中文 é 👩🏽\u200d🚀"),
        "mixed": Integer(1),
    },
    bytes(range(256)),
)
CAPABILITIES = {
    "bool": "types.boolean",
    "durability": "durability",
    "delivery_count": "delivery_count",
    **{field: f"extension_header.{field}" for field in ExtensionHeader.__struct_fields__},
}
"""The optional part that a field, or the kind of a property, is of, where it is of one."""
REFUSABLE = ("priority", "compression", "partition", "offset")
"""What may be refused whatever is claimed: it has no part of its own, or just some values, or is the server's to set."""

AS_SET: dict[str, Checker] = {
    "api.Header.unsent-destination": reads_as_set(header("destination"), "destination"),
    "api.Header.unsent-message-id": reads_as_set(header("message_id"), "id"),
    "api.Header.unsent-born-timestamp": reads_as_set(header("born_timestamp"), "born timestamp"),
    "api.Header.unsent-born-host": reads_as_set(header("born_host"), "born host"),
    "api.Header.unsent-priority": where_it_can_be_set(header("priority"), "priority"),
    "api.Header.unsent-durability": reads_as_set(header("durability"), "durability"),
    "api.Header.unsent-delivery-count": reads_as_set(header("delivery_count"), "delivery count"),
    "api.Header.unsent-compression": where_it_can_be_set(header("compression"), "compression"),
    "api.ExtensionHeader.unsent-partition": where_it_can_be_set(extension("partition"), "partition"),
    "api.ExtensionHeader.unsent-offset": where_it_can_be_set(extension("offset"), "offset"),
    "api.ExtensionHeader.unsent-correlation-id": reads_as_set(extension("correlation_id"), "correlationId"),
    "api.ExtensionHeader.unsent-transaction-id": reads_as_set(extension("transaction_id"), "transactionId"),
    "api.ExtensionHeader.unsent-store-timestamp": reads_as_set(extension("store_timestamp"), "storeTimestamp"),
    "api.ExtensionHeader.unsent-store-host": reads_as_set(extension("store_host"), "storeHost"),
    "api.ExtensionHeader.unsent-message-key": reads_as_set(extension("message_key"), "messageKey"),
    "api.ExtensionHeader.unsent-trace-id": reads_as_set(extension("trace_id"), "traceId"),
    "api.ExtensionHeader.unsent-delay-time": reads_as_set(extension("delay_time"), "delayTime"),
    "api.ExtensionHeader.unsent-expire-time": reads_as_set(extension("expire_time"), "expireTime"),
    "api.Message.unsent-boolean": properties_as_put(ValueKind.BOOLEAN),
    "api.Message.unsent-short": properties_as_put(ValueKind.SHORT),
    "api.Message.unsent-int": properties_as_put(ValueKind.INT),
    "api.Message.unsent-long": properties_as_put(ValueKind.LONG),
    "api.Message.unsent-double": properties_as_put(ValueKind.DOUBLE),
    "api.Message.unsent-string": properties_as_put(ValueKind.STRING),
    "api.Message.unsent-data": reads_as_set(body, "body"),
    "api.Message.header-writable": writable,
    "api.MessageFactory.create-message-kept": kept_as_made,
}


def _numbers(most: int) -> st.SearchStrategy[int]:
    return st.sampled_from([1, most - 1, most]) | st.integers(1, most)


_text = texts(min_size=1)
HEADERS = st.builds(
    Header,
    destination=st.sampled_from(QUEUES),
    message_id=_text,
    born_timestamp=_numbers(LONG),
    born_host=_text,
    compression=st.sampled_from(ALGORITHMS),
    priority=st.integers(1, 10),
    durability=st.integers(0, 1),
    delivery_count=_numbers(INT),
)
EXTENSION_HEADERS = st.builds(
    ExtensionHeader,
    partition=_numbers(INT),
    offset=_numbers(LONG),
    correlation_id=_text,
    transaction_id=_text,
    store_timestamp=_numbers(LONG),
    store_host=_text,
    message_key=_text,
    trace_id=_text,
    delay_time=_numbers(LONG),
    expire_time=_numbers(LONG),
)
PROPERTIES = st.fixed_dictionaries(
    {
        **{kind.value: values for kind, values in BY_KIND.items()},
        "mixed": st.one_of(*(values for kind, values in BY_KIND.items() if kind is not ValueKind.BOOLEAN)),
    }
)
WHOLE = st.builds(Message, HEADERS, EXTENSION_HEADERS, PROPERTIES, bodies(256))


def alone(message: Message) -> dict[str, Message]:
    """Return messages with one field, or property, of this one each."""
    assert message.extension_header
    return {
        **{field: Message(Header(**{field: v})) for field, v in asdict(message.header).items() if v is not None},
        **{
            field: Message(Header(), ExtensionHeader(**{field: v}))
            for field, v in asdict(message.extension_header).items()
        },
        **{key: Message(properties={key: value}) for key, value in message.properties.items()},
        "body": Message(body=message.body),
    }


def claimed(conform: Conform, message: Message) -> Message:
    """Return what of a message an implementation must take."""
    assert message.extension_header

    def wanted(field: str) -> bool:
        return field not in REFUSABLE and (field not in CAPABILITIES or conform.supports(CAPABILITIES[field]))

    return Message(
        Header(**{field: value for field, value in asdict(message.header).items() if wanted(field)}),
        ExtensionHeader(**{field: value for field, value in asdict(message.extension_header).items() if wanted(field)}),
        {key: value for key, value in message.properties.items() if wanted(key)},
        message.body,
    )


def filled(conform: Conform, first: Message, last: Message, on: str = "") -> list[FillMessage]:
    """Return the steps that set every field twice: each in a message of its own, and all that must be taken in one."""
    two = [*zip(alone(first).values(), alone(last).values(), strict=True)]
    return [
        FillMessage("q", b"made", each, on=on) for each in (*two, (claimed(conform, first), claimed(conform, last)))
    ]


@clauses(AS_SET)
@settings(max_examples=10)
@given(WHOLE, WHOLE)
def test_what_is_set_in_a_message_is_read(conform: Conform, first: Message, last: Message) -> None:
    """Whatever is set in a message of a producer, and set again, its getters give before it is sent."""
    conform(Program.of(producer("p", *filled(conform, first, last)), queues=QUEUES))


@clauses(AS_SET)
def test_bounds_are_set_in_a_message(conform: Conform) -> None:
    """The bounds of each field are given as they were set last, by messages of the access point's factory."""
    steps = [*filled(conform, LEAST, MOST, on="ap"), *filled(conform, MOST, LEAST, on="ap")]
    conform(Program.of(client("point", *steps), queues=QUEUES))
