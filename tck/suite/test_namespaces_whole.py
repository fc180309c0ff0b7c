"""A namespace that was created has all that the one has in which an access point begins: routings, partitions, checks."""

from tck.checkers import partitions
from tck.checkers.answers import Checker, ops
from tck.checkers.delivery import nothing_lost
from tck.checkers.headers import each_received, extension
from tck.checkers.matching import Sent, to
from tck.checkers.partitions import named
from tck.checkers.readings import if_done
from tck.checkers.transactions import asked, committed_arrive
from tck.conformance import Conform, clauses
from tck.operations import (
    Answer,
    BindQueue,
    ContextAnswer,
    CreateConsumer,
    CreateQueue,
    CreateTransactionProducer,
    GetQueueMetaData,
    Open,
    Operation,
    Prepare,
    Routing,
    Send,
    Start,
    SwitchNamespace,
)
from tck.programs import AwaitCalls, Client, Program, ReceiveUntil, Step, client, message, send
from tck.suite.test_namespaces import enter, producer_in


def pulls(name: str, queue: str, count: int, on: str = "one") -> Client:
    """Return a client with a consumer in the namespace, which receives so many messages."""
    return client(name, CreateConsumer(on=on), Start(), BindQueue(queue), ReceiveUntil(count))


def where_there_are(kind: type[Operation], checker: Checker) -> Checker:
    """What a checker finds where the program has such operations in the namespace."""
    return if_done(ops(kind), checker, "that, or namespaces, are not claimed")


def unnamed(one: Sent) -> bool:
    """Select messages to the queue of partitions whose sender named none."""
    return to("parted")(one) and not named(one)


@clauses(
    {
        "api.ResourceManager.routing-target-receives": where_there_are(Routing, nothing_lost("target", which=to("q"))),
        "ext.store-timestamp-set": where_there_are(
            Send,
            each_received(
                "a storeTimestamp greater than zero",
                lambda one: "" if (extension("store_timestamp")(one.message) or 0) > 0 else "it has no storeTimestamp",
            ),
        ),
        "ext.partition-at-receiver": where_there_are(GetQueueMetaData, partitions.existing(unnamed)),
        "api.TransactionStateCheckListener.check-called": where_there_are(
            Prepare, asked(1, "the check listener is called")
        ),
        "api.TransactionalContext.commit-exposes": where_there_are(Prepare, committed_arrive(by=(ContextAnswer,))),
    }
)
def test_a_namespace_has_everything(conform: Conform) -> None:
    """In a namespace that was created queues are routed and have partitions, messages are stamped, and listeners asked."""
    if not conform.claims("Namespaces"):
        conform(Program.of(client("nobody"), queues=()))
        return
    there: list[Step] = [CreateQueue(queue, on="one") for queue in ("q", "r", "s")]
    senders = [producer_in("one", send("q", b"1"), send("q", b"2"))]
    pullers = [pulls("c", "q", 2)]
    if conform.claims("Routing"):
        there.append(Routing("q", "r", on="one"))
        pullers.append(pulls("target", "r", 2))
    if conform.claims("Streaming"):
        opens = Open(on="partitions", use_case="streaming"), SwitchNamespace("one", on="partitions")
        there += *opens, CreateQueue("parted", on="partitions")
        senders.append(
            producer_in("partitions", GetQueueMetaData("parted"), send("parted", b"1"), send("parted", b"2"))
        )
        pullers.append(pulls("d", "parted", 2, on="partitions"))
    if conform.claims("Transactions") and conform.supports("transaction_check"):
        create = CreateTransactionProducer((Answer.COMMIT,), on="one")
        senders.append(client("t", create, Start(), Prepare(message("s", b"prepared")), AwaitCalls(1)))
        pullers.append(pulls("e", "s", 1))
    conform(Program.of(enter("one", *there), queues=()).then(*senders).then(*pullers))
