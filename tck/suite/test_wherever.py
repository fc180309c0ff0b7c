"""What a message asks for holds wherever it is: prepared, duplicated, in a partition, in a namespace, in a queue made anew.

Each place has the same messages: with each qos, delayed and not, with a priority, compressed, alike, and such that expire.
Who takes them goes round: in each place any two meet of a kind, a qos and a way of receiving, and in one place or another all
three. What is pulled alone is sent in ways that go round as well; all else is sent alone.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tck.checkers.answers import Checker, follows
from tck.checkers.delivery import not_returned, same_when_redelivered
from tck.checkers.extension import FIELDS
from tck.checkers.headers import counts_grow, each_received, extension, header, is_kept
from tck.checkers.listening import substance
from tck.checkers.matching import Received, Sent, Which, to
from tck.checkers.places import as_many_as_sent, there, where_any, where_offered, where_received
from tck.checkers.qos import comes_again
from tck.checkers.timing import delayed, expiry, gone, none_early
from tck.checkers.ways import KINDS, RECEIVING, WAYS, came_in
from tck.conformance import Conform, bulky, clauses
from tck.history import MARK
from tck.messages import Double, ExtensionHeader, Float, Integer, Long, Message, Properties, Short, String
from tck.operations import (
    Answer,
    BindQueue,
    BindQueueBatch,
    BindQueues,
    BindQueuesBatch,
    CreateConsumer,
    CreateNamespace,
    CreateProducer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateQueue,
    CreateTransactionProducer,
    GetQueueMetaData,
    Open,
    Reply,
    Routing,
    Send,
    Start,
    Stop,
    SwitchNamespace,
    Way,
)
from tck.programs import (
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    SendExpiring,
    SendPartitioned,
    Step,
    client,
    message,
    sends,
)
from tck.suite.test_scheduling import DELAY, EXPIRY, HOUR, milliseconds, span
from tck.suite.test_whole_messages import PROPERTIES

PROBE: Properties = {
    **PROPERTIES,
    "age": Integer(10),
    "short": Short(-3),
    "long": Long(2**40),
    "float": Float.of(0.5),
    "double": Double.of(1e300),
}
UNMARKED: Properties = {MARK: String("")}
"""What leaves two messages alike: the kit marks neither."""
TAKERS = {"": "alone", "batch-received": "handful", "pushed": "heard", "batch-pushed": "many"}
"""The queues by the way in which what is in them is received; to x of each, as in `alone.x`, is sent what expires."""
QUEUES = tuple(f"{queue}{x}" for queue in TAKERS.values() for x in ("", ".x"))


class Place(msgspec.Struct, frozen=True):
    """Where messages are: the profiles that it needs, how it is made, its access point, and how messages get there.

    Where `later` its consumers are those of the later API. Where `routed` they are taken from the queues to which those are routed that they are sent to. The `turn` is another one
    in each place: it says which kinds are sent, and received, in which way.
    """

    turn: int
    profiles: tuple[str, ...] = ()
    opening: tuple[Step, ...] = ()
    on: str = ""
    later: bool = False
    prepared: bool = False
    routed: bool = False
    use_case: str = ""
    queues: tuple[str, ...] = QUEUES

    def claimed(self, conform: Conform) -> bool:
        """Tell whether the implementation claims all that the place needs."""
        return all(map(conform.claims, self.profiles)) and (not self.later or conform.supports("api.5d796063"))

    def sender(self, *steps: Step) -> Client:
        """Return the client p that makes the place, has a producer there, and does some steps."""
        asked = CreateTransactionProducer((Answer.UNKNOWN,), on=self.on)
        create = asked if self.prepared else CreateProducer(on=self.on)
        told = (GetQueueMetaData(queue) for queue in QUEUES) if self.use_case else ()
        return client("p", *self.opening, create, Start(), *told, *steps)

    def put(self, one: Message, way: Way = "send", expires: float | None = None) -> tuple[Step, ...]:
        """Return the steps by which p sends a message: to the next partition where there are several."""
        way = "prepare" if self.prepared else way
        if self.use_case:
            return (SendPartitioned(one, way, "next", expires=expires),)
        return sends(way, one) if expires is None else (SendExpiring(one, expires, way),)

    def taken(self, queue: str) -> str:
        """Return the queue from which is taken what is sent to one."""
        return f"to-{queue}" if self.routed else queue


def use_case(turn: int, name: str, profile: str) -> Place:
    """Return the place of queues that have several partitions."""
    opening: tuple[Step, ...] = (Open(on="there", use_case=name), *(CreateQueue(queue, on="there") for queue in QUEUES))
    return Place(turn, (profile,), opening, on="there", use_case=name, queues=())


ROUTING = tuple(Routing(queue, f"to-{queue}") for queue in QUEUES)
BOTH = (*QUEUES, *(f"to-{queue}" for queue in QUEUES))
NAMESPACE = (CreateNamespace("one"), Open(on="one"), SwitchNamespace("one", on="one"))

ALONE = Place(0)
PREPARED = Place(1, ("Transactions",), prepared=True)
DUPLICATED = Place(2, ("Routing",), ROUTING, routed=True, queues=BOTH)
COMMITTED = Place(3, ("Routing", "Transactions"), ROUTING, prepared=True, routed=True, queues=BOTH)
NAMED = Place(
    1, ("Namespaces",), (*NAMESPACE, *(CreateQueue(queue, on="one") for queue in QUEUES)), on="one", queues=()
)
STREAMED = use_case(2, "streaming", "Streaming")
DIVIDED = use_case(3, "publish/subscribe", "Publish/subscribe")
BROADCAST = use_case(0, "broadcast", "Broadcast")
LATER = Place(3, later=True)

# What is sent --------------------------------------------------------------------------------------------------------


def levels(conform: Conform) -> list[int | None]:
    """Return each qos that is claimed, and none."""
    return [None, *(level for level in range(3) if conform.claims(f"QoS-{level}"))]


def extended(conform: Conform, text: str, **fields: Any) -> ExtensionHeader | None:
    """Return an extension header with a text in each of the fields for one that are offered, and other fields."""
    offered: dict[str, Any] = {field: text for field in FIELDS if conform.supports(f"extension_header.{field}")}
    return ExtensionHeader(**offered, **fields) if offered or fields else None


def ways(conform: Conform) -> tuple[str, ...]:
    """Return the ways of receiving that are claimed."""
    return tuple(TAKERS)[: 4 if conform.claims("Push") else 2]


SENDING: tuple[Way, ...] = ("send", *WAYS.values())


def kinds(conform: Conform, place: Place, properties: Properties = PROBE) -> Iterator[tuple[Message, Way]]:
    """Yield a message of each kind and qos that is claimed, and the way in which it is sent; none of them expires."""
    claimed, receiving = levels(conform), ways(conform)
    for i, qos in enumerate(claimed):
        for j, (kind, fields, more) in enumerate(_kinds(conform)):
            taken = receiving[(i + j + place.turn) % len(receiving)]
            by: Way = "send" if taken else SENDING[(i + place.turn) % len(SENDING)]
            texts = extended(conform, f"é {kind} {qos} {properties['age'].value!r}", **fields)
            body = b"%s %a " % (kind.encode(), qos) * 40
            yield message(TAKERS[taken], body, properties, texts, qos=qos, **more), by


def _kinds(conform: Conform) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield each kind of messages that is claimed: its name, and what is set in the extension header and in the header."""
    yield "plain", {}, {}
    if conform.claims("Scheduling"):
        yield "late", {"delay_time": milliseconds(conform, DELAY)}, {}
    if conform.claims("Priority"):
        yield "first", {}, {"priority": 9}
    if conform.supports("compression"):
        yield "squeezed", {}, {"compression": "gzip"}


