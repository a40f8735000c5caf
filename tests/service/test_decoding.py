"""What the decoding child does with one picture, in this process and without its limits."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.service.tracker import png
from worklog.service.decoding import thumbnail_of


@pytest.mark.parametrize(
    ("size", "small"),
    [((10, 10), (10, 10)), ((1920, 1080), (480, 270)), ((300, 9_000), (34, 1_000))],
)
def test_a_thumbnail_fits_its_frame(size: tuple[int, int], small: tuple[int, int]) -> None:
    made = Image.open(io.BytesIO(thumbnail_of(png(size=size), "PNG", size)))

    assert (made.format, made.mode) == ("WEBP", "RGB")
    assert made.size == small


@pytest.mark.parametrize(
    ("data", "kind", "size"),
    [
        (png(), "JPEG", (64, 48)),
        (png(), "PNG", (64, 49)),
        (png()[:-30], "PNG", (64, 48)),
        (b"", "PNG", (1, 1)),
    ],
)
def test_what_is_not_that_picture_is_refused(data: bytes, kind: str, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="it"):
        thumbnail_of(data, kind, size)


def test_a_palette_is_decoded_too() -> None:
    out = io.BytesIO()
    Image.new("P", (40, 40)).save(out, "PNG")

    assert thumbnail_of(out.getvalue(), "PNG", (40, 40)).startswith(b"RIFF")
