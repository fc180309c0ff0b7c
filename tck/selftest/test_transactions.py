"""The checkers of transactions, each on handwritten histories with a known verdict."""

from __future__ import annotations

from tck.checkers import transactions
from tck.checkers.answers import Checker
from tck.checkers.transactions import Fate
from tck.history import History
from tck.messages import ExtensionHeader, Message
from tck.operations import (
    Answer,
    AnyOperation,
    Check,
    Commit,
    ContextAnswer,
    Error,
    ErrorKind,
    MessageId,
    Prepare,
    Rollback,
    TransactionId,
    Wait,
)
from tck.selftest.histories import REFUSED, TIMEOUT, Did, did, got, history, message, nothing, received
from tck.selftest.judging import verdicts

WRONG = Error(ErrorKind.TRANSACTION, 1400, "it is decided")


def prepare(number: int, **line: object) -> Did:
    """Prepare message `number` in transaction `t<number>`."""
    given = line.pop("transaction_id", None)
    extension = ExtensionHeader(transaction_id=str(given)) if given else None
    sent = message(number, extension=extension)
    return did(Prepare(sent, transaction=f"t{number}"), "p", **line)


def on(number: int, op: type[AnyOperation], result: object = None, **line: object) -> Did:
    """Do something with transaction `t<number>`."""
    return Did("p", op(on=f"t{number}"), result, **line)  # type: ignore[arg-type, call-arg] # its own fields


def asked(number: int, answer: Answer, **fields: object) -> Did:
    """Have the check listener called."""
    return did(Check(received(number, **fields), answer, on="p"), "p.check")


def says(check: int, answer: Answer, **line: object) -> Did:
    """Answer what entry `check` asks."""
    return did(ContextAnswer(check, answer, on="p"), "p.check", **line)


def waited() -> Did:
    """Wait for the check listener."""
    return did(Wait("until the check listener has been called 2 times"), "p", error=REFUSED)


def with_id(number: int, transaction_id: str | None) -> Did:
    """Receive a message with a transaction id."""
    return got(number, extension=ExtensionHeader(transaction_id=transaction_id))


def transaction_id(one: Message) -> str | None:
    """Return the transaction id in a message."""
    return one.extension_header.transaction_id if one.extension_header else None


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


committed = transactions.committed_arrive()
by_check = transactions.committed_arrive(by=(ContextAnswer,))
dropped = transactions.never_exposed(Fate.ROLLED_BACK, "it is dropped")
undecided = transactions.never_exposed(Fate.UNDECIDED, "it is hidden")
unknown = transactions.never_exposed(Fate.UNDECIDED, "it is hidden", checked=Answer.UNKNOWN)
hidden = transactions.hidden_until_commit
visible = transactions.visible_when_prepared
once = transactions.asked(1, "asked")
twice = transactions.asked(2, "asked again")
ids = transactions.transaction_ids_differ
message_id = transactions.received_with(MessageId, "the same id", lambda one: one.header.message_id)
checked_id = transactions.checked_with("the same id", transaction_id)
kept, assigned = transactions.preset(kept=True), transactions.preset(kept=False)
refused = transactions.decides_or_refuses

