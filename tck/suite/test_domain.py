"""The domain's own picture: producers, consumers and queues that come and go without disturbing one another."""

from tck.adapter import ErrorKind
from tck.checkers.answers import all_of, ends_within, fails, gives, gives_what, ops, succeeds
from tck.checkers.content import same_body, same_properties
from tck.checkers.delivery import (
    acknowledged_is_over,
    nothing_lost,
    nothing_to,
    once,
    only_own_queue,
    over,
)
from tck.checkers.headers import each_received, header, is_kept, not_empty
from tck.checkers.matching import Received, Which
from tck.checkers.pulling import batches_bring_something
from tck.checkers.readings import came, where
from tck.conformance import Conform, clauses
from tck.history import Entry, History, Outcome
from tck.messages import Integer, Properties, String
from tck.operations import (
    Ack,
    BatchReceive,
    BindQueue,
    CreateConsumer,
    CreateQueue,
    DeleteQueue,
    GetBindQueue,
    IsBindQueue,
    Receive,
    Send,
    SendBatch,
    Start,
    Stop,
    UnbindQueue,
)
from tck.programs import AckReceived, Drain, Program, ReceiveUntil, Step, client, message, producer, puller, send

WIDE = tuple(f"wide{n}" for n in range(10))
"""Queues that one consumer is bound to, so many that to wait for one after the other takes long."""
SEVERAL = 8
"""How often a receive is tried in vain, for a busy machine makes several in a row take long."""


def of(*clients: str) -> Which:
    """Select what these clients sent."""
    return lambda one: one.entry.client in clients


def brought(history: History) -> list[Entry]:
    """Select the receives of a consumer that brought something from a queue where something was there."""
    return [entry for entry in ops(Receive, client="there")(history) if entry.outcome is Outcome.OK]


def brought_in_batches(history: History) -> list[Entry]:
    """Select the batches that consumers received, one after the other, from queues that messages were sent to at once."""
    return [entry for entry in ops(BatchReceive, client="heaps")(history) if entry.outcome is Outcome.OK]


@clauses(
    {
        "api.Consumer.bind-queue-only-that": came("only", b"only"),
        "api.Consumer.bind-queue-unknown-unbound": all_of(
            fails(ops(BindQueue, client="unknown"), ErrorKind.DESTINATION),
            gives(ops(IsBindQueue, client="unknown"), expected=False),
            gives(ops(GetBindQueue, client="unknown"), None),
        ),
        "api.Consumer.bind-queue-twice": all_of(
            nothing_lost("twice", which=of("t")), once("twice", if_acknowledged=True)
        ),
        "api.Consumer.bound-before-start": all_of(
            gives(ops(IsBindQueue, client="early"), expected=True),
            gives_what(
                ops(GetBindQueue, client="early"),
                "the name of the queue",
                lambda given, _: str(given).endswith("-early"),
            ),
        ),
        "api.Consumer.unbind-queue-no-new-batches": where(
            succeeds(ops(UnbindQueue, client="unbound")),
            nothing_to("unbound", "nothing from the queue that it was unbound from", which=of("u")),
        ),
        "api.Consumer.receive-at-most": all_of(
            ends_within(ops(Receive, client="empty")), ends_within(ops(Receive, client="wide"))
        ),
        "api.Consumer.batch-receive-at-most": ends_within(ops(BatchReceive, client="bare")),
        "api.Consumer.receive-available": ends_within(brought, 0.0),
        "api.Consumer.batch-receive-available": ends_within(brought_in_batches, 0.0),
    }
)
def test_consumers_receive_what_they_are_bound_to(conform: Conform) -> None:
    """A consumer receives from the queue that it is bound to, at once where a message is there, and from no other."""
    quiet = conform.calibration.quiet
    heaps = ("heap", "pile", "stack")
    queues = ("only", "other", "twice", "early", "unbound", "empty", "bare", "there", *heaps)
    program = Program.of(
        producer(
            "p", send("only", b"only"), send("other", b"other"), *[send("there", b"there")] * 3, *map(send, heaps)
        ),
        producer("t", *(send("twice", b"%d" % n) for n in range(3))),
        client("early", CreateConsumer("early"), BindQueue("early"), IsBindQueue(), GetBindQueue()),
        client("unknown", CreateConsumer("unknown"), Start(), BindQueue("nowhere"), IsBindQueue(), GetBindQueue()),
        puller("unbound", "unbound", UnbindQueue("unbound")),
        puller("empty", "empty", *[Receive(quiet)] * SEVERAL),
        puller("bare", "bare", *[BatchReceive(quiet)] * SEVERAL),
        puller("wide", WIDE[0], *map(BindQueue, WIDE[1:]), *[Receive(0.1)] * 6),
        queues=(*queues, *WIDE),
    )
    conform(
        program.then(producer("u", send("unbound", b"unbound"))).then(
            puller("only", "only", ReceiveUntil(1), Drain()),
            puller("twice", "twice", BindQueue("twice"), ReceiveUntil(3), Drain()),
            client("unbound", BatchReceive(quiet)),
            puller("there", "there", ReceiveUntil(3)),
            client("heaps", *(step for name in heaps for step in _taking(name))),
        )
    )


