"""Whether the X server's screen saver is on.

A second opinion beside the session's own lock: it knows `xset s`, `xscreensaver` and
blanking by the server, but no locker that covers the screen with a window of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from Xlib.ext import screensaver

from worklog.app.ports import Presence
from worklog.capture.x11_link import Link, LinkError
from worklog.capture.x11_session import refusal

PATIENCE_S: Final = 0.15  # [s]; `presence` may take 0.2
_ON: Final = 1


class X11ScreenSaver:
    """Asks the screen saver extension, over one connection that is kept (0.2 ms a time)."""

    name = "x11-screen-saver"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._link: Link | None = None
        self._opcode = 0

    def unavailable_reason(self) -> str | None:
        """Return why the screen saver cannot be asked, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            self._connect()
        except LinkError as error:
            return str(error)
        return None if self._opcode else "the X server has no MIT-SCREEN-SAVER extension"

    def presence(self) -> Presence:
        """Return `locked` while the saver is on, `unknown` where the server is gone."""
        try:
            link = self._connect()
            if not self._opcode:
                return Presence.UNKNOWN
            info = link.ask(screensaver.QueryInfo, opcode=self._opcode, drawable=link.root)
        except LinkError:
            self.close()
            return Presence.UNKNOWN
        if info is None:
            return Presence.UNKNOWN
        return Presence.LOCKED if info.state == _ON else Presence.PRESENT

    def close(self) -> None:
        """Let the connection go; the next question opens another."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _connect(self) -> Link:
        if self._link is None:
            self._link = Link(self._environ, patience_s=PATIENCE_S)
            self._opcode = self._link.extension(screensaver.extname)
        return self._link
