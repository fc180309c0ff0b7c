"""The checkers of the extension header, on handwritten histories with known verdicts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tck.checkers import extension as checkers
from tck.checkers.answers import Checker
from tck.history import History
from tck.messages import ExtensionHeader
from tck.operations import BatchReceive, Error, ErrorKind, Reply
from tck.selftest.histories import EPOCH, REFUSED, Did, ack, did, got, history, nothing, pushed, received, send

UNSUPPORTED = Error(ErrorKind.UNSUPPORTED, 1400, "no partitions")
ALL = {f"extension_header.{field}": "native" for field in checkers.FIELDS}

without_trace = checkers.comes_without("trace_id")
keys_shared = checkers.shared("message_key", "c")
refused = checkers.refused_when_shared("trace_id")
no_key = checkers.never_given("message_key")
own_trace = checkers.given_its_own("trace_id")
not_earlier = checkers.not_earlier("store_timestamp", "storeTimestamp")
time_on_return = checkers.on_return(checkers.returned_time, "store_timestamp", "storeTimestamp")
host_on_return = checkers.on_return(checkers.returned_preset("store_host", "storeHost"), "store_host", "storeHost")
same_host = checkers.same_as_returned("store_host", "storeHost")


def case(checker: Checker, *lines: Did, capabilities: dict[str, str] = ALL) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines, capabilities=capabilities)


def x(**fields: Any) -> dict[str, ExtensionHeader]:
    """Return the argument that is an extension header."""
    return {"extension": ExtensionHeader(**fields)}


def returned(number: int, now: ExtensionHeader, **rest: Any) -> Did:
    """Send a message whose sender's own has another extension header when send returns."""
    line = send(number, **rest)
    return msgspec.structs.replace(
        line,
        result=msgspec.structs.replace(
            line.result, message=msgspec.structs.replace(line.result.message, extension_header=now)
        ),
    )


def batched(number: int, count: int, client: str = "d") -> Did:
    """Pull a batch of one message with a delivery count."""
    return did(BatchReceive(5.0), client, (received(number, delivery_count=count),))


def counted(*counts: int) -> list[Did]:
    """Send a message and pull it again and again, with these delivery counts."""
    return [send(1), *(got(1, f"c{n}", delivery_count=count) for n, count in enumerate(counts))]


K, T = x(message_key="k"), x(trace_id="t")

PASS = {
    "without a trace": case(without_trace, send(1, **K), got(1, **K)),
    "keys are shared": case(keys_shared, send(1, **K), send(2, **K), got(1, **K), got(2, **K)),
    "only these consumers count": case(keys_shared, send(1, **K), send(2, **K), got(1, **K), got(2, **K), got(2, "d")),
    "the second is refused": case(refused, send(1, **T), send(2, **T, error=REFUSED), got(1, **T)),
    "no key": case(no_key, send(1), got(1, **x(message_key=""))),
    "traces of their own": case(own_trace, send(1), send(2), got(1, **x(trace_id="a")), got(2, **x(trace_id="b"))),
    "stored again": case(not_earlier, send(1), got(1, **x(store_timestamp=5)), got(1, **x(store_timestamp=6))),
    "a partition ignored": case(checkers.delivered_without_partition, send(1, **x(partition=0)), got(1)),
    "a partition refused": case(
        checkers.delivered_without_partition, send(1, **x(partition=0), error=UNSUPPORTED)
    ),
    "the time on return": case(time_on_return, returned(1, ExtensionHeader(store_timestamp=EPOCH))),
    "no time yet": case(time_on_return, send(1)),
    "no host yet": case(host_on_return, returned(1, ExtensionHeader(), **x(store_host="mine"))),
    "the same host": case(
        same_host, returned(1, ExtensionHeader(store_host="h")), send(2), got(1, **x(store_host="h")), got(2)
    ),
    "by one": case(checkers.grows_by_one, *counted(0, 1, 2)),
    "in batches": case(
        checkers.grows_in_batches, send(1), batched(1, 1), batched(1, 2),
        pushed(1, client="e", many=True, delivery_count=3),
    ),
    "raised": case(
        checkers.grows_when_raised, send(1), pushed(1, reply=Reply.RAISE, delivery_count=1), got(1, delivery_count=3)
    ),
    "a first count later": case(
        checkers.first_count_is_own, *counted(1, 2), send(2), got(2, delivery_count=1)
    ),
    "over another's acknowledgement": case(
        checkers.kept_by_ack, *counted(1, 2), send(2), got(2), ack("r2"), got(1, "d", delivery_count=3)
    ),
}  # fmt: skip

