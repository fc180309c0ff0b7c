"""Consumer, suspended: what is held, of whom, and what ends it."""

from tck.checkers.answers import Checker, all_of, fails, follows, gives, ops, succeeds
from tck.checkers.delivery import not_before, nothing_lost
from tck.checkers.pushing import (
    ends_by_itself,
    held_for_its_last_timeout,
    held_for_its_timeout,
    of_consumer,
    pushed_before_timeout,
    says_whether_it_pushes,
    suspension_of_a_puller,
)
from tck.checkers.readings import came, where
from tck.conformance import Conform, clauses
from tck.messages import Message
from tck.operations import (
    BindQueue,
    BindQueueBatch,
    CreateProducer,
    IsSuspended,
    Receive,
    Reply,
    Resume,
    Send,
    Start,
    Stop,
    Suspend,
    UnbindQueue,
)
from tck.programs import (
    MONTH,
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    Step,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
)

LATER = b"later"
HELD = not_before(
    ops(Suspend, on="c"),
    ops(Resume, on="c"),
    "c",
    "nothing that is sent after suspend returned, until resume is called",
)


def by(name: str, queue: str, body: bytes = b"oms-tck") -> Send:
    """Return the step that sends by a producer of this name."""
    return Send(message(queue, body), on=name)


def is_later(one: Message) -> bool:
    """Tell a message that is sent after the suspension."""
    return one.body == LATER


@clauses(
    {
        "api.Consumer.suspend-holds-batch": HELD,
        "api.Consumer.resume-delivers-batch": nothing_lost("c", which=lambda one: not is_later(one.message)),
    }
)
def test_a_suspended_batch_listener_is_given_nothing(conform: Conform) -> None:
    """Between suspend and resume no batch is pushed; afterwards what was sent meanwhile is."""
    program = Program.of(pusher("c", "q", batch=True), producer("p")).then(
        client("p", send("q"), AwaitDeliveries(1, on="c"))
    )
    steps = Suspend(), by("p", "q"), by("p", "q"), Quiet(2), Resume(), AwaitDeliveries(3)
    conform(program.then(client("c", *steps)))


@clauses(
    {
        "api.Consumer.suspend-holds-all-queues": HELD,
        "api.Consumer.resume-delivers-later": nothing_lost("c", which=lambda one: is_later(one.message)),
    }
)
def test_a_suspension_holds_all_queues(conform: Conform) -> None:
    """A suspension holds what comes to each of two queues; what is sent after it is pushed as before."""
    program = Program.of(pusher("c", "q", BindQueue("r", Reply.ACK)), producer("p"), queues=("q", "r"))
    steps = Suspend(), by("p", "q"), by("p", "r"), Quiet(2), Resume(), AwaitDeliveries(2)
    later = by("p", "q", LATER), by("p", "r", LATER), AwaitDeliveries(4)
    conform(program.then(client("c", *steps, *later)))


@clauses({"api.Consumer.suspend-holds-bound-later": HELD})
def test_a_listener_that_is_bound_during_a_suspension_waits(conform: Conform) -> None:
    """A listener that is bound, or bound anew, while its consumer is suspended is given nothing until resume."""
    program = Program.of(pusher("c", "q"), producer("p"), queues=("q", "r"))
    binds = BindQueue("r", Reply.ACK), UnbindQueue("q"), BindQueue("q", Reply.ACK)
    steps = Suspend(), *binds, by("p", "r"), by("p", "q"), Quiet(2), Resume(), AwaitDeliveries(1)
    conform(program.then(client("c", *steps)))


@clauses({"api.Consumer.suspend-holds": HELD, "api.Consumer.resume-delivers": nothing_lost("c")})
def test_each_suspension_is_like_the_first(conform: Conform) -> None:
    """The second suspension, and the third, hold until resume, though the first one had a timeout that is over meanwhile."""
    first = Suspend(round(2 * conform.calibration.quiet, 3)), Resume()
    second = Suspend(), by("p", "q"), Quiet(3), Resume(), AwaitDeliveries(1)
    third = Suspend(), by("p", "q"), Quiet(), Resume(), AwaitDeliveries(2)
    program = Program.of(pusher("c", "q"), producer("p"))
    conform(program.then(client("c", *first, *second, *third)))


