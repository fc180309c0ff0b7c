"""What the documents leave open about interceptors: which reading an implementation follows."""

from tck.checkers.answers import Checker, all_of, fails, follows, ops, succeeds
from tck.checkers.calls import called_for_sends
from tck.checkers.intercepting import all_but_one, called_for_given, for_each_call, for_each_message, never
from tck.checkers.readings import came, where
from tck.conformance import Conform, clauses
from tck.operations import (
    AddInterceptor,
    Commit,
    CreateTransactionProducer,
    Point,
    Prepare,
    RemoveInterceptor,
    Reply,
    Send,
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
    pusher,
    send,
    transaction_producer,
)

FENCE = b"fence"
TWICE = ops(AddInterceptor, on="twice")
ABSENT = ops(RemoveInterceptor, on="absent")
BEFORE, AFTER = ops(Send, on="before", at=0), ops(Send, on="after", at=0)


def before(sender: str, interceptor: str, times: int = 1) -> Checker:
    """An interceptor is called so often before what a client sends: how late it is called afterwards nobody knows."""
    return called_for_sends(Point.PRE_SEND, interceptor, times=times, which=lambda one: one.entry.client == sender)


def prepared(*, times: int) -> Checker:
    """PreSend is called so often for what is prepared."""
    return called_for_sends(Point.PRE_SEND, "one", times=times, which=lambda one: isinstance(one.entry.op, Prepare))


@clauses(
    {
        "api.Producer.add-interceptor-twice": follows(
            {
                "once": all_of(succeeds(TWICE), before("twice", "one")),
                "twice": all_of(succeeds(TWICE), before("twice", "one", times=2)),
                "error": all_of(fails(ops(AddInterceptor, on="twice", at=1)), before("twice", "one")),
            }
        ),
        "api.Producer.remove-interceptor-absent": follows(
            {
                "nothing": all_of(succeeds(ABSENT), before("absent", "one")),
                "error": all_of(fails(ABSENT), before("absent", "one")),
            }
        ),
        "api.ProducerInterceptor.pre-send-raises": follows(
            {
                "fails": all_of(fails(BEFORE), came("of before", FENCE)),
                "sent": all_of(succeeds(BEFORE), came("of before", b"before", FENCE)),
            }
        ),
        "api.ProducerInterceptor.post-send-raises": follows(
            {
                "succeeds": all_of(succeeds(AFTER), came("of after", b"after", FENCE)),
                "fails": all_of(fails(AFTER), came("of after", b"after", FENCE)),
            }
        ),
        "reading.api-prepare-intercepted": where(
            succeeds(ops(CreateTransactionProducer)),
            where(succeeds(ops(Prepare)), follows({"yes": prepared(times=1), "no": prepared(times=0)})),
        ),
    }
)
def test_interceptors_of_a_producer_at_the_edge(conform: Conform) -> None:
    """What becomes of an interceptor that is added twice, of one to be removed that is not there, and of one that raises."""
    one = AddInterceptor("one")
    program = Program.of(
        producer("twice", one, one, send("q"), AwaitCalls(2), Quiet()),
        producer("absent", one, RemoveInterceptor("other"), send("q"), AwaitCalls(2), Quiet()),
        *(
            producer(
                name,
                *(AddInterceptor("bad", raises=point), send(name, name.encode())),
                *(RemoveInterceptor("bad"), send(name, FENCE)),
            )
            for name, point in (("before", Point.PRE_SEND), ("after", Point.POST_SEND))
        ),
        transaction_producer("transactional", one, Prepare(message("q")), Commit(), Quiet()),
        queues=("q", "before", "after"),
    )
    takers = {"before": 1, "after": 2}
    conform(program.then(*(puller(f"of {q}", q, ReceiveUntil(count), Drain()) for q, count in takers.items())))


PRE, POST = Point.PRE_RECEIVE, Point.POST_RECEIVE
EACH, CALL, NO = "once for each message", "once for each call of the listener", "never"


@clauses(
    {
        "reading.api-intercept-batch-listener": follows(
            {
                "messages": called_for_given("batches", PRE, for_each_message, EACH),
                "calls": called_for_given("batches", PRE, for_each_call, CALL),
                "none": called_for_given("batches", PRE, never, NO),
            }
        ),
        "reading.api-intercept-pull": follows(
            {
                "messages": called_for_given("pulls", PRE, for_each_message, EACH),
                "none": called_for_given("pulls", PRE, never, NO),
            }
        ),
        "reading.api-post-receive-raised": follows(
            {
                "called": called_for_given("raises", POST, all_but_one, CALL),
                "not": called_for_given("raises", POST, never, NO),
            }
        ),
        "api.ConsumerInterceptor.pre-receive-raises": follows(
            {"called": came("bad", b"intercepted", FENCE), "not": came("bad", FENCE)}
        ),
    }
)
def test_interceptors_of_a_consumer_at_the_edge(conform: Conform) -> None:
    """Whether batches and pulled messages are intercepted, and what becomes of one whose listener or interceptor raises."""
    one = AddInterceptor("one")
    queues = ("batches", "pulls", "raises", "bad")
    program = Program.of(
        pusher("batches", "batches", one, batch=True),
        puller("pulls", "pulls", one),
        pusher("raises", "raises", one, reply=Reply.RAISE),
        pusher("bad", "bad", AddInterceptor("bad", raises=PRE)),
        queues=queues,
    )
    program = program.then(
        producer("p", *(send(queue, b"intercepted") for queue in queues), send("batches"), send("pulls"))
    )
    program = program.then(
        client("batches", AwaitDeliveries(2), Quiet()),
        client("pulls", ReceiveUntil(2), Quiet()),
        client("raises", AwaitDeliveries(1), Quiet()),
        client("bad", AwaitCalls(1), Quiet(), RemoveInterceptor("bad")),
    )
    program = program.then(producer("later", send("bad", FENCE)))
    conform(program.then(client("bad", AwaitDeliveries(2), Quiet())))
