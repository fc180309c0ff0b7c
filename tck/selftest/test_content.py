"""The checkers of content, listing, pulling and pushing, on handwritten histories with known verdicts."""

from __future__ import annotations

from tck.checkers import content
from tck.checkers.answers import Checker, ops
from tck.checkers.headers import each_received
from tck.checkers.listing import lists, lists_once, never_lists
from tck.checkers.pulling import (
    batches_bring_something,
    by_a_queue_alone,
    ends_with_nothing,
    gives_a_message,
    receipts_are_there,
    receipts_are_unique,
)
from tck.checkers.pushing import ends_by_itself, held_for_its_last_timeout, held_for_its_timeout, pushed_before_timeout
from tck.history import History
from tck.messages import Binary, Double, Float, Integer, Long, Properties, Short, String
from tck.operations import (
    BatchReceive,
    Error,
    ErrorKind,
    Filter,
    IsSuspended,
    ListQueues,
    Receive,
    Reply,
    Resume,
    Stop,
    Suspend,
)
from tck.selftest.histories import (
    REFUSED,
    TIMEOUT,
    Did,
    batch,
    bind,
    did,
    got,
    got_batch,
    history,
    nothing,
    pushed,
    quiet,
    send,
)
from tck.selftest.judging import verdicts

FORMAT = Error(ErrorKind.FORMAT, 1400, "too large")
body = content.body_kept()
properties = each_received("the properties", content.same_properties())
short_only = each_received("the shorts", content.same_properties(Short))
keys = each_received("the keys", content.same_properties(keys=True))
types = each_received("the types", content.same_types)
nothing_added = each_received("nothing added", content.nothing_added)
strays = each_received("no property in the header", content.is_value_of_property)
kept_or_refused = content.kept_or_refused("FORMAT")
refused = content.refused("FORMAT")
a_message = gives_a_message(ops(Receive))
ends_empty = ends_with_nothing(ops(Receive))
listed = lists("q", "c")
unlisted = never_lists("q", "c")
BIG: Properties = {"n": Short(1 << 15)}
NAN = Double("nan")


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


def arrives(checker: Checker, sent: Properties, come: Properties) -> tuple[Checker, History]:
    """Return a checker and the history of one message with properties that were sent, and those that came."""
    return case(checker, send(1, properties=sent), got(1, properties=come))


def names(*queues: str) -> Did:
    """List queues."""
    return did(ListQueues(), result=queues)


def suspend(seconds: float, at: int) -> Did:
    """Suspend for a time."""
    return did(Suspend(seconds), at=(at, at + 1))


PASS = {
    "a queue alone": case(by_a_queue_alone, send(1), got(1)),
    "every byte": case(body, send(1, body=bytes(range(256))), got(1, body=bytes(range(256)))),
    "absent and empty bodies are the same": case(body, send(1, body=None), got(1, body=b"")),
    "the same properties": arrives(properties, {"a": String("é"), "b": Long(1)}, {"a": String("é"), "b": Long(1)}),
    "NaN is NaN": arrives(properties, {"a": NAN}, {"a": NAN}),
    "a type that changed is not a value that did": arrives(properties, {"a": Short(1)}, {"a": Long(1)}),
    "only shorts": arrives(short_only, {"a": Short(1), "b": Long(1)}, {"a": Short(1)}),
    "only keys": arrives(keys, {"a": Short(1)}, {"a": String("x")}),
    "types kept": arrives(types, {"a": Binary(b"")}, {"a": Binary(b"")}),
    "nothing added": arrives(nothing_added, {"a": Short(1)}, {}),
    "no strays": arrives(strays, {"a": String("v")}, {"a": String("v")}),
    "kept": case(kept_or_refused, send(1), got(1)),
    "refused instead": case(kept_or_refused, send(1, error=FORMAT)),
    "refused": case(refused, send(1, properties=BIG, error=FORMAT), nothing()),
    "batches with something": case(
        content.batches_are_not_empty, send(1), pushed(1, many=True)
    ),
    "a message": case(a_message, send(1), got(1)),
    "null in time": case(ends_empty, did(Receive(5.0)), did(Stop(on="c"), "s")),
    "a batch": case(batches_bring_something, batch(1, 2), got_batch(1, 2)),
    "receipts": case(receipts_are_there, send(1), got(1)),
    "a message may keep its receipt": case(receipts_are_unique, batch(1, 2), got(1), got(1), got(2)),
    "each consumer has receipts of its own": case(
        receipts_are_unique, batch(1, 2), got(1, receipt="1"), got(2, "d", receipt="1")
    ),
    "different receipts": case(receipts_are_unique, batch(1, 2), got(1), got(2)),
    "it is listed": case(listed, names("q", "other")),
    "it is not listed": case(unlisted, names("other")),
    "listed once": case(lists_once, names("q", "x", "x")),
    "held": case(held_for_its_timeout, suspend(0.02, 2), send(1, at=(4, 5)), pushed(1, at=(23, 24))),
    "the second of two held": case(
        held_for_its_last_timeout, suspend(1.0, 1), suspend(0.02, 2), send(1, at=(4, 5)), pushed(1, at=(23, 24))
    ),
    "it ended": case(ends_by_itself, suspend(0.02, 2), did(IsSuspended(), result=False, at=(24, 25))),
    "pushed early": case(
        pushed_before_timeout, suspend(9.0, 2), send(1, at=(4, 5)), did(Resume(), at=(6, 7)), pushed(1, at=(8, 9))
    ),
}  # fmt: skip

