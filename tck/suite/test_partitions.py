"""Queues of several partitions: streaming, publish/subscribe and broadcast, as the access point was opened for."""

from collections.abc import Callable, Iterator

import msgspec

from tck.checkers import partitions as checkers
from tck.checkers.answers import Checker, all_of, any_of, follows, gives_what, ops
from tck.checkers.delivery import all_accepted, nothing_lost, once, same_when_redelivered
from tck.checkers.headers import each_received, is_kept, is_replaced
from tck.checkers.matching import (
    Received,
    Sent,
    Which,
    bodies,
)
from tck.checkers.partitions import named, offset, partition
from tck.checkers.prepared import as_sent, where_prepared
from tck.checkers.ways import RECEIVING, each_way_received, where_sent
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Message
from tck.operations import (
    Answer,
    BindQueue,
    BindQueueBatch,
    Commit,
    CreateConsumer,
    CreateProducer,
    CreateQueue,
    CreateTransactionProducer,
    ErrorKind,
    Get,
    GetQueueMetaData,
    Open,
    Prepare,
    Reply,
    Send,
    SendAsync,
    SendBatch,
    SendOneway,
    Start,
    Stop,
    Way,
)
from tck.programs import (
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    SendPartitioned,
    Step,
    client,
    message,
    sends,
)

BY_NAME, BY_KEY, BOTH, PLAIN, PRESET = b"by partition", b"by key", b"by partition, and key", b"plain", b"preset offset"
PAST, BELOW = b"past the last", b"below zero"
NOWHERE = 987_654_321
TOLD: tuple[Way, ...] = ("send", "send_async", "send_batch", "send_batch_async")
"""The ways of sending in which a refusal is told."""


def opened(use_case: str, *steps: Step) -> Client:
    """Return the client that opens an access point for a use case, and has a queue and a producer there."""
    make = (CreateQueue("q", on="there"), CreateProducer("p", on="there"), Start(on="p"), GetQueueMetaData("q", on="p"))
    return client("opener", Open(on="there", use_case=use_case), *make, *steps)


def pulling(name: str) -> tuple[Step, ...]:
    """Return the steps that create, start and bind a consumer there."""
    return CreateConsumer(name, on="there"), Start(on=name), BindQueue("q", on=name)


def each(body: bytes, **fields: str) -> SendPartitioned:
    """Return the step that sends to each partition."""
    return SendPartitioned(message("q", body, extension=ExtensionHeader(**fields)), on="p")  # type: ignore[arg-type] # texts


def plain(body: bytes, **fields: object) -> Send:
    """Return the step that sends a message without a partition."""
    return Send(message("q", body, extension=ExtensionHeader(**fields)), on="p")  # type: ignore[arg-type] # fields of it


def by(kind: type) -> Which:
    """Select what was sent to a partition in this way."""
    return lambda one: isinstance(one.entry.op, kind) and one.message.body == BY_NAME


def there(way: Way, one: Message) -> Iterator[Step]:
    """Yield the steps that send a message in a way, by the producer there."""
    for step in sends(way, one):
        yield step if isinstance(step, Get) else msgspec.structs.replace(step, on="p")


def unnamed(one: Sent) -> bool:
    """Select messages whose sender named no partition."""
    return not named(one)


def lists(*, several: bool) -> Checker:
    """The meta data lists several partitions, or just one."""
    return gives_what(
        ops(GetQueueMetaData),
        "several partitions" if several else "one partition",
        lambda given, _: given is not None and (len(given.partitions) > 1 if several else len(given.partitions) == 1),
    )


def nonexistent(body: bytes) -> dict[str, Checker]:
    """Return what may become of such a message, which names a partition that does not exist, by the readings."""
    return {
        "destination": checkers.refused(bodies(body), ErrorKind.DESTINATION),
        "format": checkers.refused(bodies(body), ErrorKind.FORMAT),
        "moved": checkers.elsewhere(bodies(body)),
    }


def received_from(only: Callable[[Received], bool]) -> Checker:
    """Each message that is received `only` so has the partition that its sender named."""
    return each_received(
        "the partition that its sender named", is_kept(partition, "partition"), only=only, all_come=False
    )


same_partition = same_when_redelivered(
    "partition", "a message that is delivered again has the same partition", lambda one: partition(one.message)
)


OFFSET_PRESET = follows(
    {
        "ignored": each_received(
            "the server's offset, not the sender's",
            is_replaced(offset, "offset"),
            only=lambda one: one.sent is not None and one.sent.message.body == PRESET,
        ),
        "error": checkers.refused(bodies(PRESET)),
    }
)
"""What becomes of an offset that a sender set."""


