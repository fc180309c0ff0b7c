"""What is done in a namespace, in whichever way, stays there, and leaves what has the same name in another as it was."""

from tck.checkers.answers import all_of, fails, ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.checkers.namespaces import held, nothing_leaks, nothing_lost_within, unnamed
from tck.checkers.readings import if_done, where
from tck.conformance import Conform, clauses
from tck.messages import Integer
from tck.operations import (
    Answer,
    BindQueue,
    BindQueues,
    Commit,
    CreateConsumer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateQueue,
    CreateTransactionProducer,
    DeleteQueue,
    Filter,
    Get,
    ListQueues,
    Open,
    Prepare,
    Reply,
    Send,
    SendAsync,
    SendBatch,
    SendOneway,
    Start,
    Stop,
    SwitchNamespace,
)
from tck.programs import AwaitDeliveries, Client, Drain, Program, Quiet, ReceiveUntil, client, message, send
from tck.suite.test_namespaces import enter, producer_in, puller_in

PLACES = ("ap", "one")
SENT = 6
"""How many messages each place has: five that are sent in every way, and one more."""


def in_every_way(place: str) -> Client:
    """Return a client that sends in each way through an access point."""
    one = message("q", place.encode())
    return producer_in(place, Send(one), SendAsync(one), Get(), SendOneway(one), SendBatch((one, one)), Quiet())


def prepares(place: str) -> Client:
    """Return a client that prepares a message through an access point, and commits it."""
    create = CreateTransactionProducer((Answer.UNKNOWN,), on=place)
    prepared = Prepare(message("q", place.encode()))
    return client(f"t.{place}", create, Start(), prepared, Commit())


def sends_again(place: str) -> Client:
    """Return a client that sends one more message through an access point."""
    return client(f"p.{place}", send("q", place.encode()))


def listens(place: str) -> Client:
    """Return a client that is pushed to through an access point, and acknowledges nothing."""
    steps = (CreateConsumer(on=place), Start(), BindQueue("q", Reply.SKIP), AwaitDeliveries(SENT), Stop())
    return client(f"l.{place}", *steps)


def empties(place: str) -> Client:
    """Return a client that pulls through an access point, and acknowledges everything."""
    return client(f"e.{place}", CreateConsumer(on=place), Start(), BindQueue("q"), ReceiveUntil(SENT), Drain())


def pulls_later(place: str) -> Client:
    """Return a client with a consumer that only pulls, through an access point, and acknowledges nothing."""
    steps = (CreatePullConsumer(on=place), Start(), BindQueues(("q",)), ReceiveUntil(SENT, ack=False), Stop())
    return client(f"pull.{place}", *steps)


def listens_later(place: str) -> Client:
    """Return a client with a consumer that is only pushed to, through an access point, and acknowledges nothing."""
    steps = (CreatePushConsumer(on=place), Start(), BindQueues(("q",), Reply.SKIP), AwaitDeliveries(SENT), Stop())
    return client(f"push.{place}", *steps)


@clauses(
    {
        "api.ResourceManager.namespace-isolated": nothing_leaks,
        "api.ResourceManager.namespace-usable": nothing_lost_within(),
    }
)
def test_nothing_leaves_a_namespace_in_any_way(conform: Conform) -> None:
    """What is sent in any way is received in its own namespace, by consumers of each kind, and again, and in no other."""
    program = Program.of(enter("one", CreateQueue("q", on="one"))).then(*map(in_every_way, PLACES))
    commits = prepares if conform.claims("Transactions") else sends_again
    program = program.then(*map(commits, PLACES))
    program = program.then(*(puller_in(place, "q", ReceiveUntil(SENT, ack=False), Stop()) for place in PLACES))
    if conform.claims("Push"):
        program = program.then(*map(listens, PLACES))
    if conform.supports("api.5d796063"):
        program = program.then(*map(pulls_later, PLACES))
        program = program.then(*map(listens_later, PLACES)) if conform.claims("Push") else program
    conform(program.then(*map(empties, PLACES)))


INSIDE, LATER = ops(ListQueues, client="inside"), ops(ListQueues, client="later")
FAILED = fails(ops(SwitchNamespace, client="fails"))


@clauses(
    {
        "architecture.namespace-of-access-point": all_of(
            held(INSIDE, "q"),
            where(all_of(FAILED, succeeds(ops(CreateQueue, client="fails"))), held(INSIDE, "new")),
            held(LATER, "here"),
            unnamed(LATER, "new"),
        )
    }
)
def test_an_access_point_stays_in_its_namespace(conform: Conform) -> None:
    """A queue that is deleted stays in another namespace, a switch that fails changes nothing, and none moves another access point."""
    program = Program.of(enter("one", CreateQueue("q", on="one")), queues=("q", "here"))
    program = program.then(client("deleter", DeleteQueue("q")))
    program = program.then(client("fails", SwitchNamespace("none", on="one"), CreateQueue("new", on="one")))
    conform(
        program.then(client("inside", ListQueues(on="one")), client("later", Open(on="fresh"), ListQueues(on="fresh")))
    )


@clauses(
    {
        "api.ResourceManager.namespace-usable": if_done(
            ops(Filter), nothing_lost("c.one.q"), "nothing is filtered where routing is not claimed"
        )
    }
)
def test_a_filter_is_of_one_namespace(conform: Conform) -> None:
    """A filter of a queue takes nothing from the queue of its name in another namespace."""
    program = Program.of(enter("one", CreateQueue("q", on="one")))
    if conform.claims("Routing"):
        program = program.then(client("manager", Filter("q", "age < 20")))
    sends = [send("q", properties={"age": Integer(age)}) for age in (18, 30)]
    conform(program.then(producer_in("one", *sends)).then(puller_in("one", "q", ReceiveUntil(2))))
