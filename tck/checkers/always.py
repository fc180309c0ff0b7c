"""What holds in every history, whatever its program is about: judged of each, and told only where it is broken."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import msgspec

from tck.checkers.answers import Checker
from tck.checkers.content import own, same_body, same_properties
from tck.checkers.delivery import same_when_redelivered
from tck.checkers.headers import each_received, extension, id_same_at_receiver, ids_are_unique, is_kept
from tck.checkers.matching import Received
from tck.history import Entry, History, once
from tck.messages import Boolean, Double, Float, String, Typed
from tck.operations import NOT_OFFERED, Error, Intercept, Operation, Routing, name
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def every_error(words: str, fault: Callable[[Error], bool]) -> Checker:
    """No error that an operation ended with is at `fault`; what the kit itself says of an adapter is none."""

    def check(history: History) -> Finding:
        told = _told(history)
        wrong = [(entry, error) for entry, error in told if fault(error)]
        if wrong:
            entry, error = wrong[0]
            more = f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            return failed(words, f"{name(entry.op)} failed with {error}{more}", (one.index for one, _ in wrong[:5]))
        return passed(f"{len(told)} errors: {words}") if told else unknown("nothing failed", words)

    return check


@once
def _told(history: History) -> tuple[tuple[Entry, Error], ...]:
    return tuple((one, one.error) for one in history.entries if one.error and one.error.text not in NOT_OFFERED)


def without(kind: type[Operation], checker: Checker) -> Checker:
    """What a checker finds of a history without operations of a kind, which change what it is about."""

    def check(history: History) -> Finding:
        return not_applicable(f"{kind.__name__} changes it") if history.of(kind) else checker(history)

    return check


def carried(words: str, fault: Callable[[Received], str]) -> Checker:
    """Each delivery is without fault, where no interceptor could have changed it."""
    return without(Intercept, each_received(words, fault, all_come=False))


def field_kept(field: str, what: str) -> Checker:
    """A field of the extension header that was set, and is offered, is received."""
    judge = each_received(
        f"the {what} that was sent",
        is_kept(extension(field), what),
        only=lambda one: bool(one.sent and extension(field)(one.sent.message)),
        all_come=False,
    )

    def check(history: History) -> Finding:
        offered = history.origin.offers(f"extension_header.{field}")
        return judge(history) if offered else not_applicable(f"{what} is not offered")

    return without(Intercept, check)


def plain_properties(one: Received) -> str:
    """Say which property of a kind that everybody carries is gone or has another value: printable texts, finite numbers."""
    if one.sent is None or one.sent.message.properties == one.message.properties:
        return ""
    properties = {key: value for key, value in own(one.sent.message).items() if key.isprintable() and _plain(value)}
    message = msgspec.structs.replace(one.sent.message, properties=properties)
    return same_properties()(msgspec.structs.replace(one, sent=msgspec.structs.replace(one.sent, message=message)))


def _plain(value: Typed) -> bool:
    if isinstance(value, Float | Double):
        return math.isfinite(value.value)
    return value.value.isprintable() if isinstance(value, String) else not isinstance(value, Boolean)


has_code = every_error("an error has a status code", lambda error: error.code is None)
has_text = every_error("an error has a text that describes it", lambda error: not error.text.strip())
not_success = every_error(
    "an error has no status that says success", lambda error: (error.code or 0) in range(1200, 1300)
)

ALWAYS: Mapping[str, Checker] = {
    "2.2.4-properties-kept": carried("every property is received", plain_properties),
    "2.2.5-data-not-modified": carried("the body is received as it was sent", same_body),
    "2.3.1-message-id-unique": ids_are_unique,
    "2.3.1-message-id-same-at-receiver": without(Routing, id_same_at_receiver),
    "2.3.1-message-id-kept-on-redelivery": without(
        Routing,
        same_when_redelivered(
            "message id",
            "a message that is delivered again bears the same id",
            lambda one: one.message.header.message_id,
        ),
    ),
    "api.Header.born-timestamp-kept-on-redelivery": without(
        Routing,
        same_when_redelivered(
            "born timestamp",
            "a message that is delivered again bears the same born timestamp",
            lambda one: one.message.header.born_timestamp,
        ),
    ),
    "ext.correlation-id-kept": field_kept("correlation_id", "correlationId"),
    "ext.message-key-kept": field_kept("message_key", "messageKey"),
    "ext.trace-id-kept": field_kept("trace_id", "traceId"),
    "api.OMSRuntimeException.error-code": has_code,
    "api.OMSRuntimeException.error-text": has_text,
    "api.OMSResponseStatus.error-not-success": not_success,
}
"""The clauses that every history speaks to, and how each is judged."""
