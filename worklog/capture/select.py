"""Which way serves each port here, and why the others do not.

Ways are tried best first, and a way's module is imported only when it is tried, so a
machine without a display loads none of the X11 ones. Degraded is said, never silent:
what `ways` passed over stands in its rows, and `survey` looks at all for `doctor`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any, Final, TextIO, cast

from worklog.app.ports import (
    Box,
    CaptureWay,
    Clock,
    InputWay,
    NotifyWay,
    PresenceWay,
    ScreenWay,
    WindowWay,
)
from worklog.capture import wayland_session
from worklog.capture.terminal_session import advice as terminal_advice
from worklog.capture.x11_session import advice, refusal
from worklog.places import places

_PORTAL_FIX: Final = (
    "Install the portal of your desktop: `apt install xdg-desktop-portal-gnome`, or -kde."
)
_SCREENCAST_FIX: Final = (
    "Install what takes a frame (`apt install gstreamer1.0-tools gstreamer1.0-pipewire "
    "gstreamer1.0-plugins-base gstreamer1.0-plugins-good`); the portals of GNOME, KDE and wlroots "
    "show their screen."
)
_GNOME_FIX: Final = (
    "On GNOME install the extension Window Calls "
    "(https://extensions.gnome.org/extension/4724/); without it no rule can be held "
    "against a window, so no picture is taken."
)
PORTS: Final = ("screen", "input", "window", "presence", "notify")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way that might serve a port.

    Attributes:
        port: Which one.
        name: Of the way, as in config and `doctor`.
        build: Makes it; ImportError where its library is missing.
        fix: What would make it work, in the imperative.
    """

    port: str
    name: str
    build: Callable[[], CaptureWay]
    fix: str


