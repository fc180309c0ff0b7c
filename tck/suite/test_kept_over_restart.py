"""What endpoints keep over a restart, and what was prepared over a switch: interceptors, check listeners, a namespace."""

from tck.checkers.answers import Checker, all_of, follows, ops, succeeds
from tck.checkers.calls import around_listener, called_for_sends
from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.matching import bodies
from tck.checkers.prepared import as_sent, where_prepared
from tck.checkers.readings import where
from tck.checkers.transactions import asked
from tck.conformance import Conform, clauses
from tck.operations import (
    AddInterceptor,
    Answer,
    BindQueue,
    Commit,
    CreateQueue,
    CreateTransactionProducer,
    Open,
    Point,
    Prepare,
    Reply,
    Start,
    Stop,
    SwitchNamespace,
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
    pusher,
    send,
    transaction_producer,
)
from tck.suite.test_namespaces import enter, producer_in, puller_in
from tck.suite.test_scheduling import preparing

TWO = ("one", "two")
RESTARTED = succeeds(ops(Start))
BEFORE, AFTER, FENCE = b"before", b"after", b"fence"


def of_sends(times: int, body: bytes = AFTER) -> Checker:
    """Both interceptors of a producer are called so often, before and after the send of a message."""
    points = (Point.PRE_SEND, Point.POST_SEND)
    return all_of(*(called_for_sends(point, *TWO, times=times, which=bodies(body)) for point in points))


def of_calls(times: int, body: bytes = AFTER) -> Checker:
    """Both interceptors of a consumer are called so often, before and after the call of its listener with a message."""
    points = (Point.PRE_RECEIVE, Point.POST_RECEIVE)
    return all_of(*(around_listener(point, *TWO, times=times, which=bodies(body)) for point in points))


@clauses(
    {
        "reading.interceptors-over-restart": where(
            all_of(RESTARTED, of_sends(1, BEFORE)), follows({"kept": of_sends(1), "forgotten": of_sends(0)})
        ),
        "reading.interceptors-over-restart-received": where(
            all_of(RESTARTED, of_calls(1, BEFORE)), follows({"kept": of_calls(1), "forgotten": of_calls(0)})
        ),
    }
)
def test_interceptors_over_a_restart(conform: Conform) -> None:
    """All interceptors of an endpoint that was stopped and started are still called, or none of them is."""
    added = [AddInterceptor(name) for name in TWO]
    program = Program.of(producer("p", *added), pusher("c", "q", *added))
    before = (send("q", BEFORE), AwaitDeliveries(1, on="c"), AwaitCalls(4), AwaitCalls(4, on="c"))
    again = (Stop(on="p"), Start(on="p"), Stop(on="c"), Start(on="c"), BindQueue("q", Reply.ACK, on="c"))
    after = (send("q", AFTER), AwaitDeliveries(2, on="c"), AwaitCalls(8), AwaitCalls(8, on="c"), Quiet())
    conform(program.then(client("p", *before, *again, *after)))


@clauses(
    {
        "api.TransactionStateCheckListener.check-called": where(
            RESTARTED, asked(1, "the check listener is called after a restart")
        )
    }
)
def test_a_check_listener_is_asked_after_a_restart(conform: Conform) -> None:
    """A producer that was stopped and started is asked about what it prepares then."""
    steps = Stop(), Start(), Prepare(message("q"), "u"), AwaitCalls(1)
    conform(Program.of(transaction_producer("p", *steps)))


def committed(checker: Checker) -> Checker:
    """What a checker finds of what was prepared and committed, where it could be."""
    return where_prepared("Transactions", where(succeeds(ops(Commit)), as_sent(checker)))


@clauses(
    {
        "api.ResourceManager.namespace-isolated": committed(
            nothing_to("c.two.q", "nothing that was prepared in another namespace", bodies(BEFORE))
        ),
        "api.ResourceManager.namespace-usable": committed(nothing_lost("c.in one.q", which=bodies(BEFORE))),
    }
)
def test_a_transaction_stays_in_its_namespace(conform: Conform) -> None:
    """What was prepared before a switch of namespaces, and is committed after it, is received where it was prepared."""
    made = CreateTransactionProducer((Answer.UNKNOWN,), "t", on="one"), Start(on="t")
    program = Program.of(*(enter(one, CreateQueue("q", on=one)) for one in ("one", "two")))
    program = program.then(client("arrives", Open(on="in one"), SwitchNamespace("one", on="in one")))
    program = program.then(client("t", *made, Prepare(message("q", BEFORE), "x", on="t")))
    program = program.then(client("t", SwitchNamespace("two", on="one"), Commit(on="x")))
    places = ("in one", "two")
    program = program.then(*(producer_in(place, send("q", FENCE)) for place in places))
    takers = (puller_in(place, "q", Drain(expect=3 if place == "in one" else 0, times=2)) for place in places)
    conform(preparing(program.then(*takers), conform))
