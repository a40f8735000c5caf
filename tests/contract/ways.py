"""The ways of each port, and what the contract suites hold them to.

A suite takes the parameters of its fixture from here, so nothing can be held to what is
not written down. `tests.support.ways_report` counts what each way kept in a run, and
`tests.support.ways_table` makes the table of the README of that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

LINUX: Final = "linux"
MACOS: Final = "darwin"
WINDOWS: Final = "win32"
FAKE: Final = "fake"
REAL: Final = "real"
PLAYED: Final = "played"
ABSENT: Final = "absent"


@dataclass(frozen=True, slots=True)
class Way:
    """A way that worklog knows.

    Attributes:
        system: As in `sys.platform`.
        port: What it serves.
        name: Its own.
        serves: Where a user has it.
    """

    system: str
    port: str
    name: str
    serves: str


@dataclass(frozen=True, slots=True)
class Stand:
    """What a way is held to in one case of a suite.

    Attributes:
        port: Of the way.
        way: Its name; `fake` is what other tests use in place of one.
        case: Names it in the ids of tests; unique in its suite.
        held_to: What it is held to, for people.
        kind: `real` for the thing itself, `played` for a program of ours that answers as the
            thing is documented to, `absent` where the thing is not there or is broken.
        system: On which it can be held to that, as in `sys.platform`.
    """

    port: str
    way: str
    case: str
    held_to: str
    kind: str
    system: str = LINUX

    def __str__(self) -> str:
        """Return what pytest shows of it."""
        return self.case


def _real(port: str, way: str, case: str, held_to: str, system: str = LINUX) -> Stand:
    return Stand(port, way, case, held_to, REAL, system)


def _played(port: str, way: str, case: str, held_to: str) -> Stand:
    return Stand(port, way, case, held_to, PLAYED)


def _absent(port: str, way: str, case: str, held_to: str, system: str = LINUX) -> Stand:
    return Stand(port, way, case, held_to, ABSENT, system)


_WLROOTS: Final = "sway, Hyprland, river, labwc"

WAYS: Final = (
    Way(LINUX, "screen", "x11-mss", "X11"),
    Way(LINUX, "screen", "grim", _WLROOTS),
    Way(LINUX, "screen", "portal", "GNOME, KDE, other Wayland desktops"),
    Way(LINUX, "screen", "screencast", "the same, where that takes no screenshots"),
    Way(LINUX, "screen", "tmux", "tmux, also over SSH"),
    Way(LINUX, "input", "x11-record", "X11"),
    Way(LINUX, "input", "pynput", "X11"),
    Way(LINUX, "input", "idle-notify", f"{_WLROOTS}, KDE"),
    Way(LINUX, "input", "mutter-idle", "GNOME"),
    Way(LINUX, "input", "terminal", "SSH, tmux, any terminal"),
    Way(LINUX, "window", "x11-ewmh", "X11"),
    Way(LINUX, "window", "sway", "sway"),
    Way(LINUX, "window", "hyprland", "Hyprland"),
    Way(LINUX, "window", "wlr-toplevel", "river, labwc"),
    Way(LINUX, "window", "gnome", "GNOME with Window Calls"),
    Way(LINUX, "window", "kwin", "KDE"),
    Way(LINUX, "window", "tmux", "tmux, also over SSH"),
    Way(LINUX, "presence", "logind", "every desktop"),
    Way(LINUX, "presence", "x11-screen-saver", "X11"),
    Way(LINUX, "presence", "x11-lockers", "X11"),
    Way(LINUX, "presence", "lockers", _WLROOTS),
    Way(LINUX, "notify", "freedesktop", "every desktop"),
    Way(LINUX, "notify", "terminal", "any terminal"),
    Way(LINUX, "camera", "pyav", "every system"),
    Way(MACOS, "screen", "macos-mss", "macOS"),
    Way(MACOS, "input", "macos-counters", "macOS"),
    Way(MACOS, "input", "pynput", "macOS"),
    Way(MACOS, "window", "macos", "macOS"),
    Way(MACOS, "window", "macos-applications", "macOS without Screen Recording"),
    Way(MACOS, "presence", "macos", "macOS"),
    Way(MACOS, "notify", "terminal", "macOS"),
    Way(WINDOWS, "screen", "windows-mss", "Windows"),
    Way(WINDOWS, "input", "pynput", "Windows"),
    Way(WINDOWS, "input", "windows-last-input", "Windows"),
    Way(WINDOWS, "window", "windows", "Windows"),
    Way(WINDOWS, "presence", "windows", "Windows"),
    Way(WINDOWS, "notify", "terminal", "Windows"),
)

SCREEN: Final = (
    _real("screen", "x11-mss", "x11-mss", "Xvfb"),
    _real("screen", "grim", "grim", "sway"),
    _played("screen", "portal", "portal", "a desktop's portal"),
    _real("screen", "screencast", "screencast", "sway, its portal, PipeWire"),
    _real("screen", "tmux", "tmux", "tmux"),
    _played("screen", FAKE, FAKE, "nothing"),
)
INPUT: Final = (
    _real("input", "x11-record", "x11-record", "Xvfb"),
    _real("input", "pynput", "pynput", "Xvfb"),
    _played("input", FAKE, FAKE, "nothing"),
)
ACTIVITY: Final = (
    _real("input", "terminal", "tmux", "tmux"),
    _real("input", "terminal", "ssh", "a terminal"),
    _real("input", "idle-notify", "kde-on-sway", "sway"),
    _played("input", "idle-notify", "ext-idle-1", "a compositor"),
    _played("input", "idle-notify", "ext-idle-2", "a compositor"),
    _played("input", "mutter-idle", "gnome", "Mutter"),
    _played("input", FAKE, FAKE, "nothing"),
)
WINDOW: Final = (
    _real("window", "x11-ewmh", "x11", "Xvfb"),
    _real("window", "x11-ewmh", "x11-openbox", "openbox"),
    _real("window", "sway", "sway", "sway"),
    _real("window", "wlr-toplevel", "wlr-toplevel", "sway"),
    _real("window", "tmux", "tmux", "tmux"),
    _played("window", "hyprland", "hyprland", "Hyprland"),
    _played("window", "gnome", "gnome", "Window Calls"),
    _played("window", "kwin", "kwin", "KWin"),
    _played("window", FAKE, FAKE, "nothing"),
)
PRESENCE: Final = (
    _played("presence", "logind", "logind", "logind"),
    _absent("presence", "logind", "hung-logind", "a logind that hangs"),
    _absent("presence", "logind", "empty-bus", "a bus without it"),
    _absent("presence", "logind", "frozen-bus", "a bus that hangs"),
    _absent("presence", "logind", "no-bus", "no bus"),
    _real("presence", "x11-screen-saver", "x11-screen-saver", "Xvfb"),
    _real("presence", "x11-lockers", "x11-lockers", "processes"),
    _real("presence", "lockers", "lockers", "processes"),
    _played("presence", FAKE, FAKE, "nothing"),
)
NOTIFY: Final = (
    _real("notify", "freedesktop", "dunst", "dunst"),
    _played("notify", "freedesktop", "desktop", "a notification daemon"),
    _absent("notify", "freedesktop", "no-daemon", "a bus without one"),
    _absent("notify", "freedesktop", "no-bus", "no bus"),
    _real("notify", "terminal", "terminal", "a terminal"),
    _absent("notify", "terminal", "file", "a file"),
    _played("notify", FAKE, FAKE, "nothing"),
)
CAMERA: Final = (
    _played("camera", "pyav", "pyav", "a video file"),
    _played("camera", FAKE, FAKE, "nothing"),
)
DESKTOP_SCREEN: Final = (
    _real("screen", "macos-mss", "macos", "macOS", MACOS),
    _real("screen", "windows-mss", "windows", "Windows", WINDOWS),
)
DESKTOP_INPUT: Final = (
    _real("input", "macos-counters", "macos", "macOS", MACOS),
    _real("input", "pynput", "windows", "Windows", WINDOWS),
)
DESKTOP_ACTIVITY: Final = (_real("input", "windows-last-input", "windows", "Windows", WINDOWS),)
DESKTOP_WINDOW: Final = (
    _real("window", "macos", "macos", "macOS", MACOS),
    _real("window", "windows", "windows", "Windows", WINDOWS),
)
DESKTOP_PRESENCE: Final = (
    _real("presence", "macos", "macos", "macOS", MACOS),
    _real("presence", "windows", "windows", "Windows", WINDOWS),
)
DESKTOP_NOTIFY: Final = (
    _absent("notify", "terminal", "macos", "a file", MACOS),
    _absent("notify", "terminal", "windows", "a file", WINDOWS),
)
SUITES: Final[Mapping[str, tuple[Stand, ...]]] = {
    "test_screen_way": SCREEN,
    "test_input_way": INPUT,
    "test_activity_way": ACTIVITY,
    "test_window_way": WINDOW,
    "test_presence_way": PRESENCE,
    "test_notify_way": NOTIFY,
    "test_camera_way": CAMERA,
    "test_desktop_screen": DESKTOP_SCREEN,
    "test_desktop_input": DESKTOP_INPUT,
    "test_desktop_activity": DESKTOP_ACTIVITY,
    "test_desktop_window": DESKTOP_WINDOW,
    "test_desktop_presence": DESKTOP_PRESENCE,
    "test_desktop_notify": DESKTOP_NOTIFY,
}


def here(stands: Iterable[Stand]) -> list[Stand]:
    """Return those of *stands* that this system can be held to."""
    return [stand for stand in stands if stand.system == sys.platform]
