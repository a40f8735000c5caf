"""What every `PictureCodec` promises: run against WebP and the fake."""

from __future__ import annotations

import pytest

from tests.support.fake_capture import FakeCodec, frame
from worklog.app.ports import Box, PictureCodec
from worklog.capture.picture import WebpCodec
from worklog.errors import ConflictError


@pytest.fixture(params=[WebpCodec, FakeCodec], ids=["webp", "fake"])
def codec(request: pytest.FixtureRequest) -> PictureCodec:
    made: PictureCodec = request.param()
    return made


def test_a_picture_keeps_its_size(codec: PictureCodec) -> None:
    picture = codec.encode(frame(box=Box(30, 40, 50, 20)))

    assert (picture.width, picture.height) == (50, 20)
    assert picture.image
    assert picture.thumbnail


def test_equal_frames_give_equal_files(codec: PictureCodec) -> None:
    assert codec.encode(frame()) == codec.encode(frame())


def test_pixelation_changes_the_picture_but_not_its_size(codec: PictureCodec) -> None:
    plain = codec.encode(frame(box=Box(0, 0, 33, 17)))
    merged = codec.encode(frame(box=Box(0, 0, 33, 17)), pixelate=8)

    assert (merged.width, merged.height) == (33, 17)
    assert merged.image != plain.image


def test_f46_one_colour_is_blank_and_something_is_not(codec: PictureCodec) -> None:
    assert codec.is_blank(frame(colour=0x000000))
    assert codec.is_blank(frame(colour=0x3366FF))
    assert not codec.is_blank(frame())


def test_r21_a_box_is_covered_and_its_share_told(codec: PictureCodec) -> None:
    before = codec.encode(frame(box=Box(0, 0, 40, 20)))

    after, share = codec.redact(before.image, [Box(0, 0, 10, 20)])

    assert share == 250
    assert (after.width, after.height) == (40, 20)
    assert after.image != before.image


def test_r21_overlapping_boxes_are_not_counted_twice(codec: PictureCodec) -> None:
    image = codec.encode(frame(box=Box(0, 0, 40, 20))).image

    _, share = codec.redact(image, [Box(0, 0, 20, 20), Box(0, 0, 20, 20), Box(10, 0, 10, 5)])

    assert share == 500


def test_r17_one_pixel_more_than_half_is_more_than_half(codec: PictureCodec) -> None:
    image = codec.encode(frame(box=Box(0, 0, 200, 100))).image

    _, share = codec.redact(image, [Box(0, 0, 100, 100), Box(100, 0, 1, 1)])

    assert share == 501


def test_r21_without_a_box_all_is_covered(codec: PictureCodec) -> None:
    one, share = codec.redact(codec.encode(frame(box=Box(0, 0, 40, 20))).image, [])
    other, _ = codec.redact(codec.encode(frame(box=Box(0, 0, 40, 20), colour=0xFF0000)).image, [])

    assert share == 1000
    assert one == other


def test_a_box_may_reach_out_of_the_picture(codec: PictureCodec) -> None:
    image = codec.encode(frame(box=Box(0, 0, 40, 20))).image

    _, share = codec.redact(image, [Box(-100, -100, 110, 1000)])

    assert share == 250


def test_r21_boxes_of_the_desktop_are_covered_in_a_frame_and_their_share_told(
    codec: PictureCodec,
) -> None:
    plain = frame(box=Box(100, 50, 40, 20))

    covered, share = codec.cover(plain, [Box(90, 50, 20, 10), Box(100, 55, 10, 5)])

    changed = {at // 3 for at in range(len(plain.rgb)) if plain.rgb[at] != covered.rgb[at]}
    inside = {y * 40 + x for y in range(10) for x in range(10)}
    fill = {covered.rgb[3 * at : 3 * at + 3] for at in inside}
    assert share == 125
    assert covered.box == plain.box
    assert changed <= inside
    assert len(fill) == 1


def test_r21_a_box_that_does_not_touch_the_frame_covers_nothing(codec: PictureCodec) -> None:
    plain = frame(box=Box(100, 50, 40, 20))

    assert codec.cover(plain, [Box(0, 0, 100, 100), Box(140, 50, 10, 10)]) == (plain, 0)


def test_r17_covering_one_pixel_more_than_half_is_more_than_half(codec: PictureCodec) -> None:
    _, share = codec.cover(frame(box=Box(0, 0, 200, 100)), [Box(0, 0, 100, 100), Box(100, 0, 1, 1)])

    assert share == 501


@pytest.mark.parametrize("box", [Box(40, 0, 5, 5), Box(0, 0, 0, 5), Box(3, 3, -4, 2)])
def test_a_box_beside_the_picture_is_refused(codec: PictureCodec, box: Box) -> None:
    image = codec.encode(frame(box=Box(0, 0, 40, 20))).image

    with pytest.raises(ConflictError):
        codec.redact(image, [box])


def test_what_is_no_picture_is_refused(codec: PictureCodec) -> None:
    for junk in (b"", b"junk", b"\x89PNG\r\n\x1a\n" + bytes(100)):
        with pytest.raises(ConflictError):
            codec.redact(junk, [])
