"""The checkers of headers and of what matches what, on handwritten histories with known verdicts."""

from __future__ import annotations

import msgspec
import pytest

from tck.checkers import headers
from tck.checkers.answers import Checker
from tck.checkers.headers import each_received, each_sent, extension, header, is_kept, is_replaced, not_empty
from tck.checkers.matching import acknowledged, received, sent
from tck.checkers.optional import dropped_in_silence
from tck.history import History, Outcome
from tck.messages import ExtensionHeader, Header
from tck.operations import Error, ErrorKind
from tck.selftest.histories import (
    EPOCH,
    REFUSED,
    TIMEOUT,
    Did,
    ack,
    batch,
    bind,
    context_ack,
    get,
    got,
    history,
    pushed,
    send,
    send_async,
)
from tck.selftest.judging import verdicts

UNSUPPORTED = Error(ErrorKind.UNSUPPORTED, 1400, "no such field")
HOUR = 3_600_000

born = each_sent("born in the interval", headers.born_in_interval)
born_received = each_received("born before the receipt", headers.born_before_receipt)
stored = each_received("stored in the interval", headers.stored_in_interval)
kept = each_received("the destination", is_kept(header("destination"), "destination"))
has_host = each_received("a host", not_empty(header("born_host"), "born host"))
replaced = each_received("not the preset", is_replaced(header("born_host"), "born host"))


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


def at(stamp: int | None) -> ExtensionHeader:
    """Return an extension header with a store timestamp."""
    return ExtensionHeader(store_timestamp=stamp)


PASS = {
    "each result of its own message": case(
        headers.each_result_is_its_own, send(1), send_async(2), get(2), got(2), got(1), got(1)
    ),
    "ids differ": case(headers.ids_are_unique, send(1), send(2), got(1), got(2), got(1)),
    "the id of the send": case(headers.id_same_at_receiver, send(1), got(1)),
    "the future's id": case(headers.async_id, send_async(1), get(1), got(1)),
    "a future's name used again": case(
        headers.async_id, send_async(1), get(1), send_async(2), get(2), got(1), got(2)
    ),
    "ids of a future's name used again": case(
        headers.ids_are_unique, send_async(1), get(1), send_async(2), get(2)
    ),
    "asked again": case(headers.get_again, send_async(1), get(1), get(1)),
    "born while it was sent": case(born, send(1, stamp=EPOCH + 2)),
    "born before the clock was set back": case(
        born, send(1, stamp=EPOCH + 3, at=(2, 6), wall=(EPOCH + 2, EPOCH - HOUR))
    ),
    "born after the clock was set back": case(
        born, send(1, stamp=EPOCH - HOUR, at=(2, 6), wall=(EPOCH + 2, EPOCH - HOUR))
    ),
    "born after the clock was set forward": case(
        born, send(1, stamp=EPOCH + HOUR, at=(2, 6), wall=(EPOCH + 2, EPOCH + HOUR))
    ),
    "born before it came": case(born_received, send(1), got(1, born_timestamp=EPOCH + 3)),
    "it came after the clock was set back": case(
        born_received, send(1, at=(2, 3)), got(1, born_timestamp=EPOCH + 2, at=(4, 5), wall=(EPOCH - HOUR, EPOCH - HOUR))
    ),
    "stored by another clock": case(stored, send(1), got(1, extension=at(EPOCH + 50_000))),
    "the count grows": case(
        headers.delivery_count_grows, send(1), got(1, delivery_count=1), got(1, "d", delivery_count=2)
    ),
    "the count grows, in the order of arrival": case(
        headers.delivery_count_grows, send(1, at=(1, 2)), got(1, "d", delivery_count=2, at=(3, 9)),
        got(1, delivery_count=1, at=(4, 5)),
    ),
    "first counts of 1": case(
        headers.first_delivery_count(1), send(1), got(1, delivery_count=1), got(1, "d", delivery_count=2)
    ),
    "first counts of 0": case(headers.first_delivery_count(0), send(1), got(1, delivery_count=0)),
    "kept": case(kept, send(1), got(1)),
    "not empty": case(has_host, send(1), got(1, born_host="h")),
    "replaced": case(replaced, send(1, born_host="mine"), got(1, born_host="theirs")),
    "received ids": case(headers.received_ids_differ, batch(1, 2), got(1), got(2)),
    "refused, the field is not offered": case(
        dropped_in_silence(), send(1, extension=ExtensionHeader(trace_id="t"), error=UNSUPPORTED)
    ),
    "it arrives, though not claimed": case(
        dropped_in_silence(), send(1, extension=ExtensionHeader(trace_id="t")),
        got(1, extension=ExtensionHeader(trace_id="t")),
    ),
}  # fmt: skip

