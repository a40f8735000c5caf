"""A PDF, read back with poppler."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.support.sheets import ROWS, changed, late_rows, sheet
from worklog.errors import ConfigInvalidError
from worklog.reports import Report, write
from worklog.reports.pdf_text import Run, Typesetter
from worklog.reports.pdf_writer import write_with
from worklog.reports.report import Letterhead

DEJAVU = "/usr/share/fonts/truetype/dejavu"
DROID = "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"
MEMOS = ["修复登录重定向", "ログインの修正", "로그인 리디렉션", "Исправление входа", "日本 a 한국"]
HEBREW = "תיקון הפניית הכניסה"
ARABIC = "إصلاح تسجيل الدخول"


def text_of(pdf: bytes, *options: str) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", *options, "-", "-"], input=pdf, capture_output=True, check=True
    )
    assert done.stderr == b""
    return done.stdout.decode()


def shown(report: Report) -> str:
    """Return the words of the PDF, single spaces between them."""
    return " ".join(text_of(write(report, "pdf")).split())


def sheets(pdf: bytes) -> list[str]:
    return text_of(pdf).rstrip("\f").split("\f")


def logo() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (400, 100), "#1b6b4a").save(stream, "PNG")
    return stream.getvalue()


def test_it_says_what_the_page_says() -> None:
    words = shown(sheet("contract", "memo", rows=late_rows()))

    assert "Timesheet Mon 16 Nov 2026 to Sun 22 Nov 2026" in words
    assert "26:00 25:49 0:20 0:30 972.30 253.33 Contracts" in words
    assert "Acme Corporation · Relaunch of the web shop 41.67 EUR an hour" in words
    assert "fixing login redirect 10:30 10:35 0:30 437.53" in words
    assert "Total 26:00 25:49 0:20 0:30 972.30 253.33" in words
    assert "Manual time was added by hand." in words
    assert words.replace(" ", "").endswith("20261/1")


def test_sheets_are_numbered_and_the_head_is_repeated() -> None:
    rows = changed(lambda number: {"memo": f"memo {number}"})

    found = sheets(write(sheet("day", "memo", rows=rows), "pdf"))

    assert len(found) > 3
    for number, page in enumerate(found, 1):
        assert "".join(page.split()).endswith(f"2026{number}/{len(found)}")
    assert all("Day > memo" in page for page in found[1:-1])


def test_a_letterhead_stands_above() -> None:
    paper = Letterhead(logo(), ("Ada Berg", "Berlin"), ("Acme Corporation",))

    content = write(replace(sheet("day"), letterhead=paper), "pdf")

    assert "From To Ada Berg Acme Corporation Berlin Timesheet" in " ".join(
        text_of(content).split()
    )
    assert b"/Subtype /Image" in content
    alone = write(replace(sheet("day"), letterhead=replace(paper, logo=b"", sender=())), "pdf")
    assert text_of(alone).split()[:2] == ["To", "Acme"]


@pytest.mark.parametrize(
    "memo",
    ["修复登录重定向", "ログインの修正", "로그인 리디렉션", "Исправление входа", "日本 a 한국"],
)
@pytest.mark.parametrize("eastern", [(), None], ids=["of-the-reader", "of-the-machine"])
def test_letters_of_many_scripts_are_there(memo: str, eastern: tuple[()] | None) -> None:
    setter = Typesetter.find() if eastern is None else Typesetter.find(eastern=eastern)

    content = write_with(sheet("memo", memo=memo), setter)

    assert memo in text_of(content)
    assert not setter.missing


def test_a_font_of_the_machine_for_the_east_is_put_into_the_file() -> None:
    setter = Typesetter.find([DEJAVU], ("/nowhere.ttf", DROID))

    laid = setter.lay_out("a 修复", 200, 10)

    assert laid.lines == ((Run("DejaVuSans", "a "), Run("DroidSansFallbackFull", "修复")),)
    assert b"DroidSansFallback" in write_with(sheet("memo", memo="修复"), setter)


def test_hebrew_reads_from_the_right() -> None:
    setter = Typesetter.find([DEJAVU])

    laid = setter.lay_out(f"{HEBREW} abc 12", 1000, 10)

    assert laid.is_right
    assert laid.lines == ((Run("DejaVuSans", f"abc 12 {HEBREW[::-1]}"),),)
    assert HEBREW in re.sub(
        "[\u202a-\u202e]", "", text_of(write(sheet("memo", memo=HEBREW), "pdf"))
    )


def test_lines_of_hebrew_go_down_and_not_up() -> None:
    laid = Typesetter.find([DEJAVU]).lay_out(HEBREW, 60, 10)

    first, *_ = HEBREW.split()
    assert len(laid.lines) > 1
    assert laid.lines[0][0].text.endswith(first[::-1])


def test_arabic_letters_are_joined() -> None:
    setter = Typesetter.find([DEJAVU])

    (line,) = setter.lay_out(ARABIC, 1000, 10).lines

    assert all("\ufe70" <= char <= "\ufeff" or char == " " for char in line[0].text)
    assert not setter.missing


def test_what_no_font_has_is_a_box_and_is_said() -> None:
    assert "□ Some" not in shown(sheet("memo", memo="plain"))

    words = shown(sheet("memo", memo="हिन्दी"))

    assert "□" in words
    assert "Some characters are drawn as boxes, because no font for them was found." in words
    assert "DejaVu" not in words


def test_without_dejavu_latin_is_left_and_the_document_says_what_helps(tmp_path: Path) -> None:
    setter = Typesetter.find([str(tmp_path)])

    words = " ".join(text_of(write_with(sheet("memo", memo=f"Größe {HEBREW}"), setter)).split())

    assert (setter.plain, setter.strong) == ("Vera", "VeraBd")
    assert "Größe" in words
    assert "The DejaVu fonts, once installed, have letters for most languages." in words


def test_lines_end_after_spaces_and_long_words_anywhere() -> None:
    setter = Typesetter.find([DEJAVU])

    def lines(text: str, width: float) -> list[str]:
        return ["".join(run.text for run in line) for line in setter.lay_out(text, width, 10).lines]

    assert lines("one two three", 50) == ["one two", "three"]
    assert "".join(lines("x" * 100, 40)) == "x" * 100
    assert lines("修复登录", 25) == ["修复", "登录"]
    assert lines("", 40) == lines("   ", 40) == [""]
    assert lines("x" + " " * 90 + "y" * 12, 20)[0] == "x"
    assert lines("xx", 1) == ["x", "x"]
    assert lines("a\u200db\u0300", 100) == ["ab\u0300"]


def test_many_currencies_turn_the_sheet() -> None:
    upright = write(sheet("day"), "pdf")
    codes = ("EUR", "USD", "GBP", "CHF", "JPY")
    rows = [
        replace(row, bill=replace(row.bill, currency=codes[number % len(codes)]))
        for number, row in enumerate(ROWS)
    ]
    report = sheet("day", rows=rows)

    turned = write(report, "pdf")

    assert b"/MediaBox [ 0 0 595" in upright
    assert b"/MediaBox [ 0 0 841" in turned
    assert "JPY" in text_of(turned)


def test_a_group_stays_with_its_first_line() -> None:
    rows = changed(lambda number: {"memo": f"memo {number}"})

    found = sheets(write(sheet("memo", "day", rows=rows), "pdf"))

    lines = [[line for line in page.splitlines() if line.strip()] for page in found[:-1]]
    assert all("Nov 2026" in page[-2] for page in lines)


def test_an_empty_report_is_a_sheet_too() -> None:
    assert "Nothing was tracked in this time." in shown(sheet(rows=[]))


def test_the_same_report_is_the_same_bytes() -> None:
    assert write(sheet("memo"), "pdf") == write(sheet("memo"), "pdf")


def test_pages_can_be_drawn(tmp_path: Path) -> None:
    file = tmp_path / "week.pdf"
    file.write_bytes(write(sheet(rows=late_rows()), "pdf"))

    subprocess.run(["pdftoppm", "-r", "40", "-png", file, tmp_path / "page"], check=True)

    first = min(tmp_path.glob("page*.png"))
    with Image.open(first) as page:
        colours = page.convert("RGB").getcolors(1 << 20)
    assert colours is not None
    # The green of the bars and of the map, and white paper around all of it.
    assert (30, 135, 87) in {colour for _, colour in colours}
    assert max(colours)[1] == (255, 255, 255)


def test_a_missing_library_for_pdf_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("worklog.reports.pdf")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "reportlab.platypus", None)

    with pytest.raises(ConfigInvalidError, match="The format pdf is not installed"):
        write(sheet("memo"), "pdf")
