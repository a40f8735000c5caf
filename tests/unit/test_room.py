from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.fakes import seconds
from tests.support.workday import MORNING
from worklog.app.room import Room

LITTLE = "Less than 500 MB are left on the disk of the diary: make room."
LEAST = "Less than 100 MB are left on the disk of the diary: make room."


def test_f14_each_level_is_said_once_on_the_way_down() -> None:
    megabytes = [600, 499, 400, 99, 98, 300, 50]
    left = iter(megabytes)
    room = Room(lambda: next(left) * 1_000_000)

    said = [room.look(MORNING + timedelta(minutes=n)) for n in range(len(megabytes))]

    assert said == [None, LITTLE, None, LEAST, None, None, LEAST]
    assert room.warnings == [LEAST]


def test_f14_the_disk_is_looked_at_once_a_minute() -> None:
    left = iter([600, 400])
    room = Room(lambda: next(left) * 1_000_000)

    said = [room.look(MORNING + seconds(n)) for n in (0, 30, 59, 60)]

    assert said == [None, None, None, LITTLE]


@pytest.mark.parametrize("free", [None, 10**12])
def test_nothing_is_said_where_there_is_room_or_nobody_can_tell(free: int | None) -> None:
    room = Room(lambda: free)

    assert room.look(MORNING) is None
    assert room.warnings == []