@clauses({"api.Consumer.suspend-holds": HELD})
def test_nothing_but_resume_ends_a_suspension(conform: Conform) -> None:
    """Neither a start of what is started ends a suspension nor to unbind another queue, be the one or the other an error."""
    program = Program.of(pusher("c", "q", BindQueue("r", Reply.ACK)), producer("p"), queues=("q", "r"))
    steps = Suspend(), UnbindQueue("r"), Start(), by("p", "q"), Quiet(2), Resume(), AwaitDeliveries(1)
    conform(program.then(client("c", *steps)))


@clauses({"api.Consumer.suspend-only-itself": nothing_lost("other")})
def test_a_suspension_is_of_one_consumer(conform: Conform) -> None:
    """While a consumer is suspended another one is pushed to."""
    program = Program.of(pusher("c", "r"), pusher("other", "q"), producer("p"), queues=("q", "r"))
    conform(program.then(client("c", Suspend(), by("p", "q"), AwaitDeliveries(1, on="other"))))


@clauses({"api.Consumer.suspend-pull": suspension_of_a_puller})
def test_a_consumer_that_pulls_is_suspended(conform: Conform) -> None:
    """Suspending a consumer that pulls fails, or leaves its receive as it is, or holds it until resume."""
    program = Program.of(puller("c", "q", Suspend()), producer("p"))
    program = program.then(client("c", Receive()), client("p", send("q"), Quiet(2), Resume(on="c")))
    conform(program.then(client("c", Drain(expect=1))))


@clauses(
    {
        "api.Consumer.suspend-twice": all_of(
            HELD, nothing_lost("c"), succeeds(ops(Resume)), gives(ops(IsSuspended, at=0), expected=True)
        )
    }
)
def test_a_suspension_of_a_suspended_consumer(conform: Conform) -> None:
    """A second suspend, with a timeout or without, fails or not: the consumer is suspended, and one resume ends it."""
    program = Program.of(pusher("c", "q"), producer("p"))
    steps = Suspend(), Suspend(), IsSuspended(), by("p", "q"), Quiet(2), Resume(), AwaitDeliveries(1)
    timed = Suspend(), Suspend(4 * conform.calibration.patience), by("p", "q"), Quiet(), Resume(), AwaitDeliveries(2)
    conform(program.then(client("c", *steps, *timed)))


@clauses(
    {
        "api.Consumer.resume-twice": fails(ops(Resume, at=1)),
        "api.Consumer.resume-not-suspended-harmless": nothing_lost("c"),
    }
)
def test_a_resume_of_a_resumed_consumer_fails(conform: Conform) -> None:
    """Resume fails on a consumer that was resumed already, which goes on being pushed to."""
    program = Program.of(pusher("c", "q"), producer("p"))
    conform(program.then(client("c", Suspend(), Resume(), Resume(), by("p", "q"), AwaitDeliveries(1))))


@clauses({"api.Consumer.resume-after-end": nothing_lost("c")})
def test_resume_after_a_suspension_is_over(conform: Conform) -> None:
    """Resume of a suspension that ended by itself fails or not: the listener is called."""
    program = Program.of(pusher("c", "q"), producer("p"))
    steps = Suspend(round(conform.calibration.quiet, 3)), by("p", "q"), AwaitDeliveries(1), Resume()
    conform(program.then(client("c", *steps, by("p", "q", LATER), AwaitDeliveries(2))))


@clauses({"api.Consumer.suspend-over-restart": says_whether_it_pushes})
def test_a_suspended_consumer_is_restarted(conform: Conform) -> None:
    """After a restart isSuspended says whether the consumer is still suspended."""
    program = Program.of(pusher("c", "q", Suspend(), Stop(), Start(), BindQueue("q", Reply.ACK)), producer("p"))
    conform(program.then(client("c", IsSuspended(), by("p", "q"), AwaitDeliveries(1), Quiet())))


def ends(name: str) -> Checker:
    """What is sent to the queue of this consumer's name is pushed, and the consumer says that it is not suspended any more."""
    return of_consumer(
        name, all_of(nothing_lost(name, which=lambda one: one.message.body == name.encode()), ends_by_itself)
    )


