"""A connection to a D-Bus bus on which nothing waits for ever.

jeepney's own connection asks for its name without a time limit, and a bus that hangs
would then hold the tracker. Here every exchange has a limit, and after a missed one the
connection is given up: a late answer is never taken for the answer to something else.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    MessageFlag,
    message_bus,
    new_method_call,
    new_method_return,
)
from jeepney.bus import get_connectable_addresses
from jeepney.fds import FileDescriptor
from jeepney.io.blocking import DBusConnection, prep_socket
from jeepney.low_level import MessageType

UNEXPECTED: Final = "unexpected-signature"
SHORTEST_S: Final = 0.001  # zero would make the socket one that never waits
SIGNALS_AT_ONCE: Final = 1000  # so that a flood does not hold who listens
# What jeepney lets through when a bus hangs up, is slow, or talks nonsense.
_BROKEN: Final = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AssertionError,
    RuntimeError,
    struct.error,
)


class BusGoneError(Exception):
    """There is no bus, or it stopped to answer. The connection is closed."""


class CallRefusedError(Exception):
    """The bus answered with an error; the connection is still good."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Remote:
    """An interface of an object of a service.

    Attributes:
        may_start: The bus may start the service for a call if it is not running.
    """

    name: str
    path: str
    interface: str
    may_start: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that was announced on the bus, by the object at *path* of *sender*."""

    sender: str
    interface: str
    member: str
    body: tuple[Any, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody called on this connection; answered already, with nothing."""

    sender: str
    member: str
    body: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a call, with the unique name of who gave it."""

    sender: str
    body: tuple[Any, ...]

    def discard(self) -> None:
        """Close the files in it, as nobody will look at them."""
        for value in self.body:
            if isinstance(value, FileDescriptor):
                value.close()


def session_address(environ: Mapping[str, str]) -> str:
    """Return the address of the user's bus; empty where there is none.

    Without `DBUS_SESSION_BUS_ADDRESS` (cron, ssh) it is the socket that systemd keeps
    in the runtime folder, as libdbus has it.
    """
    if address := environ.get("DBUS_SESSION_BUS_ADDRESS", ""):
        return address
    path = os.path.join(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}", "bus")  # noqa: PTH118 -- a string is wanted
    return f"unix:path={path}" if os.path.exists(path) else ""  # noqa: PTH110 -- likewise


def system_address(environ: Mapping[str, str]) -> str:
    """Return the address of the machine's bus."""
    return environ.get("DBUS_SYSTEM_BUS_ADDRESS") or "unix:path=/run/dbus/system_bus_socket"


class _Connection(DBusConnection):  # type: ignore[misc]  # jeepney has no types
    def __init__(
        self, sock: socket.socket, *, limit_s: Callable[[], float], has_descriptors: bool
    ) -> None:
        self._limit_s = limit_s
        try:
            super().__init__(sock, enable_fds=has_descriptors)
        except _BROKEN:
            self.close()
            raise

    def send_and_get_reply(self, message: Any, *, timeout: float | None = None) -> Any:  # noqa: ANN401 -- jeepney has no types
        limit_s = self._limit_s() if timeout is None else timeout
        # The socket is only read when it has something; this bounds sending.
        self.sock.settimeout(max(limit_s, SHORTEST_S))
        return super().send_and_get_reply(message, timeout=limit_s)


