"""Which queues are listed."""

from __future__ import annotations

from tck.checkers.answers import Checker, gives_what, ops
from tck.history import History
from tck.operations import ListQueues
from tck.verdicts import Finding


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
