"""Today and this week in figures, with what is being recorded (R16, R18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.cache_values import part
from tests.support.fake_cache import DEVICE, InMemoryCache
from tests.support.fakes import FakeChance, FakeClock, utc
from worklog.app.editing import Editing
from worklog.app.figures import diary_rows, figures
from worklog.app.reckoner import REFRESH_EVERY, REFRESH_SOON, Reckoner
from worklog.domain.contract import Contract, Terms, Week
from worklog.domain.evidence import Erasures, strip
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.domain.part import Part
from worklog.domain.segment import BilledSegment, Reason
from worklog.errors import CacheBusyError

NOW = utc("2026-11-18 09:05")  # a Wednesday
MONDAY = utc("2026-11-16 00:00")
ACME = Contract(ContractId("c-acme"), "acme", terms=(Terms(weekly_limit=timedelta(minutes=50)),))
ZETA = Contract(ContractId("c-zeta"), "zeta")
DAY = timedelta(days=1)


def recorded(number: int, at: str, *, contract: Contract = ACME, seconds: int = 600) -> Part:
    return part(
        number,
        slot=Slot.containing(utc(at)),
        device=DEVICE,
        contract=contract,
        seconds=seconds,
    )


def tracked(rows: list[BilledSegment]) -> list[int]:
    return [row.segment.tracked_seconds for row in rows]


def test_today_is_the_local_day_and_the_week_that_of_the_contract() -> None:
    cache = InMemoryCache(ACME, ZETA)
    for number, at in enumerate(
        ("2026-11-15 22:00", "2026-11-16 10:00", "2026-11-17 22:50", "2026-11-17 23:10")
    ):
        cache.seal(recorded(number, at))
    cache.seal(recorded(9, "2026-11-18 08:00", contract=ZETA))

    found = figures(cache, ACME, now=NOW, zone=ZoneInfo("Europe/Berlin"))

    assert found.as_of == NOW
    assert found.billing_week == Week(MONDAY)
    assert found.today.billed_seconds == 600  # 23:10 UTC is ten past midnight in Berlin
    assert found.week.billed_seconds == 1800
    assert (found.limit, found.limit_left) == (timedelta(minutes=50), timedelta(minutes=20))


def test_the_limit_is_never_less_than_nothing_and_absent_without_one() -> None:
    cache = InMemoryCache(ACME, ZETA)
    for number in range(7):
        cache.seal(recorded(number, f"2026-11-16 1{number}:00"))

    over = figures(cache, ACME, now=NOW, zone=ZoneInfo("UTC"))
    assert (over.week.billed_seconds, over.limit_left) == (3000, timedelta(0))

    assert figures(cache, ZETA, now=NOW, zone=ZoneInfo("UTC")).limit_left is None


def test_the_open_part_counts_as_the_tracker_has_it_or_as_it_was_last_flushed() -> None:
    cache = InMemoryCache(ACME)
    flushed = recorded(1, "2026-11-18 09:00", seconds=60)
    cache.save_open(flushed)
    now = recorded(1, "2026-11-18 09:00", seconds=290)

    def seconds(open_parts: list[Part] | None) -> int:
        found = figures(cache, ACME, now=NOW, zone=ZoneInfo("UTC"), open_parts=open_parts)
        return found.today.tracked_seconds

    assert (seconds(None), seconds([now]), seconds([])) == (60, 290, 0)


def test_an_open_segment_is_billed_in_its_week_and_leaves_other_weeks_alone() -> None:
    cache = InMemoryCache(ACME, ZETA)
    for number in range(5):
        cache.seal(recorded(number, f"2026-11-16 1{number}:00"))
    cache.seal(recorded(8, "2026-11-10 10:00"))
    is_open = recorded(9, "2026-11-18 09:00", seconds=240)

    rows = diary_rows(cache, NOW - 10 * DAY, NOW + DAY, open_parts=[is_open])

    assert [row.bill.reason for row in rows] == [Reason.BILLED] * 6 + [Reason.OVER_LIMIT]
    assert tracked(diary_rows(cache, NOW - DAY / 24, NOW + DAY, open_parts=[is_open])) == [240]


def test_rows_can_be_those_of_one_contract() -> None:
    cache = InMemoryCache(ACME, ZETA)
    cache.seal(recorded(1, "2026-11-18 08:00", contract=ZETA))
    is_open = recorded(2, "2026-11-18 09:00", seconds=240)

    def contracts(contract: Contract) -> list[str]:
        rows = diary_rows(
            cache, NOW - DAY, NOW, contract=contract.contract_id, open_parts=[is_open]
        )
        return [row.segment.key.contract for row in rows]

    assert contracts(ZETA) == ["c-zeta"]
    assert contracts(ACME) == ["c-acme"]


def test_an_open_part_joins_what_was_recorded_in_its_slot_before() -> None:
    """A restart within the slot: two parts, one segment (R2)."""
    cache = InMemoryCache(ACME)
    cache.seal(recorded(1, "2026-11-18 09:00", seconds=100))
    again = recorded(2, "2026-11-18 09:00", seconds=300)

    (row,) = diary_rows(cache, NOW - DAY, NOW, open_parts=[again])

    assert (row.segment.tracked_seconds, len(row.segment.parts)) == (300, 2)


def test_changes_hold_for_the_open_segment_too() -> None:
    cache = InMemoryCache(ACME)
    is_open = recorded(1, "2026-11-18 09:00", seconds=240)
    cache.save_open(is_open)
    editing = Editing(cache, FakeClock(NOW), FakeChance())
    editing.describe(diary_rows(cache, NOW - DAY, NOW), memo="call")

    assert [row.segment.memo for row in diary_rows(cache, NOW - DAY, NOW)] == ["call"]

    editing.delete(diary_rows(cache, NOW - DAY, NOW))
    gone = strip(is_open, Erasures.of(cache.amendments()))
    assert diary_rows(cache, NOW - DAY, NOW, open_parts=[gone]) == cache.segments(NOW - DAY, NOW)


def test_f20_time_of_a_contract_that_was_lost_is_still_shown() -> None:
    """Its journal may be damaged beyond a rebuild; the tracker's segment must not go with it."""
    lost = replace(ZETA, contract_id=ContractId("c-lost"))
    cache = InMemoryCache(ACME)
    cache.seal(recorded(1, "2026-11-18 08:00"))

    rows = diary_rows(
        cache,
        NOW - DAY,
        NOW,
        open_parts=[recorded(2, "2026-11-18 09:00", contract=lost, seconds=200)],
    )

    assert tracked(rows) == [600, 200]


