"""What the program's interceptors are given, in which order, and what becomes of what they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeVar

import msgspec

from tck.checkers.answers import Checker
from tck.checkers.calls import calls, mark_of
from tck.checkers.content import own
from tck.checkers.headers import each_received
from tck.checkers.matching import Received, Sent, Which, received, sent
from tck.history import Entry, History, deliveries
from tck.messages import ExtensionHeader, Message
from tck.operations import Deliver, Intercept, Point, Send
from tck.verdicts import Finding, failed, passed, unknown

Known = TypeVar("Known")


def given(entry: Entry) -> Intercept:
    """Return the call of an interceptor that an entry holds."""
    assert isinstance(entry.op, Intercept)
    return entry.op


def given_as_sent(point: Point) -> Checker:
    """Each call at a point is given its message with the body, properties and header fields that the sender set."""
    by_mark = _sent_by_mark(lambda _: True)
    return _each_call(point, f"{point} is given the message as it is sent", by_mark, _unlike)


def given_with_id(point: Point) -> Checker:
    """Each call at a point for a message that `send` sent is given it with the id that the send gave."""
    by_mark = _sent_by_mark(lambda one: isinstance(one.entry.op, Send) and bool(one.result and one.result.message_id))

    def fault(message: Message, one: Sent) -> str:
        known = one.result and one.result.message_id
        return "" if message.header.message_id == known else f"the id {message.header.message_id!r}, not {known!r}"

    return _each_call(point, f"{point} is given the message with the id that its send gave", by_mark, fault)


def given_as_received(point: Point) -> Checker:
    """Each call at a point is given the message that the listener is given: its header, properties and body."""

    def by_mark(history: History) -> dict[str, list[Message]]:
        found: dict[str, list[Message]] = {}
        for one in deliveries(history):
            if isinstance(one.entry.op, Deliver):
                found.setdefault(one.mark or "", []).append(one.message)
        return found

    def fault(message: Message, listened: Sequence[Message]) -> str:
        return min((_other_than(one, message) for one in listened), key=len)

    return _each_call(point, f"{point} is given the message that the listener is given", by_mark, fault)


def _each_call(
    point: Point,
    words: str,
    by_mark: Callable[[History], dict[str, Known]],
    fault: Callable[[Message, Known], str],
) -> Checker:
    """Judge each call at a point for a message of which something is known; `fault` says what is wrong with the message."""

    def check(history: History) -> Finding:
        known = by_mark(history)
        made = [entry for entry in calls(history, point) if mark_of(given(entry).message) in known]
        if not made:
            return unknown(f"{point} was not called for any such message", words)
        for entry in made:
            if text := fault(given(entry).message, known[mark_of(given(entry).message)]):
                return failed(words, f"{point} was given {text}", [entry.index])
        return passed(f"{len(made)} calls: {words}", (entry.index for entry in made[:3]))

    return check


def _sent_by_mark(which: Which) -> Callable[[History], dict[str, Sent]]:
    return lambda history: {one.mark: one for one in sent(history, which)}


def _unlike(message: Message, one: Sent) -> str:
    """Say in which of the things that a sender sets a message is unlike the one that was sent."""
    if (message.body or b"") != (one.message.body or b""):
        return f"the body {message.body!r}, not {one.message.body!r}"[:300]
    if not own(one.message).items() <= own(message).items():
        return f"the properties {own(message)}, not {own(one.message)}"[:300]
    if message.header.destination != one.message.header.destination:
        return f"the destination {message.header.destination!r}, not {one.message.header.destination!r}"
    wanted = msgspec.structs.asdict(one.message.extension_header or ExtensionHeader())
    there = msgspec.structs.asdict(message.extension_header or ExtensionHeader())
    other = [field for field, value in wanted.items() if value is not None and there[field] != value]
    return f"{other[0]} {there[other[0]]!r}, not {wanted[other[0]]!r}" if other else ""


def _other_than(wanted: Message, message: Message) -> str:
    """Say in which part a message differs from the one that is wanted; nothing where it does not."""
    parts: dict[str, Callable[[Message], object]] = {
        "body": lambda one: one.body or b"",
        "properties": own,
        "header": lambda one: one.header,
        "extension header": lambda one: one.extension_header or ExtensionHeader(),
    }
    other = [(name, part) for name, part in parts.items() if part(wanted) != part(message)]
    return f"another {other[0][0]}, {other[0][1](message)!r}, not {other[0][1](wanted)!r}"[:500] if other else ""


def rewritten(words: str, as_rewritten: Message, fault: Callable[[Received, Message], str], *, sender: str) -> Checker:
    """Each message of a sender is received as an interceptor rewrote it; `fault` says in what one is not."""
    return each_received(
        words,
        lambda one: fault(one, as_rewritten),
        only=lambda one: one.sent is not None and one.sent.entry.client == sender,
    )


def other_body(one: Received, wanted: Message) -> str:
    """Say how a body differs from the one that is wanted."""
    return "" if one.message.body == wanted.body else f"its body is {one.message.body!r}, not {wanted.body!r}"


def other_properties(one: Received, wanted: Message) -> str:
    """Say how properties differ from those that are wanted: a value that is another, or one of the sender's that should be gone."""
    there, sender = own(one.message), own(one.sent.message) if one.sent else {}
    same = all(there.get(key) == wanted.properties.get(key) for key in {*wanted.properties, *sender})
    return "" if same else f"its properties are {there}, not {wanted.properties}"


