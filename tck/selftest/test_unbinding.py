"""The checkers of receives that wait as their consumer is unbound, of old receipts, and of one consumer's suspension."""

from __future__ import annotations

import pytest

from tck.checkers.answers import Checker, Select, gives, ops
from tck.checkers.contexts import acknowledged_again
from tck.checkers.optional import provided_or_refused
from tck.checkers.pulling import goes_on_until, where_it_waited
from tck.checkers.pushing import ends_by_itself, of_consumer
from tck.checkers.readings import left_behind
from tck.connection import Connection
from tck.history import Calibration, History
from tck.operations import (
    Ack,
    ContextAck,
    Error,
    ErrorKind,
    IsSuspended,
    Prepare,
    Receive,
    Reply,
    Stop,
    Suspend,
    UnbindQueue,
)
from tck.programs import AckReceived, AwaitDeliveries, Program, ReceiveUntil, client, producer, puller, pusher
from tck.programs import send as sending
from tck.runner import run
from tck.selftest.histories import REFUSED, Did, ack, context_ack, did, got, history, message, nothing, send
from tck.targets import target

RECEIVE = ops(Receive, on="c")
waited = where_it_waited(RECEIVE, gives(RECEIVE, None))
goes_on = goes_on_until(RECEIVE, ops(Stop, on="c"))
known = provided_or_refused(ops(Prepare), ErrorKind.TRANSACTION)
UNBOUND, STOPPED = did(UnbindQueue("q"), at=(20, 21)), did(Stop(), at=(40, 41))
FAILED = did(UnbindQueue("q"), at=(20, 21), error=REFUSED)
ended = of_consumer("c", ends_by_itself)
SUSPENDED = did(Suspend(0.1)), did(Suspend(0.1), "d")
acked, not_acked = left_behind(again=False), left_behind(again=True)
TWICE = send(1), send(2), got(1, receipt="1"), got(2, receipt="2"), got(2, receipt="1"), got(1, receipt="2")


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


def null(begin: int, end: int, **line: bool) -> Did:
    """Receive nothing."""
    return did(Receive(5.0), at=(begin, end), **line)


def told(client: str, *, suspended: bool) -> Did:
    """Ask whether it is suspended."""
    return did(IsSuspended(), client, at=(200, 201), result=suspended)


def prepared(kind: ErrorKind | None, **line: bool) -> Did:
    """Prepare a message, or fail to."""
    return did(Prepare(message(1)), "p", error=kind and Error(kind, 1400, "no"), **line)


JUDGED = {
    "it waited": (case(waited, null(10, 30), UNBOUND), "PASS"),
    "it waited, and was given": (case(waited, send(1), got(1, at=(10, 30)), UNBOUND), "FAIL"),
    "it began later": (case(waited, null(22, 30), UNBOUND), "UNKNOWN"),
    "it ended before": (case(waited, null(10, 15), UNBOUND), "UNKNOWN"),
    "never unbound": (case(waited, null(10, 15)), "UNKNOWN"),
    "unbinding failed": (case(waited, null(10, 30), FAILED), "NOT APPLICABLE"),
    "nobody received": (case(waited, UNBOUND), "UNKNOWN"),
    "goes on": (case(goes_on, null(10, 45), UNBOUND, STOPPED), "PASS"),
    "ends before": (case(goes_on, null(10, 30), UNBOUND, STOPPED), "FAIL"),
    "never ends": (case(goes_on, null(10, 30, unknown=True), UNBOUND, STOPPED), "UNKNOWN"),
    "never stopped": (case(goes_on, null(10, 30), UNBOUND), "UNKNOWN"),
    "its suspension ended": (case(ended, *SUSPENDED, told("c", suspended=False), told("d", suspended=True)), "PASS"),
    "its suspension goes on": (case(ended, *SUSPENDED, told("c", suspended=True), told("d", suspended=False)), "FAIL"),
    "only another's": (case(ended, did(Suspend(0.1), "d"), told("d", suspended=False)), "UNKNOWN"),
    "provided": (case(known, prepared(None)), "PASS"),
    "an answer": (case(known, prepared(ErrorKind.TRANSACTION)), "PASS"),
    "refused": (case(known, prepared(ErrorKind.UNSUPPORTED)), "PASS"),
    "broken": (case(known, prepared(ErrorKind.OTHER)), "FAIL"),
    "never answered": (case(known, prepared(None, unknown=True)), "UNKNOWN"),
    "a receipt is used again": (case(acked, *TWICE, ack("1"), got(1, client="d"), nothing("d")), "PASS"),
    "a receipt is used again, in vain": (case(acked, *TWICE, ack("1"), got(2, client="d"), nothing("d")), "FAIL"),
    "all comes again": (
        case(not_acked, *TWICE, ack("1"), got(1, client="d"), got(2, client="d"), nothing("d")),
        "PASS",
    ),
    "not all comes again": (case(not_acked, *TWICE, ack("1"), got(1, client="d"), nothing("d")), "FAIL"),
    "no acknowledgement": (case(acked, *TWICE, got(1, client="d")), "UNKNOWN"),
}


@pytest.mark.parametrize("name", JUDGED)
def test_they_are_judged(name: str) -> None:
    (checker, given), verdict = JUDGED[name]
    assert checker(given).verdict == verdict, checker(given)


def test_what_was_acknowledged_before_is_found() -> None:
    select: Select = acknowledged_again("c")
    seen = history(send(1), context_ack(2), context_ack(3), context_ack(2))
    assert [entry.index for entry in select(seen)] == [4]


def ran(program: Program) -> History:
    """Run a program on the reference."""
    memory = target("memory").adapter
    return run(program, Connection("memory", memory, memory.access_point), Calibration(0.001, 0.05, 5.0))


def test_the_runner_gives_the_receipts_of_what_was_held_at_the_stop() -> None:
    stops = puller("c", "q", ReceiveUntil(1, ack=False), Stop(), AckReceived(stale=True), AckReceived())
    seen = ran(Program.of(producer("p", sending("q"))).then(stops))
    given = [entry.result.receipt for entry in seen.of(Receive)]
    assert [entry.op.receipt for entry in seen.of(Ack) if isinstance(entry.op, Ack)] == given


def test_the_runner_uses_contexts_again_and_after_the_stop() -> None:
    again = AckReceived(context=True, again=True), AckReceived(context=True, again=True)
    listens = pusher(
        "c", "q", AwaitDeliveries(1), *again, Stop(), AckReceived(context=True, stale=True), reply=Reply.SKIP
    )
    seen = ran(Program.of(producer("p", sending("q"))).then(listens))
    assert len({entry.op for entry in seen.of(ContextAck)}) == 1
    assert len(seen.of(ContextAck)) == 3


def test_the_runner_gives_success_the_receipts_of_another_batch() -> None:
    program = Program.of(producer("p", sending("q"), sending("r")), queues=("q", "r"))
    program = program.then(
        pusher("c", "q", AwaitDeliveries(1), reply=Reply.SKIP, batch=True),
        pusher("d", "r", AwaitDeliveries(1), reply=Reply.SKIP, batch=True),
    )
    foreign = AckReceived(context=True, success=True, foreign="d")
    seen = ran(program.then(client("c", foreign, Stop())).then(puller("e", "q", ReceiveUntil(1))))
    assert [entry.op.positions for entry in seen.of(ContextAck) if isinstance(entry.op, ContextAck)] == [()]
    assert [entry.op.on for entry in seen.of(Receive) if entry.result] == ["e"]
