"""Producer and Future once more: many sends under way at once, and errors that come in every way of sending."""

from tck.adapter import Status
from tck.checkers.answers import (
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
from tck.checkers.headers import each_result_is_its_own
from tck.checkers.readings import completes, unless_timed_out, where
from tck.conformance import Conform, clauses
from tck.history import Entry, History, Outcome
from tck.messages import Message
from tck.operations import (
    BatchReceive,
    BindQueue,
    BindQueueBatch,
    ErrorKind,
    Get,
    GetThrowable,
    IsDone,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
)
from tck.programs import Program, Quiet, ReceiveUntil, client, message, producer, puller, pusher, send

FUTURES = [f"f{n}" for n in range(20)]
NOWHERE = message("nowhere")
UNADDRESSED = Message(body=b"unaddressed")
BOTH = (ErrorKind.FORMAT, ErrorKind.DESTINATION)


def sent_well(history: History) -> list[Entry]:
    """Select the sends of a client that succeeded."""
    return [entry for entry in ops(Send, client="well")(history) if entry.outcome is Outcome.OK]


@clauses(
    {
        "api.Producer.send-async-completes": completes(ops(Get, client="many")),
        "api.Future.get-timeout-result": each_result_is_its_own,
        "api.SendResult.message-id-of-that-message": each_result_is_its_own,
        "api.Future.is-done-without-get": gives(ops(IsDone, client="idle"), expected=True),
        "api.Future.is-done-without-get-batch": gives(ops(IsDone, client="some"), expected=True),
        "api.Future.is-done-stays": constant(ops(IsDone, client="idle")),
        "api.Producer.send-result-only-on-success": all_of(
            gives_what(sent_well, "a result", lambda given, _: given is not None),
            fails(ops(Send, client="nowhere")),
        ),
    }
)
def test_many_sends_are_under_way_at_once(conform: Conform) -> None:
    """Each future completes with the result of its own send, with nobody waiting, and what it tells of is there."""
    sends = [SendAsync(message("q", name.encode()), future=name) for name in FUTURES]
    program = Program.of(
        producer("many", *sends, *(Get(on=name) for name in FUTURES)),
        producer("idle", SendAsync(message("q", b"idle"))),
        producer("some", SendBatchAsync((message("q", b"some"), message("q", b"more")))),
        producer("well", *(send("q", b"well %d" % n) for n in range(10))),
        producer("nowhere", Send(NOWHERE)),
    )
    program = program.then(puller("c", "q", ReceiveUntil(len(FUTURES) + 13)))
    conform(program.then(client("idle", Quiet(), IsDone(), IsDone()), client("some", Quiet(), IsDone())))


@clauses(
    {
        "2.3.6-destination-required-async": any_of(
            fails(ops(SendAsync, client="async"), *BOTH), fails(ops(Get, client="async"), *BOTH)
        ),
        "2.3.6-destination-required-batch": fails(ops(SendBatch, client="batch"), *BOTH),
        "2.3.6-destination-empty": fails(ops(Send, client="empty"), *BOTH),
        "api.Future.throwable-without-get": where(
            gives(ops(IsDone, client="unasked"), expected=True),
            gives_what(ops(GetThrowable, client="unasked"), "the error", lambda given, _: given is not None),
        ),
        "api.Future.throwable-without-get-batch": where(
            all_of(succeeds(ops(SendBatchAsync)), gives(ops(IsDone, client="none"), expected=True)),
            gives_what(ops(GetThrowable, client="none"), "the error", lambda given, _: given is not None),
        ),
        "api.OMSRuntimeException.error-code-async": unless_timed_out(
            ops(Get, client="lost"),
            gives_what(
                ops(GetThrowable, client="lost"),
                "an error with a status code",
                lambda given, _: given is not None and given.code is not None,
            ),
        ),
        "api.OMSRuntimeException.error-code-same": same_error(ops(Send, client="again"), code=True),
        "api.OMSResponseStatus.batch-receive-timeout": where(
            fails(ops(BatchReceive, client="c")), has_status(ops(BatchReceive, client="c"), 1410, 1414)
        ),
    }
)
def test_errors_come_in_every_way(conform: Conform) -> None:
    """What has no destination, or one that is not there, is an error in its place, with the same status each time."""
    program = Program.of(
        producer("unasked", SendAsync(NOWHERE)),
        producer("none", SendBatchAsync((NOWHERE, NOWHERE))),
        producer("async", SendAsync(UNADDRESSED), Get()),
        producer("batch", SendBatch((UNADDRESSED,))),
        producer("empty", Send(message("", b"empty"))),
        producer("lost", SendAsync(NOWHERE), Get(), GetThrowable()),
        producer("again", Send(NOWHERE), Send(NOWHERE)),
        puller("c", "q", BatchReceive(conform.calibration.quiet)),
    )
    asked = Quiet(4), IsDone(), GetThrowable()
    conform(program.then(client("unasked", *asked), client("none", *asked)))


@clauses(
    {
        "api.OMSResponseStatus.destination-not-found-push": all_of(
            has_status(ops(BindQueue), Status.DESTINATION_NOT_FOUND),
            has_status(ops(BindQueueBatch), Status.DESTINATION_NOT_FOUND),
        )
    }
)
def test_a_listener_needs_a_queue(conform: Conform) -> None:
    """Binding a listener, or a batch listener, to a queue that is not there has status 1404."""
    conform(Program.of(pusher("pushed", "nowhere"), pusher("batches", "nowhere", batch=True)))
