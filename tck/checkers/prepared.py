"""Prepared messages as any others: what was committed is judged as if it had been sent when it was prepared."""

from __future__ import annotations

import msgspec

from tck.checkers.answers import Checker
from tck.checkers.matching import by_message, sent
from tck.checkers.timing import delay
from tck.checkers.transactions import Fate, Transaction, transactions
from tck.history import Entry, History, Outcome, once
from tck.operations import CreateTransactionProducer, Prepare, Rollback, Send
from tck.verdicts import Finding, failed, not_applicable, passed, unknown

_MS = 1_000_000


def as_sent(checker: Checker, *, by: str = "", once_committed: bool = False) -> Checker:
    """What `checker` finds where a message (of the client `by`, if given) that was prepared and committed counts as sent.

    One whose preparation failed counts as one whose send did; what is undecided, or was rolled back, as before. Where it
    counts `once_committed` its send ends as its first commit does.
    """

    def check(history: History) -> Finding:
        known = {one.index: one for one in sendings(history)}
        if once_committed:
            known |= {
                one.sent.entry.index: _ended(known[one.sent.entry.index], one.committed) for one in _committed(history)
            }
        entries = (one if by and one.client != by else known.get(one.index, one) for one in history.entries)
        return checker(msgspec.structs.replace(history, entries=tuple(entries)))

    return check


@once
def sendings(history: History) -> tuple[Entry, ...]:
    """Return as sends the preparations of which it is known whether their message was to be received."""
    failures = (one for one in history.of(Prepare) if one.outcome is Outcome.FAIL)
    return tuple(map(_send, (*(one.sent.entry for one in _committed(history)), *failures)))


def _committed(history: History) -> list[Transaction]:
    return [one for one in transactions(history) if one.fate is Fate.COMMITTED]


def _send(entry: Entry) -> Entry:
    assert isinstance(entry.op, Prepare)
    return msgspec.structs.replace(entry, op=Send(entry.op.message, on=entry.op.on))


def _ended(entry: Entry, moment: int) -> Entry:
    """Return an operation that ended at a moment (ns), by the clock of people, too."""
    wall = entry.invoked_wall + moment - entry.invoked
    return msgspec.structs.replace(entry, completed=moment, completed_wall=wall)


def where_prepared(what: str, checker: Checker) -> Checker:
    """What `checker` finds where the program prepares anything; one that does not is of an implementation without `what`."""

    def check(history: History) -> Finding:
        return checker(history) if history.of(CreateTransactionProducer) else not_applicable(f"{what} is not claimed")

    return check


def delay_counts(*, from_commit: bool) -> Checker:
    """What is committed when its delay, counted from its preparation, is over comes as long again after that, or earlier."""
    words = f"a message comes {'no earlier than' if from_commit else 'within'} its delay after its commit"

    def check(history: History) -> Finding:
        chosen = [one for one in transactions(history) if one.fate is Fate.COMMITTED and _was_over(one)]
        come = by_message(history)
        if not chosen or any(one.sent.mark not in come for one in chosen):
            return unknown("nothing was committed when its delay was over, or it never came", words)
        for one in chosen:
            commit = one.decisions[0].entry
            since = commit.invoked if from_commit else commit.completed or commit.invoked
            after = (come[one.sent.mark][0].came - since) / _MS
            if (after >= delay(one.sent)) is not from_commit:
                text = f"{one.sent.label} came {after:.0f} ms after it, its delay is {delay(one.sent)} ms"
                return failed(words, text, one.shown)
        return passed(f"{len(chosen)} times: {words}")

    return check


def _was_over(one: Transaction) -> bool:
    """Tell whether a message has a delay, which was over when its commit began."""
    prepared = one.sent.entry.completed or one.sent.entry.invoked
    return delay(one.sent) > 0 and one.decisions[0].entry.invoked - prepared >= delay(one.sent) * _MS


def counts_later(transaction: str) -> Checker:
    """The message of a transaction whose commit succeeded comes; it is lost where the sender could roll it back afterwards."""
    words = "a commit that succeeds counts, once the server can be reached"

    def check(history: History) -> Finding:
        chosen = [one for one in transactions(history) if one.name == transaction and one.fate is Fate.COMMITTED]
        if not chosen:
            return unknown("it was not committed", words)
        if by_message(history).get(chosen[0].sent.mark):
            return passed(f"{chosen[0].sent.label} came", chosen[0].shown)
        rolled_back = [e for e in chosen[0].attempts if isinstance(e.op, Rollback) and e.outcome is Outcome.OK]
        if not rolled_back:
            return unknown(f"{chosen[0].sent.label} never came, and may yet come", words, chosen[0].shown)
        text = f"{chosen[0].sent.label} was committed, rolled back all the same, and never came"
        return failed(words, text, (*chosen[0].shown, rolled_back[0].index))

    return check


def has_priority(history: History) -> Finding:
    """Some message was sent with a priority."""
    words = "a message with a priority"
    there = sent(history)
    if any(one.message.header.priority is not None for one in there):
        return passed(words)
    return failed(words, "no message has a priority, which is not claimed", (one.entry.index for one in there[:5]))
