"""Pictures through a portal that is not played: xdg-desktop-portal with its part for wlroots."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.dbus import private_bus
from tests.support.portal_stack import SAYS_NO, PortalStack, portal_stack, restless
from tests.support.sway import Sway, sway, terminal
from tests.support.until import until
from worklog.app.ports import Box, Frame
from worklog.capture.bus import Remote, connected
from worklog.capture.restore_token import RestoreToken
from worklog.capture.screencast_screen import Limits, ScreenCastScreen
from worklog.clock import SystemClock
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

COLOUR = bytes.fromhex("1e8757")
STORE = "org.freedesktop.impl.portal.PermissionStore"
GRANTS = Remote(STORE, "/org/freedesktop/impl/portal/PermissionStore", STORE)
UNKNOWN = "148024bf-77da-4554-a451-2290a76ab592"


@pytest.fixture
def desktop() -> Iterator[Sway]:
    with sway() as desktop, restless(desktop):
        yield desktop


@pytest.fixture
def token(tmp_path: Path) -> RestoreToken:
    return RestoreToken(str(tmp_path / "home" / "screencast.token"))


@pytest.fixture
def stack(desktop: Sway, tmp_path: Path) -> Iterator[PortalStack]:
    with private_bus(tmp_path) as bus, portal_stack(bus, desktop, tmp_path) as stack:
        yield stack


def way_of(stack: PortalStack, token: RestoreToken) -> ScreenCastScreen:
    return ScreenCastScreen(stack.environ, clock=SystemClock(), token=token)


def test_a_window_is_on_the_picture_in_its_colour_and_at_its_place(
    desktop: Sway, stack: PortalStack, token: RestoreToken
) -> None:
    """It shares the screen with the other: the right half is its own."""
    box = Box(320, 0, 320, 400)
    way = way_of(stack, token)
    fill = f"printf '\\033]11;#{COLOUR.hex()}\\007\\033[?25l'; sleep 1000"
    with terminal(desktop, command=("sh", "-c", fill)):
        until(lambda: _is_there(way.grab(active_only=True)[0], box), within_s=30)
        (frame,) = way.grab(active_only=True)

    assert (frame.monitor, frame.box) == (0, Box(0, 0, 640, 400))
    assert _is_there(frame, box)


def _is_there(frame: Frame, box: Box) -> bool:
    """Return whether all of *box*, and nothing left of it, is of the colour."""
    down = range(box.top, box.top + box.height)
    inside = {_pixel(frame, x, y) for y in down for x in range(box.left, box.left + box.width)}
    beside = {_pixel(frame, x, y) for y in down for x in range(box.left)}
    return inside == {COLOUR} and COLOUR not in beside


def _pixel(frame: Frame, left: int, top: int) -> bytes:
    at = 3 * (top * frame.box.width + left)
    return frame.rgb[at : at + 3]


def test_a_second_picture_needs_no_question_and_leaves_no_stream(
    stack: PortalStack, token: RestoreToken
) -> None:
    way = way_of(stack, token)

    before = way.unavailable_reason()
    first = way.grab(active_only=False)
    kept = token.read()
    second = way.grab(active_only=False)

    assert before is None
    assert first == second
    assert kept
    assert token.read()
    assert until(lambda: not stack.server.streams())


@pytest.mark.parametrize("worn", ["no-uuid", UNKNOWN])
def test_a_token_that_the_portal_does_not_know_is_replaced(
    stack: PortalStack, token: RestoreToken, worn: str
) -> None:
    token.keep(worn)

    frames = way_of(stack, token).grab(active_only=False)

    assert len(frames) == 1
    assert token.read() not in ("", worn)


def test_a_permission_that_is_taken_back_is_asked_for_again(
    stack: PortalStack, token: RestoreToken
) -> None:
    """As `flatpak permission-remove screencast TOKEN` does."""
    way = way_of(stack, token)
    way.grab(active_only=False)
    first = token.read()
    address = stack.environ["DBUS_SESSION_BUS_ADDRESS"]
    with connected(address, limit_s=5.0) as bus:
        bus.call(GRANTS, "Delete", ("screencast", first), takes="ss")

    frames = way.grab(active_only=False)

    assert len(frames) == 1
    assert token.read() not in ("", first)


def test_r5_a_no_on_the_real_desktop_is_a_denial(
    desktop: Sway, token: RestoreToken, tmp_path: Path
) -> None:
    with (
        private_bus(tmp_path) as bus,
        portal_stack(bus, desktop, tmp_path, chooser=SAYS_NO) as stack,
        pytest.raises(CaptureDeniedError),
    ):
        way_of(stack, token).grab(active_only=False)

    assert token.read() == ""


def test_a_screen_that_stands_still_is_said_as_such(tmp_path: Path, token: RestoreToken) -> None:
    """The portal of wlroots sends a frame when something changes."""
    with (
        sway() as desktop,
        private_bus(tmp_path) as bus,
        portal_stack(bus, desktop, tmp_path) as up,
    ):
        limits = Limits(frame_s=2.0)
        way = ScreenCastScreen(up.environ, clock=SystemClock(), token=token, limits=limits)

        def reason() -> str:
            """Return why there is no picture; empty until the desktop has come to rest."""
            try:
                way.grab(active_only=False)
            except CaptureUnavailableError as error:
                return str(error)
            return ""

        assert until(reason, within_s=20) == (
            "No screenshot: the desktop showed no frame within 2 s."
        )


def test_a_tracker_that_is_killed_leaves_nobody_looking(
    tmp_path: Path, token: RestoreToken
) -> None:
    """What waits for a frame waits on when its stream is gone, so it has a limit of its own."""
    script = (
        "import os, sys\n"
        "from worklog.capture.restore_token import RestoreToken\n"
        "from worklog.capture.screencast_screen import Limits, ScreenCastScreen\n"
        "from worklog.clock import SystemClock\n"
        "token = RestoreToken(sys.argv[1])\n"
        "limits = Limits(frame_s=3.0)\n"
        "way = ScreenCastScreen(os.environ, clock=SystemClock(), token=token, limits=limits)\n"
        "while True: way.grab(active_only=False)\n"
    )
    with (
        sway() as desktop,
        private_bus(tmp_path) as bus,
        portal_stack(bus, desktop, tmp_path) as up,
    ):
        command = [sys.executable, "-c", script, token.path]
        tracker = subprocess.Popen(command, env=up.environ)
        # On a screen that stands still no second frame comes.
        until(token.read, within_s=30)
        child = until(lambda: _stays(tracker.pid), within_s=30)
        tracker.kill()
        tracker.wait()

        assert until(lambda: not Path(f"/proc/{child}").exists())
        assert until(lambda: not up.server.streams())


def _stays(parent: int) -> int | None:
    """Return the child of *parent* that is there for a second; None where there is none."""
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    found = listed.read_text().split()
    with suppress(AssertionError):
        until(lambda: listed.read_text().split() != found, within_s=1)
        return None
    return int(found[0]) if found else None
