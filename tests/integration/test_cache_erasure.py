"""What was deleted or redacted is found in no byte under the home (N5, T17, G18)."""

from __future__ import annotations

import json
from pathlib import Path

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
)
from worklog.app.ports import Live
from worklog.cache import rebuild
from worklog.cache.archive import backup, newest_backup, restore
from worklog.cache.check import check
from worklog.cache.live import LivePage
from worklog.cache.opening import open_cache
from worklog.cache.store import SqliteCache
from worklog.domain.activity import Activity
from worklog.domain.amendment import Delete, Key, OpenTarget, Redact, RedactedPicture
from worklog.domain.grid import Slot
from worklog.places import Places, places

SECRET = picture("the secret screen")
OTHER = picture("another screen")
TITLE = "canary-title.py"


@pytest.fixture
def home(tmp_path: Path) -> Places:
    return places({"WORKLOG_HOME": str(tmp_path)})


@pytest.fixture(params=[False, True], ids=["plain", "encrypted"])
def cache(request: pytest.FixtureRequest, home: Places) -> SqliteCache:
    made = open_cache(home, clock=FixedClock())
    made.key.encrypts = lambda: request.param
    made.save_contract(ACME, at=NINE)
    return made


def seal(cache: SqliteCache) -> tuple[bytes, ...]:
    """Seal a part with pictures and another one; return what must not survive."""
    whole = part(device=cache.device, title=TITLE, captures=(capture(SECRET),))
    cache.save_open(whole)
    cache.add_pictures(whole, {0: SECRET})
    cache.seal(whole)
    neighbour = part(2, slot=Slot(SLOT.index + 1), device=cache.device, captures=(capture(OTHER),))
    cache.add_pictures(neighbour, {0: OTHER})
    cache.seal(neighbour)
    fields = cache.db.execute(
        "SELECT fields FROM parts WHERE part_id = ?", (whole.part_id,)
    ).fetchone()[0]
    kept = [next(iter(field.values())).encode() for field in json.loads(fields).values()]
    assert (TITLE in fields) is not cache.key.encrypts()
    (stored,) = cache.pictures([whole.part_id])
    pictures = [Path(path).read_bytes() for path in (stored.file, stored.thumbnail)]
    title = [] if cache.key.encrypts() else [TITLE.encode()]
    return (*pictures, *title, *kept)


def delete(cache: SqliteCache) -> None:
    change = Delete(parts=(part(device=cache.device).part_id,), keys=(Key(SLOT, ACME.contract_id),))
    cache.amend(amendment(change, device=cache.device, at=NINE))


def found(home: Places, canaries: tuple[bytes, ...]) -> list[tuple[str, bytes]]:
    return [
        (path.name, canary)
        for path in Path(home.data).rglob("*")
        if path.is_file()
        for canary in canaries
        if canary in path.read_bytes()
    ]


def assert_rest_is_there(cache: SqliteCache) -> None:
    (stored,) = cache.pictures([part(2, slot=Slot(SLOT.index + 1), device=cache.device).part_id])
    assert cache.image(stored) == OTHER.image
    assert check(cache, evidence=True, pictures=True).findings == ()


def test_a_deleted_segment_is_in_no_byte_under_the_home(home: Places, cache: SqliteCache) -> None:
    canaries = seal(cache)
    assert len({canary for _, canary in found(home, canaries)}) == len(canaries)

    delete(cache)

    assert found(home, canaries) == []
    assert_rest_is_there(cache)


def test_neither_a_backup_nor_a_rebuild_nor_a_restore_brings_it_back(
    home: Places, cache: SqliteCache
) -> None:
    canaries = seal(cache)
    backup(cache)
    rebuild.rebuild(home, now_ms=1)  # leaves the old database aside, with everything in it
    cache.close()
    cache = open_cache(home, clock=FixedClock())

    delete(cache)
    assert found(home, canaries) == []
    cache.close()
    rebuild.rebuild(home, now_ms=2)
    cache = open_cache(home, clock=FixedClock())
    newest = newest_backup(cache)
    assert newest is not None
    restore(cache, newest)

    assert found(home, canaries) == []
    assert_rest_is_there(cache)


def test_a_backup_from_elsewhere_does_not_bring_it_back(
    home: Places, cache: SqliteCache, tmp_path_factory: pytest.TempPathFactory
) -> None:
    canaries = seal(cache)
    away = backup(cache, str(tmp_path_factory.mktemp("away") / "worklog.tar"))
    delete(cache)

    restored = restore(cache, away)

    assert restored.pictures == 0
    assert found(home, canaries) == []
    assert_rest_is_there(cache)


def test_a_deletion_in_an_open_slot_erases_row_pictures_journal_and_live_page(
    home: Places, cache: SqliteCache
) -> None:
    opened = part(device=cache.device, title=TITLE, captures=(capture(SECRET),), seconds=60)
    cache.add_pictures(opened, {0: SECRET})
    live = LivePage(home.live)
    live.write(Live(opened.part_id, NINE, 61, is_running=True, activity=Activity()))
    target = OpenTarget(cache.device, Key(SLOT, ACME.contract_id))

    cache.amend(amendment(Delete(rest=(target,), keys=(target.key,)), device=cache.device))
    cache.seal(opened)

    canaries = (SECRET.image, SECRET.thumbnail, TITLE.encode(), b"fixing bug")
    assert found(home, canaries) == []
    assert live.read() is None
    assert check(cache, evidence=True).findings == ()


def test_r21_redacted_pixels_are_in_no_byte_under_the_home(
    home: Places, cache: SqliteCache
) -> None:
    image, thumbnail, *_ = seal(cache)
    backup(cache)
    covered = picture("a covered screen")
    new = capture(covered)
    target = part(device=cache.device).part_id

    cache.amend(
        amendment(
            Redact((RedactedPicture(target, 0, new.sha256, new.thumbnail_sha256, 300),)),
            device=cache.device,
        ),
        pictures={(target, 0): covered},
    )

    digest = capture(SECRET).sha256.encode()
    assert found(home, (image, thumbnail, digest)) == []
    (stored,) = cache.pictures([target])
    assert cache.image(stored) == covered.image
    assert_rest_is_there(cache)


def test_after_a_lost_database_the_deletion_still_holds(home: Places, cache: SqliteCache) -> None:
    canaries = seal(cache)
    delete(cache)
    cache.close()
    Path(home.database).unlink()

    again = open_cache(home, clock=FixedClock())

    assert found(home, canaries) == []
    assert_rest_is_there(again)
    kept = again.part(part(device=again.device).part_id)
    assert kept is not None
    assert kept.is_erased
