"""A time in which the kit's own process does not run is none in which an implementation had to answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from time import monotonic, monotonic_ns, sleep

import pytest

from tck.awake import awake, stalled, wait

STOPPED = 0.6
"""For how long (s) a process is stopped: it is not awake for at least as long, but for what counts of a gap."""
LESS = 0.5
CHILD = """
from time import monotonic, monotonic_ns
from threading import Event
from tck.awake import awake, stalled, wait
from tck.operations import Receive
from tck.history import Outcome
from tck.recorder import Recorder
began, ran, since = monotonic(), awake(), monotonic_ns()
operation = Recorder().open("c", Receive(0.1))
print("ready", flush=True)
assert not wait(Event().wait, 0.3)
operation.close(Outcome.OK)
print(monotonic() - began - (awake() - ran), stalled(since, monotonic_ns()), operation.entry().stalled, monotonic() - began)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped there")
def test_a_process_that_is_stopped_is_not_awake() -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        os.kill(child.pid, signal.SIGSTOP)
        sleep(STOPPED)
        os.kill(child.pid, signal.SIGCONT)
        lost, known, of_operation, whole = map(float, child.stdout.readline().split())
    assert min(lost, known, of_operation) >= LESS
    assert whole >= LESS + 0.3, "it waits for as long as it was asked to besides"


def test_a_wait_ends_as_soon_as_it_is_so() -> None:
    event = threading.Event()
    threading.Timer(0.05, event.set).start()
    began = awake()
    assert wait(event.wait, 60.0)
    assert awake() - began < 30


def test_awake_goes_on_and_never_back() -> None:
    seen = [awake()]
    until = monotonic() + 0.3
    while monotonic() < until:
        seen.append(awake())
    assert seen == sorted(seen)
    assert seen[0] < seen[-1] <= seen[0] + 60
    assert stalled(monotonic_ns(), monotonic_ns()) == 0.0
