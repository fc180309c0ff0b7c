"""The checkers of prepared messages, and of what the server asks about them, on handwritten histories with a known verdict."""

from __future__ import annotations

from tck.checkers import asking, prepared, timing
from tck.checkers.headers import each_received, header, is_kept
from tck.messages import ExtensionHeader, Message
from tck.operations import (
    Answer,
    Check,
    Commit,
    ContextAnswer,
    CreateTransactionProducer,
    Error,
    ErrorKind,
    Prepare,
    Rollback,
    Stop,
)
from tck.programs import AwaitCalls, Program, SendExpiring, transaction_producer
from tck.programs import message as sent
from tck.runner import run
from tck.selftest.histories import EPOCH, REFUSED, Did, bind, did, got, history, message, nothing
from tck.selftest.judging import verdicts
from tck.selftest.test_programs import FAST, reference
from tck.selftest.test_transactions import WRONG, asked, case, on, prepare, says

AGREED = Error(ErrorKind.OTHER, 1400, "no")


def delayed(number: int, delay: int, **line: object) -> Did:
    """Prepare a message with a delay."""
    sent = message(number, extension=ExtensionHeader(delay_time=delay))
    return did(Prepare(sent, transaction=f"t{number}"), "p", **line)


def of(other: str, number: int, **line: object) -> Did:
    """Have another producer prepare message `number`."""
    return did(Prepare(message(number), transaction=f"t{number}"), other, **line)


def asked_of(other: str, number: int, answer: Answer, **line: object) -> Did:
    """Have the check listener of another producer called."""
    return did(Check(message(number), answer, on=other), f"{other}.check", **line)


def _differs(given: Message, one: Message) -> str:
    return "" if given.header.qos == one.header.qos else f"qos {given.header.qos}"


bodies = prepared.as_sent(each_received("as it was", lambda one: "" if one.message.body else "no body"))
bodies_of_c = prepared.as_sent(each_received("as it was", lambda one: "" if one.message.body else "no body"), by="c")
born, late = prepared.delay_counts(from_commit=False), prepared.delay_counts(from_commit=True)
later = prepared.counts_later("t1")
gone = prepared.as_sent(timing.gone_after_its_moment, once_committed=True)
claimed = prepared.where_prepared("Transactions", bodies)
qos = asking.asked_with("the same qos", _differs)
commit_final, rollback_final = asking.final(Answer.COMMIT), asking.final(Answer.ROLLBACK)
CREATED = did(CreateTransactionProducer((Answer.UNKNOWN,), "p"), "p")


def born_then(timestamp: int) -> list[Did]:
    """Be asked about a message that was born at 5, and receive it as born at another time."""
    line = asked(1, Answer.COMMIT, born_timestamp=5, born_host="here")
    return [prepare(1), line, says(2, Answer.COMMIT), got(1, born_timestamp=timestamp, born_host="here")]


EXPIRING = did(
    Prepare(message(1, extension=ExtensionHeader(expire_time=EPOCH + 100)), transaction="t1"), "p", at=(2, 3)
)
COMES = bind(at=(150, 151)), got(1, at=(152, 153)), nothing(at=(160, 210))
"""Somebody comes after it expired, and is given it."""
FENCE = (prepare(9), asked(9, Answer.UNKNOWN), asked(9, Answer.UNKNOWN))
"""What is asked about twice."""

