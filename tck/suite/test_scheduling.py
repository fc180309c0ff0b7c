"""Scheduling: delayTime holds messages back, expireTime destroys them.

How long is not fixed: delays and expiries are a few of the quiet times that were measured at the start, within reason.
"""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from tck.checkers.answers import all_of, fails, follows, ops
from tck.checkers.delivery import all_accepted, nothing_lost, nothing_to
from tck.checkers.headers import each_received, extension, is_kept
from tck.checkers.prepared import as_sent, delay_counts, where_prepared
from tck.checkers.readings import came, where
from tck.checkers.timing import (
    delayed,
    delayed_come,
    due,
    expiry,
    gone_after_its_moment,
    gone_after_its_span,
    never,
    not_early,
    not_gone_too_soon,
    not_held_back,
    past,
    unless_refused,
    zero,
)
from tck.checkers.transactions import committed_arrive
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import Commit, Prepare, Receive, Send, SendBatch, Stop
from tck.programs import (
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    SendExpiring,
    Step,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
    transaction_producer,
)

SHORTEST = 0.3
"""The least (s) that a span lasts by which a delay is measured: long against what a busy machine may lose."""
DELAY = 4
"""How many such spans, or quiet times where those are longer, a delay lasts."""
EXPIRY = 3
"""How many of them it is until a message expires; DELAY more than cover that."""
HOUR = 3_600
WAYS = tuple(product(("alone", "in a batch"), ("pulled", "pushed")))


def span(conform: Conform) -> float:
    """Return the span (s) by which delays are measured."""
    return max(conform.calibration.quiet, SHORTEST)


def milliseconds(conform: Conform, spans: float) -> int:
    """Return so many spans in whole milliseconds."""
    return round(span(conform) * spans * 1000)


def delay_of(time: int | None) -> ExtensionHeader:
    """Return an extension header with a delayTime."""
    return ExtensionHeader(delay_time=time)


@clauses(
    {
        "ext.delay-time-not-early": not_early,
        "ext.delay-time-delivered": delayed_come,
        "api.ExtensionHeader.delay-time-kept": each_received(
            "the delayTime that was sent",
            is_kept(extension("delay_time"), "delayTime"),
            only=lambda one: one.sent is not None and delayed(one.sent),
        ),
    }
)
def test_a_delayed_message_waits(conform: Conform) -> None:
    """A message with a delayTime comes when that is over, to a consumer that waits for it all the while."""
    times = [milliseconds(conform, DELAY * share) for share in (1, 0.5)]
    sends = [send("q", b"%d" % time, extension=delay_of(time)) for time in times]
    conform(Program.of(puller("c", "q")).then(client("c", Drain(expect=2)), producer("p", *sends)))


@clauses({"ext.delay-time-not-early": not_early, "ext.delay-time-delivered": delayed_come})
def test_a_delay_outlives_a_consumer(conform: Conform) -> None:
    """A delay is not cut short where the queue's consumer stops and another is bound."""
    sends = [send("q", b"%d" % n, extension=delay_of(milliseconds(conform, DELAY))) for n in range(3)]
    program = Program.of(puller("c", "q")).then(client("c", Receive(conform.calibration.quiet)), producer("p", *sends))
    conform(program.then(client("c", Stop())).then(puller("d", "q", Drain(expect=3))))


@clauses({"ext.delay-time-not-early": not_early, "ext.delay-time-delivered": delayed_come})
@settings(max_examples=5)
@given(st.lists(st.integers(0, DELAY), min_size=1, max_size=8), st.sampled_from(WAYS))
def test_any_delays_are_kept(conform: Conform, spans: list[int], way: tuple[str, str]) -> None:
    """Several delays at once, of messages that are sent alone or in a batch; they are pulled, or pushed where that is claimed."""
    times = [milliseconds(conform, DELAY / 2), *(milliseconds(conform, n) for n in spans)]
    sent = tuple(message("q", b"%d" % n, extension=delay_of(time or None)) for n, time in enumerate(times))
    steps: list[Step] = [SendBatch(sent)] if "in a batch" in way else [Send(one) for one in sent]
    if "pushed" in way and conform.claims("Push"):
        waits = client("c", AwaitDeliveries(len(sent)))
        conform(Program.of(pusher("c", "q")).then(producer("p", *steps)).then(waits))
    else:
        takes = client("c", Drain(expect=len(sent)))
        conform(Program.of(puller("c", "q")).then(takes, producer("p", *steps)))


