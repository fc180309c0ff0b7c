"""ResourceManager: namespaces are the server's, for all who come later, and there only as long as it can be reached."""

from tck.adapter import Status
from tck.checkers.answers import Checker, all_of, any_of, fails, follows, has_status, ops, succeeds
from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.matching import bodies
from tck.checkers.namespaces import held, unnamed
from tck.checkers.readings import where
from tck.checkers.status import where_refused
from tck.conformance import Conform, clauses
from tck.operations import (
    Close,
    CreateNamespace,
    CreateQueue,
    CutOff,
    DeleteNamespace,
    ErrorKind,
    ListNamespaces,
    ListQueues,
    Open,
    Operation,
    Restore,
    Stop,
    SwitchNamespace,
)
from tck.programs import Client, Drain, Program, Quiet, ReceiveUntil, Step, client, send
from tck.suite.test_namespaces import enter, producer_in, puller_in

AFTER = ops(ListNamespaces, client="arrive.new")


def arrive(namespace: str, on: str, *steps: Step) -> Client:
    """Return a client that opens an access point and switches it to a namespace, then does the steps."""
    return client(f"arrive.{on}", Open(on=on), SwitchNamespace(namespace, on=on), *steps)


@clauses(
    {
        "api.ResourceManager.namespace-in-server": all_of(
            held(AFTER, "outlasts"), unnamed(AFTER, "gone"), held(ops(ListQueues, client="arrive.new"), "inside")
        ),
        "api.ResourceManager.delete-namespace-only-that": all_of(held(AFTER, "kept"), nothing_lost("c.kept.q")),
        "api.ResourceManager.list-namespaces-only-existing": unnamed(AFTER, "never"),
    }
)
def test_the_server_has_the_namespaces(conform: Conform) -> None:
    """A namespace outlasts the access point that created it and the deletion of another, and is there only if it was created."""
    made = (CreateNamespace("outlasts", on="theirs"), CreateNamespace("gone", on="theirs"))
    inside = (SwitchNamespace("outlasts", on="theirs"), CreateQueue("inside", on="theirs"))
    maker = client("maker", Open(on="theirs"), *made, DeleteNamespace("gone", on="theirs"), *inside, Close(on="theirs"))
    program = Program.of(maker, enter("kept", CreateQueue("q", on="kept")), client("other", CreateNamespace("doomed")))
    program = program.then(producer_in("kept", send("q"), send("q")))
    in_vain = client("in vain", SwitchNamespace("never"), DeleteNamespace("never"), ListQueues("never"))
    program = program.then(client("deleter", DeleteNamespace("doomed")), in_vain)
    program = program.then(arrive("outlasts", "new", ListQueues(on="new"), ListNamespaces(on="new")))
    conform(program.then(puller_in("kept", "q", ReceiveUntil(2))))


@clauses(
    {
        "api.ResourceManager.create-namespace-exists-kept": all_of(
            held(ops(ListQueues, client="arrive.new"), "a"), nothing_lost("c.new.a")
        )
    }
)
def test_creating_a_namespace_again_leaves_what_is_in_it(conform: Conform) -> None:
    """The attempt to create a namespace that exists leaves its queues, and their messages."""
    program = Program.of(enter("one", CreateQueue("a", on="one"))).then(producer_in("one", send("a"), send("a")))
    program = program.then(client("again", CreateNamespace("one"))).then(arrive("one", "new", ListQueues(on="new")))
    conform(program.then(puller_in("new", "a", ReceiveUntil(2))))


DELETED = succeeds(ops(DeleteNamespace, client="deleter", at=0))
STALE = ops(CreateQueue, client="stale")
BEFORE, LATER = b"before", b"after"


