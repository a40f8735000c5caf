"""Screenshots out of the portal's ScreenCast, where a Wayland desktop has no better way.

For each picture a session is opened, one frame of each monitor is taken, and it is closed
again: no stream of the screen is ever kept open between pictures. The user answers once;
a restore token stands for that answer afterwards.

Which stream is which monitor has to be certain, as rules are held against windows by their
places: a stream counts only where the compositor has a monitor too. A portal that sends a
frame only when something changes, as that of wlroots does, gives none of a screen that
stands still.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from worklog.app.ports import Box, Clock, Frame
from worklog.capture.bus import BusGoneError, CallRefusedError, connected, session_address
from worklog.capture.child import ChildError
from worklog.capture.pipewire_frame import frame_of, missing
from worklog.capture.portal_picture import cut, decoded, fits
from worklog.capture.portal_request import (
    ANSWER_LIMIT_S,
    CALL_LIMIT_S,
    SILENT,
    looked,
    unavailable,
)
from worklog.capture.restore_token import RestoreToken
from worklog.capture.screencast_session import MISSING, Cast, Stream, cast, refused
from worklog.capture.wayland_outputs import active_output, monitors
from worklog.capture.wayland_session import refusal
from worklog.capture.wayland_wire import Wire, WireError

if TYPE_CHECKING:
    from PIL import Image

UNPLACED: Final = "nobody can tell which monitors the desktop showed"
UNSHARED: Final = "the active monitor is not among those that you let the desktop show"
ALIKE: Final = "nobody can tell the active monitor from the others"
RESTLESS: Final = "the monitors changed while they were pictured"
ADVICE: Final = (
    "No answer is kept yet. Where this way is in use (`screen.way`), run `worklog preview` once, "
    "share all your monitors and let the desktop remember it, before the tracker has to ask."
)
KEPT: Final = "Your answer is kept in {path}; delete that file to be asked again."


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take.

    Attributes:
        answer_s: The portal, and whoever has to allow it first [s].
        frame_s: A frame: it takes 0.1, and longer when GStreamer first looks at what it has [s].
    """

    answer_s: float = ANSWER_LIMIT_S
    frame_s: float = 10.0


LIMITS: Final = Limits()


class ScreenCastScreen:
    """Takes pictures by letting the desktop's portal show its monitors for a moment.

    Args:
        environ: Of the session.
        clock: For limits.
        token: Stands for what the user once answered.
        attention: Returns the place of the active window; None where nobody can tell.
        limits: Of the waiting.
    """

    name = "screencast"

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        clock: Clock,
        token: RestoreToken,
        attention: Callable[[], Box | None] = lambda: None,
        limits: Limits = LIMITS,
    ) -> None:
        self._environ = environ
        self._clock = clock
        self._token = token
        self._attention = attention
        self._limits = limits

    def unavailable_reason(self) -> str | None:
        """Return why no picture can be taken this way, or None.

        Asks the user nothing and starts no portal: one that is not running yet is believed
        to show its screen.
        """
        return looked(self._environ, refused, missing=MISSING) or missing(self._environ)

    def remark(self) -> tuple[str | None, str]:
        """Return for `doctor` what keeps this way from working, and whether an answer is kept."""
        reason = self.unavailable_reason()
        if reason is not None:
            return reason, ""
        return None, KEPT.format(path=self._token.path) if self._token.read() else ADVICE

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        """Return the pixels of all monitors that are shown, or of the one with the active window.

        Raises:
            CaptureDeniedError: the user or the desktop said no.
            CaptureUnavailableError: no portal answers, or it showed nothing in time; or what it
                showed are not the monitors, or not the active one.
            OSError: the frame is broken, or too large.
        """
        reason = refusal(self._environ)
        if reason is not None:
            raise unavailable(reason)
        address = session_address(self._environ)
        before = self._monitors()
        try:
            with (
                connected(address, limit_s=CALL_LIMIT_S, has_descriptors=True) as bus,
                cast(bus, self._token, clock=self._clock, limit_s=self._limits.answer_s) as shown,
            ):
                placed = _placed(shown.streams, before)
                if active_only:
                    placed = [self._active(placed, before)]
                pictures = [
                    (number, box, self._picture(shown, stream)) for number, box, stream in placed
                ]
        except (BusGoneError, CallRefusedError) as error:
            raise unavailable(SILENT) from error
        except ChildError as error:
            raise unavailable(str(error)) from error
        if self._monitors() != before:
            raise unavailable(RESTLESS)
        return tuple(_framed(number, box, picture) for number, box, picture in pictures)

    def _monitors(self) -> list[Box]:
        """Return where the monitors lie; none where the compositor does not say."""
        try:
            Wire(self._environ).close()
        except WireError as error:
            raise unavailable(str(error)) from error
        return monitors(self._environ)

    def _active(self, placed: list[_Placed], boxes: list[Box]) -> _Placed:
        if not boxes:
            raise unavailable(ALIKE)
        wanted = active_output(boxes, self._attention)
        for number, box, stream in placed:
            if number == wanted:
                return number, box, stream
        raise unavailable(UNSHARED)

    def _picture(self, shown: Cast, stream: Stream) -> Image.Image:
        descriptor = shown.remote()
        try:
            limit_s = self._limits.frame_s
            return decoded(frame_of(descriptor, stream.node, self._environ, limit_s=limit_s))
        finally:
            os.close(descriptor)


_Placed = tuple[int, Box | None, Stream]


def _placed(streams: tuple[Stream, ...], boxes: list[Box]) -> list[_Placed]:
    """Return each stream with the number and the place of its monitor.

    The place is None where there is but one stream and nobody says where anything is.

    Raises:
        CaptureUnavailableError: that is not certain.
    """
    if len(streams) == 1 and len(boxes) <= 1:
        return [(0, boxes[0] if boxes else streams[0].box, streams[0])]
    found = {}
    for stream in streams:
        if stream.box not in boxes or stream.box in found:
            raise unavailable(UNPLACED)
        found[stream.box] = stream
    return [(number, box, found[box]) for number, box in enumerate(boxes) if box in found]


def _framed(number: int, box: Box | None, picture: Image.Image) -> Frame:
    if box is None:
        box = Box(0, 0, *picture.size)
    elif not fits(picture, [box]):
        raise unavailable(UNPLACED)
    return replace(cut(picture, [box], 0), monitor=number)
