"""From words to values at the border: dateutil where it guesses nothing, and the zone."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.fakes import FakeClock
from worklog.cli.params import (
    Absolute,
    FoundZone,
    duration,
    find_zone,
    local_zone,
    segments,
    span,
    span_between,
    upcoming,
    when,
)
from worklog.config import Settings, merge
from worklog.config.settings import from_options
from worklog.domain.contract import Terms, Week
from worklog.domain.ranges import Range, Recent
from worklog.errors import InvalidTimeError, UsageError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 19, 10, 47, tzinfo=BERLIN)  # a Thursday


@dataclass(frozen=True)
class Here:
    """A command that runs in Berlin now."""

    clock: FakeClock
    zone: ZoneInfo


HERE = Here(FakeClock(NOW), BERLIN)


def week(instant: datetime) -> Week:
    return Week.containing(instant, Terms())


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("16 Nov 2026", date(2026, 11, 16)),
        ("November 16th, 2026", date(2026, 11, 16)),
        ("Mon 16 Nov 2026", date(2026, 11, 16)),
        ("16.11.2026", date(2026, 11, 16)),
        ("11/16/2026", date(2026, 11, 16)),
        ("20261116", date(2026, 11, 16)),
        ("16 Nov", date(2026, 11, 16)),
        ("28 Dec", date(2026, 12, 28)),
        ("1 Mar", date(2027, 3, 1)),
        ("29 Feb 2024", date(2024, 2, 29)),
        ("16 Nov 2026 14:30", datetime(2026, 11, 16, 14, 30)),
        ("16 Nov 2026 at 2pm", datetime(2026, 11, 16, 14)),
        ("16 Nov 2026 14:30:15 UTC", datetime(2026, 11, 16, 14, 30, 15, tzinfo=UTC)),
        ("16 Nov 2026 14:30 +0100", datetime(2026, 11, 16, 13, 30, tzinfo=UTC)),
    ],
)
def test_other_forms_of_a_day_or_moment_are_read(text: str, meant: date) -> None:
    found = Absolute(date(2026, 11, 19))(text)

    assert found == meant
    assert isinstance(found, datetime) == isinstance(meant, datetime)


@pytest.mark.parametrize(
    "text",
    [
        "11/12/2026",  # November or December
        "11/16/26",  # which century
        "16-18 Nov",  # not the year 2016
        "16",
        "Nov",
        "Nov 2026",
        "10:00",
        "sat",
        "29 Feb",  # there is none in the nearest year
        "Thu 16 Nov 2026",  # a Monday
        "31 Nov 2026",
        "9" * 30,
        "16 Nov 2026 14:30 EST",
        "soon",
        "",
    ],
)
def test_what_dateutil_would_have_to_guess_is_not_read(text: str) -> None:
    assert Absolute(date(2026, 11, 19))(text) is None


def test_a_day_without_a_year_is_the_nearest_one() -> None:
    assert Absolute(date(2026, 1, 5))("28 Dec") == date(2025, 12, 28)
    assert Absolute(date(2026, 12, 28))("5 Jan") == date(2027, 1, 5)
    assert Absolute(date(2028, 2, 1))("29 Feb") == date(2028, 2, 29)


def test_a_moment_is_read_in_any_form() -> None:
    assert when(HERE, "16 Nov 2026 14:30") == local("2026-11-16 14:30")
    assert upcoming(HERE, "14:30") == local("2026-11-19 14:30")
    assert when(HERE, "14:30", allow_future=True) == local("2026-11-19 14:30")
    with pytest.raises(UsageError, match="understood the day '16 nov', not the time '14:30x'"):
        when(HERE, "16 Nov 14:30x")


def test_a_range_is_read_in_any_form() -> None:
    found = span(HERE, "16 Nov 10:00-11:30", week=week)

    assert found == Range(
        local("2026-11-16 10:00"), local("2026-11-16 11:30"), "Mon 16 Nov 2026 10:00-11:30"
    )
    with pytest.raises(InvalidTimeError, match="not over yet"):
        span(HERE, "today", week=week, allow_unfinished=False)
    assert span(HERE, "tomorrow", week=week, allow_future=True).start > NOW


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("2026-11-16", "2026-11-17", "2026-11-16", "2026-11-18"),
        ("mon 9:00", "", "2026-11-16 09:00", "2026-11-19 10:47"),
        ("", "yesterday", "2026-11-13", "2026-11-19"),
        ("", "", "2026-11-13", "2026-11-19 10:47"),
        ("1 Nov", "15 Nov", "2026-11-01", "2026-11-16"),
    ],
)
def test_from_and_to_make_a_range(start: str, end: str, first: str, last: str) -> None:
    found = span_between(HERE, start, end, week=week)

    assert (found.start, found.end) == (local(first), local(last))


def test_segments_are_read_in_any_form() -> None:
    assert segments(HERE, "@3", week=week) == Recent(3)
    assert segments(HERE, "16 Nov 14:31", week=week) == Range(
        local("2026-11-16 14:30"), local("2026-11-16 14:40"), "Mon 16 Nov 2026 14:30-14:40"
    )


def test_a_duration_is_some_time() -> None:
    assert duration("1h30m") == timedelta(minutes=90)
    with pytest.raises(InvalidTimeError, match="'0' is no time at all") as error:
        duration("0")
    assert error.value.hint == "Write a duration as in '1h30m'."


# --- the zone -------------------------------------------------------------------------


def settings(zone: str = "") -> Settings:
    return merge([from_options({"zone": zone})])


@pytest.fixture
def system(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    return tmp_path


def found(name: str, source: str, problem: str = "") -> FoundZone:
    return FoundZone(ZoneInfo(name), source, problem)


def test_the_zone_of_the_settings_wins(system: Path) -> None:
    assert find_zone(settings("Asia/Kathmandu"), {"TZ": "Europe/Berlin"}, root=str(system)) == (
        found("Asia/Kathmandu", "zone")
    )
    assert local_zone(settings("Asia/Kathmandu"), {}) == ZoneInfo("Asia/Kathmandu")


@pytest.mark.parametrize(
    "text", ["Europe/Berlin", ":Europe/Berlin", "/nowhere/zoneinfo/Europe/Berlin"]
)
def test_else_the_zone_of_the_environment_counts(system: Path, text: str) -> None:
    assert find_zone(settings(), {"TZ": text}, root=str(system)) == found("Europe/Berlin", "TZ")


def test_a_rule_in_place_of_a_name_gives_utc_and_says_so(system: Path) -> None:
    assert find_zone(settings(), {"TZ": "CET-1CEST,M3.5.0"}, root=str(system)) == found(
        "UTC",
        "TZ",
        "TZ is 'CET-1CEST,M3.5.0', which is not the name of a time zone; times are in UTC",
    )


@pytest.mark.parametrize("folder", ["", "posix/", "right/"])
def test_else_the_link_of_the_system_counts(system: Path, folder: str) -> None:
    (system / "etc/localtime").symlink_to(f"/nowhere/zoneinfo/{folder}Asia/Kathmandu")

    assert find_zone(settings(), {}, root=str(system)) == found("Asia/Kathmandu", "/etc/localtime")


def test_else_the_name_that_the_system_wrote_down_counts(system: Path) -> None:
    (system / "etc/localtime").write_bytes(b"TZif2")
    (system / "etc/timezone").write_text("America/St_Johns\n", encoding="ascii")

    assert find_zone(settings(), {}, root=str(system)) == found("America/St_Johns", "/etc/timezone")


@pytest.mark.parametrize("content", [None, b"", b"Nowhere\n", b"\xff"])
def test_a_system_that_does_not_say_gives_utc_and_says_so(
    system: Path, content: bytes | None
) -> None:
    if content is not None:
        (system / "etc/timezone").write_bytes(content)

    assert find_zone(settings(), {}, root=str(system)) == found(
        "UTC", "/etc/localtime", "this system does not say its time zone; times are in UTC"
    )


def test_dateutil_is_loaded_only_for_what_the_own_grammar_does_not_know() -> None:
    program = (
        "import sys; from zoneinfo import ZoneInfo\n"
        "from worklog.cli.params import when; from worklog.clock import SystemClock\n"
        "class here: clock = SystemClock(); zone = ZoneInfo('UTC')\n"
        "for text in ('9:00', '-20m', 'yesterday 17:00', 'mon 9:00', '2026-11-16 14:30'):\n"
        "    when(here, text)\n"
        "print('dateutil' in sys.modules)\n"
        "when(here, '16 Nov 2026 14:30')\n"
        "print('dateutil' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\nTrue\n"