FAIL = {
    "lost for want of a trace": (case(without_trace, send(1, **K), got(2), nothing()), "never came"),
    "refused for want of a trace": (case(without_trace, send(1, **K, error=REFUSED)), "failed with OTHER 1503"),
    "only the last of a key": (case(keys_shared, send(1, **K), send(2, **K), got(2, **K), nothing()), "1 of 2 never came"),
    "a key that was taken away": (
        case(keys_shared, send(1, **K), send(2, **K), got(1, **K), got(2)), "'k', received None"),
    "the second is accepted": (case(refused, send(1, **T), send(2, **T), got(1, **T)), "send succeeded"),
    "the first is refused": (
        case(refused, send(1, **T, error=REFUSED), send(2, **T, error=REFUSED)), "message p.1 failed"),
    "a key from nowhere": (case(no_key, send(1), got(1, **K)), "its messageKey is 'k', and the sender set none"),
    "a trace for two": (case(own_trace, send(1), send(2), got(1, **T), got(2, **T)), "another bears, too"),
    "another's trace": (
        case(own_trace, send(1), send(2), send(3, **T), got(1, **T), got(2), got(3, **T)), "another bears, too"),
    "stored earlier": (
        case(not_earlier, send(1), got(1, **x(store_timestamp=6)), got(1, **x(store_timestamp=5))), "6, then 5"),
    "not stored any more": (case(not_earlier, send(1), got(1, **x(store_timestamp=6)), got(1)), "6, then None"),
    "a partition dropped": (
        case(checkers.delivered_without_partition, send(1, **x(partition=0)), got(2), nothing()), "not ignored"),
    "a partition refused otherwise": (
        case(checkers.delivered_without_partition, send(1, **x(partition=0), error=REFUSED), got(2)), "OTHER 1503"),
    "another time on return": (case(time_on_return, returned(1, ExtensionHeader(store_timestamp=1))), "stored at 1"),
    "the sender's host on return": (
        case(host_on_return, returned(1, ExtensionHeader(store_host="mine"), **x(store_host="mine"))), "had set"),
    "another host": (
        case(same_host, returned(1, ExtensionHeader(store_host="h")), got(1, **x(store_host="i"))), "'h', received 'i'"),
    "by two": (case(checkers.grows_by_one, *counted(1, 3)), "1, then 3"),
    "not in batches": (
        case(checkers.grows_in_batches, send(1), batched(1, 1), batched(1, 2),
             pushed(1, client="e", many=True, delivery_count=2)),
        "2, then 2"),
    "not when raised": (
        case(checkers.grows_when_raised, send(1), pushed(1, reply=Reply.RAISE, delivery_count=1),
             got(1, delivery_count=1)),
        "1, then 1"),
    "a count of the queue": (
        case(checkers.first_count_is_own, *counted(1, 2), send(2), got(2, delivery_count=3)),
        "had at first the delivery count 3, and message p.1 1"),
    "forgotten by another's acknowledgement": (
        case(checkers.kept_by_ack, *counted(1, 2), send(2), got(2), ack("r2"), got(1, "d", delivery_count=1)),
        "2, then 1"),
}  # fmt: skip

UNKNOWN = {
    "no such message": case(without_trace, send(1, **T), got(1, **T)),
    "nothing shared": case(keys_shared, send(1, **K), got(1, **K)),
    "nothing shared to refuse": case(refused, send(1, **T), got(1, **T)),
    "nothing without a key": case(no_key, send(1, **K), got(1, **K)),
    "one trace is no evidence": case(own_trace, send(1), got(1, **T)),
    "never again": case(not_earlier, send(1), got(1, **x(store_timestamp=5))),
    "nobody listened": case(checkers.delivered_without_partition, send(1, **x(partition=0))),
    "no send": case(time_on_return),
    "no send succeeded": case(same_host, send(1, error=REFUSED)),
    "once": case(checkers.grows_by_one, *counted(1)),
    "only pulled batches": case(checkers.grows_in_batches, send(1), batched(1, 1), batched(1, 2)),
    "never raised": case(checkers.grows_when_raised, *counted(1, 2)),
    "none sent later": case(checkers.first_count_is_own, *counted(1, 2)),
    "no acknowledgement": case(checkers.kept_by_ack, *counted(1, 2)),
    "its own acknowledgement": case(
        checkers.kept_by_ack, *counted(1, 2), ack("r1", "c1"), got(1, "d", delivery_count=3)
    ),
}  # fmt: skip


@pytest.mark.parametrize(("checker", "seen"), PASS.values(), ids=PASS)
def test_what_is_right_passes(checker: Checker, seen: History) -> None:
    assert checker(seen).verdict == "PASS", checker(seen)


@pytest.mark.parametrize(("judged", "words"), FAIL.values(), ids=FAIL)
def test_what_is_wrong_fails_and_says_why(judged: tuple[Checker, History], words: str) -> None:
    checker, seen = judged
    assert checker(seen).verdict == "FAIL", checker(seen)
    assert words in checker(seen).actual


@pytest.mark.parametrize(("checker", "seen"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_was_not_seen_is_unknown(checker: Checker, seen: History) -> None:
    assert checker(seen).verdict == "UNKNOWN", checker(seen)


def test_what_is_not_offered_is_not_judged() -> None:
    only = {"extension_header.trace_id": "native"}
    assert without_trace(history(send(1), got(1), capabilities=only)).verdict == "NOT APPLICABLE"
    assert same_host(history(send(1), got(1))).verdict == "NOT APPLICABLE"
    assert checkers.delivered_without_partition(history(send(1), got(1))).verdict == "NOT APPLICABLE"
