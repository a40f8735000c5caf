"""TIME and durations: how a moment that a person typed is read, the same everywhere.

A local time that a change of the clocks skips means the moment of the change, and one that
comes twice means the first of both, unless an offset says otherwise. So reading never turns
an order round: what is earlier on the wall is never later in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from worklog.errors import InvalidTimeError, UsageError

Absolute = Callable[[str], date | None]
"""Reads a day or a moment in a form that is not of this grammar; None for neither.

A naive datetime is local, a plain date is a day without a time.
"""

DAY_SECONDS: Final = 86_400
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SECOND: Final = timedelta(seconds=1)
_FIRST_YEAR: Final = 1970  # where the grid begins
_LAST_YEAR: Final = 9998  # room for any offset below the last year that a datetime holds
_SHORTEST_NAME: Final = 3  # `mon`
_UNITS: Final = {
    "w": 7 * DAY_SECONDS,
    "week": 7 * DAY_SECONDS,
    "weeks": 7 * DAY_SECONDS,
    "d": DAY_SECONDS,
    "day": DAY_SECONDS,
    "days": DAY_SECONDS,
    "h": 3600,
    "hr": 3600,
    "hrs": 3600,
    "hour": 3600,
    "hours": 3600,
    "m": 60,
    "min": 60,
    "mins": 60,
    "minute": 60,
    "minutes": 60,
    "s": 1,
    "sec": 1,
    "secs": 1,
    "second": 1,
    "seconds": 1,
}
_CLOCK: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?(am|pm)?", re.ASCII)
_AMOUNT: Final = re.compile(r"(\d{1,7}(?:\.\d{1,3})?) ?([a-z]*)(?: |(?=\d)|$)", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-(?:\d\d-\d\d|w\d\d-\d)", re.ASCII)
_ISO: Final = re.compile(r"\d{4}-?(?:\d\d-?\d\d|w\d\d-?\d)[t ]\d\d.*", re.ASCII)
_AGO: Final = re.compile(r"(?:(?P<sign>[-+\u2212]|in )(?P<after>.+)|(?P<before>.+) ago)")
_TIME_LAST: Final = re.compile(r"(?P<day>.+?),? (?:at )?(?P<clock>\S+)")
_TIME_FIRST: Final = re.compile(r"(?P<clock>\S+) (?:on )?(?P<day>.+)")
_EXAMPLE: Final = "Write a time as in 'yesterday 17:00'; worklog(1) lists all forms under TIME."


@dataclass(frozen=True, slots=True)
class Standpoint:
    """When and where a text is read.

    Attributes:
        now: Aware.
        zone: Of local times.
        absolute: Asked for what this grammar does not know.
        after: Where given, a weekday is the first one from this day on; else it is the
            last one, today included.
    """

    now: datetime
    zone: tzinfo
    absolute: Absolute | None = None
    after: date | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def parse_time(  # noqa: PLR0913 -- all but the text are keywords
    text: str,
    *,
    now: datetime,
    zone: tzinfo,
    absolute: Absolute | None = None,
    allow_future: bool = False,
    upcoming: bool = False,
) -> datetime:
    """Return the moment that *text* names, in UTC.

    A time without a day is the last such time not after *now*; with *allow_future* it is
    today's, with *upcoming* the next one. A day without a time is its first moment.

    Args:
        text: `14:30`, `9am`, `-20m`, `1h30m ago`, `in 2h`, `yesterday 17:00`, `mon 9:00`,
            `now`, `2026-11-16 14:30`, ISO 8601, or what *absolute* knows.
        now: Aware.
        zone: Of local times.
        absolute: Asked for what the grammar does not know.
        allow_future: Whether moments after *now* may be named.
        upcoming: Whether only moments after *now* may be named.

    Raises:
        UsageError: *text* cannot be read; the message says what of it was understood.
        InvalidTimeError: it can, but the moment is on the wrong side of *now*.
    """
    at = Standpoint(now=now, zone=zone, absolute=absolute)
    words = normal(text)
    seconds = read_clock(words)
    if seconds is not None:
        found: datetime | None = bare_time(
            seconds, at, allow_future=allow_future, upcoming=upcoming
        )
    else:
        found = read_time(words, at)
    if found is None:
        raise misread_time(text, at)
    if upcoming and found <= now:
        msg = f"{text!r} is in the past ({in_words(found, zone)})"
        raise InvalidTimeError(msg, hint="Name a time that is still to come.")
    if not (upcoming or allow_future) and found > now:
        msg = f"{text!r} is in the future ({in_words(found, zone)})"
        raise InvalidTimeError(msg, hint="Name a time that has passed.")
    return found


def parse_duration(text: str) -> timedelta:
    """Return the duration *text*: `90s`, `2h`, `1h30m`, `1.5h`, or `45` in minutes.

    Raises:
        UsageError: *text* is no duration.
    """
    found = read_duration(normal(text))
    if found is None:
        msg = f"{text!r} is not a duration"
        raise UsageError(msg, hint="Write a duration as in '1h30m'.")
    return found


def normal(text: str) -> str:
    """Return *text* as the grammar sees it: one line, small letters, `9 pm` as `9pm`."""
    words = " ".join(text.casefold().split())
    return re.sub(r"(?<=\d) ?([ap])\.?m\.?(?=$|[ -])", r"\1m", words)


def from_local(wall: datetime, zone: tzinfo, *, fold: int = 0) -> datetime:
    """Return the UTC moment at which clocks of *zone* show the naive *wall*.

    A time that comes twice is the first one, with *fold* 1 the second. One that is
    skipped is the moment of the change.

    Raises:
        InvalidTimeError: it is before 1970, or too far away.
    """
    if not _FIRST_YEAR <= wall.year <= _LAST_YEAR:
        raise out_of_reach(str(wall.year))
    moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    return _change_between(
        wall.replace(tzinfo=zone, fold=1).astimezone(UTC),
        wall.replace(tzinfo=zone, fold=0).astimezone(UTC),
        zone,
    )


def day_start(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of *day* in *zone*; midnight may be skipped there."""
    return from_local(datetime.combine(day, time.min), zone)


