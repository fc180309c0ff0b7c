"""Suspension of consumers that are pushed to, as commit 5d796063 of the API has them: of all their queues, one by one or in batches."""

from tck.checkers.answers import Checker, all_of, fails, gives, ops
from tck.checkers.delivery import not_before, nothing_lost
from tck.checkers.pushing import ends_by_itself, held_for_its_timeout, of_consumer
from tck.conformance import Conform, clauses
from tck.operations import (
    CreateProducer,
    CreatePushConsumer,
    IsSuspended,
    Resume,
    Send,
    Start,
    Stop,
    Suspend,
)
from tck.programs import AwaitDeliveries, Client, Program, Quiet, Step, client, message, push_consumer

BATCHES = ("many held", "many timed")
"""The consumers that have a batch listener."""


def own(name: str) -> tuple[str, str]:
    """Return the queues of a consumer."""
    return f"{name}-q".replace(" ", "-"), f"{name}-r".replace(" ", "-")


def sends(name: str) -> tuple[Step, ...]:
    """Return the steps that send a message to each queue of a consumer."""
    return tuple(Send(message(queue, name.encode()), on=f"p {name}") for queue in own(name))


def all_come(name: str) -> Checker:
    """A consumer is given what was sent to its queues."""
    return nothing_lost(name, which=lambda one: one.message.body == name.encode())


def held(name: str) -> Checker:
    """Nothing of any queue of a consumer is pushed until resume is called."""
    return not_before(
        ops(Suspend, on=name), ops(Resume, on=name), name, "nothing of any queue is pushed until resume is called"
    )


def ends(name: str) -> Checker:
    """Once a suspension is over a consumer is given what came meanwhile, and says that it is not suspended."""
    return of_consumer(name, all_of(all_come(name), ends_by_itself))


def says(name: str) -> Checker:
    """A consumer says before, during and after a suspension what it is."""
    return all_of(
        *(
            gives(ops(IsSuspended, client=name, at=at), expected=suspended)
            for at, suspended in enumerate((False, True, False))
        )
    )


@clauses(
    {
        "api.PushConsumer.suspend-all-queues-batch": held("many held"),
        "api.PushConsumer.suspend-timeout-holds": of_consumer("timed", held_for_its_timeout),
        "api.PushConsumer.suspend-timeout-holds-batch": of_consumer("many timed", held_for_its_timeout),
        "api.PushConsumer.suspend-timeout-ends": ends("timed"),
        "api.PushConsumer.suspend-timeout-ends-batch": ends("many timed"),
        "api.PushConsumer.suspend-zero": held("zero"),
        "api.PushConsumer.resume-all-queues": all_of(all_come("zero"), all_come("many held")),
        "api.PushConsumer.is-suspended": all_of(says("zero"), says("many held")),
    }
)
def test_all_queues_are_suspended(conform: Conform) -> None:
    """A suspension, for a time or until resume, holds every queue of a listener or batch listener, and they come afterwards."""
    seconds = round(3 * conform.calibration.quiet, 3)
    resumed = IsSuspended(), Quiet(2), Resume(), IsSuspended(), AwaitDeliveries(2)
    over = AwaitDeliveries(2), Quiet(1), IsSuspended()
    during: dict[str, tuple[Step, ...]] = {
        "zero": (IsSuspended(), Suspend(0.0), *sends("zero"), *resumed),
        "many held": (IsSuspended(), Suspend(), *sends("many held"), *resumed),
        "timed": (Suspend(seconds), *sends("timed"), *over),
        "many timed": (Suspend(seconds), *sends("many timed"), *over),
    }

    def listens(name: str) -> Client:
        producer = CreateProducer(f"p {name}"), Start(on=f"p {name}")
        return push_consumer(name, own(name), *producer, batch=name in BATCHES)

    program = Program.of(*map(listens, during), queues=[queue for name in during for queue in own(name)])
    conform(program.then(*(client(name, *steps) for name, steps in during.items())))


@clauses(
    {
        "api.PushConsumer.suspend-not-running": all_of(
            *(fails(ops(Suspend, client=name, at=at)) for name in ("new", "stopped") for at in (0, 1))
        ),
        "api.PushConsumer.resume-not-suspended": all_of(
            fails(ops(Resume, client="started")),
            fails(ops(Resume, client="resumed", at=1)),
            fails(ops(Resume, client="new")),
        ),
    }
)
def test_what_is_not_running_or_suspended_says_so(conform: Conform) -> None:
    """Suspend of a consumer that does not run fails, for a time or without; so does resume of one that is not suspended."""
    conform(
        Program.of(
            client("new", CreatePushConsumer(name="new"), Suspend(), Suspend(1.0), Resume()),
            push_consumer("stopped", ("q",), Stop(), Suspend(), Suspend(1.0)),
            push_consumer("started", ("q",), Resume()),
            push_consumer("resumed", ("q",), Suspend(), Resume(), Resume()),
        )
    )
