"""`worklog report -o FILE.pdf --thumbnails`: the screenshots of the range, as they are now."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from tests.support.cli import HEIGHT, WIDTH, Desk, picture
from worklog.app.ports import Box, EncodedPicture, Frame
from worklog.capture.picture import WebpCodec
from worklog.domain.contract import Contract
from worklog.domain.part import CaptureState

REPORT = ("report", "2026-11-19", "-c", "acme")
SECRET = (230, 20, 200)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def acme(desk: Desk) -> Contract:
    return desk.contract("acme", client="Acme Ltd", rate=Decimal(60), currency="EUR")


def secret() -> EncodedPicture:
    """Return a picture whose left half nobody may see."""
    whole = Image.new("RGB", (WIDTH, HEIGHT), "white")
    whole.paste(SECRET, (0, 0, WIDTH // 2, HEIGHT))
    return WebpCodec().encode(Frame(0, Box(0, 0, WIDTH, HEIGHT), whole.tobytes()))


def make(desk: Desk, *options: str) -> Path:
    """Make the report without a word beside it; return the file."""
    file = desk.home / "day.pdf"
    desk.ok(*REPORT, "-o", str(file), "--thumbnails", *options)
    return file


def images(file: Path) -> list[Image.Image]:
    """Return every picture in the PDF."""
    folder = file.with_suffix(".images")
    folder.mkdir(exist_ok=True)
    subprocess.run(["pdfimages", "-png", file, folder / "n"], check=True)
    return [Image.open(found).convert("RGB") for found in sorted(folder.iterdir())]


def words(file: Path) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
    )
    return " ".join(done.stdout.split())


def shows(found: Image.Image, colour: tuple[int, int, int]) -> bool:
    """Whether any pixel of *found* is about *colour*."""
    pixels = found.tobytes()
    return any(
        all(abs(pixels[at + band] - colour[band]) < 40 for band in range(3))
        for at in range(0, len(pixels), 3)
    )


def test_the_screenshots_of_the_range_are_there_with_time_and_memo(
    desk: Desk, acme: Contract
) -> None:
    desk.track(acme, "09:00", count=2, picture=picture(1))
    desk.track(acme, "11:00", picture=picture(2), memo="call")

    file = make(desk)

    assert [found.size for found in images(file)] == [(WIDTH, HEIGHT)] * 3
    text = words(file)
    assert "Screenshots 3 pictures" in text
    assert "Thu 19 Nov 2026 09:04 09:14 11:04 fixing bug fixing bug call" in text


def test_without_the_option_there_are_none(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture())
    file = desk.home / "plain.pdf"

    desk.ok(*REPORT, "-o", str(file))

    assert images(file) == []
    assert "Screenshots" not in words(file)


def test_other_days_and_other_contracts_stay_out(desk: Desk, acme: Contract) -> None:
    other = desk.contract("globex", client="Globex Ltd")
    desk.track(other, "10:00", picture=secret(), memo="for globex")
    desk.track(acme, "2026-11-18 09:00", picture=secret(), memo="of yesterday")
    desk.track(acme, "09:00", picture=picture())

    file = make(desk)

    (found,) = images(file)
    assert not shows(found, SECRET)
    assert "globex" not in words(file)
    assert "yesterday" not in words(file)


def test_r21_what_was_covered_is_not_in_the_file(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=secret())
    (before,) = images(make(desk))
    assert shows(before, SECRET)

    desk.ok("redact", "9:00", "--box", f"0,0,{WIDTH // 2 + 8},{HEIGHT}")
    (after,) = images(make(desk))

    assert not shows(after, SECRET)
    assert shows(after, (255, 255, 255))
    assert "09:04 redacted" in words(desk.home / "day.pdf")


def test_r20_what_was_deleted_is_not_in_the_file(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=secret())
    desk.track(acme, "10:00", picture=picture())

    desk.ok("delete", "9:00", "--yes")

    (found,) = images(make(desk))
    assert not shows(found, SECRET)


def test_r29_a_withheld_capture_and_time_by_hand_have_no_picture(
    desk: Desk, acme: Contract
) -> None:
    desk.track(acme, "09:00", state=CaptureState.WITHHELD)
    desk.track(acme, "09:10", picture=picture())
    desk.ok("add", "12:00-12:20", "-m", "call", "-c", "acme")

    assert len(images(make(desk))) == 1


def test_r6_the_camera_is_no_screenshot(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture(), camera=secret())

    (found,) = images(make(desk))

    assert not shows(found, SECRET)


@pytest.mark.parametrize("content", [None, secret().thumbnail], ids=["gone", "changed"])
def test_a_file_that_is_not_what_it_was_is_left_out_and_told(
    desk: Desk, acme: Contract, content: bytes | None
) -> None:
    desk.track(acme, "09:00", picture=picture(1))
    desk.track(acme, "10:00", picture=picture(2))
    (shot,) = desk.json("show", "9:00")["segment"]["captures"]
    thumbnail = Path(shot["thumbnail"])
    thumbnail.unlink()
    if content is not None:
        thumbnail.write_bytes(content)
    file = desk.home / "day.pdf"

    done = desk.run(*REPORT, "-o", str(file), "--thumbnails")

    (found,) = images(file)
    assert not shows(found, SECRET)
    assert (done.status, done.err) == (
        0,
        "worklog: Left out, as they are not on this machine: 1 screenshot.\n",
    )


def test_a_range_without_screenshots_says_so_and_is_a_timesheet_still(
    desk: Desk, acme: Contract
) -> None:
    desk.track(acme, "09:00")
    file = desk.home / "day.pdf"

    done = desk.run(*REPORT, "-o", str(file), "--thumbnails")

    assert (done.status, done.err) == (
        0,
        "worklog: There are no screenshots in this range, so no page of them either.\n",
    )
    assert "Screenshots" not in words(file)
    assert "Total" in words(file)


def test_a_bill_can_have_them_too(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture())

    file = make(desk, "--invoice", "2026-014")

    assert "Invoice 2026-014" in words(file)
    assert len(images(file)) == 1


def test_a_pipe_gets_them_too(desk: Desk, acme: Contract) -> None:
    desk.track(acme, "09:00", picture=picture())
    file = desk.home / "piped.pdf"

    done = subprocess.run(
        [sys.executable, "-m", "worklog", *REPORT, "-f", "pdf", "--thumbnails"],
        env={**os.environ, **desk.environ},
        capture_output=True,
        check=True,
    )

    file.write_bytes(done.stdout)
    assert len(images(file)) == 1


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-o", "{file}.html"),
        ("-o", "{file}.pdf", "-f", "md"),
        ("-o", "{file}.pdf", "--template", "{file}"),
        ("-f", "csv"),
        ("--open",),
    ],
)
def test_only_a_pdf_has_room_for_them(
    desk: Desk, acme: Contract, tmp_path: Path, options: tuple[str, ...]
) -> None:
    desk.track(acme, "09:00", picture=picture())

    refused = desk.run(
        *REPORT, "--thumbnails", *(word.format(file=tmp_path / "sent") for word in options)
    )

    assert (refused.status, refused.out, refused.err.splitlines()) == (
        2,
        "",
        [
            "worklog: Only a PDF has pages for thumbnails.",
            "hint: Name a file: -o week.pdf, and no other format.",
        ],
    )
    assert not list(tmp_path.glob("sent*"))
