"""Which way a message came to a consumer that has a listener: pushed, pulled, or pushed and then pulled."""

from __future__ import annotations

from tck.checkers.answers import Checker, Select
from tck.checkers.delivery import nothing_lost, over
from tck.checkers.hearing import awaited
from tck.checkers.matching import Received, received, sent
from tck.history import Entry, History, Outcome
from tck.operations import BindQueue, BindQueueBatch, ContextAck, Deliver, Receive
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def where_bound(checker: Checker) -> Checker:
    """What a checker says, where no binding of a listener was refused."""

    def check(history: History) -> Finding:
        refused = [e for e in history.of(BindQueue, BindQueueBatch) if e.outcome is Outcome.FAIL]
        if refused:
            return not_applicable(f"such a binding is refused: {refused[0].error}")
        return checker(history)

    return check


def where_called(checker: Checker, *, of: str = "") -> Checker:
    """What a checker says, where a listener (`of` this consumer) was called: who pushes nothing may take it for none."""

    def check(history: History) -> Finding:
        called = any(of in {"", entry.op.on} for entry in history.of(Deliver))
        return checker(history) if called else not_applicable(f"no listener {of and f'of {of} '}was called")

    return check


def where_done_inside(select: Select, checker: Checker) -> Checker:
    """What a checker says, where listeners called these, and each ended without an error: they may be refused, or last as long as the listener."""

    def check(history: History) -> Finding:
        calls = select(history)
        if calls and all(entry.outcome is Outcome.OK for entry in calls):
            return checker(history)
        if not calls:
            return not_applicable("no listener called it")
        return not_applicable(f"called by a listener it {_ended(calls)}")

    return check


def _ended(calls: list[Entry]) -> str:
    """Tell how the first of some calls that failed, or never returned, ended."""
    return next((f"failed with {entry.error}" for entry in calls if entry.error), "did not return")


def born(one: Received) -> object:
    """Return when and where a message was born, and the extension fields of those that its sender set."""
    header, extension = one.message.header, one.message.extension_header
    given = one.sent and one.sent.message.extension_header
    fields = [field for field in given.__struct_fields__ if getattr(given, field) is not None] if given else []
    return header.born_timestamp, header.born_host, [(field, getattr(extension, field, None)) for field in fields]


def substance(one: Received) -> tuple[object, ...]:
    """Return a message's id, destination, properties and body."""
    header = one.message.header
    return header.message_id, header.destination, sorted(one.message.properties.items()), one.message.body


def each_in_its_mode(pulled: str, pushed: str) -> Checker:
    """A consumer pulls from one queue and is pushed to from another, or its second binding fails."""

    def check(history: History) -> Finding:
        words = f"{pulled} is pulled from and {pushed} pushes, or the second binding fails"
        bindings = history.of(BindQueue)
        if len(bindings) < 2 or Outcome.UNKNOWN in {entry.outcome for entry in bindings}:
            return unknown("it was not bound twice", words)
        if bindings[1].outcome is Outcome.FAIL:
            return passed(f"the second binding failed with {bindings[1].error}", [bindings[1].index])
        for one in received(history):
            queue = pushed if isinstance(one.delivery.entry.op, Deliver) else pulled
            if one.sent and one.sent.message.header.destination != history.real(queue):
                return failed(words, f"{one.label} came the other way", [one.index])
        return nothing_lost()(history)

    return check


def pulled_or_pushed(history: History) -> Finding:
    """A message that a consumer with a listener pulled is not given to the listener."""
    words = "receive fails, or gives a message that the listener is not given"
    receives = [entry for entry in history.of(Receive) if entry.outcome is not Outcome.UNKNOWN]
    if not receives:
        return unknown("nobody pulled, or that never ended", words)
    come = received(history)
    pushed = {one.sent.mark for one in come if one.sent and isinstance(one.delivery.entry.op, Deliver)}
    both = [one for one in come if one.sent and one.sent.mark in pushed and isinstance(one.delivery.entry.op, Receive)]
    if both:
        return failed(words, f"{both[0].label} was pulled and pushed", [one.index for one in both])
    if not come:
        owed = [one for one in sent(history) if one.accepted]
        if not owed or not all(awaited(history, one) for one in owed):
            return unknown("nothing was accepted, or nobody listened afterwards", words)
        return failed(words, "nothing was pulled, and nothing pushed", [entry.index for entry in receives])
    return passed("no message came both ways", (entry.index for entry in receives))


def over_where_several(history: History) -> Finding:
    """What a batch listener acknowledged is over, where it acknowledged several of one batch."""
    return several_over()(history)


def several_over(consumer: str = "") -> Checker:
    """What a batch listener, of this consumer if one is named, acknowledged is over, where it acknowledged several of one batch."""
    by = consumer and f"{consumer}.listener"

    def check(history: History) -> Finding:
        calls = [e for e in history.of(Deliver) if isinstance(e.op, Deliver) and by in {"", e.client}]
        acks = [e.op for e in history.of(ContextAck) if isinstance(e.op, ContextAck) and by in {"", e.client}]
        places = [(op.delivery, place) for op in acks for place in op.positions]
        single = all(isinstance(e.op, Deliver) and len(e.op.messages) < 2 for e in calls)
        apart = bool(places) and len({delivery for delivery, _ in places}) == len(places)
        if apart or (calls and single):
            return not_applicable("of no batch several messages were acknowledged")
        return over(ContextAck, by=by)(history)

    return check
