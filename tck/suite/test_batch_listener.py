"""Listeners, alone and of batches: bound early or late, to several queues, unbound, and what they leave."""

from typing import Any

from tck.checkers.answers import Checker, all_of, gives, gives_what, ops
from tck.checkers.delivery import (
    by_context_is_over,
    not_before,
    nothing_lost,
    nothing_to,
    only_own_queue,
    same_when_redelivered,
    unacknowledged_comes_again,
)
from tck.checkers.listening import (
    born,
    each_in_its_mode,
    over_where_several,
    pulled_or_pushed,
    substance,
    where_bound,
    where_called,
)
from tck.checkers.matching import to
from tck.checkers.readings import if_done
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, String
from tck.operations import (
    BindQueue,
    BindQueueBatch,
    ContextAck,
    CreateConsumer,
    GetBindQueue,
    IsBindQueue,
    Receive,
    Reply,
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
    client,
    producer,
    puller,
    pusher,
    send,
)

BOTH = send("q", b"q"), send("r", b"r")
TWO = "q", "r"


def all_come(consumer: str, queue: str) -> Checker:
    """What was sent to a queue, whose name is the body, reaches a consumer."""
    return nothing_lost(consumer, which=lambda one: one.message.body == queue.encode())


@clauses(
    {"api.Consumer.listener-backlog": all_come("c", "q"), "api.Consumer.batch-listener-backlog": all_come("b", "r")}
)
def test_what_waited_is_pushed(conform: Conform) -> None:
    """A listener is also given what was in its queue before it was bound."""
    program = Program.of(producer("p", *BOTH), queues=TWO)
    listeners = pusher("c", "q", AwaitDeliveries(1)), pusher("b", "r", AwaitDeliveries(1), batch=True)
    conform(program.then(*listeners))


@clauses(
    {
        "api.Consumer.listener-bound-before-start": where_bound(all_come("c", "q")),
        "api.Consumer.batch-listener-bound-before-start": where_bound(all_come("b", "r")),
        "api.Consumer.listener-not-before-start": where_bound(
            not_before(ops(BindQueue, on="c"), ops(Start, on="c"), "c", "nothing before start is called")
        ),
    }
)
def test_a_listener_is_bound_before_the_start(conform: Conform) -> None:
    """A listener that is bound before its consumer is started is called once it is, and not before."""
    early = client("c", CreateConsumer("c"), BindQueue("q", Reply.ACK))
    batch = client("b", CreateConsumer("b"), BindQueueBatch("r", Reply.ACK))
    program = Program.of(early, batch, producer("p"), queues=TWO).then(client("p", *BOTH, Quiet(2)))
    conform(program.then(*(client(name, Start(), AwaitDeliveries(1)) for name in "cb")))


@clauses(
    {
        "api.Consumer.batch-listener-is-bound": all_of(
            gives(ops(IsBindQueue, client="batch"), expected=True),
            gives_what(
                ops(GetBindQueue, client="batch"), "the name of the queue", lambda result, _: str(result).endswith("-q")
            ),
        ),
        "api.Consumer.listener-is-unbound": all_of(
            gives(ops(IsBindQueue, client="one"), expected=False), gives(ops(GetBindQueue, client="one"), expected=None)
        ),
        "api.Consumer.batch-listener-is-unbound": all_of(
            gives(ops(IsBindQueue, client="many"), expected=False),
            gives(ops(GetBindQueue, client="many"), expected=None),
        ),
        "api.Consumer.get-bind-queue-one-left": where_bound(
            gives_what(
                ops(GetBindQueue, client="two", at=1),
                "the name of the queue that is left",
                lambda result, _: str(result).endswith("-r"),
            )
        ),
        "api.Consumer.is-bind-queue-one-left": where_bound(gives(ops(IsBindQueue, client="two"), expected=True)),
        "api.Consumer.get-bind-queue-several": where_bound(
            gives_what(
                ops(GetBindQueue, client="two", at=0),
                "the name of one of the queues, or a text with both",
                lambda result, _: str(result).endswith(("-q", "-r")) or ("-q" in str(result) and "-r" in str(result)),
            )
        ),
    }
)
def test_a_consumer_says_what_it_listens_to(conform: Conform) -> None:
    """What isBindQueue and getBindQueue tell is of listeners that are bound, and not of those that were."""
    left = UnbindQueue("q"), IsBindQueue(), GetBindQueue()
    conform(
        Program.of(
            pusher("batch", "q", IsBindQueue(), GetBindQueue(), batch=True),
            pusher("one", "q", UnbindQueue("q"), IsBindQueue(), GetBindQueue()),
            pusher("two", "q", BindQueue("r", Reply.ACK), GetBindQueue(), *left),
            pusher("many", "q", UnbindQueue("q"), IsBindQueue(), GetBindQueue(), batch=True),
            queues=TWO,
        )
    )


