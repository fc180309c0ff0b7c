"""Transactions: messages that are prepared, then committed or rolled back, by their sender or when the server asks."""

from hypothesis import given, settings

from tck.adapter import Status
from tck.checkers import content
from tck.checkers.answers import all_of, fails, follows, ops, succeeds
from tck.checkers.asking import born_as_received
from tck.checkers.delivery import nothing_lost, only_own_queue
from tck.checkers.headers import each_received
from tck.checkers.matching import Received
from tck.checkers.status import status_of, where_refused
from tck.checkers.transactions import (
    Fate,
    asked,
    asked_about_the_message,
    checked_with,
    committed_arrive,
    decides_or_refuses,
    hidden_until_commit,
    never_exposed,
    preset,
    received_with,
    transaction_ids_differ,
)
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Message, Short, String
from tck.operations import (
    Answer,
    Commit,
    ContextAnswer,
    ErrorKind,
    MessageId,
    Prepare,
    Rollback,
    Send,
    TransactionId,
)
from tck.programs import (
    AwaitCalls,
    Client,
    Drain,
    Program,
    ReceiveUntil,
    Step,
    client,
    message,
    producer,
    puller,
    send,
    transaction_producer,
)
from tck.strategies import transactions

LONG = 1.0
"""Seconds in which what was not committed must not come: a server that decides by itself may take its time."""
DROPPED = "a message that was rolled back is not received"
dropped = never_exposed(Fate.ROLLED_BACK, DROPPED)
undecided_hidden = never_exposed(Fate.UNDECIDED, "a message of an undecided transaction is not received")


def prepare(name: str, queue: str = "q") -> Prepare:
    """Return the step that prepares a message; the transaction is called as its body."""
    return Prepare(message(queue, name.encode(), {"name": String(name)}), transaction=name)


def prepares(*names: str) -> tuple[Prepare, ...]:
    """Return the steps that prepare several."""
    return tuple(map(prepare, names))


def transaction_id(one: Message) -> str | None:
    """Return the transaction id in a message."""
    return one.extension_header.transaction_id if one.extension_header else None


def _uninvited(one: Received) -> str:
    given = transaction_id(one.message)
    return f"its transactionId is {given!r}, and it is of no transaction" if given else ""


def checked(*steps: Step, answers: tuple[Answer, ...]) -> Client:
    """Return a producer of two undecided transactions with such a listener, that then does the steps."""
    return transaction_producer("p", *prepares("u", "v"), *steps, answers=answers)


@clauses(
    {
        "api.Producer.prepare-exposed": hidden_until_commit,
        "api.Producer.prepare-content": each_received(
            "a prepared message is received as it was prepared",
            lambda one: content.same_body(one) or content.same_properties()(one),
        ),
        "api.TransactionalResult.commit-exposes": committed_arrive(by=(Commit,)),
        "api.TransactionalResult.message-id": received_with(
            MessageId, "the result's message id is the received message's", lambda one: one.header.message_id
        ),
        "api.TransactionalResult.transaction-id-unique": transaction_ids_differ,
        "ext.transaction-id-received": received_with(
            TransactionId, "the result's transaction id is the received message's", transaction_id
        ),
    }
)
def test_a_prepared_message_waits_for_its_commit(conform: Conform) -> None:
    """What is prepared is received when it was committed, and not before, with the ids that the result gave."""
    names = ("a", "b", "e")
    ids = (step for name in names for step in (MessageId(on=name), TransactionId(on=name)))
    program = Program.of(transaction_producer("p", *prepares(*names), *ids)).then(
        puller("c", "q", Drain(times=2, least=LONG))
    )
    program = program.then(client("p", *(Commit(on=name) for name in names)))
    conform(program.then(client("c", Drain(expect=3))))


@clauses(
    {
        "api.TransactionalResult.commit-exposes": committed_arrive(by=(Commit,)),
        "api.Producer.prepare-destination": all_of(committed_arrive(by=(Commit,)), only_own_queue),
    }
)
def test_a_prepared_message_goes_where_it_is_to_go(conform: Conform) -> None:
    """What was committed is received from the queue that it was prepared to."""
    steps = (prepare("a", "q"), prepare("b", "r"), Commit(on="a"), Commit(on="b"))
    program = Program.of(transaction_producer("p", *steps), queues=("q", "r"))
    conform(program.then(puller("c", "q", Drain(expect=2)), puller("d", "r", Drain(expect=2))))