def expiring(conform: Conform, place: Place) -> Iterator[Step]:
    """Yield the sends of messages that expire soon, with a delay that is over before or none, or late."""
    if not conform.claims("Scheduling"):
        return
    soon = span(conform) * EXPIRY
    for k, way in enumerate(ways(conform)):
        queue = f"{TAKERS[way]}.x"
        delay = milliseconds(conform, 0.5) if (k + place.turn) % 2 else None
        yield from place.put(message(queue, b"moment", extension=ExtensionHeader(delay_time=delay)), expires=soon)
        relative = ExtensionHeader(delay_time=delay, expire_time=round(soon * 1000))
        yield from place.put(message(queue, b"span", extension=relative))
        yield from place.put(message(queue, b"far"), expires=HOUR)


def alike(conform: Conform) -> Iterator[Step]:
    """Yield two sends, for each qos, of messages that differ in nothing."""
    for qos in levels(conform):
        yield from [Send(message("alone.x", b"alike %a" % qos, UNMARKED, qos=qos))] * 2


# How it is judged ----------------------------------------------------------------------------------------------------


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


def binding(place: Place, way: str, x: str = "", *, ack: bool) -> Step:
    """Return the step that binds a consumer so that it receives in a way what is sent to one of the queues for that."""
    queue, reply = place.taken(TAKERS[way] + x), Reply.ACK if ack else Reply.SKIP
    if way == "batch-pushed":
        return BindQueuesBatch((queue,), reply) if place.later else BindQueueBatch(queue, reply)
    pushes = reply if way == "pushed" else None
    return BindQueues((queue,), pushes) if place.later else BindQueue(queue, pushes)