@clauses(
    {
        "api.ResourceManager.delete-namespace-twice": where(
            DELETED, fails(ops(DeleteNamespace, client="deleter", at=1), ErrorKind.DESTINATION)
        ),
        "api.ResourceManager.switch-namespace-deleted": where(
            DELETED, fails(ops(SwitchNamespace, client="arrive.late"), ErrorKind.DESTINATION)
        ),
        "api.OMSResponseStatus.namespace-not-found-create-queue": where(
            DELETED, where_refused(STALE, Status.NAMESPACE_NOT_FOUND)
        ),
        "api.ResourceManager.create-queue-namespace-deleted": where(
            DELETED,
            follows(
                {
                    "error": any_of(fails(STALE, ErrorKind.DESTINATION), has_status(STALE, Status.NAMESPACE_NOT_FOUND)),
                    "begun in": all_of(succeeds(STALE), held(ops(ListQueues, client="looks"), "stale")),
                    "created again": all_of(
                        succeeds(STALE),
                        succeeds(ops(SwitchNamespace, client="arrive.new")),
                        held(ops(ListQueues, client="arrive.new"), "stale"),
                    ),
                }
            ),
        ),
    }
)
def test_a_deleted_namespace_is_gone(conform: Conform) -> None:
    """A deleted namespace cannot be deleted again or switched to; no queue is created in it where nobody finds it."""
    program = Program.of(enter("doomed")).then(client("deleter", DeleteNamespace("doomed"), DeleteNamespace("doomed")))
    program = program.then(arrive("doomed", "late")).then(client("stale", CreateQueue("stale", on="doomed")))
    conform(program.then(client("looks", ListQueues()), arrive("doomed", "new", ListQueues(on="new"))))


@clauses(
    {
        "api.ResourceManager.delete-namespace-created-again": where(
            DELETED,
            all_of(
                succeeds(ops(CreateNamespace, client="again")),
                nothing_to("c.new.a", "none of the messages from before the deletion", which=bodies(BEFORE)),
                nothing_lost("c.new.a", which=bodies(LATER)),
            ),
        )
    }
)
def test_messages_are_deleted_with_their_namespace(conform: Conform) -> None:
    """A queue of a namespace that was deleted and created again with it is empty."""
    program = Program.of(enter("one", CreateQueue("a", on="one")))
    program = program.then(producer_in("one", send("a", BEFORE), Stop())).then(
        client("deleter", DeleteNamespace("one"))
    )
    program = program.then(client("again", CreateNamespace("one"))).then(
        arrive("one", "new", CreateQueue("a", on="new"))
    )
    program = program.then(producer_in("new", send("a", LATER)))
    conform(program.then(puller_in("new", "a", ReceiveUntil(1), Drain())))


def fails_for_want_of_it(kind: type[Operation]) -> Checker:
    """It fails while the server cannot be reached, and not as what is not offered."""
    kinds = (one for one in ErrorKind if one is not ErrorKind.UNSUPPORTED)
    return fails(ops(kind, client="cut off"), *kinds)


@clauses(
    {
        "api.ResourceManager.create-namespace-failure": fails_for_want_of_it(CreateNamespace),
        "api.ResourceManager.delete-namespace-failure": fails_for_want_of_it(DeleteNamespace),
        "api.ResourceManager.list-namespaces-failure": fails_for_want_of_it(ListNamespaces),
        "api.ResourceManager.list-queues-namespace-failure": fails_for_want_of_it(ListQueues),
        "api.ResourceManager.switch-namespace-failure": where(
            fails_for_want_of_it(ListNamespaces),
            any_of(fails_for_want_of_it(SwitchNamespace), held(ops(ListQueues, client="again"), "inside")),
        ),
    }
)
def test_namespaces_cannot_be_managed_without_the_server(conform: Conform) -> None:
    """While the server cannot be reached, whatever is done to namespaces fails, unless a switch takes effect later."""
    program = Program.of(enter("one", CreateQueue("inside", on="one")), client("maker", CreateNamespace("doomed")))
    program = program.then(client("opener", Open(on="far", relayed=True), ListNamespaces(on="far")))
    program = program.then(client("cutter", CutOff(on="far"), Quiet()))
    manage = (CreateNamespace("made", on="far"), DeleteNamespace("doomed", on="far"), ListNamespaces(on="far"))
    switch = SwitchNamespace("one", on="far")
    program = program.then(client("cut off", *manage, ListQueues("one", on="far"), switch))
    conform(program.then(client("again", Restore(on="far"), ListQueues(on="far"))))
