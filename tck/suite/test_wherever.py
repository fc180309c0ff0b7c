"""What a message asks for holds wherever it is: prepared, duplicated, in a partition, in a namespace, in a queue made anew."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tck.checkers.answers import Checker, follows
from tck.checkers.delivery import not_returned, same_when_redelivered
from tck.checkers.headers import counts_grow, each_received, extension, header, is_kept
from tck.checkers.listening import substance
from tck.checkers.matching import Received, Sent, Which, to
from tck.checkers.places import as_many_as_sent, there, where_any, where_offered, where_received
from tck.checkers.qos import comes_again
from tck.checkers.timing import delayed, expiry, gone, none_early
from tck.checkers.ways import KINDS, RECEIVING, WAYS, came_in
from tck.conformance import Conform, bulky, clauses
from tck.messages import Message
from tck.suite.places import (
    ALONE,
    BROADCAST,
    COMMITTED,
    DIVIDED,
    DUPLICATED,
    LATER,
    NAMED,
    PREPARED,
    SENDING,
    STREAMED,
    TAKERS,
    Place,
    program,
)


def with_qos(*levels: int | None) -> Which:
    """Select what was sent with one of these qos."""
    return lambda one: one.message.header.qos in levels


NOT_EARLY, NOT_LATE = "ext.delay-time-not-early", "ext.expire-time-not-after"


def expiring_in(way: str) -> Which:
    """Select what expires before it is received in a way."""
    return lambda one: expires(one) and to(f"{TAKERS[way]}.x")(one)


def late(one: Sent) -> bool:
    """Select what was sent with a delayTime alone."""
    return delayed(one) and not expires(one)


def expires(one: Sent) -> bool:
    """Select what was sent with an expireTime."""
    return bool(expiry(one))


def where_sent_comes(judge: Callable[[Which], Checker], which: Which) -> Checker:
    """Return what a judge finds of what `which` selects, where any of it comes: what is sent oneway need not."""
    return where_received(lambda one: one.sent is not None and which(one.sent), judge(which))


def alone(way: str, which: Which, by: str = "") -> Which:
    """Select, of what `which` does, what is sent in the way `by` to the queue whose messages are received in a way.

    What is said of a way of receiving is judged by what was sent alone, what is said of sending by what is pulled alone.
    """
    return lambda one: which(one) and to(TAKERS[way])(one) and isinstance(one.entry.op, KINDS[by])


Judge = Callable[[Which, str], Checker]
"""Returns how is judged what comes in a way of receiving, of what is selected."""


def each_way(clause: str, judge: Judge, which: Which, *received: str, base: str = "") -> dict[str, Checker]:
    """Return the judges of a clause of this name for each way of sending, and these of receiving; `base` is that of neither."""
    sent = {f"{clause}-{by}": judge(alone("", which, by), "") for by in WAYS}
    taken = {f"{clause}-{way}": judge(alone(way, which), way) for way in received}
    return {base or clause: judge(alone("", which), ""), **sent, **taken}


def kept(take: Callable[[Message], Any], what: str) -> Judge:
    """Return the judge of what comes in a way: it is as it was sent, at each delivery."""

    def judge(which: Which, way: str) -> Checker:
        def chosen(one: Received) -> bool:
            return one.sent is not None and which(one.sent) and came_in(one) == way

        kept = each_received(f"the {what} that was sent", is_kept(take, what), only=chosen, all_come=False)
        return where_received(chosen, kept)

    return judge


def has_priority(one: Sent) -> bool:
    """Select what was sent with a priority."""
    return one.message.header.priority is not None


def no_more_than_once(which: Which, _way: str) -> Checker:
    """Return the judge of what is not handed out twice."""
    return where_sent_comes(not_returned, which)


def not_before(which: Which, _way: str) -> Checker:
    """Return the judge of delays."""
    return where_sent_comes(none_early, which)


QOS, PRIORITY = kept(header("qos"), "qos"), kept(header("priority"), "priority")
EVERYWHERE: Mapping[str, Checker] = {
    **each_way("2.3.4-qos-1", no_more_than_once, with_qos(1), *RECEIVING, base="2.3.4-at-most-once"),
    **each_way("2.3.4-qos-kept", QOS, with_qos(0, 1, 2), *RECEIVING),
    **each_way("api.Header.priority-kept", PRIORITY, has_priority, *RECEIVING),
}
"""What is judged in each place; what every history is judged for (properties, bodies, ids, extension fields) is not named again."""
PREPARATION: Mapping[str, Checker] = {
    "2.3.4-at-most-once": where_sent_comes(not_returned, with_qos(1)),
    "2.3.4-qos-kept-prepared": QOS(alone("", with_qos(0, 1, 2)), ""),
    "api.Header.priority-kept-prepared": PRIORITY(alone("", has_priority), ""),
    f"{NOT_EARLY}-prepared": where_sent_comes(none_early, late),
    f"{NOT_LATE}-prepared": where_any(expires, follows(gone(expires))),
}
"""What is judged of what was prepared and committed."""
EARLY = each_way(NOT_EARLY, not_before, late, "batch-received", "batch-pushed")
SCHEDULED: Mapping[str, Checker] = {
    **EARLY,
    **{
        f"{NOT_LATE}-{way}" if way else NOT_LATE: where_any(which, follows(gone(which)))
        for way in TAKERS
        for which in [expiring_in(way)]
    },
}
"""What is judged of messages with a delayTime or an expireTime that were not prepared."""
LEAVES = {
    "api.Consumer.ack-unacked-redelivered": "alone",
    "api.MessageListener.unacked-redelivered": "heard",
    "api.BatchMessageListener.unacked-redelivered": "many",
}


def left_in(queue: str) -> Which:
    """Select what comes again where it is left in a queue."""
    return lambda one: to(queue)(one) and with_qos(None, 0)(one)


def pulled(one: Received) -> bool:
    """Select what was received alone, by who asked for it."""
    return not came_in(one)


def same_again(field: str, words: str, value: Callable[[Received], object]) -> Checker:
    """Return the judge of what is the same whenever a message is pulled alone."""
    return where_any(left_in("alone"), same_when_redelivered(field, words, value, among=pulled))


LEFT: Mapping[str, Checker] = {
    **{
        clause: where_any(left_in(queue), comes_again(f"c.{queue}", f"d.{queue}", left_in(queue)))
        for clause, queue in LEAVES.items()
    },
    "api.Consumer.ack-redelivered-content": same_again(
        "content",
        "a message that is delivered again has the same destination, properties and body",
        lambda one: substance(one)[1:],
    ),
    "api.Header.born-host-kept-on-redelivery": same_again(
        "born host",
        "a message that is delivered again bears the same born host",
        lambda one: one.message.header.born_host,
    ),
    "ext.delivery-count-grows": where_offered("delivery_count", where_any(left_in("alone"), counts_grow(pulled))),
}
"""What is judged where another consumer is given what one left."""
ALIKE: Mapping[str, Checker] = {
    "2.3.4-at-least-once": as_many_as_sent("e.alone", b"alike None"),
    "2.3.4-exactly-once": where_any(with_qos(2), as_many_as_sent("e.alone", b"alike 2")),
}
"""What is judged where messages are sent that are alike."""
SAME_TRANSACTION = same_again(
    "transactionId",
    "a message that is delivered again has the id of its transaction",
    lambda one: extension("transaction_id")(one.message),
)


def wherever(*parts: Mapping[str, Checker]) -> Mapping[str, Checker]:
    """Return these judges for messages that are not just sent."""
    return {clause: there(checker) for part in parts for clause, checker in part.items()}


@bulky
@clauses(wherever(EVERYWHERE, LEFT, ALIKE, SCHEDULED))
def test_messages_of_every_kind(conform: Conform) -> None:
    """Whatever it asks for beside, a message comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, ALONE))


