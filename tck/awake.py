"""How long this process was awake: what its threads waited for their turn counts for next to nothing.

Who waited in vain says that something is lost, and who took too long is late. Where the machine has no time for the kit's
own process it is neither: the kit waits the longer, and says of what it cannot tell that it is unknown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic_ns, process_time_ns, sleep

TICK = 0.02
"""How often (s) it is seen that this process is awake."""
GAP = 40_000_000
"""How much (ns) at most of the time between two such moments counts."""
REMEMBERED = 1000
"""How many stalls are remembered."""


class _Watch(threading.Thread):
    """Sees at each tick that this process is awake; a child of it has to begin anew."""

    def __init__(self) -> None:
        super().__init__(name="awake", daemon=True)
        self.seen: tuple[int, int, int, tuple[tuple[int, int, int], ...]] = monotonic_ns(), 0, process_time_ns(), ()
        """When (ns) it was seen last, for how long (ns) the process had been awake then, and what it had used of the
        processor (ns); and the stalls: from when to when (ns), and for how long (ns) of that it did not run."""

    def run(self) -> None:
        """Go on until the process ends."""
        while True:
            sleep(TICK)
            self.look(monotonic_ns(), process_time_ns())

    def look(self, now: int, used: int) -> None:
        """See, at a moment (ns), that the process is awake, and what it has used of the processor (ns)."""
        last, _, before, stalls = self.seen
        idle = now - last - GAP - (used - before)
        if idle > 0:
            stalls = (*stalls[1 - REMEMBERED :], (last, now, idle))
        self.seen = now, self.awake(now), used, stalls

    def awake(self, now: int) -> int:
        """Return for how long (ns) the process has been awake; it never goes back."""
        last, before, _, _ = self.seen
        return before + max(0, min(now - last, GAP))

    def stalled(self, begin: int, end: int, used: int) -> int:
        """Return for how long (ns), between two moments (ns), it did not run; by now it has `used` so much (ns)."""
        last, _, before, stalls = self.seen
        whole = max(0, min(end - last - GAP - (used - before), end - max(begin, last)))
        for since, until, idle in reversed(stalls):
            if until <= begin:
                break
            whole += max(0, min(idle, min(end, until) - max(begin, since)))
        return whole


_watches: list[_Watch] = []
_lock = threading.Lock()


def _watch() -> _Watch:
    if not _watches or not _watches[0].is_alive():
        with _lock:
            if not _watches or not _watches[0].is_alive():
                begun = _Watch()
                begun.start()
                _watches[:] = [begun]
    return _watches[0]


def awake() -> float:
    """Return for how many seconds this process was awake since some moment, which a child process does not share."""
    return _watch().awake(monotonic_ns()) / 1e9


def stalled(begin: int, end: int) -> float:
    """Return for how many seconds between two moments (monotonic, ns) the machine had no time for this process.

    That a thread of it waited for another, or for itself, is no stall.
    """
    return _watch().stalled(begin, end, process_time_ns()) / 1e9 if end - begin > GAP else 0.0


def wait(so: Callable[[float], bool], seconds: float) -> bool:
    """Wait until something is so, for at most so many seconds in which this process was awake; return whether it is.

    What is so is waited for by a call with seconds, like that of an event.
    """
    until = awake() + seconds
    while not so(max(until - awake(), 0.0)):
        if awake() >= until:
            return False
    return True
