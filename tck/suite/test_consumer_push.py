"""Consumer, pushing: listeners alone and of batches, suspended and resumed."""

from hypothesis import given, settings

from tck.checkers import content
from tck.checkers.answers import Checker, all_of, any_of, fails, follows, gives, gives_what, ops, succeeds
from tck.checkers.content import batches_are_not_empty, where_batches_have_several
from tck.checkers.delivery import (
    by_context_is_over,
    not_before,
    nothing_lost,
    nothing_to,
    only_own_queue,
    unacknowledged_comes_again,
)
from tck.checkers.headers import each_received, header, is_kept, not_empty
from tck.checkers.matching import Received
from tck.checkers.pushing import (
    ends_by_itself,
    held_for_its_timeout,
    pushed_before_timeout,
    pushed_in_time,
    suspended_until_timeout,
)
from tck.checkers.readings import where
from tck.conformance import Conform, clauses
from tck.messages import String
from tck.operations import (
    BindQueue,
    BindQueueBatch,
    CreateConsumer,
    ErrorKind,
    GetBindQueue,
    IsBindQueue,
    IsSuspended,
    Reply,
    Resume,
    Send,
    SendBatch,
    Start,
    Stop,
    Suspend,
    UnbindQueue,
)
from tck.programs import (
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    Step,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
)
from tck.strategies import exchanges, suspensions

SENDS = tuple(Send(message("q", b"%d" % n, {"number": String(str(n))})) for n in range(5))
BATCH = SendBatch(tuple(one.message for one in SENDS))


def complete(words: str) -> Checker:
    """Each message is delivered with what it has where it is pulled."""

    def fault(one: Received) -> str:
        return (
            not_empty(header("message_id"), "message id")(one)
            or is_kept(header("destination"), "destination")(one)
            or content.same_body(one)
            or content.same_properties()(one)
        )

    return each_received(words, fault)


def by(name: str, queue: str, body: bytes = b"oms-tck") -> Send:
    """Return the step that sends by a producer of this name."""
    return Send(message(queue, body), on=name)


@clauses(
    {
        "api.Consumer.listener-called": nothing_lost("c"),
        "api.Consumer.listener-is-bound": all_of(
            gives(ops(IsBindQueue, client="c"), expected=True),
            gives_what(
                ops(GetBindQueue, client="c"), "the name of the queue", lambda result, _: str(result).endswith("-q")
            ),
        ),
        "api.MessageListener.message-complete": complete("a listener is given the whole message"),
        "api.MessageListener.ack-not-redelivered": by_context_is_over,
    }
)
def test_a_listener_is_called(conform: Conform) -> None:
    """A listener is given every message, whole, and an acknowledged one not again, nor is another consumer."""
    program = Program.of(pusher("c", "q", IsBindQueue(), GetBindQueue())).then(producer("p", *SENDS, *SENDS))
    program = program.then(client("c", AwaitDeliveries(10), Quiet(), Stop()))
    conform(program.then(puller("d", "q", Drain())))


@clauses(
    {
        "api.Consumer.batch-listener-called": nothing_lost("c"),
        "api.BatchMessageListener.batch-complete": all_of(
            complete("a batch listener is given whole messages"), batches_are_not_empty
        ),
        "api.BatchMessageListener.ack-all": by_context_is_over,
    }
)
def test_a_batch_listener_is_called(conform: Conform) -> None:
    """A batch listener is given every message, whole, and an acknowledged batch not again, nor is another consumer."""
    program = Program.of(pusher("c", "q", batch=True)).then(producer("p", *SENDS, AwaitDeliveries(5, on="c"), BATCH))
    program = program.then(client("c", AwaitDeliveries(10), Quiet(), Stop()))
    conform(program.then(puller("d", "q", Drain())))


@clauses(
    {
        "api.Consumer.listener-called": nothing_lost(),
        "api.Consumer.batch-listener-called": nothing_lost(),
        "api.Consumer.listener-own-queue": only_own_queue,
    }
)
@settings(max_examples=8)
@given(exchanges(push=True))
def test_listeners_and_pullers_at_once(conform: Conform, program: Program) -> None:
    """Where some consumers pull and others are pushed to while messages are sent, none is lost and none strays."""
    conform(program)


