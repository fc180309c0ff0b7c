"""Prepared messages: like any others in what they hold, in what they need, and in what becomes of them while the server is away."""

from collections.abc import Callable
from typing import Any

from tck.checkers import content
from tck.checkers.answers import (
    Checker,
    all_of,
    any_of,
    constant,
    fails,
    follows,
    ops,
    succeeds,
)
from tck.checkers.headers import (
    born_while_sent,
    each_received,
    extension,
    header,
    is_kept,
    is_replaced,
    not_empty,
)
from tck.checkers.matching import Received
from tck.checkers.optional import dropped_in_silence, part_dropped_in_silence
from tck.checkers.prepared import as_sent, counts_later, has_priority, where_prepared
from tck.checkers.readings import came, where
from tck.checkers.transactions import Fate, never_exposed
from tck.conformance import Conform, clauses
from tck.messages import (
    Binary,
    Boolean,
    Double,
    ExtensionHeader,
    Float,
    Integer,
    Long,
    Message,
    Properties,
    Short,
    String,
)
from tck.operations import (
    Answer,
    Commit,
    CreateTransactionProducer,
    CutOff,
    ErrorKind,
    MessageId,
    Open,
    Prepare,
    Restore,
    Rollback,
    Start,
    Stop,
    TransactionId,
)
from tck.programs import (
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    client,
    message,
    producer,
    puller,
    send,
    transaction_producer,
)
from tck.suite.test_2_3_every_way import COUNT, STORED, own_count

PRESET: dict[str, Any] = {
    "message_id": "the-senders-own-id",
    "born_timestamp": 1_000,
    "born_host": "host.of.the.sender.invalid",
}
PROPERTIES: Properties = {
    "text": String("é 👩🏽\u200d🚀"),
    "bytes": Binary(b"\0\xff"),
    "short": Short(-7),
    "integer": Integer(7),
    "long": Long(1 << 40),
    "float": Float.of(0.1),
    "double": Double.of(0.1),
}
FIELDS = {"correlation_id": "correlationId", "message_key": "messageKey", "trace_id": "traceId"}
BODIES = (b"", bytes(range(256)), b'{"looks": "like JSON"}', b"\x1f\x8b\x08looks like gzip", b"squeeze me " * 50)
FENCE = b"fence"
STILL = 0.1
"""How many seconds lie between a preparation and its commit, so that it is told which of them counts."""
LONG = 0.5
"""Seconds in which what was not committed must not come."""
UNDECIDED = (Answer.UNKNOWN,)


def received(words: str, fault: Any, *, only: Any = lambda _: True) -> Checker:
    """Judge what was received of what was prepared and committed; all of it must come."""
    return as_sent(each_received(words, fault, only=only))


def _same_fields(one: Received) -> str:
    return (
        is_kept(header("destination"), "destination")(one)
        or not_empty(header("message_id"), "message id")(one)
        or not_empty(header("born_host"), "born host")(one)
        or ("" if one.message.header.born_timestamp else "it has no born timestamp")
    )


def _qos(one: Received) -> int | None:
    return one.sent.message.header.qos if one.sent else None


def _sets(field: str) -> Callable[[Received], bool]:
    """Select what was sent with a field in its extension header: one that was not may read as that of any other that was not."""
    return lambda one: one.sent is not None and extension(field)(one.sent.message) is not None


def _offered(conform: Conform) -> list[Message]:
    """Return messages that hold everything that is offered to be set, in every type."""
    flag: Properties = {"flag": Boolean(value=True)} if conform.supports("types.boolean") else {}
    fields: dict[str, Any] = {field: f"a {field}" for field in FIELDS if conform.supports(f"extension_header.{field}")}
    plain: dict[str, Any] = {"durability": 1} if conform.supports("durability") else {}
    plain |= {"compression": "gzip"} if conform.supports("compression") else {}
    plain |= {"priority": 7} if conform.claims("Priority") else {}
    levels = (None, 0, 1, 2) if conform.supports("qos") else ()
    return [
        *(message("q", body, PROPERTIES | flag, ExtensionHeader(**fields), **PRESET, **plain) for body in BODIES),
        *(message("q", b"of a quality", qos=qos) for qos in levels),
        message("q", bytes(range(256)) * 500),
    ]


