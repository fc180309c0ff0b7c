"""Runs an implementation in a container of its own, from its start until nothing of it is left."""

from __future__ import annotations

import os
import re
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import docker
import msgspec
from docker.constants import DEFAULT_UNIX_SOCKET
from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import RequestException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tck.errors import EnvironmentUnusable
from tck.images import built, pulled, without_colours
from tck.reaper import LABEL, Reaper

if TYPE_CHECKING:
    from tck.targets import ContainerSettings

Probe = Callable[[str, Mapping[str, str]], None]
"""Opens an access point, given its URI and attributes; raises whatever it likes while nothing answers there."""

LOOPBACK = "127.0.0.1"
_TAIL = 30
_TRIES = 3
_POLL = 0.1
_PORT_TAKEN = re.compile(
    "port is already allocated|address already in use|failed to bind|ports are not available", re.IGNORECASE
)


class RunningBroker(msgspec.Struct, frozen=True):
    """A container that answers: where, what it was made from, and what it says."""

    access_point: str
    attributes: dict[str, str]
    image: str
    digest: str
    container: Any

    @property
    def container_id(self) -> str:
        """The engine's id of the container."""
        return str(self.container.id)

    def logs(self, since: float | None = None, until: float | None = None) -> str:
        """Return what it logged between two times (seconds since 1970), with the engine's timestamps."""
        return _log(self.container, since=since, until=until, timestamps=True)

    def stop(self) -> None:
        """Remove it before its time."""
        with suppress(NotFound):
            self.container.remove(force=True, v=True)


def engine_version() -> str | None:
    """Return the container engine's version; None where none answers."""
    try:
        with closing(_engine()) as engine:
            return str(engine.version()["Version"])
    except (EnvironmentUnusable, DockerException, RequestException):
        return None


@contextmanager
def start_container(
    folder: Path,
    settings: ContainerSettings,
    image: str | None,
    probe: Probe,
    on_wait: Callable[[str], None],
) -> Iterator[RunningBroker]:
    """Start a fixture's container, from its Dockerfile or from a published image; remove it in the end, come what may.

    `on_wait` is told what is being waited for.

    Raises EnvironmentUnusable.
    """
    engine = _engine()
    try:
        name = pulled(engine, image, on_wait) if image else built(engine, folder, on_wait)
        digest = str(engine.images.get(name).id)
        session = f"{os.getpid()}-{secrets.token_hex(4)}"
        with Reaper(session):
            on_wait(f"starting a container of {name}")
            made, ports = _started(name, settings, session)
            broker = RunningBroker(
                _filled(settings.access_point, ports),
                {key: _filled(value, ports) for key, value in settings.attributes.items()},
                name,
                digest,
                made.get_wrapped_container(),
            )
            try:
                _await(broker, settings, probe, on_wait)
                yield broker
            finally:
                with suppress(NotFound):  # it was stopped before its time
                    made.stop()
    except (DockerException, RequestException) as error:
        raise EnvironmentUnusable(
            f"the Docker engine failed: {error}",
            expected="an engine that builds, starts and removes containers",
            remedy="look at `docker info` and at the engine's own log",
        ) from error
    finally:
        engine.close()


def _engine() -> docker.DockerClient:
    try:
        _knock(os.environ.get("DOCKER_HOST") or DEFAULT_UNIX_SOCKET)
        return docker.from_env()
    except (OSError, DockerException) as error:
        raise EnvironmentUnusable(
            "no Docker engine answers",
            expected="a Docker engine that this user may use, at DOCKER_HOST or /var/run/docker.sock",
            remedy="install and start Docker, see `oms-tck doctor`; or certify a broker that runs already by its URI",
            detail=str(error),
        ) from error


def _knock(host: str) -> None:
    """See that someone listens at a Unix socket; Docker's own client leaves one open where none does.

    Raises OSError.
    """
    scheme, _, path = host.replace("http+unix", "unix").partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as door:
            door.connect("/" + path.lstrip("/"))


