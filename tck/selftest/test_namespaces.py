"""The checkers of namespaces, filters, interceptors and futures, each on handwritten histories with a known verdict."""

from __future__ import annotations

import pytest

from tck.checkers import calls, cancelling, namespaces, routing
from tck.checkers.answers import Checker, ops
from tck.history import History
from tck.operations import (
    AddListener,
    Cancel,
    CreateConsumer,
    CreateProducer,
    CreatePullConsumer,
    Intercept,
    IsCancelled,
    ListNamespaces,
    Notify,
    Point,
    Send,
    Start,
    SwitchNamespace,
)
from tck.selftest.histories import Did, bind, did, got, history, message, nothing, pushed, quiet, send

TWO = (
    did(CreateProducer("p", on="ap")),
    did(CreateConsumer("c", on="ap")),
    did(SwitchNamespace("one", on="other")),
    did(CreateConsumer("d", on="other")),
    did(CreateProducer("e", on="other")),
    *(line for client in "cd" for line in (did(Start(), client), bind(client=client))),
)
ELSEWHERE = did(Send(message(2)), "e")


def call(point: Point, number: int, interceptor: str = "i", attributes: dict[str, str] | None = None) -> Did:
    """Call an interceptor with message `number`."""
    return did(Intercept(interceptor, point, message(number), attributes or {}, on="p"), "p.interceptor")


def notify(*, done: bool = True) -> Did:
    """Call a listener of a future."""
    return did(Notify("l", done=done, on="f"), "f.listener")


ADDED = did(AddListener("l", on="f"), "p")
Case = tuple[Checker, History]


def case(checker: Checker, *lines: Did) -> Case:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


odd = routing.just("c", lambda one: one.message.body in {b"1", b"3"})
pre = calls.called_for_sends(Point.PRE_SEND, "i")
never_post = calls.called_for_sends(Point.POST_SEND, "i", times=0)
kept = calls.attributes_kept(Point.POST_SEND)
before_listener = calls.around_listener(Point.PRE_RECEIVE, "i")
after_listener = calls.around_listener(Point.POST_RECEIVE, "i")
listed = namespaces.held(ops(ListNamespaces), "one")
once = namespaces.named(ops(ListNamespaces), "one")
gone = namespaces.unnamed(ops(ListNamespaces), "one")
MARKED = {"i": "tck-00000000/p.1"}

PASS = {
    "each in its own": case(
        namespaces.nothing_leaks, *TWO, send(1), ELSEWHERE, got(1), got(2, client="d"), nothing(), nothing("d")
    ),
    "nothing lost in either": case(
        namespaces.nothing_lost_within(), *TWO, send(1), ELSEWHERE, got(1), got(2, client="d"), nothing()
    ),
    "listed": case(listed, did(ListNamespaces(), result=("one", "default"))),
    "listed once": case(once, did(ListNamespaces(), result=("one", "default"))),
    "not listed": case(gone, did(ListNamespaces(), result=("default",))),
    "just the odd ones": case(odd, send(1), send(2), send(3), got(1), got(3), nothing()),
    "called for each": case(pre, call(Point.PRE_SEND, 1), send(1), call(Point.PRE_SEND, 2), send(2), quiet()),
    "never called": case(never_post, send(1), quiet()),
    "called first": case(calls.pre_send_first, call(Point.PRE_SEND, 1), send(1), got(1)),
    "before and after": case(calls.pre_before_post, call(Point.PRE_SEND, 1), send(1), call(Point.POST_SEND, 1)),
    "attributes kept": case(kept, call(Point.POST_SEND, 1, attributes=MARKED)),
    "before the listener": case(before_listener, send(1), call(Point.PRE_RECEIVE, 1), pushed(1)),
    "after the listener": case(after_listener, send(1), pushed(1), call(Point.POST_RECEIVE, 1)),
    "a delivery more, a call more": case(
        before_listener, send(1), call(Point.PRE_RECEIVE, 1), pushed(1), call(Point.PRE_RECEIVE, 1), pushed(1)
    ),
    "notified": case(calls.notified("p", "l"), ADDED, notify(), quiet()),
    "notified when done": case(calls.sees_done("p", "l"), ADDED, notify(), quiet()),
    "cancelled as told": case(
        cancelling.told_as_answered, did(Cancel(on="f"), result=True), did(IsCancelled(on="f"), result=True)
    ),
    "not cancelled as told": case(
        cancelling.told_as_answered, did(Cancel(on="f"), result=False), did(IsCancelled(on="f"), result=False)
    ),
}

