"""What WebP files of ours hold, beyond the codec's contract."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image, ImageStat

from tests.support.fake_capture import frame
from worklog.app.ports import Box, Frame
from worklog.capture.memory import release
from worklog.capture.picture import WebpCodec
from worklog.errors import ConflictError


def _chunks(file: bytes) -> list[bytes]:
    """Return the names of a RIFF file's chunks."""
    assert file[:4] == b"RIFF"
    assert file[8:12] == b"WEBP"
    names, at = [], 12
    while at < len(file):
        names.append(file[at : at + 4])
        size = int.from_bytes(file[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return names


def _open(file: bytes) -> Image.Image:
    with Image.open(io.BytesIO(file)) as picture:
        return picture.convert("RGB")


def _noise(width: int, height: int) -> Frame:
    return Frame(0, Box(0, 0, width, height), random.Random(7).randbytes(3 * width * height))


def test_pictures_and_thumbnails_carry_nothing_but_pixels() -> None:
    codec = WebpCodec()
    picture = codec.encode(_noise(1000, 100))
    redacted, _ = codec.redact(picture.image, [Box(0, 0, 10, 10)])

    for file in (picture.image, picture.thumbnail, redacted.image, redacted.thumbnail):
        assert _chunks(file) == [b"VP8 "]


def test_metadata_that_came_in_does_not_go_out_of_a_redaction() -> None:
    exif = Image.Exif()
    exif[0x010E] = "canary"
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(file, "WEBP", exif=exif, xmp=b"canary")
    assert b"canary" in file.getvalue()

    redacted, _ = WebpCodec().redact(file.getvalue(), [Box(0, 0, 4, 4)])

    assert b"canary" not in redacted.image + redacted.thumbnail


def test_a_thumbnail_is_the_picture_made_smaller() -> None:
    picture = WebpCodec().encode(_noise(1920, 1080))

    assert _open(picture.thumbnail).size == (480, 270)
    assert _open(picture.image).size == (1920, 1080)


def test_r21_nothing_of_what_was_covered_can_be_told_from_the_new_file() -> None:
    """Two pictures that differ only below the box become one file."""
    codec = WebpCodec()
    one, other = (Image.new("RGB", (64, 64), "white") for _ in range(2))
    one.paste((255, 0, 0), (8, 8, 24, 24))
    other.paste((0, 0, 255), (8, 8, 24, 24))
    files = []
    for image in (one, other):
        file = io.BytesIO()
        image.save(file, "WEBP", lossless=True)
        files.append(codec.redact(file.getvalue(), [Box(8, 8, 16, 16)]))

    assert files[0] == files[1]
    covered = _open(files[0][0].image).crop((10, 10, 22, 22))
    assert max(highest for _, highest in ImageStat.Stat(covered).extrema) < 60


def test_pixelation_merges_whole_blocks() -> None:
    picture = _open(WebpCodec().encode(_noise(160, 80), pixelate=80).image)

    left, right = picture.getpixel((20, 40)), picture.getpixel((140, 40))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert all(abs(a - 127) < 12 for a in (*left, *right))


@pytest.mark.parametrize(
    ("spot", "is_blank"), [(0, True), (1, True), (8, True), (255, False), (64, False)]
)
def test_f46_a_faint_spot_is_blank_and_a_clear_one_is_not(spot: int, *, is_blank: bool) -> None:
    image = Image.new("RGB", (200, 100))
    image.paste((spot, spot, spot), (0, 0, 10, 10))

    made = Frame(0, Box(0, 0, 200, 100), image.tobytes())

    assert WebpCodec().is_blank(made) is is_blank


def test_a_picture_too_large_for_webp_is_an_oserror_that_the_capture_survives() -> None:
    wall = frame(box=Box(0, 0, 16_384, 1))

    with pytest.raises(OSError, match="16384 by 1"):
        WebpCodec().encode(wall)


def test_a_picture_of_another_kind_or_cut_short_is_refused() -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(file, "PNG")
    whole = WebpCodec().encode(_noise(64, 64)).image

    for junk in (file.getvalue(), whole[: len(whole) // 2], whole[:30]):
        with pytest.raises(ConflictError):
            WebpCodec().redact(junk, [])


def test_memory_can_be_given_back_at_any_time() -> None:
    release()
    release()
