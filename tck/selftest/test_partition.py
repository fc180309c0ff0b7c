"""Whatever the moment at which a worker of pytest-xdist dies, every check is given to one that lives."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from tck.partition import Partition

CHECKS = [f"test_mini.py::test_{number}" for number in range(7)]


class Node:
    """A worker: it remembers what it was told to run."""

    def __init__(self, number: int) -> None:
        self.gateway = SimpleNamespace(id=f"gw{number}")
        self.told: list[str] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        """Be told to run more."""
        self.told += [CHECKS[index] for index in indices]

    def shutdown(self) -> None:
        """Be told that there is nothing more."""
        self.shutting_down = True


class Workers:
    """Two workers, and those that replace them: what pytest-xdist tells its scheduler of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("xdist.scheduler.loadscope.parse_tx_spec_config", lambda _: ["popen", "popen"])
        self.scheduler = Partition(SimpleNamespace(option=SimpleNamespace(loadscopereorder=False)))
        self.nodes = [Node(0), Node(1), Node(2), Node(3)]
        self.did: set[str] = set()

    def ready(self, number: int) -> None:
        """A worker is ready."""
        self.scheduler.add_node(self.nodes[number])

    def collected(self, number: int) -> None:
        """A worker has collected."""
        self.scheduler.add_node_collection(self.nodes[number], CHECKS)
        if self.scheduler.collection_is_completed:
            self.scheduler.schedule()

    def died(self, number: int) -> None:
        """A worker died; where it ran something that counts as failed, and not as done."""
        self.scheduler.remove_node(self.nodes[number])

    def works(self, number: int) -> None:
        """A worker does all that it is told: the last of it only where more follows, or nothing will."""
        node = self.nodes[number]
        for check in node.told:  # grows
            if check != node.told[-1] or node.shutting_down:
                self.did.add(check)
                self.scheduler.mark_test_complete(node, CHECKS.index(check))


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    """Two workers, ready."""
    found = Workers(monkeypatch)
    found.ready(0)
    found.ready(1)
    return found


def both_collected(workers: Workers) -> None:
    """Both have collected, and one died."""
    workers.collected(0)
    workers.collected(1)
    assert workers.nodes[0].told == CHECKS[::2]
    assert workers.nodes[1].told == CHECKS[1::2]
    workers.died(1)


def one_collected(workers: Workers) -> None:
    """One died after it had collected, and before the other had."""
    workers.collected(1)
    workers.died(1)
    workers.collected(0)
    assert not workers.nodes[0].told, "with one worker nothing is shared out"


def none_collected(workers: Workers) -> None:
    """One died before anybody had collected."""
    workers.died(1)
    workers.collected(0)


@pytest.mark.parametrize("beginning", [both_collected, one_collected, none_collected])
@pytest.mark.parametrize("dies_too", [False, True])
def test_all_is_done_whenever_one_dies(
    workers: Workers, beginning: Callable[[Workers], None], *, dies_too: bool
) -> None:
    beginning(workers)
    workers.ready(2)
    if dies_too:
        workers.died(0)  # while the replacement of the other is ready, and has not collected
        workers.ready(3)
        workers.collected(3)
    workers.collected(2)
    for _ in CHECKS:
        for number in (0, 2, 3):
            if workers.nodes[number] in workers.scheduler.nodes:
                workers.works(number)
    assert workers.did == set(CHECKS)
    assert workers.scheduler.tests_finished


def test_a_replacement_that_collects_something_else_is_refused(workers: Workers) -> None:
    both_collected(workers)
    workers.ready(2)
    with pytest.raises(RuntimeError, match="the worker gw2 collected other checks"):
        workers.scheduler.add_node_collection(workers.nodes[2], CHECKS[:-1])