FAIL = {
    "not listed though there": case(listed, did(ListNamespaces(), result=("default",))),
    "listed twice": case(once, did(ListNamespaces(), result=("one", "one"))),
    "listed though gone": case(gone, did(ListNamespaces(), result=("one",))),
    "leaked to a consumer that only pulls": case(
        namespaces.nothing_leaks,
        *TWO,
        did(CreatePullConsumer(name="x", on="other")),
        send(1),
        got(1, client="x"),
        nothing(),
    ),
    "leaked": case(namespaces.nothing_leaks, *TWO, send(1), got(1, client="d"), nothing()),
    "lost within": case(
        namespaces.nothing_lost_within(), *TWO, send(1), send(2), got(1), got(2, client="d"), nothing()
    ),
    "let through": case(odd, send(1), send(2), got(1), got(2), nothing()),
    "dropped": case(odd, send(1), send(2), send(3), got(1), nothing()),
    "not called": case(pre, call(Point.PRE_SEND, 1), send(1), send(2), quiet()),
    "called twice": case(pre, call(Point.PRE_SEND, 1), call(Point.PRE_SEND, 1), send(1), quiet()),
    "called after a failure": case(never_post, send(1), call(Point.POST_SEND, 1), quiet()),
    "called late": case(calls.pre_send_first, send(1), got(1), call(Point.PRE_SEND, 1)),
    "after and before": case(calls.pre_before_post, call(Point.POST_SEND, 1), send(1), call(Point.PRE_SEND, 1)),
    "attributes lost": case(kept, call(Point.POST_SEND, 1)),
    "before the listener it was not": case(before_listener, send(1), pushed(1), call(Point.PRE_RECEIVE, 1)),
    "after the listener it was not": case(after_listener, send(1), call(Point.POST_RECEIVE, 1), pushed(1)),
    "no call around the listener": case(before_listener, send(1), pushed(1)),
    "not notified": case(calls.notified("p", "l"), ADDED, quiet()),
    "notified twice": case(calls.notified("p", "l"), ADDED, notify(), notify(), quiet()),
    "notified too early": case(calls.sees_done("p", "l"), ADDED, notify(done=False), quiet()),
    "cancelled, but not so told": case(
        cancelling.told_as_answered, did(Cancel(on="f"), result=True), did(IsCancelled(on="f"), result=False)
    ),
}

UNKNOWN = {
    "nobody listened in the other namespace": case(
        namespaces.nothing_leaks, *TWO, send(1), ELSEWHERE, got(1), got(2, client="d"), nothing()
    ),
    "never asked": case(listed),
    "one namespace is too few": case(namespaces.nothing_leaks, *TWO, send(1), got(1), nothing()),
    "all on one side": case(odd, send(1), send(3), got(1), got(3), nothing()),
    "nobody listened to the filter": case(odd, send(1), send(2)),
    "no send": case(pre, quiet()),
    "a call that nobody waited for": case(calls.called_for_sends(Point.POST_SEND, "i"), send(1)),
    "never received": case(calls.pre_send_first, call(Point.PRE_SEND, 1), send(1)),
    "no call after": case(calls.pre_before_post, call(Point.PRE_SEND, 1), send(1)),
    "no call with attributes": case(kept, send(1)),
    "nothing pushed": case(before_listener, send(1)),
    "a listener that nobody waited for": case(calls.notified("p", "l"), ADDED),
    "a listener that never came": case(calls.sees_done("p", "l"), ADDED, quiet()),
    "never cancelled": case(cancelling.told_as_answered, did(IsCancelled(on="f"), result=False)),
}


@pytest.mark.parametrize(
    ("checker", "lines", "verdict"),
    [
        pytest.param(*given, verdict, id=f"{verdict}: {name}")
        for verdict, cases in (("PASS", PASS), ("FAIL", FAIL), ("UNKNOWN", UNKNOWN))
        for name, given in cases.items()
    ],
)
def test_verdicts_are_as_known(checker: Checker, lines: History, verdict: str) -> None:
    """Each handwritten history gets the verdict that its writer gave it."""
    assert checker(lines).verdict == verdict
