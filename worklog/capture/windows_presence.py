"""Whether Windows is locked, as its session services and its screen saver say.

A session that was disconnected, from Remote Desktop or by switching users, has nobody
before it either. Polling needs no window of one's own, and a look costs 0.1 ms or so.
"""

from __future__ import annotations

from worklog.app.ports import Presence
from worklog.capture.windows_api import DISCONNECTED, LOCKED, UNLOCKED, WindowsApi, refusal


class WindowsPresence:
    """Looks at the lock of the session. Implements `worklog.app.ports.PresenceWay`."""

    name = "windows"

    def __init__(self, api: WindowsApi) -> None:
        self._api = api

    def unavailable_reason(self) -> str | None:
        """Return why nobody can tell here whether the screen is locked, or None."""
        reason = refusal(self._api)
        if reason is not None:
            return reason
        if self.presence() is Presence.UNKNOWN:
            return "Windows does not say whether this session is locked"
        return None

    def presence(self) -> Presence:
        """Return `locked` if session or screen saver say so, `unknown` if the session cannot."""
        try:
            if refusal(self._api) is not None:
                return Presence.UNKNOWN
            state = self._api.session_state()
            if self._api.has_screen_saver():
                return Presence.LOCKED
        except OSError:
            return Presence.UNKNOWN
        if state is None:
            return Presence.UNKNOWN
        if state.connection == DISCONNECTED or state.flags == LOCKED:
            return Presence.LOCKED
        return Presence.PRESENT if state.flags == UNLOCKED else Presence.UNKNOWN
