"""A month offline drains, replies are cut, backups are restored: real processes throughout.

`make test` runs small rounds of it, `make long` the whole. What is measured is printed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.service import databases
from tests.service.backlog import Rig, pictures, rigged, workers
from tests.service.conftest import Backend
from tests.support.effort import is_long, rounds
from tests.support.fault_proxy import PASS, Fault
from tests.support.tracker_process import TrackerProcess, check_acknowledged
from tests.support.until import until
from worklog.app.ports import EncodedPicture
from worklog.clock import SystemClock
from worklog.service.scope import SYSTEM
from worklog.service.store.meta import renew_epoch

MONTH = rounds(144, long=4_320)  # parts: ten minutes each, day and night
KILLS = rounds(3, long=10)
CUTS = rounds(40, long=1_000)
RESTORED = rounds(48, long=400)
WORKERS = 2
CLOCK = SystemClock()

pytestmark = pytest.mark.timeout(3_600 if is_long() else 180)


@pytest.fixture(scope="session")
def shots() -> list[EncodedPicture]:
    return pictures()


@pytest.fixture
def rig(tmp_path: Path, backend: Backend) -> Iterator[Rig]:
    with rigged(tmp_path, backend) as made:
        yield made


def seconds_since(begun_ns: int) -> float:
    return (CLOCK.boot_ns() - begun_ns) / 1e9


def tell(measured: str) -> None:
    """Say what was measured; pytest shows it with `-s`."""
    sys.stdout.write(f"\n{measured}\n")


def sync(rig: Rig) -> None:
    done = rig.scripted.home.run("sync", within_s=900)
    assert done.returncode == 0, done.stderr


def test_f50_f02_a_month_offline_drains_while_capture_goes_on_and_the_tracker_is_killed(
    rig: Rig, backend: Backend, shots: list[EncodedPicture]
) -> None:
    """G12: all rows known within 60 s, everything within 10 min, one copy of each."""
    with workers(backend, rig.proxy, WORKERS):
        sync(rig)
        rig.fill(MONTH, shots)
        events = []
        begun_ns = CLOCK.boot_ns()
        rows_s = 0.0
        for kill in range(1, KILLS + 1):
            with TrackerProcess(rig.scripted.home, "acme", "-m", f"round {kill}") as tracker:
                until(lambda: rig.counts()[0] >= MONTH, within_s=120)
                rows_s = rows_s or seconds_since(begun_ns)
                some = MONTH * kill // (KILLS + 1)
                until(lambda some=some: rig.counts()[1] >= some, within_s=600)  # type: ignore[misc]
                tracker.kill()
            events += tracker.events
        with TrackerProcess(rig.scripted.home, "acme", "-m", "the last round") as tracker:
            until(lambda: rig.counts()[1] >= MONTH, within_s=600)
            all_s = seconds_since(begun_ns)
            tracker.wait_for("sealed")
            assert rig.scripted.home.run("stop").returncode == 0
            assert tracker.wait() == 0
        events += tracker.events
        sync(rig)

    sealed = [event for event in events if event.get("event") == "sealed"]
    tell(
        f"{backend.kind}: {MONTH} parts, rows in {rows_s:.1f} s, pictures in {all_s:.1f} s, "
        f"{KILLS} kills, {len(sealed)} parts sealed meanwhile"
    )
    assert sealed
    with rig.scripted.home.cache() as cache:
        check_acknowledged(cache, events)
    assert len(rig.sealed()) >= MONTH + len(sealed)
    rig.check_one_copy_of_each()
    assert rig.scripted.home.findings() == []
    assert rows_s < 60
    assert all_s < 600


def test_f55_replies_cut_after_the_commit_leave_no_double_and_no_hole(
    rig: Rig, backend: Backend, shots: list[EncodedPicture]
) -> None:
    """Every first answer to a write is lost, once the service has committed."""
    asked: Counter[str] = Counter()
    cuts = 0

    def decide(line: str) -> Fault:
        nonlocal cuts
        if not line.startswith(("PUT ", "POST ")):
            return PASS
        asked[line] += 1
        if cuts == CUTS or asked[line] % 2 == 0:
            return PASS
        cuts += 1
        return Fault(drop_reply=True)

    with workers(backend, rig.proxy, WORKERS):
        sync(rig)
        rig.fill(CUTS, shots)
        rig.proxy.decide = decide
        begun_ns = CLOCK.boot_ns()
        with TrackerProcess(rig.scripted.home, "acme") as tracker:
            until(lambda: cuts == CUTS, within_s=1_800)
            assert rig.scripted.home.run("stop").returncode == 0
            assert tracker.wait() == 0
        sync(rig)

    tell(f"{backend.kind}: {cuts} replies cut in {seconds_since(begun_ns):.1f} s")
    assert max(asked.values()) >= 2
    rig.check_one_copy_of_each()


def test_f49_a_service_restored_from_an_older_backup_gets_everything_back_without_a_command(
    tmp_path: Path, rig: Rig, backend: Backend, shots: list[EncodedPicture]
) -> None:
    """The tracker runs through it all, and nobody types anything on its machine."""
    with ExitStack() as stack:
        with workers(backend, rig.proxy, WORKERS):
            sync(rig)
            rig.fill(RESTORED, shots[:1])
            tracker = stack.enter_context(TrackerProcess(rig.scripted.home, "acme"))
            until(lambda: rig.counts()[1] >= RESTORED // 4, within_s=600)
        rig.proxy.target = None
        databases.back_up(backend, tmp_path / "backup")
        before = rig.counts()
        with workers(backend, rig.proxy, WORKERS):
            until(lambda: rig.counts()[1] >= RESTORED, within_s=600)
        rig.proxy.target = None
        rig.here.close()
        databases.restore(backend, tmp_path / "backup")
        rig.open()
        with rig.here.store.writing(SYSTEM) as scope:
            renew_epoch(scope)
        assert rig.counts() == before
        begun_ns = CLOCK.boot_ns()
        with workers(backend, rig.proxy, WORKERS):
            until(lambda: rig.counts()[1] >= RESTORED, within_s=600)
            lost, took_s = RESTORED - before[1], seconds_since(begun_ns)
            tell(f"{backend.kind}: {lost} lost with the backup, back in {took_s:.1f} s")
            assert rig.scripted.home.run("stop").returncode == 0
            assert tracker.wait() == 0
            sync(rig)

    assert before[1] < RESTORED
    rig.check_one_copy_of_each()
