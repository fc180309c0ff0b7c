"""Which queues are listed."""

from __future__ import annotations

from tck.checkers.answers import Checker, gives_what, ops
from tck.checkers.hearing import awaited
from tck.checkers.matching import received, sent
from tck.history import History, Outcome
from tck.operations import CreateQueue, ListQueues
from tck.verdicts import Finding, failed, passed, unknown


def lists(queue: str, client: str) -> Checker:
    """What a client is given holds the queue."""

    def check(history: History) -> Finding:
        name = history.real(queue)
        return gives_what(ops(ListQueues, client=client), f"{name} is listed", lambda result, _: name in result)(
            history
        )

    return check


def never_lists(queue: str, client: str) -> Checker:
    """What a client is given does not hold the queue."""

    def check(history: History) -> Finding:
        name = history.real(queue)
        words = f"{name} is not listed"
        return gives_what(ops(ListQueues, client=client), words, lambda result, _: name not in result)(history)

    return check


def lists_once(history: History) -> Finding:
    """Each queue of the program is listed once at most."""
    own = set(history.origin.names.values())
    return gives_what(
        ops(ListQueues), "each queue is listed once", lambda result, _: all(result.count(name) <= 1 for name in own)
    )(history)


def names_kept(history: History) -> Finding:
    """Each queue that a client of the program created is listed, and is the destination of what is received from it, by its very name."""
    words = "the queue is listed, and received from, under just its name, or its creation fails"
    tried = history.of(CreateQueue)
    lists_ = [entry for entry in history.of(ListQueues) if entry.outcome is Outcome.OK]
    created = {str(getattr(e.op, "queue", "")): e.index for e in tried if e.outcome is Outcome.OK}
    come = [one for one in received(history) if one.sent]
    if not tried or not lists_ or any(entry.outcome is Outcome.UNKNOWN for entry in tried):
        return unknown("no queue was created and listed", words)
    for name, index in created.items():
        if not any(name in entry.result for entry in lists_):
            return failed(words, f"{name!r} is not listed", [index, *(entry.index for entry in lists_)])
        own = [one for one in come if one.sent and one.sent.message.header.destination == name]
        owed = sent(history, lambda one: one.accepted and one.message.header.destination == name)  # noqa: B023 - used at once
        if not own and not (owed and all(awaited(history, one) for one in owed)):
            return unknown(f"nothing was accepted for {name!r}, or nobody listened for it", words, [index])
        if not own:
            return failed(words, f"what was sent to {name!r} never came", [index])
        if other := [one for one in own if one.message.header.destination != name]:
            text = f"it was received from {name!r} with the destination {other[0].message.header.destination!r}"
            return failed(words, text, [index, other[0].index])
    return passed(f"{len(created)} of {len(tried)} queues were created, and bear their names", created.values())
