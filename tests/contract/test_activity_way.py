"""What an `InputWay` promises that sees activity without counting: terminals, Wayland, GNOME."""

from __future__ import annotations

import os
import pty
import threading
import tty
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.contract.promises.activity import *  # noqa: F403 -- the tests
from tests.contract.promises.activity import Bench
from tests.contract.ways import ACTIVITY
from tests.support.dbus import PrivateBus
from tests.support.fake_capture import FakeInput
from tests.support.fake_compositor import FakeCompositor
from tests.support.fake_mutter import FakeMutter
from tests.support.sway import Sway, sway
from tests.support.tmux import TmuxClient, TmuxServer, named, tmux_server
from worklog.app.ports import InputWay
from worklog.capture.idle_notify import REST_MS, IdleNotifyInput
from worklog.capture.mutter_idle import MutterIdleInput
from worklog.capture.terminal_input import TerminalInput
from worklog.clock import SystemClock


class InTmux:
    """Keys at a terminal that is attached to a real tmux."""

    def __init__(self, server: TmuxServer, stack: ExitStack) -> None:
        self._server = server
        self._stack = stack
        self._client = self._attached("new-session", named("Editor"))
        self.way: InputWay = TerminalInput(server.environ, clock=SystemClock())

    def type(self) -> None:
        self._client.type("a")

    def lose_the_terminal(self) -> None:
        self._client.detach()

    def bring_it_back(self) -> None:
        self._client = self._attached("attach-session")

    def _attached(self, *words: str) -> TmuxClient:
        return self._stack.enter_context(self._server.attached(*words))


class OverSsh:
    """Keys at a terminal with a program that reads them."""

    def __init__(self, folder: str) -> None:
        self._environ = {"PATH": os.environ["PATH"], "TMUX_TMPDIR": folder}
        self.bring_it_back()
        self.way: InputWay = TerminalInput(self._environ, clock=SystemClock())

    def type(self) -> None:
        os.write(self._keyboard, b"a")
        os.read(self._inside, 1)

    def lose_the_terminal(self) -> None:
        # Its name may be another terminal's within the blink of an eye.
        del self._environ["SSH_TTY"]
        self.close()

    def bring_it_back(self) -> None:
        self._keyboard, self._inside = pty.openpty()
        tty.setraw(self._inside)
        self._environ["SSH_TTY"] = os.ttyname(self._inside)

    def close(self) -> None:
        for end in (self._inside, self._keyboard):
            with suppress(OSError):
                os.close(end)


class OnWayland:
    """Keys on a compositor; each after a rest, by which it can be told from the one before."""

    def __init__(self, compositor: Sway | FakeCompositor) -> None:
        self._compositor = compositor
        self.way: InputWay = IdleNotifyInput(compositor.environ, clock=SystemClock())

    def type(self) -> None:
        threading.Event().wait(REST_MS / 1000 + 0.3)
        self._compositor.key()

    def lose_the_terminal(self) -> None:
        self._compositor.kill()

    def bring_it_back(self) -> None:
        self._compositor.start()


class OnGnome:
    """Input that a Mutter on a private bus has seen."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._bus = PrivateBus(folder)
        self._stack = stack
        self._stack.callback(self.lose_the_terminal)
        self.bring_it_back()
        environ = {**self._bus.environ, "WAYLAND_DISPLAY": "/nonexistent/wayland-0"}
        self.way: InputWay = MutterIdleInput(environ, clock=SystemClock())

    def type(self) -> None:
        self._mutter.touch()

    def lose_the_terminal(self) -> None:
        self._mutter.stop()
        self._bus.kill()

    def bring_it_back(self) -> None:
        self._bus.start()
        self._mutter = FakeMutter(self._bus.address, SystemClock())


class OnNothing:
    """Input by word of mouth."""

    def __init__(self) -> None:
        self._fake = FakeInput(counts=False)
        self.way: InputWay = self._fake

    def type(self) -> None:
        self._fake.press()

    def lose_the_terminal(self) -> None:
        self._fake.die()
        self._fake.is_dead_for_good = True

    def bring_it_back(self) -> None:
        self._fake.is_dead_for_good = False


@contextmanager
def _bench(kind: str, folder: str) -> Iterator[Bench]:
    with ExitStack() as stack:
        if kind == "fake":
            yield OnNothing()
        elif kind == "tmux":
            yield InTmux(stack.enter_context(tmux_server()), stack)
        elif kind == "kde-on-sway":
            yield OnWayland(stack.enter_context(sway()))
        elif kind == "gnome":
            yield OnGnome(Path(folder), stack)
        elif kind.startswith("ext-idle"):
            compositor = FakeCompositor(Path(folder), version=int(kind[-1]))
            stack.callback(compositor.kill)
            yield OnWayland(compositor)
        else:
            ssh = OverSsh(folder)
            stack.callback(ssh.close)
            yield ssh


@pytest.fixture(params=ACTIVITY, ids=str)
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    with _bench(request.param.case, str(tmp_path_factory.mktemp("tmux"))) as bench:
        yield bench
        bench.way.stop()
