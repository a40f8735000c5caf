"""Reports of Toggl, Clockify and Harvest, and worklog's own table."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from tests.support.foreign import (
    BERLIN,
    CLOCKIFY,
    HARVEST,
    HARVEST_HOURS,
    TOGGL,
    TOGGL_NEW,
    WORKLOG_CSV,
    entry,
    read,
    refused,
    told,
)
from worklog.reports.readers import moments, table
from worklog.reports.readers.reading import Reading

TOGGL_HEAD = "Client,Project,Description,Start date,Start time,End date,End time,Duration,Tags\n"


def toggl(*rows: str) -> str:
    return TOGGL_HEAD + "\n".join(rows) + "\n"


def test_toggl_gives_client_project_task_and_tags() -> None:
    assert read("toggl", TOGGL) == Reading(
        [
            entry(
                "11-16 08:00",
                "11-16 09:30",
                "Website",
                "Login, again",
                "Frontend",
                "deep work",
                "dev",
                client="Acme Corporation",
            ),
            entry("11-16 22:30", "11-16 23:15:30"),
        ]
    )
    assert [found.line for found in read("toggl", TOGGL).entries] == [2, 3]


def test_newer_toggl_has_a_dash_where_nothing_is_and_says_what_runs() -> None:
    assert read("toggl", TOGGL_NEW) == Reading(
        [
            entry("11-16 08:00", "11-16 09:00", "Website", "Release"),
            entry("11-16 09:00", "11-16 09:10", "", "Review", "dev", "qa"),
        ],
        [(4, "is still running")],
    )


def test_clockify_has_months_first_and_clocks_of_twelve_hours_and_breaks() -> None:
    acme = "Acme Corporation"

    assert read("clockify", CLOCKIFY) == Reading(
        [
            entry("11-16 08:00", "11-16 11:30", "Website", "Login", "Frontend", "dev", client=acme),
            entry("11-16 22:00", "11-16 23:10", "Website", "", "dev", "qa", client=acme),
        ],
        [(3, "is a break")],
    )


def test_harvest_gives_ends_where_the_account_has_them() -> None:
    found = read("harvest", HARVEST)

    acme = "Acme Corporation"
    assert found.entries == [
        entry(
            "11-16 08:00",
            "11-16 09:30",
            "Website",
            "Cover and\ninside pages",
            "Design",
            client=acme,
        ),
        entry("11-16 22:45", "11-16 23:30", "Website", "", "Programming", client=acme),
    ]
    assert [one.line for one in found.entries] == [2, 4]


def test_hours_without_a_start_are_laid_out_one_behind_the_other_each_day() -> None:
    found = read("harvest", HARVEST_HOURS, day_start=9)

    assert told(found) == [
        ("26 08:00:00", "26 15:30:00", "Website"),
        ("26 15:30:00", "26 16:15:00", "Website"),
        ("27 08:00:00", "27 09:00:00", "Website"),
    ]
    assert found.passed_over == [(3, "has no time")]


def test_hours_without_a_start_are_refused_where_nobody_says_from_when() -> None:
    assert refused("harvest", HARVEST_HOURS) == (
        2,
        "it does not say when; --day-start 9 lays such entries out from 9 o'clock",
    )


TEAM = (
    "User,Email,Project,Description,Start date,Start time,End date,End time,Duration,Tags\n"
    "Ada,ada@example.com,site,one,2026-11-16,09:00:00,2026-11-16,10:00:00,01:00:00,\n"
    "Ben,ben@example.com,site,two,2026-11-16,10:00:00,2026-11-16,11:00:00,01:00:00,\n"
)


@pytest.mark.parametrize("user", ["ada", "Ada", "ada@EXAMPLE.com"])
def test_of_a_report_of_a_team_one_persons_time_comes_in(user: str) -> None:
    found = read("toggl", TEAM, user=user)

    assert [one.description for one in found.entries] == ["one"]
    assert found.passed_over == [(3, "is somebody else's")]


def test_a_report_of_a_team_needs_to_know_whose_time_is_meant() -> None:
    assert refused("toggl", TEAM) == (
        3,
        "it holds the time of Ada, Ben; say whose with --user",
    )
    assert refused("toggl", TEAM, user="Eve") == (1, "nobody in it is called 'Eve'")
    crowd = TEAM + "".join(
        f"P{n},,s,x,2026-11-16,12:00:00,2026-11-16,12:10:00,0:10:00,\n" for n in range(3)
    )
    assert "Ada, Ben, P0, …; say whose" in refused("toggl", crowd)[1]


def test_a_name_of_harvests_is_two_columns() -> None:
    head = "Date,Project,Task,Notes,Hours,First Name,Last Name,Started At,Ended At\n"
    rows = (
        "2026-11-16,site,Dev,one,1.0,Ada,Lovelace,9:00am,10:00am\n"
        "2026-11-16,site,Dev,two,1.0,Ada,Byron,10:00am,11:00am\n"
    )

    assert len(read("harvest", head + rows, user="ada lovelace").entries) == 1


def test_worklogs_own_table_comes_back_without_its_guards() -> None:
    assert read("csv", WORKLOG_CSV) == Reading(
        [
            entry(
                "11-16 08:00",
                "11-16 09:30",
                "acme",
                "fix, again",
                "dev",
                client="Acme Corporation",
            ),
            entry("11-16 10:00", "11-16 10:30", "acme", "=1+1"),
        ]
    )


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_may_have_other_delimiters(delimiter: str) -> None:
    text = delimiter.join(TOGGL_HEAD.split(","))
    cells = ("", "acme", "one, two", "2026-11-16", "09:00", "2026-11-16", "10:00", "", "")

    found = read("toggl", text + delimiter.join(cells) + "\n")

    assert found.entries == [entry("11-16 08:00", "11-16 09:00", "acme", "one, two")]


def test_cells_hold_quotes_and_line_breaks_and_the_line_is_that_of_the_row() -> None:
    row = ',acme,"say ""hi""\r\nand\rgo",2026-11-16,{},2026-11-16,10:00:00,,'

    (found,) = read("toggl", toggl(row.format("09:00:00"))).entries
    line, _ = refused("toggl", toggl(row.format("09:00:00"), row.format("later")))

    assert found.description == 'say "hi"\r\nand\rgo'
    assert line == 5


def test_empty_rows_and_delimiters_at_the_end_are_nothing() -> None:
    text = toggl("", ",,,,,,,,", ",acme,,2026-11-16,09:00,2026-11-16,10:00,,,,,")

    assert told(read("toggl", text)) == [("16 08:00:00", "16 09:00:00", "acme")]


def test_a_column_without_a_name_is_none_of_those_that_count() -> None:
    text = "Date,Notes,Task,Hours,Started At,Ended At,\n2026-11-16,,,1,9:00,10:00,2026-11-20\n"

    assert told(read("harvest", text)) == [("16 08:00:00", "16 09:00:00", "")]


@pytest.mark.parametrize(
    ("row", "line", "message"),
    [
        (",a,,2026-11-16,09:00,2026-11-16,10:00,,,more", 3, "10 cells under 9 columns"),
        (",a,,2026-11-16,9 o'clock,2026-11-16,10:00,,", 3, '"9 o\'clock" is no time of day'),
        (",a,,2026-11-16,13:00 PM,2026-11-16,14:00,,", 3, "'13:00 PM' is no time of day"),
        (",a,,2026-11-16,25:00,2026-11-16,14:00,,", 3, "hour must be in 0..23"),
        (",a,,sixteenth,09:00,2026-11-16,10:00,,", 3, "'sixteenth' is no date"),
        (",a,,,09:00,,10:00,,", 3, "'' is no date"),
        (",a,,2026-02-30,09:00,2026-02-30,10:00,,", 3, "day is out of range for month"),
        (",a,,2026-11-16,10:00,2026-11-16,09:00,,", 3, "it ends before it begins"),
        (",a,,2026-11-16,,,,soon,", 3, "'soon' is no duration"),
        (',a,"unclosed,2026-11-16', 3, "this is no CSV: unexpected end of data"),
        (',a,"one"two,2026-11-16', 3, "this is no CSV: ',' expected after '\"'"),
        (f",a,{'x' * 100_001},2026-11-16", 3, "a cell has more than 100,000 characters"),
        (",a,,9999-12-31,10:00,,09:00,,", 3, "it ends in no year that can be written"),
    ],
)
def test_a_broken_row_is_refused_with_its_line(row: str, line: int, message: str) -> None:
    text = toggl(",a,,2026-11-16,09:00,2026-11-16,10:00,,", row)

    assert refused("toggl", text) == (line, message)


def test_a_cell_longer_than_the_csv_module_takes_is_refused() -> None:
    assert refused("toggl", toggl(f",a,{'x' * 10_000_000}")) == (
        2,
        "this is no CSV: field larger than field limit (131072)",
    )


def test_a_table_without_a_column_that_counts_is_refused() -> None:
    assert refused("toggl", "Project,Tags\n") == (1, "there is no column 'start date'")
    assert refused("csv", "") == (1, "there is no column 'start'")
    assert refused("csv", "x" * 200_000) == (1, "there is no column 'start'")


def test_a_table_without_rows_has_no_entries() -> None:
    assert read("toggl", TOGGL_HEAD) == Reading()


def test_worklogs_own_table_refuses_what_is_no_instant() -> None:
    text = WORKLOG_CSV.replace("2026-11-16T10:30:00Z", "soon")

    assert refused("csv", text) == (
        3,
        "'soon' is no instant like 2026-11-16T09:00:00+01:00",
    )


@pytest.mark.parametrize(
    ("dates", "meant"),
    [(None, None), ("dmy", ("2026-04-03", "2026-05-04")), ("mdy", ("2026-03-04", "2026-04-05"))],
)
def test_dates_that_can_be_read_in_two_ways_are_asked_for(
    dates: str | None, meant: tuple[str, str] | None
) -> None:
    text = toggl(*(f",a,,{day},09:00,{day},10:00,," for day in ("03/04/2026", "04/05/26")))

    if meant is None:
        assert refused("toggl", text) == (
            2,
            "'03/04/2026' can be read in two ways; say --dates dmy or --dates mdy",
        )
    else:
        found = read("toggl", text, dates=dates).entries
        assert tuple(f"{one.start:%Y-%m-%d}" for one in found) == meant


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2026-11-16"], "ymd"),
        (["2026/1/2", "2026/3/4"], "ymd"),
        (["16.11.2026", "01.02.2026"], "dmy"),
        (["11/16/2026", "1/2/2026"], "mdy"),
        (["1/2/2026"], None),
        (["16/11/2026", "11/16/2026"], None),
        (["2026-11-16", "1/2/2026"], None),
    ],
)
def test_the_order_of_dates_is_the_only_one_that_fits_all(
    texts: list[str], order: str | None
) -> None:
    assert moments.order_of(texts) == order


def test_two_digits_are_a_year_of_this_century() -> None:
    assert moments.day("16.11.26", "dmy") == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("9:00", time(9)),
        ("09:00:30", time(9, 0, 30)),
        ("12:00 AM", time(0)),
        ("12:30pm", time(12, 30)),
        ("1:05 p.m.", time(13, 5)),
        ("1:05:09\u202fPM", time(13, 5, 9)),
        ("1:05\u00a0a", time(1, 5)),
    ],
)
def test_a_time_of_day_may_have_halves(text: str, meant: time) -> None:
    assert moments.clock(text) == meant


@pytest.mark.parametrize(
    "text", ["", "9", "9:5", "9:00.", "9:00 m", "9:00 AMM", "\u0669:\u0660\u0660", "0:30 am"]
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time of day"):
        moments.clock(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:30", 5400),
        ("01:30:05", 5405),
        ("100:00:00", 360_000),
        ("1.5", 5400),
        ("7,25", 26_100),
        (".5", 1800),
        ("0", 0),
        ("0.0001", 0),
        ("0.33", 1188),
        ("1:60", None),
        ("1:30:60", None),
        ("-1", None),
        ("nan", None),
        ("1e300", None),
        ("1_0", None),
        ("99999", None),
        ("1,234.5", None),
        ("\u0663", None),
        ("", None),
    ],
)
def test_a_duration_is_a_clock_or_hours(text: str, seconds: int | None) -> None:
    assert moments.duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-16T09:00:00Z", datetime(2026, 11, 16, 9, tzinfo=UTC)),
        ("2026-11-16 09:00", datetime(2026, 11, 16, 8, tzinfo=UTC)),
        ("2026-11-16T09:00:00,999-0130", datetime(2026, 11, 16, 10, 30, tzinfo=UTC)),
        ("2026-03-29T03:00:00+02:00", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_has_an_offset_or_the_zone(text: str, meant: datetime) -> None:
    assert moments.iso(text, BERLIN) == meant


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"])
def test_an_instant_outside_of_all_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="in UTC"):
        moments.iso(text, BERLIN)


def test_a_fraction_of_a_second_is_exact() -> None:
    assert moments.fraction("2026-11-16T09:00:00.125Z") == Decimal("0.125")
    assert moments.fraction("2026-11-16T09:00:00Z") == 0


def test_an_offset_is_signed_hours_and_minutes() -> None:
    found = [moments.offset_of(text) for text in (" +0100", "-0330", "+1:00", "Z")]

    assert found == [timedelta(hours=1), timedelta(hours=-3, minutes=-30), None, None]


@pytest.mark.parametrize(
    ("start", "end", "seconds", "first", "last"),
    [
        # Spring: from 2 to 3 no clock goes.
        ("03-29 01:30", "03-29 03:30", None, "03-29 00:30", "03-29 01:30"),
        ("03-29 01:30", "03-29 02:30", None, "03-29 00:30", "03-29 01:30"),
        ("03-29 02:30", "03-29 02:45", None, "03-29 01:30", "03-29 01:45"),
        # Autumn: from 2 to 3 it goes twice.
        ("10-25 01:30", "10-25 03:30", None, "10-24 23:30", "10-25 02:30"),
        ("10-25 01:30", "10-25 02:30", None, "10-24 23:30", "10-25 00:30"),
        ("10-25 01:30", "10-25 02:30", 7200, "10-24 23:30", "10-25 01:30"),
        ("10-25 02:30", "10-25 03:30", None, "10-25 01:30", "10-25 02:30"),
        ("10-25 02:30", "10-25 03:30", 7200, "10-25 00:30", "10-25 02:30"),
        ("10-25 02:30", "10-25 02:40", None, "10-25 00:30", "10-25 00:40"),
        ("10-25 02:45", "10-25 02:15", None, "10-25 00:45", "10-25 01:15"),
        # Hours of two digits are never exact.
        ("10-25 02:50", "10-25 02:10", 1188, "10-25 00:50", "10-25 01:10"),
    ],
)
def test_at_a_change_of_the_clock_the_length_tells_what_was_meant(
    start: str, end: str, seconds: int | None, first: str, last: str
) -> None:
    local = [datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}") for text in (start, end)]

    found = moments.between(local[0], local[1], BERLIN, seconds=seconds)

    assert [f"{one:%m-%d %H:%M}" for one in found] == [first, last]


def test_toggl_is_read_across_both_changes_of_the_clock() -> None:
    text = toggl(
        ",spring,,2026-03-29,01:00:00,2026-03-29,04:00:00,02:00:00,",
        ",autumn,,2026-10-25,01:00:00,2026-10-25,02:30:00,02:30:00,",
        ",midnight,,2026-10-24,23:00:00,,02:30:00,03:30:00,",
    )

    assert told(read("toggl", text)) == [
        ("29 00:00:00", "29 02:00:00", "spring"),
        ("24 23:00:00", "25 01:30:00", "autumn"),
        ("24 21:00:00", "25 00:30:00", "midnight"),
    ]


def test_hours_are_laid_out_across_a_change_of_the_clock() -> None:
    text = "Date,Notes,Task,Hours\n2026-10-25,one,,3\n2026-10-25,two,,1\n"

    assert told(read("harvest", text, day_start=0)) == [
        ("24 22:00:00", "25 01:00:00", ""),
        ("25 02:00:00", "25 03:00:00", ""),
    ]


def test_a_row_gives_the_first_column_that_has_something() -> None:
    row = table.Row(2, {"task": "", "activity": "design"})

    assert (row.get("task", "activity"), row.get("nothing"), row.get()) == ("design", "", "")
