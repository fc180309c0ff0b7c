"""Whether what the sender wrote arrives as it was: body, properties, types."""

from __future__ import annotations

from collections.abc import Callable

from tck.checkers.answers import Checker
from tck.checkers.headers import each_received
from tck.checkers.hearing import awaited
from tck.checkers.matching import Received, Which, received, sent
from tck.checkers.ways import ONEWAY, was_refused
from tck.history import MARK, History, Outcome
from tck.messages import Double, Float, Message, Properties, String, Typed, Value
from tck.operations import Deliver
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def own(message: Message) -> Properties:
    """Return a message's properties without the kit's mark."""
    return {key: value for key, value in message.properties.items() if key != MARK}


def same_body(one: Received) -> str:
    """Say how a body differs from the one that was sent; an absent one and an empty one are the same."""
    expected, actual = (one.sent.message.body if one.sent else None) or b"", one.message.body or b""
    if expected == actual:
        return ""
    place = next(
        (i for i, (a, b) in enumerate(zip(expected, actual, strict=False)) if a != b), min(len(expected), len(actual))
    )
    return (
        f"a body of {len(expected)} bytes was received with {len(actual)}, different from byte {place} on: "
        f"{expected[place : place + 16]!r} became {actual[place : place + 16]!r}"
    )


def same_properties(*kinds: type[Value], keys: bool = False) -> Callable[[Received], str]:
    """Return the fault of a received message of which a property (of these types) is gone or has another value.

    Where `keys`, only the keys are compared.
    """

    def fault(one: Received) -> str:
        expected = own(one.sent.message) if one.sent else {}
        actual = own(one.message)
        for key, value in expected.items():
            if kinds and not isinstance(value, kinds):
                continue
            if key not in actual:
                return f"property {_text(key)} of type {_type(value)} is gone; there are {_text(sorted(actual)[:8])}"
            if not keys and not _equal(value, actual[key]):
                return f"property {_text(key)} was {_text(value)}, received {_text(actual[key])}"
        return ""

    return fault


def _equal(a: Typed, b: Typed) -> bool:
    """Compare values alone: a type that changed is another clause's matter. NaN equals NaN, and 0.0 is not -0.0."""
    if isinstance(a, Float | Double) and isinstance(b, Float | Double):
        return a.text == b.text
    return a.value == b.value


def same_types(one: Received) -> str:
    """Say which property has another type than it was sent with."""
    expected = own(one.sent.message) if one.sent else {}
    for key, value in own(one.message).items():
        if key in expected and type(expected[key]) is not type(value):
            return f"property {_text(key)} was of type {_type(expected[key])}, received as {_type(value)}"
    return ""


def nothing_added(one: Received) -> str:
    """Say which property the sender did not set."""
    added = sorted(set(own(one.message)) - set(own(one.sent.message) if one.sent else ()))
    return f"it has the properties {_text(added[:5])}, which the sender did not set" if added else ""


def _type(value: Typed) -> str:
    return str(value.__struct_config__.tag)


def _text(value: object) -> str:
    text = repr(value)
    return text if len(text) < 120 else f"{text[:80]}… ({len(text)} characters)"


def body_kept() -> Checker:
    """Every body arrives byte for byte."""
    return each_received("the body is received byte for byte as it was sent", same_body)


def kept_or_refused(kind: str, which: Which = lambda _: True) -> Checker:
    """Every message that `which` selects is refused with an error of a kind, or accepted and received as it was sent.

    One that was sent oneway may also not be received.
    """

    def check(history: History) -> Finding:
        words = f"the send fails with an error of kind {kind}, or the message is received as it was sent"
        come = {one.sent.mark: one for one in received(history) if one.sent}
        chosen = sent(history, which)
        for one in chosen:
            if was_refused(one):
                if one.done.error and one.done.error.kind != kind:
                    return failed(words, f"{one.label}: the send failed with {one.done.error}", [one.done.index])
            elif isinstance(one.entry.op, ONEWAY) and one.mark not in come:
                if not awaited(history, one):
                    return unknown("nobody listened after it was sent", words)
            elif one.outcome is Outcome.UNKNOWN and not isinstance(one.entry.op, ONEWAY):
                return unknown(f"{one.label}: the send never ended", words, [one.entry.index])
            elif one.mark not in come:
                text = f"{one.label} was accepted and never came"
                heard = awaited(history, one)
                return (
                    failed(words, text, [one.entry.index]) if heard else unknown(f"{text}, but nobody listened", words)
                )
            elif fault := same_body(come[one.mark]):
                return failed(words, f"{one.label}: {fault}", [one.entry.index, come[one.mark].index])
        return passed(f"{len(chosen)} messages") if chosen else unknown("nothing was sent", words)

    return check


