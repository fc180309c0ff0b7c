"""Producer: batches that are sent asynchronously or oneway, and messages that cannot be sent."""

from tck.checkers import content, headers
from tck.checkers.answers import Checker, all_of, fails, follows, ops, succeeds
from tck.checkers.delivery import nothing_lost, only_own_queue
from tck.checkers.headers import each_received, header, is_kept
from tck.checkers.security import nothing_of
from tck.conformance import Conform, clauses
from tck.messages import Message, Short, String
from tck.operations import ErrorKind, Get, SendAsync, SendBatch, SendBatchAsync, SendBatchOneway, SendOneway
from tck.programs import Drain, Program, ReceiveUntil, Step, message, producer, puller, send

BATCH = tuple(message("q", b"own %d" % n, {"number": String(str(n))}) for n in range(4))
MIXED = tuple(message(queue, b"%d to %s" % (n, queue.encode())) for n in range(2) for queue in ("q", "r"))
NOWHERE = Message(body=b"without destination")
BEYOND = message("q", b"beyond", {"beyond": Short(1 << 15)})
NO_DESTINATION = (ErrorKind.FORMAT, ErrorKind.DESTINATION)

own_content: Checker = each_received(
    "each message has its own body, properties and destination",
    lambda one: (
        content.same_body(one) or content.same_properties()(one) or is_kept(header("destination"), "destination")(one)
    ),
)


@clauses(
    {
        "api.Producer.send-batch-async-ids": headers.received_ids_differ,
        "api.Producer.send-batch-async-content": own_content,
    }
)
def test_each_message_of_an_asynchronous_batch_is_itself(conform: Conform) -> None:
    """Every message of an asynchronous batch is received with an id and the content of its own."""
    conform(Program.of(producer("b", SendBatchAsync(BATCH), Get())).then(puller("c", "q", ReceiveUntil(4))))


@clauses(
    {
        "api.Producer.send-batch-oneway-ids": headers.received_ids_differ,
        "api.Producer.send-batch-oneway-content": own_content,
    }
)
def test_each_message_of_a_oneway_batch_is_itself(conform: Conform) -> None:
    """Every message of a oneway batch that is received has an id and the content of its own."""
    conform(Program.of(producer("b", SendBatchOneway(BATCH))).then(puller("c", "q", ReceiveUntil(4))))


def to_two_queues(*steps: Step) -> Program:
    """Send something to two queues, and receive all of it."""
    takers = (puller("c", "q", Drain(expect=4)), puller("d", "r", Drain(expect=4)))
    return Program.of(producer("b", *steps), queues=("q", "r")).then(*takers)


@clauses(
    {
        "api.Producer.send-batch-async-destinations": follows(
            {
                "own": all_of(succeeds(ops(Get)), nothing_lost("c", "d"), only_own_queue),
                "one": all_of(fails(ops(Get, client="b")), nothing_of("b")),
            }
        )
    }
)
def test_an_asynchronous_batch_may_go_to_several_queues(conform: Conform) -> None:
    """Each message of an asynchronous batch reaches the queue that it names, or the whole batch is refused."""
    program = to_two_queues(SendBatchAsync(MIXED), Get())
    conform(Program((program.phases[0], (producer("p", send("q", b"own")),), *program.phases[1:]), program.queues))


@clauses({"api.Producer.send-batch-oneway-destinations": only_own_queue})
def test_a_oneway_batch_may_go_to_several_queues(conform: Conform) -> None:
    """No message of a oneway batch reaches another queue than that which it names."""
    conform(to_two_queues(SendBatchOneway(MIXED)))


@clauses(
    {
        "api.Producer.send-async-out-of-range": all_of(fails(ops(Get, client="a"), ErrorKind.FORMAT), nothing_of("a")),
        "api.Producer.send-batch-out-of-range": fails(ops(SendBatch), ErrorKind.FORMAT),
        "api.Producer.send-batch-async-out-of-range": fails(ops(Get, client="ba"), ErrorKind.FORMAT),
        "api.Producer.send-batch-async-no-destination": fails(ops(Get, client="bn"), *NO_DESTINATION),
        "api.Producer.send-oneway-no-destination-no-error": succeeds(ops(SendOneway, client="on")),
        "api.Producer.send-oneway-invalid-no-error": succeeds(ops(SendOneway, client="o")),
        "api.Producer.send-batch-oneway-invalid-no-error": succeeds(ops(SendBatchOneway)),
    }
)
def test_what_cannot_be_sent_is_refused(conform: Conform) -> None:
    """An invalid message is refused in every way of sending, alone or in a batch, but for oneway, which tells nothing."""
    fine = message("q", b"fine")
    program = Program.of(
        producer("a", SendAsync(BEYOND), Get()),
        producer("b", SendBatch((fine, BEYOND, fine))),
        producer("ba", SendBatchAsync((fine, BEYOND, fine)), Get()),
        producer("bn", SendBatchAsync((fine, NOWHERE, fine)), Get()),
        producer("o", SendOneway(BEYOND)),
        producer("on", SendOneway(NOWHERE)),
        producer("bo", SendBatchOneway((fine, NOWHERE)), SendBatchOneway((fine, BEYOND))),
        producer("p", send("q", b"own")),
    )
    conform(program.then(puller("c", "q", ReceiveUntil(1), Drain())))
