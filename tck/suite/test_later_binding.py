"""Binding as commit 5d796063 of the API has it: again, to nothing, twice, too early, and what is unbound without being bound."""

from tck.checkers.answers import Checker, all_of, fails, follows, ops, succeeds
from tck.checkers.delivery import nothing_to, once
from tck.checkers.later import names
from tck.checkers.matching import to
from tck.checkers.readings import (
    came,
    never_given,
    unless_timed_out,
    where,
)
from tck.conformance import Conform, clauses
from tck.operations import (
    BatchReceive,
    BindQueues,
    BindQueuesBatch,
    CreatePullConsumer,
    CreatePushConsumer,
    ErrorKind,
    GetBindQueues,
    Receive,
    ReceiveForever,
    Reply,
    Start,
    Stop,
    UnbindQueues,
)
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    Step,
    client,
    producer,
    pull_consumer,
    send,
)

WAYS = ("pull", "one", "many")
"""Consumers that pull, that have a listener, and that have a batch listener."""
PREFIXES = {
    "pull": "api.PullConsumer.bind-queues",
    "one": "api.PushConsumer.listener",
    "many": "api.PushConsumer.batch-listener",
}
BINDS = (BindQueues, BindQueuesBatch)


def create(name: str, way: str) -> Step:
    """Return the step that creates a consumer of this way."""
    return CreatePullConsumer(name=name) if way == "pull" else CreatePushConsumer(name=name)


def bind(way: str, *queues: str) -> Step:
    """Return the step that binds a consumer of this way to queues."""
    if way == "many":
        return BindQueuesBatch(queues, Reply.ACK)
    return BindQueues(queues, Reply.ACK if way == "one" else None)


def created(name: str, way: str, *steps: Step) -> Client:
    """Return a client whose consumer is of this way and started, and that then does the steps, and asks what is bound."""
    return client(name, create(name, way), Start(), *steps, GetBindQueues())


def listens(name: str, way: str, count: int) -> Client:
    """Return a client whose consumer is given so many messages, and whatever else comes."""
    if way == "pull":
        return client(name, ReceiveUntil(count), Drain(times=4))
    return client(name, AwaitDeliveries(count), Quiet(4))


def told(name: str, *queues: str) -> Checker:
    """The consumer says that it is bound to just these queues, and is given just what was sent to them."""
    bound = names(ops(GetBindQueues, client=name), *queues)
    return all_of(bound, came(name, *map(str.encode, queues)) if queues else never_given(name))


LEFT = "nothing from a queue that it says it is not bound to"


def again(way: str) -> Checker:
    """A second binding joins the first, takes its place, or fails."""
    second, (old, new) = ops(*BINDS, client=way, at=1), (f"{way}-old", f"{way}-new")
    return unless_timed_out(
        second,
        follows(
            {
                "adds": all_of(succeeds(second), told(way, old, new)),
                "replaces": all_of(succeeds(second), told(way, new), nothing_to(way, LEFT, to(old))),
                "error": all_of(fails(second), told(way, old), nothing_to(way, LEFT, to(new))),
            }
        ),
    )


@clauses({f"{PREFIXES[way]}-again": again(way) for way in WAYS})
def test_a_consumer_is_bound_once_more(conform: Conform) -> None:
    """Binding to other queues in a second call adds them, or has them take the place of the first, or is refused."""
    queues = [f"{way}-{which}" for way in WAYS for which in ("old", "new")]
    binds = {way: (bind(way, f"{way}-old"), bind(way, f"{way}-new")) for way in WAYS}
    program = Program.of(producer("p"), *(created(way, way, *steps) for way, steps in binds.items()), queues=queues)
    program = program.then(client("p", *(send(queue, queue.encode()) for queue in queues)))
    conform(program.then(*(listens(way, way, 2) for way in WAYS)))


def empty(way: str) -> Checker:
    """Binding to an empty collection changes nothing, unbinds, or fails."""
    name, queue = f"{way} empty", f"{way}-bound"
    second = ops(*BINDS, client=name, at=1)
    return unless_timed_out(
        second,
        follows(
            {
                "nothing": all_of(succeeds(second), told(name, queue)),
                "replaces": all_of(succeeds(second), told(name)),
                "error": all_of(fails(second), told(name, queue)),
            }
        ),
    )


def twice(way: str) -> Checker:
    """A queue that is named twice is bound once, or not at all."""
    name, queue = f"{way} twice", f"{way}-twice"
    binding = ops(*BINDS, client=name)
    return unless_timed_out(
        binding,
        follows(
            {
                "once": all_of(succeeds(binding), told(name, queue), once(name, if_acknowledged=True)),
                "error": all_of(fails(binding), told(name)),
            }
        ),
    )


@clauses(
    {
        **{f"{PREFIXES[way]}-empty": empty(way) for way in WAYS},
        **{f"{PREFIXES[way]}-twice-named": twice(way) for way in WAYS},
    }
)
def test_odd_collections_are_bound(conform: Conform) -> None:
    """Binding to no queue leaves what is bound, or unbinds it, or is refused; a queue that is named twice is bound once, or not."""
    queues = [f"{way}-{which}" for way in WAYS for which in ("bound", "twice")]
    nobody = (created(f"{way} empty", way, bind(way, f"{way}-bound"), bind(way)) for way in WAYS)
    double = (created(f"{way} twice", way, bind(way, *[f"{way}-twice"] * 2)) for way in WAYS)
    program = Program.of(producer("p"), *nobody, *double, queues=queues)
    program = program.then(client("p", *(send(queue, queue.encode()) for queue in queues)))
    conform(program.then(*(listens(f"{way} {which}", way, 1) for way in WAYS for which in ("empty", "twice"))))


