"""What an implementation does with optional parts that it does not offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tck.checkers.answers import Checker, Select, never_ended, unanswered
from tck.checkers.headers import each_received, extension
from tck.checkers.hearing import listened_after
from tck.checkers.matching import Sent, by_message, received, sent
from tck.checkers.ways import ONEWAY, was_refused
from tck.history import History
from tck.messages import ExtensionHeader, Message
from tck.operations import ErrorKind, Operation, Send, name
from tck.verdicts import Finding, failed, not_applicable, passed, unknown

Part = Callable[[Message], Any]
EXACTLY_ONCE = 2


def dropped_in_silence(by: type[Operation] = Send, *fields: str) -> Checker:
    """A message with an extension field (one of these) that is not offered is refused with UNSUPPORTED, or arrives with it."""

    def lacking(history: History, one: Sent) -> dict[str, Part]:
        header = one.message.extension_header or ExtensionHeader()
        return {
            field: extension(field)
            for field in fields or header.__struct_fields__
            if getattr(header, field) is not None and not history.origin.offers(f"extension_header.{field}")
        }

    return _refused_or_whole(by, lacking, "every field of the extension header that a client sets is offered")


def part_dropped_in_silence(
    capability: str,
    word: str,
    part: Part,
    *,
    lost: Part | None = None,
    kinds: tuple[ErrorKind, ...] = (),
    by: type[Operation] = Send,
) -> Checker:
    """A message with some part that is not offered is refused with UNSUPPORTED (or `kinds`), or arrives with it.

    The message's own `part` tells whether it has it; what must arrive is `lost`, the same if not given.
    """

    def lacking(history: History, one: Sent) -> dict[str, Part]:
        has = part(one.message) is not None and not history.origin.offers(capability)
        return {word: lost or part} if has else {}

    return _refused_or_whole(by, lacking, f"{word} is offered", *kinds)


def _refused_or_whole(
    by: type[Operation], lacking: Callable[[History, Sent], dict[str, Part]], why_not: str, *kinds: ErrorKind
) -> Checker:
    """Judge what was sent with parts that are not offered: refused with UNSUPPORTED or one of `kinds`, or received with them.

    What was sent oneway may also not be received at all; of it the reading that is followed is told.
    """
    allowed = (ErrorKind.UNSUPPORTED, *kinds)
    words = f"the send fails with an error of kind {' or '.join(allowed)}, or what was set arrives"

    def check(history: History) -> Finding:
        seen = 0
        come = {one.sent.mark: one for one in received(history) if one.sent}
        readings = set()
        for one in sent(history, lambda s: isinstance(s.entry.op, by)):
            for word, part in lacking(history, one).items():
                seen += 1
                if was_refused(one):
                    if one.done.error and one.done.error.kind not in allowed:
                        return failed(words, f"the send with {word} failed with {one.done.error}", [one.done.index])
                    readings.add("error")
                elif one.mark not in come:
                    if by not in ONEWAY or not listened_after(history, one.done.completed or 0):
                        return unknown(f"{one.label} never came", words, [one.entry.index])
                    readings.add("nothing")
                elif part(come[one.mark].message) != part(one.message):
                    text = f"{word} was accepted, and {one.label} came without it"
                    return failed(words, text, [one.entry.index, come[one.mark].index])
        if not seen:
            return not_applicable(why_not)
        reading = readings.pop() if by in ONEWAY and len(readings) == 1 else ""
        return msgspec.structs.replace(passed(f"{seen} messages with what is not offered"), reading=reading)

    return check


def refused_or_honoured(qos: int, by: type[Operation] = Send) -> Checker:
    """A message that asks for a qos that is not offered is refused with UNSUPPORTED, and nothing of it comes; or it is honoured.

    That is: with qos 1 it is not handed out twice, and with qos 2 it comes as one of qos 2, and just once.
    """
    words = f"qos {qos} is refused with an error of kind UNSUPPORTED, and nothing of it is delivered; or it is honoured"

    def check(history: History) -> Finding:
        asked = sent(history, lambda s: s.message.header.qos == qos and isinstance(s.entry.op, by))
        come = by_message(history)
        lost = []
        for one in asked:
            group = come.get(one.mark, [])
            if was_refused(one):
                if one.done.error and one.done.error.kind != "UNSUPPORTED":
                    return failed(words, f"the send of {one.label} failed with {one.done.error}", [one.done.index])
                if group:
                    return failed(words, f"{one.label} was refused, and delivered", [one.done.index, group[0].index])
            elif len(group) > 1:
                text = f"{one.label} was accepted, and delivered {len(group)} times"
                return failed(words, text, (one.entry.index, *(got.index for got in group)))
            elif group and qos == EXACTLY_ONCE and group[0].message.header.qos != qos:
                text = f"{one.label} was accepted, and came with the qos {group[0].message.header.qos}"
                return failed(words, text, [one.entry.index, group[0].index])
            elif not group and by not in ONEWAY:
                lost.append(one)
        if lost:
            return unknown(f"{lost[0].label} was not refused, and never came", words, [lost[0].entry.index])
        if asked and not listened_after(history, max(one.done.completed or 0 for one in asked)):
            return unknown("nobody listened after they were sent", words)
        return passed(f"{len(asked)} were refused, or honoured") if asked else not_applicable(f"qos {qos} is offered")

    return check


def provided_or_refused(select: Select, *kinds: ErrorKind) -> Checker:
    """Each works, or fails with UNSUPPORTED, which is also what the kit writes down where an adapter has no such method.

    Errors of these further `kinds` are answers of a method that works.
    """
    words = "it works, or fails with an error of kind UNSUPPORTED"

    def check(history: History) -> Finding:
        entries = select(history)
        right = {ErrorKind.UNSUPPORTED, *kinds}
        told = [entry for entry in entries if entry.error and entry.error.kind not in right]
        wrong = [entry for entry in told if not unanswered(entry)]
        if wrong:
            text = "; ".join(f"{name(entry.op)} failed with {entry.error}" for entry in wrong)
            return failed(words, text, (entry.index for entry in wrong))
        if told or any(map(never_ended, entries)):
            return unknown("a method never returned, or timed out", words, (entry.index for entry in entries))
        if not entries:
            return not_applicable("every profile that has methods of its own is claimed")
        return passed(f"{len(entries)} methods of profiles that are not claimed: {words}", (e.index for e in entries))

    return check


def nothing_where_absent(capability: str, part: Part, word: str) -> Checker:
    """Where an optional part is not offered a received message has none of it."""

    def check(history: History) -> Finding:
        if history.origin.offers(capability):
            return not_applicable(f"{word} is offered")
        return each_received(
            f"no {word}", lambda one: f"its {word} is {part(one.message)!r}" if part(one.message) else ""
        )(history)

    return check


def refused_with(select: Select, *codes: int) -> Checker:
    """Each that is refused is refused with one of these status codes; where none is the clause says nothing."""
    words = f"an error with status {' or '.join(map(str, codes))} where it is refused"

    def check(history: History) -> Finding:
        entries = select(history)
        refused = [entry for entry in entries if entry.error and not unanswered(entry)]
        wrong = [entry for entry in refused if entry.error and entry.error.code not in codes]
        if wrong:
            return failed(words, "; ".join(str(entry.error) for entry in wrong), (entry.index for entry in wrong))
        if not entries or any(map(unanswered, entries)):
            return unknown("it was not tried to the end", words, (entry.index for entry in entries))
        return (
            passed(words, (e.index for e in refused)) if refused else not_applicable("nothing was refused for its size")
        )

    return check