def other_correlation(one: Received, wanted: Message) -> str:
    """Say how a correlationId differs from the one that is wanted."""
    there, asked = (of.extension_header and of.extension_header.correlation_id for of in (one.message, wanted))
    return "" if there == asked else f"its correlationId is {there!r}, not {asked!r}"


def as_its_sender_could(sender: str, control: str) -> Checker:
    """What an interceptor made of a message of `sender` is received with each field that the like message of `control` kept."""

    def check(history: History) -> Finding:
        words = "the fields of the header and the extension header that an interceptor set"
        come = [one for one in received(history) if one.sent and one.sent.entry.client == control]
        if not come:
            return unknown("nothing came with such fields of its sender's", words)
        kept = _fields(come[0].message).items() & _fields(come[0].sent.message if come[0].sent else Message()).items()

        def fault(one: Received) -> str:
            there = _fields(one.message)
            other = sorted((field, value) for field, value in kept if there.get(field) != value)
            return "; ".join(f"its {field} is {there.get(field)!r}, not {value!r}" for field, value in other)

        return each_received(words, fault, only=lambda one: bool(one.sent and one.sent.entry.client == sender))(history)

    return check


def _fields(message: Message) -> dict[str, object]:
    """Return the fields of both headers that are set."""
    parts = (message.header, message.extension_header or ExtensionHeader())
    return {
        field: value for part in parts for field, value in msgspec.structs.asdict(part).items() if value is not None
    }


def has_attributes(history: History) -> Finding:
    """No call of an interceptor is given null in the place of attributes."""
    words = "an interceptor is given attributes"
    made = history.of(Intercept)
    none = [entry for entry in made if given(entry).attributes is None]
    if none:
        return failed(words, f"{given(none[0]).point} was given null", (entry.index for entry in none[:5]))
    return passed(f"{len(made)} calls") if made else unknown("no interceptor was called", words)


def own_attributes(before: Point) -> Checker:
    """The call before finds in its attributes nothing that the same interceptor put there for another message."""

    def check(history: History) -> Finding:
        words = f"{before} finds nothing of another message in the attributes"
        made = calls(history, before)
        for entry in made:
            left = (given(entry).attributes or {}).get(given(entry).interceptor, "")
            if left and left != mark_of(given(entry).message):
                return failed(words, f"{before} found {left!r}", [entry.index])
        if len({mark_of(given(entry).message) for entry in made}) < 2:
            return unknown("it was called for less than two messages", words)
        return passed(f"{len(made)} calls")

    return check


