"""Producer and Future once more: many sends under way at once, invalid messages, and batches that are not synchronous."""

from tck.adapter import Status
from tck.checkers import headers
from tck.checkers.answers import (
    Checker,
    all_of,
    any_of,
    constant,
    fails,
    gives,
    gives_what,
    has_status,
    ops,
    same_error,
    succeeds,
)
from tck.checkers.content import same_body, same_properties
from tck.checkers.delivery import nothing_lost, only_own_queue
from tck.checkers.headers import each_received, each_result_is_its_own, header, is_kept
from tck.checkers.matching import Which
from tck.checkers.readings import came, completes, where
from tck.conformance import Conform, clauses
from tck.messages import Message, Properties, Short, String
from tck.operations import (
    BatchReceive,
    BindQueue,
    BindQueueBatch,
    ErrorKind,
    Get,
    GetThrowable,
    IsDone,
    Operation,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Stop,
)
from tck.programs import Drain, Program, Quiet, ReceiveUntil, client, message, producer, puller, pusher, send

FUTURES = [f"f{n}" for n in range(20)]
TOO_LARGE: Properties = {"number": Short(1 << 20)}
NOWHERE = message("nowhere")
UNADDRESSED = Message(body=b"unaddressed")
INVALID = message("q", b"invalid", TOO_LARGE)
BOTH = (ErrorKind.FORMAT, ErrorKind.DESTINATION)


def of(*clients: str) -> Which:
    """Select what these clients sent."""
    return lambda one: one.entry.client in clients


@clauses(
    {
        "api.Producer.send-async-completes": completes(ops(Get, client="many")),
        "api.Producer.send-async-ids-unique": headers.ids_are_unique,
        "api.Future.get-result": each_result_is_its_own,
        "api.Future.get-timeout-result": each_result_is_its_own,
        "api.Future.get-complete-on-return": nothing_lost("c", which=of("stopped")),
        "api.Producer.send-batch-complete-on-return": nothing_lost("c", which=of("batch")),
        "api.Future.is-done-without-get": gives(ops(IsDone, client="idle"), expected=True),
        "api.Future.is-done-stays": constant(ops(IsDone, client="idle")),
        "api.Producer.send-result-only-on-success": all_of(
            gives_what(ops(Send, client="well"), "a result", lambda given, _: given is not None),
            fails(ops(Send, client="nowhere")),
        ),
        "api.SendResult.message-id-of-that-message": each_result_is_its_own,
    }
)
def test_many_sends_are_under_way_at_once(conform: Conform) -> None:
    """Each future completes with the result of its own send, with nobody waiting, and what it tells of is there."""
    sends = [SendAsync(message("q", name.encode()), future=name) for name in FUTURES]
    program = Program.of(
        producer("many", *sends, *(Get(on=name) for name in FUTURES)),
        producer("stopped", SendAsync(message("q", b"stopped")), Get(), Stop()),
        producer("batch", SendBatch((message("q", b"one"), message("q", b"two"))), Stop()),
        producer("idle", SendAsync(message("q", b"idle"))),
        producer("well", *(send("q", b"well %d" % n) for n in range(10))),
        producer("nowhere", Send(NOWHERE)),
    )
    program = program.then(puller("c", "q", ReceiveUntil(len(FUTURES) + 14)))
    conform(program.then(client("idle", Quiet(), IsDone(), IsDone())))


def refused(client: str, kind: type[Operation], *kinds: ErrorKind) -> Checker:
    """The send of an invalid message fails so, and nothing of it is received."""
    return all_of(fails(ops(kind, client=client), *kinds), came("c", b"fence"))


@clauses(
    {
        "api.Producer.send-async-out-of-range": refused("async", Get, ErrorKind.FORMAT),
        "api.Producer.send-batch-out-of-range": refused("batch", SendBatch, ErrorKind.FORMAT),
        "api.Producer.send-batch-async-out-of-range": refused("batch-async", Get, ErrorKind.FORMAT),
    }
)
def test_a_number_out_of_range_is_refused_in_every_way(conform: Conform) -> None:
    """A message with a number outside its type's range is refused asynchronously and in batches, too."""
    program = Program.of(
        producer("async", SendAsync(INVALID), Get()),
        producer("batch", SendBatch((INVALID,))),
        producer("batch-async", SendBatchAsync((INVALID,)), Get()),
    ).then(producer("p", send("q", b"fence")))
    conform(program.then(puller("c", "q", ReceiveUntil(1), Drain())))


