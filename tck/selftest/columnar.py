"""Histories in columns, generated and handwritten, and whether the plain checkers judge them alike."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from tck.checkers import bulk
from tck.checkers.log import Log
from tck.columns import NEVER, OPTIONAL, TABLES, Code, Columns, Kind, Origin
from tck.selftest.scalar import Scalar


def table(chance: random.Random, name: str, size: int, **limits: tuple[int, int]) -> dict[str, list[int]]:
    """Return a table of numbers within limits."""
    return {c: [chance.randint(*limits[c]) for _ in range(size)] for c in TABLES[name] if c in limits}


def generated(seed: int, size: int) -> Columns:
    """Return a small history in blocks of few rows, in which little is right, or most."""
    chance = random.Random(seed)
    number = chance.randint
    producers = tuple(number(0, size // 2) for _ in range(number(0, 3)))
    total, consumers, transactions = sum(producers), number(1, 3), number(0, 3)
    sends = table(
        chance, "sends", total, invoked=(0, 9), completed=(number(5, 9), 20), delay=(0, number(0, 1) * 9),
        lifetime=(0, 30), key=(0, min(3, total)), transaction=(0, number(0, 1) * transactions), outcome=(0, chance.choice([0, 0, 1, 2])),
    )  # fmt: skip
    deliveries = table(
        chance, "deliveries", size, time=(0, 30), called=(0, 30), position=(-1, 4), sequence=(0, max(size // 2, 1)),
        producer=(0, 2), consumer=(0, consumers - 1), partition=(0, 2), count=(-1, 3),
    )  # fmt: skip
    if chance.random() < 0.8:
        deliveries["time"].sort()
    if chance.random() < 0.6 and total:
        sent = [(p, s) for p, many in enumerate(producers) for s in range(many)]
        came = sorted(range(size), key=lambda n: n + chance.choice([0, 0, 0, 2]))
        deliveries["producer"] = [sent[n % total][0] for n in came]
        deliveries["sequence"] = [sent[n % total][1] for n in came]
        deliveries["count"] = [chance.choice([1, 1 + n // total]) for n in came]
        deliveries["position"] = [n // 2 for n in came]
        deliveries["called"] = list(deliveries["time"])
    acks = table(
        chance, "acks", number(0, size), invoked=(0, number(0, 9)), completed=(8, 25), delivery=(0, max(size - 1, 0)),
        outcome=(0, number(0, 2)),
    )  # fmt: skip
    tables = {
        "consumers": {"gone": chance.choices([3, 15, NEVER], [1, 1, 6], k=consumers)},
        "transactions": table(chance, "transactions", transactions, ended=(0, 25), outcome=(0, 2)),
        "sends": sends,
        "deliveries": deliveries,
        "acks": acks,
    }
    without = {column for column in OPTIONAL if chance.random() < 0.5}
    kept = {name: {c: v for c, v in values.items() if c not in without} for name, values in tables.items()}
    origin = Origin("generated", producers, number(0, 9), number(0, 60), number(0, 3), number(0, 3))
    return Columns.of(origin, kept, block=chance.choice([1, 2, 3, 5, 100]))


def agree(columns: Columns, reading: type[Log] = Log) -> dict[Kind, bulk.Wrong]:
    """Return what is wrong with a history, on which the plain version must agree."""
    found = bulk.wrongs(columns, reading)
    plain = Scalar(columns).judge()
    for kind in Kind:
        assert (found[kind].verdict, found[kind].places.tolist()) == plain[kind], kind
    return found


def readings() -> list[Any]:
    """Return the ways of reading that must agree; the compiled one is left out where its extra is not installed."""
    try:
        from tck.checkers.compiled import CompiledLog
    except ImportError:
        skip = pytest.mark.skip(reason="the extra numba is not installed")
        return [pytest.param(Log, id="numpy"), pytest.param(None, id="numba", marks=skip)]
    return [pytest.param(Log, id="numpy"), pytest.param(CompiledLog, id="numba")]


_SEND = re.compile(r"(\d+)([?!]?)")
_DELIVERY = re.compile(r"(\d+)([a-c]?)(?:@(\d+))?(?:<(\d+))?(?:#(\d+))?(?:\*(\d+))?(?:%(\d))?")
_ACK = re.compile(r"(\d+)([?!]?)(?:@(\d+))?")
_CODES = {"": Code.OK, "?": Code.UNKNOWN, "!": Code.FAIL}


def history(sends: str, came: str = "", acks: str = "", *, block: int = 100, **rest: Any) -> Columns:
    """Return a history of one producer.

    A send: its number, `?` unknown, `!` refused; sent at 10 times the number, done 5 later. A delivery: the message, the
    consumer (a), `@` when (from 1000, every 10), `<` when called, `#` position, `*` count, `%` partition. An
    acknowledgement: the row, `?`, `!`, `@` when (2 after the delivery). `gone`: when consumers were; `transactions`: when
    ended and how; `delay`, `lifetime`, `key`, `transaction`, `invoked`, `completed`: by message.
    """
    sent = [match.groups() for match in map(_SEND.fullmatch, sends.split()) if match]
    log = [match.groups() for match in map(_DELIVERY.fullmatch, came.split()) if match]
    done = [match.groups() for match in map(_ACK.fullmatch, acks.split()) if match]
    assert (len(sent), len(log), len(done)) == (len(sends.split()), len(came.split()), len(acks.split()))
    numbers = [int(n) for n, _ in sent]
    outcomes = [_CODES[how] for _, how in sent]
    table: dict[str, Any] = {
        "invoked": [10 * n for n in numbers],
        "completed": [NEVER if how is Code.UNKNOWN else 10 * n + 5 for n, how in zip(numbers, outcomes, strict=True)],
        "outcome": outcomes,
    }
    for column in ("invoked", "completed", "delay", "lifetime", "key", "transaction"):
        if column in rest:
            given = rest.pop(column)
            old = table.get(column, [0] * len(numbers))
            table[column] = [given.get(n, was) for n, was in zip(numbers, old, strict=True)]
    times = [int(one[2]) if one[2] else 1000 + 10 * n for n, one in enumerate(log)]
    deliveries: dict[str, Any] = {
        "time": times,
        "sequence": [int(one[0]) - 1 for one in log],
        "producer": [0] * len(log),
        "consumer": ["abc".index(one[1] or "a") for one in log],
    }
    for place, column, none in ((3, "called", None), (4, "position", -1), (5, "count", -1), (6, "partition", 0)):
        if any(one[place] for one in log):
            deliveries[column] = [
                int(one[place]) if one[place] else times[n] if none is None else none for n, one in enumerate(log)
            ]
    moments = [int(at) if at else times[int(row)] + 2 for row, _, at in done]
    gone, transactions = rest.pop("gone", {}), rest.pop("transactions", ())
    tables = {
        "consumers": {"gone": [gone.get(name, NEVER) for name in "abc"]},
        "transactions": {"ended": [at for at, _ in transactions], "outcome": [_CODES[how] for _, how in transactions]},
        "sends": table,
        "deliveries": deliveries,
        "acks": {
            "invoked": [at - 1 for at in moments], "completed": moments,
            "delivery": [int(row) for row, _, _ in done], "outcome": [_CODES[how] for _, how, _ in done],
        },
    }  # fmt: skip
    return Columns.of(Origin("hand", (len(sent),), **{"listened": 100_000, **rest}), tables, block)
