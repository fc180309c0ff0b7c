"""Queues of several partitions: what consumers hold as others join, that start again, and what comes there by other ways."""

from tck.checkers import partitions as checkers
from tck.checkers.answers import all_of, ops, succeeds
from tck.checkers.delivery import nothing_lost, once, unacknowledged_comes_again
from tck.checkers.matching import Sent, bodies
from tck.checkers.places import there, where_any
from tck.checkers.readings import if_done, where
from tck.conformance import Conform, clauses
from tck.operations import (
    Ack,
    Answer,
    BindQueue,
    BindQueueBatch,
    Commit,
    CreateConsumer,
    CreateProducer,
    CreateQueue,
    CreateTransactionProducer,
    Open,
    Prepare,
    Reply,
    Routing,
    Send,
    Start,
    Stop,
    UnbindQueue,
)
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    SendPartitioned,
    Step,
    client,
    message,
)
from tck.suite.test_partitions import each, everyone, opened, pulling, same_partition

HELD, ALONE = b"held as another joins", b"after a restart"


def held(one: Sent) -> bool:
    """Select what is to come exactly once."""
    return one.message.header.qos == 2


@clauses(
    {
        "2.3.4-exactly-once": where_any(held, where(succeeds(ops(Ack, on="c")), once(which=held))),
        "usecase.publish-subscribe-all-partitions": all_of(
            nothing_lost("c", which=bodies(ALONE)), checkers.every_partition(bodies(ALONE))
        ),
        "ext.partition-kept-on-redelivery": same_partition,
        "api.Consumer.ack-unacked-redelivered": if_done(
            ops(UnbindQueue), unacknowledged_comes_again("e", which=bodies(ALONE)), "publish/subscribe is not claimed"
        ),
    }
)
def test_a_consumer_of_divided_partitions_starts_again(conform: Conform) -> None:
    """What one holds comes to nobody who joins; alone and started again it has all partitions, and what it leaves comes again."""
    if not conform.claims("Publish/subscribe"):
        conform(Program.of(client("nobody"), queues=()))
        return
    qos = 2 if conform.claims("QoS-2") else None
    program = Program.of(opened("publish/subscribe", *pulling("c")), queues=())
    program = program.then(client("sender", SendPartitioned(message("q", HELD, qos=qos), on="p")))
    program = program.then(client("c", Drain(ack=False, expect=2))).then(client("d", *pulling("d"), Drain()))
    program = program.then(client("c", AckReceived())).then(client("c", Drain()), client("d", Drain(), Stop()))
    program = program.then(client("c", Stop(), Start(), BindQueue("q"))).then(client("sender", each(ALONE)))
    program = program.then(client("c", Drain(ack=False, expect=8), UnbindQueue("q"), Stop()))
    conform(program.then(client("e", *pulling("e"), Drain(rest=True))))


QUEUES = ("q", "r")


def of_both(name: str, *binds: Step) -> tuple[Step, ...]:
    """Return the steps that create and start a consumer there that is bound to two queues."""
    return CreateConsumer(name, on="there"), Start(on=name), *binds


@clauses(
    {
        "usecase.broadcast-all-consumers": there(everyone(lambda _: True, "c", "d")),
        "usecase.broadcast-pushed": if_done(
            ops(BindQueueBatch), there(everyone(lambda _: True, "h", "hs")), "no listener is bound"
        ),
    }
)
def test_everybody_receives_everything_of_two_queues(conform: Conform) -> None:
    """Each consumer of two queues receives every message of both of them, sent, committed or routed."""
    steps: list[Step] = [Open(on="there", use_case="broadcast"), *(CreateQueue(queue, on="there") for queue in QUEUES)]
    for name in ("c", "d"):
        steps += of_both(name, *(BindQueue(queue, on=name) for queue in QUEUES))
    listeners = ("h", "hs") if conform.claims("Push") else ()
    if listeners:
        steps += of_both("h", *(BindQueue(queue, Reply.ACK, on="h") for queue in QUEUES))
        steps += of_both("hs", *(BindQueueBatch(queue, Reply.ACK, on="hs") for queue in QUEUES))
    sends: list[Step] = [Send(message(queue, b"%d" % n)) for n in range(2) for queue in QUEUES]
    if conform.claims("Transactions"):
        sends += CreateTransactionProducer((Answer.UNKNOWN,), "t", on="there"), Start(on="t")
        for queue in QUEUES:
            sends += Prepare(message(queue, b"committed"), queue, on="t"), Commit(on=queue)
    if conform.claims("Routing"):
        sends += CreateQueue("s", on="there"), Routing("s", "r", on="there"), Send(message("s", b"routed"))
    count = sum(isinstance(step, Send | Commit) for step in sends)
    program = Program.of(client("opener", *steps), queues=())
    program = program.then(client("p", CreateProducer(on="there"), Start(), *sends))
    hearing = (client(name, AwaitDeliveries(count), Quiet()) for name in listeners)
    conform(program.then(*(client(name, ReceiveUntil(count), Drain()) for name in ("c", "d")), *hearing))
