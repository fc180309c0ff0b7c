"""Consumers that are pushed to, as commit 5d796063 of the API has them: one listener for several queues at once."""

from tck.adapter import Status
from tck.checkers.answers import Checker, Select, all_of, fails, follows, ops, succeeds
from tck.checkers.delivery import not_before, nothing_lost, nothing_to
from tck.checkers.later import names
from tck.checkers.matching import bodies
from tck.checkers.readings import where
from tck.checkers.status import where_refused
from tck.conformance import Conform, clauses
from tck.operations import (
    BindQueues,
    BindQueuesBatch,
    CreatePushConsumer,
    ErrorKind,
    GetBindQueues,
    Reply,
    Resume,
    Start,
    Stop,
    Suspend,
    UnbindQueues,
)
from tck.programs import AwaitDeliveries, Program, Quiet, Step, client, producer, push_consumer, send

QUEUES = ("q", "r", "s")
HELD = ("h", "i", "k", "l")


def asked(at: int) -> Select:
    """Select a question of consumer c for its queues by its position."""
    return ops(GetBindQueues, client="c", at=at)


def sends(number: bytes) -> tuple[Step, ...]:
    """Return steps that send to each queue a message whose body names it."""
    return tuple(send(queue, number + queue.encode()) for queue in QUEUES)


@clauses(
    {
        "api.MessagingAccessPoint.create-push-consumer-unbound": names(asked(0)),
        "api.PushConsumer.listener-several-queues": nothing_lost("c", which=bodies(b"1q", b"1r", b"1s")),
        "api.Consumer.get-bind-queues-push": all_of(names(asked(1), *QUEUES), names(asked(2), "s")),
        "api.PushConsumer.unbind-queues": nothing_to(
            "c", "nothing that is sent to queues after unbindQueue of them returned", which=bodies(b"2q", b"2r")
        ),
        "api.PushConsumer.unbind-queues-others-stay": nothing_lost("c", which=bodies(b"2s")),
    }
)
def test_a_listener_of_several_queues(conform: Conform) -> None:
    """A listener is given the messages of all queues that it was bound to at once, and of none that it was unbound from."""
    create = (CreatePushConsumer(name="c"), GetBindQueues(), Start(), BindQueues(QUEUES, Reply.ACK), GetBindQueues())
    program = Program.of(client("c", *create), producer("p"), queues=QUEUES)
    unbind = (AwaitDeliveries(3), UnbindQueues(("q", "r")), GetBindQueues())
    program = program.then(client("p", *sends(b"1")), client("c", *unbind))
    conform(program.then(client("p", *sends(b"2")), client("c", AwaitDeliveries(4), Quiet())))


def held_back(name: str) -> Checker:
    """Nothing is pushed to a consumer between its suspension and its resumption."""
    during = ops(Suspend, on=name), ops(Resume, on=name)
    return not_before(*during, name, "nothing of any queue is pushed during a suspension")


@clauses(
    {
        "api.PushConsumer.batch-listener-several-queues": nothing_lost("batches", which=bodies(b"1q", b"1r", b"1s")),
        "api.MessagingAccessPoint.create-push-consumer-new": nothing_lost("other", which=bodies(b"other")),
        "api.MessagingAccessPoint.create-push-consumer-attributes": all_of(
            succeeds(ops(CreatePushConsumer, Start, BindQueues, client="preset")),
            nothing_lost("preset", which=bodies(b"preset")),
        ),
        "api.PushConsumer.suspend-all-queues": where(
            succeeds(ops(Suspend)),
            all_of(held_back("held"), held_back("held many")),
        ),
    }
)
def test_consumers_that_are_pushed_to(conform: Conform) -> None:
    """Each consumer works as its own, with attributes or without; one is pushed batches, and one is held from all its queues."""
    program = Program.of(
        push_consumer("batches", QUEUES, batch=True),
        push_consumer("c", ("other",)),
        push_consumer("other", ("other",)),
        push_consumer("held", ("h", "i"), Suspend()),
        push_consumer("held many", ("k", "l"), Suspend(), batch=True),
        client("preset", CreatePushConsumer({"oms-tck": "1"}), Start(), BindQueues(("p",), Reply.ACK)),
        producer("p"),
        queues=(*QUEUES, *HELD, "other", "p"),
    )
    first = client("p", *sends(b"1"), send("p", b"preset"), *map(send, HELD), Quiet())
    program = program.then(first, client("c", Stop()))
    resumed = (client(name, Resume(), AwaitDeliveries(2)) for name in ("held", "held many"))
    program = program.then(client("p", send("other", b"other")), *resumed)
    waits = (client(name, AwaitDeliveries(count)) for name, count in (("batches", 3), ("other", 1), ("preset", 1)))
    conform(program.then(*waits))


PARTLY = {"c": ("q", "nowhere", "s"), "b": ("r", "nowhere", "t")}


def partly(name: str, kind: type[BindQueues | BindQueuesBatch]) -> Checker:
    """A consumer whose listener was bound to queues of which one does not exist knows what it is bound to, and is given no more."""
    told = ops(GetBindQueues, client=name)

    first, _, last = PARTLY[name]

    def none_of(*of: str) -> Checker:
        which = bodies(*map(str.encode, of))
        return nothing_to(name, "nothing from a queue that it is not bound to, as it says", which=which)

    readings = {
        "none": all_of(names(told), none_of(first, last)),
        "others": names(told, first, last),
        "before": all_of(names(told, first), none_of(last)),
    }
    return where(fails(ops(kind, client=name, at=0)), follows(readings))


@clauses(
    {
        "api.PushConsumer.listener-unknown-queue": fails(ops(BindQueues, at=0), ErrorKind.DESTINATION),
        "api.PushConsumer.batch-listener-unknown-queue": fails(ops(BindQueuesBatch, at=0), ErrorKind.DESTINATION),
        "api.PushConsumer.listener-partly": partly("c", BindQueues),
        "api.PushConsumer.batch-listener-partly": partly("b", BindQueuesBatch),
        "api.OMSResponseStatus.destination-not-found-bind-queues-push": where_refused(
            ops(BindQueues, BindQueuesBatch), Status.DESTINATION_NOT_FOUND
        ),
    }
)
def test_a_listener_cannot_be_bound_to_an_unknown_queue(conform: Conform) -> None:
    """Binding a listener, alone or of batches, to queues of which one does not exist is an error, and binds none of these or some."""
    bound = (push_consumer(name, queues, GetBindQueues(), batch=name == "b") for name, queues in PARTLY.items())
    program = Program.of(*bound, producer("p"), queues="qrstuv")
    program = program.then(client("p", *(send(queue, queue.encode()) for queue in "qrst"), Quiet(2)))
    alive = (BindQueues(("u",), Reply.ACK, on="c"), BindQueuesBatch(("v",), Reply.ACK, on="b"))
    program = program.then(client("binder", *alive)).then(client("p", send("u", b"u"), send("v", b"v")))
    conform(program.then(client("c", AwaitDeliveries(1)), client("b", AwaitDeliveries(1))))
