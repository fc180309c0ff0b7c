"""Priority: ten levels, by which messages that wait are delivered at best effort."""

from __future__ import annotations

from itertools import cycle

from hypothesis import given, settings
from hypothesis import strategies as st

from tck.checkers.answers import Checker, all_of, fails, follows, ops
from tck.checkers.delivery import all_accepted, nothing_lost
from tck.checkers.headers import each_received, header, is_kept
from tck.checkers.matching import to
from tck.checkers.ordering import HIGHEST, LOWEST, NORMAL, expedited, in_range, out_of_range
from tck.checkers.prepared import as_sent, where_prepared
from tck.checkers.timing import unless_refused
from tck.checkers.ways import RECEIVING, WAYS, each_way, where_sent
from tck.conformance import Conform, bulky, clauses
from tck.messages import Message
from tck.operations import Commit, ErrorKind, Prepare, Send
from tck.programs import (
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    Step,
    client,
    handfuls,
    message,
    producer,
    puller,
    pusher,
    send,
    sends,
    transaction_producer,
)
from tck.verdicts import AS_OFTEN_AS_NOT, SAMPLES

LEVELS = tuple(range(LOWEST, HIGHEST + 1))
SETTLED = 1.0
"""Seconds after which what was committed surely waits: a server may let it be received some time after its commit."""
BEYOND = (LOWEST - 1, HIGHEST + 1, -1, 99, -(2**15), 2**15 - 1)
"""Priorities out of range, to the bounds of a short."""


def pairs(priorities: list[tuple[int | None, int | None]]) -> Program:
    """Return a program that sends each pair to a queue of its own, and then takes it from there."""
    queues = [f"q{number}" for number in range(len(priorities))]
    sends = [
        send(queue, b"%d" % place, priority=priority)
        for queue, pair in zip(queues, priorities, strict=True)
        for place, priority in enumerate(pair)
    ]
    program = Program.of(producer("p", *sends), queues=queues)
    return program.then(*(puller(f"c.{queue}", queue, ReceiveUntil(2)) for queue in queues))


@clauses({"ext.priority-expedited-first": expedited(AS_OFTEN_AS_NOT)})
def test_the_highest_overtakes_the_lowest(conform: Conform) -> None:
    """Of a message of the lowest and one of the highest priority that wait, the highest comes first."""
    conform(pairs([(LOWEST, HIGHEST)] * SAMPLES))


@clauses({"ext.priority-expedited-prepared": where_prepared("Transactions", as_sent(expedited(AS_OFTEN_AS_NOT)))})
def test_what_is_prepared_overtakes_too(conform: Conform) -> None:
    """Of two committed messages that wait, one of the lowest and one of the highest priority, the highest comes first."""
    queues = [f"q{number}" for number in range(SAMPLES)] if conform.claims("Transactions") else []
    steps: list[Step] = []
    for queue in queues:
        for priority in (LOWEST, HIGHEST):
            steps += [Prepare(message(queue, b"%d" % priority, priority=priority)), Commit()]
    sender = transaction_producer("p", *steps, Quiet(least=SETTLED)) if steps else client("nobody")
    program = Program.of(sender, queues=queues)
    conform(program.then(*(puller(f"c.{queue}", queue, ReceiveUntil(2)) for queue in queues)))


@clauses({"ext.priority-expedited-first": expedited()})
@settings(max_examples=6)
@given(st.lists(st.sampled_from((None, *LEVELS)), max_size=12).map(lambda more: [LOWEST, HIGHEST, *more]))
def test_any_priorities_are_ordered(conform: Conform, priorities: list[int | None]) -> None:
    """Among messages of any priorities the higher come first, as far as a level is told from the next."""
    sends = [send("q", b"%d" % n, priority=priority) for n, priority in enumerate(priorities)]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends)))))


@clauses({"ext.priority-default": expedited(AS_OFTEN_AS_NOT)})
def test_the_highest_overtakes_the_default(conform: Conform) -> None:
    """Of a message without a priority and one of the highest that wait, the highest comes first."""
    conform(pairs([(None, HIGHEST)] * SAMPLES))


