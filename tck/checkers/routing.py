"""What a filter lets through."""

from __future__ import annotations

from tck.checkers.answers import Checker
from tck.checkers.matching import Which, by_message, listened_after, sent
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
        if not listened_after(history, max(one.done.completed or 0 for one in accepted)):
            return unknown("nobody listened after they were sent", words)
        come = by_message(history, on=[consumer])
        let_through = [one for one in accepted if one.mark in come and one.mark not in wanted]
        dropped = [one for one in accepted if one.mark not in come and one.mark in wanted]
        if let_through or dropped:
            told = [f"let through: {', '.join(o.label for o in let_through)}"] if let_through else []
            told += [f"dropped: {', '.join(o.label for o in dropped)}"] if dropped else []
            return failed(words, "; ".join(told), (one.entry.index for one in (*let_through, *dropped)))
        return passed(f"{len(wanted)} of {len(accepted)} messages")

    return check
