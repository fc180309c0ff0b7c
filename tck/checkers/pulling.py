"""What a receive returns, and when."""

from __future__ import annotations

from tck.checkers.answers import Checker, Select, all_of
from tck.checkers.delivery import all_accepted, nothing_lost
from tck.checkers.hearing import UNBINDS
from tck.checkers.matching import Received, acknowledged, bound_queues, received, sent
from tck.history import Delivery, Entry, History, Outcome, deliveries
from tck.messages import Message
from tck.operations import BatchReceive, CreateQueue, Deliver, Handle, Stop, UnbindQueue
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def gives_a_message(select: Select) -> Checker:
    """Each returns at least one message: one that was accepted while it was to wait, if not sooner."""

    def check(history: History) -> Finding:
        words = "a message, while the receive waits"
        entries = select(history)
        if not entries or any(entry.outcome is Outcome.UNKNOWN for entry in entries):
            return unknown("the receive was never reached, or never ended", words)
        for entry in entries:
            if not isinstance(entry.result, Message) and not entry.result:
                if not _accepted_in_time(history, entry):
                    return unknown("no message was accepted while it was to wait", words, [entry.index])
                return failed(
                    words, f"it ended with {entry.error or 'null'} after {entry.seconds:.3f} s", [entry.index]
                )
        return passed(f"{len(entries)} receives", (entry.index for entry in entries))

    return check


def _accepted_in_time(history: History, entry: Entry) -> bool:
    """Tell whether a message was accepted early enough for a receive to bring it before its timeout."""
    timeout = getattr(entry.op, "timeout", None) or history.origin.calibration.patience
    latest = entry.invoked + (timeout - entry.stalled - history.origin.calibration.quiet) * 1e9
    bound = bound_queues(history).get(entry.op.on, ())
    mine = [one for one in sent(history) if one.accepted and (not bound or one.message.header.destination in bound)]
    return any((one.done.completed or 0) <= latest for one in mine)


def ends_with_nothing(select: Select) -> Checker:
    """Each returns null before its timeout is over."""

    def check(history: History) -> Finding:
        words = "null, before the timeout is over"
        entries = select(history)
        if not entries:
            return unknown("the receive was never reached", words)
        for entry in entries:
            timeout = float(getattr(entry.op, "timeout", None) or 0.0)
            if entry.outcome is Outcome.UNKNOWN:
                return unknown("the receive never ended", words, [entry.index])
            of_it = [stop for stop in history.of(Stop) if stop.op.on == entry.op.on and stop.completed is not None]
            stops = [stop for stop in of_it if stop.invoked >= entry.invoked]
            if not stops:
                return unknown("the consumer was not stopped while it waited", words, [entry.index])
            if (stops[0].completed or 0) - entry.invoked >= (
                timeout - 10 * history.origin.calibration.round_trip
            ) * 1e9:
                return unknown("the consumer was not stopped before the timeout was over", words, [entry.index])
            if entry.own_seconds < timeout <= entry.seconds and not entry.result:
                return unknown("the machine had no time for the kit as the consumer was stopped", words, [entry.index])
            if entry.error or entry.result or entry.seconds >= timeout:
                text = f"it ended with {entry.error or entry.result or 'null'} after {entry.seconds:.3f} s of {timeout:.3f} s"
                return failed(words, text[:300], [entry.index])
        return passed(f"{len(entries)} receives", (entry.index for entry in entries))

    return check


def where_it_waited(select: Select, checker: Checker) -> Checker:
    """What a checker finds where each selected receive waited as its consumer was unbound, and that succeeded."""

    def check(history: History) -> Finding:
        words = "a receive that waits as its consumer is unbound"
        receives = select(history)
        for entry in receives:
            unbound = [one for one in history.of(UnbindQueue) if one.op.on == entry.op.on]
            if unbound and unbound[0].error:
                return not_applicable(f"unbindQueue failed with {unbound[0].error}")
            began = unbound[0].invoked if unbound and unbound[0].outcome is Outcome.OK else 0
            if not entry.invoked < began < (entry.completed or began + 1):
                return unknown("it did not wait at that moment", words, [entry.index])
        return checker(history) if receives else unknown("the receive was never reached", words)

    return check