FAIL = {
    "the result of another message": (
        case(headers.each_result_is_its_own, send(1, gives="b"), got(1, message_id="a")), "told as 'b'",
    ),
    "one id twice": (case(headers.ids_are_unique, send(1, gives="a"), send(2, gives="a")), "2 messages have the id 'a'"),
    "one id twice at the receiver": (
        case(headers.ids_are_unique, batch(1, 2), got(1, message_id="a"), got(2, message_id="a")),
        "2 messages have the id 'a'"),
    "another id at the receiver": (
        case(headers.id_same_at_receiver, send(1), got(1, message_id="z")), "returned 'id-1', received 'z'"),
    "no id at the receiver": (
        case(headers.id_same_at_receiver, send(1), got(1, message_id=None)), "returned 'id-1', received None"),
    "a future without an id": (case(headers.async_id, send_async(1), get(None), got(1)), "gave the id None"),
    "a future's other id": (case(headers.async_id, send_async(1), get(1), got(1, message_id="z")), "received 'z'"),
    "another id when asked again": (case(headers.get_again, send_async(1), get(1), get(2)), "'id-1', 'id-2'"),
    "born too early": (case(born, send(1, stamp=EPOCH - HOUR)), f"born at {EPOCH - HOUR}"),
    "never born": (case(born, send(1)), "no born timestamp"),
    "born in seconds": (case(born, send(1, stamp=EPOCH // 1000)), f"born at {EPOCH // 1000}"),
    "born after it came": (case(born_received, send(1), got(1, born_timestamp=EPOCH + HOUR)), "received at"),
    "received unborn": (case(born_received, send(1), got(1)), "no born timestamp"),
    "stored an hour off": (case(stored, send(1), got(1, extension=at(EPOCH + HOUR))), "stored at"),
    "not stored": (case(stored, send(1), got(1)), "no store timestamp"),
    "the count stays": (
        case(headers.delivery_count_grows, send(1), got(1, delivery_count=1), got(1, delivery_count=1)),
        "had the delivery counts 1, 1"),
    "no count": (case(headers.delivery_count_grows, send(1), got(1), got(1)), "None, None"),
    "counts from 1 and 0": (
        case(headers.first_delivery_count(1), send(1), send(2), got(1, delivery_count=0), got(2, delivery_count=1)),
        "the counts"),
    "counts from 7": (case(headers.first_delivery_count(1), send(1), got(1, delivery_count=7)), "the counts 7"),
    "another destination": (case(kept, send(1), got(1, destination="r")), "was 'q', received 'r'"),
    "empty": (case(has_host, send(1), got(1, born_host="")), "its born host is ''"),
    "the preset": (case(replaced, send(1, born_host="mine"), got(1, born_host="mine")), "which the sender had set"),
    "one id for two": (
        case(headers.received_ids_differ, batch(1, 2), got(1, message_id="a"), got(2, message_id="a")), "2 messages"),
    "an empty id": (case(headers.received_ids_differ, batch(1), got(1, message_id="")), "a message has the id ''"),
    "dropped in silence": (
        case(dropped_in_silence(), send(1, extension=ExtensionHeader(trace_id="t")), got(1)),
        "trace_id was accepted, and message p.1 came without it"),
    "refused with another error": (
        case(dropped_in_silence(), send(1, extension=ExtensionHeader(trace_id="t"), error=REFUSED)), "OTHER 1503"),
}  # fmt: skip

UNKNOWN = {
    "a result of what never came": case(headers.each_result_is_its_own, send(1), send(2)),
    "one id is no evidence": case(headers.ids_are_unique, send(1), got(1)),
    "no result": case(headers.id_same_at_receiver, batch(1), got(1)),
    "no future completed": case(headers.async_id, send_async(1), got(1)),
    "a future that timed out": case(headers.async_id, send_async(1), get(None, error=TIMEOUT)),
    "none was received": case(headers.async_id, send_async(1), get(1)),
    "asked once": case(headers.get_again, send_async(1), get(1)),
    "no send succeeded": case(born, send(1, error=REFUSED)),
    "nothing came": case(born_received, send(1)),
    "nothing was stored": case(stored, send(1)),
    "never again": case(headers.delivery_count_grows, send(1), got(1, delivery_count=1)),
    "nothing was delivered": case(headers.first_delivery_count(1), send(1)),
    "nothing kept": case(kept, send(1)),
    "nothing received": case(headers.received_ids_differ, send(1)),
    "the field never came": case(dropped_in_silence(), send(1, extension=ExtensionHeader(trace_id="t"))),
    "only strangers came": case(kept, send(1), got(9)),
}

ALL = (
    headers.ids_are_unique, headers.id_same_at_receiver, headers.async_id, headers.get_again, born, born_received,
    stored, headers.delivery_count_grows, headers.first_delivery_count(1), kept, has_host, replaced,
    headers.received_ids_differ,
)  # fmt: skip


TestVerdicts = verdicts(PASS, FAIL, UNKNOWN, ALL)


def test_a_field_that_is_offered_is_not_judged() -> None:
    seen = history(
        send(1, extension=ExtensionHeader(trace_id="t")), got(1), capabilities={"extension_header.trace_id": "native"}
    )
    assert dropped_in_silence()(seen).verdict == "NOT APPLICABLE"


def test_a_header_without_an_extension_has_none_of_its_fields() -> None:
    assert extension("trace_id")(got(1).result) is None
    assert header("destination")(msgspec.structs.replace(got(1).result, header=Header())) is None


@pytest.mark.parametrize(
    ("delivery", "expected"),
    [
        (got(1), "p.1"),
        (got(1, mark=False), "p.1"),
        (got(1, mark=False, message_id=None), "p.1"),
        (got(1, mark=False, message_id=None, body=b"other"), None),
        (got(2, mark=False, message_id=None, body=b"both"), None),
        (got(9), None),
    ],
    ids=["by mark", "by id", "by body", "by nothing", "by a body that two have", "a mark that was never sent"],
)
def test_a_message_is_known_by_mark_id_or_body(delivery: Did, expected: str | None) -> None:
    seen = history(send(1), send(2, body=b"both"), send(3, body=b"both"), delivery)
    [one] = received(seen)
    assert (one.sent and one.sent.mark.rpartition("/")[2]) == expected


def test_a_mark_that_was_damaged_is_as_one_that_is_gone() -> None:
    seen = history(send(1), got(1))
    message = seen.entries[-1].result
    damaged = msgspec.structs.replace(
        message, properties={key: type(value)("\ufffd") for key, value in message.properties.items()}
    )
    entries = (*seen.entries[:-1], msgspec.structs.replace(seen.entries[-1], result=damaged))
    [one] = received(msgspec.structs.replace(seen, entries=entries))
    assert one.sent is not None


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ([send(1)], Outcome.OK),
        ([send(1, error=REFUSED)], Outcome.FAIL),
        ([send(1, unknown=True)], Outcome.UNKNOWN),
        ([send_async(1)], Outcome.UNKNOWN),
        ([send_async(1), get(1)], Outcome.OK),
        ([send_async(1), get(None, error=TIMEOUT)], Outcome.UNKNOWN),
        ([send_async(1), get(None, error=REFUSED)], Outcome.FAIL),
        ([send_async(1), get(None, error=TIMEOUT), get(1)], Outcome.OK),
        ([send_async(1, error=REFUSED)], Outcome.FAIL),
    ],
)
def test_a_send_ends_as_its_future_does(lines: list[Did], outcome: Outcome) -> None:
    [one] = sent(history(*lines))
    assert one.outcome is outcome


def test_an_acknowledgement_speaks_of_its_delivery() -> None:
    seen = history(bind(), batch(1, 2), pushed(1, 2, many=True), context_ack(3, 1), got(1), ack("r1"), ack("nobody's"))
    assert [(one.received.index, one.received.label) for one in acknowledged(seen)] == [
        (3, "message p.2"),
        (5, "message p.1"),
    ]