FAIL = {
    "a queue alone brings nothing": (case(by_a_queue_alone, send(1), nothing()), "1 of 1 never came"),
    "a queue alone is refused": (case(by_a_queue_alone, send(1, error=REFUSED), nothing()), "message p.1 failed"),
    "a byte changed": (case(body, send(1, body=b"abc"), got(1, body=b"abX")), "different from byte 2 on"),
    "a body cut off": (case(body, send(1, body=b"abc"), got(1, body=b"ab")), "3 bytes was received with 2"),
    "a body gone": (case(body, send(1, body=b"abc"), got(1, body=None)), "3 bytes was received with 0"),
    "a property gone": (arrives(properties, {"a": Short(1)}, {}), "property 'a' of type i16 is gone"),
    "a value changed": (arrives(properties, {"a": Short(1)}, {"a": Short(2)}), "property 'a' was"),
    "minus zero": (arrives(properties, {"a": Float("-0.0")}, {"a": Float("0.0")}), "property 'a' was"),
    "a text normalised": (arrives(properties, {"a": String("e\u0301")}, {"a": String("é")}), "property 'a' was"),
    "a key folded": (arrives(keys, {"a": Short(1), "A": Short(1)}, {"a": Short(1)}), "property 'A'"),
    "a type widened": (arrives(types, {"a": Integer(1)}, {"a": Long(1)}), "was of type i32, received as i64"),
    "something added": (arrives(nothing_added, {}, {"x": Short(1)}), "['x'], which the sender did not set"),
    "a property in the header": (
        case(strays, send(1, properties={"a": String("v")}), got(1, properties={"a": String("v")}, born_host="v")),
        "born_host is 'v'"),
    "neither kept nor refused": (case(kept_or_refused, send(1), got(1, body=b"")), "was received with 0"),
    "accepted and lost": (case(kept_or_refused, send(1), nothing()), "accepted and never came"),
    "refused with another error": (case(kept_or_refused, send(1, error=REFUSED)), "OTHER 1503"),
    "taken": (case(refused, send(1, properties=BIG), nothing()), "succeeded"),
    "refused otherwise": (case(refused, send(1, properties=BIG, error=REFUSED)), "OTHER 1503"),
    "refused and received": (
        case(refused, send(1, properties=BIG, error=FORMAT), got(1, properties=BIG)), "was refused, and received"),
    "an empty batch pushed": (case(content.batches_are_not_empty, pushed(many=True)), "empty batch"),
    "no message": (case(a_message, send(1), did(Receive(5.0), error=TIMEOUT)), "TIMEOUT"),
    "null": (case(a_message, send(1), did(Receive(5.0))), "null"),
    "not null": (case(ends_empty, did(Receive(5.0), error=REFUSED), did(Stop(on="c"), "s")), "it ended with"),
    "null too late": (case(ends_empty, did(Receive(0.1), at=(1, 120)), did(Stop(on="c"), "s", at=(1, 1))), "after 0.119 s"),
    "a timeout": (case(ends_empty, did(Receive(5.0), error=TIMEOUT), did(Stop(on="c"), "s")), "TIMEOUT"),
    "an empty batch": (case(batches_bring_something, did(BatchReceive(5.0), result=())), "none"),
    "no receipt": (case(receipts_are_there, send(1), got(1, receipt=None)), "1 of 1 have none"),
    "an empty receipt": (case(receipts_are_there, send(1), got(1, receipt="")), "1 of 1 have none"),
    "one receipt for two": (
        case(receipts_are_unique, batch(1, 2), got(1, receipt="r"), got(2, receipt="r")), "the receipt 'r'"),
    "it is missing": (case(listed, names("other")), "returned ('other',)"),
    "listing fails": (case(listed, did(ListQueues(), error=REFUSED)), "OTHER 1503"),
    "it is there": (case(unlisted, names("q")), "returned ('q',)"),
    "listed twice": (case(lists_once, names("q", "q")), "returned ('q', 'q')"),
    "pushed while held": (
        case(held_for_its_timeout, suspend(1.0, 2), send(1, at=(4, 5)), pushed(1, at=(6, 7))), "pushed 0.004 s after"),
    "pushed when the first of two is over": (
        case(held_for_its_last_timeout, suspend(0.002, 1), suspend(1.0, 2), send(1, at=(4, 5)), pushed(1, at=(6, 7))),
        "pushed 0.004 s after"),
    "it did not end": (
        case(ends_by_itself, suspend(0.02, 2), did(IsSuspended(), result=True, at=(24, 25))), "it is true"),
    "not pushed early": (
        case(
            pushed_before_timeout,
            bind(reply=Reply.ACK, at=(0, 1)), suspend(1.0, 2), send(1, at=(4, 5)), did(Resume(), at=(6, 7)), quiet(at=(8, 58)),
        ), "was not pushed"),
}  # fmt: skip

