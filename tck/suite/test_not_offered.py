"""What is optional, and not offered: it is refused or empty, and never dropped in silence."""

from typing import Any

from tck.checkers.answers import ops
from tck.checkers.headers import each_received, extension, header, is_kept
from tck.checkers.matching import Received
from tck.checkers.optional import (
    dropped_in_silence,
    nothing_where_absent,
    part_dropped_in_silence,
    provided_or_refused,
    refused_wholly,
)
from tck.checkers.status import status_of
from tck.conformance import Conform, clauses
from tck.messages import Boolean, ExtensionHeader, Message, Properties
from tck.operations import (
    AddInterceptor,
    Answer,
    CreateTransactionProducer,
    ErrorKind,
    Filter,
    Get,
    GetQueueMetaData,
    ListNamespaces,
    Send,
    SendAsync,
    SendBatch,
)
from tck.programs import Drain, Program, Step, client, message, producer, puller, send

FLAG: Properties = {"flag": Boolean(value=True)}
FIELDS = ("correlation_id", "message_key", "trace_id")


def flag(one: Message) -> Boolean | None:
    """Return the property of the type that is optional."""
    found = one.properties.get("flag")
    return found if isinstance(found, Boolean) else None


@clauses(
    {
        "2.3.4-qos-1-not-offered": refused_wholly(1),
        "2.3.4-qos-2-not-offered": refused_wholly(2),
        "api.OMSUnsupportException.header-not-dropped-async": dropped_in_silence(SendAsync),
        "api.OMSUnsupportException.header-not-dropped-batch": dropped_in_silence(SendBatch),
        "api.OMSUnsupportException.compression-not-dropped": part_dropped_in_silence(
            "compression", "compression", header("compression")
        ),
        "api.OMSUnsupportException.durability-not-dropped": part_dropped_in_silence(
            "durability", "durability", header("durability")
        ),
        "api.OMSUnsupportException.property-not-dropped": part_dropped_in_silence(
            "types.boolean", "a Boolean property", flag, kinds=(ErrorKind.FORMAT,)
        ),
        "reading.status-of-unsupported": status_of(ErrorKind.UNSUPPORTED),
        "api.Message.extension-header-absent": nothing_where_absent(
            "extension_header", lambda one: one.extension_header, "extension header"
        ),
    }
)
def test_what_is_not_offered_is_refused(conform: Conform) -> None:
    """What a message asks for and is not offered is refused, or arrives all the same, whichever way it is sent."""
    async_clients = []
    steps: list[Step] = [send("q", b"plain")]
    if not conform.supports("qos"):
        steps += [send("q", b"qos", qos=1), send("q", b"qos", qos=2)]
    if not conform.supports("compression"):
        steps.append(send("q", b"squeeze me", compression="gzip"))
    if not conform.supports("durability"):
        steps.append(send("q", b"lasting", durability=1))
    if not conform.supports("types.boolean"):
        steps.append(Send(message("q", b"flagged", FLAG)))
    for field in FIELDS:
        fields: dict[str, Any] = {field: "set"}
        if not conform.supports(f"extension_header.{field}"):
            extended = message("q", b"extended", extension=ExtensionHeader(**fields))
            steps.append(SendBatch((extended,)))
            async_clients.append(producer(field, SendAsync(extended), Get()))
    conform(Program.of(producer("p", *steps), *async_clients).then(puller("c", "q", Drain(expect=1))))


def own_fields(one: Received) -> str:
    """Say which of the fields that were set differs."""
    mine = [field for field in FIELDS if one.sent and extension(field)(one.sent.message) is not None]
    return next((text for field in mine if (text := is_kept(extension(field), field)(one))), "")


@clauses({"2.2.3-field-by-field": each_received("every field that was set", own_fields)})
def test_fields_are_offered_one_by_one(conform: Conform) -> None:
    """A message that sets just those fields of the extension header that are offered is delivered with them."""
    fields: list[dict[str, Any]] = [
        {field: f"own {field}"} for field in FIELDS if conform.supports(f"extension_header.{field}")
    ]
    every = {field: text for one in fields for field, text in one.items()}
    sends = [send("q", b"field by field", extension=ExtensionHeader(**one)) for one in (*fields, every)]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", Drain(expect=len(sends)))))


OPTIONAL: dict[str, Step] = {
    "Transactions": CreateTransactionProducer((Answer.COMMIT,), "transactional"),
    "Routing": Filter("q", "number > 1"),
    "Namespaces": ListNamespaces(),
    "Runtime API": AddInterceptor(on="p"),
    "Streaming": GetQueueMetaData("q", on="p"),
}


@clauses(
    {
        "api.OMSUnsupportException.method-not-provided": provided_or_refused(
            ops(CreateTransactionProducer, Filter, ListNamespaces, AddInterceptor)
        ),
        "api.Client.get-extension-empty": provided_or_refused(ops(GetQueueMetaData)),
    }
)
def test_a_method_that_is_not_provided_says_so(conform: Conform) -> None:
    """A method of a profile that is not claimed works all the same, or fails with UNSUPPORTED."""
    steps = [client(profile, step) for profile, step in OPTIONAL.items() if not conform.claims(profile)]
    conform(Program.of(producer("p")).then(*steps))
