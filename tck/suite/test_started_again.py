"""What is begun before a restart, or a start of what is started: a transaction, and what a consumer holds."""

from tck.checkers.answers import any_of, ops, succeeds
from tck.checkers.delivery import once
from tck.checkers.matching import Sent
from tck.checkers.places import where_any
from tck.checkers.readings import where
from tck.checkers.transactions import committed_arrive
from tck.conformance import Conform, clauses
from tck.operations import Ack, Commit, Prepare, Start, Stop
from tck.programs import (
    AckReceived,
    Drain,
    Program,
    ReceiveUntil,
    client,
    message,
    producer,
    puller,
    send,
    transaction_producer,
)

COMMITTED = any_of(succeeds(ops(Commit, on="a")), succeeds(ops(Commit, on="b")))


@clauses(
    {
        "api.TransactionalResult.commit-exposes": where(COMMITTED, committed_arrive(by=(Commit,))),
    }
)
def test_a_transaction_is_decided_after_a_restart(conform: Conform) -> None:
    """A commit that succeeds though its producer was started again meanwhile, or was stopped, exposes the message."""
    steps = Prepare(message("q", b"restarted"), "a"), Stop(), Start(), Commit(on="a")
    stopped = Prepare(message("stopped", b"stopped"), "b"), Stop(), Commit(on="b")
    program = Program.of(
        transaction_producer("p", *steps), transaction_producer("s", *stopped), queues=("q", "stopped")
    )
    conform(program.then(puller("c", "q", ReceiveUntil(1)), puller("d", "stopped", ReceiveUntil(1))))


def exact(one: Sent) -> bool:
    """Select what is to come exactly once."""
    return one.message.header.qos == 2


@clauses({"2.3.4-exactly-once": where_any(exact, where(succeeds(ops(Ack)), once(which=exact)))})
def test_a_consumer_that_is_started_is_started(conform: Conform) -> None:
    """To start a consumer that is started, be it an error, gives nothing of what it holds to anybody."""
    qos = 2 if conform.claims("QoS-2") else None
    program = Program.of(producer("p", *(send("q", b"%d" % n, qos=qos) for n in range(2))))
    program = program.then(puller("c", "q", ReceiveUntil(2, ack=False), Start(), Drain(ack=False)))
    program = program.then(puller("d", "q", Drain())).then(client("c", AckReceived()))
    conform(program.then(client("c", Drain()), client("d", Drain())))
