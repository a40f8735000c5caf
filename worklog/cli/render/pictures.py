"""Thumbnails in the terminal: two pixels a cell, as the halves of a block.

Needs 24-bit colour and Unicode; where the terminal has neither, one sentence says where
pictures can be seen instead.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from worklog.cli.render.look import Look

INSTEAD: Final = (
    "Pictures need colour and Unicode here; `worklog diary --open` shows them in the browser."
)
_SHAPE: Final = (16, 9)  # frames keep it, whatever the monitor's
_RESET: Final = "\x1b[0m"


def can_show(look: Look) -> bool:
    """Return whether *look* suffices for pictures."""
    return look.colour and look.unicode


def strip(files: Sequence[bytes | None], *, indent: int, width: int, look: Look) -> list[str]:
    """Return the pictures *files* beside each other as painted lines.

    Each is *width* cells wide, with one cell between; None leaves its place empty, and so
    does a file that is no picture any more. Nothing at all where *look* does not suffice.
    """
    if not can_show(look) or width < 2:  # noqa: PLR2004 -- a picture of one cell is none
        return []
    height = round(width * _SHAPE[1] / _SHAPE[0] / 2)
    blocks = [block(file, width, height) if file else None for file in files]
    empty = [" " * width] * height
    return [
        (" " * indent + " ".join((found or empty)[row] for found in blocks)).rstrip(" ")
        for row in range(height)
    ]


def block(file: bytes, width: int, height: int) -> list[str] | None:
    """Return the picture *file* in *width* by *height* cells; None where it cannot be read."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(file)) as opened:
            picture = opened.convert("RGB").resize((width, height * 2), Image.Resampling.BOX)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
    pixels = picture.tobytes()
    return [_row(pixels, row * 2 * width * 3, width) for row in range(height)]


def _row(pixels: bytes, start: int, width: int) -> str:
    """Return the cells of two rows of *pixels* (RGB) from *start* on."""
    text = ""
    before = b""
    for column in range(width):
        upper = start + column * 3
        lower = upper + width * 3
        pair = pixels[upper : upper + 3] + pixels[lower : lower + 3]
        if pair != before:
            r, g, b, r2, g2, b2 = pair
            text += f"\x1b[38;2;{r};{g};{b};48;2;{r2};{g2};{b2}m"
            before = pair
        text += "▀"
    return text + _RESET
