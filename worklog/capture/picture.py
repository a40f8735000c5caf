"""Pixels to WebP and back, with Pillow.

Pictures carry no metadata: neither what a library would add nor what came in. Whatever
is covered or merged is covered or merged before encoding, so no trace of it is left.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PIL import Image, ImageDraw, ImageStat

from worklog.app.capturing import thumbnail_factor
from worklog.app.ports import Box, EncodedPicture, Frame
from worklog.errors import ConflictError

QUALITY: Final = 60
EFFORT: Final = 2  # Pillow's `method`, 0 to 6: 136 KiB in 94 ms for 1080p
BLANK_BELOW: Final = 1.0  # standard deviation of each channel, of 255 (F46)
FILL: Final = (32, 32, 32)
LARGEST: Final = 16_383  # edge of a WebP picture [px]


class WebpCodec:
    """Encodes frames as WebP."""

    def encode(self, frame: Frame, *, pixelate: int = 0) -> EncodedPicture:
        """Return *frame* as WebP with its thumbnail.

        Raises:
            OSError: the picture is too large for WebP, or libwebp gave up.
        """
        image = _image(frame)
        if pixelate > 1:
            image = _pixelated(image, pixelate)
        return _encoded(image)

    def is_blank(self, frame: Frame) -> bool:
        """Return whether *frame* is one colour, or nearly so."""
        image = _image(frame)
        return max(ImageStat.Stat(image).stddev) < BLANK_BELOW

    def cover(self, frame: Frame, boxes: Sequence[Box]) -> tuple[Frame, int]:
        """Cover *boxes* of the desktop in *frame*; return it and the share covered [‰]."""
        image = _image(frame)
        left, top = frame.box.left, frame.box.top
        inside = [Box(b.left - left, b.top - top, b.width, b.height) for b in boxes]
        permille = _covered(image, inside)
        return (replace(frame, rgb=image.tobytes()) if permille else frame), permille

    def redact(self, image: bytes, boxes: Sequence[Box]) -> tuple[EncodedPicture, int]:
        """Cover *boxes*, or everything without one; return the picture and the share [‰].

        The share is rounded up, so more than half is always above 500.

        Raises:
            ConflictError: *image* is no picture, or no box touches it.
        """
        picture = _opened(image)
        width, height = picture.size
        permille = _covered(picture, boxes or [Box(0, 0, width, height)])
        if permille == 0:
            msg = f"No box touches the picture, which is {width} by {height} pixels."
            raise ConflictError(msg, hint="Give the box as X,Y,WIDTH,HEIGHT in pixels.")
        return _encoded(picture), permille


def _covered(picture: Image.Image, boxes: Sequence[Box]) -> int:
    """Fill *boxes* of *picture*; return the share of it that they take [‰], rounded up."""
    width, height = picture.size
    cover = Image.new("L", picture.size)
    draw = ImageDraw.Draw(cover)
    for box in boxes:
        left, top = max(0, box.left), max(0, box.top)
        right = min(width, box.left + box.width) - 1
        bottom = min(height, box.top + box.height) - 1
        if left <= right and top <= bottom:
            draw.rectangle((left, top, right, bottom), fill=255)
    picture.paste(FILL, (0, 0, width, height), cover)
    return -(-cover.histogram()[255] * 1000 // (width * height))


def _image(frame: Frame) -> Image.Image:
    return Image.frombytes("RGB", (frame.box.width, frame.box.height), frame.rgb)


def _pixelated(image: Image.Image, edge: int) -> Image.Image:
    """Return *image* with blocks of *edge* [px] merged to their mean."""
    width, height = image.size
    small = image.reduce(edge)
    whole = small.resize((small.width * edge, small.height * edge), Image.Resampling.NEAREST)
    return whole.crop((0, 0, width, height))


def _encoded(image: Image.Image) -> EncodedPicture:
    if max(image.size) > LARGEST:
        msg = f"{image.width} by {image.height} pixels are more than a WebP file can hold"
        raise OSError(msg)
    factor = thumbnail_factor(image.width)
    thumbnail = image.reduce(factor) if factor > 1 else image
    return EncodedPicture(_webp(image), _webp(thumbnail), image.width, image.height)


def _webp(image: Image.Image) -> bytes:
    file = io.BytesIO()
    try:
        image.save(file, "WEBP", quality=QUALITY, method=EFFORT, exif=b"", xmp=b"", icc_profile=b"")
    except ValueError as error:  # what Pillow says when libwebp found no memory
        msg = f"the picture could not be encoded: {error}"
        raise OSError(msg) from error
    return file.getvalue()


def _opened(image: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(image), formats=("WEBP",)) as picture:
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        msg = "The stored picture cannot be read."
        raise ConflictError(msg, hint="Run `worklog check --pictures`.") from error
