"""Chapters 2.1 and 2.2: the parts of a message."""

import gzip

from hypothesis import given, settings
from hypothesis import strategies as st

from tck.adapter import Status
from tck.checkers import content
from tck.checkers.answers import any_of, follows, has_status, ops, succeeds
from tck.checkers.content import body_kept, kept_or_refused
from tck.checkers.delivery import nothing_lost
from tck.checkers.headers import each_received, header, is_kept
from tck.checkers.matching import Received
from tck.checkers.ways import WAYS, each_way
from tck.conformance import Conform, bulky, clauses
from tck.messages import Message, String
from tck.operations import Send
from tck.programs import Drain, Program, ReceiveUntil, message, producer, puller, send, sends
from tck.strategies import MIB, bodies, messages

LOOKALIKES = (
    b'{ "a" :  1,\r\n "b": [ ] }  \n',
    b"<?xml version='1.0'?>\r\n<a  b = 'c' />\n",
    gzip.compress(b"oms", mtime=0),
    b"T01T\r\nVENL\r\n",
    b"\xef\xbb\xbfbom\r\nline\rend\n",
    b"tail\0\0\0",
    b"\0",
    b"null",
)


def exchange(*sends: Send) -> Program:
    """Send these, and receive them."""
    return Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends))))


@clauses({"2.1.1-body-uninterpreted": body_kept(), "2.2.5-data-not-modified": body_kept()})
def test_the_body_is_not_interpreted(conform: Conform) -> None:
    """Bodies that hold every byte, or look like a known format, arrive byte for byte."""
    conform(
        exchange(
            send("q", bytes(range(256))), send("q", b"\xff\xfe\xc3\x28\x80"), *(send("q", body) for body in LOOKALIKES)
        )
    )


@clauses({"2.1.1-body-uninterpreted": body_kept()})
@settings(max_examples=15)
@given(st.lists(bodies(), min_size=1, max_size=5))
def test_any_body_survives(conform: Conform, sent: list[bytes]) -> None:
    """A body of any bytes arrives byte for byte."""
    conform(exchange(*(send("q", body) for body in sent)))


@clauses({"2.2.5-data-large": kept_or_refused("FORMAT")})
@settings(max_examples=4)
@given(bodies(MIB))
def test_a_large_body_survives_or_is_refused(conform: Conform, body: bytes) -> None:
    """A body of up to 1 MiB arrives whole, or its send fails."""
    conform(exchange(send("q", body)))


@bulky
@clauses({"2.2.5-data-large": kept_or_refused("FORMAT")})
def test_a_body_of_a_mebibyte_survives_or_is_refused(conform: Conform) -> None:
    """A body of just 1 MiB arrives whole, or its send fails."""
    conform(exchange(send("q", bytes(range(256)) * (MIB // 256))))


@bulky
@clauses(each_way("2.2.5-data-large", lambda which: kept_or_refused("FORMAT", which)))
def test_a_body_of_a_mebibyte_survives_or_is_refused_in_every_way(conform: Conform) -> None:
    """A body of 1 MiB arrives whole, or is refused, whichever method sends it; nothing of one that is sent oneway may come."""
    large = message("q", bytes(range(255, -1, -1)) * (MIB // 256))
    senders = [producer(f"p.{name}", *sends(way, large)) for name, way in WAYS.items()]
    conform(Program.of(*senders).then(puller("c", "q", Drain(expect=1, times=3))))


@clauses({"2.2.5-data-empty": lambda history: content.all_arrive_with(history, content.same_body)})
def test_an_empty_body_is_a_body(conform: Conform) -> None:
    """A body of no bytes is accepted, and arrives as one of no bytes."""
    conform(exchange(send("q", b"")))


@clauses(
    {
        "2.2.5-data-absent": follows(
            {
                "optional": lambda history: content.all_arrive_with(history, content.same_body),
                "required": has_status(ops(Send), Status.BODY_REQUIRED),
            }
        ),
        "api.OMSResponseStatus.body-required": any_of(succeeds(ops(Send)), has_status(ops(Send), Status.BODY_REQUIRED)),
    }
)
def test_a_message_needs_no_body(conform: Conform) -> None:
    """A message without a body is accepted, and arrives without one, or it is refused for that."""
    conform(exchange(send("q", None)))


@clauses(
    {
        "2.2.3-extension-header-not-needed": lambda history: content.all_arrive_with(history, lambda _: ""),
        "2.2.4-properties-empty": lambda history: content.all_arrive_with(history, lambda _: ""),
        "2.2.4-properties-nothing-added": each_received(
            "no property is there that the sender did not set", content.nothing_added
        ),
    }
)
def test_a_plain_message_is_enough(conform: Conform) -> None:
    """A message without extension header and properties is accepted, and arrives."""
    conform(exchange(send("q", b"oms-tck-plain"), send("q", properties={"only": String("this")})))


def _own_destination(one: Received) -> str:
    return is_kept(header("destination"), "destination")(one)


@clauses(
    {
        "2.2.4-properties-apart-from-header": each_received(
            "a property with the name of a header field is a property, and no header field",
            lambda one: content.same_properties()(one) or _own_destination(one) or content.is_value_of_property(one),
        )
    }
)
def test_properties_are_apart_from_the_header(conform: Conform) -> None:
    """A property that has the name of a header field does not touch that field."""
    names: tuple[str, ...] = (
        "messageId",
        "destination",
        "bornHost",
        "bornTimestamp",
        "qos",
        "compression",
        "deliveryCount",
        "priority",
    )
    names += ("message_id", "born_host", "delivery_count", "MESSAGE_ID", "DESTINATION", "BORN_HOST")
    conform(exchange(send("q", properties={name: String("a property") for name in names})))


@clauses(
    {
        "2.2.4-properties-kept": each_received("every property is received", content.same_properties()),
        "2.1.1-body-uninterpreted": body_kept(),
        "2.3.4-at-least-once": nothing_lost(),
    }
)
@settings(max_examples=15)
@given(st.lists(messages(), min_size=1, max_size=6))
def test_whole_messages_survive(conform: Conform, sent: list[Message]) -> None:
    """Messages of any properties and body, several at once, arrive as they were sent."""
    conform(exchange(*(Send(one) for one in sent)))