@clauses(
    {
        "api.BatchMessageListener.success-those": by_context_is_over,
        "api.BatchMessageListener.success-only-those": where_batches_have_several(unacknowledged_comes_again("d")),
    }
)
def test_success_acknowledges_those_messages(conform: Conform) -> None:
    """Of a batch just the messages whose receipts were given to success are acknowledged."""
    program = Program.of(producer("p", BATCH, BATCH)).then(
        pusher("c", "q", AwaitDeliveries(10), Stop(), reply=Reply.FIRST, batch=True)
    )
    conform(program.then(puller("d", "q", Drain(rest=True))))


def _left(reply: Reply, *, batch: bool = False) -> Program:
    program = Program.of(producer("p", BATCH)).then(
        pusher("c", "q", AwaitDeliveries(1), Quiet(), Stop(), reply=reply, batch=batch)
    )
    return program.then(puller("d", "q", ReceiveUntil(5)))


@clauses({"api.MessageListener.unacked-redelivered": all_of(unacknowledged_comes_again("d"), nothing_lost("d"))})
def test_what_a_listener_leaves_comes_again(conform: Conform) -> None:
    """What a listener does not acknowledge is delivered to another consumer once its own is stopped."""
    conform(_left(Reply.SKIP))


@clauses({"api.MessageListener.raised-redelivered": unacknowledged_comes_again("d")})
def test_what_a_listener_fails_on_comes_again(conform: Conform) -> None:
    """A message whose listener raised is delivered again, at the latest to another consumer."""
    conform(_left(Reply.RAISE))


@clauses({"api.BatchMessageListener.unacked-redelivered": all_of(unacknowledged_comes_again("d"), nothing_lost("d"))})
def test_what_a_batch_listener_leaves_comes_again(conform: Conform) -> None:
    """What a batch listener does not acknowledge is delivered to another consumer once its own is stopped."""
    conform(_left(Reply.SKIP, batch=True))


def unbound(name: str) -> Checker:
    """This client's consumer says that it is not bound."""
    return all_of(gives(ops(IsBindQueue, client=name), expected=False), gives(ops(GetBindQueue, client=name), None))


def unknown_before_start(kind: type[BindQueue | BindQueueBatch]) -> Checker:
    """A binding before the start, to a queue that is not there, fails with DESTINATION, or the start does.

    Where a binding before the start is refused for that alone nothing is said of the queue.
    """
    name = "early" if kind is BindQueue else "earlier"
    bind = ops(kind, client=name)
    asked = any_of(succeeds(bind), fails(bind, ErrorKind.DESTINATION))
    at_start = all_of(succeeds(bind), fails(ops(Start, client=name), ErrorKind.DESTINATION))
    return where(asked, follows({"bind": fails(bind, ErrorKind.DESTINATION), "start": at_start}))


@clauses(
    {
        "api.Consumer.listener-unknown-queue": fails(ops(BindQueue, client="c"), ErrorKind.DESTINATION),
        "api.Consumer.batch-listener-unknown-queue": fails(ops(BindQueueBatch, client="d"), ErrorKind.DESTINATION),
        "api.Consumer.listener-unknown-unbound": unbound("c"),
        "api.Consumer.batch-listener-unknown-unbound": unbound("d"),
        "api.Consumer.listener-unknown-queue-not-started": unknown_before_start(BindQueue),
        "api.Consumer.batch-listener-unknown-queue-not-started": unknown_before_start(BindQueueBatch),
    }
)
def test_an_unknown_queue_cannot_be_listened_to(conform: Conform) -> None:
    """Binding a listener to a queue that does not exist is an error, at the latest as its consumer starts, and does not bind."""
    asks = IsBindQueue(), GetBindQueue()
    conform(
        Program.of(
            pusher("c", "nowhere", *asks),
            pusher("d", "nowhere", *asks, batch=True),
            client("early", CreateConsumer("early"), BindQueue("nowhere", Reply.ACK), Start()),
            client("earlier", CreateConsumer("earlier"), BindQueueBatch("nowhere", Reply.ACK), Start()),
        )
    )


