"""What is received at a position is whole, whichever delivery of a message the receipt is of and wherever its queue is."""

from collections.abc import Callable

from tck.checkers.answers import Checker, all_of
from tck.checkers.headers import each_received, extension, header, not_empty
from tck.checkers.matching import Received
from tck.checkers.ways import where_sent
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import (
    Answer,
    BatchReceiveAt,
    BindQueues,
    CreatePullConsumer,
    CreateQueue,
    CreateTransactionProducer,
    ReceiveAt,
    Start,
    Stop,
)
from tck.programs import (
    Client,
    Drain,
    Program,
    ReceiveFrom,
    SendPartitioned,
    Step,
    client,
    message,
    producer,
    send,
)
from tck.suite.test_2_3_every_receiver import SQUEEZED, WHOLE, full
from tck.suite.test_later_positions import At, offered, position
from tck.suite.test_namespaces import enter, producer_in
from tck.suite.test_partitions import each, opened

Fault = Callable[[Received], str]


def has_positions(conform: Conform) -> bool:
    """Tell whether there may be positions to receive at."""
    return conform.claims("Streaming") and conform.supports("api.5d796063")


def of_all_sent(checker: Checker) -> Checker:
    """What a checker says, where anything was sent: nothing is where no position may be."""
    return where_sent(lambda _: True, checker)


def pulling(name: str, *steps: Step) -> Client:
    """Return a client that pulls all through the access point of several partitions, and acknowledges nothing, then does the steps."""
    create = (CreatePullConsumer(name=name, on="there"), Start(on=name), BindQueues(("q",), on=name))
    return client(name, *create, Drain(ack=False, expect=10), *steps)


def come(words: str, fault: Fault, *kinds: At) -> Checker:
    """Nothing that comes of a receive of these kinds is at fault."""

    def judged(kind: At) -> Checker:
        def so(one: Received) -> bool:
            return isinstance(one.delivery.entry.op, kind)

        return offered(kind, each_received(words, fault, only=so, all_come=False))

    return of_all_sent(all_of(*map(judged, kinds)))


SEEN: dict[str, tuple[str, Fault]] = {
    **WHOLE,
    "api.ExtensionHeader.offset-received": (
        "an offset",
        lambda one: "" if extension("offset")(one.message) is not None else "it has no offset",
    ),
}


@clauses(
    {
        **{clause: come(words, fault, ReceiveAt) for clause, (words, fault) in SEEN.items()},
        **{f"{clause}-batch-received": come(words, fault, BatchReceiveAt) for clause, (words, fault) in SEEN.items()},
        "2.3.3-born-host-non-empty": come(
            "a non-empty born host", not_empty(header("born_host"), "born host"), ReceiveAt, BatchReceiveAt
        ),
    }
)
def test_what_is_received_at_a_position_is_whole(conform: Conform) -> None:
    """A message that is received at a position holds what its sender set, and what the server did."""
    if not has_positions(conform):
        return conform(Program.of(producer("p")))
    messages = (message("q", b"first"), *(one.message for one in full(conform, "q")), message("q", b"last"))
    program = Program.of(opened("streaming", *(SendPartitioned(one, on="p") for one in messages)), queues=())
    receives = (ReceiveFrom(b"first"), ReceiveFrom(SQUEEZED), ReceiveFrom(b"first", batch=True))
    return conform(program.then(pulling("c", *receives)))


POSITIONS: dict[str, Checker] = {
    "api.PullConsumer.receive-at-position": of_all_sent(position(ReceiveAt)),
    "api.PullConsumer.batch-receive-at-position": of_all_sent(position(BatchReceiveAt)),
}


@clauses(POSITIONS)
def test_a_position_is_of_each_delivery(conform: Conform) -> None:
    """A receive at the position of a second delivery gives what is there or next, in its order, what was committed too."""
    if not has_positions(conform):
        return conform(Program.of(producer("p")))
    program = Program.of(opened("streaming", each(b"1"), each(b"2")), queues=())
    if conform.claims("Transactions"):
        create = (CreateTransactionProducer((Answer.UNKNOWN,), on="there"), Start())
        program = program.then(client("t", *create, SendPartitioned(message("q", b"committed"), "prepare")))
    program = program.then(client("p", *map(each, (b"3", b"4", b"5", b"6"))))
    program = program.then(pulling("early", Stop()))
    return conform(program.then(pulling("c", ReceiveFrom(b"2"), ReceiveFrom(b"2", batch=True))))


@clauses({**POSITIONS, "api.ResourceManager.namespace-usable": all_of(*POSITIONS.values())})
def test_a_position_is_in_a_namespace(conform: Conform) -> None:
    """A receive at a position in a queue of a namespace that was created gives what is there or next."""
    if not (has_positions(conform) and conform.claims("Namespaces")):
        return conform(Program.of(producer("p")))
    together = ExtensionHeader(message_key="k") if conform.supports("extension_header.message_key") else None
    sends = [send("s", body, extension=together) for body in (b"1", b"2")]
    program = Program.of(enter("one", CreateQueue("s", on="one")), queues=()).then(producer_in("one", *sends))
    binds = (CreatePullConsumer(on="one"), Start(), BindQueues(("s",)), Drain(ack=False, expect=2))
    return conform(program.then(client("c", *binds, ReceiveFrom(b"1"), ReceiveFrom(b"1", batch=True))))
