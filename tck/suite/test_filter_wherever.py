"""ResourceManager: a filter holds for messages of every kind, wherever they are; and what becomes of it with its queue."""

from collections.abc import Mapping

import msgspec

from tck.checkers.answers import Checker, follows, ops, succeeds
from tck.checkers.delivery import nothing_lost, nothing_to
from tck.checkers.matching import bodies
from tck.checkers.places import there, where_any
from tck.checkers.readings import where
from tck.checkers.routing import filters, keeps_or_drops
from tck.checkers.timing import delayed, due
from tck.conformance import Conform, bulky, clauses
from tck.messages import ExtensionHeader, Integer
from tck.operations import CreateQueue, DeleteQueue, Filter
from tck.programs import Drain, Program, Step, client, message, producer, puller, send
from tck.suite.test_filter_of_every_message import young
from tck.suite.test_scheduling import DELAY, HOUR, milliseconds, span
from tck.suite.test_wherever import ALONE, DUPLICATED, NAMED, PREPARED, STREAMED, Place, kinds

YOUNG = "age < 20"
AGES = (10, 30)
FILTERED: Mapping[str, Checker] = {"api.ResourceManager.filter-selects": there(keeps_or_drops({"c": young}))}


def filtered(conform: Conform, place: Place) -> Program:
    """Return the program in which c takes, of messages of every kind and of two ages, what a filter of the queue leaves."""
    if not (conform.claims("Routing") and place.claimed(conform)):
        return Program.of(client("nobody"), queues=())
    every = [one for age in AGES for one in kinds(conform, {"age": Integer(age)})]
    made = Program.of(place.sender(Filter("q", YOUNG, on=place.on)), queues=place.queues).then(place.taker("c", "q"))
    taking = Drain(expect=len(every) // 2, least=(DELAY + 1) * span(conform))
    steps = [step for one in every for step in place.put(one)]
    if conform.claims("Scheduling"):
        steps += [step for age in AGES for step in place.put(message("q", b"far", {"age": Integer(age)}), HOUR)]
    return made.then(client("p", *steps), client("c", taking))


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
@clauses({"api.ResourceManager.filter-selects": keeps_or_drops({"c": young})})
def test_what_is_duplicated_is_filtered(conform: Conform) -> None:
    """What comes to a queue that is routed to another already is filtered by its own filter."""
    conform(filtered(conform, msgspec.structs.replace(DUPLICATED, taken={})))


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
