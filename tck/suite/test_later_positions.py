"""Receiving at a position, as commit 5d796063 of the API has it, and what is refused to who has no authority for it."""

from tck.adapter import Status
from tck.checkers.answers import Checker, all_of, fails, follows, has_status, ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.checkers.later import gives_from, gives_no_other, provides, where_nothing_follows
from tck.checkers.matching import to
from tck.checkers.partitions import where_several
from tck.checkers.pulling import ends_with_nothing
from tck.checkers.readings import if_done, where
from tck.checkers.security import denied
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import (
    BatchReceiveAt,
    BindQueues,
    BindQueuesBatch,
    CreatePullConsumer,
    CreatePushConsumer,
    DeleteQueue,
    ErrorKind,
    GetQueueMetaData,
    Open,
    ReceiveAt,
    Reply,
    Start,
    Stop,
)
from tck.programs import (
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveFrom,
    ReceiveUntil,
    Step,
    client,
    producer,
    pull_consumer,
    send,
)
from tck.suite.test_partitions import each, opened
from tck.suite.test_security import NOBODY, STRANGER

At = type[ReceiveAt | BatchReceiveAt]
FAULTS = (ErrorKind.OTHER, ErrorKind.FORMAT)
"""The kinds of error that say that something was wrong, though not what was not there."""
NOWHERE = 987_654_321
"""A partition that no queue has."""


def offered(kind: At, checker: Checker) -> Checker:
    """What a checker says, where receiving at a position is offered."""
    return where(provides(ops(kind)), checker)


def position(kind: At) -> Checker:
    """The first receive gives the message at its position, or the one after it."""
    first = ops(kind, at=0)
    return offered(kind, follows({"that": gives_from(first, 0), "after": gives_from(first, 1)}))


def after_the_last(kind: At, at: int, checker: Checker) -> Checker:
    """What a checker says of a receive after the last message, by its position among the receives."""
    return offered(kind, where_nothing_follows(ops(kind, at=0), ops(kind, at=at), checker))


@clauses(
    {
        "api.PullConsumer.receive-at-position": position(ReceiveAt),
        "api.PullConsumer.receive-at-only-that": offered(ReceiveAt, gives_no_other(ops(ReceiveAt))),
        "api.PullConsumer.receive-at-timeout": after_the_last(
            ReceiveAt, 1, fails(ops(ReceiveAt, at=1), ErrorKind.TIMEOUT)
        ),
        "api.PullConsumer.receive-at-stopped": after_the_last(ReceiveAt, 2, ends_with_nothing(ops(ReceiveAt, at=2))),
        "api.PullConsumer.batch-receive-at-position": position(BatchReceiveAt),
        "api.PullConsumer.batch-receive-at-only-that": offered(BatchReceiveAt, gives_no_other(ops(BatchReceiveAt))),
        "api.PullConsumer.batch-receive-at-timeout": after_the_last(
            BatchReceiveAt, 1, fails(ops(BatchReceiveAt, at=1), ErrorKind.TIMEOUT)
        ),
        "api.PullConsumer.batch-receive-at-stopped": after_the_last(
            BatchReceiveAt, 2, ends_with_nothing(ops(BatchReceiveAt, at=2))
        ),
    }
)
def test_a_message_is_received_at_a_position(conform: Conform) -> None:
    """A receive at a position gives what is there or next, of that partition alone; after the last message it waits."""
    here, elsewhere = ExtensionHeader(partition=0), ExtensionHeader(partition=1)
    sends = [
        send(queue, body, extension=elsewhere if body == b"elsewhere" else here)
        for queue in ("q", "r")
        for body in (b"1", b"2", b"elsewhere", b"3", b"4", b"5")
    ]
    program = Program.of(producer("p", *sends), queues=("q", "r"))
    ways = {"one": ("q", False), "many": ("r", True)}
    pull = Drain(ack=False, expect=12)
    program = program.then(*(pull_consumer(name, (queue,), pull) for name, (queue, _) in ways.items()))
    program = program.then(
        *(
            client(name, ReceiveFrom(b"2", batch=batch), ReceiveFrom(b"5", timeout=0.05, batch=batch))
            for name, (_, batch) in ways.items()
        )
    )
    wait = (client(name, ReceiveFrom(b"5", batch=batch)) for name, (_, batch) in ways.items())
    conform(program.then(*wait, client("s", Quiet(3), *(Stop(on=name) for name in ways))))


