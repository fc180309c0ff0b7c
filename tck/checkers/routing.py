"""What a filter lets through."""

from __future__ import annotations

from tck.checkers.answers import Checker
from tck.checkers.hearing import awaited
from tck.checkers.matching import Received, Which, by_message, received, sent
from tck.history import History
from tck.verdicts import Finding, failed, passed, unknown


def just(consumer: str, which: Which) -> Checker:
    """The consumer is given every message that `which` selects, of those that were accepted, and none of the others."""

    def check(history: History) -> Finding:
        words = f"{consumer} is given just what the filter selects"
        accepted = [one for one in sent(history) if one.accepted]
        wanted = {one.mark for one in accepted if which(one)}
        if not wanted or len(wanted) == len(accepted):
            return unknown("what was accepted lies on one side of the filter", words)
        come = by_message(history, on=[consumer])
        let_through = [one for one in sent(history) if one.mark in come and not which(one)]
        dropped = [one for one in accepted if one.mark not in come and one.mark in wanted]
        if not let_through and not all(
            awaited(history, one, on=[consumer]) for one in accepted if one.mark not in come
        ):
            return unknown(f"{consumer} did not listen after they were sent", words)
        if let_through or dropped:
            told = [f"let through: {', '.join(o.label for o in let_through)}"] if let_through else []
            told += [f"dropped: {', '.join(o.label for o in dropped)}"] if dropped else []
            return failed(words, "; ".join(told), (one.entry.index for one in (*let_through, *dropped)))
        return passed(f"{len(wanted)} of {len(accepted)} messages")

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
