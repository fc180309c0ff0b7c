"""What an implementation does with optional parts that it does not offer."""

from __future__ import annotations

from tck.checkers.headers import extension
from tck.checkers.matching import received, sent
from tck.history import History, Outcome
from tck.messages import ExtensionHeader
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def dropped_in_silence(history: History) -> Finding:
    """A message with an extension field that is not offered is refused with UNSUPPORTED, or arrives with the field."""
    words = "the send fails with an error of kind UNSUPPORTED, or the field arrives"
    seen = 0
    come = {one.sent.mark: one for one in received(history) if one.sent}
    for one in sent(history):
        header = one.message.extension_header or ExtensionHeader()
        for field in header.__struct_fields__:
            if getattr(header, field) is None or _offered(history, field):
                continue
            seen += 1
            if one.outcome is Outcome.FAIL:
                if one.done.error and one.done.error.kind != "UNSUPPORTED":
                    return failed(words, f"the send with {field} failed with {one.done.error}", [one.done.index])
            elif one.mark not in come:
                return unknown(f"{one.label} never came", words, [one.entry.index])
            elif extension(field)(come[one.mark].message) != getattr(header, field):
                text = f"{field} was accepted, and {one.label} came without it"
                return failed(words, text, [one.entry.index, come[one.mark].index])
    if not seen:
        return not_applicable("every field of the extension header that a client sets is offered")
    return passed(f"{seen} messages with a field that is not offered")


def _offered(history: History, field: str) -> bool:
    return history.origin.capabilities.get(f"extension_header.{field}", "absent") != "absent"
