"""What became of prepared messages: visible before commit, aborted but delivered, committed but lost, asked about or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from tck.checkers import content
from tck.checkers.answers import Checker, unanswered
from tck.checkers.hearing import NEVER, awaited, listened_after
from tck.checkers.matching import Received, Sent, by_message, came, may_have_happened, received, sent
from tck.history import MARK, Delivery, Entry, History, Outcome
from tck.messages import Message
from tck.operations import (
    Answer,
    Check,
    Commit,
    ContextAnswer,
    ErrorKind,
    MessageId,
    Operation,
    Prepare,
    Rollback,
    TransactionId,
    Wait,
    name,
)
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


class Fate(StrEnum):
    """What became of a transaction, as far as a history tells."""

    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"
    UNDECIDED = "undecided"
    UNCERTAIN = "uncertain"


class Decision(msgspec.Struct, frozen=True):
    """A commit or a rollback, by the sender or by the check listener, that was made or may have been."""

    entry: Entry
    answer: Answer

    @property
    def made(self) -> bool:
        """Whether the implementation said that it took the decision."""
        return self.entry.outcome is Outcome.OK


class Transaction(msgspec.Struct, frozen=True):
    """A message that was prepared, what was decided of it, and when its check listener was called.

    `attempts` are the commits and rollbacks that its sender tried, also those that were refused.
    """

    sent: Sent
    name: str
    decisions: tuple[Decision, ...]
    checks: tuple[Entry, ...]
    attempts: tuple[Entry, ...] = ()

    @property
    def fate(self) -> Fate:
        """What the first decision made of it; uncertain where it may not have been the first, or may not have been made."""
        if not self.decisions:
            return Fate.UNDECIDED
        first = self.decisions[0]
        made = [one.entry.completed or 0 for one in self.decisions if one.made and one.answer is first.answer]
        rivals = [one.entry.invoked for one in self.decisions if one.answer is not first.answer]
        if not made or min(rivals, default=made[0]) < made[0]:
            return Fate.UNCERTAIN
        return Fate.COMMITTED if first.answer is Answer.COMMIT else Fate.ROLLED_BACK

    @property
    def committing(self) -> int | None:
        """When (ns) somebody first began to commit it."""
        return min((one.entry.invoked for one in self.decisions if one.answer is Answer.COMMIT), default=None)

    @property
    def decided(self) -> int | None:
        """When (ns) somebody first began to decide it."""
        return min((one.entry.invoked for one in self.decisions), default=None)

    @property
    def committed(self) -> int:
        """When (ns) its first commit had been taken."""
        made = [one.entry for one in self.decisions if one.made and one.answer is Answer.COMMIT]
        return min((entry.completed or 0 for entry in made), default=0)

    @property
    def shown(self) -> tuple[int, ...]:
        """The entries that tell about it."""
        return (self.sent.entry.index, *(one.entry.index for one in self.decisions[:3]))

    def decided_by(self, kinds: Iterable[type[Operation]]) -> bool:
        """Tell whether its first decision was made in one of these ways."""
        return bool(self.decisions) and isinstance(self.decisions[0].entry.op, tuple(kinds))


def transactions(history: History) -> list[Transaction]:
    """Return every transaction whose message the implementation took, in the order of their preparation."""
    names = _names(history)
    calls = {entry.index: entry for entry in history.of(Check)}
    decided: dict[int, list[Decision]] = defaultdict(list)
    checks: dict[int, list[Entry]] = defaultdict(list)
    tried: dict[int, list[Entry]] = defaultdict(list)
    prepared = {one.mark: one for one in sent(history) if isinstance(one.entry.op, Prepare)}
    for entry in history.of(Commit, Rollback, Check, ContextAnswer):
        owner = names.get(entry.index)
        if isinstance(entry.op, Check | ContextAnswer):
            asked = entry if isinstance(entry.op, Check) else calls.get(entry.op.check)
            match = _prepared(prepared, asked.op.message) if asked and isinstance(asked.op, Check) else None
            owner = match.entry.index if match else None
        if owner is None:
            continue
        if isinstance(entry.op, Commit | Rollback):
            tried[owner].append(entry)
        if isinstance(entry.op, Check):
            checks[owner].append(entry)
        elif may_have_happened(entry) and (answer := _answer(entry)):
            decided[owner].append(Decision(entry, answer))
    return [
        Transaction(one, str(one.entry.op.transaction), tuple(decided[i]), tuple(checks[i]), tuple(tried[i]))
        for one in prepared.values()
        if isinstance(one.entry.op, Prepare) and one.entry.outcome is Outcome.OK
        for i in [one.entry.index]
    ]


def _names(history: History) -> dict[int, int]:
    """Return which preparation (its index) an operation on a transaction is about: a name may be used again."""
    latest: dict[str, int] = {}
    found: dict[int, int] = {}
    for entry in history.of(Prepare, MessageId, TransactionId, Commit, Rollback):
        if isinstance(entry.op, Prepare):
            latest[entry.op.transaction] = entry.index
        elif entry.op.on in latest:
            found[entry.index] = latest[entry.op.on]
    return found


def _prepared(prepared: dict[str, Sent], message: Message) -> Sent | None:
    """Return the prepared message that a check listener was given: by its mark, or where that is gone by a body that is there once."""
    if mark := _mark(message):
        return prepared.get(mark)
    alike = [one for one in prepared.values() if one.message.body == message.body]
    return alike[0] if len(alike) == 1 else None


def _mark(message: Message) -> str:
    value = message.properties.get(MARK)
    return str(value.value) if value else ""


def _answer(entry: Entry) -> Answer | None:
    if isinstance(entry.op, ContextAnswer):
        return entry.op.answer if entry.op.answer in (Answer.COMMIT, Answer.ROLLBACK) else None
    return Answer.COMMIT if isinstance(entry.op, Commit) else Answer.ROLLBACK


def _labels(chosen: Iterable[Transaction]) -> str:
    labels = [one.sent.label for one in chosen]
    return ", ".join(labels[:5]) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")


def committed_arrive(*on: str, by: tuple[type[Operation], ...] = (Commit, ContextAnswer)) -> Checker:
    """The message of every transaction that was committed (in one of the ways `by`) is received (by the consumers `on`)."""

    def check(history: History) -> Finding:
        words = "the message of every committed transaction is received"
        chosen = [one for one in transactions(history) if one.fate is Fate.COMMITTED and one.decided_by(by)]
        if not chosen:
            return unknown("no transaction was committed", words, _decisions(history))
        come = by_message(history, on=on)
        lost = [one for one in chosen if one.sent.mark not in come]
        if not lost:
            return passed(f"all {len(chosen)} came")
        if not all(awaited(history, one.sent, after=one.committed) for one in lost):
            return unknown("nobody listened any more after the commit", words)
        return failed(
            words,
            f"committed but lost: {len(lost)} of {len(chosen)}: {_labels(lost)}",
            (i for one in lost for i in one.shown),
        )

    return check


def never_exposed(
    fate: Fate, why: str, which: Callable[[Transaction], bool] = lambda _: True, *, checked: Answer | None = None
) -> Checker:
    """The message of no transaction with this fate, of those `which` selects, is ever received.

    Where `checked`, only those count whose check listener was called and gave that answer.
    """

    def check(history: History) -> Finding:
        chosen = [one for one in transactions(history) if one.fate is fate and which(one)]
        if checked:
            chosen = [one for one in chosen if any(_said(entry) is checked for entry in one.checks)]
        if not chosen:
            return unknown(f"no such transaction: {fate}", why, _decisions(history))
        come = by_message(history)
        wrong = [one for one in chosen if one.sent.mark in come]
        if wrong:
            return failed(
                why,
                f"{fate} but delivered: {_labels(wrong)}",
                (i for one in wrong for i in (*one.shown, come[one.sent.mark][0].index)),
            )
        if not all(_heard(history, one, _settled(one, asked=checked is not None)) for one in chosen):
            return unknown("nobody listened any more afterwards", why)
        return passed(f"{len(chosen)} transactions, {fate}: none of their messages came")

    return check


def decides_or_refuses(history: History) -> Finding:
    """A decision is taken, or refused with an error of kind TRANSACTION and no other."""
    words = "no error, or one of kind TRANSACTION"
    decisions = history.of(Commit, Rollback)
    told = [entry for entry in decisions if entry.error and not unanswered(entry)]
    wrong = [entry for entry in told if entry.error and entry.error.kind is not ErrorKind.TRANSACTION]
    if wrong:
        return failed(words, f"{name(wrong[0].op)} failed with {wrong[0].error}", (entry.index for entry in wrong))
    if not decisions or any(map(unanswered, decisions)):
        return unknown("nothing was decided, or a decision never ended, or timed out", words)
    return passed(f"{len(decisions)} decisions, each taken or refused", (entry.index for entry in decisions[:5]))


def _said(check: Entry) -> Answer | None:
    return check.op.answer if isinstance(check.op, Check) else None


def _settled(one: Transaction, *, asked: bool) -> int:
    """Return since when (ns) a transaction's message is not to come: decided, first `asked` about if that counts, or prepared."""
    entries = [d.entry for d in one.decisions[:1]] or list(one.checks[:1] if asked else ()) or [one.sent.entry]
    return entries[0].completed or entries[0].invoked


