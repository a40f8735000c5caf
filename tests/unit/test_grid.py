"""The grid: no zone and no clock change makes a seam (R1, F35, G14)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklog.domain.grid import (
    EPOCH,
    SLOT_LENGTH,
    Slot,
    epoch_ms,
    from_epoch_ms,
    split,
)

YEAR: Final = 2026
ZONES: Final = sorted(available_timezones() - {"localtime", "posixrules"})
instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of *day* in *zone*, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def changes(zone: ZoneInfo) -> list[date]:
    """Return the days of the year on which the UTC offset of *zone* changes."""
    days = [date(YEAR, 1, 1) + timedelta(days=number) for number in range(366)]
    offsets = [datetime(d.year, d.month, d.day, tzinfo=zone).utcoffset() for d in days]
    return [
        day
        for (day, before), (_, after) in pairwise(zip(days, offsets, strict=True))
        if before != after
    ]


def slots_of(day: date, zone: ZoneInfo) -> list[tuple[Slot, timedelta]]:
    return list(split(midnight(day, zone), midnight(day + timedelta(days=1), zone)))


def test_every_zone_adds_up_on_both_changes_of_the_year() -> None:
    """F34: daylight saving neither makes nor takes a slot."""
    for name in ZONES:
        zone = ZoneInfo(name)
        for day in [date(YEAR, 1, 15), *changes(zone)]:
            pieces = slots_of(day, zone)

            length = midnight(day + timedelta(days=1), zone) - midnight(day, zone)
            assert sum((time for _, time in pieces), timedelta()) == length, (name, day)
            assert all(b.index == a.index + 1 for (a, _), (b, _) in pairwise(pieces)), (name, day)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("Europe/Berlin", [138, 150]),
        ("America/New_York", [138, 150]),
        ("Australia/Lord_Howe", [147, 141]),  # half an hour
        ("Asia/Kathmandu", []),
        ("UTC", []),
    ],
)
def test_a_day_of_change_is_shorter_or_longer_by_whole_slots(name: str, counts: list[int]) -> None:
    zone = ZoneInfo(name)

    assert [len(slots_of(day, zone)) for day in changes(zone)] == counts


def test_in_kathmandu_slots_start_at_five_past_the_hour() -> None:
    """F36: +05:45 is no multiple of ten minutes."""
    zone = ZoneInfo("Asia/Kathmandu")

    pieces = slots_of(date(YEAR, 6, 1), zone)

    assert pieces[0][0].end.astimezone(zone).minute == 5
    assert (pieces[0][1], pieces[-1][1]) == (timedelta(minutes=5), timedelta(minutes=5))
    assert len(pieces) == 145


@given(instants)
def test_an_instant_lies_in_its_slot_and_no_other(instant: datetime) -> None:
    slot = Slot.containing(instant)

    assert slot.start <= instant < slot.end
    assert (slot.start - EPOCH) % SLOT_LENGTH == timedelta()
    assert Slot(slot.index + 1).start == slot.end


@given(instants, st.sampled_from(ZONES))
def test_f35_a_slot_is_the_same_whatever_the_zone(instant: datetime, name: str) -> None:
    assert Slot.containing(instant.astimezone(ZoneInfo(name))) == Slot.containing(instant)


def test_a_naive_instant_has_no_slot() -> None:
    with pytest.raises(ValueError, match="naive"):
        Slot.containing(datetime(2026, 1, 1))


@given(instants, st.timedeltas(timedelta(), timedelta(days=2)))
def test_n3_a_span_splits_without_a_rest(start: datetime, length: timedelta) -> None:
    pieces = list(split(start, start + length))

    assert sum((time for _, time in pieces), timedelta()) == length
    assert all(timedelta() < time <= SLOT_LENGTH for _, time in pieces)
    assert len({slot for slot, _ in pieces}) == len(pieces)


def test_a_reversed_span_has_no_slots() -> None:
    assert list(split(EPOCH + SLOT_LENGTH, EPOCH)) == []


@given(instants)
def test_milliseconds_round_down_and_come_back(instant: datetime) -> None:
    back = from_epoch_ms(epoch_ms(instant))

    assert timedelta() <= instant - back < timedelta(milliseconds=1)
