"""What tells the readings of the documents apart: premises, what came just so, and what an access point says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from tck.access_point import Address, parse
from tck.checkers.answers import (
    Checker,
    Select,
    all_of,
    fails,
    gives_what,
    never_ended,
    ops,
    succeeds,
    unanswered,
    waited,
)
from tck.checkers.hearing import asked_in_vain, awaited, away, listened_after, quiet_between
from tck.checkers.matching import Received, Sent, bound_queues, may_have_happened, received, sent
from tck.errors import IllegalAccessPoint
from tck.history import Entry, History, Outcome, deliveries
from tck.messages import SendResult
from tck.operations import Ack, Attributes, Commit, Deliver, ErrorKind, Get, Open, Prepare, Reply, SendBatchAsync
from tck.verdicts import Finding, Verdict, failed, not_applicable, passed, unknown


def where(premise: Checker, checker: Checker) -> Checker:
    """What `checker` finds, where the premise holds; where it does not, the clause says nothing."""

    def check(history: History) -> Finding:
        given = premise(history)
        if given.verdict is Verdict.FAIL:
            return not_applicable(given.actual)
        return given if given.verdict is Verdict.UNKNOWN else checker(history)

    return check


def if_done(select: Select, checker: Checker, otherwise: str) -> Checker:
    """What `checker` finds where the program has such operations; where it has none the clause says nothing."""
    return lambda history: checker(history) if select(history) else not_applicable(otherwise)


def fails_otherwise(select: Select) -> Checker:
    """Each ends with an error of another kind than TIMEOUT."""
    return fails(select, *(kind for kind in ErrorKind if kind is not ErrorKind.TIMEOUT), late=never_ended)


def completes(select: Select) -> Checker:
    """Each ends, with an error or without, but not by a TIMEOUT as its own time is over."""

    def check(history: History) -> Finding:
        entries = select(history)
        late = [e.index for e in entries if e.error and e.error.kind is ErrorKind.TIMEOUT and waited(e)]
        if late:
            return failed("an end", "it timed out", late)
        ended = bool(entries) and all(entry.outcome is not Outcome.UNKNOWN for entry in entries)
        return passed("each ended") if ended else unknown("the operation was never reached, or never ended", "an end")

    return check


def unless_timed_out(select: Select, checker: Checker) -> Checker:
    """What `checker` finds, where none of these timed out: of one that did it is not known whether it was done."""

    def check(history: History) -> Finding:
        late = [e.index for e in select(history) if e.error and unanswered(e)]
        return unknown("it timed out, and may have been done", "an answer", late) if late else checker(history)

    return check


def came(on: str, *bodies: bytes) -> Checker:
    """A consumer is given messages with just these bodies, each at least once."""

    def check(history: History) -> Finding:
        words = f"{on} is given just {_listed(bodies)}"
        of_it = [one for one in deliveries(history) if one.consumer == on]
        seen = {one.message.body for one in of_it}
        missing = set(bodies) - seen
        if seen == set(bodies) and (bodies or asked_in_vain(history, on, _last_accepted(history, on))):
            return passed(words)
        if seen <= set(bodies) and (not bodies or _may_still_come(history, on, missing)):
            return unknown(f"{on} was given {_listed(seen)}, and more may come", words)
        if seen <= set(bodies) and missing <= _not_taken(history):
            return unknown(f"the server was at fault as {_listed(missing)} was sent", words)
        return failed(words, f"it was given {_listed(seen)}", (one.entry.index for one in of_it))

    return check


def _not_taken(history: History) -> set[bytes | None]:
    """Return the bodies of what was not taken, for the server was at fault."""
    refused = [one for one in sent(history) if one.outcome is Outcome.FAIL and away(one.done)]
    return {one.message.body for one in refused}


def never_given(on: str) -> Checker:
    """A consumer is given nothing at all, whether it asks in vain or has nothing to listen to."""

    def check(history: History) -> Finding:
        words = f"{on} is given nothing"
        given = [one for one in deliveries(history) if one.consumer == on]
        if given:
            seen = _listed({one.message.body for one in given})
            return failed(words, f"it was given {seen}", (one.entry.index for one in given))
        moment = _last_accepted(history, on)
        if not moment or not (asked_in_vain(history, on, moment) or quiet_between(history, moment)):
            return unknown("nothing was accepted that it could be given, or nobody waited for it", words)
        return passed(words)

    return check


def _last_accepted(history: History, on: str) -> int:
    return max((one.done.completed or 0 for one in _accepted_for(history, on)), default=0)


def _accepted_for(history: History, on: str) -> list[Sent]:
    """Return what was accepted in a queue that a consumer was bound to; in any, if that is not known."""
    bound = bound_queues(history).get(on, ())
    return [one for one in sent(history) if one.accepted and (not bound or one.message.header.destination in bound)]


def _may_still_come(history: History, on: str, missing: set[bytes]) -> bool:
    """Tell whether something with one of these bodies was not accepted for sure, or the consumer did not listen for it."""
    owed = [one for one in sent(history) if one.message.body in missing and one.outcome is not Outcome.FAIL]
    commits = {e.op.on: e.completed or 0 for e in history.of(Commit) if e.outcome is Outcome.OK}

    def since(one: Sent) -> int | None:
        prepared = one.entry.op.transaction if isinstance(one.entry.op, Prepare) else ""
        return commits.get(prepared, 0 if one.accepted else None)

    return any((then := since(one)) is None or not awaited(history, one, on=[on], after=then) for one in owed)


def _listed(bodies: Iterable[bytes | None]) -> str:
    return ", ".join(sorted(map(str, bodies))) or "nothing"


def told(on: str, **attributes: str) -> Checker:
    """The access point `on` opens, and these are among its attributes.

    {hosts}, {region} and {account} stand for the parts of the program's own URI; nothing is said of one that this has not.
    """

    def holds(result: dict[str, str], key: str, text: str, own: dict[str, str]) -> bool:
        expected = re.sub(r"\{(\w+)\}", lambda found: own[found[1]], text)
        given = result.get(key) or ""
        if key == "ACCESS_POINTS":
            return _addresses(given) == _addresses(expected)
        return given == expected or (text == "{account}" and not expected)

    def check(history: History) -> Finding:
        uri = parse(history.origin.access_point)
        own = {"hosts": ",".join(map(str, uri.hosts)), "region": uri.region, "account": uri.account_id or ""}

        def all_hold(result: object, _: Entry) -> bool:
            return isinstance(result, dict) and all(holds(result, key, text, own) for key, text in attributes.items())

        words = ", ".join(f"{key} is {text!r}" for key, text in attributes.items())
        return all_of(succeeds(ops(Open, on=on)), gives_what(ops(Attributes, on=on), words, all_hold))(history)

    return check


def _addresses(text: str) -> tuple[Address, ...] | str:
    """Return the hosts that an attribute names; the text itself where it is no list of hosts."""
    try:
        return text if "@" in text else parse(f"oms:any://{text}/any").hosts
    except IllegalAccessPoint:
        return text


def opens_with(on: str, key: str, text: str) -> Checker:
    """The access point `on` opens, and its attribute `key` reads just so."""
    return all_of(
        succeeds(ops(Open, on=on)),
        gives_what(ops(Attributes, on=on), f"{key} reads {text!r}", lambda given, _: given.get(key) == text),
    )


def is_text(select: Select, *names: str, joined: bool = False) -> Checker:
    """Each returns the real name of what the program calls so; a text that holds all of them if `joined`."""

    def check(history: History) -> Finding:
        real = [history.real(name) for name in names]
        if not select(history):
            return unknown("the operation was never reached")
        words = " and ".join(names) if joined else names[0]
        return gives_what(
            select,
            f"the name of {words}",
            lambda given, _: all(one in str(given) for one in real) if joined else given == real[0],
        )(history)

    return check


def left_behind(*, again: bool, by: str = "c", to: str = "d", select: Select | None = None) -> Checker:
    """Of what a consumer was given another is given all, or if not `again` just what nobody else tried to acknowledge.

    Those who tried are all others, or just those that `select` says: receipts may be the same for several consumers.
    """

    def check(history: History) -> Finding:
        acks = select(history) if select else [entry for entry in history.of(Ack) if entry.op.on != to]
        held = [one for one in received(history, on=[by]) if one.sent]
        tried = {mark: entry for entry in acks if (mark := _meant(entry, held))}
        unclear = {m for m, e in tried.items() if e.outcome is not Outcome.OK and may_have_happened(e)}
        given = {one.sent.mark for one in held if one.sent}
        expected = given - (set() if again else set(tried))
        words = f"what {by} was given" if again else f"what {by} was given and nobody acknowledged"
        come = [one for one in received(history, on=[to]) if one.sent and one.sent.mark in given]
        if not held or not acks:
            return unknown(f"{by} was given nothing, or nothing was acknowledged", words)
        seen = {one.sent.mark for one in come if one.sent}
        if seen != expected and seen ^ expected <= unclear:
            return unknown("an acknowledgement may have been one", words, (one.index for one in come))
        last = max(one.came for one in (*held, *come))
        if seen <= expected and not listened_after(history, last, on=[to]):
            return unknown(f"{to} did not listen until nothing more came", words)
        if seen == expected:
            return passed(f"{to} was given {words}", (one.index for one in come))
        labels = ", ".join(one.label for one in come) or "nothing"
        return failed(f"{to} is given {words}", f"it was given {labels}", (one.index for one in come))

    return check


def _meant(ack: Entry, held: list[Received]) -> str | None:
    """Return the mark of the message that came last with the receipt of an acknowledgement: a receipt may be used again."""
    receipt = getattr(ack.op, "receipt", None)
    group = [one for one in held if one.message.receipt == receipt and one.came <= ack.invoked]
    return group[-1].sent.mark if group and group[-1].sent else None


class Place(StrEnum):
    """Whose id the result of a batch holds."""

    FIRST = "first"
    LAST = "last"
    BATCH = "batch"
    NONE = "none"


def batch_id(place: Place) -> Checker:
    """The one id that an asynchronous batch results in is that of its first or last message, of none of them, or none."""

    def check(history: History) -> Finding:
        words = f"the id in the result of a batch: {place}"
        batches = [entry for entry in history.of(SendBatchAsync) if isinstance(entry.op, SendBatchAsync)]
        gets = [entry for entry in history.of(Get) if entry.outcome is Outcome.OK]
        ids = {one.sent.mark: one.message.header.message_id for one in received(history) if one.sent}
        if not batches or not gets:
            return unknown("the batch had no result", words)
        of_batch = [ids.get(one.mark) for one in sent(history, lambda one: one.entry is batches[0])]
        given = gets[0].result.message_id if isinstance(gets[0].result, SendResult) else None
        found = (
            Place.NONE
            if not given
            else Place.FIRST
            if given == of_batch[0]
            else Place.LAST
            if given == of_batch[-1]
            else None
            if given in of_batch
            else Place.BATCH
        )
        shown = (batches[0].index, gets[0].index)
        return passed(words, shown) if found is place else failed(words, f"it is {given!r} of {of_batch}", shown)

    return check


def brings(select: Select, *bodies: bytes) -> Checker:
    """Each returns a message with one of these bodies."""
    words = f"a message: {_listed(bodies)}"
    return gives_what(select, words, lambda given, _: given is not None and given.body in bodies)


def called(on: str, reply: Reply) -> Checker:
    """Of the listeners of a consumer just the one is called that replies so."""

    def check(history: History) -> Finding:
        words = f"just the listener is called that replies {reply}"
        calls = [entry for entry in history.of(Deliver) if entry.op.on == on and isinstance(entry.op, Deliver)]
        replies = {entry.op.reply for entry in calls if isinstance(entry.op, Deliver)}
        if replies == {reply}:
            return passed(words, (entry.index for entry in calls))
        owed = _accepted_for(history, on)
        if not calls and not (owed and all(awaited(history, one, on=[on]) for one in owed)):
            return unknown("nothing was accepted, or nobody waited for it", words)
        return failed(words, f"called were {', '.join(replies) or 'none'}", (entry.index for entry in calls))

    return check


def has_no_receipt(on: str) -> Checker:
    """No message that a consumer is given has a receipt."""

    def check(history: History) -> Finding:
        given = [one.message.receipt for one in deliveries(history) if one.consumer == on]
        if not given:
            return unknown("nothing was delivered", "no receipt")
        return failed("no receipt", f"{given[0]!r}") if any(given) else passed("no receipt")

    return check


def none_of_it(on: str, *, again_to: str) -> Checker:
    """Nothing that a consumer was given is given to another, though something else is."""

    def check(history: History) -> Finding:
        words = f"nothing that {on} was given comes again"
        given = {one.sent.mark for one in received(history, on=[on]) if one.sent}
        come = [one for one in received(history, on=[again_to]) if one.sent]
        again = [one for one in come if one.sent and one.sent.mark in given]
        if again:
            return failed(words, f"{again[0].label} did", [again[0].index])
        if not given or not come:
            return unknown("nothing was delivered", words)
        if not asked_in_vain(history, again_to, max(one.came for one in come)):
            return unknown(f"{again_to} did not listen until nothing more came", words)
        return passed(words)

    return check
