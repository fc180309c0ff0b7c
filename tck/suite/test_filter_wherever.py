"""ResourceManager: a filter holds for messages of every kind, wherever they are; and what becomes of it with its queue."""

from collections.abc import Iterator

import msgspec

from tck.checkers.answers import Checker, follows, ops, succeeds
from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.matching import bodies, to
from tck.checkers.places import there, where_any
from tck.checkers.readings import if_done, where
from tck.checkers.routing import filters, one_side
from tck.checkers.timing import delayed, due
from tck.conformance import Conform, bulky, clauses
from tck.messages import ExtensionHeader, Integer
from tck.operations import CreateQueue, DeleteQueue, Filter
from tck.programs import Drain, Program, Quiet, Step, client, message, producer, puller, send
from tck.suite.places import (
    ALONE,
    DUPLICATED,
    NAMED,
    PREPARED,
    STREAMED,
    TAKERS,
    Place,
    comes,
    kinds,
    listening,
    receiving,
    takers,
    to_taker,
)
from tck.suite.test_filter_of_every_message import young
from tck.suite.test_scheduling import DELAY, HOUR, milliseconds, span

YOUNG = "age < 20"
AGES = (10, 30)
CLAUSES = {
    "": "filter-selects",
    "batch-received": "filter-batch",
    "pushed": "filter-pushed",
    "batch-pushed": "filter-pushed-batch",
}


def by_way() -> Iterator[tuple[str, Checker]]:
    """Yield the clause of each way of receiving, and how it is judged."""
    for way, clause in CLAUSES.items():
        queue = TAKERS[way]
        yield f"api.ResourceManager.{clause}", where_any(to(queue), one_side(f"c.{queue}", young, to(queue)))


def filtered(conform: Conform, place: Place) -> Program:
    """Return the program in which consumers take, of messages of every kind and of two ages, what filters of the queues leave."""
    if not (conform.claims("Routing") and place.claimed(conform)):
        return Program.of(client("nobody"), queues=())
    every = [one for age in AGES for one in kinds(conform, place, {"age": Integer(age)})]
    made = Program.of(
        place.sender(*(Filter(queue, YOUNG, on=place.on) for queue in TAKERS.values())), queues=place.queues
    )
    made = made.then(*takers(conform, "c", lambda way: comes(place, way, ack=True)))
    steps = [step for one, way in every for step in place.put(one, way)]
    ages = AGES if conform.claims("Scheduling") else ()
    far = [message("alone", b"far", {"age": Integer(age)}) for age in ages]
    steps += [step for one in far for step in place.put(one, expires=HOUR)]

    def takes(way: str) -> tuple[Step, ...]:
        half = sum(to_taker(one, way) for one, _ in every) // 2
        return receiving(way, half, ack=True, expect=(len(every) + len(far)) // 2)

    over = Quiet(least=(DELAY + 0.5) * span(conform) if ages else 0.0)
    made = made.then(client("p", *steps, over), *takers(conform, "c", takes))
    return made.then(*takers(conform, "c", lambda way: (listening(way, ack=True),)))


FILTERED = {clause: there(judge) for clause, judge in by_way()}


@bulky
@clauses(FILTERED)
def test_messages_of_every_kind_are_filtered(conform: Conform) -> None:
    """Delayed or not, with any qos, with a priority or compressed, a message is filtered."""
    conform(filtered(conform, ALONE))


@bulky
@clauses(FILTERED)
def test_what_was_committed_is_filtered(conform: Conform) -> None:
    """What was prepared and committed is filtered."""
    conform(filtered(conform, PREPARED))


@bulky
@clauses(FILTERED)
def test_what_comes_to_partitions_is_filtered(conform: Conform) -> None:
    """What comes to a queue of several partitions is filtered."""
    conform(filtered(conform, STREAMED))


@bulky
@clauses(FILTERED)
def test_what_is_in_a_namespace_is_filtered(conform: Conform) -> None:
    """In a namespace that was created what comes to a queue is filtered."""
    conform(filtered(conform, NAMED))


@bulky
@clauses({clause: if_done(ops(Filter), judge, "filters are not claimed") for clause, judge in by_way()})
def test_what_is_duplicated_is_filtered(conform: Conform) -> None:
    """What comes to a queue that is routed to another already is filtered by its own filter."""
    conform(filtered(conform, msgspec.structs.replace(DUPLICATED, routed=False)))


LATE = b"late, before"
AFTER = tuple(b"after %d" % age for age in AGES)


@clauses(
    {
        "api.ResourceManager.delete-queue-created-again": where(
            succeeds(ops(DeleteQueue)),
            where_any(delayed, nothing_to("c", "nothing that was delayed in the queue before", delayed, after=due)),
        ),
        "reading.filter-deleted-queue": where(
            succeeds(ops(DeleteQueue, Filter)),
            follows(
                {"gone": nothing_lost("c", which=bodies(*AFTER)), "kept": filters({"c": young}, {"c": bodies(*AFTER)})}
            ),
        ),
    }
)
def test_a_queue_that_is_made_anew(conform: Conform) -> None:
    """What was delayed is gone with its queue; a filter goes with it, or holds for a queue that is created under the name."""
    before: list[Step] = []
    if conform.claims("Scheduling"):
        late = ExtensionHeader(delay_time=milliseconds(conform, DELAY / 2))
        before.append(send("q", LATE, properties={"age": Integer(10)}, extension=late))
    manager = client("manager", *([Filter("q", YOUNG)] if conform.claims("Routing") else []))
    made = Program.of(manager).then(producer("p", *before)).then(client("maker", DeleteQueue("q"), CreateQueue("q")))
    sends = [send("q", body, properties={"age": Integer(age)}) for body, age in zip(AFTER, AGES, strict=True)]
    taking = Drain(expect=1, least=(DELAY / 2 + 1) * span(conform))
    conform(made.then(client("p", *sends)).then(puller("c", "q", taking)))
