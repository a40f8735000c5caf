"""What every `PresenceWay` promises: run against logind's, in all its troubles, and the fake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dbus import private_bus
from tests.support.fake_logind import FakeLogind, FakePresence, FakeSession
from worklog.app.ports import Presence, PresenceWay
from worklog.capture.logind_presence import LogindPresence
from worklog.capture.wayland_lockers import WaylandLockers
from worklog.clock import SystemClock

LIMIT_NS = 200_000_000
UID = 4711


def logind_way(environ: dict[str, str]) -> LogindPresence:
    return LogindPresence(clock=SystemClock(), environ=environ | {"DISPLAY": ":0"}, uid=UID)


@pytest.fixture(
    params=["logind", "hung-logind", "empty-bus", "frozen-bus", "no-bus", "lockers", "fake"]
)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PresenceWay]:
    if request.param == "fake":
        yield FakePresence()
        return
    if request.param == "lockers":
        yield WaylandLockers({"WAYLAND_DISPLAY": "/run/wayland-1"})
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


def test_the_state_is_one_of_three_and_comes_in_time(way: PresenceWay) -> None:
    """Never raises, never blocks for over 0.2 s, whatever is broken."""
    clock = SystemClock()

    for _ in range(3):
        before_ns = clock.boot_ns()
        state = way.presence()

        assert state in Presence
        assert clock.boot_ns() - before_ns < LIMIT_NS * 1.25  # two busy cores


def test_the_reason_is_none_or_a_sentence(way: PresenceWay) -> None:
    reason = way.unavailable_reason()

    assert reason is None or reason[0].islower()


def test_no_reason_means_that_the_state_is_known(way: PresenceWay) -> None:
    assert (way.unavailable_reason() is None) == (way.presence() is not Presence.UNKNOWN)
