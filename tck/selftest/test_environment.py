"""Containers start, answer, and never outlive the kit; whatever goes wrong says what to do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic, time

import docker
import pytest
from docker.errors import APIError
from docker.models.containers import Container

from tck import environment
from tck.environment import engine_version, start_container
from tck.errors import EnvironmentUnusable
from tck.reaper import LABEL, Reaper
from tck.targets import ContainerSettings

needs_docker = pytest.mark.skipif(
    engine_version() is None, reason="no Docker engine answers: no container was built, started or removed"
)
SETTINGS = ContainerSettings(ports=(7,), access_point="oms:echo://127.0.0.1:{7}/local", ready_log="ready")
DOCKERFILE = 'FROM debian:trixie-slim\nCMD ["/bin/sh", "-c", "echo starting; echo ready; exec sleep 600"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Make a fixture's folder, whose container logs that it is ready, and sleeps."""
    made = tmp_path / "selftest"
    made.mkdir()
    (made / "Dockerfile").write_text(DOCKERFILE)
    yield made
    if engine_version():
        engine = docker.from_env()
        for image in engine.images.list(name="openmessaging-tck/selftest"):
            with suppress(APIError):  # another process's container still runs it; that one removes it
                engine.images.remove(str(image.id), force=True)
        engine.close()


def answers(_uri: str, _attributes: Mapping[str, str]) -> None:
    """Find that it answers."""


def ours() -> list[Container]:
    """Return the containers that this process started."""
    engine = docker.from_env()
    try:
        found = engine.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
        return [one for one in found if one.labels.get(LABEL, "").startswith(f"{os.getpid()}-")]
    finally:
        engine.close()


def soon(true: Callable[[], bool], seconds: float) -> bool:
    """Tell whether something becomes true in time."""
    deadline = monotonic() + seconds
    pause = threading.Event()
    while not true():
        if monotonic() > deadline:
            return False
        pause.wait(0.05)
    return True


@needs_docker
def test_a_container_starts_answers_and_is_removed(folder: Path) -> None:
    """It is built once, its ports are on the loopback alone, its log can be read, and nothing of it remains."""
    waits: list[str] = []
    began = time()
    with start_container(folder, SETTINGS, None, answers, waits.append) as broker:
        assert broker.image.startswith("openmessaging-tck/selftest:")
        assert broker.digest.startswith("sha256:")
        assert "ready" in broker.logs(began - 1, time() + 1)
        assert "ready" not in broker.logs(time() + 60)
        (container,) = ours()
        (published,) = container.attrs["HostConfig"]["PortBindings"]["7/tcp"]
        assert published["HostIp"] == "127.0.0.1"
        assert broker.access_point == f"oms:echo://127.0.0.1:{published['HostPort']}/local"
    assert not ours()
    assert any("building" in wait for wait in waits)
    again: list[str] = []
    (folder / "adapter.py").write_text("# no part of the image\n")
    with start_container(folder, SETTINGS, None, answers, again.append) as broker:
        broker.stop()
    assert not any("building" in wait for wait in again)
    assert any("log 'ready'" in wait for wait in again)


