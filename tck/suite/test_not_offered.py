"""What is optional, and not offered: it is refused or empty, and never dropped in silence."""

from typing import Any

from tck.checkers.answers import Checker, ops
from tck.checkers.headers import each_received, extension, header, is_kept
from tck.checkers.matching import Received
from tck.checkers.optional import (
    dropped_in_silence,
    nothing_where_absent,
    part_dropped_in_silence,
    provided_or_refused,
    refused_or_honoured,
)
from tck.checkers.status import status_of
from tck.checkers.ways import KINDS, WAYS
from tck.conformance import Conform, clauses
from tck.messages import Boolean, ExtensionHeader, Message, Properties
from tck.operations import (
    AddInterceptor,
    Answer,
    CreateTransactionProducer,
    ErrorKind,
    Filter,
    GetQueueMetaData,
    ListNamespaces,
    Stop,
)
from tck.programs import Drain, Program, Step, client, message, producer, puller, send, sends

FLAG: Properties = {"flag": Boolean(value=True)}
FIELDS = ("correlation_id", "message_key", "trace_id")
OTHERS: dict[str, Any] = {"delay_time": 1, "expire_time": 4_102_444_800_000, "transaction_id": "set"}
"""Fields with an effect; what expires does so in the year 2100, or after more than a century."""


def flag(one: Message) -> Boolean | None:
    """Return the property of the type that is optional."""
    found = one.properties.get("flag")
    return found if isinstance(found, Boolean) else None


DROPPED = "api.OMSUnsupportException"


def _not_dropped(way: str) -> dict[str, Checker]:
    """Return the judges of what is sent in a way, and asks for what is not offered."""
    by = KINDS[way]
    judges = {
        "2.3.4-qos-1-not-offered": refused_or_honoured(1, by),
        "2.3.4-qos-2-not-offered": refused_or_honoured(2, by),
        f"{DROPPED}.compression-not-dropped": part_dropped_in_silence(
            "compression", "compression", header("compression"), by=by
        ),
        f"{DROPPED}.durability-not-dropped": part_dropped_in_silence(
            "durability", "durability", header("durability"), by=by
        ),
        f"{DROPPED}.priority-not-dropped": part_dropped_in_silence("priority", "priority", header("priority"), by=by),
        f"{DROPPED}.property-not-dropped": part_dropped_in_silence(
            "types.boolean", "a Boolean property", flag, kinds=(ErrorKind.FORMAT,), by=by
        ),
        f"{DROPPED}.header-not-dropped": dropped_in_silence(by, *FIELDS),
        f"{DROPPED}.other-header-not-dropped": dropped_in_silence(by, *OTHERS),
    }
    return {f"{clause}-{way}" if way else clause: judge for clause, judge in judges.items()}


def asking(conform: Conform) -> list[Message]:
    """Return a message for each thing that can be asked for and is not offered."""
    asked: list[Message] = []
    if not conform.supports("qos"):
        asked += [message("most", b"qos", qos=1), message("exact", b"qos", qos=2)]
    if not conform.supports("compression"):
        asked.append(message("q", b"squeeze me", compression="gzip"))
    if not conform.supports("durability"):
        asked.append(message("q", b"lasting", durability=1))
    if not conform.claims("Priority"):
        asked.append(message("q", b"expedited", priority=7))
    if not conform.supports("types.boolean"):
        asked.append(message("q", b"flagged", FLAG))
    fields: dict[str, Any] = {**dict.fromkeys(FIELDS, "set"), **OTHERS}
    for field, value in fields.items():
        if not conform.supports(f"extension_header.{field}"):
            one: dict[str, Any] = {field: value}
            asked.append(message("q", b"extended", extension=ExtensionHeader(**one)))
    return asked


@clauses(
    {
        **{clause: judge for way in KINDS for clause, judge in _not_dropped(way).items()},
        "reading.status-of-unsupported": status_of(ErrorKind.UNSUPPORTED),
        "api.Message.extension-header-absent": nothing_where_absent(
            "extension_header", lambda one: one.extension_header, "extension header"
        ),
    }
)
def test_what_is_not_offered_is_refused(conform: Conform) -> None:
    """What a message asks for and is not offered is refused, or arrives all the same, whichever way it is sent."""
    asked = asking(conform)
    senders = [
        producer(way, *(step for one in asked for step in sends(way, one)))
        for way in ("send", *WAYS.values())
        if "async" not in way
    ]
    senders += [  # a future that is not given ends what its client does
        producer(f"{way}.{number}", *sends(way, one))
        for way in WAYS.values()
        for number, one in enumerate(asked)
        if "async" in way
    ]
    program = Program.of(producer("p", send("q", b"plain")), *senders, queues=("q", "most", "exact"))
    program = program.then(
        puller("c", "q", Drain(expect=1)),
        puller("loser", "most", Drain(ack=False), Stop()),
        puller("one", "exact", Drain(), Stop()),
    )
    conform(program.then(puller("finder", "most", Drain()), puller("other", "exact", Drain())))


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
