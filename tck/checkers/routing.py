"""What a filter lets through, and what a routing duplicates."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Mapping,
)

from tck.checkers.answers import Checker, all_of, any_of, follows
from tck.checkers.delivery import acknowledged_at, perhaps_acknowledged
from tck.checkers.hearing import NEVER, awaited, listened_after
from tck.checkers.matching import Received, Which, by_message, received, sent
from tck.checkers.timing import due
from tck.checkers.transactions import Fate, transactions
from tck.history import History
from tck.operations import SendBatchOneway, SendOneway
from tck.verdicts import Finding, failed, passed, unknown


def everything(_: object) -> bool:
    """Select all that was sent."""
    return True


def just(consumer: str, which: Which, among: Which = everything) -> Checker:
    """The consumer is given every message that `which` selects, of those `among` that were accepted, and none of the others."""

    def check(history: History) -> Finding:
        words = f"{consumer} is given just what the filter selects"
        accepted = [one for one in sent(history, among) if one.accepted]
        wanted = {one.mark for one in accepted if which(one)}
        if not wanted or len(wanted) == len(accepted):
            return unknown("what was accepted lies on one side of the filter", words)
        come = by_message(history, on=[consumer])
        let_through = [one for one in sent(history, among) if one.mark in come and not which(one)]
        dropped = [one for one in accepted if one.mark not in come and one.mark in wanted]
        if not let_through and not all(
            awaited(history, one, on=[consumer], after=due(one)) for one in accepted if one.mark not in come
        ):
            return unknown(f"{consumer} did not listen after they were sent", words)
        if let_through or dropped:
            told = [f"let through: {', '.join(o.label for o in let_through)}"] if let_through else []
            told += [f"dropped: {', '.join(o.label for o in dropped)}"] if dropped else []
            return failed(words, "; ".join(told), (one.entry.index for one in (*let_through, *dropped)))
        return passed(f"{len(wanted)} of {len(accepted)} messages")

    return check


def sides(parts: Mapping[str, Which], among: Mapping[str, Which]) -> dict[str, Checker]:
    """Return the readings of what a filter does: each consumer is given what `parts` selects for it, or each the rest.

    `among` says what was sent to the queue of each; where it says nothing of one, all was.
    """

    def others(which: Which) -> Which:
        return lambda one: not which(one)

    of = {name: among.get(name, everything) for name in parts}
    return {
        "keeps": all_of(*(just(name, which, of[name]) for name, which in parts.items())),
        "drops": all_of(*(just(name, others(which), of[name]) for name, which in parts.items())),
    }


def keeps_or_drops(parts: Mapping[str, Which], among: Mapping[str, Which] | None = None) -> Checker:
    """The filters of some queues keep, or all of them drop, just the messages that `parts` selects; the reading is told."""
    return follows(sides(parts, among or {}))


def filters(parts: Mapping[str, Which], among: Mapping[str, Which] | None = None) -> Checker:
    """The filters of some queues keep, or all of them drop, just the messages that `parts` selects."""
    return any_of(*sides(parts, among or {}).values())


def one_side(consumer: str, which: Which, among: Which) -> Checker:
    """Of what was accepted `among` these a consumer is given only what `which` selects, or only the rest; it may be given none."""

    def check(history: History) -> Finding:
        words = "what comes lies on one side of the filter"
        accepted = [one for one in sent(history, among) if one.accepted]
        if len({which(one) for one in accepted}) < 2:
            return unknown("what was accepted lies on one side of the filter", words)
        come = by_message(history, on=[consumer])
        given = [one for one in sent(history, among) if one.mark in come]
        if len({which(one) for one in given}) > 1:
            told = (", ".join(one.label for one in given if which(one) is side) for side in (True, False))
            return failed(words, f"{' came, and '.join(told)} came too", (one.entry.index for one in given))
        absent = [one for one in accepted if one.mark not in come]
        if not all(awaited(history, one, on=[consumer], after=due(one)) for one in absent):
            return unknown(f"{consumer} did not listen after they were sent", words)
        return passed(f"{len(given)} of {len(accepted)} messages")

    return check


def each_comes(times: int, consumer: str, which: Which = everything) -> Checker:
    """Every message that was accepted, of those `which` selects, is given to the consumer just so often.

    What comes again before an acknowledgement of it was accepted may be the same copy, redelivered.
    """

    def check(history: History) -> Finding:
        words = f"each message is given to {consumer} {times} times"
        chosen = [one for one in sent(history, which) if one.accepted]
        if not chosen:
            return unknown("no message was accepted", words)
        if not listened_after(history, max(one.done.completed or 0 for one in chosen), on=[consumer]):
            return unknown("nobody listened after they were sent", words)
        come, least = by_message(history, on=[consumer]), _least_copies(history)
        told = [(one, least(come.get(one.mark, [])), len(come.get(one.mark, ()))) for one in chosen]
        wrong = [f"{one.label}: {most} times" for one, few, most in told if not few <= times <= most]
        shown = [one.entry.index for one, few, most in told if not few <= times <= most]
        unsure = perhaps_acknowledged(history)
        if any(one.sent and (one.index, one.sent.mark) in unsure for group in come.values() for one in group[:-1]):
            return unknown("what is not acknowledged for sure may have come again", words)
        return failed(words, "; ".join(wrong[:5]), shown) if wrong else passed(f"{len(chosen)} messages")

    return check


def _least_copies(history: History) -> Callable[[list[Received]], int]:
    """Return how many copies of a message there are at least: one more for each delivery after the acknowledgement of another."""
    over = acknowledged_at(history)

    def count(group: list[Received]) -> int:
        copies, ended = min(len(group), 1), NEVER
        for one in group:
            if one.delivery.entry.invoked >= ended:
                copies, ended = copies + 1, NEVER
            ended = min(ended, over.get((one.index, one.sent.mark), NEVER) if one.sent else NEVER)
        return copies

    return count


def oneway_routed(source: str, target: str) -> Checker:
    """What was sent oneway and has come to the source's consumer has come to the target's; unknown where nothing has come."""

    def check(history: History) -> Finding:
        words = f"what was sent oneway is given to {target}, where it did not get lost on its way to the server"
        chosen = sent(history, lambda one: isinstance(one.entry.op, SendOneway | SendBatchOneway))
        kept, routed = (by_message(history, on=[name]) for name in (source, target))
        lost = [one for one in chosen if one.mark in kept and one.mark not in routed]
        if lost and not listened_after(history, max(kept[one.mark][0].came for one in lost), on=[target]):
            return unknown("nobody listened after they had come", words)
        if lost:
            text = f"only {source} was given {', '.join(one.label for one in lost)}"
            return failed(words, text, (one.entry.index for one in lost))
        come = [one for one in chosen if one.mark in routed]
        return passed(f"{len(come)} of {len(chosen)} came") if come else unknown("none of them came", words)

    return check


def committed_routed(target: str) -> Checker:
    """Every message whose transaction was committed is given to the consumer."""

    def check(history: History) -> Finding:
        words = f"what was committed is given to {target}"
        committed = [one for one in transactions(history) if one.fate is Fate.COMMITTED]
        if not committed:
            return unknown("nothing was committed", words)
        come = by_message(history, on=[target])
        lost = [one for one in committed if one.sent.mark not in come]
        decided = max(one.decisions[0].entry.completed or 0 for one in committed)
        if lost and not listened_after(history, decided, on=[target]):
            return unknown("nobody listened after the commit", words)
        if lost:
            text = f"never came: {', '.join(one.sent.label for one in lost)}"
            return failed(words, text, (index for one in lost for index in one.shown))
        return passed(f"{len(committed)} came")

    return check


def routed_id(*, same: bool) -> Checker:
    """What was routed to the consumer `target` has the id that its send gave, or if not `same` an id of its own."""

    def check(history: History) -> Finding:
        words = f"what is routed has {'the id that its send gave' if same else 'an id of its own'}"
        routed = [(one, one.sent.result) for one in _routed(history) if one.sent and one.sent.result]
        for one, result in routed:
            own = one.message.header.message_id
            if not own or (own == result.message_id) is not same:
                return failed(
                    words, f"{one.label} has the id {own!r}, its send gave {result.message_id!r}", [one.index]
                )
        return passed(words) if routed else unknown("nothing was routed", words)

    return check


def routed_from(queue: str) -> Checker:
    """What was routed to the consumer `target` names as its destination what the program calls `queue`."""

    def check(history: History) -> Finding:
        words = f"what is routed has the destination {queue}"
        routed = _routed(history)
        for one in routed:
            if one.message.header.destination != history.real(queue):
                return failed(words, f"{one.label} has {one.message.header.destination!r}", [one.index])
        return passed(words) if routed else unknown("nothing was routed", words)

    return check


def _routed(history: History) -> list[Received]:
    return [
        one
        for one in received(history, on=["target"])
        if one.sent and one.sent.message.header.destination == history.real("q")
    ]
