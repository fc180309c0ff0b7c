"""How long this process was awake: a time in which the machine let none of its threads run counts for next to nothing.

Who waited in vain says that something is lost, and who took too long is late. Where the implementation works in the
kit's own process, or the machine stood still, it had no time for it: the kit waits the longer, and allows for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic_ns, sleep

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
        self.seen = monotonic_ns(), 0
        """When (ns) it was seen last, and for how long (ns) the process had been awake then."""
        self.stalls: tuple[tuple[int, int], ...] = ()

    def run(self) -> None:
        """Go on until the process ends."""
        while True:
            sleep(TICK)
            (last, _), now = self.seen, monotonic_ns()
            if now - last > GAP:
                self.stalls = (*self.stalls[-REMEMBERED:], (last + GAP, now))
            self.seen = now, self.awake(now)

    def awake(self, now: int) -> int:
        """Return for how long (ns) the process has been awake; it never goes back."""
        last, before = self.seen
        return before + max(0, min(now - last, GAP))

    def stalled(self, begin: int, end: int) -> int:
        """Return for how long (ns) it was not, between two moments (ns)."""
        last, _ = self.seen
        stalls = *self.stalls, (last + GAP, end)
        return sum(max(0, min(end, until) - max(begin, since)) for since, until in stalls)


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
    """Return for how many seconds between two moments (monotonic, ns) this process was not awake, as far as it is known."""
    return _watch().stalled(begin, end) / 1e9 if end - begin > GAP else 0.0


def wait(so: Callable[[float], bool], seconds: float) -> bool:
    """Wait until something is so, for at most so many seconds in which this process was awake; return whether it is.

    What is so is waited for by a call with seconds, like that of an event.
    """
    until = awake() + seconds
    while not so(max(until - awake(), 0.0)):
        if awake() >= until:
            return False
    return True
