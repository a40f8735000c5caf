"""Sockets with one deadline for a whole exchange, and a quick way round a dead address.

httpx limits each read; a server that sends a byte a second would never run into that.
Here every step gets what is left of the exchange's time. Of a host with several
addresses all but the last get little time to connect, so that a half broken IPv6 costs
seconds and not the whole deadline (F70).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import httpcore
import httpx

IMPATIENCE_S: Final = 2.0  # for an address that is not the last one [s]
KEPT_S: Final = 4.0  # an idle connection; many servers close theirs after five [s]
_NANO: Final = 1_000_000_000
_CHUNK: Final = 1 << 16


class Deadline:
    """When the present exchange must be over, and the way to end it at once."""

    def __init__(self, boot_ns: Callable[[], int]) -> None:
        self._boot_ns = boot_ns
        self._at_ns = 0
        self._is_over = False
        self._sockets: list[socket.socket] = []

    def end(self) -> None:
        """End the present exchange and all later ones; from any thread."""
        self._is_over = True
        for one in self._sockets:
            # Wakes whoever waits for it; its own thread closes it.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def watch(self, stream: httpcore.NetworkStream) -> None:
        """Let `end` reach the socket of *stream*, in place of the one before."""
        found = stream.get_extra_info("socket")
        self._sockets = [found] if isinstance(found, socket.socket) else []

    def begin(self, seconds: float) -> None:
        """Let the next exchange take *seconds* from now."""
        self._at_ns = self._boot_ns() + round(seconds * _NANO)

    def left(self, limit: float | None, late: type[Exception]) -> float:
        """Return what one step may take, at most *limit* [s].

        Raises:
            late: the time is up.
        """
        seconds = (self._at_ns - self._boot_ns()) / _NANO
        if seconds <= 0 or self._is_over:
            msg = "the exchange took too long"
            raise late(msg)
        return seconds if limit is None else min(seconds, limit)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # Piece by piece, as each one gets its own time inside.
        for first in range(0, len(buffer), _CHUNK):
            left = self._deadline.left(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[first : first + _CHUNK], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 -- httpcore's signature
        return self._inner.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Connects to the addresses of a host one after the other."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = list(dict.fromkeys(str(address[4][0]) for address in found))
        for address in addresses[:-1]:
            limit = IMPATIENCE_S if timeout is None else min(IMPATIENCE_S, timeout)
            try:
                return self._connect(address, port, limit, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, timeout, local_address, socket_options)

    def _connect(
        self,
        address: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        inner = self._inner.connect_tcp(address, port, left, local_address, socket_options)
        self._deadline.watch(inner)
        return _Stream(inner, self._deadline)


class DeadlineTransport(httpx.HTTPTransport):
    """httpx over these sockets: one connection, HTTP/1.1, no proxy."""

    def __init__(self, deadline: Deadline, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        # httpx has no parameter for the sockets; its pool is the one place to put them.
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=1,
            max_keepalive_connections=1,
            keepalive_expiry=KEPT_S,
            network_backend=Backend(deadline),
        )
