"""ResourceManager: queues are created, listed and deleted."""

from collections.abc import Callable

from tck.adapter import Status
from tck.checkers.answers import (
    Checker,
    Select,
    all_of,
    any_of,
    fails,
    follows,
    gives,
    has_status,
    has_text,
    ops,
    succeeds,
)
from tck.checkers.delivery import nothing_lost, nothing_to, only_own_queue
from tck.checkers.listing import lists, lists_once, names_kept, never_lists
from tck.checkers.readings import came, where
from tck.checkers.status import where_refused
from tck.conformance import Conform, clauses
from tck.operations import (
    BindQueue,
    Close,
    CreateQueue,
    DeleteQueue,
    ErrorKind,
    ListQueues,
    Open,
    Receive,
    Send,
    Stop,
    UnbindQueue,
)
from tck.programs import Drain, Program, ReceiveUntil, client, producer, puller, pusher, send

DELETED = ops(Send, client="late"), ops(BindQueue, client="binds late"), ops(DeleteQueue, client="deletes late")


@clauses(
    {
        "api.ResourceManager.create-queue-listed": all_of(
            *(lists(name, client="before") for name in ("made", "again"))
        ),
        "api.ResourceManager.create-queue-usable": nothing_lost("c", which=lambda s: s.entry.client == "p"),
        "api.ResourceManager.list-queues-once": lists_once,
        "api.ResourceManager.delete-queue-unlisted": never_lists("made", client="after"),
        "api.ResourceManager.delete-queue-send": fails(ops(Send, client="late"), ErrorKind.DESTINATION),
        "api.ResourceManager.changes-at-once": all_of(
            lists("made", client="other"), never_lists("made", client="later")
        ),
        "api.OMSResponseStatus.destination-not-found-deleted": where_refused(
            lambda history: [entry for select in DELETED for entry in select(history)], Status.DESTINATION_NOT_FOUND
        ),
    }
)
def test_queues_come_and_go(conform: Conform) -> None:
    """A created queue is listed once and usable at once, a deleted one is gone, through every access point."""
    listed = Open(on="second"), ListQueues(on="second")
    anew = CreateQueue("again"), DeleteQueue("again"), CreateQueue("again")
    program = Program.of(client("maker", *listed, CreateQueue("made"), *anew))
    program = program.then(
        producer("p", send("made")), client("before", ListQueues()), client("other", ListQueues(on="second"))
    ).then(puller("c", "made", ReceiveUntil(1), UnbindQueue("made"), Stop()))
    program = program.then(client("deleter", DeleteQueue("made")))
    program = program.then(client("after", ListQueues()), client("later", ListQueues(on="second")))
    conform(
        program.then(
            producer("late", send("made")), puller("binds late", "made"), client("deletes late", DeleteQueue("made"))
        )
    )


MISSING = (ops(Send, client="p"), ops(BindQueue, client="c"), ops(DeleteQueue, client="deleter"))
EXISTS = ops(CreateQueue, client="maker", at=1)
ERRORS = (*MISSING, EXISTS, ops(Open, client="x"))
IN_VAIN = ops(Receive, client="d")


def told(checker: Callable[[Select], Checker]) -> Checker:
    """What a checker finds of a receive in vain, unless that gives null."""
    return any_of(gives(IN_VAIN, None), checker(IN_VAIN))


@clauses(
    {
        "api.ResourceManager.create-queue-exists": fails(EXISTS, ErrorKind.DESTINATION),
        "api.ResourceManager.delete-queue-unknown": fails(ops(DeleteQueue), ErrorKind.DESTINATION),
        "api.OMSResponseStatus.destination-exists": has_status(EXISTS, Status.DESTINATION_EXISTS),
        "api.OMSResponseStatus.destination-not-found": all_of(
            *(has_status(select, Status.DESTINATION_NOT_FOUND) for select in MISSING)
        ),
        "api.OMSRuntimeException.error-code": all_of(*map(has_status, ERRORS), told(has_status)),
        "api.OMSRuntimeException.error-text": all_of(*map(has_text, ERRORS), told(has_text)),
    }
)
def test_what_is_there_and_what_is_not(conform: Conform) -> None:
    """Creating what exists, and using or deleting what does not, are errors with a status code and a text."""
    conform(
        Program.of(
            client("maker", CreateQueue("made"), CreateQueue("made")),
            client("deleter", DeleteQueue("never-made")),
            producer("p", send("nowhere")),
            puller("c", "nowhere"),
            puller("d", "q", Receive(conform.calibration.quiet)),
            client("x", Open("no access point", on="x")),
        )
    )


@clauses({"api.ResourceManager.create-queue-exists-kept": nothing_lost("c")})
def test_creating_a_queue_again_leaves_its_messages(conform: Conform) -> None:
    """The attempt to create a queue that exists leaves what is in it, and what a consumer holds of it."""
    program = Program.of(producer("p", send("q"), send("q"))).then(puller("holder", "q", ReceiveUntil(1, ack=False)))
    program = program.then(client("maker", CreateQueue("q"))).then(client("holder", Stop()))
    conform(program.then(puller("c", "q", ReceiveUntil(2))))


@clauses(
    {
        "api.ResourceManager.delete-queue-created-again": where(
            succeeds(ops(DeleteQueue)),
            all_of(
                nothing_to(
                    "c", "none of the messages from before the deletion", which=lambda s: s.message.body == b"before"
                ),
                nothing_lost("c", which=lambda s: s.message.body == b"after"),
            ),
        )
    }
)
def test_a_queue_that_is_created_again_is_empty(conform: Conform) -> None:
    """A queue that was deleted can be created again, and is then empty."""
    program = Program.of(producer("p", send("q", b"before"))).then(client("maker", DeleteQueue("q"), CreateQueue("q")))
    conform(program.then(producer("r", send("q", b"after"))).then(puller("c", "q", ReceiveUntil(1), Drain())))


