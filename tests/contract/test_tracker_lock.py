"""What every `TrackerLock` promises."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fake_cache import InMemoryTrackerLock, LockRoom
from worklog.app.ports import TrackerLock
from worklog.cache.lock import FileLock

Pair = tuple[TrackerLock, TrackerLock]


def real(folder: Path) -> Pair:
    path = str(folder / "data" / "tracker.lock")
    return FileLock(path), FileLock(path)


def fake(_: Path) -> Pair:
    room = LockRoom()
    return InMemoryTrackerLock(room, pid=os.getpid()), InMemoryTrackerLock(room)


@pytest.fixture(params=[real, fake], ids=["flock", "memory"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    build: Callable[[Path], Pair] = request.param
    return build(tmp_path)


def test_only_one_has_the_lock(pair: Pair) -> None:
    mine, other = pair

    assert mine.acquire()
    assert mine.acquire()
    assert not other.acquire()


def test_the_holder_is_known_to_both(pair: Pair) -> None:
    mine, other = pair
    assert (mine.holder(), other.holder()) == (None, None)

    mine.acquire()

    assert (mine.holder(), other.holder()) == (os.getpid(), os.getpid())


def test_a_released_lock_is_free_for_the_other(pair: Pair) -> None:
    mine, other = pair
    mine.acquire()

    other.release()
    assert not other.acquire()
    mine.release()
    mine.release()

    assert mine.holder() is None
    assert other.acquire()
