"""What every `ScreenWay` promises: run against X, grim, a portal, tmux and the fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.dbus import private_bus
from tests.support.fake_capture import FakeScreen, frame
from tests.support.fake_portal import FakePortal, picture
from tests.support.sway import sway, terminal
from tests.support.tmux import named, tmux_server
from tests.support.until import until
from tests.support.x11 import window, xvfb
from worklog.app.ports import Box, Frame, ScreenWay
from worklog.capture.portal_screen import PortalScreen
from worklog.capture.tmux_screen import TmuxScreen
from worklog.capture.wayland_grim import GrimScreen
from worklog.capture.x11_screen import MssScreen
from worklog.clock import SystemClock
from worklog.errors import CaptureUnavailableError


@dataclass
class Bench:
    """A way with one monitor, and how to take that away."""

    way: ScreenWay
    lose_the_display: Callable[[], None]


@pytest.fixture(params=["x11-mss", "grim", "portal", "tmux", "fake"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "fake":
        screen = FakeScreen((frame(0, Box(0, 0, 64, 48)),))

        def lose() -> None:
            screen.error = CaptureUnavailableError("gone")

        yield Bench(screen, lose)
        return
    if request.param == "grim":
        with sway() as desktop, terminal(desktop):
            yield Bench(GrimScreen(desktop.environ), desktop.kill)
        return
    if request.param.startswith("portal"):
        with (
            private_bus(tmp_path) as bus,
            FakePortal(bus.address, tmp_path) as portal,
            sway() as desktop,
        ):
            portal.data = picture((640, 400))
            environ = {**desktop.environ, **bus.environ}
            yield Bench(PortalScreen(environ, clock=SystemClock()), bus.kill)
        return
    if request.param == "tmux":
        with tmux_server() as server, server.attached("new-session", named("Editor")):
            way = TmuxScreen(server.environ)
            until(lambda: len(set(way.grab(active_only=True)[0].rgb)) > 1)
            yield Bench(way, server.kill)
        return
    with xvfb((320, 200)) as x_server, window(x_server, colour=0x00FF00, box=Box(0, 0, 20, 20)):
        yield Bench(MssScreen(x_server.environ), x_server.kill)


def test_a_way_that_works_has_no_reason_not_to(bench: Bench) -> None:
    assert bench.way.unavailable_reason() is None


@pytest.mark.parametrize("active_only", [True, False])
def test_a_frame_has_three_bytes_for_each_pixel_of_its_box(
    bench: Bench, *, active_only: bool
) -> None:
    (only,) = bench.way.grab(active_only=active_only)

    assert isinstance(only, Frame)
    assert only.monitor == 0
    assert (only.box.left, only.box.top) == (0, 0)
    assert len(only.rgb) == 3 * only.box.width * only.box.height
    assert len(set(only.rgb)) > 1


def test_two_grabs_of_an_unchanged_screen_are_equal(bench: Bench) -> None:
    assert bench.way.grab(active_only=False) == bench.way.grab(active_only=False)


def test_f41_a_display_that_went_away_is_said_as_such(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.way.grab(active_only=False)
    bench.lose_the_display()

    for active_only in (True, False):
        with pytest.raises(CaptureUnavailableError):
            bench.way.grab(active_only=active_only)

    assert capfd.readouterr() == ("", "")
