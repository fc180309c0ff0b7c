"""Listeners: called asynchronously and at once, and contexts that acknowledge later, in any order, and in parts."""

from tck.checkers.answers import Checker, all_of, ops, succeeds
from tck.checkers.content import where_batches_have_several
from tck.checkers.contexts import about, asynchronous, where_several_are_held
from tck.checkers.delivery import acknowledged_is_over, nothing_lost, unacknowledged_comes_again
from tck.checkers.headers import delivery_count_grows
from tck.checkers.listening import where_bound
from tck.checkers.readings import where
from tck.conformance import Conform, clauses
from tck.operations import BindQueue, ContextAck, CreateConsumer, Reply, Send, SendBatch, Start, Stop
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
)

IN_ORDER = about("cd", all_of(succeeds(ops(ContextAck)), acknowledged_is_over))
IN_ANY_ORDER = about("oe", all_of(succeeds(ops(ContextAck)), acknowledged_is_over, unacknowledged_comes_again("e")))
BATCH = tuple(message("batch", b"of a batch, %d" % n) for n in range(4))


@clauses(
    {
        "domain.push-ack-after-return": IN_ORDER,
        "domain.push-ack-out-of-order": where(IN_ORDER, where_several_are_held("o", 4, IN_ANY_ORDER)),
        "api.Header.delivery-count-pushed": about("oe", delivery_count_grows),
        "api.BatchMessageListener.ack-after-success": where_batches_have_several(
            about("bf", all_of(succeeds(ops(ContextAck)), acknowledged_is_over))
        ),
    }
)
def test_contexts_are_used_later_and_again(conform: Conform) -> None:
    """Contexts acknowledge after their listener returned, in any order, and what is left of a batch; the rest comes again."""
    sends = [send(queue, b"to %d" % n) for queue in ("order", "any") for n in range(4)]
    later = AwaitDeliveries(4), Quiet()
    first, last = (AckReceived(which, context=True) for which in ("first", "last"))
    program = Program.of(producer("p", *sends, SendBatch(BATCH)), queues=("order", "any", "batch"))
    program = program.then(
        pusher("c", "order", *later, AckReceived(context=True), Stop(), reply=Reply.SKIP),
        pusher("o", "any", *later, last, first, Stop(), reply=Reply.SKIP),
        pusher("b", "batch", AwaitDeliveries(4), Stop(), reply=Reply.FIRST_ALL, batch=True),
    )
    again = pusher("e", "any", AwaitDeliveries(2), Quiet(), Stop())
    conform(program.then(puller("d", "order", Drain()), puller("f", "batch", Drain()), again))


def come_to(consumer: str, queue: str) -> Checker:
    """What was sent to a queue, whose name is the body, reaches a consumer."""
    return nothing_lost(consumer, which=lambda one: one.message.body == queue.encode())


@clauses(
    {
        "api.MessageListener.asynchronous": asynchronous("one"),
        "api.BatchMessageListener.asynchronous": asynchronous("batch"),
        "api.ServiceLifecycle.ready-after-start-push": where_bound(come_to("early", "early")),
    }
)
def test_listeners_are_called_while_their_consumers_go_on(conform: Conform) -> None:
    """A listener is called while the call that bound it returns, and with what is sent as soon as start has returned."""
    program = Program.of(producer("p", send("one", b"one"), send("many", b"many")), queues=("one", "many", "early"))
    early = client("early", CreateConsumer("early"), BindQueue("early", Reply.ACK))
    at_once = Start(), Send(message("early", b"early"), on="p"), AwaitDeliveries(1)
    program = program.then(
        pusher("one", "one", AwaitDeliveries(1), reply=Reply.BOUND),
        pusher("batch", "many", AwaitDeliveries(1), reply=Reply.BOUND, batch=True),
        early,
    )
    conform(program.then(client("early", *at_once)))
