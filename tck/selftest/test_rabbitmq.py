"""What only RabbitMQ's adapter does; the conformance suite judges the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

import pytest

from tck.adapter import (
    AccessPoint,
    BatchContext,
    Binary,
    Boolean,
    Consumer,
    Context,
    Double,
    ExtensionHeader,
    Float,
    Header,
    Integer,
    Long,
    Message,
    OmsError,
    Short,
    String,
    Support,
)
from tck.environment import RunningBroker, engine_version, start_container
from tck.targets import Target, target

pytestmark = pytest.mark.skipif(
    engine_version() is None, reason="no Docker engine answers: the adapter of RabbitMQ was not tested"
)
QUEUE = "selftest"


@pytest.fixture(scope="module")
def rabbitmq() -> Target:
    """Return the target that the kit would certify."""
    return target("rabbitmq")


@pytest.fixture(scope="module")
def broker(rabbitmq: Target) -> Iterator[RunningBroker]:
    """Start a RabbitMQ."""

    def probe(uri: str, attributes: Mapping[str, str]) -> None:
        rabbitmq.adapter.open(uri, attributes).close()

    assert rabbitmq.folder
    assert rabbitmq.container
    with start_container(rabbitmq.folder, rabbitmq.container, None, probe, print) as running:
        yield running


@pytest.fixture
def access_point(rabbitmq: Target, broker: RunningBroker) -> Iterator[AccessPoint]:
    """Open an access point with an empty queue."""
    opened = rabbitmq.adapter.open(broker.access_point, broker.attributes)
    with suppress(OmsError):  # the test before deleted it
        opened.resource_manager().delete_queue(QUEUE)
    opened.resource_manager().create_queue(QUEUE)
    yield opened
    opened.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("rabbitmq")]


@pytest.fixture
def consumer(access_point: AccessPoint) -> Consumer:
    """Start a consumer that is bound to nothing."""
    made = access_point.create_consumer()
    made.start()
    return made


@pytest.fixture
def send(access_point: AccessPoint) -> Callable[..., Any]:
    """Send a message to the queue."""
    producer = access_point.create_producer()
    producer.start()
    return lambda **fields: producer.send(Message(Header(destination=QUEUE), **fields))


def refusal(action: Callable[[], object]) -> tuple[str, int | None]:
    """Return the kind and the code of the error that an action ends in."""
    with pytest.raises(OmsError) as raised:
        action()
    return str(raised.value.error.kind), raised.value.error.code


def soon(true: Callable[[], bool]) -> bool:
    """Tell whether something becomes true within ten seconds."""
    deadline, pause = monotonic() + 10, threading.Event()
    while not true() and monotonic() < deadline:
        pause.wait(0.01)
    return true()


def test_every_type_arrives_as_it_was_sent(send: Callable[..., Any], consumer: Consumer) -> None:
    """Types, widths, null and empty bodies, and fields that AMQP has no place for, survive."""
    properties = {
        "": String("\0\u2028\U0001f600"),
        "binary": Binary(bytes(range(256))),
        "short": Short(-(1 << 15)),
        "integer": Integer((1 << 31) - 1),
        "long": Long(-(1 << 63)),
        "float": Float.of(1.5),
        "nan": Double.of(float("nan")),
        "boolean": Boolean(value=False),
    }
    extension = ExtensionHeader(correlation_id="ü" * 300, message_key="k", trace_id="t", store_host="mine")
    consumer.bind_queue(QUEUE)
    for body in (None, b"", b"\0\xff"):
        send(body=body, properties=properties, extension_header=extension)
        come = consumer.receive(5)
        assert come
        assert (come.body, come.properties) == (body, properties)
        assert come.extension_header
        assert come.extension_header.correlation_id == "ü" * 300
        assert come.extension_header.store_host == "localhost"
        assert come.extension_header.store_timestamp
        assert come.header.delivery_count == 1


def test_limits_are_told_before_the_broker_closes_the_connection(send: Callable[..., Any]) -> None:
    """What RabbitMQ would answer by closing is refused, and the producer goes on."""
    assert refusal(lambda: send(body=b"x" * ((16 << 20) + 1))) == ("FORMAT", 1413)
    assert refusal(lambda: send(properties={"x": String("x" * (120 << 10))})) == ("FORMAT", 1411)
    assert refusal(lambda: send(properties={"x": Long(1 << 63)})) == ("FORMAT", 1418)
    assert refusal(lambda: send(properties={"x": String("\ud800")})) == ("FORMAT", 1418)
    assert send(body=b"x" * (16 << 20), properties={"x": String("x" * 119_000)}).message_id


def test_each_redelivery_is_counted(access_point: AccessPoint, send: Callable[..., Any], consumer: Consumer) -> None:
    """Stopping and unbinding give back what was not acknowledged, counted once more; an old receipt is idle."""
    send(body=b"x")
    consumer.bind_queue(QUEUE)
    first = consumer.receive(5)
    assert first
    consumer.stop()
    consumer.ack(first.receipt or "")
    consumer.start()
    second = consumer.receive(5)
    assert second
    consumer.unbind_queue(QUEUE)
    consumer.bind_queue(QUEUE)
    third = consumer.receive(5)
    assert third
    assert [come.header.delivery_count for come in (first, second, third)] == [1, 2, 3]
    consumer.ack(third.receipt or "")
    consumer.ack(third.receipt or "")
    assert refusal(lambda: consumer.receive(0.05)) == ("TIMEOUT", 1410)
    assert QUEUE in access_point.resource_manager().list_queues()


def test_nothing_is_pushed_after_suspend_returned(send: Callable[..., Any], consumer: Consumer) -> None:
    """Suspend waits for a listener at work; what comes meanwhile is pushed after resume, for the first time."""
    come: list[Message] = []
    entered, leave = threading.Event(), threading.Event()

    def listener(message: Message, context: Context) -> None:
        entered.set()
        leave.wait(5)
        come.append(message)
        context.ack()

    consumer.bind_queue(QUEUE, listener)
    send(body=b"1")
    assert entered.wait(5)
    suspending = threading.Thread(target=consumer.suspend)
    suspending.start()
    suspending.join(0.1)
    assert suspending.is_alive()
    leave.set()
    suspending.join(5)
    send(body=b"2")
    assert not threading.Event().wait(0.2)
    assert [message.body for message in come] == [b"1"]
    consumer.resume()
    assert soon(lambda: len(come) == 2)
    assert come[1].header.delivery_count == 1
    assert refusal(consumer.resume) == ("OTHER", 1400)


def test_a_batch_is_acknowledged_in_part(send: Callable[..., Any], consumer: Consumer) -> None:
    """What a batch listener did not name comes again when the consumer has stopped."""
    come: list[Message] = []

    def listener(messages: Any, context: BatchContext) -> None:
        come.extend(messages)
        context.success([message.receipt or "" for message in messages if message.body == b"1"])
        raise ValueError

    consumer.suspend()
    consumer.bind_queue_batch(QUEUE, listener)
    for body in (b"1", b"2", b"3"):
        send(body=body)
    consumer.resume()
    assert soon(lambda: len(come) == 3)
    consumer.stop()
    consumer.unbind_queue(QUEUE)
    consumer.start()
    consumer.bind_queue(QUEUE)
    again = [consumer.receive(5), consumer.receive(5)]
    assert sorted((m.body, m.header.delivery_count) for m in again if m) == [(b"2", 2), (b"3", 2)]
    assert refusal(lambda: consumer.receive(0.05)) == ("TIMEOUT", 1410)


def test_a_listener_may_stop_its_consumer(send: Callable[..., Any], consumer: Consumer) -> None:
    """Stop and suspend do not wait for the very listener that calls them."""

    def listener(_message: Message, _context: Context) -> None:
        consumer.suspend()
        consumer.stop()

    consumer.bind_queue(QUEUE, listener)
    send(body=b"x")
    assert soon(lambda: consumer.current_state() == "STOPPED")


def test_stop_wakes_a_receive(consumer: Consumer) -> None:
    """A receive that waits returns null when another thread stops the consumer."""
    consumer.bind_queue(QUEUE)
    stopping = threading.Timer(0.1, consumer.stop)
    stopping.start()
    began = monotonic()
    assert consumer.receive(10) is None
    assert monotonic() - began < 5
    stopping.join()


def test_queues_that_are_gone_or_cannot_be_are_told(access_point: AccessPoint, consumer: Consumer) -> None:
    """Each is an error of its own kind, and none costs the connection."""
    manager = access_point.resource_manager()
    assert refusal(lambda: manager.create_queue(QUEUE)) == ("DESTINATION", 1406)
    assert refusal(lambda: manager.delete_queue("nope")) == ("DESTINATION", 1404)
    assert refusal(lambda: manager.create_queue("amq.mine")) == ("SECURITY", 1403)
    for name in ("", "x" * 256, "ü" * 120, "a\nb"):
        assert refusal(lambda name=name: manager.create_queue(name)) == ("FORMAT", 1418)  # type: ignore[misc] # bound now
        assert refusal(lambda name=name: consumer.bind_queue(name)) == ("DESTINATION", 1404)  # type: ignore[misc] # bound now
    consumer.bind_queue(QUEUE)
    manager.delete_queue(QUEUE)
    assert refusal(lambda: consumer.receive(1)) == ("DESTINATION", 1404)
    manager.create_queue(QUEUE)
    assert refusal(lambda: consumer.receive(0.05)) == ("TIMEOUT", 1410)


def test_access_points_that_do_not_open_are_told(rabbitmq: Target, broker: RunningBroker) -> None:
    """The refusal says which: no access point, another driver, nobody there, or a wrong password."""
    opened = rabbitmq.adapter.open
    there = broker.access_point.rpartition("@")[2]
    assert refusal(lambda: opened("rabbitmq://h/r", {})) == ("OTHER", 10001)
    assert refusal(lambda: opened(f"oms:kafka://{there}", {})) == ("OTHER", 10000)
    assert refusal(lambda: opened("oms:rabbitmq://127.0.0.1:1/r", {})) == ("OTHER", 10000)
    assert refusal(lambda: opened(f"oms:rabbitmq://guest:wrong@{there}", {})) == ("SECURITY", 1401)
    assert refusal(lambda: opened(f"oms:rabbitmq://guest@{there}", {"ACCOUNT_KEY": "wrong"})) == ("SECURITY", 1401)
    elsewhere = opened(broker.access_point, {"MANAGEMENT_PORT": "1"})
    assert refusal(elsewhere.resource_manager().list_queues) == ("OTHER", 1503)
    elsewhere.close()
    assert rabbitmq.adapter.version().startswith("RabbitMQ 4.")
    assert rabbitmq.adapter.capabilities["extension_header.store_timestamp"] is Support.NATIVE
