"""A time in which the kit's own process does not run is none in which an implementation had to answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from time import sleep

import pytest

from tck import awake
from tck.awake import GAP, _Watch, wait

MS = 1_000_000
STOPPED = 0.6
"""For how long (s) a process is stopped: it does not run for at least as long, but for what counts of a gap."""
LESS = 0.5
CHILD = """
import sys
from time import monotonic
from tck.awake import awake
from tck.history import Outcome
from tck.operations import Receive
from tck.recorder import Recorder
began, ran, operation = monotonic(), awake(), Recorder().open("c", Receive(0.1))
print("ready", flush=True)
sys.stdin.readline()
operation.close(Outcome.OK)
print(monotonic() - began - (awake() - ran), operation.entry().stalled)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped there")
def test_a_process_that_is_stopped_does_not_run() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", CHILD], stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        os.kill(child.pid, signal.SIGSTOP)
        sleep(STOPPED)
        os.kill(child.pid, signal.SIGCONT)
        said, _ = child.communicate("go on\n")
    assert min(map(float, said.split())) >= LESS


def watch() -> _Watch:
    """Return what began to watch at the moment 0, when nothing had been used of the processor."""
    begun = _Watch()
    begun.seen = 0, 0, 0, ()
    return begun


def test_what_threads_waited_for_their_turn_does_not_count() -> None:
    seen = watch()
    seen.look(20 * MS, 0)
    assert seen.awake(30 * MS) == 30 * MS
    assert seen.awake(1020 * MS) == 20 * MS + GAP
    seen.look(1020 * MS, 0)
    assert seen.awake(1040 * MS) == 40 * MS + GAP


def test_awake_never_goes_back() -> None:
    seen = watch()
    before = seen.awake(15 * MS)
    seen.look(20 * MS, 0)
    assert seen.awake(15 * MS) >= before, "who read the clock before the watch did, and looks after it"


def test_a_stall_is_known_at_once_and_counted_once() -> None:
    seen = watch()
    seen.look(20 * MS, 0)
    assert seen.stalled(0, 1020 * MS, 0) == 1000 * MS - GAP
    seen.look(1020 * MS, 0)
    assert seen.stalled(0, 1020 * MS, 0) == 1000 * MS - GAP
    assert seen.stalled(920 * MS, 1020 * MS, 0) == 100 * MS
    assert seen.stalled(1020 * MS, 1060 * MS, 0) == 0


def test_who_uses_the_processor_does_not_stall() -> None:
    seen = watch()
    seen.look(1000 * MS, 900 * MS)
    assert seen.stalled(0, 1000 * MS, 900 * MS) == 100 * MS - GAP
    assert seen.stalled(0, 2000 * MS, 1800 * MS) == 2 * (100 * MS - GAP)


def test_the_stalls_of_long_ago_are_forgotten() -> None:
    seen = watch()
    for number in range(1, 3 * awake.REMEMBERED):
        seen.look(number * 100 * MS, 0)
    assert len(seen.seen[3]) == awake.REMEMBERED


def test_a_wait_ends_as_soon_as_it_is_so() -> None:
    event = threading.Event()
    threading.Timer(0.05, event.set).start()
    began = awake.awake()
    assert wait(event.wait, 60.0)
    assert awake.awake() - began < 30


def test_a_wait_goes_on_for_as_long_as_this_process_was_awake(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    clock = iter(range(1000))
    monkeypatch.setattr(awake, "awake", lambda: next(clock) / 100)
    assert not wait(lambda seconds: bool(asked.append(seconds)), 0.1)  # type: ignore[func-returns-value] # it remembers
    assert len(asked) > 3, "each time less than was asked for has passed"
    assert asked == sorted(asked, reverse=True)
    assert asked[-1] >= 0
