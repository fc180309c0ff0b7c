"""Acknowledgement and redelivery of pulled messages."""

from hypothesis import given, settings

from tck.checkers.answers import all_of
from tck.checkers.delivery import acknowledged_is_over, nothing_lost, unacknowledged_comes_again
from tck.conformance import Conform, clauses
from tck.operations import Stop
from tck.programs import AckReceived, Drain, Program, ReceiveUntil, client, producer, puller, send
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