PASS = {
    "committed and received": case(committed, prepare(1), on(1, Commit), got(1)),
    "a commit that timed out owes nothing": case(
        committed, prepare(1), prepare(2), on(1, Commit), on(2, Commit, error=TIMEOUT), got(1), nothing()
    ),
    "a commit that never ended owes nothing": case(
        committed, prepare(1), prepare(2), on(1, Commit), on(2, Commit, unknown=True), got(1), nothing()
    ),
    "what was committed and then refused to be rolled back": case(
        committed, prepare(1), on(1, Commit), on(1, Rollback, error=WRONG), got(1)
    ),
    "received before the commit returned": case(
        hidden, prepare(1), nothing(), on(1, Commit, at=(8, 20)), got(1, at=(9, 10))
    ),
    "committed by the check listener": case(
        by_check, prepare(1), asked(1, Answer.COMMIT), says(2, Answer.COMMIT), got(1)
    ),
    "dropped": case(dropped, prepare(1), on(1, Rollback), nothing()),
    "a commit after rollback that was taken does not count": case(
        dropped, prepare(1), on(1, Rollback), on(1, Commit), nothing()
    ),
    "a rollback that timed out may not have happened": case(
        dropped, prepare(1), prepare(2), on(1, Rollback), on(2, Rollback, error=TIMEOUT), got(2), nothing()
    ),
    "rolled back while the listener commits is nobody's fault": case(
        dropped, prepare(1), prepare(2), on(2, Rollback), asked(1, Answer.COMMIT),
        says(4, Answer.COMMIT, at=(10, 30)), on(1, Rollback, at=(11, 29)), got(1, at=(31, 32)), nothing(at=(33, 34)),
    ),
    "left and hidden": case(undecided, prepare(1), prepare(2), on(2, Commit), got(2), nothing()),
    "unknown and hidden": case(
        unknown, prepare(1), asked(1, Answer.UNKNOWN), says(2, Answer.UNKNOWN), nothing()
    ),
    "not before commit": case(hidden, prepare(1), nothing(), on(1, Commit), got(1)),
    "an unknown commit may expose": case(hidden, prepare(1), nothing(), on(1, Commit, unknown=True), got(1)),
    "visible at once": case(visible, prepare(1), got(1), on(1, Commit)),
    "asked": case(once, prepare(1), asked(1, Answer.UNKNOWN), waited()),
    "asked again": case(
        twice, prepare(1), asked(1, Answer.UNKNOWN), says(2, Answer.UNKNOWN), asked(1, Answer.COMMIT)
    ),
    "asked about the message": case(transactions.asked_about_the_message, prepare(1), asked(1, Answer.UNKNOWN)),
    "own ids": case(ids, prepare(1), prepare(2), on(1, TransactionId, "a"), on(2, TransactionId, "b")),
    "one id, asked twice": case(
        ids, prepare(1), prepare(2), on(1, TransactionId, "a"), on(1, TransactionId, "a"), on(2, TransactionId, "b")
    ),
    "the message's id": case(message_id, prepare(1), on(1, MessageId, "id-1"), on(1, Commit), got(1)),
    "the id when asked": case(
        checked_id, prepare(1), on(1, TransactionId, "a"),
        asked(1, Answer.UNKNOWN, extension=ExtensionHeader(transaction_id="a")),
    ),
    "kept": case(kept, prepare(1, transaction_id="a"), on(1, TransactionId, "a"), with_id(1, "a")),
    "assigned": case(assigned, prepare(1, transaction_id="a"), on(1, TransactionId, "b"), with_id(1, "b")),
    "refused": case(refused, prepare(1), on(1, Commit), on(1, Commit, error=WRONG)),
}  # fmt: skip

