"""The checkers over columns agree with the plain ones on generated histories, and know the handwritten ones."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tck.checkers import bulk
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


@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.integers(0, 1 << 32), st.integers(0, 14))
def test_columns_are_judged_like_a_message_at_a_time(seed: int, size: int) -> None:
    columns = generated(seed, size)
    found = bulk.wrongs(columns)
    plain = Scalar(columns).judge()
    for kind in Kind:
        assert (found[kind].verdict, found[kind].places.tolist()) == plain[kind], kind
