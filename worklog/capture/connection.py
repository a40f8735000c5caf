"""What the connections to an X server and to a Wayland compositor have in common."""

from __future__ import annotations

import contextlib
import socket
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

SETTLE_S: Final = 0.5  # how long a start waits for the first word of the other side [s]
STOP_S: Final = 2.0  # how long a stop waits for the thread [s]


class ConnectionGoneError(Exception):
    """The other side refused, went away, or did not answer in time."""


class Connection:
    """One connection. Not for use by two threads at once, but for `shut`."""

    socket: socket.socket

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the other side frees all that belongs to it."""
        self.socket.close()

    def shut(self) -> None:
        """End all waiting in another thread, which then meets an error or an end."""
        with contextlib.suppress(OSError):  # it may be down already, which is what is wanted
            self.socket.shutdown(socket.SHUT_RDWR)


C = TypeVar("C", bound=Connection)


class Listener(ABC, threading.Thread, Generic[C]):
    """Listens on one connection until that ends; a new one needs a new listener.

    Attributes:
        is_listening: Whether the other side has said that it will tell.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=f"worklog-{name}", daemon=True)
        self.is_listening = False
        self.is_stopped = False
        self._settled = threading.Event()
        self._connection: C | None = None

    @abstractmethod
    def connect(self) -> C:
        """Return a connection of its own.

        Raises:
            ConnectionGoneError: nobody answers.
        """

    @abstractmethod
    def ask(self, connection: C) -> bool:
        """Ask to be told; return whether the other side does that."""

    @abstractmethod
    def listen(self, connection: C) -> None:
        """Listen until the connection ends, or `is_stopped`."""

    def begin(self) -> None:
        """Start, and wait shortly until it is known whether the other side tells.

        One that does not answer is waited for in the background.
        """
        self.start()
        self._settled.wait(SETTLE_S)

    def run(self) -> None:
        try:
            with self.connect() as connection:
                self._connection = connection
                if self.ask(connection) and not self.is_stopped:
                    self.is_listening = True
                    self._settled.set()
                    self.listen(connection)
        except (ConnectionGoneError, OSError):
            pass  # it is gone; who asks `is_alive` finds out
        finally:
            self.is_listening = False
            self._connection = None
            self._settled.set()

    def stop(self) -> None:
        """Stop listening; wait for the thread, but not for ever."""
        self.is_stopped = True
        connection = self._connection
        if connection is not None:
            connection.shut()
        self.join(STOP_S)
