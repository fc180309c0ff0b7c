"""What a message asks for holds wherever it is: prepared, duplicated, in a partition, in a namespace, in a queue made anew.

Each place has the same messages: with each qos, delayed and not, with a priority, compressed, alike, and such that expire.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from tck.checkers.answers import Checker, follows
from tck.checkers.content import same_body
from tck.checkers.delivery import not_returned, same_when_redelivered
from tck.checkers.extension import FIELDS
from tck.checkers.headers import each_received, extension, header, is_kept
from tck.checkers.listening import substance
from tck.checkers.matching import Received, Sent, Which
from tck.checkers.places import as_many_as_sent, there, where_any
from tck.checkers.qos import comes_again
from tck.checkers.timing import delayed, expiry, gone, not_early
from tck.conformance import Conform, bulky, clauses
from tck.history import MARK
from tck.messages import ExtensionHeader, Integer, Message, Properties, String
from tck.operations import (
    Answer,
    BindQueue,
    CreateConsumer,
    CreateNamespace,
    CreateProducer,
    CreateQueue,
    CreateTransactionProducer,
    GetQueueMetaData,
    Open,
    Routing,
    Send,
    Start,
    Stop,
    SwitchNamespace,
)
from tck.programs import (
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

PROBE: Properties = {**PROPERTIES, "age": Integer(10)}
UNMARKED: Properties = {MARK: String("")}
"""What leaves two messages alike: the kit marks neither."""
QUEUES = ("q", "x")
"""What is left and comes again, or is delayed, is sent to q; to x what expires, and messages that are alike."""


class Place(msgspec.Struct, frozen=True):
    """Where messages are: the profiles that it needs, how it is made, the access point, and in which way they are sent there.

    What is sent to a queue is taken from the one that `taken` names for it.
    """

    profiles: tuple[str, ...] = ()
    opening: tuple[Step, ...] = ()
    on: str = ""
    way: Literal["send", "prepare"] = "send"
    taken: Mapping[str, str] = {}
    use_case: str = ""
    queues: tuple[str, ...] = QUEUES

    def claimed(self, conform: Conform) -> bool:
        """Tell whether the implementation claims all that the place needs."""
        return all(map(conform.claims, self.profiles))

    def sender(self, *steps: Step) -> Client:
        """Return the client p that makes the place, has a producer there, and does some steps."""
        create = (
            CreateTransactionProducer((Answer.UNKNOWN,), on=self.on)
            if self.way == "prepare"
            else CreateProducer(on=self.on)
        )
        told = (GetQueueMetaData(queue) for queue in QUEUES) if self.use_case else ()
        return client("p", *self.opening, create, Start(), *told, *steps)

    def taker(self, name: str, queue: str, *steps: Step) -> Client:
        """Return a client with a consumer of what is sent to a queue."""
        return client(name, CreateConsumer(on=self.on), Start(), BindQueue(self.taken.get(queue, queue)), *steps)

    def put(self, one: Message, expires: float | None = None) -> tuple[Step, ...]:
        """Return the steps by which p sends a message: to a partition of each number where there are several."""
        if self.use_case:
            return (SendPartitioned(one, expires=expires),)
        return sends(self.way, one) if expires is None else (SendExpiring(one, expires, self.way),)


def use_case(name: str, profile: str) -> Place:
    """Return the place of queues that have several partitions."""
    opening = (Open(on="there", use_case=name), *(CreateQueue(queue, on="there") for queue in QUEUES))
    return Place((profile,), opening, on="there", use_case=name, queues=())


ROUTED = {"q": "r", "x": "y"}
ROUTING = tuple(Routing(source, target) for source, target in ROUTED.items())
NAMESPACE = (CreateNamespace("one"), Open(on="one"), SwitchNamespace("one", on="one"))

ALONE = Place()
PREPARED = Place(("Transactions",), way="prepare")
DUPLICATED = Place(("Routing",), ROUTING, taken=ROUTED, queues=("q", "x", "r", "y"))
COMMITTED = Place(("Routing", "Transactions"), ROUTING, way="prepare", taken=ROUTED, queues=("q", "x", "r", "y"))
NAMED = Place(("Namespaces",), (*NAMESPACE, *(CreateQueue(queue, on="one") for queue in QUEUES)), on="one", queues=())
STREAMED = use_case("streaming", "Streaming")
DIVIDED = use_case("publish/subscribe", "Publish/subscribe")
BROADCAST = use_case("broadcast", "Broadcast")

# What is sent --------------------------------------------------------------------------------------------------------


def levels(conform: Conform) -> list[int | None]:
    """Return each qos that is claimed, and none."""
    return [None, *(level for level in range(3) if conform.claims(f"QoS-{level}"))]


def extended(conform: Conform, text: str, **fields: Any) -> ExtensionHeader | None:
    """Return an extension header with a text in each of the fields for one that are offered, and other fields."""
    offered: dict[str, Any] = {field: text for field in FIELDS if conform.supports(f"extension_header.{field}")}
    return ExtensionHeader(**offered, **fields) if offered or fields else None


def kinds(conform: Conform, properties: Properties = PROBE) -> Iterator[Message]:
    """Yield a message of each kind and qos that is claimed, to q; none of them expires."""
    delay = milliseconds(conform, DELAY)
    for qos in levels(conform):
        yield message("q", b"plain %a" % qos, properties, extended(conform, "é"), qos=qos)
        if conform.claims("Priority"):
            yield message("q", b"first %a" % qos, properties, qos=qos, priority=9)
        if conform.supports("compression"):
            yield message("q", b"squeezed " * 40, properties, qos=qos, compression="gzip")
        if conform.claims("Scheduling"):
            late = extended(conform, "late", delay_time=delay)
            yield message("q", b"late %a" % qos, properties, late, qos=qos)


def expiring(conform: Conform, place: Place) -> Iterator[Step]:
    """Yield the sends to x of messages that expire soon, with a delay that is over before or none, or late."""
    if not conform.claims("Scheduling"):
        return
    soon = span(conform) * EXPIRY
    for delay in (None, milliseconds(conform, 0.5)):
        yield from place.put(message("x", b"moment", extension=ExtensionHeader(delay_time=delay)), soon)
        relative = ExtensionHeader(delay_time=delay, expire_time=round(soon * 1000))
        yield from place.put(message("x", b"span", extension=relative))
    yield from place.put(message("x", b"far"), HOUR)


def alike(conform: Conform) -> Iterator[Step]:
    """Yield two sends to x, for each qos, of messages that differ in nothing."""
    for qos in levels(conform):
        yield from [Send(message("x", b"alike %a" % qos, UNMARKED, qos=qos))] * 2


# How it is judged ----------------------------------------------------------------------------------------------------


def with_qos(*levels: int | None) -> Which:
    """Select what was sent with one of these qos."""
    return lambda one: one.message.header.qos in levels


def squeezed(one: Received) -> bool:
    """Select what was sent with a compression."""
    return one.sent is not None and one.sent.message.header.compression is not None


def with_header(field: str) -> Which:
    """Select what was sent with a field of the system header."""
    return lambda one: header(field)(one.message) is not None


def kept(take: Callable[[Message], Any], what: str) -> Checker:
    """Where it was sent, something is received as it was sent, at each delivery."""

    def asked(one: Sent) -> bool:
        return take(one.message) is not None

    judge = each_received(
        f"the {what} that was sent",
        is_kept(take, what),
        only=lambda one: one.sent is not None and asked(one.sent),
        all_come=False,
    )
    return where_any(asked, judge)


EVERYWHERE: Mapping[str, Checker] = {
    "2.3.4-at-most-once": where_any(with_qos(1), not_returned(with_qos(1))),
    "2.3.4-qos-kept": kept(header("qos"), "qos"),
    "api.Header.priority-kept": kept(header("priority"), "priority"),
    "2.3.5-compression-decompressed": where_any(
        with_header("compression"),
        each_received("the body is received as it was sent", same_body, only=squeezed, all_come=False),
    ),
}
"""What is judged in each place; what every history is judged for (properties, ids, extension fields) is not named again."""
LEFT: Mapping[str, Checker] = {
    "api.Consumer.ack-unacked-redelivered": comes_again("c", "d", with_qos(None, 0)),
    "api.Consumer.ack-redelivered-content": same_when_redelivered(
        "content", "a message that is delivered again has the same destination, properties and body", substance
    ),
    "api.Header.born-host-kept-on-redelivery": same_when_redelivered(
        "born host",
        "a message that is delivered again bears the same born host",
        lambda one: one.message.header.born_host,
    ),
}
"""What is judged where another consumer is given what one left."""
ALIKE: Mapping[str, Checker] = {
    "2.3.4-at-least-once": as_many_as_sent("e", b"alike None"),
    "2.3.4-exactly-once": where_any(with_qos(2), as_many_as_sent("e", b"alike 2")),
}
"""What is judged where messages are sent that are alike."""


SAME_TRANSACTION = same_when_redelivered(
    "transactionId",
    "a message that is delivered again has the id of its transaction",
    lambda one: extension("transaction_id")(one.message),
)


def scheduled(suffix: str = "") -> dict[str, Checker]:
    """Return the judges of messages with a delayTime or an expireTime."""

    def expires(one: Sent) -> bool:
        return bool(expiry(one))

    return {
        f"ext.delay-time-not-early{suffix}": where_any(delayed, not_early),
        f"ext.expire-time-not-after{suffix}": where_any(expires, follows(gone())),
    }


def wherever(*parts: Mapping[str, Checker]) -> Mapping[str, Checker]:
    """Return these judges for messages that are not just sent."""
    return {clause: there(checker) for part in parts for clause, checker in part.items()}


def program(conform: Conform, place: Place) -> Program:
    """Return the program in which c takes all that comes to q and leaves it, d what comes again, and e what has not expired."""
    if not place.claimed(conform):
        return Program.of(client("nobody"), queues=())
    every = list(kinds(conform))
    steps = [*(step for one in every for step in place.put(one)), *expiring(conform, place)]
    if place.way == "send" and not place.use_case:
        steps += alike(conform)
    over = Quiet(DELAY * span(conform) / conform.calibration.quiet)
    leaving = Drain(ack=False, expect=len(every), least=(DELAY + 1) * span(conform))
    made = Program.of(place.sender(), queues=place.queues).then(place.taker("c", "q"))
    made = made.then(client("p", *steps, over), client("c", leaving, Stop()))
    if place.use_case == "broadcast":
        return made.then(client("c", Start(), BindQueue("q"), Drain()))
    again = sum(one.header.qos in {None, 0} for one in every)
    far = 2 * len(levels(conform)) if place.way == "send" and not place.use_case else 0
    return made.then(place.taker("d", "q", ReceiveUntil(again), Drain()), place.taker("e", "x", Drain(expect=far or 1)))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, ALIKE, scheduled()))
def test_messages_of_every_kind(conform: Conform) -> None:
    """Whatever it asks for beside, a message comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, ALONE))


