"""The way to a server that the kit can cut: TCP connections on 127.0.0.1 that are passed on."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

import msgspec

from tck.access_point import AccessPointUri, Address, parse

HERE = "127.0.0.1"
CHUNK = 1 << 16
CONNECT_SECONDS = 10.0
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: the peer sees a reset, not an end."""


class Relay:
    """Passes on every connection to one server; whoever connects while it is cut is refused.

    `uri` is the access point URI by which clients come through it.
    """

    def __init__(self, uri: str) -> None:
        own: AccessPointUri = parse(uri)
        self._server = own.hosts[0]
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._port = 0
        self.restore()
        self.uri = str(msgspec.structs.replace(own, hosts=(Address(HERE, self._port),)))

    def restore(self) -> None:
        """Take connections, at the same port as before."""
        with self._lock:
            if self._listener is None:
                self._listener = socket.create_server((HERE, self._port))
                self._port = self._listener.getsockname()[1]
                self._start(self._accept, self._listener)

    def cut(self) -> None:
        """Reset all connections, and refuse further ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            if listener:
                with suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
                listener.close()
            for one in self._open:
                with suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    one.shutdown(socket.SHUT_RD)
                one.close()
            self._open.clear()

    def _start(self, work: object, *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, name="relay", daemon=True).start()  # type: ignore[arg-type] # a method

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection((self._server.host.strip("[]"), self._server.port), CONNECT_SECONDS)
            except OSError:
                if listener.fileno() < 0:
                    return
                with suppress(OSError, UnboundLocalError):
                    client.close()
                continue
            server.settimeout(None)
            with self._lock:
                if self._listener is not listener:
                    client.close()
                    server.close()
                    return
                self._open += [client, server]
            self._start(self._pass_on, client, server)
            self._start(self._pass_on, server, client)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
