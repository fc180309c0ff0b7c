"""Interceptors of whatever is sent and received: of each of several, of each queue, of what is delivered again, of every field."""

from typing import Any

from tck.checkers.answers import Checker, all_of, ops, succeeds
from tck.checkers.calls import accepted, around_listener, called_for_sends, called_once
from tck.checkers.intercepting import as_its_sender_could
from tck.checkers.later import provides
from tck.checkers.matching import Which
from tck.checkers.readings import where
from tck.checkers.ways import where_sent
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Message
from tck.operations import (
    AddInterceptor,
    BindQueue,
    BindQueues,
    CreateConsumer,
    CreatePushConsumer,
    Point,
    RemoveInterceptor,
    Reply,
    Send,
    Start,
    Stop,
)
from tck.programs import (
    AwaitCalls,
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    client,
    message,
    producer,
    puller,
    send,
)
from tck.suite.test_interceptors import by

THREE = ("one", "two", "three")
RECEIVING = {"pre-receive-called": Point.PRE_RECEIVE, "post-receive-called": Point.POST_RECEIVE}


@clauses(
    {
        **{f"api.ConsumerInterceptor.{name}": around_listener(at, "one") for name, at in RECEIVING.items()},
        "api.Consumer.add-interceptor-several": all_of(*(around_listener(at, *THREE) for at in RECEIVING.values())),
    }
)
def test_every_listener_of_a_consumer_is_intercepted(conform: Conform) -> None:
    """Each of three interceptors is called for what a consumer is pushed from each queue, and for what is delivered again."""
    program = Program.of(producer("p", send("q")), queues=("q", "r"))
    program = program.then(puller("before", "q", ReceiveUntil(1, ack=False), Stop()))
    added = map(AddInterceptor, THREE)
    binds = (BindQueue("q", Reply.ACK), BindQueue("r", Reply.ACK))
    program = program.then(client("c", CreateConsumer(), Start(), *added, *binds)).then(client("p", send("r")))
    conform(program.then(client("c", AwaitDeliveries(2), AwaitCalls(4 * len(THREE)), Quiet())))


def of_later(point: Point) -> Checker:
    """The interceptor is called for each call of a listener, where consumers that are only pushed to have any."""
    return where_sent(lambda _: True, where(provides(ops(AddInterceptor)), around_listener(point, "one")))


@clauses({f"api.ConsumerInterceptor.{name}": of_later(at) for name, at in RECEIVING.items()})
def test_a_consumer_that_is_only_pushed_to_is_intercepted(conform: Conform) -> None:
    """An interceptor is called for what a consumer is pushed that is only pushed to, from each of its queues."""
    if not (conform.claims("Push") and conform.supports("api.5d796063")):
        return conform(Program.of(producer("p")))
    queues = ("q", "r")
    binds = (CreatePushConsumer(name="c"), Start(), AddInterceptor("one"), BindQueues(queues, Reply.ACK))
    program = Program.of(client("c", *binds), queues=queues).then(producer("p", *map(send, queues)))
    return conform(program.then(client("c", AwaitDeliveries(2), AwaitCalls(4), Quiet())))


def taken(client: str) -> Which:
    """Select the messages of a client whose send succeeded."""
    return lambda one: by(client)(one) and accepted(one)


def whatever_is_offered(conform: Conform) -> Message:
    """Return a message with each field set that is offered, and that its sender may set."""
    extended: dict[str, Any] = {
        field: value
        for field, value in {"message_key": "set", "trace_id": "set", "delay_time": 20}.items()
        if conform.supports(f"extension_header.{field}")
    }
    asked: dict[str, Any] = {"qos": 2} if conform.claims("QoS-2") else {}
    asked |= {"durability": 1} if conform.supports("durability") else {}
    asked |= {"priority": 7} if conform.claims("Priority") else {}
    return message("r", b"set", extension=ExtensionHeader(**extended) if extended else None, **asked)


@clauses(
    {
        "api.ProducerInterceptor.pre-send-modifies": where(
            succeeds(ops(Send, client="plain")), as_its_sender_could("p", control="plain")
        ),
        "api.Producer.add-interceptor-several": all_of(
            *(called_for_sends(at, *THREE, which=taken("three")) for at in (Point.PRE_SEND, Point.POST_SEND))
        ),
    }
)
def test_an_interceptor_changes_each_field(conform: Conform) -> None:
    """What an interceptor changes of a destination and other fields arrives as a sender's own does; three of them are called."""
    becomes = whatever_is_offered(conform)
    program = Program.of(
        producer("plain", Send(becomes)),
        producer("p", AddInterceptor("one", rewrites=becomes), send("q", b"as it was")),
        producer("three", *map(AddInterceptor, THREE), send("s"), AwaitCalls(2 * len(THREE)), Quiet()),
        queues=("q", "r", "s"),
    )
    conform(program.then(puller("c", "q", Drain()), puller("d", "r", Drain(expect=2)), puller("e", "s", Drain())))


GONE, LEFT = "gone", "left"


def goes(client: str, checker: Checker) -> Checker:
    """What a checker says, where an interceptor of a client may remove itself while it is called."""
    return where(succeeds(ops(RemoveInterceptor, client=f"{client}.interceptor")), checker)


@clauses(
    {
        "api.Producer.remove-interceptor": goes(
            "p",
            all_of(
                called_for_sends(Point.PRE_SEND, LEFT, which=taken("p")),
                called_once("p", GONE, Point.PRE_SEND),
            ),
        ),
        "api.Consumer.remove-interceptor": goes(
            "c",
            all_of(
                around_listener(Point.PRE_RECEIVE, LEFT),
                called_once("c", GONE, Point.PRE_RECEIVE),
            ),
        ),
    }
)
def test_an_interceptor_removes_itself(conform: Conform) -> None:
    """An interceptor that removes itself while it is called is not called again, and the one after it is, for that message too."""
    added = (AddInterceptor(GONE, leaves=True), AddInterceptor(LEFT))
    program = Program.of(client("c", CreateConsumer(), Start(), *added, BindQueue("q", Reply.ACK)))
    program = program.then(producer("p", *added, send("q")))
    program = program.then(client("c", AwaitDeliveries(1), AwaitCalls(3)))
    program = program.then(client("p", send("q"), AwaitCalls(5), Quiet()))
    conform(program.then(client("c", AwaitDeliveries(2), AwaitCalls(5), Quiet())))
