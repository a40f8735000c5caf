"""Whether the Mac is locked, as the window server's session says.

A session that is not at the desk, after switching users, has nobody before it either. A
screen saver that asks for no password is not seen: no documented call tells of it.
"""

from __future__ import annotations

from worklog.app.ports import Presence
from worklog.capture.macos_api import MacApi, refusal


class MacPresence:
    """Looks at the lock of the session. Implements `worklog.app.ports.PresenceWay`."""

    name = "macos"

    def __init__(self, api: MacApi) -> None:
        self._api = api

    def unavailable_reason(self) -> str | None:
        """Return why nobody can tell here whether the screen is locked, or None."""
        return refusal(self._api)

    def presence(self) -> Presence:
        """Return the state now; `unknown` outside of a desktop's session."""
        try:
            session = self._api.session()
        except OSError:
            session = None
        if session is None:
            return Presence.UNKNOWN
        if session.is_locked or not session.is_on_console:
            return Presence.LOCKED
        return Presence.PRESENT
