"""What every `InputWay` promises: run against XRecord, pynput and the fake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contract.promises.input import *  # noqa: F403 -- the tests
from tests.contract.promises.input import Bench
from tests.contract.ways import INPUT
from tests.support.fake_capture import FakeInput
from tests.support.until import until
from tests.support.x11 import XServer, run, window, xdotool, xvfb
from worklog.app.ports import InputWay
from worklog.capture.pynput_input import PynputInput
from worklog.capture.x11_input import XRecordInput


class OnX:
    """Input by xdotool on a real X server."""

    def __init__(self, server: XServer, way: InputWay) -> None:
        self._server = server
        self.way = way

    def keys(self, count: int) -> None:
        xdotool(self._server, "key", "--delay", "0", *["a"] * count)

    def clicks(self, count: int) -> None:
        for button in ("1", "2", "3", "8", "9"):  # left, middle, right, back, forward
            self._click(button, count // 5)
        if count % 5:
            self._click("1", count % 5)

    def notches(self, count: int) -> None:
        for button in ("4", "5", "6", "7"):  # up, down, left, right
            self._click(button, count // 4)
        if count % 4:
            self._click("4", count % 4)

    def hold_a_key(self) -> None:
        """Hold a key until the server has repeated it twenty times."""
        run(self._server, "xset", "r", "rate", "100", "100")
        with window(self._server) as focused:
            focused.focus()
            xdotool(self._server, "keydown", "b")
            presses = 0

            def is_repeated() -> bool:
                nonlocal presses
                presses += focused.key_presses()
                return presses > 20

            until(is_repeated)
            xdotool(self._server, "keyup", "b")

    def move(self, count: int) -> None:
        words = [w for n in range(count) for w in ("mousemove", str(n % 640), str(n % 480))]
        xdotool(self._server, *words)

    def lose_the_display(self) -> None:
        self._server.kill()

    def bring_it_back(self) -> None:
        assert self._server.start()

    def _click(self, button: str, count: int) -> None:
        if count:
            xdotool(self._server, "click", "--delay", "0", "--repeat", str(count), button)


class OnNothing:
    """Input by word of mouth."""

    def __init__(self) -> None:
        self._fake = FakeInput()
        self.way: InputWay = self._fake

    def keys(self, count: int) -> None:
        self._fake.press(count)

    def clicks(self, count: int) -> None:
        self._fake.click(count)

    def notches(self, count: int) -> None:
        self._fake.scroll(count)

    def hold_a_key(self) -> None:
        self._fake.press()

    def move(self, count: int) -> None:
        """Movement is no sign of anything here either."""

    def lose_the_display(self) -> None:
        self._fake.die()
        self._fake.is_dead_for_good = True

    def bring_it_back(self) -> None:
        self._fake.is_dead_for_good = False


@contextmanager
def _bench(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if kind == "fake":
        yield OnNothing()
        return
    with xvfb((640, 480)) as server:
        for name in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("DISPLAY", server.display)  # pynput looks nowhere else
        way: InputWay = (
            XRecordInput(server.environ) if kind == "x11-record" else PynputInput(server.environ)
        )
        yield OnX(server, way)


@pytest.fixture(params=INPUT, ids=str)
def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with _bench(request.param.case, monkeypatch) as bench:
        yield bench
        bench.way.stop()