@clauses(
    {
        "domain.queue-partitions": follows({"several": lists(several=True), "one": lists(several=False)}),
        "ext.partition-honoured": checkers.in_its_partition(by(Send)),
        "ext.partition-honoured-async": checkers.in_its_partition(by(SendAsync)),
        "ext.partition-honoured-batch": checkers.in_its_partition(by(SendBatch)),
        "ext.partition-honoured-oneway": checkers.in_its_partition(by(SendOneway)),
        "ext.partition-every-one": checkers.every_partition(by(Send)),
        "ext.partition-at-receiver": all_of(
            checkers.existing(unnamed),
            follows({"zero": checkers.numbered(0), "one": checkers.numbered(1), "any": checkers.existing(unnamed)}),
        ),
        "ext.partition-kept-on-redelivery": same_partition,
        "ext.partition-nonexistent": all_of(any_of(*nonexistent(BELOW).values()), follows(nonexistent(PAST))),
        "ext.partition-before-key": checkers.in_its_partition(bodies(BOTH)),
        "ext.partition-optional": all_of(all_accepted(bodies(PLAIN)), nothing_lost("d", which=bodies(PLAIN))),
        "domain.message-in-one-partition": all_of(checkers.existing(), same_partition),
        "domain.sharding-key-partition": checkers.same_key_same_partition(bodies(BY_KEY)),
        "api.ExtensionHeader.offset-received": each_received(
            "an offset", lambda one: "" if offset(one.message) is not None else "it has no offset"
        ),
        "api.ExtensionHeader.offset-unique": checkers.offsets_unique,
        "api.ExtensionHeader.offset-kept-on-redelivery": same_when_redelivered(
            "offset", "a message that is delivered again has the same offset", lambda one: offset(one.message)
        ),
        "api.ExtensionHeader.offset-order": checkers.offsets_grow,
        "api.ExtensionHeader.offset-preset-ignored": OFFSET_PRESET,
    }
)
def test_a_queue_has_partitions(conform: Conform) -> None:
    """A message is put where it says, or its key does, and has a place there that it keeps."""
    named_sends: list[Step] = [
        SendPartitioned(message("q", BY_NAME), way, on="p")
        for way in ("send", "send_async", "send_batch", "send_oneway")
    ]
    odd: list[Step] = [
        SendPartitioned(message("q", PAST), which="past", on="p"),
        SendPartitioned(message("q", BELOW), which="below", on="p"),
    ]
    keys = [plain(BY_KEY, message_key=key) for key in ("a", "b", "c") for _ in range(3)]
    steps = [*named_sends, each(BY_NAME), each(BOTH, message_key="a"), *keys, *[plain(PLAIN)] * 3]
    preset = plain(PRESET, offset=NOWHERE).message
    presets = [step for way in TOLD for step in there(way, preset)]
    program = Program.of(opened("streaming", *steps, *odd, *presets), queues=())
    for name, ack in (("c", False), ("d", True)):
        program = program.then(client(name, *pulling(name), Drain(ack=ack, expect=20), Stop()))
    conform(program)


@clauses(
    {
        "ext.partition-honoured-prepared": where_prepared("Transactions", checkers.in_its_partition(by(Prepare))),
        "domain.sharding-key-partition": where_prepared(
            "Transactions", as_sent(checkers.same_key_same_partition(bodies(BY_KEY)))
        ),
        "api.ExtensionHeader.offset-preset-ignored": where_prepared("Transactions", as_sent(OFFSET_PRESET)),
    }
)
def test_a_prepared_message_is_put_where_it_says(conform: Conform) -> None:
    """What is prepared for each of some partitions is received from that, however long after its commit; and a key is as if sent."""
    if not conform.claims("Transactions"):
        conform(Program.of(client("nobody")))
        return
    prepares: list[Step] = [SendPartitioned(message("q", BY_NAME), "prepare", "next", on="t")] * 4
    create = CreateTransactionProducer((Answer.UNKNOWN,), "t", on="there"), Start(on="t")
    keyed = [plain(BY_KEY, message_key=key) for key in "abc"]
    prepares += [
        step for one in (*keyed, plain(PRESET, offset=NOWHERE)) for step in (Prepare(one.message, on="t"), Commit())
    ]
    program = Program.of(opened("streaming", plain(PLAIN), *keyed, *create, *prepares), queues=())
    conform(program.then(client("c", *pulling("c"), ReceiveUntil(12))))


@clauses(
    {
        **each_way_received("ext.partition-at-receiver", lambda only: where_sent(named, received_from(only))),
        **each_way_received(
            "api.ExtensionHeader.offset-received",
            lambda only: where_sent(
                named,
                each_received(
                    "an offset",
                    lambda one: "" if offset(one.message) is not None else "it has no offset",
                    only=only,
                    all_come=False,
                ),
            ),
        ),
    }
)
def test_a_message_says_where_it_was_in_every_way(conform: Conform) -> None:
    """A message that is received in a batch, or pushed, has the partition that its sender named, and an offset there."""
    queues = RECEIVING if conform.claims("Push") else RECEIVING[:1]
    steps: list[Step] = [Open(on="there", use_case="streaming"), CreateProducer("p", on="there"), Start(on="p")]
    for queue in queues:
        whole = (CreateQueue(queue, on="there"), GetQueueMetaData(queue, on="p"))
        steps += [*whole, SendPartitioned(message(queue, BY_NAME), on="p")]
    program = Program.of(client("opener", *steps), queues=())
    takers: dict[str, tuple[Step, Step]] = {
        "batch-received": (BindQueue("batch-received"), ReceiveUntil(1, batch=True)),
        "pushed": (BindQueue("pushed", Reply.ACK), AwaitDeliveries(1)),
        "batch-pushed": (BindQueueBatch("batch-pushed", Reply.ACK), AwaitDeliveries(1)),
    }
    conform(program.then(*(client(way, CreateConsumer(way, on="there"), Start(), *takers[way]) for way in queues)))


