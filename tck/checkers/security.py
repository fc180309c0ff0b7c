"""What a client without authority may do: nothing."""

from __future__ import annotations

from tck.checkers.answers import Checker
from tck.checkers.matching import received
from tck.history import History, Outcome
from tck.operations import ErrorKind, Operation, name
from tck.verdicts import Finding, failed, passed, unknown


def denied(client: str, kind: type[Operation]) -> Checker:
    """A client's operation of a kind, or one that leads to it, fails with SECURITY."""

    def check(history: History) -> Finding:
        words = "an error of kind SECURITY, at the latest by the operation itself"
        for entry in history.by(client):
            if entry.outcome is Outcome.UNKNOWN:
                return unknown(f"{name(entry.op)} never ended", words, [entry.index])
            if entry.error is not None:
                if entry.error.kind is ErrorKind.SECURITY:
                    return passed(f"{name(entry.op)} failed with {entry.error}", [entry.index])
                return failed(words, f"{name(entry.op)} failed with {entry.error}", [entry.index])
            if isinstance(entry.op, kind):
                return failed(words, f"{name(entry.op)} succeeded", [entry.index])
        return unknown("the operation was never reached", words)

    return check


def nothing_of(*clients: str) -> Checker:
    """No message that one of these clients sent is received, though others are."""

    def check(history: History) -> Finding:
        words = "nothing of what was sent without authority is received"
        come = [one for one in received(history) if one.sent]
        wrong = [one for one in come if one.sent and one.sent.entry.client in clients]
        if wrong:
            return failed(words, f"{wrong[0].label} was received", [wrong[0].index])
        return passed(f"{len(come)} messages were received, all of others") if come else unknown("nothing came", words)

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
        return failed(words, f"{name(errors[0].op)} failed with {errors[0].error}", [errors[0].index])

    return check
