"""Scheduling once more, for each way of sending and of receiving: what is delayed waits, and what expired is gone."""

from __future__ import annotations

from tck.checkers.answers import follows
from tck.checkers.headers import same_as_left
from tck.checkers.matching import Which
from tck.checkers.timing import delayed, delayed_come_in_the_end, gone, none_early
from tck.checkers.ways import RECEIVING, WAYS, each_way, where_sent
from tck.conformance import Conform, clauses
from tck.messages import ExtensionHeader
from tck.operations import BatchReceive
from tck.programs import (
    AwaitDeliveries,
    Client,
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
    sends,
)
from tck.suite.test_scheduling import DELAY, delay_of, milliseconds, span

LATER, WAIT = 3, 6
"""After how many of the spans of the scheduling checks a message expires, and how many it takes until nobody doubts that."""


def fence(way: str) -> tuple[Step, ...]:
    """Return the send of a message that tells, where it was received, that those before it were sent, which nothing else tells."""
    return sends(WAYS[way], message("fence", b"fence")) if way in {"oneway", "batch-oneway"} else ()


def bound_for(way: str) -> Which:
    """Select what is sent to be received in this way, which its body names."""
    return lambda one: one.message.body == way.encode()


def ways_of(conform: Conform) -> tuple[str, ...]:
    """Return the ways of receiving that are claimed."""
    return RECEIVING if conform.claims("Push") else RECEIVING[:1]


@clauses(
    {
        **each_way("ext.delay-time-not-early", none_early),
        **each_way("ext.delay-time-delivered", delayed_come_in_the_end, "async", "batch", "batch-async"),
        **{
            f"ext.delay-time-not-early-{way}": where_sent(bound_for(way), none_early(bound_for(way)))
            for way in ("batch-received", "batch-pushed")
        },
        "2.3.2-born-timestamp-same-delayed": same_as_left("born_timestamp", "born timestamp", delayed),
    }
)
def test_a_delay_is_kept_in_every_way(conform: Conform) -> None:
    """A message with a delayTime waits whichever method sends it, and receives it; the time does not change its birth.

    In a batch it waits, too, where the first of it has none.
    """
    late = delay_of(milliseconds(conform, DELAY))
    both = message("q"), message("q", extension=late)
    steps: list[Step] = [step for way in WAYS.values() for step in sends(way, *both)]
    steps += [send(way, way.encode(), extension=late) for way in ways_of(conform)]
    steps += [send("q", extension=late)]
    takers: dict[str, tuple[Client, Step]] = {
        "batch-received": (puller("b", "batch-received"), ReceiveUntil(1, batch=True)),
        "pushed": (pusher("l", "pushed"), AwaitDeliveries(1)),
        "batch-pushed": (pusher("m", "batch-pushed", batch=True), AwaitDeliveries(1)),
    }
    there = [takers[way] for way in ways_of(conform)]
    program = Program.of(puller("c", "q"), *(one for one, _ in there), queues=("q", *RECEIVING))
    waits = [client(one.name, step) for one, step in there]
    everything = Drain(expect=2 * len(WAYS) + len(there) + 1)
    conform(program.then(client("c", everything), *waits, producer("p", *steps)))


def expiring(conform: Conform, way: str, queue: str, body: bytes) -> tuple[Step, ...]:
    """Return the sends, in a way, of a message that expires soon at a moment, and one that does after a span."""
    soon = ExtensionHeader(expire_time=milliseconds(conform, LATER))
    method = WAYS[way] if way else "send"
    moment = SendExpiring(message(queue, body), span(conform) * LATER, method)
    return moment, *sends(method, message(queue, body, extension=soon))


def latecomers(conform: Conform) -> list[Client]:
    """Return the consumers of each kind that come when all is over, and are given what never expires."""
    batches = (ReceiveUntil(1, batch=True), BatchReceive(conform.calibration.quiet))
    comers = {
        "batch-received": puller("b", "batch-received", *batches),
        "pushed": pusher("l", "pushed", AwaitDeliveries(1), Quiet()),
        "batch-pushed": pusher("m", "batch-pushed", AwaitDeliveries(1), Quiet(), batch=True),
    }
    return [comers[way] for way in ways_of(conform)]


@clauses(
    {
        **each_way("ext.expire-time-not-after", lambda which: follows(gone(which))),
        **{
            f"ext.expire-time-not-after-{way}": where_sent(bound_for(way), follows(gone(bound_for(way))))
            for way in RECEIVING
        },
    }
)
def test_what_expired_is_gone_in_every_way(conform: Conform) -> None:
    """A message that expired is given to nobody who comes afterwards, whichever method sent it, and would receive it."""
    steps: list[Step] = [send(queue, b"never") for queue in ("q", *ways_of(conform))]
    steps += [step for way in ways_of(conform) for step in expiring(conform, "", way, way.encode())]
    for way in WAYS:
        steps += [*expiring(conform, way, "q", b"q"), *fence(way)]
    over = Quiet(WAIT * span(conform) / conform.calibration.quiet)
    fencer = puller("fencer", "fence", ReceiveUntil(2), over)
    program = Program.of(producer("p", *steps), fencer, queues=("q", "fence", *RECEIVING))
    everything = Drain(expect=2 + 1 + len(ways_of(conform)))
    conform(program.then(puller("c", "q", everything), *latecomers(conform)))
