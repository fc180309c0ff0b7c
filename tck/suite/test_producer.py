"""Producer, Future and MessageFactory: every way of sending."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from tck.adapter import Status
from tck.checkers import content, headers
from tck.checkers.answers import (
    Checker,
    all_of,
    any_of,
    fails,
    gets_alone,
    gives,
    gives_what,
    has_status,
    ops,
    succeeds,
)
from tck.checkers.delivery import nothing_lost, oneway_arrives, only_own_queue
from tck.checkers.headers import each_received
from tck.checkers.matching import Sent
from tck.checkers.readings import unless_timed_out
from tck.conformance import Conform, clauses
from tck.history import Entry, History, Outcome
from tck.messages import Message, String
from tck.operations import (
    CreateMessage,
    ErrorKind,
    Get,
    GetThrowable,
    IsDone,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Stop,
)
from tck.programs import Drain, Program, ReceiveUntil, message, producer, puller, send
from tck.strategies import messages
from tck.verdicts import AS_OFTEN_AS_NOT, SAMPLES

BATCH = tuple(message("q", b"body %d" % n, {"number": String(str(n))}) for n in range(5))
own_content = each_received(
    "each message has its own body and properties", lambda one: content.same_body(one) or content.same_properties()(one)
)


def of(*kinds: type) -> Callable[[Sent], bool]:
    """Select the messages that were sent in these ways."""
    return lambda one: isinstance(one.entry.op, kinds)


def is_done(client_name: str) -> Checker:
    """Each isDone of a client is true."""
    return gives(ops(IsDone, client=client_name), expected=True)


@clauses(
    {
        "api.Producer.send-complete-on-return": nothing_lost("c", which=of(Send)),
        "api.Producer.send-batch-complete-on-return": nothing_lost("c", which=of(SendBatch)),
        "api.Future.get-complete-on-return": nothing_lost("c", which=of(SendAsync)),
    }
)
def test_a_send_is_complete_when_it_returns(conform: Conform) -> None:
    """What was sent is received, also where its producer is stopped right after."""
    program = Program.of(
        producer("p", send("q", b"sent and stopped"), Stop()),
        producer("b", SendBatch((message("q", b"first and stopped"), message("q", b"last and stopped"))), Stop()),
        producer("a", SendAsync(message("q", b"got and stopped")), Get(), Stop()),
    )
    conform(program.then(puller("c", "q", ReceiveUntil(4))))


@clauses(
    {
        "api.Producer.send-unknown-destination": fails(ops(Send, client="p"), ErrorKind.DESTINATION),
        "api.Producer.send-async-unknown-destination": fails(ops(Get, client="a"), ErrorKind.DESTINATION),
        "api.Producer.send-async-error-in-future": succeeds(ops(SendAsync, client="a")),
        "api.Producer.send-batch-unknown-destination": fails(ops(SendBatch, client="b"), ErrorKind.DESTINATION),
        "api.Producer.send-batch-async-unknown-destination": fails(ops(Get, client="ba"), ErrorKind.DESTINATION),
        "api.Producer.send-batch-async-error-in-future": succeeds(ops(SendBatchAsync, client="ba")),
        "api.Producer.send-oneway-no-error": succeeds(ops(SendOneway)),
        "api.Producer.send-batch-oneway-no-error": succeeds(ops(SendBatchOneway)),
        "api.OMSResponseStatus.destination-not-found-async": all_of(
            *(has_status(ops(Get, client=name), Status.DESTINATION_NOT_FOUND) for name in ("a", "ba"))
        ),
        "api.OMSResponseStatus.destination-not-found-batch": has_status(
            ops(SendBatch, client="b"), Status.DESTINATION_NOT_FOUND
        ),
        "api.Future.get-failure-repeatable": any_of(
            fails(gets_alone("again"), ErrorKind.DESTINATION),
            all_of(gives(gets_alone("again"), None), fails(ops(Get, client="again"), ErrorKind.DESTINATION)),
        ),
        "api.Future.is-done-after-failure": is_done("a"),
        "api.Future.throwable-after-failure": unless_timed_out(
            ops(Get, client="a"),
            gives_what(
                ops(GetThrowable, client="a"),
                "an error of kind DESTINATION",
                lambda error, _: error is not None and error.kind == "DESTINATION",
            ),
        ),
    }
)
def test_an_unknown_destination_is_an_error(conform: Conform) -> None:
    """Every way of sending to a queue that does not exist tells so, but for oneway, which tells nothing."""
    nowhere = message("nowhere")
    conform(
        Program.of(
            producer("p", Send(nowhere)),
            producer("a", SendAsync(nowhere), Get(), IsDone(), GetThrowable()),
            producer("again", SendAsync(nowhere), Get(), Get()),
            producer("b", SendBatch((nowhere, nowhere))),
            producer("ba", SendBatchAsync((nowhere, nowhere)), Get()),
            producer("o", SendOneway(nowhere), SendBatchOneway((nowhere, nowhere))),
        )
    )


def of_success(history: History) -> list[Entry]:
    """Select what futures that gave a result, whenever they were asked, told as their error."""
    gets = ops(Get, client="a")(history)
    failed = {get.op.on for get in gets if get.outcome is not Outcome.OK}
    given = {get.op.on for get in gets} - failed
    return [entry for entry in ops(GetThrowable, client="a")(history) if entry.op.on in given]


@clauses(
    {
        "api.Producer.send-async-id": headers.async_id,
        "api.Producer.send-async-delivers": nothing_lost("c", which=of(SendAsync)),
        "api.Producer.send-async-ids-unique": headers.ids_are_unique,
        "api.Future.get-result": headers.async_id,
        "api.Future.get-repeatable": headers.get_again,
        "api.Future.is-done-after-success": is_done("a"),
        "api.Future.throwable-after-success": gives(of_success, None),
    }
)
def test_an_asynchronous_send_completes(conform: Conform) -> None:
    """The future gives the id, again and again, and no error; the message arrives."""
    futures = [f"f{n}" for n in range(5)]
    sends = [SendAsync(message("q", name.encode()), future=name) for name in futures]
    asks = [op for name in futures for op in (Get(on=name), Get(on=name), IsDone(on=name), GetThrowable(on=name))]
    conform(Program.of(producer("a", *sends, *asks)).then(puller("c", "q", ReceiveUntil(5))))


@clauses(
    {
        "api.Producer.send-oneway-delivers": oneway_arrives("c", at_least=AS_OFTEN_AS_NOT),
        "api.Producer.send-oneway-no-error": succeeds(ops(SendOneway)),
    }
)
def test_a_oneway_send_arrives(conform: Conform) -> None:
    """What was sent oneway arrives, as far as it can be told, while nothing is wrong."""
    sends = [SendOneway(message("q", b"%d" % n)) for n in range(SAMPLES)]
    conform(Program.of(producer("o", *sends)).then(puller("c", "q", ReceiveUntil(SAMPLES))))


@clauses(
    {
        "api.Producer.send-batch-oneway-delivers": oneway_arrives("c", at_least=AS_OFTEN_AS_NOT),
        "api.Producer.send-batch-oneway-no-error": succeeds(ops(SendBatchOneway)),
    }
)
def test_a_oneway_batch_arrives(conform: Conform) -> None:
    """What was sent oneway in batches arrives, as far as it can be told, while nothing is wrong."""
    sends = [SendBatchOneway(BATCH)] * -(-SAMPLES // len(BATCH))
    conform(Program.of(producer("o", *sends)).then(puller("c", "q", ReceiveUntil(len(sends) * len(BATCH)))))


@clauses(
    {
        "api.Producer.send-batch-delivers": all_of(succeeds(ops(SendBatch)), nothing_lost("c", which=of(SendBatch))),
        "api.Producer.send-batch-ids": headers.received_ids_differ,
        "api.Producer.send-batch-content": own_content,
    }
)
def test_a_batch_arrives(conform: Conform) -> None:
    """Every message of a batch arrives, with an id and the content of its own."""
    conform(Program.of(producer("b", SendBatch(BATCH))).then(puller("c", "q", ReceiveUntil(5), Drain())))


@clauses(
    {
        "api.Producer.send-batch-delivers": nothing_lost("c", which=of(SendBatch)),
        "api.Producer.send-batch-ids": headers.received_ids_differ,
        "api.Producer.send-batch-content": each_received("each message has its own body", content.same_body),
    }
)
@settings(max_examples=10)
@given(st.lists(st.lists(messages(largest=300), min_size=1, max_size=6), min_size=1, max_size=3))
def test_any_batches_arrive(conform: Conform, batches: list[list[Message]]) -> None:
    """Batches of any messages arrive whole."""
    count = sum(map(len, batches))
    program = Program.of(producer("b", *(SendBatch(tuple(batch)) for batch in batches)))
    conform(program.then(puller("c", "q", ReceiveUntil(count))))


@clauses(
    {"api.Producer.send-batch-destinations": all_of(succeeds(ops(SendBatch)), nothing_lost("c", "d"), only_own_queue)}
)
def test_a_batch_may_go_to_several_queues(conform: Conform) -> None:
    """Each message of a batch reaches the queue that it names, and no other."""
    mixed = tuple(message(queue, queue.encode()) for _ in range(3) for queue in ("q", "r"))
    program = Program.of(producer("b", SendBatch(mixed)), queues=("q", "r"))
    conform(program.then(puller("c", "q", ReceiveUntil(3), Drain()), puller("d", "r", ReceiveUntil(3), Drain())))


@clauses(
    {
        "api.Producer.send-batch-async-delivers": nothing_lost("c", which=of(SendBatchAsync)),
        "api.Producer.send-batch-async-completes": unless_timed_out(
            ops(Get), all_of(succeeds(ops(Get)), is_done("b"), gives(ops(GetThrowable, client="b"), None))
        ),
    }
)
def test_an_asynchronous_batch_completes(conform: Conform) -> None:
    """The future of a batch completes without an error, and every message of it arrives."""
    steps = (SendBatchAsync(BATCH), Get(), IsDone(), GetThrowable())
    conform(Program.of(producer("b", *steps)).then(puller("c", "q", ReceiveUntil(5))))


def _own(field: str) -> Callable[[object, Entry], bool]:
    def holds(made: object, entry: Entry) -> bool:
        assert isinstance(made, Message)
        op = entry.op
        assert isinstance(op, CreateMessage)
        return made.header.destination == op.queue if field == "queue" else (made.body or b"") == op.body

    return holds


@clauses(
    {
        "api.MessageFactory.create-message-destination": gives_what(
            ops(CreateMessage), "the queue as destination", _own("queue")
        ),
        "api.MessageFactory.create-message-body": gives_what(ops(CreateMessage), "the bytes as body", _own("body")),
    }
)
def test_the_factory_makes_messages(conform: Conform) -> None:
    """A message of the factory has the destination and the body that were given."""
    bodies = (b"", b"body", bytes(range(256)))
    conform(Program.of(producer("p", *(CreateMessage("q", body) for body in bodies))))
