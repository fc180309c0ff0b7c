"""How much is kept, and for how long: what is left again and again, and what is undecided."""

from typing import Any

from tck.checkers import extension, headers
from tck.checkers.answers import all_of, follows, ops, succeeds
from tck.checkers.delivery import nothing_lost, unacknowledged_comes_again
from tck.checkers.kept import given_up
from tck.checkers.readings import where
from tck.checkers.transactions import committed_arrive
from tck.conformance import Conform, bulky, clauses
from tck.operations import Commit, Prepare, Stop
from tck.programs import Drain, Program, ReceiveUntil, message, producer, puller, send, transaction_producer

ROUNDS = 20


@clauses(
    {
        "reading.redelivered-how-long": where(
            unacknowledged_comes_again("last"),
            follows({"again and again": nothing_lost("last"), "given up": given_up("last")}),
        ),
        "ext.delivery-count-grows": headers.delivery_count_grows,
        "ext.delivery-count-by-one": extension.grows_by_one,
    }
)
def test_what_is_left_twenty_times(conform: Conform) -> None:
    """Messages that twenty consumers leave come to one after them, or all are given up at the same delivery, and not the first."""
    asked: list[dict[str, Any]] = [{}, {}, {}]
    asked += [{"priority": 10}] * 2 if conform.claims("Priority") else []
    asked += [{"compression": "gzip"}] * 2 if conform.supports("compression") else []
    few = len(asked)
    program = Program.of(producer("p", *(send("q", b"%d" % n, **fields) for n, fields in enumerate(asked))))
    for number in range(ROUNDS):
        program = program.then(puller(f"c{number}", "q", Drain(ack=False, expect=few), Stop()))
    conform(program.then(puller("last", "q", ReceiveUntil(few))))


UNDECIDED = 60
"""Each is asked about meanwhile, over and over, so that many more cost more than they tell."""


@bulky
@clauses({"api.TransactionalResult.commit-exposes": all_of(succeeds(ops(Commit)), committed_arrive(by=(Commit,)))})
def test_many_transactions_are_undecided(conform: Conform) -> None:
    """Of dozens of transactions that are undecided at the same time each can be committed."""
    names = [f"t{number}" for number in range(UNDECIDED)]
    prepares = [Prepare(message("q", name.encode()), name) for name in names]
    program = Program.of(transaction_producer("p", *prepares, *(Commit(on=name) for name in names)))
    conform(program.then(puller("c", "q", ReceiveUntil(UNDECIDED, batch=True))))