def on_day(day: date, seconds: int, zone: tzinfo, *, fold: int = 0) -> datetime:
    """Return the moment at which clocks show *seconds* after midnight, up to 24:00."""
    if day.year > _LAST_YEAR:
        raise out_of_reach(str(day.year))
    wall = datetime.combine(day, time.min) + timedelta(seconds=seconds)
    return from_local(wall, zone, fold=fold)


def bare_time(
    seconds: int, at: Standpoint, *, allow_future: bool = False, upcoming: bool = False
) -> datetime:
    """Return which moment a time without a day means; see `parse_time`."""
    if allow_future and not upcoming:
        return on_day(at.today, seconds, at.zone)
    near = [
        on_day(at.today + timedelta(days=days), seconds, at.zone, fold=fold)
        for days in (-2, -1, 0, 1)
        for fold in (0, 1)
    ]
    if upcoming:
        return min(moment for moment in near if moment > at.now)
    return max(moment for moment in near if moment <= at.now)


def read_time(words: str, at: Standpoint) -> datetime | None:
    """Return the moment that normal *words* name with a day; None if it is no moment."""
    if words == "now":
        return at.now.astimezone(UTC)
    for read in (_iso, _relative, _day_and_clock, _day):
        found = read(words, at)
        if found is not None:
            return found
    return None


def read_clock(words: str) -> int | None:
    """Return a time of day [s after midnight]; 24:00 is 86400, None if it is no time."""
    if words in ("noon", "midnight"):
        return DAY_SECONDS // 2 if words == "noon" else 0
    found = _CLOCK.fullmatch(words)
    if found is None or not (found[2] or found[4]):
        return None
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 -- the hours of half a day
            return None
        hour = hour % 12 + (12 if found[4] == "pm" else 0)
    if minute > 59 or second > 59:  # noqa: PLR2004 -- minutes and seconds of a clock
        return None
    seconds = hour * 3600 + minute * 60 + second
    return seconds if seconds <= DAY_SECONDS else None


def read_day(words: str, at: Standpoint) -> date | None:
    """Return the day that normal *words* name; None if they name none."""
    named = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if words in named:
        return at.today + timedelta(days=named[words])
    if len(words) >= _SHORTEST_NAME:
        for number, name in enumerate(WEEKDAYS):
            if name.startswith(words):
                return _weekday(number, at)
    if _DATE.fullmatch(words):
        try:
            return date.fromisoformat(words.upper())
        except ValueError:
            return None
    found = at.absolute(words) if at.absolute else None
    return None if isinstance(found, datetime) else found


def read_duration(words: str) -> timedelta | None:
    """Return the duration that normal *words* name; None if they name none."""
    found = read_amounts(words)
    return None if found is None else found[0] + found[1]


def misread_time(text: str, at: Standpoint) -> UsageError:
    """Return the error that says what of *text* was understood as a time."""
    words = normal(text)
    for shape in (_TIME_LAST, _TIME_FIRST):
        found = shape.fullmatch(words)
        if found is None:
            continue
        if read_day(found["day"], at) is not None:
            msg = f"{text!r}: understood the day {found['day']!r}, not the time {found['clock']!r}"
            return UsageError(msg, hint=_EXAMPLE)
        if read_clock(found["clock"]) is not None:
            msg = f"{text!r}: understood the time {found['clock']!r}, not the day {found['day']!r}"
            return UsageError(msg, hint=_EXAMPLE)
    msg = f"{text!r} is not a time"
    return UsageError(msg, hint=_EXAMPLE)


