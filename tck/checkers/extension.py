"""Optional fields of the extension header: carried as they were set, given by the server, and deliveries counted."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from tck.checkers.answers import Checker, all_of, fails, follows, ops
from tck.checkers.delivery import all_accepted, nothing_lost
from tck.checkers.headers import each_received, each_sent, extension, in_turn, is_kept, stored_between
from tck.checkers.matching import Received, Sent, acknowledged, by_message, sent
from tck.history import Entry, History
from tck.messages import ExtensionHeader, Message
from tck.operations import BatchReceive, Deliver, ErrorKind, Operation, Reply, Send
from tck.verdicts import Finding, failed, not_applicable, passed, unknown

FIELDS = {"correlation_id": "correlationId", "message_key": "messageKey", "trace_id": "traceId"}
"""What a client sets to have it carried, in the standard's words."""

Pair = tuple[Received, Received]


def comes_without(field: str) -> Checker:
    """A message that sets other fields that are carried, and not this one, is accepted and received."""
    others = [other for other in FIELDS if other != field]

    def which(one: Sent) -> bool:
        return not extension(field)(one.message) and any(extension(other)(one.message) for other in others)

    def check(history: History) -> Finding:
        if not any(history.origin.offers(f"extension_header.{other}") for other in others):
            return not_applicable("no other field that a client sets is offered")
        return all_of(all_accepted(which), nothing_lost(which=which))(history)

    return check


def shared(field: str, *on: str) -> Checker:
    """Messages that bear the same value of a field are all accepted, and received with it, by the consumers `on`."""
    take, word = extension(field), FIELDS[field]

    def check(history: History) -> Finding:
        which = _sharing(history, take)

        def chosen(one: Received) -> bool:
            return one.delivery.consumer in on and _is(one, which)

        return all_of(
            all_accepted(which),
            nothing_lost(which=which),
            each_received(f"the {word} that others bear, too", is_kept(take, word), only=chosen),
        )(history)

    return check


def refused_when_shared(field: str) -> Checker:
    """Of the messages that bear the same value of a field the first is received, with it, and the others are refused."""
    take, word = extension(field), FIELDS[field]

    def check(history: History) -> Finding:
        which = _sharing(history, take)
        firsts = {take(one.message): one.mark for one in reversed(sent(history, which))}

        def first(one: Sent) -> bool:
            return which(one) and firsts[take(one.message)] == one.mark

        def later(history: History) -> list[Entry]:
            return [one.done for one in sent(history, which) if not first(one)]

        return all_of(
            all_accepted(first),
            nothing_lost(which=first),
            each_received(f"the {word} that was sent", is_kept(take, word), only=lambda r: _is(r, which)),
            fails(later),
        )(history)

    return check


def _sharing(history: History, take: Callable[[Message], object]) -> Callable[[Sent], bool]:
    """Return what selects the messages with a value that others bear."""
    values = [take(one.message) for one in sent(history)]
    return lambda one: bool(take(one.message)) and values.count(take(one.message)) > 1


def _is(one: Received, which: Callable[[Sent], bool]) -> bool:
    return one.sent is not None and which(one.sent)


def never_given(field: str) -> Checker:
    """A message for which its sender did not set a field is received without it."""
    take, word = extension(field), FIELDS[field]
    return each_received(
        f"no {word}",
        lambda one: f"its {word} is {take(one.message)!r}, and the sender set none" if take(one.message) else "",
        only=lambda one: _is(one, lambda s: not take(s.message)),
    )


