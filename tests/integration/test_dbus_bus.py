"""A bus that hangs up, falls silent or talks nonsense at every step of a connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from jeepney import Parser, new_method_return

from tests.support.dbus import PrivateBus, Service, private_bus
from tests.support.until import until
from worklog.app.ports import Presence
from worklog.capture.bus import (
    SIGNALS_AT_ONCE,
    Bus,
    BusGoneError,
    CallRefusedError,
    Remote,
    Signal,
    session_address,
    system_address,
)
from worklog.capture.freedesktop_notify import FreedesktopNotify
from worklog.capture.gnome_windows import GnomeWindows
from worklog.capture.kwin_windows import KWinWindows
from worklog.capture.logind_presence import LogindPresence
from worklog.capture.mutter_idle import MutterIdleInput
from worklog.capture.portal_screen import PortalScreen
from worklog.clock import SystemClock

NAME = "org.example.News"
NEWS = Remote(NAME, "/org/example/News", NAME)
AUTH = b"OK 0123456789abcdef0123456789abcdef\r\n"


def connect(address: str, *, limit_s: float = 0.2) -> Bus:
    return Bus(address, limit_s=lambda: limit_s)


@contextmanager
def bad_bus(folder: Path, *, answers: int, then: bytes | None) -> Iterator[str]:
    """Yield the address of a bus that lets clients in, answers some calls as Hello, and
    then says *then*; None lets it fall silent, and empty hangs up.
    """
    path = folder / "bad-bus"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    thread = threading.Thread(target=serve, args=(server, answers, then), name="bad bus")
    thread.start()
    yield f"unix:path={path}"
    with suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
    server.close()
    path.unlink()


def serve(server: socket.socket, answers: int, then: bytes | None) -> None:
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            with client, suppress(OSError):
                talk(client, answers, then)


def talk(client: socket.socket, answers: int, then: bytes | None) -> None:
    said = b""
    while b"AUTH" not in said or not said.endswith(b"\r\n"):
        said += client.recv(1024)
    client.sendall(AUTH)
    parser = Parser()
    rest = b""
    while b"BEGIN\r\n" not in rest:
        rest += client.recv(1024)
    messages = parser.feed(rest.partition(b"BEGIN\r\n")[2])
    for serial in range(1, answers + 1):
        while not messages:
            messages = parser.feed(client.recv(4096))
        reply = new_method_return(messages.pop(0), "s", (":1.1",))
        client.sendall(reply.serialise(serial))
    if then is None:
        while client.recv(4096):
            pass
    client.sendall(then or b"")


SINS = pytest.mark.parametrize(
    "then",
    [None, b"", b"garbage" * 100, b"l\2\1\1" + b"\xff" * 12, b"l\4\1\1" + b"\0" * 60],
    ids=["silent", "hangs up", "garbage", "endless message", "message without fields"],
)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as bus:
        yield bus


@SINS
def test_a_bus_that_fails_at_the_greeting_is_gone(tmp_path: Path, then: bytes | None) -> None:
    with bad_bus(tmp_path, answers=0, then=then) as address, pytest.raises(BusGoneError):
        connect(address)


@SINS
def test_a_bus_that_fails_in_a_call_is_gone(tmp_path: Path, then: bytes | None) -> None:
    with bad_bus(tmp_path, answers=1, then=then) as address:
        bus = connect(address)

        with pytest.raises(BusGoneError):
            bus.call(NEWS, "Read")

        bus.close()


@SINS
def test_no_way_fails_on_a_bad_bus(tmp_path: Path, then: bytes | None) -> None:
    for answers in (0, 1, 2):
        with bad_bus(tmp_path, answers=answers, then=then) as address:
            environ = dict.fromkeys(
                ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"), address
            )
            presence = LogindPresence(clock=SystemClock(), environ=environ, uid=1)
            notify = FreedesktopNotify(clock=SystemClock(), environ=environ)

            assert presence.presence() is Presence.UNKNOWN
            assert notify.unavailable_reason() == "the session bus does not answer"
            presence.close()


@SINS
def test_no_way_of_a_desktop_fails_on_a_bad_bus(tmp_path: Path, then: bytes | None) -> None:
    clock = SystemClock()
    for answers in (0, 1, 2):
        with bad_bus(tmp_path, answers=answers, then=then) as address:
            environ = {"DBUS_SESSION_BUS_ADDRESS": address, "WAYLAND_DISPLAY": "/nowhere"}
            portal = PortalScreen(environ, clock=clock, limit_s=0.2)
            windows = (GnomeWindows(environ), KWinWindows(environ, clock=clock))
            mutter = MutterIdleInput(environ, clock=clock)
            mutter.start()

            for way in (portal, *windows, mutter):
                assert way.unavailable_reason() is not None
            assert portal.remark()[0] is not None
            assert [way.visible() for way in windows] == [None, None]
            assert not mutter.read().is_alive
            mutter.stop()


@pytest.mark.parametrize(
    "address", ["", "nonsense", "tcp:host=localhost,port=1", "unix:path=/nowhere", "unix:x", ";"]
)
def test_an_address_that_leads_nowhere_is_gone(address: str) -> None:
    with pytest.raises(BusGoneError):
        connect(address)


def test_a_refused_call_leaves_the_connection_good(bus: PrivateBus) -> None:
    connection = connect(bus.address)

    with pytest.raises(CallRefusedError, match="NameHasNoOwner"):
        connection.call(NEWS, "Read")

    assert not connection.has_owner(NAME)
    connection.close()


@pytest.mark.parametrize("answer", [("s", ("x",)), ("au", ([1],)), (None, ())])
def test_an_answer_of_another_form_is_a_refusal(
    bus: PrivateBus, answer: tuple[str | None, tuple[object, ...]]
) -> None:
    with Service(bus.address, NAME, methods={f"{NAME}.Read": lambda _: answer}):
        connection = connect(bus.address)

        with pytest.raises(CallRefusedError, match="unexpected-signature"):
            connection.call(NEWS, "Read", returns="as")

    connection.close()


def test_a_flood_of_signals_does_not_hold_who_listens(bus: PrivateBus) -> None:
    with Service(bus.address, NAME, methods={f"{NAME}.Read": lambda _: (None, ())}) as service:
        connection = connect(bus.address, limit_s=5)
        connection.listen(interface=NAME, member="Flood", sender=NAME)
        connection.signals()
        for number in range(2 * SIGNALS_AT_ONCE):
            service.emit(NEWS.path, NAME, "Flood", "u", number)
        looks: list[list[Signal]] = []

        def has_all_come() -> bool:
            looks.append(connection.signals())
            return sum(map(len, looks)) == 2 * SIGNALS_AT_ONCE

        until(has_all_come)

    assert [s.body[0] for look in looks for s in look] == list(range(2 * SIGNALS_AT_ONCE))
    assert max(map(len, looks)) <= SIGNALS_AT_ONCE
    connection.close()


def test_the_addresses_are_those_of_libdbus(tmp_path: Path) -> None:
    (tmp_path / "bus").touch()

    assert session_address({"DBUS_SESSION_BUS_ADDRESS": "x"}) == "x"
    assert session_address({"XDG_RUNTIME_DIR": str(tmp_path)}) == f"unix:path={tmp_path}/bus"
    assert session_address({"XDG_RUNTIME_DIR": "/nowhere"}) == ""
    assert system_address({"DBUS_SYSTEM_BUS_ADDRESS": "x"}) == "x"
    assert system_address({}) == "unix:path=/run/dbus/system_bus_socket"