@clauses(
    {
        "api.TransactionalResult.commit-exposes": committed_arrive(by=(Commit,)),
        "api.TransactionalResult.rollback-discards": dropped,
    }
)
def test_a_rolled_back_message_is_dropped(conform: Conform) -> None:
    """Of several transactions just the messages of those that were committed are received."""
    names = ("a", "b", "e", "f")
    decisions = (Rollback(on="a"), Commit(on="b"), Rollback(on="e"), Commit(on="f"))
    program = Program.of(transaction_producer("p", *prepares(*names), *decisions))
    conform(program.then(puller("c", "q", Drain(expect=2, times=2, least=LONG))))


@clauses({"api.TransactionalResult.commit-only-that": undecided_hidden})
def test_a_commit_is_of_one_message(conform: Conform) -> None:
    """What was prepared beside a committed message, before it and after it, is not received."""
    program = Program.of(transaction_producer("p", *prepares("a", "b", "e"), Commit(on="b")))
    conform(program.then(puller("c", "q", Drain(expect=1, times=2, least=LONG))))


@clauses({"api.TransactionalResult.rollback-only-that": committed_arrive(by=(Commit,))})
def test_a_rollback_is_of_one_message(conform: Conform) -> None:
    """What was prepared beside a message that was rolled back, before it and after it, can be committed."""
    steps = (Rollback(on="b"), Commit(on="a"), Commit(on="e"))
    program = Program.of(transaction_producer("p", *prepares("a", "b", "e"), *steps))
    conform(program.then(puller("c", "q", Drain(expect=2))))


@clauses(
    {
        "api.OMSTransactionException.decided-otherwise": all_of(
            fails(ops(Commit, on="a"), ErrorKind.TRANSACTION), fails(ops(Rollback, on="b"), ErrorKind.TRANSACTION)
        ),
        "api.TransactionalResult.commit-exposes": committed_arrive(by=(Commit,)),
        "api.TransactionalResult.rollback-discards": dropped,
    }
)
def test_a_decision_is_final(conform: Conform) -> None:
    """A transaction that was decided cannot be decided otherwise, and what was decided holds."""
    steps = (prepare("a"), Rollback(on="a"), Commit(on="a"), prepare("b"), Commit(on="b"), Rollback(on="b"))
    conform(Program.of(transaction_producer("p", *steps)).then(puller("c", "q", Drain(expect=1, times=2))))


@clauses(
    {
        "api.TransactionalResult.decided-again": follows(
            {"accepted": succeeds(ops(Commit, Rollback)), "refused": decides_or_refuses}
        )
    }
)
def test_a_decision_may_be_repeated_or_not(conform: Conform) -> None:
    """Deciding just so again succeeds, or is refused as an error of the transaction."""
    steps = (prepare("a"), Commit(on="a"), Commit(on="a"), prepare("b"), Rollback(on="b"), Rollback(on="b"))
    conform(Program.of(transaction_producer("p", *steps)))


@clauses(
    {
        "api.Producer.prepare-unknown-destination": fails(ops(Prepare, client="p"), ErrorKind.DESTINATION),
        "api.Producer.prepare-without-listener": fails(ops(Prepare, client="plain"), ErrorKind.TRANSACTION),
        "2.3.6-destination-required-prepared": follows(
            {
                "format": fails(ops(Prepare, client="unaddressed"), ErrorKind.FORMAT),
                "destination": fails(ops(Prepare, client="unaddressed"), ErrorKind.DESTINATION),
            }
        ),
        "api.Producer.prepare-out-of-range": fails(ops(Prepare, client="beyond"), ErrorKind.FORMAT),
        "api.OMSResponseStatus.destination-not-found-prepare": where_refused(
            ops(Prepare, client="p"), Status.DESTINATION_NOT_FOUND
        ),
        "reading.status-of-transaction": status_of(ErrorKind.TRANSACTION),
    }
)
def test_what_cannot_be_prepared(conform: Conform) -> None:
    """Preparing fails for want of a queue, a destination or a check listener, and for a number that is out of range."""
    beyond = Prepare(message("q", b"beyond", {"beyond": Short(1 << 15)}))
    nowhere, unaddressed = prepare("a", "nowhere"), Prepare(Message(body=b"unaddressed"))
    prepared = {"p": nowhere, "unaddressed": unaddressed, "beyond": beyond}
    preparing = (transaction_producer(name, step) for name, step in prepared.items())
    conform(Program.of(*preparing, producer("plain", prepare("b"))))


