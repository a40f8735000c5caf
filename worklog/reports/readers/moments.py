"""Instants and local times as other programs write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)
_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
# Newer browsers write a narrow no-break space before AM and PM.
_CLOCK: Final = re.compile(
    r"(\d{1,2}):(\d\d)(?::(\d\d))?(?:[\s\u00a0\u202f]*([AaPp])\.?(?:[Mm]\.?)?)?", re.ASCII
)
_DATE: Final = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})", re.ASCII)
_DURATION: Final = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_HOURS: Final = re.compile(r"\d{1,4}(?:[.,]\d{0,20})?|[.,]\d{1,20}", re.ASCII)
_OFFSET: Final = re.compile(r"([+-])(\d\d)(\d\d)", re.ASCII)
_FRACTION: Final = re.compile(r"[.,](\d{1,12})", re.ASCII)
_NOON: Final = 12
_YEARS: Final = 1_000
_MONTHS: Final = 12


def compact(text: str) -> datetime:
    """Return the instant of `20261116T090000Z`.

    Raises:
        ValueError: it is none.
    """
    match = _COMPACT.fullmatch(text)
    if match is None:
        msg = f"{text[:60]!r} is no instant like 20261116T090000Z"
        raise ValueError(msg)
    return datetime(*(int(part) for part in match.groups()), tzinfo=UTC)  # type: ignore[misc, arg-type]


def iso(text: str, zone: tzinfo) -> datetime:
    """Return the instant of an ISO 8601 *text*, in *zone* where it names none.

    Fractions of a second are dropped.

    Raises:
        ValueError: it is none.
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        msg = f"{text[:60]!r} is no instant like 2026-11-16T09:00:00+01:00"
        raise ValueError(msg)
    moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ''}")
    return utc(moment if match[3] else moment.replace(tzinfo=zone))


def fraction(text: str) -> Decimal:
    """Return the fraction of a second that the ISO 8601 *text* names."""
    match = _FRACTION.search(text)
    return Decimal(f"0.{match[1]}") if match else Decimal(0)


def utc(moment: datetime) -> datetime:
    """Return the aware *moment* in UTC.

    Raises:
        ValueError: it lies in UTC before the year 1 or behind the year 9999.
    """
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = f"there is no {moment:%H:%M} of {moment.year}-{moment:%m-%d} in UTC"
        raise ValueError(msg) from error


def later(moment: datetime, length: timedelta) -> datetime:
    """Return the instant *length* after *moment*.

    Raises:
        ValueError: it lies outside of the years 1 to 9999.
    """
    try:
        return moment + length
    except OverflowError as error:
        msg = "it ends in no year that can be written"
        raise ValueError(msg) from error


def clock(text: str) -> time:
    """Return the time of day `9:00`, `09:00:30` or `9:00 PM`.

    Raises:
        ValueError: it is none.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        msg = f"{text[:60]!r} is no time of day"
        raise ValueError(msg)
    hour = int(match[1])
    if match[4]:
        if not 1 <= hour <= _NOON:
            msg = f"{text[:60]!r} is no time of day"
            raise ValueError(msg)
        hour = hour % _NOON + (_NOON if match[4] in "pP" else 0)
    return time(hour, int(match[2]), int(match[3] or 0))


def numbers_of_date(text: str) -> tuple[int, int, int]:
    """Return the three numbers of a date, in its own order.

    Raises:
        ValueError: it is none.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        msg = f"{text[:60]!r} is no date"
        raise ValueError(msg)
    return int(match[1]), int(match[2]), int(match[3])


def order_of(texts: list[str]) -> str | None:
    """Return `ymd`, `dmy` or `mdy`, as the dates *texts* can only be meant; None if unclear."""
    found = {"ymd", "dmy", "mdy"}
    for text in set(texts):
        first, second, _ = numbers_of_date(text)
        if first >= _YEARS:
            found &= {"ymd"}
        else:
            found -= {"ymd"}
            found -= {"mdy"} if first > _MONTHS else set()
            found -= {"dmy"} if second > _MONTHS else set()
    return found.pop() if len(found) == 1 else None


def day(text: str, order: str) -> date:
    """Return the date *text*, its numbers in *order*.

    Raises:
        ValueError: there is no such day.
    """
    numbers = dict(zip(order, numbers_of_date(text), strict=True))
    year = numbers["y"] + (2000 if numbers["y"] < 100 else 0)  # noqa: PLR2004 -- 26 is 2026
    return date(year, numbers["m"], numbers["d"])


def duration(text: str) -> int | None:
    """Return the seconds of `1:30`, `01:30:00` or of the hours `1.5`; None if it is neither."""
    text = text.strip()
    if match := _DURATION.fullmatch(text):
        return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    if _HOURS.fullmatch(text) is None:
        return None
    hours = Decimal(text.replace(",", "."))
    return int((hours * 3600).to_integral_value(ROUND_HALF_UP))


def offset_of(text: str) -> timedelta | None:
    """Return the offset from UTC `+0100`; None if it is none."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        return None
    length = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -length if match[1] == "-" else length


def between(
    start: datetime,
    end: datetime,
    zone: tzinfo,
    *,
    seconds: int | None = None,
    offset: timedelta | None = None,
) -> tuple[datetime, datetime]:
    """Return the instants of local times in *zone*.

    An hour that a clock change repeats could be either, and one that it leaves out never
    was: what is nearest to *seconds* was meant, or, where they are not known, to the length
    that the clock shows; of two that are as near the one before the change. An end before
    its start is taken only where nothing else is possible.

    Args:
        start: Without a zone, as *end*.
        end: May lie before *start*.
        zone: In which they are.
        seconds: Between them, where the file says so.
        offset: From UTC of both, where the file says so; heard where it can be.

    Raises:
        ValueError: they are no instants of the years 1 to 9999.
    """
    starts, ends = _readings(start, zone), _readings(end, zone)
    if offset is not None and any(one.astimezone(zone).utcoffset() == offset for one in starts):
        there = timezone(offset)
        return utc(start.replace(tzinfo=there)), utc(end.replace(tzinfo=there))
    shown = end - start if seconds is None else timedelta(seconds=seconds)
    return min(
        ((one, other) for one in starts for other in ends),
        key=lambda pair: (pair[1] < pair[0], abs(pair[1] - pair[0] - shown)),
    )


def _readings(local: datetime, zone: tzinfo) -> list[datetime]:
    """Return the instants that a *local* time may be, by the offset before and after a change."""
    return [utc(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1)]
