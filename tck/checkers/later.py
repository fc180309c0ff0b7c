"""What consumers of several queues say and do, as commit 5d796063 of the API has them."""

from __future__ import annotations

from itertools import pairwise

from tck.checkers.answers import Checker, Select, gives_what
from tck.checkers.headers import each_received, extension
from tck.checkers.matching import PULLS, Received, received
from tck.checkers.optional import nothing_where_absent
from tck.history import MARK, Entry, History, Outcome
from tck.messages import Message
from tck.operations import BatchReceiveAt, ErrorKind, ReceiveAt, ReceiveForever, Send, Stop, Wait
from tck.verdicts import Finding, Verdict, failed, not_applicable, passed, unknown


def names(select: Select, *queues: str) -> Checker:
    """Each names just these queues of the program, every one once; where there are none it gives null or no name."""
    words = f"the names of {', '.join(queues)}, each once" if queues else "null, or no name"

    def check(history: History) -> Finding:
        real = sorted(map(history.real, queues))
        return gives_what(select, words, lambda result, _: sorted(result or ()) == real)(history)

    return check


def header_itself(history: History) -> Finding:
    """A received message has the extension header that its sender set, where that is offered, and else none."""
    if not history.origin.offers("extension_header"):
        return nothing_where_absent("extension_header", lambda one: one.extension_header, "extension header")(history)
    return each_received(
        "the extension header itself",
        lambda one: "" if one.message.extension_header else "it has none",
        only=lambda one: one.sent is not None and one.sent.message.extension_header is not None,
    )(history)


def wakes(history: History) -> Finding:
    """A receive without a timeout that waits returns a message that is sent meanwhile, or null where its consumer is stopped."""
    words = "it ends once there is cause: with a message that came, or with null where its consumer was stopped"
    waiting = history.of(ReceiveForever)
    if not waiting:
        return unknown("the receive was never reached", words)
    receive = waiting[0]
    stops = [entry for entry in history.of(Stop) if entry.op.on == receive.op.on]
    causes = [entry for entry in stops or history.of(Send) if entry.outcome is Outcome.OK]
    if not causes or causes[0].invoked < receive.invoked:
        return unknown("there was no cause for it to end while it waited", words, [receive.index])
    if receive.completed is None:
        since = causes[0].completed or 0
        waited = max((entry.invoked - since for entry in history.of(Wait)), default=0) / 1e9
        if waited < history.origin.calibration.patience / 2:
            return unknown("it was given up too soon", words, [receive.index])
        return failed(words, f"it waited on for {waited:.1f} s", [causes[0].index, receive.index])
    if receive.error or (receive.result is None) is not bool(stops):
        text = str(receive.error or ("a message" if receive.result else "null"))
        return failed(words, f"it ended with {text} after {receive.seconds:.3f} s", [causes[0].index, receive.index])
    return passed(f"it ended after {receive.seconds:.3f} s", [receive.index])


# Positions ------------------------------------------------------------------------------------------------------------


def provides(select: Select) -> Checker:
    """None of them is refused as what is not offered."""

    def check(history: History) -> Finding:
        refused = [entry for entry in select(history) if entry.error and entry.error.kind is ErrorKind.UNSUPPORTED]
        return (
            failed("it is offered", "it is not offered", (e.index for e in refused)) if refused else passed("offered")
        )

    return check


offset = extension("offset")


def _partition(message: Message) -> int | None:
    return message.extension_header.partition if message.extension_header else None


def _given(entry: Entry) -> tuple[Message, ...]:
    """Return what a receive brought."""
    return (entry.result,) if isinstance(entry.result, Message) else entry.result or ()


def _there(history: History, op: ReceiveAt | BatchReceiveAt) -> list[Received]:
    """Return what was pulled of the queue and partition that a position is in, in the order of positions, each message once.

    That is the order of their offsets or, where they have none, in which one producer sent them, one after the other;
    nothing where neither tells, for messages may be pulled in any order. Of a message it is the delivery whose receipt
    the position is, or else the first.
    """
    first: dict[str, Received] = {}
    for one in received(history):
        if (
            one.sent
            and isinstance(one.delivery.entry.op, PULLS)
            and one.message.header.destination == op.queue
            and (_partition(one.message) or 0) == op.partition
            and (one.sent.mark not in first or one.message.receipt == op.receipt)
        ):
            first[one.sent.mark] = one
    there = list(first.values())
    if all(offset(one.message) is not None for one in there):
        return sorted(there, key=lambda one: offset(one.message))
    there.sort(key=lambda one: one.sent.entry.invoked if one.sent else 0)
    return there if all(_one_after_the_other(a, b) for a, b in pairwise(there)) else []


