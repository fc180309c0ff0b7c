"""ResourceManager: filters and routings of numbers of every size, and of what is sent in every way to whoever is bound."""

from typing import Any

from tck.checkers import content
from tck.checkers.answers import all_of
from tck.checkers.delivery import nothing_lost
from tck.checkers.headers import each_received
from tck.checkers.matching import Received, Sent
from tck.checkers.routing import keeps_or_drops
from tck.conformance import Conform, clauses
from tck.history import MARK
from tck.messages import Binary, Double, Float, Integer, Long, Message, Properties, Short, String
from tck.operations import Filter, Get, Routing, Send, SendAsync, SendBatch, Stop
from tck.programs import (
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    Step,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
)
from tck.suite.test_filter import Queues, filtering, having, lacking, sorted_out

AGES: tuple[Integer | Long | Short, ...] = (
    *map(Integer, (-30, -1, 0, 3, 9, 19, 20, 21, 100, 65_537, 2**31 - 1)),
    *map(Long, (3, 2**32 + 3, -(2**40))),
    *map(Short, (3, 300)),
)
NUMBERS: tuple[Properties, ...] = tuple(
    {"name": String("kaka" if place % 2 else "koka"), "age": age} for place, age in enumerate(AGES)
)
COMPARED: Queues = {
    "less": ("age < 20", having("age", lambda age: age < 20)),
    "more": ("age > 20", having("age", lambda age: age > 20)),
    "no-less": ("age >= 100", having("age", lambda age: age >= 100)),
}
WORDS: tuple[Properties, ...] = tuple(
    {"name": String(name)} for name in ("kaka", "Rock AND Roll", "now OR never", "NOT yet", "Rock", "now")
)
QUOTED: Queues = {
    "and": ("name = 'Rock AND Roll'", having("name", lambda name: name == "Rock AND Roll")),
    "or": ("name = 'now OR never'", having("name", lambda name: name == "now OR never")),
    "not": ("name <> 'NOT yet'", having("name", lambda name: name != "NOT yet")),
}


@clauses({"api.ResourceManager.filter-comparison": sorted_out(COMPARED)})
def test_a_filter_compares_numbers_of_every_size(conform: Conform) -> None:
    """Numbers below zero, of one digit or of many, and of each whole type are compared as numbers."""
    conform(filtering(COMPARED, NUMBERS))


@clauses({"api.ResourceManager.filter-and-or-not": sorted_out(QUOTED)})
def test_a_filter_reads_no_keyword_in_a_text(conform: Conform) -> None:
    """AND, OR and NOT within quotes are part of a text."""
    conform(filtering(QUOTED, WORDS))


SPELT: tuple[Properties, ...] = tuple(
    {"name": String(name), "bytes": Binary(b"\x00\xff")}
    for name in ("kaka", " kaka", "k\u00e4ka", "k\u00fcka", "ka", "")
)
AS_SPELT: Queues = {
    "accent": ("name = 'k\u00e4ka'", having("name", lambda name: name == "k\u00e4ka")),
    "blank": ("name = ' kaka'", having("name", lambda name: name == " kaka")),
}
THERE: Queues = {
    "none": ("name IS NULL", lacking("name")),
    "some": ("bytes IS NOT NULL", having("bytes")),
}


@clauses(
    {
        "api.ResourceManager.filter-selects": sorted_out(AS_SPELT),
        "api.ResourceManager.filter-null": sorted_out(THERE),
    }
)
def test_a_filter_reads_every_letter(conform: Conform) -> None:
    """Texts with other letters, or with a blank before them, are others; an empty text, or bytes, are not nothing."""
    conform(filtering({**AS_SPELT, **THERE}, (*SPELT, {"colour": String("red")})))


TYPES: Properties = {
    "text": String("é"),
    "short": Short(-5),
    "long": Long(2**40),
    "float": Float.of(0.1),
    "double": Double.of(1e300),
    "bytes": Binary(b"\xff\x00"),
}


def aged(age: int) -> Message:
    """Return a message with an age, properties of the other types and a body of all bytes."""
    return message("q", bytes([age, *range(256)]), {**TYPES, "age": Integer(age)})


def young(one: Sent) -> bool:
    """Select messages of an age below twenty."""
    return having("age", lambda age: age < 20)(one.message.properties)


def other_kinds(conform: Conform) -> tuple[Send, ...]:
    """Return the sends of messages, half of them young, that are large or ask for something, and of one without properties."""
    headers: list[dict[str, Any]] = [
        *({"durability": level} for level in (0, 1) if conform.supports("durability")),
        *([{"priority": 9}] if conform.claims("Priority") else []),
        *([{"compression": "gzip"}] if conform.supports("compression") else []),
    ]
    both: list[Properties] = [{"age": Integer(age)} for age in (10, 30)]
    return (
        *(send("q", b"large" * 1000, properties=own) for own in both),
        *(send("q", b"%d" % n, properties=own, **header) for n, header in enumerate(headers) for own in both),
        send("q", b"not bare", properties=both[0]),
        send("q", b"bare", properties={MARK: String("")}),
    )


def other(one: Received) -> str:
    """Say what is wrong with a received message's body or properties."""
    return content.same_body(one) or content.same_properties()(one) or content.same_types(one)


@clauses(
    {
        "api.ResourceManager.filter-selects": all_of(keeps_or_drops({"c": young}), keeps_or_drops({"d": young})),
        "api.ResourceManager.filter-content": each_received("its own body and properties", other, all_come=False),
    }
)
def test_a_filter_holds_whoever_is_bound(conform: Conform) -> None:
    """A filter holds for who was bound before it, whichever method sends, and where messages are delivered again."""
    others = other_kinds(conform)
    half = 4 + len(others) // 2
    steps: tuple[Step, ...] = (
        *(Send(aged(10)), Send(aged(30)), SendAsync(aged(11)), Get(), SendAsync(aged(31)), Get()),
        SendBatch((aged(12), aged(32), aged(13), aged(33))),
        *others,
    )
    program = Program.of(puller("c", "q")).then(client("manager", Filter("q", "age < 20")))
    program = program.then(producer("p", *steps)).then(client("c", Drain(ack=False, expect=half), Stop()))
    again = (
        pusher("d", "q", AwaitDeliveries(half), Quiet(2))
        if conform.claims("Push")
        else puller("d", "q", Drain(expect=half))
    )
    conform(program.then(again))


@clauses(
    {
        "api.ResourceManager.routing-target-receives": nothing_lost("target"),
        "api.ResourceManager.routing-content": each_received("its own body and properties", other),
    }
)
def test_a_routing_duplicates_every_type(conform: Conform) -> None:
    """What is routed to a queue whose consumer was bound before has properties of every type, and every byte."""
    program = Program.of(puller("target", "r"), queues=("q", "r")).then(client("manager", Routing("q", "r")))
    program = program.then(producer("p", Send(aged(10)), SendBatch((aged(11), aged(12)))))
    conform(program.then(client("target", ReceiveUntil(3))))