@clauses({"ext.delay-time-unset-immediate": not_held_back})
def test_a_delay_holds_back_nothing_else(conform: Conform) -> None:
    """Messages without a delay, or with one of zero, overtake one that waits for longer than anybody does."""
    long = round(conform.calibration.patience * 2000)
    sends = [send("q", b"%d" % n, extension=delay_of(time)) for n, time in enumerate((long, None, 0))]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", Drain(expect=2))))


@clauses(
    {
        "ext.delay-time-negative": follows(
            {"delivered": all_of(all_accepted(), nothing_lost()), "refused": fails(ops(Send, client="p"))}
        )
    }
)
def test_a_negative_delay_is_over(conform: Conform) -> None:
    """A message with a delay below zero is delivered, or refused, and not lost."""
    sends = [send("q", b"%d" % n, extension=delay_of(time)) for n, time in enumerate((-1, -1000, -HOUR * 1000))]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(3))))


EXPIRES = {
    "ext.expire-time-not-after": follows({"moment": gone_after_its_moment, "span": gone_after_its_span}),
    "ext.expire-time-not-before": not_gone_too_soon,
    "ext.expire-time-unset-never": nothing_lost(which=never),
    "api.ExtensionHeader.expire-time-zero-never": all_of(all_accepted(zero), nothing_lost(which=zero)),
}


def expiring(conform: Conform, kind: str, number: int) -> list[Step]:
    """Return the send of a message of no expiry or of zero, or those of one that expires at a moment, one after a span."""
    body = b"%d" % number
    times = {"soon": span(conform) * EXPIRY, "late": HOUR, "zero": 0.0}
    time = times.get(kind)
    relative = send("q", body, extension=ExtensionHeader(expire_time=None if time is None else round(time * 1000)))
    return [relative, SendExpiring(message("q", body), time)] if time else [relative]


KINDS = ("soon", "late", "zero", "never")


@clauses(
    {
        **EXPIRES,
        "api.ExtensionHeader.expire-time-kept": each_received(
            "the expireTime that was sent",
            is_kept(extension("expire_time"), "expireTime"),
            only=lambda one: one.sent is not None and bool(expiry(one.sent)),
            all_come=False,
        ),
    }
)
@settings(max_examples=3)
@given(st.lists(st.sampled_from(KINDS), max_size=6).flatmap(lambda more: st.permutations([*KINDS, *more])))
def test_messages_expire(conform: Conform, kinds: list[str]) -> None:
    """A consumer that comes late is given what has not expired, and nothing else, however expireTime is read."""
    sends = [step for number, kind in enumerate(kinds) for step in expiring(conform, kind, number)]
    program = Program.of(producer("p", *sends)).then(
        client("p", Quiet(DELAY * span(conform) / conform.calibration.quiet))
    )
    conform(program.then(puller("c", "q", Drain(expect=len(sends) - kinds.count("soon")))))


@clauses(
    {
        "ext.expire-time-past": unless_refused(
            past,
            follows(
                {
                    "never expires": nothing_lost(which=past),
                    "expires at once": nothing_to("c", "none of them is delivered", past),
                }
            ),
        )
    }
)
def test_what_expired_before_it_was_born(conform: Conform) -> None:
    """Messages that had expired when they were sent are all delivered, or none of them is."""
    sends = [SendExpiring(message("q", b"%d" % n), -HOUR * (n + 1)) for n in range(4)]
    conform(Program.of(producer("p", *sends, send("q", b"never"))).then(puller("c", "q", Drain(expect=5))))


