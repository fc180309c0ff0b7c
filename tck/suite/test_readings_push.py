"""What the documents leave open about consumers that are pushed to: which reading an implementation follows."""

from tck.checkers.answers import (
    Checker,
    all_of,
    any_of,
    ends_in_vain,
    fails,
    follows,
    gives,
    gives_what,
    ops,
    succeeds,
)
from tck.checkers.delivery import not_before
from tck.checkers.readings import (
    brings,
    called,
    came,
    fails_otherwise,
    has_no_receipt,
    none_of_it,
)
from tck.conformance import Conform, clauses
from tck.operations import (
    Ack,
    BatchReceive,
    BindQueue,
    CreateConsumer,
    ErrorKind,
    IsSuspended,
    Receive,
    Reply,
    Resume,
    Start,
    Stop,
    Suspend,
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

TWICE = ops(BindQueue, on="twice", at=1)
MIXED = ops(BindQueue, on="mixed", at=1)
PULL = ops(Receive, on="pushed to")
PULLS = ops(BatchReceive, on="pushed many")


@clauses(
    {
        "reading.api-bind-twice": follows(
            {
                "nothing": all_of(succeeds(TWICE), called("twice", Reply.SKIP)),
                "listener": all_of(succeeds(TWICE), called("twice", Reply.ACK)),
                "error": all_of(fails(TWICE), called("twice", Reply.SKIP)),
            }
        ),
        "api.Consumer.mixed-modes": follows(
            {
                "yes": all_of(succeeds(MIXED), came("mixed", b"pull", b"push")),
                "no": all_of(fails(MIXED), came("mixed", b"pull")),
            }
        ),
        "api.Consumer.receive-on-push": follows(
            {
                "fails": all_of(fails_otherwise(PULL), came("pushed to", b"both")),
                "competes": brings(PULL, b"both"),
                "times out": all_of(ends_in_vain(PULL), came("pushed to", b"both")),
            }
        ),
        "api.Consumer.batch-receive-on-push": follows(
            {
                "fails": all_of(fails_otherwise(PULLS), came("pushed many", b"many")),
                "competes": gives_what(
                    PULLS,
                    "the message",
                    lambda given, _: given is not None and [one.body for one in given] == [b"many"],
                ),
                "times out": all_of(ends_in_vain(PULLS), came("pushed many", b"many")),
            }
        ),
    }
)
def test_listeners_at_the_edge(conform: Conform) -> None:
    """What becomes of a second listener, of a queue that is pulled from beside, and of a receive on what is pushed."""
    queues = ("twice", "pull", "push", "both", "many")
    quiet = conform.calibration.quiet
    mixed = client("mixed", CreateConsumer("mixed"), Start(), BindQueue("pull"), BindQueue("push", Reply.ACK))
    second = pusher("twice", "twice", BindQueue("twice", Reply.ACK), reply=Reply.SKIP)
    listens = pusher("pushed to", "both"), pusher("pushed many", "many", batch=True)
    program = Program.of(second, mixed, *listens, producer("p"), queues=queues)
    program = program.then(
        client("p", *(send(queue, queue.encode()) for queue in queues)),
        client("twice", AwaitDeliveries(1), Quiet(3)),
        client("pushed to", Receive(quiet), AwaitDeliveries(1)),
        client("pushed many", BatchReceive(quiet), AwaitDeliveries(1)),
    )
    conform(program.then(client("mixed", ReceiveUntil(1), AwaitDeliveries(2))))


def suspended(of: str, *answers: str) -> Checker:
    """The consumer, asked so often whether it is suspended, answers yes or no."""
    return all_of(*(gives(ops(IsSuspended, on=of, at=at), answer == "yes") for at, answer in enumerate(answers)))


AGAIN = ops(Suspend, on="again", at=1)
OVER = ops(Resume, on="over")


@clauses(
    {
        "api.Consumer.suspend-twice": follows(
            {
                "nothing": all_of(succeeds(AGAIN), suspended("again", "yes", "no"), came("again", b"again")),
                "renewed": all_of(succeeds(AGAIN), suspended("again", "no", "no"), came("again", b"again")),
                "fails": all_of(fails(AGAIN), suspended("again", "yes", "no"), came("again", b"again")),
            }
        ),
        "api.Consumer.resume-after-end": follows(
            {
                "fails": all_of(fails(OVER), came("over", b"over")),
                "nothing": all_of(succeeds(OVER), came("over", b"over")),
            }
        ),
        "api.Consumer.suspend-over-restart": follows(
            {
                "ended": all_of(suspended("restarted", "no"), came("restarted", b"restarted")),
                "kept": all_of(
                    suspended("restarted", "yes"),
                    came("restarted", b"restarted"),
                    not_before(
                        ops(IsSuspended, on="restarted"), ops(Resume, on="restarted"), "restarted", "nothing is pushed"
                    ),
                ),
            }
        ),
    }
)
def test_suspensions_at_the_edge(conform: Conform) -> None:
    """What becomes of a suspension that is asked for twice, has ended by itself, or whose consumer was stopped."""
    names = ("again", "over", "restarted")
    quiet = conform.calibration.quiet
    program = Program.of(
        pusher("again", "again", Suspend(), Suspend(quiet), Quiet(2), IsSuspended(), Resume(), IsSuspended()),
        pusher("over", "over", Suspend(quiet), Quiet(2), Resume()),
        pusher("restarted", "restarted", Suspend(), Stop(), Start(), BindQueue("restarted", Reply.ACK), IsSuspended()),
        producer("p"),
        queues=names,
    )
    program = program.then(client("p", *(send(name, name.encode()) for name in names), Quiet()))
    program = program.then(client("restarted", Resume()))
    conform(program.then(*(client(name, AwaitDeliveries(1)) for name in names)))


@clauses(
    {
        "api.Consumer.suspend-pull": follows(
            {
                "fails": all_of(fails(ops(Suspend)), came("c", b"1", b"2")),
                "nothing": all_of(
                    succeeds(ops(Suspend)), brings(ops(Receive, at=0), b"1", b"2"), came("c", b"1", b"2")
                ),
                "holds": all_of(
                    succeeds(ops(Suspend)), fails(ops(Receive, at=0), ErrorKind.TIMEOUT), came("c", b"1", b"2")
                ),
            }
        )
    }
)
def test_suspending_what_pulls(conform: Conform) -> None:
    """To suspend a consumer that pulls fails, changes nothing, or holds its receive until it is resumed."""
    program = Program.of(producer("p", send("q", b"1"), send("q", b"2")))
    pulling = (Suspend(), Receive(conform.calibration.quiet), Resume(), Drain(expect=2))
    conform(program.then(puller("c", "q", *pulling)))


@clauses(
    {
        "api.MessageListener.ack-by-receipt": follows(
            {
                "yes": all_of(succeeds(ops(Ack, on="by")), came("d", b"fence")),
                "no": any_of(came("d", b"by", b"fence"), has_no_receipt("by")),
            }
        ),
        "api.BatchMessageListener.ack-by-receipt": follows(
            {
                "yes": all_of(succeeds(ops(Ack, on="many")), came("g", b"fence")),
                "no": any_of(came("g", b"by many", b"fence"), has_no_receipt("many")),
            }
        ),
        "api.BatchMessageListener.success-none": follows(
            {"nothing": came("e", b"1", b"2", b"fence"), "all": none_of_it("none", again_to="e")}
        ),
    }
)
def test_acknowledging_what_is_pushed(conform: Conform) -> None:
    """What a receipt of a pushed message, and a success without one, acknowledge is not delivered again; all else is."""
    sends = send("q", b"by"), send("r", b"1"), send("r", b"2"), send("s", b"by many")
    program = Program.of(producer("p", *sends), queues=("q", "r", "s"))
    program = program.then(
        pusher("many", "s", AwaitDeliveries(1), AckReceived("first"), Stop(), reply=Reply.SKIP, batch=True),
        pusher("by", "q", AwaitDeliveries(1), AckReceived("first"), Stop(), reply=Reply.SKIP),
        pusher("none", "r", AwaitDeliveries(2), Stop(), reply=Reply.NONE, batch=True),
    )
    program = program.then(producer("f", *(send(queue, b"fence") for queue in "qrs")))
    pulls = (puller(name, queue, ReceiveUntil(1), Drain(times=2)) for name, queue in (("d", "q"), ("g", "s")))
    conform(program.then(*pulls, puller("e", "r", ReceiveUntil(3))))
