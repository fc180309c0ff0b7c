"""Threads that are used again, for a new one costs as much as several operations; none keeps the process alive.

Work that never ends keeps its thread, and nobody waits for more than that one work.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue


class Work:
    """Something that is done on another thread."""

    def __init__(self, do: Callable[[], object]) -> None:
        self._do = do
        self._error: BaseException | None = None
        self._under_way = threading.Lock()
        self._under_way.acquire()

    def run(self, then: Callable[[], None]) -> None:
        """Do it, on the thread that calls this, and what follows before anybody is told that it ended."""
        try:
            self._do()
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
            self._error = error
        then()
        self._under_way.release()

    def wait(self, seconds: float = -1) -> bool:
        """Wait until it ended, so long at most, and tell whether it did; raise what it raised."""
        if not self._under_way.acquire(timeout=seconds):
            return False
        self._under_way.release()
        if self._error is not None:
            raise self._error
        return True


class Workers:
    """As many threads as there is work at the same time."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[Work]] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._idle.clear)  # a fork has none of its parent's threads

    def begin(self, do: Callable[[], object]) -> Work:
        """Have something done at once, on a thread that has nothing to do or on a new one."""
        work = Work(do)
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = SimpleQueue()
            threading.Thread(target=self._serve, args=(worker,), name="worker", daemon=True).start()
        worker.put(work)
        return work

    def _serve(self, given: SimpleQueue[Work]) -> None:
        while True:
            given.get().run(lambda: self._idle.append(given))
