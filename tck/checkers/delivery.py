"""What arrived, where, and how often: lost, phantom, duplicated and redelivered are kept apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from tck.checkers.answers import Checker, Select
from tck.checkers.matching import (
    Received,
    Sent,
    Which,
    acknowledged,
    bound_queues,
    by_message,
    listened_after,
    received,
    sent,
    waited_until,
)
from tck.history import Entry, History, Outcome
from tck.operations import SendBatchOneway, SendOneway
from tck.verdicts import Finding, failed, observed, passed, unknown


def _names(labels: Iterable[str], most: int = 5) -> str:
    unique = list(dict.fromkeys(labels))
    return ", ".join(unique[:most]) + (f" and {len(unique) - most} more" if len(unique) > most else "")


def nothing_lost(*on: str, which: Which = lambda _: True) -> Checker:
    """Every message that was accepted, of those `which` selects, is received (by the consumers `on`) at least once."""

    def check(history: History) -> Finding:
        accepted = [one for one in sent(history, which) if one.accepted]
        return _arrived(history, accepted, on)

    return check


def all_accepted(which: Which = lambda _: True) -> Checker:
    """Every message that `which` selects is accepted."""

    def check(history: History) -> Finding:
        words = "every such message is accepted"
        chosen = sent(history, which)
        refused = [one for one in chosen if one.outcome is Outcome.FAIL]
        if refused:
            return failed(
                words, f"{refused[0].label} failed with {refused[0].done.error}", (one.done.index for one in refused)
            )
        if not chosen or not all(one.accepted for one in chosen):
            return unknown("none was sent, or a send never ended", words)
        return passed(f"{len(chosen)} accepted")

    return check


def oneway_arrives(*on: str, at_least: float) -> Checker:
    """Measure how many of the messages that were sent oneway to a queue that exists are received."""

    def check(history: History) -> Finding:
        words = "what is sent oneway is received"
        chosen = sent(history, lambda s: isinstance(s.entry.op, SendOneway | SendBatchOneway))
        come = by_message(history, on=on)
        lost = [one for one in chosen if one.mark not in come]
        if lost and not listened_after(history, max(one.done.completed or 0 for one in lost), on=on):
            return unknown("nobody listened", words)
        shown = dict.fromkeys(one.entry.index for one in lost)
        return observed(len(chosen) - len(lost), len(chosen), words, at_least=at_least, operations=shown)

    return check


def _arrived(history: History, expected: list[Sent], on: Iterable[str]) -> Finding:
    words = "every message that was accepted is received"
    if not expected:
        return unknown("no message was accepted", words, (entry.index for entry in history.entries[-3:]))
    come = by_message(history, on=on)
    lost = [one for one in expected if one.mark not in come]
    if not all(
        listened_after(
            history, one.done.completed or 0, on=on, queues=() if on else [one.message.header.destination or ""]
        )
        for one in lost
    ):
        return unknown("nobody listened after they were accepted", words)
    if lost:
        return failed(
            words,
            f"{len(lost)} of {len(expected)} never came: {_names(one.label for one in lost)}",
            (i for one in lost for i in dict.fromkeys((one.entry.index, one.done.index))),
        )
    return passed(f"all {len(expected)} came")


def nothing_to(consumer: str, why: str, which: Which = lambda _: True) -> Checker:
    """None of the messages that `which` selects reaches a consumer; `why` says it in words.

    Unknown where none of them was accepted, or the consumer never listened.
    """

    def check(history: History) -> Finding:
        chosen = {one.mark: one for one in sent(history, which)}
        wrong = [one for one in received(history, on=[consumer]) if one.sent and one.sent.mark in chosen]
        if wrong:
            return failed(why, f"{consumer} was given {_names(w.label for w in wrong)}", _shown(wrong))
        if not any(one.accepted for one in chosen.values()):
            return unknown("no such message was accepted", why)
        listened = [e for e in history.entries if e.op.on == consumer and e.outcome is not Outcome.UNKNOWN]
        if not listened:
            return unknown(f"{consumer} never listened", why)
        latest = max(one.done.completed or 0 for one in chosen.values() if one.accepted)
        if not listened_after(history, latest) and waited_until(history) <= latest:
            return unknown("nobody listened any more after they were sent", why)
        return passed(f"{consumer} was given none of {len(chosen)}")

    return check


def _shown(wrong: list[Received]) -> list[int]:
    return [i for one in wrong for i in ((one.sent.entry.index, one.index) if one.sent else (one.index,))]


def only_own_queue(history: History) -> Finding:
    """A message is received only from the queue that its destination names, and none that this program never sent."""
    words = "a message is received from the queue that its destination names, and from no other"
    come = received(history)
    if not come:
        return unknown("nothing was received", words)
    bound = bound_queues(history)
    wrong = [one for one in come if one.sent and one.sent.message.header.destination not in _queue(one, bound)]
    phantom = [one for one in come if one.sent is None]
    if wrong or phantom:
        return failed(
            words,
            f"from another queue: {_names(w.label for w in wrong) or 'none'}; never sent: {len(phantom)}",
            _shown(wrong + phantom),
        )
    return passed(f"{len(come)} deliveries, each from its own queue")


def _queue(one: Received, bound: dict[str, set[str]]) -> set[str]:
    queue = getattr(one.delivery.entry.op, "queue", None)
    return {queue} if queue is not None else bound.get(one.delivery.consumer, set())


def once(*on: str, which: Which = lambda _: True, if_acknowledged: bool = False) -> Checker:
    """No message, of those `which` selects, is received more than once (by the consumers `on` together).

    Where `if_acknowledged` it may be as long as no acknowledgement of it was accepted.
    """

    def check(history: History) -> Finding:
        words = "no message is received more than once"
        chosen = {one.mark for one in sent(history, which)}
        come = {mark: group for mark, group in by_message(history, on=on).items() if mark in chosen}
        if not come:
            return unknown("nothing was received", words)
        acks = [(ack.received.index, ack.received.sent, ack.entry.completed or 0) for ack in acknowledged(history)]
        over = {(index, one.mark): at for index, one, at in acks if one}

        def excused(mark: str, group: list[Received]) -> bool:
            first = min((over.get((one.index, mark), 1 << 62) for one in group[:-1]), default=0)
            return if_acknowledged and first > group[-1].came

        twice = [group for mark, group in come.items() if len(group) > 1 and not excused(mark, group)]
        if twice:
            return failed(
                words, f"more than once: {_names(g[0].label for g in twice)}", (one.index for g in twice for one in g)
            )
        if not listened_after(history, max(group[-1].came for group in come.values()), on=on):
            return unknown("nobody listened any more after they had come", words)
        return passed(f"{len(come)} messages, each once")

    return check


def acknowledged_is_over(history: History) -> Finding:
    """No message is delivered after an acknowledgement of it was accepted."""
    words = "a message that was acknowledged is not delivered again"
    acks = acknowledged(history)
    if not acks:
        return unknown("nothing was acknowledged", words)
    come = by_message(history)
    again = [
        (ack, later)
        for ack in acks
        if ack.received.sent and ack.entry.completed is not None
        for later in come[ack.received.sent.mark]
        if later.index != ack.received.index
        and (
            later.delivery.entry.invoked > ack.entry.completed
            or later.came > ack.entry.completed + history.origin.calibration.overdue * 1e9
        )
    ]
    if again:
        return failed(
            words,
            f"delivered again: {_names(later.label for _, later in again)}",
            (i for ack, later in again for i in (ack.received.index, ack.entry.index, later.index)),
        )
    bound = bound_queues(history)
    if not all(listened_after(history, ack.entry.completed or 0, queues=_queue(ack.received, bound)) for ack in acks):
        return unknown("nobody listened any more after the acknowledgements", words)
    return passed(f"{len(acks)} acknowledgements, none of their messages came again")


def unacknowledged_comes_again(last: str, *, once_more: bool = False) -> Checker:
    """Every delivery is followed by another of the same message, unless that was acknowledged; those to `last` excepted.

    A message that was given twice is over with the acknowledgement of either delivery. Where `once_more` it is enough that
    each message came twice: an implementation may give up at last.
    """

    def check(history: History) -> Finding:
        words = "a message that was not acknowledged is delivered again"
        acks = acknowledged(history, perhaps=True)
        over = {(ack.received.index, ack.received.sent.mark) for ack in acks if ack.received.sent}
        left = [
            one
            for one in received(history)
            if one.sent and one.delivery.consumer != last and (one.index, one.sent.mark) not in over
        ]
        latest = {mark: group[-1].index for mark, group in by_message(history).items()}
        done = {mark for _, mark in over}
        again = [one for one in left if one.sent and latest[one.sent.mark] != one.index]
        lost = [one for one in left if one.sent and latest[one.sent.mark] == one.index and one.sent.mark not in done]
        if once_more:
            twice = {mark for mark, group in by_message(history).items() if len(group) > 1}
            lost = [one for one in lost if one.sent and one.sent.mark not in twice]
        if lost:
            return failed(words, f"never came again: {_names(one.label for one in lost)}", _shown(lost))
        if not again:
            return unknown("no message was delivered and left unacknowledged", words)
        return passed(f"{len(again)} unacknowledged messages came again")

    return check


def same_when_redelivered(field: str, words: str, value: Callable[[Received], object]) -> Checker:
    """What `value` takes of a message is the same at each of its deliveries."""

    def check(history: History) -> Finding:
        again = [group for group in by_message(history).values() if len(group) > 1]
        if not again:
            return unknown("no message was delivered again", words)
        wrong = [group for group in again if len({repr(value(one)) for one in group}) > 1]
        if wrong:
            group = wrong[0]
            return failed(
                words,
                f"{field} of {group[0].label}: " + ", then ".join(repr(value(one))[:120] for one in group),
                (one.index for one in group),
            )
        return passed(f"{len(again)} messages came again with the same {field}")

    return check


def not_before(client_op: Select, until: Select, consumer: str, words: str) -> Checker:
    """The consumer is given no message that is sent after an operation returned, before the next that ends that is called.

    `client_op` selects the operations that begin a silence, `until` those that end one (the invocation counts).
    """

    def check(history: History) -> Finding:
        silences = _silences(client_op(history), until(history), endless=until is nothing)
        if not silences:
            return unknown("the silence never began, or never ended", words)
        chosen: dict[str, float] = {}
        for one in sent(history):
            ends = [end for begin, end in silences if (begin.completed or 0) <= one.entry.invoked < end]
            if ends:
                chosen[one.mark] = max(ends)
        if not any(one.accepted for one in sent(history) if one.mark in chosen):
            return unknown("no message was sent meanwhile", words)
        early = [
            one
            for one in received(history, on=[consumer])
            if one.sent and one.came < chosen.get(one.sent.mark, -math.inf)
        ]
        if early:
            begun = [begin.index for begin, _ in silences]
            return failed(words, f"{consumer} was given {_names(e.label for e in early)}", [*begun, *_shown(early)])
        return passed(f"{len(chosen)} messages, none given to {consumer} meanwhile")

    return check


def _silences(begins: Iterable[Entry], ends: list[Entry], *, endless: bool) -> list[tuple[Entry, float]]:
    """Return each operation that begins a silence with when (ns) the next one that ends it is called; never if `endless`."""
    found = []
    for begin in begins:
        if begin.outcome is Outcome.OK:
            later = [end.invoked for end in ends if end.invoked >= (begin.completed or 0)]
            found += [(begin, float(min(later)))] if later else [(begin, math.inf)] if endless else []
    return found


def nothing(_: History) -> list[Entry]:
    """Select nothing: the silence lasts to the end."""
    return []


def not_returned(which: Which) -> Checker:
    """No message, of those `which` selects, is delivered a second time; one that was never delivered may be lost."""

    def check(history: History) -> Finding:
        words = "the message is delivered at most once"
        chosen = [one for one in sent(history, which) if one.accepted]
        if not chosen:
            return unknown("no such message was accepted", words)
        come = by_message(history)
        twice = [come[one.mark] for one in chosen if len(come.get(one.mark, ())) > 1]
        if twice:
            return failed(
                words, f"delivered again: {_names(g[0].label for g in twice)}", (o.index for g in twice for o in g)
            )
        if not any(one.mark in come for one in chosen):
            return unknown("none of them was delivered", words)
        if not listened_after(history, max(one.came for group in come.values() for one in group)):
            return unknown("nobody listened any more after they had come", words)
        return passed(f"{len(chosen)} messages, none of them twice")

    return check
