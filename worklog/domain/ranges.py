"""RANGE and SEGMENTS: how a stretch of time that a person typed is read, everywhere.

Days are local and both ends of `mon..wed` are included; weeks are billing weeks, which only
the caller knows. A range of two times of day goes over midnight where it then lasts at most
twelve hours, and is otherwise taken for a slip and refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from worklog.domain.contract import Week
from worklog.domain.grid import Slot
from worklog.domain.times import (
    DAY_SECONDS,
    MONTHS,
    Absolute,
    Standpoint,
    bare_time,
    clock_in_words,
    day_in_words,
    day_start,
    in_words,
    normal,
    on_day,
    out_of_reach,
    read_amounts,
    read_clock,
    read_day,
    read_time,
)
from worklog.errors import InvalidTimeError, UsageError

WeekOf = Callable[[datetime], Week]
"""Returns the billing week that a moment falls in."""

_LONGEST_NIGHT: Final = timedelta(hours=12)
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_NOTHING: Final = timedelta(0)
_CLOCKS: Final = re.compile(
    r"(?:(?P<day>.+?),? )?(?P<start>\d{1,2}(?::\d\d){0,2}(?:am|pm)?|noon|midnight)"
    r" ?[-\u2013] ?(?P<end>[^-\u2013 ]+)",
    re.ASCII,
)
_MONTH: Final = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)
_WEEK: Final = re.compile(r"(\d{4})-w(\d\d)", re.ASCII)
_LAST: Final = re.compile(r"last (\d.*)", re.ASCII)
_COUNT: Final = re.compile(r"@(last|\d{1,6})", re.ASCII)
_EXAMPLE: Final = "Write a range as in 'yesterday 10:00-11:30'; worklog(1) lists all under RANGE."


@dataclass(frozen=True, slots=True)
class Range:
    """The half-open interval ``[start, end)``.

    Attributes:
        start: In UTC.
        end: In UTC, after *start*.
        label: What people call it: `Thu 19 Nov 2026`, `week of Mon 16 Nov 2026`.

    Raises:
        ValueError: it is empty or reversed.
    """

    start: datetime
    end: datetime
    label: str

    def __post_init__(self) -> None:
        if not self.start < self.end:
            msg = f"empty range: {self.start} to {self.end}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Recent:
    """The last *count* segments, `@last` being one."""

    count: int


def parse_range(  # noqa: PLR0913 -- all but the text are keywords
    text: str,
    *,
    now: datetime,
    zone: tzinfo,
    week: WeekOf,
    absolute: Absolute | None = None,
    allow_future: bool = False,
    allow_unfinished: bool = True,
) -> Range:
    """Return the range that *text* names.

    Args:
        text: `today`, `yesterday`, `mon`, `2026-11-16`, `2026-11`, `2026`, `week`,
            `last week`, `2026-W47`, `month`, `last month`, `last 7 days` (today is one of
            them), `last 3h`, `10:00-11:30`, `yesterday 22:00-01:00`, and `A..B` where
            either side is one of these or a TIME.
        now: Aware.
        zone: Of local times.
        week: Billing weeks. `2026-W47` is the one that holds noon (UTC) of the Thursday
            of that ISO week.
        absolute: Asked for days and moments that the grammar does not know.
        allow_future: Whether it may begin after *now*. Then times without a day are
            today's, else the last such.
        allow_unfinished: Whether it may end after *now*.

    Raises:
        UsageError: *text* cannot be read; the message says what of it was understood.
        InvalidTimeError: it can, but it is reversed, empty, or in the future.
    """
    at = Standpoint(now=now, zone=zone, absolute=absolute)
    found = _Reader(at=at, week=week, allow_future=allow_future).range(text)
    if not allow_future and found.start > now:
        msg = f"{text!r} is in the future ({found.label})"
        raise InvalidTimeError(msg, hint="Name a range that has begun.")
    if not allow_unfinished and found.end > now:
        msg = f"{text!r} is not over yet: it ends at {in_words(found.end, zone)}"
        raise InvalidTimeError(msg, hint="Name a range that has ended, as in '-30m..now'.")
    return found


def parse_segments(
    text: str,
    *,
    now: datetime,
    zone: tzinfo,
    week: WeekOf,
    absolute: Absolute | None = None,
) -> Range | Recent:
    """Return the segments that *text* names: a RANGE, `@last` or `@3`.

    A single moment with a time of day, as in `14:30`, names the slot that it falls in.

    Raises:
        UsageError: *text* cannot be read.
        InvalidTimeError: it is reversed, empty, or begins in the future.
    """
    words = normal(text)
    if words.startswith("@"):
        count = _COUNT.fullmatch(words)
        if count is None or words.strip("@0") == "":
            msg = f"{text!r} is not a number of segments"
            raise UsageError(msg, hint="Write '@last' for the last one, '@3' for the last three.")
        return Recent(1 if count[1] == "last" else int(count[1]))
    at = Standpoint(now=now, zone=zone, absolute=absolute)
    moment = _Reader(at=at, week=week).moment(words)
    if moment is None:
        return parse_range(text, now=now, zone=zone, week=week, absolute=absolute)
    if moment > now:
        msg = f"{text!r} is in the future ({in_words(moment, zone)})"
        raise InvalidTimeError(msg, hint="Name a time that has passed.")
    slot = Slot.containing(moment)
    return Range(slot.start, slot.end, in_range_words(slot.start, slot.end, zone))


def in_range_words(start: datetime, end: datetime, zone: tzinfo) -> str:
    """Return ``[start, end)`` for people; whole local days without times."""
    first, last = start.astimezone(zone), (end - _SECOND).astimezone(zone)
    if start == day_start(first.date(), zone) and end == _day_end(last.date(), zone):
        if first.date() == last.date():
            return day_in_words(first.date())
        with_year = first.year != last.year
        return f"{day_in_words(first.date(), with_year=with_year)} to {day_in_words(last.date())}"
    if first.date() == last.date():
        until = end.astimezone(zone)
        is_midnight = until.date() != first.date()
        return f"{in_words(start, zone)}-{'24:00' if is_midnight else clock_in_words(until.time())}"
    return f"{in_words(start, zone)} to {in_words(end, zone)}"


def _day_end(day: date, zone: tzinfo) -> datetime:
    return on_day(day, DAY_SECONDS, zone)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One reading of one text."""

    at: Standpoint
    week: WeekOf
    allow_future: bool = False

    def range(self, text: str) -> Range:
        words = normal(text)
        if ".." in words:
            return self._between(text, *words.split("..", 1))
        clocks = _CLOCKS.fullmatch(words)
        if clocks is not None and not _MONTH.fullmatch(words):
            return self._clocks(text, clocks)
        found = self.period(words)
        if found is not None:
            return found
        if self.moment(words) is not None:
            msg = f"{text!r} is a time, not a range"
            raise UsageError(msg, hint=_EXAMPLE)
        msg = f"{text!r} is not a range"
        raise UsageError(msg, hint=_EXAMPLE)

    def moment(self, words: str) -> datetime | None:
        """Read a time of day, with a day or without; not a day alone."""
        seconds = read_clock(words)
        if seconds is not None:
            return bare_time(seconds, self.at, allow_future=self.allow_future)
        if _CLOCKS.fullmatch(words) or self.period(words) is not None:
            return None
        return read_time(words, self.at)

    def period(self, words: str) -> Range | None:
        """Read one day, week, month, year, or the last so many."""
        for read in (self._named, self._month, self._year, self._numbered_week, self._last):
            found = read(words)
            if found is not None:
                return found
        day = read_day(words, self.at)
        return None if day is None else self._days(day, day)

    def _between(self, text: str, left: str, right: str) -> Range:
        left, right = left.strip(), right.strip()
        begun = self.period(left)
        start = begun.start if begun else self.moment(left)
        # A weekday or a time on the right is looked for from the left one on.
        after = start.astimezone(self.at.zone).date() if start else None
        later = replace(self, at=replace(self.at, after=after))
        ended = later.period(right)
        end = ended.end if ended else later.moment(right)
        if start is None or end is None:
            raise self._half_read(text, ("start", left, start), ("end", right, end))
        seconds = read_clock(right)
        if seconds is not None and begun is None:
            return self._up_to(text, start, seconds)
        return self._checked(text, start, end)

    def _clocks(self, text: str, words: re.Match[str]) -> Range:
        start, end = read_clock(words["start"]), read_clock(words["end"])
        if start is None or end is None:
            raise self._half_read(
                text, ("start", words["start"], start), ("end", words["end"], end)
            )
        if words["day"] is None:
            moment = bare_time(start, self.at, allow_future=self.allow_future)
            return self._up_to(text, moment, end)
        day = read_day(words["day"], self.at)
        if day is None:
            clocks = f"{words['start']}-{words['end']}"
            msg = f"{text!r}: understood the times {clocks!r}, not the day {words['day']!r}"
            raise UsageError(msg, hint=_EXAMPLE)
        return self._up_to(text, on_day(day, start, self.at.zone), end)

    def _up_to(self, text: str, start: datetime, seconds: int) -> Range:
        """Return the range from *start* to the next time that clocks show *seconds*."""
        day = start.astimezone(self.at.zone).date()
        end = on_day(day, seconds, self.at.zone)
        if end <= start:
            next_day = on_day(day + _DAY, seconds, self.at.zone)
            if end < start and next_day - start <= _LONGEST_NIGHT:
                end = next_day
        return self._checked(text, start, end)

    def _checked(self, text: str, start: datetime, end: datetime) -> Range:
        zone = self.at.zone
        if start < end:
            return Range(start, end, in_range_words(start, end, zone))
        what = "is empty" if start == end else "ends before it starts"
        msg = f"{text!r} {what} ({in_words(start, zone)} to {in_words(end, zone)})"
        raise InvalidTimeError(msg, hint="Put the earlier time first, and name the day of each.")

    def _half_read(self, text: str, *sides: tuple[str, str, datetime | int | None]) -> UsageError:
        """Return the error for a range of which at least one side was not understood."""
        known = [f"the {name} {words}" for name, words, found in sides if found is not None]
        unknown = [f"the {name} {words!r}" for name, words, found in sides if found is None]
        if not known:
            msg = f"{text!r} is not a range"
        else:
            msg = f"{text!r}: understood {known[0]}, not {unknown[0]}"
        return UsageError(msg, hint=_EXAMPLE)

    def _days(self, first: date, last: date, label: str = "") -> Range | None:
        zone = self.at.zone
        start, end = day_start(first, zone), _day_end(last, zone)
        if start == end:  # a day that this zone skipped
            msg = f"{day_in_words(first)} never was in this time zone"
            raise InvalidTimeError(msg, hint="Name the day before or after.")
        return Range(start, end, label or in_range_words(start, end, zone))

    def _named(self, words: str) -> Range | None:
        which, _, unit = words.rpartition(" ")
        if which not in ("", "this", "last"):
            return None
        back = which == "last"
        today = self.at.today
        match unit:
            case "week":
                week = self.week(self.at.now)
                return self._week(self.week(week.start - _SECOND) if back else week)
            case "month":
                first = today.replace(day=1)
                return self._whole_month((first - _DAY).replace(day=1) if back else first)
            case "year":
                return self._whole_year(today.year - back)
            case _:
                return None

    def _week(self, week: Week) -> Range:
        day = week.start.astimezone(self.at.zone).date()
        return Range(
            week.start.astimezone(UTC), week.end.astimezone(UTC), f"week of {day_in_words(day)}"
        )

    def _numbered_week(self, words: str) -> Range | None:
        found = _WEEK.fullmatch(words)
        if found is None:
            return None
        try:
            thursday = date.fromisocalendar(int(found[1]), int(found[2]), 4)
        except ValueError:
            return None
        return self._week(self.week(on_day(thursday, DAY_SECONDS // 2, UTC)))

    def _month(self, words: str) -> Range | None:
        found = _MONTH.fullmatch(words)
        if found is None or not 1 <= int(found[2]) <= len(MONTHS):
            return None
        return self._whole_month(date(max(1, int(found[1])), int(found[2]), 1))

    def _whole_month(self, first: date) -> Range | None:
        following = first + timedelta(days=31)
        last = following.replace(day=1) - _DAY
        return self._days(first, last, f"{MONTHS[first.month - 1]} {first.year}")

    def _year(self, words: str) -> Range | None:
        return self._whole_year(max(1, int(words))) if _YEAR.fullmatch(words) else None

    def _whole_year(self, year: int) -> Range | None:
        return self._days(date(year, 1, 1), date(year, 12, 31), str(year))

    def _last(self, words: str) -> Range | None:
        """Read `last 7 days`, today being one of them, and `last 3h`, up to now."""
        found = _LAST.fullmatch(words)
        days, rest = (read_amounts(found[1]) if found else None) or (_NOTHING, _NOTHING)
        if days % _DAY or not (days or rest):
            return None
        try:
            if not rest:
                return self._days(self.at.today - days + _DAY, self.at.today)
            now = self.at.now.astimezone(UTC)
            start = now - days - rest
            return Range(start, now, in_range_words(start, now, self.at.zone))
        except OverflowError:
            raise out_of_reach(repr(words)) from None
