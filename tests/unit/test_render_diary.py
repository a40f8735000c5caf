"""`worklog diary`: what people see, as golden files, and what must hold at any width."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.support.example_diary import (
    ACME,
    BERLIN,
    CONTRACTS,
    FRIDAY,
    LOGIN,
    MONDAY,
    NEXT_MONDAY,
    NOW,
    THURSDAY,
    billed,
    thursday_rows,
    tracked,
    week_rows,
)
from tests.support.golden import check
from worklog.cli.render.diary import DiaryView, diary, with_pictures
from worklog.cli.render.line import cells
from worklog.cli.render.look import Look
from worklog.domain.grid import Slot
from worklog.domain.segment import Bill, BilledSegment, Reason
from worklog.domain.timesheet import weeks

ROWS = week_rows()
WEEKS = weeks(ROWS, CONTRACTS)
DAY = DiaryView(thursday_rows(), CONTRACTS, THURSDAY, FRIDAY, NOW, WEEKS)
WEEK = DiaryView(ROWS, CONTRACTS, MONDAY, NEXT_MONDAY, NOW, WEEKS)


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("diary-day.txt", Look()),
        ("diary-day-ascii.txt", Look(unicode=False)),
        ("diary-day-colour.txt", Look(colour=True)),
        ("diary-day-60.txt", Look(width=60)),
        ("diary-day-40.txt", Look(width=40)),
        ("diary-day-120.txt", Look(width=120)),
    ],
)
def test_a_day_looks_like_this(name: str, look: Look) -> None:
    check(name, diary(DAY, zone=BERLIN, look=look))


@pytest.mark.parametrize(
    ("name", "look"),
    [("diary-week.txt", Look()), ("diary-week-60-ascii.txt", Look(width=60, unicode=False))],
)
def test_a_week_looks_like_this(name: str, look: Look) -> None:
    check(name, diary(WEEK, zone=BERLIN, look=look))


@given(st.integers(24, 200), st.booleans(), st.sampled_from([DAY, WEEK]))
@settings(max_examples=25, deadline=None)
def test_no_line_is_wider_than_the_look(width: int, unicode: bool, view: DiaryView) -> None:  # noqa: FBT001
    shown = diary(view, zone=BERLIN, look=Look(width=width, unicode=unicode))

    assert max(cells(line) for line in shown.splitlines()) <= width


def test_without_unicode_all_is_ascii() -> None:
    assert diary(WEEK, zone=BERLIN, look=Look(unicode=False)).isascii()


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (0, "Nothing was tracked today yet."),
        (-1, "Nothing was tracked yesterday."),
        (-2, "Nothing was tracked on Tue 17 Nov."),
    ],
)
def test_an_empty_day_says_so_and_what_to_do(days: int, sentence: str) -> None:
    start = THURSDAY + timedelta(days=days)
    view = DiaryView([], CONTRACTS, start, start + timedelta(days=1), NOW)

    lines = diary(view, zone=BERLIN, look=Look()).splitlines()

    assert lines[2] == sentence
    assert lines[3].startswith("Start with `worklog start")


def test_an_empty_week_says_so() -> None:
    view = DiaryView([], CONTRACTS, MONDAY, NEXT_MONDAY, NOW)

    assert "Nothing was tracked in these days." in diary(view, zone=BERLIN, look=Look())


def rows_from(start: datetime, count: int, memo: str = "fix") -> list[BilledSegment]:
    first = Slot.containing(start).index
    return billed([tracked(Slot(first + number), (memo, ""), 10) for number in range(count)])


def view_of(rows: list[BilledSegment], zone: ZoneInfo) -> DiaryView:
    start = rows[0].segment.key.slot.start.astimezone(zone).replace(hour=0, minute=0)
    end = start.replace(day=start.day + 1)
    return DiaryView(rows, CONTRACTS, start.astimezone(UTC), end.astimezone(UTC), NOW)


def test_in_kathmandu_the_columns_begin_at_five_past() -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    rows = rows_from(datetime(2026, 11, 19, 3, 20, tzinfo=UTC), 6)  # 9:05 to 10:05

    lines = diary(view_of(rows, zone), zone=zone, look=Look()).splitlines()

    assert lines[3].split() == [":05", ":15", ":25", ":35", ":45", ":55"]
    assert lines[4].startswith(" 9    ▮▮▮▮▮▮▮▮▮▮")


def test_the_hour_that_comes_twice_is_two_rows_with_their_offsets() -> None:
    rows = rows_from(datetime(2026, 10, 25, 0, 0, tzinfo=UTC), 18)  # 2:00 to 2:00 to 4:00

    shown = diary(view_of(rows, BERLIN), zone=BERLIN, look=Look()).splitlines()

    labels = [line.split()[0] for line in shown if "▮" in line]
    assert labels == ["2+02", "2+01", "3"]


def test_the_hour_that_is_skipped_leaves_no_gap() -> None:
    rows = rows_from(datetime(2026, 3, 29, 0, 0, tzinfo=UTC), 12)  # 1:00 to 2:00 = 3:00 to 4:00

    shown = diary(view_of(rows, BERLIN), zone=BERLIN, look=Look())

    assert [line.split()[0] for line in shown.splitlines() if "▮" in line] == ["1", "3"]
    assert "nothing for" not in shown


def test_marks_stand_behind_what_they_mark_and_are_explained() -> None:
    row = rows_from(datetime(2026, 11, 19, 9, tzinfo=UTC), 1)[0]
    late = replace(row, segment=replace(row.segment, is_late=True), bill=Bill(0, Reason.LATE))

    shown = diary(view_of([late], BERLIN), zone=BERLIN, look=Look())

    assert "10    ▮▮▮▮▮▮▮▮▮▮l" in shown
    assert "late 0:10" in shown
    assert "l late" in shown.splitlines()[-1]


@pytest.mark.parametrize("memo", ["日本語のメモ " * 12, "תיקון באג " * 12, "x\x1b[31mred\r\n\x07"])
def test_a_memo_of_any_script_stays_in_its_line(memo: str) -> None:
    rows = rows_from(datetime(2026, 11, 19, 9, tzinfo=UTC), 3, memo)

    shown = diary(view_of(rows, BERLIN), zone=BERLIN, look=Look())

    assert max(cells(line) for line in shown.splitlines()) <= 80
    assert "\x1b" not in shown
    assert (
        sum("week" not in line and line.endswith(" 0:30") for line in shown.splitlines()[4:]) == 1
    )


def test_over_two_months_only_days_with_work_are_in_the_map() -> None:
    view = replace(WEEK, start=MONDAY - timedelta(days=90))

    shown = diary(view, zone=BERLIN, look=Look())

    assert "Fri 20 Nov" not in shown
    assert "Mon 16 Nov" in shown


def test_pictures_are_drawn_below_their_rows() -> None:
    file = io.BytesIO()
    Image.new("RGB", (480, 270), (200, 30, 30)).save(file, "WEBP")
    rows = rows_from(datetime(2026, 11, 19, 9, tzinfo=UTC), 4)
    draw = with_pictures({row.segment.key: file.getvalue() for row in rows[:2]})

    shown = diary(view_of(rows, BERLIN), zone=BERLIN, look=Look(colour=True), pictures=draw)

    pictured = [line for line in shown.splitlines() if "▀" in line]
    assert len(pictured) == 6
    assert all("38;2;" in line for line in pictured)


def test_without_colour_there_are_no_pictures() -> None:
    rows = rows_from(datetime(2026, 11, 19, 9, tzinfo=UTC), 1)
    draw = with_pictures({rows[0].segment.key: b""})

    for look in (Look(), Look(colour=True)):
        shown = diary(view_of(rows, BERLIN), zone=BERLIN, look=look, pictures=draw)
        assert "▀" not in shown


def test_a_contract_that_is_not_known_is_named_by_its_id() -> None:
    rows = rows_from(datetime(2026, 11, 19, 9, tzinfo=UTC), 1, LOGIN[0])

    shown = diary(replace(view_of(rows, BERLIN), contracts={}), zone=BERLIN, look=Look())

    assert shown.splitlines()[0].startswith(f"Thu 19 Nov 2026 · {ACME.contract_id[:8]}")


def test_a_week_of_which_all_is_deleted_is_shown_as_empty_with_what_was_there() -> None:
    rows = [row for row in DAY.rows if row.segment.is_deleted]

    shown = diary(replace(WEEK, rows=rows), zone=BERLIN, look=Look())

    assert "Nothing was tracked in these days." in shown
    assert "14                                        ──────────x" in shown


def test_work_without_a_rate_or_a_mark_needs_no_foot() -> None:
    row = rows_from(datetime(2026, 11, 19, 9, tzinfo=UTC), 1)[0]
    free = replace(row, bill=Bill(600, Reason.BILLED))

    shown = diary(view_of([free], BERLIN), zone=BERLIN, look=Look())

    assert shown.splitlines()[-1].endswith("0:10")