def given_its_own(field: str) -> Checker:
    """A message for which its sender did not set a field is received without it, or with a value that no other bears."""
    take, word = extension(field), FIELDS[field]

    def check(history: History) -> Finding:
        words = f"no {word}, or one of its own"
        owners: dict[object, set[str]] = {}
        for mark, group in by_message(history).items():
            for one in group:
                owners.setdefault(take(one.message), set()).add(mark)
        bare = [group[0] for group in by_message(history).values() if _is(group[0], lambda s: not take(s.message))]
        if len(bare) < 2:
            return unknown(f"fewer than two messages without a {word} were received", words)
        wrong = [one for one in bare if take(one.message) and len(owners[take(one.message)]) > 1]
        if wrong:
            text = f"{wrong[0].label} was given the {word} {take(wrong[0].message)!r}, which another bears, too"
            return failed(words, text, (one.index for one in wrong[:5]))
        return passed(f"{len(bare)} messages for which none was set")

    return check


def not_earlier(field: str, word: str) -> Checker:
    """At each delivery a field has the value of the delivery before, or a greater one."""

    def check(history: History) -> Finding:
        words = f"a {word} no earlier than at the delivery before"
        take = extension(field)
        again = _pairs(history)
        if not again:
            return unknown("no message was delivered again", words)
        for before, after in again:
            if take(before.message) and (take(after.message) or 0) < take(before.message):
                text = f"{word} of {before.label}: {take(before.message)!r}, then {take(after.message)!r}"
                return failed(words, text, (before.index, after.index))
        return passed(f"{len(again)} redeliveries")

    return check


def delivered_without_partition(history: History) -> Finding:
    """A message that sets a partition where there is none is delivered, or refused with UNSUPPORTED."""
    if not any(extension("partition")(one.message) is not None for one in sent(history)):
        return not_applicable("it has partitions")
    readings = {
        "ignored": all_of(all_accepted(), nothing_lost()),
        "unsupported": fails(ops(Send), ErrorKind.UNSUPPORTED),
    }
    return follows(readings)(history)


# What the sender's own message says when send returned ---------------------------------------------------------------


def as_returned(one: Sent) -> ExtensionHeader:
    """Return the extension header of the sender's message as it reads after the send."""
    return (one.left and one.left.extension_header) or ExtensionHeader()


def on_return(fault: Callable[[Sent], str], field: str, word: str, by: type[Operation] = Send) -> Checker:
    """The sender's message holds what the server gave it for a field; where it is stored later it may hold none yet."""

    def none_yet(one: Sent) -> bool:
        return not getattr(as_returned(one), field)

    always = each_sent(
        f"the {word} that the server gave", lambda one: f"it has no {word}" if none_yet(one) else fault(one), by=by
    )
    return follows(
        {
            "always": always,
            "when stored": each_sent(
                f"the {word} that the server gave, or none", lambda one: "" if none_yet(one) else fault(one), by=by
            ),
        }
    )


def returned_time(one: Sent) -> str:
    """Say by how much the store timestamp of the sender's message lies outside the time of its send."""
    return stored_between(as_returned(one).store_timestamp or 0, one.entry, one.done)


def returned_preset(field: str, word: str) -> Callable[[Sent], str]:
    """Return the fault of a sender's message that holds what the sender had set for a field of the server."""

    def fault(one: Sent) -> str:
        preset, now = extension(field)(one.message), getattr(as_returned(one), field)
        return f"its {word} is {now!r}, which the sender had set" if preset and now == preset else ""

    return fault


def same_as_returned(field: str, word: str) -> Checker:
    """A field of the server reads the same for sender and receiver, where the sender's message has it."""

    def check(history: History) -> Finding:
        words = f"the {word} that the sender's message had when send returned"
        done = [one for one in sent(history) if one.accepted and getattr(as_returned(one), field)]
        if not done and any(one.accepted for one in sent(history)):
            return not_applicable(f"no sender's message has a {word}")
        returned = {one.mark: getattr(as_returned(one), field) for one in done}

        def fault(one: Received) -> str:
            before, now = one.sent and returned[one.sent.mark], extension(field)(one.message)
            return "" if now == before else f"the sender's {word} is {before!r}, received {now!r}"

        return each_received(words, fault, only=lambda one: _is(one, lambda s: s.mark in returned))(history)

    return check


