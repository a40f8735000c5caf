"""Recovery: what a dead tracker left is sealed and closed, at any point of a recovery."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.cache_values import ACME, NINE, SLOT, FixedClock, part, session
from tests.support.fake_cache import (
    InMemoryCache,
    InMemoryLiveCounts,
    InMemoryTrackerLock,
    LockRoom,
)
from worklog.app.ports import Gap, Live
from worklog.app.recovery import is_left_behind, last_known, recover
from worklog.domain.activity import Activity
from worklog.domain.part import Part, Span
from worklog.domain.session import Ending, Session
from worklog.errors import CacheUnwritableError

SECOND = timedelta(seconds=1)
LATER = NINE + timedelta(hours=2)
BUSY = Activity.of_counts([(40, 3, 1), (5, 0, 0)] + [None] * 8)


class Scene:
    """A dead tracker's cache, page and lock."""

    def __init__(self, *, flushed: int = 60, live: int | None = 90) -> None:
        self.cache = InMemoryCache(ACME)
        self.live = InMemoryLiveCounts()
        self.lock = InMemoryTrackerLock()
        self.clock = FixedClock(LATER)
        self.part = part(device=self.cache.device, seconds=flushed)
        self.cache.save_session(session())
        self.cache.save_open(self.part)
        if live is not None:
            self.live.write(self.seen(live))

    def seen(self, end: int, *, is_running: bool = True) -> Live:
        return Live(self.part.part_id, NINE + end * SECOND, end, is_running, BUSY)

    def recover(self, *, boot: str = "b00t") -> Session | None:
        return recover(self.cache, self.live, self.lock, self.clock, boot=boot)

    @property
    def sealed(self) -> Part:
        (found,) = self.cache.sealed
        return found


def test_without_anything_open_nothing_happens() -> None:
    cache, room = InMemoryCache(ACME), LockRoom()

    done = recover(
        cache, InMemoryLiveCounts(), InMemoryTrackerLock(room), FixedClock(), boot="b00t"
    )

    assert (done, room.holder) == (None, None)


def test_while_a_tracker_runs_nothing_happens() -> None:
    scene = Scene()
    InMemoryTrackerLock(scene.lock.room, pid=1).acquire()

    assert scene.recover() is None
    assert scene.cache.open_parts() == [scene.part]
    assert not is_left_behind(scene.cache, scene.lock)


def test_r9_the_live_page_brings_the_seconds_since_the_last_flush() -> None:
    scene = Scene(flushed=60, live=90)
    assert is_left_behind(scene.cache, scene.lock)

    closed = scene.recover()

    end = NINE + 90 * SECOND
    assert closed == replace(session(), ended=end, ending=Ending.CRASH)
    assert scene.cache.running_session() is None
    assert scene.sealed == replace(
        scene.part,
        sealed=end,
        spans=(Span(0, 90, "fixing bug", "dev"),),
        activity=BUSY,
        marks=("crash",),
    )
    assert scene.cache.gaps(NINE, LATER) == [Gap(end, LATER, "crash", ACME.contract_id)]
    assert (scene.live.read(), scene.lock.holder()) == (None, None)


def test_without_a_live_page_the_last_flush_counts() -> None:
    scene = Scene(flushed=60, live=None)

    closed = scene.recover()

    assert closed is not None
    assert closed.ended == NINE + 60 * SECOND
    assert scene.sealed == replace(scene.part, marks=("crash",))


def test_f10_after_a_reboot_the_gap_says_so() -> None:
    scene = Scene(flushed=60, live=None)

    scene.recover(boot="another")

    assert [gap.reason for gap in scene.cache.gaps(NINE, LATER)] == ["reboot"]


def test_a_clock_that_was_set_back_leaves_no_gap() -> None:
    scene = Scene()
    scene.clock.instant = NINE - timedelta(days=1)

    assert scene.recover() is not None
    assert scene.cache.gaps(NINE - timedelta(days=2), LATER) == []


def test_a_part_that_recorded_nothing_is_discarded() -> None:
    scene = Scene(live=None)
    scene.cache.save_open(replace(scene.part, spans=()))

    closed = scene.recover()

    assert closed is not None
    assert (closed.ended, scene.cache.sealed, scene.cache.open_parts()) == (NINE, [], [])


