"""The clauses of the specification: what must hold, where it is written, and how it is verified."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from tck.errors import DamagedCatalogue
from tck.places import specs

VERSION = "1.0.0-alpha"
_T = TypeVar("_T")


class Level(StrEnum):
    """The RFC 2119 level of a statement, in its canonical spelling."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    MAY = "MAY"

    @property
    def binding(self) -> bool:
        """Whether a certificate depends on it."""
        return self in {Level.MUST, Level.MUST_NOT}


class Source(StrEnum):
    """Whether a level was written with a word of RFC 2119, or read from the context."""

    WRITTEN = "written"
    CONTEXT = "context"


class Verification(StrEnum):
    """How a clause is verified: by a check, by none that could be written, or by none that was written yet."""

    CHECK = "check"
    NONE = "none"
    PENDING = "pending"


class Citation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a statement stands: the document's path in its repository, the section, and the commit."""

    document: str
    section: str
    commit: str


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One normative statement, in our own words.

    `capability` names the optional part that the statement is about, or several joined by " + ": where an adapter does not
    claim them all the clause is UNSUPPORTED, where it does the clause binds. `reason` says why there is no check. `ambiguity` names the entry of the
    register whose readings the check tells apart: only neither is a failure.
    """

    id: str
    statement: str
    level: Level
    level_from: Source
    profile: str
    verification: Verification
    cites: tuple[Citation, ...]
    reason: str = ""
    capability: str = ""
    ambiguity: str = ""

    @property
    def checked(self) -> bool:
        """Whether a check judges it."""
        return self.verification is Verification.CHECK

    def lacking(self, capabilities: Mapping[str, str]) -> list[str]:
        """Return the optional parts that it is about and that are absent."""
        needed = self.capability.split(" + ") if self.capability else []
        return [part for part in needed if str(capabilities.get(part, "absent")) == "absent"]


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an implementation is certified for."""

    name: str
    description: str


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to read what the documents contradict or leave open, and where it stands."""

    name: str
    statement: str
    cites: tuple[Citation, ...] = ()


class Ambiguity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A contradiction or a gap of the documents. `reason` says why no check tells which reading is followed."""

    id: str
    question: str
    readings: tuple[Reading, ...]
    reason: str = ""


class _AmbiguityFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ambiguities: tuple[Ambiguity, ...]


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    section: str
    statement: str
    level: Level
    level_from: Source
    profile: str
    verification: Verification
    reason: str = ""
    capability: str = ""
    ambiguity: str = ""
    also: tuple[Citation, ...] = ()


class _ClauseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    document: str
    commit: str
    clauses: tuple[_Written, ...]


class _ProfileFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    profiles: tuple[Profile, ...]


class Catalogue(msgspec.Struct, frozen=True, dict=True):
    """All clauses of one version of the specification, in the order of their files."""

    version: str
    profiles: tuple[Profile, ...]
    clauses: tuple[Clause, ...]
    ambiguities: tuple[Ambiguity, ...]
    digest: str
    files: dict[str, str]

    @cached_property
    def by_id(self) -> dict[str, Clause]:
        """The clauses by their id."""
        return {clause.id: clause for clause in self.clauses}

    def __iter__(self) -> Iterator[Clause]:
        return iter(self.clauses)

    def where(self, clause: str) -> str:
        """Return the file and the line that a clause stands in."""
        return f"{self.files[clause]}:{_line_of(Path(self.files[clause]), clause)}"

    def of(self, profile: str) -> list[Clause]:
        """Return the clauses of a profile."""
        return [clause for clause in self.clauses if clause.profile == profile]


@cache
def catalogue(version: str = VERSION) -> Catalogue:
    """Return the clauses of a version of the specification, read once; raises as `catalogue_of` does."""
    return catalogue_of(specs() / version)


