"""What the provider writes into a message: its id, when and where it was born, how often it was delivered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tck.checkers.answers import CLOCK_RESOLUTION, Checker
from tck.checkers.hearing import answered
from tck.checkers.matching import PULLS, Received, Sent, Which, by_message, recognised, sent
from tck.history import Entry, History, Outcome
from tck.messages import ExtensionHeader, Header, Message
from tck.operations import Get, Operation, Send, SendAsync, SendBatchAsync
from tck.verdicts import Finding, failed, not_applicable, passed, unknown

_MS = 1_000_000
_TICK = int(CLOCK_RESOLUTION * 1e9)
_NO_EXTENSION = ExtensionHeader()
CLOCK_DIFFERENCE = 60_000
"""Milliseconds by which a server's clock may differ from the client's."""


def each_received(
    words: str,
    fault: Callable[[Received], str],
    *,
    only: Callable[[Received], bool] = lambda _: True,
    all_come: bool = True,
) -> Checker:
    """Judge each delivery of a message that the kit knows; `fault` says what is wrong with it, or nothing.

    Unknown where a message that was accepted never came, unless that is as the program means it (not `all_come`): what
    would have been wrong with it nobody saw.
    """

    def check(history: History) -> Finding:
        come = [one for one in recognised(history) if only(one)]
        if not come:
            return unknown("nothing was received", words)
        wrong = [(one, text) for one in come if (text := fault(one))]
        if wrong:
            one, text = wrong[0]
            more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            return failed(
                words,
                f"{one.label}: {text}{more}",
                (i for w, _ in wrong[:5] for i in (w.sent.entry.index if w.sent else 0, w.index)),
            )
        there = by_message(history) if all_come else {}
        lost = [one for one in sent(history) if one.accepted and one.mark not in there] if all_come else []
        if lost:
            return unknown(
                f"{lost[0].label} was accepted, and never came", words, (one.entry.index for one in lost[:5])
            )
        return passed(f"{len(come)} deliveries: {words}", (one.index for one in come[:3]))

    return check


def each_sent(words: str, fault: Callable[[Sent], str], *, by: type[Operation] = Send) -> Checker:
    """Judge the sender's own message of each send of this kind that succeeded; `fault` says what is wrong with it, or nothing."""

    def check(history: History) -> Finding:
        done = [
            one
            for one in sent(history, lambda s: isinstance(s.entry.op, by))
            if one.accepted or one.done.result is not None
        ]
        if not done:
            return unknown("no send succeeded", words)
        if not any(one.left for one in done):
            return unknown("the adapter does not show what became of the sender's own message", words)
        wrong = [(one, text) for one in done if (text := fault(one))]
        if wrong:
            one, text = wrong[0]
            return failed(words, f"{one.label}: {text}", (w.entry.index for w, _ in wrong[:5]))
        return passed(f"{len(done)} sends: {words}", (one.entry.index for one in done[:3]))

    return check


def each_result_is_its_own(history: History) -> Finding:
    """The id in the result of each send is that of the received message which has the body that was sent."""
    words = "the result of a send holds the id of its own message"
    come = by_message(history)
    told = [one for one in sent(history) if one.result and one.mark in come]
    wrong = [
        (one, got)
        for one in told
        for got in come[one.mark]
        if one.result and got.message.header.message_id != one.result.message_id
    ]
    if wrong:
        one, got = wrong[0]
        text = f"{one.label} was received with the id {got.message.header.message_id!r}, and told as {one.result and one.result.message_id!r}"
        return failed(words, text, (one.done.index, got.index))
    return passed(f"{len(told)} results") if told else unknown("no message with a result was received", words)


def as_sent(one: Sent) -> Header:
    """Return the header of the sender's message as it reads after the send."""
    return (one.left or Message()).header


