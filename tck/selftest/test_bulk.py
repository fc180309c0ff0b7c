"""The checkers over columns agree with the plain ones on generated histories, and know the handwritten ones."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tck.checkers import bulk, log
from tck.checkers.log import Log
from tck.columns import NEVER, Columns, Kind, Origin
from tck.selftest.columnar import agree, generated, history, readings
from tck.verdicts import Verdict

each_reading = pytest.mark.parametrize("reading", readings())


@each_reading
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.integers(0, 1 << 32), st.integers(0, 14))
def test_columns_are_judged_like_a_message_at_a_time(reading: type[Log], seed: int, size: int) -> None:
    agree(generated(seed, size), reading)


@each_reading
@pytest.mark.parametrize("seed", range(100))
def test_many_groups_and_slices_are_judged_alike(
    seed: int, reading: type[Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_MOST_GROUPS", 2)
    monkeypatch.setattr(bulk, "_SLICE", 2)
    agree(generated(seed, 14), reading)


@each_reading
@pytest.mark.parametrize("partition", [299, 59_999, 65_535])
def test_more_groups_than_16_bits_hold_are_judged_alike(partition: int, reading: type[Log]) -> None:
    chance = random.Random(1)
    came = [chance.randrange(900) for _ in range(900)]
    deliveries = {
        "time": range(900), "sequence": [n % 3 for n in came], "producer": [n // 3 for n in came],
        "consumer": [0] * 900, "partition": [n % 2 * partition for n in came],
    }  # fmt: skip
    sends = {"invoked": [0] * 900, "completed": [1] * 900, "outcome": [0] * 900}
    tables = {"consumers": {"gone": [NEVER]}, "sends": sends, "deliveries": deliveries}
    assert len(agree(Columns.of(Origin("many", (3,) * 300), tables), reading)[Kind.REORDERED_PARTITION].places)


@each_reading
@pytest.mark.parametrize("column", ["producer", "partition", "consumer"])
def test_the_greatest_number_is_judged_alike(column: str, reading: type[Log]) -> None:
    deliveries = {"time": [5], "sequence": [0], "producer": [0], "consumer": [0], "partition": [0], column: [65_535]}
    sends = {"invoked": [0], "completed": [1], "outcome": [0]}
    tables = {"consumers": {"gone": [NEVER] * 65_536}, "sends": sends, "deliveries": deliveries}
    phantom = agree(Columns.of(Origin("great", (1,)), tables), reading)[Kind.PHANTOM].places
    assert phantom.tolist() == ([0] if column == "producer" else [])


@each_reading
@pytest.mark.parametrize("seed", range(5))
def test_long_blocks_are_judged_alike(seed: int, reading: type[Log]) -> None:
    made = generated(seed, 9_000)
    tables = {table: {name: made.whole(table, name) for name in names} for table, names in made.names.items()}
    agree(Columns.of(made.origin, tables), reading)


ALWAYS = frozenset({Kind.LOST, Kind.PHANTOM, Kind.DUPLICATED})
K = Kind
HANDWRITTEN: dict[str, tuple[Columns, dict[Kind, list[int]], set[Kind]]] = {
    # what is wrong, and where; what passes
    "nothing at all": (history(""), {}, set()),
    "sends that nobody listened to": (history("1 2", listened=0), {}, set()),
    "deliveries and no send": (history("", "1 2"), {K.PHANTOM: [0, 1]}, set()),
    "all came": (history("1 2 3", "1 2 3"), {}, {*ALWAYS}),
    "all came, one a block": (history("1 2 3", "1 2 3", block=1), {}, {*ALWAYS}),
    "only refused sends": (history("1! 2!"), {}, set()),
    "only unknown sends": (history("1? 2?"), {}, set()),
    # lost
    "one lost": (history("1 2 3", "1 3"), {K.LOST: [1]}, {K.PHANTOM, K.DUPLICATED}),
    "all lost": (history("1 2 3"), {K.LOST: [0, 1, 2]}, set()),
    "the last lost": (history("1 2 3", "1 2"), {K.LOST: [2]}, {K.PHANTOM}),
    "an unknown send that does not come is not lost": (history("1 2?", "1"), {}, {*ALWAYS}),
    "a refused send that does not come is not lost": (history("1 2!", "1"), {}, {*ALWAYS}),
    "sent as listening ended": (history("1 2", "1@20", listened=22), {}, {K.PHANTOM, K.DUPLICATED}),
    "one lost and one sent too late to tell": (history("1 2 3", "1", listened=30), {K.LOST: [1]}, {K.PHANTOM}),
    "lost only when patience is over": (history("1 2", "1@16", listened=30, patience=6), {}, {K.PHANTOM}),
    "lost as patience is over": (history("1 2", "1@16", listened=31, patience=6), {K.LOST: [1]}, {K.PHANTOM}),
    "expired, not lost": (history("1 2", "1", lifetime={2: 50}, patience=60), {}, {*ALWAYS, K.EXPIRED}),
    "lost long before it expired": (
        history("1 2", "1", lifetime={2: 50_000}, patience=1000), {K.LOST: [1]}, {K.PHANTOM, K.EXPIRED},
    ),
    "aborted by the server": (
        history("1 2", "1", transaction={2: 1}, transactions=[(NEVER, "!")]), {}, {*ALWAYS, K.ABORTED},
    ),
    "early, but within the tolerance": (history("1", "1@1009", delay={1: 1000}, tolerance=500), {}, {*ALWAYS, K.EARLY}),
    "lost within its lifetime": (history("1 2", "1", lifetime={2: 10**6}), {K.LOST: [1]}, {K.PHANTOM}),
    "not yet due, not lost": (history("1 2", "1", delay={2: 10**6}), {}, {K.PHANTOM, K.DUPLICATED}),
    "lost after its delay": (history("1 2", "1", delay={2: 50}), {K.LOST: [1]}, {K.PHANTOM}),
    "aborted, not lost": (
        history("1 2", "1", transaction={2: 1}, transactions=[(50, "!")]), {}, {*ALWAYS, K.ABORTED},
    ),
    "of an unknown transaction, not lost": (
        history("1 2", "1", transaction={2: 1}, transactions=[(50, "?")]), {}, {*ALWAYS},
    ),
    "committed and lost": (
        history("1 2", "1", transaction={2: 1}, transactions=[(50, "")]), {K.LOST: [1]}, {K.PHANTOM},
    ),
    # phantom
    "never sent": (history("1 2", "1 2 9"), {K.PHANTOM: [2]}, {K.LOST, K.DUPLICATED}),
    "refused and delivered": (history("1 2!", "1 2"), {K.PHANTOM: [1]}, {K.LOST, K.DUPLICATED}),
    "refused and delivered twice is twice a phantom": (history("1 2!", "1 2 2"), {K.PHANTOM: [1, 2]}, {K.LOST}),
    "an unknown send that arrives": (history("1 2?", "1 2"), {}, {*ALWAYS}),
    # duplicated
    "twice": (history("1 2", "1 2 1"), {K.DUPLICATED: [2]}, {K.LOST, K.PHANTOM}),
    "three times is two too many": (history("1", "1 1 1"), {K.DUPLICATED: [1, 2]}, {K.LOST}),
    "twice, in other blocks": (history("1 2", "1 2 1", block=1), {K.DUPLICATED: [2]}, {K.LOST}),
    "twice to two consumers": (history("1", "1a 1b"), {K.DUPLICATED: [1]}, {K.LOST}),
    "twice before the send's completion": (
        history("1", "1@11 1@12", completed={1: 500}), {K.DUPLICATED: [1]}, {K.LOST, K.PHANTOM},
    ),
    "once before the send's completion": (history("1", "1@11", completed={1: 500}), {}, {*ALWAYS}),
    "an unknown send that arrives twice": (history("1?", "1 1"), {K.DUPLICATED: [1]}, {K.PHANTOM}),
    "nobody listened after the last": (history("1", "1@50", listened=50), {}, {K.LOST, K.PHANTOM}),
    "a crash between delivery and acknowledgement": (
        history("1 2", "1a 2a 2b", "0", gone={"a": 1015}), {}, {*ALWAYS, K.REDELIVERED},
    ),
    "again before the consumer was gone": (
        history("1", "1a 1b", gone={"a": 1015}), {K.DUPLICATED: [1]}, {K.LOST},
    ),
    "again after a crash, and once more": (
        history("1", "1a 1b 1c", gone={"a": 1005}), {K.DUPLICATED: [2]}, {K.LOST},
    ),
    "two crashes": (history("1", "1a 1b 1c", gone={"a": 1005, "b": 1015}), {}, {*ALWAYS}),
    "given back": (history("1", "1 1", "0!"), {}, {*ALWAYS}),
    "perhaps given back": (history("1", "1 1", "0?"), {}, {*ALWAYS}),
    "acknowledged at the second try, then again": (
        history("1", "1 1", "0! 0@1015"), {K.DUPLICATED: [1]}, {K.LOST},
    ),
    # redelivered after acknowledgement
    "acknowledged and over": (history("1 2", "1 2", "0 1"), {}, {*ALWAYS, K.REDELIVERED}),
    "acknowledged, and again": (history("1", "1 1", "0"), {K.REDELIVERED: [1]}, {*ALWAYS}),
    "acknowledged, and again to another": (history("1", "1a 1b", "0"), {K.REDELIVERED: [1]}, {*ALWAYS}),
    "acknowledged, a crash, and again": (
        history("1", "1a 1b", "0", gone={"a": 1005}), {K.REDELIVERED: [1]}, {*ALWAYS},
    ),
    "acknowledged and twice again": (history("1", "1 1 1", "0"), {K.REDELIVERED: [1, 2]}, {*ALWAYS}),
    "acknowledged at the second delivery, and again": (
        history("1", "1a 1b 1c", "1", gone={"a": 1005}), {K.REDELIVERED: [2]}, {*ALWAYS},
    ),
    "under way as it was acknowledged": (
        history("1", "1@1000 1@1010<1001", "0@1002"), {K.DUPLICATED: [1]}, {K.LOST, K.REDELIVERED},
    ),
    "asked for after it was acknowledged": (
        history("1", "1@1000 1@1010<1003", "0@1002"), {K.REDELIVERED: [1]}, {*ALWAYS},
    ),
    "nobody listened after the acknowledgement": (history("1", "1", "0", listened=1002), {}, {*ALWAYS}),
    "an acknowledgement alone in its block": (
        history("1 2 3", "1 2 3 3", "0 1 2", block=1), {K.REDELIVERED: [3]}, {*ALWAYS},
    ),
    "given back only after it came again": (
        history("1", "1a@1000 1b@1010", "0!@2000"), {K.DUPLICATED: [1]}, {K.LOST, K.PHANTOM},
    ),
    "given back before it came again": (history("1", "1a@1000 1b@1010", "0!@1005"), {}, {*ALWAYS}),
    "gone only after it came again": (
        history("1", "1a@1000 1b@1010", gone={"a": 1011}), {K.DUPLICATED: [1]}, {K.LOST, K.PHANTOM},
    ),
    # order
    "what a consumer held that was gone comes late": (
        history("1 2", "2b%0 1b", gone={"a": 500}), {}, {*ALWAYS},
    ),
    "what was sent after a consumer was gone does not come late": (
        history("1 2", "2b%0 1b", gone={"a": 5}), {K.REORDERED_PARTITION: [1]}, {*ALWAYS},
    ),
    "3 1 2 3 for 1 2 3": (
        history("1 2 3", "3%0 1 2 3"), {K.REORDERED_PARTITION: [1, 2], K.DUPLICATED: [3]}, {K.LOST, K.PHANTOM},
    ),
    "in order": (history("1 2 3", "1%0 2 3"), {}, {*ALWAYS, K.REORDERED_PARTITION}),
    "a lost message is no disorder": (
        history("1 2 3", "1%0 3"), {K.LOST: [1]}, {K.PHANTOM, K.REORDERED_PARTITION},
    ),
    "a redelivery is no disorder": (
        history("1 2", "1%0 2 1", "0!"), {}, {*ALWAYS, K.REORDERED_PARTITION},
    ),
    "2 1 in two blocks": (history("1 2", "2%0 1", block=1), {K.REORDERED_PARTITION: [1]}, {*ALWAYS}),
    "3 1 2, in two blocks": (history("1 2 3", "3%0 1 2", block=2), {K.REORDERED_PARTITION: [1, 2]}, {*ALWAYS}),
    "2 1 from two partitions": (history("1 2", "2%0 1%1"), {}, {*ALWAYS}),
    "2 1 to two consumers": (history("1 2", "2a%0 1b"), {}, {*ALWAYS}),
    "an unknown send comes late": (history("1? 2 3", "2%0 3 1"), {}, {*ALWAYS, K.REORDERED_PARTITION}),
    "a delayed message comes late": (
        history("1 2 3", "2%0 3 1", delay={1: 990}, tolerance=99), {}, {*ALWAYS, K.REORDERED_PARTITION, K.EARLY},
    ),
    "a message of a transaction comes late": (
        history("1 2 3", "2%0 3 1", transaction={1: 1}, transactions=[(1005, "")]), {},
        {*ALWAYS, K.REORDERED_PARTITION, K.VISIBLE},
    ),
    "one message has no order": (history("1", "1%1"), {}, {*ALWAYS}),
    "no partition told": (history("1 2", "2 1"), {}, {*ALWAYS}),
    "in order by key": (history("1 2", "1 2", key={1: 1, 2: 1}), {}, {*ALWAYS, K.REORDERED_KEY}),
    "reordered in a key": (history("1 2", "2 1", key={1: 1, 2: 1}), {K.REORDERED_KEY: [1]}, {*ALWAYS}),
    "2 1 of two keys": (history("1 2", "2 1", key={1: 1, 2: 2}), {}, {*ALWAYS}),
    "2 1 of two keys in a partition": (
        history("1 2", "2%0 1", key={1: 1, 2: 2}), {K.REORDERED_PARTITION: [1]}, {*ALWAYS},
    ),
    "a key in two partitions, reordered": (
        history("1 2 3", "2%0 1%1 3%1", key={1: 1, 2: 1}), {K.REORDERED_KEY: [1]}, {*ALWAYS, K.REORDERED_PARTITION},
    ),
    "a key in two partitions, in order": (
        history("1 2", "1%0 2%1", key={1: 1, 2: 1}, block=1), {}, {*ALWAYS, K.REORDERED_KEY},
    ),
    # delivery count
    "counted from one": (history("1 2", "1*1 2*1 1*2", "0!"), {}, {*ALWAYS, K.WRONG_COUNT}),
    "counted from zero": (history("1 2", "1*0 2*0 1*1", "0!"), {}, {*ALWAYS, K.WRONG_COUNT}),
    "counted both ways": (history("1 2", "1*0 2*1"), {K.WRONG_COUNT: [1]}, {*ALWAYS}),
    "a count that does not grow": (history("1", "1*1 1*1", "0!"), {K.WRONG_COUNT: [1]}, {*ALWAYS}),
    "a first delivery that counts two": (history("1", "1*2"), {K.WRONG_COUNT: [0]}, {*ALWAYS}),
    "a delivery that a crashed consumer never logged": (
        history("1", "1b*2", gone={"a": 500}), {}, {*ALWAYS, K.WRONG_COUNT},
    ),
    "a count of deliveries before a consumer was gone": (
        history("1", "1b*7", gone={"a": 2000}), {K.WRONG_COUNT: [0]}, {*ALWAYS},
    ),
    "a count told only once": (history("1 2", "1*1 2"), {}, {*ALWAYS, K.WRONG_COUNT}),
    # positions
    "each position": (history("1 2 3", "1#5 2#6 3#7"), {}, {*ALWAYS, K.SKIPPED, K.REREAD}),
    "a skipped position": (history("1 2", "1#5 2#7"), {K.SKIPPED: [1]}, {*ALWAYS, K.REREAD}),
    "a skipped position, between blocks": (history("1 2", "1#5 2#7", block=1), {K.SKIPPED: [1]}, {K.REREAD}),
    "a reread position": (history("1 2", "1#5 2#5"), {K.REREAD: [1]}, {*ALWAYS, K.SKIPPED}),
    "back by two": (history("1 2 3", "1#5 2#6 3#4"), {K.REREAD: [2]}, {K.SKIPPED}),
    "positions of two partitions": (history("1 2 3 4", "1#5%0 2#9%1 3#6%0 4#10%1"), {}, {K.SKIPPED, K.REREAD}),
    "positions of two consumers": (history("1 2", "1a#5 2b#5"), {}, {*ALWAYS}),
    "a commit's position is passed over": (
        history("1 2", "1#5 2#7", transaction={1: 1}, transactions=[(500, "")]), {}, {K.SKIPPED, K.REREAD},
    ),
    "a position that another consumer read is not skipped": (
        history("1 2 3", "1a#5 2b#6 3a#7"), {}, {*ALWAYS, K.REREAD},
    ),
    "one that nobody read is": (history("1 2 3", "1a#5 2b#6 3a#8"), {K.SKIPPED: [2]}, {*ALWAYS, K.REREAD}),
    "what was given back is not reread": (
        history("1 2", "1#5 2#6 1#5", "0!"), {}, {*ALWAYS, K.REREAD, K.SKIPPED},
    ),
    "what was not given back is": (history("1 2", "1#5 2#6 1#5"), {K.DUPLICATED: [2], K.REREAD: [2]}, {K.SKIPPED}),
    # transactions
    "nobody listened, and nothing was ever aborted": (
        history("1", transaction={1: 1}, transactions=[(NEVER, "!")], listened=0), {}, set(),
    ),
    "aborted but delivered": (
        history("1 2", "1 2", transaction={2: 1}, transactions=[(50, "!")]), {K.ABORTED: [1]}, {*ALWAYS},
    ),
    "nobody listened after the abort": (
        history("1 2", "1@20", transaction={2: 1}, transactions=[(50, "!")], listened=50), {}, {K.LOST, K.PHANTOM},
    ),
    "of an unknown transaction, and delivered": (
        history("1", "1", transaction={1: 1}, transactions=[(50, "?")]), {}, {K.PHANTOM, K.DUPLICATED, K.VISIBLE},
    ),
    "visible after commit": (
        history("1", "1", transaction={1: 1}, transactions=[(999, "")]), {}, {*ALWAYS, K.VISIBLE},
    ),
    "visible before commit": (
        history("1", "1", transaction={1: 1}, transactions=[(1001, "")]), {K.VISIBLE: [0]}, {*ALWAYS},
    ),
    "visible, and neither committed nor aborted": (
        history("1", "1", transaction={1: 1}, transactions=[(NEVER, "?")]), {K.VISIBLE: [0]}, {K.PHANTOM},
    ),
    # time
    "on time": (history("1", "1@115", delay={1: 100}, tolerance=5), {}, {*ALWAYS, K.EARLY, K.LATE}),
    "early": (history("1", "1@109", delay={1: 100}), {K.EARLY: [0]}, {*ALWAYS, K.LATE}),
    "late": (history("1", "1@121", delay={1: 100}, tolerance=5), {K.LATE: [0]}, {*ALWAYS, K.EARLY}),
    "late, for nobody asked before": (
        history("1", "1@121<119", delay={1: 100}, tolerance=5), {}, {K.EARLY, K.LATE},
    ),
    "late, for nobody listened before": (
        history("1", "1@121", delay={1: 100}, tolerance=5, since=117), {}, {K.EARLY, K.LATE},
    ),
    "an unknown send cannot be late": (history("1?", "1@900", delay={1: 100}), {}, {K.EARLY}),
    "within its lifetime": (history("1", "1@90", lifetime={1: 100}), {}, {*ALWAYS, K.EXPIRED}),
    "expired but delivered": (history("1", "1@116", lifetime={1: 100}), {K.EXPIRED: [0]}, {*ALWAYS}),
    "expired within tolerance": (history("1", "1@116", lifetime={1: 100}, tolerance=1), {}, {K.EXPIRED}),
    "an unknown send cannot expire": (history("1?", "1@116", lifetime={1: 100}), {}, {K.PHANTOM, K.DUPLICATED}),
    "listening ended before the lifetime": (history("1", "1@90", lifetime={1: 100}, listened=100), {}, {*ALWAYS}),
    # clocks that jump
    "a clock that went back between deliveries": (
        history("1 2", "1@900 2@100", delay={1: 500, 2: 500}), {}, {K.LOST, K.PHANTOM, K.DUPLICATED},
    ),
    "a clock that went back hides no loss, no phantom, no disorder": (
        history("1 2 3", "2@900%0 1@100 9@101"), {K.LOST: [2], K.PHANTOM: [2], K.REORDERED_PARTITION: [1]}, set(),
    ),
    "a clock that went back, and a duplicate": (history("1", "1@900 1@100"), {K.DUPLICATED: [1]}, {K.LOST}),
    "a clock that went back, and a redelivery": (
        history("1", "1a@900 1b@100", "0", gone={"a": 950}), {}, {K.LOST, K.PHANTOM},
    ),
    "a clock that went back during a send": (
        history("1 2", "1 2", "0 1", completed={2: 1}), {}, {*ALWAYS},
    ),
    "delivered before it was sent": (history("1", "1@5", delay={1: 100}), {}, {*ALWAYS, K.LATE}),
}  # fmt: skip


@each_reading
@pytest.mark.parametrize("name", HANDWRITTEN)
def test_a_handwritten_history_is_judged_as_it_should(name: str, reading: type[Log]) -> None:
    columns, wrong, right = HANDWRITTEN[name]
    found = agree(columns, reading)
    assert {kind: one.places.tolist() for kind, one in found.items() if one.verdict is Verdict.FAIL} == wrong
    assert right <= {kind for kind, one in found.items() if one.verdict is Verdict.PASS}
    assert all(one.doubt for one in found.values() if one.verdict is Verdict.UNKNOWN)


def test_an_empty_history_is_unknown_in_every_kind() -> None:
    assert {one.verdict for one in bulk.judge(history("")).values()} == {Verdict.UNKNOWN}


def test_a_finding_names_messages_and_deliveries() -> None:
    found = bulk.judge(history("1 2 3 4 5 6 7 8", "8 8"))
    assert (
        found[Kind.LOST].actual == "7 lost: message 0.0, message 0.1, message 0.2, message 0.3, message 0.4, and 2 more"
    )
    assert found[Kind.DUPLICATED].actual == "1 duplicated: message 0.7 in delivery 1"
    assert set(bulk.judge(history("1", "1", asks=(Kind.LOST,)))) == {Kind.LOST}


@each_reading
def test_only_a_long_history_is_worth_compiled_loops(reading: type[Log], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_WORTH", 2 if reading is Log else 1)
    assert bulk.fastest(history("1")) is reading
