"""Real processes on one cache: killed at random, racing for the lock (F01, F08, G16)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cache_values import SLOT, FixedClock, capture, part, picture
from worklog.cache.check import check
from worklog.cache.lock import FileLock
from worklog.cache.opening import open_cache
from worklog.domain.grid import Slot
from worklog.places import places

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from tests.support.cache_values import ACME, NINE, SLOT, FixedClock, capture, part, picture
from worklog.cache.opening import open_cache
from worklog.domain.grid import Slot
from worklog.places import places

home, first = sys.argv[1], int(sys.argv[2])
cache = open_cache(places({"WORKLOG_HOME": home}), clock=FixedClock(), heal=True)
cache.save_contract(ACME, at=NINE)
print("ready", flush=True)
for number in range(first, first + 1000):
    shot = picture(str(number))
    whole = part(number, slot=Slot(SLOT.index + number), device=cache.device,
                 captures=(capture(shot),))
    cache.add_pictures(whole, {0: shot})
    cache.seal(whole)
    print(number, flush=True)
"""
RACER = """
import sys
from worklog.cache.lock import FileLock

lock = FileLock(sys.argv[1])
print("got" if lock.acquire() else "busy", flush=True)
sys.stdin.read()
"""


def run(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("seed", range(10))
def test_f01_after_sigkill_every_acknowledged_part_and_picture_is_there(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    acknowledged: list[int] = []
    for kill in range(2):
        writer = run(WRITER, str(tmp_path), str(1 + 1000 * kill))
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        wanted = chance.randrange(1, 6)
        acknowledged += [int(writer.stdout.readline()) for _ in range(wanted)]
        os.kill(writer.pid, signal.SIGKILL)
        rest, _ = writer.communicate()
        acknowledged += [int(line) for line in rest.split()]

    cache = open_cache(places({"WORKLOG_HOME": str(tmp_path)}), clock=FixedClock())
    for number in acknowledged:
        slot, shot = Slot(SLOT.index + number), picture(str(number))
        whole = part(number, slot=slot, device=cache.device, captures=(capture(shot),))
        assert cache.part(whole.part_id) == whole
        (stored,) = cache.pictures([whole.part_id])
        assert cache.image(stored) == shot.image
    assert check(cache, evidence=True, pictures=True).findings == ()
    cache.close()


def test_f08_of_twenty_trackers_at_once_exactly_one_gets_the_lock(tmp_path: Path) -> None:
    """G16; and when its process is killed, the lock is free."""
    path = str(tmp_path / "tracker.lock")
    racers = [run(RACER, path) for _ in range(20)]
    answers = [racer.stdout.readline() for racer in racers if racer.stdout is not None]
    winner = racers[answers.index("got\n")]

    assert sorted(answers) == ["busy\n"] * 19 + ["got\n"]
    assert FileLock(path).holder() == winner.pid
    winner.kill()
    winner.communicate()
    assert FileLock(path).holder() is None
    assert FileLock(path).acquire()
    for racer in racers:
        racer.communicate()


def test_a_lock_file_that_was_replaced_is_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "tracker.lock"
    old = FileLock(str(path))
    assert old.acquire()
    path.unlink()

    assert FileLock(str(path)).acquire()
    old.release()
