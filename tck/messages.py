"""The message model of the specification as frozen values.

Chapter 1 gives the types, chapter 2 the message. Every value has one JSON form, so that a message reads the same in a
program, in a history and on a pipe.
"""

from __future__ import annotations

import struct
from typing import Self

import msgspec


class Value(msgspec.Struct, frozen=True, tag_field="type"):
    """A value of the type system; each subclass is one of its types."""


class String(Value, frozen=True, tag="str"):
    """A sequence of printable Unicode characters."""

    value: str


class Binary(Value, frozen=True, tag="bytes"):
    """A sequence of bytes (base64 in JSON)."""

    value: bytes


class Short(Value, frozen=True, tag="i16"):
    """An integer of 16 bits; a program may hold one that is out of range, to see it refused."""

    value: int


class Integer(Value, frozen=True, tag="i32"):
    """An integer of 32 bits."""

    value: int


class Long(Value, frozen=True, tag="i64"):
    """An integer of 64 bits."""

    value: int


class _Real(Value, frozen=True):
    """A floating point number as its shortest exact decimal text: NaN equals NaN, and 0.0 is not -0.0."""

    text: str

    @property
    def value(self) -> float:
        return float(self.text)


class Float(_Real, frozen=True, tag="f32"):
    """A binary32 number."""

    @classmethod
    def of(cls, number: float) -> Self:
        """Return the binary32 number nearest to `number`; too large a one becomes infinite."""
        try:
            return cls(repr(struct.unpack("<f", struct.pack("<f", number))[0]))
        except OverflowError:
            return cls(repr(float("inf") if number > 0 else float("-inf")))


class Double(_Real, frozen=True, tag="f64"):
    """A binary64 number."""

    @classmethod
    def of(cls, number: float) -> Self:
        """Return `number` as a value."""
        return cls(repr(float(number)))


class Boolean(Value, frozen=True, tag="bool"):
    """A truth value: the Java API's KeyValue has it, chapter 1 of the specification does not."""

    value: bool


type_bits = {Short: 16, Integer: 32, Long: 64}
"""How many bits each integral type has."""

Typed = String | Binary | Short | Integer | Long | Float | Double | Boolean
Properties = dict[str, Typed]


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """The system header (2.3); None is a field that was not set."""

    destination: str | None = None
    message_id: str | None = None
    born_timestamp: int | None = None
    born_host: str | None = None
    qos: int | None = None
    compression: str | None = None
    priority: int | None = None
    durability: int | None = None
    delivery_count: int | None = None


class ExtensionHeader(msgspec.Struct, frozen=True, omit_defaults=True):
    """The optional header of the extension document; None is a field that was not set."""

    partition: int | None = None
    offset: int | None = None
    correlation_id: str | None = None
    transaction_id: str | None = None
    store_timestamp: int | None = None
    store_host: str | None = None
    message_key: str | None = None
    trace_id: str | None = None
    delay_time: int | None = None
    expire_time: int | None = None


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bytes message (2.1.1): headers, properties, body, and on a received one the receipt to acknowledge it by."""

    header: Header = Header()
    extension_header: ExtensionHeader | None = None
    properties: Properties = msgspec.field(default_factory=dict)
    body: bytes | None = None
    receipt: str | None = None
    version: str | None = None


class Partition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A partition of a queue, and the host of the server where it is."""

    id: int
    host: str | None = None


class QueueMetaData(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a vendor's extension says of a queue: its partitions."""

    queue: str
    partitions: tuple[Partition, ...] = ()


class SendResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a send gives back: the id that was assigned, and the sender's message as it reads now; of a batch, all of them."""

    message_id: str | None = None
    message: Message | None = None
    messages: tuple[Message, ...] | None = None
