"""What the strategies of programs generate: nothing that they promise is left out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import find, settings
from hypothesis import strategies as st

from tck.operations import Resume, SendBatch, Start, Stop, Suspend, UnbindQueue
from tck.programs import Client, Drain, Program, Step
from tck.strategies import crashes, exchanges, workloads


def steps(program: Program) -> list[Step]:
    """Return every step."""
    return [step for phase in program.phases for one in phase for step in one.steps]


def clients(program: Program, *start: str) -> int:
    """Return how many clients of these names there are."""
    return len({one.name for phase in program.phases for one in phase if one.name.startswith(start)})


def restarts(one: Client) -> bool:
    """Tell whether a client that exists already is started."""
    return isinstance(one.steps[0], Start) or any(isinstance(s, Stop) for s in one.steps[:-1])


PULL, PUSH = workloads(), workloads(push=True)
PROMISES: dict[str, tuple[st.SearchStrategy[Program], Callable[[Program], bool]]] = {
    "several queues": (PULL, lambda p: len(p.queues) > 1),
    "several producers": (PULL, lambda p: clients(p, "p") > 1),
    "several consumers of a queue": (PULL, lambda p: clients(p, "q") > 1),
    "batches": (PULL, lambda p: any(isinstance(s, SendBatch) for s in steps(p))),
    "redelivery": (PULL, lambda p: any(isinstance(s, Drain) and not s.ack for s in steps(p))),
    "bind and unbind while traffic flows": (PULL, lambda p: any(isinstance(s, UnbindQueue) for s in steps(p))),
    "restart of consumers": (PULL, lambda p: any(restarts(c) and c.name[0] in "qr" for ph in p.phases for c in ph)),
    "restart of producers": (PULL, lambda p: any(restarts(c) and c.name[0] == "p" for ph in p.phases for c in ph)),
    "several queues, pushed": (PUSH, lambda p: len(p.queues) > 1),
    "suspend and resume": (PUSH, lambda p: {Suspend, Resume} <= {type(s) for s in steps(p)}),
    "unbind while suspended": (PUSH, lambda p: {Suspend, UnbindQueue} <= {type(s) for s in steps(p)}),
    "several ways at once": (exchanges(push=True), lambda p: clients(p, "push") > 0 and clients(p, "pull") > 0),
    "a consumer with messages in hand is restarted": (
        crashes(), lambda p: any(isinstance(c.steps[0], Start) for ph in p.phases for c in ph)),
}  # fmt: skip


@pytest.mark.parametrize(("strategy", "holds"), PROMISES.values(), ids=PROMISES)
def test_what_is_promised_is_generated(strategy: st.SearchStrategy[Program], holds: Callable[[Program], bool]) -> None:
    found = find(strategy, holds, settings=settings(max_examples=300, database=None, derandomize=True))
    assert all(one.steps for phase in found.phases for one in phase)
