"""1,000 simulated power cuts under the real schema and write path (F03, N1, G2).

The database lies on a disk that tears what was not synced, and the journals lose what
was not synced either. After each cut, before anything is healed: the database is sound
and has every row that was acknowledged. After healing, the whole check is clean.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, NoReturn

import apsw
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
from tests.support.crash_disk import ApswDatabase, BadFolder, CrashDisk, PowerCutError
from tests.support.memory import folder_in_memory
from worklog.cache.check import check
from worklog.cache.opening import open_cache
from worklog.cache.store import SqliteCache
from worklog.domain.amendment import Delete, Describe, Key
from worklog.domain.grid import Slot
from worklog.errors import CacheUnwritableError
from worklog.failpoints import install
from worklog.places import Places, places

CUTS: Final = int(os.environ.get("TEST_POWER_CUTS", "1000"))
SEEDS: Final = range(8)
ROUNDS: Final = 4
SHOT: Final = picture("screen")


class FixedKey:
    """A signature that costs nothing; Ed25519 is not what is tested here."""

    public_key = bytes(32)

    def sign(self, message: bytes) -> bytes:
        return message[:32].ljust(64, b"\0")


@pytest.fixture(autouse=True)
def _no_failpoints() -> Iterator[None]:
    yield
    install(None)


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """A folder in memory where there is one: what a sync costs is not tested here."""
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture(scope="module")
def base(memory: Path) -> Path:
    """A cache with a contract, a session and some history, made once."""
    home = memory / "base"
    cache = open_cache(at(home), clock=FixedClock(), signer=FixedKey())
    cache.save_contract(ACME, at=NINE)
    cache.save_session(session())
    for number in range(5):
        cache.seal(part(number + 1, slot=Slot(SLOT.index - 9 + number), device=cache.device))
    cache.close()
    (home / "data" / "reserve").unlink()
    return home


def at(home: Path) -> Places:
    return places({"WORKLOG_HOME": str(home)})


def work(cache: SqliteCache, acknowledged: set[str]) -> None:
    """Record a few slots, name them, delete one: note what was acknowledged when it was."""
    device = cache.device
    for number in range(1, ROUNDS):
        slot = Slot(SLOT.index + number)
        whole = part(number + 10, slot=slot, device=device, captures=(capture(SHOT),))
        acknowledged.discard(f"open {whole.part_id}")
        cache.save_open(part(number + 10, slot=slot, device=device, seconds=60))
        cache.add_pictures(whole, {0: SHOT})
        acknowledged.add(f"picture {whole.part_id}")
        following = part(number + 11, slot=Slot(slot.index + 1), device=device, seconds=1)
        with cache.together():
            cache.seal(whole)
            cache.save_open(following)
        acknowledged |= {f"seal {whole.part_id}", f"open {following.part_id}"}
        keys = (Key(slot, ACME.contract_id),)
        change = amendment(Describe(keys, memo="named"), device=device, number=number * 2)
        cache.amend(change)
        acknowledged.add(f"amend {change.amendment_id}")
        if number % 3 == 0:
            acknowledged.discard(f"picture {whole.part_id}")
            erase = Delete(parts=(whole.part_id,), keys=keys)
            cache.amend(amendment(erase, device=device, number=number * 2 + 1))
            acknowledged.add(f"erase {whole.part_id}")
        letter = cache.mailbox.post("memo", f"m{number}", at=NINE)
        acknowledged.add(f"letter {letter}")


def lost(db: sqlite3.Connection, acknowledged: set[str]) -> set[str]:
    """Return what was acknowledged and is not in the database."""
    sealed = db.execute("SELECT part_id FROM parts WHERE state = 'sealed'")
    present = {f"seal {row[0]}" for row in sealed}
    opened = db.execute("SELECT part_id FROM parts WHERE state = 'open'")
    present |= {f"open {row[0]}" for row in opened}
    present |= {f"picture {row[0]}" for row in db.execute("SELECT part_id FROM images")}
    present |= {f"amend {row[0]}" for row in db.execute("SELECT amendment_id FROM amendments")}
    present |= {f"letter {row[0]}" for row in db.execute("SELECT number FROM mailbox")}
    present |= {
        f"erase {row[0]}" for row in db.execute("SELECT part_id FROM parts WHERE fields = '{}'")
    }
    return acknowledged - present


def tear_journals(home: Path, synced: dict[Path, int], chance: random.Random) -> None:
    """Take from each journal some of what was appended after its last sync."""
    for path in (home / "data" / "journal").glob("*.jsonl"):
        size = path.stat().st_size
        whole = min(synced.get(path, size), size)
        os.truncate(path, whole + chance.randint(0, size - whole))


NAMES = count()


def one_cut(base: Path, home: Path, chance: random.Random, span: int) -> tuple[bool, int]:
    """Cut the power once; return whether the database was sound, and how many rows were lost."""
    shutil.copytree(base, home)
    disk = CrashDisk(f"crash-{next(NAMES)}")
    disk.cut_after = chance.randrange(span)
    journal = home / "data" / "journal"
    synced = {path: path.stat().st_size for path in journal.glob("*.jsonl")}

    def note(step: str) -> None:
        if step in ("journal.done", "journal-rewrite.rename", "journal-rewrite.done"):
            synced.update({path: path.stat().st_size for path in journal.glob("*.jsonl")})

    acknowledged: set[str] = set()
    install(note)
    db = ApswDatabase(at(home).database, disk.name)
    cache = SqliteCache(db.as_sqlite3(), at(home), clock=FixedClock(), signer=FixedKey())
    with suppress(PowerCutError, apsw.Error):
        work(cache, acknowledged)
    install(None)
    disk.is_off = True
    with suppress(PowerCutError, apsw.Error):
        db.close()
    disk.cut(chance)
    disk.unregister()
    tear_journals(home, synced, chance)
    found = sqlite3.connect(at(home).database)
    is_sound = found.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    missing = lost(found, acknowledged)
    found.close()
    return is_sound, len(missing)


@pytest.mark.parametrize("seed", SEEDS)
def test_f03_no_power_cut_corrupts_the_cache_or_loses_what_was_acknowledged(
    base: Path, memory: Path, seed: int
) -> None:
    chance = random.Random(seed)
    whole = span_of(base, memory / f"measure-{seed}")
    corrupt = losses = 0
    for number in range(CUTS // len(SEEDS)):
        home = memory / f"{seed}-{number}"
        is_sound, missing = one_cut(base, home, chance, whole)
        corrupt += not is_sound
        losses += missing
        if number % 25 == 0:
            cache = open_cache(at(home), clock=FixedClock(), signer=FixedKey())
            assert check(cache, pictures=True).findings == ()
            cache.close()
        shutil.rmtree(home)

    assert (corrupt, losses) == (0, 0)


def span_of(base: Path, home: Path) -> int:
    """Return how many disk operations the whole work takes."""
    shutil.copytree(base, home)
    disk = CrashDisk(f"crash-{next(NAMES)}")
    db = ApswDatabase(at(home).database, disk.name)
    cache = SqliteCache(db.as_sqlite3(), at(home), clock=FixedClock(), signer=FixedKey())
    work(cache, set())
    cache.close()
    disk.unregister()
    return disk.operations


def broken() -> NoReturn:
    raise KeyError


def test_f17_a_commit_that_the_disk_took_and_denied_keeps_its_picture(tmp_path: Path) -> None:
    """N1: the second try finds the first, and what it acknowledges is there."""
    home = tmp_path / "home"
    cache = open_cache(at(home), clock=FixedClock(), signer=FixedKey())
    cache.save_contract(ACME, at=NINE)
    device = cache.device
    cache.close()
    disk = BadFolder(f"bad-{next(NAMES)}")
    db = ApswDatabase(at(home).database, disk.name)
    cache = SqliteCache(db.as_sqlite3(), at(home), clock=FixedClock(), signer=FixedKey())
    whole = part(device=device, captures=(capture(SHOT),))

    disk.is_bad = True
    with pytest.raises(CacheUnwritableError):
        cache.add_pictures(whole, {0: SHOT})
    disk.is_bad = False
    with pytest.raises(KeyError):
        cache.write(broken)
    (stored,) = cache.add_pictures(whole, {0: SHOT})

    assert cache.image(stored) == SHOT.image
    cache.close()
    disk.unregister()
    cache = open_cache(at(home), clock=FixedClock(), signer=FixedKey())
    assert check(cache, pictures=True).findings == ()
    cache.close()


def test_the_disk_does_lose_what_was_not_synced(tmp_path: Path) -> None:
    """The control: without syncs the same cuts lose rows, so the test can fail."""
    chance = random.Random(1)
    losses = 0
    for number in range(20):
        path = str(tmp_path / f"{number}.db")
        disk = CrashDisk(f"crash-{next(NAMES)}")
        db = ApswDatabase(path, disk.name)
        db.execute("PRAGMA synchronous = OFF")
        db.execute("CREATE TABLE t (n INTEGER)")
        for row in range(5):
            db.execute("INSERT INTO t VALUES (?)", (row,))
        disk.is_off = True
        db.close()
        disk.cut(chance)
        disk.unregister()
        found = sqlite3.connect(path)
        with suppress(sqlite3.DatabaseError):
            losses += found.execute("SELECT count(*) FROM t").fetchone()[0] == 5
        found.close()

    assert losses < 20
