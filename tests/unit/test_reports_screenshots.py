"""The pages of screenshots in a PDF, read back with poppler."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image

from tests.support.sheets import ROWS, sheet
from worklog.reports import Report, write
from worklog.reports.pdf_text import Typesetter
from worklog.reports.report import Screenshot

DEJAVU = "/usr/share/fonts/truetype/dejavu"
CHINESE = "\u4fee\u590d\u767b\u5f55\u91cd\u5b9a\u5411"


def jpeg(number: int = 0, *, width: int = 48, height: int = 30) -> bytes:
    stream = io.BytesIO()
    colour = (number % 256, number // 256, 90)
    Image.new("RGB", (width, height), colour).save(stream, "JPEG")
    return stream.getvalue()


def shots(count: int, *, memo: str | None = None) -> tuple[Screenshot, ...]:
    """Return one screenshot of each of the first *count* segments, 77 seconds into it."""
    return tuple(
        Screenshot(
            row.segment.key,
            row.segment.key.slot.start + timedelta(seconds=77),
            row.segment.memo if memo is None else memo,
            jpeg(number),
        )
        for number, row in enumerate(ROWS[:count])
    )


def made(*found: Screenshot) -> bytes:
    return write(replace(sheet("day"), screenshots=found), "pdf")


def pages(pdf: bytes) -> list[str]:
    """Return the words of each page, single spaces between them."""
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return [" ".join(page.split()) for page in done.stdout.decode().rstrip("\f").split("\f")]


def images(pdf: bytes) -> list[tuple[int, int, int]]:
    """Return page, width and height of each picture that is drawn [px]."""
    return [(int(row[0]), int(row[3]), int(row[4])) for row in listed(pdf)]


def listed(pdf: bytes) -> list[list[str]]:
    """Return what poppler says of each picture that is drawn."""
    done = subprocess.run(["pdfimages", "-list", "-"], input=pdf, capture_output=True, check=True)
    return [line.split() for line in done.stdout.decode().splitlines()[2:]]


def test_without_screenshots_there_is_no_page_of_them() -> None:
    content = made()

    assert images(content) == []
    assert not any("Screenshots" in page for page in pages(content))


@pytest.mark.parametrize(("count", "sheets"), [(1, 1), (7, 1), (150, 11)])
def test_every_screenshot_is_on_a_page_after_the_timesheet(count: int, sheets: int) -> None:
    content = made(*shots(count))

    before, *after = pages(content)
    drawn = images(content)
    assert "Total" in before
    assert "Screenshots" not in before
    assert after[0].startswith(f"Screenshots {count} picture")
    assert "times of Europe/Berlin" in after[0]
    assert len(after) == sheets
    assert len(drawn) == count
    assert {page for page, _, _ in drawn} == set(range(2, sheets + 2))
    assert {(width, height) for _, width, height in drawn} == {(48, 30)}


def test_page_numbers_go_on() -> None:
    found = pages(made(*shots(40)))

    assert [page.rsplit("2026", 1)[1].replace(" ", "") for page in found] == [
        f"{number}/{len(found)}" for number in range(1, len(found) + 1)
    ]


def test_a_screenshot_has_its_time_in_the_zone_of_the_report_and_its_memo() -> None:
    first, second = pages(made(*shots(1)))

    assert "Mon 16 Nov 2026 09:01 fixing login redirect" in second
    assert "09:01" not in first


def test_each_day_has_its_heading_again_on_the_next_sheet() -> None:
    _, *found = pages(made(*shots(40)))

    assert len(found) == 3
    # Once above the pictures, once at the foot.
    assert [page.count("Mon 16 Nov 2026") for page in found] == [2, 2, 2]


def test_the_same_report_is_the_same_bytes() -> None:
    assert made(*shots(3)) == made(*shots(3))


def test_what_else_there_is_to_say_stands_beside_the_time() -> None:
    (shot,) = shots(1)

    words = pages(made(replace(shot, monitor=1, is_redacted=True)))[1]

    assert "09:01 monitor 2 \N{MIDDLE DOT} redacted" in words


def test_contracts_are_named_where_there_are_several() -> None:
    one, *_ = shots(1)
    globex = next(row for row in ROWS if row.segment.key.contract != one.key.contract)
    other = replace(one, key=globex.segment.key)

    both, alone = pages(made(one, other)), pages(made(one))

    assert "09:01 Acme site" in both[1]
    assert "Globex" in both[1]
    assert "Acme site" not in alone[1]


def test_no_memo_is_said() -> None:
    assert "no memo" in pages(made(*shots(1, memo="")))[1]


@pytest.mark.parametrize("memo", ["word " * 60, "x" * 400, CHINESE * 30])
def test_a_long_memo_is_cut_to_two_lines(memo: str) -> None:
    words = pages(made(*shots(1, memo=memo)))[1]

    shown = words.split("09:01", 1)[1].split("Timesheet")[0].strip()
    assert shown.endswith("…")
    assert 20 < len(shown) < 100
    assert memo.replace(" ", "").startswith(shown.removesuffix("…").replace(" ", ""))


def test_a_chinese_memo_is_readable() -> None:
    assert CHINESE in pages(made(*shots(1, memo=CHINESE)))[1]


def test_a_memo_without_a_font_is_said_in_the_document() -> None:
    devanagari = "\u0939\u093f\u0928\u094d\u0926\u0940"

    assert "drawn as boxes" in pages(made(*shots(1, memo=devanagari)))[0]


def test_pictures_keep_their_shape_and_tall_ones_stay_in_their_row() -> None:
    one, two, three = shots(3)
    tall = replace(two, image=jpeg(width=30, height=90))
    wide = replace(three, image=jpeg(width=90, height=20))

    content = made(one, tall, wide)

    densities = [
        [float(word) for word in row[12:14]] for row in listed(content)
    ]  # across and down [dpi]
    assert len(densities) == 3
    assert all(across == pytest.approx(down, rel=0.02) for across, down in densities)


def test_a_turned_sheet_has_more_beside_each_other() -> None:
    codes = ("EUR", "USD", "GBP", "CHF", "JPY")
    rows = [
        replace(row, bill=replace(row.bill, currency=codes[number % len(codes)]))
        for number, row in enumerate(ROWS)
    ]
    turned: Report = replace(sheet("day", rows=rows), screenshots=shots(20))

    found = images(write(turned, "pdf"))

    assert len({page for page, _, _ in found}) == 2


# --- Cutting --------------------------------------------------------------------------------


def cut(text: str, width: float, lines: int) -> list[str]:
    laid = Typesetter.find([DEJAVU]).cut(text, width, 10, lines=lines)
    return ["".join(run.text for run in line) for line in laid.lines]


def test_what_fits_is_not_cut() -> None:
    assert cut("one two three", 50, 2) == ["one two", "three"]
    assert cut("", 50, 1) == [""]


def test_what_does_not_fit_ends_in_an_ellipsis_after_as_much_as_goes() -> None:
    assert cut("one two three fourteen", 50, 2) == ["one two", "three fo…"]
    assert cut("one two three four", 50, 1) == ["one tw…"]
    assert cut("wide", 1, 1) == ["…"]


def test_no_letter_is_robbed_of_its_accent() -> None:
    text = "ab" + "e\u0301" * 40

    (line,) = cut(text, 60, 1)

    assert line.endswith("e\u0301…")
