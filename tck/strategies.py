"""Hypothesis strategies of values, messages and whole programs."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

import hypothesis
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from tck.messages import (
    Binary,
    Boolean,
    Double,
    Float,
    Integer,
    Long,
    Message,
    Properties,
    Short,
    String,
    Typed,
    type_bits,
)
from tck.operations import (
    BindQueue,
    Commit,
    ContainsKey,
    GetValue,
    Keys,
    KeySet,
    NewKeyValue,
    Prepare,
    Put,
    Remove,
    Resume,
    Rollback,
    Send,
    SendBatch,
    Start,
    Stop,
    Suspend,
    UnbindQueue,
    ValueKind,
)
from tck.programs import (
    EVERYBODY,
    AckReceived,
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    Step,
    client,
    message,
    producer,
    puller,
    pusher,
    transaction_producer,
)

MIB = 1 << 20


def set_up() -> None:
    """Have properties generate and shrink, and nothing else: what is slow, random or remembered is the kit's business."""
    hypothesis.settings.register_profile(
        "oms-tck",
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        max_examples=20,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.shrink],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("oms-tck")
    # It would also draw what stands as a literal in any module of a checkout: the same seed gives the same everywhere.
    providers._get_local_constants = Constants  # noqa: SLF001 - there is no setting for it


def texts(min_size: int = 0, max_size: int = 40) -> st.SearchStrategy[str]:
    """Printable Unicode text of every script; its hard cases come often."""
    printable = st.characters(exclude_categories=["Cs", "Cc", "Cn"])
    hard = st.sampled_from(
        [
            "é",
            "e\u0301",
            "ﷺ",
            "👩🏽\u200d🚀",
            "𐍈",
            "ß",
            "İ",
            "\u00a0",
            "\ufeff",
            "中文",
            "אב",
            "<&'\"\\>",
            "%00",
            "null",
        ]
    )
    return st.text(printable, min_size=min_size, max_size=max_size) | st.lists(
        hard, min_size=max(min_size, 1), max_size=4
    ).map("".join)


def integers(kind: type[Short | Integer | Long]) -> st.SearchStrategy[Typed]:
    """Integers of one type, its bounds often among them."""
    bound = 1 << (type_bits[kind] - 1)
    edges = st.sampled_from([-bound, -bound + 1, -1, 0, 1, bound - 2, bound - 1])
    return (edges | st.integers(-bound, bound - 1)).map(kind)


def out_of_range(kind: type[Short | Integer | Long]) -> st.SearchStrategy[Typed]:
    """Integers just beyond the bounds of one type, and far beyond."""
    bound = 1 << (type_bits[kind] - 1)
    near = st.sampled_from([-bound - 1, bound, bound + 1, 2 * bound - 1, 2 * bound, -2 * bound])
    return near.map(kind)


def reals(kind: type[Float | Double]) -> st.SearchStrategy[Typed]:
    """Finite numbers of one floating point type: extremes, subnormals and negative zero among them."""
    if kind is Float:
        edges = [
            0.0,
            -0.0,
            struct.unpack("<f", b"\x01\0\0\0")[0],
            struct.unpack("<f", b"\xff\xff\x7f\x7f")[0],
            0.1,
            16777217.0,
        ]
        return (st.sampled_from(edges) | st.floats(width=32, allow_nan=False, allow_infinity=False)).map(Float.of)
    edges = [0.0, -0.0, 5e-324, -5e-324, 1.7976931348623157e308, 0.1, 2.0**53 + 2, math.pi]
    return (st.sampled_from(edges) | st.floats(allow_nan=False, allow_infinity=False)).map(Double.of)


SPECIAL_REALS: tuple[Typed, ...] = tuple(
    kind.of(number) for kind in (Float, Double) for number in (math.inf, -math.inf, math.nan)
)

BY_TYPE: dict[type, st.SearchStrategy[Typed]] = {
    String: texts().map(String),
    Binary: st.binary(max_size=64).map(Binary),
    Short: integers(Short),
    Integer: integers(Integer),
    Long: integers(Long),
    Float: reals(Float),
    Double: reals(Double),
}