def left_as_received(field: str, what: str, by: type[Operation]) -> Checker:
    """The sender's own message holds, after sends of this kind, what it is received with, and that is not empty."""

    def fault(one: Received) -> str:
        own = getattr(((one.sent and one.sent.left) or Message()).header, field)
        come = getattr(one.message.header, field)
        if not own:
            return f"the sender's own message has no {what}"
        return "" if own == come else f"the sender's own message has the {what} {own!r}, received {come!r}"

    return each_received(
        f"the sender's own message has the {what} that is received",
        fault,
        only=lambda one: one.sent is not None and isinstance(one.sent.entry.op, by) and one.sent.left is not None,
    )


def same_as_left(field: str, what: str, which: Which) -> Checker:
    """What the sender's own message says after its send is what it is received with; nothing where that says nothing."""

    def fault(one: Received) -> str:
        own = getattr(as_sent(one.sent), field) if one.sent else None
        come = getattr(one.message.header, field)
        return "" if own in {None, ""} or own == come else f"the sender's {what} is {own!r}, received {come!r}"

    return each_received(
        f"the {what} that the sender's own message has",
        fault,
        only=lambda one: one.sent is not None and which(one.sent),
    )


def ids_are_unique(history: History) -> Finding:
    """No two messages have the same id, in the results of sends and in what is received."""
    words = "no two messages have the same id"
    owners: dict[str, set[str]] = defaultdict(set)
    seen: dict[str, list[int]] = defaultdict(list)
    told = ((one.result, one) for one in sent(history))
    ids = [(result.message_id, one.mark, one.done.index) for result, one in told if result]
    ids += [(one.message.header.message_id, one.mark, one.index) for one in recognised(history)]
    for assigned, mark, index in ids:
        if assigned:
            owners[assigned].add(mark)
            seen[assigned].append(index)
    if len({mark for marks in owners.values() for mark in marks}) < 2:
        return unknown("fewer than two messages have an id", words)
    shared = [(assigned, marks) for assigned, marks in owners.items() if len(marks) > 1]
    if shared:
        assigned, marks = shared[0]
        return failed(words, f"{len(marks)} messages have the id {assigned!r}", seen[assigned][:6])
    return passed(f"{len(owners)} ids, all different")


def id_same_at_receiver(history: History) -> Finding:
    """The id of a received message is the id in the result of its send."""
    return each_received(
        "the id in the header is the id that the send returned",
        lambda one: _differs(
            "the send returned",
            one.sent and one.sent.result and one.sent.result.message_id,
            one.message.header.message_id,
        ),
        only=lambda one: bool(one.sent and one.sent.result),
    )(history)


def _differs(words: str, expected: Any, actual: Any) -> str:
    return "" if expected == actual else f"{words} {expected!r}, received {actual!r}"


def async_id(history: History) -> Finding:
    """The result of an asynchronous send has a non-empty id, that of the received message."""
    words = "the future gives a non-empty id, and the message is received with it"
    done = [one for one in sent(history, lambda s: isinstance(s.entry.op, SendAsync)) if one.accepted]
    if not done:
        return unknown("no asynchronous send completed", words)
    come = by_message(history)
    for one in done:
        assigned = one.result.message_id if one.result else None
        if not assigned:
            return failed(words, f"{one.label}: the future gave the id {assigned!r}", [one.entry.index, one.done.index])
        for delivery in come[one.mark]:
            if delivery.message.header.message_id != assigned:
                text = f"{one.label}: the future gave {assigned!r}, received {delivery.message.header.message_id!r}"
                return failed(words, text, [one.done.index, delivery.index])
    if not any(come[one.mark] for one in done):
        return unknown("none of them was received", words)
    return passed(f"{len(done)} ids of futures, the same at the receiver")


def _interval(first: Entry, last: Entry) -> tuple[int, int]:
    """Return the ms since 1970 from the call of one operation to the end of another, whichever clock may have jumped.

    Where the wall clock was set meanwhile, what it showed before and what it showed afterwards both count; and the clock
    that an implementation reads may have shown the same since its last tick.
    """
    ended, ended_wall = last.completed or last.invoked, last.completed_wall or last.invoked_wall
    length = ended - first.invoked
    earliest, latest = min(first.invoked_wall, ended_wall - length), max(ended_wall, first.invoked_wall + length)
    return (earliest - _TICK) // _MS, -(-latest // _MS)


