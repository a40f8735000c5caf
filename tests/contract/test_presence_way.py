"""What every `PresenceWay` promises: run against logind's, in all its troubles, and the fake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.promises.presence import *  # noqa: F403 -- the tests
from tests.support.dbus import private_bus
from tests.support.fake_logind import FakeLogind, FakePresence, FakeSession
from worklog.app.ports import PresenceWay
from worklog.capture.logind_presence import LogindPresence
from worklog.capture.wayland_lockers import WaylandLockers
from worklog.capture.x11_lockers import X11Lockers
from worklog.clock import SystemClock

UID = 4711


def logind_way(environ: dict[str, str]) -> LogindPresence:
    return LogindPresence(clock=SystemClock(), environ=environ | {"DISPLAY": ":0"}, uid=UID)


@pytest.fixture(
    params=[
        "logind",
        "hung-logind",
        "empty-bus",
        "frozen-bus",
        "no-bus",
        "lockers",
        "x11-lockers",
        "fake",
    ]
)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PresenceWay]:
    if request.param == "fake":
        yield FakePresence()
        return
    if request.param == "lockers":
        yield WaylandLockers({"WAYLAND_DISPLAY": "/run/wayland-1"})
        return
    if request.param == "x11-lockers":
        yield X11Lockers({"DISPLAY": ":4711"})
        return
    with private_bus(tmp_path) as bus:
        environ = dict(bus.environ)
        if request.param == "no-bus":
            environ = dict.fromkeys(environ, f"unix:path={tmp_path}/none")
        real = logind_way(environ)
        if request.param == "frozen-bus":
            with bus.frozen():
                yield real
        elif request.param in ("logind", "hung-logind"):
            session = FakeSession("1", UID, display=":0")
            is_hung = request.param == "hung-logind"
            with FakeLogind(bus.address, [session], is_hung=is_hung):
                yield real
        else:
            yield real
        real.close()
