"""What holds of one queue, one message or one answer holds where several come together: queues, kinds of messages, errors."""

from itertools import chain

from tck.checkers.answers import Checker, all_of, fails, ops, succeeds
from tck.checkers.calls import around_listener, called_for_sends
from tck.checkers.delivery import not_before, nothing_lost, over, unacknowledged_comes_again
from tck.checkers.matching import Which, bodies, to
from tck.checkers.prepared import as_sent
from tck.checkers.readings import where
from tck.checkers.routing import keeps_or_drops
from tck.checkers.transactions import committed_arrive
from tck.conformance import Conform, clauses
from tck.operations import (
    Ack,
    AddInterceptor,
    BindQueue,
    BindQueueBatch,
    Commit,
    ContextAck,
    CreateQueue,
    Filter,
    Point,
    Prepare,
    Reply,
    Resume,
    Routing,
    Send,
    Stop,
    Suspend,
    UnbindQueue,
)
from tck.programs import (
    AwaitCalls,
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
    transaction_producer,
)
from tck.suite.places import one_of_each, owed
from tck.suite.test_consumer_kept import pushers
from tck.suite.test_filter_of_queue import STUDENTS, is_student, people, sent_by
from tck.suite.test_scheduling import DELAY, span

NOWHERE = "nowhere"
LAST = b"last"


@clauses(
    {
        "api.Consumer.ack-not-redelivered": over(Ack),
        "api.MessageListener.ack-not-redelivered": over(ContextAck, by="h.listener"),
        "api.BatchMessageListener.ack-all": over(ContextAck, by="b.listener"),
    }
)
def test_acknowledgements_are_of_whichever_queue(conform: Conform) -> None:
    """What a consumer of two queues acknowledges is over, be it of the one or of the other."""
    queues = "qrstuv" if conform.claims("Push") else "qr"
    waits = AwaitDeliveries(2), Quiet(), Stop()
    taking = puller("c", "q", BindQueue("r"), ReceiveUntil(2), Stop())
    listening = pushers(
        conform,
        pusher("h", "s", BindQueue("t", Reply.ACK), *waits),
        pusher("b", "u", BindQueueBatch("v", Reply.ACK), *waits, batch=True),
    )
    program = Program.of(producer("p", *map(send, queues)), queues=queues).then(taking, *listening)
    conform(program.then(*(puller(f"of {queue}", queue, Drain()) for queue in queues)))


@clauses({"api.Consumer.ack-unacked-redelivered": unacknowledged_comes_again("w", "h", "b")})
def test_what_comes_back_comes_to_who_waits(conform: Conform) -> None:
    """What a consumer leaves as it stops comes to one that waits already: a receive, a listener or a batch listener."""
    queues = "qrs" if conform.claims("Push") else "q"
    held = puller("holder", "q", *map(BindQueue, queues[1:]), ReceiveUntil(len(queues), ack=False))
    listening = pushers(conform, pusher("h", "r", AwaitDeliveries(1)), pusher("b", "s", AwaitDeliveries(1), batch=True))
    program = Program.of(producer("p", *map(send, queues)), queues=queues).then(held)
    conform(program.then(client("stopper", Quiet(2), Stop(on="holder")), puller("w", "q", ReceiveUntil(1)), *listening))


@clauses(
    {
        "api.Consumer.bind-queue-receives": nothing_lost("c", which=to("q")),
        "api.Consumer.listener-called": nothing_lost("h", which=to("r")),
        "api.Consumer.batch-listener-called": nothing_lost("b", which=to("s")),
    }
)
def test_a_binding_that_fails_leaves_the_others(conform: Conform) -> None:
    """A consumer that could not be bound to a queue that is not there is given what comes to its own."""
    program = Program.of(
        producer("p"),
        puller("c", "q", BindQueue(NOWHERE)),
        *pushers(
            conform,
            pusher("h", "r", BindQueue(NOWHERE, Reply.ACK)),
            pusher("b", "s", BindQueueBatch(NOWHERE, Reply.ACK), batch=True),
        ),
        queues="qrs",
    )
    takes: dict[str, Step] = {"c": ReceiveUntil(1), "h": AwaitDeliveries(1), "b": AwaitDeliveries(1)}
    there = takes if conform.claims("Push") else "c"
    conform(program.then(client("p", *map(send, "qrs"))).then(*(client(name, takes[name]) for name in there)))


def owed_of(queue: str) -> Which:
    """Select what was sent to a queue, and must come."""
    return lambda one: to(queue)(one) and owed(one)


def held(consumer: str) -> Checker:
    """The consumer is given nothing that is sent, or prepared and committed, during its suspension."""
    begins, ends = ops(Suspend, on=consumer), ops(Resume, on=consumer)
    return as_sent(
        not_before(begins, ends, consumer, "nothing that is sent after suspend returned, until resume is called")
    )


