"""Security: a client without authority is refused, and what it tried has no effect."""

from tck.access_point import parse
from tck.adapter import Status
from tck.checkers.answers import Checker, all_of, follows, ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.checkers.listing import lists, never_lists
from tck.checkers.matching import to
from tck.checkers.readings import where
from tck.checkers.security import denied, denied_with, keyed, nothing_of, refused_with
from tck.conformance import Conform, clauses
from tck.operations import (
    BatchReceive,
    BindQueue,
    BindQueueBatch,
    CreateConsumer,
    CreateProducer,
    CreateQueue,
    DeleteQueue,
    Get,
    ListQueues,
    Open,
    Operation,
    Receive,
    Reply,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Start,
)
from tck.programs import Client, Drain, Program, Quiet, ReceiveUntil, Step, client, message, producer, puller, send

NOBODY = "oms:{driver}://oms-tck-nobody@{hosts}/{region}"
"""The access point by an account that does not exist there, or that may do nothing."""
STRANGER = {"ACCOUNT_ID": "oms-tck-nobody", "ACCOUNT_KEY": "no-such-key"}
"""What says the same, in attributes."""
FOREIGN = message("q", b"foreign")


def stranger(name: str, *steps: Step) -> Client:
    """Return a client that opens the access point as nobody, then does the steps."""
    return client(name, Open(NOBODY, STRANGER, on=f"{name}.ap"), *steps)


def sender(name: str, *steps: Step) -> Client:
    """Return a stranger with a producer."""
    return stranger(name, CreateProducer(on=f"{name}.ap"), Start(), *steps)


def taker(name: str, *steps: Step) -> Client:
    """Return a stranger with a consumer."""
    return stranger(name, CreateConsumer(on=f"{name}.ap"), Start(), *steps)


def in_silence(kind: type[Operation]) -> Checker:
    """A oneway send of a stranger who may come so far raises no error."""
    come = ops(Open, CreateProducer, Start, client="oneway")
    return where(succeeds(come), succeeds(ops(kind, client="oneway")))


@clauses(
    {
        "api.MessagingAccessPoint.create-producer-no-authority": denied("sync", Send),
        "api.Producer.send-no-authority": follows(
            {"create": denied("sync", CreateProducer), "use": denied("sync", Send)}
        ),
        "api.Producer.send-async-no-authority": denied("async", Get),
        "api.Producer.send-batch-no-authority": denied("batch", SendBatch),
        "api.Producer.send-batch-async-no-authority": denied("batch async", Get),
        "api.Producer.send-oneway-no-authority-no-error": all_of(in_silence(SendOneway), nothing_of("oneway")),
        "api.Producer.send-batch-oneway-no-authority-no-error": in_silence(SendBatchOneway),
        "api.OMSSecurityException.send-no-effect": nothing_of("sync", "async", "batch", "batch async", "oneway"),
    }
)
def test_who_has_no_authority_cannot_send(conform: Conform) -> None:
    """Sending without authority is refused in every way that can tell so, and nothing of it arrives."""
    foreign = (
        sender("sync", Send(FOREIGN)),
        sender("async", SendAsync(FOREIGN), Get()),
        sender("batch", SendBatch((FOREIGN, FOREIGN))),
        sender("batch async", SendBatchAsync((FOREIGN, FOREIGN)), Get()),
        sender("oneway", SendOneway(FOREIGN), SendBatchOneway((FOREIGN,))),
    )
    program = Program.of(*foreign).then(producer("p", send("q", b"own")))
    conform(program.then(puller("c", "q", ReceiveUntil(1), Drain())))


TAKERS: dict[str, tuple[Step, ...]] = {
    "pull": (BindQueue("pull"), Receive(0.0), Receive(0.0)),
    "batch": (BindQueue("batch"), BatchReceive(0.0), BatchReceive(0.0)),
    "push": (BindQueue("push", Reply.ACK),),
    "pushes": (BindQueueBatch("pushes", Reply.ACK),),
}


def takes_nothing(queue: str) -> Checker:
    """The stranger is refused, and the message comes to its rightful consumer."""
    return all_of(denied(queue, type(TAKERS[queue][-1])), nothing_lost(f"own.{queue}", which=to(queue)))


@clauses(
    {
        "api.MessagingAccessPoint.create-consumer-no-authority": denied("pull", Receive),
        "api.Consumer.bind-queue-no-authority": denied("pull", Receive),
        "api.Consumer.receive-no-authority": takes_nothing("pull"),
        "api.Consumer.batch-receive-no-authority": takes_nothing("batch"),
        "api.Consumer.bind-queue-listener-no-authority": all_of(
            takes_nothing("push"), nothing_lost("own.early", which=to("early"))
        ),
        "api.Consumer.bind-queue-batch-listener-no-authority": takes_nothing("pushes"),
    }
)
def test_who_has_no_authority_cannot_receive(conform: Conform) -> None:
    """Receiving without authority is refused, pulled or pushed, and takes nothing from those who have it."""
    queues = (*TAKERS, "early")
    early = stranger("early", CreateConsumer(on="early.ap"), BindQueue("early", Reply.ACK), Start(), Quiet())
    program = Program.of(producer("p", *map(send, queues)), queues=queues)
    program = program.then(early, *(taker(queue, *steps) for queue, steps in TAKERS.items()))
    conform(program.then(*(puller(f"own.{queue}", queue, ReceiveUntil(1)) for queue in queues)))