def test_an_open_part_without_a_session_is_sealed_as_well() -> None:
    scene = Scene(live=None)
    ended = replace(session(), ended=NINE + 60 * SECOND, ending=Ending.STOP)
    scene.cache.save_session(ended)

    assert scene.recover() is None
    assert scene.sealed.marks == ("crash",)
    assert scene.cache.last_session() == ended


class DiesAfter(InMemoryCache):
    """A cache whose process is killed after some writes."""

    writes = 0

    def _write(self) -> None:
        self.writes -= 1
        if self.writes == 0:
            msg = "killed"
            raise CacheUnwritableError(msg)


@pytest.mark.parametrize("step", range(1, 4))
def test_a_recovery_that_dies_half_way_is_recovered_by_the_next(step: int) -> None:
    scene = Scene()
    dying = DiesAfter(ACME)
    scene.cache = dying
    dying.save_session(session())
    dying.save_open(scene.part)
    dying.writes = step
    with pytest.raises(CacheUnwritableError):
        scene.recover()

    closed = scene.recover()

    assert closed is not None
    assert (closed.ended, closed.ending) == (NINE + 90 * SECOND, Ending.CRASH)
    assert scene.sealed.spans == (Span(0, 90, "fixing bug", "dev"),)
    assert len(dying.gaps(NINE, LATER)) == 1


PART = part(device=InMemoryCache().device, seconds=60)


@pytest.mark.parametrize(
    ("live", "spans"),
    [
        (None, PART.spans),
        (Live(PART.part_id, NINE, 90, is_running=True, activity=BUSY), PART.spans),
        (Live(PART.part_id, LATER, 90, is_running=False, activity=BUSY), PART.spans),
        (Live(PART.part_id, LATER, 30, is_running=True, activity=BUSY), PART.spans),
        (
            Live(PART.part_id, LATER, 90, is_running=True, activity=BUSY),
            (Span(0, 90, "fixing bug", "dev"),),
        ),
    ],
    ids=["none", "older than the flush", "paused", "behind the flush", "newer"],
)
def test_only_a_newer_running_page_adds_time(live: Live | None, spans: tuple[Span, ...]) -> None:
    assert last_known(PART, live).spans == spans


def test_the_page_of_another_part_says_nothing() -> None:
    other = part(2, device=PART.device).part_id
    live = Live(other, LATER, 90, is_running=True, activity=BUSY)

    assert last_known(PART, live) == PART


@pytest.mark.parametrize(
    ("end", "is_running", "spans"),
    [(30, True, (Span(0, 30),)), (0, True, ()), (30, False, ())],
)
def test_a_part_without_a_flushed_span_gets_one_from_the_page(
    end: int,
    is_running: bool,  # noqa: FBT001 -- a parameter of pytest
    spans: tuple[Span, ...],
) -> None:
    empty = replace(PART, spans=(), sealed=PART.opened)
    live = Live(PART.part_id, LATER, end, is_running, BUSY)

    assert last_known(empty, live).spans == spans


def test_recovery_never_reaches_out_of_the_slot() -> None:
    live = Live(PART.part_id, LATER, 600, is_running=True, activity=BUSY)

    assert last_known(PART, live).sealed == SLOT.end


def test_r13_a_tracker_that_died_in_a_pause_leaves_the_gap_from_its_last_second() -> None:
    """The part may have been sealed later, at the end of its slot."""
    scene = Scene(flushed=60, live=None)
    (paused,) = scene.cache.open_parts()
    scene.cache.seal(replace(paused, sealed=NINE + timedelta(minutes=10)))

    closed = scene.recover()

    end = NINE + 60 * SECOND
    assert closed is not None
    assert closed.ended == end
    assert scene.cache.gaps(NINE, LATER) == [Gap(end, LATER, "crash", ACME.contract_id)]


def test_the_end_of_a_part_whose_spans_are_gone_is_where_it_was_sealed() -> None:
    scene = Scene(live=None)
    scene.cache.seal(replace(scene.part, spans=()))

    closed = scene.recover()

    assert closed is not None
    assert closed.ended == NINE + 60 * SECOND
