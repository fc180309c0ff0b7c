"""Opening: each part of the URI in its place, preset attributes, and access points that are whole and apart."""

from tck.adapter import Status
from tck.checkers import access
from tck.checkers.answers import Checker, all_of, constant, follows, gives_what, has_status, lacks_status, ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.checkers.listing import lists, never_lists
from tck.checkers.readings import told
from tck.conformance import Conform, clauses
from tck.operations import (
    Attributes,
    BindQueue,
    CreateConsumer,
    CreateProducer,
    CreateQueue,
    DeleteQueue,
    ListQueues,
    Open,
    Send,
    Start,
    Stop,
    Version,
)
from tck.programs import Client, Program, ReceiveUntil, Step, client, message, puller, send

LEGAL = {
    "own": "{hosts}",
    "name": "{hosts},oms-tck.localhost",
    "ip": "{hosts},127.0.0.1",
    "names": f"{{hosts}},OMS-Tck.localhost,a.localhost,1.localhost,oms9,3oms.localhost,x,{'long.' * 13}localhost",
    "ips": "{hosts},127.255.255.254",
    "mixed": "{hosts},localhost,{hosts}",
    "many": ",".join(["{hosts}"] * 100),
}
OWN = ("oms:{driver}://{account}@{hosts}/eu-west-1.A_b", "oms:{driver}://Tck-User_1@{hosts}/{region}")
PORTS = ("{hosts},localhost:port", "{hosts},{hosts},localhost:0", "{hosts},localhost:65536")
SEPARATORS = (":", ":/", "//", "")
PRESET = {"oms-tck-preset": "kept", "oms-tck-beyond": "größe 中🚀", "oms-tck-empty": "", "oms-tck-Own": "a%41+B c"}


def uri(hosts: str) -> str:
    """Return the program's own URI with these hosts."""
    return f"oms:{{driver}}://{{account}}@{hosts}/{{region}}"


def legal(name: str) -> Checker:
    """What this client opens is legal."""
    return lacks_status(ops(Open, client=name), Status.DRIVER_URL_ILLEGAL)


def opening(name: str, *uris: str) -> Client:
    """Open these, one after the other."""
    return client(name, *(Open(one, on=f"{name}.{n}") for n, one in enumerate(uris)))


@clauses(
    {
        "access-point.same-format": legal("own"),
        "access-point.host-name": all_of(*map(legal, ("name", "names"))),
        "access-point.host-ip": all_of(*map(legal, ("ip", "ips"))),
        "access-point.port-optional-each": legal("mixed"),
        "access-point.many-hosts": legal("many"),
        "access-point.scheme-separator": has_status(ops(Open, client="separator"), Status.DRIVER_URL_ILLEGAL),
        "access-point.port-malformed-each": follows(
            {
                "numbers": has_status(ops(Open, client="port"), Status.DRIVER_URL_ILLEGAL),
                "any-text": lacks_status(ops(Open, client="port"), Status.DRIVER_URL_ILLEGAL),
            }
        ),
        "api.OMS.open-attributes": gives_what(
            ops(Attributes, client="preset"),
            f"{PRESET} among the attributes",
            lambda given, _: PRESET.items() <= given.items(),
        ),
        "api.OMS.open-attributes-standard": all_of(
            told("preset", ACCESS_POINTS="{hosts}", REGION="{region}", ACCOUNT_ID="{account}"),
            gives_what(
                ops(Attributes, client="preset"), "DRIVER_IMPL is set", lambda given, _: bool(given.get("DRIVER_IMPL"))
            ),
        ),
        "error-code.driver-impl-wrong": follows(
            {
                "obeyed": has_status(ops(Open, client="impl"), Status.DRIVER_UNAVAILABLE),
                "shown": succeeds(ops(Open, client="impl")),
            }
        ),
        "api.OMS.open-syntax-error-attributes": has_status(ops(Open, client="illegal"), Status.DRIVER_URL_ILLEGAL),
    }
)
def test_each_part_of_a_uri_counts(conform: Conform) -> None:
    """Hosts of every kind are legal, other separators and ports are not, with preset attributes as without."""
    fine = [opening(name, uri(hosts), *(OWN if name == "own" else ())) for name, hosts in LEGAL.items()]
    illegal = [
        opening("separator", *(f"oms:{{driver}}{separator}{{hosts}}/{{region}}" for separator in SEPARATORS)),
        opening("port", *map(uri, PORTS)),
        client("illegal", Open("oms:{driver}://{hosts}", on="illegal", with_attributes=PRESET)),
    ]
    preset = client("preset", Open(on="preset", with_attributes=PRESET), Attributes(on="preset"))
    impl = client("impl", Open(on="impl", with_attributes={"DRIVER_IMPL": "oms.tck.no.such.MessagingAccessPointImpl"}))
    conform(Program.of(*fine, *illegal, preset, impl, queues=()))


def endpoints(number: int) -> tuple[Step, ...]:
    """Return the steps that open another access point, with a producer and a consumer that are started."""
    ap, sender, taker = f"ap{number}", f"p{number}", f"c{number}"
    return (
        Open(on=ap),
        CreateProducer(sender, on=ap),
        CreateConsumer(taker, on=ap),
        Start(on=sender),
        Start(on=taker),
        BindQueue("q", on=taker),
    )


@clauses(
    {
        "api.OMS.open-again": all_of(
            succeeds(ops(Open)), nothing_lost("c2", which=lambda one: one.entry.op.on == "p1")
        ),
        "api.OMS.open-apart": all_of(
            succeeds(ops(Send, on="p2")), nothing_lost("c2", which=lambda one: one.entry.op.on == "p2")
        ),
    }
)
def test_access_points_are_whole_and_apart(conform: Conform) -> None:
    """What is sent through one access point is received through another, which goes on where the first one's endpoints stop."""
    program = Program.of(client("first", *endpoints(1)), client("second", *endpoints(2)))
    program = program.then(
        client("first", Stop(on="c1"), Send(message("q", b"through another access point"), on="p1"), Stop(on="p1"))
    )
    conform(program.then(client("second", Send(message("q", b"apart"), on="p2"), ReceiveUntil(2, on="c2"))))


@clauses(
    {
        "api.MessagingAccessPoint.version-constant": constant(ops(Version)),
        "api.MessagingAccessPoint.attributes-constant": constant(ops(Attributes), access.standard_attributes),
        "api.MessagingAccessPoint.resource-manager-again": all_of(
            lists("managed", client="seen"), succeeds(ops(DeleteQueue)), never_lists("managed", client="unseen")
        ),
    }
)
def test_an_access_point_stays_the_same(conform: Conform) -> None:
    """Version and attributes are the same at every call, and every resource manager sees the same queues."""
    told_twice: tuple[Step, ...] = (Version(), Attributes(), Version(), Attributes())
    program = Program.of(client("before", *told_twice), client("maker", CreateQueue("managed")), queues=("q",))
    program = program.then(
        client("p", CreateProducer("p"), Start(), send("q")), puller("c", "q"), client("seen", ListQueues())
    )
    program = program.then(client("deleter", DeleteQueue("managed")))
    conform(program.then(client("after", *told_twice), client("unseen", ListQueues())))
