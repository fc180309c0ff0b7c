"""ProducerInterceptor and ConsumerInterceptor: what is called around a send, and around a listener."""

from tck.checkers.answers import Checker, all_of, follows
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
from tck.checkers.intercepting import (
    attributes_are,
    called_in_order,
    given_as_received,
    given_as_sent,
    given_with_id,
    has_attributes,
    other_body,
    other_correlation,
    other_properties,
    own_attributes,
    rewritten,
)
from tck.checkers.matching import Sent, Which
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Message, Properties, String
from tck.operations import (
    AddInterceptor,
    BindQueue,
    CreateConsumer,
    CreateProducer,
    Get,
    Point,
    RemoveInterceptor,
    Reply,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Start,
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

PROPERTIES: Properties = {"kept": String("as it was"), "gone": String("soon")}
REWRITTEN = Message(
    body=b"rewritten",
    properties={"kept": String("otherwise"), "added": String("by an interceptor")},
    extension_header=ExtensionHeader(correlation_id="rewritten"),
)


def sends(one: Message) -> tuple[Send | SendAsync | Get | SendBatch | SendOneway, ...]:
    """Return the steps that send a message: alone, asynchronously, twice in a batch, and oneway."""
    return Send(one), SendAsync(one), Get(), SendBatch((one, one)), SendOneway(one)


def by(client_name: str, *kinds: type) -> Which:
    """Select the messages that a client sent, in one of these ways if any is given."""

    def which(one: Sent) -> bool:
        return one.entry.client == client_name and (not kinds or isinstance(one.entry.op, kinds))

    return which


def oneway(*, times: int) -> Checker:
    """PostSend is called so often for each message that is sent oneway."""
    alone = called_for_sends(Point.POST_SEND, "one", times=times, which=by("p", SendOneway))
    return all_of(alone, called_for_sends(Point.POST_SEND, "some", times=times, which=by("b", SendBatchOneway)))


@clauses(
    {
        "api.ProducerInterceptor.pre-send-called": called_for_sends(Point.PRE_SEND, "one", which=by("p")),
        "api.ProducerInterceptor.pre-send-called-batch-async": called_for_sends(
            Point.PRE_SEND, "some", which=by("b", SendBatchAsync)
        ),
        "api.ProducerInterceptor.pre-send-called-batch-oneway": called_for_sends(
            Point.PRE_SEND, "some", which=by("b", SendBatchOneway)
        ),
        "api.ProducerInterceptor.pre-send-first": pre_send_first,
        "api.ProducerInterceptor.pre-send-message": given_as_sent(Point.PRE_SEND),
        "api.ProducerInterceptor.post-send-called": called_for_sends(
            Point.POST_SEND, "one", which=lambda one: by("p")(one) and accepted(one)
        ),
        "api.ProducerInterceptor.post-send-called-batch-async": called_for_sends(
            Point.POST_SEND, "some", which=lambda one: by("b", SendBatchAsync)(one) and accepted(one)
        ),
        "api.ProducerInterceptor.post-send-after": pre_before_post,
        "api.ProducerInterceptor.post-send-message": given_as_sent(Point.POST_SEND),
        "api.ProducerInterceptor.post-send-message-id": given_with_id(Point.POST_SEND),
        "api.ProducerInterceptor.attributes-kept": attributes_kept(Point.POST_SEND),
        "api.Context.attributes-not-null": has_attributes,
        "api.Context.attributes-own": own_attributes(Point.PRE_SEND),
        "reading.api-post-send-oneway": follows({"called": oneway(times=1), "not": oneway(times=0)}),
    }
)
def test_every_send_is_intercepted(conform: Conform) -> None:
    """An interceptor is called before every message that is sent, and after those whose send succeeded, with the message."""
    extension = ExtensionHeader(correlation_id="own") if conform.supports("extension_header.correlation_id") else None
    one = message("q", b"viewed", PROPERTIES, extension)
    batches = SendBatchAsync((one, one)), Get(), SendBatchOneway((one, one))
    conform(
        Program.of(
            puller("c", "q", Drain(expect=9)),
            producer("p", AddInterceptor("one"), *sends(one), AwaitCalls(10), Quiet()),
            producer("b", AddInterceptor("some"), *batches, AwaitCalls(8), Quiet()),
        )
    )


@clauses(
    {
        "api.ProducerInterceptor.pre-send-modifies": modified("c", "one", which=by("p")),
        "api.ProducerInterceptor.pre-send-modifies-body": rewritten(
            "the body that an interceptor gave the message", REWRITTEN, other_body, sender="r"
        ),
        "api.ProducerInterceptor.pre-send-modifies-properties": rewritten(
            "the properties that an interceptor left the message", REWRITTEN, other_properties, sender="r"
        ),
        "api.ProducerInterceptor.pre-send-modifies-header": rewritten(
            "the header field that an interceptor set", REWRITTEN, other_correlation, sender="r"
        ),
    }
)
def test_an_interceptor_changes_a_message(conform: Conform) -> None:
    """What an interceptor changes of a message arrives: properties, also those that are replaced or gone, body and header."""
    becomes = REWRITTEN
    if not conform.supports("extension_header.correlation_id"):
        becomes = Message(body=REWRITTEN.body, properties=REWRITTEN.properties)
    program = Program.of(
        producer("p", AddInterceptor("one", sets=True), *sends(message("q"))),
        producer("r", AddInterceptor("one", rewrites=becomes), *sends(message("r", b"as it was", PROPERTIES))),
        queues=("q", "r"),
    )
    conform(program.then(puller("c", "q", Drain(expect=10)), puller("d", "r", Drain(expect=10))))


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


SENDING = (Point.PRE_SEND, Point.POST_SEND)
RECEIVING = (Point.PRE_RECEIVE, Point.POST_RECEIVE)


def with_body(body: bytes) -> Which:
    """Select the messages that were sent with a body."""
    return lambda one: one.message.body == body


@clauses(
    {
        "api.Producer.add-interceptor-several": all_of(
            called_for_sends(Point.PRE_SEND, "one", "two", which=with_body(b"both")),
            called_for_sends(Point.POST_SEND, "one", "two", which=with_body(b"both")),
        ),
        "api.Producer.add-interceptor-before-start": all_of(
            called_for_sends(Point.PRE_SEND, "first", which=with_body(b"early")),
            called_for_sends(Point.POST_SEND, "first", which=with_body(b"early")),
        ),
        "api.Producer.remove-interceptor": all_of(
            *(
                called_for_sends(point, interceptor, times=times, which=with_body(b"two alone"))
                for point in (Point.PRE_SEND, Point.POST_SEND)
                for interceptor, times in (("one", 0), ("two", 1))
            )
        ),
        "reading.api-interceptor-order": follows(
            {
                "added": called_in_order("one", "two", points=SENDING, which=with_body(b"both")),
                "open": all_of(*(called_for_sends(at, "one", "two", which=with_body(b"both")) for at in SENDING)),
            }
        ),
        "reading.api-interceptor-attributes": follows(
            {
                "own": attributes_are(shared=False, which=with_body(b"both")),
                "shared": attributes_are(shared=True, which=with_body(b"both")),
            }
        ),
    }
)
def test_interceptors_of_a_producer_come_and_go(conform: Conform) -> None:
    """All interceptors of a producer are called, also those that were added before its start, until they are removed."""
    early = CreateProducer("early"), AddInterceptor("first"), Start(), send("q", b"early"), AwaitCalls(2), Quiet()
    conform(
        Program.of(
            producer(
                "p",
                *(AddInterceptor("one"), AddInterceptor("two"), send("q", b"both"), AwaitCalls(4)),
                *(RemoveInterceptor("one"), send("q", b"two alone"), AwaitCalls(6), Quiet()),
            ),
            client("early", *early),
        )
    )


@clauses(
    {
        "api.ConsumerInterceptor.pre-receive-called": around_listener(Point.PRE_RECEIVE, "one"),
        "api.ConsumerInterceptor.post-receive-called": around_listener(Point.POST_RECEIVE, "one"),
        "api.ConsumerInterceptor.pre-receive-message": given_as_received(Point.PRE_RECEIVE),
        "api.ConsumerInterceptor.post-receive-message": given_as_received(Point.POST_RECEIVE),
        "api.ConsumerInterceptor.attributes-kept": attributes_kept(Point.POST_RECEIVE),
        "api.Context.attributes-not-null": has_attributes,
        "api.Context.attributes-own": own_attributes(Point.PRE_RECEIVE),
    }
)
def test_every_call_of_a_listener_is_intercepted(conform: Conform) -> None:
    """An interceptor is called before and after every call of a listener, with the message that this is given."""
    program = Program.of(pusher("c", "q", AddInterceptor("one")))
    program = program.then(producer("p", *(send("q", b"%d" % n, properties=PROPERTIES) for n in range(3))))
    conform(program.then(client("c", AwaitDeliveries(3), AwaitCalls(6), Quiet())))


@clauses(
    {
        "api.Consumer.add-interceptor-several": all_of(
            *(around_listener(point, "one", "two", which=by("p")) for point in RECEIVING)
        ),
        "api.Consumer.add-interceptor-before-start": all_of(
            *(around_listener(point, "first", which=by("early")) for point in RECEIVING)
        ),
        "api.Consumer.remove-interceptor": all_of(
            *(
                around_listener(point, interceptor, times=times, which=by("later"))
                for point in RECEIVING
                for interceptor, times in (("one", 0), ("two", 1))
            )
        ),
        "reading.api-interceptor-order-received": follows(
            {
                "added": called_in_order("one", "two", points=RECEIVING, which=by("p")),
                "open": all_of(*(around_listener(point, "one", "two", which=by("p")) for point in RECEIVING)),
            }
        ),
    }
)
def test_interceptors_of_a_consumer_come_and_go(conform: Conform) -> None:
    """All interceptors of a consumer are called, also those that were added before its start, until they are removed."""
    early = CreateConsumer("d"), AddInterceptor("first"), Start(), BindQueue("r", Reply.ACK)
    program = Program.of(
        pusher("c", "q", AddInterceptor("one"), AddInterceptor("two")), client("d", *early), queues=("q", "r")
    )
    program = program.then(producer("p", send("q")), producer("early", send("r")))
    program = program.then(
        client("c", AwaitDeliveries(1), AwaitCalls(4), RemoveInterceptor("one")),
        client("d", AwaitDeliveries(1), AwaitCalls(2)),
    )
    conform(program.then(producer("later", send("q"))).then(client("c", AwaitDeliveries(2), AwaitCalls(6), Quiet())))
