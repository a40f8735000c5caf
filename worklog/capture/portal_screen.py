"""Screenshots through the desktop's portal, for Wayland desktops without wlroots' protocols.

GNOME and KDE give pictures to nobody else. The portal pictures the whole desktop, so it
is cut into monitors here, where the compositor says how they lie; each is brought to the
units of the desktop, in which windows are placed too.

Of the portal only `Screenshot` is used: it needs one yes of the user, which the portal
keeps. A ScreenCast with a restore token would keep a stream of the screen open instead.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from worklog.app.ports import Box, Clock, Frame
from worklog.capture.bus import Bus, BusGoneError, CallRefusedError, session_address
from worklog.capture.portal_file import WrongFileError, taken
from worklog.capture.portal_request import HINT, MISSING, NAME, permission, picture_uri, version
from worklog.capture.wayland_outputs import active_output, outputs
from worklog.capture.wayland_session import refusal
from worklog.capture.wayland_wire import Wire, WireError
from worklog.errors import CaptureUnavailableError

if TYPE_CHECKING:
    from PIL import Image

ANSWER_LIMIT_S: Final = 60.0  # for the picture, and whoever has to allow it first [s]
CALL_LIMIT_S: Final = 5.0  # for each exchange; the portal may have to be started [s]
ASK_LIMIT_S: Final = 1.0  # for each exchange of asking for a reason [s]
LARGEST: Final = 80_000_000  # of a picture [px]; three monitors of 5K are 44 million
SILENT: Final = "the session bus does not answer"
ALIKE: Final = "nobody can tell the active monitor from the others"
ADVICE: Final = (
    "Run `worklog preview` once and answer the desktop's question with Allow, before the "
    "tracker has to ask it."
)
DENIED: Final = "the desktop was told to let this program take no pictures"
DENIED_ADVICE: Final = (
    "Allow it in the settings of the desktop, or let it ask again: `flatpak permission-remove "
    "screenshot screenshot`, then `worklog preview`."
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
            raise _unavailable(reason)
        before = self._monitors()
        since_ns = self._clock.now_ms() * 1_000_000
        try:
            with self._bus(CALL_LIMIT_S) as bus:
                uri = picture_uri(bus, clock=self._clock, limit_s=self._limit_s)
        except (BusGoneError, CallRefusedError) as error:
            raise _unavailable(SILENT) from error
        picture = _decoded(taken(uri, self._environ, since_ns=since_ns))
        # Whoever allowed the picture may have done so minutes after it was asked for.
        boxes = before if before == self._monitors() else []
        if active_only:
            return (self._active(picture, boxes),)
        if not _fits(picture, boxes):
            return (_frame(0, Box(0, 0, *picture.size), picture),)
        return tuple(_cut(picture, boxes, number) for number in range(len(boxes)))

    def _active(self, picture: Image.Image, boxes: list[Box]) -> Frame:
        if not _fits(picture, boxes):
            raise _unavailable(ALIKE)
        return _cut(picture, boxes, active_output(boxes, self._attention))

    def _monitors(self) -> list[Box]:
        """Return where the monitors lie; none where the compositor does not say."""
        try:
            with Wire(self._environ) as wire:
                return [output.box for output in outputs(wire)]
        except WireError:
            return []

    def _looked(self) -> tuple[str | None, str | None]:
        """Return why no picture can be taken, and what the user once answered."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason, None
        try:
            with self._bus(ASK_LIMIT_S) as bus:
                if not bus.has_owner(NAME):
                    return (None if bus.can_start(NAME) else MISSING), None
                if version(bus) < 1:
                    return MISSING, None
                return None, permission(bus)
        except CallRefusedError:
            return MISSING, None
        except BusGoneError:
            return SILENT, None

    @contextmanager
    def _bus(self, limit_s: float) -> Iterator[Bus]:
        bus = Bus(session_address(self._environ), limit_s=lambda: limit_s)
        try:
            yield bus
        finally:
            bus.close()


def _decoded(data: bytes) -> Image.Image:
    """Return the picture in *data*.

    Raises:
        WrongFileError: it is broken, or of more pixels than `LARGEST`.
    """
    from PIL import Image  # noqa: PLC0415 -- 20 ms, at the first capture

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height <= LARGEST:
                return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        msg = "the picture of the desktop's portal cannot be read"
        raise WrongFileError(msg) from error
    msg = "the picture of the desktop's portal is too large"
    raise WrongFileError(msg)


def _around(boxes: list[Box]) -> Box:
    """Return the rectangle around all of *boxes*."""
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right = max(box.left + box.width for box in boxes)
    bottom = max(box.top + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _fits(picture: Image.Image, boxes: list[Box]) -> bool:
    """Return whether *picture* is one of the desktop of *boxes*, at whatever scale."""
    if not boxes:
        return False
    whole = _around(boxes)
    across, down = picture.width / whole.width, picture.height / whole.height
    # Scaled sizes are rounded, so the two may differ by that.
    return abs(across - down) * max(whole.width, whole.height) <= max(across, down, 1.0)


def _cut(picture: Image.Image, boxes: list[Box], number: int) -> Frame:
    """Return the monitor *number* out of *picture*, in the units of the desktop."""
    whole, box = _around(boxes), boxes[number]
    left, top = box.left - whole.left, box.top - whole.top
    edges = (left, top, left + box.width, top + box.height)
    if picture.size == (whole.width, whole.height):
        return _frame(number, box, picture.crop(edges))
    from PIL import Image  # noqa: PLC0415 -- loaded already

    scale = picture.width / whole.width
    scaled = (
        left * scale,
        top * scale,
        min(edges[2] * scale, picture.width),
        min(edges[3] * scale, picture.height),
    )
    small = picture.resize((box.width, box.height), Image.Resampling.BOX, box=scaled)
    return _frame(number, box, small)


def _frame(number: int, box: Box, picture: Image.Image) -> Frame:
    return Frame(number, box, picture.tobytes())


def _unavailable(reason: str) -> CaptureUnavailableError:
    msg = f"No screenshot: {reason}."
    return CaptureUnavailableError(msg, hint=HINT)
