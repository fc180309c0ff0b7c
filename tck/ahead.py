"""Runs the bodies of checks ahead of those who wait for them, on threads that never keep the process alive."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


def keep_to_one_core(number: int) -> None:
    """Keep this process, one of several, to one of the machine's cores, where the platform lets it.

    Its threads take turns at the interpreter; handing that from core to core takes about as long again as their work.
    """
    if sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[number % len(cores)]})


class Ahead(Generic[T]):
    """Some work by name, at most `width` at once, begun in the order in which it was added."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.futures: dict[str, Future[T]] = {}
        self.threads: list[threading.Thread] = []
        self.over = False

    def add(self, name: str, work: Callable[[], T]) -> Future[T]:
        """Have some work done; return its future, the same one for the same name."""
        return self.begin(name, lambda future: _complete(future, work))

    def begin(self, name: str, work: Callable[[Future[T]], None]) -> Future[T]:
        """Have some work begun that completes its future itself, perhaps by more work that it gives to `do`."""
        if name not in self.futures:
            future = self.futures[name] = Future()
            self.do(lambda: work(future) if future.set_running_or_notify_cancel() else None)
        return self.futures[name]

    def do(self, work: Callable[[], None]) -> None:
        """Have something done that has no name, unless nothing is to begin any more."""
        if self.over:
            return
        self.work.put(work)
        if len(self.threads) < self.width:
            thread = threading.Thread(target=self._run, name=f"ahead-{len(self.threads)}", daemon=True)
            self.threads.append(thread)
            thread.start()

    def cancel(self) -> None:
        """Begin nothing more, and let the threads end."""
        self.over = True
        for future in self.futures.values():
            future.cancel()
        for _ in self.threads:
            self.work.put(lambda: None)  # wakes one, which ends

    def _run(self) -> None:
        while True:
            work = self.work.get()
            if self.over:
                return
            work()


def _complete(future: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
        future.set_exception(error)
    else:
        future.set_result(result)
