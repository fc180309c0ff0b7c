"""2.3.4, quality of service: however a message is sent and received, as often as its qos says."""

from tck.checkers.answers import all_of, follows
from tck.checkers.delivery import not_returned, nothing_lost, once
from tck.checkers.listening import where_called
from tck.checkers.matching import Sent, Which
from tck.checkers.qos import comes_again, exactly_once
from tck.checkers.ways import KINDS, WAYS
from tck.conformance import Conform, clauses
from tck.operations import (
    Operation,
    Reply,
    Resume,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Stop,
    Suspend,
)
from tck.programs import (
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    Step,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
    sends,
)

AT_LEAST_ONCE, AT_MOST_ONCE, EXACTLY_ONCE = 0, 1, 2
QUEUES = ("q", "pushed", "batched", "received", "left", "raised", "suspended", "shared", "listened")


def to(queue: str, kind: type[Operation] = Operation, qos: int | None = None) -> Which:
    """Select what is sent to a queue, in this way, with this qos."""

    def which(one: Sent) -> bool:
        there = (one.message.header.destination or "").endswith(f"-{queue}")
        return there and isinstance(one.entry.op, kind) and qos in {None, one.message.header.qos}

    return which


IN_EVERY_WAY = 2 * len(KINDS)
"""How many messages `in_every_way` sends."""


def in_every_way(queue: str, qos: int) -> tuple[Step, ...]:
    """Send two messages in each way."""
    batch = tuple(message(queue, b"%d" % n, qos=qos) for n in range(2))
    return tuple(step for way in ("send", *WAYS.values()) for step in sends(way, *batch))


def two(queue: str, qos: int | None) -> tuple[Step, ...]:
    """Send two messages."""
    return tuple(send(queue, b"%d" % n, qos=qos) for n in range(2))


def shared(qos: int, *, ack: bool) -> Program:
    """Have two consumers pull from one queue, and two listen to another, while four messages are sent to each."""
    steps = (*two("shared", qos), SendBatch(tuple(message("shared", b"batch %d" % n, qos=qos) for n in range(2))))
    both = (pusher(name, "listened", reply=Reply.ACK if ack else Reply.SKIP) for name in ("l", "m"))
    program = Program.of(producer("sharer"), puller("one", "shared"), puller("other", "shared"), *both, queues=QUEUES)
    drains = (client(name, Drain(ack=ack, expect=4), Stop()) for name in ("one", "other"))
    return program.then(client("sharer", *steps, *two("listened", qos), *two("listened", qos)), *drains)


def listeners(*steps: Step, reply: Reply) -> tuple[Client, ...]:
    """Return a listener of single messages and one of batches that do some steps once both messages have come."""
    return (
        pusher("listener", "pushed", AwaitDeliveries(2), *steps, reply=reply),
        pusher("batch listener", "batched", AwaitDeliveries(2), *steps, reply=reply, batch=True),
    )


@clauses(
    {
        "2.3.4-qos-0-delivered": nothing_lost("c", which=to("q", Send)),
        "2.3.4-qos-0-async": nothing_lost("c", which=to("q", SendAsync)),
        "2.3.4-qos-0-batch": nothing_lost("c", which=to("q", SendBatch)),
        "2.3.4-qos-0-batch-async": nothing_lost("c", which=to("q", SendBatchAsync)),
        "2.3.4-qos-0-pushed": nothing_lost("listener", which=to("pushed")),
        "2.3.4-qos-0-batch-pushed": nothing_lost("batch listener", which=to("batched")),
        "2.3.4-qos-0-batch-received": nothing_lost("batches", which=to("received")),
        "2.3.4-qos-0-unacknowledged": all_of(
            comes_again("loser", "finder", to("left", qos=AT_LEAST_ONCE)),
            comes_again("batch loser", "batch finder", to("handful")),
            where_called(comes_again("leaver", "taker", to("dropped"))),
        ),
        "2.3.4-qos-0-as-default": comes_again("loser", "finder", to("left")),
    }
)
def test_at_least_once(conform: Conform) -> None:
    """With qos 0 every message is received, and again where it was not acknowledged, as without a qos."""
    queues = (*QUEUES[:5], "handful", "dropped")
    steps = (step for queue in queues[1:] for step in two(queue, AT_LEAST_ONCE))
    program = Program.of(producer("p", *in_every_way("q", AT_LEAST_ONCE), *steps, *two("left", None)), queues=queues)
    program = program.then(
        puller("c", "q", ReceiveUntil(IN_EVERY_WAY)),
        *listeners(reply=Reply.ACK),
        puller("batches", "received", ReceiveUntil(2, batch=True)),
        puller("loser", "left", ReceiveUntil(4, ack=False), Stop()),
        puller("batch loser", "handful", ReceiveUntil(2, ack=False, batch=True), Stop()),
        pusher("leaver", "dropped", AwaitDeliveries(2), Stop(), reply=Reply.SKIP),
    )
    finders = (("finder", "left", 4), ("batch finder", "handful", 2), ("taker", "dropped", 2))
    conform(program.then(*(puller(name, queue, ReceiveUntil(count)) for name, queue, count in finders)))


