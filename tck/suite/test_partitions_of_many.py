"""Queues of several partitions with several producers and many consumers, that pull or listen, and that join or pause."""

from tck.checkers import partitions as checkers
from tck.checkers.answers import all_of, follows, ops
from tck.checkers.delivery import nothing_lost, once
from tck.checkers.matching import bodies
from tck.checkers.readings import if_done
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Message
from tck.operations import (
    BindQueue,
    BindQueueBatch,
    CreateConsumer,
    CreateProducer,
    Get,
    Reply,
    Resume,
    Send,
    SendAsync,
    SendBatch,
    SendOneway,
    Start,
    Suspend,
)
from tck.programs import (
    EVERYBODY,
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    SendPartitioned,
    Step,
    client,
    handfuls,
    message,
)
from tck.suite.places import one_of_each, owed
from tck.suite.test_partitions import PAST, each, everyone, nonexistent, opened, plain, pulling

KEYS = ("é", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j")


HUNDRED = 110
"""More than a hundred, in one partition."""


def keyed(key: str) -> Message:
    """Return a message with a key."""
    return message("q", b"keyed", extension=ExtensionHeader(message_key=key))


def listening(name: str, *, batch: bool = False) -> tuple[Step, ...]:
    """Return the steps that create and start a consumer there, and bind it to be pushed to."""
    bind: Step = BindQueueBatch("q", Reply.ACK, on=name) if batch else BindQueue("q", Reply.ACK, on=name)
    return CreateConsumer(name, on="there"), Start(on=name), bind


@clauses(
    {
        "domain.sharding-key-partition": checkers.same_key_same_partition(bodies(b"keyed")),
        "api.ExtensionHeader.offset-unique": checkers.offsets_unique,
        "ext.partition-nonexistent": follows(nonexistent(PAST)),
    }
)
def test_partitions_are_the_queue_s(conform: Conform) -> None:
    """Keys and offsets mean the same whichever producer sends, in which way, and though the queue runs empty meanwhile."""
    ways = (SendAsync(keyed("é"), on="p"), Get(), SendOneway(keyed("a"), on="p2"))
    batches: tuple[Step, ...] = (
        SendBatch((keyed("é"), keyed("a")), on="p"),
        SendBatch((keyed("a"), keyed("é")), on="p2"),
    )
    batches += tuple(SendBatch(some, on="p3") for some in handfuls([keyed("a")] * HUNDRED))
    sends = [Send(keyed(key), on=by) for key in KEYS for by in ("p", "p2", "p3")]
    past = SendPartitioned(message("q", PAST), "send_batch", which="past", on="p")
    others = [step for name in ("p2", "p3") for step in (CreateProducer(name, on="there"), Start(on=name))]
    program = Program.of(opened("streaming", *others, *sends, *ways, *batches, past), queues=())
    program = program.then(client("c", *pulling("c"), Drain(expect=len(sends) + 5 + HUNDRED)))
    program = program.then(client("again", *(Send(keyed(key), on=by) for key in KEYS[:2] for by in ("p", "p2"))))
    conform(program.then(client("c", Drain(expect=len(sends) + 9 + HUNDRED))))


FIRST, MANY, PLAIN = b"while the partitions are divided", b"many", b"plain"
PULLING = ("c", "d", "e")


@clauses(
    {
        "usecase.publish-subscribe-every-consumer": checkers.each_given_some(*PULLING, which=bodies(MANY)),
        "usecase.publish-subscribe-one-consumer": checkers.one_consumer_each(bodies(MANY, PLAIN)),
        "usecase.publish-subscribe-assigned": nothing_lost(*PULLING, which=bodies(MANY, PLAIN)),
        "usecase.publish-subscribe-once": once(*PULLING, if_acknowledged=True),
    }
)
def test_three_consumers_divide_partitions(conform: Conform) -> None:
    """Each of three consumers is given the messages of partitions of its own, whether these name one or not."""
    steps = [step for name in PULLING for step in pulling(name)]
    program = Program.of(opened("publish/subscribe", *steps, each(FIRST)), queues=())
    program = program.then(*(client(name, ReceiveUntil(1)) for name in PULLING))
    program = program.then(client("sender", *[each(MANY)] * 2, *[plain(PLAIN)] * 8))
    conform(program.then(*(client(name, Drain(expect=10)) for name in PULLING)))


@clauses({"usecase.publish-subscribe-assigned": nothing_lost(which=bodies(MANY))})
def test_more_consumers_than_partitions(conform: Conform) -> None:
    """Nothing is lost where a queue of a few partitions has more consumers than these."""
    names = [f"c{number}" for number in range(6)]
    steps = [step for name in names for step in pulling(name)]
    program = Program.of(opened("publish/subscribe", *steps), queues=())
    program = program.then(client("sender", *[each(MANY)] * 2))
    conform(program.then(*(client(name, Drain(expect=4)) for name in names)))


NO_PUSH = "no listener is bound where pushing is not claimed"


@clauses({"usecase.publish-subscribe-assigned": if_done(ops(BindQueue, on="h"), nothing_lost("h", "i"), NO_PUSH)})
def test_listeners_divide_partitions(conform: Conform) -> None:
    """Listeners, of one message or of many, between which partitions are divided are given every message."""
    if not conform.claims("Push"):
        conform(Program.of(opened("publish/subscribe"), queues=()))
        return
    steps = (*listening("h"), *listening("i", batch=True))
    program = Program.of(opened("publish/subscribe", *steps), queues=())
    program = program.then(client("sender", *[plain(PLAIN)] * 12, plain(PLAIN, message_key="a")))
    conform(program.then(client("all", AwaitDeliveries(13, on=EVERYBODY))).then(client("h", Quiet())))


EARLY, LATE = b"before another joined", b"after another joined"


@clauses(
    {
        "usecase.broadcast-all-consumers": everyone(bodies(LATE), "c", "d"),
        "usecase.broadcast-pushed": everyone(bodies(EARLY, LATE), "h", "hs"),
        "usecase.broadcast-once-each": all_of(*(once(name, if_acknowledged=True) for name in ("c", "d", "h", "hs"))),
    }
)
def test_who_joins_or_pauses_receives_everything(conform: Conform) -> None:
    """Who joins later receives what is sent afterwards, who was suspended receives it in the end, and each but once."""
    hearing = (*listening("h"), *listening("hs", batch=True))
    program = Program.of(opened("broadcast", *pulling("c"), *hearing), queues=())
    program = program.then(client("sender", plain(EARLY)))
    program = program.then(client("h", AwaitDeliveries(1), Suspend()), client("d", *pulling("d")))
    program = program.then(client("sender", plain(LATE)))
    program = program.then(client("c", Drain(expect=2)), client("d", Drain(expect=2)), client("hs", AwaitDeliveries(2)))
    program = program.then(client("h", Resume(), AwaitDeliveries(2)))
    conform(program.then(client("hs", Quiet(2)), *(client(name, Drain(times=2)) for name in ("c", "d"))))


@clauses({"usecase.broadcast-all-consumers": all_of(*(nothing_lost(name, which=owed) for name in ("c", "d", "e")))})
def test_messages_of_every_kind_are_broadcast(conform: Conform) -> None:
    """Each of several consumers receives every message, of whichever kind, delayed ones included."""
    names = ("c", "d", "e")
    sends = [Send(one, on="p") for one in one_of_each(conform, "q")]
    program = Program.of(opened("broadcast", *(step for name in names for step in pulling(name))), queues=())
    program = program.then(client("sender", *sends))
    conform(program.then(*(client(name, ReceiveUntil(len(sends))) for name in names)))


@clauses({"usecase.broadcast-stopped": everyone(bodies(LATE), "c", "hs")})
def test_who_is_suspended_keeps_nothing_from_others(conform: Conform) -> None:
    """While a listener is suspended the others, who pull or listen, receive what is sent."""
    hearing = (*listening("h"), *listening("hs", batch=True), Suspend(on="h"))
    program = Program.of(opened("broadcast", *pulling("c"), *hearing), queues=())
    program = program.then(client("sender", plain(LATE)))
    conform(program.then(client("c", Drain(expect=1)), client("hs", AwaitDeliveries(1), Quiet(2))))