@clauses(
    {
        "api.Consumer.batch-listener-several-queues": nothing_lost("c"),
        "api.Consumer.batch-listener-own-queue": only_own_queue,
    }
)
def test_batch_listeners_of_several_queues(conform: Conform) -> None:
    """A consumer with batch listeners for two queues is pushed the messages of both, each to its own listener."""
    program = Program.of(pusher("c", "q", BindQueueBatch("r", Reply.ACK), batch=True), producer("p"), queues=TWO)
    conform(program.then(client("p", *BOTH, *BOTH, AwaitDeliveries(4, on="c"))))


@clauses({"domain.push-listeners-of-both-kinds": all_of(nothing_lost("c"), only_own_queue)})
def test_listeners_of_both_kinds(conform: Conform) -> None:
    """A consumer with a listener and a batch listener is pushed the messages of both queues, each to its own."""
    program = Program.of(pusher("c", "q", BindQueueBatch("r", Reply.ACK)), producer("p"), queues=TWO)
    conform(program.then(client("p", *BOTH, *BOTH, AwaitDeliveries(4, on="c"))))


@clauses({"api.Consumer.mixed-modes": each_in_its_mode("q", "r")})
def test_a_consumer_pulls_and_listens(conform: Conform) -> None:
    """A consumer pulls from one queue and is pushed to from another, or its second binding fails."""
    program = Program.of(puller("c", "q", BindQueue("r", Reply.ACK)), producer("p", *BOTH), queues=TWO)
    conform(program.then(client("c", Receive(), AwaitDeliveries(2), Quiet())))


@clauses({"api.Consumer.receive-on-push": pulled_or_pushed})
def test_a_consumer_that_listens_receives(conform: Conform) -> None:
    """A receive by a consumer with a listener fails, or gives a message that the listener is not given."""
    program = Program.of(pusher("c", "q"), producer("p"))
    receive = Receive(round(2 * conform.calibration.quiet, 3))
    conform(program.then(client("p", send("q")), client("c", receive, AckReceived(), AwaitDeliveries(1), Quiet())))


@clauses(
    {
        "api.Consumer.unbind-queue-no-push-batch": nothing_to(
            "b", "nothing that is sent after unbindQueue returned", lambda one: one.message.body == b"r"
        ),
        "api.Consumer.unbind-queue-push-keeps-messages": nothing_lost(
            "d", "e", which=lambda one: one.message.body != b"before"
        ),
    }
)
def test_an_unbound_batch_listener_is_not_called(conform: Conform) -> None:
    """What is sent after unbindQueue returned does not reach a batch listener, and stays in the queue."""
    listens = pusher("c", "q"), pusher("b", "r", batch=True)
    unbound = client("c", UnbindQueue("q")), client("b", UnbindQueue("r"))
    program = Program.of(*listens, producer("p"), queues=TWO)
    program = program.then(client("p", send("r", b"before"), AwaitDeliveries(1, on="b")))
    program = program.then(*unbound).then(client("p", *BOTH, Quiet(2)))
    conform(program.then(puller("d", "q", Drain(expect=2)), puller("e", "r", Drain(expect=2))))


@clauses({"domain.push-queues-unbound-apart": nothing_lost("c")})
def test_listeners_are_unbound_apart(conform: Conform) -> None:
    """Where one of two queues is unbound the listener of the other is still called."""
    program = Program.of(pusher("c", "q", BindQueue("r", Reply.ACK), UnbindQueue("q")), producer("p"), queues=TWO)
    conform(program.then(client("p", send("r"), AwaitDeliveries(1, on="c"))))


def _left_to_a_puller(conform: Conform, *, batch: bool) -> Program:
    """Return the program in which what a listener leaves is pulled, with all extension fields that are offered."""
    texts = ("correlation_id", "message_key", "trace_id")
    offered: dict[str, Any] = {field: field for field in texts if conform.supports(f"extension_header.{field}")}
    of = "a batch" if batch else "one"
    fields: list[dict[str, Any]] = [{field: f"{field} {n} of {of}" for field in offered} for n in range(2)]
    sends = [
        send("q", b"%d" % n, properties={"n": String(str(n))}, extension=ExtensionHeader(**own) if own else None)
        for n, own in enumerate(fields)
    ]
    listens = pusher("c", "q", AwaitDeliveries(1), Stop(), reply=Reply.SKIP, batch=batch)
    return Program.of(producer("p", *sends)).then(listens).then(puller("d", "q", ReceiveUntil(2)))


COMPLETE = same_when_redelivered("header", "a listener is given the header fields that are pulled", born)


@clauses(
    {
        "api.MessageListener.headers-complete": COMPLETE,
        "api.MessageListener.redelivered-content": same_when_redelivered(
            "content",
            "a message that is delivered again has the id, destination, properties and body it had",
            substance,
        ),
    }
)
def test_a_listener_is_given_the_headers(conform: Conform) -> None:
    """A message is the same where it is pushed and where it is pulled after that."""
    conform(_left_to_a_puller(conform, batch=False))


@clauses({"api.BatchMessageListener.headers-complete": COMPLETE})
def test_a_batch_listener_is_given_the_headers(conform: Conform) -> None:
    """The messages of a batch have the header fields that they have where they are pulled after that."""
    conform(_left_to_a_puller(conform, batch=True))


