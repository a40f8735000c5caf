"""A private message bus, and services on it that are played by a thread.

Nothing here touches the bus of the person who runs the tests.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, prep_socket

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class PrivateBus:
    """A dbus-daemon of our own; it can start what a test puts into `services`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bus"
        self.address = f"unix:path={self.path}"
        self.services = folder / "services"
        self._config = folder / "bus.conf"
        self._config.write_text(_CONFIG.format(path=self.path, services=self.services))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """What a process needs to find it, as session bus and as system bus."""
        return {
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "DBUS_SYSTEM_BUS_ADDRESS": self.address,
        }

    def start(self) -> None:
        """Start, or start again on the same address; returns when it listens."""
        self.path.unlink(missing_ok=True)
        command = ["dbus-daemon", "--nofork", "--print-address=1", f"--config-file={self._config}"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith(b"unix:")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let the bus hang: it keeps its sockets and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


@contextmanager
def private_bus(folder: Path) -> Iterator[PrivateBus]:
    """Yield a running bus whose files are in *folder*."""
    bus = PrivateBus(folder)
    bus.start()
    try:
        yield bus
    finally:
        bus.kill()


class Refusal(Exception):  # noqa: N818 -- an answer, not a failure of the test
    """Raised by a method to answer with the D-Bus error *name*."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


Answer = tuple[str | None, tuple[object, ...]]
Method = Callable[[Message], Answer]


class Service:
    """Owns names on a bus and answers calls in a thread, until `stop`.

    *methods* maps `Interface.Member` to what answers it: (signature, values). With
    *has_descriptors* values may be open files.
    """

    def __init__(
        self,
        address: str,
        *names: str,
        methods: Mapping[str, Method],
        has_descriptors: bool = False,
    ) -> None:
        path = address.removeprefix("unix:path=")
        link = prep_socket(path, enable_fds=has_descriptors)
        self._connection = DBusConnection(link, enable_fds=has_descriptors)
        self._methods = dict(methods)
        self._sending = threading.Lock()
        for name in names:
            self._connection.send_and_get_reply(message_bus.RequestName(name), timeout=5)
        self._thread = threading.Thread(target=self._serve, name=f"fake {names[:1]}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def emit(self, path: str, interface: str, member: str, signature: str, *body: object) -> None:
        """Broadcast a signal."""
        message = new_signal(DBusAddress(path, interface=interface), member, signature, body)
        self.send(message)

    def stop(self) -> None:
        """Leave the bus, as a service that was killed does."""
        with suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._connection.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                message = self._connection.receive()
                if message.header.message_type is MessageType.method_call:
                    answer = self._answer(message)
                    if answer is not None:
                        self.send(answer)

    def _answer(self, message: Message) -> Message | None:
        fields = message.header.fields
        key = f"{fields.get(HeaderFields.interface)}.{fields[HeaderFields.member]}"
        method = self._methods.get(key)
        if method is None:
            return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")
        try:
            signature, body = method(message)
        except Refusal as refusal:
            return new_error(message, refusal.name)
        return None if signature == "silence" else new_method_return(message, signature, body)

    def send(self, message: Message) -> None:
        """Send *message* as it is; nothing where the bus is gone."""
        with self._sending, suppress(OSError):
            self._connection.send(message)


SILENCE: Answer = ("silence", ())
Values = tuple[Any, ...]