def _decisions(history: History) -> list[int]:
    return [entry.index for entry in history.of(Prepare, Commit, Rollback, ContextAnswer)[-3:]]


def hidden_until_commit(history: History) -> Finding:
    """No message is received before somebody began to commit its transaction, though somebody listened."""
    words = "a prepared message is not received before its transaction is committed"
    chosen = transactions(history)
    come = by_message(history)
    early = [
        (one, delivery)
        for one in chosen
        for delivery in come.get(one.sent.mark, ())
        if one.decided is None or delivery.came < one.decided
    ]
    if early:
        return failed(
            words,
            f"visible before commit: {_labels({one.sent.mark: one for one, _ in early}.values())}",
            (i for one, delivery in early for i in (*one.shown, delivery.index)),
        )
    waited = [one for one in chosen if _listened_before_commit(history, one)]
    if not waited:
        return unknown("nobody listened between a preparation and its commit", words, _decisions(history))
    return passed(f"{len(waited)} transactions, none of their messages came before the commit")


def visible_when_prepared(history: History) -> Finding:
    """Every message is received before somebody began to commit its transaction."""
    words = "a prepared message is received before its transaction is committed"
    come = by_message(history)

    def early(one: Transaction) -> bool:
        return any(one.committing is None or d.came < one.committing for d in come.get(one.sent.mark, ()))

    chosen = [one for one in transactions(history) if early(one) or _listened_before_commit(history, one)]
    late = [one for one in chosen if not early(one)]
    if late:
        return failed(words, f"not received: {_labels(late)}", (i for one in late for i in one.shown))
    if not chosen:
        return unknown("nobody listened between a preparation and its commit", words, _decisions(history))
    return passed(f"{len(chosen)} messages came before their commit")


