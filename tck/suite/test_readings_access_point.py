"""What the documents leave open about access points: which reading an implementation follows."""

from tck.adapter import Status
from tck.checkers.answers import (
    Checker,
    all_of,
    any_of,
    fails,
    follows,
    gives,
    gives_what,
    has_status,
    ops,
    succeeds,
)
from tck.checkers.delivery import nothing_lost
from tck.checkers.readings import came, opens_with, told, where
from tck.conformance import Conform, clauses
from tck.operations import Attributes, CreateProducer, ErrorKind, Open, Send, Start, Version
from tck.programs import Drain, Program, ReceiveUntil, client, message, producer, puller, send

URIS = {
    "namespace": "oms:{driver}://{account}@{hosts}/{region}:ns",
    "blank": "oms:{driver}://{account}@{hosts}, {hosts}/{region}",
    "gap": "oms:{driver}://{account}@{hosts},,{hosts}/{region}",
    "v6": "oms:{driver}://{account}@[::1]/{region}",
    "port": "oms:{driver}://{account}@localhost/{region}",
    "slash": "oms:{driver}://{account}@{hosts}/x/{region}",
    "nameless": "oms:{driver}://@{hosts}/{region}",
    "case": "OMS:{driver}://{account}@{hosts}/{region}",
    "escape": "oms:{driver}://{account}@{hosts}/{region}%2Dx",
}
PRESET = {"ACCESS_POINTS": "127.0.0.1:1", "REGION": "elsewhere", "ACCOUNT_ID": "somebody"}
OWN = {"ACCESS_POINTS": "{hosts}", "REGION": "{region}", "ACCOUNT_ID": "{account}"}


def opened(name: str) -> Checker:
    """The URI is legal, and opens."""
    return succeeds(ops(Open, on=name))


def illegal(name: str) -> Checker:
    """The URI is illegal."""
    return has_status(ops(Open, on=name), Status.DRIVER_URL_ILLEGAL)


def unreachable(name: str) -> Checker:
    """The URI is legal, and names what cannot be reached."""
    return has_status(ops(Open, on=name), Status.DRIVER_UNAVAILABLE)


def shows_key(name: str, answer: str) -> Checker:
    """The access point shows an ACCOUNT_KEY, or not."""
    words = f"ACCOUNT_KEY is shown: {answer}"
    return gives_what(ops(Attributes, on=name), words, lambda given, _: ("ACCOUNT_KEY" in given) == (answer == "yes"))


