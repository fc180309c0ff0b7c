"""Properties that go on: rounds from fresh seeds, every property in its turn, and a failure that can be replayed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tck import programs
from tck.ahead import Ahead
from tck.conformance import Conform
from tck.selftest.test_conformance import conforming, fails_from, sends
from tck.session import Options
from tck.soak import Soak

MINIATURE = "tck_fixtures.miniatures.concurrency:LosesWhatCameWhileUnbound"
Command = Callable[..., subprocess.CompletedProcess[str]]


def soaking(conform: Conform, top: int = 4, **options: Any) -> tuple[Soak, list[int]]:
    """Return a property with three examples a round, and what it has drawn."""
    drawn: list[int] = []

    @settings(max_examples=3, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(1, top))
    def check(conform: Conform, count: int) -> None:
        drawn.append(count)
        conform(sends(count))

    session: Any = SimpleNamespace(seed=7, began=monotonic(), options=Options("memory", **options))
    return Soak(check, conform, session), drawn


def test_without_seconds_there_is_one_round() -> None:
    soak, drawn = soaking(conforming(a=fails_from(99)))
    assert soak() is not None
    assert len(drawn) == 3


def test_examples_count_whatever_the_check_says() -> None:
    soak, drawn = soaking(conforming(a=fails_from(1 << 40)), top=1 << 5, examples=9)
    soak()
    assert len(drawn) == 9


def test_with_seconds_rounds_follow_from_other_seeds_and_run_again_what_was_run() -> None:
    conform = conforming(a=fails_from(99))
    soak, drawn = soaking(conform, seconds=60.0)
    rounds = []
    for _ in range(4):
        assert soak() is None
        rounds.append(tuple(drawn))
        drawn.clear()
    assert len(set(rounds)) > 1
    assert conform.runs == sum(len(set(one)) for one in rounds)


def test_a_broken_clause_ends_it() -> None:
    soak, _ = soaking(conforming(a=fails_from(1)), seconds=60.0)
    result = soak()
    assert result is not None
    assert result.evidence["a"].actual == "too many: 1"


def test_what_goes_on_leaves_the_others_their_turn() -> None:
    ahead: Ahead[str] = Ahead(1)
    turns = {"first": 3, "second": 1}
    done: list[str] = []

    def turn(name: str) -> str | None:
        done.append(name)
        turns[name] -= 1
        return None if turns[name] else name

    first, second = (ahead.add(name, partial(turn, name)) for name in ("first", "second"))
    assert (first.result(10), second.result(10)) == ("first", "second")
    assert sorted(done) == ["first", "first", "first", "second"]
    assert done[-1] == "first"


def test_what_goes_on_ends_where_nothing_more_is_to_begin() -> None:
    ahead: Ahead[str] = Ahead(1)
    turns = threading.Semaphore(0)
    ahead.add("endless", turns.release)
    assert turns.acquire(timeout=10)
    ahead.cancel()
    last = ahead.add("last", lambda: "last")
    assert last.result(10) == "last"
    while turns.acquire(blocking=False):
        pass
    assert not turns.acquire(timeout=0.05)


@pytest.fixture
def python(tmp_path: Path) -> Command:
    """Run a module of Python in a folder of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {"NO_COLOR": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
            env=environment,
        )  # fmt: skip

    return run


def test_a_failure_is_shrunk_saved_and_replayed_on_what_caused_it(python: Command, tmp_path: Path) -> None:
    soak = ("--oms-examples=2", "--oms-seconds=60", "--oms-patience=0.3", "--oms-seed=1", "--oms-out=out")
    done = python(
        *("-m", "pytest", "-p", "tck.plugin", "--pyargs", "tck.suite.test_concurrency", "-q"),
        *("--oms", MINIATURE, "-k", "test_consumers_come_and_go", *soak),
    )
    said = re.search(r"replay:\s+oms-tck replay (\S+) --on (\S+)", done.stdout)
    assert said, done.stdout[-3000:]
    assert said[2] == MINIATURE
    saved = programs.load(tmp_path / said[1])
    assert saved.target == MINIATURE
    assert saved.program.size <= 20
    again = python("-c", "from tck.cli import main; main()", "replay", said[1])
    assert again.returncode == 1, again.stderr
    assert "FAIL 2.3.4-at-least-once: " in again.stdout
    right = python("-c", "from tck.cli import main; main()", "replay", said[1], "--on", "memory")
    assert right.returncode == 0, right.stdout[-2000:]
