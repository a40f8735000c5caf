"""Windows on GNOME, by its extension on a private bus, and what that may leave out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.dbus import PrivateBus, private_bus
from tests.support.fake_capture import FakeCodec, FakeScreen
from tests.support.fake_gnome import FakeGnome, shown
from worklog.app.capturing import UNSEEN, Capturer
from worklog.app.ports import Window
from worklog.capture.gnome_windows import MISSING, UNREADABLE, GnomeWindows
from worklog.capture.select import survey, ways
from worklog.clock import SystemClock

CLOCK = SystemClock()
AT = datetime(2026, 11, 23, 9, 7, tzinfo=UTC)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as bus:
        yield bus


@pytest.fixture
def gnome(bus: PrivateBus) -> Iterator[FakeGnome]:
    with FakeGnome(bus.address) as gnome:
        yield gnome


@pytest.fixture
def way(bus: PrivateBus) -> GnomeWindows:
    return GnomeWindows(environ_of(bus))


def environ_of(bus: PrivateBus) -> dict[str, str]:
    return {
        **bus.environ,
        "WAYLAND_DISPLAY": "/nonexistent/wayland-0",
        "XDG_RUNTIME_DIR": "/nonexistent",
        "PATH": "/nonexistent",
    }


def test_r29_what_is_not_known_to_be_hidden_may_be_visible(
    gnome: FakeGnome, way: GnomeWindows
) -> None:
    gnome.said = [
        shown("elsewhere", "On another workspace", in_current_workspace=False),
        shown("unknown", "Nobody knows where", in_current_workspace=None),
        shown(None, None, id=8),
        shown("org.gnome.Nautilus", "Home", focus=True),
    ]
    gnome.titles = {8: "A title of its own"}

    assert way.visible() == (
        Window("Unknown", "Nobody knows where"),
        Window("", "A title of its own"),
        Window("Nautilus", "Home"),
    )
    assert way.active() == Window("Nautilus", "Home")


def test_without_a_focused_window_none_is_active(gnome: FakeGnome, way: GnomeWindows) -> None:
    gnome.said = [shown("editor", "a.py")]

    assert way.active() is None


def test_r29_a_title_that_cannot_be_had_withholds_the_picture(
    gnome: FakeGnome, way: GnomeWindows
) -> None:
    """Older versions of the extension give titles one by one, or fail to."""
    gnome.said = [shown("firefox", None)]

    shot = Capturer(FakeScreen(), way, None, FakeCodec()).capture(AT)

    assert way.visible() is None
    assert shot.blocked_by == UNSEEN


def test_a_window_without_a_number_has_no_title(gnome: FakeGnome, way: GnomeWindows) -> None:
    gnome.said = [shown("editor", None, id="seven"), shown("editor", None, id=-1)]

    assert way.visible() == (Window("Editor", ""), Window("Editor", ""))


@pytest.mark.parametrize("said", ["", "no JSON", '{"windows": []}'])
def test_what_is_no_list_is_said_as_such(gnome: FakeGnome, way: GnomeWindows, said: str) -> None:
    gnome.said = said

    assert way.unavailable_reason() == UNREADABLE
    assert way.visible() is None
    assert way.active() is None


def test_the_reason_names_what_is_missing(bus: PrivateBus, way: GnomeWindows) -> None:
    assert way.unavailable_reason() == MISSING
    with FakeGnome(bus.address, has_extension=False):
        assert way.unavailable_reason() == MISSING
        assert way.visible() is None
    with bus.frozen():
        assert way.unavailable_reason() == "the session bus does not answer"
    assert "WAYLAND_DISPLAY is not set" in str(GnomeWindows({}).unavailable_reason())
    assert GnomeWindows({}).visible() is None


def test_doctor_says_that_gnome_needs_an_extension(bus: PrivateBus) -> None:
    without = {row.way: row for row in survey(environ_of(bus), clock=CLOCK, stream=io.StringIO())}
    with FakeGnome(bus.address):
        chosen = ways(environ_of(bus), clock=CLOCK, stream=io.StringIO())

    assert without["gnome"].reason == MISSING
    assert "extensions.gnome.org/extension/4724" in without["gnome"].fix
    assert chosen.window is not None
    assert chosen.window.name == "gnome"
