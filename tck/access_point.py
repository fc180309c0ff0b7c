"""The access point URI of the standard: parse, print, and say what is wrong with it.

oms:<driver_type>://[account_id@]host1[:port1][,host2[:port2]...]/<region>[:<namespace>]
"""

from __future__ import annotations

import re

import msgspec

from tck.errors import IllegalAccessPoint

DEFAULT_PORT = 80
SCHEMA = "oms:<driver_type>://[account_id@]host1[:port1][,host2[:port2],...]/<region>"

_URI = re.compile(
    r"oms:(?P<driver>[^:/@\s]+)://(?:(?P<account>[^@/\s]*)@)?(?P<hosts>[^@/]+)/(?P<region>[^/:\s]+)(?::(?P<namespace>[^/:\s]+))?"
)
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]+)(?::(?P<port>[0-9]{1,5}))?")


class Address(msgspec.Struct, frozen=True):
    """One server address: a host name or IP address and a port."""

    host: str
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class AccessPointUri(msgspec.Struct, frozen=True):
    """A parsed access point URI.

    `account_key` is this kit's addition: the schema has an account but no secret, so `user:secret@` is read as both.
    """

    driver_type: str
    hosts: tuple[Address, ...]
    region: str
    account_id: str | None = None
    account_key: str | None = None
    namespace: str | None = None

    def __str__(self) -> str:
        return self._text(self.account_key)

    @property
    def redacted(self) -> str:
        """The URI without its secret, fit to be shown."""
        return self._text("***" if self.account_key is not None else None)

    def _text(self, key: str | None) -> str:
        account = "" if self.account_id is None else self.account_id + (f":{key}" if key is not None else "") + "@"
        hosts = ",".join(map(str, self.hosts))
        namespace = f":{self.namespace}" if self.namespace else ""
        return f"oms:{self.driver_type}://{account}{hosts}/{self.region}{namespace}"


def parse(text: str) -> AccessPointUri:
    """Parse an access point URI.

    Raises IllegalAccessPoint for whatever the schema does not allow. Spaces after the commas between hosts are
    accepted, because the document's own second example has one.
    """
    found = _URI.fullmatch(text.strip())
    if found is None:
        raise _illegal(text, _first_fault(text))
    hosts = []
    for part in found["hosts"].split(","):
        address = _HOST.fullmatch(part.strip())
        if address is None:
            raise _illegal(text, f"{part.strip()!r} is no host[:port]")
        port = int(address["port"]) if address["port"] else DEFAULT_PORT
        if not 0 < port < 1 << 16:
            raise _illegal(text, f"{port} is no port number")
        hosts.append(Address(address["host"], port))
    account, colon, key = (found["account"] or "").partition(":")
    return AccessPointUri(
        found["driver"], tuple(hosts), found["region"], account or None, key if colon else None, found["namespace"]
    )


def redact(text: str) -> str:
    """Return the text with whatever stands where a secret would stand replaced, also when it is no legal URI.

    A secret may hold anything, so all up to the last @ of the line is taken for one.
    """
    return re.sub(r"(//[^:@/\s]*:).*@", r"\1***@", text)


def _illegal(text: str, fault: str) -> IllegalAccessPoint:
    return IllegalAccessPoint(
        f"illegal access point URI {redact(text)!r}: {fault}",
        expected=SCHEMA,
        remedy="write for example oms:rabbitmq://guest:guest@127.0.0.1:5672/local",
    )


def _first_fault(text: str) -> str:
    if not text.startswith("oms:"):
        return "it does not start with the prefix 'oms:'"
    driver, slashes, rest = text[len("oms:") :].partition("://")
    if not slashes or not driver or "/" in driver:
        return "the driver type before '://' is missing"
    authority, slash, _ = rest.rpartition("/")
    if slash and not authority.rpartition("@")[2]:
        return "the host is missing"
    return "the region after a '/' is missing or holds a separator"