PASS = {
    "a prepared message is as it was": case(bodies, prepare(1), on(1, Commit), got(1)),
    "what was rolled back need not come": case(bodies, prepare(1), prepare(2), on(1, Commit), on(2, Rollback), got(1)),
    "of the client's own": case(bodies_of_c, did(Prepare(message(1), transaction="t1"), "c"), on(1, Commit), got(1)),
    "where it is claimed": case(claimed, CREATED, prepare(1), on(1, Commit), got(1)),
    "a delay from birth": case(
        born, delayed(1, 100, at=(2, 3)), on(1, Commit, at=(110, 111)), got(1, at=(112, 113))
    ),
    "a delay from commit": case(
        late, delayed(1, 100, at=(2, 3)), on(1, Commit, at=(110, 111)), got(1, at=(200, 220))
    ),
    "it counted": case(later, prepare(1), on(1, Commit), on(1, Rollback, error=WRONG), got(1)),
    "asked with the same": case(qos, prepare(1), asked(1, Answer.UNKNOWN)),
    "born as received": case(asking.born_as_received, *born_then(5)),
    "each of its own": case(
        asking.own_only, prepare(1), of("o", 2), asked(1, Answer.UNKNOWN), asked_of("o", 2, Answer.UNKNOWN)
    ),
    "a listener's commit is final": case(
        commit_final, prepare(1), asked(1, Answer.COMMIT), says(2, Answer.COMMIT), on(1, Rollback, error=WRONG)
    ),
    "a listener's rollback is final": case(
        rollback_final, prepare(1), asked(1, Answer.ROLLBACK), says(2, Answer.ROLLBACK), on(1, Commit, error=WRONG)
    ),
    "not asked about what is decided": case(asking.not_when_decided, prepare(1), on(1, Commit), *FENCE),
    "asked just as it was decided": case(
        asking.not_when_decided, prepare(1), on(1, Commit), asked(1, Answer.UNKNOWN), *FENCE
    ),
    "not asked when stopped": case(asking.not_when_stopped, of("o", 1), did(Stop(), "o"), *FENCE),
    "another is asked for who was stopped": case(
        asking.not_when_stopped, of("o", 1), did(Stop(), "o"), *FENCE, asked(1, Answer.UNKNOWN)
    ),
    "what a stranger committed counts": case(
        asking.answers_count, prepare(1), asked_of("o", 1, Answer.COMMIT), says(2, Answer.COMMIT), got(1)
    ),
    "what a stranger rolled back counts": case(
        asking.answers_count, prepare(1), asked_of("o", 1, Answer.ROLLBACK), says(2, Answer.ROLLBACK), nothing()
    ),
    "it expired after its commit, and is gone": case(
        gone, EXPIRING, on(1, Commit, at=(4, 5)), prepare(9, at=(6, 7)), on(9, Commit, at=(8, 9)),
        bind(at=(150, 151)), got(9, at=(152, 153)), nothing(at=(160, 210)),
    ),
    "some priority": case(prepared.has_priority, prepare(1), did(Prepare(message(2, priority=7), transaction="t2"), "p")),
}  # fmt: skip

FAIL = {
    "a prepared message is not as it was": (
        case(bodies, prepare(1), on(1, Commit), got(1, body=None)), "message p.1: no body"),
    "a delay from birth, and late": (
        case(born, delayed(1, 100, at=(2, 3)), on(1, Commit, at=(110, 111)), got(1, at=(200, 220))), "came 109 ms after"),
    "a delay from commit, and early": (
        case(late, delayed(1, 100, at=(2, 3)), on(1, Commit, at=(110, 111)), got(1, at=(112, 113))), "came 3 ms after"),
    "committed in name": (
        case(later, prepare(1), on(1, Commit), on(1, Rollback), nothing()), "rolled back all the same, and never came"),
    "asked with another": (case(qos, prepare(1), asked(1, Answer.UNKNOWN, qos=2)), "message p.1: qos 2"),
    "born otherwise": (case(asking.born_as_received, *born_then(6)), "born at 5 on 'here', received as 6"),
    "a stranger": (
        case(asking.own_only, prepare(1), asked_of("o", 1, Answer.UNKNOWN)), "of o was called about message p.1, of p"),
    "a listener's commit is undone": (
        case(commit_final, prepare(1), asked(1, Answer.COMMIT), says(2, Answer.COMMIT), on(1, Rollback)),
        "rollback succeeded"),
    "a listener's rollback is undone": (
        case(rollback_final, prepare(1), asked(1, Answer.ROLLBACK), says(2, Answer.ROLLBACK), on(1, Commit)),
        "commit succeeded"),
    "refused for another reason": (
        case(commit_final, prepare(1), asked(1, Answer.COMMIT), says(2, Answer.COMMIT), on(1, Rollback, error=AGREED)),
        "rollback failed with OTHER"),
    "asked about what is decided": (
        case(asking.not_when_decided, prepare(1), on(1, Commit), *FENCE, asked(1, Answer.UNKNOWN)),
        "called about message p.1"),
    "asked when stopped": (
        case(asking.not_when_stopped, of("o", 1), did(Stop(), "o"), *FENCE, asked_of("o", 1, Answer.UNKNOWN)),
        "called about message"),
    "what a stranger committed does not count": (
        case(asking.answers_count, prepare(1), asked_of("o", 1, Answer.COMMIT), says(2, Answer.COMMIT), nothing()),
        "committed but lost"),
    "it expired after its commit, and comes": (
        case(gone, EXPIRING, on(1, Commit, at=(4, 5)), *COMES), "1 of 1 came: message p.1 53 ms after it expired"),
    "no priority": (case(prepared.has_priority, prepare(1)), "no message has a priority"),
}  # fmt: skip

