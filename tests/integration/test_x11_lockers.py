"""A locked X server, whose locker tells neither logind nor the screen saver."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.until import until
from tests.support.x11 import xvfb
from worklog.app.ports import Presence
from worklog.capture.x11_lockers import X11Lockers
from worklog.capture.x11_presence import X11ScreenSaver

ON_X = {"DISPLAY": ":7"}


def process(folder: Path, name: str, variables: bytes = b"DISPLAY=:7") -> Path:
    """Make what /proc has of a process called *name* with *variables*."""
    made = folder / "7"
    made.mkdir()
    (made / "comm").write_text(f"{name}\n")
    (made / "status").write_text(f"Name:\t{name}\nUid:\t{os.getuid()}\t0\t0\t0\n")
    (made / "environ").write_bytes(variables + b"\0")
    return folder


def test_f45_a_real_i3lock_is_seen_while_it_runs_and_only_on_its_own_display() -> None:
    with xvfb((320, 200)) as server, xvfb((320, 200)) as other:
        lockers, others = X11Lockers(server.environ), X11Lockers(other.environ)
        saver = X11ScreenSaver(server.environ)
        before = lockers.presence()
        locker = subprocess.Popen(["i3lock", "--nofork"], env=dict(server.environ))
        try:
            until(lambda: lockers.presence() is Presence.LOCKED)
            during = (saver.presence(), others.presence())
        finally:
            locker.kill()
            locker.wait()
            saver.close()

        assert lockers.unavailable_reason() is None
        assert before is Presence.PRESENT
        assert during == (Presence.PRESENT, Presence.PRESENT)
        # Its second process, which keeps the window above others, ends a moment later.
        assert until(lambda: lockers.presence() is Presence.PRESENT)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("i3lock", Presence.LOCKED),
        (".i3lock", Presence.LOCKED),
        ("slock", Presence.LOCKED),
        ("xsecurelock", Presence.LOCKED),
        ("xscreensaver", Presence.PRESENT),
        ("light-locker", Presence.PRESENT),
        ("xautolock", Presence.PRESENT),
    ],
)
def test_lockers_that_run_only_while_it_is_locked_are_known_by_name(
    name: str, seen: Presence, tmp_path: Path
) -> None:
    assert X11Lockers(ON_X, processes=process(tmp_path, name)).presence() is seen


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        (b"DISPLAY=:7.0", Presence.LOCKED),
        (b"DISPLAY=unix:7", Presence.LOCKED),
        (b"DISPLAY=:8", Presence.PRESENT),
        (b"HOME=/root", Presence.LOCKED),
    ],
)
def test_a_locker_on_another_display_is_none_of_ours(
    variables: bytes, seen: Presence, tmp_path: Path
) -> None:
    processes = process(tmp_path, "i3lock", variables)

    assert X11Lockers(ON_X, processes=processes).presence() is seen


def test_the_locker_of_another_user_is_none_of_ours(tmp_path: Path) -> None:
    lockers = X11Lockers(ON_X, processes=process(tmp_path, "i3lock"), uid=os.getuid() + 1)

    assert lockers.presence() is Presence.PRESENT


def test_where_nobody_can_look_nothing_is_claimed(tmp_path: Path) -> None:
    lockers = X11Lockers(ON_X, processes=tmp_path / "none")

    assert lockers.unavailable_reason() == "there is no /proc"
    assert lockers.presence() is Presence.UNKNOWN
    assert "DISPLAY is not set" in str(X11Lockers({}).unavailable_reason())