@dataclass(frozen=True, slots=True)
class Row:
    """What was found out about one way: a line of `worklog doctor`.

    Attributes:
        port: `screen`, `input`, `window`, `presence` or `notify`.
        way: Its name.
        reason: Why it cannot serve; None if it can.
        fix: What the user can do about that, or has to do before a way that works is
            first used; else empty.
    """

    port: str
    way: str
    reason: str | None
    fix: str = ""

    @property
    def works(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Ways:
    """The chosen way of each port, None where none works.

    Attributes:
        rows: What was tried on the way there, best first.
    """

    screen: ScreenWay | None
    input: InputWay | None
    window: WindowWay | None
    presence: PresenceWay | None
    notify: NotifyWay | None
    rows: tuple[Row, ...]

    def missing(self, port: str) -> str | None:
        """Return in one sentence why *port* has no way; None if it has one."""
        tried = [row for row in self.rows if row.port == port]
        if any(row.works for row in tried):
            return None
        return "; ".join(f"{row.way}: {row.reason}" for row in tried) or "no way is known"


def ways(
    environ: Mapping[str, str],
    *,
    clock: Clock,
    stream: TextIO,
    wanted: Mapping[str, str] | None = None,
) -> Ways:
    """Return the first usable way of each port in this session.

    Args:
        environ: The session's variables (`DISPLAY`, `XDG_SESSION_TYPE`, …).
        clock: For the ways that keep time.
        stream: Where the terminal's bell and lines go.
        wanted: Name of a way by port, to use that one and no other.
    """
    listed = candidates(environ, clock=clock, stream=stream)
    if wanted:
        listed = [c for c in listed if wanted.get(c.port, c.name) == c.name]
    return choose(listed)


def choose(listed: Sequence[Candidate]) -> Ways:
    """Return the first usable of *listed* for each port; for presence all that are."""
    rows: list[Row] = []
    chosen: dict[str, Any] = dict.fromkeys(PORTS)
    eyes: list[PresenceWay] = []
    for candidate in listed:
        if chosen[candidate.port] is not None:
            continue
        way, row = _tried(candidate)
        rows.append(row)
        if way is None:
            continue
        if candidate.port == "presence":
            eyes.append(cast("PresenceWay", way))
        else:
            chosen[candidate.port] = way
    if eyes:
        from worklog.capture.presence import AnyPresence  # noqa: PLC0415 -- where one is there

        chosen["presence"] = AnyPresence(eyes)
    return Ways(**chosen, rows=tuple(rows))


def survey(environ: Mapping[str, str], *, clock: Clock, stream: TextIO) -> tuple[Row, ...]:
    """Return a row for every way of every port, usable or not."""
    rows = []
    for candidate in candidates(environ, clock=clock, stream=stream):
        way, row = _tried(candidate)
        remark = getattr(way, "remark", None)
        if remark is not None:
            reason, fix = remark()
            row = replace(row, reason=reason, fix=fix)
        rows.append(row)
        _close(way)
    return tuple(rows)


def in_use(rows: Sequence[Row], wanted: Mapping[str, str]) -> list[Row]:
    """Return those of *rows* by which `ways` would serve: the first of a port, all of presence."""
    chosen: dict[str, Row] = {}
    eyes = [row for row in rows if row.port == "presence" and row.works]
    for row in rows:
        if row.works and row.port != "presence" and wanted.get(row.port, row.way) == row.way:
            chosen.setdefault(row.port, row)
    return [*chosen.values(), *eyes]


def candidates(environ: Mapping[str, str], *, clock: Clock, stream: TextIO) -> list[Candidate]:
    """Return all ways that worklog knows for this system, best first for each port."""
    if sys.platform == "darwin":
        return [*_of_system("macos", lambda: _on_macos(environ)), terminal_lines(stream)]
    if sys.platform == "win32":
        return [*_of_system("windows", lambda: _on_windows(environ)), terminal_lines(stream)]
    wayland = [*_on_wayland(environ, clock), *_on_wayland_buses(environ, clock)]
    desktops = [list(_on_x11(environ)), wayland]
    if wayland_session.is_wayland(environ):
        desktops.reverse()
    return [
        *desktops[0],
        *desktops[1],
        *_on_any(environ, clock, stream),
        *_in_terminals(environ, clock),
    ]


def _of_system(name: str, listed: Callable[[], Iterator[Candidate]]) -> list[Candidate]:
    """Return what is *listed*; where the system lacks one of the calls, ways that say so."""
    try:
        return list(listed())
    except (AttributeError, OSError, ValueError) as error:  # all three are ctypes' own
        reason = f"the system lacks a call: {error}"
        none = cast("CaptureWay", _Refused(name, reason))
        fix = "Tell us with `worklog feedback`, with the version of your system."
        return [Candidate(port, name, lambda: none, fix) for port in PORTS if port != "notify"]


def _on_macos(environ: Mapping[str, str]) -> Iterator[Candidate]:
    from worklog.capture.macos_calls import MacCalls  # noqa: PLC0415 -- on macOS only
    from worklog.capture.macos_ways import on_macos  # noqa: PLC0415 -- likewise

    return on_macos(MacCalls(), environ)


def _on_windows(environ: Mapping[str, str]) -> Iterator[Candidate]:
    from worklog.capture.windows_calls import WindowsCalls  # noqa: PLC0415 -- on Windows only
    from worklog.capture.windows_ways import on_windows  # noqa: PLC0415 -- likewise

    return on_windows(WindowsCalls(), environ)


def _on_wayland(environ: Mapping[str, str], clock: Clock) -> Iterator[Candidate]:
    reason = wayland_session.refusal(environ)

    def grim() -> CaptureWay:
        from worklog.capture.wayland_grim import GrimScreen  # noqa: PLC0415 -- lazy by design

        return GrimScreen(environ, partial(_wayland_attention, environ, clock))

    def idle() -> CaptureWay:
        from worklog.capture.idle_notify import IdleNotifyInput  # noqa: PLC0415 -- lazy by design

        return IdleNotifyInput(environ, clock=clock)

    def sway() -> CaptureWay:
        from worklog.capture.sway_windows import SwayWindows  # noqa: PLC0415 -- lazy by design

        return SwayWindows(environ)

    def hyprland() -> CaptureWay:
        from worklog.capture.hyprland_windows import HyprlandWindows  # noqa: PLC0415 -- lazy

        return HyprlandWindows(environ)

    def toplevels() -> CaptureWay:
        from worklog.capture.toplevel_windows import ToplevelWindows  # noqa: PLC0415 -- lazy

        return ToplevelWindows(environ)

    def lockers() -> CaptureWay:
        from worklog.capture.wayland_lockers import WaylandLockers  # noqa: PLC0415 -- lazy

        return WaylandLockers(environ)

    for port, name, build, fix in (
        (
            "screen",
            "grim",
            grim,
            "Install grim (`apt install grim`); it works on sway, Hyprland and river.",
        ),
        (
            "input",
            "idle-notify",
            idle,
            "Use a compositor with ext-idle-notify: sway, Hyprland, river, KWin.",
        ),
        ("window", "sway", sway, "Start worklog in a terminal of sway."),
        ("window", "hyprland", hyprland, "Start worklog in a terminal of Hyprland."),
        (
            "window",
            "wlr-toplevel",
            toplevels,
            "Use a compositor with wlr-foreign-toplevel-management, as river and labwc.",
        ),
        ("presence", "lockers", lockers, "Mount /proc."),
    ):
        advised = wayland_session.advice(environ, fix)
        yield Candidate(port, name, unless(reason, name, build), advised)


def _on_wayland_buses(environ: Mapping[str, str], clock: Clock) -> Iterator[Candidate]:
    """Return the ways of GNOME and KDE, which speak over the session bus."""
    reason = wayland_session.refusal(environ)

    def portal() -> CaptureWay:
        from worklog.capture.portal_screen import PortalScreen  # noqa: PLC0415 -- lazy by design

        attention = partial(_wayland_attention, environ, clock)
        return PortalScreen(environ, clock=clock, attention=attention)

    def screencast() -> CaptureWay:
        from worklog.capture.restore_token import RestoreToken  # noqa: PLC0415 -- lazy by design
        from worklog.capture.screencast_screen import ScreenCastScreen  # noqa: PLC0415 -- likewise

        attention = partial(_wayland_attention, environ, clock)
        token = RestoreToken(places(environ).screencast_token)
        return ScreenCastScreen(environ, clock=clock, token=token, attention=attention)

    def mutter() -> CaptureWay:
        from worklog.capture.mutter_idle import MutterIdleInput  # noqa: PLC0415 -- lazy by design

        return MutterIdleInput(environ, clock=clock)

    def gnome() -> CaptureWay:
        from worklog.capture.gnome_windows import GnomeWindows  # noqa: PLC0415 -- lazy by design

        return GnomeWindows(environ)

    def kwin() -> CaptureWay:
        from worklog.capture.kwin_windows import KWinWindows  # noqa: PLC0415 -- lazy by design

        return KWinWindows(environ, clock=clock)

    for port, name, build, fix in (
        ("screen", "portal", portal, _PORTAL_FIX),
        ("screen", "screencast", screencast, _SCREENCAST_FIX),
        ("input", "mutter-idle", mutter, "Log in to GNOME."),
        ("window", "gnome", gnome, _GNOME_FIX),
        ("window", "kwin", kwin, "Log in to KDE Plasma."),
    ):
        advised = wayland_session.advice(environ, fix)
        yield Candidate(port, name, unless(reason, name, build), advised)


def _wayland_attention(environ: Mapping[str, str], clock: Clock) -> Box | None:
    """Return where the user is on a Wayland desktop that says so."""
    from worklog.capture.hyprland_windows import HyprlandWindows  # noqa: PLC0415 -- lazy by design
    from worklog.capture.kwin_windows import KWinWindows  # noqa: PLC0415 -- lazy by design
    from worklog.capture.sway_windows import SwayWindows  # noqa: PLC0415 -- lazy by design

    return (
        SwayWindows(environ).attention()
        or HyprlandWindows(environ).attention()
        or KWinWindows(environ, clock=clock).attention()
    )


def _on_x11(environ: Mapping[str, str]) -> Iterator[Candidate]:
    fix = advice(environ)

    def screen() -> CaptureWay:
        from worklog.capture.x11_screen import MssScreen  # noqa: PLC0415 -- lazy by design

        return MssScreen(environ)

    def record() -> CaptureWay:
        from worklog.capture.x11_input import XRecordInput  # noqa: PLC0415 -- lazy by design

        return XRecordInput(environ)

    def window() -> CaptureWay:
        from worklog.capture.x11_window import X11Windows  # noqa: PLC0415 -- lazy by design

        return X11Windows(environ)

    def saver() -> CaptureWay:
        from worklog.capture.x11_presence import X11ScreenSaver  # noqa: PLC0415 -- lazy by design

        return X11ScreenSaver(environ)

    def lockers() -> CaptureWay:
        from worklog.capture.x11_lockers import X11Lockers  # noqa: PLC0415 -- lazy by design

        return X11Lockers(environ)

    yield Candidate("screen", "x11-mss", _in_x11(environ, "x11-mss", screen), fix)
    yield Candidate("input", "x11-record", _in_x11(environ, "x11-record", record), fix)
    yield Candidate("window", "x11-ewmh", _in_x11(environ, "x11-ewmh", window), fix)
    yield Candidate(
        "presence", "x11-screen-saver", _in_x11(environ, "x11-screen-saver", saver), fix
    )
    yield Candidate("presence", "x11-lockers", _in_x11(environ, "x11-lockers", lockers), fix)


def _in_terminals(environ: Mapping[str, str], clock: Clock) -> Iterator[Candidate]:
    fix = terminal_advice(environ)

    def screen() -> CaptureWay:
        from worklog.capture.tmux_screen import TmuxScreen  # noqa: PLC0415 -- lazy by design

        return TmuxScreen(environ)

    def watch() -> CaptureWay:
        from worklog.capture.terminal_input import TerminalInput  # noqa: PLC0415 -- lazy by design

        return TerminalInput(environ, clock=clock)

    def window() -> CaptureWay:
        from worklog.capture.tmux_window import TmuxWindows  # noqa: PLC0415 -- lazy by design

        return TmuxWindows(environ)

    yield Candidate("screen", "tmux", screen, fix)
    yield Candidate("input", "terminal", watch, fix)
    yield Candidate("window", "tmux", window, fix)


def _on_any(environ: Mapping[str, str], clock: Clock, stream: TextIO) -> Iterator[Candidate]:
    def pynput() -> CaptureWay:
        from worklog.capture.pynput_input import PynputInput  # noqa: PLC0415 -- lazy by design

        return PynputInput(environ)

    def logind() -> CaptureWay:
        from worklog.capture.logind_presence import LogindPresence  # noqa: PLC0415 -- lazy by design

        return LogindPresence(clock=clock, environ=environ)

    def freedesktop() -> CaptureWay:
        from worklog.capture.freedesktop_notify import FreedesktopNotify  # noqa: PLC0415 -- lazy

        return FreedesktopNotify(clock=clock, environ=environ)

    install = "Install it with `pip install 'worklog-diary[pynput]'`."
    is_missing = refusal(environ) is None and find_spec("pynput") is None
    yield Candidate("input", "pynput", pynput, install if is_missing else advice(environ))
    yield Candidate(
        "presence", "logind", logind, "Start worklog in your login session, where logind knows it."
    )
    yield Candidate(
        "notify",
        "freedesktop",
        freedesktop,
        "Start a notification daemon, for example dunst, in your login session.",
    )
    yield terminal_lines(stream)


def terminal_lines(stream: TextIO) -> Candidate:
    """Return the way of notices that is left everywhere."""

    def terminal() -> CaptureWay:
        from worklog.capture.terminal_notify import TerminalNotify  # noqa: PLC0415 -- lazy by design

        return TerminalNotify(stream)

    return Candidate("notify", "terminal", terminal, "Start worklog in a terminal.")


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands for a way whose library need not even be loaded to know that it cannot work."""

    name: str
    reason: str

    def unavailable_reason(self) -> str | None:
        return self.reason


def unless(
    reason: str | None, name: str, build: Callable[[], CaptureWay]
) -> Callable[[], CaptureWay]:
    """Return *build*, or where there is a *reason* one that gives nothing but that."""
    return build if reason is None else lambda: cast("CaptureWay", _Refused(name, reason))


def _in_x11(
    environ: Mapping[str, str], name: str, build: Callable[[], CaptureWay]
) -> Callable[[], CaptureWay]:
    return unless(refusal(environ), name, build)


def _tried(candidate: Candidate) -> tuple[CaptureWay | None, Row]:
    """Return the way if it can serve, and what was found out about it."""
    try:
        way = candidate.build()
        reason = way.unavailable_reason()
    except ImportError as error:
        reason = f"{error.name or 'a library'} is not installed"
    else:
        if reason is None:
            return way, Row(candidate.port, candidate.name, None)

        _close(way)
    return None, Row(candidate.port, candidate.name, reason, candidate.fix)


def _close(way: CaptureWay | None) -> None:
    close = getattr(way, "close", None)
    if close is not None:
        close()
