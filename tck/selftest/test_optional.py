"""The checkers of what is not offered, of names, and of what a send leaves, on handwritten histories with known verdicts."""

from __future__ import annotations

import pytest

from tck.checkers.answers import Checker, lacks_status, ops
from tck.checkers.delivery import (
    acknowledged_is_over,
    all_accepted,
    nothing_lost,
    nothing_to,
    once,
    unacknowledged_comes_again,
)
from tck.checkers.headers import born_in_interval, each_received, each_sent, header, is_kept, left_as_received
from tck.checkers.listing import names_kept
from tck.checkers.optional import (
    dropped_in_silence,
    nothing_where_absent,
    part_dropped_in_silence,
    provided_or_refused,
    refused_or_honoured,
    refused_with,
)
from tck.checkers.timing import not_early, unless_refused
from tck.checkers.transactions import Fate, hidden_until_commit, never_exposed
from tck.history import History
from tck.messages import ExtensionHeader, Message, SendResult
from tck.operations import (
    Commit,
    CreateQueue,
    Error,
    ErrorKind,
    ListNamespaces,
    ListQueues,
    Prepare,
    Receive,
    Reply,
    Rollback,
    Send,
    SendAsync,
    SendBatch,
    SendOneway,
    Stop,
    UnbindQueue,
    Wait,
)
from tck.selftest.histories import (
    EPOCH,
    REFUSED,
    TIMEOUT,
    Did,
    ack,
    batch,
    bind,
    did,
    get,
    got,
    history,
    message,
    nothing,
    oneway,
    pushed,
    quiet,
    send,
    send_async,
)

UNSUPPORTED = Error(ErrorKind.UNSUPPORTED, 1400, "not here")
LOST = Error(ErrorKind.OTHER, 1500, "connection lost")
TOO_LARGE = Error(ErrorKind.FORMAT, 1413, "too large")
TRACED = ExtensionHeader(trace_id="t")
squeezed = part_dropped_in_silence("compression", "compression", header("compression"))
no_extension = nothing_where_absent("extension_header", lambda one: one.extension_header, "extension header")
small = refused_with(ops(Send), 1413)
known = provided_or_refused(ops(ListNamespaces))
left_id = left_as_received("message_id", "message id", SendBatch)
kept = each_received("the destination", is_kept(header("destination"), "destination"))


def left(*numbers: int, **fields: object) -> tuple[Message, ...]:
    """Return the sender's own messages as they read after a send."""
    return tuple(message(number, **fields) for number in numbers)


def made(name: str, **line: object) -> Did:
    """Create a queue."""
    return did(CreateQueue(name, on="ap"), "maker", **line)


def listed(*names: str) -> Did:
    """List these queues."""
    return did(ListQueues(on="ap"), "seen", names)