NUMBERED = tuple(send("q", b"%d" % n) for n in range(5))


def _pulled_afterwards(reply: Reply, *, batch: bool = False) -> Program:
    """Return the program in which a listener replies to five messages, and what it leaves is pulled."""
    listens = pusher("c", "q", AwaitDeliveries(5), Quiet(), Stop(), reply=reply, batch=batch)
    return Program.of(producer("p", *NUMBERED)).then(listens).then(puller("d", "q", Drain(rest=True)))


@clauses(
    {
        "api.MessageListener.context-own-message": unacknowledged_comes_again("d"),
        "api.MessageListener.ack-not-redelivered": by_context_is_over,
    }
)
def test_a_context_acknowledges_its_own_message(conform: Conform) -> None:
    """Where a listener acknowledges every second message those between them come again."""
    conform(_pulled_afterwards(Reply.ODD))


@clauses(
    {
        "api.BatchMessageListener.context-own-batch": unacknowledged_comes_again("d"),
        "api.BatchMessageListener.ack-all": if_done(
            ops(ContextAck), by_context_is_over, "the second message came in no batch of its own"
        ),
    }
)
def test_a_context_acknowledges_its_own_batch(conform: Conform) -> None:
    """Where a listener acknowledges the second of three batches the others come again."""
    steps = [step for n in range(3) for step in (send("q", b"%d" % n), AwaitDeliveries(n + 1, on="c"))]
    program = Program.of(pusher("c", "q", reply=Reply.ODD, batch=True), producer("p")).then(client("p", *steps))
    conform(program.then(client("c", Stop())).then(puller("d", "q", Drain(rest=True))))


@clauses({"domain.push-ack-before-return": by_context_is_over})
def test_an_acknowledgement_outlives_an_error(conform: Conform) -> None:
    """A message that its listener acknowledged before it raised is not delivered again."""
    conform(_pulled_afterwards(Reply.ODD_RAISE))


@clauses(
    {
        "api.Consumer.bind-queue-receives": where_bound(nothing_lost("c", which=to("c"))),
        "api.Consumer.listener-called": all_of(
            where_bound(nothing_lost("d", which=to("d"))), nothing_lost("e", which=to("e"))
        ),
        "api.MessageListener.ack-not-redelivered": where_called(
            nothing_to("f", "nothing that the last listener had", to("e")), of="e"
        ),
    }
)
def test_a_queue_is_bound_in_another_way(conform: Conform) -> None:
    """A queue that was unbound can be bound in another way: to pull, with a listener, with another listener."""
    program = Program.of(
        producer("p"),
        pusher("c", "c", UnbindQueue("c"), BindQueue("c")),
        puller("d", "d", UnbindQueue("d"), BindQueue("d", Reply.ACK)),
        pusher("e", "e", UnbindQueue("e"), BindQueue("e", Reply.ACK), reply=Reply.SKIP),
        queues="cde",
    )
    takes = client("c", ReceiveUntil(1)), client("d", AwaitDeliveries(1)), client("e", AwaitDeliveries(1), Stop())
    conform(program.then(client("p", *map(send, "cde"))).then(*takes).then(puller("f", "e", Drain())))


@clauses(
    {
        "api.Consumer.listener-called": nothing_lost("c", which=to("c")),
        "api.Consumer.batch-listener-called": nothing_lost("b", which=to("b")),
    }
)
def test_a_listener_that_raised_is_called_again(conform: Conform) -> None:
    """A listener, alone or of batches, that acknowledged and raised is called with what is sent afterwards."""
    raising = (pusher(name, name, reply=Reply.ODD_RAISE, batch=name == "b") for name in "cb")
    program = Program.of(*raising, producer("p"), queues="cb")
    for count in (1, 2):
        waits = (AwaitDeliveries(count, on=name) for name in "cb")
        program = program.then(client("p", *(send(name, b"%d" % (2 * count - 1)) for name in "cb"), *waits))
    conform(program)


@clauses({"api.BatchMessageListener.success-several": over_where_several})
def test_success_of_several(conform: Conform) -> None:
    """Success acknowledges every message whose receipt it is given, where these are several."""
    conform(_pulled_afterwards(Reply.REST, batch=True))


@clauses({"api.BatchMessageListener.success-repeated": over_where_several})
def test_success_one_after_the_other(conform: Conform) -> None:
    """Success acknowledges the messages of each call for the same batch."""
    conform(_pulled_afterwards(Reply.EACH, batch=True))


@clauses({"api.BatchMessageListener.raised-redelivered": unacknowledged_comes_again("d")})
def test_what_a_batch_listener_fails_on_comes_again(conform: Conform) -> None:
    """The messages of a batch whose listener raised are delivered again, at the latest to another consumer."""
    listens = pusher("c", "q", AwaitDeliveries(1), Quiet(), Stop(), reply=Reply.RAISE, batch=True)
    conform(Program.of(producer("p", *NUMBERED)).then(listens).then(puller("d", "q", Drain(rest=True))))
