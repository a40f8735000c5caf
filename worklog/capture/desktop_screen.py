"""Screenshots on macOS and Windows through mss: one way for both, as only the desktops differ."""

from __future__ import annotations

from typing import Final, Protocol

from worklog.app.ports import Frame
from worklog.capture import mss_frames
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

HINT: Final = "Run `worklog doctor` for what would help."


class Desktop(Protocol):
    """What a picture needs to know of the desktop before it is taken."""

    name: str

    def refusal(self) -> str | None:
        """Return why there is no desktop here to picture, or None."""
        ...

    def denial(self) -> str | None:
        """Return which permission is missing, or None; never makes the system ask for it."""
        ...

    def attention(self) -> tuple[int, int]:
        """Return a point where the user is: the active window's middle or the pointer."""
        ...


class DesktopScreen:
    """Takes pictures of the monitors of one desktop."""

    def __init__(self, desktop: Desktop) -> None:
        self.name = f"{desktop.name}-mss"
        self._desktop = desktop

    def unavailable_reason(self) -> str | None:
        """Return why no picture can be taken this way, or None."""
        return self._desktop.refusal() or self._desktop.denial()

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        """Return the pixels of all monitors, or of the one with the active window.

        Raises:
            CaptureUnavailableError: there is no desktop, or its monitors do not hold still.
            CaptureDeniedError: the permission is missing or was withdrawn.
        """
        self._check()
        for _ in range(mss_frames.TRIES):
            frames = mss_frames.grab(self._desktop.attention() if active_only else None)
            # Without the permission macOS hands out the wallpaper, and no error.
            self._check()
            if frames is not None:
                return frames
        msg = f"No screenshot: {mss_frames.RESTLESS}, or the system refused."
        raise CaptureUnavailableError(msg, hint=HINT)

    def _check(self) -> None:
        reason = self._desktop.refusal()
        if reason is not None:
            msg = f"No screenshot: {reason}."
            raise CaptureUnavailableError(msg, hint=HINT)
        denial = self._desktop.denial()
        if denial is not None:
            msg = f"No screenshot: {denial}."
            raise CaptureDeniedError(msg, hint=HINT)
