"""Screenshots on X11 through mss."""

from __future__ import annotations

from collections.abc import Mapping

from worklog.app.ports import Frame
from worklog.capture import mss_frames
from worklog.capture.x11_link import Link, LinkError
from worklog.capture.x11_session import refusal
from worklog.capture.x11_window import attention
from worklog.errors import CaptureUnavailableError


class MssScreen:
    """Takes pictures of the monitors of one X server."""

    name = "x11-mss"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def unavailable_reason(self) -> str | None:
        """Return why no picture can be taken this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            Link(self._environ).close()
        except LinkError as error:
            return str(error)
        return None

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        """Return the pixels of all monitors, or of the one with the active window.

        Raises:
            CaptureUnavailableError: no X server answers, or its monitors do not hold still.
        """
        reason = refusal(self._environ)
        if reason is not None:
            raise _unavailable(reason)
        for _ in range(mss_frames.TRIES):
            try:
                # libxcb waits for ever on a server that stopped: ask first, with patience.
                with Link(self._environ) as link:
                    point = attention(link) if active_only else None
            except LinkError as error:
                raise _unavailable(str(error)) from error
            frames = mss_frames.grab(point, display=self._environ["DISPLAY"])
            if frames is not None:
                return frames
        raise _unavailable(mss_frames.RESTLESS)


def _unavailable(reason: str) -> CaptureUnavailableError:
    msg = f"No screenshot: {reason}."
    return CaptureUnavailableError(msg, hint="Run `worklog doctor` for what would help.")