PARTED = "no queue has several partitions where streaming is not claimed"


def parted(checker: Checker) -> Checker:
    """What a checker says, where the queue has several partitions."""
    return if_done(ops(GetQueueMetaData), where_several(checker), PARTED)


@clauses(
    {
        "api.PullConsumer.receive-at-position": parted(position(ReceiveAt)),
        "api.PullConsumer.receive-at-only-that": parted(offered(ReceiveAt, gives_no_other(ops(ReceiveAt)))),
        "api.PullConsumer.batch-receive-at-position": parted(position(BatchReceiveAt)),
        "api.PullConsumer.batch-receive-at-only-that": parted(
            offered(BatchReceiveAt, gives_no_other(ops(BatchReceiveAt)))
        ),
    }
)
def test_a_position_is_in_its_partition(conform: Conform) -> None:
    """A receive at a position in whichever partition of several gives what is there or next, of that partition alone."""
    if not conform.claims("Streaming"):
        conform(Program.of(producer("p", send("q"))))
        return
    sends = [each(body) for body in (b"1", b"2", b"3", b"4", b"5")]
    binds = (CreatePullConsumer(name="c", on="there"), Start(on="c"), BindQueues(("q",), on="c"))
    program = Program.of(opened("streaming", *sends), queues=())
    program = program.then(client("c", *binds, Drain(ack=False, expect=10)))
    conform(program.then(client("c", ReceiveFrom(b"2"), ReceiveFrom(b"2", batch=True))))


@clauses(
    {
        "api.PullConsumer.receive-at-position": position(ReceiveAt),
        "api.PullConsumer.batch-receive-at-position": position(BatchReceiveAt),
    }
)
def test_a_position_is_waited_for(conform: Conform) -> None:
    """A receive after the last message of a partition gives the message that is sent there meanwhile."""
    ways = {"q": False, "r": True}
    first = ExtensionHeader(partition=0)
    program = Program.of(producer("p", *(send(queue, b"1", extension=first) for queue in ways)), queues=ways)
    program = program.then(*(pull_consumer(queue, (queue,), Drain(ack=False, expect=2)) for queue in ways))
    waits = (client(queue, ReceiveFrom(b"1", batch=batch)) for queue, batch in ways.items())
    later = (send(queue, b"2", extension=first) for queue in ways)
    program = program.then(*waits, client("p", Quiet(2), *later))
    conform(program.then(*(client(queue, Drain(ack=False, expect=4)) for queue in ways)))


AT_NOWHERE = ops(ReceiveAt, BatchReceiveAt, client="late")


def nowhere(kind: At) -> Checker:
    """A receive in a queue that was deleted ends with an error, in time."""
    select = ops(kind, client="late")
    errors = {"destination": (ErrorKind.DESTINATION,), "timeout": (ErrorKind.TIMEOUT,), "other": FAULTS}
    readings = follows({reading: fails(select, *kinds) for reading, kinds in errors.items()})
    return where(succeeds(ops(DeleteQueue)), where(provides(select), readings))


def astray(kind: At) -> Checker:
    """A receive in a partition that does not exist ends with an error, in time."""
    select = ops(kind, client="astray")
    errors = {"error": (ErrorKind.DESTINATION, *FAULTS), "timeout": (ErrorKind.TIMEOUT,)}
    return where(provides(select), follows({reading: fails(select, *kinds) for reading, kinds in errors.items()}))


