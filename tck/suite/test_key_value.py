"""KeyValue: values of six kinds by keys, what a missing key gives, and a set of keys that lives with it."""

import math
from collections.abc import Mapping

from hypothesis import given, settings

from tck.checkers.answers import Checker, all_of, follows
from tck.checkers.key_changes import Case
from tck.checkers.key_values import (
    apart,
    as_put,
    as_text,
    at_once,
    chained,
    contains,
    empty,
    exact,
    gives,
    gives_nothing,
    live,
    taken,
)
from tck.conformance import Conform, clauses
from tck.messages import Boolean, Double, Integer, Long, Short, String, Typed
from tck.operations import ContainsKey, GetValue, Keys, KeySet, NewKeyValue, Put, Remove, ValueKind
from tck.programs import Program, Step, client
from tck.strategies import key_values

EDGES: dict[ValueKind, tuple[Typed, ...]] = {
    ValueKind.BOOLEAN: (Boolean(value=True), Boolean(value=False)),
    **{
        kind: tuple(of(n) for n in (-(1 << bits), (1 << bits) - 1, 0, -1))
        for kind, of, bits in (
            (ValueKind.SHORT, Short, 15),
            (ValueKind.INT, Integer, 31),
            (ValueKind.LONG, Long, 63),
        )
    },
    ValueKind.DOUBLE: tuple(
        Double.of(n) for n in (1.7976931348623157e308, 5e-324, -0.0, 0.1, math.inf, -math.inf, math.nan)
    ),
    ValueKind.STRING: tuple(
        String(text) for text in ("", "e\u0301 é 𐍈 👩🏽\u200d🚀 中文 אב", "null", "false", "7", " x ")
    ),
}
DEFAULTS: dict[ValueKind, Typed] = {
    ValueKind.BOOLEAN: Boolean(value=True),
    ValueKind.SHORT: Short(-7),
    ValueKind.INT: Integer(-7),
    ValueKind.LONG: Long(-7),
    ValueKind.DOUBLE: Double.of(-0.5),
    ValueKind.STRING: String("instead"),
}
LATER = (ValueKind.INT, ValueKind.DOUBLE, ValueKind.STRING)
ALIKE = ("key", "Key", "KEY", "é", "e\u0301", "key ", " key")
THREADS, PUTS = 4, 25
MANY = 140
LONG = {"long": "é" * 70_000, "zero": "a\0b", "key" * 100: "first", "key" * 100 + "s": "second"}
NOT_THERE = (Case.NEW, Case.MISSING)


def inserts(kind: ValueKind) -> Checker:
    """What is put under a new key is there."""
    return all_of(taken(kind), gives(kind, Case.INSERTED))


def one(*steps: Step) -> Program:
    """Return what one client does with one KeyValue."""
    return Program.of(client("kv", NewKeyValue(), *steps), queues=())


def default_or_nothing(kind: ValueKind) -> Checker:
    """A key that is not there reads as the default, or as nothing in spite of it."""
    return follows({"default": gives(kind, *NOT_THERE, default=True), "zero": gives_nothing(kind)})


PUT: Mapping[str, Checker] = {
    **{f"api.KeyValue.put-{kind.name.lower()}": inserts(kind) for kind in ValueKind},
    **{f"api.KeyValue.put-{kind.name.lower()}-replaces": gives(kind, Case.REPLACED) for kind in ValueKind},
}
"""What holds wherever something is put."""


@clauses(
    {
        **PUT,
        "api.KeyValue.get-boolean-missing": gives(ValueKind.BOOLEAN, *NOT_THERE),
        "api.KeyValue.get-short-missing": gives(ValueKind.SHORT, *NOT_THERE),
        "api.KeyValue.get-int-missing": gives(ValueKind.INT, *NOT_THERE),
        "api.KeyValue.get-long-missing": gives(ValueKind.LONG, *NOT_THERE),
        "api.KeyValue.get-double-missing": gives(ValueKind.DOUBLE, *NOT_THERE),
        "api.KeyValue.get-string-missing": gives(ValueKind.STRING, *NOT_THERE),
        "api.KeyValue.get-long-default": gives(ValueKind.LONG, *NOT_THERE, default=True),
        "api.KeyValue.get-boolean-default-present": gives(ValueKind.BOOLEAN, Case.INSERTED, default=True),
        "api.KeyValue.get-short-default-present": gives(ValueKind.SHORT, Case.INSERTED, default=True),
        "api.KeyValue.get-long-default-present": gives(ValueKind.LONG, Case.INSERTED, default=True),
        "api.KeyValue.contains-key": contains,
        "api.KeyValue.key-set": exact,
        "api.KeyValue.key-set-live": live,
        "api.OMS.new-key-value-empty": empty,
    }
)
@settings(max_examples=20)
@given(key_values())
def test_a_key_value_is_as_it_was_filled(conform: Conform, program: Program) -> None:
    """Whatever is put, put again, read and removed, in whatever order, a KeyValue has just what it must have."""
    conform(program)


@clauses(
    {
        **PUT,
        "api.KeyValue.contains-key": contains,
    }
)
def test_bounds_are_kept_by_a_key_value(conform: Conform) -> None:
    """The bounds of each kind are given as they were put, under a new key and in the place of one another; so are many and long ones."""
    steps: list[Step] = [ContainsKey("nothing")]
    for kind, edges in EDGES.items():
        for number, edge in enumerate(edges):
            key = f"{kind}{number}"
            steps += [Put(key, edge), GetValue(key, kind), ContainsKey(key)]
            steps += [Put(f"{kind}", edge), GetValue(f"{kind}", kind)]
    for key, text in LONG.items():
        steps += [Put(key, String(text)), GetValue(key, ValueKind.STRING)]
    steps += [Put(f"many{n}", Long(n)) for n in range(MANY)]
    conform(one(*steps, *(GetValue(f"many{n}", ValueKind.LONG) for n in range(MANY))))


