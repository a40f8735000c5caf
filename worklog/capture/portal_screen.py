"""Screenshots through the desktop's portal, for Wayland desktops without wlroots' protocols.

GNOME and KDE give pictures to nobody else. The portal pictures the whole desktop, so it
is cut into monitors here, where the compositor says how they lie; each is brought to the
units of the desktop, in which windows are placed too.

This is the portal's `Screenshot`: it needs one yes of the user, which the portal keeps, and
may flash or click. Where a portal has none, `screencast_screen` takes a frame of a stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from worklog.app.ports import Box, Clock, Frame
from worklog.capture.bus import Bus, BusGoneError, CallRefusedError, connected, session_address
from worklog.capture.portal_file import taken
from worklog.capture.portal_picture import cut, decoded, fits, frame
from worklog.capture.portal_request import (
    ANSWER_LIMIT_S,
    CALL_LIMIT_S,
    SILENT,
    looked,
    unavailable,
)
from worklog.capture.portal_screenshot import MISSING, permission, picture_uri, version
from worklog.capture.wayland_outputs import active_output, monitors
from worklog.capture.wayland_session import refusal

if TYPE_CHECKING:
    from PIL import Image

ALIKE: Final = "nobody can tell the active monitor from the others"
ADVICE: Final = (
    "Run `worklog preview` once and answer the desktop's question with Allow, before the "
    "tracker has to ask it."
)
DENIED: Final = "the desktop was told to let this program take no pictures"
DENIED_ADVICE: Final = (
    "Allow it in the settings of the desktop, or let it ask again: `flatpak permission-remove "
    "screenshot screenshot`, then `worklog preview`. Or `worklog config set screen.way screencast`."
)


class PortalScreen:
    """Takes pictures of the desktop by asking its portal.

    Args:
        environ: Of the session.
        clock: For limits, and to know an old file from a new one.
        attention: Returns the place of the active window; None where nobody can tell.
        limit_s: For the picture, and whoever has to allow it first [s].
    """

    name = "portal"

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        clock: Clock,
        attention: Callable[[], Box | None] = lambda: None,
        limit_s: float = ANSWER_LIMIT_S,
    ) -> None:
        self._environ = environ
        self._clock = clock
        self._attention = attention
        self._limit_s = limit_s

    def unavailable_reason(self) -> str | None:
        """Return why no picture can be taken this way, or None.

        Asks the user nothing and starts nothing: a portal that is not running yet is
        believed to take pictures.
        """
        return self._looked()[0]

    def remark(self) -> tuple[str | None, str]:
        """Return for `doctor` whether pictures are denied although this way works, and what helps.

        Who is denied still asks: the desktop may have been told otherwise meanwhile, and
        segments shall say that it was no.
        """
        reason, answer = self._looked()
        if reason is not None or answer == "yes":
            return reason, ""
        return (DENIED, DENIED_ADVICE) if answer == "no" else (None, ADVICE)

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        """Return the pixels of all monitors, or of the one with the active window.

        Raises:
            CaptureDeniedError: the user or the desktop said no.
            CaptureUnavailableError: no portal answers, or it gave no picture in time; or
                the active monitor is wanted and cannot be told from the others.
            OSError: the portal named a file that is no new picture, or a broken one.
        """
        reason = refusal(self._environ)
        if reason is not None:
            raise unavailable(reason)
        before = monitors(self._environ)
        since_ns = self._clock.now_ms() * 1_000_000
        try:
            with connected(session_address(self._environ), limit_s=CALL_LIMIT_S) as bus:
                uri = picture_uri(bus, clock=self._clock, limit_s=self._limit_s)
        except (BusGoneError, CallRefusedError) as error:
            raise unavailable(SILENT) from error
        picture = decoded(taken(uri, self._environ, since_ns=since_ns))
        # Whoever allowed the picture may have done so minutes after it was asked for.
        boxes = before if before == monitors(self._environ) else []
        if active_only:
            return (self._active(picture, boxes),)
        if not fits(picture, boxes):
            return (frame(0, Box(0, 0, *picture.size), picture),)
        return tuple(cut(picture, boxes, number) for number in range(len(boxes)))

    def _active(self, picture: Image.Image, boxes: list[Box]) -> Frame:
        if not fits(picture, boxes):
            raise unavailable(ALIKE)
        return cut(picture, boxes, active_output(boxes, self._attention))

    def _looked(self) -> tuple[str | None, str | None]:
        """Return why no picture can be taken, and what the user once answered."""
        answers: list[str | None] = []

        def look(bus: Bus) -> str | None:
            if version(bus) < 1:
                return MISSING
            answers.append(permission(bus))
            return None

        reason = looked(self._environ, look, missing=MISSING)
        return reason, answers[0] if answers else None
