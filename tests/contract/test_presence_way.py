"""What every `PresenceWay` promises: run against logind in all its troubles, X11, the fake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.promises.presence import *  # noqa: F403 -- the tests
from tests.contract.ways import PRESENCE
from tests.support.dbus import private_bus
from tests.support.fake_logind import FakeLogind, FakePresence, FakeSession
from tests.support.x11 import xvfb
from worklog.app.ports import PresenceWay
from worklog.capture.logind_presence import LogindPresence
from worklog.capture.wayland_lockers import WaylandLockers
from worklog.capture.x11_lockers import X11Lockers
from worklog.capture.x11_presence import X11ScreenSaver
from worklog.clock import SystemClock

UID = 4711


def logind_way(environ: dict[str, str]) -> LogindPresence:
    return LogindPresence(clock=SystemClock(), environ=environ | {"DISPLAY": ":0"}, uid=UID)


@pytest.fixture(params=PRESENCE, ids=str)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PresenceWay]:
    case = request.param.case
    if case == "fake":
        yield FakePresence()
        return
    if case == "x11-screen-saver":
        with xvfb((320, 200)) as server:
            saver = X11ScreenSaver(server.environ)
            yield saver
            saver.close()
        return
    if case == "lockers":
        yield WaylandLockers({"WAYLAND_DISPLAY": "/run/wayland-1"})
        return
    if case == "x11-lockers":
        yield X11Lockers({"DISPLAY": ":4711"})
        return
    with private_bus(tmp_path) as bus:
        environ = dict(bus.environ)
        if case == "no-bus":
            environ = dict.fromkeys(environ, f"unix:path={tmp_path}/none")
        real = logind_way(environ)
        if case == "frozen-bus":
            with bus.frozen():
                yield real
        elif case in ("logind", "hung-logind"):
            session = FakeSession("1", UID, display=":0")
            is_hung = case == "hung-logind"
            with FakeLogind(bus.address, [session], is_hung=is_hung):
                yield real
        else:
            yield real
        real.close()
