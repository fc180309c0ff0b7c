"""Properties: examples at the same time, rounds from fresh seeds, each in its turn, and a failure that can be replayed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
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
from tck.conformance import CheckResult, Conform
from tck.properties import Property
from tck.selftest.test_conformance import conforming, fails_from, sends
from tck.session import Options

MINIATURE = "tck_fixtures.miniatures.concurrency:SkipsWhatItHadBeforeARestart"
Soaking = tuple[Future[CheckResult], list[int]]
Command = Callable[..., subprocess.CompletedProcess[str]]


def soaking(conform: Conform, top: int = 4, ahead: Ahead[CheckResult] | None = None, **options: Any) -> Soaking:
    """Return a property with three examples a round, begun, and what its body was called with."""
    drawn: list[int] = []

    @settings(max_examples=3, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(1, top))
    def check(conform: Conform, count: int) -> None:
        drawn.append(count)
        conform(sends(count))

    session: Any = SimpleNamespace(seed=7, began=monotonic(), options=Options("memory", **options))
    ahead = ahead or Ahead(4)
    return ahead.begin("x", Property(check, conform, session, ahead)), drawn


def test_without_seconds_there_is_one_round() -> None:
    soak, drawn = soaking(conforming(a=fails_from(99)))
    assert soak.result(60).evidence["a"].verdict == "PASS"
    assert len(drawn) == 3


def test_examples_count_whatever_the_check_says() -> None:
    soak, drawn = soaking(conforming(a=fails_from(1 << 40)), top=1 << 5, examples=9)
    soak.result(60)
    assert len(drawn) == 9


def test_with_seconds_rounds_follow_from_other_seeds_and_run_again_what_was_run() -> None:
    conform = conforming(a=fails_from(99))
    soak, drawn = soaking(conform, ahead=Ahead(1), seconds=2.0)
    soak.result(60)
    rounds = [tuple(drawn[n : n + 3]) for n in range(0, len(drawn), 3)]
    assert len(set(rounds)) > 1
    assert conform.runs == sum(len(set(one)) for one in rounds)


def test_a_broken_clause_ends_it_and_the_smallest_program_is_kept() -> None:
    soak, _ = soaking(conforming(a=fails_from(2)), top=1 << 5, seconds=60.0)
    assert soak.result(60).evidence["a"].actual == "too many: 2"


def test_what_cannot_be_drawn_is_a_fault_of_the_kit() -> None:
    @settings(database=None)
    @given(st.integers().filter(lambda _: False))
    def check(conform: Conform, count: int) -> None:
        raise AssertionError(conform, count)

    session: Any = SimpleNamespace(seed=7, began=monotonic(), options=Options("memory"))
    ahead: Ahead[CheckResult] = Ahead(1)
    found = ahead.begin("x", Property(check, conforming(a=fails_from(9)), session, ahead)).result(60)
    assert "in examples" in found.kit_error


def test_what_goes_on_leaves_the_others_their_turn() -> None:
    ahead: Ahead[str] = Ahead(1)
    begin = threading.Event()
    done: list[str] = []

    def turns(left: int, future: Future[str]) -> None:
        begin.wait(10)
        done.append("first")
        if left == 1:
            future.set_result("over")
        else:
            ahead.do(partial(turns, left - 1, future))

    first = ahead.begin("first", partial(turns, 3))
    second = ahead.add("second", lambda: done.__iadd__(["second"])[-1])
    begin.set()
    assert (first.result(10), second.result(10)) == ("over", "second")
    assert done == ["first", "second", "first", "first"]


def test_nothing_begins_where_nothing_more_is_to_begin() -> None:
    ahead: Ahead[str] = Ahead(1)
    turns = threading.Semaphore(0)

    def again() -> None:
        turns.release()
        ahead.do(again)

    ahead.do(again)
    assert turns.acquire(timeout=10)
    ahead.cancel()
    while turns.acquire(timeout=0.05):
        pass
    assert not turns.acquire(timeout=0.1)


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
        *("-m", "pytest", "-p", "tck.plugin", "--pyargs", "tck.suite.test_acknowledgement", "-q"),
        *("--oms", MINIATURE, "-k", "test_consumers_that_stop_with_messages_in_hand", *soak),
    )
    said = re.search(r"replay:\s+oms-tck replay (\S+) --on (\S+)", done.stdout)
    assert said, done.stdout[-3000:]
    assert said[2] == MINIATURE
    saved = programs.load(tmp_path / said[1])
    assert saved.target == MINIATURE
    assert saved.program.size <= 20
    again = python("-c", "from tck.cli import main; main()", "replay", said[1])
    assert again.returncode == 1, again.stderr
    assert "FAIL api.Consumer.ack-unacked-redelivered: " in again.stdout
    right = python("-c", "from tck.cli import main; main()", "replay", said[1], "--on", "memory")
    assert right.returncode == 0, right.stdout[-2000:]