def negative() -> Checker:
    """What a suspension for a negative time is: an error, one that lasts until resume, or one that is over."""
    call, told = ops(Suspend, on="negative"), (ops(IsSuspended, on="negative", at=at) for at in (0, 1))
    first, second = told
    goes_on = all_of(gives(first, expected=False), gives(second, expected=False), came("negative", b"negative"))
    lasts = all_of(
        gives(first, expected=True),
        gives(second, expected=True),
        not_before(call, ops(Resume, on="negative"), "negative", "nothing until resume is called"),
        came("negative", b"negative"),
    )
    return follows(
        {
            "error": all_of(fails(call), goes_on),
            "zero": all_of(succeeds(call), lasts),
            "over": all_of(succeeds(call), goes_on),
        }
    )


@clauses(
    {
        "api.Consumer.suspend-timeout-holds": all_of(
            not_before(ops(Suspend, on="month"), ops(Resume, on="month"), "month", "nothing until resume is called"),
            where(succeeds(ops(Suspend, on="longer")), of_consumer("longer", held_for_its_last_timeout)),
        ),
        "api.Consumer.suspend-timeout-holds-batch": all_of(
            of_consumer("batch", held_for_its_timeout),
            not_before(
                ops(Suspend, on="resumed"), ops(Resume, on="resumed"), "resumed", "nothing until resume is called"
            ),
        ),
        "api.Consumer.suspend-timeout-ends-batch": ends("batch"),
        "api.Consumer.suspend-timeout-holds-bound-later": of_consumer("later", held_for_its_timeout),
        "api.Consumer.suspend-timeout-ends-bound-later": ends("later"),
        "api.Consumer.suspend-timeout-holds-batch-bound-later": of_consumer("later batch", held_for_its_timeout),
        "api.Consumer.suspend-timeout-ends-batch-bound-later": ends("later batch"),
        "api.Consumer.suspend-timeout-resumed-batch": of_consumer("resumed", pushed_before_timeout),
        "api.Consumer.suspend-zero-batch": all_of(
            not_before(ops(Suspend, on="zero"), ops(Resume, on="zero"), "zero", "nothing until resume is called"),
            nothing_lost("zero", which=lambda one: one.message.body == b"zero"),
        ),
        "api.Consumer.suspend-negative": negative(),
    }
)
def test_timed_suspensions_of_all_kinds(conform: Conform) -> None:
    """A timed suspension holds batches, and what is bound while it lasts, and ends, a second as it says; zero lasts, and less than zero is odd."""
    quiet = conform.calibration.quiet
    seconds = round(3 * quiet, 3)
    over = AwaitDeliveries(1), Quiet(4), IsSuspended()
    resumed = Quiet(2), IsSuspended(), Resume(), AwaitDeliveries(1)
    second = by("p longer", "longer", b"in the first"), Suspend(seconds), by("p longer", "longer", b"longer")
    during: dict[str, tuple[Step, ...]] = {
        "longer": (Suspend(round(quiet, 3)), *second, AwaitDeliveries(2)),
        "batch": (Suspend(seconds), by("p batch", "batch", b"batch"), *over),
        "later": (Suspend(seconds), BindQueue("late", Reply.ACK), by("p later", "late", b"later"), *over),
        "later batch": (
            Suspend(seconds),
            BindQueueBatch("lates", Reply.ACK),
            by("p later batch", "lates", b"later batch"),
            *over,
        ),
        "resumed": (Suspend(MONTH), by("p resumed", "resumed", b"resumed"), *resumed),
        "month": (Suspend(MONTH), by("p month", "month", b"month"), *resumed),
        "zero": (Suspend(0.0), by("p zero", "zero", b"zero"), *resumed),
        "negative": (Suspend(-quiet), IsSuspended(), by("p negative", "negative", b"negative"), *resumed),
    }

    def listens(name: str) -> Client:
        queue = name.replace(" ", "-")
        own = CreateProducer(f"p {name}"), Start(on=f"p {name}")
        return pusher(name, queue, *own, batch=name not in {"later", "longer", "negative", "month"})

    queues = (*(name.replace(" ", "-") for name in during), "late", "lates")
    program = Program.of(*map(listens, during), queues=queues)
    conform(program.then(*(client(name, *steps) for name, steps in during.items())))
