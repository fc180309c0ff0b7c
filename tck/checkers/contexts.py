"""What a listener's contexts acknowledge, also later and in another order, and when a listener is called."""

from __future__ import annotations

import msgspec

from tck.checkers.answers import Checker, Select
from tck.checkers.hearing import NEVER
from tck.checkers.matching import received
from tck.history import Entry, History
from tck.operations import BindQueue, BindQueueBatch, ContextAck, Deliver
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def about(consumers: str, checker: Checker) -> Checker:
    """What a checker finds where only these consumers (each a letter) have listeners."""

    def check(history: History) -> Finding:
        entries = [e for e in history.entries if not isinstance(e.op, Deliver | ContextAck) or e.op.on in consumers]
        return checker(msgspec.structs.replace(history, entries=tuple(entries)))

    return check


def where_several_are_held(consumer: str, most: int, checker: Checker) -> Checker:
    """What a checker finds where a listener was given so many messages before the first of them was acknowledged."""

    def check(history: History) -> Finding:
        acks = [entry.invoked for entry in history.of(ContextAck) if entry.op.on == consumer]
        given = received(history, on=[consumer])
        held = {one.sent.mark for one in given if one.sent and one.came < min(acks, default=NEVER)}
        if given and len(held) < most:
            return not_applicable(f"{len(held)} of {most} messages were given before one was acknowledged")
        return checker(history)

    return check


def asynchronous(consumer: str) -> Checker:
    """The call that bound a consumer's listener returned before that, which had been told to wait for it, did."""

    def check(history: History) -> Finding:
        words = "bindQueue returns while the listener has not"
        binds = [entry for entry in history.of(BindQueue, BindQueueBatch) if entry.op.on == consumer]
        calls = [entry for entry in history.of(Deliver) if entry.op.on == consumer]
        if not binds or not calls or binds[0].completed is None:
            return unknown("the listener was never called, or never bound", words)
        shown = [binds[0].index, calls[0].index]
        if calls[0].completed is not None and calls[0].completed < binds[0].completed:
            return failed(words, f"bindQueue took {binds[0].seconds:.3f} s, until its listener had returned", shown)
        return passed("bindQueue returned first", shown)

    return check


def acknowledged_again(consumer: str) -> Select:
    """Select what a listener's contexts acknowledged when they had acknowledged the same messages before."""

    def select(history: History) -> list[Entry]:
        acks = [entry for entry in history.of(ContextAck) if entry.op.on == consumer]
        return [entry for place, entry in enumerate(acks) if any(entry.op == before.op for before in acks[:place])]

    return select
