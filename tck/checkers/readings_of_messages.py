"""What tells the readings of the documents apart about what a message holds."""

from __future__ import annotations

from collections.abc import Callable

from tck.checkers.answers import Checker
from tck.checkers.hearing import awaited
from tck.checkers.matching import by_message, received, sent
from tck.history import History, Outcome
from tck.messages import Message
from tck.verdicts import Finding, failed, passed, unknown

Holds = Callable[[Message], bool]


def in_each(client: str, words: str = "", holds: Holds = lambda _: True) -> Checker:
    """Every message that a client sent is accepted, and received so: each time with what `words` say."""

    def check(history: History) -> Finding:
        said = f"what {client} sent is received" + (f", {words}" if words else "")
        chosen = sent(history, lambda one: one.entry.client == client)
        come = by_message(history)
        for one in chosen:
            if one.outcome is Outcome.UNKNOWN and one.mark not in come:
                return unknown(f"the send of {one.label} may not have happened", said, [one.done.index])
            if one.outcome is Outcome.FAIL:
                return failed(said, f"the send of {one.label} ended with {one.done.error}", [one.done.index])
            if one.mark not in come:
                text = f"{one.label} never came"
                if not awaited(history, one):
                    return unknown(f"{text}, but nobody listened", said, [one.entry.index])
                return failed(said, text, [one.entry.index])
            wrong = [got for got in come[one.mark] if not holds(got.message)]
            if wrong:
                return failed(said, f"{one.label} came so: {wrong[0].message}"[:300], [one.entry.index, wrong[0].index])
        return passed(said, (one.entry.index for one in chosen)) if chosen else unknown("nothing was sent", said)

    return check


arrives = in_each


def receipt_of_sent(*, inert: bool) -> Checker:
    """A sender's message has no receipt, or if `inert` one that is no received message's."""

    def check(history: History) -> Finding:
        words = "a receipt that is no received message's" if inert else "no receipt"
        theirs = {one.message.receipt for one in received(history)}
        mine = [one.result.message.receipt for one in sent(history) if one.result and one.result.message]
        if not mine or not theirs:
            return unknown("no send gave its message, or nothing was received", words)
        wrong = [one for one in mine if (not one or one in theirs if inert else one is not None)]
        return failed(words, f"the receipt {wrong[0]!r}") if wrong else passed(words)

    return check
