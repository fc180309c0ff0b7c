"""Where the kit's data folders are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def data_root() -> Path:
    """Return the folder that holds specs/, fixtures/ and reports/."""
    package = Path(__file__).resolve().parent
    bundled = package / "_data"
    return bundled if bundled.is_dir() else package.parent


def specs() -> Path:
    """Return the folder of the specification's clauses, a folder for each version."""
    return data_root() / "specs"


def fixtures() -> Path:
    """Return the folder of the implementations that ship with the kit."""
    return data_root() / "fixtures"


def templates() -> Path:
    """Return the folder of the report's templates, each named after its format."""
    return data_root() / "reports"
