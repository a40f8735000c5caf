"""TIME, RANGE and SEGMENTS as people type them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dateparser
import pytest

from worklog.domain.contract import Terms, Week
from worklog.domain.ranges import Range, Recent, parse_range, parse_segments
from worklog.domain.times import parse_duration, parse_time
from worklog.errors import InvalidTimeError, UsageError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 19, 10, 47, tzinfo=BERLIN)  # a Thursday
TIME_EXAMPLE = "Write a time as in 'yesterday 17:00'; worklog(1) lists all forms under TIME."
RANGE_EXAMPLE = "Write a range as in 'yesterday 10:00-11:30'; worklog(1) lists all under RANGE."


def week(instant: datetime) -> Week:
    """Weeks that begin on Sunday at 22:00 UTC."""
    return Week.containing(instant, Terms(week_start=6, week_hour=22))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def time(text: str, *, now: datetime = NOW) -> datetime:
    return parse_time(text, now=now, zone=BERLIN)


def span(text: str, *, now: datetime = NOW) -> Range:
    return parse_range(text, now=now, zone=BERLIN, week=week)


def known_day(text: str) -> date | None:
    return {
        "16 nov 2026": date(2026, 11, 16),
        "half past four": datetime(2026, 11, 18, 16, 30),
        "four in london": datetime(2026, 11, 18, 16, tzinfo=UTC),
        "long ago": datetime(1066, 1, 1, tzinfo=UTC),
    }.get(text)


# --- TIME -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", "2026-11-19 10:47"),
        ("10:47", "2026-11-19 10:47"),
        ("14:30", "2026-11-18 14:30"),
        ("14:30:15", "2026-11-18 14:30:15"),
        ("9am", "2026-11-19 09:00"),
        ("9 a.m.", "2026-11-19 09:00"),
        ("9:15pm", "2026-11-18 21:15"),
        ("12am", "2026-11-19 00:00"),
        ("12pm", "2026-11-18 12:00"),
        ("noon", "2026-11-18 12:00"),
        ("midnight", "2026-11-19 00:00"),
        ("24:00", "2026-11-19 00:00"),
        ("-20m", "2026-11-19 10:27"),
        ("\u221220m", "2026-11-19 10:27"),
        ("20m ago", "2026-11-19 10:27"),
        ("1h30m ago", "2026-11-19 09:17"),
        ("1h 30 ago", "2026-11-19 09:17"),
        ("1.5 hours ago", "2026-11-19 09:17"),
        ("90 s ago", "2026-11-19 10:45:30"),
        ("2 days ago", "2026-11-17 10:47"),
        ("1w 2h ago", "2026-11-12 08:47"),
        ("yesterday 17:00", "2026-11-18 17:00"),
        ("Yesterday at 5 PM", "2026-11-18 17:00"),
        ("yesterday, 17:00", "2026-11-18 17:00"),
        ("17:00 yesterday", "2026-11-18 17:00"),
        ("9:00 on mon", "2026-11-16 09:00"),
        ("mon 9:00", "2026-11-16 09:00"),
        ("tues 9:00", "2026-11-17 09:00"),
        ("thursday 9:00", "2026-11-19 09:00"),
        ("fri 24:00", "2026-11-14 00:00"),
        ("yesterday", "2026-11-18 00:00"),
        ("2026-11-16", "2026-11-16 00:00"),
        ("2026-11-16 9:05", "2026-11-16 09:05"),
        ("2026-11-16 14:30", "2026-11-16 14:30"),
        ("2026-11-16T14:30:01", "2026-11-16 14:30:01"),
        ("2026-11-16t13:30z", "2026-11-16 14:30"),
        ("20261116T143000", "2026-11-16 14:30"),
        ("2026-W47-1T14:30", "2026-11-16 14:30"),
        ("2026-11-16 14:30 +05:45", "2026-11-16 09:45"),
        ("2026-11-16T14:30:00-08:00", "2026-11-16 23:30"),
    ],
)
def test_a_time_is_read(text: str, meant: str) -> None:
    found = time(text)

    assert found == local(meant)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "last", "today", "coming"),
    [
        ("14:30", "2026-11-18 14:30", "2026-11-19 14:30", "2026-11-19 14:30"),
        ("9am", "2026-11-19 09:00", "2026-11-19 09:00", "2026-11-20 09:00"),
        ("10:47", "2026-11-19 10:47", "2026-11-19 10:47", "2026-11-20 10:47"),
    ],
)
def test_a_time_without_a_day_is_the_last_todays_or_the_next(
    text: str, last: str, today: str, coming: str
) -> None:
    assert parse_time(text, now=NOW, zone=BERLIN) == local(last)
    assert parse_time(text, now=NOW, zone=BERLIN, allow_future=True) == local(today)
    assert parse_time(text, now=NOW, zone=BERLIN, upcoming=True) == local(coming)


@pytest.mark.parametrize("text", ["in 2h", "+2h", "12:47", "today 12:47", "2026-11-19T11:47Z"])
def test_a_time_to_come_is_read_where_it_is_asked_for(text: str) -> None:
    assert parse_time(text, now=NOW, zone=BERLIN, upcoming=True) == local("2026-11-19 12:47")


@pytest.mark.parametrize("text", ["in 2h", "tomorrow 9:00", "2026-11-19 10:48", "2100-01-01"])
def test_a_time_in_the_future_is_refused_where_only_the_past_makes_sense(text: str) -> None:
    with pytest.raises(InvalidTimeError, match="is in the future") as error:
        time(text)

    assert error.value.hint == "Name a time that has passed."


@pytest.mark.parametrize("text", ["-2h", "now", "yesterday 12:00"])
def test_a_time_in_the_past_is_refused_where_only_the_future_makes_sense(text: str) -> None:
    with pytest.raises(InvalidTimeError, match="is in the past") as error:
        parse_time(text, now=NOW, zone=BERLIN, upcoming=True)

    assert error.value.hint == "Name a time that is still to come."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a time"),
        ("soon", "'soon' is not a time"),
        ("14", "'14' is not a time"),
        ("25:00", "'25:00' is not a time"),
        ("24:01", "'24:01' is not a time"),
        ("9:75", "'9:75' is not a time"),
        ("9:15:60", "'9:15:60' is not a time"),
        ("13pm", "'13pm' is not a time"),
        ("0am", "'0am' is not a time"),
        ("mo", "'mo' is not a time"),
        ("x ago", "'x ago' is not a time"),
        ("20q ago", "'20q ago' is not a time"),
        ("30m1h ago", "'30m1h ago' is not a time"),
        ("1h1h ago", "'1h1h ago' is not a time"),
        ("2026-02-30", "'2026-02-30' is not a time"),
        ("2026-11-16T25:00", "'2026-11-16T25:00' is not a time"),
        (
            "yesterday 25:00",
            "'yesterday 25:00': understood the day 'yesterday', not the time '25:00'",
        ),
        ("25:00 mon", "'25:00 mon': understood the day 'mon', not the time '25:00'"),
        ("yestrday 17:00", "'yestrday 17:00': understood the time '17:00', not the day 'yestrday'"),
        ("17:00 yestrday", "'17:00 yestrday': understood the time '17:00', not the day 'yestrday'"),
        ("one two", "'one two' is not a time"),
    ],
)
def test_what_is_no_time_is_refused_with_what_was_understood(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        time(text)

    assert (str(error.value), error.value.hint) == (message, TIME_EXAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        "1969-12-31 10:00",
        "0001-01-01T00:00Z",
        "9999-12-31",
        "9999-12-31 24:00",
        "-9999999w",
        "in 9999999w",
        "9999999h ago",
        "in 9999999w 5h",
        "long ago",
    ],
)
def test_a_time_that_no_diary_can_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidTimeError, match="is out of reach: a diary holds the years 1970"):
        parse_time(text, now=NOW, zone=BERLIN, absolute=known_day, allow_future=True)


def test_relative_hours_are_elapsed_and_days_keep_the_time_on_the_wall() -> None:
    after_the_change = local("2026-10-25 12:00")

    assert time("24h ago", now=after_the_change) == local("2026-10-24 13:00")
    assert time("1d ago", now=after_the_change) == local("2026-10-24 12:00")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("16 Nov 2026", local("2026-11-16 00:00")),
        ("16 Nov 2026 14:30", local("2026-11-16 14:30")),
        ("half past four", local("2026-11-18 16:30")),
        ("four in London", local("2026-11-18 17:00")),
    ],
)
def test_other_forms_are_asked_of_the_absolute_reader(text: str, meant: datetime) -> None:
    assert parse_time(text, now=NOW, zone=BERLIN, absolute=known_day) == meant


# --- clock changes --------------------------------------------------------------------


def test_a_local_time_that_comes_twice_is_the_first_unless_an_offset_says_otherwise() -> None:
    assert time("2026-10-25 02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert time("2026-10-25 02:30+01:00") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_bare_time_that_comes_twice_is_the_one_just_passed() -> None:
    second_pass = datetime(2026, 10, 25, 1, 40, tzinfo=UTC)
    first_pass = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)

    assert time("2:35", now=second_pass) == datetime(2026, 10, 25, 1, 35, tzinfo=UTC)
    assert time("2:35", now=first_pass) == datetime(2026, 10, 25, 0, 35, tzinfo=UTC)
    assert parse_time("2:35", now=first_pass, zone=BERLIN, upcoming=True) == (
        datetime(2026, 10, 25, 1, 35, tzinfo=UTC)
    )


def test_a_local_time_that_is_skipped_is_the_moment_of_the_change() -> None:
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

    assert time("2026-03-29 02:00") == change
    assert time("2026-03-29 02:30") == change
    assert time("2026-03-29 03:00") == change
    assert time("2026-03-29 01:59") == change - timedelta(minutes=1)


def test_a_range_into_a_skipped_hour_ends_at_the_change() -> None:
    found = span("2026-03-29 01:30-02:30")

    assert (found.start, found.end) == (
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    )


def test_a_range_within_a_skipped_hour_is_empty() -> None:
    with pytest.raises(InvalidTimeError, match="is empty"):
        span("2026-03-29 02:10-02:50")


def test_a_range_over_the_hour_that_comes_twice_is_an_hour_longer() -> None:
    found = span("2026-10-25 01:30-03:30")

    assert found.end - found.start == timedelta(hours=3)


def test_a_day_begins_after_a_midnight_that_is_skipped() -> None:
    santiago = ZoneInfo("America/Santiago")

    found = parse_range("2025-09-07", now=NOW, zone=santiago, week=week)

    assert found.start == datetime(2025, 9, 7, 4, tzinfo=UTC)  # 01:00 there
    assert found.end - found.start == timedelta(hours=23)
    assert found.label == "Sun 7 Sep 2025"


def test_a_day_that_a_zone_skipped_is_refused() -> None:
    apia = ZoneInfo("Pacific/Apia")

    with pytest.raises(InvalidTimeError, match="Fri 30 Dec 2011 never was in this time zone"):
        parse_range("2011-12-30", now=NOW, zone=apia, week=week)


# --- RANGE ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("today", "2026-11-19", "2026-11-20", "Thu 19 Nov 2026"),
        ("yesterday", "2026-11-18", "2026-11-19", "Wed 18 Nov 2026"),
        ("mon", "2026-11-16", "2026-11-17", "Mon 16 Nov 2026"),
        ("Thu", "2026-11-19", "2026-11-20", "Thu 19 Nov 2026"),
        ("friday", "2026-11-13", "2026-11-14", "Fri 13 Nov 2026"),
        ("2026-11-16", "2026-11-16", "2026-11-17", "Mon 16 Nov 2026"),
        ("2026-W47-1", "2026-11-16", "2026-11-17", "Mon 16 Nov 2026"),
        ("16 Nov 2026", "2026-11-16", "2026-11-17", "Mon 16 Nov 2026"),
        ("2026-11", "2026-11-01", "2026-12-01", "November 2026"),
        ("2026", "2026-01-01", "2027-01-01", "2026"),
        ("month", "2026-11-01", "2026-12-01", "November 2026"),
        ("last month", "2026-10-01", "2026-11-01", "October 2026"),
        ("this year", "2026-01-01", "2027-01-01", "2026"),
        ("last year", "2025-01-01", "2026-01-01", "2025"),
        ("last 7 days", "2026-11-13", "2026-11-20", "Fri 13 Nov to Thu 19 Nov 2026"),
        ("last 1d", "2026-11-19", "2026-11-20", "Thu 19 Nov 2026"),
        ("last 2 weeks", "2026-11-06", "2026-11-20", "Fri 6 Nov to Thu 19 Nov 2026"),
        ("last 90m", "2026-11-19 09:17", "2026-11-19 10:47", "Thu 19 Nov 2026 09:17-10:47"),
        ("10:00-11:30", "2026-11-19 10:00", "2026-11-19 11:30", "Thu 19 Nov 2026 10:00-11:30"),
        (
            "14:00 \u2013 3 pm",
            "2026-11-18 14:00",
            "2026-11-18 15:00",
            "Wed 18 Nov 2026 14:00-15:00",
        ),
        (
            "yesterday 10:00-11:30",
            "2026-11-18 10:00",
            "2026-11-18 11:30",
            "Wed 18 Nov 2026 10:00-11:30",
        ),
        (
            "16 Nov 2026, 9am-noon",
            "2026-11-16 09:00",
            "2026-11-16 12:00",
            "Mon 16 Nov 2026 09:00-12:00",
        ),
        (
            "2026-11-16 22:00-01:00",
            "2026-11-16 22:00",
            "2026-11-17 01:00",
            "Mon 16 Nov 2026 22:00 to Tue 17 Nov 2026 01:00",
        ),
        ("mon 22:00-24:00", "2026-11-16 22:00", "2026-11-17", "Mon 16 Nov 2026 22:00-24:00"),
        (
            "mon 9:00:30-9:01:30",
            "2026-11-16 09:00:30",
            "2026-11-16 09:01:30",
            "Mon 16 Nov 2026 09:00:30-09:01:30",
        ),
        ("mon..wed", "2026-11-16", "2026-11-19", "Mon 16 Nov to Wed 18 Nov 2026"),
        ("fri..mon", "2026-11-13", "2026-11-17", "Fri 13 Nov to Mon 16 Nov 2026"),
        ("mon .. today", "2026-11-16", "2026-11-20", "Mon 16 Nov to Thu 19 Nov 2026"),
        ("mon..sun", "2026-11-16", "2026-11-23", "Mon 16 Nov to Sun 22 Nov 2026"),
        ("2026-11-01..2026-11-15", "2026-11-01", "2026-11-16", "Sun 1 Nov to Sun 15 Nov 2026"),
        ("2025-12-30..2026-01-02", "2025-12-30", "2026-01-03", "Tue 30 Dec 2025 to Fri 2 Jan 2026"),
        ("2026-10..2026-11", "2026-10-01", "2026-12-01", "Thu 1 Oct to Mon 30 Nov 2026"),
        (
            "mon 9:00..wed 17:00",
            "2026-11-16 09:00",
            "2026-11-18 17:00",
            "Mon 16 Nov 2026 09:00 to Wed 18 Nov 2026 17:00",
        ),
        ("-2h..now", "2026-11-19 08:47", "2026-11-19 10:47", "Thu 19 Nov 2026 08:47-10:47"),
        ("-2h..10:00", "2026-11-19 08:47", "2026-11-19 10:00", "Thu 19 Nov 2026 08:47-10:00"),
        (
            "yesterday 22:00..1am",
            "2026-11-18 22:00",
            "2026-11-19 01:00",
            "Wed 18 Nov 2026 22:00 to Thu 19 Nov 2026 01:00",
        ),
        (
            "mon..10:00",
            "2026-11-16",
            "2026-11-19 10:00",
            "Mon 16 Nov 2026 00:00 to Thu 19 Nov 2026 10:00",
        ),
        (
            "2026-11-16T09:00Z..2026-11-16T10:00Z",
            "2026-11-16 10:00",
            "2026-11-16 11:00",
            "Mon 16 Nov 2026 10:00-11:00",
        ),
        (
            "half past four..today",
            "2026-11-18 16:30",
            "2026-11-20",
            "Wed 18 Nov 2026 16:30 to Fri 20 Nov 2026 00:00",
        ),
    ],
)
def test_a_range_is_read(text: str, start: str, end: str, label: str) -> None:
    found = parse_range(text, now=NOW, zone=BERLIN, week=week, absolute=known_day)

    assert found == Range(local(start), local(end), label)
    assert (found.start.tzinfo, found.end.tzinfo) == (UTC, UTC)


@pytest.mark.parametrize(
    ("text", "start", "label"),
    [
        ("week", "2026-11-15T22:00Z", "week of Sun 15 Nov 2026"),
        ("this week", "2026-11-15T22:00Z", "week of Sun 15 Nov 2026"),
        ("last week", "2026-11-08T22:00Z", "week of Sun 8 Nov 2026"),
        ("2026-W47", "2026-11-15T22:00Z", "week of Sun 15 Nov 2026"),
        ("2026-w01", "2025-12-28T22:00Z", "week of Sun 28 Dec 2025"),
    ],
)
def test_r23_weeks_are_billing_weeks(text: str, start: str, label: str) -> None:
    first = datetime.fromisoformat(start)

    assert span(text) == Range(first, first + timedelta(days=7), label)


@pytest.mark.parametrize("week_start", range(7))
def test_r23_a_numbered_week_holds_most_of_that_iso_week(week_start: int) -> None:
    terms = Terms(week_start=week_start)
    monday = datetime(2026, 11, 16, tzinfo=UTC)

    found = parse_range(
        "2026-W47", now=NOW, zone=BERLIN, week=lambda at: Week.containing(at, terms)
    )

    assert abs(found.start - monday) <= timedelta(days=3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10:00-25:00", "'10:00-25:00': understood the start 10:00, not the end '25:00'"),
        ("25:00-10:00", "'25:00-10:00': understood the end 10:00, not the start '25:00'"),
        ("25:00-26:00", "'25:00-26:00' is not a range"),
        ("foo..wed", "'foo..wed': understood the end wed, not the start 'foo'"),
        ("mon..foo", "'mon..foo': understood the start mon, not the end 'foo'"),
        ("foo..bar", "'foo..bar' is not a range"),
        ("..", "'..' is not a range"),
        (
            "yestrday 10:00-11:00",
            "'yestrday 10:00-11:00': understood the times '10:00-11:00', not the day 'yestrday'",
        ),
        ("14:30", "'14:30' is a time, not a range"),
        ("-2h", "'-2h' is a time, not a range"),
        ("fortnight", "'fortnight' is not a range"),
        ("last fortnight", "'last fortnight' is not a range"),
        ("next week", "'next week' is not a range"),
        ("last 0 days", "'last 0 days' is not a range"),
        ("last 1.5 days", "'last 1.5 days' is not a range"),
        ("last 7x", "'last 7x' is not a range"),
        ("2026-W54", "'2026-W54' is not a range"),
        ("2026-13", "'2026-13' is not a range"),
        ("", "'' is not a range"),
    ],
)
def test_what_is_no_range_is_refused_with_what_was_understood(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        span(text)

    assert (str(error.value), error.value.hint) == (message, RANGE_EXAMPLE)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("11:30-10:00", "ends before it starts"),
        ("wed 10:00..mon 2026", "understood the start"),
        ("yesterday..mon 2026-01-01", "understood the start"),
        ("2026-11-15..2026-11-01", "ends before it starts"),
        ("now..-2h", "ends before it starts"),
        ("10:00-10:00", "is empty"),
        ("yesterday 10:00..10:00", "is empty"),
    ],
)
def test_a_reversed_or_empty_range_is_refused(text: str, what: str) -> None:
    with pytest.raises((InvalidTimeError, UsageError), match=what):
        span(text)


def test_a_range_goes_over_midnight_for_twelve_hours_at_most() -> None:
    assert span("mon 21:00-9:00").end == local("2026-11-17 09:00")

    with pytest.raises(InvalidTimeError, match="ends before it starts"):
        span("mon 21:00-9:01")


@pytest.mark.parametrize("text", ["tomorrow", "2026-12", "2026-11-20..2026-11-21", "2027-W01"])
def test_a_range_in_the_future_is_refused_unless_allowed(text: str) -> None:
    with pytest.raises(InvalidTimeError, match="is in the future") as error:
        span(text)
    assert error.value.hint == "Name a range that has begun."

    assert parse_range(text, now=NOW, zone=BERLIN, week=week, allow_future=True).start > NOW


def test_times_of_a_range_that_may_lie_ahead_are_todays() -> None:
    found = parse_range("14:00-15:00", now=NOW, zone=BERLIN, week=week, allow_future=True)

    assert found.start == local("2026-11-19 14:00")


@pytest.mark.parametrize("text", ["today", "10:00-11:30", "mon..today", "week"])
def test_an_unfinished_range_is_refused_where_time_is_added(text: str) -> None:
    with pytest.raises(InvalidTimeError, match="is not over yet: it ends at") as error:
        parse_range(text, now=NOW, zone=BERLIN, week=week, allow_unfinished=False)

    assert error.value.hint == "Name a range that has ended, as in '-30m..now'."


@pytest.mark.parametrize("text", ["last 9999999 weeks", "last 9999999h", "0000", "0000-01", "9999"])
def test_a_range_that_no_diary_can_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidTimeError, match="out of reach"):
        span(text)


def test_an_empty_range_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="empty range"):
        Range(NOW, NOW, "nothing")


# --- SEGMENTS -------------------------------------------------------------------------


def segments(text: str) -> Range | Recent:
    return parse_segments(text, now=NOW, zone=BERLIN, week=week, absolute=known_day)


@pytest.mark.parametrize(("text", "count"), [("@last", 1), ("@LAST", 1), ("@3", 3), ("@10", 10)])
def test_the_last_segments_are_counted(text: str, count: int) -> None:
    assert segments(text) == Recent(count)


@pytest.mark.parametrize("text", ["@", "@0", "@00", "@x", "@-1", "@1.5", "@1234567"])
def test_what_is_no_number_of_segments_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a number of segments") as error:
        segments(text)

    assert error.value.hint == "Write '@last' for the last one, '@3' for the last three."


@pytest.mark.parametrize(
    "text", ["9:13", "today 9:10", "2026-11-19T08:19:59Z", "-90m", "1h30m ago"]
)
def test_a_time_names_the_segment_that_it_falls_in(text: str) -> None:
    assert segments(text) == Range(
        local("2026-11-19 09:10"), local("2026-11-19 09:20"), "Thu 19 Nov 2026 09:10-09:20"
    )


@pytest.mark.parametrize(
    "text", ["today", "2026-11-16 22:00-01:00", "mon..wed", "week", "2026", "16 nov 2026"]
)
def test_segments_are_a_range_too(text: str) -> None:
    assert segments(text) == parse_range(text, now=NOW, zone=BERLIN, week=week, absolute=known_day)


def test_segments_to_come_are_refused() -> None:
    with pytest.raises(InvalidTimeError, match="is in the future"):
        segments("in 2h")
    with pytest.raises(InvalidTimeError, match="is in the future"):
        segments("tomorrow")


# --- durations ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1h30", 5400),
        ("1 h 30 min", 5400),
        ("1.5h", 5400),
        ("45", 2700),
        ("0", 0),
        ("1d 2h 3m 4s", 93784),
        ("2 weeks", 1209600),
    ],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "h", "-2h", "1x", "30m1h", "1m30", "1h 2h", "1:30", "99999999"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a duration") as error:
        parse_duration(text)

    assert error.value.hint == "Write a duration as in '1h30m'."


# --- an oracle ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "14:30",
        "9am",
        "9:15pm",
        "12am",
        "20m ago",
        "1h30m ago",
        "2 days ago",
        "1 week ago",
        "yesterday 17:00",
        "mon 9:00",
        "2026-11-16 14:30",
        "2026-11-16T14:30:00+05:45",
        "2026-11-16T14:30Z",
        "now",
    ],
)
def test_times_that_dateparser_knows_mean_the_same_here(text: str) -> None:
    """All but today's weekday, which to dateparser is a week ago."""
    expected = dateparser.parse(
        text,
        languages=["en"],
        settings={
            "RELATIVE_BASE": NOW.replace(tzinfo=None),
            "TIMEZONE": "Europe/Berlin",
            "RETURN_AS_TIMEZONE_AWARE": True,
            "PREFER_DATES_FROM": "past",
        },
    )

    assert time(text) == expected
