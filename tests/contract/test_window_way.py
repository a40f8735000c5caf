"""What every `WindowWay` promises: run against X11, Wayland desktops, tmux and the fake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.contract.promises.window import *  # noqa: F403 -- the tests
from tests.contract.promises.window import FORM, TOOL, Bench
from tests.contract.ways import PLAYED, WINDOW
from tests.support.dbus import private_bus
from tests.support.fake_capture import FakeWindows
from tests.support.fake_gnome import FakeGnome, shown
from tests.support.fake_hyprctl import FakeHyprctl, client
from tests.support.fake_kwin import FakeKWin, said
from tests.support.sway import sway, terminal
from tests.support.tmux import named, tmux_server
from tests.support.until import until
from tests.support.x11 import window, window_manager, xvfb
from worklog.app.ports import Window
from worklog.capture.gnome_windows import GnomeWindows
from worklog.capture.hyprland_windows import HyprlandWindows
from worklog.capture.kwin_windows import KWinWindows
from worklog.capture.sway_windows import SwayWindows
from worklog.capture.tmux_window import TmuxWindows
from worklog.capture.toplevel_windows import ToplevelWindows
from worklog.capture.x11_window import X11Windows
from worklog.clock import SystemClock


@pytest.fixture(params=WINDOW, ids=str)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    case = request.param.case
    if request.param.kind == PLAYED:
        with _played(case, tmp_path) as played:
            yield played
        return
    if case in ("sway", "wlr-toplevel"):
        with sway() as desktop, ExitStack() as shells:
            for application, title, box in (FORM, TOOL):
                shells.enter_context(
                    terminal(desktop, application=application, title=title, box=box)
                )
            if case == "sway":
                yield Bench(SwayWindows(desktop.environ), desktop.kill)
            else:
                listed = ToplevelWindows(desktop.environ)
                yield Bench(listed, desktop.kill, knows_places=False)
        return
    if case == "tmux":
        with tmux_server() as panes, panes.attached("new-session", named(*FORM[:2])):
            panes.tmux("split-window", named(*TOOL[:2]))
            way = TmuxWindows(panes.environ)
            wanted = {FORM[:2], TOOL[:2]}
            until(lambda: {_words(seen) for seen in way.visible() or ()} == wanted)
            yield Bench(way, panes.kill, knows_places=False)
        return
    with xvfb((640, 480)) as server, ExitStack() as stack:
        if case == "x11-openbox":
            stack.enter_context(window_manager(server))
        for application, title, box in (FORM, TOOL):
            opened = stack.enter_context(
                window(server, application=application, title=title, box=box)
            )
        opened.focus()
        yield Bench(X11Windows(server.environ), server.kill)


@contextmanager
def _played(kind: str, folder: Path) -> Iterator[Bench]:
    """Yield the bench of a way whose desktop is not there but played."""
    if kind == "fake":
        fake = FakeWindows((Window(*FORM), Window(*TOOL)))

        def go_blind() -> None:
            fake.is_blind = True

        yield Bench(fake, go_blind)
        return
    if kind == "hyprland":
        hyprctl = FakeHyprctl(folder)
        hyprctl.show(client(*FORM), client(*TOOL))
        yield Bench(HyprlandWindows(hyprctl.environ), hyprctl.kill)
        return
    with private_bus(folder) as bus, ExitStack() as stack:
        environ = {**bus.environ, "WAYLAND_DISPLAY": "/nonexistent/wayland-0"}
        if kind == "gnome":
            gnome = stack.enter_context(FakeGnome(bus.address))
            gnome.said = [shown(*FORM[:2]), shown(*TOOL[:2], focus=True)]
            yield Bench(GnomeWindows(environ), bus.kill, knows_places=False)
        else:
            kwin = stack.enter_context(FakeKWin(bus.address))
            kwin.said = [said(*TOOL, order=2, is_active=True), said(*FORM, order=1)]
            yield Bench(KWinWindows(environ, clock=SystemClock()), bus.kill)


def _words(window: Window) -> tuple[str, str]:
    return window.application, window.title
