"""ResourceManager: a routing duplicates messages of every kind, and a duplicate has what every received message has."""

from collections.abc import Callable

from tck.checkers import headers
from tck.checkers.answers import Checker, ops
from tck.checkers.delivery import nothing_lost
from tck.checkers.headers import each_received, extension, header, not_empty
from tck.checkers.matching import Received, Sent
from tck.checkers.places import where_received
from tck.checkers.readings import if_done
from tck.checkers.routing import committed_routed
from tck.checkers.transactions import received_with
from tck.conformance import Conform, clauses
from tck.operations import Commit, Prepare, Routing, Send, TransactionId
from tck.programs import Program, Quiet, ReceiveUntil, client, producer, puller, transaction_producer
from tck.suite.test_rare_errors import each_kind
from tck.suite.test_scheduling import DELAY, span

NO_TRANSACTIONS = "the profile Transactions is not claimed"


def has_to_come(one: Sent) -> bool:
    """Select what was sent, and not so that it may get lost."""
    return isinstance(one.entry.op, Send) and one.message.header.qos != 1


def is_duplicate(one: Received) -> bool:
    """Select what came to the target."""
    return one.delivery.consumer == "target"


def each_duplicate(words: str, fault: Callable[[Received], str]) -> Checker:
    """Judge each duplicate of a message."""
    return where_received(is_duplicate, each_received(words, fault, only=is_duplicate, all_come=False))


@clauses(
    {
        "api.ResourceManager.routing-target-receives": nothing_lost("target", which=has_to_come),
        "api.ResourceManager.routing-committed": if_done(ops(Prepare), committed_routed("target"), NO_TRANSACTIONS),
        "2.3.2-born-timestamp-received": each_duplicate(
            "a born timestamp from the send to the receipt", headers.born_before_receipt
        ),
        "2.3.3-born-host-non-empty": each_duplicate(
            "a non-empty born host", not_empty(header("born_host"), "born host")
        ),
        "ext.store-timestamp-set": each_duplicate(
            "a storeTimestamp greater than zero",
            lambda one: "" if (extension("store_timestamp")(one.message) or 0) > 0 else "it has no storeTimestamp",
        ),
        "ext.store-host-set": each_duplicate("a non-empty storeHost", not_empty(extension("store_host"), "storeHost")),
        "ext.transaction-id-received": if_done(
            ops(Prepare),
            received_with(
                TransactionId,
                "the result's transaction id is the received message's",
                extension("transaction_id"),
            ),
            NO_TRANSACTIONS,
        ),
    }
)
def test_messages_of_every_kind_are_routed(conform: Conform) -> None:
    """Whatever a message asks for it is duplicated, sent or committed, and the duplicate says of it what every message does."""
    every = tuple(each_kind(conform, "q"))
    certain = [one for one in every if one.header.qos != 1] if conform.claims("Transactions") else []
    due = Quiet(least=DELAY * span(conform)) if conform.claims("Scheduling") else Quiet()
    senders = [producer("p", *map(Send, every), due)]
    if certain:
        named = [(f"t{n}", one) for n, one in enumerate(certain)]
        steps = [(Prepare(one, name), TransactionId(on=name), Commit(on=name)) for name, one in named]
        senders.append(transaction_producer("t", *(step for group in steps for step in group), due))
    program = Program.of(client("manager", Routing("q", "r")), queues=("q", "r")).then(*senders)
    conform(program.then(puller("target", "r", ReceiveUntil(len(every) + len(certain)))))
