"""Turns what was typed into the domain's values: moments, ranges, durations, the zone.

The grammar is the domain's. dateutil is asked only for what that does not know, and only
believed where it had to guess nothing: it would fill in missing parts and take `01/05/09`
for three different days.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypedDict
from zoneinfo import ZoneInfo

from worklog.config import Settings, is_zone
from worklog.domain.ranges import Range, Recent, WeekOf, parse_range, parse_segments
from worklog.domain.times import WEEKDAYS, parse_duration, parse_time
from worklog.errors import InvalidTimeError

if TYPE_CHECKING:
    from worklog.app.ports import Clock

_LOCALTIME: Final = "/etc/localtime"
_TIMEZONE_FILE: Final = "/etc/timezone"
_ZONE_FOLDER: Final = "zoneinfo/"
# What dateutil takes from its default, and not from the text, differs in the results. Both
# years are leap years, for 29 February.
_GUESSES: Final = (datetime(2000, 1, 1, 1, 1, tzinfo=UTC), datetime(2004, 2, 2, 2, 2, tzinfo=UTC))
_SHORTEST_NAME: Final = 3
SET_ZONE: Final = "Set it with `worklog config set zone Europe/Berlin`."


class Here(Protocol):
    """When and where something is typed; `AppContext` is one."""

    @property
    def clock(self) -> Clock: ...

    @property
    def zone(self) -> ZoneInfo: ...


def when(here: Here, text: str, *, allow_future: bool = False) -> datetime:
    """Return the moment *text*; see `worklog.domain.times.parse_time` for what it may be.

    Raises:
        UsageError: it cannot be read.
        InvalidTimeError: it is in the future, unless allowed.
    """
    return parse_time(text.strip(), **_standpoint(here), allow_future=allow_future)


def upcoming(here: Here, text: str) -> datetime:
    """Return the moment *text* that is still to come, as for `--until`.

    Raises:
        UsageError: it cannot be read.
        InvalidTimeError: it has passed.
    """
    return parse_time(text.strip(), **_standpoint(here), upcoming=True)


def span(
    here: Here,
    text: str,
    *,
    week: WeekOf,
    allow_future: bool = False,
    allow_unfinished: bool = True,
) -> Range:
    """Return the range *text*; see `worklog.domain.ranges.parse_range` for what it may be.

    Raises:
        UsageError: it cannot be read.
        InvalidTimeError: it is reversed, empty, or in the future.
    """
    return parse_range(
        text.strip(),
        **_standpoint(here),
        week=week,
        allow_future=allow_future,
        allow_unfinished=allow_unfinished,
    )


def span_between(here: Here, start: str, end: str, *, week: WeekOf) -> Range:
    """Return the range of `--from` and `--to`, each a TIME, a day or longer, ends included.

    Either may be empty: then it is the last seven days, or up to now.

    Raises:
        UsageError: one of them cannot be read.
        InvalidTimeError: they are reversed, or begin in the future.
    """
    week_ago = here.clock.now().astimezone(here.zone).date() - timedelta(days=6)
    return span(here, f"{start or week_ago}..{end or 'now'}", week=week)


def segments(here: Here, text: str, *, week: WeekOf) -> Range | Recent:
    """Return the segments *text*: a RANGE, a moment within one, `@last` or `@3`.

    Raises:
        UsageError: it cannot be read.
        InvalidTimeError: it is reversed, empty, or begins in the future.
    """
    return parse_segments(text.strip(), **_standpoint(here), week=week)


class _Standpoint(TypedDict):
    now: datetime
    zone: ZoneInfo
    absolute: Absolute


def _standpoint(here: Here) -> _Standpoint:
    now = here.clock.now()
    return {
        "now": now,
        "zone": here.zone,
        "absolute": Absolute(now.astimezone(here.zone).date()),
    }


def duration(text: str) -> timedelta:
    """Return the duration *text* (`90s`, `2h`, `1h30m`, `45` for minutes), over zero.

    Raises:
        UsageError: it cannot be read.
        InvalidTimeError: it is no time at all.
    """
    found = parse_duration(text.strip())
    if not found:
        msg = f"{text!r} is no time at all"
        raise InvalidTimeError(msg, hint="Write a duration as in '1h30m'.")
    return found


def local_zone(settings: Settings, environ: Mapping[str, str]) -> ZoneInfo:
    """Return the zone to read and show times in; see `find_zone`."""
    return find_zone(settings, environ).zone


@dataclass(frozen=True, slots=True)
class FoundZone:
    """The zone of this run.

    Attributes:
        zone: With its IANA name as key.
        source: What named it: `zone`, `TZ`, a file.
        problem: Why it is UTC for want of better; empty where it was found.
    """

    zone: ZoneInfo
    source: str
    problem: str = ""


def find_zone(settings: Settings, environ: Mapping[str, str], *, root: str = "") -> FoundZone:
    """Return the zone of the setting `zone`, else of `TZ`, else of the system under *root*.

    Parts store an IANA name, so a `TZ` such as `CET-1CEST` does not do.
    """
    if settings.zone:
        return FoundZone(ZoneInfo(settings.zone), "zone")
    posix = environ.get("TZ", "").removeprefix(":")
    named = _zone_name(posix)
    if is_zone(named):
        return FoundZone(ZoneInfo(named), "TZ")
    if posix:
        problem = f"TZ is {posix!r}, which is not the name of a time zone; times are in UTC"
        return FoundZone(ZoneInfo("UTC"), "TZ", problem)
    return _system_zone(root)


class Absolute:
    """Reads days and moments in the forms that dateutil knows, if nothing is guessed.

    Without a year it is the one that brings the day nearest to *today*.
    """

    def __init__(self, today: date) -> None:
        self._today = today

    def __call__(self, text: str) -> date | None:
        """Return a datetime, or a plain date where *text* has no time of day, or None."""
        from dateutil.parser import parser

        words = text.casefold()
        upper = text.upper()  # small letters are no time zone to dateutil
        found: list[datetime] = []
        for guess in _GUESSES:
            for day_first in (False, True):
                default = guess.replace(tzinfo=None)
                try:
                    found.append(
                        parser().parse(
                            upper, default=default, dayfirst=day_first, tzinfos=_offset_zone
                        )
                    )
                except (ValueError, OverflowError):
                    return None
        return self._agreed(words, found[0], found[1], found[2])

    def _agreed(
        self, words: str, found: datetime, day_first: datetime, other: datetime
    ) -> date | None:
        """Return what the readings have in common, None where it is too little."""
        if found != day_first or (found.month, found.day) != (other.month, other.day):
            return None
        if found.year != other.year:
            year = self._nearest_year(found)
        elif str(found.year) in words:
            year = found.year
        else:  # two digits
            return None
        try:
            dated = found.replace(year=year)
        except ValueError:  # 29 February
            return None
        if not _agrees_on_weekday(words, dated):
            return None
        if found.hour != other.hour:
            return dated.date()
        return dated if found.minute == other.minute else dated.replace(minute=0)

    def _nearest_year(self, found: datetime) -> int:
        years = (self._today.year, self._today.year - 1, self._today.year + 1)
        return min(years, key=lambda year: self._distance(found, year))

    def _distance(self, found: datetime, year: int) -> timedelta:
        return abs(date(year, found.month, min(found.day, 28)) - self._today)


def _offset_zone(name: str | None, offset: int | None) -> timezone | None:
    """Return the zone of an offset [s] or of UTC; other short names mean several zones.

    dateutil also asks where the text has neither, and takes None for local.
    """
    if name is None and offset is None:
        return None
    if offset is None:
        msg = f"time zone {name!r}"
        raise ValueError(msg)
    return timezone(timedelta(seconds=offset))


def _agrees_on_weekday(words: str, found: date) -> bool:
    """Return whether a weekday in *words* is that of *found*; dateutil does not look."""
    for word in words.replace(",", " ").split():
        for number, name in enumerate(WEEKDAYS):
            if len(word) >= _SHORTEST_NAME and name.startswith(word.rstrip(".")):
                return number == found.weekday()
    return True


def _zone_name(text: str) -> str:
    """Return the IANA name in *text*, which may be the path of a zone's file."""
    path = os.path.realpath(text) if text.startswith("/") else text
    return path.rpartition(_ZONE_FOLDER)[2].removeprefix("posix/").removeprefix("right/")


def _system_zone(root: str) -> FoundZone:
    named = _zone_name(f"{root}{_LOCALTIME}")
    if is_zone(named):
        return FoundZone(ZoneInfo(named), _LOCALTIME)
    try:
        named = Path(f"{root}{_TIMEZONE_FILE}").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        named = ""
    if is_zone(named):
        return FoundZone(ZoneInfo(named), _TIMEZONE_FILE)
    problem = "this system does not say its time zone; times are in UTC"
    return FoundZone(ZoneInfo("UTC"), _LOCALTIME, problem)