@clauses(
    {
        "reading.delay-and-expire": where(
            all_accepted(),
            follows(
                {
                    "expires": nothing_to("c", "nothing that expires before its delay is over", delayed, after=due),
                    "after-delay": all_of(nothing_lost("c"), not_early),
                }
            ),
        )
    }
)
def test_a_message_expires_before_its_delay_is_over(conform: Conform) -> None:
    """A message that expires before its delay is over never comes, or when that is over: not before."""
    both = message("q", extension=delay_of(milliseconds(conform, DELAY)))
    late = Drain(times=2 * DELAY * span(conform) / conform.calibration.quiet)
    sender = producer("p", SendExpiring(both, span(conform) * DELAY / 2))
    conform(Program.of(puller("c", "q")).then(sender).then(client("c", late)))


@clauses(
    {
        "reading.expire-time-undelivered": where(
            came("c", b"1", b"2"),
            follows({"no": came("d", b"1", b"2", b"fence"), "yes": came("d", b"fence")}),
        )
    }
)
def test_a_message_expires_that_is_held(conform: Conform) -> None:
    """Messages that were delivered, not acknowledged, and have expired since are all delivered again, or none of them."""
    until = span(conform) * 2 * DELAY
    sends = [SendExpiring(message("q", body), until) for body in (b"1", b"2")]
    over = Quiet((until + span(conform)) / conform.calibration.quiet)
    holder = client("c", ReceiveUntil(2, ack=False), over, Stop())
    program = Program.of(puller("c", "q")).then(producer("p", *sends), holder)
    program = program.then(client("p", send("q", b"fence")))
    conform(program.then(puller("d", "q", ReceiveUntil(1), Drain(times=2))))


def preparing(program: Program, conform: Conform) -> Program:
    """Return a program of transactions where these are claimed, and one that does nothing where they are not."""
    return program if conform.claims("Transactions") else Program.of(client("nobody"))


@clauses(
    {
        "ext.delay-time-not-early-prepared": where_prepared("Transactions", as_sent(not_early)),
        "reading.prepared-delay-from": where_prepared(
            "Transactions",
            follows(
                {
                    "born": all_of(committed_arrive(), delay_counts(from_commit=False)),
                    "commit": all_of(committed_arrive(), delay_counts(from_commit=True)),
                }
            ),
        ),
    }
)
def test_a_prepared_message_has_a_delay(conform: Conform) -> None:
    """A message with a delayTime that is committed before that is over, or afterwards, comes when it is over, and not before."""
    delayed_one = message("q", b"delayed", extension=delay_of(milliseconds(conform, DELAY)))
    over = Quiet((DELAY + 1) * span(conform) / conform.calibration.quiet)
    early = transaction_producer("p", Prepare(delayed_one, "soon"), Commit(on="soon"))
    late = transaction_producer("late", Prepare(delayed_one), over, Commit())
    conform(preparing(Program.of(puller("c", "q")).then(early, late, client("c", Drain(expect=2))), conform))


@clauses(
    {
        "ext.expire-time-not-after-prepared": where_prepared(
            "Transactions",
            follows(
                {
                    "moment": as_sent(gone_after_its_moment, by="p", once_committed=True),
                    "span": as_sent(gone_after_its_span, by="p", once_committed=True),
                }
            ),
        ),
        "reading.prepared-expired": where_prepared(
            "Transactions",
            follows({"destroyed": came("d", b"fence"), "kept": came("d", b"fence", b"x", b"y")}),
        ),
    }
)
def test_a_prepared_message_expires(conform: Conform) -> None:
    """What was committed and has expired is given to nobody; of what was not committed until then all comes, or nothing."""
    soon = span(conform) * EXPIRY
    relative = message("q", b"1", extension=ExtensionHeader(expire_time=round(soon * 1000)))
    steps = (
        SendExpiring(message("q", b"2"), soon, transaction="2"),
        Prepare(relative, "1"),
        Commit(on="1"),
        Commit(on="2"),
    )
    undecided = [SendExpiring(message("r", name.encode()), soon, transaction=name) for name in ("x", "y")]
    program = Program.of(transaction_producer("p", *steps), transaction_producer("late", *undecided), queues=("q", "r"))
    over = client("late", Quiet(DELAY * span(conform) / conform.calibration.quiet), Commit(on="x"), Commit(on="y"))
    program = program.then(over).then(producer("near", send("q", b"fence"), send("r", b"fence")))
    conform(preparing(program.then(puller("c", "q", Drain(expect=1)), puller("d", "r", Drain(expect=1))), conform))
