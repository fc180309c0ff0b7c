"""Removes a session's containers when the kit is gone: a child process that waits on a pipe, run by its path.

It is told GOODBYE where the kit has cleaned up by itself; an end of the pipe without it means that the kit was killed.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Self

import docker
from docker.errors import DockerException
from requests.exceptions import RequestException

LABEL = "openmessaging-tck"
"""The label that every container of the kit carries; its value is the session."""
GOODBYE = b"goodbye\n"
_PATIENCE = 10.0
_SETTLED = 1.5
"""How long none may have been found, in seconds: the engine may still be making one that the kit had asked for."""


class Reaper:
    """The child, seen from the kit: while this is entered, containers of the session do not outlive the kit."""

    def __init__(self, session: str) -> None:
        self.session = session

    def __enter__(self) -> Self:
        """Start the child in a session of its own, where neither Ctrl-C nor the kit's end reaches it."""
        self.child = subprocess.Popen(  # noqa: S603 - this very file
            [sys.executable, "-P", str(Path(__file__).resolve()), self.session],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what there still is; leave it to the child where that fails."""
        removed = False
        try:
            remove(self.session)
            removed = True
        except (DockerException, RequestException):
            pass
        finally:
            with suppress(OSError, subprocess.TimeoutExpired):  # the child is gone, or still at work
                self.child.communicate(GOODBYE if removed else b"", timeout=_PATIENCE)


def remove(session: str) -> int:
    """Remove a session's containers with their volumes; return how many there were.

    Raises DockerException, RequestException where the engine does not answer.
    """
    engine = docker.from_env()
    try:
        found = engine.containers.list(all=True, filters={"label": f"{LABEL}={session}"}, ignore_removed=True)
        for container in found:
            with suppress(docker.errors.NotFound):
                container.remove(force=True, v=True)
        return len(found)
    finally:
        engine.close()


def main() -> None:
    """Wait for the pipe's end, then remove until nothing more appears."""
    if sys.stdin.buffer.read() == GOODBYE:
        return
    give_up = monotonic() + 60
    settled = monotonic() + _SETTLED
    pause = threading.Event()
    while monotonic() < min(settled, give_up):
        try:
            if remove(sys.argv[1]):
                settled = monotonic() + _SETTLED
        except (DockerException, RequestException):
            settled = monotonic() + _SETTLED  # perhaps it is being removed already, or the engine restarts
        pause.wait(0.2)


if __name__ == "__main__":
    main()
