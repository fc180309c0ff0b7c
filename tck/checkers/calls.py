"""How often, and when, the program's interceptors and its listeners of futures were called."""

from __future__ import annotations

from collections.abc import Callable

from tck.checkers.answers import Checker
from tck.checkers.delivery import nothing_lost
from tck.checkers.hearing import waited_until
from tck.checkers.matching import Sent, Which, received, sent
from tck.history import INTERCEPTED, MARK, Delivery, Entry, History, Outcome, deliveries
from tck.messages import Message
from tck.operations import AddListener, Deliver, Intercept, Notify, Point
from tck.verdicts import Finding, Verdict, failed, passed, unknown

_OFTEN = {0: "never", 1: "once"}


def mark_of(message: Message) -> str:
    """Return the kit's mark on a message; nothing where it has none."""
    value = message.properties.get(MARK)
    return str(value.value) if value is not None else ""


def calls(history: History, point: Point, interceptor: str = "") -> list[Entry]:
    """Return the calls of interceptors at a point; of one if it is named."""
    return [
        entry
        for entry in history.of(Intercept)
        if isinstance(entry.op, Intercept)
        and entry.op.point is point
        and (not interceptor or entry.op.interceptor == interceptor)
    ]


def _of(message: Message, entries: list[Entry]) -> list[Entry]:
    return [e for e in entries if isinstance(e.op, Intercept) and mark_of(e.op.message) == mark_of(message)]


def called_for_sends(point: Point, *interceptors: str, times: int = 1, which: Which = lambda _: True) -> Checker:
    """Each of the interceptors is called `times` at a point for each message, of those `which` selects."""

    def check(history: History) -> Finding:
        words = f"{point} is called {_OFTEN.get(times, f'{times} times')} for each of these messages"
        chosen = sent(history, which)
        if not chosen:
            return unknown("no such message was sent", words)
        for interceptor in interceptors:
            made = calls(history, point, interceptor)
            for one in chosen:
                found = _of(one.message, made)
                if len(found) != times:
                    text = f"{point} of {interceptor} was called {len(found)} times for {one.label}"
                    if len(found) < times and waited_until(history) <= (one.done.completed or 0):
                        return unknown(f"{text}, but nobody waited for it", words, [one.entry.index])
                    return failed(words, text, [one.entry.index, *(e.index for e in found)])
        return passed(f"{point} for {len(chosen)} messages, by {len(interceptors)} interceptors")

    return check


def called_once(client: str, interceptor: str, point: Point) -> Checker:
    """An interceptor of an endpoint of this name is called at a point once in all: it removed itself then."""

    def check(history: History) -> Finding:
        words = f"{point} of {interceptor} is called once, and no more as it is removed"
        made = [entry for entry in calls(history, point, interceptor) if entry.op.on == client]
        if len(made) > 1:
            return failed(words, f"it was called {len(made)} times", (entry.index for entry in made[:5]))
        return passed(words, (entry.index for entry in made)) if made else unknown("it was never called", words)

    return check


def accepted(one: Sent) -> bool:
    """Select the messages whose send succeeded."""
    return one.accepted


def refused(one: Sent) -> bool:
    """Select the messages whose send failed."""
    return one.outcome is Outcome.FAIL


def pre_send_first(history: History) -> Finding:
    """PreSend has returned before the message reaches a consumer."""
    words = "pre_send has returned before the message is received"
    made = calls(history, Point.PRE_SEND)
    come = [(one, entry) for one in received(history) for entry in _of(one.message, made)]
    late = [(one, entry) for one, entry in come if (entry.completed or one.came + 1) > one.came]
    if late:
        one, entry = late[0]
        return failed(words, f"{one.label} was received before pre_send returned", [entry.index, one.index])
    if not come:
        return unknown("no message was received that pre_send was called for", words)
    return passed(f"{len(come)} messages")


def pre_before_post(history: History) -> Finding:
    """PostSend is called for a message after preSend was."""
    words = "post_send is called after pre_send of the same message"
    before = calls(history, Point.PRE_SEND)
    after = calls(history, Point.POST_SEND)
    if not after:
        return unknown("post_send was never called", words)
    for entry in after:
        assert isinstance(entry.op, Intercept)
        found = [e for e in _of(entry.op.message, before) if _named(e) == _named(entry)]
        if not found:
            return unknown("post_send was called where pre_send was not", words, [entry.index])
        if all((e.completed or e.invoked) > entry.invoked for e in found):
            return failed(words, "post_send was called before pre_send", [entry.index, *(e.index for e in found)])
    return passed(f"{len(after)} calls of post_send")


def _named(entry: Entry) -> str:
    return entry.op.interceptor if isinstance(entry.op, Intercept) else ""