@clauses(
    {
        "api.ResourceManager.delete-queue-created-again": where(
            succeeds(ops(DeleteQueue)),
            nothing_to("d", "nothing that was held of the queue before", lambda s: s.message.body == b"before"),
        ),
        "api.ResourceManager.delete-queue-only-that": nothing_lost("e", which=lambda s: s.message.body == b"kept"),
    }
)
def test_what_is_held_of_a_deleted_queue_is_gone(conform: Conform) -> None:
    """What a consumer holds does not come into a queue that is created anew, and what it holds of another is not lost."""
    program = Program.of(producer("p", send("q", b"before"), send("r", b"kept")), queues=("q", "r"))
    program = program.then(puller("c", "q", BindQueue("r"), ReceiveUntil(2, ack=False)))
    program = program.then(client("maker", DeleteQueue("q"), CreateQueue("q"))).then(client("c", Stop()))
    program = program.then(client("p", send("q", b"after")))
    conform(program.then(puller("d", "q", ReceiveUntil(1), Drain()), puller("e", "r", ReceiveUntil(1))))


@clauses(
    {
        "api.ResourceManager.create-queue-empty": all_of(succeeds(ops(BindQueue, client="e")), came("e")),
        "api.ResourceManager.delete-queue-twice": fails(
            ops(DeleteQueue, client="deleter", at=1), ErrorKind.DESTINATION
        ),
        "api.ResourceManager.delete-queue-only-that": all_of(
            lists("kept", client="after"),
            nothing_lost(
                "k",
                which=lambda one: (
                    one.message.header.destination != "" and str(one.message.header.destination).endswith("-kept")
                ),
            ),
        ),
        "api.ResourceManager.delete-queue-bind": where(
            succeeds(ops(DeleteQueue, client="deleter", at=0)),
            fails(ops(BindQueue, client="late"), ErrorKind.DESTINATION),
        ),
        "api.ResourceManager.changes-in-server": all_of(
            lists("outlasts", client="after"), never_lists("gone", client="after")
        ),
        "api.ResourceManager.list-queues-only-existing": never_lists("never", client="after"),
    }
)
def test_the_server_has_the_queues(conform: Conform) -> None:
    """A queue begins empty, is deleted alone and for all, and outlasts the access point that created it."""
    program = Program.of(
        client(
            "maker",
            Open(on="theirs"),
            CreateQueue("outlasts", on="theirs"),
            DeleteQueue("gone", on="theirs"),
            Close(on="theirs"),
        ),
        producer("p", send("kept"), send("kept"), send("made")),
        client("e", CreateQueue("new")),
        producer("n", send("never")),
        puller("b", "never"),
        queues=("gone", "kept", "made"),
    )
    program = program.then(client("deleter", DeleteQueue("made"), DeleteQueue("made")))
    conform(
        program.then(
            client("after", ListQueues()),
            puller("late", "made"),
            puller("e", "new", Drain()),
            puller("k", "kept", ReceiveUntil(2)),
        )
    )


@clauses(
    {
        "api.ResourceManager.delete-queue-bind-push": where(
            succeeds(ops(DeleteQueue)), fails(ops(BindQueue), ErrorKind.DESTINATION)
        )
    }
)
def test_a_listener_cannot_be_bound_to_a_deleted_queue(conform: Conform) -> None:
    """Binding a listener to a queue that was deleted is an error."""
    program = Program.of(producer("p", send("made")), queues=("made",)).then(client("deleter", DeleteQueue("made")))
    conform(program.then(pusher("pushed", "made")))


ODD = ("two words", "dot.ted", "sla/sh", "очередь 队列 🚀", "quo'te\"d")
TWINS = (
    ("twin", "Twin"),
    ("blank", "blank "),
    ("caf\u00e9", "cafe\u0301"),
    ("ol\u00e9", "ole"),
    ("a%41", "aA"),
    ("sla/sh", "sla.sh"),
    ("under_score", "under-score"),
    ("long" * 17 + "1", "long" * 17 + "2"),
)
"""Names that are the same where a protocol folds, trims, composes, decodes, replaces or cuts them."""


@clauses(
    {
        "2.3.6-destination-name-kept": follows(
            {"any": all_of(succeeds(ops(CreateQueue)), names_kept), "vendor": names_kept}
        )
    }
)
def test_a_queue_is_called_what_it_is_called(conform: Conform) -> None:
    """A queue with printable characters of any kind in its name works under just that name, or cannot be created."""
    program = Program.of(*(client(f"maker {name}", CreateQueue(name)) for name in ODD), queues=())
    program = program.then(producer("p", *map(send, ODD)), client("seen", ListQueues()))
    conform(program.then(*(puller(f"c {name}", name, ReceiveUntil(1)) for name in ODD)))


@clauses({"2.3.6-destination-names-apart": only_own_queue})
def test_queues_of_similar_names_are_two(conform: Conform) -> None:
    """Names that differ in case, a blank, an accent, a separator or at their end are those of two queues, or one cannot be created."""
    names = [name for pair in TWINS for name in pair]
    program = Program.of(*(client(f"maker {name}", CreateQueue(name)) for name in names), queues=())
    program = program.then(producer("p", *(send(name, name.encode()) for name in names)))
    for turn in (0, 1):
        expected = len(TWINS) * (turn + 1)
        program = program.then(*(puller(f"c {pair[turn]}", pair[turn], Drain(expect=expected)) for pair in TWINS))
    conform(program)
