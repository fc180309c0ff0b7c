"""In which way a message was sent, or reached its consumer: what is said of every message is judged for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from tck.checkers.answers import Checker
from tck.checkers.matching import Received, Sent, Which, received, sent
from tck.history import History, Outcome
from tck.operations import (
    BatchReceive,
    BatchReceiveAt,
    Deliver,
    Operation,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Way,
)
from tck.verdicts import Finding, not_applicable

WAYS: Mapping[str, Way] = {
    "async": "send_async",
    "batch": "send_batch",
    "oneway": "send_oneway",
    "batch-async": "send_batch_async",
    "batch-oneway": "send_batch_oneway",
}
"""The ways of sending by the words that end a clause's id; that of one message alone, of which most clauses speak, has none."""
KINDS: Mapping[str, type[Operation]] = {
    "": Send,
    "async": SendAsync,
    "batch": SendBatch,
    "oneway": SendOneway,
    "batch-async": SendBatchAsync,
    "batch-oneway": SendBatchOneway,
}
ONEWAY = (SendOneway, SendBatchOneway)
RECEIVING = ("batch-received", "pushed", "batch-pushed")
"""The ways of receiving, as they end a clause's id; pulling one message alone has none."""


def sent_in(way: str, which: Which = lambda _: True) -> Which:
    """Select what was sent in a way, of what `which` selects."""
    return lambda one: isinstance(one.entry.op, KINDS[way]) and which(one)


def was_refused(one: Sent) -> bool:
    """Tell whether a send failed; of one that was oneway its call alone could tell."""
    return one.outcome is Outcome.FAIL or (isinstance(one.entry.op, ONEWAY) and one.entry.outcome is Outcome.FAIL)


def each_way(clause: str, judge: Callable[[Which], Checker], *ways: str) -> dict[str, Checker]:
    """Return the judges of a clause of this name for each of these ways of sending; all but that of one alone if none is given."""
    return {f"{clause}-{way}" if way else clause: judge(sent_in(way)) for way in ways or WAYS}


def came_in(one: Received) -> str:
    """Return the word for the way in which a message reached its consumer; none where it was pulled alone."""
    op = one.delivery.entry.op
    if isinstance(op, Deliver):
        return "batch-pushed" if op.batch else "pushed"
    return "batch-received" if isinstance(op, BatchReceive | BatchReceiveAt) else ""


def each_way_received(
    clause: str, judge: Callable[[Callable[[Received], bool]], Checker], ways: Collection[str] = RECEIVING
) -> dict[str, Checker]:
    """Return the judges of a clause of this name for each way of receiving."""

    def so(way: str) -> Callable[[Received], bool]:
        return lambda one: came_in(one) == way

    return {f"{clause}-{way}" if way else clause: judge(so(way)) for way in ways}


def where_sent(which: Which, checker: Checker) -> Checker:
    """What a checker says, where anything that `which` selects was sent: a program sends nothing to listeners that are not claimed."""

    def check(history: History) -> Finding:
        return checker(history) if sent(history, which) else not_applicable("no such way of receiving is claimed")

    return check


def there_by(history: History, one: Sent) -> int | None:
    """Return when (ns) a message was at its server for sure: as its send returned; one sent oneway, as a later one of its kind came.

    None where nothing tells.
    """
    if one.accepted:
        return one.done.completed or one.entry.invoked
    if not isinstance(one.entry.op, ONEWAY):
        return None
    later = [
        come.came
        for come in received(history)
        if come.sent
        and come.sent.entry.client == one.entry.client
        and type(come.sent.entry.op) is type(one.entry.op)
        and come.sent.entry.index > one.entry.index
    ]
    return min(later, default=None)