@clauses(
    {
        "api.Consumer.listener-several-queues": nothing_lost("c"),
        "api.Consumer.listener-own-queue": only_own_queue,
        "api.MessageListener.message-complete": complete("a listener is given the whole message"),
    }
)
def test_a_consumer_listens_to_several_queues(conform: Conform) -> None:
    """A consumer with listeners for two queues is pushed the messages of both, each to its own listener."""
    program = Program.of(pusher("c", "q", BindQueue("r", Reply.ACK)), producer("p"), queues=("q", "r"))
    sends = [send(queue, b"%d" % n) for n in range(4) for queue in ("q", "r")]
    conform(program.then(client("p", *sends)).then(client("c", AwaitDeliveries(8), Quiet())))


@clauses(
    {
        "api.Consumer.unbind-queue-no-push": all_of(
            *(
                nothing_to(
                    name, "nothing that is sent after unbindQueue returned", lambda s: s.message.body == b"after"
                )
                for name in "cd"
            )
        )
    }
)
def test_an_unbound_listener_is_not_called(conform: Conform) -> None:
    """What is sent after unbindQueue returned does not reach the listener, be it bound once or twice."""
    twice = pusher("d", "r", BindQueue("r", Reply.ACK))
    program = Program.of(pusher("c", "q"), twice, producer("p"), queues=("q", "r")).then(
        client("p", send("q", b"before"), send("r", b"before"), *(AwaitDeliveries(1, on=name) for name in "cd"))
    )
    quiet = client("c", UnbindQueue("q"), by("p", "q", b"after"), Quiet(2))
    conform(program.then(quiet, client("d", UnbindQueue("r"), by("p", "r", b"after"), Quiet(2))))


HELD = "nothing that is sent after suspend returned, until resume is called"


@clauses(
    {
        "api.Consumer.suspend-holds": not_before(ops(Suspend, on="c"), ops(Resume, on="c"), "c", HELD),
        "api.Consumer.resume-delivers": nothing_lost("c"),
        "api.Consumer.is-suspended-initially": gives(ops(IsSuspended, client="c", at=0), expected=False),
        "api.Consumer.is-suspended-while-suspended": gives(ops(IsSuspended, client="c", at=1), expected=True),
        "api.Consumer.is-suspended-after-resume": gives(ops(IsSuspended, client="c", at=2), expected=False),
    }
)
def test_a_suspended_consumer_is_given_nothing(conform: Conform) -> None:
    """Between suspend and resume nothing is pushed, and the consumer says so; afterwards everything is."""
    program = Program.of(pusher("c", "q"), producer("p")).then(client("p", send("q"), AwaitDeliveries(1, on="c")))
    steps: list[Step] = [
        IsSuspended(),
        Suspend(),
        IsSuspended(),
        by("p", "q"),
        by("p", "q"),
        Quiet(2),
        Resume(),
        IsSuspended(),
    ]
    conform(program.then(client("c", *steps, AwaitDeliveries(3))))


@clauses(
    {
        "api.Consumer.suspend-zero": all_of(
            not_before(ops(Suspend, on="c"), ops(Resume, on="c"), "c", HELD), nothing_lost("c")
        ),
        "api.Consumer.suspend-zero-resumed": nothing_lost("c"),
        "api.Consumer.is-suspended-zero": gives(ops(IsSuspended), expected=True),
    }
)
def test_a_suspension_of_zero_lasts(conform: Conform) -> None:
    """A suspension with a timeout of zero lasts until resume."""
    program = Program.of(pusher("c", "q"), producer("p"))
    steps = Suspend(0.0), IsSuspended(), by("p", "q"), Quiet(2), IsSuspended(), Resume(), AwaitDeliveries(1)
    conform(program.then(client("c", *steps)))


@clauses(
    {
        "api.Consumer.suspend-nothing-lost": nothing_lost("c"),
        "api.Consumer.suspend-holds": not_before(ops(Suspend, on="c"), ops(Resume, on="c"), "c", HELD),
        "api.MessageListener.ack-not-redelivered": by_context_is_over,
    }
)
@settings(max_examples=8)
@given(suspensions())
def test_suspensions_lose_nothing(conform: Conform, program: Program) -> None:
    """However often a consumer is suspended and resumed while messages are sent, all of them are pushed."""
    conform(program)


