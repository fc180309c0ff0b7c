"""The checkers of meta data of queues, on handwritten histories with known verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from tck.checkers import meta_data
from tck.checkers.answers import Checker, fails, ops
from tck.history import History
from tck.messages import Partition, QueueMetaData
from tck.operations import Error, ErrorKind, GetQueueMetaData
from tck.selftest.histories import REFUSED, Did, did, history

NOT_OFFERED = Error(ErrorKind.UNSUPPORTED, 1400, "no such method")
LATER = {"api.5d796063": "native"}


def told(
    *ids: int, on: str = "p", queue: str = "q", name: str = "q", host: str | None = "here", client: str = "asks"
) -> Did:
    """Be told the partitions of a queue."""
    partitions = tuple(Partition(number, host) for number in ids)
    return did(GetQueueMetaData(queue, on=on), client, QueueMetaData(name, partitions))


def asked(on: str = "p", client: str = "asks", **line: Any) -> Did:
    """Ask, and be told null or an error."""
    return did(GetQueueMetaData("q", on=on), client, **line)


ALL = ops(GetQueueMetaData)
OF_P, OF_C = ops(GetQueueMetaData, on="p"), ops(GetQueueMetaData, on="c")
FIRST, LAST = ops(GetQueueMetaData, client="cut off"), ops(GetQueueMetaData, client="asks")
there = meta_data.there(ALL)
plain = meta_data.names_the_queue(ALL)
full = meta_data.names_the_queue(ALL, with_namespace=True)
distinct = meta_data.distinct(ALL)
hosted = meta_data.hosted(ALL)
alike = meta_data.alike(OF_C, OF_P)
right = meta_data.fails_or_right(FIRST, LAST)
refused = fails(meta_data.where_there(FIRST, LAST), ErrorKind.DESTINATION)
gone = did(GetQueueMetaData("r", on="c"), "cut off", None)

CASES: dict[str, tuple[Checker, History, str, str]] = {
    "an extension": (there, history(told(0), asked(on="c")), "PASS", ""),
    "an extension that fails": (there, history(asked(error=REFUSED)), "PASS", ""),
    "no extension": (there, history(asked(), asked("c", error=NOT_OFFERED)), "FAIL", "no extension"),
    "nobody was asked": (there, history(), "UNKNOWN", "nobody answered"),
    "nobody answered": (there, history(asked(unknown=True)), "UNKNOWN", "nobody answered"),
    "who has none is left out": (refused, history(told(0), asked("c"), gone), "UNKNOWN", "never reached"),
    "one null does not count": (refused, history(told(0, on="c"), asked("c"), gone), "FAIL", "succeeded"),
    "its name": (plain, history(told(0)), "PASS", ""),
    "another name": (plain, history(told(0, name="r")), "FAIL", "returned QueueMetaData"),
    "null for a name": (plain, history(told(0), asked()), "FAIL", "returned None"),
    "a name that was not told": (plain, history(), "UNKNOWN", ""),
    "its whole name": (full, history(told(0, name="n://q")), "PASS", ""),
    "the end of another": (full, history(told(0, name="n://qq")), "FAIL", "n://qq"),
    "different ones": (distinct, history(told(0, 2, 1)), "PASS", ""),
    "one twice": (distinct, history(told(0, 1), told(0, 1, 0)), "FAIL", "returned QueueMetaData"),
    "none of them": (distinct, history(told()), "UNKNOWN", "no partition"),
    "here": (hosted, history(told(0, 1)), "PASS", ""),
    "a blank": (hosted, history(told(0), told(1, host=" ")), "FAIL", "returned QueueMetaData"),
    "nowhere": (hosted, history(told(0, 1, host=None)), "FAIL", "returned QueueMetaData"),
    "nowhere, later": (hosted, history(told(0, 1, host=None), capabilities=LATER), "NOT APPLICABLE", "later API"),
    "now and then, later": (hosted, history(told(0), told(0, host=None), capabilities=LATER), "FAIL", "returned"),
    "nothing has a host": (hosted, history(told()), "UNKNOWN", "no partition"),
    "the same in another order": (alike, history(told(0, 1), told(1, 0, on="c")), "PASS", ""),
    "fewer": (alike, history(told(0, 1), told(0, on="c")), "FAIL", "returned QueueMetaData"),
    "an error instead": (alike, history(told(0, 1), asked("c", error=REFUSED)), "FAIL", "OTHER 1503"),
    "of another queue": (alike, history(told(0, 1, queue="r"), told(0, on="c")), "UNKNOWN", "told by both"),
    "an error while it is cut": (right, history(asked(client="cut off", error=REFUSED), told(0)), "PASS", "failed"),
    "known by heart": (right, history(told(0, 1, client="cut off"), told(0, 1)), "PASS", ""),
    "nothing by heart": (right, history(told(client="cut off"), told(0, 1)), "FAIL", "returned QueueMetaData"),
    "null while it is cut": (right, history(asked(client="cut off"), told(0, 1)), "FAIL", "returned None"),
    "not offered while it is cut": (
        right,
        history(asked(client="cut off", error=NOT_OFFERED), told(0)),
        "FAIL",
        "UNSUPPORTED",
    ),
    "never known": (right, history(told(0, client="cut off"), asked(error=REFUSED)), "UNKNOWN", "told by both"),
    "no answer while it is cut": (right, history(asked(client="cut off", unknown=True), told(0)), "UNKNOWN", "never"),
}


@pytest.mark.parametrize(("checker", "seen", "verdict", "words"), CASES.values(), ids=CASES)
def test_each_history_has_its_verdict(checker: Checker, seen: History, verdict: str, words: str) -> None:
    finding = checker(seen)
    assert finding.verdict == verdict, finding
    assert words in finding.actual