keys = texts(min_size=1, max_size=24)

BY_KIND: dict[ValueKind, st.SearchStrategy[Typed]] = {
    ValueKind.BOOLEAN: st.booleans().map(Boolean),
    ValueKind.SHORT: BY_TYPE[Short],
    ValueKind.INT: BY_TYPE[Integer],
    ValueKind.LONG: BY_TYPE[Long],
    ValueKind.DOUBLE: BY_TYPE[Double] | st.sampled_from([one for one in SPECIAL_REALS if isinstance(one, Double)]),
    ValueKind.STRING: BY_TYPE[String],
}
"""The values that a KeyValue has methods for, by their kind."""


def values(*, booleans: bool = False) -> st.SearchStrategy[Typed]:
    """Values of every type of chapter 1; booleans, which only the API has, if asked."""
    return st.one_of(*BY_TYPE.values(), *([st.booleans().map(Boolean)] if booleans else []))


def properties(max_size: int = 8, *, booleans: bool = False) -> st.SearchStrategy[Properties]:
    """Properties of any types under any keys."""
    return st.dictionaries(keys, values(booleans=booleans), max_size=max_size)


def bodies(max_size: int = 2048) -> st.SearchStrategy[bytes]:
    """Bodies of any bytes; long ones are a short one repeated, so that they shrink."""
    repeated = st.builds(
        lambda unit, size: (unit * (size // len(unit) + 1))[:size],
        st.binary(min_size=1, max_size=16),
        st.integers(0, max_size),
    )
    return st.binary(max_size=256) | repeated


def messages(queue: str = "q", *, largest: int = 2048) -> st.SearchStrategy[Message]:
    """Whole messages to a queue."""
    return st.builds(message, st.just(queue), bodies(largest), properties(4))


@st.composite
def exchanges(draw: st.DrawFn, *, push: bool = False) -> Program:
    """Several producers and consumers at once on several queues, sending in every synchronous way.

    Consumers pull; where `push`, one at least is pushed to.
    """
    queues = ("q", "r")[: draw(st.integers(1, 2))]
    senders = []
    total = 0
    for number in range(draw(st.integers(1, 3))):
        steps: list[Send | SendBatch] = [Send(message(queue, b"first")) for queue in queues]
        for _ in range(draw(st.integers(1, 5))):
            queue = draw(st.sampled_from(queues))
            batch = draw(st.integers(1, 3))
            one = tuple(message(queue, b"%d" % n) for n in range(batch))
            steps.append(Send(one[0]) if batch == 1 else SendBatch(one))
            total += batch
        total += len(queues)
        senders.append(producer(f"p{number}", *steps))
    receivers: list[Client] = []
    for queue in queues:
        for number in range(draw(st.integers(1, 2))):
            batch = draw(st.booleans())
            if push and (not receivers or draw(st.booleans())):
                receivers.append(pusher(f"push.{queue}{number}", queue, batch=batch))
            else:
                receivers.append(puller(f"pull.{queue}{number}", queue))
    program = Program.of(*receivers, queues=queues).then(*senders)
    return program.then(*(_finish(one, total) for one in receivers))


def _finish(one: Client, total: int) -> Client:
    """Return the client that takes what is left for a consumer, until all `total` messages came and nothing more does."""
    pushed: tuple[Step, ...] = (AwaitDeliveries(total, on=EVERYBODY), Quiet())
    return Client(one.name, pushed if one.name.startswith("push") else (Drain(expect=total),))


@st.composite
def crashes(draw: st.DrawFn) -> Program:
    """Consumers that receive, acknowledge some of it, and stop; one after them must be given the rest.

    The first leaves at least one message unacknowledged. One that stopped may be started again, and go on.
    """
    count = draw(st.integers(1, 8))
    program = Program.of(producer("p", *(Send(message("q", b"%d" % n)) for n in range(count))))
    left = count
    for number in range(draw(st.integers(1, 3))):
        if not left:
            break
        take = draw(st.integers(1, left))
        acks = draw(st.integers(0, take - (number == 0)))
        taking: list[Step] = [ReceiveUntil(take, ack=False), *([AckReceived("first")] * acks), Stop()]
        if number and draw(st.booleans()):
            program = program.then(Client("c0", (Start(), BindQueue("q"), *taking)))
        else:
            program = program.then(puller(f"c{number}", "q", *taking))
        left -= acks
    last: list[Step] = [ReceiveUntil(left)] if left else []
    return program.then(puller("last", "q", *last, Drain()))


@st.composite
def suspensions(draw: st.DrawFn) -> Program:
    """A consumer that is pushed to, suspended and resumed while messages are sent."""
    batch = draw(st.booleans())
    program = Program.of(pusher("c", "q", batch=batch)).then(producer("p"))
    sent = 0
    for _ in range(draw(st.integers(1, 3))):
        before, during = draw(st.integers(0, 2)), draw(st.integers(1, 3))
        sent += before + during
        program = program.then(
            Client("p", tuple(Send(message("q")) for _ in range(before))),
        ).then(Client("c", (Suspend(), *[Send(message("q"), on="p")] * during, Quiet(), Resume())))
    return program.then(Client("c", (AwaitDeliveries(sent), Quiet())))


@st.composite
def workloads(draw: st.DrawFn, *, push: bool = False) -> Program:
    """Rounds of traffic on several queues, during which consumers take or leave messages, are bound anew and restarted.

    Consumers pull; where `push` they are pushed to, and one of them at least is suspended and resumed.
    """
    queues = ("q", "r")[: draw(st.integers(1, 2))]
    names = [f"{queue}{number}" for queue in queues for number in range(draw(st.integers(1, 2)))]
    batch = draw(st.booleans())
    bind = {name: pusher(name, name[0], batch=batch) if push else puller(name, name[0]) for name in names}
    senders = [f"p{number}" for number in range(draw(st.integers(1, 2)))]
    program = Program.of(*map(producer, senders), *bind.values(), queues=queues)
    total = 0
    for _ in range(draw(st.integers(1, 3))):
        clients = []
        for name in senders:
            sends = draw(st.lists(st.tuples(st.sampled_from(queues), st.integers(1, 4)), min_size=2, max_size=4))
            total += sum(many for _, many in sends)
            again = (Stop(), Start()) if draw(st.booleans()) else ()
            steps = (_sending(queue, many) for queue, many in sends)
            clients.append(Client(name, (*steps, *again)))
        events = _PUSHED if push else _PULLED
        for name in names:
            event = events[0] if name == names[0] and push else draw(st.sampled_from(events))
            clients.append(Client(name, event(name[0], bind[name].steps[-1])))
        program = program.then(*clients)
    left: tuple[Step, ...] = (AwaitDeliveries(total, on=EVERYBODY), Quiet()) if push else (Drain(expect=total),)
    return program.then(*(Client(name, left) for name in names))


def _sending(queue: str, many: int) -> Send | SendBatch:
    one = tuple(message(queue, b"of %d" % many) for _ in range(many))
    return Send(one[0]) if many == 1 else SendBatch(one)


_Event = Callable[[str, Step], tuple[Step, ...]]
_PULLED: tuple[_Event, ...] = (
    lambda queue, bind: (Drain(), UnbindQueue(queue), bind),
    lambda queue, bind: (UnbindQueue(queue), Quiet(), bind, Drain()),
    lambda _queue, bind: (Drain(), Stop(), Start(), bind),
    lambda _queue, bind: (Drain(ack=False), Stop(), Start(), bind),
)
_PUSHED: tuple[_Event, ...] = (
    lambda _queue, _bind: (Suspend(), Quiet(), Resume()),
    lambda queue, bind: (UnbindQueue(queue), Quiet(), bind),
    lambda _queue, bind: (Stop(), Start(), bind),
    lambda queue, bind: (Suspend(), UnbindQueue(queue), bind, Resume()),
)
"""What happens to a consumer in a round: it is given its queue and the step that binds it."""


@st.composite
def transactions(draw: st.DrawFn) -> Program:
    """Several producers that prepare messages and commit, roll back or leave them, in any order, and send others plainly.

    There is one transaction of each kind at least. Consumers pull from the beginning.
    """
    consumers = [puller(f"c{number}", "q") for number in range(draw(st.integers(1, 2)))]
    senders = []
    expected = 0
    for number in range(draw(st.integers(1, 3))):
        name = f"p{number}"
        fates = draw(st.lists(st.sampled_from((Commit, Rollback, None)), min_size=1, max_size=5))
        fates = draw(st.permutations([*fates, *((Commit, Rollback, None) if number == 0 else ())]))
        steps: list[Step] = []
        for count, _ in enumerate(fates):
            steps.append(Prepare(message("q", b"%d" % count), transaction=f"{name}.{count}"))
            if draw(st.booleans()):
                steps.append(Send(message("q", b"plain")))
                expected += 1
        decided = [fate(on=f"{name}.{count}") for count, fate in enumerate(fates) if fate]
        senders.append(transaction_producer(name, *steps, *draw(st.permutations(decided))))
        expected += fates.count(Commit)
    program = Program.of(*consumers).then(*senders, *(Client(one.name, (Drain(),)) for one in consumers))
    return program.then(*(Client(one.name, (Drain(expect=expected),)) for one in consumers))


WITH_DEFAULT = (ValueKind.BOOLEAN, ValueKind.SHORT, ValueKind.LONG)
"""The kinds for which KeyValue has, at openmessaging-1.0.0-alpha, a method with a default."""


@st.composite
def key_values(draw: st.DrawFn) -> Program:
    """One client with one KeyValue: first everything that there is to do with it, for each kind of value, then anything.

    A key is read by the method of the kind that was put under it last.
    """
    missing, late, *names = draw(st.lists(keys, min_size=12, max_size=12, unique=True))
    steps: list[Step] = [NewKeyValue(), KeySet("new"), Keys(on="new"), ContainsKey(missing)]
    known: dict[str, ValueKind] = {}
    for key, kind in zip(names, ValueKind, strict=False):
        steps += [*_put(draw, kind, key, known), GetValue(missing, kind), ContainsKey(key)]
        known[key] = kind
    steps += [KeySet("whole"), Keys(on="whole"), ContainsKey(missing)]
    steps += [Put(late, draw(BY_KIND[ValueKind.LONG])), Keys(on="whole"), Remove(late, on="whole")]
    steps += [GetValue(late, ValueKind.LONG), ContainsKey(late), Keys(on="whole"), Keys(on="new")]
    for key in draw(st.lists(st.sampled_from([late, *names]), min_size=4, max_size=24)):
        steps += _anything(draw, key, known)
    return Program.of(client("kv", *steps, KeySet("last"), Keys(on="last")), queues=())


def _put(draw: st.DrawFn, kind: ValueKind, key: str, known: dict[str, ValueKind]) -> list[Step]:
    """Return the steps that put a value of a kind under a key for the first time, and again, and read it."""
    values, other = BY_KIND[kind], draw(st.sampled_from(ValueKind))
    read = GetValue(key, kind)
    steps: list[Step] = [Put(key, draw(values)), read]
    if kind in WITH_DEFAULT:
        steps += [GetValue(key, kind, draw(values)), GetValue(f"no {len(known)}", kind, draw(values))]
    return [*steps, Put(key, draw(BY_KIND[other])), GetValue(key, other), Put(key, draw(values)), read]


def _anything(draw: st.DrawFn, key: str, known: dict[str, ValueKind]) -> list[Step]:
    """Return a step about a key, and keep known of which kind its value is."""
    match draw(st.integers(0, 4)):
        case 0:
            known[key] = draw(st.sampled_from(ValueKind))
            return [Put(key, draw(BY_KIND[known[key]]))]
        case 1:
            known.pop(key, None)
            return [Remove(key, on=draw(st.sampled_from(["new", "whole"])))]
        case 2:
            return [ContainsKey(key)]
        case 3:
            return [Keys(on=draw(st.sampled_from(["new", "whole"])))]
        case _:
            return [GetValue(key, known.get(key) or draw(st.sampled_from(ValueKind)))]
