"""What every `ScreenWay` promises: run against mss on X, grim on sway, tmux and the fake."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.promises.screen import *  # noqa: F403 -- the tests
from tests.contract.promises.screen import Bench
from tests.support.fake_capture import FakeScreen, frame
from tests.support.sway import sway, terminal
from tests.support.tmux import named, tmux_server
from tests.support.until import until
from tests.support.x11 import window, xvfb
from worklog.app.ports import Box
from worklog.capture.tmux_screen import TmuxScreen
from worklog.capture.wayland_grim import GrimScreen
from worklog.capture.x11_screen import MssScreen
from worklog.errors import CaptureUnavailableError


@pytest.fixture(params=["x11-mss", "grim", "tmux", "fake"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
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
    if request.param == "tmux":
        with tmux_server() as server, server.attached("new-session", named("Editor")):
            way = TmuxScreen(server.environ)
            until(lambda: len(set(way.grab(active_only=True)[0].rgb)) > 1)
            yield Bench(way, server.kill)
        return
    with xvfb((320, 200)) as x_server, window(x_server, colour=0x00FF00, box=Box(0, 0, 20, 20)):
        yield Bench(MssScreen(x_server.environ), x_server.kill)
