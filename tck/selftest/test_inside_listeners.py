"""What a program tells a listener to do: it is saved with the program, done once, and recorded whatever comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tck.errors import DamagedFile
from tck.history import Entry, Outcome
from tck.operations import Operation, Resume, Send, Suspend, Wait
from tck.programs import AwaitDeliveries, Program, WhenCalled, client, load, message, producer, pusher, save
from tck.runner import run
from tck.selftest.test_programs import FAST, reference

CALLS = Resume(on="c"), Suspend(on="c"), Resume(on="c"), Suspend(on="nobody"), Suspend(on="c")
PROGRAM = Program.of(pusher("c", "q"), producer("p")).then(
    client("c", WhenCalled(CALLS), Send(message("q"), on="p"), Send(message("q"), on="p"), AwaitDeliveries(2))
)


def outcomes(entries: list[Entry], *kinds: type[Operation]) -> list[Outcome]:
    """Return how the operations of these kinds ended."""
    return [entry.outcome for entry in entries if isinstance(entry.op, kinds)]


def test_what_a_listener_is_told_is_saved_and_done_once(tmp_path: Path) -> None:
    """A program that was saved and loaded is the same, and its listener calls, once, what it was told, well or not."""
    save(PROGRAM, tmp_path / "program.json", check="", target="memory", seed=1)
    loaded = load(tmp_path / "program.json").program
    assert loaded == PROGRAM
    history = run(loaded, reference(), FAST)
    inside = history.by("c.listener")
    assert outcomes(inside, Resume, Suspend) == [Outcome.FAIL, Outcome.OK, Outcome.OK]
    assert [entry.op.on for entry in inside if isinstance(entry.op, Wait)] == ["nobody"]
    assert not history.problems


def test_the_kit_records_nothing_that_a_listener_is_told(tmp_path: Path) -> None:
    """What only the kit records is no step of a listener either."""
    save(Program.of(client("c", WhenCalled((Wait("x"),)))), tmp_path / "program.json", check="", target="", seed=1)
    with pytest.raises(DamagedFile, match="no step"):
        load(tmp_path / "program.json")