@clauses(
    {
        "1-type-kept-prepared": received("a property keeps its type", content.same_types),
        "2.2.2-same-fields-prepared": received("the header of a message that is sent", _same_fields),
        "2.2.4-properties-kept-prepared": received("every property is received", content.same_properties()),
        "2.2.5-data-not-modified-prepared": received("the body is received as it was prepared", content.same_body),
        "2.3.1-message-id-assigned-prepared": received(
            "the provider's id, not the sender's", is_replaced(header("message_id"), "message id")
        ),
        "2.3.2-born-timestamp-prepared": received("born as it was prepared", born_while_sent),
        "2.3.2-born-timestamp-preset-ignored-prepared": received(
            "not the sender's born timestamp", is_replaced(header("born_timestamp"), "born timestamp")
        ),
        "2.3.3-born-host-preset-ignored-prepared": received(
            "the host of the client, not the sender's", is_replaced(header("born_host"), "born host")
        ),
        "2.3.4-qos-default-prepared": received(
            "qos 0 where none was set",
            lambda one: "" if one.message.header.qos == 0 else f"its qos is {one.message.header.qos!r}",
            only=lambda one: _qos(one) is None,
        ),
        "2.3.4-qos-kept-prepared": received(
            "the qos that was set", is_kept(header("qos"), "qos"), only=lambda one: _qos(one) is not None
        ),
        "2.3.5-compression-decompressed-prepared": received(
            "the body, decompressed", content.same_body, only=lambda one: one.sent.message.header.compression
        ),
        "api.Header.durability-kept-prepared": received(
            "the durability that was set",
            is_kept(header("durability"), "durability"),
            only=lambda one: one.sent.message.header.durability,
        ),
        "api.Header.priority-kept-prepared": where(
            has_priority,
            received(
                "the priority that was set",
                is_kept(header("priority"), "priority"),
                only=lambda one: one.sent.message.header.priority,
            ),
        ),
        **{
            f"ext.{field.replace('_', '-')}-kept-prepared": received(
                f"the {word} that was set", is_kept(extension(field), word), only=_sets(field)
            )
            for field, word in FIELDS.items()
        },
        "ext.store-timestamp-set-prepared": received(
            "a storeTimestamp greater than zero",
            lambda one: "" if (extension("store_timestamp")(one.message) or 0) > 0 else "it has no storeTimestamp",
        ),
        "ext.store-host-set-prepared": received(
            "a non-empty storeHost", not_empty(extension("store_host"), "storeHost")
        ),
    }
)
def test_a_prepared_message_is_like_any_other(conform: Conform) -> None:
    """What was prepared and committed has the header, the properties and the body that it would have if it had been sent."""
    steps = [Prepare(one, f"t{number}") for number, one in enumerate(_offered(conform))]
    commits = [Commit(on=step.transaction) for step in steps]
    program = Program.of(transaction_producer("p", *steps, Quiet(least=STILL), *commits))
    conform(program.then(puller("c", "q", ReceiveUntil(len(steps)))))


def preset(words: str, fault: Any) -> Checker:
    """What a sender of transactions had set is not what is received."""
    return where_prepared("Transactions", received(words, fault))


