"""What every `NotifyWay` promises: run against the desktop's, the terminal's and the fake."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.promises.notify import *  # noqa: F403 -- the tests
from tests.support.dbus import private_bus
from tests.support.fake_capture import FakeNotify
from tests.support.fake_notify import FakeNotificationDaemon
from worklog.app.ports import NotifyWay
from worklog.capture.freedesktop_notify import FreedesktopNotify
from worklog.capture.terminal_notify import TerminalNotify
from worklog.clock import SystemClock


@pytest.fixture(params=["desktop", "no-daemon", "no-bus", "terminal", "fake"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NotifyWay]:
    clock = SystemClock()
    if request.param == "desktop":
        with private_bus(tmp_path) as bus, FakeNotificationDaemon(bus.address):
            yield FreedesktopNotify(clock=clock, environ=bus.environ)
    elif request.param == "no-daemon":
        with private_bus(tmp_path) as bus:
            yield FreedesktopNotify(clock=clock, environ=bus.environ)
    elif request.param == "no-bus":
        yield FreedesktopNotify(clock=clock, environ={"XDG_RUNTIME_DIR": str(tmp_path)})
    elif request.param == "terminal":
        yield TerminalNotify(io.StringIO())
    else:
        yield FakeNotify()
