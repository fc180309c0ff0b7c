"""Messages wherever they are: what was committed is judged as if it had been sent, and a duplicate as if it had been sent to its queue."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tck.checkers.answers import Checker
from tck.checkers.hearing import listened_after
from tck.checkers.matching import SENDS, Received, Which, bodies, received, sent
from tck.checkers.prepared import sendings
from tck.checkers.ways import ONEWAY
from tck.history import Entry, History, Outcome, once
from tck.messages import Message
from tck.operations import CreateProducer, CreateTransactionProducer, Routing
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def there(checker: Checker) -> Checker:
    """What `checker` finds of messages wherever the program has them; it has no sender where that place is not claimed."""

    def check(history: History) -> Finding:
        if not history.of(CreateProducer, CreateTransactionProducer):
            return not_applicable("such a place for messages is not claimed")
        (seen,) = _as_there(history)
        return checker(seen)

    return check


def where_any(which: Which, checker: Checker) -> Checker:
    """What `checker` finds where anything that `which` selects was sent, and not just oneway; what is not claimed is not sent."""

    def check(history: History) -> Finding:
        owed = [one for one in sent(history, which) if not isinstance(one.entry.op, ONEWAY)]
        return checker(history) if owed else not_applicable("no such message is offered, or none that must come")

    return check


def where_offered(capability: str, checker: Checker) -> Checker:
    """What `checker` finds of who offers an optional part."""

    def check(history: History) -> Finding:
        return checker(history) if history.origin.offers(capability) else not_applicable(f"{capability} is not offered")

    return check


def where_received(only: Callable[[Received], bool], checker: Checker) -> Checker:
    """What `checker` finds where anything is received `only` so; that it comes is not what it is about."""

    def check(history: History) -> Finding:
        return checker(history) if any(map(only, received(history))) else not_applicable("nothing came in such a way")

    return check


@once
def _as_there(history: History) -> tuple[History]:
    targets = {
        entry.op.queue: entry.op.target
        for entry in history.of(Routing)
        if isinstance(entry.op, Routing) and entry.outcome is Outcome.OK
    }
    known = {one.index: one for one in sendings(history)}
    entries = (_routed(known.get(entry.index, entry), targets) for entry in history.entries)
    return (msgspec.structs.replace(history, entries=tuple(entries)),)


def _routed(entry: Entry, targets: dict[str, str]) -> Entry:
    """Return a send as one of the same messages to the queues that they are routed to."""
    op = entry.op
    if not targets or not isinstance(op, SENDS):
        return entry
    if hasattr(op, "messages"):
        routed = msgspec.structs.replace(op, messages=tuple(_to(one, targets) for one in op.messages))
    else:
        routed = msgspec.structs.replace(op, message=_to(op.message, targets))
    return msgspec.structs.replace(entry, op=routed)


def _to(message: Message, targets: dict[str, str]) -> Message:
    queue = targets.get(message.header.destination or "", message.header.destination)
    return msgspec.structs.replace(message, header=msgspec.structs.replace(message.header, destination=queue))


def as_many_as_sent(consumer: str, body: bytes) -> Checker:
    """The consumer is given no fewer messages with this body, which may differ in nothing, than were accepted."""

    def check(history: History) -> Finding:
        words = "messages that are alike are received as often as they were sent"
        accepted = [one for one in sent(history, bodies(body)) if one.accepted]
        come = [one for one in received(history, on=[consumer]) if one.message.body == body]
        if len(accepted) < 2 or not come:
            return unknown("fewer than two were accepted, or none came", words)
        if len(come) >= len(accepted):
            return passed(f"{len(come)} deliveries of {len(accepted)}")
        if not listened_after(history, max(one.done.completed or 0 for one in accepted), on=[consumer]):
            return unknown(f"{consumer} did not listen after they were sent", words)
        shown = (*(one.entry.index for one in accepted), *(one.index for one in come))
        return failed(words, f"{len(accepted)} were accepted, {len(come)} came", shown)

    return check
