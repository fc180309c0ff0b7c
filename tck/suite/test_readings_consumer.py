"""What the documents leave open about consumers that pull: which reading an implementation follows."""

from collections.abc import Mapping

from tck.checkers.answers import Checker, Select, all_of, ends_in_vain, fails, follows, gives, gives_what, ops, succeeds
from tck.checkers.delivery import unacknowledged_comes_again
from tck.checkers.readings import came, fails_otherwise, is_text, left_behind, where
from tck.conformance import Conform, clauses
from tck.history import Entry
from tck.messages import Message
from tck.operations import (
    Ack,
    BatchReceive,
    BindQueue,
    CreateConsumer,
    DeleteQueue,
    ErrorKind,
    GetBindQueue,
    IsBindQueue,
    Receive,
    Start,
    Stop,
    UnbindQueue,
)
from tck.programs import AckReceived, Drain, Program, Quiet, ReceiveUntil, client, producer, puller, send


def receive(of: str) -> Select:
    """Select what a consumer receives, alone or in batches."""
    return ops(Receive, BatchReceive, on=of)


def brings(of: str) -> Checker:
    """The receive gives the message that was sent to its queue."""

    def holds(given: Message | tuple[Message, ...] | None, _: Entry) -> bool:
        come = (given,) if isinstance(given, Message) else given or ()
        return [one.body for one in come] == [of.encode()]

    return gives_what(receive(of), "the message that was sent", holds)


def zero(of: str) -> Checker:
    """What a timeout of zero means."""
    return follows({"no wait": ends_in_vain(receive(of)), "forever": brings(of)})


def negative(of: str) -> Checker:
    """What a negative timeout means."""
    return follows({"error": fails_otherwise(receive(of)), "zero": ends_in_vain(receive(of)), "none": brings(of)})


def in_vain(of: str) -> Mapping[str, Checker]:
    """How a receive may end that cannot give a message."""
    return {
        "fails": fails_otherwise(receive(of)),
        "times out": fails(receive(of), ErrorKind.TIMEOUT),
        "null": gives(receive(of), None),
    }


@clauses(
    {
        "api.Consumer.receive-zero": zero("zero"),
        "api.Consumer.receive-negative": negative("negative"),
        "api.Consumer.receive-unbound": follows(in_vain("unbound")),
        "api.Consumer.batch-receive-zero": zero("zeros"),
        "api.Consumer.batch-receive-negative": negative("negatives"),
        "api.Consumer.batch-receive-unbound": follows(in_vain("strays")),
        "api.ServiceLifecycle.batch-receive-needs-start": where(
            succeeds(ops(BindQueue, on="idles")), follows({**in_vain("idles"), "receives": brings("idles")})
        ),
        "api.ServiceLifecycle.receive-needs-start": where(
            succeeds(ops(BindQueue, on="idle")), follows({**in_vain("idle"), "receives": brings("idle")})
        ),
        "api.ServiceLifecycle.stop-no-pull": follows(in_vain("stopped")),
    }
)
def test_receives_at_the_edge(conform: Conform) -> None:
    """What a receive does with no time, before a start, after a stop, without a queue, and where nothing comes."""
    quiet = conform.calibration.quiet
    waiting = ("unbound", "strays", "idle", "idles", "stopped")
    timeouts = {"zero": 0.0, "zeros": 0.0, "negative": -1.0, "negatives": -1.0, **dict.fromkeys(waiting, quiet)}
    program = Program.of(
        *(puller(name, name) for name in ("zero", "zeros", "negative", "negatives")),
        *(client(name, CreateConsumer(name), Start()) for name in ("unbound", "strays")),
        *(client(name, CreateConsumer(name), BindQueue(name)) for name in ("idle", "idles")),
        puller("stopped", "stopped", Stop()),
        producer("p", *(send(queue, queue.encode()) for queue in waiting)),
        queues=timeouts,
    )
    late = client("p", Quiet(8), *(send(queue, queue.encode()) for queue in timeouts if queue not in waiting))
    kinds = {name: BatchReceive if name.endswith("s") else Receive for name in timeouts}
    conform(program.then(late, *(client(name, kinds[name](timeout)) for name, timeout in timeouts.items())))


SECOND = ops(BindQueue, on="two", at=1)
TWICE = ops(BindQueue, on="twice", at=1)
NOT_BOUND = ops(UnbindQueue, on="un")


