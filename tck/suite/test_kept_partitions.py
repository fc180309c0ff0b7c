"""Queues of several partitions: what their consumers left, or hold, and what acknowledgements are of."""

from tck.checkers.answers import Checker, follows, ops, succeeds
from tck.checkers.content import where_batches_have_several
from tck.checkers.delivery import unacknowledged_comes_again
from tck.checkers.kept import given_back_to
from tck.checkers.matching import to
from tck.checkers.readings import if_done, where
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import (
    BindQueue,
    BindQueueBatch,
    CreateConsumer,
    CreateProducer,
    CreateQueue,
    Open,
    Reply,
    Send,
    SendBatch,
    Start,
    Stop,
)
from tck.programs import AckReceived, AwaitDeliveries, Client, Drain, Program, ReceiveUntil, client, message
from tck.suite.test_partitions import opened, plain, pulling

SHARED = {"Streaming": "streaming", "Publish/subscribe": "publish/subscribe"}
"""The use cases in which a message is one consumer's, by their profiles."""
SEVERAL = 6


def shared(conform: Conform) -> list[str]:
    """Return the use cases that are claimed in which a message is one consumer's."""
    return [use for profile, use in SHARED.items() if conform.claims(profile)]


def bound(name: str, use: str, bind: BindQueue) -> Client:
    """Return a client whose consumer, of an access point for a use case, is bound."""
    return client(name, CreateConsumer(name, on=use), Start(), bind)


def others_are_given(kind: str) -> Checker:
    """What was left of each queue of this kind comes to a consumer that joined before the first one was stopped."""
    lasts = [f"last {use} {kind}" for use in SHARED.values()]
    return if_done(
        ops(Send), unacknowledged_comes_again(*lasts, which=to(kind)), "no queue of several partitions is claimed"
    )


@clauses(
    {
        "api.Consumer.ack-unacked-redelivered": others_are_given("pulled"),
        "api.MessageListener.unacked-redelivered": others_are_given("pushed"),
    }
)
def test_what_is_left_of_partitions_comes_again(conform: Conform) -> None:
    """What a consumer of a queue of partitions pulled, or was pushed, and left comes to another that has joined."""
    kinds = {"pulled": None, "pushed": Reply.SKIP} if conform.claims("Push") else {"pulled": None}
    program = Program((), ())
    each = [(use, kind, f"{use[0]}-{kind}") for use in shared(conform) for kind in kinds]
    for use in shared(conform):
        opens = Open(on=use, use_case=use), CreateProducer(f"p {use}", on=use), Start(on=f"p {use}")
        program = program.then(
            client(f"opens {use}", *opens, *(CreateQueue(queue, on=use) for one, _, queue in each if one == use))
        )
    program = program.then(*(bound(f"first {u} {k}", u, BindQueue(q, kinds[k])) for u, k, q in each))
    program = program.then(
        *(client("sends", *(Send(message(q), on=f"p {u}") for u, _, q in each for _ in range(SEVERAL))),)
    )
    takes = (
        client(f"first {u} {k}", ReceiveUntil(SEVERAL, ack=False) if k == "pulled" else AwaitDeliveries(SEVERAL))
        for u, k, _ in each
    )
    program = program.then(*takes)
    program = program.then(*(bound(f"last {u} {k}", u, BindQueue(q)) for u, k, q in each))
    program = program.then(*(client(f"first {u} {k}", Stop()) for u, k, _ in each))
    conform(program.then(*(client(f"last {u} {k}", ReceiveUntil(SEVERAL)) for u, k, _ in each)))


@clauses(
    {
        "api.BatchMessageListener.success-only-those": if_done(
            ops(SendBatch),
            where_batches_have_several(unacknowledged_comes_again("d")),
            "no queue of several partitions is claimed",
        )
    }
)
def test_success_is_of_some_in_a_partition(conform: Conform) -> None:
    """Of a batch from a partition just the messages whose receipts were given to success are acknowledged."""
    uses = shared(conform)
    if not uses:
        conform(Program.of(client("nobody")))
        return
    listens = CreateConsumer("b", on="there"), Start(on="b"), BindQueueBatch("q", Reply.FIRST, on="b")
    one_key = ExtensionHeader(message_key="a") if conform.supports("extension_header.message_key") else None
    batch = SendBatch(tuple(message("q", b"%d" % n, extension=one_key) for n in range(4)), on="p")
    program = Program.of(opened(uses[0], *listens, batch), queues=()).then(client("b", AwaitDeliveries(4)))
    program = program.then(client("d", *pulling("d"))).then(client("b", Stop()))
    conform(program.then(client("d", Drain(rest=True))))


RESTARTED = succeeds(ops(Start, on="d", at=1))
HOLDER = "d"


@clauses(
    {
        "reading.broadcast-unacknowledged": where(
            RESTARTED,
            follows({"again": given_back_to(HOLDER, again=True), "once": given_back_to(HOLDER, again=False)}),
        ),
        "usecase.broadcast-ack-own": where(
            RESTARTED,
            where(
                given_back_to(HOLDER, again=True, theirs=False),
                given_back_to(HOLDER, again=True, theirs=True),
            ),
        ),
    }
)
def test_what_is_held_of_a_broadcast(conform: Conform) -> None:
    """What a consumer of a broadcast held as it was stopped is given to it again, whatever others acknowledged, or none of it."""
    hearing = CreateConsumer("h", on="there"), Start(on="h"), BindQueue("q", Reply.SKIP, on="h")
    others = [*pulling("c"), *pulling("d"), *(hearing if conform.claims("Push") else ())]
    program = Program.of(opened("broadcast", *others, *(plain(b"%d" % n) for n in range(3))), queues=())
    program = program.then(client("d", ReceiveUntil(3, ack=False)), client("h", AwaitDeliveries(3)))
    acks = AckReceived("first", context=True) if conform.claims("Push") else AckReceived("first")
    program = program.then(client("c", ReceiveUntil(3, ack=False), AckReceived("last")), client("h", acks))
    program = program.then(client("d", Stop(), Start(), BindQueue("q"))).then(client("sender", plain(b"fence")))
    conform(program.then(client("d", Drain(expect=4, times=4))))