def _heard(history: History, one: Transaction, moment: int) -> bool:
    """Tell whether a consumer of the queue of a transaction's message listened after a moment (ns)."""
    return awaited(history, one.sent, after=moment)


def _listened_before_commit(history: History, one: Transaction) -> bool:
    """Tell whether a consumer of its queue listened wholly between a preparation and its commit."""
    queue, begin = one.sent.message.header.destination or "", one.sent.entry.completed or 0
    return listened_after(history, begin, queues=[queue], before=NEVER if one.committing is None else one.committing)


def asked(times: int, words: str) -> Checker:
    """The check listener is called, this often at least, about every transaction that the sender left undecided."""

    def check(history: History) -> Finding:
        chosen = [
            one
            for one in transactions(history)
            if not one.decided_by((Commit, Rollback)) and (not one.decisions or len(one.checks) >= times)
        ]
        if not chosen:
            return unknown("every transaction was decided", words, _decisions(history))
        missing = [one for one in chosen if len(one.checks) < times]
        if not missing:
            return passed(
                f"{len(chosen)} transactions", (entry.index for one in chosen for entry in one.checks[:times])
            )
        latest = max(one.sent.entry.completed or 0 for one in missing)
        waits = [e for e in history.of(Wait) if isinstance(e.op, Wait) and "called" in e.op.reason]
        if not any(e.outcome is Outcome.FAIL and (e.completed or 0) > latest for e in waits):
            return unknown("nobody waited for it to be called", words)
        return failed(
            words,
            f"called {', '.join(f'{len(one.checks)} times for {one.sent.label}' for one in missing[:5])}",
            (i for one in missing for i in (*one.shown, *(entry.index for entry in one.checks[:3]))),
        )

    return check


def asked_about_the_message(history: History) -> Finding:
    """What a check listener is given is the message that was prepared: its destination, body and properties."""
    words = "the check listener is given the prepared message"
    checks = history.of(Check)
    prepared = {one.mark: one for one in sent(history) if isinstance(one.entry.op, Prepare)}
    if not checks or not prepared:
        return unknown("no check listener was called", words)
    for entry in checks:
        assert isinstance(entry.op, Check)
        match = _prepared(prepared, entry.op.message)
        fault = "a message that nobody prepared" if match is None else _differs(entry, match)
        if fault:
            return failed(words, f"the check listener was given {fault}", [entry.index])
    return passed(f"{len(checks)} calls with the prepared message", (entry.index for entry in checks[:3]))


def _differs(entry: Entry, prepared: Sent) -> str:
    assert isinstance(entry.op, Check)
    given = entry.op.message
    one = Received(Delivery(entry, given, entry.op.on), came(entry), prepared)
    if given.header.destination != prepared.message.header.destination:
        return f"the destination {given.header.destination!r}"
    return content.same_body(one) or content.same_properties()(one)