def born_in_interval(one: Sent) -> str:
    """Say by how much a born timestamp lies outside the time of its send."""
    born = as_sent(one).born_timestamp
    earliest, latest = _interval(one.entry, one.done)
    if born is None:
        return "the sender's message has no born timestamp"
    return "" if earliest <= born <= latest else f"born at {born}, but sent from {earliest} to {latest} (ms since 1970)"


def born_before_receipt(one: Received) -> str:
    """Say by how much a received born timestamp lies outside the time from its send to its receipt."""
    born = one.message.header.born_timestamp
    entry = one.delivery.entry
    earliest, latest = _interval(one.sent.entry if one.sent else entry, entry)
    if born is None:
        return "it has no born timestamp"
    return (
        ""
        if earliest <= born <= latest
        else f"born at {born}, but sent at {earliest} and received at {latest} (ms since 1970)"
    )


def born_while_sent(one: Received) -> str:
    """Say by how much a received born timestamp lies outside the time of the call that sent it."""
    born = one.message.header.born_timestamp
    call = one.sent.entry if one.sent else one.delivery.entry
    earliest, latest = _interval(call, call)
    if born is None:
        return "it has no born timestamp"
    return "" if earliest <= born <= latest else f"born at {born}, but sent from {earliest} to {latest} (ms since 1970)"


def stored_in_interval(one: Received) -> str:
    """Say by how much a store timestamp lies outside the time from its send to its receipt, clocks differing a minute."""
    stored = (one.message.extension_header or ExtensionHeader()).store_timestamp
    if stored is None:
        return "it has no store timestamp"
    entry = one.delivery.entry
    return stored_between(stored, one.sent.entry if one.sent else entry, entry)


def stored_between(stored: int, first: Entry, last: Entry) -> str:
    """Say by how much a store timestamp lies outside the time of two operations, clocks differing a minute."""
    earliest, latest = _interval(first, last)
    earliest, latest = earliest - CLOCK_DIFFERENCE, latest + CLOCK_DIFFERENCE
    return (
        ""
        if earliest <= stored <= latest
        else f"stored at {stored}, expected from {earliest} to {latest} (ms since 1970)"
    )


def counts_grow(among: Callable[[Received], bool] = lambda _: True) -> Checker:
    """The delivery count of each redelivery `among` these is greater than of the delivery before; calls that overlap have no order."""

    def check(history: History) -> Finding:
        words = "at each redelivery the delivery count is greater than before"
        groups = [list(filter(among, group)) for group in by_message(history).values()]
        again = [group for group in groups if len(group) > 1]
        if not again:
            return unknown("no message was delivered again", words)
        for group in again:
            if not all(_grows(before, after) for before, after in pairwise(group)):
                text = f"{group[0].label} had the delivery counts {', '.join(str(_count(one)) for one in group)}"
                return failed(words, text, (one.index for one in group))
        return passed(f"{len(again)} messages were delivered again, each with a greater count")

    return check


delivery_count_grows = counts_grow()
"""The delivery count of each redelivery is greater than of the delivery before."""


def _count(one: Received) -> int | None:
    return one.message.header.delivery_count


def _grows(before: Received, after: Received) -> bool:
    """Tell whether a count is greater than the one before, or if nobody knows which was before, another one."""
    first, then = _count(before), _count(after)
    if first is None or then is None:
        return False
    return first < then if in_turn(before, after) else first != then


def in_turn(before: Received, after: Received) -> bool:
    """Tell whether one delivery had come before the other was called for."""
    return before.came <= after.delivery.entry.invoked