@bulky
@clauses(wherever(LEFT, PREPARATION, {"ext.transaction-id-received": SAME_TRANSACTION}))
def test_messages_that_were_committed(conform: Conform) -> None:
    """What was prepared and committed comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, PREPARED))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, ALIKE, SCHEDULED))
def test_messages_that_are_duplicated(conform: Conform) -> None:
    """What a routing duplicates comes to the target as often, as late, as long and as it was sent as it says."""
    conform(program(conform, DUPLICATED))


@bulky
@clauses(wherever(LEFT, PREPARATION))
def test_messages_that_were_committed_and_are_duplicated(conform: Conform) -> None:
    """What was committed comes to the target of a routing as often, as late, as long and as it was sent as it says."""
    conform(program(conform, COMMITTED))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, ALIKE, SCHEDULED))
def test_messages_in_a_namespace(conform: Conform) -> None:
    """In a namespace that was created a message comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, NAMED))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, SCHEDULED))
def test_messages_in_partitions(conform: Conform) -> None:
    """In each partition a message comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, STREAMED))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, SCHEDULED))
def test_messages_in_partitions_that_are_divided(conform: Conform) -> None:
    """In partitions that consumers divide a message comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, DIVIDED))


@bulky
@clauses(wherever(EVERYWHERE, EARLY))
def test_messages_that_are_broadcast(conform: Conform) -> None:
    """Where all consumers are given everything, a message comes to each as often, as late and as it was sent as it says."""
    conform(program(conform, BROADCAST))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, ALIKE, SCHEDULED))
def test_messages_to_consumers_of_the_later_api(conform: Conform) -> None:
    """To a consumer that pulls, or is pushed to, a message comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, LATER))


PLACES = (ALONE, DUPLICATED, NAMED, STREAMED, DIVIDED, BROADCAST, LATER)
TURNS = len(TAKERS) * len(SENDING)


@bulky
@clauses(wherever(EVERYWHERE))
@settings(max_examples=3)
@given(st.sampled_from(PLACES), st.integers(0, TURNS - 1))
def test_messages_of_every_kind_in_any_place(conform: Conform, place: Place, turn: int) -> None:
    """Wherever a message is, and however it is sent and received, it comes as often and as it was sent as it says."""
    conform(program(conform, msgspec.structs.replace(place, turn=turn)))
