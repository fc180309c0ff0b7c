"""The relay, between a client and a server that sends back what it is sent, on 127.0.0.1."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

import pytest

from tck.access_point import parse
from tck.relay import HERE, Relay

SECONDS = 5.0


def echo(server: socket.socket) -> None:
    """Send everything back, to one client at a time."""
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            with client, suppress(OSError):
                while data := client.recv(1 << 16):
                    client.sendall(data)


@pytest.fixture
def relay() -> Iterator[Relay]:
    """Return a relay to such a server."""
    with socket.create_server((HERE, 0)) as server:
        threading.Thread(target=echo, args=(server,), daemon=True).start()
        one = Relay(f"oms:echo://me:secret@{HERE}:{server.getsockname()[1]}/region:space")
        yield one
        one.cut()


def connect(relay: Relay) -> socket.socket:
    """Connect through the relay."""
    address = parse(relay.uri).hosts[0]
    assert address.host == HERE
    return socket.create_connection((address.host, address.port), SECONDS)


def answer(client: socket.socket, data: bytes) -> bytes:
    """Return what comes back."""
    client.sendall(data)
    come = b""
    while len(come) < len(data):
        come += client.recv(1 << 16)
    return come


def test_its_uri_differs_in_the_host_alone(relay: Relay) -> None:
    own = parse(relay.uri)
    assert (own.driver_type, own.account_id, own.account_key, own.region, own.namespace) == (
        "echo", "me", "secret", "region", "space",
    )  # fmt: skip


def test_everything_is_passed_on(relay: Relay) -> None:
    with connect(relay) as client:
        data = bytes(range(256)) * 4096
        threading.Thread(target=client.sendall, args=(data,), daemon=True).start()
        come = b""
        while len(come) < len(data):
            come += client.recv(1 << 16)
        assert come == data


def test_a_cut_resets_connections_and_refuses_others_until_it_is_restored(relay: Relay) -> None:
    with connect(relay) as client:
        assert answer(client, b"before") == b"before"
        relay.cut()
        with pytest.raises(ConnectionError):
            until_it_ends(client)
    with pytest.raises(OSError, match="refused"):
        connect(relay)
    relay.restore()
    with connect(relay) as client:
        assert answer(client, b"after") == b"after"


def until_it_ends(client: socket.socket) -> None:
    """Send until the connection is reset, or ends."""
    for _ in range(100):
        client.sendall(b"x")
        if not client.recv(1):
            raise ConnectionResetError


def test_cutting_and_restoring_twice_changes_nothing(relay: Relay) -> None:
    relay.restore()
    relay.cut()
    relay.cut()
    relay.restore()
    with connect(relay) as client:
        assert answer(client, b"there") == b"there"


def test_all_clients_of_many_relays_see_their_cut() -> None:
    """No connection is left open, and none of another relay is touched, where many are opened and cut at once."""
    seen: list[str] = []
    end = monotonic() + 2

    def serve(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                threading.Thread(target=answer, args=(client,), daemon=True).start()

    def answer(client: socket.socket) -> None:
        with client, suppress(OSError):
            while data := client.recv(1 << 16):
                client.sendall(data)

    def talk(client: socket.socket) -> None:
        with client:
            try:
                while True:
                    client.sendall(b"question")
                    if not client.recv(1 << 16):
                        seen.append("an end")
                        return
            except TimeoutError:
                seen.append("nothing")
            except OSError:
                seen.append("a reset")

    def cut_again_and_again(port: int) -> None:
        while monotonic() < end:
            one = Relay(f"oms:echo://me:secret@{HERE}:{port}/region:space")
            clients = [connect(one) for _ in range(6)]
            talking = [threading.Thread(target=talk, args=(client,)) for client in clients]
            for thread in talking:
                thread.start()
            threading.Event().wait(0.02)
            one.cut()
            for thread in talking:
                thread.join()

    with socket.create_server((HERE, 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        cutting = [threading.Thread(target=cut_again_and_again, args=(server.getsockname()[1],)) for _ in range(6)]
        for thread in cutting:
            thread.start()
        for thread in cutting:
            thread.join()
        server.shutdown(socket.SHUT_RDWR)
    assert seen
    assert set(seen) <= {"a reset", "an end"}


def test_what_is_held_up_comes_later(relay: Relay) -> None:
    """Nothing comes back while it is held up, everything once it is restored, and a connection made meanwhile works then."""
    with connect(relay) as client:
        assert answer(client, b"before") == b"before"
        relay.hold()
        client.sendall(b"held up")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(SECONDS)
        relay.restore()
        assert client.recv(100) == b"held up"
    relay.hold()
    with connect(relay) as later:
        later.sendall(b"made meanwhile")
        relay.restore()
        assert later.recv(100) == b"made meanwhile"


def test_what_is_held_up_can_be_cut(relay: Relay) -> None:
    with connect(relay) as client:
        assert answer(client, b"before") == b"before"
        relay.hold()
        client.sendall(b"held up")
        relay.cut()
        with pytest.raises(OSError, match="reset"):
            client.recv(1)
    relay.restore()
    with connect(relay) as again:
        assert answer(again, b"after") == b"after"
