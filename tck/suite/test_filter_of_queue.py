"""ResourceManager: whom a filter serves, how long, and what the documents leave open about it."""

from tck.checkers.answers import Checker, all_of, any_of, fails, follows, ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.checkers.matching import Sent, Which
from tck.checkers.readings import if_done, where
from tck.checkers.routing import filters, just, keeps_or_drops
from tck.conformance import Conform, clauses
from tck.messages import Integer, String
from tck.operations import (
    BindQueue,
    BindQueueBatch,
    Close,
    CreateQueue,
    CutOff,
    ErrorKind,
    Filter,
    Open,
    Restore,
    Routing,
)
from tck.programs import (
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    client,
    producer,
    puller,
    pusher,
    send,
)

AGES = (17, 18, 20, 23, 24)
STUDENTS = "tag = 'Student'"
NO_PUSH = "the profile Push is not claimed"


def is_student(one: Sent) -> bool:
    """Select the messages of students."""
    return one.message.properties["tag"] == String("Student")


def is_grown(one: Sent) -> bool:
    """Select the messages of those who are 20 or older."""
    return int(one.message.properties["age"].value) >= 20


def people(name: str, queue: str) -> Client:
    """Return a producer that sends a student and a teacher of each age."""
    each = [(who, years) for years in AGES for who in ("Student", "Teacher")]
    properties = [{"tag": String(who), "age": Integer(years)} for who, years in each]
    return producer(name, *(send(queue, b"%d" % n, properties=own) for n, own in enumerate(properties)))


def sent_by(name: str) -> Which:
    """Select what a client sent."""
    return lambda one: one.entry.client == name


def of(name: str) -> Checker:
    """The consumer is given the students of those that the producer `to` it sent, or the others."""
    return keeps_or_drops({name: is_student}, {name: sent_by(f"to {name}")})


@clauses(
    {
        "api.ResourceManager.filter-batch": of("batch"),
        "api.ResourceManager.filter-pushed": if_done(ops(BindQueue, client="hears"), of("hears"), NO_PUSH),
        "api.ResourceManager.filter-pushed-batch": if_done(ops(BindQueueBatch), of("hears many"), NO_PUSH),
    }
)
def test_a_filter_serves_every_consumer(conform: Conform) -> None:
    """A filter tells messages for a consumer that pulls batches, and for listeners of one or of many."""
    listening = {"hears": "heard", "hears many": "heard-many"} if conform.claims("Push") else {}
    queues = {"batch": "pulled", **listening}
    program = Program.of(
        *(client(f"filter {queue}", Filter(queue, STUDENTS)) for queue in queues.values()), queues=queues.values()
    )
    program = program.then(*(people(f"to {name}", queue) for name, queue in queues.items()))
    listeners = [
        pusher(name, queue, AwaitDeliveries(5), Quiet(), batch="many" in name) for name, queue in listening.items()
    ]
    conform(program.then(puller("batch", "pulled", ReceiveUntil(5, batch=True), Drain()), *listeners))


@clauses({"api.ResourceManager.filter-after-routing": keeps_or_drops({"target": is_student})})
def test_a_filter_follows_a_routing(conform: Conform) -> None:
    """A filter that a queue is given after a routing leads to it tells what is routed."""
    program = Program.of(client("manager", Routing("q", "r"), Filter("r", STUDENTS)), queues=("q", "r"))
    conform(program.then(people("p", "q")).then(puller("target", "r", ReceiveUntil(5), Drain())))


SECOND = ops(Filter, client="second")
AGAIN = {
    "refused": all_of(fails(SECOND), filters({"c": is_student})),
    "replaced": all_of(succeeds(SECOND), filters({"c": is_grown})),
    "both": all_of(
        succeeds(SECOND),
        any_of(
            just("c", lambda one: is_student(one) and is_grown(one)),
            just("c", lambda one: not is_student(one) and not is_grown(one)),
        ),
    ),
    "either": all_of(
        succeeds(SECOND),
        any_of(
            just("c", lambda one: is_student(one) or is_grown(one)),
            just("c", lambda one: not (is_student(one) and is_grown(one))),
        ),
    ),
}


