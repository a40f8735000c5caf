"""What every `LiveCounts` promises, and what the page keeps through kills and power cuts."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cache_values import NINE
from tests.support.fake_cache import InMemoryLiveCounts
from worklog.app.ports import Live, LiveCounts
from worklog.cache.live import LivePage, blank_if
from worklog.cache.medium import is_in_memory, writes_by_itself
from worklog.cache.page import HALF, SIZE, Page, is_ours
from worklog.domain.activity import Activity
from worklog.domain.ids import PartId
from worklog.errors import CacheMovedError, CacheUnwritableError
from worklog.failpoints import install

LIVE = Live(
    PartId("01932b00-0000-7000-8000-000000000001"),
    at=NINE,
    end=61,
    is_running=True,
    activity=Activity.of_counts([(30, 2, 1), (0, 0, 0)] + [None] * 8),
    since=7,
)


class Machine:
    """A machine with a data folder on a disk and a runtime folder in memory."""

    def __init__(self, folder: Path) -> None:
        self.kept = folder / "data" / "live"
        self.runtime = folder / "run"

    def page(self, *memory: str) -> LivePage:
        """Return the page of a process that has just begun on it."""
        return LivePage(
            str(self.kept),
            memory=memory or (str(self.runtime),),
            is_in_memory=lambda folder: folder in (*memory, str(self.runtime)),
            writes_by_itself=lambda: True,
        )

    def swift(self) -> list[Path]:
        """Return the files in the runtime folder."""
        return sorted(self.runtime.iterdir()) if self.runtime.is_dir() else []

    def cut_power(self) -> None:
        """Lose what is in memory; what was written to the disk and not synced stays, here."""
        for path in self.swift():
            path.unlink()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def on_disk(folder: Path) -> LiveCounts:
    return LivePage(str(folder / "data" / "live"), writes_by_itself=lambda: False)


def in_memory(folder: Path) -> LiveCounts:
    return Machine(folder).page()


@pytest.fixture(
    params=[on_disk, in_memory, lambda _: InMemoryLiveCounts()], ids=["disk", "swift", "fake"]
)
def counts(request: pytest.FixtureRequest, tmp_path: Path) -> LiveCounts:
    build: Callable[[Path], LiveCounts] = request.param
    return build(tmp_path)


def test_nothing_is_read_before_something_is_written(counts: LiveCounts) -> None:
    counts.clear()

    assert counts.read() is None


def test_the_last_writing_is_read(counts: LiveCounts) -> None:
    for second in range(61, 70):
        counts.write(replace(LIVE, at=NINE + timedelta(seconds=second), end=second))

    assert counts.read() == replace(LIVE, at=NINE + timedelta(seconds=69), end=69)


def test_syncing_keeps_what_was_written(counts: LiveCounts) -> None:
    counts.sync()
    counts.write(LIVE)

    counts.sync()

    assert counts.read() == LIVE


def test_after_clearing_nothing_is_left(counts: LiveCounts) -> None:
    counts.write(LIVE)
    counts.write(LIVE)
    counts.clear()

    assert counts.read() is None


def test_after_clearing_the_next_writing_counts(counts: LiveCounts) -> None:
    counts.write(LIVE)
    counts.clear()
    counts.write(replace(LIVE, is_running=False))

    assert counts.read() == replace(LIVE, is_running=False)


# --- The page on a disk ---------------------------------------------------------------------


def test_a_torn_writing_leaves_the_one_before(tmp_path: Path) -> None:
    """Whatever byte of a half is damaged, the other half is read."""
    path = tmp_path / "live"
    page = LivePage(str(path))
    page.write(LIVE)
    page.write(replace(LIVE, end=62))
    page.close()
    whole = path.read_bytes()
    newest = 0 if LivePage(str(path)).read() == _read_half(path, whole, 0) else HALF

    for offset in range(0, 300, 7):
        data = bytearray(whole)
        data[newest + offset] ^= 0xFF
        path.write_bytes(bytes(data))
        assert LivePage(str(path)).read() == LIVE


def test_a_page_of_another_size_or_of_junk_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "live"
    for junk in (b"", b"x", b"\xff" * SIZE):
        path.write_bytes(junk)
        assert LivePage(str(path)).read() is None
        page = LivePage(str(path))
        page.write(LIVE)
        page.close()
        assert LivePage(str(path)).read() == LIVE


def _read_half(path: Path, whole: bytes, start: int) -> Live | None:
    data = bytearray(whole)
    data[HALF - start : HALF - start + HALF] = bytes(HALF)
    path.write_bytes(bytes(data))
    found = LivePage(str(path)).read()
    path.write_bytes(whole)
    return found


def test_a_process_that_goes_on_writes_over_the_older_half(tmp_path: Path) -> None:
    path = str(tmp_path / "live")
    for second in range(61, 66):
        page = LivePage(path)
        page.write(replace(LIVE, end=second))
        page.close()
        before = Path(path).read_bytes()
        torn = LivePage(path)
        torn.write(replace(LIVE, end=999))
        torn.close()
        after = Path(path).read_bytes()
        changed = [half for half in (0, HALF) if before[half:][:HALF] != after[half:][:HALF]]
        assert len(changed) == 1
        Path(path).write_bytes(before)
        assert LivePage(path).read() == replace(LIVE, end=second)


@pytest.mark.parametrize("is_replaced", [True, False])
@pytest.mark.parametrize("is_swift", [True, False])
def test_f16_a_page_that_was_moved_away_is_not_synced(
    machine: Machine,
    is_replaced: bool,  # noqa: FBT001 -- a case
    is_swift: bool,  # noqa: FBT001 -- a case
) -> None:
    page = machine.page() if is_swift else LivePage(str(machine.kept))
    page.write(LIVE)
    machine.kept.rename(machine.kept.parent / "elsewhere")
    if is_replaced:
        machine.kept.write_bytes(bytes(SIZE))

    with pytest.raises(CacheMovedError, match="moved"):
        page.sync()


def test_a_page_that_cannot_be_made_is_an_unwritable_cache(machine: Machine) -> None:
    machine.kept.mkdir(parents=True)

    with pytest.raises(CacheUnwritableError):
        machine.page().write(LIVE)
    with pytest.raises(CacheUnwritableError):
        machine.page().clear()


def test_a_disk_that_refuses_a_sync_is_an_unwritable_cache(machine: Machine) -> None:
    def refuse(_: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    page = machine.page()
    page.write(LIVE)
    install(refuse)
    try:
        with pytest.raises(CacheUnwritableError):
            page.sync()
    finally:
        install(None)


def test_a_record_that_nobody_can_read_is_nothing(machine: Machine) -> None:
    machine.kept.parent.mkdir()
    page = Page(str(machine.kept))
    for number, content in enumerate((b"\xff", b"[]", b"{}", b'{"page":7}')):
        page.put(number, content)
        assert machine.page().read() is None
    page.close()


# --- The page in memory ---------------------------------------------------------------------


def test_r9_after_a_kill_the_last_second_is_read(machine: Machine) -> None:
    machine.page().write(LIVE)

    tracker = machine.page()
    for second in range(61, 70):
        tracker.write(replace(LIVE, end=second))

    assert machine.page().read() == replace(LIVE, end=69)
    assert LivePage(str(machine.kept)).read() == replace(LIVE, end=69)  # without a login, too


def test_r9_after_a_power_cut_what_was_synced_last_is_read(machine: Machine) -> None:
    page = machine.page()
    for second in range(61, 120):
        page.write(replace(LIVE, end=second))
    page.sync()
    for second in range(120, 140):
        page.write(replace(LIVE, end=second))

    machine.cut_power()

    assert machine.page().read() == replace(LIVE, end=119)


@pytest.mark.parametrize("apart", [1, 2, 54, 55])
def test_r9_a_sync_that_the_power_cut_tore_leaves_the_one_before(
    machine: Machine, apart: int
) -> None:
    """However many seconds lie between two syncs, they go to the two halves in turn."""
    page = machine.page()
    for second in range(1, 4 * apart + 1):
        page.write(replace(LIVE, end=second))
        before = machine.kept.read_bytes()
        if second % apart == 0:
            page.sync()
    after = machine.kept.read_bytes()
    (torn,) = [half for half in (0, HALF) if before[half:][:HALF] != after[half:][:HALF]]

    machine.cut_power()
    assert LivePage(str(machine.kept)).read() == replace(LIVE, end=4 * apart)
    machine.kept.write_bytes(after[:torn] + before[torn:][:100] + after[torn + 100 :])

    assert LivePage(str(machine.kept)).read() == replace(LIVE, end=3 * apart)


def test_between_syncs_nothing_is_written_to_the_disk(machine: Machine) -> None:
    page = machine.page()
    page.write(LIVE)
    before = (machine.kept.read_bytes(), machine.kept.stat().st_mtime_ns)

    for second in range(62, 117):
        page.write(replace(LIVE, end=second))

    assert (machine.kept.read_bytes(), machine.kept.stat().st_mtime_ns) == before


def test_t10_the_page_in_memory_is_its_owners_only(machine: Machine) -> None:
    before = os.umask(0)
    try:
        machine.page().write(LIVE)
    finally:
        os.umask(before)

    (swift,) = machine.swift()
    assert stat.S_IMODE(swift.stat().st_mode) == 0o600
    assert stat.S_IMODE(machine.runtime.stat().st_mode) == 0o700
    assert stat.S_IMODE(machine.kept.stat().st_mode) == 0o600


def test_after_the_session_nothing_is_left_in_memory(machine: Machine) -> None:
    page = machine.page()
    page.write(LIVE)
    page.sync()
    page.clear()

    assert machine.swift() == []
    assert machine.kept.read_bytes() == bytes(SIZE)


def test_recovery_in_another_environment_clears_what_is_in_memory(machine: Machine) -> None:
    machine.page().write(LIVE)

    LivePage(str(machine.kept)).clear()

    assert machine.swift() == []
    assert machine.page().read() is None


def test_the_next_session_of_a_tracker_has_a_page_in_memory_again(machine: Machine) -> None:
    page = machine.page()
    page.write(LIVE)
    page.clear()
    page.write(replace(LIVE, end=5))

    assert len(machine.swift()) == 1
    assert LivePage(str(machine.kept)).read() == replace(LIVE, end=5)


def test_a_tracker_that_follows_a_crash_is_read_and_not_the_one_before(machine: Machine) -> None:
    first = machine.page()
    for second in range(61, 100):
        first.write(replace(LIVE, end=second))
    first.close()

    machine.page().write(replace(LIVE, end=1))

    assert machine.page().read() == replace(LIVE, end=1)


def test_where_the_runtime_folder_goes_with_the_login_tracking_goes_on(machine: Machine) -> None:
    page = machine.page()
    page.write(LIVE)
    page.sync()
    machine.cut_power()
    machine.runtime.rmdir()
    machine.runtime.write_text("something else")

    page.write(replace(LIVE, end=62))

    assert machine.page().read() == replace(LIVE, end=62)


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/x" * 600, "{}/\udcff"])
def test_without_a_folder_in_memory_the_page_on_the_disk_is_written(
    machine: Machine, tmp_path: Path, folder: str
) -> None:
    page = machine.page(folder.format(tmp_path))
    page.write(LIVE)
    page.sync()

    machine.cut_power()
    assert machine.page().read() == LIVE


def test_where_the_runtime_folder_is_on_a_disk_shared_memory_is_taken_as_it_is(
    machine: Machine, tmp_path: Path
) -> None:
    """Everybody may write there, and only to what is his own; closing it to others is no good."""
    shared = tmp_path / "shm"
    shared.mkdir()
    shared.chmod(0o1777)
    on_disk = tmp_path / "on disk"
    page = LivePage(
        str(machine.kept),
        memory=(str(on_disk), str(shared)),
        is_in_memory=lambda folder: folder == str(shared),
    )
    page.write(LIVE)

    (swift,) = shared.iterdir()
    assert stat.S_IMODE(swift.stat().st_mode) == 0o600
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
    page.clear()
    assert list(shared.iterdir()) == []


def test_a_page_in_memory_never_takes_a_name_that_is_taken(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(FileExistsError):
        Page(str(taken)).make()


def test_where_all_is_in_memory_there_is_one_page(machine: Machine) -> None:
    page = LivePage(str(machine.kept), memory=(str(machine.runtime),), is_in_memory=lambda _: True)
    page.write(LIVE)

    assert machine.swift() == []
    assert LivePage(str(machine.kept)).read() == LIVE


def test_what_others_put_where_the_page_in_memory_was_is_not_read(machine: Machine) -> None:
    """T10: neither a link, nor a file that others may write, nor a folder."""
    page = machine.page()
    page.write(LIVE)
    page.sync()
    page.write(replace(LIVE, end=62))
    (swift,) = machine.swift()
    forged = machine.runtime / "forged"
    forged.write_bytes(swift.read_bytes())
    forged.chmod(0o600)

    swift.unlink()
    swift.symlink_to(forged)
    assert machine.page().read() == LIVE
    machine.page().clear()
    assert forged.read_bytes() != bytes(SIZE)

    page = machine.page()
    page.write(LIVE)
    page.sync()
    page.write(replace(LIVE, end=62))
    (swift,) = [path for path in machine.swift() if path.stat().st_ino != forged.stat().st_ino]
    swift.chmod(0o644)
    assert machine.page().read() == LIVE
    swift.unlink()
    swift.mkdir()
    assert machine.page().read() == LIVE


def test_t10_a_file_of_another_user_is_not_ours() -> None:
    assert not is_ours("/proc/1/stat" if os.geteuid() else "/nonexistent")
    assert not is_ours("a\0b")


def test_n5_blanking_leaves_no_count_and_the_tracker_its_page(machine: Machine) -> None:
    tracker = machine.page()
    tracker.write(LIVE)
    tracker.sync()

    blank_if(str(machine.kept), frozenset({LIVE.part_id}))

    assert machine.page().read() is None
    tracker.sync()  # of what is there now, not of what it wrote before
    assert machine.page().read() is None
    for path in (machine.kept, *machine.swift()):
        assert LIVE.part_id.encode() not in path.read_bytes()
    tracker.write(replace(LIVE, part_id=PartId("p2")))
    assert machine.page().read() == replace(LIVE, part_id=PartId("p2"))


def test_blanking_leaves_the_counts_of_another_part(machine: Machine) -> None:
    machine.page().write(LIVE)

    blank_if(str(machine.kept), frozenset({PartId("another")}))

    assert machine.page().read() == LIVE


def test_blanking_nothing_makes_nothing(machine: Machine) -> None:
    machine.page().blank()

    assert not machine.kept.exists()


# --- What the machine says of itself --------------------------------------------------------


@pytest.mark.parametrize(
    ("expire", "rounds", "is_prompt"),
    [("3000", "500", True), ("6000", "500", False), ("3000", "0", False), ("soon", "500", False)],
)
def test_r9_the_kernel_is_relied_on_only_where_it_writes_within_the_minute(
    tmp_path: Path,
    expire: str,
    rounds: str,
    is_prompt: bool,  # noqa: FBT001 -- a case
) -> None:
    folder = tmp_path / "sys" / "vm"
    folder.mkdir(parents=True)
    (folder / "dirty_expire_centisecs").write_text(f"{expire}\n")
    (folder / "dirty_writeback_centisecs").write_text(f"{rounds}\n")

    assert writes_by_itself(system=str(tmp_path)) is is_prompt


def test_r9_where_the_kernel_is_slow_the_page_is_synced(tmp_path: Path) -> None:
    page = LivePage(str(tmp_path / "data" / "live"), writes_by_itself=lambda: False)
    page.write(LIVE)

    page.sync()

    assert not writes_by_itself(system=str(tmp_path))
    assert page.read() == LIVE


@pytest.mark.parametrize(
    ("kind", "device", "is_memory"),
    [
        ("tmpfs", "this", True),
        ("ramfs", "this", True),
        ("ext4", "this", False),
        ("tmpfs", "0:9999", False),
    ],
)
def test_a_folder_is_in_memory_if_its_file_system_is(
    tmp_path: Path,
    kind: str,
    device: str,
    is_memory: bool,  # noqa: FBT001 -- a case
) -> None:
    found = tmp_path.stat().st_dev
    this = f"{os.major(found)}:{os.minor(found)}"
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "mountinfo").write_text(
        f"22 1 0:8888 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        f"36 22 {this if device == 'this' else device} / /run rw master:1 - {kind} none rw\n"
    )

    assert is_in_memory(str(tmp_path), system=str(tmp_path)) is is_memory


def test_where_nothing_is_told_of_a_folder_it_is_on_a_disk(tmp_path: Path) -> None:
    assert not is_in_memory(str(tmp_path), system=str(tmp_path / "nowhere"))
    assert not is_in_memory(str(tmp_path / "nowhere"))
