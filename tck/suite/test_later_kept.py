"""What the consumers of commit 5d796063 of the API acknowledge is over, and nothing else is; what they leave comes again."""

from tck.checkers.answers import Checker, all_of, ops
from tck.checkers.content import where_batches_have_several
from tck.checkers.delivery import nothing_lost, over, unacknowledged_comes_again
from tck.checkers.matching import to
from tck.checkers.readings import if_done
from tck.conformance import Conform, clauses
from tck.operations import Ack, ContextAck, CreatePullConsumer, Reply, Stop
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    ReceiveUntil,
    client,
    producer,
    pull_consumer,
    puller,
    push_consumer,
    send,
)

QUEUES = ("taken", "heard", "given", "many", "first")
COUNT = 3


def later(checker: Checker) -> Checker:
    """What `checker` finds where the later API is offered."""
    return if_done(ops(CreatePullConsumer), checker, "the later API is not offered")


def comes_again(queue: str) -> Checker:
    """What was left in a queue comes to the consumer that looks for it."""
    return later(unacknowledged_comes_again(f"of {queue}", which=to(queue)))


def pushers(*steps: AckReceived) -> tuple[Client, ...]:
    """Return listeners, alone and of batches, that acknowledge everything or some of it, by their contexts, and then stop."""
    waits = AwaitDeliveries(COUNT)
    return (
        push_consumer("h", ("heard",), waits, *steps, Stop(), reply=Reply.SKIP),
        push_consumer("g", ("given",), waits, Stop()),
        push_consumer("b", ("many",), waits, Stop(), batch=True),
        push_consumer("f", ("first",), waits, Stop(), reply=Reply.FIRST, batch=True),
    )


@clauses(
    {
        "api.Consumer.ack-not-redelivered": later(over(Ack, by="c")),
        "api.Consumer.ack-only-that-message": comes_again("taken"),
        "api.MessageListener.ack-not-redelivered": later(
            all_of(over(ContextAck, by="h"), over(ContextAck, by="g.listener"))
        ),
        "api.MessageListener.context-own-message": comes_again("heard"),
        "api.BatchMessageListener.ack-all": later(over(ContextAck, by="b.listener")),
        "api.BatchMessageListener.success-those": later(over(ContextAck, by="f.listener")),
        "api.BatchMessageListener.success-only-those": where_batches_have_several(comes_again("first")),
        "api.PushConsumer.batch-listener-several-queues": later(nothing_lost("b", which=to("many"))),
    }
)
def test_what_later_consumers_acknowledge(conform: Conform) -> None:
    """What is acknowledged by a receipt, a context or its success is over, and all else that was given comes again."""
    if not conform.supports("api.5d796063"):
        conform(Program.of(client("nobody")))
        return
    queues = QUEUES if conform.claims("Push") else QUEUES[:1]
    program = Program.of(producer("p", *(send(queue) for queue in queues for _ in range(COUNT))), queues=queues)
    taking = pull_consumer("c", ("taken",), ReceiveUntil(COUNT, ack=False), AckReceived("first"), Stop())
    listening = pushers(AckReceived("first", context=True)) if conform.claims("Push") else ()
    program = program.then(taking, *listening)
    conform(program.then(*(puller(f"of {queue}", queue, Drain(rest=True)) for queue in queues)))