def _one_after_the_other(a: Received, b: Received) -> bool:
    """Tell whether one producer sent a message after it had sent another."""
    if a.sent is None or b.sent is None or not isinstance(a.sent.entry.op, Send):
        return False
    return a.sent.entry.op.on == b.sent.entry.op.on and (a.sent.done.completed or 0) <= b.sent.entry.invoked


def gives_from(select: Select, skipped: int) -> Checker:
    """The first of them gives what was pulled at the position, but for the first `skipped` of it, and what follows."""

    def check(history: History) -> Finding:
        words = f"{'the message at the position' if not skipped else 'the one after it'}, and what follows in the order"
        entries = select(history)[:1]
        if not entries or entries[0].outcome is Outcome.UNKNOWN or entries[0].starved:
            return unknown("it was never reached, or had no time", words)
        op = entries[0].op
        there = _there(history, op) if isinstance(op, ReceiveAt | BatchReceiveAt) else []
        marks = [one.delivery.mark for one in there]
        places = [place for place, one in enumerate(there) if one.message.receipt == getattr(op, "receipt", None)]
        if not places or len(marks) <= places[0] + skipped:
            return unknown("nothing is known of that position", words, [entries[0].index])
        come = [mark for mark in map(_mark, _given(entries[0])) if mark in marks]
        begin = places[0] + skipped
        if come and come == marks[begin : begin + len(come)]:
            return passed(f"{len(come)} messages from there on", [entries[0].index])
        said = [there[marks.index(mark)].label for mark in come]
        text = f"it gave {', '.join(said) or entries[0].error or 'none of that partition'}"
        return failed(words, text, [there[places[0]].index, entries[0].index])

    return check


def _mark(message: Message) -> str | None:
    value = message.properties.get(MARK)
    return str(value.value) if value is not None else None


def gives_no_other(select: Select) -> Checker:
    """Whatever each gives is of the queue and the partition that were named."""

    def check(history: History) -> Finding:
        words = "nothing of another queue or partition"
        come = [(entry, message) for entry in select(history) for message in _given(entry)]
        for entry, message in come:
            queue, partition = getattr(entry.op, "queue", ""), getattr(entry.op, "partition", 0)
            if message.header.destination != queue or _partition(message) not in {None, partition}:
                text = f"partition {partition} was asked for, and a message of {_partition(message)} came"
                return failed(words, text if message.header.destination == queue else "of another queue", [entry.index])
        return passed(f"{len(come)} messages") if come else unknown("nothing was received at a position", words)

    return check


def where_nothing_follows(first: Select, last: Select, checker: Checker) -> Checker:
    """What a checker says of receives after the last message, where the next one after a position is given."""

    def check(history: History) -> Finding:
        finding = gives_from(first, 1)(history)
        if finding.verdict is not Verdict.PASS:
            failing = finding.verdict is Verdict.FAIL
            return not_applicable("a position does not mean the message after it") if failing else finding
        ops = [entry.op for entry in last(history)]
        for op in ops:
            there = _there(history, op) if isinstance(op, ReceiveAt | BatchReceiveAt) else []
            if not there or there[-1].message.receipt != getattr(op, "receipt", None):
                return unknown("the position is not known to be the last")
        return checker(history) if ops else unknown("the receive was never reached")

    return check


def unless_null_before(select: Select, until: Select) -> Checker:
    """Each fails, or goes on until the operation that `until` selects: it does not return null before."""

    def check(history: History) -> Finding:
        entries, ends = select(history), until(history)
        words = "an error, or no answer until the server can be reached again"
        if not entries or not ends:
            return unknown("it was not called, or the server stayed away", words)
        end = ends[0].invoked
        wrong = [e for e in entries if e.outcome is Outcome.OK and e.result is None and (e.completed or end) < end]
        if wrong:
            return failed(words, "it returned None before", (entry.index for entry in wrong))
        return passed(f"{len(entries)}: {words}", (entry.index for entry in entries))

    return check
