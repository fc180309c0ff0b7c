"""The extension headers of messages one after the other, and in a batch: each is of its message, whole, and of no other."""

from itertools import count
from typing import Any

from msgspec.structs import replace

from tck.checkers import extension as checkers
from tck.checkers import headers
from tck.checkers.delivery import same_when_redelivered
from tck.checkers.headers import each_received, extension, is_kept, is_replaced
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Message
from tck.operations import (
    Get,
    Reply,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Stop,
    UnbindQueue,
)
from tck.programs import (
    AwaitDeliveries,
    Drain,
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

TEXTS = ("x" * 256, "é" * 200, " a  b ", "  ", "A,b;c=d&e|f\u2028g")
"""Longer than a byte can count, and such as are trimmed, split or taken apart where somebody reads too much into them."""
YESTERDAY = 1_700_000_000_000
"""A moment that a server could have stored a message at, though not this one."""


def offered(conform: Conform, **fields: str) -> ExtensionHeader:
    """Return an extension header with those of these fields that are offered."""
    given: dict[str, Any] = {field: v for field, v in fields.items() if conform.supports(f"extension_header.{field}")}
    return ExtensionHeader(**given)


def traced_apart(program: Program) -> Program:
    """Return a program in which every message with a traceId has one of its own: one that is shared may be refused."""
    numbers = count(1)

    def traced(one: Message) -> Message:
        own = one.extension_header
        if own is None or own.trace_id is None:
            return one
        return replace(one, extension_header=replace(own, trace_id=f"{own.trace_id} {next(numbers)}"))

    def step(one: Step) -> Step:
        if isinstance(one, Send | SendAsync | SendOneway):
            return replace(one, message=traced(one.message))
        if isinstance(one, SendBatch | SendBatchAsync | SendBatchOneway):
            return replace(one, messages=tuple(map(traced, one.messages)))
        return one

    phases = [[replace(one, steps=tuple(map(step, one.steps))) for one in phase] for phase in program.phases]
    return replace(program, phases=tuple(map(tuple, phases)))


@clauses(
    {
        f"ext.{field.replace('_', '-')}-kept": each_received(
            f"the {word} that was sent", is_kept(extension(field), word)
        )
        for field, word in checkers.FIELDS.items()
    }
)
def test_long_and_odd_texts_are_carried(conform: Conform) -> None:
    """Fields arrive whole that are long, or hold spaces before, between and after words, and what elsewhere divides them."""
    sends = [
        send(
            "q", b"%d" % n, extension=offered(conform, correlation_id=text, message_key=f"{text}k", trace_id=f"{text}t")
        )
        for n, text in enumerate(TEXTS)
    ]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends)))))


@clauses(
    {
        "ext.correlation-id-not-invented": checkers.never_given("correlation_id"),
        "ext.message-key-not-invented": checkers.never_given("message_key"),
        "ext.message-key-shared": checkers.shared("message_key", "c"),
    }
)
def test_a_message_is_given_nothing_of_the_one_before(conform: Conform) -> None:
    """A message without fields that follows one with some has none, sent alone or in a batch, in which a key is shared."""
    full = message("q", b"full", extension=offered(conform, correlation_id="c", message_key="k"))
    bare = message("q", b"bare")
    steps = (send("q", b"full", extension=full.extension_header), send("q", b"bare"), SendBatch((full, bare, full)))
    conform(Program.of(producer("p", *steps)).then(puller("c", "q", ReceiveUntil(5))))


@clauses(
    {
        "ext.store-timestamp-preset-ignored": each_received(
            "not the sender's storeTimestamp", is_replaced(extension("store_timestamp"), "storeTimestamp")
        ),
        "ext.store-host-preset-ignored": each_received(
            "not the sender's storeHost", is_replaced(extension("store_host"), "storeHost")
        ),
        "ext.store-timestamp-server-time": each_received("the server's time at storing", headers.stored_in_interval),
    }
)
def test_the_server_stamps_in_every_way(conform: Conform) -> None:
    """Where and when a message was stored is the server's word, however likely the sender's is, in whichever way it sends."""
    preset = ExtensionHeader(store_timestamp=YESTERDAY, store_host="localhost.of.the.sender.invalid")
    one = message("q", extension=preset)
    steps = (send("q", extension=preset), SendAsync(one), Get(), SendBatch((one, one)), SendOneway(one))
    conform(Program.of(producer("p", *steps)).then(puller("c", "q", Drain(expect=5))))


@clauses(
    {
        "ext.delivery-count-own": checkers.first_count_is_own,
        "ext.delivery-count-grows": headers.delivery_count_grows,
        "ext.correlation-id-kept-on-redelivery": same_when_redelivered(
            "correlationId",
            "a message that is delivered again has the same correlationId",
            lambda one: extension("correlation_id")(one.message),
        ),
    }
)
def test_messages_of_a_key_are_counted_apart(conform: Conform) -> None:
    """Messages that share a key are counted each by itself, on after an unbind, and are the same for a listener."""
    full = offered(conform, correlation_id="c", message_key="k")
    program = Program.of(producer("p", *[send("q", extension=full)] * 3))
    program = program.then(puller("c", "q", ReceiveUntil(3, ack=False), UnbindQueue("q"), Stop()))
    program = program.then(client("p", send("q", extension=full)))
    listens = pusher("d", "q", AwaitDeliveries(4), Stop(), reply=Reply.SKIP)
    takes = puller("d", "q", ReceiveUntil(4, ack=False), Stop())
    program = program.then(listens if conform.claims("Push") else takes)
    conform(program.then(puller("e", "q", ReceiveUntil(4))))