@clauses(
    {
        "api.MessagingAccessPoint.create-transactional-producer": all_of(
            succeeds(ops(Prepare)), nothing_lost("c", which=lambda one: isinstance(one.entry.op, Send))
        ),
        "ext.transaction-id-not-invented": each_received(
            "no transactionId",
            _uninvited,
            only=lambda one: one.sent is not None and isinstance(one.sent.entry.op, Send),
        ),
    }
)
def test_a_producer_with_a_check_listener_sends_too(conform: Conform) -> None:
    """A producer with a check listener prepares messages, and sends others."""
    program = Program.of(transaction_producer("p", send("q"), prepare("x"), send("q")), producer("plain", send("q")))
    conform(program.then(puller("c", "q", ReceiveUntil(3))))


@clauses({"ext.transaction-id-preset": follows({"assigned": preset(kept=False), "kept": preset(kept=True)})})
def test_a_preset_transaction_id(conform: Conform) -> None:
    """A transaction id that the sender sets is kept or replaced, and then it is the same everywhere."""
    own = message("q", b"a", extension=ExtensionHeader(transaction_id="0123456789ABCDEF"))
    steps = (Prepare(own, transaction="a"), TransactionId(on="a"), Commit(on="a"))
    conform(Program.of(transaction_producer("p", *steps)).then(puller("c", "q", ReceiveUntil(1))))


@clauses(
    {
        "api.TransactionStateCheckListener.check-called": asked(1, "the check listener is called"),
        "api.TransactionStateCheckListener.check-message": asked_about_the_message,
        "api.TransactionStateCheckListener.check-message-born": born_as_received,
        "api.TransactionalContext.commit-exposes": committed_arrive(by=(ContextAnswer,)),
        "ext.transaction-id-checked": checked_with(
            "the result's transaction id is in the message that is asked about", transaction_id
        ),
    }
)
def test_the_server_asks_and_is_told_to_commit(conform: Conform) -> None:
    """The check listener is asked about undecided transactions; what it commits is received."""
    asking = (TransactionId(on="u"), TransactionId(on="v"), AwaitCalls(2))
    conform(Program.of(checked(*asking, answers=(Answer.COMMIT,))).then(puller("c", "q", ReceiveUntil(2))))


@clauses({"api.TransactionalContext.rollback-discards": dropped})
def test_the_server_asks_and_is_told_to_roll_back(conform: Conform) -> None:
    """What the check listener rolls back is not received."""
    conform(
        Program.of(checked(AwaitCalls(2), answers=(Answer.ROLLBACK,))).then(
            puller("c", "q", Drain(times=4, least=LONG))
        )
    )


@clauses(
    {
        "api.TransactionalContext.unknown-asked-again": asked(
            2, "the check listener is called again where it said unknown"
        )
    }
)
def test_the_server_asks_again(conform: Conform) -> None:
    """Where the check listener does not know yet, it is asked again, and may then commit."""
    answers = (Answer.UNKNOWN, Answer.COMMIT)
    conform(Program.of(checked(AwaitCalls(4), answers=answers)).then(puller("c", "q", ReceiveUntil(2))))


@clauses(
    {
        "api.TransactionalContext.unknown-undecided": never_exposed(
            Fate.UNDECIDED, "a message is not received while its transaction is unknown", checked=Answer.UNKNOWN
        ),
        "api.TransactionalContext.unknown-still-open": committed_arrive(by=(Commit,)),
        "api.TransactionalResult.rollback-discards": dropped,
    }
)
def test_what_is_unknown_is_not_decided(conform: Conform) -> None:
    """While the check listener does not know, nothing is received; its sender can still commit, or roll back."""
    asked_of_three = checked(*prepares("w"), AwaitCalls(3), answers=(Answer.UNKNOWN,))
    program = Program.of(asked_of_three).then(puller("c", "q", Drain(times=4, least=LONG)))
    program = program.then(client("p", Commit(on="u"), Rollback(on="v"), Commit(on="v")))
    conform(program.then(client("c", Drain(expect=1))))


@clauses(
    {
        "api.TransactionStateCheckListener.check-raised": never_exposed(
            Fate.UNDECIDED, "a message is not received where the check listener raised", checked=Answer.RAISE
        )
    }
)
def test_a_check_listener_that_raises_commits_nothing(conform: Conform) -> None:
    """Where the check listener raises, nothing is received."""
    conform(
        Program.of(checked(AwaitCalls(2), answers=(Answer.RAISE,))).then(puller("c", "q", Drain(times=4, least=LONG)))
    )


@clauses(
    {
        "api.TransactionalResult.commit-exposes": committed_arrive(by=(Commit,)),
        "api.TransactionalResult.rollback-discards": dropped,
        "api.TransactionalResult.commit-only-that": undecided_hidden,
    }
)
@settings(max_examples=10)
@given(transactions())
def test_transactions_of_several_producers(conform: Conform, program: Program) -> None:
    """However transactions of several producers are decided, just what was committed, and what was sent, is received."""
    conform(program)