def refused(kind: str) -> Checker:
    """Every message is refused with an error of a kind, and nothing of it is received."""

    def check(history: History) -> Finding:
        words = f"the send fails with an error of kind {kind}, and nothing of it is received"
        tried = [one for one in sent(history) if own(one.message)]
        come = {one.sent.mark: one for one in received(history) if one.sent}
        for one in tried:
            if one.outcome is Outcome.UNKNOWN:
                return unknown(f"{one.label}: the send never ended", words, [one.entry.index])
            if one.accepted:
                return failed(words, f"the send of {_text(own(one.message))} succeeded", [one.entry.index])
            if one.done.error and one.done.error.kind != kind:
                return failed(
                    words, f"the send of {_text(own(one.message))} failed with {one.done.error}", [one.done.index]
                )
            if one.mark in come:
                return failed(words, f"{one.label} was refused, and received", [one.done.index, come[one.mark].index])
        if not tried:
            return unknown("nothing was sent", words)
        if not all(awaited(history, one) for one in tried):
            return unknown("nobody listened after they were refused", words)
        return passed(f"{len(tried)} messages were refused")

    return check


def batches_are_not_empty(history: History) -> Finding:
    """A batch listener is never called with nothing."""
    words = "a batch listener is called with at least one message"
    calls = [entry for entry in history.of(Deliver) if entry.op.batch]  # type: ignore[union-attr] # a Deliver has it
    empty = [entry.index for entry in calls if not entry.op.messages]  # type: ignore[union-attr] # a Deliver has them
    if empty:
        return failed(words, f"{len(empty)} calls with an empty batch", empty)
    return passed(f"{len(calls)} calls") if calls else unknown("it was never called", words)


def all_arrive_with(history: History, fault: Callable[[Received], str]) -> Finding:
    """Every message is accepted and received, and `fault` finds nothing wrong with it."""
    words = "the message is accepted, and received as it was sent"
    tried = sent(history)
    refused_ = [one for one in tried if one.outcome is Outcome.FAIL]
    if refused_:
        return failed(
            words, f"{refused_[0].label}: the send failed with {refused_[0].done.error}", [refused_[0].done.index]
        )
    come = {one.sent.mark for one in received(history) if one.sent}
    lost = [one for one in tried if one.accepted and one.mark not in come]
    if not all(awaited(history, one) for one in lost):
        return unknown("nobody listened after they were accepted", words)
    if lost:
        return failed(words, f"{lost[0].label} was accepted and never came", [lost[0].entry.index])
    return each_received(words, fault)(history)


def is_value_of_property(one: Received) -> str:
    """Say which text field of the header took its value from a property."""
    texts = {str(value.value) for value in own(one.message).values() if isinstance(value, String)}
    for field in ("message_id", "destination", "born_host", "compression"):
        if getattr(one.message.header, field) in texts:
            return f"the header's {field} is {_text(getattr(one.message.header, field))}, the value of a property"
    return ""


def where_batches_have_several(checker: Checker) -> Checker:
    """Judge only where a batch listener was given several messages at once: of a batch of one nothing is left over."""

    def check(history: History) -> Finding:
        calls = [entry for entry in history.of(Deliver) if isinstance(entry.op, Deliver) and entry.op.batch]
        if calls and all(len(entry.op.messages) == 1 for entry in calls if isinstance(entry.op, Deliver)):
            return not_applicable("every batch that was delivered had one message")
        return checker(history)

    return check