UNKNOWN = {
    "a prepared message never came": case(bodies, prepare(1), prepare(2), on(1, Commit), on(2, Commit), got(1)),
    "nothing came of another client's": case(bodies_of_c, prepare(1), on(1, Commit), nothing()),
    "committed before the delay was over": case(
        born, delayed(1, 100, at=(2, 3)), on(1, Commit, at=(50, 51)), got(1, at=(112, 113))
    ),
    "committed late, and never came": case(late, delayed(1, 100, at=(2, 3)), on(1, Commit, at=(110, 111)), nothing()),
    "it may yet come": case(later, prepare(1), on(1, Commit), on(1, Rollback, error=WRONG), nothing()),
    "the commit failed": case(later, prepare(1), on(1, Commit, error=REFUSED), nothing()),
    "nobody was asked": case(qos, prepare(1)),
    "asked, and never came": case(asking.born_as_received, prepare(1), asked(1, Answer.UNKNOWN)),
    "one listener only": case(asking.own_only, prepare(1), asked(1, Answer.UNKNOWN)),
    "nothing was answered": case(asking.answers_count, prepare(1), asked(1, Answer.UNKNOWN), nothing()),
    "the sender was first": case(commit_final, prepare(1), on(1, Rollback), asked(1, Answer.COMMIT)),
    "a decision that never ended": case(
        commit_final, prepare(1), asked(1, Answer.COMMIT), says(2, Answer.COMMIT), on(1, Rollback, unknown=True)
    ),
    "nothing later was asked about": case(asking.not_when_decided, prepare(1), on(1, Commit), prepare(9)),
    "nothing was decided": case(asking.not_when_decided, prepare(1), *FENCE),
    "it expired before its commit": case(gone, EXPIRING, on(1, Commit, at=(110, 111)), *COMES),
    "nothing was stopped": case(asking.not_when_stopped, prepare(1), *FENCE),
}  # fmt: skip

ALL = (
    bodies, bodies_of_c, born, late, later, qos, asking.born_as_received, asking.own_only, asking.answers_count, commit_final, rollback_final,
    asking.not_when_decided, asking.not_when_stopped, gone,
)  # fmt: skip


TestVerdicts = verdicts(PASS, FAIL, UNKNOWN, ALL)


def test_what_is_not_claimed_is_not_applicable() -> None:
    assert claimed(history(nothing())).verdict == "NOT APPLICABLE"


def test_a_failed_preparation_counts_as_a_failed_send() -> None:
    seen = history(prepare(1, error=REFUSED), prepare(2), on(2, Commit), got(2))
    assert prepared.as_sent(each_received("qos", is_kept(header("qos"), "qos")))(seen).verdict == "PASS"


def test_a_listener_that_is_silent_gives_no_answer() -> None:
    program = Program.of(transaction_producer("p", Prepare(sent("q"), "t"), AwaitCalls(1), answers=(Answer.SILENT,)))
    seen = run(program, reference(), FAST)
    assert seen.problems == []
    assert seen.of(Check)
    assert not seen.of(ContextAnswer)


def test_a_message_that_expires_is_prepared() -> None:
    steps = (SendExpiring(sent("q"), 60.0, transaction="t"), Commit(on="t"))
    [one] = run(Program.of(transaction_producer("p", *steps)), reference(), FAST).of(Prepare)
    assert isinstance(one.op, Prepare)
    assert one.op.message.extension_header
    assert abs((one.op.message.extension_header.expire_time or 0) - one.invoked_wall / 1e6 - 60_000) < 1000
