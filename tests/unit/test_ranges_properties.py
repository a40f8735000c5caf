"""What holds for every text, every instant and every zone with its changes of the clock."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worklog.domain.contract import Terms, Week
from worklog.domain.grid import SLOT_LENGTH
from worklog.domain.ranges import Range, parse_range, parse_segments
from worklog.domain.times import day_start, from_local, parse_time
from worklog.errors import InvalidTimeError, UsageError

NAMES = sorted(available_timezones() - {"localtime"})
ZONES = st.sampled_from(NAMES).map(ZoneInfo)
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
DAYS = st.dates(date(1971, 1, 1), date(2090, 1, 1))
CLOCKS = st.times().map(lambda t: t.replace(microsecond=0))
LATER = datetime(2099, 1, 1, tzinfo=UTC)
WORDS = st.sampled_from(
    (
        "today",
        "yesterday",
        "mon",
        "sun",
        "week",
        "month",
        "last",
        "7",
        "days",
        "now",
        "ago",
        "-",
        "..",
        "@",
        "3",
        "10:00",
        "9am",
        "2026",
        "2026-11",
        "2026-11-16",
        "2026-W47",
        "T",
        "Z",
        "+05:45",
        "25:00",
        "in",
        "20m",
        "1h",
        "at",
        ",",
        "noon",
        "24:00",
    )
)


def week(instant: datetime) -> Week:
    return Week.containing(instant, Terms())


@given(MOMENTS, ZONES)
def test_any_instant_written_as_iso_8601_reads_back(moment: datetime, zone: ZoneInfo) -> None:
    local = moment.astimezone(zone)

    for text in (local.isoformat(), moment.isoformat(sep=" "), local.isoformat(sep=" ")):
        # Offsets with seconds were local mean time; ISO 8601 has none.
        assert parse_time(text, now=LATER, zone=zone) == moment


@given(DAYS, CLOCKS, ZONES)
def test_a_local_time_reads_as_what_the_clocks_showed(
    day: date, clock: time, zone: ZoneInfo
) -> None:
    wall = datetime.combine(day, clock)

    found = from_local(wall, zone)

    shown = found.astimezone(zone).replace(tzinfo=None)
    if shown == wall:  # there, and the first of two
        assert (found - timedelta(hours=24)).astimezone(zone).replace(tzinfo=None) < wall
        assert found <= wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    else:  # skipped: clocks went from before it to after it
        before = (found - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < wall < shown


@given(DAYS, CLOCKS, CLOCKS, ZONES)
def test_reading_keeps_the_order_of_the_wall(
    day: date, one: time, other: time, zone: ZoneInfo
) -> None:
    first, second = sorted((one, other))

    assert from_local(datetime.combine(day, first), zone) <= from_local(
        datetime.combine(day, second), zone
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_zone_reads_through_its_changes_of_the_clock(name: str) -> None:
    """Each change of 2026: days meet, and nothing is turned round."""
    zone = ZoneInfo(name)
    day = date(2026, 1, 1)
    offset = day_start(day, zone).astimezone(zone).utcoffset()
    while day < date(2027, 1, 1):
        start, end = day_start(day, zone), day_start(day + timedelta(days=1), zone)
        assert start < end
        after = end.astimezone(zone).utcoffset()
        if after != offset:
            quarters = [
                from_local(datetime.combine(day, time(hour, minute)), zone)
                for hour in range(24)
                for minute in (0, 15, 30, 45)
            ]
            assert quarters == sorted(quarters)
            assert start <= quarters[0]
            assert quarters[-1] <= end
            found = parse_range(day.isoformat(), now=LATER, zone=zone, week=week)
            assert (found.start, found.end) == (start, end)
        day, offset = day + timedelta(days=1), after


@given(st.lists(WORDS, max_size=6), st.sampled_from(["", " "]), MOMENTS, ZONES)
@example(["10:00", "-", "9am"], "", datetime(2026, 11, 16, tzinfo=UTC), ZoneInfo("UTC"))
def test_a_range_is_never_reversed_and_nothing_else_is_raised(
    words: list[str], between: str, now: datetime, zone: ZoneInfo
) -> None:
    text = between.join(words)
    with suppress(UsageError, InvalidTimeError):
        found = parse_range(text, now=now, zone=zone, week=week)

        assert found.start < found.end
        assert found.start <= now
        assert found.label


@given(st.text(max_size=20), MOMENTS)
def test_no_text_breaks_the_reading(text: str, now: datetime) -> None:
    with suppress(UsageError, InvalidTimeError):
        parse_time(text, now=now, zone=UTC)
    with suppress(UsageError, InvalidTimeError):
        parse_segments(text, now=now, zone=UTC, week=week)


@given(MOMENTS, CLOCKS, ZONES)
def test_a_bare_time_is_the_last_one_or_the_next(
    now: datetime, clock: time, zone: ZoneInfo
) -> None:
    last = parse_time(clock.isoformat(), now=now, zone=zone)
    following = parse_time(clock.isoformat(), now=now, zone=zone, upcoming=True)

    assert last <= now < following
    assert now - last <= timedelta(hours=49)  # a day that was skipped, or lived twice


@given(MOMENTS, ZONES)
def test_a_moment_names_the_slot_around_it(moment: datetime, zone: ZoneInfo) -> None:
    found = parse_segments(moment.isoformat(), now=LATER, zone=zone, week=week)

    assert isinstance(found, Range)
    assert found.start <= moment < found.end
    assert found.end - found.start == SLOT_LENGTH


@given(DAYS, st.integers(0, 40), ZONES)
def test_days_from_one_to_another_are_as_long_as_all_of_them(
    first: date, more: int, zone: ZoneInfo
) -> None:
    last = first + timedelta(days=more)
    with suppress(InvalidTimeError):  # a day that this zone skipped
        days = [
            parse_range(
                (first + timedelta(days=number)).isoformat(), now=LATER, zone=zone, week=week
            )
            for number in range(more + 1)
        ]

        whole = parse_range(f"{first}..{last}", now=LATER, zone=zone, week=week)

        assert sum((day.end - day.start for day in days), timedelta(0)) == whole.end - whole.start
