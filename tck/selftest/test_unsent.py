"""The checkers of messages that are not sent, on histories that were written by hand, and how such messages are filled."""

from __future__ import annotations

import pytest

from tck.checkers.answers import Checker
from tck.checkers.headers import extension, header
from tck.checkers.unsent import (
    body,
    kept_as_made,
    properties_as_put,
    reads_as_set,
    where_it_can_be_set,
    writable,
)
from tck.connection import Connection
from tck.history import MARK
from tck.messages import Boolean, ExtensionHeader, Header, Integer, Message, Short, String
from tck.operations import Error, ErrorKind, FillMessage, ValueKind
from tck.programs import Program, client, message, producer
from tck.runner import run
from tck.selftest.histories import CALIBRATION, REFUSED, Did, did, history
from tck.targets import target

priority, key = reads_as_set(header("priority"), "priority"), reads_as_set(extension("message_key"), "messageKey")
optional = where_it_can_be_set(header("priority"), "priority")
an_int, data = properties_as_put(ValueKind.INT), reads_as_set(body, "body")
NOT_OFFERED = Error(ErrorKind.UNSUPPORTED, 1400, "no priorities here")
HIGH, LOW = Message(Header(priority=9)), Message(Header(priority=1))
KEY = Message(Header(), ExtensionHeader(message_key="k"))
BODY = Message(body=b"set")
BOTH = Message(Header(priority=9, born_host="h"))


def fill(*settings: Message, reads: Message | None = None, **line: object) -> Did:
    """Make a message to q with the body `made`, set fields of it, and read it."""
    return did(FillMessage("q", b"made", settings), "p", reads, **line)


def read(extension_header: ExtensionHeader | None = None, **fields: object) -> Message:
    """Return a message as it is read: to q, with the body `made`, where nothing else is said."""
    properties, data = fields.pop("properties", {}), fields.pop("body", b"made")
    return Message(Header(**{"destination": "q", **fields}), extension_header, properties, data)


def put(**properties: object) -> Message:
    """Return a message with properties alone."""
    return Message(properties=properties)


JUDGED: dict[str, tuple[Checker, tuple[Did, ...], str]] = {
    "as set": (priority, (fill(HIGH, reads=read(priority=9)),), "PASS"),
    "as set last": (priority, (fill(HIGH, LOW, reads=read(priority=1)),), "PASS"),
    "as set first": (priority, (fill(HIGH, LOW, reads=read(priority=9)),), "FAIL"),
    "not set at all": (priority, (fill(HIGH, reads=read()),), "FAIL"),
    "zero reads as unset": (priority, (fill(Message(Header(priority=0)), reads=read()),), "PASS"),
    "zero reads as one": (priority, (fill(Message(Header(priority=0)), reads=read(priority=1)),), "FAIL"),
    "what another setting leaves out stays": (priority, (fill(HIGH, KEY, reads=read(priority=9)),), "PASS"),
    "refused": (priority, (fill(HIGH, error=NOT_OFFERED),), "FAIL"),
    "refused, as it may be": (optional, (fill(HIGH, error=NOT_OFFERED),), "NOT APPLICABLE"),
    "failed otherwise": (optional, (fill(HIGH, error=REFUSED),), "FAIL"),
    "never ended": (priority, (fill(HIGH, unknown=True),), "UNKNOWN"),
    "another field was set": (priority, (fill(KEY, reads=read(ExtensionHeader(message_key="k"))),), "UNKNOWN"),
    "the extension header": (key, (fill(KEY, reads=read(ExtensionHeader(message_key="k"))),), "PASS"),
    "no extension header": (key, (fill(KEY, reads=read()),), "FAIL"),
    "a property": (an_int, (fill(put(a=Integer(1)), reads=read(properties={"a": Integer(1)})),), "PASS"),
    "a property of another type": (an_int, (fill(put(a=Integer(1)), reads=read(properties={"a": Short(1)})),), "FAIL"),
    "no property": (an_int, (fill(put(a=Integer(1)), reads=read()),), "FAIL"),
    "an int after a text": (
        an_int, (fill(put(a=String("x")), put(a=Integer(1)), reads=read(properties={"a": Integer(1)})),), "PASS"),
    "a text after an int": (an_int, (fill(put(a=Integer(1)), put(a=String("x")), reads=read()),), "UNKNOWN"),
    "no int was put": (an_int, (fill(put(a=Boolean(value=True)), reads=read()),), "UNKNOWN"),
    "the body": (data, (fill(BODY, reads=read(body=b"set")),), "PASS"),
    "the body as it was made": (data, (fill(BODY, reads=read()),), "FAIL"),
    "the rest as it was made": (kept_as_made, (fill(HIGH, reads=read(priority=9)),), "PASS"),
    "another queue": (kept_as_made, (fill(HIGH, reads=read(destination="r")),), "FAIL"),
    "another body": (kept_as_made, (fill(HIGH, reads=read(body=b"")),), "FAIL"),
    "the queue while the body is set": (kept_as_made, (fill(BODY, reads=read(body=b"set")),), "PASS"),
    "no queue while the body is set": (kept_as_made, (fill(BODY, reads=read(destination=None, body=b"set")),), "FAIL"),
    "all was set": (kept_as_made, (fill(Message(Header("r"), body=b"x"), reads=read()),), "UNKNOWN"),
    "all of the header": (writable, (fill(BOTH, reads=read(priority=9, born_host="h")),), "PASS"),
    "some of the header": (writable, (fill(BOTH, reads=read(priority=9)),), "PASS"),
    "none of the header": (writable, (fill(BOTH, reads=read(priority=1)),), "FAIL"),
    "one field alone": (writable, (fill(HIGH, reads=read(priority=9)),), "UNKNOWN"),
}  # fmt: skip


@pytest.mark.parametrize("name", JUDGED)
def test_unsent_messages_are_judged(name: str) -> None:
    checker, lines, verdict = JUDGED[name]
    finding = checker(history(*lines))
    assert finding.verdict == verdict, finding


@pytest.mark.parametrize("checker", [priority, optional, an_int, data, kept_as_made, writable])
def test_an_empty_history_never_passes(checker: Checker) -> None:
    assert checker(history()).verdict == "UNKNOWN"


def test_a_finding_names_the_field_and_both_values() -> None:
    finding = priority(history(fill(HIGH, LOW, reads=read(priority=9))))
    assert finding.actual == "the priority reads 9, not 1"
    assert finding.operations == (1,)


def test_messages_are_filled_by_any_factory_and_not_marked() -> None:
    steps = FillMessage("q", b"made", (HIGH, message("r", b"set"), KEY))
    program = Program.of(producer("p", steps), client("point", FillMessage("q", b"", (), on="ap")), queues=("q", "r"))
    memory = target("memory").adapter
    seen = run(program, Connection("memory", memory, memory.access_point), CALIBRATION)
    filled, plain = (entry.result for entry in sorted(seen.of(FillMessage), key=lambda entry: entry.client))
    assert filled == Message(Header(seen.real("r"), priority=9), KEY.extension_header, {}, b"set")
    assert plain == Message(Header(seen.real("q")), body=b"")
    assert MARK not in filled.properties
