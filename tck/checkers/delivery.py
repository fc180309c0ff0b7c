"""What arrived, where, and how often: lost, phantom, duplicated and redelivered are kept apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tck.checkers.answers import Checker, Select
from tck.checkers.hearing import (
    NEVER,
    asked_in_vain,
    awaited,
    awaited_again,
    given_back,
    origins,
    quiet_between,
)
from tck.checkers.matching import Received, Sent, Which, acknowledged, by_message, received, sent
from tck.checkers.ways import ONEWAY
from tck.history import Entry, History, Outcome
from tck.operations import Ack, ContextAck
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
        oneway = sent(history, lambda s: isinstance(s.entry.op, ONEWAY))
        chosen = [one for one in oneway if one.entry.outcome is Outcome.OK]
        come = by_message(history, on=on)
        lost = [one for one in chosen if one.mark not in come]
        if not all(awaited(history, one, on=on) for one in lost):
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
    if not all(awaited(history, one, on=on) for one in lost):
        return unknown("nobody listened after they were accepted", words)
    if lost:
        return failed(
            words,
            f"{len(lost)} of {len(expected)} never came: {_names(one.label for one in lost)}",
            (i for one in lost for i in dict.fromkeys((one.entry.index, one.done.index))),
        )
    return passed(f"all {len(expected)} came")


def nothing_to(
    consumer: str, why: str, which: Which = lambda _: True, after: Callable[[Sent], int] | None = None
) -> Checker:
    """None of the messages that `which` selects reaches a consumer; `why` says it in words.

    Unknown where none of them was accepted, or the consumer would not have been seen to be given it `after` that (ns), if
    given: else after its send.
    """

    def check(history: History) -> Finding:
        chosen = {one.mark: one for one in sent(history, which)}
        wrong = [one for one in received(history, on=[consumer]) if one.sent and one.sent.mark in chosen]
        if wrong:
            return failed(why, f"{consumer} was given {_names(w.label for w in wrong)}", _shown(wrong))
        if not any(one.accepted for one in chosen.values()):
            return unknown("no such message was accepted", why)
        latest = max(after(one) if after else one.done.completed or 0 for one in chosen.values() if one.accepted)
        if not asked_in_vain(history, consumer, latest):
            return unknown(f"{consumer} never listened after they were sent", why)
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
    wrong = [one for one in come if one.sent and one.sent.message.header.destination not in origins(history, one)]
    phantom = [one for one in come if one.sent is None]
    bodies = {one.message.body for one in sent(history)}
    nameless = [one for one in phantom if one.delivery.mark is None and one.message.body in bodies]
    if nameless and not wrong and len(nameless) == len(phantom):
        return unknown("what has lost its mark was sent more than once", words, (one.index for one in nameless[:5]))
    if wrong or phantom:
        return failed(
            words,
            f"from another queue: {_names(w.label for w in wrong) or 'none'}; never sent: {len(phantom)}",
            _shown(wrong + phantom),
        )
    return passed(f"{len(come)} deliveries, each from its own queue")


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
        over = acknowledged_at(history)

        def excused(mark: str, group: list[Received]) -> bool:
            first = min((over.get((one.index, mark), 1 << 62) for one in group[:-1]), default=0)
            return if_acknowledged and first > group[-1].delivery.entry.invoked

        more = [group for group in come.values() if len(group) > 1]
        twice = [group for group in more if not excused(group[0].sent.mark if group[0].sent else "", group)]
        unsure = perhaps_acknowledged(history)
        sure = [group for group in twice if not any(one.sent and (one.index, one.sent.mark) in unsure for one in group)]
        if sure:
            return failed(
                words, f"more than once: {_names(g[0].label for g in sure)}", (one.index for g in sure for one in g)
            )
        if twice:
            return unknown(f"an acknowledgement of {_names(g[0].label for g in twice)} may have been one", words)
        if not all(awaited_again(history, group[-1], on=on) for group in come.values()):
            return unknown("nobody listened any more after they had come", words)
        return passed(f"{len(come)} messages, " + (f"{len(more)} of them again before" if more else "each once"))

    return check


def acknowledged_at(history: History) -> dict[tuple[int, str], int]:
    """Return when (ns) the acknowledgement of each delivery, its index and mark, was accepted."""
    acks = [ack for ack in acknowledged(history) if ack.received.sent]
    return {(ack.received.index, ack.received.sent.mark): ack.entry.completed or 0 for ack in acks if ack.received.sent}


def perhaps_acknowledged(history: History) -> set[tuple[int, str]]:
    """Return the deliveries, index and mark, whose acknowledgement ended so that nobody knows whether it was one."""
    acks = acknowledged(history, perhaps=True)
    return {(ack.received.index, ack.received.sent.mark) for ack in acks if ack.received.sent} - acknowledged_at(
        history
    ).keys()


def over(*kinds: type[Ack | ContextAck], by: str = "") -> Checker:
    """No message is delivered after an acknowledgement of it, in one of these ways (and `by` this client), was accepted."""

    def check(history: History) -> Finding:
        words = "a message that was acknowledged is not delivered again"
        acks = [
            ack for ack in acknowledged(history) if isinstance(ack.entry.op, kinds) and by in {"", ack.entry.client}
        ]
        if not acks:
            return unknown("nothing was acknowledged", words)
        come = by_message(history)
        calibration = history.origin.calibration
        after = [
            (ack, later, (later.came - (ack.entry.completed or 0)) / 1e9)
            for ack in acks
            if ack.received.sent
            for later in come[ack.received.sent.mark]
            if later.index != ack.received.index
        ]
        again = [
            (ack, later)
            for ack, later, seconds in after
            if later.delivery.entry.invoked > (ack.entry.completed or 0) or seconds > calibration.overdue
        ]
        if again:
            return failed(
                words,
                f"delivered again: {_names(later.label for _, later in again)}",
                (i for ack, later in again for i in (ack.received.index, ack.entry.index, later.index)),
            )
        if late := [later for _, later, seconds in after if seconds > calibration.quiet]:
            return unknown(f"{late[0].label} may have been on its way for long", words, [late[0].index])
        if not all(awaited_again(history, ack.received, after=ack.entry.completed or 0) for ack in acks):
            return unknown("nobody listened any more after the acknowledgements", words)
        return passed(f"{len(acks)} acknowledgements, none of their messages came again")

    return check


acknowledged_is_over = over(Ack, ContextAck)
by_context_is_over = over(ContextAck)


def unacknowledged_comes_again(*last: str, which: Which = lambda _: True) -> Checker:
    """Every message, of those `which` selects, that was delivered and not acknowledged is delivered again, but for those to `last`.

    A message that was given twice is over with the acknowledgement of either delivery, and how often it comes again is left
    open: an implementation may give up at last.
    """

    def check(history: History) -> Finding:
        words = "a message that was not acknowledged is delivered again"
        acks = acknowledged(history, perhaps=True)
        over = {(ack.received.index, ack.received.sent.mark) for ack in acks if ack.received.sent}
        left = [
            one
            for one in received(history)
            if one.sent and which(one.sent)
            if one.delivery.consumer not in last and (one.index, one.sent.mark) not in over
        ]
        latest = {mark: group[-1].index for mark, group in by_message(history).items()}
        done = {mark for _, mark in over}
        again = [one for one in left if one.sent and latest[one.sent.mark] != one.index]
        twice = {mark for mark, group in by_message(history).items() if len(group) > 1}
        lost = [one for one in left if one.sent and one.sent.mark not in twice | done]
        if not all(awaited_again(history, one, on=last, after=given_back(history, one)) for one in lost):
            return unknown(f"{' and '.join(last)} did not listen for what was left", words, _shown(lost))
        if lost:
            return failed(words, f"never came again: {_names(one.label for one in lost)}", _shown(lost))
        if not again:
            return unknown("no message was delivered and left unacknowledged", words)
        return passed(f"{len(again)} unacknowledged messages came again")

    return check


def same_when_redelivered(
    field: str,
    words: str,
    value: Callable[[Received], object],
    only: Callable[[Received], bool] = lambda _: True,
    among: Callable[[Received], bool] = lambda _: True,
) -> Checker:
    """What `value` takes of a message is the same at each of its deliveries `among` these, where it was delivered again `only` so."""

    def check(history: History) -> Finding:
        groups = [list(filter(among, group)) for group in by_message(history).values() if len(group) > 1]
        again = [group for group in groups if any(map(only, group[1:]))]
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
        silences = _silences_owed(client_op(history), until(history), endless=until is nothing)
        if not silences:
            return unknown("the silence never began, or never ended", words)
        chosen: dict[str, int] = {}
        for one in sent(history):
            ends = [end for begin, end in silences if (begin.completed or 0) <= one.entry.invoked < end]
            if ends:
                chosen[one.mark] = max(ends)
        if not any(one.accepted for one in sent(history) if one.mark in chosen):
            return unknown("no message was sent meanwhile", words)
        early = [
            one for one in received(history, on=[consumer]) if one.sent and one.came < chosen.get(one.sent.mark, 0)
        ]
        if early:
            begun = [begin.index for begin, _ in silences]
            return failed(words, f"{consumer} was given {_names(e.label for e in early)}", [*begun, *_shown(early)])
        given = received(history, on=[consumer])
        later = any(one.sent and one.sent.mark in chosen for one in given)
        waited = all(quiet_between(history, begin.completed or 0, end) for begin, end in silences)
        if not later and not (waited and given):
            return unknown(f"nobody waited meanwhile, or {consumer} is never given anything", words)
        return passed(f"{len(chosen)} messages, none given to {consumer} meanwhile")

    return check


def _silences_owed(begins: Iterable[Entry], ends: list[Entry], *, endless: bool) -> list[tuple[Entry, int]]:
    """Return each operation that begins a silence with when (ns) the next one that ends it is called; never if `endless`."""
    found = []
    for begin in begins:
        if begin.outcome is Outcome.OK:
            later = [end.invoked for end in ends if end.invoked >= (begin.completed or 0)]
            found += [(begin, min(later))] if later else [(begin, NEVER)] if endless else []
    return found


def nothing(_: History) -> list[Entry]:
    """Select nothing: the silence lasts to the end."""
    return []


def not_returned(which: Which) -> Checker:
    """No message, of those `which` selects, is delivered a second time; one that was never delivered may be lost."""

    def check(history: History) -> Finding:
        words = "the message is delivered at most once"
        chosen = [one for one in sent(history, which) if one.accepted or isinstance(one.entry.op, ONEWAY)]
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
        last = [come[one.mark][-1] for one in chosen if one.mark in come]
        if not all(awaited_again(history, one, after=given_back(history, one)) for one in last):
            return unknown("nobody listened any more after they had come", words)
        return passed(f"{len(chosen)} messages, none of them twice")

    return check