@bulky
@clauses({**wherever(EVERYWHERE, LEFT, scheduled("-prepared")), "ext.transaction-id-received": there(SAME_TRANSACTION)})
def test_messages_that_were_committed(conform: Conform) -> None:
    """What was prepared and committed comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, PREPARED))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, ALIKE, scheduled()))
def test_messages_that_are_duplicated(conform: Conform) -> None:
    """What a routing duplicates comes to the target as often, as late, as long and as it was sent as it says."""
    conform(program(conform, DUPLICATED))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, scheduled("-prepared")))
def test_messages_that_were_committed_and_are_duplicated(conform: Conform) -> None:
    """What was committed comes to the target of a routing as often, as late, as long and as it was sent as it says."""
    conform(program(conform, COMMITTED))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, ALIKE, scheduled()))
def test_messages_in_a_namespace(conform: Conform) -> None:
    """In a namespace that was created a message comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, NAMED))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, scheduled()))
def test_messages_in_partitions(conform: Conform) -> None:
    """In each partition a message comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, STREAMED))


@bulky
@clauses(wherever(EVERYWHERE, LEFT, scheduled()))
def test_messages_in_partitions_that_are_divided(conform: Conform) -> None:
    """In partitions that consumers divide a message comes as often, as late, as long and as it was sent as it says."""
    conform(program(conform, DIVIDED))


@bulky
@clauses(wherever(EVERYWHERE, {"ext.delay-time-not-early": where_any(delayed, not_early)}))
def test_messages_that_are_broadcast(conform: Conform) -> None:
    """Where all consumers are given everything, a message comes to each as often, as late and as it was sent as it says."""
    conform(program(conform, BROADCAST))