@clauses(
    {
        "api.Consumer.suspend-holds": held("h"),
        "api.Consumer.suspend-holds-batch": held("b"),
        "api.Consumer.resume-delivers": as_sent(nothing_lost("h", which=owed_of("q"))),
        "api.Consumer.resume-delivers-batch": as_sent(nothing_lost("b", which=owed_of("r"))),
    }
)
def test_a_suspension_holds_messages_of_every_kind(conform: Conform) -> None:
    """What is sent during a suspension is held, and not lost, whatever kind it is: also what is due meanwhile, or comes back."""
    queues = {"h": "q", "b": "r"}
    sends = {queue: [Send(one, on="p") for one in one_of_each(conform, queue)] for queue in queues.values()}
    makers, decided = [producer("p"), pusher("h", "q"), pusher("b", "r", batch=True)], 0
    steps: list[Step] = [*(Suspend(on=name) for name in queues), *chain.from_iterable(sends.values())]
    if conform.claims("Transactions"):
        makers, decided = [*makers, transaction_producer("t")], 1
        steps += [step for q in sends for step in (Prepare(message(q), q, on="t"), Commit(on=q))]
    program = Program.of(*makers, queues=queues.values()).then(client("all", *steps))
    leaving = ReceiveUntil(1, ack=False), Stop()
    program = program.then(puller("d", "q", *leaving), puller("e", "r", *leaving))
    program = program.then(client("all", Quiet((DELAY + 1) * span(conform) / conform.calibration.quiet)))
    awaits = {name: AwaitDeliveries(len(sends[queue]) + decided) for name, queue in queues.items()}
    conform(program.then(*(client(name, Resume(), wait, Quiet()) for name, wait in awaits.items())))


FAILED = ops(CreateQueue, client="fails"), ops(Filter, client="fails"), ops(Routing, client="fails")


@clauses(
    {
        "api.ResourceManager.filter-selects": where(
            all_of(*map(fails, FAILED)), keeps_or_drops({"c": is_student}, {"c": sent_by("to q")})
        ),
        "api.ResourceManager.routing-target-receives": where(
            all_of(*map(fails, FAILED)), nothing_lost("target", which=to("r"))
        ),
    }
)
def test_what_a_manager_could_not_do_changes_nothing(conform: Conform) -> None:
    """A filter and a routing stay as they are where others are refused, and where a queue that is there is created again."""
    program = Program.of(client("manager", Filter("q", STUDENTS), Routing("r", "s")), queues="qrs")
    again = (CreateQueue(queue) for queue in "qrs")
    program = program.then(client("fails", *again, Filter("q", "tag = = 'Student' AND ("), Routing("r", NOWHERE)))
    program = program.then(people("to q", "q"), people("to r", "r"))
    conform(program.then(puller("c", "q", Drain(expect=15)), puller("target", "s", Drain(expect=15))))


@clauses(
    {
        "api.TransactionalResult.commit-exposes": where(
            fails(ops(Prepare, client="fails")), all_of(succeeds(ops(Commit)), committed_arrive(by=(Commit,)))
        )
    }
)
def test_a_preparation_that_fails_leaves_the_others(conform: Conform) -> None:
    """What a producer prepared can be committed though another message could not be prepared meanwhile."""
    before, after = (Prepare(message("q", word.encode()), word, on="t") for word in ("before", "after"))
    program = Program.of(transaction_producer("t", before))
    program = program.then(client("fails", Prepare(message(NOWHERE), "never", on="t")))
    program = program.then(client("t", after, Commit(on="before"), Commit(on="after")))
    conform(program.then(puller("c", "q", Drain(expect=2))))


@clauses(
    {
        "api.ProducerInterceptor.pre-send-called": called_for_sends(Point.PRE_SEND, "one", which=bodies(LAST)),
        "api.ProducerInterceptor.post-send-called": called_for_sends(Point.POST_SEND, "one", which=bodies(LAST)),
        "api.ConsumerInterceptor.pre-receive-called": around_listener(Point.PRE_RECEIVE, "one", which=bodies(LAST)),
        "api.ConsumerInterceptor.post-receive-called": around_listener(Point.POST_RECEIVE, "one", which=bodies(LAST)),
    }
)
def test_interceptors_stay(conform: Conform) -> None:
    """Interceptors are called after a send that failed, after a suspension, and after another queue was unbound."""
    one = AddInterceptor("one")
    program = Program.of(producer("p", one), pusher("c", "q", one, BindQueue("r", Reply.ACK)), queues="qr")
    program = program.then(client("p", send(NOWHERE)), client("c", Suspend(), Resume(), UnbindQueue("r")))
    waits = AwaitCalls(3), AwaitDeliveries(1, on="c"), AwaitCalls(2, on="c"), Quiet()
    conform(program.then(client("p", send("q", LAST), *waits)))
