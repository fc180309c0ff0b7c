"""ResourceManager: what a routing duplicates, to whom, and what the documents leave open about it."""

from typing import Any

from tck.checkers.answers import Checker, Select, all_of, fails, follows, ops, succeeds
from tck.checkers.delivery import nothing_lost, nothing_to, once
from tck.checkers.extension import FIELDS
from tck.checkers.headers import each_received, extension, header, is_kept
from tck.checkers.matching import Received, Which, sent
from tck.checkers.matching import by_client_to as to
from tck.checkers.readings import if_done
from tck.checkers.routing import committed_routed, each_comes, oneway_routed
from tck.checkers.transactions import Fate, never_exposed
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Message
from tck.operations import (
    BindQueue,
    BindQueueBatch,
    Commit,
    CreateQueue,
    DeleteQueue,
    ErrorKind,
    Get,
    Operation,
    Prepare,
    Receive,
    Rollback,
    Routing,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
)
from tck.programs import (
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
    transaction_producer,
)

WAYS = (Send, SendAsync, SendBatch, SendBatchAsync)
NO_PUSH = "the profile Push is not claimed"
NO_TRANSACTIONS = "the profile Transactions is not claimed"
HEADER = {"qos": "qos", "durability": "durability", "priority": "priority"}


def by(*kinds: type[Operation]) -> Which:
    """Select the messages that were sent in one of these ways."""
    return lambda one: isinstance(one.entry.op, kinds)


def several(queue: str) -> Client:
    """Return a producer that sends some messages."""
    return producer(f"to {queue}", *(send(queue, b"%s %d" % (queue.encode(), n)) for n in range(5)))


def routing(*pairs: tuple[str, str], name: str = "manager") -> Client:
    """Return a client that routes from queues to others."""
    return client(name, *(Routing(source, target) for source, target in pairs))


@clauses({"api.ResourceManager.routing-every-way": all_of(*(nothing_lost("target", which=by(kind)) for kind in WAYS))})
def test_whatever_way_a_message_is_sent_it_is_routed(conform: Conform) -> None:
    """What is sent at once, asynchronously or in batches of either kind is received from the target."""
    batch = tuple(message("q", b"%d" % n) for n in range(3))
    program = Program.of(routing(("q", "r")), queues=("q", "r")).then(
        producer("send", *map(Send, batch)),
        producer("async", *(step for one in batch for step in (SendAsync(one), Get()))),
        producer("batch", SendBatch(batch)),
        producer("batch async", SendBatchAsync(batch), Get()),
    )
    conform(program.then(puller("source", "q", Drain()), puller("target", "r", ReceiveUntil(12))))


@clauses({"api.ResourceManager.routing-oneway": oneway_routed("source", "target")})
def test_what_is_sent_oneway_is_routed(conform: Conform) -> None:
    """What is sent oneway, alone or in a batch, and has arrived is received from the target."""
    batch = tuple(message("q", b"batch %d" % n) for n in range(5))
    alone = (SendOneway(message("q", b"%d" % n)) for n in range(5))
    program = Program.of(routing(("q", "r")), queues=("q", "r")).then(producer("p", *alone, SendBatchOneway(batch)))
    conform(program.then(puller("source", "q", Drain(expect=10)), puller("target", "r", ReceiveUntil(10), Drain())))


ROLLED_BACK = "a message that was rolled back is received from neither queue"


@clauses(
    {
        "api.ResourceManager.routing-committed": if_done(ops(Prepare), committed_routed("target"), NO_TRANSACTIONS),
        "api.ResourceManager.routing-rolled-back": if_done(
            ops(Prepare), never_exposed(Fate.ROLLED_BACK, ROLLED_BACK), NO_TRANSACTIONS
        ),
    }
)
def test_what_is_committed_is_routed(conform: Conform) -> None:
    """What was prepared is received from the target where it was committed, and not where it was rolled back."""
    if not conform.claims("Transactions"):
        conform(Program.of(routing(("q", "r")), queues=("q", "r")))
        return
    prepared = (Prepare(message("q", name.encode()), transaction=name) for name in ("a", "b", "e"))
    decided = (Commit(on="a"), Rollback(on="b"), Commit(on="e"))
    program = Program.of(routing(("q", "r")), queues=("q", "r")).then(transaction_producer("p", *prepared, *decided))
    conform(program.then(puller("source", "q", Drain(expect=2)), puller("target", "r", ReceiveUntil(2), Drain())))


