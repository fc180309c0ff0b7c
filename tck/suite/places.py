"""Places for messages: prepared, duplicated, in partitions, broadcast, in a namespace, or taken by consumers of the later API.

Each place has the same messages: with each qos, delayed and not, with a priority, compressed, alike, and such that expire.
Who takes them goes round: in each place any two meet of a kind, a qos and a way of receiving, and in one place or another all
three. What is pulled alone is sent in ways that go round as well; all else is sent alone.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tck.checkers.extension import FIELDS
from tck.checkers.matching import Sent
from tck.checkers.ways import WAYS
from tck.conformance import Conform
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


def one_of_each(conform: Conform, queue: str) -> list[Message]:
    """Return a message to a queue of each kind, and with each qos, that is claimed, and the texts of its own that are offered."""
    kinds: list[tuple[str, dict[str, Any], dict[str, Any]]] = [*_kinds(conform)]
    kinds += [(f"of qos {qos}", {}, {"qos": qos}) for qos in levels(conform) if qos is not None]
    return [
        message(queue, kind.encode() * 100, extension=extended(conform, f"{kind} in {queue}", **fields), **more)
        for kind, fields, more in kinds
    ]


def owed(one: Sent) -> bool:
    """Select what must come: all but a message of qos 1, which may get lost, and is over once a consumer had it."""
    return one.message.header.qos != 1


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


# Who takes it ------------------------------------------------------------------------------------------------------


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
