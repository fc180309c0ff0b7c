"""Finds the image that a container is made from: built from a fixture's Dockerfile, or published by others."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import docker
from docker.errors import APIError, ImageNotFound
from docker.utils.build import exclude_paths, tar

from tck.errors import EnvironmentUnusable

_NOT_IN_THE_IMAGE = ("**/__pycache__", "**/*.py", "**/*.toml", "**/*.md")
"""The adapter's side of a fixture's folder: a change there is no reason to build again."""
_TAIL = 30
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def built(engine: docker.DockerClient, folder: Path, on_wait: Callable[[str], None]) -> str:
    """Return the image of a fixture's Dockerfile, built where this very context was not built before."""
    if not (folder / "Dockerfile").is_file():
        raise EnvironmentUnusable(
            f"{folder} has no Dockerfile",
            expected="a Dockerfile that starts the implementation",
            remedy="add one, or name a published image with --image",
        )
    name = f"openmessaging-tck/{folder.name.lower()}:{_context_hash(folder)}"
    try:
        engine.images.get(name)
    except ImageNotFound:
        _build(engine, folder, name, on_wait)
    return name


def _context_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(exclude_paths(str(folder), list(_NOT_IN_THE_IMAGE))):
        file = folder / path
        content = file.read_bytes() if file.is_file() else b""
        digest.update(f"{Path(path).as_posix()}\0{file.stat().st_mode & 0o111:o}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _build(engine: docker.DockerClient, folder: Path, name: str, on_wait: Callable[[str], None]) -> None:
    said: list[str] = []
    on_wait(f"building the image {name}")
    with closing(tar(folder, exclude=list(_NOT_IN_THE_IMAGE))) as context:
        try:
            said_so_far = engine.api.build(
                fileobj=context,  # type: ignore[arg-type] # a file; the stubs of `tar` tell less of it
                custom_context=True,
                tag=name,
                rm=True,
                forcerm=True,
                decode=True,
            )
            for line in said_so_far:
                text = str(line.get("error") or line.get("stream") or "").rstrip()
                said.extend(text.splitlines())
                if text.startswith("Step "):
                    on_wait(f"building the image: {text}")
                if "error" in line:
                    raise _no_image(folder, said)
        except APIError as error:
            raise _no_image(folder, [*said, str(error.explanation)]) from error


def _no_image(folder: Path, said: list[str]) -> EnvironmentUnusable:
    return EnvironmentUnusable(
        f"the image of {folder / 'Dockerfile'} cannot be built",
        expected="a build that succeeds",
        remedy="see the end of the build's log below; packages need a network, --image takes a published image instead",
        detail=without_colours("\n".join(said[-_TAIL:])),
    )


def pulled(engine: docker.DockerClient, image: str, on_wait: Callable[[str], None]) -> str:
    """Return a published image, pulled where it is not here."""
    try:
        engine.images.get(image)
    except ImageNotFound:
        on_wait(f"pulling the image {image}")
    except APIError as error:
        raise _unknown_image(image, error) from error
    else:
        return image
    try:
        engine.images.pull(image)
        engine.images.get(image)
    except APIError as error:
        raise _unknown_image(image, error) from error
    return image


def _unknown_image(image: str, error: APIError) -> EnvironmentUnusable:
    return EnvironmentUnusable(
        f"there is no image {image!r}, neither on this machine nor to be pulled",
        expected="the name of an image, such as rabbitmq:4-management",
        remedy="look at its spelling, `docker pull` it first, or leave --image out to build the fixture's own",
        detail=str(error.explanation or error),
    )


def without_colours(text: str) -> str:
    """Return what a program said without the terminal's colours."""
    return _COLOUR.sub("", text)