def catalogue_of(home: Path) -> Catalogue:
    """Read the clauses in a folder that is named as their version.

    Raises DamagedCatalogue, with the file and the entry, for anything that is not as `_Written` and `Ambiguity` say, for
    an id that stands twice, a clause without a check and without a reason, and a profile without clauses.
    """
    digest = hashlib.sha256()
    profiles: tuple[Profile, ...] = _read(home / "profiles.toml", _ProfileFile, digest).profiles
    names = {profile.name for profile in profiles}
    register = {one.id: one for one in _ambiguities(home / "ambiguities.toml", digest)}
    found: dict[str, Clause] = {}
    places: dict[str, str] = {}
    files = sorted((home / "clauses").glob("*.toml"))
    if not files:
        raise DamagedCatalogue(f"{home / 'clauses'}: no clauses", expected="at least one .toml file of clauses")
    for path in files:
        file = _read(path, _ClauseFile, digest)
        for written in file.clauses:
            fault = _fault(written, names, found, register)
            if fault:
                raise DamagedCatalogue(
                    f"{path}:{_line_of(path, written.id)}: clause {written.id!r} {fault}",
                    remedy="see specs/README.md for the format",
                )
            cites = (Citation(file.document, written.section, file.commit), *written.also)
            shared = {field: getattr(written, field) for field in Clause.__struct_fields__ if field != "cites"}
            found[written.id] = Clause(cites=cites, **shared)
            places[written.id] = str(path)
    for name in names - {clause.profile for clause in found.values()}:
        path = home / "profiles.toml"
        raise DamagedCatalogue(f"{path}:{_line_of(path, name, 'name')}: profile {name!r} has no clause")
    return Catalogue(home.name, profiles, tuple(found.values()), tuple(register.values()), digest.hexdigest(), places)


def _ambiguities(path: Path, digest: hashlib._Hash) -> tuple[Ambiguity, ...]:
    if not path.exists():
        return ()
    register: tuple[Ambiguity, ...] = _read(path, _AmbiguityFile, digest).ambiguities
    ids = [one.id for one in register]
    for one in register:
        fault = "stands twice" if ids.count(one.id) > 1 else "has fewer than two readings"
        if ids.count(one.id) > 1 or len(one.readings) < 2:
            raise DamagedCatalogue(
                f"{path}:{_line_of(path, one.id)}: ambiguity {one.id!r} {fault}",
                remedy="see specs/README.md for the format",
            )
    return register


def _fault(written: _Written, profiles: set[str], before: dict[str, Clause], register: Mapping[str, Ambiguity]) -> str:
    if written.id in before:
        return "stands twice: an id is never reused"
    if written.profile not in profiles:
        return f"belongs to the unknown profile {written.profile!r}; known are {', '.join(sorted(profiles))}"
    if written.ambiguity and written.ambiguity not in register:
        return f"names the ambiguity {written.ambiguity!r}, which is not in the register"
    if written.verification is Verification.NONE and not written.reason:
        return "has no check and gives no reason"
    if written.verification is Verification.CHECK and written.reason:
        return "has a check and a reason why it has none"
    return ""


def _line_of(path: Path, entry: str, key: str = "id") -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return max((n for n, line in enumerate(lines, 1) if f'"{entry}"' in line and line.startswith(key)), default=1)


def _line_told_by(error: Exception, data: bytes) -> str:
    """Return the line, after a colon, on which the entry begins that an error tells by its position."""
    found = re.search(r"\$\.(\w+)\[(\d+)\]", str(error))
    if not found:
        return ""
    begins = [n for n, line in enumerate(data.splitlines(), 1) if line.strip() == f"[[{found[1]}]]".encode()]
    number = int(found[2])
    return f":{begins[number]}" if number < len(begins) else ""


def _read(path: Path, kind: type[_T], digest: hashlib._Hash) -> _T:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DamagedCatalogue(f"{path}: {error.strerror}", expected="a file of the catalogue") from None
    digest.update(data)
    try:
        return msgspec.toml.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise DamagedCatalogue(
            f"{path}{_line_told_by(error, data)}: {error}", remedy="see specs/README.md for the format"
        ) from None