# --- The reckoner -----------------------------------------------------------------------


class Moody(InMemoryCache):
    """Cannot be read while it is busy."""

    is_busy = False

    def segments(self, *args: object, **more: object) -> list[BilledSegment]:
        if self.is_busy:
            msg = "busy"
            raise CacheBusyError(msg)
        return super().segments(*args, **more)  # type: ignore[arg-type]  # passed on as it came


@pytest.fixture
def cache() -> Moody:
    return Moody(ACME, ZETA)


def reckoner(cache: Moody) -> Reckoner:
    return Reckoner(cache, lambda: ZoneInfo("UTC"))


def test_figures_are_stale_before_the_first_and_after_a_minute(cache: Moody) -> None:
    counts = reckoner(cache)
    assert counts.is_stale(NOW)
    assert not counts.is_used_up

    counts.refresh(ACME, [], NOW)

    assert not counts.is_stale(NOW + REFRESH_EVERY / 2)
    assert counts.is_stale(NOW + REFRESH_EVERY)
    assert counts.is_stale(NOW - REFRESH_EVERY)  # the wall clock was set back


def test_figures_are_stale_soon_after_others_wrote_something(cache: Moody) -> None:
    counts = reckoner(cache)
    counts.refresh(ACME, [], NOW)
    assert not counts.is_stale(NOW + REFRESH_SOON)

    counts.note_change()

    assert not counts.is_stale(NOW + REFRESH_SOON / 2)
    assert counts.is_stale(NOW + REFRESH_SOON)
    counts.refresh(ACME, [], NOW + REFRESH_SOON)
    assert not counts.is_stale(NOW + 2 * REFRESH_SOON)


def test_r16_each_step_of_the_limit_is_told_once(cache: Moody) -> None:
    counts = reckoner(cache)
    told = []
    for number in range(6):
        told.append(counts.refresh(ACME, [], NOW))
        cache.seal(recorded(number, f"2026-11-16 1{number}:00"))

    assert [sentence and sentence[:4] for sentence in told] == [None] * 4 + ["80 %", "The "]
    assert counts.is_used_up
    assert counts.refresh(ACME, [], NOW) is None

    counts.start_over()
    assert counts.refresh(ACME, [], NOW) is not None


def test_r16_without_a_limit_nothing_is_used_up(cache: Moody) -> None:
    counts = reckoner(cache)
    cache.seal(recorded(1, "2026-11-16 10:00", contract=ZETA))

    assert counts.refresh(ZETA, [], NOW) is None
    assert not counts.is_used_up


def test_while_the_cache_is_busy_the_old_figures_stay(cache: Moody) -> None:
    counts = reckoner(cache)
    counts.refresh(ACME, [], NOW)
    before = counts.figures
    cache.is_busy = True

    assert counts.refresh(ACME, [], NOW + REFRESH_EVERY) is None
    assert counts.figures is before
    assert not counts.is_stale(NOW + REFRESH_EVERY)
