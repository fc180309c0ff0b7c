"""The checkers of contexts that are used later, on histories that were written by hand, and how the runner uses them."""

from __future__ import annotations

import pytest

from tck.checkers.answers import Checker
from tck.checkers.contexts import about, asynchronous, where_several_are_held
from tck.checkers.delivery import acknowledged_is_over
from tck.connection import Connection
from tck.history import Calibration, History
from tck.operations import ContextAck, Deliver, Reply
from tck.programs import AckReceived, AwaitDeliveries, Program, client, producer, pusher, send
from tck.runner import run
from tck.selftest.histories import Did, bind, context_ack, history, pushed, quiet
from tck.selftest.histories import send as sent
from tck.targets import target

of_c = about("cd", acknowledged_is_over)
two_held = where_several_are_held("c", 2, acknowledged_is_over)
bound = asynchronous("c")
BOTH = sent(1), sent(2)
LISTENS = bind(reply=Reply.BOUND, at=(10, 20))


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


JUDGED = {
    "over": (case(of_c, sent(1), pushed(1), context_ack(2), quiet()), "PASS"),
    "again to d": (case(of_c, sent(1), pushed(1), context_ack(2), pushed(1, client="d"), quiet()), "FAIL"),
    "again to another": (case(of_c, sent(1), pushed(1), context_ack(2), pushed(1, client="x"), quiet()), "PASS"),
    "another's": (case(about("x", acknowledged_is_over), sent(1), pushed(1), context_ack(2), quiet()), "UNKNOWN"),
    "two held": (case(two_held, *BOTH, pushed(1), pushed(2), context_ack(4), quiet()), "PASS"),
    "two held, one again": (case(two_held, *BOTH, pushed(1), pushed(2), context_ack(4), pushed(2)), "FAIL"),
    "one held": (case(two_held, *BOTH, pushed(1), context_ack(3), pushed(2), quiet()), "NOT APPLICABLE"),
    "none given": (case(two_held, *BOTH, quiet()), "UNKNOWN"),
    "bound first": (case(bound, LISTENS, sent(1, at=(1, 2)), pushed(1, at=(15, 21))), "PASS"),
    "called first": (case(bound, LISTENS, sent(1, at=(1, 2)), pushed(1, at=(15, 19))), "FAIL"),
    "never called": (case(bound, LISTENS, sent(1, at=(1, 2))), "UNKNOWN"),
    "never bound": (case(bound, bind(reply=Reply.BOUND, unknown=True), sent(1), pushed(1)), "UNKNOWN"),
}


@pytest.mark.parametrize("name", JUDGED)
def test_contexts_are_judged(name: str) -> None:
    (checker, given), verdict = JUDGED[name]
    assert checker(given).verdict == verdict, checker(given)


def ran(program: Program) -> History:
    """Run a program on the reference."""
    memory = target("memory").adapter
    return run(program, Connection("memory", memory, memory.access_point), Calibration(0.001, 0.05, 5.0))


def test_the_runner_acknowledges_by_the_contexts_that_a_listener_left() -> None:
    first, last = (AckReceived(which, of="c", context=True) for which in ("first", "last"))
    program = Program.of(pusher("c", "q", reply=Reply.SKIP), producer("p")).then(
        client("p", *[send("q")] * 4, AwaitDeliveries(4, on="c"))
    )
    seen = ran(program.then(client("later", last, first, AckReceived(of="c", context=True), last)))
    given = [entry.index for entry in seen.of(Deliver)]
    acks = [(entry.client, entry.op.delivery) for entry in seen.of(ContextAck) if isinstance(entry.op, ContextAck)]
    assert acks == [("later", given[place]) for place in (3, 0, 1, 2)]


def test_the_runner_acknowledges_a_part_and_then_all() -> None:
    program = Program.of(producer("p", *[send("q")] * 3))
    seen = ran(program.then(pusher("c", "q", AwaitDeliveries(3), reply=Reply.FIRST_ALL, batch=True)))
    assert [e.op.positions for e in seen.of(ContextAck) if isinstance(e.op, ContextAck)] == [(0,), (0, 1, 2)]


@pytest.mark.parametrize("batch", [False, True])
def test_a_listener_waits_until_it_is_bound(batch: bool) -> None:  # noqa: FBT001 - a parameter
    program = Program.of(producer("p", send("q")))
    seen = ran(program.then(pusher("c", "q", AwaitDeliveries(1), reply=Reply.BOUND, batch=batch)))
    assert bound(seen).verdict == "PASS"