FAIL = {
    "committed but lost": (case(committed, prepare(1), on(1, Commit), nothing()), "committed but lost: 1 of 1"),
    "half of it lost": (
        case(committed, prepare(1), prepare(2), on(1, Commit), on(2, Commit), got(2), nothing()),
        "committed but lost: 1 of 2: message p.1",
    ),
    "a second commit that succeeds makes it certain": (
        case(committed, prepare(1), on(1, Commit, error=TIMEOUT), on(1, Commit), nothing()), "committed but lost",
    ),
    "committed by the listener but lost": (
        case(by_check, prepare(1), asked(1, Answer.COMMIT), says(2, Answer.COMMIT), nothing()), "committed but lost",
    ),
    "aborted but delivered": (
        case(dropped, prepare(1), on(1, Rollback), got(1)), "rolled back but delivered: message p.1"),
    "delivered and then aborted": (
        case(dropped, prepare(1), got(1), on(1, Rollback)), "rolled back but delivered: message p.1"),
    "a commit after rollback exposes": (
        case(dropped, prepare(1), on(1, Rollback), on(1, Commit), got(1)), "rolled back but delivered"),
    "left but delivered": (case(undecided, prepare(1), got(1)), "undecided but delivered: message p.1"),
    "a refused commit exposes": (
        case(undecided, prepare(1), on(1, Commit, error=WRONG), got(1)), "undecided but delivered"),
    "unknown but delivered": (
        case(unknown, prepare(1), asked(1, Answer.UNKNOWN), says(2, Answer.UNKNOWN), got(1)), "undecided but delivered"),
    "visible before commit": (
        case(hidden, prepare(1), got(1), on(1, Commit)), "visible before commit: message p.1"),
    "visible before a commit that is unknown": (
        case(hidden, prepare(1), got(1), on(1, Commit, unknown=True)), "visible before commit: message p.1"),
    "visible only then": (case(visible, prepare(1), nothing(), on(1, Commit), got(1)), "not received: message p.1"),
    "never asked": (case(once, prepare(1), waited()), "called 0 times for message p.1"),
    "asked once": (
        case(twice, prepare(1), asked(1, Answer.UNKNOWN), says(2, Answer.UNKNOWN), waited()), "called 1 times"),
    "asked about another body": (
        case(transactions.asked_about_the_message, prepare(1), asked(1, Answer.UNKNOWN, body=b"x")), "a body of"),
    "asked about nothing prepared": (
        case(transactions.asked_about_the_message, prepare(1), asked(2, Answer.UNKNOWN)), "that nobody prepared"),
    "one id for two": (
        case(ids, prepare(1), prepare(2), on(1, TransactionId, "a"), on(2, TransactionId, "a")), "have the id 'a'"),
    "no id": (case(ids, prepare(1), prepare(2), on(1, TransactionId, ""), on(2, TransactionId, "a")), "the transaction id ''"),
    "another message id": (
        case(message_id, prepare(1), on(1, MessageId, "other"), on(1, Commit), got(1)), "said 'other', received 'id-1'"),
    "no id when asked": (
        case(checked_id, prepare(1), on(1, TransactionId, "a"), asked(1, Answer.UNKNOWN)), "given None"),
    "not kept": (
        case(kept, prepare(1, transaction_id="a"), on(1, TransactionId, "b"), with_id(1, "b")), "had 'a', then ['b', 'b']"),
    "neither kept nor assigned": (
        case(assigned, prepare(1, transaction_id="a"), on(1, TransactionId, "b"), with_id(1, "a")), "then ['b', 'a']"),
    "refused otherwise": (case(refused, prepare(1), on(1, Commit), on(1, Commit, error=REFUSED)), "commit failed with OTHER"),
}  # fmt: skip

UNKNOWN = {
    "nothing was committed": case(committed, prepare(1), on(1, Rollback), nothing()),
    "nobody listened after the commit": case(committed, prepare(1), nothing(), on(1, Commit)),
    "the preparation failed": case(committed, prepare(1, error=REFUSED), nothing()),
    "the preparation may have failed": case(undecided, prepare(1, unknown=True), nothing()),
    "nothing was rolled back": case(dropped, prepare(1), on(1, Commit), got(1), nothing()),
    "nobody looked after the rollback": case(dropped, prepare(1), nothing(), on(1, Rollback)),
    "a rollback that raced a commit": case(
        dropped, prepare(1), on(1, Rollback, at=(10, 20)), on(1, Commit, at=(11, 19)), got(1, at=(21, 22))
    ),
    "nobody listened between": case(hidden, prepare(1), on(1, Commit), got(1)),
    "nobody listened at all": case(visible, prepare(1), on(1, Commit)),
    "never said to be unknown": case(unknown, prepare(1), nothing()),
    "all was decided": case(once, prepare(1), on(1, Commit), waited()),
    "nobody waited to be asked": case(once, prepare(1)),
    "not asked about any message": case(transactions.asked_about_the_message, prepare(1)),
    "one id only": case(ids, prepare(1), on(1, TransactionId, "a")),
    "no message for the id": case(message_id, prepare(1), on(1, MessageId, "id-1")),
    "preset and never received": case(kept, prepare(1, transaction_id="a"), on(1, TransactionId, "a"), nothing()),
    "a decision that never ended": case(refused, prepare(1), on(1, Commit, unknown=True)),
}

ALL = (
    committed, by_check, dropped, undecided, unknown, hidden, visible, once, twice, ids, message_id, checked_id,
    kept, assigned, refused, transactions.asked_about_the_message,
)  # fmt: skip


TestVerdicts = verdicts(PASS, FAIL, UNKNOWN, ALL)