@clauses(
    {
        "api.PullConsumer.receive-at-unknown-queue": nowhere(ReceiveAt),
        "api.PullConsumer.batch-receive-at-unknown-queue": nowhere(BatchReceiveAt),
        "api.PullConsumer.receive-at-unknown-partition": astray(ReceiveAt),
        "api.PullConsumer.batch-receive-at-unknown-partition": astray(BatchReceiveAt),
        "api.OMSResponseStatus.destination-not-found-receive-at": where(
            fails(AT_NOWHERE, ErrorKind.DESTINATION), has_status(AT_NOWHERE, Status.DESTINATION_NOT_FOUND)
        ),
    }
)
def test_nothing_is_received_where_nothing_is(conform: Conform) -> None:
    """A receive at a position of a queue that was deleted, or of a partition that does not exist, ends with an error."""
    quiet = conform.calibration.quiet
    program = Program.of(producer("p", send("gone", b"held"), send("q", b"here"), send("q")), queues=("gone", "q"))
    program = program.then(
        pull_consumer("early", ("gone",), ReceiveUntil(1), Stop()),
        pull_consumer("astray", ("q",), ReceiveUntil(2, ack=False)),
        client("later", CreatePullConsumer(name="late", on="ap"), Start(on="late")),
    ).then(client("deleter", DeleteQueue("gone")))
    conform(
        program.then(
            client("late", *(ReceiveFrom(b"held", of="early", timeout=quiet, batch=batch) for batch in (False, True))),
            client(
                "astray",
                *(ReceiveFrom(b"here", timeout=quiet, batch=batch, partition=NOWHERE) for batch in (False, True)),
            ),
        )
    )


def stranger(name: str, create: type[CreatePullConsumer | CreatePushConsumer], *steps: Step) -> Client:
    """Return a client that opens the access point as nobody and has a consumer, then does the steps."""
    return client(name, Open(NOBODY, STRANGER, on=f"{name}.ap"), create(on=f"{name}.ap"), Start(), *steps)


def takes_nothing(queue: str, kind: type[BindQueues | BindQueuesBatch]) -> Checker:
    """The stranger is refused, and the message comes to its rightful consumer."""
    return all_of(denied(queue, kind), nothing_lost(f"own.{queue}", which=to(queue)))


def others_too(queue: str, kind: type[BindQueues | BindQueuesBatch]) -> Checker:
    """Who is refused took nothing of the other queue that it named first either."""
    refused = fails(ops(Open, CreatePullConsumer, CreatePushConsumer, Start, kind, client=queue, at=-1))
    return where(refused, all_of(*(nothing_lost(f"own.{one}", which=to(one)) for one in (f"{queue}-free", queue))))


@clauses(
    {
        "api.PullConsumer.bind-queues-no-authority": takes_nothing("pull", BindQueues),
        "api.PushConsumer.listener-no-authority": takes_nothing("push", BindQueues),
        "api.PushConsumer.batch-listener-no-authority": takes_nothing("pushes", BindQueuesBatch),
        "api.PullConsumer.bind-queues-no-authority-takes-nothing": others_too("pull", BindQueues),
        "api.PushConsumer.listener-no-authority-takes-nothing": others_too("push", BindQueues),
        "api.PushConsumer.batch-listener-no-authority-takes-nothing": others_too("pushes", BindQueuesBatch),
        "api.PullConsumer.receive-at-no-authority": offered(ReceiveAt, denied("at", ReceiveAt)),
        "api.PullConsumer.batch-receive-at-no-authority": offered(BatchReceiveAt, denied("batch", BatchReceiveAt)),
    }
)
def test_who_has_no_authority_cannot_bind_several_queues(conform: Conform) -> None:
    """Binding several queues without authority is refused and takes nothing; so is receiving at another's position."""
    queues = [f"{name}{free}" for name in ("pull", "push", "pushes") for free in ("", "-free")]
    program = Program.of(producer("p", *map(send, queues), send("q", b"held")), queues=(*queues, "q"))
    program = program.then(pull_consumer("owner", ("q",), ReceiveUntil(1, ack=False)))
    program = program.then(
        stranger("pull", CreatePullConsumer, BindQueues(("pull-free", "pull"))),
        stranger("push", CreatePushConsumer, BindQueues(("push-free", "push"), Reply.ACK)),
        stranger("pushes", CreatePushConsumer, BindQueuesBatch(("pushes-free", "pushes"), Reply.ACK)),
        stranger("at", CreatePullConsumer, ReceiveFrom(b"held", of="owner", timeout=0.0)),
        stranger("batch", CreatePullConsumer, ReceiveFrom(b"held", of="owner", timeout=0.0, batch=True)),
    )
    conform(program.then(*(pull_consumer(f"own.{queue}", (queue,), ReceiveUntil(1)) for queue in queues)))
