"""ResourceManager: filters by expressions, and routing from queue to queue."""

from tck.checkers import content
from tck.checkers.answers import Checker, all_of, follows
from tck.checkers.delivery import nothing_lost, nothing_to, once
from tck.checkers.headers import each_received
from tck.checkers.matching import Received, Sent, Which
from tck.checkers.matching import by_client_to as to
from tck.checkers.routing import keeps_or_drops, routed_from, routed_id
from tck.conformance import Conform, clauses
from tck.messages import Integer, String
from tck.operations import Filter, Routing
from tck.programs import Client, Drain, Program, ReceiveUntil, client, producer, puller, send

AGES = (17, 18, 20, 23, 24)
OWN = "each message has its own body and properties"


def other_content(one: Received) -> str:
    """Say how a message differs from the one that was sent."""
    return content.same_body(one) or content.same_properties()(one)


def age(one: Sent) -> int:
    """Return the age that a message carries."""
    return int(one.message.properties["age"].value)


def tag(one: Sent) -> str:
    """Return the tag that a message carries."""
    return str(one.message.properties["tag"].value)


def people(queue: str) -> Client:
    """Return a producer that sends a student and a teacher of each age."""
    return producer(
        f"to {queue}",
        *(
            send(queue, b"%s of %d" % (who.encode(), years), properties={"tag": String(who), "age": Integer(years)})
            for years in AGES
            for who in ("Student", "Teacher")
        ),
    )


@clauses({"api.ResourceManager.filter-selects": keeps_or_drops({"c": lambda one: tag(one) == "Student"})})
def test_a_filter_tells_messages_by_a_text(conform: Conform) -> None:
    """A queue with a filter gives just the messages with the text, or just the others."""
    program = Program.of(client("manager", Filter("q", "tag = 'Student'"))).then(people("q"))
    conform(program.then(puller("c", "q", Drain(expect=5))))


@clauses(
    {
        "api.ResourceManager.filter-comparison": keeps_or_drops(
            {
                "less": lambda one: age(one) < 20,
                "at most": lambda one: age(one) <= 20,
                "more": lambda one: age(one) > 20,
                "at least": lambda one: age(one) >= 20,
            }
        )
    }
)
def test_a_filter_compares_numbers(conform: Conform) -> None:
    """A filter compares whole numbers, each with an operator of its own, in queues that are routed to."""
    operators = {"less": "<", "at most": "<=", "more": ">", "at least": ">="}
    queues = ("q", *operators)
    manager = client(
        "manager",
        *(Filter(queue, f"age {operator} 20") for queue, operator in operators.items()),
        *(Routing("q", queue) for queue in operators),
    )
    program = Program.of(manager, queues=queues).then(people("q"))
    conform(
        program.then(
            puller("c", "q", Drain(expect=10)),
            *(puller(queue, queue, ReceiveUntil(4), Drain(times=4)) for queue in operators),
        )
    )


@clauses(
    {
        "api.ResourceManager.filter-and-or-not": keeps_or_drops(
            {"c": lambda one: (tag(one) == "Student" and age(one) >= 20) or not age(one) < 24}
        )
    }
)
def test_a_filter_combines_conditions(conform: Conform) -> None:
    """A filter combines conditions with AND, OR and NOT."""
    expression = "(tag = 'Student' AND age >= 20) OR NOT age < 24"
    program = Program.of(client("manager", Filter("q", expression))).then(people("q"))
    conform(program.then(puller("c", "q", Drain(expect=4))))


@clauses(
    {
        "api.ResourceManager.filter-other-queues": nothing_lost("d", which=to("r")),
        "usecase.filter-property-range": keeps_or_drops({"c": lambda one: 18 <= age(one) <= 23}, {"c": to("q")}),
        "api.ResourceManager.filter-content": each_received(OWN, other_content, all_come=False),
    }
)
def test_a_filter_keeps_a_range(conform: Conform) -> None:
    """A filter keeps, or drops, those with an age within a range, gives messages whole, and leaves another queue alone."""
    program = Program.of(client("manager", Filter("q", "age BETWEEN 18 AND 23")), queues=("q", "r"))
    program = program.then(people("q"), people("r"))
    conform(program.then(puller("c", "q", Drain(expect=14)), puller("d", "r", Drain(expect=14))))


def all_or_none(consumer: str, which: Which = lambda _: True) -> Checker:
    """The source keeps what is routed, or none of it."""
    return follows(
        {"copied": nothing_lost(consumer, which=which), "moved": nothing_to(consumer, "nothing that is routed", which)}
    )


@clauses(
    {
        "api.ResourceManager.routing-target-receives": nothing_lost("target", which=to("q")),
        "api.ResourceManager.routing-source-keeps": all_or_none("source", to("q")),
        "reading.message-id-of-routed": follows({"same": routed_id(same=True), "own": routed_id(same=False)}),
        "reading.destination-after-routing": follows({"target": routed_from("r"), "source": routed_from("q")}),
        "api.ResourceManager.routing-target-direct": nothing_lost("target", which=to("r")),
        "api.ResourceManager.routing-one-way": nothing_to("source", "nothing that was sent to the target", to("r")),
        "api.ResourceManager.routing-content": each_received(OWN, other_content),
        "api.ResourceManager.routing-one-duplicate": once("target", which=to("q"), if_acknowledged=True),
    }
)
def test_a_routing_duplicates(conform: Conform) -> None:
    """What is sent to the source is received from the target, and the source if it copies; what is sent to the target from it alone."""
    program = Program.of(client("manager", Routing("q", "r")), queues=("q", "r")).then(people("q"), people("r"))
    conform(program.then(puller("source", "q", Drain(expect=20)), puller("target", "r", ReceiveUntil(20), Drain())))


@clauses(
    {"usecase.filter-routed": keeps_or_drops({"target": lambda one: tag(one) == "Student" and 18 <= age(one) <= 23})}
)
def test_a_routing_leads_through_a_filter(conform: Conform) -> None:
    """A queue with a filter gets of what is routed to it just what the filter lets through."""
    manager = client("manager", Filter("r", "tag = 'Student' AND age BETWEEN 18 AND 23"), Routing("q", "r"))
    program = Program.of(manager, queues=("q", "r")).then(people("q"))
    conform(
        program.then(puller("source", "q", Drain(expect=10)), puller("target", "r", ReceiveUntil(3), Drain(times=4)))
    )


@clauses(
    {
        "usecase.online-test": all_of(
            nothing_lost("production"),
            once("production", if_acknowledged=True),
            keeps_or_drops({"test": lambda one: age(one) < 20}),
        ),
        "usecase.upgrade": keeps_or_drops(
            {"student": lambda one: tag(one) == "Student", "teacher": lambda one: tag(one) == "Teacher"}
        ),
    }
)
def test_one_source_serves_several_versions(conform: Conform) -> None:
    """Of one source a queue gets all, another a part for tests, and two more what one version or the other knows."""
    kept = {"test": "age < 20", "student": "tag = 'Student'", "teacher": "tag = 'Teacher'"}
    queues = ("q", "production", *kept)
    filters = (Filter(queue, expression) for queue, expression in kept.items())
    manager = client("manager", *filters, *(Routing("q", queue) for queue in queues[1:]))
    program = Program.of(manager, queues=queues).then(people("q"))
    conform(program.then(*(puller(queue, queue, ReceiveUntil(4), Drain(expect=10, times=4)) for queue in queues[1:])))