@clauses({"reading.filter-again": follows(AGAIN)})
def test_a_queue_is_filtered_again(conform: Conform) -> None:
    """A second filter of a queue takes the first one's place, or joins it, or is refused."""
    program = Program.of(client("first", Filter("q", STUDENTS))).then(client("second", Filter("q", "age >= 20")))
    conform(program.then(people("p", "q")).then(puller("c", "q", Drain(expect=2))))


@clauses({"reading.filter-earlier": follows({"kept": nothing_lost("c"), "filtered": filters({"c": is_student})})})
def test_a_filter_comes_late(conform: Conform) -> None:
    """What waits in a queue when a filter is set comes all the same, or is filtered as well."""
    program = Program.of(people("p", "q")).then(client("manager", Filter("q", STUDENTS)))
    conform(program.then(puller("c", "q", Drain(expect=5))))


WRONG = ops(Filter, client="wrong")


@clauses(
    {
        "api.ResourceManager.filter-invalid": follows(
            {"format": fails(WRONG, ErrorKind.FORMAT), "other": fails(WRONG)}
        ),
        "api.ResourceManager.filter-invalid-no-effect": where(fails(WRONG), nothing_lost("c")),
    }
)
def test_a_filter_is_no_sql(conform: Conform) -> None:
    """An expression that is none is refused, and the queue is as it was."""
    program = Program.of(client("wrong", Filter("q", "tag = = 'Student' AND (")))
    conform(program.then(people("p", "q")).then(puller("c", "q", Drain(expect=10))))


UNKNOWN = ops(Filter, client="manager")


@clauses(
    {
        "api.ResourceManager.filter-unknown-queue": follows(
            {
                "destination": fails(UNKNOWN, ErrorKind.DESTINATION),
                "other": fails(UNKNOWN),
                "to come": all_of(succeeds(UNKNOWN), filters({"c": is_student})),
            }
        )
    }
)
def test_a_filter_is_for_no_queue(conform: Conform) -> None:
    """A filter of a queue that does not exist is refused, or is there for when it does."""
    program = Program.of(client("manager", Filter("late", STUDENTS)), queues=()).then(
        client("maker", CreateQueue("late"))
    )
    conform(program.then(people("p", "late")).then(puller("c", "late", Drain(expect=5))))


@clauses(
    {
        "api.ResourceManager.filter-in-server": all_of(
            *(keeps_or_drops({"c": is_student}, {"c": sent_by(f"{when} q")}) for when in ("early", "late"))
        ),
        "api.ResourceManager.routing-in-server": all_of(
            *(nothing_lost("target", which=sent_by(f"{when} s")) for when in ("early", "late"))
        ),
    }
)
def test_filters_and_routings_are_the_servers(conform: Conform) -> None:
    """What is set through one access point holds for the clients of another, and after the first is closed."""
    setting = client("manager", Open(on="other"), Filter("q", STUDENTS, on="other"), Routing("s", "t", on="other"))
    program = Program.of(setting, queues=("q", "s", "t")).then(people("early q", "q"), people("early s", "s"))
    program = program.then(client("closer", Close(on="other"))).then(people("late q", "q"), people("late s", "s"))
    conform(program.then(puller("c", "q", ReceiveUntil(10), Drain()), puller("target", "t", ReceiveUntil(20), Drain())))


@clauses(
    {
        "api.ResourceManager.filter-failure": fails(ops(Filter, client="filters")),
        "api.ResourceManager.routing-failure": fails(ops(Routing, client="routes")),
    }
)
def test_nothing_is_set_without_the_server(conform: Conform) -> None:
    """While the server cannot be reached a filter and a routing fail."""
    program = Program.of(client("opener", Open(on="far", relayed=True)), queues=("q", "r"))
    program = program.then(client("cutter", CutOff(on="far"), Quiet()))
    program = program.then(
        client("filters", Filter("q", STUDENTS, on="far")), client("routes", Routing("q", "r", on="far"))
    )
    conform(program.then(client("restorer", Restore(on="far"))))
