"""What every `NotifyWay` promises: run against the desktop's, the terminal's and the fake."""

from __future__ import annotations

import io
import os
import pty
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import pytest

from tests.contract.promises.notify import *  # noqa: F403 -- the tests
from tests.contract.ways import NOTIFY
from tests.support.dbus import private_bus
from tests.support.fake_capture import FakeNotify
from tests.support.fake_notify import FakeNotificationDaemon
from tests.support.until import until
from tests.support.x11 import program, xvfb
from worklog.app.ports import NotifyWay
from worklog.capture.freedesktop_notify import FreedesktopNotify
from worklog.capture.terminal_notify import TerminalNotify
from worklog.clock import SystemClock


@pytest.fixture(params=NOTIFY, ids=str)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NotifyWay]:
    case = request.param.case
    clock = SystemClock()
    if case == "dunst":
        with xvfb((320, 200)) as server, private_bus(tmp_path) as bus:
            told = f"DBUS_SESSION_BUS_ADDRESS={bus.address}"
            with program(server, "env", told, "dunst", "-conf", os.devnull):
                real = FreedesktopNotify(clock=clock, environ=bus.environ)
                until(lambda: real.unavailable_reason() is None)
                yield real
    elif case == "desktop":
        with private_bus(tmp_path) as bus, FakeNotificationDaemon(bus.address):
            yield FreedesktopNotify(clock=clock, environ=bus.environ)
    elif case == "no-daemon":
        with private_bus(tmp_path) as bus:
            yield FreedesktopNotify(clock=clock, environ=bus.environ)
    elif case == "no-bus":
        yield FreedesktopNotify(clock=clock, environ={"XDG_RUNTIME_DIR": str(tmp_path)})
    elif case == "terminal":
        with _terminal() as stream:
            yield TerminalNotify(stream)
    elif case == "file":
        yield TerminalNotify(io.StringIO())
    else:
        yield FakeNotify()


@contextmanager
def _terminal() -> Iterator[TextIO]:
    """Give what a program in a terminal writes to, which somebody reads."""
    keyboard, inside = pty.openpty()
    reader = threading.Thread(target=_read_away, args=(keyboard,), daemon=True)
    reader.start()
    with os.fdopen(inside, "w", encoding="utf-8") as stream:
        yield stream
    reader.join(10)
    os.close(keyboard)


def _read_away(keyboard: int) -> None:
    with suppress(OSError):  # the terminal was closed
        while os.read(keyboard, 65_536):
            pass