@needs_docker
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError])
def test_a_container_is_removed_when_the_kit_fails(folder: Path, interruption: type[BaseException]) -> None:
    """Neither Ctrl-C nor a failure leaves a container behind, also while it starts."""

    def interrupted(_uri: str, _attributes: Mapping[str, str]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(interruption), start_container(folder, SETTINGS, None, answers, print):
        raise interruption
    assert not ours()
    with pytest.raises(KeyboardInterrupt), start_container(folder, SETTINGS, None, interrupted, print):
        pass
    assert not ours()


HOLDER = """
import sys
from pathlib import Path
from tck.environment import start_container
from tck.selftest.test_environment import SETTINGS, answers
with start_container(Path(sys.argv[1]), SETTINGS, None, answers, lambda _: None) as broker:
    print(broker.container_id, flush=True)
    sys.stdin.read()
"""


@needs_docker
def test_a_killed_kit_leaves_no_container(folder: Path) -> None:
    """Within ten seconds of kill -9 the container is gone."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert holder.stdout
    container = holder.stdout.readline().strip()
    assert container
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    engine = docker.from_env()
    try:
        listed = engine.containers.list
        assert soon(lambda: container not in [one.id for one in listed(all=True, ignore_removed=True)], 10)
    finally:
        engine.close()


@needs_docker
def test_a_container_that_comes_to_nothing_says_why(folder: Path) -> None:
    """One that ends, never says that it is ready, or never answers, is told with its log, and removed."""
    short = ContainerSettings(ports=(), access_point="oms:echo://h/r", ready_log="never", startup_seconds=1)
    with (
        pytest.raises(EnvironmentUnusable, match="did not log 'never' within 1 s") as failure,
        start_container(folder, short, None, answers, print),
    ):
        pass
    assert "ready" in failure.value.detail

    def refuse(_uri: str, _attributes: Mapping[str, str]) -> None:
        raise ConnectionRefusedError("not yet")

    deaf = ContainerSettings(ports=(), access_point="oms:echo://h/r", ready_log="ready", startup_seconds=1)
    with (
        pytest.raises(EnvironmentUnusable, match="did not answer") as failure,
        start_container(folder, deaf, None, refuse, print),
    ):
        pass
    assert "not yet" in failure.value.detail
    (folder / "Dockerfile").write_text('FROM debian:trixie-slim\nCMD ["/bin/sh", "-c", "echo oh no; exit 3"]\n')
    with (
        pytest.raises(EnvironmentUnusable, match="ended with exit code 3") as failure,
        start_container(folder, SETTINGS, None, answers, print),
    ):
        pass
    assert "oh no" in failure.value.detail
    assert not ours()


@needs_docker
def test_an_image_that_does_not_build_says_why(folder: Path) -> None:
    """The end of the build's log is shown; so is what is wrong with the Dockerfile itself."""
    (folder / "Dockerfile").write_text("FROM debian:trixie-slim\nRUN echo what went wrong && exit 7\n")
    with (
        pytest.raises(EnvironmentUnusable, match="cannot be built") as failure,
        start_container(folder, SETTINGS, None, answers, print),
    ):
        pass
    assert "what went wrong" in failure.value.detail
    assert "returned a non-zero code: 7" in failure.value.detail
    (folder / "Dockerfile").write_text("NONSENSE\n")
    with (
        pytest.raises(EnvironmentUnusable, match="cannot be built") as failure,
        start_container(folder, SETTINGS, None, answers, print),
    ):
        pass
    assert "NONSENSE" in failure.value.detail
    (folder / "Dockerfile").unlink()
    with (
        pytest.raises(EnvironmentUnusable, match="has no Dockerfile"),
        start_container(folder, SETTINGS, None, answers, print),
    ):
        pass


@needs_docker
@pytest.mark.parametrize("image", ["openmessaging-tck/no-such-image:1", "NOT A NAME"])
def test_an_unknown_image_says_so(folder: Path, image: str) -> None:
    """A published image that is neither here nor to be had is named, with what to do."""
    with (
        pytest.raises(EnvironmentUnusable, match="there is no image") as failure,
        start_container(folder, SETTINGS, image, answers, print),
    ):
        pass
    assert "--image" in failure.value.remedy


@needs_docker
def test_a_published_image_is_taken_as_it_is(folder: Path) -> None:
    """With an image's name the Dockerfile is not built."""
    with start_container(folder, SETTINGS, None, answers, print) as built:
        name = built.image
    (folder / "Dockerfile").unlink()
    with start_container(folder, SETTINGS, name, answers, print) as broker:
        assert broker.image == name


@needs_docker
def test_a_port_in_use_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another choice is made where a port is taken meanwhile; after the third one it is told."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        free = environment._free_ports
        choices = iter([{7: port}, free((7,))])
        monkeypatch.setattr(environment, "_free_ports", lambda _: next(choices))
        with start_container(folder, SETTINGS, None, answers, print) as broker:
            assert str(port) not in broker.access_point
        monkeypatch.setattr(environment, "_free_ports", lambda _: {7: port})
        with (
            pytest.raises(EnvironmentUnusable, match="no port of 127") as failure,
            start_container(folder, SETTINGS, None, answers, print),
        ):
            pass
        assert str(port) in failure.value.detail
    assert not ours()


def test_no_engine_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Docker engine the message names the remedy, and doctor sees none."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    assert engine_version() is None
    with (
        pytest.raises(EnvironmentUnusable, match="no Docker engine answers") as failure,
        start_container(folder, SETTINGS, None, answers, print),
    ):
        pass
    assert failure.value.expected
    assert failure.value.remedy
    monkeypatch.undo()


def test_the_reaper_ends_with_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child is left over once the kit has cleaned up by itself."""
    monkeypatch.setattr("tck.reaper.remove", lambda _: 0)
    with Reaper("selftest") as reaper:
        assert reaper.child.poll() is None
    assert reaper.child.returncode == 0