def _told(history: History, kind: type[Operation]) -> list[tuple[Entry, Sent]]:
    """Return what transactions said of themselves when asked, with the message of each."""
    names = _names(history)
    prepared = {one.sent.entry.index: one.sent for one in transactions(history)}
    return [
        (entry, prepared[names[entry.index]])
        for entry in history.of(kind)
        if entry.outcome is Outcome.OK and names.get(entry.index) in prepared
    ]


def transaction_ids_differ(history: History) -> Finding:
    """Every transaction has an id, and no two have the same."""
    words = "every transaction has an id of its own"
    told = _told(history, TransactionId)
    if len(told) < 2:
        return unknown("fewer than two transactions told their id", words)
    ids: dict[str, int] = {}
    for entry, one in told:
        if not entry.result:
            return failed(words, f"{one.label} has the transaction id {entry.result!r}", [entry.index])
        if ids.setdefault(entry.result, one.entry.index) != one.entry.index:
            return failed(
                words,
                f"two transactions have the id {entry.result!r}",
                [ids[entry.result], one.entry.index, entry.index],
            )
    return passed(f"{len(ids)} transactions, each with its own id")


def decided_one_way(history: History) -> Finding:
    """Of a commit and a rollback of one transaction one fails, as an error of the transaction, even if they come at once."""
    words = "a transaction is committed or rolled back, and not both"
    tried = [one for one in transactions(history) if {type(e.op) for e in one.attempts} == {Commit, Rollback}]
    made = [(one, {type(d.entry.op) for d in one.decisions if d.made}) for one in tried]
    both = [one for one, kinds in made if len(kinds) > 1]
    if both:
        text = f"both committed and rolled back: {_labels(both)}"
        return failed(words, text, (e.index for one in both for e in one.attempts))
    refused = [e for one, kinds in made if kinds for e in one.attempts if e.error and not unanswered(e)]
    if refused and all(e.error and e.error.kind is not ErrorKind.TRANSACTION for e in refused):
        return not_applicable(f"one came in the way of the other: {refused[0].error}")
    if not refused:
        return unknown("nobody tried to decide a transaction otherwise", words)
    return passed(f"{len(refused)} decisions, each of a transaction that was decided otherwise, failed")


def received_with(kind: type[MessageId | TransactionId], words: str, field: Callable[[Message], str | None]) -> Checker:
    """A received message has in a field what its transaction said when asked."""

    def check(history: History) -> Finding:
        come = by_message(history)
        pairs = [(entry, one) for entry, sender in _told(history, kind) for one in come.get(sender.mark, ())]
        return _same(words, "received", [(entry, one.index, one.label, field(one.message)) for entry, one in pairs])

    return check


def checked_with(
    words: str, field: Callable[[Message], str | None], kind: type[MessageId | TransactionId] = TransactionId
) -> Checker:
    """The message that a check listener is given has in a field what its transaction said when asked."""

    def check(history: History) -> Finding:
        asked_of = {one.sent.mark: one.checks for one in transactions(history)}
        return _same(
            words,
            "the check listener was given",
            [
                (entry, call.index, one.label, field(call.op.message))
                for entry, one in _told(history, kind)
                for call in asked_of[one.mark]
                if isinstance(call.op, Check)
            ],
        )

    return check


def _same(words: str, how: str, seen: list[tuple[Entry, int, str, str | None]]) -> Finding:
    wrong = [one for one in seen if not one[0].result or one[0].result != one[3]]
    if wrong:
        entry, index, label, value = wrong[0]
        return failed(words, f"{label}: the transaction said {entry.result!r}, {how} {value!r}", [entry.index, index])
    if not seen:
        return unknown("nothing was received, or no transaction was asked", words)
    return passed(f"{len(seen)} times the same", (entry.index for entry, *_ in seen[:3]))


def preset(*, kept: bool) -> Checker:
    """A transaction id that the sender set in the header is `kept`, or another one takes its place."""

    def check(history: History) -> Finding:
        words = "the id that the sender set is " + ("kept" if kept else "replaced by one of the provider")
        told = [(entry, one, _preset(one.message)) for entry, one in _told(history, TransactionId)]
        told = [one for one in told if one[2]]
        if not told:
            return unknown("no transaction with a preset id told its id", words)
        come = received(history)
        for entry, one, given in told:
            seen = [entry.result, *(_preset(d.message) for d in come if d.sent and d.sent.mark == one.mark)]
            if len(seen) < 2:
                return unknown(f"{one.label} was never received", words, [entry.index])
            if len(set(seen)) > 1 or not seen[0] or (seen[0] == given) is not kept:
                return failed(words, f"{one.label} had {given!r}, then {seen!r}", [one.entry.index, entry.index])
        return passed(f"{len(told)} transactions: {words}")

    return check


def _preset(message: Message) -> str | None:
    return message.extension_header.transaction_id if message.extension_header else None
