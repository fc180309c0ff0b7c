"""ProducerInterceptor and ConsumerInterceptor: what is called around a send, and around a listener."""

from tck.checkers.answers import all_of
from tck.checkers.calls import (
    accepted,
    around_listener,
    attributes_kept,
    called_for_sends,
    modified,
    pre_before_post,
    pre_send_first,
    refused,
)
from tck.conformance import Conform, clauses
from tck.operations import (
    AddInterceptor,
    Get,
    Point,
    RemoveInterceptor,
    Send,
    SendAsync,
    SendBatch,
    SendOneway,
)
from tck.programs import (
    AwaitCalls,
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
)

SENDS = (
    send("q"),
    SendAsync(message("q")),
    Get(),
    SendBatch((message("q"), message("q"))),
    SendOneway(message("q")),
)


@clauses(
    {
        "api.ProducerInterceptor.pre-send-called": called_for_sends(Point.PRE_SEND, "one"),
        "api.ProducerInterceptor.pre-send-first": pre_send_first,
        "api.ProducerInterceptor.post-send-called": called_for_sends(Point.POST_SEND, "one", which=accepted),
        "api.ProducerInterceptor.post-send-after": pre_before_post,
        "api.ProducerInterceptor.attributes-kept": attributes_kept(Point.POST_SEND),
    }
)
def test_every_send_is_intercepted(conform: Conform) -> None:
    """An interceptor is called before every message that is sent, and after those whose send succeeded."""
    program = Program.of(
        puller("c", "q", Drain(expect=5)), producer("p", AddInterceptor("one"), *SENDS, AwaitCalls(10), Quiet())
    )
    conform(program)


@clauses({"api.ProducerInterceptor.pre-send-modifies": modified("c", "one")})
def test_an_interceptor_changes_a_message(conform: Conform) -> None:
    """What an interceptor changes of a message arrives."""
    program = Program.of(producer("p", AddInterceptor("one", sets=True), *SENDS))
    conform(program.then(puller("c", "q", Drain(expect=5))))


@clauses(
    {
        "api.ProducerInterceptor.post-send-not-on-failure": called_for_sends(
            Point.POST_SEND, "one", times=0, which=refused
        )
    }
)
def test_a_failed_send_has_no_call_after_it(conform: Conform) -> None:
    """No interceptor is called after a send that failed."""
    conform(Program.of(producer("p", AddInterceptor("one"), Send(message("nowhere")), Quiet())))


@clauses(
    {
        "api.Producer.add-interceptor-several": all_of(
            called_for_sends(Point.PRE_SEND, "one", "two", which=lambda one: one.message.body == b"both"),
            called_for_sends(Point.POST_SEND, "one", "two", which=lambda one: one.message.body == b"both"),
        ),
        "api.Producer.remove-interceptor": all_of(
            called_for_sends(Point.PRE_SEND, "one", times=0, which=lambda one: one.message.body == b"two alone"),
            called_for_sends(Point.PRE_SEND, "two", which=lambda one: one.message.body == b"two alone"),
        ),
    }
)
def test_interceptors_of_a_producer_come_and_go(conform: Conform) -> None:
    """All interceptors of a producer are called, until they are removed."""
    conform(
        Program.of(
            producer(
                "p",
                *(AddInterceptor("one"), AddInterceptor("two"), send("q", b"both"), AwaitCalls(4)),
                *(RemoveInterceptor("one"), send("q", b"two alone"), AwaitCalls(6), Quiet()),
            )
        )
    )


@clauses(
    {
        "api.ConsumerInterceptor.pre-receive-called": around_listener(Point.PRE_RECEIVE, "one"),
        "api.ConsumerInterceptor.post-receive-called": around_listener(Point.POST_RECEIVE, "one"),
        "api.ConsumerInterceptor.attributes-kept": attributes_kept(Point.POST_RECEIVE),
    }
)
def test_every_call_of_a_listener_is_intercepted(conform: Conform) -> None:
    """An interceptor is called before and after every call of a listener."""
    program = Program.of(pusher("c", "q", AddInterceptor("one"))).then(producer("p", *[send("q")] * 3))
    conform(program.then(client("c", AwaitDeliveries(3), AwaitCalls(6), Quiet())))


@clauses(
    {
        "api.Consumer.add-interceptor-several": all_of(
            around_listener(Point.PRE_RECEIVE, "one", "two", which=lambda one: one.entry.client == "p"),
            around_listener(Point.POST_RECEIVE, "one", "two", which=lambda one: one.entry.client == "p"),
        ),
        "api.Consumer.remove-interceptor": all_of(
            around_listener(Point.PRE_RECEIVE, "one", times=0, which=lambda one: one.entry.client == "later"),
            around_listener(Point.PRE_RECEIVE, "two", which=lambda one: one.entry.client == "later"),
        ),
    }
)
def test_interceptors_of_a_consumer_come_and_go(conform: Conform) -> None:
    """All interceptors of a consumer are called, until they are removed."""
    program = Program.of(pusher("c", "q", AddInterceptor("one"), AddInterceptor("two"))).then(producer("p", send("q")))
    program = program.then(client("c", AwaitDeliveries(1), AwaitCalls(4), RemoveInterceptor("one")))
    conform(program.then(producer("later", send("q"))).then(client("c", AwaitDeliveries(2), AwaitCalls(6), Quiet())))