@clauses(
    {
        "api.MessagingAccessPoint.resource-manager-no-authority": denied("creator", CreateQueue),
        "api.ResourceManager.create-queue-no-authority": all_of(
            denied("creator", CreateQueue), never_lists("made", "owner"), denied("again", CreateQueue)
        ),
        "api.ResourceManager.delete-queue-no-authority": all_of(
            denied("deleter", DeleteQueue), lists("q", "owner"), lists("full", "owner"), nothing_lost("c")
        ),
        "api.ResourceManager.list-queues-no-authority": denied("lister", ListQueues),
        "api.OMSResponseStatus.forbidden": where(
            denied("creator", CreateQueue),
            follows(
                {
                    "unauthorized": denied_with("creator", Status.UNAUTHORIZED),
                    "forbidden": denied_with("creator", Status.FORBIDDEN),
                }
            ),
        ),
    }
)
def test_who_has_no_authority_cannot_manage_queues(conform: Conform) -> None:
    """Creating, deleting and listing queues without authority is refused, and changes nothing."""
    program = Program.of(producer("p", send("full")), queues=("q", "full")).then(
        stranger("creator", CreateQueue("made", on="creator.ap")),
        stranger("again", CreateQueue("q", on="again.ap")),
        stranger("deleter", DeleteQueue("q", on="deleter.ap"), DeleteQueue("full", on="deleter.ap")),
        stranger("lister", ListQueues(on="lister.ap")),
    )
    program = program.then(client("owner", Open(on="later"), ListQueues(on="later")))
    conform(program.then(puller("c", "full", ReceiveUntil(1))))


WRONG_KEY = "oms:{driver}://{account_id}@{hosts}/{region}"
UNKNOWN = "oms:{driver}://{q}@{hosts}/{region}"
"""The access point by an account that is called like the program's queue, which nobody has."""


MANAGING: dict[str, type[Operation]] = {
    "creates": CreateQueue,
    "lists": ListQueues,
    "deletes": DeleteQueue,
    "nearly": ListQueues,
}
"""What is tried of queues, each by a client of its own; the last one's key begins as the right one does."""


def has_key(conform: Conform) -> bool:
    """Tell whether the program's own account has a key, and so can have a wrong one."""
    return parse(conform.connection.uri).account_key is not None or "ACCOUNT_KEY" in conform.connection.attributes


def impostor(name: str, uri: str, *steps: Step, key: str = "no-such-key") -> Client:
    """Return a client that opens the access point with a key that no account has, then does the steps."""
    account = {"ACCOUNT_ID": "{q}"} if uri == UNKNOWN else {}
    return client(name, Open(uri, {**account, "ACCOUNT_KEY": key}, on=f"{name}.ap"), *steps)


def sends_as(name: str, uri: str) -> Client:
    """Return such a client that sends."""
    return impostor(name, uri, CreateProducer(on=f"{name}.ap"), Start(), Send(FOREIGN))


@clauses(
    {
        "api.OMSBuiltinKeys.account-key-authenticates": keyed(
            "sends",
            all_of(
                denied("sends", Send),
                denied("takes", Receive),
                denied("pushed to", BindQueue),
                *(denied(name, kind) for name, kind in MANAGING.items()),
                nothing_of("sends"),
                lists("q", "owner"),
                nothing_lost("c"),
            ),
        ),
        "api.OMSResponseStatus.unauthorized": follows(
            {
                "unauthorized": refused_with(Status.UNAUTHORIZED, "sends", "takes", "creates", "unknown"),
                "forbidden": refused_with(Status.FORBIDDEN, "sends", "takes", "creates", "unknown"),
            }
        ),
    }
)
def test_who_has_the_wrong_key_can_do_nothing(conform: Conform) -> None:
    """With a wrong key the program's own account, which may do all this, is refused, as is an account that is unknown."""
    wrong = (
        sends_as("sends", WRONG_KEY),
        impostor("takes", WRONG_KEY, CreateConsumer(on="takes.ap"), Start(), BindQueue("q"), Receive(0.0)),
        impostor("pushed to", WRONG_KEY, CreateConsumer(on="pushed to.ap"), Start(), BindQueue("q", Reply.ACK)),
        impostor("creates", WRONG_KEY, CreateQueue("made", on="creates.ap")),
        impostor("lists", WRONG_KEY, ListQueues(on="lists.ap")),
        impostor("deletes", WRONG_KEY, DeleteQueue("q", on="deletes.ap")),
        impostor("nearly", WRONG_KEY, ListQueues(on="nearly.ap"), key="{key}."),
    )
    program = Program.of(producer("p", send("q", b"own")))
    program = program.then(sends_as("unknown", UNKNOWN), *(wrong if has_key(conform) else ()))
    conform(program.then(client("owner", ListQueues()), puller("c", "q", ReceiveUntil(1), Drain())))
