"""Background work: by several workers at once, by one that is killed, and when it is due."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

import httpx
import pytest

from tests.service.conftest import Backend
from tests.service.people import Visit, session_of
from tests.service.tracker import png
from tests.service.weeks import WEEK, Pair, pair
from tests.support.cache_values import NINE, FixedClock
from tests.support.tracker_process import CHECKOUT
from worklog.domain.amendment import Key
from worklog.domain.grid import Slot
from worklog.domain.part import Part
from worklog.domain.segment import Bill
from worklog.service import chores
from worklog.service.chores import Chore, Worker
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import diary, disputes

SEVEN_DAYS, RETENTION = timedelta(days=7), timedelta(days=90)
LOCKED = NINE + timedelta(days=8)  # the first week, whose lock was the day before
LEASE = timedelta(minutes=10)
T = TypeVar("T")


@pytest.fixture
def both(service: Service, web: httpx.Client) -> Pair:
    return pair(service, web)


@pytest.fixture
def other(service: Service, backend: Backend, clock: FixedClock) -> Iterator[Service]:
    """A second service on the database and objects of the first."""
    opened = Service.open(backend.settings, clock=clock)
    assert opened.about.epoch == service.about.epoch
    yield opened
    opened.close()


def record(both: Pair, clock: FixedClock, weeks: int) -> list[Part]:
    """Record a segment with a picture on the Monday of each of *weeks*."""
    parts = []
    for number in range(weeks):
        start, shot = NINE + number * SEVEN_DAYS, png((number, 0, 0))
        part = both.tracker.part(start, pictures=(shot,))
        clock.instant = start + timedelta(minutes=10)
        assert both.tracker.put(both.tracker.seal(part)).status_code == 201
        assert both.tracker.put_picture(part, 0, shot).status_code == 201
        parts.append(part)
    return parts


def at_once(work: Callable[[Service], T], *services: Service) -> list[T]:
    """Let each of *services* do *work* in a thread, all beginning at the same moment."""
    start = threading.Barrier(len(services))

    def run(service: Service) -> T:
        start.wait()
        return work(service)

    with ThreadPoolExecutor(len(services)) as pool:
        return list(pool.map(run, services))


def bills(service: Service, both: Pair) -> dict[Key, Bill]:
    with service.store.reading(SYSTEM) as scope:
        rows = diary.segments(scope, both.account.user, 0, 1 << 40)
    return {row.segment.key: row.bill for row in rows}


def titles(service: Service, both: Pair) -> list[str | None]:
    with service.store.reading(SYSTEM) as scope:
        rows = diary.segments(scope, both.account.user, 0, 1 << 40)
    return [row.segment.title for row in rows]


def erasures(both: Pair) -> int:
    """Return how often a tracker is told that something was erased."""
    items = both.tracker.ask("GET", "/changes").json()["items"]
    return sum(item["kind"] == "erasure" for item in items)


def test_each_chore_is_done_once_by_two_services_on_one_database(
    service: Service, other: Service, clock: FixedClock
) -> None:
    done: list[int] = []

    def chore(number: int) -> Chore:
        def work(_: Service) -> int:
            done.append(number)
            return number

        return Chore(60_000, work)

    listed = {f"chore-{number}": chore(number) for number in range(25)}
    for turn in (1, 2):
        found = at_once(lambda one: Worker(one, listed).run_due(), service, other)

        assert sorted(done) == sorted([*range(25)] * turn)
        assert sorted(name for one in found for name in one) == sorted(listed)
        again = at_once(lambda one: Worker(one, listed).run_due(), service, other)
        assert again == [{}, {}]
        clock.instant += timedelta(minutes=1)


def test_two_workers_settle_and_erase_each_week_once(
    service: Service, other: Service, both: Pair, clock: FixedClock
) -> None:
    record(both, clock, 3)
    before = bills(service, both)
    clock.instant = LOCKED + 2 * SEVEN_DAYS

    settled = at_once(lambda one: Worker(one).run_due(), service, other)
    clock.instant += RETENTION
    erased = at_once(lambda one: Worker(one).run_due(), service, other)

    # What wrote the third week settled the first, as everybody who writes does.
    assert sum(one.get("settle", 0) for one in settled) == 2
    assert sum(one.get("retention", 0) for one in erased) == 3
    assert bills(service, both) == before
    assert titles(service, both) == [None] * 3
    assert service.objects.names() == []
    assert erasures(both) == 6  # of each week its pictures and its title


def test_a_worker_that_outlived_its_claim_does_the_same_work_without_harm(
    service: Service, other: Service, both: Pair, clock: FixedClock
) -> None:
    """Both do all of it at the same moment, as none asks who has it."""
    record(both, clock, 3)
    before = bills(service, both)
    clock.instant = LOCKED + 2 * SEVEN_DAYS
    at_once(chores.settle_weeks, service, other)
    with service.store.reading(SYSTEM) as scope:
        assert diary.settled(scope, both.account.user, 0, 1 << 40) == before
    clock.instant += RETENTION

    at_once(chores.erase_old, service, other)

    assert bills(service, both) == before
    assert titles(service, both) == [None] * 3
    assert service.objects.names() == []
    assert erasures(both) == 6


def test_f66_what_a_killed_worker_left_in_the_middle_another_finishes(
    service: Service, backend: Backend, both: Pair, clock: FixedClock
) -> None:
    """Killed while it erases the second of three weeks: that one is whole, and then gone."""
    record(both, clock, 3)
    clock.instant = LOCKED + 2 * SEVEN_DAYS
    Worker(service).run_due()
    clock.instant += RETENTION
    assert len(service.objects.names()) == 6

    status = _killed(backend, clock.instant, "service.materialise:2=abort", "retention")

    assert status == -signal.SIGKILL
    assert titles(service, both) == [None, "main.py", "main.py"]
    assert len(service.objects.names()) == 6  # the keys of two are gone; the sweep never came
    with service.store.reading(SYSTEM) as scope:
        assert scope.db.exec_driver_sql("SELECT count(*) FROM picture_keys").scalar() == 2
    clock.instant += LEASE - timedelta(seconds=1)
    assert "retention" not in Worker(service).run_due()
    assert titles(service, both) == [None, "main.py", "main.py"]

    clock.instant += timedelta(seconds=1)
    assert Worker(service).run_due()["retention"] == 2

    assert titles(service, both) == [None] * 3
    assert service.objects.names() == []
    assert erasures(both) == 6


def _killed(backend: Backend, now: datetime, rule: str, chore: str) -> int:
    """Return how a worker of its own process ended that does *chore* and meets *rule*."""
    settings = backend.settings
    words = [str(settings.data), settings.database, settings.objects, now.isoformat(), rule, chore]
    done = subprocess.run(
        [sys.executable, "-m", "tests.service.dying_worker", *words],
        cwd=CHECKOUT,
        env={**os.environ, **backend.environ},
        check=False,
        timeout=60,
    )
    return done.returncode


def test_r31_nothing_goes_before_its_time_nor_while_it_is_disputed(
    service: Service, visit: Visit, both: Pair, clock: FixedClock
) -> None:
    first, _ = record(both, clock, 2)
    clock.instant = LOCKED
    form = {"slot": str(first.slot.index), "dispute_reason": "that was a break"}
    visit(both.owner).send(f"/review/{both.contract}/{WEEK}/dispute", **form)
    lock = NINE + timedelta(days=7, hours=3)
    clock.instant = lock + SEVEN_DAYS + RETENTION - timedelta(seconds=1)
    Worker(service).run_due()
    assert titles(service, both) == ["main.py"] * 2
    assert len(service.objects.names()) == 4

    clock.instant += timedelta(hours=1)
    assert Worker(service).run_due()["retention"] == 1

    assert titles(service, both) == ["main.py", None]
    assert len(service.objects.names()) == 2
    clock.instant += 4 * RETENTION
    assert Worker(service).run_due()["retention"] == 0
    with service.store.reading(SYSTEM) as scope:
        (doubt,) = disputes.disputes_of(scope, [both.account.contract])
    olga = visit(session_of(service, both.owner.user, "olga"))
    olga.send("/disputes/withdraw", dispute=doubt.dispute_id)
    clock.instant += timedelta(hours=1)
    assert Worker(service).run_due()["retention"] == 1
    assert titles(service, both) == [None] * 2
    assert service.objects.names() == []


def test_r31_what_arrives_after_its_week_was_erased_goes_with_the_next_look(
    service: Service, both: Pair, clock: FixedClock
) -> None:
    """Also what began to arrive before, and waited for the erasure to end."""
    record(both, clock, 1)
    clock.instant = LOCKED + RETENTION
    Worker(service).run_due()
    clock.instant -= timedelta(seconds=1)
    late = both.tracker.part(NINE + timedelta(hours=1))
    assert both.tracker.put(both.tracker.seal(late)).status_code == 201
    assert titles(service, both) == [None, "main.py"]

    clock.instant += timedelta(hours=2)
    Worker(service).run_due()

    assert titles(service, both) == [None, None]
    with service.store.reading(SYSTEM) as scope:
        slots = [Slot.containing(NINE).index, late.slot.index]
        assert len(diary.segments_at(scope, both.account.user, slots)) == 2
