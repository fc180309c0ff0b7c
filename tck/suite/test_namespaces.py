"""ResourceManager: namespaces are created, deleted, listed and switched, and nothing leaves one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tck.adapter import Status
from tck.checkers.answers import (
    all_of,
    any_of,
    fails,
    follows,
    gives,
    has_status,
    ops,
    succeeds,
)
from tck.checkers.namespaces import held, named, nothing_leaks, nothing_lost_within, unnamed
from tck.checkers.readings import where
from tck.checkers.status import where_refused
from tck.conformance import Conform, clauses
from tck.operations import (
    BindQueue,
    CreateConsumer,
    CreateNamespace,
    CreateProducer,
    CreateQueue,
    DeleteNamespace,
    ErrorKind,
    ListNamespaces,
    ListQueues,
    Open,
    Start,
    SwitchNamespace,
    UnbindQueue,
)
from tck.programs import Client, Drain, Program, Step, client, send

CREATE = ops(CreateNamespace, client="again")
DELETE = ops(DeleteNamespace, client="nowhere")
OUTSIDE = ops(ListQueues, client="from outside")
FROM_AP, FROM_ONE = (ops(ListQueues, client="from outside", at=at) for at in range(2))
SWITCH = ops(SwitchNamespace, client="nowhere")


def enter(namespace: str, *steps: Step) -> Client:
    """Return a client that creates a namespace, and an access point of its name that is switched to it."""
    on = namespace
    return client(f"enter.{on}", CreateNamespace(on), Open(on=on), SwitchNamespace(on, on=on), *steps)


def producer_in(where: str, *steps: Step) -> Client:
    """Return a client with a producer of an access point."""
    return client(f"p.{where}", CreateProducer(on=where), Start(), *steps)


def puller_in(where: str, queue: str, *steps: Step) -> Client:
    """Return a client with a consumer of an access point, bound to a queue."""
    return client(f"c.{where}.{queue}", CreateConsumer(on=where), Start(), BindQueue(queue), *steps)


@clauses(
    {
        "api.ResourceManager.create-namespace-listed": held(ops(ListNamespaces, client="there"), "one", "two"),
        "api.ResourceManager.list-namespaces-once": all_of(
            named(ops(ListNamespaces, client="there"), "one", "two"),
            named(ops(ListNamespaces, client="there again"), "one", "two"),
        ),
        "api.ResourceManager.delete-namespace-unlisted": unnamed(ops(ListNamespaces, client="gone"), "one"),
        "api.ResourceManager.namespace-changes-at-once": all_of(
            held(ops(ListNamespaces, client="there too"), "one", "two"),
            unnamed(ops(ListNamespaces, client="gone too"), "one"),
        ),
    }
)
def test_namespaces_come_and_go(conform: Conform) -> None:
    """A created namespace is listed once, a deleted one is gone, through every access point."""
    program = Program.of(client("maker", Open(on="other"), CreateNamespace("one"), CreateNamespace("two")))
    program = program.then(client("there", ListNamespaces()), client("there too", ListNamespaces(on="other")))
    program = program.then(client("deleter", DeleteNamespace("one")))
    program = program.then(client("gone", ListNamespaces()), client("gone too", ListNamespaces(on="other")))
    conform(program.then(client("there again", CreateNamespace("one"), ListNamespaces())))


@clauses(
    {
        "api.ResourceManager.create-namespace-exists": fails(CREATE, ErrorKind.DESTINATION),
        "api.ResourceManager.delete-namespace-unknown": fails(DELETE, ErrorKind.DESTINATION),
        "api.ResourceManager.switch-namespace-unknown": fails(SWITCH, ErrorKind.DESTINATION),
        "api.OMSResponseStatus.namespace-exists": has_status(CREATE, Status.NAMESPACE_EXISTS),
        "api.OMSResponseStatus.namespace-not-found": all_of(
            has_status(DELETE, Status.NAMESPACE_NOT_FOUND), has_status(SWITCH, Status.NAMESPACE_NOT_FOUND)
        ),
    }
)
def test_what_namespaces_are_there_and_what_are_not(conform: Conform) -> None:
    """Creating a namespace that exists, and deleting or switching to one that does not, are errors."""
    program = Program.of(client("maker", CreateNamespace("one"), Open(on="other")))
    program = program.then(client("again", CreateNamespace("one"), CreateNamespace("one", on="other")))
    conform(program.then(client("nowhere", DeleteNamespace("none"), SwitchNamespace("none"))))


@clauses(
    {
        "api.ResourceManager.namespace-own-queues": succeeds(ops(CreateQueue, client="same")),
        "api.ResourceManager.switch-namespace-current": all_of(
            held(ops(ListQueues, client="one"), "a", "same"), unnamed(ops(ListQueues, client="one"), "b", "q")
        ),
        "api.ResourceManager.switch-namespace-back": all_of(
            succeeds(ops(SwitchNamespace, client="back")), held(ops(ListQueues, client="back"), "a")
        ),
        "api.ResourceManager.list-queues-namespace": follows(
            {
                "given": all_of(held(OUTSIDE, "b"), unnamed(OUTSIDE, "a", "q")),
                "current": all_of(
                    held(FROM_AP, "q"), unnamed(FROM_AP, "a", "b"), held(FROM_ONE, "a"), unnamed(FROM_ONE, "b", "q")
                ),
            }
        ),
        "api.ResourceManager.list-queues-none": unnamed(ops(ListQueues, client="empty"), "a", "b", "q", "same"),
        "api.ResourceManager.list-queues-of-namespace": follows(
            {"given": held(OUTSIDE, "b"), "current": all_of(held(FROM_AP, "q"), held(FROM_ONE, "a"))}
        ),
        "api.ResourceManager.list-queues-of-no-other": follows(
            {
                "given": unnamed(OUTSIDE, "a", "q"),
                "current": all_of(unnamed(FROM_AP, "a", "b"), unnamed(FROM_ONE, "b", "q")),
            }
        ),
        "architecture.namespace-of-access-point": all_of(
            held(ops(ListQueues, client="elsewhere"), "q"), unnamed(ops(ListQueues, client="elsewhere"), "a", "b")
        ),
    }
)
def test_a_queue_lies_in_the_current_namespace(conform: Conform) -> None:
    """Queues are created and listed in the namespace that their access point was switched to, and in no other."""
    program = Program.of(*map(enter, ("one", "two", "three")))
    program = program.then(client("early", ListQueues("two", on="ap"), ListQueues("two", on="one")))
    program = program.then(client("makes", CreateQueue("a", on="one"), CreateQueue("b", on="two")))
    program = program.then(client("same", CreateQueue("same", on="one"), CreateQueue("same", on="two")))
    program = program.then(
        client("one", ListQueues(on="one")),
        client("from outside", ListQueues("two", on="ap"), ListQueues("two", on="one")),
        client("elsewhere", ListQueues(on="ap")),
        client("empty", ListQueues(on="three"), ListQueues("three", on="three")),
    )
    conform(
        program.then(
            client("back", SwitchNamespace("two", on="one"), SwitchNamespace("one", on="one"), ListQueues(on="one"))
        )
    )


@clauses(
    {
        "api.ResourceManager.delete-namespace-queues": follows(
            {
                "taken along": all_of(
                    succeeds(ops(DeleteNamespace, client="deleter")),
                    unnamed(ops(ListQueues, client="later"), "a"),
                ),
                "refused": fails(ops(DeleteNamespace, client="deleter")),
            }
        )
    }
)
def test_a_namespace_that_is_created_again_is_empty(conform: Conform) -> None:
    """A namespace with queues cannot be deleted, or takes them along."""
    program = Program.of(enter("one", CreateQueue("a", on="one"))).then(client("deleter", DeleteNamespace("one")))
    conform(program.then(client("later", CreateNamespace("one"), ListQueues("one"))))


LISTED = ops(ListQueues, client="inside"), ops(ListQueues, client="outside")
OF_A_URI = ops(Open, on="of a URI")


@clauses(
    {
        "api.ResourceManager.list-queues-unknown-namespace": follows(
            {
                "error": any_of(
                    fails(ops(ListQueues, client="nowhere"), ErrorKind.DESTINATION),
                    has_status(ops(ListQueues, client="nowhere"), Status.NAMESPACE_NOT_FOUND),
                ),
                "empty": gives(ops(ListQueues, client="nowhere"), ()),
            }
        ),
        "api.OMSResponseStatus.namespace-not-found-list-queues": where_refused(
            ops(ListQueues, client="nowhere"), Status.NAMESPACE_NOT_FOUND
        ),
        "reading.namespace-initial": where(
            succeeds(OF_A_URI),
            follows(
                {
                    "of-the-access-point": all_of(held(LISTED[0], "x"), unnamed(LISTED[1], "x")),
                    "default": all_of(held(LISTED[1], "x"), unnamed(LISTED[0], "x")),
                }
            ),
        ),
    }
)
def test_the_namespace_to_begin_in(conform: Conform) -> None:
    """A client that chose no namespace works in that of its URI, or in the one of all who chose none."""
    uri = "oms:{driver}://{account}@{hosts}/{region}:{one}"
    program = Program.of(enter("one"), client("nowhere", ListQueues("nowhere")))
    program = program.then(client("maker", Open(uri, on="of a URI"), CreateQueue("x", on="of a URI")))
    conform(program.then(client("inside", ListQueues(on="one")), client("outside", ListQueues(on="ap"))))


@st.composite
def worlds(draw: st.DrawFn) -> Program:
    """Several namespaces, the one to begin in among them, with queues of the same names that are used at once."""
    made = ("one", "two")[: draw(st.integers(1, 2))]
    queues = ("q", "r")[: draw(st.integers(1, 2))]
    program = Program.of(
        *(enter(one, *(CreateQueue(queue, on=one) for queue in queues)) for one in made), queues=queues
    )
    senders, receivers, total = [], [], 0
    for place in ("ap", *made):
        sends = [
            send(queue, place.encode()) for queue in (*queues, *draw(st.lists(st.sampled_from(queues), max_size=4)))
        ]
        senders.append(producer_in(place, *sends))
        total += len(sends)
        for queue in queues:
            rebinds = (UnbindQueue(queue), BindQueue(queue)) * draw(st.integers(0, 2))
            receivers.append(puller_in(place, queue, *rebinds))
    program = program.then(*receivers, *senders)
    return program.then(*(client(one.name, Drain(expect=total)) for one in receivers))


@clauses(
    {
        "api.ResourceManager.namespace-isolated": nothing_leaks,
        "api.ResourceManager.namespace-usable": nothing_lost_within(),
    }
)
@settings(max_examples=10)
@given(program=worlds())
def test_nothing_leaves_a_namespace(conform: Conform, program: Program) -> None:
    """What is sent in a namespace is received there, and nowhere else, while others are used alike."""
    conform(program)
