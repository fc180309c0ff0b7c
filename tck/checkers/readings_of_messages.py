"""What tells the readings of the documents apart about what a message holds."""

from __future__ import annotations

from collections.abc import Callable

from tck.checkers.answers import Checker
from tck.checkers.headers import extension
from tck.checkers.matching import Received, Sent, by_message, received, sent
from tck.history import History
from tck.messages import Message
from tck.verdicts import Finding, failed, passed, unknown

Holds = Callable[[Message], bool]


def lacks(capability: str) -> Checker:
    """The implementation does not offer an optional part."""

    def check(history: History) -> Finding:
        offered = history.origin.capabilities.get(capability, "absent")
        return passed() if offered == "absent" else failed("not offered", f"{capability} is {offered}")

    return check


def in_each(client: str, words: str = "", holds: Holds = lambda _: True) -> Checker:
    """Every message that a client sent is accepted, and received so: each time with what `words` say."""

    def check(history: History) -> Finding:
        said = f"what {client} sent is received" + (f", {words}" if words else "")
        chosen = sent(history, lambda one: one.entry.client == client)
        come = by_message(history)
        for one in chosen:
            if not one.accepted:
                return failed(said, f"the send of {one.label} ended with {one.done.error}", [one.done.index])
            if one.mark not in come:
                return failed(said, f"{one.label} never came", [one.entry.index])
            wrong = [got for got in come[one.mark] if not holds(got.message)]
            if wrong:
                return failed(said, f"{one.label} came so: {wrong[0].message}"[:300], [one.entry.index, wrong[0].index])
        return passed(said, (one.entry.index for one in chosen)) if chosen else unknown("nothing was sent", said)

    return check


arrives = in_each


def _pairs(history: History) -> list[tuple[Sent, Received]]:
    return [(one.sent, one) for one in received(history) if one.sent and one.sent.result]


def traced(*, by_system: bool) -> Checker:
    """A message without a traceId is received without one, or with one that no other message has if `by_system`."""

    def check(history: History) -> Finding:
        words = "a traceId of its own" if by_system else "no traceId"
        bare = {one.mark for one in sent(history) if not extension("trace_id")(one.message)}
        ids = {m: extension("trace_id")(g[0].message) for m, g in by_message(history).items() if m in bare}
        if len(ids) < 2:
            return unknown("fewer than two messages came", words)
        good = all(ids.values()) and len(set(ids.values())) == len(ids) if by_system else not any(ids.values())
        return passed(words) if good else failed(words, f"the traceIds {', '.join(map(repr, ids.values()))}")

    return check


def given_at_return(*, stored: bool) -> Checker:
    """On return a sender's message holds the store timestamp and host of the received one, or if not `stored` neither."""

    def check(history: History) -> Finding:
        words = "on return, what the receiver sees as store timestamp and host" if stored else "on return, neither"
        pairs = _pairs(history)
        for one, got in pairs:
            mine = one.result.message if one.result and one.result.message else Message()
            own = tuple(extension(field)(mine) for field in ("store_timestamp", "store_host"))
            theirs = tuple(extension(field)(got.message) for field in ("store_timestamp", "store_host"))
            if own != (theirs if stored else (None, None)):
                text = f"{one.label} had {own} on return, and came with {theirs}"
                return failed(words, text, [one.entry.index, got.index])
        return passed(words) if pairs else unknown("nothing was received", words)

    return check


def receipt_of_sent(*, inert: bool) -> Checker:
    """A sender's message has no receipt, or if `inert` one that is no received message's."""

    def check(history: History) -> Finding:
        words = "a receipt that is no received message's" if inert else "no receipt"
        theirs = {one.message.receipt for one in received(history)}
        mine = [one.result.message.receipt for one in sent(history) if one.result and one.result.message]
        if not mine or not theirs:
            return unknown("no send gave its message, or nothing was received", words)
        wrong = [one for one in mine if (not one or one in theirs if inert else one is not None)]
        return failed(words, f"the receipt {wrong[0]!r}") if wrong else passed(words)

    return check


def restored(*, again: bool) -> Checker:
    """A message that is delivered again has the store timestamp of its first delivery, or a later one if `again`."""

    def check(history: History) -> Finding:
        words = f"the storeTimestamp {'of a later storing' if again else 'of the first delivery'}"
        groups = [group for group in by_message(history).values() if len(group) > 1]
        if not groups:
            return unknown("no message was delivered again", words)
        for first, *later in groups:
            before = extension("store_timestamp")(first.message)
            for one in later:
                after = extension("store_timestamp")(one.message)
                if before is None or after is None or (after <= before if again else after != before):
                    return failed(words, f"{before}, then {after} (ms since 1970)", [first.index, one.index])
        return passed(words)

    return check
