"""The checkers of partitions, on handwritten histories with known verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from tck.checkers import partitions
from tck.checkers.answers import Checker, ops
from tck.checkers.later import unless_null_before
from tck.checkers.matching import bodies
from tck.history import History
from tck.messages import ExtensionHeader, Partition, QueueMetaData
from tck.operations import Error, ErrorKind, GetQueueMetaData, ReceiveForever, Restore
from tck.selftest.histories import REFUSED, Did, did, got, history, nothing, send

ILLEGAL = Error(ErrorKind.FORMAT, 1418, "no such partition")


def everything(_: Any) -> bool:
    """Select every message."""
    return True


def told(*ids: int) -> Did:
    """Be told the partitions of the queue."""
    return did(GetQueueMetaData("q"), "p", QueueMetaData("q", tuple(map(Partition, ids))))


def put(number: int, partition: int | None = None, key: str | None = None, **line: Any) -> Did:
    """Send a message, to a partition or with a key."""
    return send(number, extension=ExtensionHeader(partition=partition, message_key=key), **line)


def came(number: int, partition: int | None, offset: int | None = None, client: str = "c", **line: Any) -> Did:
    """Pull a message of a partition."""
    return got(number, client, extension=ExtensionHeader(partition=partition, offset=offset), **line)


named = partitions.in_its_partition(everything)
every = partitions.every_partition(everything)
elsewhere = partitions.elsewhere(everything)
refused = partitions.refused(everything, ErrorKind.FORMAT)
keyed = partitions.same_key_same_partition(everything)
wide = partitions.spread(everything)
one_each = partitions.one_consumer_each(everything)
both = partitions.each_given_some("c", "d", which=everything)
joined = partitions.each_given_some("d", which=everything, partitions=3)
alike = partitions.alike("c", "d")
forever = unless_null_before(ops(ReceiveForever), ops(Restore))

CASES: dict[str, tuple[Checker, History, str, str]] = {
    "where it says": (named, history(put(1, 2), came(1, 2)), "PASS", ""),
    "somewhere else": (named, history(put(1, 2), came(1, 0)), "FAIL", "its partition is 0, 2 was named"),
    "never there": (named, history(put(1, 2), put(2, 1), came(1, 2), nothing()), "UNKNOWN", "never came"),
    "each of them": (every, history(told(0, 1), put(1, 0), put(2, 1), came(1, 0), came(2, 1)), "PASS", ""),
    "one is not there": (every, history(told(0, 1), put(1, 0), put(2, 1), came(1, 0), came(2, 0), nothing()), "FAIL", "[1]"),
    "one is refused": (every, history(told(0, 1), put(1, 0, error=REFUSED)), "FAIL", "OTHER 1503"),
    "nobody looked": (every, history(told(0, 1), put(1, 0), put(2, 1)), "UNKNOWN", ""),
    "one that is listed": (partitions.existing(), history(told(0, 1), put(1), came(1, 1)), "PASS", ""),
    "one that is not listed": (partitions.existing(), history(told(0, 1), put(1), came(1, 7)), "FAIL", "7"),
    "none at all": (partitions.existing(), history(told(0, 1), put(1), came(1, None)), "FAIL", "None"),
    "nothing is listed": (partitions.existing(), history(put(1), came(1, 1)), "UNKNOWN", ""),
    "refused": (refused, history(told(0), put(1, 9, error=ILLEGAL), nothing()), "PASS", ""),
    "refused otherwise": (refused, history(told(0), put(1, 9, error=REFUSED)), "FAIL", "OTHER 1503"),
    "refused, not put elsewhere": (elsewhere, history(told(0), put(1, 9, error=ILLEGAL)), "FAIL", "FORMAT 1418"),
    "from zero on": (partitions.numbered(0), history(told(0, 1, 2)), "PASS", ""),
    "with a gap": (partitions.numbered(0), history(told(0, 2)), "FAIL", "[0, 2]"),
    "not told": (partitions.numbered(0), history(), "UNKNOWN", ""),
    "put elsewhere": (elsewhere, history(told(0), put(1, 9), came(1, 0)), "PASS", ""),
    "put nowhere": (elsewhere, history(told(0), put(1, 9), came(1, 9)), "FAIL", "9"),
    "dropped": (elsewhere, history(told(0), put(1, 9), nothing()), "FAIL", "never came"),
    "dropped, unless nobody looked": (elsewhere, history(told(0), put(1, 9)), "UNKNOWN", ""),
    "keys together": (
        keyed, history(put(1, key="a"), put(2, key="a"), put(3, key="b"), came(1, 1), came(2, 1), came(3, 0)), "PASS", "",
    ),
    "keys apart": (keyed, history(put(1, key="a"), put(2, key="a"), came(1, 1), came(2, 0)), "FAIL", "'a' came from"),
    "one of a key": (keyed, history(put(1, key="a"), came(1, 1)), "UNKNOWN", ""),
    "offsets": (partitions.offsets_unique, history(put(1), put(2), came(1, 0, 5), came(2, 0, 6)), "PASS", ""),
    "the same in another partition": (
        partitions.offsets_unique, history(put(1), put(2), came(1, 0, 5), came(2, 1, 5)), "PASS", "",
    ),
    "the same again": (partitions.offsets_unique, history(put(1), put(2), came(1, 0, 5), came(2, 0, 5)), "FAIL", "offset 5"),
    "no offsets": (partitions.offsets_unique, history(put(1), put(2), came(1, 0), came(2, 0)), "UNKNOWN", ""),
    "in order": (partitions.offsets_grow, history(put(1), put(2), came(2, 0, 6), came(1, 0, 5)), "PASS", ""),
    "backwards": (partitions.offsets_grow, history(put(1), put(2), came(1, 0, 6), came(2, 0, 5)), "FAIL", "after it 5"),
    "of two partitions": (partitions.offsets_grow, history(put(1), put(2), came(1, 0, 6), came(2, 1, 5)), "UNKNOWN", ""),
    "spread": (wide, history(put(1), put(2), came(1, 0), came(2, 1)), "PASS", ""),
    "not spread": (wide, history(put(1), put(2), came(1, 0), came(2, 0)), "FAIL", "all 2 came from partition 0"),
    "one is no spread": (wide, history(put(1), came(1, 0)), "UNKNOWN", ""),
    "spread over one": (
        partitions.where_several(wide), history(told(0), put(1), put(2), came(1, 0), came(2, 0)), "NOT APPLICABLE", "",
    ),
    "one consumer": (one_each, history(put(1), put(2), came(1, 0), came(2, 0)), "PASS", ""),
    "two consumers": (one_each, history(put(1), put(2), came(1, 0), came(2, 0, client="d")), "FAIL", "went to c, d"),
    "both": (both, history(told(0, 1), put(1), put(2), came(1, 0), came(2, 1, client="d")), "PASS", ""),
    "one of them": (both, history(told(0, 1), put(1), put(2), came(1, 0), came(2, 1), nothing("d")), "FAIL", "d got none"),
    "one of them, for want of partitions": (both, history(told(0), put(1), came(1, 0)), "NOT APPLICABLE", ""),
    "who joined, for want of partitions": (joined, history(told(0, 1), put(1), came(1, 0)), "NOT APPLICABLE", ""),
    "who joined, where there are enough": (joined, history(told(0, 1, 2), put(1), came(1, 0), nothing("d")), "FAIL", "d got none"),
    "the same for both": (alike, history(put(1), came(1, 0), came(1, 0, client="d")), "PASS", ""),
    "another for the other": (
        alike, history(put(1), came(1, 0), got(1, "d", message_id="other")), "FAIL", "differs between c and d",
    ),
    "for one alone": (alike, history(put(1), came(1, 0)), "UNKNOWN", ""),
    "null before": (
        forever, history(did(ReceiveForever(), at=(0, 5)), did(Restore(on="far"), "r", at=(10, 11))), "FAIL", "None",
    ),
    "null afterwards": (
        forever, history(did(ReceiveForever(), at=(0, 50)), did(Restore(on="far"), "r", at=(10, 11))), "PASS", "",
    ),
    "an error": (
        forever, history(did(ReceiveForever(), error=REFUSED, at=(0, 5)), did(Restore(on="far"), "r", at=(10, 11))), "PASS", "",
    ),
    "never restored": (forever, history(did(ReceiveForever(), at=(0, 5))), "UNKNOWN", ""),
}  # fmt: skip


@pytest.mark.parametrize(("checker", "seen", "verdict", "words"), CASES.values(), ids=CASES)
def test_each_history_has_its_verdict(checker: Checker, seen: History, verdict: str, words: str) -> None:
    finding = checker(seen)
    assert finding.verdict == verdict, finding
    assert words in finding.actual


def test_messages_are_selected_by_their_bodies() -> None:
    assert (
        partitions.in_its_partition(bodies(b"2"))(history(put(1, 0), put(2, 1), came(1, 5), came(2, 1))).verdict
        == "PASS"
    )
