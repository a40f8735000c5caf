"""The screen way of macOS and Windows: real pixels of an X server, on a desktop that is played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.support.fake_macos import FakeMac, listed
from tests.support.fake_windows import FakeWindow, FakeWindowsSystem
from tests.support.x11 import XServer, window, xvfb
from worklog.app.ports import Box
from worklog.capture.desktop_screen import DesktopScreen
from worklog.capture.macos_desktop import MacDesktop
from worklog.capture.windows_desktop import WindowsDesktop
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

GREEN = b"\x00\xff\x00"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[XServer]:
    with (
        xvfb((320, 200)) as server,
        window(server, colour=0x00FF00, box=Box(0, 0, 20, 20)),
    ):
        monkeypatch.setenv("DISPLAY", server.display)  # where mss looks by itself
        yield server


@dataclass
class Doors:
    """A desktop that says *denials* one after the other, the last for good."""

    denials: list[str | None] = field(default_factory=lambda: [None])
    name: str = "played"

    def refusal(self) -> str | None:
        return None

    def denial(self) -> str | None:
        return self.denials.pop(0) if len(self.denials) > 1 else self.denials[0]

    def attention(self) -> tuple[int, int]:
        return 0, 0


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("active_only", [True, False])
def test_pixels_come_from_mss_on_both_systems(*, active_only: bool) -> None:
    mac = FakeMac(shown=[listed("Code", "a.py", Box(0, 0, 10, 10))])
    system = FakeWindowsSystem(shown=[FakeWindow("a.py", "Code.exe", Box(0, 0, 10, 10))])

    for desktop, name in ((MacDesktop(mac), "macos-mss"), (WindowsDesktop(system), "windows-mss")):
        way = DesktopScreen(desktop)
        (frame,) = way.grab(active_only=active_only)

        assert way.name == name
        assert way.unavailable_reason() is None
        assert (frame.monitor, frame.box) == (0, Box(0, 0, 320, 200))
        assert frame.rgb[: 3 * 20] == GREEN * 20


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("denials", [["no"], [None, "no"]])
def test_f47_a_permission_missing_or_taken_away_in_the_middle_gives_no_picture(
    denials: list[str | None],
) -> None:
    """Without it macOS hands out the wallpaper, which must not pass for a screenshot."""
    way = DesktopScreen(Doors([*denials]))

    with pytest.raises(CaptureDeniedError) as caught:
        way.grab(active_only=False)

    assert str(caught.value) == "No screenshot: no."


@pytest.mark.usefixtures("server")
def test_a_permission_that_is_given_later_is_enough() -> None:
    way = DesktopScreen(Doors(["no", None]))

    with pytest.raises(CaptureDeniedError):
        way.grab(active_only=False)

    assert len(way.grab(active_only=True)) == 1


def test_f41_a_desktop_that_went_away_is_said_as_such(
    server: XServer, capfd: pytest.CaptureFixture[str]
) -> None:
    way = DesktopScreen(Doors())
    server.kill()

    for active_only in (True, False):
        with pytest.raises(CaptureUnavailableError) as caught:
            way.grab(active_only=active_only)
        assert "the monitors changed while they were pictured, or the system refused" in str(
            caught.value
        )
    assert capfd.readouterr() == ("", "")


def test_f40_outside_of_a_desktop_nothing_is_tried() -> None:
    for way in (
        DesktopScreen(MacDesktop(FakeMac(state=None, allows_screen=False))),
        DesktopScreen(WindowsDesktop(FakeWindowsSystem(session=0))),
    ):
        assert way.unavailable_reason() is not None
        with pytest.raises(CaptureUnavailableError):
            way.grab(active_only=False)