@clauses(
    {
        "2.3.6-destination-required-async": any_of(
            fails(ops(SendAsync, client="async"), *BOTH), fails(ops(Get, client="async"), *BOTH)
        ),
        "2.3.6-destination-required-batch": fails(ops(SendBatch, client="batch"), *BOTH),
        "2.3.6-destination-empty": fails(ops(Send, client="empty"), *BOTH),
        "api.Producer.send-batch-async-no-destination": fails(ops(Get, client="batch-async"), *BOTH),
        "api.Producer.send-batch-async-error-in-future": succeeds(ops(SendBatchAsync, client="lost")),
        "api.Producer.send-oneway-no-destination-no-error": succeeds(ops(SendOneway, client="oneway", at=0)),
        "api.Producer.send-oneway-invalid-no-error": succeeds(ops(SendOneway, client="oneway", at=1)),
        "api.Producer.send-batch-oneway-invalid-no-error": succeeds(ops(SendBatchOneway, client="oneway")),
        "api.Future.throwable-without-get": where(
            gives(ops(IsDone, client="unasked"), expected=True),
            gives_what(ops(GetThrowable, client="unasked"), "the error", lambda given, _: given is not None),
        ),
        "api.Future.get-failure-repeatable": same_error(ops(Get, client="lost")),
        "api.OMSRuntimeException.error-code-async": gives_what(
            ops(GetThrowable, client="lost"),
            "an error with a status code",
            lambda given, _: given and given.code is not None,
        ),
        "api.OMSRuntimeException.error-code-same": same_error(ops(Send, client="again"), code=True),
    }
)
def test_what_cannot_be_sent_in_any_way(conform: Conform) -> None:
    """A message without a destination, or an invalid one, is an error in its place: oneway nowhere, else in the future."""
    empty = message("", b"empty")
    conform(
        Program.of(
            producer("unasked", SendAsync(NOWHERE)),
            producer("async", SendAsync(UNADDRESSED), Get()),
            producer("batch", SendBatch((UNADDRESSED,))),
            producer("batch-async", SendBatchAsync((UNADDRESSED,)), Get()),
            producer("empty", Send(empty)),
            producer("oneway", SendOneway(UNADDRESSED), SendOneway(INVALID), SendBatchOneway((UNADDRESSED, INVALID))),
            producer("lost", SendBatchAsync((NOWHERE,)), Get(), Get(), GetThrowable()),
            producer("again", Send(NOWHERE), Send(NOWHERE)),
        ).then(client("unasked", Quiet(4), IsDone(), GetThrowable()))
    )


def own_content(kind: type[Operation]) -> Checker:
    """Each message that is received of such a batch has its own body, properties and destination."""
    return each_received(
        "each message has its own body, properties and destination",
        lambda one: same_body(one) or same_properties()(one) or is_kept(header("destination"), "destination")(one),
        only=lambda one: one.sent is not None and isinstance(one.sent.entry.op, kind),
    )


@clauses(
    {
        "api.Producer.send-batch-async-ids": headers.received_ids_differ,
        "api.Producer.send-batch-oneway-ids": headers.received_ids_differ,
        "api.Producer.send-batch-async-content": own_content(SendBatchAsync),
        "api.Producer.send-batch-oneway-content": own_content(SendBatchOneway),
        "api.Producer.send-batch-oneway-destinations": only_own_queue,
    }
)
def test_batches_are_whole_in_every_way(conform: Conform) -> None:
    """Each message of a batch that was sent asynchronously or oneway is received with its own id and content."""
    batches = [
        tuple(message(queue, b"%s %d" % (way, n), {"number": String(str(n))}) for n in range(4) for queue in queues)
        for way, queues in ((b"async", "q"), (b"oneway", "qr"))
    ]
    program = Program.of(
        producer("a", SendBatchAsync(batches[0]), Get()), producer("o", SendBatchOneway(batches[1])), queues=("q", "r")
    )
    conform(program.then(puller("c", "q", ReceiveUntil(8), Drain()), puller("d", "r", ReceiveUntil(4), Drain())))


NOT_FOUND = Status.DESTINATION_NOT_FOUND


@clauses(
    {
        "api.OMSResponseStatus.destination-not-found-async": all_of(
            *(has_status(ops(Get, client=name), NOT_FOUND) for name in ("async", "batch-async"))
        ),
        "api.OMSResponseStatus.destination-not-found-batch": has_status(ops(SendBatch), NOT_FOUND),
        "api.OMSResponseStatus.batch-receive-timeout": has_status(ops(BatchReceive, client="c"), 1410, 1414),
        "api.OMSResponseStatus.destination-not-found-push": all_of(
            has_status(ops(BindQueue, client="pushed"), NOT_FOUND), has_status(ops(BindQueueBatch), NOT_FOUND)
        ),
    }
)
def test_each_error_has_its_status(conform: Conform) -> None:
    """What is not there has status 1404 in every way of sending and binding, and a batch in vain its own."""
    conform(
        Program.of(
            producer("async", SendAsync(NOWHERE), Get()),
            producer("batch", SendBatch((NOWHERE,))),
            producer("batch-async", SendBatchAsync((NOWHERE,)), Get()),
            puller("c", "q", BatchReceive(conform.calibration.quiet)),
            pusher("pushed", "nowhere"),
            pusher("batches", "nowhere", batch=True),
        )
    )
