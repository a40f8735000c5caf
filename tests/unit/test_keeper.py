"""Writes that must happen, however long the disk says no (F12, F13, F15)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from worklog.app.keeper import Bond, Keeper
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

    @contextmanager
    def together(self) -> Iterator[None]:
        before = list(self.written)
        self.written.append("(")
        try:
            yield
        except CacheUnwritableError:
            self.written[:] = before
            raise
        self.written.append(")")


def put(keeper: Keeper, disk: Disk, what: str, *, name: str = "", bond: Bond = Bond.ALONE) -> None:
    keeper.put(
        lambda: disk.write(what),
        done=lambda: disk.written.append(f"done {what}"),
        name=name,
        bond=bond,
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


def test_a_seal_and_what_is_opened_after_it_are_written_together_and_told_after_that() -> None:
    disk = Disk()
    keeper = Keeper(disk.together)
    put(keeper, disk, "seal", bond=Bond.FIRST)
    put(keeper, disk, "session", bond=Bond.ANY)
    put(keeper, disk, "open", bond=Bond.ANY)

    keeper.flush()

    assert disk.written == [
        *("(", "seal", "session", "open", ")"),
        *("done seal", "done session", "done open"),
    ]


def test_a_flush_is_not_written_together_with_the_seal_that_follows_it() -> None:
    """A commit that the disk took and denied is tried again, and a sealed part is not opened."""
    disk = Disk()
    keeper = Keeper(disk.together)
    put(keeper, disk, "open", bond=Bond.ANY)
    put(keeper, disk, "seal", bond=Bond.FIRST)

    keeper.flush()

    assert disk.written == ["open", "done open", "seal", "done seal"]


def test_a_picture_is_written_by_itself() -> None:
    disk = Disk()
    keeper = Keeper(disk.together)
    put(keeper, disk, "session", bond=Bond.ANY)
    put(keeper, disk, "picture")
    put(keeper, disk, "open", bond=Bond.ANY)

    keeper.flush()

    assert "(" not in disk.written


def test_f13_of_writes_together_all_wait_and_none_is_told_while_one_is_refused() -> None:
    disk = Disk()
    keeper = Keeper(disk.together)
    put(keeper, disk, "seal", bond=Bond.FIRST)
    keeper.put(lambda: disk.write("open"), bond=Bond.ANY)
    disk.is_full = True

    assert not keeper.flush()
    assert (disk.written, keeper.waiting, keeper.trouble) == ([], 2, FULL)

    disk.is_full = False
    assert keeper.flush()
    assert disk.written == ["(", "seal", "open", ")", "done seal"]
