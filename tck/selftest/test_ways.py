"""What is judged for each way of sending and of receiving, on handwritten histories with known verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from tck.checkers.answers import Checker
from tck.checkers.content import kept_or_refused
from tck.checkers.delivery import not_returned, same_when_redelivered
from tck.checkers.headers import header, same_as_left
from tck.checkers.optional import dropped_in_silence, part_dropped_in_silence, refused_or_honoured
from tck.checkers.ordering import expedited
from tck.checkers.timing import delayed_come_in_the_end, gone, none_early
from tck.checkers.ways import each_way, each_way_received, sent_in, where_sent
from tck.history import History
from tck.messages import ExtensionHeader
from tck.operations import Error, ErrorKind, SendBatchOneway, SendOneway
from tck.selftest.histories import (
    EPOCH,
    REFUSED,
    Did,
    ack,
    batch,
    bind,
    did,
    got,
    got_batch,
    history,
    message,
    nothing,
    pushed,
    send,
)

UNSUPPORTED = Error(ErrorKind.UNSUPPORTED, 1400, "not here")
TRACED = ExtensionHeader(trace_id="t")
TOO_LARGE = Error(ErrorKind.FORMAT, 1413, "too large")


def oneway(
    number: int, *, left: Any = None, many: bool = False, error: Any = None, at: Any = None, **fields: Any
) -> Did:
    """Send oneway, alone or in a batch of one."""
    one = message(number, **fields)
    line = {"at": at} if at else {}
    return did(SendBatchOneway((one,)) if many else SendOneway(one), "p", left, error=error, **line)


any_qos = refused_or_honoured(1, SendOneway)
one_of_two = refused_or_honoured(2, SendOneway)
traced = dropped_in_silence(SendOneway)
squeezed = part_dropped_in_silence("compression", "compression", header("compression"), by=SendBatchOneway)
expired = gone(sent_in("oneway"))
large = kept_or_refused("FORMAT", sent_in("oneway"))
twice = not_returned(sent_in("oneway"))
ordered = expedited(0.5, sent_in("oneway"))
early = none_early(sent_in("oneway"))
born = same_as_left("born_timestamp", "born timestamp", sent_in("oneway"))
late = delayed_come_in_the_end(sent_in("batch"))
again = each_way_received(
    "id", lambda only: same_when_redelivered("id", "the same id", lambda one: one.message.header.message_id, only)
)
MOMENT = {"extension": ExtensionHeader(expire_time=EPOCH + 100)}
SPAN = {"extension": ExtensionHeader(expire_time=100)}
LATE = bind(at=(250, 251))
REST = nothing(at=(260, 310))
FENCE = (
    bind("r", client="f", at=(5, 6)),
    oneway(9, destination="r", at=(7, 8)),
    got(9, "f", destination="r", at=(9, 10)),
)


def seen(*lines: Did) -> History:
    """Return a history of two queues."""
    return history(*lines, queues=("q", "r"))


CASES: dict[str, tuple[Checker, History, str, str]] = {
    "qos: refused oneway": (any_qos, history(oneway(1, qos=1, error=UNSUPPORTED), nothing()), "PASS", ""),
    "qos: dropped oneway": (any_qos, history(oneway(1, qos=1), nothing()), "PASS", ""),
    "qos: honoured oneway": (any_qos, history(oneway(1, qos=1), got(1), nothing()), "PASS", ""),
    "qos: twice oneway": (any_qos, history(oneway(1, qos=1), got(1), got(1)), "FAIL", "delivered 2 times"),
    "qos: refused otherwise": (any_qos, history(oneway(1, qos=1, error=REFUSED), nothing()), "FAIL", "OTHER 1503"),
    "qos: weaker": (one_of_two, history(oneway(1, qos=2), got(1, qos=0), nothing()), "FAIL", "with the qos 0"),
    "qos: as it was": (one_of_two, history(oneway(1, qos=2), got(1, qos=2), nothing()), "PASS", ""),
    "qos: nobody listened": (any_qos, history(oneway(1, qos=1)), "UNKNOWN", "nobody listened"),
    "qos: sent another way": (any_qos, history(send(1, qos=1), got(1)), "NOT APPLICABLE", ""),
    "a field: refused": (traced, history(oneway(1, extension=TRACED, error=UNSUPPORTED)), "PASS", ""),
    "a field: refused otherwise": (traced, history(oneway(1, extension=TRACED, error=REFUSED)), "FAIL", "OTHER 1503"),
    "a field: not sent": (traced, history(oneway(1, extension=TRACED), nothing()), "PASS", ""),
    "a field: stripped": (traced, history(oneway(1, extension=TRACED), got(1)), "FAIL", "came without it"),
    "a field: whole": (traced, history(oneway(1, extension=TRACED), got(1, extension=TRACED)), "PASS", ""),
    "a field: nobody listened": (traced, history(oneway(1, extension=TRACED)), "UNKNOWN", "never came"),
    "a part of a batch": (squeezed, history(oneway(1, compression="gzip", many=True), got(1)), "FAIL", "came without"),
    "a part of another way": (squeezed, history(oneway(1, compression="gzip"), got(1)), "NOT APPLICABLE", ""),
    "expired: gone by its moment": (
        expired["moment"], seen(oneway(1, at=(2, 3), **MOMENT), *FENCE, LATE, REST, send(4), got(4)), "PASS", "",
    ),
    "expired: given after its moment": (
        expired["moment"], seen(oneway(1, at=(2, 3), **MOMENT), *FENCE, LATE, got(1, at=(252, 253)), REST), "FAIL", "1 of 1 came",
    ),
    "expired: given after its span": (
        expired["span"], seen(oneway(1, at=(2, 3), **SPAN), *FENCE, LATE, got(1, at=(252, 253)), REST), "FAIL", "1 of 1 came",
    ),
    "expired: nothing tells when it was there": (
        expired["span"], seen(oneway(1, at=(2, 3), **SPAN), LATE, got(1, at=(252, 253)), REST), "UNKNOWN", "no consumer came",
    ),
    "expired: there after its moment, for all that is known": (
        expired["moment"],
        seen(oneway(1, at=(2, 3), **MOMENT), oneway(9, at=(4, 5), destination="r"),
             bind("r", client="f", at=(6, 7)), got(9, "f", destination="r", at=(150, 160)), LATE, got(1, at=(252, 253)), REST),
        "UNKNOWN", "no consumer came",
    ),
    "large: whole": (large, history(oneway(1), got(1)), "PASS", ""),
    "large: not sent": (large, history(oneway(1), nothing()), "PASS", ""),
    "large: refused": (large, history(oneway(1, error=TOO_LARGE)), "PASS", ""),
    "large: cut": (large, history(oneway(1), got(1, body=b"c")), "FAIL", "bytes"),
    "large: nobody listened": (large, history(oneway(1)), "UNKNOWN", "nobody listened"),
    "at most once": (twice, history(oneway(1), got(1), nothing()), "PASS", ""),
    "more than once": (twice, history(oneway(1), got(1), got(1)), "FAIL", "delivered again"),
    "at most once, and lost": (twice, history(oneway(1), nothing()), "UNKNOWN", "none of them"),
    "ordered": (
        ordered,
        seen(oneway(1, priority=1), oneway(2, priority=10), oneway(9, destination="r"), bind("r", client="f"),
             got(9, "f", destination="r"), bind(), got(2), got(1)),
        "UNKNOWN", "1 of 1, 95% interval 0.21-1.00: too few to tell",
    ),
    "ordered, but perhaps not there": (
        ordered, history(oneway(1, priority=1), oneway(2, priority=10), bind(), got(2), got(1)), "UNKNOWN", "no sample",
    ),
    "early": (
        early, history(bind(), oneway(1, extension=ExtensionHeader(delay_time=50), at=(2, 3)), got(1, at=(4, 6))), "FAIL", "ms after",
    ),
    "in time": (
        early, history(bind(), oneway(1, extension=ExtensionHeader(delay_time=50), at=(2, 3)), got(1, at=(4, 60))), "PASS", "",
    ),
    "none of that way was delayed": (early, history(send(1, extension=ExtensionHeader(delay_time=50)), got(1)), "UNKNOWN", ""),
    "another way's delay": (late, history(batch(1), got(1)), "UNKNOWN", "no message was accepted"),
    "born once": (
        born, history(oneway(1, left=message(1, born_timestamp=5)), got(1, born_timestamp=5)), "PASS", "",
    ),
    "born twice": (
        born, history(oneway(1, left=message(1, born_timestamp=5)), got(1, born_timestamp=6)), "FAIL", "timestamp is 5, received 6",
    ),
    "born, and not told": (born, history(oneway(1, left=message(1)), got(1, born_timestamp=6)), "PASS", ""),
    "never born": (born, history(send(1), got(1)), "UNKNOWN", "nothing was received"),
    "again in a batch": (again["id-batch-received"], history(send(1), got(1), got_batch(1)), "PASS", ""),
    "another again in a batch": (
        again["id-batch-received"], history(send(1), got(1, message_id="x"), got_batch(1)), "FAIL", "then",
    ),
    "again, but pushed": (again["id-batch-received"], history(send(1), got(1), pushed(1)), "UNKNOWN", ""),
    "again, and pushed": (again["id-pushed"], history(send(1), got(1), pushed(1)), "PASS", ""),
    "again, and pushed in a batch": (again["id-batch-pushed"], history(send(1), got(1), pushed(1, many=True)), "PASS", ""),
    "nothing was sent so": (where_sent(sent_in("batch"), twice), history(send(1), got(1), ack("r1")), "NOT APPLICABLE", ""),
    "something was sent so": (where_sent(sent_in("batch"), twice), history(batch(1), got(1)), "UNKNOWN", ""),
}  # fmt: skip


@pytest.mark.parametrize(("checker", "judged", "verdict", "words"), CASES.values(), ids=CASES)
def test_a_history_has_its_verdict(checker: Checker, judged: History, verdict: str, words: str) -> None:
    finding = checker(judged)
    assert finding.verdict == verdict, finding
    assert words in finding.actual


def test_the_reading_of_a_oneway_send_is_told() -> None:
    assert traced(history(oneway(1, extension=TRACED), nothing())).reading == "nothing"
    assert traced(history(oneway(1, extension=TRACED, error=UNSUPPORTED))).reading == "error"
    assert not traced(history(oneway(1, extension=TRACED), got(1, extension=TRACED))).reading


def test_each_way_has_a_clause() -> None:
    assert list(each_way("a", not_returned)) == ["a-async", "a-batch", "a-oneway", "a-batch-async", "a-batch-oneway"]
    assert list(each_way("a", not_returned, "", "batch")) == ["a", "a-batch"]
