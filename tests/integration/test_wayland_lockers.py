"""A locked sway, which neither its window list nor logind knows of."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.sway import sway
from tests.support.until import until
from worklog.app.ports import Presence
from worklog.capture.wayland_lockers import WaylandLockers

ON_WAYLAND = {"WAYLAND_DISPLAY": "/run/wayland-1"}


def process(folder: Path, name: str, variables: bytes = b"WAYLAND_DISPLAY=/run/wayland-1") -> Path:
    """Make what /proc has of a process called *name* with *variables*."""
    made = folder / "7"
    made.mkdir()
    (made / "comm").write_text(f"{name}\n")
    (made / "status").write_text(f"Name:\t{name}\nUid:\t{os.getuid()}\t0\t0\t0\n")
    (made / "environ").write_bytes(b"HOME=/\0" + variables + b"\0")
    return folder


def test_f45_a_real_swaylock_is_seen_while_it_runs() -> None:
    with sway() as desktop:
        lockers = WaylandLockers(desktop.environ)
        before = lockers.presence()
        locker = subprocess.Popen(
            ["swaylock"], env=desktop.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            until(lambda: lockers.presence() is Presence.LOCKED)
        finally:
            locker.kill()
            locker.wait()

        assert lockers.unavailable_reason() is None
        assert before is Presence.PRESENT
        # Its second process, which asks PAM, ends a moment later.
        assert until(lambda: lockers.presence() is Presence.PRESENT)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("swaylock", Presence.LOCKED),
        (".hyprlock-wrapp", Presence.LOCKED),
        ("waylock", Presence.LOCKED),
        ("gtklock", Presence.LOCKED),
        ("sway", Presence.PRESENT),
        ("bash swaylock", Presence.PRESENT),
    ],
)
def test_lockers_are_known_by_name(name: str, seen: Presence, tmp_path: Path) -> None:
    assert WaylandLockers(ON_WAYLAND, processes=process(tmp_path, name)).presence() is seen


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        (b"WAYLAND_DISPLAY=wayland-1\0XDG_RUNTIME_DIR=/run", Presence.LOCKED),
        (b"WAYLAND_DISPLAY=wayland-2\0XDG_RUNTIME_DIR=/run", Presence.PRESENT),
        (b"WAYLAND_SOCKET=7", Presence.LOCKED),
        (b"\xff\xff=\xff", Presence.LOCKED),
    ],
)
def test_a_locker_on_another_compositor_is_none_of_ours(
    variables: bytes, seen: Presence, tmp_path: Path
) -> None:
    processes = process(tmp_path, "swaylock", variables)

    assert WaylandLockers(ON_WAYLAND, processes=processes).presence() is seen


def test_the_locker_of_another_user_is_none_of_ours(tmp_path: Path) -> None:
    processes = process(tmp_path, "swaylock")

    lockers = WaylandLockers(ON_WAYLAND, processes=processes, uid=os.getuid() + 1)

    assert lockers.presence() is Presence.PRESENT


def test_a_process_that_ended_meanwhile_is_no_locker(tmp_path: Path) -> None:
    (tmp_path / "12").mkdir()

    assert WaylandLockers(ON_WAYLAND, processes=tmp_path).presence() is Presence.PRESENT


def test_where_nobody_can_look_nothing_is_claimed(tmp_path: Path) -> None:
    lockers = WaylandLockers(ON_WAYLAND, processes=tmp_path / "none")

    assert lockers.unavailable_reason() == "there is no /proc"
    assert lockers.presence() is Presence.UNKNOWN
    assert "WAYLAND_DISPLAY is not set" in str(WaylandLockers({}).unavailable_reason())