CASES: dict[str, tuple[Checker, History, str, str]] = {
    "refused": (refused_or_honoured(1), history(send(1, qos=1, error=UNSUPPORTED), nothing()), "PASS", ""),
    "accepted, and lost": (refused_or_honoured(1), history(send(1, qos=1), nothing()), "UNKNOWN", "never came"),
    "accepted, and honoured": (refused_or_honoured(1), history(send(1, qos=1), got(1), nothing()), "PASS", ""),
    "accepted, and given twice": (
        refused_or_honoured(1), history(send(1, qos=1), got(1), got(1)), "FAIL", "was accepted, and delivered 2 times",
    ),
    "refused otherwise": (refused_or_honoured(1), history(send(1, qos=1, error=REFUSED)), "FAIL", "OTHER 1503"),
    "refused, and delivered": (refused_or_honoured(1), history(send(1, qos=1, error=UNSUPPORTED), got(1)), "FAIL", "delivered"),
    "another qos": (refused_or_honoured(1), history(send(1, qos=2, error=UNSUPPORTED)), "NOT APPLICABLE", ""),
    "dropped": (squeezed, history(send(1, compression="gzip"), got(1)), "FAIL", "came without it"),
    "carried": (squeezed, history(send(1, compression="gzip"), got(1, compression="gzip")), "PASS", ""),
    "lost": (squeezed, history(send(1, compression="gzip"), nothing()), "UNKNOWN", "never came"),
    "plain": (squeezed, history(send(1), got(1)), "NOT APPLICABLE", "compression is offered"),
    "only that way of sending": (
        dropped_in_silence(SendBatch), history(send(1, extension=TRACED), got(1)), "NOT APPLICABLE", "",
    ),
    "an asynchronous one that is refused at once": (
        dropped_in_silence(SendAsync),
        history(did(SendAsync(message(1, extension=TRACED), future="f"), "p", error=UNSUPPORTED)),
        "PASS",
        "",
    ),
    "invented": (no_extension, history(send(1), got(1, extension=TRACED)), "FAIL", "trace_id='t'"),
    "empty": (no_extension, history(send(1), got(1)), "PASS", ""),
    "offered": (
        no_extension, history(send(1), got(1), capabilities={"extension_header": "native"}), "NOT APPLICABLE", "",
    ),
    "too large": (small, history(send(1, error=TOO_LARGE)), "PASS", ""),
    "too large for another reason": (small, history(send(1, error=REFUSED)), "FAIL", "1503"),
    "not too large": (small, history(send(1)), "NOT APPLICABLE", ""),
    "nobody knows": (small, history(send(1, unknown=True)), "UNKNOWN", ""),
    "never tried": (small, history(), "UNKNOWN", ""),
    "works": (known, history(did(ListNamespaces(on="ap"), "c", ())), "PASS", ""),
    "not provided": (known, history(did(ListNamespaces(on="ap"), "c", error=UNSUPPORTED)), "PASS", ""),
    "broken": (known, history(did(ListNamespaces(on="ap"), "c", error=REFUSED)), "FAIL", "OTHER 1503"),
    "all claimed": (known, history(), "NOT APPLICABLE", ""),
    "no such status": (lacks_status(ops(Send), 10001), history(send(1, error=REFUSED)), "PASS", ""),
    "its own name": (
        names_kept,
        history(made("a b"), made("c"), send(1, destination="a b"), listed("a b"), got(1, destination="a b"), queues=()),
        "FAIL",
        "'c' is not listed",
    ),
    "received under another name": (
        names_kept,
        history(made("a b"), send(1, destination="a b"), listed("a b"), got(1, destination="a"), queues=()),
        "FAIL",
        "with the destination 'a'",
    ),
    "a name that is refused": (names_kept, history(made("a b", error=REFUSED), listed(), queues=()), "PASS", ""),
    "not even listed": (names_kept, history(made("a b"), queues=()), "UNKNOWN", ""),
    "the batch says": (
        left_id,
        history(did(SendBatch((message(2),)), "p", left(2, message_id="id-2")), got(2)),
        "PASS",
        "",
    ),
    "the batch says something else": (
        left_id, history(did(SendBatch((message(1),)), "p", left(1, message_id="x")), got(1)), "FAIL", "'x'",
    ),
    "the batch says nothing": (left_id, history(did(SendBatch((message(1),)), "p", left(1)), got(1)), "FAIL", "no message id"),
    "the batch is not shown": (left_id, history(batch(1), got(1)), "UNKNOWN", ""),
    "born before the call": (
        each_sent("born meanwhile", born_in_interval, by=SendOneway),
        history(did(SendOneway(message(1)), "p", message(1, born_timestamp=EPOCH - 60))),
        "FAIL",
        "born at",
    ),
    "born at the last tick of a coarse clock": (
        each_sent("born meanwhile", born_in_interval, by=SendOneway),
        history(did(SendOneway(message(1)), "p", message(1, born_timestamp=EPOCH - 10))),
        "PASS",
        "",
    ),
    "born by the time that the future is done": (
        each_sent("born meanwhile", born_in_interval, by=SendAsync),
        history(
            send_async(1, at=(0, 1)), did(get(1).op, "p", SendResult("id-1", message(1, born_timestamp=EPOCH + 40)), at=(9, 50))
        ),
        "PASS",
        "",
    ),
    "not shown": (each_sent("born meanwhile", born_in_interval, by=SendOneway), history(oneway(1)), "UNKNOWN", ""),
    "one of two never came": (kept, history(send(1), send(2), got(1)), "UNKNOWN", "never came"),
    "one was refused": (kept, history(send(1), send(2, error=REFUSED), got(1)), "PASS", ""),
    "a busy server was not asked again": (
        nothing_lost(), history(send(1), did(Receive(5.0), error=REFUSED)), "UNKNOWN", "nobody listened",
    ),
    "nobody asked after it was sent": (
        nothing_lost(), history(nothing(at=(0, 50)), send(1, at=(60, 61))), "UNKNOWN", "nobody listened",
    ),
    "nobody listens to its queue": (
        nothing_lost(), history(bind("r"), send(1), nothing(), queues=("q", "r")), "UNKNOWN", "nobody listened",
    ),
    "its listener was unbound before": (
        nothing_lost(),
        history(bind(reply=Reply.ACK), did(UnbindQueue("q")), send(1), quiet()),
        "UNKNOWN",
        "nobody listened",
    ),
    "its listener was waited for": (nothing_lost(), history(bind(reply=Reply.ACK), send(1), quiet()), "FAIL", "1 of 1"),
    "the answer of an acknowledgement was lost": (
        unacknowledged_comes_again("d"),
        history(send(1), bind(), got(1), ack("r1", error=LOST), did(Stop()), bind(client="d"), nothing("d")),
        "UNKNOWN",
        "",
    ),
    "a send that timed out, and came": (all_accepted(), history(send(1, error=TIMEOUT), bind(), got(1)), "UNKNOWN", ""),
    "a send that timed out is not refused": (
        unless_refused(lambda _: True, nothing_to("c", "nothing comes")),
        history(send(1, error=TIMEOUT), bind(), got(1)),
        "FAIL",
        "c was given",
    ),
    "given to another after its acknowledgement was refused": (
        once(if_acknowledged=True),
        history(bind(), send(1), got(1), bind(client="d"), got(1, "d"), ack("r1", error=LOST), nothing("d")),
        "PASS",
        "",
    ),
    "given to another after it was acknowledged": (
        once(if_acknowledged=True),
        history(bind(), send(1), got(1), ack("r1"), bind(client="d"), got(1, "d"), nothing("d")),
        "FAIL",
        "more than once",
    ),
    "waited for until it came, and no longer": (
        once(),
        history(
            bind(reply=Reply.ACK), send(1), did(Wait("until 1 messages have been delivered"), at=(5, 11)), pushed(1, at=(10, 12))
        ),
        "UNKNOWN",
        "nobody listened any more",
    ),
    "long after its acknowledgement, to who had waited before": (
        acknowledged_is_over,
        history(
            bind(), bind(client="d"), send(1), got(1, at=(10, 20)), ack("r1", at=(30, 31)), got(1, "d", at=(25, 90_000))
        ),
        "FAIL",
        "delivered again",
    ),
    "hidden from nobody": (
        hidden_until_commit,
        history(
            did(Prepare(message(1), transaction="t"), "p"), bind(), did(Receive(5.0), error=REFUSED),
            did(Commit(on="t"), "p"), got(1),
        ),
        "UNKNOWN",
        "nobody listened",
    ),
    "rolled back, and listened to elsewhere": (
        never_exposed(Fate.ROLLED_BACK, "never"),
        history(
            did(Prepare(message(1), transaction="t"), "p"), did(Rollback(on="t"), "p"), bind("r"), nothing(),
            queues=("q", "r"),
        ),
        "UNKNOWN",
        "nobody listened",
    ),
    "early by a clock that differs": (
        not_early,
        history(
            send(1, extension=ExtensionHeader(delay_time=600)),
            got(1, extension=ExtensionHeader(delay_time=600, store_timestamp=EPOCH + 1000)),
        ),
        "UNKNOWN",
        "clocks",
    ),
    "early by the same clock": (
        not_early,
        history(
            send(1, extension=ExtensionHeader(delay_time=600)),
            got(1, extension=ExtensionHeader(delay_time=600, store_timestamp=EPOCH + 3)),
        ),
        "FAIL",
        "after its send",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("checker", "seen", "verdict", "words"), CASES.values(), ids=CASES)
def test_each_history_has_its_verdict(checker: Checker, seen: History, verdict: str, words: str) -> None:
    finding = checker(seen)
    assert finding.verdict == verdict, finding
    assert words in finding.actual