def unbound(way: str) -> Checker:
    """Unbinding also from what is not bound unbinds what is, or fails, with that or without."""
    gone, left = f"{way}-gone", f"{way}-left"
    unbind = ops(UnbindQueues, client=way)
    return unless_timed_out(
        unbind,
        follows(
            {
                "rest": all_of(succeeds(unbind), told(way, left), nothing_to(way, LEFT, to(gone))),
                "error": all_of(fails(unbind), told(way, gone, left)),
                "error, and rest": all_of(fails(unbind), told(way, left), nothing_to(way, LEFT, to(gone))),
            }
        ),
    )


@clauses(
    {
        "api.PullConsumer.unbind-queues-not-bound": unbound("pull"),
        "api.PushConsumer.unbind-queues-not-bound": unbound("one"),
    }
)
def test_a_queue_that_is_not_bound_is_unbound(conform: Conform) -> None:
    """Unbinding from queues of which one is not bound unbinds the others, or is refused; what is left is received."""
    ways = WAYS[:2]
    queues = [f"{way}-{which}" for way in ways for which in ("gone", "left")]
    steps = {way: (bind(way, f"{way}-gone", f"{way}-left"), UnbindQueues((f"{way}-gone", "never"))) for way in ways}
    program = Program.of(
        producer("p"), *(created(way, way, *each) for way, each in steps.items()), queues=(*queues, "never")
    )
    program = program.then(client("p", *(send(queue, queue.encode()) for queue in queues)))
    conform(program.then(*(listens(way, way, 1) for way in ways)))


@clauses(
    {
        f"{PREFIXES[way]}-unknown{middle}-not-started": follows(
            {
                "bind": fails(ops(*BINDS, client=way), ErrorKind.DESTINATION),
                "start": fails(ops(Start, client=way), ErrorKind.DESTINATION),
                "receive": fails(ops(Receive, client=way), ErrorKind.DESTINATION),
            }
            if way == "pull"
            else {
                "bind": fails(ops(*BINDS, client=way), ErrorKind.DESTINATION),
                "start": fails(ops(Start, client=way), ErrorKind.DESTINATION),
            }
        )
        for way, middle in (("pull", ""), ("one", "-queue"), ("many", "-queue"))
    }
)
def test_an_unknown_queue_cannot_be_bound_before_the_start(conform: Conform) -> None:
    """Binding a consumer that is not started to queues of which one does not exist is an error, at the latest at its start."""
    first = {way: (create(way, way), bind(way, "q", "nowhere"), Start()) for way in WAYS}
    receive = {"pull": (Receive(conform.calibration.quiet),)}
    conform(Program.of(*(client(way, *steps, *receive.get(way, ())) for way, steps in first.items())))


GONE, NEVER, BOUND = b"to a queue that was unbound", b"to a queue that was never bound", b"to a queue that is bound"


def nothing_of(name: str, why: str) -> Checker:
    """A consumer is given nothing of the queue that it was unbound from."""
    return where(succeeds(ops(UnbindQueues, client=name)), nothing_to(name, why, which=to(f"{name}-gone")))


def only_bound(name: str) -> Checker:
    """A consumer of several queues is given nothing of another."""
    return nothing_to(name, "nothing from a queue that it was never bound to", which=to(f"{name}-never"))


UNBOUND = "nothing that is sent to a queue after unbindQueue returned"


@clauses(
    {
        "api.PullConsumer.unbind-queues-receive-forever": nothing_of("forever", UNBOUND),
        "api.PullConsumer.unbind-queues-batch-receive": nothing_of("batch", UNBOUND),
        "api.PullConsumer.receive-forever-only-bound": only_bound("forever"),
        "api.PullConsumer.batch-receive-only-bound": only_bound("batch"),
        "api.PullConsumer.receive-only-bound": only_bound("single"),
    }
)
def test_every_receive_keeps_to_what_is_bound(conform: Conform) -> None:
    """However a consumer of several queues receives, it is given nothing of a queue that it was unbound from, or never bound to."""
    ways: dict[str, tuple[Step, ...]] = {
        "forever": (ReceiveForever(), AckReceived()) * 3,
        "batch": (ReceiveUntil(3, batch=True), BatchReceive(conform.calibration.quiet)),
        "single": (ReceiveUntil(3), Receive(conform.calibration.quiet)),
    }
    queues = [f"{way}-{which}" for way in ways for which in ("gone", "never", "r", "s")]
    binds = (
        pull_consumer(way, [f"{way}-{which}" for which in ("gone", "r", "s")], UnbindQueues((f"{way}-gone",)))
        for way in ways
    )
    program = Program.of(producer("p"), *binds, queues=queues)
    sends = [
        send(f"{way}-{which}", body)
        for way in ways
        for which, body in (("gone", GONE), ("never", NEVER), ("r", BOUND), ("s", BOUND), ("s", BOUND))
    ]
    program = program.then(client("p", *sends))
    program = program.then(*(client(way, *steps) for way, steps in ways.items()))
    conform(program.then(client("forever", ReceiveForever()), client("stopper", Quiet(3), Stop(on="forever"))))
