"""The access point: its URI and the errors of it, its attributes, its version, and what it creates."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tck.adapter import Status
from tck.checkers import access
from tck.checkers.answers import Checker, all_of, follows, gives, gives_what, has_status, lacks_status, ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.checkers.readings import told, where
from tck.conformance import Conform, clauses
from tck.operations import (
    Attributes,
    BindQueue,
    CreateConsumer,
    CreateProducer,
    GetBindQueue,
    IsBindQueue,
    Open,
    Send,
    Start,
    Stop,
    Version,
)
from tck.programs import Client, Program, ReceiveUntil, client, message, producer, puller, send

ILLEGAL = {
    "prefix": (
        "{driver}://{hosts}/{region}",
        "amqp:{driver}://{hosts}/{region}",
        "om:{driver}://{hosts}/{region}",
        "//{hosts}/{region}",
    ),
    "driver": ("oms:://{hosts}/{region}", "oms://{hosts}/{region}"),
    "host": ("oms:{driver}:///{region}", "oms:{driver}://{account}@/{region}"),
    "host with port": ("oms:{driver}://:5672/{region}", "oms:{driver}://{account}@:80/{region}"),
    "host among several": ("oms:{driver}://{hosts},:80/{region}", "oms:{driver}://:80,{hosts}/{region}"),
    "region": ("oms:{driver}://{hosts}", "oms:{driver}://{hosts}/"),
    "empty": ("",),
    "port": (
        "oms:{driver}://localhost:port/{region}",
        "oms:{driver}://localhost:65536/{region}",
        "oms:{driver}://localhost:0/{region}",
    ),
}
LEGAL = {
    "no account": "oms:{driver}://{hosts}/{region}",
    "no port": "oms:{driver}://{account}@localhost/{region}",
    "several hosts": "oms:{driver}://{account}@{hosts},{hosts}/{region}",
    "unknown driver": "oms:nosuchdriver://{hosts}/{region}",
}


def opening(name: str, *uris: str) -> Client:
    """Open these, one after the other."""
    return client(name, *(Open(uri, on=f"{name}.{n}") for n, uri in enumerate(uris)))


def illegal(name: str) -> Checker:
    """Each URI of this client is illegal."""
    return has_status(ops(Open, client=name), Status.DRIVER_URL_ILLEGAL)


@clauses(
    {
        "access-point.prefix-required": illegal("prefix"),
        "access-point.driver-type-required": illegal("driver"),
        "access-point.host-required": illegal("host"),
        "access-point.host-required-with-port": illegal("host with port"),
        "access-point.host-required-each": illegal("host among several"),
        "access-point.region-required": illegal("region"),
        "access-point.uri-empty": illegal("empty"),
        "access-point.port-malformed": follows(
            {
                "numbers": illegal("port"),
                "any-text": lacks_status(ops(Open, client="port"), Status.DRIVER_URL_ILLEGAL),
            }
        ),
    }
)
def test_illegal_uris_are_refused(conform: Conform) -> None:
    """A URI without prefix, driver type, host or region, or with a port that is none, is illegal."""
    conform(Program.of(*(opening(name, *uris) for name, uris in ILLEGAL.items()), queues=()))


@clauses({"access-point.prefix-required": illegal("prefix")})
@settings(max_examples=10)
@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=8).filter(lambda text: text != "oms"))
def test_any_other_prefix_is_refused(conform: Conform, prefix: str) -> None:
    """A URI with any prefix but oms: is illegal."""
    conform(Program.of(opening("prefix", prefix + ":{driver}://{hosts}/{region}"), queues=()))


@clauses(
    {
        "access-point.account-optional": lacks_status(ops(Open, on="no account.0"), Status.DRIVER_URL_ILLEGAL),
        "access-point.port-optional": lacks_status(ops(Open, on="no port.0"), Status.DRIVER_URL_ILLEGAL),
        "error-code.driver-unknown": has_status(ops(Open, on="unknown driver.0"), Status.DRIVER_UNAVAILABLE),
    }
)
def test_optional_parts_may_be_left_out(conform: Conform) -> None:
    """Account and port are optional; a driver that nobody has is not available."""
    names = ("no account", "no port", "unknown driver")
    conform(Program.of(*(opening(name, LEGAL[name]) for name in names), queues=()))


@clauses(
    {
        "access-point.several-hosts": all_of(succeeds(ops(Open, on="s")), nothing_lost("c")),
        "api.MessagingAccessPoint.attributes-access-points": access.hosts_attribute,
        "api.MessagingAccessPoint.attributes-region": access.region_attribute,
        "api.MessagingAccessPoint.attributes-account-id": access.account_attribute,
        "api.MessagingAccessPoint.attributes-driver-impl": gives_what(
            ops(Attributes), "DRIVER_IMPL is set", lambda result, _: bool(result.get("DRIVER_IMPL"))
        ),
        "version.format": gives_what(ops(Version), "a version X.Y.Z, perhaps of a pre-release", access.well_formed),
        "version.major-minor": gives_what(ops(Version), "version 1.0", access.compatible),
    }
)
def test_an_access_point_tells_of_itself(conform: Conform) -> None:
    """Version and attributes are those of what was opened, also with several hosts."""
    conform(
        Program.of(
            client("first", Attributes(), Version()),
            client(
                "second",
                Open(LEGAL["several hosts"], on="s"),
                Attributes(on="s"),
                Version(on="s"),
                CreateProducer("p", on="s"),
                Start(on="p"),
                Send(message("q"), on="p"),
            ),
        ).then(puller("c", "q", ReceiveUntil(1)))
    )


HOSTS = "{hosts},b.localhost:5672,127.0.0.1:5671,{hosts},a.localhost:5672"
ELSEWHERE = {
    "hosts": f"oms:{{driver}}://{{account}}@{HOSTS}/{{region}}",
    "region": "oms:{driver}://{account}@{hosts}/Region+With-A_long.Name1",
    "account": "oms:{driver}://Tck-User_1@{hosts}/{region}",
}


def told_where_opened(on: str, **attributes: str) -> Checker:
    """An access point has these attributes, where it can be opened at all."""
    return where(succeeds(ops(Open, on=on)), told(on, **attributes))


@clauses(
    {
        "api.MessagingAccessPoint.attributes-access-points": told_where_opened("hosts", ACCESS_POINTS=HOSTS),
        "api.MessagingAccessPoint.attributes-region": told_where_opened("region", REGION="Region+With-A_long.Name1"),
        "api.MessagingAccessPoint.attributes-account-id": told_where_opened("account", ACCOUNT_ID="Tck-User_1"),
    }
)
def test_an_access_point_is_told_as_it_is_written(conform: Conform) -> None:
    """Many hosts are told in their order, and another region or account, where it may be opened, letter by letter."""
    conform(Program.of(*(client(on, Open(uri, on=on), Attributes(on=on)) for on, uri in ELSEWHERE.items()), queues=()))


@clauses(
    {
        "api.MessagingAccessPoint.create-producer-new": succeeds(ops(Send, on="two")),
        "api.MessagingAccessPoint.create-consumer-new": nothing_lost("c"),
        "api.MessagingAccessPoint.create-consumer-unbound": all_of(
            gives(ops(IsBindQueue, on="unbound"), expected=False), gives(ops(GetBindQueue, on="unbound"), None)
        ),
    }
)
def test_each_call_creates_an_endpoint_of_its_own(conform: Conform) -> None:
    """Where one of two producers or consumers is stopped, the other goes on."""
    unbound = client("unbound", CreateConsumer("unbound"), Start(), IsBindQueue(), GetBindQueue())
    both = client("both", CreateConsumer("c"), CreateConsumer("other"), Start(on="c"), Start(on="other"))
    program = Program.of(both, producer("one", send("q")), producer("two"), unbound)
    program = program.then(client("c", BindQueue("q")), client("other", BindQueue("q")))
    program = program.then(client("stopper", Stop(on="one"), Stop(on="other")))
    conform(program.then(client("two", send("q"), send("q"))).then(client("c", ReceiveUntil(3))))