@clauses(
    {
        "ext.delivery-count-preset-ignored": where_prepared("Transactions", as_sent(own_count(lambda _: True))),
        "ext.store-timestamp-preset-ignored": preset(
            "not the sender's storeTimestamp", is_replaced(extension("store_timestamp"), "storeTimestamp")
        ),
        "ext.store-host-preset-ignored": preset(
            "not the sender's storeHost", is_replaced(extension("store_host"), "storeHost")
        ),
    }
)
def test_what_the_server_says_is_not_prepared(conform: Conform) -> None:
    """The delivery count, the storeTimestamp and the storeHost that are set in what is prepared count for nothing."""
    if not conform.claims("Transactions"):
        conform(Program.of(client("nobody")))
        return
    offered = {field: value for field, value in STORED.items() if conform.supports(f"extension_header.{field}")}
    one = message("q", b"set before", extension=ExtensionHeader(**offered), delivery_count=COUNT)
    conform(Program.of(transaction_producer("p", Prepare(one), Commit())).then(puller("c", "q", ReceiveUntil(1))))


def flag(one: Message) -> Boolean | None:
    """Return the property of the type that is optional."""
    found = one.properties.get("flag")
    return found if isinstance(found, Boolean) else None


LACKING: dict[str, Message] = {
    "extension_header.correlation_id": message("q", b"extended", extension=ExtensionHeader(correlation_id="set")),
    "extension_header.message_key": message("q", b"extended", extension=ExtensionHeader(message_key="set")),
    "extension_header.trace_id": message("q", b"extended", extension=ExtensionHeader(trace_id="set")),
    "compression": message("q", b"squeeze me", compression="gzip"),
    "durability": message("q", b"lasting", durability=1),
    "qos": message("q", b"at most once", qos=1),
    "types.boolean": message("q", b"flagged", {"flag": Boolean(value=True)}),
}
"""What sets an optional part, by its capability."""


@clauses(
    {
        "api.OMSUnsupportException.header-not-dropped-prepared": as_sent(dropped_in_silence()),
        "api.OMSUnsupportException.compression-not-dropped-prepared": as_sent(
            part_dropped_in_silence("compression", "compression", header("compression"))
        ),
        "api.OMSUnsupportException.durability-not-dropped-prepared": as_sent(
            part_dropped_in_silence("durability", "durability", header("durability"))
        ),
        "api.OMSUnsupportException.qos-not-dropped-prepared": as_sent(
            part_dropped_in_silence("qos", "qos", header("qos"))
        ),
        "api.OMSUnsupportException.property-not-dropped-prepared": as_sent(
            part_dropped_in_silence("types.boolean", "a Boolean property", flag, kinds=(ErrorKind.FORMAT,))
        ),
    }
)
def test_what_is_not_offered_is_not_prepared(conform: Conform) -> None:
    """What a message asks for and is not offered is refused as it is prepared, or arrives all the same."""
    asked = {name: one for name, one in LACKING.items() if not conform.supports(name)} | {
        "plain": message("q", b"plain")
    }
    clients = [transaction_producer(name, Prepare(one), Commit()) for name, one in asked.items()]
    conform(Program.of(*clients).then(puller("c", "q", Drain(expect=1))))


def sends(of: str, *, arrives: bool) -> Checker:
    """The endpoint prepares and commits and the message is received, or one of these fails and it is not."""
    if arrives:
        return all_of(
            succeeds(ops(Prepare, on=of)), succeeds(ops(Commit, client=of)), came(f"of {of}", FENCE, of.encode())
        )
    return all_of(any_of(fails(ops(Prepare, on=of)), fails(ops(Commit, client=of))), came(f"of {of}", FENCE))


def decides(*, late: bool) -> Checker:
    """A commit by a result whose producer was stopped succeeds, and the message is received; or it fails, and it is not."""
    ended = succeeds if late else fails
    return all_of(ended(ops(Commit, client="late")), came("of late", FENCE, *([b"late"] if late else [])))