def first_delivery_count(count: int) -> Callable[[History], Finding]:
    """The delivery count of every first delivery is this."""

    def check(history: History) -> Finding:
        words = f"a delivery count of {count} at the first delivery"
        first = [group[0] for group in by_message(history).values()]
        counts = list(dict.fromkeys(one.message.header.delivery_count for one in first))
        if not first:
            return unknown("nothing was received", words)
        if counts == [count]:
            return passed(f"{len(first)} first deliveries with the count {count}")
        lost = [entry for entry in history.of(*PULLS) if not answered(entry)]
        wrong = [one for one in first if one.message.header.delivery_count != count]
        if all((_count(one) or 0) > count and any(e.invoked < one.came for e in lost) for one in wrong):
            return unknown("a receive that failed before may have been the first", words, (e.index for e in lost[:3]))
        return failed(words, f"the counts {', '.join(map(str, counts))}", (one.index for one in first[:5]))

    return check


def get_again(history: History) -> Finding:
    """A future gives the same id each time."""
    words = "getting the result again gives the same id"
    owners: dict[str, int] = {}
    groups: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for entry in history.of(SendAsync, SendBatchAsync, Get):
        if isinstance(entry.op, SendAsync | SendBatchAsync):
            owners[entry.op.future] = entry.index
        elif entry.outcome is Outcome.OK:
            groups[entry.op.on, owners.get(entry.op.on, -1)].append(entry)
    twice = [group for group in groups.values() if len(group) > 1]
    if not twice:
        return unknown("no future was asked twice", words)
    for group in twice:
        ids = dict.fromkeys(entry.result.message_id if entry.result else None for entry in group)
        if len(ids) > 1:
            return failed(words, f"it gave {', '.join(map(repr, ids))}", (entry.index for entry in group))
    return passed(f"{len(twice)} futures gave the same id again")


def header(field: str) -> Callable[[Message], Any]:
    """Return what takes a field of the system header."""
    return lambda message: getattr(message.header, field)


def extension(field: str) -> Callable[[Message], Any]:
    """Return what takes a field of the extension header."""
    return lambda message: getattr(message.extension_header or _NO_EXTENSION, field)


def not_empty(take: Callable[[Message], Any], what: str) -> Callable[[Received], str]:
    """Return the fault of a received message that has none of it, or an empty one."""
    return lambda one: "" if take(one.message) else f"its {what} is {take(one.message)!r}"


def is_kept(take: Callable[[Message], Any], what: str) -> Callable[[Received], str]:
    """Return the fault of a received message in which something differs from what was sent."""

    def fault(one: Received) -> str:
        expected = take(one.sent.message) if one.sent else None
        actual = take(one.message)
        return "" if expected == actual else f"its {what} was {_short(expected)}, received {_short(actual)}"

    return fault


def is_replaced(take: Callable[[Message], Any], what: str) -> Callable[[Received], str]:
    """Return the fault of a received message that holds what its sender had preset."""

    def fault(one: Received) -> str:
        preset = take(one.sent.message) if one.sent else None
        return (
            f"its {what} is {preset!r}, which the sender had set"
            if preset is not None and take(one.message) == preset
            else ""
        )

    return fault


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 160 else f"{text[:120]}… ({len(text)} characters)"


def received_ids_differ(history: History) -> Finding:
    """The received messages have ids that are not empty and differ from each other."""
    words = "each message is received with an id of its own"
    come = by_message(history)
    ids = {mark: group[0].message.header.message_id for mark, group in come.items()}
    indices = [group[0].index for group in come.values()]
    if not all(ids.values()) and ids:
        return failed(words, f"a message has the id {next(one for one in ids.values() if not one)!r}", indices[:6])
    if len(sent(history)) == len(ids) == 1:
        return not_applicable("a single message was sent")
    if len(ids) < 2:
        return unknown("fewer than two messages were received", words)
    if not all(ids.values()) or len(set(ids.values())) < len(ids):
        return failed(
            words, f"{len(ids)} messages have the ids {', '.join(map(repr, list(ids.values())[:6]))}", indices[:6]
        )
    return passed(f"{len(ids)} messages, {len(ids)} ids")