@clauses(
    {
        "api.ResourceManager.routing-several-targets": all_of(
            nothing_lost("one", which=to("q")), nothing_lost("two", which=to("q"))
        ),
        "api.ResourceManager.routing-several-sources": all_of(
            nothing_lost("one", which=to("q")), nothing_lost("one", which=to("s"))
        ),
    }
)
def test_routings_fork_and_join(conform: Conform) -> None:
    """A queue is routed to two others, of which one is the target of a second source as well."""
    queues = ("q", "s", "one", "two")
    program = Program.of(routing(("q", "two"), ("q", "one"), ("s", "one")), queues=queues)
    program = program.then(several("q"), several("s"))
    conform(program.then(puller("one", "one", ReceiveUntil(10)), puller("two", "two", ReceiveUntil(5))))


@clauses(
    {
        "api.ResourceManager.routing-pushed": if_done(ops(BindQueue, client="hears"), nothing_lost("hears"), NO_PUSH),
        "api.ResourceManager.routing-pushed-batch": if_done(ops(BindQueueBatch), nothing_lost("hears many"), NO_PUSH),
    }
)
def test_what_is_routed_is_pushed(conform: Conform) -> None:
    """What is routed to queues with listeners, of one or of many, is pushed to them."""
    program = Program.of(routing(("q", "r"), ("q", "s")), queues=("q", "r", "s"))
    if not conform.claims("Push"):
        conform(program)
        return
    program = program.then(pusher("hears", "r"), pusher("hears many", "s", batch=True)).then(several("q"))
    conform(program.then(*(client(name, AwaitDeliveries(5), Quiet()) for name in ("hears", "hears many"))))


def with_own(part: str) -> Select:
    """Select the sends of messages for which a part of the header was set."""
    return lambda history: [one.entry for one in sent(history) if any(_set(one.message, part))]


def _set(one: Message, part: str) -> list[Any]:
    """Return what is set of the system header, or of the extension header."""
    header_of, names = (header, HEADER) if part == "header" else (extension, FIELDS)
    return [value for name in names if (value := header_of(name)(one)) is not None]


def duplicated(part: str) -> Checker:
    """What was set of the system header, or of the extension header, is in the duplicate."""
    header_of, names = (header, HEADER) if part == "header" else (extension, FIELDS)

    def fault(one: Received) -> str:
        own = {name: word for name, word in names.items() if one.sent and header_of(name)(one.sent.message) is not None}
        return "; ".join(filter(None, (is_kept(header_of(name), word)(one) for name, word in own.items())))

    return if_done(
        with_own(part),
        each_received(f"the {part} that was set", fault, only=lambda one: one.delivery.consumer == "target"),
        "nothing of it is offered",
    )


@clauses(
    {
        "api.ResourceManager.routing-header": duplicated("header"),
        "api.ResourceManager.routing-extension-header": duplicated("extension header"),
    }
)
def test_a_duplicate_has_its_headers(conform: Conform) -> None:
    """What a client sets in the headers, as far as it is offered, is in the duplicate."""
    fields: dict[str, Any] = {field: f"a {field}" for field in FIELDS if conform.supports(f"extension_header.{field}")}
    own: dict[str, Any] = {"durability": 1} if conform.supports("durability") else {}
    own |= {"qos": 2} if conform.supports("qos") else {}
    own |= {"priority": 8} if conform.claims("Priority") else {}
    sends = [send("q", b"%d" % n, extension=ExtensionHeader(**fields) if fields else None, **own) for n in range(3)]
    program = Program.of(routing(("q", "r")), queues=("q", "r")).then(producer("p", *sends))
    conform(program.then(puller("target", "r", ReceiveUntil(3))))


AGAIN, BACK = ops(Routing, client="again"), ops(Routing, client="back")
GIVEN = ops(Routing, client="manager")


@clauses(
    {
        "reading.routing-again": follows(
            {
                "refused": all_of(fails(AGAIN), each_comes(1, "target")),
                "once": all_of(succeeds(AGAIN), each_comes(1, "target")),
                "twice": all_of(succeeds(AGAIN), each_comes(2, "target")),
            }
        )
    }
)
def test_the_same_routing_twice(conform: Conform) -> None:
    """A routing that is there already is refused, or changes nothing, or duplicates everything once more."""
    program = Program.of(routing(("q", "r")), queues=("q", "r")).then(routing(("q", "r"), name="again"))
    conform(program.then(several("q")).then(puller("target", "r", ReceiveUntil(5), Drain(times=4))))


