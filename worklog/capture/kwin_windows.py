"""Windows on KDE Plasma, by a script that KWin runs for us.

KWin tells no program of the windows of others but its own scripts, and any program of
the user may give it one over the session bus. Ours looks at the windows, calls this
connection with what it saw, and is unloaded at once; it changes nothing.

What is said comes from KWin itself, and with a word that only the script knows: another
program can neither answer for it nor read the answer, which goes to us alone.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from worklog.app.ports import Box, Clock, Window
from worklog.capture.bus import Bus, BusGoneError, CallRefusedError, Remote, session_address
from worklog.capture.json_windows import box_of, parsed, rows, window
from worklog.capture.wayland_session import refusal

NAME: Final = "org.kde.KWin"
LIMIT_S: Final = 1.0  # for each exchange, and for the script to answer [s]
MISSING: Final = "no KWin is running, so this is not KDE Plasma"
SILENT: Final = "KWin did not run the script that lists windows"

_SCRIPTING: Final = Remote(NAME, "/Scripting", "org.kde.kwin.Scripting")
_SCRIPT: Final = "org.kde.kwin.Script"
_PATHS: Final = ("/Scripting/Script{}", "/{}")  # of Plasma 6 and later 5, of earlier 5
_SECOND_NS: Final = 1_000_000_000

# Plasma 6 says windowList, activeWindow and desktops; Plasma 5 clientList, activeClient
# and x11DesktopIds. What cannot be told of a window makes it one that may be visible.
_SOURCE: Final = """
(function () {
    var all = workspace.windowList ? workspace.windowList() : workspace.clientList();
    var active = workspace.activeWindow || workspace.activeClient;
    function isElsewhere(w) {
        try {
            if (w.minimized) { return true; }
            var acts = w.activities || [];
            if (acts.length && acts.indexOf(workspace.currentActivity) < 0) { return true; }
            if (w.onAllDesktops !== false) { return false; }
            var now = workspace.currentDesktopForScreen && w.output
                ? workspace.currentDesktopForScreen(w.output) : workspace.currentDesktop;
            if (w.desktops && w.desktops.length) {
                return w.desktops.every(function (d) { return d.id !== now.id; });
            }
            var ids = w.x11DesktopIds || [];
            return ids.length > 0 && typeof now === "number" && ids.indexOf(now) < 0;
        } catch (error) { return false; }
    }
    var said = [];
    for (var i = 0; i < all.length; i++) {
        var w = all[i], g = w.frameGeometry;
        said.push({
            application: String(w.resourceClass || ""), title: String(w.caption || ""),
            x: g.x, y: g.y, width: g.width, height: g.height,
            order: w.stackingOrder, is_active: w === active, is_elsewhere: isElsewhere(w)
        });
    }
    callDBus(ADDRESS, "/", "", "windows", TOKEN, JSON.stringify(said));
})();
"""


class KWinWindows:
    """Sees the windows of KWin; each look is a script of its own."""

    name = "kwin"

    def __init__(self, environ: Mapping[str, str], *, clock: Clock) -> None:
        self._environ = environ
        self._clock = clock

    def unavailable_reason(self) -> str | None:
        """Return why windows cannot be seen this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            with self._bus() as bus:
                if not bus.has_owner(NAME):
                    return MISSING
                return SILENT if self._asked(bus) is None else None
        except CallRefusedError:
            return SILENT
        except BusGoneError:
            return "the session bus does not answer"

    def active(self) -> Window | None:
        """Return the window that has the keyboard; None without one."""
        return next((_window(row) for row in self._told() or () if row.get("is_active")), None)

    def visible(self) -> tuple[Window, ...] | None:
        """Return the windows on the desktop and activity that are shown, uppermost last."""
        told = self._told()
        if told is None:
            return None
        shown = [row for row in told if row.get("is_elsewhere") is not True]
        return tuple(map(_window, sorted(shown, key=_order)))

    def attention(self) -> Box | None:
        """Return the place of the active window; None without one."""
        active = self.active()
        return None if active is None else active.box

    def _told(self) -> list[Mapping[str, Any]] | None:
        """Return what KWin says of each window; None where nobody can tell."""
        if refusal(self._environ) is not None:
            return None
        try:
            with self._bus() as bus:
                return self._asked(bus)
        except (BusGoneError, CallRefusedError):
            return None

    def _asked(self, bus: Bus) -> list[Mapping[str, Any]] | None:
        token = secrets.token_hex(16)
        name = f"worklog-{token[:8]}"
        source = _SOURCE.replace("ADDRESS", json.dumps(bus.name)).replace("TOKEN", f'"{token}"')
        with self._file(source) as path:
            reply = bus.call(_SCRIPTING, "loadScript", (path, name), takes="ss", returns="i")
            try:
                _run(bus, reply.body[0])
                return self._answer(bus, reply.sender, token)
            finally:
                with suppress(CallRefusedError, BusGoneError):
                    bus.call(_SCRIPTING, "unloadScript", (name,), takes="s")

    def _answer(self, bus: Bus, sender: str, token: str) -> list[Mapping[str, Any]] | None:
        deadline_ns = self._clock.boot_ns() + int(LIMIT_S * _SECOND_NS)
        while (left_ns := deadline_ns - self._clock.boot_ns()) > 0:
            for call in bus.calls():
                if call.sender == sender and call.body[:1] == (token,):
                    said = parsed(str(call.body[-1]).encode(errors="replace"))
                    return rows(said) if isinstance(said, list) else None
            bus.wait(left_ns / _SECOND_NS)
        return None

    @contextmanager
    def _file(self, source: str) -> Iterator[str]:
        """Put the script where only this user reads it, which KWin runs as too."""
        folder = self._environ.get("XDG_RUNTIME_DIR", "")
        place = folder if os.path.isdir(folder) else None  # noqa: PTH112 -- a string is wanted
        with tempfile.NamedTemporaryFile("w", prefix="worklog-", suffix=".js", dir=place) as file:
            file.write(source)
            file.flush()
            yield file.name

    @contextmanager
    def _bus(self) -> Iterator[Bus]:
        bus = Bus(session_address(self._environ), limit_s=lambda: LIMIT_S)
        try:
            yield bus
        finally:
            bus.close()


def _run(bus: Bus, number: int) -> None:
    """Let KWin run the script *number*.

    Raises:
        BusGoneError, CallRefusedError: it did not.
    """
    first, second = (Remote(NAME, path.format(number), _SCRIPT) for path in _PATHS)
    try:
        bus.call(first, "run")
    except CallRefusedError:
        bus.call(second, "run")


def _window(row: Mapping[str, Any]) -> Window:
    box = box_of(*(row.get(edge) for edge in ("x", "y", "width", "height")))
    return window(row.get("application"), row.get("title"), box)


def _order(row: Mapping[str, Any]) -> float:
    order = row.get("order")
    return order if isinstance(order, int | float) else 0
