"""What endpoints keep over a restart, and what was prepared over a switch: interceptors, check listeners, a namespace."""

from tck.checkers.answers import Checker, all_of, follows, ops, succeeds
from tck.checkers.calls import around_listener, called_for_sends
from tck.checkers.prepared import where_prepared
from tck.checkers.readings import came, where
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
    Step,
    client,
    message,
    producer,
    pusher,
    send,
    transaction_producer,
)
from tck.suite.test_namespaces import enter, producer_in, puller_in
from tck.suite.test_scheduling import preparing

RESTARTED = succeeds(ops(Start))
TWO = ("one", "two")


def of_sends(times: int) -> Checker:
    """Both interceptors of a producer are called so often, before and after each send."""
    return all_of(*(called_for_sends(point, *TWO, times=times) for point in (Point.PRE_SEND, Point.POST_SEND)))


def of_calls(times: int) -> Checker:
    """Both interceptors of a consumer are called so often, before and after each call of its listener."""
    return all_of(*(around_listener(at, *TWO, times=times) for at in (Point.PRE_RECEIVE, Point.POST_RECEIVE)))


@clauses(
    {
        "reading.interceptors-over-restart": where(RESTARTED, follows({"kept": of_sends(1), "forgotten": of_sends(0)})),
        "reading.interceptors-over-restart-received": where(
            RESTARTED, follows({"kept": of_calls(1), "forgotten": of_calls(0)})
        ),
    }
)
def test_interceptors_over_a_restart(conform: Conform) -> None:
    """All interceptors of an endpoint that was stopped and started are still called, or none of them is."""
    steps: tuple[Step, ...] = (*map(AddInterceptor, TWO), Stop(), Start())
    program = Program.of(producer("p", *steps), pusher("c", "q", *steps, BindQueue("q", Reply.ACK)))
    conform(program.then(client("p", send("q"), AwaitDeliveries(1, on="c"), Quiet(2))))


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


BEFORE, FENCE = b"prepared before the switch", b"fence"


@clauses(
    {
        "api.ResourceManager.namespace-isolated": where_prepared("Transactions", came("c.two.q", FENCE)),
        "api.ResourceManager.namespace-usable": where_prepared(
            "Transactions", where(succeeds(ops(Commit)), came("c.in one.q", BEFORE, FENCE))
        ),
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