@clauses(
    {
        "api.ResourceManager.routing-cycle": follows(
            {
                "refused": all_of(fails(BACK), nothing_lost("r", which=to("q"))),
                "once": all_of(
                    nothing_lost("r", which=to("q")),
                    nothing_lost("q", which=to("r")),
                    *(once(name, if_acknowledged=True) for name in ("q", "r")),
                ),
            }
        )
    }
)
def test_two_queues_are_routed_to_each_other(conform: Conform) -> None:
    """Of two routings that lead to each other the second is refused, or each message comes once to a queue."""
    program = Program.of(routing(("q", "r")), queues=("q", "r")).then(routing(("r", "q"), name="back"))
    more = [Receive(conform.calibration.quiet)] * 4
    pullers = (puller(queue, queue, ReceiveUntil(10), *more) for queue in ("q", "r"))
    conform(program.then(several("q"), several("r")).then(*pullers))


@clauses(
    {
        "reading.routing-to-itself": follows(
            {
                "refused": all_of(fails(GIVEN), each_comes(1, "c")),
                "once": all_of(succeeds(GIVEN), each_comes(1, "c")),
                "twice": all_of(succeeds(GIVEN), each_comes(2, "c")),
            }
        )
    }
)
def test_a_queue_is_routed_to_itself(conform: Conform) -> None:
    """A routing from a queue to itself is refused, or changes nothing, or duplicates what is sent to it."""
    program = Program.of(routing(("q", "q"))).then(several("q"))
    conform(program.then(puller("c", "q", ReceiveUntil(5), Drain(times=4))))


@clauses(
    {
        "reading.routing-earlier": follows(
            {
                "duplicated": nothing_lost("target", which=to("q")),
                "not": nothing_to("target", "nothing that was sent before", to("q")),
            }
        )
    }
)
def test_a_routing_comes_late(conform: Conform) -> None:
    """What waits in the source when the routing is made is duplicated, or is not."""
    program = Program.of(several("q"), queues=("q", "r")).then(routing(("q", "r"))).then(several("r"))
    conform(program.then(puller("target", "r", ReceiveUntil(5), Drain(times=4))))


@clauses(
    {
        "reading.routing-chained": follows(
            {
                "taken on": nothing_lost("last", which=to("q")),
                "not": all_of(
                    nothing_lost("between", which=to("q")), nothing_to("last", "nothing that was routed", to("q"))
                ),
            }
        )
    }
)
def test_a_routing_leads_on(conform: Conform) -> None:
    """What a routing brings to a queue is taken on by a routing from there, or is not."""
    program = Program.of(routing(("q", "r"), ("r", "s")), queues=("q", "r", "s")).then(several("q"), several("r"))
    conform(
        program.then(puller("between", "r", Drain(expect=10)), puller("last", "s", ReceiveUntil(5), Drain(times=4)))
    )


def to_come(manager: str, target: str, sender: str) -> Checker:
    """The routing is refused as one of no destination, or otherwise, or is there for when the queue is."""
    given = ops(Routing, client=manager)
    return follows(
        {
            "destination": fails(given, ErrorKind.DESTINATION),
            "other": fails(given),
            "to come": all_of(succeeds(given), nothing_lost(target, which=to(sender))),
        }
    )


@clauses(
    {
        "api.ResourceManager.routing-unknown-source": to_come("from nowhere", "r", "later"),
        "api.ResourceManager.routing-unknown-target": to_come("to nowhere", "latest", "q"),
    }
)
def test_a_routing_is_of_no_queue(conform: Conform) -> None:
    """A routing from or to a queue that does not exist is refused, or is there for when it does."""
    program = Program.of(
        routing(("later", "r"), name="from nowhere"), routing(("q", "latest"), name="to nowhere"), queues=("q", "r")
    ).then(client("maker", CreateQueue("later"), CreateQueue("latest")))
    program = program.then(several("q"), several("later"))
    sources = (puller(queue, queue, Drain(expect=10)) for queue in ("q", "later"))
    targets = (puller(queue, queue, Drain(expect=10, times=2)) for queue in ("r", "latest"))
    conform(program.then(*sources, *targets))


GONE = ops(DeleteQueue, client="deleter")
ALONE = ops(Send, client="to q")


@clauses(
    {
        "reading.routing-target-deleted": follows(
            {
                "refused": all_of(fails(GONE), succeeds(ALONE)),
                "source": all_of(succeeds(ALONE), nothing_lost("source")),
                "moved": all_of(succeeds(ALONE), nothing_to("source", "nothing that is routed", to("q"))),
                "error": fails(ALONE),
            }
        )
    }
)
def test_a_routing_leads_nowhere_any_more(conform: Conform) -> None:
    """Where the target is deleted that is refused, or the source goes on alone, or takes or keeps nothing any more."""
    program = Program.of(routing(("q", "r")), queues=("q", "r")).then(client("deleter", DeleteQueue("r")))
    conform(program.then(several("q")).then(puller("source", "q", Drain(expect=5))))