def in_words(moment: datetime, zone: tzinfo) -> str:
    """Return *moment* for people: `Thu 19 Nov 2026 10:40`."""
    local = moment.astimezone(zone)
    return f"{day_in_words(local.date())} {clock_in_words(local.time())}"


def clock_in_words(clock: time) -> str:
    """Return *clock* for people: `10:40`, with seconds only where there are any."""
    seconds = f":{clock.second:02}" if clock.second else ""
    return f"{clock.hour:02}:{clock.minute:02}{seconds}"


def day_in_words(day: date, *, with_year: bool = True) -> str:
    """Return *day* for people: `Thu 19 Nov 2026`. English, whatever the locale."""
    words = f"{WEEKDAYS[day.weekday()][:3].title()} {day.day} {MONTHS[day.month - 1][:3]}"
    return f"{words} {day.year}" if with_year else words


MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def out_of_reach(what: str) -> InvalidTimeError:
    msg = f"{what} is out of reach: a diary holds the years {_FIRST_YEAR} to {_LAST_YEAR}"
    return InvalidTimeError(msg, hint="Check the year.")


def _change_between(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """Return the moment in ``(low, high]`` at which the offset of *zone* changes."""
    old = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def _iso(words: str, at: Standpoint) -> datetime | None:
    if not _ISO.fullmatch(words):
        return None
    day, _, rest = words.upper().replace("T", " ").partition(" ")
    try:
        found = datetime.fromisoformat(f"{day}T{rest.replace(' ', '')}")
    except ValueError:
        return None
    return _utc(found, at)


def _utc(found: datetime, at: Standpoint) -> datetime:
    if found.tzinfo is None:
        return from_local(found, at.zone)
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise out_of_reach(str(found.year))
    return found.astimezone(UTC)


def _relative(words: str, at: Standpoint) -> datetime | None:
    """Read `-20m`, `20m ago`, `in 2h`. Days keep the time on the wall, hours are elapsed."""
    shape = _AGO.fullmatch(words)
    if shape is None:
        return None
    amounts = read_amounts((shape["before"] or shape["after"]).strip())
    if amounts is None:
        return None
    days, rest = amounts
    sign = 1 if shape["sign"] in ("+", "in ") else -1
    try:
        moment = at.now.astimezone(UTC)
        if days:
            wall = at.now.astimezone(at.zone).replace(tzinfo=None)
            moment = from_local(wall + sign * days, at.zone)
        moment += sign * rest
    except OverflowError:
        raise out_of_reach(repr(words)) from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise out_of_reach(repr(words))
    return moment


def _day_and_clock(words: str, at: Standpoint) -> datetime | None:
    for shape in (_TIME_LAST, _TIME_FIRST):
        found = shape.fullmatch(words)
        if found is None:
            continue
        seconds = read_clock(found["clock"])
        if seconds is None:
            continue
        day = read_day(found["day"], at)
        if day is not None:
            return on_day(day, seconds, at.zone)
    return None


def _day(words: str, at: Standpoint) -> datetime | None:
    day = read_day(words, at)
    if day is not None:
        return day_start(day, at.zone)
    found = at.absolute(words) if at.absolute else None
    return _utc(found, at) if isinstance(found, datetime) else None


def _weekday(number: int, at: Standpoint) -> date:
    if at.after is not None:
        return at.after + timedelta(days=(number - at.after.weekday()) % 7)
    return at.today - timedelta(days=(at.today.weekday() - number) % 7)


def read_amounts(words: str) -> tuple[timedelta, timedelta] | None:
    """Return a duration as what was given in days and weeks, and the rest; None for none.

    Units fall from left to right, so `30m1h` is a slip.
    """
    days = rest = timedelta(0)
    position, last = 0, max(_UNITS.values()) + 1
    while position < len(words):
        found = _AMOUNT.match(words, position)
        if found is None:
            return None
        unit = _UNITS.get(found[2] or _unnamed(position, last), last)
        if unit >= last:
            return None
        amount = timedelta(seconds=round(float(found[1]) * unit))
        if unit >= DAY_SECONDS:
            days += amount
        else:
            rest += amount
        position, last = found.end(), unit
    return (days, rest) if position else None


def _unnamed(position: int, last: int) -> str:
    """Return the unit of a number without one: minutes alone or after hours (`1h30`)."""
    return "m" if position == 0 or last == _UNITS["h"] else ""
