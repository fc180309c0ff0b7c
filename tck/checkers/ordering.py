"""In which order messages come: those of higher priority first, at best effort. No other order is promised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tck.checkers.answers import Checker
from tck.checkers.matching import Sent, Which, bindings, received, sent
from tck.checkers.ways import there_by
from tck.history import History, Outcome
from tck.verdicts import Finding, observed

LOWEST, NORMAL, HIGHEST = 1, 5, 10


def in_range(one: Sent) -> bool:
    """Select the messages of a priority that is defined."""
    priority = one.message.header.priority
    return priority is not None and LOWEST <= priority <= HIGHEST


def out_of_range(one: Sent) -> bool:
    """Select the messages of a priority that is not defined."""
    return one.message.header.priority is not None and not in_range(one)


def rank(one: Sent) -> int:
    """Return the priority that counts: one that is unset or out of range is the normal one."""
    return (one.message.header.priority or NORMAL) if in_range(one) else NORMAL


def expedited(at_least: float = 0.0, which: Which = lambda _: True) -> Checker:
    """Measure how often, of two messages that wait, that of the higher priority comes first, though it was sent second.

    A sample is a pair of messages that were sent one after the other to a queue and had both been accepted before the
    consumer that was given them was bound; no message is in two samples, and `which` selects those that are in any.
    """

    def check(history: History) -> Finding:
        words = "of two messages that wait, that of the higher priority is delivered first"
        binds = bindings(history)
        come = sorted(received(history), key=lambda one: one.came)
        places = {one.sent.mark: place for place, one in reversed(list(enumerate(come))) if one.sent}
        bound = {
            one.sent.mark: binds[one.delivery.consumer].invoked
            for one in reversed(come)
            if one.sent and one.delivery.consumer in binds
        }
        pairs = [
            (low, high)
            for low, high in _pairs(sent(history, which))
            if all(one.mark in places and _waited(history, one, bound.get(one.mark, 0)) for one in (low, high))
        ]
        wrong = [(low, high) for low, high in pairs if places[low.mark] < places[high.mark]]
        shown = [one.entry.index for pair in (wrong or pairs)[:3] for one in pair]
        return observed(len(pairs) - len(wrong), len(pairs), words, at_least=at_least, operations=shown)

    return check


def _waited(history: History, one: Sent, until: int) -> bool:
    """Tell whether a message was at its server before a moment (ns), for sure."""
    there = there_by(history, one)
    return there is not None and there < until


def _pairs(messages: Iterable[Sent]) -> Iterator[tuple[Sent, Sent]]:
    """Yield the disjoint pairs of messages that were not refused, sent to a queue one after the other, the lower first."""
    before: dict[str | None, Sent] = {}
    for one in messages:
        if one.outcome is Outcome.FAIL:
            continue
        queue = one.message.header.destination
        low = before.pop(queue, None)
        if low and rank(low) < rank(one):
            yield low, one
        else:
            before[queue] = one
