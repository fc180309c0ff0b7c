"""What stays within a namespace."""

from __future__ import annotations

from tck.checkers.answers import Checker, Select, gives_what
from tck.checkers.delivery import nothing_lost
from tck.checkers.matching import Which, listened_after, received, sent
from tck.history import History, Outcome
from tck.operations import (
    CreateConsumer,
    CreateProducer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateTransactionProducer,
    SwitchNamespace,
)
from tck.verdicts import Finding, Verdict, failed, passed, unknown

CREATES = (CreateProducer, CreateTransactionProducer, CreateConsumer, CreatePullConsumer, CreatePushConsumer)


def homes(history: History) -> dict[str, str]:
    """Return the namespace that each producer and consumer was created in; an empty one is that of a fresh access point."""
    current: dict[str, str] = {}
    found: dict[str, str] = {}
    for entry in history.of(SwitchNamespace, *CREATES):
        if entry.outcome is not Outcome.OK:
            continue
        if isinstance(entry.op, SwitchNamespace):
            current[entry.op.on] = entry.op.namespace
        elif isinstance(entry.op, CREATES):
            found[entry.op.name] = current.get(entry.op.on, "")
    return found


def nothing_leaks(history: History) -> Finding:
    """No message is received in another namespace than the one that it was sent in.

    Unknown where less than two namespaces have a message that came, or nobody listened any more after the last send.
    """
    words = "a message is received only in the namespace that it was sent in"
    home = homes(history)
    come = [one for one in received(history) if one.sent]
    wrong = [one for one in come if one.sent and home[one.delivery.consumer] != home[one.sent.entry.op.on]]
    if wrong:
        told = ", ".join(dict.fromkeys(f"{one.label} was given to {one.delivery.consumer}" for one in wrong[:5]))
        return failed(
            words,
            f"in another namespace: {told}",
            (i for one in wrong if one.sent for i in (one.sent.entry.index, one.index)),
        )
    if len({home[one.delivery.consumer] for one in come}) < 2:
        return unknown("messages came in fewer than two namespaces", words)
    if not listened_after(history, max(one.entry.completed or 0 for one in sent(history))):
        return unknown("nobody listened any more after the last send", words)
    return passed(f"{len(come)} deliveries, each in its own namespace")


def nothing_lost_within(which: Which = lambda _: True) -> Checker:
    """Every message that was accepted, of those `which` selects, is received in its own namespace."""

    def check(history: History) -> Finding:
        home = homes(history)
        for namespace in dict.fromkeys(home[one.entry.op.on] for one in sent(history, which)):
            consumers = [name for name, where in home.items() if where == namespace]
            own = nothing_lost(*consumers, which=lambda one: which(one) and home[one.entry.op.on] == namespace)  # noqa: B023 - judged at once
            finding = own(history)
            if finding.verdict is not Verdict.PASS:
                return finding
        return nothing_lost(which=which)(history)

    return check


def named(select: Select, *names: str) -> Checker:
    """Each of the lists holds these names, of queues or namespaces, once at most."""

    def check(history: History) -> Finding:
        real = [history.real(name) for name in names]
        words = f"{', '.join(real)} listed once at most"
        return gives_what(select, words, lambda result, _: all(result.count(name) <= 1 for name in real))(history)

    return check


def held(select: Select, *names: str) -> Checker:
    """Each of the lists holds these names."""

    def check(history: History) -> Finding:
        real = {history.real(name) for name in names}
        return gives_what(select, f"{', '.join(sorted(real))} listed", lambda result, _: real <= set(result))(history)

    return check


def unnamed(select: Select, *names: str) -> Checker:
    """None of the lists holds one of these names."""

    def check(history: History) -> Finding:
        real = {history.real(name) for name in names}
        words = f"{', '.join(sorted(real))} not listed"
        return gives_what(select, words, lambda result, _: not real & set(result))(history)

    return check