def _taking(name: str) -> tuple[Step, ...]:
    return CreateConsumer(name), Start(on=name), BindQueue(name, on=name), BatchReceive(on=name)


def _as_alone(one: Received) -> str:
    return (
        not_empty(header("message_id"), "message id")(one)
        or not_empty(header("born_host"), "born host")(one)
        or is_kept(header("destination"), "destination")(one)
        or ("" if one.message.header.born_timestamp else "it has no born timestamp")
    )


def _in_batch(one: Received) -> bool:
    return isinstance(one.delivery.entry.op, BatchReceive)


AS_ALONE = each_received("the header fields of a message that is received alone", _as_alone, only=_in_batch)


@clauses(
    {
        "2.2.2-same-fields-batch-received": AS_ALONE,
        "2.3.6-destination-at-receiver-batch": each_received(
            "the queue that it was received from", is_kept(header("destination"), "destination"), only=_in_batch
        ),
        "api.Consumer.batch-receive-complete": all_of(
            AS_ALONE,
            each_received("its properties", same_properties(), only=_in_batch),
            each_received("its body", same_body, only=_in_batch),
        ),
        "api.Consumer.batch-receive-not-empty": batches_bring_something,
    }
)
def test_a_batch_holds_whole_messages(conform: Conform) -> None:
    """A message that batchReceive returns has the header, properties and body that it has alone."""
    properties: Properties = {"text": String("é"), "number": Integer(-7)}
    batch = SendBatch(tuple(message("q", b"%d" % n, properties) for n in range(3)))
    program = Program.of(producer("p", batch, send("q", b"", properties=properties)))
    taking = (ReceiveUntil(4, batch=True), BatchReceive(conform.calibration.quiet))
    conform(program.then(puller("c", "q", *taking)))


@clauses(
    {
        "api.Consumer.ack-accepted": succeeds(ops(Ack, client="any")),
        "api.Consumer.ack-any-order": all_of(succeeds(ops(Ack, client="any")), acknowledged_is_over),
        "domain.pull-ack-after-receives": all_of(succeeds(ops(Ack, client="late")), over(Ack, by="late")),
        "domain.pull-ack-after-empty-receive": all_of(succeeds(ops(Ack, client="empty")), over(Ack, by="empty")),
    }
)
def test_acknowledgements_come_when_they_like(conform: Conform) -> None:
    """Messages are acknowledged in any order, after other receives and after one in vain: each time for good."""
    in_hand = ReceiveUntil(3, ack=False)
    program = Program.of(
        *(producer(f"{name}.p", *(send(name, b"%d" % n) for n in range(4))) for name in ("any",)),
        *(producer(f"{name}.p", *(send(name, b"%d" % n) for n in range(3))) for name in ("late", "empty")),
        queues=("any", "late", "empty"),
    )
    program = program.then(
        puller("any", "any", ReceiveUntil(4, ack=False), AckReceived("last"), AckReceived("first"), Stop()),
        puller("late", "late", in_hand, AckReceived(), Stop()),
        puller("empty", "empty", in_hand, Receive(conform.calibration.quiet), AckReceived(), Stop()),
    )
    conform(
        program.then(
            puller("any.d", "any", ReceiveUntil(2), Drain()),
            puller("late.d", "late", Drain()),
            puller("empty.d", "empty", Drain()),
        )
    )


@clauses(
    {
        "domain.producer-several-queues": all_of(only_own_queue, nothing_lost(*"cdon", which=of("p"))),
        "domain.create-queue-producer-irrelevant": all_of(
            succeeds(ops(Send, client="before")),
            succeeds(ops(Send, client="new")),
            nothing_lost(*"cdon", which=of("before", "new")),
        ),
        "domain.delete-queue-producer-irrelevant": all_of(
            succeeds(ops(Send, client="old")), nothing_lost(*"cdon", which=of("old"))
        ),
    }
)
def test_producers_do_not_mind_queues(conform: Conform) -> None:
    """One producer sends to many queues, also to one that is newer than it, and where another is deleted."""
    turns = (send(queue, b"%d" % n) for n, queue in enumerate(("c", "d", "d", "c", "d", "c")))
    program = Program.of(
        producer("p", *turns),
        producer("before", send("o", b"before")),
        producer("gone", send("g")),
        queues=("c", "d", "o", "g"),
    )
    program = program.then(
        client("maker", CreateQueue("n")), client("before", send("c", b"during")), client("deleter", DeleteQueue("g"))
    )
    program = program.then(
        client("new", Send(message("n"), on="before")), client("old", Send(message("o", b"after"), on="gone"))
    )
    conform(program.then(*(puller(queue, queue, Drain(expect=10)) for queue in "cdon")))