def attributes_are(*, shared: bool, which: Which) -> Checker:
    """Of two interceptors of a message the later call finds what the one before put into the attributes, or never does."""

    def check(history: History) -> Finding:
        words = f"the interceptors of a message {'share their' if shared else 'have their own'} attributes"
        chosen = {one.mark for one in sent(history, which)}
        later = _later(history, chosen)
        if not later:
            return unknown("no message had two interceptors", words)
        wrong = [entry for entry, other in later if (other in (given(entry).attributes or {})) is not shared]
        if wrong:
            call = given(wrong[0])
            return failed(words, f"{call.interceptor} found {call.attributes!r}"[:300], [wrong[0].index])
        return passed(words, (entry.index for entry, _ in later))

    return check


def _later(history: History, marks: set[str]) -> list[tuple[Entry, str]]:
    """Return the calls before which another interceptor was given the same message, and that interceptor."""
    first: dict[str, str] = {}
    found = []
    for entry in history.of(Intercept):
        mark, name = mark_of(given(entry).message), given(entry).interceptor
        if mark not in marks:
            continue
        if first.setdefault(mark, name) != name:
            found.append((entry, first[mark]))
    return found


def called_in_order(*interceptors: str, points: Sequence[Point], which: Which) -> Checker:
    """At each of the points a message's interceptors are called in the order in which they were added."""

    def check(history: History) -> Finding:
        words = f"interceptors are called in the order {', '.join(interceptors)}"
        chosen = {one.mark for one in sent(history, which)}
        made = [entry for entry in history.of(Intercept) if given(entry).point in points]
        made = sorted((e for e in made if mark_of(given(e).message) in chosen), key=_of_message)
        if not made:
            return unknown("no interceptor was called", words)
        for (mark, point), group in groupby(made, key=_of_message):
            entries = sorted(group, key=lambda entry: entry.invoked)
            if [given(entry).interceptor for entry in entries] != list(interceptors):
                names = ", ".join(given(entry).interceptor for entry in entries)
                return failed(words, f"{point} was called of {names} for {mark}", (e.index for e in entries))
        return passed(words, (entry.index for entry in made))

    return check


def _of_message(entry: Entry) -> tuple[str, str]:
    return mark_of(given(entry).message), str(given(entry).point)


def called_for_given(consumer: str, point: Point, times: Callable[[list[Entry]], Sequence[int]], words: str) -> Checker:
    """Interceptors of a consumer are called at a point as often as `times` says for the entries that gave it messages."""

    def check(history: History) -> Finding:
        came = list({one.entry.index: one.entry for one in deliveries(history) if one.consumer == consumer}.values())
        if not came:
            return unknown(f"{consumer} was given nothing", words)
        made = [entry for entry in calls(history, point) if entry.op.on == consumer]
        if len(made) in times(came):
            return passed(words, (entry.index for entry in made[:3]))
        return failed(words, f"{point} was called {len(made)} times", (entry.index for entry in (*came[:3], *made[:3])))

    return check


def for_each_message(came: list[Entry]) -> Sequence[int]:
    """As often as messages were given."""
    return [sum(len(entry.op.messages) if isinstance(entry.op, Deliver) else _pulled(entry) for entry in came)]


def for_each_call(came: list[Entry]) -> Sequence[int]:
    """As often as a listener was called."""
    return [len(came)]


def never(_: list[Entry]) -> Sequence[int]:
    """Never."""
    return [0]


def all_but_one(came: list[Entry]) -> Sequence[int]:
    """As often as a listener was called, but perhaps for its last call, which may go on."""
    return range(max(1, len(came) - 1), len(came) + 1)


def _pulled(entry: Entry) -> int:
    return len(entry.result) if isinstance(entry.result, tuple) else 1
