"""Finds the implementation that a user names: a fixture, an access point URI, or a third party's adapter."""

from __future__ import annotations

import difflib
import importlib
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tck import access_point
from tck.adapter import Adapter, Support
from tck.errors import AdapterError, DamagedCatalogue, EnvironmentUnusable, IllegalAccessPoint, UnknownTarget
from tck.places import fixtures

FIXTURES = "tck_fixtures"
"""The name under which fixtures are imported: `fixtures` belongs to another distribution."""


class ContainerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a fixture's container is run; `{port}` in texts stands for the host's port of that container port."""

    ports: tuple[int, ...]
    access_point: str
    ready_log: str
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    startup_seconds: float = 90.0
    memory: str = "1g"


class FixtureFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What fixture.toml holds; `concurrency` is how many programs at once the implementation bears."""

    description: str
    driver_types: tuple[str, ...] = ()
    concurrency: int = 8
    extra: str = ""
    documentation: str = ""
    container: ContainerSettings | None = None


class Deviation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A failure that is known: its clause, its cause in the implementation, and where that is documented."""

    clause: str
    cause: str
    link: str


class _Deviations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    deviations: tuple[Deviation, ...] = ()


class Target(msgspec.Struct, frozen=True):
    """An implementation to be judged. `uri` is None where a container must be started or the adapter knows its own."""

    text: str
    adapter: Adapter
    adapter_name: str
    uri: str | None = None
    folder: Path | None = None
    settings: FixtureFile = FixtureFile("a third party's adapter")
    deviations: tuple[Deviation, ...] = ()

    @property
    def container(self) -> ContainerSettings | None:
        """How to start its container, where it needs one."""
        return self.settings.container if self.uri is None else None


def fixture_names() -> tuple[str, ...]:
    """Return the names of the fixtures."""
    return tuple(sorted(path.parent.name for path in fixtures().glob("*/fixture.toml")))


def settings_of(name: str) -> FixtureFile:
    """Read a fixture's settings.

    Raises DamagedCatalogue.
    """
    return _read(fixtures() / name / "fixture.toml", FixtureFile)


def target(text: str) -> Target:
    """Return the implementation that a text names.

    Raises UnknownTarget, IllegalAccessPoint; AdapterError where its adapter cannot be loaded; EnvironmentUnusable where
    its client library is missing; DamagedCatalogue where the fixture's files are.
    """
    if text.startswith("oms:"):
        driver = access_point.parse(text).driver_type
        name = next((n for n in fixture_names() if driver in settings_of(n).driver_types), None)
        if name is None:
            raise UnknownTarget(
                f"no adapter for the driver type {driver!r} of {access_point.redact(text)}",
                expected=f"one of {', '.join(sorted(d for n in fixture_names() for d in settings_of(n).driver_types))}",
                remedy="name a third party's adapter as package.module:Adapter",
            )
        return msgspec.structs.replace(_fixture(name), text=access_point.redact(text), uri=text)
    if text in fixture_names():
        return _fixture(text)
    if ":" in text:
        return _third_party(text)
    near = difflib.get_close_matches(text, fixture_names(), n=3, cutoff=0.5)
    raise UnknownTarget(
        f"unknown target {text!r}",
        expected=f"one of {', '.join(fixture_names())}, an access point URI (oms:…), or package.module:Adapter",
        remedy=f"did you mean {' or '.join(near)}?" if near else "see oms-tck targets",
    )


def _fixture(name: str) -> Target:
    settings = settings_of(name)
    folder = fixtures() / name
    found = folder / "deviations.toml"
    deviations = _read(found, _Deviations).deviations if found.exists() else ()
    module = _import(f"{FIXTURES}.{name}.adapter", settings.extra)
    return Target(
        name,
        _made(module, "Adapter", name),
        f"fixtures/{name}",
        folder=folder,
        settings=settings,
        deviations=deviations,
    )


def _third_party(text: str) -> Target:
    module_name, _, attribute = text.partition(":")
    if not module_name or module_name.startswith(".") or not attribute.isidentifier():
        raise UnknownTarget(f"unknown target {text!r}", expected="package.module:Adapter")
    working = str(Path.cwd())
    if working not in sys.path:
        sys.path.insert(0, working)
    adapter = _made(_import(module_name), attribute, text)
    return Target(text, adapter, text, uri=str(adapter.access_point))


def _import(name: str, extra: str = "") -> Any:
    if name.startswith(FIXTURES) and FIXTURES not in sys.modules:
        package = types.ModuleType(FIXTURES, "The fixtures, imported by name.")
        package.__path__ = [str(fixtures())]
        sys.modules[FIXTURES] = package
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if extra and error.name and not error.name.startswith(FIXTURES):
            raise EnvironmentUnusable(
                f"the client library {error.name!r} is not installed",
                expected=f"the packages of the extra {extra!r}",
                remedy=f"pip install 'openmessaging-tck[{extra}]'",
            ) from None
        if error.name and name.startswith(error.name):
            raise UnknownTarget(
                f"there is no module {error.name!r}",
                expected="package.module:Adapter, importable from here or from the current folder",
                remedy="look at the spelling, and at PYTHONPATH",
            ) from None
        raise AdapterError(
            f"importing {name} failed: {error}", remedy="import it in a Python shell to see why"
        ) from error
    except (Exception, SystemExit) as error:
        raise AdapterError(
            f"importing {name} failed: {type(error).__name__}: {error}", remedy="import it in a Python shell to see why"
        ) from error


_CONTRACT = ("name", "access_point", "profiles", "capabilities", "version", "open")


def _made(module: Any, attribute: str, text: str) -> Adapter:
    made = getattr(module, attribute, None)
    if made is None:
        near = difflib.get_close_matches(attribute, vars(module), n=3)
        raise UnknownTarget(
            f"{module.__name__} has no {attribute!r}",
            expected="the name of an adapter class",
            remedy=f"did you mean {' or '.join(near)}?" if near else "see fixtures/README.md, How to write an adapter",
        )
    try:
        adapter = made()
    except (Exception, SystemExit) as error:
        raise AdapterError(
            f"{text}: making the adapter failed: {type(error).__name__}: {error}",
            expected="a class that can be called without arguments",
        ) from error
    lacking = [member for member in _CONTRACT if not hasattr(adapter, member)]
    if lacking:
        raise AdapterError(
            f"{text} is no adapter: it has no {', '.join(lacking)}",
            expected="the members of tck.adapter.Adapter",
            remedy="see fixtures/README.md, How to write an adapter",
        )
    for wrong in _wrong(adapter):
        raise AdapterError(
            f"{text} is no adapter: {wrong}",
            expected="the members of tck.adapter.Adapter, of the types that it names",
            remedy="see fixtures/README.md, How to write an adapter",
        )
    return adapter  # type: ignore[no-any-return] # it has the members of the Protocol


def _wrong(adapter: Any) -> Iterator[str]:
    """Say which members of an adapter have another type than the contract gives them."""
    if not isinstance(adapter.name, str):
        yield f"its name is {adapter.name!r}, no text"
    try:
        access_point.parse(adapter.access_point)
    except (IllegalAccessPoint, TypeError, AttributeError) as error:
        yield f"its access_point is no access point URI: {str(error).splitlines()[0]}"
    profiles = adapter.profiles
    if isinstance(profiles, str) or not isinstance(profiles, Sequence) or not all(isinstance(p, str) for p in profiles):
        yield f"its profiles are {profiles!r}, no sequence of names"
    if not isinstance(adapter.capabilities, Mapping):
        yield f"its capabilities are {adapter.capabilities!r}, no mapping of parts to Support"
    else:
        for part, support in adapter.capabilities.items():
            if support not in set(Support):
                yield f"its capability {part!r} is {support!r}, none of {', '.join(Support)}"
    yield from (
        f"its {method} cannot be called" for method in ("version", "open") if not callable(getattr(adapter, method))
    )


_T = TypeVar("_T")


def _read(path: Path, kind: type[_T]) -> _T:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise DamagedCatalogue(f"{path}: {error.strerror}", expected="a file of a fixture") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise DamagedCatalogue(f"{path}: {error}", remedy="see fixtures/README.md for the format") from None