DIVIDED, FIRST = b"divided", b"while the partitions are divided"


@clauses(
    {
        "usecase.publish-subscribe-assigned": nothing_lost("c", "d", which=bodies(DIVIDED, PLAIN)),
        "usecase.publish-subscribe-spread": checkers.where_several(checkers.spread(bodies(PLAIN))),
        "usecase.publish-subscribe-one-consumer": checkers.one_consumer_each(bodies(DIVIDED, PLAIN)),
        "usecase.publish-subscribe-every-consumer": checkers.each_given_some("c", "d", which=bodies(DIVIDED)),
        "usecase.publish-subscribe-once": once("c", "d", if_acknowledged=True),
    }
)
def test_partitions_are_divided(conform: Conform) -> None:
    """Each partition is one consumer's, and each of its messages comes there, once."""
    program = Program.of(opened("publish/subscribe", *pulling("c"), *pulling("d"), each(FIRST)), queues=())
    program = program.then(client("c", ReceiveUntil(1)), client("d", ReceiveUntil(1)))
    program = program.then(client("sender", *[each(DIVIDED)] * 3, *[plain(PLAIN)] * 8))
    conform(program.then(client("c", Drain(expect=11)), client("d", Drain(expect=11))))


ALONE, JOINED, LEFT = b"alone", b"joined", b"left"


@clauses(
    {
        "usecase.publish-subscribe-all-partitions": all_of(
            nothing_lost("c", which=bodies(ALONE)), checkers.every_partition(bodies(ALONE))
        ),
        "usecase.publish-subscribe-joined": checkers.each_given_some("d", which=bodies(JOINED), partitions=3),
        "usecase.publish-subscribe-left": nothing_lost("d", which=bodies(LEFT)),
    }
)
def test_consumers_come_and_go(conform: Conform) -> None:
    """Who is alone has all partitions; who joins gets some, and who remains all again."""
    program = Program.of(opened("publish/subscribe", *pulling("c")), queues=())
    program = program.then(client("sender", each(ALONE))).then(client("c", Drain(expect=1)))
    program = program.then(client("d", *pulling("d"))).then(client("sender", each(FIRST)))
    program = program.then(client("c", Drain()), client("d", ReceiveUntil(1)))
    program = program.then(client("sender", *[each(JOINED)] * 2))
    program = program.then(client("c", Drain(expect=4)), client("d", Drain(expect=4)))
    program = program.then(client("c", Stop())).then(client("sender", each(LEFT)))
    conform(program.then(client("d", Drain(expect=5, times=2))))


PARTED, BATCHED, LATER = b"to each partition", b"in a batch", b"after one stopped"
ALL = ("c", "d", "h", "hs")


def everyone(which: Which, *on: str) -> Checker:
    """Each of these consumers is given every message that `which` selects."""
    return all_of(*(nothing_lost(name, which=which) for name in on))


@clauses(
    {
        "usecase.broadcast-all-consumers": everyone(bodies(PARTED, BATCHED), "c", "d"),
        "usecase.broadcast-pushed": everyone(bodies(PARTED, BATCHED), "h", "hs"),
        "usecase.broadcast-batch": everyone(bodies(BATCHED), *ALL),
        "usecase.broadcast-once-each": all_of(*(once(name, if_acknowledged=True) for name in ("c", "h"))),
        "usecase.broadcast-ack-own": nothing_lost("d", which=bodies(PARTED)),
        "usecase.broadcast-same-message": checkers.alike(*ALL),
        "usecase.broadcast-all-partitions": all_of(
            everyone(bodies(PARTED), *ALL), checkers.every_partition(bodies(PARTED))
        ),
        "usecase.broadcast-stopped": everyone(bodies(LATER), "d", "h"),
    }
)
def test_everybody_receives_everything(conform: Conform) -> None:
    """Each consumer receives every message, of every partition, whatever the others do with it."""
    hearing = (
        *(CreateConsumer("h", on="there"), Start(on="h"), BindQueue("q", Reply.ACK, on="h")),
        *(CreateConsumer("hs", on="there"), Start(on="hs"), BindQueueBatch("q", Reply.ACK, on="hs")),
    )
    program = Program.of(opened("broadcast", *pulling("c"), *pulling("d"), *hearing), queues=())
    batch = SendBatch((message("q", BATCHED),) * 3, on="p")
    program = program.then(client("sender", each(PARTED), batch))
    program = program.then(client("c", Drain(expect=4)), *(client(name, AwaitDeliveries(4)) for name in ("h", "hs")))
    program = program.then(client("d", Drain(expect=4))).then(client("c", Stop()))
    program = program.then(client("sender", plain(LATER)))
    program = program.then(client("d", ReceiveUntil(1), Drain(times=4)))
    conform(program.then(client("h", AwaitDeliveries(5), Quiet(4))))
