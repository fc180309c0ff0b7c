"""Acknowledgement and redelivery."""

from hypothesis import given, settings

from tck.checkers.answers import all_of
from tck.checkers.delivery import acknowledged_is_over, nothing_lost, unacknowledged_comes_again
from tck.conformance import Conform, clauses
from tck.operations import BindQueue, Reply, Stop, UnbindQueue
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Drain,
    Program,
    ReceiveUntil,
    client,
    producer,
    puller,
    pusher,
    send,
)
from tck.strategies import crashes


@clauses(
    {
        "api.Consumer.ack-not-redelivered": acknowledged_is_over,
        "api.Consumer.ack-unacked-redelivered": unacknowledged_comes_again("last"),
        "api.Consumer.ack-only-that-message": unacknowledged_comes_again("last"),
        "2.3.4-at-least-once": nothing_lost(),
    }
)
@settings(max_examples=12)
@given(crashes())
def test_consumers_that_stop_with_messages_in_hand(conform: Conform, program: Program) -> None:
    """Consumers receive, acknowledge some of it and stop: the rest, and only the rest, comes again."""
    conform(program)


@clauses({"api.Consumer.ack-not-redelivered": acknowledged_is_over})
def test_an_acknowledged_message_is_over(conform: Conform) -> None:
    """An acknowledged message comes again neither to its consumer nor, when that is stopped, to another."""
    program = Program.of(producer("p", *(send("q", b"%d" % n) for n in range(3))))
    program = program.then(puller("c", "q", ReceiveUntil(3), Drain(), Stop()))
    conform(program.then(puller("d", "q", Drain())))


@clauses({"api.Consumer.ack-unacked-redelivered": unacknowledged_comes_again("last")})
def test_an_unacknowledged_message_comes_again(conform: Conform) -> None:
    """A message that was not acknowledged comes again, to another consumer, once its own is stopped."""
    program = Program.of(producer("p", *(send("q", b"%d" % n) for n in range(3))))
    conform(
        program.then(puller("c", "q", ReceiveUntil(3, ack=False), Stop())).then(puller("last", "q", ReceiveUntil(3)))
    )


@clauses(
    {
        "api.Consumer.ack-only-that-message": unacknowledged_comes_again("last"),
        "api.Consumer.ack-not-redelivered": acknowledged_is_over,
    }
)
def test_an_acknowledgement_is_of_one_message(conform: Conform) -> None:
    """Acknowledging the last, or one between, leaves those before and after it unacknowledged."""
    program = Program.of(producer("p", *(send("q", b"%d" % n) for n in range(5))))
    middle = (ReceiveUntil(3, ack=False), AckReceived("last"), ReceiveUntil(2, ack=False))
    program = program.then(puller("c", "q", *middle, Stop()))
    conform(program.then(puller("last", "q", ReceiveUntil(4), Drain())))


@clauses({"api.Consumer.ack-batch-received": all_of(acknowledged_is_over, unacknowledged_comes_again("last"))})
def test_messages_of_a_batch_are_acknowledged_one_by_one(conform: Conform) -> None:
    """Of what batchReceive returned just the acknowledged messages are over."""
    program = Program.of(producer("p", *(send("q", b"%d" % n) for n in range(4))))
    taking = (ReceiveUntil(4, ack=False, batch=True), AckReceived("first"), AckReceived("last"))
    program = program.then(puller("c", "q", *taking)).then(client("c", Stop()))
    conform(program.then(puller("last", "q", ReceiveUntil(2), Drain())))


@clauses({"api.Consumer.ack-unacked-redelivered": all_of(unacknowledged_comes_again("last"), nothing_lost())})
def test_what_is_held_of_two_queues_comes_again(conform: Conform) -> None:
    """What a consumer holds of each of two queues comes again when it is stopped, be it bound to both of them."""
    program = Program.of(producer("p", send("q", b"q"), send("r", b"r")), queues=("q", "r"))
    program = program.then(puller("c", "q", BindQueue("r"), ReceiveUntil(2, ack=False), Stop()))
    conform(program.then(puller("d", "q", ReceiveUntil(1)), puller("last", "r", ReceiveUntil(1))))


@clauses({"api.MessageListener.unacked-redelivered": all_of(unacknowledged_comes_again("d"), nothing_lost("d"))})
def test_what_a_listener_held_when_it_was_unbound_comes_again(conform: Conform) -> None:
    """What a listener was given and left comes again, though it was unbound before its consumer was stopped."""
    leaving = pusher("c", "q", AwaitDeliveries(2), UnbindQueue("q"), Stop(), reply=Reply.SKIP)
    program = Program.of(producer("p", send("q", b"1"), send("q", b"2"))).then(leaving)
    conform(program.then(puller("d", "q", ReceiveUntil(2))))
