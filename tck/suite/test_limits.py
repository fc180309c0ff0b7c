"""Limits and readings that nobody states: more of everything than a round number, and texts that look like something else."""

from collections.abc import Iterator

from tck.checkers import content
from tck.checkers.answers import ops, succeeds
from tck.checkers.delivery import nothing_lost, over
from tck.checkers.extension import FIELDS
from tck.checkers.headers import each_received, extension, is_kept
from tck.checkers.listening import several_over, where_called
from tck.checkers.matching import bodies, to
from tck.checkers.namespaces import held
from tck.checkers.places import as_many_as_sent
from tck.checkers.readings import where
from tck.conformance import Conform, bulky, clauses
from tck.messages import Binary, Integer, Properties, String
from tck.operations import (
    Ack,
    BindQueue,
    CreateNamespace,
    CreateQueue,
    Get,
    ListNamespaces,
    ListQueues,
    Reply,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    Stop,
)
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    Step,
    client,
    handfuls,
    message,
    producer,
    puller,
    pusher,
    send,
)
from tck.suite.places import UNMARKED, extended

LOOKALIKES = (
    *("a+b c", "a%20b%2B", "&lt;&amp;&#65;", "<b>'x'</b>", '"in quotes"', "'in quotes'", "TRUE", "False", "NULL"),
    *(
        "a\\nb\\\\c\\u0041",
        "\u200eleft\u200f \u202bright\u202c",
        "\ufefffirst",
        "0x1F",
        "1e3",
        "007",
        "{}",
        "${user.home}",
    ),
    *("a,b;c=d", "=?utf-8?q?a=20b?=", "2001-02-03T04:05:06Z", "-", "%s {0} $1", "x\u00a0y\u2028z"),
)
"""Texts that are a name, a number, an escape or a mark to somebody."""
RESERVED = ("JMSXOwn", "JMS_Own", "oms.own", "__own", "x-own", "$own", "_", "a.b[0]", "a:b", "a=b;c", "Content-Type")
"""Keys that somebody keeps for himself."""
CARRIED = (
    "urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
    "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
    "e\u0301 é; a,b=c|d#1",
)
BODIES = tuple(b"carries %d" % n for n in range(len(CARRIED)))
MANY: Properties = {f"many{n}": Integer(n) for n in range(300)}
WIDE: Properties = {**{f"wide{n}": String(f"{n}" * 20_000) for n in range(4)}, "bytes": Binary(bytes(256) * 20)}
LONG: Properties = {"long": String("中文" * 15_000)}
"""More than 65,535 bytes of UTF-8."""


@clauses(
    {
        "1-string-unicode": each_received("the text is received as it was sent", content.same_properties(String)),
        "1-keyvalue-keys-kept": each_received("every key is received", content.same_properties(keys=True)),
        "2.2.4-properties-kept": each_received("every property is received", content.same_properties()),
        **{
            f"ext.{field.replace('_', '-')}-kept": each_received(
                f"the {name} that was sent",
                is_kept(extension(field), name),
                only=lambda one: one.message.body in BODIES,
            )
            for field, name in FIELDS.items()
        },
    }
)
def test_texts_and_keys_are_not_read(conform: Conform) -> None:
    """Texts and keys that look like something else arrive as they were sent; so do many, wide and long ones that are not refused."""
    texts: Properties = {f"text{n}": String(text) for n, text in enumerate(LOOKALIKES)}
    keys: Properties = {key: String(key) for key in RESERVED}
    carried = [send("q", body, extension=extended(conform, text)) for body, text in zip(BODIES, CARRIED, strict=True)]
    sends = [send("q", properties=one) for one in (texts, keys, MANY, WIDE, LONG)]
    taking = ReceiveUntil(len(sends) + len(carried) - 2), Drain(expect=len(sends) + len(carried), times=2)
    conform(Program.of(producer("p", *carried, *sends)).then(puller("c", "q", *taking)))


