"""The checkers of receiving at a position, on handwritten histories, and the step that finds the position."""

from __future__ import annotations

from typing import Any

import pytest

from tck.checkers.answers import Checker, fails, ops
from tck.checkers.later import gives_from, gives_no_other, header_itself, provides, where_nothing_follows
from tck.messages import ExtensionHeader
from tck.operations import Error, ErrorKind, ReceiveAt
from tck.programs import Program, ReceiveFrom, ReceiveUntil, client, producer, pull_consumer
from tck.programs import send as sending
from tck.runner import run
from tck.selftest.histories import TIMEOUT, Did, did, got, history, received, send
from tck.selftest.test_runner import CALM, hostile

AT = ops(ReceiveAt)
THAT, AFTER, OWN, OFFERED = gives_from(AT, 0), gives_from(AT, 1), gives_no_other(AT), provides(AT)
LAST = where_nothing_follows(ops(ReceiveAt, at=0), ops(ReceiveAt, at=1), fails(ops(ReceiveAt, at=1), ErrorKind.TIMEOUT))
ABSENT = Error(ErrorKind.UNSUPPORTED, None, "no such method")
PULLED = (send(1), send(2), send(3), got(1), got(2), got(3))
SECOND = ExtensionHeader(partition=1)
OTHERWISE = (send(1), send(2), send(3), got(3), got(1), got(2))
BY_OFFSET = (send(2), send(1), *(got(n, extension=ExtensionHeader(offset=n)) for n in (2, 1)))
AT_ONCE = (send(1, at=(1, 9)), send(2, at=(2, 8)), got(1), got(2))
BY_ANOTHER = (send(1), send(2), got(1), got(2), got(1, "d", receipt="again"))
HEADED = send(1, extension=ExtensionHeader(trace_id="t"))
OFFERS = {"extension_header": "native"}


def at(receipt: str, number: int | None = None, **rest: Any) -> Did:
    """Receive at the position of a receipt."""
    line = {key: rest.pop(key) for key in ("error", "unknown", "stalled", "at") if key in rest}
    return did(ReceiveAt("q", 0, receipt, 5.0), result=number and received(number, receipt="x", **rest), **line)


JUDGED: dict[str, tuple[Checker, tuple[Did, ...], str]] = {
    "that": (THAT, (*PULLED, at("r2", 2)), "PASS"),
    "not that": (THAT, (*PULLED, at("r2", 3)), "FAIL"),
    "after": (AFTER, (*PULLED, at("r2", 3)), "PASS"),
    "not after": (AFTER, (*PULLED, at("r2", 1)), "FAIL"),
    "null": (AFTER, (*PULLED, at("r2")), "FAIL"),
    "an error": (AFTER, (*PULLED, at("r2", error=TIMEOUT)), "FAIL"),
    "no time": (AFTER, (*PULLED, at("r2", error=TIMEOUT, at=(20, 5020), stalled=3.8)), "UNKNOWN"),
    "time enough": (AFTER, (*PULLED, at("r2", error=TIMEOUT, at=(20, 5020), stalled=3.7)), "FAIL"),
    "no end": (AFTER, (*PULLED, at("r2", unknown=True)), "UNKNOWN"),
    "after the last": (AFTER, (*PULLED, at("r3", 1)), "UNKNOWN"),
    "pulled in another order": (AFTER, (*OTHERWISE, at("r2", 3)), "PASS"),
    "pulled next, not sent next": (AFTER, (*OTHERWISE, at("r1", 3)), "FAIL"),
    "in the order of offsets": (AFTER, (*BY_OFFSET, at("r1", 2)), "PASS"),
    "against the order of offsets": (AFTER, (*BY_OFFSET, at("r2", 1)), "UNKNOWN"),
    "sent at the same time": (AFTER, (*AT_ONCE, at("r1", 2)), "UNKNOWN"),
    "a receipt of the second who pulled it": (AFTER, (*BY_ANOTHER, at("again", 2)), "PASS"),
    "pulled last, not the last": (LAST, (*OTHERWISE, at("r1", 2), at("r2", error=TIMEOUT)), "UNKNOWN"),
    "the last, though not pulled last": (LAST, (*OTHERWISE, at("r1", 2), at("r3", error=TIMEOUT)), "PASS"),
    "a receipt of nobody": (THAT, (*PULLED, at("r9", 1)), "UNKNOWN"),
    "its own": (OWN, (*PULLED, at("r2", 3)), "PASS"),
    "another queue's": (OWN, (*PULLED, at("r2", 3, destination="r")), "FAIL"),
    "another partition's": (OWN, (*PULLED, at("r2", 3, extension=SECOND)), "FAIL"),
    "nothing at all": (OWN, (*PULLED, at("r3", error=TIMEOUT)), "UNKNOWN"),
    "in time": (LAST, (*PULLED, at("r1", 2), at("r3", error=TIMEOUT)), "PASS"),
    "null in time": (LAST, (*PULLED, at("r1", 2), at("r3")), "FAIL"),
    "not the last": (LAST, (*PULLED, at("r1", 2), at("r2", error=TIMEOUT)), "UNKNOWN"),
    "the last itself": (LAST, (*PULLED, at("r1", 1), at("r3", 3)), "NOT APPLICABLE"),
    "not known": (LAST, (at("r1", 1), at("r3", 3)), "UNKNOWN"),
    "offered": (OFFERED, (*PULLED, at("r3", error=TIMEOUT)), "PASS"),
    "not offered": (OFFERED, (*PULLED, at("r3", error=ABSENT)), "FAIL"),
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_history_is_judged_as_it_should_be(name: str) -> None:
    checker, lines, verdict = JUDGED[name]
    assert checker(history(*lines)).verdict == verdict


def test_an_extension_header_is_there_where_it_is_offered() -> None:
    assert header_itself(history(HEADED, got(1, extension=SECOND), capabilities=OFFERS)).verdict == "PASS"
    assert header_itself(history(HEADED, got(1), capabilities=OFFERS)).verdict == "FAIL"
    assert header_itself(history(HEADED, capabilities=OFFERS)).verdict == "UNKNOWN"
    assert header_itself(history(HEADED, got(1))).verdict == "PASS"
    assert header_itself(history(HEADED, got(1, extension=SECOND))).verdict == "FAIL"


def test_a_position_is_found_by_the_body() -> None:
    program = Program.of(producer("p", *(sending("q", body, extension=SECOND) for body in (b"1", b"2"))))
    program = program.then(pull_consumer("c", ("q",), ReceiveUntil(2)))
    seen = run(program.then(client("c", ReceiveFrom(b"1"), ReceiveFrom(b"3"), ReceiveFrom(b"1"))), hostile(), CALM)
    (entry,) = seen.of(ReceiveAt)
    assert isinstance(entry.op, ReceiveAt)
    assert (entry.op.queue, entry.op.partition, entry.op.timeout) == (seen.real("q"), 1, CALM.patience)
    assert entry.result is not None
    assert entry.result.body == b"2"
    assert "nothing with the body b'3' was pulled" in str(seen.entries[-1].op)