@clauses(
    {
        "api.KeyValue.get-boolean-default": default_or_nothing(ValueKind.BOOLEAN),
        "api.KeyValue.get-short-default": default_or_nothing(ValueKind.SHORT),
    }
)
def test_a_default_for_a_key_that_is_not_there(conform: Conform) -> None:
    """GetBoolean and getShort give the default for a key that is not there, or false and zero in spite of it."""
    reads = [GetValue("nothing", kind, DEFAULTS[kind]) for kind in (ValueKind.BOOLEAN, ValueKind.SHORT)]
    conform(one(*reads, Put("one", Long(1)), *reads))


@clauses(
    {
        "api.KeyValue.get-int-default": gives(ValueKind.INT, *NOT_THERE, default=True),
        "api.KeyValue.get-double-default": gives(ValueKind.DOUBLE, *NOT_THERE, default=True),
        "api.KeyValue.get-string-default": gives(ValueKind.STRING, *NOT_THERE, default=True),
        "api.KeyValue.get-int-default-present": gives(ValueKind.INT, Case.INSERTED, default=True),
        "api.KeyValue.get-double-default-present": gives(ValueKind.DOUBLE, Case.INSERTED, default=True),
        "api.KeyValue.get-string-default-present": gives(ValueKind.STRING, Case.INSERTED, default=True),
    }
)
def test_defaults_of_the_later_api(conform: Conform) -> None:
    """Ints, doubles and texts are read with a default: they are given where they are there, zero and "" included."""
    steps: list[Step] = []
    for kind in LATER:
        steps.append(GetValue("nothing", kind, DEFAULTS[kind]))
        for number, edge in enumerate(EDGES[kind]):
            key = f"{kind}{number}"
            steps += [Put(key, edge), GetValue(key, kind, DEFAULTS[kind])]
    conform(one(*steps))


@clauses({"api.KeyValue.put-chained": chained})
def test_puts_are_chained(conform: Conform) -> None:
    """What each put gives back takes the next one, of whichever kind, and has all that was put."""
    puts = [Put(f"{kind} {DEFAULTS[kind]}", DEFAULTS[kind]) for kind in ValueKind]
    puts.append(Put(puts[0].key, DEFAULTS[ValueKind.STRING]))
    later = [Put(put.key, put.value, on="kv.chained") for put in puts[1:]]
    reads = [
        GetValue(put.key, kind, on="kv.chained") for put, kind in zip(puts[1:-1], list(ValueKind)[1:], strict=True)
    ]
    reads.append(GetValue(puts[0].key, ValueKind.STRING, on="kv.chained"))
    conform(one(puts[0], *later, *reads, *(ContainsKey(put.key, on="kv.chained") for put in puts)))


@clauses({"api.KeyValue.keys-distinct": as_put})
def test_keys_of_a_key_value_that_look_alike(conform: Conform) -> None:
    """Keys that differ in case, composition or a space only are different ones."""
    reads = [step for key in ALIKE for step in (ContainsKey(key), GetValue(key, ValueKind.LONG))]
    conform(one(*(Put(key, Long(n)) for n, key in enumerate(ALIKE, start=1)), *reads, KeySet(), Keys()))


@clauses({"api.OMS.new-key-value-apart": apart})
def test_key_values_are_apart(conform: Conform) -> None:
    """What is put into one KeyValue, or removed from its keys, does not show in another."""
    key, kind = "of two", ValueKind.LONG

    def reads(*objects: str) -> list[Step]:
        each = [
            (GetValue(key, kind, on=on), ContainsKey(key, on=on), KeySet(on=on), Keys(on="kv.keys")) for on in objects
        ]
        return [read for some in each for read in some]

    steps: tuple[Step, ...] = (
        *(NewKeyValue(on=on) for on in ("a", "b")),
        Put(key, Long(1), on="a"),
        *reads("b"),
        Put(key, Long(2), on="b"),
        *reads("a", "b"),
        KeySet("b.keys", on="b"),
        Remove(key, on="b.keys"),
        *reads("a"),
    )
    conform(Program.of(client("kv", *steps), queues=()))


@clauses({"api.KeyValue.concurrent": at_once})
def test_a_key_value_is_shared(conform: Conform) -> None:
    """What several threads put into one KeyValue at the same time, each under keys of its own, is all there."""

    def fills(number: int) -> list[Step]:
        own = [Put(f"{number}.{n}", Long(n), f"{number}.chained", on="kv") for n in range(PUTS)]
        shared = Put("shared", Long(number), f"{number}.chained", on="kv")
        return [*own[:-1], shared, GetValue("shared", ValueKind.LONG, on="kv"), own[-1]]

    keys = [f"{number}.{n}" for number in range(THREADS) for n in range(PUTS)]
    program = one().then(*(client(f"t{number}", *fills(number)) for number in range(THREADS)))
    reads = [GetValue(key, ValueKind.LONG, on="kv") for key in (*keys, "shared")]
    conform(program.then(client("kv", *reads, KeySet(), Keys())))


@clauses({"reading.key-value-int-as-text": follows(as_text(7))})
def test_an_int_is_read_as_text(conform: Conform) -> None:
    """GetString of an int gives it as text, or null, or fails."""
    conform(one(Put("seven", Integer(7)), GetValue("seven", ValueKind.STRING)))
