"""Consumers that pull, as commit 5d796063 of the API has them: bound to several queues at once."""

from typing import Any

from tck.adapter import Status
from tck.checkers.answers import Checker, Select, all_of, fails, follows, gives, has_status, ops, succeeds
from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.later import header_itself, names, wakes
from tck.checkers.matching import bodies
from tck.checkers.pulling import batches_bring_something, gives_a_message
from tck.checkers.readings import where
from tck.checkers.status import where_refused
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import (
    BatchReceive,
    BindQueues,
    CreatePullConsumer,
    ErrorKind,
    GetBindQueues,
    Receive,
    ReceiveForever,
    SendBatch,
    Start,
    Stop,
    UnbindQueues,
)
from tck.programs import Drain, Program, Quiet, ReceiveUntil, Step, client, message, producer, pull_consumer, send

QUEUES = ("q", "r", "s")
FIELDS = ("correlation_id", "message_key", "trace_id")
BATCH = (b"0", b"1", b"2")
IN_VAIN = ops(Receive, client="c"), ops(BatchReceive, client="c")


def asked(at: int) -> Select:
    """Select a question of consumer c for its queues by its position."""
    return ops(GetBindQueues, client="c", at=at)


def in_time(select: Select) -> Checker:
    """The errors of these have a status that says that nothing came in time."""
    return follows({"timeout": has_status(select, 1410), "no message": has_status(select, 1414)})


def sends(number: bytes) -> tuple[Step, ...]:
    """Return steps that send to each queue a message whose body names it."""
    return tuple(send(queue, number + queue.encode()) for queue in QUEUES)


@clauses(
    {
        "api.MessagingAccessPoint.create-pull-consumer-unbound": names(asked(0)),
        "api.PullConsumer.bind-queues-receives": nothing_lost("c", which=bodies(b"1q", b"1r", b"1s")),
        "api.Consumer.get-bind-queues": all_of(names(asked(1), *QUEUES), names(asked(2), "s")),
        "api.PullConsumer.unbind-queues": nothing_to(
            "c", "nothing that is sent to queues after unbindQueue of them returned", which=bodies(b"2q", b"2r")
        ),
        "api.PullConsumer.unbind-queues-others-stay": nothing_lost("c", which=bodies(b"2s")),
        "api.Consumer.get-bind-queues-none": follows(
            {
                "null": all_of(names(asked(0)), gives(asked(3), None)),
                "empty": all_of(names(asked(0)), gives(asked(3), ())),
            }
        ),
    }
)
def test_several_queues_are_bound_and_unbound(conform: Conform) -> None:
    """A consumer receives from all queues that it was bound to at once, says which, and from none that it was unbound from."""
    program = Program.of(producer("p", *sends(b"1")), queues=QUEUES)
    create = (CreatePullConsumer(name="c"), GetBindQueues(), Start(), BindQueues(QUEUES), GetBindQueues())
    program = program.then(client("c", *create, ReceiveUntil(3), UnbindQueues(("q", "r")), GetBindQueues()))
    program = program.then(client("p", *sends(b"2")))
    conform(program.then(client("c", ReceiveUntil(1), Drain(), UnbindQueues(("s",)), GetBindQueues())))