class Bus:
    """A connection to one bus. Not for use by several threads at once."""

    def __init__(
        self, address: str, *, limit_s: Callable[[], float], has_descriptors: bool = False
    ) -> None:
        """Connect to the bus at *address*; *limit_s* says what the next exchange may take [s].

        With *has_descriptors* answers may hold files, as jeepney's `FileDescriptor`.

        Raises:
            BusGoneError: nothing answers there.
        """
        self._heard: deque[Any] = deque()
        self._called: deque[Any] = deque(maxlen=SIGNALS_AT_ONCE)
        self._limit_s = limit_s
        try:
            path = next(iter(get_connectable_addresses(address)))
            sock = prep_socket(path, enable_fds=has_descriptors, timeout=limit_s())
            self._connection = _Connection(sock, limit_s=limit_s, has_descriptors=has_descriptors)
        except (*_BROKEN, StopIteration) as error:
            msg = f"no bus answers ({type(error).__name__})"
            raise BusGoneError(msg) from error
        self._connection.filter(MatchRule(type="signal"), queue=self._heard)
        self._connection.filter(MatchRule(type="method_call"), queue=self._called)

    @property
    def name(self) -> str:
        """The unique name of this connection, by which others can call it."""
        return str(self._connection.unique_name)

    def fileno(self) -> int:
        """Return the descriptor that is readable when the bus has something to say."""
        descriptor: int = self._connection.sock.fileno()
        return descriptor

    def call(
        self,
        remote: Remote,
        method: str,
        body: tuple[object, ...] = (),
        *,
        takes: str | None = None,
        returns: str = "",
    ) -> Reply:
        """Call *method* and wait for its answer.

        *takes* and *returns* are D-Bus signatures, of *body* and of what a caller may
        rely on to find in the answer; empty for an answer that nobody looks at.

        Raises:
            BusGoneError: no answer within the limit; the connection is closed.
            CallRefusedError: the answer was an error, or of another signature.
        """
        address = DBusAddress(remote.path, bus_name=remote.name, interface=remote.interface)
        message = new_method_call(address, method, takes, body)
        if not remote.may_start:
            message.header.flags |= MessageFlag.no_auto_start
        return self._exchange(message, returns)

    def has_owner(self, name: str) -> bool:
        """Return whether the service *name* is running.

        Raises:
            BusGoneError, CallRefusedError: as in `call`.
        """
        return bool(self._exchange(message_bus.NameHasOwner(name), "b").body[0])

    def can_start(self, name: str) -> bool:
        """Return whether the bus knows how to start the service *name*.

        Raises:
            BusGoneError, CallRefusedError: as in `call`.
        """
        return name in self._exchange(message_bus.ListActivatableNames(), "as").body[0]

    def listen(self, *, interface: str, member: str, sender: str, about: str = "") -> None:
        """Hear this signal from now on; *about* is its first argument, empty for any.

        Raises:
            BusGoneError, CallRefusedError: as in `call`.
        """
        rule = MatchRule(type="signal", interface=interface, member=member, sender=sender)
        if about:
            rule.add_arg_condition(0, about)
        self._exchange(message_bus.AddMatch(rule))

    def signals(self) -> list[Signal]:
        """Return what was heard since the last call, without waiting.

        Raises:
            BusGoneError: the bus has hung up; the connection is closed.
        """
        self._receive()
        heard = [_signal(message) for message in self._heard]
        self._heard.clear()
        return heard

    def calls(self) -> list[Call]:
        """Return what was called on this connection since the last time, without waiting.

        Raises:
            BusGoneError: the bus has hung up; the connection is closed.
        """
        self._receive()
        called = list(self._called)
        self._called.clear()
        try:
            for message in called:
                self._connection.send(new_method_return(message))
        except _BROKEN as error:
            self.close()
            msg = "the bus hung up"
            raise BusGoneError(msg) from error
        return [_call(message) for message in called]

    def wait(self, limit_s: float) -> None:
        """Wait until the bus has something to say, at most *limit_s* [s]."""
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        poll.poll(max(0.0, limit_s) * 1000)

    def close(self) -> None:
        """Close the connection; closing again does nothing."""
        self._connection.close()

    def _receive(self) -> None:
        try:
            for _ in range(SIGNALS_AT_ONCE):
                self._connection.recv_messages(timeout=0)
        except TimeoutError:
            pass
        except _BROKEN as error:
            self.close()
            msg = "the bus hung up"
            raise BusGoneError(msg) from error

    def _exchange(self, message: Any, returns: str = "") -> Reply:  # noqa: ANN401 -- jeepney has no types
        try:
            answer = self._connection.send_and_get_reply(message)
        except _BROKEN as error:
            self.close()
            msg = f"the bus gave no answer ({type(error).__name__})"
            raise BusGoneError(msg) from error
        fields = answer.header.fields
        if answer.header.message_type is MessageType.error:
            raise CallRefusedError(str(fields.get(HeaderFields.error_name, "")))
        reply = Reply(sender=fields.get(HeaderFields.sender, ""), body=answer.body)
        if returns and fields.get(HeaderFields.signature) != returns:
            reply.discard()
            raise CallRefusedError(UNEXPECTED)
        return reply


@contextmanager
def connected(address: str, *, limit_s: float, has_descriptors: bool = False) -> Iterator[Bus]:
    """Give a connection on which each exchange may take *limit_s* [s]; close it after.

    Raises:
        BusGoneError: nothing answers at *address*.
    """
    bus = Bus(address, limit_s=lambda: limit_s, has_descriptors=has_descriptors)
    try:
        yield bus
    finally:
        bus.close()


def _signal(message: Any) -> Signal:  # noqa: ANN401 -- jeepney has no types
    fields = message.header.fields
    return Signal(
        sender=fields.get(HeaderFields.sender, ""),
        interface=fields.get(HeaderFields.interface, ""),
        member=fields.get(HeaderFields.member, ""),
        body=message.body,
        path=fields.get(HeaderFields.path, ""),
    )


def _call(message: Any) -> Call:  # noqa: ANN401 -- jeepney has no types
    fields = message.header.fields
    return Call(
        sender=fields.get(HeaderFields.sender, ""),
        member=fields.get(HeaderFields.member, ""),
        body=message.body,
    )