def goes_on_until(select: Select, end: Select) -> Checker:
    """Each ends once another operation was called, and not before."""

    def check(history: History) -> Finding:
        words = "it goes on waiting"
        entries, ends = select(history), end(history)
        if not entries or not ends or any(entry.completed is None for entry in entries):
            return unknown("the receive was never reached, or never ended", words)
        early = [entry for entry in entries if (entry.completed or 0) < ends[0].invoked]
        if early:
            return failed(words, f"it ended with {early[0].error or early[0].result!r}"[:300], (e.index for e in early))
        return passed(words, (entry.index for entry in entries))

    return check


def batches_bring_something(history: History) -> Finding:
    """A batchReceive that returns a batch returns one of at least one message; null is none."""
    words = "batchReceive returns one or more messages"
    calls = [e for e in history.of(BatchReceive) if e.outcome is Outcome.OK and e.result is not None]
    empty = [entry.index for entry in calls if not entry.result]
    if empty:
        return failed(words, "it returned none", empty)
    return passed(f"{len(calls)} calls") if calls else unknown("no batchReceive succeeded", words)


def _pulled(history: History) -> list[Delivery]:
    return [delivery for delivery in deliveries(history) if not isinstance(delivery.entry.op, Deliver)]


def receipts_are_there(history: History) -> Finding:
    """Every pulled message has a receipt."""
    words = "every pulled message has a receipt"
    pulled = _pulled(history)
    without = [delivery.entry.index for delivery in pulled if not delivery.message.receipt]
    if without:
        return failed(words, f"{len(without)} of {len(pulled)} have none", without[:5])
    return passed(f"{len(pulled)} receipts") if pulled else unknown("nothing was received", words)


def receipts_are_unique(history: History) -> Finding:
    """No two messages that a consumer holds have the same receipt; a message that it is given again may keep its own.

    What it acknowledged, or gave back by a stop or an unbinding, it does not hold any more: its receipt may be used again.
    """
    words = "no two messages that a consumer holds have the same receipt"
    acked = {_place(ack.received): ack.entry.invoked for ack in acknowledged(history, perhaps=True)}
    first: dict[tuple[str, str], Received] = {}
    for one in received(history):
        if isinstance(one.delivery.entry.op, Deliver) or not one.message.receipt:
            continue
        key = one.delivery.consumer, one.message.receipt
        before = first.get(key, one)
        known = before.sent is not None and one.sent is not None
        if known and before.sent != one.sent and not _let_go(history, before, one, acked):
            text = f"two messages have the receipt {one.message.receipt!r}"
            return failed(words, text, [before.index, one.index])
        first[key] = one
    return (
        passed(f"{len(first)} receipts, all different")
        if first
        else unknown("nothing was received with a receipt", words)
    )


def _place(one: Received) -> tuple[int, str]:
    return one.index, one.sent.mark if one.sent else ""


def _let_go(history: History, before: Received, after: Received, acked: dict[tuple[int, str], int]) -> bool:
    """Tell whether a consumer may have held one delivery no more as it was given another."""
    ends = [entry.invoked for entry in history.of(Stop, *UNBINDS) if entry.op.on == before.delivery.consumer]
    ends += [acked[_place(before)]] if _place(before) in acked else []
    return any(before.came <= end <= after.came for end in ends)


def by_a_queue_alone(history: History) -> Finding:
    """Every message is accepted and received where nothing was set up but queues."""
    more = [e for e in history.entries if e.op.handle is Handle.MANAGER and not isinstance(e.op, CreateQueue)]
    if more:
        return unknown("more than queues was set up", operations=(entry.index for entry in more))
    return all_of(all_accepted(), nothing_lost())(history)
