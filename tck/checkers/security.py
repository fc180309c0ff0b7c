"""What a client without authority may do: nothing."""

from __future__ import annotations

from tck.checkers.answers import Checker, unanswered
from tck.checkers.hearing import awaited
from tck.checkers.matching import PULLS, may_have_happened, received, sent
from tck.history import Entry, History, Outcome
from tck.operations import ErrorKind, Operation, name
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def denied(client: str, kind: type[Operation]) -> Checker:
    """A client's operation of a kind, or one that leads to it, fails with SECURITY, and none of the kind succeeds after it."""

    def check(history: History) -> Finding:
        words = "an error of kind SECURITY, at the latest by the operation itself"
        for entry in history.by(client):
            if unanswered(entry):
                return unknown(f"{name(entry.op)} never ended, or timed out", words, [entry.index])
            if entry.error is not None:
                if entry.error.kind is ErrorKind.SECURITY:
                    if later := _done_after(entry, history, kind):
                        shown = [entry.index, later.index]
                        return failed(words, f"{name(entry.op)} failed, and {name(later.op)} succeeded", shown)
                    return passed(f"{name(entry.op)} failed with {entry.error}", [entry.index])
                return failed(words, f"{name(entry.op)} failed with {entry.error}", [entry.index])
            if isinstance(entry.op, kind):
                return failed(words, f"{name(entry.op)} succeeded", [entry.index])
        return unknown("the operation was never reached", words)

    return check


def _done_after(denied_first: Entry, history: History, kind: type[Operation]) -> Entry | None:
    """Return what a client that was denied did all the same: the same operation again, or a receive that gave something."""
    for entry in history.of(kind):
        if entry.client != denied_first.client or entry.index < denied_first.index or entry.outcome is not Outcome.OK:
            continue
        if entry.result if kind in PULLS else isinstance(denied_first.op, kind):
            return entry
    return None


def nothing_of(*clients: str) -> Checker:
    """No message that one of these clients sent is received, though others are."""

    def check(history: History) -> Finding:
        words = "nothing of what was sent without authority is received"
        come = [one for one in received(history) if one.sent]
        wrong = [one for one in come if one.sent and one.sent.entry.client in clients]
        if wrong:
            return failed(words, f"{wrong[0].label} was received", [wrong[0].index])
        theirs = [one for one in sent(history, lambda one: one.entry.client in clients) if may_have_happened(one.done)]
        if not come or not all(awaited(history, one) for one in theirs):
            return unknown("nothing came, or nobody listened afterwards", words)
        return passed(f"{len(come)} messages were received, all of others")

    return check


def denied_with(client: str, status: int) -> Checker:
    """The first error of a client has this status."""

    def check(history: History) -> Finding:
        words = f"an error with status {status}"
        errors = [entry for entry in history.by(client) if entry.error]
        if not errors or errors[0].error is None:
            return unknown("nothing was denied", words)
        if errors[0].error.code == status:
            return passed(words, [errors[0].index])
        if unanswered(errors[0]):
            return unknown(f"{name(errors[0].op)} failed with {errors[0].error}", words, [errors[0].index])
        return failed(words, f"{name(errors[0].op)} failed with {errors[0].error}", [errors[0].index])

    return check


def keyed(client: str, checker: Checker) -> Checker:
    """What `checker` finds, where there is such a client: an account without a key has none with a wrong one."""

    def check(history: History) -> Finding:
        return checker(history) if history.by(client) else not_applicable("the program's account has no key")

    return check


def refused_with(status: int, *clients: str) -> Checker:
    """The first error of each of these clients, where it is of kind SECURITY, has this status."""

    def check(history: History) -> Finding:
        words = f"an error with status {status}"
        ended = [next((e for e in history.by(client) if e.outcome is not Outcome.OK), None) for client in clients]
        told = [entry for entry in ended if entry and entry.error and entry.error.kind is ErrorKind.SECURITY]
        wrong = [entry for entry in told if entry.error and entry.error.code != status]
        if wrong:
            return failed(words, f"{name(wrong[0].op)} failed with {wrong[0].error}", [wrong[0].index])
        if any(entry and entry.outcome is Outcome.UNKNOWN for entry in ended):
            return unknown("an operation never ended", words)
        return passed(words, (entry.index for entry in told)) if told else not_applicable("nobody was refused")

    return check
