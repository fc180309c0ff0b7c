"""What an access point says of itself."""

from __future__ import annotations

import re

from tck.access_point import Address, parse
from tck.checkers.answers import Checker, gives_what, ops
from tck.clauses import VERSION
from tck.errors import IllegalAccessPoint
from tck.history import Entry, History
from tck.operations import Attributes, Open
from tck.verdicts import Finding, unknown

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")


def well_formed(version: object, _: Entry) -> bool:
    """Tell whether a version has the form X.Y.Z[-identifiers]."""
    return bool(_VERSION.fullmatch(str(version)))


def compatible(version: object, _: Entry) -> bool:
    """Tell whether a version has the major and minor number of the specification."""
    return str(version).split(".")[:2] == VERSION.split(".")[:2]


def standard_attributes(result: object) -> dict[str, str | None]:
    """Return those attributes that the standard names."""
    given = result if isinstance(result, dict) else {}
    return {key: given.get(key) for key in ("ACCESS_POINTS", "DRIVER_IMPL", "REGION", "ACCOUNT_ID")}


def opened_uri(history: History, on: str) -> str:
    """Return the URI, without its secret, that an access point was opened with."""
    for entry in history.of(Open):
        if entry.op.on == on and isinstance(entry.op, Open) and entry.op.uri is not None:
            return entry.op.uri
    return history.origin.access_point


def _attribute(key: str, words: str) -> Checker:
    """The attributes of every access point that was asked hold, under `key`, that part of its URI."""

    def check(history: History) -> Finding:
        def holds(result: object, entry: Entry) -> bool:
            try:
                uri = parse(opened_uri(history, entry.op.on))
            except IllegalAccessPoint:
                return False
            given = result.get(key) if isinstance(result, dict) else None
            expected = {"REGION": uri.region, "ACCOUNT_ID": uri.account_id, "ACCESS_POINTS": uri.hosts}[key]
            if key == "ACCESS_POINTS":
                return _hosts(given) == expected
            if key == "REGION" and uri.namespace:
                return given in {uri.region, f"{uri.region}:{uri.namespace}"}
            return (given or None) == expected

        if not history.of(Attributes):
            return unknown("the attributes were never asked for", words)
        return gives_what(ops(Attributes), words, holds)(history)

    return check


def _hosts(text: str | None) -> tuple[Address, ...]:
    try:
        return parse(f"oms:any://{text}/any").hosts
    except IllegalAccessPoint:
        return ()


hosts_attribute = _attribute("ACCESS_POINTS", "ACCESS_POINTS holds the hosts of the URI")
region_attribute = _attribute("REGION", "REGION is the region of the URI")
account_attribute = _attribute("ACCOUNT_ID", "ACCOUNT_ID is the account of the URI")
