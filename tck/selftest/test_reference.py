"""The reference's broker, on a clock of the test's own, and its links: what is delayed, what expires, what comes first, and what is cut."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tck.adapter import ExtensionHeader, Header, Message, OmsError
from tck.targets import target

BORN = 1_000_000


class Server:
    """A broker of the reference with one queue, and the time that it reads."""

    def __init__(self) -> None:
        self.now = BORN
        self.broker: Any = target("memory").adapter.broker_type(lambda: self.now)  # type: ignore[attr-defined] # the reference
        self.broker.create("q")

    def put(self, name: str, *, priority: int | None = None, **extension: int) -> None:
        """Store a message that is born now."""
        header = Header("q", born_timestamp=self.now, priority=priority)
        self.broker.put([Message(header, ExtensionHeader(**extension), body=name.encode())])

    def take(self) -> str:
        """Hand out all that can be, and return what it is called."""
        return "".join((one.body or b"").decode() for one in self.broker.take("q", self, 100))


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_message_waits_for_its_delay(server: Server) -> None:
    server.put("a", delay_time=100)
    server.put("b", delay_time=50)
    server.put("c")
    assert server.broker.until_due(["q"]) == 0.05
    assert server.take() == "c"
    server.now += 49
    assert server.take() == ""
    assert not server.broker.waits("q")
    server.now += 1
    assert server.broker.waits("q")
    assert server.take() == "b"
    server.now += 50
    assert server.take() == "a"
    assert server.broker.until_due(["q"]) == float("inf")


def test_a_message_that_expired_is_gone(server: Server) -> None:
    server.put("a", expire_time=BORN + 100)
    server.put("b", expire_time=BORN + 50)
    server.put("c")
    server.now += 50
    assert server.take() == "ac"
    server.broker.release(server, ["q"])
    server.now += 50
    assert server.take() == "c"


@pytest.mark.parametrize("never", [0, 1, BORN - 1, BORN])
def test_a_moment_that_is_over_is_no_expiry(server: Server, never: int) -> None:
    server.put("a", expire_time=never)
    server.now += 1_000_000_000
    assert server.take() == "a"


def test_a_message_that_expires_before_its_delay_is_over_never_comes(server: Server) -> None:
    server.put("a", delay_time=100, expire_time=BORN + 50)
    server.now += 100
    assert server.take() == ""


def test_the_higher_priority_comes_first_and_the_first_of_the_same(server: Server) -> None:
    for name, priority in (("a", 1), ("b", None), ("c", 10), ("d", 5), ("e", 11), ("f", 10), ("g", 0), ("h", 6)):
        server.put(name, priority=priority)
    assert server.take() == "cfhbdega"


def test_what_is_given_back_comes_in_its_old_order_before_its_equals(server: Server) -> None:
    for name, priority in (("a", 5), ("b", 5), ("c", 7)):
        server.put(name, priority=priority)
    assert server.take() == "cab"
    server.put("d", priority=5)
    server.put("e", priority=9)
    server.broker.release(server, ["q"])
    assert server.take() == "ecabd"


Act = Callable[[Any], object]
OF_NAMESPACES: dict[str, Act] = {
    "create": lambda ap: ap.create_namespace("made"),
    "delete": lambda ap: ap.delete_namespace("doomed"),
    "switch": lambda ap: ap.switch_namespace("doomed"),
    "list": lambda ap: ap.list_namespaces(),
    "list what is in one": lambda ap: ap.list_queues("doomed"),
    "list where it is": lambda ap: ap.list_queues(),
    "create a queue where it is": lambda ap: ap.create_queue("q"),
}


@pytest.fixture
def linked() -> tuple[Any, Any]:
    """Open an access point that is linked to its server, and switched to another namespace than it began in."""
    adapter: Any = target("memory").adapter
    opened, link = adapter.open_linked(adapter.access_point, {})
    for namespace in ("there", "doomed"):
        opened.create_namespace(namespace)
    opened.switch_namespace("there")
    return opened, link


@pytest.mark.parametrize("act", OF_NAMESPACES.values(), ids=OF_NAMESPACES)
def test_namespaces_are_out_of_reach_while_the_link_is_cut(linked: tuple[Any, Any], act: Act) -> None:
    opened, link = linked
    link.cut()
    with pytest.raises(OmsError, match="1503"):
        act(opened)
    link.restore()
    act(opened)


@pytest.mark.parametrize("act", OF_NAMESPACES.values(), ids=OF_NAMESPACES)
def test_namespaces_wait_while_the_link_is_held_up(linked: tuple[Any, Any], act: Act) -> None:
    opened, link = linked
    link.hold()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(act, opened)
        with pytest.raises(TimeoutError):
            done.result(0.05)
        link.restore()
        done.result(5)


def test_nothing_is_created_or_sent_in_a_namespace_that_was_deleted(linked: tuple[Any, Any]) -> None:
    opened, _ = linked
    opened.create_queue("q")
    producer = opened.create_producer()
    producer.start()
    producer.send(Message(Header("q")))
    opened.delete_namespace("there")
    with pytest.raises(OmsError, match="DESTINATION 1405"):
        opened.create_queue("r")
    with pytest.raises(OmsError, match="DESTINATION 1404"):
        producer.send(Message(Header("q")))
