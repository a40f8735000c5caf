"""What every `ScreenWay` promises: run against X, grim, portals, tmux and the fake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.promises.screen import *  # noqa: F403 -- the tests
from tests.contract.promises.screen import Bench
from tests.contract.ways import SCREEN
from tests.support.dbus import private_bus
from tests.support.fake_capture import FakeScreen, frame
from tests.support.fake_portal import FakePortal, picture
from tests.support.portal_stack import portal_stack, restless
from tests.support.sway import sway, terminal
from tests.support.tmux import named, tmux_server
from tests.support.until import until
from tests.support.x11 import window, xvfb
from worklog.app.ports import Box
from worklog.capture.portal_screen import PortalScreen
from worklog.capture.restore_token import RestoreToken
from worklog.capture.screencast_screen import ScreenCastScreen
from worklog.capture.tmux_screen import TmuxScreen
from worklog.capture.wayland_grim import GrimScreen
from worklog.capture.x11_screen import MssScreen
from worklog.clock import SystemClock
from worklog.errors import CaptureUnavailableError


@pytest.fixture(params=SCREEN, ids=str)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    case = request.param.case
    if case == "fake":
        screen = FakeScreen((frame(0, Box(0, 0, 64, 48)),))

        def lose() -> None:
            screen.error = CaptureUnavailableError("gone")

        yield Bench(screen, lose)
        return
    if case == "grim":
        with sway() as desktop, terminal(desktop):
            yield Bench(GrimScreen(desktop.environ), desktop.kill)
        return
    if case == "portal":
        with (
            private_bus(tmp_path) as bus,
            FakePortal(bus.address, tmp_path) as portal,
            sway() as desktop,
        ):
            portal.data = picture((640, 400))
            environ = {**desktop.environ, **bus.environ}
            yield Bench(PortalScreen(environ, clock=SystemClock()), bus.kill)
        return
    if case == "screencast":
        with (
            private_bus(tmp_path) as bus,
            sway() as desktop,
            restless(desktop),
            portal_stack(bus, desktop, tmp_path) as stack,
        ):
            token = RestoreToken(str(tmp_path / "screencast.token"))
            yield Bench(
                ScreenCastScreen(stack.environ, clock=SystemClock(), token=token), desktop.kill
            )
        return
    if case == "tmux":
        with tmux_server() as server, server.attached("new-session", named("Editor")):
            way = TmuxScreen(server.environ)
            until(lambda: len(set(way.grab(active_only=True)[0].rgb)) > 1)
            yield Bench(way, server.kill)
        return
    with xvfb((320, 200)) as x_server, window(x_server, colour=0x00FF00, box=Box(0, 0, 20, 20)):
        yield Bench(MssScreen(x_server.environ), x_server.kill)
