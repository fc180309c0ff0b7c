"""The way to a server that the kit can cut or hold up: TCP connections on 127.0.0.1 that are passed on."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

import msgspec

from tck.access_point import AccessPointUri, Address, parse

HERE = "127.0.0.1"
CHUNK = 1 << 16
CONNECT_SECONDS = 10.0
CUT_SECONDS = 0.5
"""How long a cut waits for the threads that pass on, before it ends also what they cannot send."""
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: the peer sees a reset, not an end."""


class _Connection:
    """A connection of a client and the one to the server: what comes on one is sent on the other, until either ends.

    There is a thread for each direction, and the one that ends last closes both: once a socket is closed, its number may
    be another one's while a thread is still about to read from it.
    """

    def __init__(self, client: socket.socket, server: socket.socket, flows: threading.Event) -> None:
        self.ends = client, server
        self.flows = flows
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._is_cut = False
        self._busy = len(self.ends)

    def pass_on(self, source: socket.socket, target: socket.socket) -> None:
        """Send on one end what comes on the other."""
        with suppress(OSError):
            while not self._is_cut and (data := source.recv(CHUNK)):
                self.flows.wait()
                if not self._is_cut:
                    target.sendall(data)
        with self._lock:
            if not self._is_cut:
                self._shut_down(socket.SHUT_RDWR)
            self._busy -= 1
            if not self._busy:
                for one in self.ends:
                    one.close()
                self.over.set()

    def reset(self) -> None:
        """Have both ends see a reset."""
        with self._lock:
            self._is_cut = True
            for one in self.ends:
                with suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._shut_down(socket.SHUT_RD)

    def end(self) -> None:
        """End also what waits to send."""
        with self._lock:
            self._shut_down(socket.SHUT_RDWR)

    def _shut_down(self, how: int) -> None:
        for one in self.ends:
            with suppress(OSError):
                one.shutdown(how)


class Relay:
    """Passes on every connection to one server; whoever connects while it is cut is refused, and while it is held up waits.

    `uri` is the access point URI by which clients come through it.
    """

    def __init__(self, uri: str) -> None:
        own: AccessPointUri = parse(uri)
        self._server = own.hosts[0]
        self._lock = threading.Lock()
        self._open: list[_Connection] = []
        self._listener: socket.socket | None = None
        self._flows = threading.Event()
        self._port = 0
        self.restore()
        self.uri = str(msgspec.structs.replace(own, hosts=(Address(HERE, self._port),)))

    def restore(self) -> None:
        """Take connections, at the same port as before, and let go on what was held up."""
        self._flows.set()
        with self._lock:
            if self._listener is None:
                self._listener = socket.create_server((HERE, self._port))
                self._port = self._listener.getsockname()[1]
                _start(self._accept, self._listener)

    def hold(self) -> None:
        """Keep back whatever comes from now on, from either end."""
        self._flows.clear()

    def cut(self) -> None:
        """Reset all connections, and refuse further ones; what was held up is lost."""
        with self._lock:
            listener, self._listener = self._listener, None
            if listener:
                with suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
            cut, self._open = self._open, []
        for one in cut:
            one.reset()
        self._flows.set()
        for one in cut:
            if not one.over.wait(CUT_SECONDS):
                one.end()

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                client, _ = listener.accept()
            except OSError:
                continue
            try:
                server = socket.create_connection((self._server.host.strip("[]"), self._server.port), CONNECT_SECONDS)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            one = _Connection(client, server, self._flows)
            with self._lock:
                self._open = [other for other in self._open if not other.over.is_set()] + [one]
                if self._listener is not listener:
                    self._open.remove(one)
                    one.reset()
            _start(one.pass_on, client, server)
            _start(one.pass_on, server, client)
        listener.close()


def _start(work: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, name="relay", daemon=True).start()