@clauses(
    {
        "api.ServiceLifecycle.prepare-needs-start": follows(
            {"fails": sends("idle", arrives=False), "sends": sends("idle", arrives=True)}
        ),
        "api.ServiceLifecycle.stop-no-prepare": follows(
            {"fails": sends("stopped", arrives=False), "sends": sends("stopped", arrives=True)}
        ),
        "api.TransactionalResult.commit-after-stop": follows(
            {"decides": decides(late=True), "fails": decides(late=False)}
        ),
        "api.TransactionalResult.ids-after-commit": all_of(
            *(
                checker(ops(kind, on=name))
                for checker in (succeeds, constant)
                for kind in (MessageId, TransactionId)
                for name in ("told", "dropped")
            )
        ),
    }
)
def test_a_producer_of_transactions_that_does_not_run(conform: Conform) -> None:
    """Before a start and after a stop a message is prepared and committed, or that fails; its result still tells its ids."""
    told = tuple(step for name in ("told", "dropped") for step in (MessageId(on=name), TransactionId(on=name)))
    prepared = [Prepare(message("r", name.encode()), name) for name in ("told", "dropped")]
    waiting = {queue: Prepare(message(queue, queue.encode())) for queue in ("idle", "stopped", "late")}
    program = Program.of(
        client("idle", CreateTransactionProducer(UNDECIDED, "idle"), waiting["idle"], Commit()),
        transaction_producer("stopped", Stop(), waiting["stopped"], Commit()),
        transaction_producer("late", waiting["late"], Stop(), Commit()),
        transaction_producer(
            "result", *prepared, *told, Commit(on="told"), Rollback(on="dropped"), *told, Stop(), *told
        ),
        queues=(*waiting, "r"),
    )
    program = program.then(producer("p", *(send(queue, FENCE) for queue in waiting)))
    come = {"idle": 1, "stopped": 1, "late": 2}
    conform(program.then(*(puller(f"of {q}", q, ReceiveUntil(come[q]), Drain(times=4)) for q in waiting)))


FIRST_COMMIT, FIRST_ROLLBACK = ops(Commit, client="commits"), ops(Rollback, client="rolls back")


@clauses(
    {
        "api.Producer.prepare-internal-error": fails(ops(Prepare, client="prepares")),
        "api.TransactionalResult.commit-failure": follows(
            {
                "fails": fails(FIRST_COMMIT),
                "later": all_of(succeeds(FIRST_COMMIT), counts_later("a")),
            }
        ),
        "api.TransactionalResult.rollback-failure": follows(
            {
                "fails": fails(FIRST_ROLLBACK),
                "later": all_of(
                    succeeds(FIRST_ROLLBACK),
                    never_exposed(Fate.ROLLED_BACK, "it is not received", lambda one: one.name == "b"),
                ),
            }
        ),
        "reading.commit-unreached-kind": where(
            fails(FIRST_COMMIT),
            follows(
                {
                    "transaction": fails(FIRST_COMMIT, ErrorKind.TRANSACTION),
                    "cause": fails(FIRST_COMMIT, ErrorKind.OTHER, ErrorKind.TIMEOUT),
                }
            ),
        ),
    }
)
def test_a_transaction_without_the_server(conform: Conform) -> None:
    """While the server cannot be reached nothing is prepared, and what is decided fails, or counts once it can be."""
    made = (Open(on="far", relayed=True), CreateTransactionProducer(UNDECIDED, "p", on="far"), Start(on="p"))
    begun = [Prepare(message("q", name.encode()), name, on="p") for name in ("a", "b")]
    program = Program.of(client("opener", *made, *begun)).then(client("cutter", CutOff(on="far"), Quiet()))
    program = program.then(
        client("prepares", Prepare(message("q", b"cut off"), on="p")),
        client("commits", Commit(on="a")),
        client("rolls back", Rollback(on="b")),
    )
    program = program.then(client("restorer", Restore(on="far")))
    program = program.then(client("again", Rollback(on="a"), Commit(on="b")), producer("near", send("q", FENCE)))
    conform(program.then(puller("c", "q", Drain(expect=1, times=2, least=LONG))))
