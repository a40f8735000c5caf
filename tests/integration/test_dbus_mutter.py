"""Activity on GNOME, by a Mutter on a private bus."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dbus import PrivateBus, private_bus
from tests.support.fake_mutter import FakeMutter
from tests.support.until import until
from worklog.capture.mutter_idle import MutterIdleInput
from worklog.capture.select import survey, ways
from worklog.clock import SystemClock

CLOCK = SystemClock()


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as bus:
        yield bus


def environ_of(bus: PrivateBus) -> dict[str, str]:
    return {
        **bus.environ,
        "WAYLAND_DISPLAY": "/nonexistent/wayland-0",
        "XDG_RUNTIME_DIR": "/nonexistent",
        "PATH": "/nonexistent",
    }


def test_the_reason_names_what_is_missing(bus: PrivateBus) -> None:
    def reason(environ: dict[str, str]) -> str | None:
        return MutterIdleInput(environ, clock=CLOCK).unavailable_reason()

    dead = {**environ_of(bus), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    assert "WAYLAND_DISPLAY is not set" in str(reason({}))
    assert reason(dead) == "the session bus does not answer"
    assert reason(environ_of(bus)) == "no Mutter is running, so this is not GNOME"
    with bus.frozen():
        assert reason(environ_of(bus)) == "the session bus does not answer"
    with FakeMutter(bus.address, CLOCK):
        assert reason(environ_of(bus)) is None


def test_on_gnome_it_is_the_way_and_doctor_lists_it(bus: PrivateBus) -> None:
    with FakeMutter(bus.address, CLOCK):
        chosen = ways(environ_of(bus), clock=CLOCK, stream=io.StringIO())
        rows = survey(environ_of(bus), clock=CLOCK, stream=io.StringIO())

    assert chosen.input is not None
    assert chosen.input.name == "mutter-idle"
    inputs = [(row.way, row.works) for row in rows if row.port == "input"]
    assert inputs[:2] == [("idle-notify", False), ("mutter-idle", True)]


def test_f41_a_mutter_that_hangs_or_leaves_is_unknown_and_found_again(bus: PrivateBus) -> None:
    way = MutterIdleInput(environ_of(bus), clock=CLOCK)
    with FakeMutter(bus.address, CLOCK) as mutter:
        way.start()
        assert way.read().is_alive
        mutter.is_hung = True
        until(lambda: not way.read().is_alive)
    way.start()
    until(lambda: not way.read().is_alive)

    with FakeMutter(bus.address, CLOCK) as mutter:
        way.start()
        until(lambda: way.read().is_alive)
        before = way.read().events
        until(lambda: CLOCK.awake_ns() - mutter.touched_ns > 300_000_000)
        mutter.touch()
        until(lambda: way.read().events > before)

    until(lambda: not way.read().is_alive)
    way.stop()
    assert way.read().events > before


def test_one_touch_is_one_sign(bus: PrivateBus) -> None:
    way = MutterIdleInput(environ_of(bus), clock=CLOCK)
    with FakeMutter(bus.address, CLOCK) as mutter:
        way.start()
        until(lambda: CLOCK.awake_ns() - mutter.touched_ns > 300_000_000)
        mutter.touch()
        until(lambda: way.read().events == 1)
        until(lambda: CLOCK.awake_ns() - mutter.touched_ns > 2_500_000_000)

        assert way.read().events == 1
        way.stop()