@clauses(
    {
        "domain.pull-one-queue": follows(
            {
                "several": all_of(succeeds(SECOND), came("two", b"first", b"second")),
                "one": all_of(fails(SECOND), came("two", b"first")),
            }
        ),
        "api.Consumer.get-bind-queue-several": where(
            succeeds(SECOND),
            follows(
                {
                    "last": is_text(ops(GetBindQueue), "second"),
                    "one": is_text(ops(GetBindQueue), "first"),
                    "joined": is_text(ops(GetBindQueue), "first", "second", joined=True),
                }
            ),
        ),
        "api.Consumer.unbind-queue-not-bound": follows(
            {
                "nothing": all_of(succeeds(NOT_BOUND), came("un", b"own")),
                "error": all_of(fails(NOT_BOUND), came("un", b"own")),
            }
        ),
        "api.Consumer.bind-queue-twice": follows(
            {
                "nothing": all_of(succeeds(TWICE), came("twice", b"same")),
                "error": all_of(fails(TWICE), came("twice", b"same")),
            }
        ),
        "api.Consumer.bind-queue-unknown-not-started": follows(
            {
                "bind": fails(ops(BindQueue, on="early"), ErrorKind.DESTINATION),
                "start": fails(ops(Start, on="early"), ErrorKind.DESTINATION),
                "receive": fails(ops(Receive, on="early"), ErrorKind.DESTINATION),
            }
        ),
        "api.ServiceLifecycle.binding-after-stop": follows(
            {
                "bound": all_of(gives(ops(IsBindQueue), expected=True), came("again", b"back")),
                "unbound": gives(ops(IsBindQueue), expected=False),
            }
        ),
        "api.ResourceManager.delete-queue-bound": follows(
            {
                "refused": fails(ops(DeleteQueue)),
                "errors": all_of(succeeds(ops(DeleteQueue)), fails(receive("homeless"), ErrorKind.DESTINATION)),
                "times out": all_of(succeeds(ops(DeleteQueue)), fails(receive("homeless"), ErrorKind.TIMEOUT)),
            }
        ),
    }
)
def test_bindings_at_the_edge(conform: Conform) -> None:
    """What becomes of a second queue, of one that is not bound, is not there or goes, and of a consumer that stops."""
    quiet = conform.calibration.quiet
    program = Program.of(
        puller("two", "first", BindQueue("second"), GetBindQueue()),
        puller("un", "own", UnbindQueue("first")),
        puller("twice", "same", BindQueue("same")),
        client("early", CreateConsumer("early"), BindQueue("nowhere"), Start(), Receive(quiet)),
        puller("again", "back", Stop(), Start(), IsBindQueue()),
        puller("homeless", "gone", DeleteQueue("gone"), Receive(quiet)),
        producer("p"),
        queues=("first", "second", "own", "same", "back", "gone"),
    )
    program = program.then(
        client("p", *(send(queue, queue.encode()) for queue in ("first", "second", "own", "same", "back")))
    )
    takers = {"two": 2, "un": 1, "twice": 1, "again": 1}
    conform(program.then(*(client(name, ReceiveUntil(count)) for name, count in takers.items())))


HELD = 6


@clauses(
    {
        "api.Consumer.unbind-queue-held": follows(
            {
                "acked": all_of(succeeds(ops(Ack, on="c")), left_behind(again=False)),
                "redelivered": left_behind(again=True),
            }
        ),
        "api.Consumer.ack-unacked-redelivered": unacknowledged_comes_again("d"),
    }
)
def test_what_is_held_when_a_consumer_is_unbound(conform: Conform) -> None:
    """A message that is held when its consumer is unbound is acknowledged after that, or it comes again, and so do others."""
    program = Program.of(producer("p", *[send("q")] * HELD))
    taking = ReceiveUntil(HELD, ack=False), UnbindQueue("q"), AckReceived("first"), Stop()
    conform(program.then(puller("c", "q", *taking)).then(puller("d", "q", ReceiveUntil(HELD - 1), Drain())))


ACK = ops(Ack, on="e")
AGAIN = ops(Ack, on="c", at=1)


@clauses(
    {
        "api.Consumer.ack-twice": follows(
            {
                "nothing": all_of(succeeds(AGAIN), left_behind(again=False)),
                "error": all_of(fails(AGAIN), left_behind(again=False)),
            }
        )
    }
)
def test_a_message_that_is_acknowledged_again(conform: Conform) -> None:
    """Acknowledging a message a second time does nothing, or fails: it stays acknowledged, and it alone."""
    program = Program.of(producer("p", send("q"), send("q")))
    acks = (AckReceived("first", again=True), AckReceived("first"))
    program = program.then(puller("c", "q", ReceiveUntil(2, ack=False), *acks, Stop()))
    conform(program.then(puller("d", "q", ReceiveUntil(1), Drain())))


@clauses(
    {
        "api.Consumer.ack-foreign": follows(
            {
                "acknowledges": all_of(succeeds(ACK), left_behind(again=False)),
                "nothing": all_of(succeeds(ACK), left_behind(again=True)),
                "error": all_of(fails(ACK), left_behind(again=True)),
            }
        )
    }
)
def test_a_receipt_of_another_consumer(conform: Conform) -> None:
    """A receipt that another consumer gives acknowledges its own message, or none."""
    program = Program.of(producer("p", send("q"), send("q")))
    program = program.then(puller("c", "q", ReceiveUntil(2, ack=False)))
    other = client("e", CreateConsumer("e"), Start(), AckReceived("first", of="c"), Stop(on="c"))
    conform(program.then(other).then(puller("d", "q", ReceiveUntil(1), Drain())))
