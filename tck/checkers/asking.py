"""Whom the server asks about transactions, of what, for how long, and what an answer is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from tck.checkers.answers import Checker, unanswered
from tck.checkers.matching import by_message
from tck.checkers.transactions import Fate, Transaction, committed_arrive, never_exposed, transactions
from tck.history import Entry, History, Outcome
from tck.messages import Message
from tck.operations import Answer, Check, ContextAnswer, ErrorKind, Stop, name
from tck.verdicts import Finding, Verdict, failed, passed, unknown


def _calls(chosen: Iterable[Transaction]) -> list[tuple[Transaction, Entry]]:
    return [(one, call) for one in chosen for call in one.checks]


def asked_with(words: str, fault: Callable[[Message, Message], str]) -> Checker:
    """Judge each message that a check listener is given, beside the one that was prepared; `fault` says what is wrong."""

    def check(history: History) -> Finding:
        calls = _calls(transactions(history))
        for one, call in calls:
            if isinstance(call.op, Check) and (text := fault(call.op.message, one.sent.message)):
                return failed(words, f"{one.sent.label}: {text}", [one.sent.entry.index, call.index])
        return passed(f"{len(calls)} calls: {words}") if calls else unknown("no check listener was called", words)

    return check


def born_as_received(history: History) -> Finding:
    """The message that a check listener is given was born when and where the received one was."""
    words = "the born timestamp and the born host that the message is received with"
    come = by_message(history)
    calls = [
        (one, call, come[one.sent.mark][0]) for one, call in _calls(transactions(history)) if one.sent.mark in come
    ]
    for one, call, got in calls:
        assert isinstance(call.op, Check)
        given, here = call.op.message.header, got.message.header
        if (given.born_timestamp, given.born_host) != (here.born_timestamp, here.born_host):
            text = f"born at {given.born_timestamp} on {given.born_host!r}, received as {here.born_timestamp} on {here.born_host!r}"
            return failed(words, f"{one.sent.label}: {text}", [call.index, got.index])
    return passed(f"{len(calls)} calls: {words}") if calls else unknown("nothing that was asked about came", words)


def own_only(history: History) -> Finding:
    """Each check listener is called about what its own producer prepared, and about nothing else."""
    words = "a check listener is called about transactions of its own producer"
    calls = _calls(transactions(history))
    for one, call in calls:
        if call.op.on != one.sent.entry.op.on:
            text = f"the check listener of {call.op.on} was called about {one.sent.label}, of {one.sent.entry.op.on}"
            return failed(words, text, [one.sent.entry.index, call.index])
    if len({call.op.on for _, call in calls}) < 2:
        return unknown("fewer than two check listeners were called", words)
    return passed(f"{len(calls)} calls: {words}")


def answers_count(history: History) -> Finding:
    """What a check listener committed first is received, and what it rolled back is not, whoever was asked."""
    rolled_back = never_exposed(
        Fate.ROLLED_BACK,
        "what a check listener rolled back is not received",
        lambda one: one.decided_by((ContextAnswer,)),
    )
    findings = [committed_arrive(by=(ContextAnswer,))(history), rolled_back(history)]
    return min(findings, key=lambda one: (Verdict.FAIL, Verdict.PASS, Verdict.UNKNOWN).index(one.verdict))


def final(answer: Answer) -> Checker:
    """What a check listener answered first is final: the sender's contrary decision afterwards fails with TRANSACTION."""
    words = (
        f"where the check listener said {answer}, the sender's other decision fails with an error of kind TRANSACTION"
    )

    def check(history: History) -> Finding:
        tried = []
        for one in transactions(history):
            first = one.decisions[0].entry if one.decisions else None
            if first is None or not isinstance(first.op, ContextAnswer) or first.op.answer is not answer:
                continue
            if first.outcome is Outcome.OK:
                tried += [
                    (one, entry)
                    for entry in one.attempts
                    if name(entry.op) != answer.value and entry.invoked >= (first.completed or 0)
                ]
        for one, entry in tried:
            if entry.error is None or entry.error.kind is not ErrorKind.TRANSACTION:
                what = f"failed with {entry.error}" if entry.error else "succeeded"
                if unanswered(entry):
                    said = f"the {name(entry.op)} of {one.sent.label} never ended, or timed out"
                    return unknown(said, words, [entry.index])
                return failed(words, f"{one.sent.label}: {name(entry.op)} {what}", [*one.shown, entry.index])
        if not tried:
            return unknown("the check listener did not answer before the sender decided otherwise", words)
        return passed(f"{len(tried)} times: {words}")

    return check


class _Settled(msgspec.Struct, frozen=True):
    """A transaction, since when (ns) it was settled, calls about it, and the others whose calls say that there were some."""

    one: Transaction
    moment: int
    calls: list[Entry]
    others: list[Transaction]


def _settled_calls(words: str, settled: list[_Settled]) -> Finding:
    """Judge calls about transactions that were settled: none comes once others are asked about that were prepared later.

    What is asked just as a transaction is settled may arrive a little later, but not after that.
    """
    judged = 0
    for it in settled:
        later = [call for one in it.others if one.sent.entry.invoked >= it.moment for call in one.checks]
        judged += len(later) > 1
        wrong = [call for call in it.calls if later and call.invoked > later[0].invoked]
        if wrong:
            shown = [*it.one.shown, later[0].index, wrong[0].index]
            return failed(words, f"it was called about {it.one.sent.label}", shown)
    if not settled or judged < len(settled):
        return unknown("nothing that was prepared afterwards was asked about twice", words)
    return passed(f"{len(settled)} transactions: {words}")


def not_when_decided(history: History) -> Finding:
    """No check listener is called about a transaction that its sender has decided."""
    known = transactions(history)
    settled = []
    for one in known:
        made = [decision.entry for decision in one.decisions if decision.made]
        if made and not isinstance(made[0].op, ContextAnswer):
            others = [other for other in known if _owner(other) == _owner(one) and other is not one]
            settled.append(_Settled(one, made[0].completed or 0, list(one.checks), others))
    return _settled_calls("no check listener is called about a decided transaction", settled)


def not_when_stopped(history: History) -> Finding:
    """The check listener of a producer is not called once that was stopped."""
    stops = {entry.op.on: entry.completed or 0 for entry in history.of(Stop) if entry.outcome is Outcome.OK}
    known = transactions(history)
    settled = []
    for one in known:
        if (owner := _owner(one)) in stops:
            calls = [call for call in one.checks if call.op.on == owner]
            others = [other for other in known if _owner(other) != owner]
            settled.append(_Settled(one, stops[owner], calls, others))
    return _settled_calls("the check listener of a stopped producer is not called", settled)


def _owner(one: Transaction) -> str:
    """Return the producer that prepared it."""
    return one.sent.entry.op.on