@clauses({"ext.priority-out-of-range-normal": unless_refused(out_of_range, expedited(AS_OFTEN_AS_NOT))})
def test_a_priority_out_of_range_overtakes_nothing(conform: Conform) -> None:
    """A priority above the highest does not keep one of the highest from coming first."""
    conform(pairs([(beyond, HIGHEST) for beyond in (HIGHEST + 1, 99) for _ in range(SAMPLES // 2)]))


OTHERS: dict[str, list[int | None]] = {"default": [None], "below": [LOWEST - 1, -1, HIGHEST + 1]}
"""Priorities each of which counts as the normal one, by the queue to which it is sent after one of the lowest."""


def waiting(low: int | None = LOWEST, *highs: int | None, queue: str) -> list[Message]:
    """Return pairs of messages to a queue, each of a lower priority and of a higher one: the highest if none is given."""
    higher = cycle(highs or [HIGHEST])
    return [message(queue, b"%d" % n, priority=next(higher) if n % 2 else low) for n in range(2 * SAMPLES)]


def fence(way: str) -> tuple[Step, ...]:
    """Return the send of a message that tells, where it was received, that those before it were sent, which nothing else tells."""
    return sends(WAYS[way], message("fence", b"fence")) if way in {"oneway", "batch-oneway"} else ()


@bulky
@clauses(
    {
        **each_way("ext.priority-expedited-first", lambda which: expedited(AS_OFTEN_AS_NOT, which)),
        **{
            f"ext.priority-expedited-first-{way}": where_sent(
                to(f"to-{way}"), expedited(AS_OFTEN_AS_NOT, to(f"to-{way}"))
            )
            for way in RECEIVING
        },
        "ext.priority-default-above-lowest": expedited(AS_OFTEN_AS_NOT, to("default")),
        "ext.priority-out-of-range-above-lowest": unless_refused(
            lambda one: out_of_range(one) and to("below")(one), expedited(AS_OFTEN_AS_NOT, to("below"))
        ),
    }
)
def test_the_higher_overtakes_in_every_way(conform: Conform) -> None:
    """Messages that wait are ordered whichever method sends and receives them; none, and one that is ignored, is a normal one."""
    receiving = RECEIVING if conform.claims("Push") else RECEIVING[:1]
    senders = [
        producer(
            f"p.{way}",
            *(step for few in handfuls(waiting(queue=f"sent-{way}")) for step in sends(method, *few)),
            *fence(way),
        )
        for way, method in WAYS.items()
    ]
    senders += [producer(f"p.{way}", *sends("send", *waiting(queue=f"to-{way}"))) for way in receiving]
    senders += [
        producer(f"p.{name}", *sends("send", *waiting(LOWEST, *highs, queue=name))) for name, highs in OTHERS.items()
    ]
    queues = ("fence", *(f"sent-{way}" for way in WAYS), *(f"to-{way}" for way in RECEIVING), *OTHERS)
    program = Program.of(*senders, queues=queues).then(puller("fencer", "fence", ReceiveUntil(2)))
    pulled = (*(f"sent-{way}" for way in WAYS), *OTHERS)
    takers = [puller(f"c.{queue}", queue, ReceiveUntil(2 * SAMPLES)) for queue in pulled]
    everything = AwaitDeliveries(2 * SAMPLES)
    listeners = {
        "batch-received": puller("b", "to-batch-received", ReceiveUntil(2 * SAMPLES, batch=True)),
        "pushed": pusher("l", "to-pushed", everything),
        "batch-pushed": pusher("m", "to-batch-pushed", everything, batch=True),
    }
    conform(program.then(*takers, *(listeners[way] for way in receiving)))


def default_seen(words: str, *priorities: int | None) -> Checker:
    """What was sent without a priority is received with one of these."""
    return each_received(
        words,
        lambda one: (
            "" if one.message.header.priority in priorities else f"its priority is {one.message.header.priority}"
        ),
        only=lambda one: one.sent is not None and one.sent.message.header.priority is None,
    )


@clauses(
    {
        "ext.priority-levels": all_of(all_accepted(in_range), nothing_lost(which=in_range)),
        "api.Header.priority-kept": each_received(
            "the priority that was sent",
            is_kept(header("priority"), "priority"),
            only=lambda one: one.sent is not None and in_range(one.sent),
        ),
        "api.Header.priority-default-value": follows(
            {"five": default_seen("priority 5", NORMAL), "none": default_seen("no priority, or 0", None, 0)}
        ),
    }
)
def test_every_level_is_accepted(conform: Conform) -> None:
    """Messages of all ten priorities, and without one, arrive as they were sent."""
    sends = [send("q", b"%s" % str(priority).encode(), priority=priority) for priority in (*LEVELS, None)]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", ReceiveUntil(len(sends)))))


@clauses(
    {
        "ext.priority-out-of-range": follows(
            {
                "the priority": all_of(all_accepted(out_of_range), nothing_lost(which=out_of_range)),
                "the message": fails(ops(Send, client="p"), ErrorKind.FORMAT),
            }
        )
    }
)
@settings(max_examples=3)
@given(st.lists(st.sampled_from(BEYOND), min_size=1, max_size=6))
def test_a_priority_out_of_range_is_ignored(conform: Conform, priorities: list[int]) -> None:
    """Messages of any priorities that are not defined arrive all the same, or all of them are refused."""
    sends = [send("q", b"%d" % n, priority=priority) for n, priority in enumerate(priorities)]
    conform(Program.of(producer("p", *sends)).then(puller("c", "q", Drain(expect=len(sends)))))