# How often a message was delivered ------------------------------------------------------------------------------------


def _pairs(history: History) -> list[Pair]:
    """Return each delivery of a message with the next one of the same message, unless the two calls overlap."""
    pairs = (pair for group in by_message(history).values() for pair in pairwise(group))
    return [(before, after) for before, after in pairs if in_turn(before, after)]


def _count(one: Received) -> int:
    """Return a delivery count; one that is missing counts nothing."""
    return one.message.header.delivery_count or 0


def grows_by_one(history: History) -> Finding:
    """At each redelivery the delivery count is one more than at the delivery before."""
    return _counted(
        "a delivery count greater by one at each redelivery",
        _pairs(history),
        lambda before, after: _count(after) == _count(before) + 1,
    )


def grows_in_batches(history: History) -> Finding:
    """At each redelivery in a batch, received as well as pushed, the delivery count is greater than before."""
    words = "a greater delivery count at each redelivery in a batch"
    again = [(before, after) for before, after in _pairs(history) if _in_batch(after)]
    if len({type(after.delivery.entry.op) for _, after in again}) < 2:
        return unknown("no message was delivered again in a batch, received and pushed", words)
    return _counted(words, again, lambda before, after: _count(after) > _count(before))


def grows_when_raised(history: History) -> Finding:
    """A message whose listener raised an error is delivered again with a greater delivery count."""
    again = [(b, a) for b, a in _pairs(history) if getattr(b.delivery.entry.op, "reply", None) is Reply.RAISE]
    words = "a greater delivery count after a listener raised"
    return _counted(words, again, lambda before, after: _count(after) > _count(before))


def _in_batch(one: Received) -> bool:
    op = one.delivery.entry.op
    return isinstance(op, BatchReceive) or (isinstance(op, Deliver) and op.batch)


def _counted(words: str, again: list[Pair], holds: Callable[[Received, Received], bool]) -> Finding:
    if not again:
        return unknown("no such message was delivered again", words)
    for before, after in again:
        if not holds(before, after):
            counts = f"{before.message.header.delivery_count}, then {after.message.header.delivery_count}"
            return failed(words, f"{before.label} had the delivery counts {counts}", (before.index, after.index))
    return passed(f"{len(again)} redeliveries: {words}")


def first_count_is_own(history: History) -> Finding:
    """The first delivery of a message that was sent after others had been delivered counts as that of the very first."""
    words = "the delivery count of a first delivery, though others were delivered before"
    firsts = sorted((group[0] for group in by_message(history).values()), key=lambda one: one.came)
    late = [one for one in firsts[1:] if one.sent and one.sent.entry.invoked > firsts[0].came]
    if not late:
        return unknown("no message was sent after another had been delivered", words)
    for one in late:
        if one.message.header.delivery_count != firsts[0].message.header.delivery_count:
            counts = (
                f"{one.message.header.delivery_count}, and {firsts[0].label} {firsts[0].message.header.delivery_count}"
            )
            return failed(words, f"{one.label} had at first the delivery count {counts}", (firsts[0].index, one.index))
    return passed(f"{len(late)} messages that were sent later")


def kept_by_ack(history: History) -> Finding:
    """Over an acknowledgement of another message a delivery count grows as it does without."""
    words = "a delivery count that grows as if no other message had been acknowledged"
    over: list[Pair] = []
    steps: set[int] = set()
    for before, after in _pairs(history):
        others = [one for one in acknowledged(history) if one.received.sent != before.sent]
        if any(before.came <= o.entry.invoked and (o.entry.completed or 0) <= after.came for o in others):
            over.append((before, after))
        else:
            steps.add(_count(after) - _count(before))
    if not steps:
        return unknown("no message was delivered again without an acknowledgement meanwhile", words)
    return _counted(words, over, lambda before, after: _count(after) - _count(before) in steps)
