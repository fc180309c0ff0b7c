"""Transactions that are prepared at the same time, decided by another client than prepared them, and by two at once."""

from tck.checkers.transactions import committed_arrive, decided_one_way, transaction_ids_differ
from tck.conformance import Conform, clauses
from tck.operations import Commit, Prepare, Rollback, TransactionId
from tck.programs import Client, Drain, Program, client, message, puller, transaction_producer

PRODUCERS = ("p", "o")
RIVALS = [f"{name}{n}" for n in range(8) for name in PRODUCERS]
COMMITTED = [f"{name}-alone" for name in PRODUCERS]
"""What nobody rolls back."""


def prepares(name: str) -> Client:
    """Return the client that prepares the transactions of one producer, and asks for the id of each."""
    own = [one for one in (*RIVALS, *COMMITTED) if one.startswith(name)]
    pairs = ((Prepare(message("q", one.encode()), one), TransactionId(on=one)) for one in own)
    return transaction_producer(name, *(step for pair in pairs for step in pair))


@clauses(
    {
        "api.TransactionalResult.transaction-id-unique": transaction_ids_differ,
        "api.TransactionalResult.commit-exposes": committed_arrive(by=(Commit,)),
        "api.OMSTransactionException.decided-otherwise": decided_one_way,
    }
)
def test_transactions_are_prepared_and_decided_at_once(conform: Conform) -> None:
    """Of two producers that prepare at once each has its own transactions, and of two that decide one at once one fails."""
    program = Program.of(*map(prepares, PRODUCERS))
    program = program.then(
        client("rolls back", *(Rollback(on=one) for one in RIVALS)),
        client("commits", *(Commit(on=one) for one in (*RIVALS, *COMMITTED))),
    )
    conform(program.then(puller("c", "q", Drain(expect=len(COMMITTED)))))