UNKNOWN = {
    "more than a queue": case(by_a_queue_alone, did(Filter("q", "a = 1")), send(1), got(1)),
    "no body came": case(body, send(1), nothing()),
    "nothing was sent": case(kept_or_refused, nothing()),
    "a send that never ended": case(kept_or_refused, send(1, unknown=True)),
    "nothing was tried": case(refused, nothing()),
    "a try that never ended": case(refused, send(1, properties=BIG, unknown=True)),
    "no listener was called": case(content.batches_are_not_empty, send(1)),
    "a receive that never ended": case(a_message, did(Receive(5.0), unknown=True)),
    "a stop that came too late": case(ends_empty, did(Receive(0.001), at=(1, 9)), did(Stop(on="c"), "s", at=(5, 6))),
    "late, as the machine had no time": case(
        ends_empty, did(Receive(0.1), at=(1, 120), stalled=0.05), did(Stop(on="c"), "s", at=(1, 1))
    ),
    "no time to bring it": case(a_message, send(1), did(Receive(0.2), error=TIMEOUT, at=(10, 210), stalled=0.2)),
    "an end that never came": case(ends_empty, did(Receive(5.0), unknown=True)),
    "no batch came": case(batches_bring_something, did(BatchReceive(5.0), error=TIMEOUT)),
    "no receipts": case(receipts_are_there, nothing()),
    "no receipts to compare": case(receipts_are_unique, got(1, receipt=None)),
    "nobody listed": case(listed),
    "a list that never ended": case(unlisted, did(ListQueues(), unknown=True)),
    "nothing pushed at all": case(held_for_its_timeout, suspend(0.02, 2), send(1, at=(4, 5))),
    "no suspension": case(held_for_its_timeout, did(Suspend(1.0), error=REFUSED)),
    "no suspension after another": case(held_for_its_last_timeout, did(Suspend(1.0), error=REFUSED)),
    "nobody asked": case(ends_by_itself, suspend(0.02, 2)),
    "no suspension to end": case(pushed_before_timeout, send(1), pushed(1)),
}

ALL = (
    body, properties, keys, types, nothing_added, strays, kept_or_refused, refused, content.batches_are_not_empty,
    a_message, ends_empty, batches_bring_something, receipts_are_there, receipts_are_unique, listed, unlisted,
    lists_once, held_for_its_timeout, held_for_its_last_timeout, ends_by_itself, pushed_before_timeout,
)  # fmt: skip


TestVerdicts = verdicts(PASS, FAIL, UNKNOWN, ALL)


def test_batches_of_one_show_nothing_of_the_rest() -> None:
    judged = content.where_batches_have_several(content.batches_are_not_empty)
    assert judged(history(pushed(1, many=True))).verdict == "NOT APPLICABLE"
    assert judged(history(pushed(1, 2, many=True))).verdict == "PASS"
    assert judged(history()).verdict == "UNKNOWN"


def test_a_megabyte_is_not_quoted_whole() -> None:
    huge = {"k": String("x" * (1 << 20))}
    finding = properties(history(send(1, properties=huge), got(1, properties={"k": String("y" * (1 << 20))})))
    assert finding.verdict == "FAIL"
    assert len(finding.actual) < 1000
