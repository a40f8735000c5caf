"""Writes that must happen, however long the disk says no (F12, F13, F15)."""

import pytest

from worklog.app.keeper import Keeper
from worklog.errors import CacheUnwritableError

FULL = CacheUnwritableError("The disk is full.")


class Disk:
    """Takes writes, or refuses them while it is full."""

    def __init__(self) -> None:
        self.is_full = False
        self.written: list[str] = []

    def write(self, what: str) -> None:
        if self.is_full:
            raise FULL
        self.written.append(what)


def put(keeper: Keeper, disk: Disk, what: str, *, name: str = "") -> None:
    keeper.put(
        lambda: disk.write(what), done=lambda: disk.written.append(f"done {what}"), name=name
    )


def test_writes_happen_in_order_and_are_told_after_each() -> None:
    keeper, disk = Keeper(), Disk()
    put(keeper, disk, "a")
    put(keeper, disk, "b")

    assert keeper.flush()
    assert disk.written == ["a", "done a", "b", "done b"]


def test_f13_what_a_full_disk_refuses_is_written_when_there_is_room() -> None:
    keeper, disk = Keeper(), Disk()
    disk.is_full = True
    put(keeper, disk, "a")
    put(keeper, disk, "b")

    assert not keeper.flush()
    assert (disk.written, keeper.waiting, keeper.trouble) == ([], 2, FULL)

    disk.is_full = False
    assert keeper.flush()
    assert (disk.written, keeper.waiting, keeper.trouble) == (
        ["a", "done a", "b", "done b"],
        0,
        None,
    )


def test_flushes_of_the_same_thing_wait_as_one() -> None:
    keeper, disk = Keeper(), Disk()
    for number in range(100):
        put(keeper, disk, f"open {number}", name="open")

    keeper.flush()

    assert disk.written == ["open 99", "done open 99"]


def test_a_write_in_between_is_not_jumped_over() -> None:
    keeper, disk = Keeper(), Disk()
    put(keeper, disk, "open 1", name="open")
    put(keeper, disk, "seal")
    put(keeper, disk, "open 2", name="open")

    keeper.flush()

    assert disk.written[::2] == ["open 1", "seal", "open 2"]


def test_a_bug_is_not_kept_for_later() -> None:
    keeper = Keeper()

    def broken() -> None:
        raise KeyError

    keeper.put(broken)
    with pytest.raises(KeyError):
        keeper.flush()
