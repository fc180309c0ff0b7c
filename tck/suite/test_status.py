"""OMSResponseStatus: the classes of status codes, and what is too large."""

from tck.adapter import Status
from tck.checkers.always import not_success
from tck.checkers.answers import Select, all_of, fails, has_status, lacks_status, ops, succeeds
from tck.checkers.optional import refused_with
from tck.checkers.status import status_of
from tck.conformance import Conform, bulky, clauses
from tck.history import Entry, History
from tck.messages import ExtensionHeader, Message, String
from tck.operations import BindQueue, CreateQueue, DeleteQueue, ErrorKind, Open, Send
from tck.programs import Program, client, message, producer, puller, send
from tck.strategies import MIB

ACCESS_POINT_CODES = range(10_000, 11_000)
WRONG: tuple[Select, ...] = (
    ops(CreateQueue, client="maker", at=1),
    ops(DeleteQueue, client="deleter"),
    ops(Send, client="p"),
    ops(BindQueue, client="c"),
)


def but_opening(history: History) -> list[Entry]:
    """Select what failed, but for the opening of access points."""
    return [entry for entry in history.entries if entry.error and not isinstance(entry.op, Open)]


@clauses(
    {
        "api.OMSResponseStatus.class-request": all_of(*(has_status(each, *range(1400, 1500)) for each in WRONG)),
        "api.OMSResponseStatus.class-access-point": all_of(
            has_status(ops(Open, client="x"), *ACCESS_POINT_CODES), lacks_status(but_opening, *ACCESS_POINT_CODES)
        ),
        "api.OMSResponseStatus.error-not-success": not_success,
        "reading.status-of-format": status_of(ErrorKind.FORMAT),
        "error-code.driver-type-from-uri": all_of(
            succeeds(ops(Open, on="own driver")), fails(ops(Open, on="other driver"))
        ),
        "error-code.url-illegal-only": all_of(
            fails(ops(Open, on="other driver")), lacks_status(ops(Open, on="other driver"), Status.DRIVER_URL_ILLEGAL)
        ),
    }
)
def test_the_class_of_a_status_says_whose_fault_it_is(conform: Conform) -> None:
    """What a client asks wrongly is 14xx; 1000x says what is wrong where an access point is opened, and nowhere else."""
    uri = "://{account}@{hosts}/{region}"
    opening = (
        Open(f"oms:{{driver}}{uri}", on="own driver"),
        Open(f"oms:oms-tck-no-such-driver{uri}", on="other driver"),
    )
    conform(
        Program.of(
            client("maker", CreateQueue("once"), CreateQueue("once")),
            client("deleter", DeleteQueue("never-made")),
            producer("p", send("nowhere"), Send(Message(body=b"no destination"))),
            puller("c", "nowhere"),
            client("opener", *opening),
            client("x", Open("oms:{driver}://{hosts}", on="no region"), opening[1]),
            queues=(),
        )
    )


@bulky
@clauses(
    {
        "api.OMSResponseStatus.attributes-too-large": refused_with(
            ops(Send, on="attributes"), Status.ATTRIBUTES_TOO_LARGE
        ),
        "api.OMSResponseStatus.header-too-large": refused_with(ops(Send, on="header"), Status.HEADER_TOO_LARGE),
        "api.OMSResponseStatus.body-too-large": refused_with(ops(Send, on="body"), Status.BODY_TOO_LARGE),
    }
)
def test_what_is_too_large_is_named(conform: Conform) -> None:
    """A message that is refused for its size is refused with the status of the part that is too large."""
    long = "x" * MIB
    key = ExtensionHeader(message_key=long) if conform.supports("extension_header.message_key") else None
    conform(
        Program.of(
            producer("attributes", Send(message("q", b"large", {"large": String(long)}))),
            producer("header", send("q", b"large", extension=key)),
            producer("body", send("q", bytes(2 * MIB))),
        )
    )
