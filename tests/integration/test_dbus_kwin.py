"""Windows on KDE Plasma, by scripts on a private bus, and what may be wrong with them."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dbus import PrivateBus, Service, private_bus
from tests.support.fake_kwin import FakeKWin
from tests.support.fake_kwin import said as window_said
from tests.support.fake_portal import FakePortal, picture
from tests.support.sway import sway
from tests.support.until import until
from worklog.app.ports import Box, Window
from worklog.capture.bus import Bus, BusGoneError
from worklog.capture.kwin_windows import MISSING, SILENT, KWinWindows
from worklog.capture.select import survey, ways
from worklog.clock import SystemClock

CLOCK = SystemClock()
TWO = ("resolution 640x400 position 0 0", "resolution 800x600 position 640 0 scale 2")


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as bus:
        yield bus


@pytest.fixture
def kwin(bus: PrivateBus) -> Iterator[FakeKWin]:
    with FakeKWin(bus.address) as kwin:
        yield kwin


@pytest.fixture
def way(bus: PrivateBus, tmp_path: Path) -> KWinWindows:
    return KWinWindows(environ_of(bus, tmp_path), clock=CLOCK)


def environ_of(bus: PrivateBus, folder: Path) -> dict[str, str]:
    (folder / "run").mkdir(exist_ok=True)
    return {
        **bus.environ,
        "WAYLAND_DISPLAY": "/nonexistent/wayland-0",
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "PATH": "/nonexistent",
    }


def test_r29_what_is_not_elsewhere_may_be_visible(kwin: FakeKWin, way: KWinWindows) -> None:
    kwin.said = [
        window_said("firefox", "Uppermost", Box(1, 2, 30, 40), order=9, is_active=True),
        window_said("keepassxc", "Minimised", is_elsewhere=True, order=4),
        window_said("org.kde.dolphin", "Home", order=2),
        {"title": 7, "is_elsewhere": None, "order": "x", "x": "left"},
    ]

    assert way.visible() == (
        Window("", ""),
        Window("Dolphin", "Home", Box(0, 0, 10, 10)),
        Window("Firefox", "Uppermost", Box(1, 2, 30, 40)),
    )
    assert way.active() == Window("Firefox", "Uppermost", Box(1, 2, 30, 40))
    assert way.attention() == Box(1, 2, 30, 40)


def test_without_an_active_window_none_is_active(kwin: FakeKWin, way: KWinWindows) -> None:
    kwin.said = [window_said("firefox", "A page")]

    assert way.active() is None
    assert way.attention() is None


def test_nothing_of_the_script_stays(kwin: FakeKWin, way: KWinWindows, tmp_path: Path) -> None:
    for is_silent in (False, True):
        kwin.is_silent = is_silent
        way.visible()

    assert [file.parent for file in kwin.files] == [tmp_path / "run"] * 2
    assert not any(file.exists() for file in kwin.files)
    assert kwin.loaded == {}


def test_the_script_can_be_read_by_this_user_alone(kwin: FakeKWin, way: KWinWindows) -> None:
    way.visible()

    assert kwin.modes == [0o600]


def test_before_plasma_5_24_scripts_were_elsewhere(kwin: FakeKWin, way: KWinWindows) -> None:
    kwin.root = "/"
    kwin.said = [window_said("firefox", "A page")]

    assert way.visible() == (Window("Firefox", "A page", Box(0, 0, 10, 10)),)


def test_another_program_cannot_answer_for_kwin(
    bus: PrivateBus, kwin: FakeKWin, way: KWinWindows
) -> None:
    """T24: even one that has read the script; and KWin is not believed without its word."""
    kwin.is_silent = True
    found: list[tuple[Window, ...] | None] = []
    with Service(bus.address, methods={}) as stranger:
        thread = threading.Thread(target=lambda: found.append(way.visible()))
        thread.start()
        while thread.is_alive():
            kwin.answers_as(stranger)
            kwin.answers_as(kwin.service, token="guessed")
            thread.join(0.05)

    assert found == [None]


@pytest.mark.parametrize("said", ["no JSON", "{}", ""])
def test_what_is_no_list_is_said_as_such(kwin: FakeKWin, way: KWinWindows, said: str) -> None:
    kwin.said = said

    assert way.unavailable_reason() == SILENT
    assert way.visible() is None


def test_the_reason_names_what_is_missing(bus: PrivateBus, way: KWinWindows) -> None:
    assert way.unavailable_reason() == MISSING
    assert way.visible() is None
    with FakeKWin(bus.address) as kwin:
        assert way.unavailable_reason() is None
        kwin.is_silent = True
        assert way.unavailable_reason() == SILENT
        kwin.root = "/elsewhere/"
        assert way.unavailable_reason() == SILENT
    with bus.frozen():
        assert way.unavailable_reason() == "the session bus does not answer"
    assert "WAYLAND_DISPLAY is not set" in str(KWinWindows({}, clock=CLOCK).unavailable_reason())
    assert KWinWindows({}, clock=CLOCK).visible() is None


def test_f41_a_bus_that_dies_under_the_script_is_not_waited_for(
    bus: PrivateBus, kwin: FakeKWin, way: KWinWindows
) -> None:
    kwin.is_silent = True
    kwin.on_run = bus.kill

    assert way.visible() is None
    assert not any(file.exists() for file in kwin.files)


def test_r4_on_plasma_the_active_monitor_is_the_one_with_the_active_window(
    bus: PrivateBus, kwin: FakeKWin, tmp_path: Path
) -> None:
    kwin.said = [window_said("firefox", "A page", Box(700, 20, 120, 80), is_active=True)]

    with sway(*TWO) as desktop, FakePortal(bus.address, tmp_path) as portal:
        portal.data = picture((1040, 400))
        environ = environ_of(bus, tmp_path)
        environ["WAYLAND_DISPLAY"] = desktop.environ["WAYLAND_DISPLAY"]
        chosen = ways(environ, clock=CLOCK, stream=io.StringIO(), wanted={"screen": "portal"})
        assert chosen.screen is not None
        frames = chosen.screen.grab(active_only=True)

    assert [frame.box for frame in frames] == [Box(640, 0, 400, 300)]


@pytest.mark.usefixtures("kwin")
def test_doctor_lists_it(bus: PrivateBus, tmp_path: Path) -> None:
    environ = environ_of(bus, tmp_path)

    rows = [row for row in survey(environ, clock=CLOCK, stream=io.StringIO()) if row.works]

    assert ("window", "kwin") in [(row.port, row.way) for row in rows]


def test_a_call_is_heard_once_and_answered(bus: PrivateBus) -> None:
    called = Bus(bus.address, limit_s=lambda: 2.0)
    with FakeKWin(bus.address) as kwin:
        kwin.loaded = {"x": f'callDBus("{called.name}", "/", "", "windows", "word"'}
        kwin.answers_as(kwin.service)
        (heard,) = until(called.calls)

    assert (heard.member, heard.body) == ("windows", ("word", "[]"))
    assert called.calls() == []
    called.close()


def test_f41_a_bus_that_hung_up_has_no_calls(bus: PrivateBus) -> None:
    called = Bus(bus.address, limit_s=lambda: 2.0)
    bus.kill()

    with pytest.raises(BusGoneError):
        until(called.calls)
