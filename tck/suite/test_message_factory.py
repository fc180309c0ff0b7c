"""MessageFactory: what a producer's factory, or the access point's, makes can be changed and sent, and is a message of its own."""

from collections.abc import Callable

from tck.checkers.answers import Checker, all_of, gives_what, ops
from tck.checkers.content import same_body
from tck.checkers.headers import each_received, header, is_kept
from tck.checkers.matching import Received
from tck.conformance import Conform, clauses
from tck.messages import String
from tck.operations import BindQueue, CreateConsumer, CreateMessage, Open, Start
from tck.programs import Forward, Program, ReceiveUntil, Step, client, producer, send

BODIES = (b"", b"\x00", bytes(range(256)), b"\xff\xfe\xfd")
ENCODED = (
    "ünïcode".encode(),
    bytes(range(255, -1, -1)),
    b"SGVsbG8=",
    b"\x1f\x8b\x08\x00",
    b'{"a": "\\u00e9"}',
    b"\r\n%0A",
)


def made(client_name: str) -> Checker:
    """Each message that this client made has the queue and the body that were asked for, and nothing else."""
    return gives_what(
        ops(CreateMessage, client=client_name),
        "a message to the queue, with the body and no property",
        lambda given, entry: (
            isinstance(entry.op, CreateMessage)
            and (given.header.destination, given.body, given.properties) == (entry.op.queue, entry.op.body, {})
        ),
    )


def sent_by(client_name: str, words: str, fault: Callable[[Received], str]) -> Checker:
    """Judge what this client sent."""
    return each_received(words, fault, only=lambda one: one.sent is not None and one.sent.entry.client == client_name)


def whole(one: Received) -> str:
    """Say how a received message differs from the one that was made."""
    return is_kept(header("destination"), "destination")(one) or same_body(one)


def nothing_of_another(one: Received) -> str:
    """Say that a message has a property that was set in another one."""
    mine = one.sent is not None and "set" in one.sent.message.properties
    return "" if mine or "set" not in one.message.properties else "it has the property of the one before"


@clauses(
    {
        "api.MessageFactory.create-message-received": all_of(made("p"), sent_by("p", "the queue and the body", whole)),
        "api.MessageFactory.create-message-bytes": all_of(made("p"), sent_by("p", "the very bytes", same_body)),
        "api.MessageFactory.create-message-new": all_of(
            made("twice"), sent_by("twice", "nothing that was set in another", nothing_of_another)
        ),
        "api.Message.set-data": sent_by("set", "the body that was set last", same_body),
        "api.MessagingAccessPoint.message-factory": all_of(
            made("point"), sent_by("point", "the message of the access point's factory", whole)
        ),
    }
)
def test_what_a_factory_makes_can_be_sent(conform: Conform) -> None:
    """A message that was made is received as it was made, or as it was changed, and its changes are its own."""
    plain = [step for body in BODIES for step in (CreateMessage("q", body), Forward("made"))]
    twice = (
        CreateMessage("q", b"one of two"),
        Forward("made", properties={"set": String("in the first")}),
        CreateMessage("q", b"one of two"),
        Forward("made"),
    )
    program = Program.of(
        producer("p", *plain, CreateMessage("r", b"to another")),
        producer("twice", *twice),
        producer("set", CreateMessage("q", b"set first"), Forward("made", body=b"set last")),
        producer("point", CreateMessage("q", b"of the access point", on="ap"), Forward("made")),
        queues=("q", "r"),
    )
    taking: tuple[Step, ...] = (CreateConsumer("c"), Start(), BindQueue("q"), ReceiveUntil(len(BODIES) + 4))
    conform(program.then(client("c", *taking)))


@clauses({"2.1.1-vendor-decodes": each_received("the body that was sent", same_body)})
def test_what_a_vendor_encodes_it_decodes(conform: Conform) -> None:
    """Text, random bytes, and what looks encoded already, are the same bytes at a consumer of another access point."""
    program = Program.of(producer("p", *(send("q", body) for body in ENCODED)))
    elsewhere: tuple[Step, ...] = (Open(on="elsewhere"), CreateConsumer("c", on="elsewhere"), Start(), BindQueue("q"))
    conform(program.then(client("c", *elsewhere, ReceiveUntil(len(ENCODED)))))