@clauses(
    {
        "2.3.4-qos-1-delivered": nothing_lost("c", which=to("q", Send)),
        "2.3.4-qos-1-async": not_returned(to("q", SendAsync)),
        "2.3.4-qos-1-batch": not_returned(to("q", SendBatch)),
        "2.3.4-qos-1-oneway": not_returned(to("q", SendOneway)),
        "2.3.4-qos-1-batch-async": not_returned(to("q", SendBatchAsync)),
        "2.3.4-qos-1-batch-oneway": not_returned(to("q", SendBatchOneway)),
        "2.3.4-qos-1-pushed": not_returned(to("pushed")),
        "2.3.4-qos-1-batch-pushed": not_returned(to("batched")),
        "2.3.4-qos-1-batch-received": not_returned(to("received")),
        "2.3.4-qos-1-raised": not_returned(to("raised")),
        "2.3.4-qos-1-several-consumers": all_of(not_returned(to("shared")), where_called(not_returned(to("listened")))),
        "2.3.4-qos-1-per-message": all_of(
            comes_again("loser", "finder", to("left", qos=AT_LEAST_ONCE)), not_returned(to("left", qos=AT_MOST_ONCE))
        ),
    }
)
def test_at_most_once(conform: Conform) -> None:
    """With qos 1 no message is handed out twice, though none was acknowledged and its consumer stopped."""
    steps = (step for queue in QUEUES[1:6] for step in two(queue, AT_MOST_ONCE))
    program = shared(AT_MOST_ONCE, ack=False).then(
        producer("p", *in_every_way("q", AT_MOST_ONCE), *steps, *two("left", AT_LEAST_ONCE))
    )
    program = program.then(
        puller("c", "q", ReceiveUntil(IN_EVERY_WAY, ack=False), Stop()),
        *listeners(Quiet(), Stop(), reply=Reply.SKIP),
        puller("batches", "received", ReceiveUntil(2, ack=False, batch=True), Stop()),
        pusher("raiser", "raised", AwaitDeliveries(2), Quiet(), Stop(), reply=Reply.RAISE),
        puller("loser", "left", ReceiveUntil(4, ack=False), Stop()),
    )
    conform(
        program.then(
            puller("d", "q", Drain()),
            puller("more batches", "received", Drain()),
            pusher("another listener", "pushed", Quiet()),
            pusher("another batch listener", "batched", Quiet(), batch=True),
            pusher("no raiser", "raised", Quiet()),
            puller("finder", "left", ReceiveUntil(2), Drain()),
            puller("third", "shared", Drain()),
            *(client(name, Stop()) for name in ("l", "m")),
        ).then(pusher("n", "listened", Quiet()))
    )


@clauses(
    {
        "2.3.4-qos-2-async": exactly_once("c", which=to("q", SendAsync)),
        "2.3.4-qos-2-batch": exactly_once("c", which=to("q", SendBatch)),
        "2.3.4-qos-2-oneway": once("c", "d", which=to("q", SendOneway)),
        "2.3.4-qos-2-batch-async": exactly_once("c", which=to("q", SendBatchAsync)),
        "2.3.4-qos-2-batch-oneway": once("c", "d", which=to("q", SendBatchOneway)),
        "2.3.4-qos-2-pushed": exactly_once("listener", which=to("pushed")),
        "2.3.4-qos-2-batch-pushed": exactly_once("batch listener", which=to("batched")),
        "2.3.4-qos-2-batch-received": exactly_once("batches", which=to("received")),
        "2.3.4-qos-2-several-consumers": all_of(
            exactly_once("one", "other", which=to("shared")),
            where_called(exactly_once("l", "m", which=to("listened"))),
        ),
        "2.3.4-qos-2-suspended": exactly_once("sleeper", which=to("suspended")),
        "2.3.4-qos-2-unacknowledged": follows(
            {
                "acknowledged": all_of(comes_again("loser", "finder", to("left")), once("finder", which=to("left"))),
                "handed-out": not_returned(to("left")),
            }
        ),
    }
)
def test_exactly_once(conform: Conform) -> None:
    """With qos 2 every message is received, and once, by consumers that acknowledge."""
    steps = (step for queue in QUEUES[1:5] for step in two(queue, EXACTLY_ONCE))
    program = shared(EXACTLY_ONCE, ack=True).then(
        producer("p", *in_every_way("q", EXACTLY_ONCE), *steps), pusher("sleeper", "suspended")
    )
    program = program.then(
        producer(
            "waker",
            *two("suspended", EXACTLY_ONCE),
            AwaitDeliveries(2, on="sleeper"),
            Suspend(on="sleeper"),
            *two("suspended", EXACTLY_ONCE),
            Resume(on="sleeper"),
            *two("suspended", EXACTLY_ONCE),
            AwaitDeliveries(6, on="sleeper"),
        ),
        puller("c", "q", ReceiveUntil(IN_EVERY_WAY), Drain(), Stop()),
        *listeners(Quiet(), Stop(), reply=Reply.ACK),
        puller("batches", "received", ReceiveUntil(2, batch=True), Drain(), Stop()),
        puller("loser", "left", ReceiveUntil(2, ack=False), Stop()),
    )
    conform(
        program.then(
            puller("finder", "left", Drain(rest=True)),
            puller("d", "q", Drain()),
            *(client(name, Quiet(), Stop()) for name in ("sleeper", "l", "m")),
        )
    )
