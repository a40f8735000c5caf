"""Pictures that the desktop's portal gave: unpacked, cut into monitors, brought to size.

Each monitor is brought to the units of the desktop, in which windows are placed too.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from worklog.app.ports import Box, Frame
from worklog.capture.portal_file import WrongFileError

if TYPE_CHECKING:
    from PIL import Image

LARGEST: Final = 80_000_000  # of a picture [px]; three monitors of 5K are 44 million


def decoded(data: bytes) -> Image.Image:
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


def around(boxes: list[Box]) -> Box:
    """Return the rectangle around all of *boxes*."""
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right = max(box.left + box.width for box in boxes)
    bottom = max(box.top + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def fits(picture: Image.Image, boxes: list[Box]) -> bool:
    """Return whether *picture* is one of the desktop of *boxes*, at whatever scale."""
    if not boxes:
        return False
    whole = around(boxes)
    across, down = picture.width / whole.width, picture.height / whole.height
    # Scaled sizes are rounded, so the two may differ by that.
    return abs(across - down) * max(whole.width, whole.height) <= max(across, down, 1.0)


def cut(picture: Image.Image, boxes: list[Box], number: int) -> Frame:
    """Return the monitor *number* out of *picture*, in the units of the desktop."""
    whole, box = around(boxes), boxes[number]
    left, top = box.left - whole.left, box.top - whole.top
    edges = (left, top, left + box.width, top + box.height)
    if picture.size == (whole.width, whole.height):
        return frame(number, box, picture.crop(edges))
    from PIL import Image  # noqa: PLC0415 -- loaded already

    scale = picture.width / whole.width
    scaled = (
        left * scale,
        top * scale,
        min(edges[2] * scale, picture.width),
        min(edges[3] * scale, picture.height),
    )
    small = picture.resize((box.width, box.height), Image.Resampling.BOX, box=scaled)
    return frame(number, box, small)


def frame(number: int, box: Box, picture: Image.Image) -> Frame:
    """Return *picture* as that of the monitor *number*, which is at *box*."""
    return Frame(number, box, picture.tobytes())