ASYNCHRONOUS = 210
HELD = 110
"""More than a round number of messages that one consumer holds."""
BATCH = 24
"""More than a round number of messages that wait for a batch listener."""
ALIKE, ALIKE_ASYNC = b"the same twice", b"the same twice, asynchronously"
BOUND = tuple("rstuvw")


@bulky
@clauses(
    {
        "api.Consumer.ack-not-redelivered": over(Ack, by="c"),
        "api.Consumer.bind-queue-receives": where(
            succeeds(ops(BindQueue, client="several")), nothing_lost("several", which=bodies(b"to one of several"))
        ),
        "api.Producer.send-batch-delivers": as_many_as_sent("d", ALIKE),
        "api.Producer.send-batch-async-delivers": as_many_as_sent("d", ALIKE_ASYNC),
        "api.Producer.send-async-delivers": nothing_lost("e", which=to("async")),
        "api.BatchMessageListener.ack-all": where_called(several_over("all"), of="all"),
        "api.BatchMessageListener.success-several": where_called(several_over("rest"), of="rest"),
    }
)
def test_more_than_a_round_number(conform: Conform) -> None:
    """All of what one consumer holds, or is given in one batch, can be acknowledged; a batch may have a message twice."""
    listeners = {"all": Reply.ACK, "rest": Reply.REST} if conform.claims("Push") else {}
    counts = {"q": HELD, **dict.fromkeys(listeners, BATCH)}
    sends = [step for queue, count in counts.items() for step in numbered(queue, count)]
    twice, other = ((message("same", body, UNMARKED),) * 2 for body in (ALIKE, ALIKE_ASYNC))
    waits = [step for n in range(ASYNCHRONOUS) for step in (SendAsync(message("async", b"%d later" % n)), Get())]
    sender = producer(
        "p",
        *sends,
        SendBatch(twice),
        SendBatchAsync(other),
        Get(),
        *(send(queue, b"to one of several") for queue in BOUND),
    )
    program = Program.of(sender, producer("a", *waits), queues=(*counts, "same", "async", *BOUND))
    pushed = (
        pusher(name, name, AwaitDeliveries(BATCH), Quiet(), Stop(), reply=reply, batch=True)
        for name, reply in listeners.items()
    )
    program = program.then(
        puller("c", "q", ReceiveUntil(HELD, ack=False), AckReceived(), Stop()),
        puller("several", BOUND[0], *map(BindQueue, BOUND[1:]), ReceiveUntil(len(BOUND))),
        puller("d", "same", Drain(expect=4, times=2)),
        puller("e", "async", ReceiveUntil(ASYNCHRONOUS, batch=True)),
        *pushed,
    )
    again = (puller(f"after {name}", name, Drain(rest=name == "rest")) for name in counts)
    conform(program.then(*again))


def numbered(queue: str, count: int) -> Iterator[Step]:
    """Yield the steps that send so many messages to a queue, a few at once."""
    yield from map(SendBatch, handfuls([message(queue, b"%d" % n) for n in range(count)]))


QUEUES = tuple(f"listed{n}" for n in range(110))
NAMESPACES = tuple(f"listed{n}" for n in range(25))


@bulky
@clauses({"api.ResourceManager.create-queue-listed": held(ops(ListQueues), *QUEUES)})
def test_more_queues_than_a_page(conform: Conform) -> None:
    """Of more than a hundred queues that were created, all are listed."""
    conform(Program.of(client("maker", *map(CreateQueue, QUEUES), ListQueues()), queues=()))


@bulky
@clauses({"api.ResourceManager.create-namespace-listed": held(ops(ListNamespaces), *NAMESPACES)})
def test_more_namespaces_than_a_page(conform: Conform) -> None:
    """Of more than a score of namespaces that were created, all are listed."""
    conform(Program.of(client("maker", *map(CreateNamespace, NAMESPACES), ListNamespaces()), queues=()))