@clauses(
    {
        "api.MessagingAccessPoint.create-pull-consumer-new": nothing_lost("other", which=bodies(b"other")),
        "api.MessagingAccessPoint.create-pull-consumer-attributes": all_of(
            succeeds(ops(CreatePullConsumer, Start, BindQueues, client="preset")),
            gives_a_message(ops(Receive, client="preset")),
            nothing_lost("preset", which=bodies(b"preset")),
        ),
        "api.Message.extension-header-itself": header_itself,
        "api.PullConsumer.receive-timeout": fails(ops(Receive, client="c"), ErrorKind.TIMEOUT),
        "api.OMSResponseStatus.receive-timeout-several": where(
            all_of(fails(IN_VAIN[0], ErrorKind.TIMEOUT), fails(IN_VAIN[1], ErrorKind.TIMEOUT)),
            all_of(*map(in_time, IN_VAIN)),
        ),
        "api.PullConsumer.batch-receive-messages": all_of(
            nothing_lost("batches", which=bodies(*BATCH)), batches_bring_something
        ),
    }
)
def test_pulling_consumers_receive(conform: Conform) -> None:
    """Each consumer works as its own, with attributes or without; each receives in batches from all queues, or times out."""
    program = Program.of(
        pull_consumer("c", ("q", "r"), Receive(0.05), BatchReceive(0.05)),
        pull_consumer("other", ("other",)),
        queues=("q", "r", "other", "p"),
    )
    batches = (SendBatch(tuple(message(queue, body) for body in BATCH)) for queue in "qr")
    fields: dict[str, Any] = {field: "set" for field in FIELDS if conform.supports(f"extension_header.{field}")}
    extended = send("p", b"preset", extension=ExtensionHeader(**fields) if fields else None)
    program = program.then(client("c", Stop()), producer("p", extended, send("other", b"other"), *batches))
    preset = client("preset", CreatePullConsumer({"oms-tck": "1"}), Start(), BindQueues(("p",)), ReceiveUntil(1))
    conform(
        program.then(
            preset,
            client("other", ReceiveUntil(1)),
            pull_consumer("batches", "qr", ReceiveUntil(6, batch=True)),
        )
    )


def nothing_of(*of: bytes) -> Checker:
    """Consumer c receives none of these."""
    return nothing_to("c", "nothing from a queue that it is not bound to, as it says", which=bodies(*of))


@clauses(
    {
        "api.PullConsumer.bind-queues-unknown": fails(ops(BindQueues), ErrorKind.DESTINATION),
        "api.OMSResponseStatus.destination-not-found-bind-queues": where_refused(
            ops(BindQueues), Status.DESTINATION_NOT_FOUND
        ),
        "api.PullConsumer.bind-queues-partly": where(
            fails(ops(BindQueues)),
            follows(
                {
                    "none": all_of(names(asked(0)), nothing_of(b"q", b"s")),
                    "others": names(asked(0), "q", "s"),
                    "before": all_of(names(asked(0), "q"), nothing_of(b"s")),
                }
            ),
        ),
    }
)
def test_an_unknown_queue_among_several_cannot_be_bound(conform: Conform) -> None:
    """Binding to queues of which one does not exist is an error, and the consumer knows which it is bound to then."""
    bind = (CreatePullConsumer(name="c"), Start(), BindQueues(("q", "nowhere", "s")), GetBindQueues())
    program = Program.of(producer("p", send("q", b"q"), send("s", b"s")), queues=("q", "s"))
    conform(program.then(client("c", *bind, Drain(), Quiet())))


@clauses({"api.PullConsumer.receive-forever": wakes})
def test_a_receive_waits_for_ever(conform: Conform) -> None:
    """A receive without a timeout returns a message of any of its queues, whenever it comes."""
    program = Program.of(pull_consumer("c", ("q", "r")), producer("p"), queues=("q", "r"))
    conform(program.then(client("c", ReceiveForever()), client("p", Quiet(3), send("r"))))


@clauses({"api.PullConsumer.receive-forever": wakes})
def test_a_receive_waits_for_its_first_queue(conform: Conform) -> None:
    """A receive without a timeout returns a message of the queue that was bound first as well."""
    program = Program.of(pull_consumer("c", ("q", "r")), producer("p"), queues=("q", "r"))
    conform(program.then(client("c", ReceiveForever()), client("p", Quiet(3), send("q"))))


@clauses({"api.PullConsumer.receive-forever-stopped": wakes})
def test_stopping_ends_a_receive_that_waits_for_ever(conform: Conform) -> None:
    """A receive without a timeout that waits while its consumer is stopped returns null."""
    program = Program.of(pull_consumer("c", ("q", "r")), queues=("q", "r"))
    conform(program.then(client("c", ReceiveForever()), client("s", Quiet(3), Stop(on="c"))))