def comes(place: Place, way: str, x: str = "", *, ack: bool) -> tuple[Step, ...]:
    """Return the steps that create, start and bind a consumer of this kind."""
    pulls, pushes = (CreatePullConsumer, CreatePushConsumer) if place.later else (CreateConsumer, CreateConsumer)
    create = pushes if "pushed" in way else pulls
    return create(on=place.on), Start(), binding(place, way, x, ack=ack)


def receiving(way: str, count: int, *, ack: bool, expect: int = 0) -> tuple[Step, ...]:
    """Return the steps by which a consumer receives so many messages in a way.

    Who pulls goes on until all consumers together have been given `expect` messages.
    """
    if "pushed" in way:
        return (AwaitDeliveries(count),)
    drain = Drain(ack=ack, expect=expect)
    return (ReceiveUntil(count, ack=ack, batch=True), drain) if way else (drain,)


def listening(way: str, *, ack: bool) -> Step:
    """Return the step by which a consumer that receives in a way sees that nothing more comes."""
    return Quiet() if "pushed" in way else Drain(ack=ack)


def takers(conform: Conform, which: str, steps: Callable[[str], tuple[Step, ...]]) -> tuple[Client, ...]:
    """Return a client for each way of receiving that is claimed, that does its steps."""
    return tuple(client(f"{which}.{TAKERS[way]}", *steps(way)) for way in ways(conform))


def program(conform: Conform, place: Place) -> Program:
    """Return the program in which consumers c leave all that comes, others d are given it again, and e what has not expired."""
    if not place.claimed(conform):
        return Program.of(client("nobody"), queues=())
    every = list(kinds(conform, place))
    plain = not (place.prepared or place.use_case)
    steps = [*(step for one, way in every for step in place.put(one, way)), *expiring(conform, place)]
    steps += alike(conform) if plain else ()
    over = Quiet(least=DELAY * span(conform))
    in_queue = {way: [one for one, _ in every if to_taker(one, way)] for way in ways(conform)}
    again = {way: sum(one.header.qos in {None, 0} for one in in_queue[way]) for way in in_queue}

    def finds(way: str) -> tuple[Step, ...]:
        if place.use_case == "broadcast":
            return Start(), binding(place, way, ack=True), listening(way, ack=True)
        queue = place.taken(TAKERS[way])
        pull = comes(place, "", ack=True)[:2]
        bind = BindQueues((queue,)) if place.later else BindQueue(queue)
        return *pull, bind, ReceiveUntil(again[way]), Drain()

    def far(way: str) -> tuple[Step, ...]:
        count = int(conform.claims("Scheduling"))
        return *comes(place, way, ".x", ack=True), *receiving(way, count, ack=True), listening(way, ack=True)

    made = Program.of(place.sender(), queues=place.queues)
    made = made.then(*takers(conform, "c", lambda way: comes(place, way, ack=False)))
    leaving = takers(conform, "c", lambda way: receiving(way, len(in_queue[way]), ack=False, expect=len(every)))
    made = made.then(client("p", *steps, over), *leaving)
    made = made.then(*takers(conform, "c", lambda way: (listening(way, ack=False), Stop())))
    if place.use_case == "broadcast":
        return made.then(*takers(conform, "c", finds))
    return made.then(*takers(conform, "d", finds), *takers(conform, "e", far))


def to_taker(one: Message, way: str) -> bool:
    """Tell whether a message is sent to the queue whose messages are received in a way."""
    return one.header.destination == TAKERS[way]


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
