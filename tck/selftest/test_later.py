"""The checkers of the consumers of commit 5d796063, on handwritten histories, and what the runner makes of their operations."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tck.checkers.answers import Checker, ops
from tck.checkers.delivery import nothing_lost, only_own_queue
from tck.checkers.later import names, wakes
from tck.history import History
from tck.operations import (
    BindQueues,
    BindQueuesBatch,
    CreatePullConsumer,
    Deliver,
    GetBindQueues,
    ReceiveForever,
    Reply,
    Stop,
    UnbindQueues,
)
from tck.programs import Program, Quiet, ReceiveUntil, client, producer, pull_consumer, push_consumer
from tck.programs import send as sending
from tck.runner import run
from tck.selftest.histories import REFUSED, TIMEOUT, Did, did, history, quiet, received, send
from tck.selftest.test_runner import CALM, FAST, hostile

asked = ops(GetBindQueues)
BOTH, NONE = names(asked, "q", "r"), names(asked)
LISTENS = did(BindQueues(("q", "r"), Reply.ACK))
IN_R = send(2, destination="r")


def waits(result: Any = None, **line: Any) -> Did:
    """Receive without a timeout, from the tenth millisecond on."""
    return did(ReceiveForever(), result=result, **{"at": (10, 40), **line})


def stop(begin: int = 20) -> Did:
    """Stop the consumer."""
    return did(Stop(on="c"), "s", at=(begin, begin + 1))


def given_up(after: int) -> Did:
    """The program goes on without the receive, so many milliseconds after its begin."""
    return quiet(at=(after, after))


def pushed(queue: str | None, number: int) -> Did:
    """Have a listener, which was bound to a queue or to several, called."""
    return did(Deliver(queue, (received(number, destination="r"),), Reply.ACK, on="c"), "c.listener")


def answered(*queues: str) -> Did:
    """Be told the names of queues."""
    return did(GetBindQueues(), result=queues)


JUDGED: dict[str, tuple[Checker, tuple[Did, ...], str]] = {
    "in any order": (BOTH, (answered("r", "q"),), "PASS"),
    "twice": (BOTH, (answered("q", "r", "q"),), "FAIL"),
    "one is missing": (BOTH, (answered("q"),), "FAIL"),
    "null for several": (BOTH, (did(GetBindQueues()),), "FAIL"),
    "null for none": (NONE, (did(GetBindQueues()),), "PASS"),
    "no name for none": (NONE, (answered(),), "PASS"),
    "one for none": (NONE, (answered("q"),), "FAIL"),
    "an error": (NONE, (did(GetBindQueues(), error=REFUSED),), "FAIL"),
    "never asked": (NONE, (), "UNKNOWN"),
    "a message comes": (wakes, (waits(received(1)), send(1, at=(20, 21))), "PASS"),
    "null though none was stopped": (wakes, (waits(), send(1, at=(20, 21))), "FAIL"),
    "a timeout": (wakes, (waits(error=TIMEOUT), send(1, at=(20, 21))), "FAIL"),
    "null where it is stopped": (wakes, (waits(), stop()), "PASS"),
    "an error where it is stopped": (wakes, (waits(error=REFUSED), stop()), "FAIL"),
    "stopped before it": (wakes, (waits(), stop(5)), "UNKNOWN"),
    "nothing is sent": (wakes, (waits(received(1)),), "UNKNOWN"),
    "never received": (wakes, (stop(),), "UNKNOWN"),
    "it waits on": (wakes, (waits(unknown=True), stop(), given_up(9_000)), "FAIL"),
    "it is given up soon": (wakes, (waits(unknown=True), stop(), given_up(900)), "UNKNOWN"),
    "one listener for two": (only_own_queue, (LISTENS, IN_R, pushed(None, 2)), "PASS"),
    "a third queue": (only_own_queue, (did(BindQueuesBatch(("q", "s"), Reply.ACK)), IN_R, pushed(None, 2)), "FAIL"),
    "a listener hears nothing": (nothing_lost("c"), (LISTENS, send(1), quiet()), "FAIL"),
    "nobody listens": (nothing_lost("c"), (did(BindQueues(("q",))), send(1)), "UNKNOWN"),
    "pulled at last": (nothing_lost("c"), (send(1), waits(received(1))), "PASS"),
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_history_is_judged_as_it_should_be(name: str) -> None:
    checker, lines, verdict = JUDGED[name]
    assert checker(history(*lines, queues=("q", "r", "s"))).verdict == verdict


def test_queues_have_their_real_names_and_what_is_bound_to_several_names_none() -> None:
    queues = ("q", "r")
    listens = push_consumer("l", queues, GetBindQueues())
    program = Program.of(listens, push_consumer("b", ("s",), batch=True), producer("p"), queues=(*queues, "s"))
    program = program.then(client("p", sending("q"), sending("s")), client("l", Quiet()))
    seen = run(program.then(client("l", UnbindQueues(queues), GetBindQueues())), hostile(), CALM)
    assert seen.problems == []
    real = tuple(map(seen.real, queues))
    assert [entry.result for entry in seen.of(GetBindQueues)] == [real, None]
    assert [entry.op.queues for entry in seen.of(UnbindQueues) if isinstance(entry.op, UnbindQueues)] == [real]
    assert {(e.op.on, e.op.queue, e.op.batch) for e in seen.of(Deliver) if isinstance(e.op, Deliver)} == {
        ("l", None, False),
        ("b", None, True),
    }


def test_attributes_are_handed_over_only_where_there_are_any() -> None:
    given: list[tuple[Any, ...]] = []
    creates = client("c", CreatePullConsumer(), CreatePullConsumer({"a": "b"}, "d"))
    run(Program.of(creates), hostile(create_pull_consumer=lambda *arguments: given.append(arguments)), CALM)
    assert given == [(), ({"a": "b"},)]


def waiting(**changes: Any) -> History:
    """Return what comes of a receive that waits for ever, and of a stop meanwhile."""
    program = Program.of(pull_consumer("c", ("q",)))
    stops = client("s", Quiet(5), Stop(on="c"))
    return run(program.then(client("c", ReceiveForever(), ReceiveUntil(1)), stops), hostile(**changes), FAST)


def test_what_waits_for_ever_is_given_up_and_no_fault_of_the_adapter() -> None:
    never = threading.Event()
    seen = waiting(receive_forever=never.wait)
    never.set()
    assert seen.problems == []
    assert wakes(seen).verdict == "FAIL"
    assert wakes(waiting()).verdict == "PASS"
