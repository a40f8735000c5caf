"""Damage and disk trouble: what the cache does with each (F04, F12-F26)."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import random
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.support.cache_values import (
    ACME,
    NINE,
    SLOT,
    FixedClock,
    amendment,
    capture,
    part,
    picture,
    session,
)
from worklog.cache import schema
from worklog.cache.archive import backup, restore
from worklog.cache.check import check
from worklog.cache.opening import open_cache
from worklog.cache.store import SqliteCache
from worklog.domain.amendment import Describe, Key
from worklog.domain.grid import Slot
from worklog.errors import (
    CacheCorruptError,
    CacheTooNewError,
    CacheUnwritableError,
    ConflictError,
    NotFoundError,
    WorklogError,
)
from worklog.failpoints import install
from worklog.places import Places, places
from worklog.sqlite import connect

SHOT = picture("screen")
ROUNDS: Final = int(os.environ.get("TEST_CORRUPTIONS", "60"))


@pytest.fixture(autouse=True)
def _no_failpoints() -> Iterator[None]:
    yield
    install(None)


@pytest.fixture
def home(tmp_path: Path) -> Places:
    return places({"WORKLOG_HOME": str(tmp_path)})


def opened(home: Places, *, heal: bool = False) -> SqliteCache:
    return open_cache(home, clock=FixedClock(), heal=heal)


def fill(cache: SqliteCache, count: int = 3) -> None:
    cache.save_contract(ACME, at=NINE)
    cache.save_session(session())
    for number in range(count):
        slot = Slot(SLOT.index + number)
        whole = part(number + 1, slot=slot, device=cache.device, captures=(capture(SHOT),))
        cache.add_pictures(whole, {0: SHOT})
        cache.seal(whole)
    keys = (Key(SLOT, ACME.contract_id),)
    cache.amend(amendment(Describe(keys, memo="named"), device=cache.device))


def rows(cache: SqliteCache) -> list[object]:
    return [*cache.segments(NINE, NINE.replace(hour=23)), *cache.contracts(), *cache.amendments()]


def failing(step: str, number: int, *, times: int = 1) -> None:
    """Let *step* fail with the errno *number*, the next *times* times."""
    left = [times]

    def fail(name: str) -> None:
        if name == step and left[0]:
            left[0] -= 1
            raise OSError(number, os.strerror(number))

    install(fail)


# --- disk trouble ---------------------------------------------------------------------

FILE_STEPS = ["image.create", "image.write", "image.fsync", "image.rename", "thumbnail.write"]
JOURNAL_STEPS = ["journal.open", "journal.write", "journal.fsync", "journal.done"]


@pytest.mark.parametrize("step", FILE_STEPS + JOURNAL_STEPS)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_f12_f17_a_failing_write_leaves_nothing_half_written_and_may_be_repeated(
    home: Places, step: str, number: int
) -> None:
    cache = opened(home)
    fill(cache, 1)
    before = rows(cache)
    whole = part(9, device=cache.device, captures=(capture(SHOT),))
    files = sorted(Path(home.pictures).rglob("*.webp"))
    failing(step, number, times=9)

    with pytest.raises(CacheUnwritableError):
        cache.add_pictures(whole, {0: SHOT})

    assert rows(cache) == before
    assert sorted(Path(home.pictures).rglob("*.webp*")) == files
    install(None)
    assert len(cache.add_pictures(whole, {0: SHOT})) == 1
    assert check(cache, pictures=True).findings == ()


@pytest.mark.parametrize("step", ["image.write", "journal.write"])
def test_f13_the_reserve_is_given_back_before_a_full_disk_is_reported(
    home: Places, step: str
) -> None:
    cache = opened(home)
    fill(cache, 1)
    reserve = Path(home.data) / "reserve"
    assert reserve.stat().st_size == 4_000_000
    failing(step, errno.ENOSPC)

    cache.add_pictures(part(9, device=cache.device, captures=(capture(SHOT),)), {0: SHOT})

    assert not reserve.exists()
    assert check(cache, pictures=True).findings == ()
    cache.close()
    opened(home)
    assert reserve.exists()


def test_f15_a_read_only_database_can_still_be_read(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    before = rows(cache)
    cache.close()
    cache = opened(home)
    cache.db.execute("PRAGMA query_only = ON")

    with pytest.raises(CacheUnwritableError):
        cache.seal(part(9, device=cache.device))

    assert rows(cache) == before
    cache.db.execute("PRAGMA query_only = OFF")
    assert check(cache).findings == ()


def test_f16_a_folder_that_was_moved_away_is_said_and_used_again_when_it_is_back(
    home: Places,
) -> None:
    cache = opened(home)
    fill(cache)
    Path(home.data).rename(f"{home.data}-away")

    with pytest.raises(CacheUnwritableError, match="moved"):
        cache.seal(part(9, device=cache.device))

    Path(f"{home.data}-away").rename(home.data)
    cache.seal(part(9, device=cache.device))
    assert check(cache).findings == ()


# --- damaged databases ----------------------------------------------------------------


def damage(path: Path, chance: random.Random) -> str:
    """Damage the database file in one of several ways; return which."""
    data = bytearray(path.read_bytes())
    way = chance.choice(["bytes", "page", "truncate", "empty", "junk", "header", "gone", "folder"])
    if way == "bytes":
        for _ in range(chance.randint(1, 200)):
            data[chance.randrange(len(data))] ^= chance.randint(1, 255)
    elif way == "page":
        page = chance.randrange(len(data) // 4096)
        data[page * 4096 : (page + 1) * 4096] = chance.randbytes(4096)
    elif way == "truncate":
        del data[chance.randrange(len(data)) :]
    elif way == "empty":
        data.clear()
    elif way == "junk":
        data = bytearray(chance.randbytes(chance.randint(1, 20_000)))
    elif way == "header":
        data[:100] = chance.randbytes(100)
    path.write_bytes(bytes(data))
    if way in ("gone", "folder"):
        path.unlink()
    if way == "folder":
        path.mkdir()
    return way


@pytest.mark.parametrize("seed", range(3))
def test_f20_after_any_damage_the_tracker_starts_and_nothing_sealed_is_lost(
    tmp_path: Path, seed: int
) -> None:
    """G4: no crash loop; what the journals have is all there."""
    chance = random.Random(seed)
    home = places({"WORKLOG_HOME": str(tmp_path)})
    cache = opened(home)
    fill(cache)
    before = rows(cache)
    for number in range(ROUNDS // 3):
        cache.close()
        way = damage(Path(home.database), chance)

        cache = opened(home, heal=True)
        with suppress(CacheCorruptError):
            report = check(cache, evidence=True)
            if not report.findings:
                assert rows(cache) == before, way
                continue
        # Damage that a quick check cannot see; `check --rebuild` is what helps.
        cache.close()
        (tmp_path / "data" / "rebuilding").write_bytes(b"")
        cache = opened(home, heal=True)
        assert rows(cache) == before, (number, way)
    cache.seal(part(99, slot=Slot(SLOT.index + 20), device=cache.device))
    assert check(cache, evidence=True, pictures=True).findings == ()


def test_f20_a_damaged_database_is_reported_to_commands_and_set_aside_for_the_tracker(
    home: Places,
) -> None:
    opened(home).close()
    Path(home.database).write_bytes(b"this is no database" * 1000)

    with pytest.raises(CacheCorruptError):
        opened(home)
    opened(home, heal=True)

    assert [path.name for path in Path(home.data).glob("*.damaged-*")] == [
        f"worklog.db.damaged-{FixedClock().now_ms()}-0"
    ]


def test_f21_a_missing_rollback_journal_or_database_is_made_good(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    before = rows(cache)
    cache.close()
    Path(home.database).unlink()
    Path(f"{home.database}-journal").write_bytes(os.urandom(5000))

    assert rows(opened(home)) == before


def test_a_rebuild_that_is_killed_is_begun_again(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    before = rows(cache)
    cache.close()
    for step in ("rebuild.pass", "rebuild.aside", "rebuild.swap", "rebuild.done"):
        Path(home.database).write_bytes(b"junk" * 5000)

        def die(name: str, step: str = step) -> None:
            if name == step:
                raise KeyboardInterrupt

        install(die)
        with pytest.raises(KeyboardInterrupt):
            opened(home, heal=True)
        install(None)

        cache = opened(home, heal=True)
        assert rows(cache) == before
        cache.close()


def test_a_torn_last_line_of_a_journal_is_tolerated(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    (journal,) = Path(home.journal).glob("*.jsonl")
    with journal.open("ab") as file:
        file.write(b'{"kind":"seal","header":"{')

    cache.remember("x", "y")

    assert check(cache).findings == ()
    assert b'"header":"{{' not in journal.read_bytes()


# --- pictures -------------------------------------------------------------------------


def test_f19_every_flipped_bit_of_a_picture_is_found(home: Places) -> None:
    """G5."""
    cache = opened(home)
    fill(cache, 1)
    chance = random.Random(5)
    (image,) = [path for path in Path(home.pictures).rglob("*.webp") if "thumb" not in path.name]
    whole = image.read_bytes()
    (stored,) = cache.pictures([part(device=cache.device).part_id])

    for _ in range(1000):
        data = bytearray(whole)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        image.write_bytes(bytes(data))
        with pytest.raises(CacheCorruptError):
            cache.image(stored)
    assert [found.code for found in check(cache, pictures=True).findings] == ["picture-damaged"]


@pytest.mark.parametrize(("size", "code"), [(0, "picture-empty"), (7, "picture-damaged")])
def test_f04_a_picture_without_its_bytes_is_reported_and_its_segment_stays(
    home: Places, size: int, code: str
) -> None:
    cache = opened(home)
    fill(cache, 1)
    before = rows(cache)
    for path in Path(home.pictures).rglob("*.webp"):
        os.truncate(path, size)

    report = check(cache, pictures=True)

    assert [found.code for found in report.findings] == [code]
    assert rows(cache) == before


def test_f25_pictures_that_were_deleted_by_hand_are_reported(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    for path in Path(home.pictures).rglob("*.webp"):
        path.unlink()

    assert {found.code for found in check(cache).findings} == {"picture-missing"}
    (stored,) = cache.pictures([part(device=cache.device).part_id])[:1]
    with pytest.raises(NotFoundError):
        cache.image(stored)


def test_orphans_are_collected(home: Places) -> None:
    cache = opened(home)
    fill(cache, 1)
    kept = sorted(Path(home.pictures).rglob("*.webp"))
    for name in ("aa" * 16 + ".webp", "aa" * 16 + ".thumb.webp", "ab" * 16 + ".webp.tmp"):
        path = Path(home.pictures) / name[:2] / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"left behind")

    assert check(cache).orphans == 3
    assert sorted(Path(home.pictures).rglob("*.webp*")) == kept


# --- evidence -------------------------------------------------------------------------


def test_check_names_the_first_record_that_does_not_hold(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    target = part(2, slot=Slot(SLOT.index + 1), device=cache.device).part_id
    cache.db.execute(
        "UPDATE parts SET fields = replace(fields, 'billing.py', 'billing.pz') WHERE part_id = ?",
        (target,),
    )

    findings = [found for found in check(cache, evidence=True).findings if found.code == "evidence"]

    assert [(found.subject, "title" in found.message) for found in findings] == [(target, True)]


def test_a_segment_that_was_tampered_with_is_found(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    cache.db.execute("UPDATE segments SET billed_seconds = 60 WHERE slot = ?", (SLOT.index,))

    assert [found.code for found in check(cache).findings] == ["segment"]


# --- schema ---------------------------------------------------------------------------


def test_f22_a_database_of_a_newer_worklog_is_not_touched(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    cache.db.execute(f"PRAGMA user_version = {len(schema.scripts()) + 1}")
    cache.close()
    before = Path(home.database).read_bytes()

    for heal in (False, True):
        with pytest.raises(CacheTooNewError):
            opened(home, heal=heal)

    assert Path(home.database).read_bytes() == before


def test_f23_a_migration_that_is_killed_is_done_again(
    home: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = opened(home)
    fill(cache)
    before = rows(cache)
    cache.close()
    later = [*schema.scripts(), "CREATE TABLE later (n INTEGER) STRICT;\n"]
    monkeypatch.setattr(schema, "scripts", lambda: later)
    for step in ("migrate.copy", "migrate.begin", "migrate.done"):

        def die(name: str, step: str = step) -> None:
            if name == step:
                raise KeyboardInterrupt

        install(die)
        with suppress(KeyboardInterrupt):
            opened(home)
        install(None)

    cache = opened(home)
    assert rows(cache) == before
    assert cache.db.execute("PRAGMA user_version").fetchone() == (len(later),)
    copy = sqlite3.connect(f"{home.database}.format-{len(later) - 1}")
    assert copy.execute("SELECT count(*) FROM parts").fetchone() == (3,)
    copy.close()


# --- places and modes -----------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["with space", "per%cent", "que?stion", "ha#sh", "ünï", "b\udce9d", "'quote'", "x" * 200],
)
def test_f24_odd_homes_work(tmp_path: Path, name: str) -> None:
    home = places({"WORKLOG_HOME": str(tmp_path / name)})
    cache = opened(home)
    fill(cache, 1)
    backup(cache)
    cache.close()

    cache = opened(home)
    assert Path(home.database).exists()
    assert check(cache, evidence=True, pictures=True).findings == ()


def test_t10_everything_is_its_owners_only_whatever_the_umask(home: Places) -> None:
    before = os.umask(0)
    try:
        cache = opened(home)
        fill(cache)
        backup(cache)
    finally:
        os.umask(before)

    modes = {
        (path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in Path(home.data).rglob("*")
    }
    assert modes == {(True, 0o700), (False, 0o600)}


@pytest.mark.parametrize("trouble", ["mode", "link", "hard-link", "junk"])
def test_t9_an_unsafe_device_key_is_refused(home: Places, trouble: str) -> None:
    cache = opened(home)
    fill(cache)
    cache.close()
    key = Path(home.device_key)
    if trouble == "mode":
        key.chmod(0o644)
    elif trouble == "link":
        key.rename(f"{key}.real")
        key.symlink_to(f"{key}.real")
    elif trouble == "hard-link":
        os.link(key, f"{key}.second")
    else:
        key.write_bytes(b"junk")
    cache = opened(home)

    with pytest.raises(CacheUnwritableError, match="key"):
        cache.seal(part(9, device=cache.device))


# --- backup and restore ---------------------------------------------------------------


def test_g29_a_restored_home_is_the_same_and_opens_a_new_stream(
    home: Places, tmp_path: Path
) -> None:
    """F26: no sequence number is used twice."""
    cache = opened(home)
    fill(cache)
    file = backup(cache)
    other = opened(places({"WORKLOG_HOME": str(tmp_path / "other")}))

    restored = restore(other, file)

    assert (restored.parts, restored.pictures) == (3, 3)
    assert rows(other) == rows(cache)
    assert other.device == cache.device
    assert len(other.streams()) == 2
    other.seal(part(9, slot=Slot(SLOT.index + 9), device=other.device))
    report = check(other, evidence=True, pictures=True)
    assert (report.findings, report.records) == ((), 4)
    assert [len(other.records(stream)) for stream, _ in other.streams()] == [3, 1]


def test_restoring_twice_brings_nothing_twice(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    before = rows(cache)
    file = backup(cache)

    restored = restore(cache, file)

    assert (restored.parts, restored.pictures) == (0, 0)
    assert rows(cache) == before
    assert check(cache, evidence=True, pictures=True).findings == ()


def archive(*members: tuple[str, bytes, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(data), "/etc/passwd"
            made.addfile(info, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no tar at all" * 100,
        archive(("journal/2026-11-16.jsonl", tarfile.REGTYPE, b"")),
        archive(("manifest.json", tarfile.REGTYPE, b"{}"), ("../evil", tarfile.REGTYPE, b"x")),
        archive(("manifest.json", tarfile.REGTYPE, b"{}"), ("/etc/evil", tarfile.REGTYPE, b"x")),
        archive(("manifest.json", tarfile.REGTYPE, b"{}"), ("device.key", tarfile.SYMTYPE, b"")),
        archive(("manifest.json", tarfile.REGTYPE, b"{}"), ("device.key", tarfile.LNKTYPE, b"")),
        archive(
            ("manifest.json", tarfile.REGTYPE, b"{}"),
            ("pictures/aa/../../x.webp", tarfile.REGTYPE, b"x"),
        ),
    ],
)
def test_t5_what_is_no_backup_is_refused_and_nothing_is_written(
    home: Places, tmp_path: Path, content: bytes
) -> None:
    cache = opened(home)
    cache.device  # noqa: B018 -- so that the folder is complete
    file = tmp_path / "hostile.tar"
    file.write_bytes(content)
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(ConflictError, match="archive"):
        restore(cache, str(file))

    assert sorted(tmp_path.rglob("*")) == before


def test_a_backup_that_does_not_exist_is_not_found(home: Places) -> None:
    with pytest.raises(NotFoundError):
        restore(opened(home), "/nowhere/worklog.tar")


def test_a_backup_without_room_leaves_nothing_behind(home: Places) -> None:
    cache = opened(home)
    fill(cache)
    failing("backup.rename", errno.ENOSPC)

    with pytest.raises(CacheUnwritableError):
        backup(cache)

    assert list(Path(home.backups).iterdir()) == []


# --- the quick road -------------------------------------------------------------------


def test_the_quick_road_loads_nothing_heavy() -> None:
    heavy = {"dataclasses", "typing", "pathlib", "uuid", "json", "tomllib", "contextlib"}
    program = (
        "import sys; before = set(sys.modules); import worklog.cache.mailbox, worklog.places;"
        "print('\\n'.join(set(sys.modules) - before))"
    )

    loaded = subprocess.run(
        [sys.executable, "-S", "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()

    assert not heavy & {name.partition(".")[0] for name in loaded}


def test_translated_errors_never_hide_a_bug(tmp_path: Path) -> None:
    db = connect(str(tmp_path / "x.db"))

    with pytest.raises(sqlite3.OperationalError):
        db.execute("SELECT nothing FROM nowhere")
    with pytest.raises(WorklogError):
        connect(str(tmp_path / "missing.db"), create=False)


def test_the_picture_on_disk_is_what_was_given(home: Places) -> None:
    cache = opened(home)
    fill(cache, 1)
    (stored,) = cache.pictures([part(device=cache.device).part_id])

    assert cache.image(stored) == SHOT.image
    assert hashlib.sha256(Path(stored.thumbnail).read_bytes()).hexdigest() == (
        stored.capture.thumbnail_sha256
    )
    with pytest.raises(NotFoundError):
        cache.image(replace(stored, file="/nowhere.webp"))
