"""Secrets in real windows, read by the real models: covered, or the picture is not kept."""

from __future__ import annotations

import io
import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain

import pytest
from PIL import Image

from tests.support.effort import is_long
from tests.support.secret_sights import ALL, SECRETS, SIZE, Sight, covered, drawn, look
from tests.support.until import until
from tests.support.x11 import python
from worklog.app.capturing import thumbnail_factor
from worklog.app.ports import Box, Frame, SecretBox
from worklog.capture.ocr_secrets import OcrSecretFinder
from worklog.domain.secret_forms import SecretKind
from worklog.errors import CaptureUnavailableError

FEW = (Sight("xterm", "Hack", 9, is_dark=True), Sight("drawn", "LiberationSans-Regular", 12, False))
# What is missed at most of a sheet: one more than was measured for the table of the README.
MISSED, MISSED_IN_SMALL_SERIF = 2, 4
SHORT = ("nothing here", "", "password = hunter2-Xk93mzQ81", "", "nor here")
SIGHT = Sight("drawn", "DejaVuSansMono", 14, is_dark=False)


def read_back(data: bytes) -> set[SecretKind]:
    """Return what the same models still see in a stored picture."""
    with Image.open(io.BytesIO(data)) as picture:
        pixels = picture.convert("RGB")
    frame = Frame(0, Box(0, 0, *pixels.size), pixels.tobytes())
    return {secret.kind for secret in OcrSecretFinder().find(frame)}


def within_thumbnail(box: Box) -> Box:
    """Return the part of *box* that a thumbnail has for itself, without what WebP blends in."""
    factor = thumbnail_factor(SIZE[0])
    middle = (box.top + box.height // 2) // factor
    return Box(box.left // factor + 2, middle, box.width // factor - 4, 1)


def small(lines: tuple[str, ...] = SHORT) -> tuple[Frame, dict[str, Box]]:
    """Return a small picture of *lines*, on a desktop's second monitor."""
    image, places = drawn(SIGHT, lines)
    image = image.crop((0, 0, 400, 120))
    return Frame(1, Box(1000, 50, 400, 120), image.tobytes()), places


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sight", ALL if is_long() else FEW, ids=str)
def test_secrets_on_a_screen_are_covered_in_what_is_stored(sight: Sight) -> None:
    seen = look(sight)

    image, thumbnail = seen.shot.pictures[0].image, seen.shot.pictures[0].thumbnail
    is_hard = sight.font == "LiberationSerif-Regular"
    assert len(seen.missed) <= (MISSED_IN_SMALL_SERIF if is_hard else MISSED), seen.missed
    assert len(seen.lost) <= is_hard, seen.lost
    for line in {"".join(secret) for secret in SECRETS} - set(seen.missed):
        assert covered(thumbnail, within_thumbnail(seen.places[line])), line
    if not seen.missed:
        assert read_back(image) == set()


def test_the_place_of_a_secret_is_told_on_the_desktop_and_holds_it_whole() -> None:
    frame, places = small()

    (secret,) = OcrSecretFinder().find(frame)

    text = places[SHORT[2]]
    assert secret.kind is SecretKind.PASSWORD
    assert secret.box.left <= 1000 + text.left
    assert secret.box.top <= 50 + text.top
    assert secret.box.left + secret.box.width >= 1000 + text.left + text.width
    assert secret.box.top + secret.box.height >= 50 + text.top + text.height


def test_pictures_are_read_where_there_is_no_network() -> None:
    frame, _ = small()
    reader = (sys.executable, "-I", "-m", "worklog.capture.ocr_reader")

    # Only root may do without a namespace of users, which there is none of in a chroot.
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]

    found = OcrSecretFinder(reader=(*alone, *reader)).find(frame)

    assert [secret.kind for secret in found] == [SecretKind.PASSWORD]


def test_the_reading_process_refuses_every_connection() -> None:
    result = python(
        {},
        """
import socket, sys
from worklog.capture.ocr_reader import stay_here
sys.addaudithook(stay_here)
for attempt in (
    lambda: socket.create_connection(("127.0.0.1", 9)),
    lambda: socket.getaddrinfo("localhost", 9),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
):
    try:
        attempt()
    except PermissionError as error:
        print(error)
""",
    )

    assert result.stdout.splitlines() == ["reading a picture needs no network"] * 3


def test_a_picture_that_takes_too_long_is_an_error() -> None:
    frame, _ = small()

    with pytest.raises(CaptureUnavailableError, match=r"took longer than 0\.05 s"):
        OcrSecretFinder(limit_s=0.05).find(frame)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("raise SystemExit(3)", "reading it failed: exit 3"),
        ("raise ValueError('broken')", "reading it failed: ValueError: broken"),
        ("pass", "reading it gave no answer"),
        ("print('[]x')", "reading it gave no answer"),
        ("print('[[\"shoe size\", [0, 0, 1, 1]]]')", "reading it gave no answer"),
        ("print('[[\"IBAN\", [0, 0]]]')", "reading it gave no answer"),
    ],
)
def test_a_reader_that_fails_is_an_error(program: str, message: str) -> None:
    frame, _ = small()
    finder = OcrSecretFinder(reader=(sys.executable, "-I", "-c", program))

    with pytest.raises(CaptureUnavailableError, match=message):
        finder.find(frame)


def test_a_reader_that_cannot_be_started_is_an_error() -> None:
    frame, _ = small()

    with pytest.raises(CaptureUnavailableError, match="no process can be started"):
        OcrSecretFinder(reader=("/nonexistent/python",)).find(frame)


def test_pixels_that_do_not_make_the_picture_are_an_error() -> None:
    with pytest.raises(CaptureUnavailableError, match="reading it failed: ValueError"):
        OcrSecretFinder().find(Frame(0, Box(0, 0, 100, 100), b"too few"))


def test_the_strips_of_a_picture_leave_no_row_to_nobody() -> None:
    from worklog.capture.ocr_reader import OVERLAP, STRIP, strips  # noqa: PLC0415 -- here only

    for height in (1, 64, STRIP, STRIP + 1, 1080, 1440, 2160, 4320):
        found = list(strips(height))

        owned = list(chain.from_iterable(range(first, last) for _, first, last in found))
        assert owned == list(range(height))
        for top, first, last in found:
            assert top == 0 or first - top >= OVERLAP // 2
            assert last == height <= top + STRIP or top + STRIP - last >= OVERLAP // 2


def test_what_is_covered_is_told_from_what_is_not() -> None:
    image, places = drawn(SIGHT, SHORT)
    file = io.BytesIO()
    image.save(file, "WEBP")

    assert not covered(file.getvalue(), places[SHORT[2]])


def ended(reading: Future[tuple[SecretBox, ...]], finder: OcrSecretFinder) -> bool:
    finder.stop()  # nothing, until it has begun
    return reading.done()


def test_a_reading_that_nobody_waits_for_any_more_is_ended() -> None:
    frame, _ = small()
    finder = OcrSecretFinder(reader=(sys.executable, "-I", "-c", "import time; time.sleep(60)"))

    with ThreadPoolExecutor(1) as executor:
        reading = executor.submit(finder.find, frame)
        until(lambda: ended(reading, finder))

        with pytest.raises(CaptureUnavailableError, match="reading it failed: exit -9"):
            reading.result()
