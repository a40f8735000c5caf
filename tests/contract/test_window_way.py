"""What every `WindowWay` promises: X11 with and without a manager, tmux, and the fake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contract.promises.window import *  # noqa: F403 -- the tests
from tests.contract.promises.window import FORM, TOOL, Bench
from tests.support.fake_capture import FakeWindows
from tests.support.tmux import named, tmux_server
from tests.support.until import until
from tests.support.x11 import window, window_manager, xvfb
from worklog.app.ports import Window
from worklog.capture.tmux_window import TmuxWindows
from worklog.capture.x11_window import X11Windows


@pytest.fixture(params=["x11", "x11-openbox", "tmux", "fake"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        fake = FakeWindows((Window(*FORM), Window(*TOOL)))

        def go_blind() -> None:
            fake.is_blind = True

        yield Bench(fake, go_blind)
        return
    if request.param == "tmux":
        with tmux_server() as panes, panes.attached("new-session", named(*FORM[:2])):
            panes.tmux("split-window", named(*TOOL[:2]))
            way = TmuxWindows(panes.environ)
            wanted = {FORM[:2], TOOL[:2]}
            until(lambda: {_words(seen) for seen in way.visible() or ()} == wanted)
            yield Bench(way, panes.kill, knows_places=False)
        return
    with xvfb((640, 480)) as server, ExitStack() as stack:
        if request.param == "x11-openbox":
            stack.enter_context(window_manager(server))
        for application, title, box in (FORM, TOOL):
            shown = stack.enter_context(
                window(server, application=application, title=title, box=box)
            )
        shown.focus()
        yield Bench(X11Windows(server.environ), server.kill)


def _words(window: Window) -> tuple[str, str]:
    return window.application, window.title
