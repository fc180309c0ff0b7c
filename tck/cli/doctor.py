"""`oms-tck doctor`: what this machine has and lacks, and how to get it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from tck.clauses import catalogue
from tck.cli.terminal import console
from tck.errors import TckError
from tck.places import data_root
from tck.targets import fixture_names, settings_of

CLIENTS = {"rabbitmq": "pika"}


@click.command()
def doctor() -> int:
    """Say what this machine has and lacks for certifying each target, and how to get it."""
    lines = [_python(), _catalogue(), _docker(), _loopback(), _room(), *map(_client, _extras())]
    out = console()
    for good, what, remedy in lines:
        out.print(f"[{'green' if good else 'yellow'}]{'has  ' if good else 'lacks'}[/] {what}")
        if not good:
            out.print(f"      {remedy}")
    lacking = [what for good, what, _ in lines if not good]
    out.print(
        "everything is there"
        if not lacking
        else f"{len(lacking)} lacking; `memory` needs none of what concerns containers"
    )
    return 0


Line = tuple[bool, str, str]


def _python() -> Line:
    return (
        sys.version_info >= (3, 11),
        f"Python {platform.python_version()} ({sys.executable})",
        "install Python 3.11 or later",
    )


def _catalogue() -> Line:
    try:
        known = catalogue()
    except TckError as error:
        return False, f"a sound catalogue: {error}", "reinstall the kit"
    return True, f"the catalogue {known.version}, {len(known.clauses)} clauses ({data_root()})", ""


def _docker() -> Line:
    from tck.environment import engine_version  # noqa: PLC0415 - slow to import

    found = engine_version()
    remedy = "install and start a Docker engine (docs.docker.com/engine/install), or set DOCKER_HOST to one that runs"
    return found is not None, f"a Docker engine{f' {found}' if found else ''}: rabbitmq in a container", remedy


def _loopback() -> Line:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
    except OSError as error:
        return (
            False,
            f"free ports on 127.0.0.1: {error.strerror}",
            "allow this process to listen on the loopback interface",
        )
    return True, "free ports on 127.0.0.1", ""


def _room() -> Line:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    good = free > 1 and os.access(Path.cwd(), os.W_OK)
    return (
        good,
        f"a folder that can be written to, with {free:.0f} GB of room ({Path.cwd()})",
        "make room, or use --out",
    )


def _extras() -> list[str]:
    return [extra for name in fixture_names() if (extra := settings_of(name).extra)]


def _client(extra: str) -> Line:
    package = CLIENTS.get(extra, extra)
    try:
        return True, f"the client {package} {version(package)}: {extra}", ""
    except PackageNotFoundError:
        return False, f"the client {package}: {extra}", f"pip install 'openmessaging-tck[{extra}]'"