@clauses(
    {
        "reading.version-value": follows({value: gives(ops(Version), value) for value in ("1.0.0", "1.0.0-alpha")}),
        "reading.region-attribute": where(
            opened("namespace"),
            follows({"all": told("namespace", REGION="{region}:ns"), "region": told("namespace", REGION="{region}")}),
        ),
        "api.AccessPointURI.namespace": follows(
            {
                "no": illegal("namespace"),
                "yes": any_of(opened("namespace"), has_status(ops(Open, on="namespace"), Status.NAMESPACE_NOT_FOUND)),
            }
        ),
        "access-point.blank-after-comma": follows(
            {"legal": told("blank", ACCESS_POINTS="{hosts},{hosts}"), "illegal": illegal("blank")}
        ),
        "access-point.host-empty-each": follows(
            {
                "illegal": illegal("gap"),
                "ignored": any_of(
                    told("gap", ACCESS_POINTS="{hosts},{hosts}"), told("gap", ACCESS_POINTS="{hosts},,{hosts}")
                ),
            }
        ),
        "access-point.host-ipv6": follows(
            {
                "yes": any_of(told("v6", ACCESS_POINTS="[::1]"), unreachable("v6")),
                "no": illegal("v6"),
            }
        ),
        "api.MessagingAccessPoint.attributes-access-points-port": where(
            opened("port"),
            follows(
                {
                    "as written": opens_with("port", "ACCESS_POINTS", "localhost"),
                    "completed": opens_with("port", "ACCESS_POINTS", "localhost:80"),
                }
            ),
        ),
        "api.AccessPointURI.slashes": follows(
            {
                "last": any_of(told("slash", REGION="{region}"), unreachable("slash")),
                "first": told("slash", REGION="x/{region}"),
                "illegal": illegal("slash"),
            }
        ),
        "api.AccessPointURI.empty-account": follows(
            {
                "host": any_of(told("nameless", ACCESS_POINTS="@{hosts}"), unreachable("nameless")),
                "none": any_of(
                    told("nameless", ACCOUNT_ID="", ACCESS_POINTS="{hosts}"),
                    fails(ops(Open, on="nameless"), ErrorKind.SECURITY),
                ),
                "illegal": illegal("nameless"),
            }
        ),
        "api.AccessPointURI.case": follows({"matters": illegal("case"), "not": told("case", **OWN)}),
        "api.AccessPointURI.escapes": where(
            opened("escape"),
            follows(
                {"verbatim": told("escape", REGION="{region}%2Dx"), "decoded": told("escape", REGION="{region}-x")}
            ),
        ),
        "api.OMSBuiltinKeys.account-key": where(
            opened("keyed"), follows({"shown": shows_key("keyed", "yes"), "withheld": shows_key("keyed", "no")})
        ),
        "api.OMS.open-attributes-against-uri": follows(
            {
                "uri": told("preset", **OWN),
                "attribute": told("preset", **PRESET),
                "error": fails(ops(Open, on="preset")),
            }
        ),
    }
)
def test_what_uris_mean(conform: Conform) -> None:
    """URIs and attributes of which the documents say too little, or two things, are opened, and tell of themselves."""
    openings = [client(name, Open(uri, on=name), Attributes(on=name)) for name, uri in URIS.items()]
    preset = client("preset", Open(on="preset", with_attributes=PRESET), Attributes(on="preset"))
    keyed = client("keyed", Open(on="keyed", with_attributes={"ACCOUNT_KEY": "{key}"}), Attributes(on="keyed"))
    conform(Program.of(client("own", Version()), *openings, preset, keyed, queues=()))


@clauses(
    {
        "access-point.host-unreachable": follows(
            {
                "yes": all_of(opened("half"), succeeds(ops(Send)), nothing_lost("c")),
                "no": fails(ops(Open, on="half")),
            }
        )
    }
)
def test_a_host_that_cannot_be_reached(conform: Conform) -> None:
    """Where nothing answers at one host of two, the access point opens and works, or does not open."""
    uri = "oms:{driver}://{account}@127.0.0.1:1,{hosts}/{region}"
    sender = client("p", Open(uri, on="half"), CreateProducer(on="half"), Start(), Send(message("q")))
    conform(Program.of(sender).then(puller("c", "q", ReceiveUntil(1))))


@clauses(
    {
        "api.OMS.open-unreachable": where(
            came("c", b"fence"),
            follows(
                {
                    "open": fails(ops(Open, on="deaf")),
                    "start": all_of(opened("deaf"), fails(ops(Start, on="deaf.p"))),
                    "use": all_of(opened("deaf"), succeeds(ops(Start, on="deaf.p")), fails(ops(Send, on="deaf.p"))),
                }
            ),
        )
    }
)
def test_hosts_that_cannot_be_reached(conform: Conform) -> None:
    """Where nothing answers at any host, opening fails, or starting, or sending, but for who connects to no host at all."""
    uri = "oms:{driver}://{account}@127.0.0.1:1/{region}"
    steps = (Start(on="deaf.p"), Send(message("q", b"deaf"), on="deaf.p"))
    sender = client("deaf", Open(uri, on="deaf"), CreateProducer("deaf.p", on="deaf"), *steps)
    program = Program.of(sender).then(producer("p", send("q", b"fence")))
    conform(program.then(puller("c", "q", ReceiveUntil(1), Drain())))