@clauses(
    {
        "api.Consumer.suspend-timeout-holds": held_for_its_timeout,
        "api.Consumer.suspend-timeout-ends": all_of(nothing_lost("c"), ends_by_itself),
        "api.Consumer.suspend-timeout-maximum": pushed_in_time,
    }
)
def test_a_suspension_with_a_timeout_ends(conform: Conform) -> None:
    """A suspension with a timeout holds that long, and then ends by itself, and so does the next."""
    seconds = round(3 * conform.calibration.quiet, 3)
    program = Program.of(pusher("c", "q"), producer("p"))
    steps = Suspend(seconds), by("p", "q"), by("p", "q"), AwaitDeliveries(2)
    again = Suspend(seconds), by("p", "q"), AwaitDeliveries(3)
    conform(program.then(client("c", *steps, *again, Quiet(1), IsSuspended())))


@clauses(
    {
        "api.Consumer.suspend-timeout-resumed": pushed_before_timeout,
        "api.Consumer.is-suspended-timeout": suspended_until_timeout,
        "api.Consumer.is-suspended-resumed-early": gives(ops(IsSuspended, at=-1), expected=False),
    }
)
def test_resume_ends_a_timed_suspension(conform: Conform) -> None:
    """Resume ends a suspension before its timeout is over."""
    seconds = 4 * conform.calibration.patience
    program = Program.of(pusher("c", "q"), producer("p"))
    steps = Suspend(seconds), IsSuspended(), by("p", "q"), Quiet(), IsSuspended(), Resume(), IsSuspended()
    conform(program.then(client("c", *steps, AwaitDeliveries(1))))


@clauses(
    {
        "api.Consumer.suspend-not-started": fails(ops(Suspend, client="new", at=0)),
        "api.Consumer.suspend-timeout-not-started": fails(ops(Suspend, client="new", at=1)),
        "api.Consumer.suspend-stopped": fails(ops(Suspend, client="stopped", at=0)),
        "api.Consumer.suspend-timeout-stopped": fails(ops(Suspend, client="stopped", at=1)),
        "api.Consumer.is-suspended-not-started": gives(ops(IsSuspended, client="new"), expected=False),
        "api.Consumer.resume-not-started": fails(ops(Resume, client="new")),
        "api.Consumer.resume-not-suspended": fails(ops(Resume, client="running")),
        "api.Consumer.resume-stopped": fails(ops(Resume, client="over")),
        "api.Consumer.is-suspended-stopped": gives(ops(IsSuspended, client="over"), expected=False),
    }
)
def test_suspend_and_resume_need_the_right_state(conform: Conform) -> None:
    """Suspend fails on a consumer that does not run, resume on one that is not suspended."""
    conform(
        Program.of(
            client("new", CreateConsumer(), IsSuspended(), Resume(), Suspend(), Suspend(1.0)),
            pusher("stopped", "q", Stop(), Suspend(), Suspend(1.0)),
            pusher("running", "q", Resume()),
            pusher("over", "q", Stop(), IsSuspended(), Resume()),
        )
    )


@clauses(
    {
        "api.ServiceLifecycle.stop-no-push": not_before(
            ops(Stop, client="c"), ops(Start, client="again", on="c"), "c", "nothing that is sent after stop returned"
        ),
        "api.ServiceLifecycle.stop-no-push-batch": not_before(
            ops(Stop, client="b"), ops(Start, client="again", on="b"), "b", "nothing that is sent after stop returned"
        ),
    }
)
def test_a_stopped_listener_is_not_called(conform: Conform) -> None:
    """What is sent after stop returned does not reach the listener, nor one of batches."""
    program = Program.of(pusher("c", "quit"), pusher("b", "quits", batch=True), producer("p"), queues=("quit", "quits"))
    program = program.then(
        client("p", send("quit"), send("quits"), AwaitDeliveries(1, on="c"), AwaitDeliveries(1, on="b")),
    )
    program = program.then(
        client("c", Stop(), by("p", "quit"), Quiet(2)), client("b", Stop(), by("p", "quits"), Quiet(2))
    )
    conform(program.then(client("again", Start(on="c"), Start(on="b"))))
