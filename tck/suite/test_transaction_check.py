"""Whom the server asks about transactions: of what, until when, and what becomes of what it is told, or is not."""

from typing import Any

from tck.checkers.answers import all_of, fails, follows, ops, succeeds
from tck.checkers.asking import (
    answers_count,
    asked_with,
    final,
    not_when_decided,
    not_when_stopped,
    own_only,
)
from tck.checkers.readings import came, where
from tck.checkers.transactions import Fate, checked_with, committed_arrive, never_exposed
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader, Message
from tck.operations import (
    Answer,
    Commit,
    ContextAnswer,
    CreateTransactionProducer,
    ErrorKind,
    MessageId,
    Open,
    Prepare,
    Rollback,
    Start,
    Stop,
)
from tck.programs import AwaitCalls, Drain, Program, Step, client, message, puller, transaction_producer

FIELDS = {"correlation_id": "correlationId", "message_key": "messageKey", "trace_id": "traceId"}
LONG = 1.0
"""Seconds in which what was not committed must not come."""
UNDECIDED = (Answer.UNKNOWN,)


def prepares(*names: str, **fields: Any) -> tuple[Step, ...]:
    """Return the steps that prepare messages; each transaction is called as its body."""
    return tuple(Prepare(message("q", name.encode(), **fields), name) for name in names)


def _offered(conform: Conform) -> dict[str, Any]:
    """Return what a message may set of what is offered."""
    fields: dict[str, Any] = {field: f"a {field}" for field in FIELDS if conform.supports(f"extension_header.{field}")}
    return {"qos": 2 if conform.supports("qos") else None, "extension": ExtensionHeader(**fields)}


def _header_differs(given: Message, prepared: Message) -> str:
    """Say which field that its sender set a message is asked about without."""
    extension, own = given.extension_header or ExtensionHeader(), prepared.extension_header or ExtensionHeader()
    for word, here, there in (
        *((word, getattr(extension, field), getattr(own, field)) for field, word in FIELDS.items()),
        ("qos", given.header.qos, prepared.header.qos),
    ):
        if there is not None and here != there:
            return f"its {word} was {there!r}, the check listener was given {here!r}"
    return ""


@clauses(
    {
        "api.TransactionStateCheckListener.check-message-id": checked_with(
            "the result's message id is in the message that is asked about",
            lambda one: one.header.message_id,
            MessageId,
        ),
        "api.TransactionStateCheckListener.check-message-header": asked_with(
            "the check listener is given the fields that the sender set", _header_differs
        ),
        "api.TransactionStateCheckListener.check-whom": follows({"own": own_only, "any": answers_count}),
        "api.TransactionalContext.commit-final": where(
            own_only, all_of(final(Answer.COMMIT), committed_arrive(by=(ContextAnswer,)))
        ),
        "api.TransactionalContext.rollback-final": where(
            own_only,
            all_of(
                final(Answer.ROLLBACK),
                never_exposed(Fate.ROLLED_BACK, "what the check listener rolled back is not received"),
            ),
        ),
    }
)
def test_what_a_check_listener_says_is_final(conform: Conform) -> None:
    """What a check listener says of its producer's transactions cannot be undone by their sender."""
    fields = _offered(conform)
    commits = (*prepares("u", "v", **fields), MessageId(on="u"), MessageId(on="v"), AwaitCalls(2))
    rolls_back = (*prepares("w", "x", **fields), MessageId(on="w"), MessageId(on="x"), AwaitCalls(2))
    program = Program.of(
        transaction_producer("p", *commits, Rollback(on="u"), Rollback(on="v"), answers=(Answer.COMMIT,)),
        transaction_producer("o", *rolls_back, Commit(on="w"), Commit(on="x"), answers=(Answer.ROLLBACK,)),
        transaction_producer("s", *prepares("z"), AwaitCalls(1)),
    )
    conform(program.then(puller("c", "q", Drain(expect=2, times=2, least=LONG))))


@clauses(
    {
        "api.TransactionStateCheckListener.check-silent": never_exposed(
            Fate.UNDECIDED, "a message is not received where the check listener did not answer", checked=Answer.SILENT
        ),
        "reading.transaction-unanswered": follows(
            {
                "open": all_of(succeeds(ops(Commit, on="y")), committed_arrive(by=(Commit,))),
                "dropped": all_of(fails(ops(Commit, on="y"), ErrorKind.TRANSACTION), came("c")),
            }
        ),
    }
)
def test_a_check_listener_that_is_silent_commits_nothing(conform: Conform) -> None:
    """Where the check listener returns without an answer, nothing is received; its sender can still commit, or not any more."""
    silent = transaction_producer("s", *prepares("y", "z"), AwaitCalls(2), answers=(Answer.SILENT,))
    program = Program.of(silent).then(puller("c", "q", Drain(times=2, least=LONG)))
    conform(program.then(client("s", Commit(on="y"))).then(client("c", Drain(expect=1))))


@clauses(
    {
        "api.TransactionStateCheckListener.check-not-decided": not_when_decided,
        "api.ServiceLifecycle.stop-no-check": not_when_stopped,
    }
)
def test_nobody_is_asked_about_what_is_settled(conform: Conform) -> None:
    """About what its sender has decided nobody is asked, and a producer that was stopped about nothing."""
    decided = (*prepares("a", "b"), Commit(on="a"), Rollback(on="b"))
    made = (Open(on="apart"), CreateTransactionProducer(UNDECIDED, on="apart"), Start())
    program = Program.of(
        transaction_producer("p", *decided, answers=UNDECIDED), client("stopped", *made, *prepares("m", "n"), Stop())
    )
    fence = transaction_producer("fence", *prepares("v"), AwaitCalls(4))
    conform(program.then(client("p", *prepares("u"), AwaitCalls(4)), fence))