# The container --------------------------------------------------------------------------------------------------------


def _started(image: str, settings: ContainerSettings, session: str) -> tuple[DockerContainer, dict[int, int]]:
    """Start a container whose ports are published on the loopback, at numbers that stay while it lives."""
    testcontainers_config.ryuk_disabled = True  # its image is one more to pull; `Reaper` does its work
    last = ""
    for _ in range(_TRIES):
        ports = _free_ports(settings.ports)
        made = DockerContainer(image).with_kwargs(mem_limit=settings.memory, labels={LABEL: session}, network=None)
        made.image = image  # without the registry that testcontainers may be set to put before it
        made.ports = {f"{inside}/tcp": (LOOPBACK, outside) for inside, outside in ports.items()}  # type: ignore[misc] # passed on to docker
        try:
            return made.start(), ports
        except APIError as error:
            made.stop()
            last = str(error.explanation or error)
            if not _PORT_TAKEN.search(last):
                raise _not_started(image, last) from error
    raise EnvironmentUnusable(
        f"no port of {LOOPBACK} could be had for {', '.join(map(str, settings.ports))}",
        expected=f"free ports; {_TRIES} choices were taken by others in the meantime",
        remedy="end what takes ports on this machine, then try again",
        detail=last,
    )


def _free_ports(inside: tuple[int, ...]) -> dict[int, int]:
    held = [socket.create_server((LOOPBACK, 0)) for _ in inside]
    try:
        return {port: int(one.getsockname()[1]) for port, one in zip(inside, held, strict=True)}
    finally:
        for one in held:
            one.close()


def _filled(text: str, ports: Mapping[int, int]) -> str:
    """Put the host's ports where a text names the container's in braces."""
    return re.sub(r"\{(\d+)\}", lambda found: str(ports.get(int(found[1]), found[0])), text)


def _await(broker: RunningBroker, settings: ContainerSettings, probe: Probe, on_wait: Callable[[str], None]) -> None:
    """Wait for the line in its log that says it is ready, then until it really answers."""
    deadline = monotonic() + settings.startup_seconds
    problem: list[str] = []

    def answers() -> bool:
        try:
            probe(broker.access_point, broker.attributes)
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises while the broker starts is no answer yet
            problem[:] = [f"{type(error).__name__}: {error}"]
            return False
        return True

    on_wait(f"waiting for {broker.image} to log {settings.ready_log!r}")
    _until(
        lambda: settings.ready_log in _log(broker.container), broker, deadline, f"log {settings.ready_log!r}", problem
    )
    on_wait(f"waiting for {broker.image} to answer")
    _until(answers, broker, deadline, "answer at its access point", problem)


def _until(true: Callable[[], bool], broker: RunningBroker, deadline: float, what: str, problem: list[str]) -> None:
    pause = threading.Event()
    began = monotonic()
    while not true():
        broker.container.reload()
        if broker.container.status not in {"created", "running", "restarting"}:
            code = broker.container.attrs.get("State", {}).get("ExitCode")
            raise _not_started(broker.image, _tail(broker), f"ended with exit code {code}")
        if monotonic() > deadline:
            text = "\n".join([*problem, _tail(broker)])
            raise _not_started(broker.image, text, f"did not {what} within {monotonic() - began:.0f} s")
        pause.wait(_POLL)


def _not_started(image: str, detail: str, came: str = "did not start") -> EnvironmentUnusable:
    return EnvironmentUnusable(
        f"the container of {image} {came}",
        expected="a container that starts and answers",
        remedy="see the end of its log below; try again where the machine was busy, or take another --image",
        detail=detail,
    )


def _tail(broker: RunningBroker) -> str:
    return "\n".join(_log(broker.container).splitlines()[-_TAIL:])


def _log(container: Any, **which: Any) -> str:
    try:
        text = container.logs(**{key: value for key, value in which.items() if value is not None})
    except (DockerException, RequestException) as error:
        return f"(its log cannot be read: {error})"
    return without_colours(text.decode(errors="replace"))