def attributes_kept(post: Point) -> Checker:
    """The call after finds in its attributes what the call before, of the same interceptor and message, put there."""

    def check(history: History) -> Finding:
        words = f"{post} finds what was put into the attributes before"
        made = calls(history, post)
        if not made:
            return unknown(f"{post} was never called", words)
        for entry in made:
            assert isinstance(entry.op, Intercept)
            if (entry.op.attributes or {}).get(entry.op.interceptor) != mark_of(entry.op.message):
                return failed(words, f"{post} found {entry.op.attributes!r}"[:300], [entry.index])
        return passed(f"{len(made)} calls")

    return check


def modified(consumer: str, interceptor: str, which: Which = lambda _: True) -> Checker:
    """Every message that was accepted, of those `which` selects, is received with the property that an interceptor set."""

    def check(history: History) -> Finding:
        words = f"the message is received with the property that {interceptor} set"
        arrived = nothing_lost(consumer, which=which)(history)
        if arrived.verdict is not Verdict.PASS:
            return unknown(f"not every message came: {arrived.actual}", words)
        for one in received(history, on=[consumer]):
            value = one.message.properties.get(INTERCEPTED)
            if value is None or value.value != interceptor:
                return failed(words, f"{one.label} came with {value!r}", [one.index])
        return passed(f"{arrived.actual}, with the property")

    return check


def around_listener(point: Point, *interceptors: str, times: int = 1, which: Which = lambda _: True) -> Checker:
    """Each of the interceptors is called `times` for each call of a listener of single messages, on its side of it."""

    def check(history: History) -> Finding:
        words = f"{point} is called {'once' if times == 1 else 'never'} for each call of the listener, in its place"
        chosen = {one.mark for one in sent(history, which)}
        come = [d for d in deliveries(history) if isinstance(d.entry.op, Deliver) and d.mark in chosen]
        if not come:
            return unknown("no such message was pushed", words)
        for interceptor in interceptors:
            made = calls(history, point, interceptor)
            for one in come:
                same = [d for d in come if d.mark == one.mark]
                found = _of(one.message, made)
                if len(found) != len(same) * times:
                    return failed(
                        words,
                        f"{point} of {interceptor} was called {len(found)} times for {len(same)} calls of the listener",
                        [one.entry.index, *(e.index for e in found)],
                    )
                if len(same) == len(found) == 1 and not _in_place(point, found[0], one):
                    return failed(words, f"{point} was called on the wrong side", [one.entry.index, found[0].index])
        return passed(f"{point} for {len(come)} calls of the listener")

    return check


def _in_place(point: Point, call: Entry, delivery: Delivery) -> bool:
    if point is Point.PRE_RECEIVE:
        return call.completed is not None and call.completed <= delivery.entry.invoked
    return delivery.entry.completed is not None and call.invoked >= delivery.entry.completed


def notified(client: str, *listeners: str) -> Checker:
    """Each of the listeners that a client added to its future is called, once."""
    return _each_listener(
        client,
        listeners,
        "each listener is called once",
        lambda listener, found: "" if len(found) == 1 else f"{listener} was called {len(found)} times",
    )


def sees_done(client: str, *listeners: str) -> Checker:
    """Each of the listeners is called with a future that is done."""
    return _each_listener(
        client,
        listeners,
        "the future is done when its listener is called",
        lambda listener, found: (
            f"{listener} was given a future that is not done"
            if any(isinstance(entry.op, Notify) and not entry.op.done for entry in found)
            else ""
        ),
        needed=True,
    )


def _each_listener(
    client: str,
    listeners: tuple[str, ...],
    words: str,
    fault: Callable[[str, list[Entry]], str],
    *,
    needed: bool = False,
) -> Checker:
    def check(history: History) -> Finding:
        added = [
            entry
            for entry in history.of(AddListener)
            if entry.client == client
            and entry.outcome is Outcome.OK
            and isinstance(entry.op, AddListener)
            and entry.op.listener in listeners
        ]
        if len(added) < len(listeners) or waited_until(history) <= max(e.completed or 0 for e in added):
            return unknown("not every listener was added, or nobody waited for it", words)
        for entry in added:
            listener = entry.op.listener if isinstance(entry.op, AddListener) else ""
            found = [
                e
                for e in history.of(Notify)
                if isinstance(e.op, Notify) and e.op.on == entry.op.on and e.op.listener == listener
            ]
            if needed and not found:
                return unknown(f"{listener} was never called", words, [entry.index])
            text = fault(listener, found)
            if text:
                return failed(words, text, [entry.index, *(e.index for e in found)])
        return passed(f"{len(added)} listeners", (e.index for e in added))

    return check
