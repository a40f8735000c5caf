"""Titles that the cache keeps encrypted: what comes in and goes out, and when a key is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
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
from worklog.cache import archive, evidence, whole
from worklog.cache.check import check
from worklog.cache.locked_text import read_open_part, read_part
from worklog.cache.opening import open_cache
from worklog.cache.outbox import Outbox
from worklog.cache.rebuild import rebuild
from worklog.cache.store import SqliteCache
from worklog.domain.amendment import Delete, Describe, Key
from worklog.domain.canonical import canonical
from worklog.domain.grid import Slot
from worklog.domain.part import Capture, CaptureState, Part
from worklog.errors import CacheCorruptError, CacheUnwritableError, ConflictError
from worklog.places import Places, places
from worklog.wire.reader import MalformedError

TITLE = "xyzzy canary"
KEY = Key(SLOT, ACME.contract_id)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def opened(home: Places, *, encrypts: bool = True) -> SqliteCache:
    made = open_cache(home, clock=FixedClock())
    made.key.encrypts = lambda: encrypts
    return made


@pytest.fixture
def home(tmp_path: Path) -> Places:
    return places({"WORKLOG_HOME": str(tmp_path / "home")})


@pytest.fixture
def cache(home: Places) -> Iterator[SqliteCache]:
    made = opened(home)
    made.save_contract(ACME, at=NINE)
    yield made
    made.close()


def titled(cache: SqliteCache, number: int = 1) -> Part:
    return part(number, device=cache.device, title=TITLE)


def in_the_clear(home: Places) -> list[str]:
    files = [path for path in Path(home.data).rglob("*") if path.is_file()]
    return [
        path.name
        for path in files
        if any(word in path.read_bytes() for word in (TITLE.encode(), b"Editor"))
    ]


def titles(cache: SqliteCache) -> list[str | None]:
    return [row.segment.title for row in cache.segments(NINE, NINE + HOUR)]


def lose_key(home: Places) -> None:
    Path(home.picture_key).rename(f"{home.picture_key}.away")


def spoil_key(home: Places) -> None:
    """Let the key be one that cannot be used: nothing can be locked, nothing opened."""
    Path(home.picture_key).parent.mkdir(exist_ok=True)
    Path(home.picture_key).touch()
    Path(home.picture_key).chmod(0o644)


def mend_key(home: Places) -> None:
    Path(home.picture_key).chmod(0o600)


def codes(cache: SqliteCache) -> set[str]:
    return {found.code for found in check(cache, evidence=True).findings}


def test_a_part_is_encrypted_from_its_opening_on(home: Places, cache: SqliteCache) -> None:
    cache.save_open(titled(cache))
    while_open = in_the_clear(home)
    (known,) = cache.open_parts()

    cache.seal(titled(cache))

    assert while_open == in_the_clear(home) == []
    assert (known.application, known.title) == ("Editor", TITLE)
    assert cache.part(titled(cache).part_id) == titled(cache)
    assert cache.material(titled(cache).slot)[0] == [titled(cache)]
    assert titles(cache) == [TITLE]
    assert codes(cache) == set()


def test_salt_and_value_are_encrypted_and_the_rest_and_the_header_are_not(
    cache: SqliteCache,
) -> None:
    cache.seal(titled(cache))

    fields, header = cache.db.execute("SELECT fields, header FROM parts").fetchone()
    members = json.loads(fields)
    assert {name: sorted(field) for name, field in members.items()} == {
        "application": ["locked"],
        "clock": ["salt", "value"],
        "counts": ["salt", "value"],
        "memos": ["salt", "value"],
        "policy": ["salt", "value"],
        "title": ["locked"],
    }
    assert set(json.loads(header)["commitments"]) == set(members)


def test_what_is_proven_and_uploaded_is_what_was_signed(cache: SqliteCache) -> None:
    cache.seal(titled(cache))
    name = titled(cache).part_id

    (exhibit,) = evidence.exhibits(cache, [name])
    record = Outbox(cache, "https://diary.example").record(name)

    assert json.loads(exhibit.record.fields)["title"]["value"] == TITLE
    assert record == exhibit.record


def test_a_part_without_a_window_needs_no_key(home: Places, cache: SqliteCache) -> None:
    bare = replace(titled(cache), application=None, title=None)

    cache.save_open(bare)
    cache.seal(bare)

    assert not Path(home.picture_key).exists()
    assert cache.part(bare.part_id) == bare


def test_old_titles_are_read_and_stay_as_they_are(home: Places, cache: SqliteCache) -> None:
    cache.key.encrypts = lambda: False
    cache.seal(titled(cache))
    cache.key.encrypts = lambda: True

    cache.amend(amendment(Describe((KEY,), memo="review"), device=cache.device))
    cache.seal(part(2, device=cache.device, title="another canary", slot=Slot(SLOT.index + 1)))

    lines = Path(home.journal, "2026-11-16.jsonl").read_bytes()
    assert titles(cache) == [TITLE, "another canary"]
    assert TITLE.encode() in lines
    assert b"another canary" not in lines
    assert codes(cache) == set()


def test_an_encrypted_title_stays_so_when_it_is_switched_off(
    home: Places, cache: SqliteCache
) -> None:
    cache.seal(titled(cache))
    cache.key.encrypts = lambda: False

    cache.amend(amendment(Describe((KEY,), memo="review"), device=cache.device))

    assert titles(cache) == [TITLE]
    assert in_the_clear(home) == []
    assert codes(cache) == set()


def test_n7_a_key_that_cannot_be_used_costs_the_title_and_never_the_part(
    home: Places, cache: SqliteCache
) -> None:
    spoil_key(home)

    cache.save_open(titled(cache))
    cache.seal(titled(cache))
    cache.seal(titled(cache))  # again, as after a doubtful commit
    mend_key(home)
    cache.seal(titled(cache))

    known = cache.part(titled(cache).part_id)
    assert known == replace(titled(cache), application=None, title=None)
    assert in_the_clear(home) == []
    assert codes(cache) == set()


def test_sealing_again_with_other_content_is_refused_all_the_same(cache: SqliteCache) -> None:
    cache.seal(titled(cache))

    cache.seal(titled(cache))
    for other in (
        replace(titled(cache), title="another"),
        replace(titled(cache), utc_offset=7200),
    ):
        with pytest.raises(ConflictError):
            cache.seal(other)


def test_n7_without_the_key_a_part_that_is_open_is_sealed_without_its_title(
    home: Places, cache: SqliteCache
) -> None:
    cache.save_open(titled(cache))
    lose_key(home)

    (known,) = cache.open_parts()
    unread = codes(cache)
    cache.seal(known)

    assert (known.application, known.title) == (None, None)
    assert unread == {"title-locked"}
    assert cache.part(known.part_id) == known
    assert titles(cache) == [None]
    assert codes(cache) == set()


def test_n7_without_the_key_all_but_the_title_goes_on(home: Places, cache: SqliteCache) -> None:
    cache.seal(titled(cache))
    cache.seal(part(2, device=cache.device, title=TITLE, slot=Slot(SLOT.index + 1)))
    lose_key(home)

    cache.seal(titled(cache))
    cache.amend(amendment(Describe((KEY,), memo="review"), device=cache.device))
    report = check(cache, evidence=True)
    for needs_it in (
        lambda: evidence.exhibits(cache, [titled(cache).part_id]),
        lambda: Outbox(cache, "https://diary.example").record(titled(cache).part_id),
        lambda: whole.export(cache, f"{home.data}/all.tar", b""),
    ):
        with pytest.raises(CacheCorruptError, match="is encrypted, and its key is not in") as gone:
            needs_it()
        assert "Put the key file back" in (gone.value.hint or "")

    (finding,) = report.findings
    assert finding.code == "title-locked"
    assert finding.message.startswith("Application and title of 2 parts are encrypted")
    assert finding.subject in finding.message
    assert (report.records, report.erased) == (2, 0)
    assert next(row.segment.memo for row in cache.segments(NINE, NINE + HOUR)) == "review"
    assert titles(cache) == [None, None]
    Path(f"{home.picture_key}.away").rename(home.picture_key)
    assert titles(cache) == [TITLE, TITLE]
    assert codes(cache) == set()


@pytest.mark.parametrize("damage", ["no base64!", "AAAA", ""], ids=["text", "bytes", "nothing"])
def test_f19_damage_of_an_encrypted_title_is_found_and_named(
    cache: SqliteCache, damage: str
) -> None:
    cache.seal(titled(cache))
    (fields,) = cache.db.execute("SELECT fields FROM parts").fetchone()
    members = json.loads(fields)
    members["title"]["locked"] = damage
    text = canonical(members).decode()
    cache.db.execute("UPDATE parts SET fields = ?", (text,))

    known = cache.part(titled(cache).part_id)

    assert known is not None
    assert (known.application, known.title) == ("Editor", None)
    assert {"title-damaged"} <= codes(cache) <= {"title-damaged", "segment"}
    with pytest.raises(CacheCorruptError, match=r"title of part .* is damaged"):
        evidence.exhibits(cache, [known.part_id])


@pytest.mark.parametrize(
    "text",
    ['[{"locked":"x"}]', '{"title":{"locked":"x"}}x', '{"fields":0,"x":{"locked":"x"}}'],
    ids=["a list", "no JSON", "no fields"],
)
def test_f19_what_is_no_row_of_ours_is_malformed(cache: SqliteCache, text: str) -> None:
    cache.seal(titled(cache))
    (header,) = cache.db.execute("SELECT header FROM parts").fetchone()

    with pytest.raises(MalformedError):
        read_open_part(text)
    with pytest.raises(MalformedError):
        read_part(header, text)


def test_a_rebuild_needs_no_key(home: Places, cache: SqliteCache) -> None:
    cache.seal(titled(cache))
    cache.save_open(part(2, device=cache.device, title=TITLE, slot=Slot(SLOT.index + 1)))
    cache.close()
    lose_key(home)

    assert rebuild(home, now_ms=1) == 0

    made = opened(home)
    assert codes(made) == {"title-locked"}
    Path(f"{home.picture_key}.away").rename(home.picture_key)
    assert titles(made) == [TITLE]
    assert [known.title for known in made.open_parts()] == [TITLE]
    assert in_the_clear(home) == []
    made.close()


def test_r20_an_open_part_that_is_deleted_keeps_nothing_locked(cache: SqliteCache) -> None:
    cache.save_open(titled(cache))

    change = Delete(parts=(titled(cache).part_id,), keys=(KEY,))
    cache.amend(amendment(change, device=cache.device))

    (content,) = cache.db.execute("SELECT content FROM parts").fetchone()
    assert json.loads(content)["fields"] == {}
    assert cache.open_parts()[0].is_erased


def test_r21_the_pictures_of_an_encrypted_part_have_their_positions(cache: SqliteCache) -> None:
    shot = picture("screen")
    shown = replace(titled(cache), captures=(capture(shot),))

    cache.add_pictures(shown, {0: shot})
    cache.seal(shown)

    assert evidence.positions(cache, shown.part_id) == {shown.captures[0].sha256: 0}
    assert cache.image(cache.pictures([shown.part_id])[0]) == shot.image


def test_what_a_plain_backup_brings_is_encrypted_as_it_comes(
    tmp_path: Path, home: Places, cache: SqliteCache
) -> None:
    plain = opened(places({"WORKLOG_HOME": str(tmp_path / "plain")}), encrypts=False)
    plain.save_contract(ACME, at=NINE)
    plain.seal(titled(plain))
    plain.save_open(
        part(
            2,
            device=plain.device,
            title=TITLE,
            slot=Slot(SLOT.index + 1),
            captures=(Capture(CaptureState.DENIED, NINE + 10 * MINUTE),),
        )
    )
    backup = archive.backup(plain)
    plain.close()

    found = archive.restore(cache, backup)

    assert found.parts == 1
    assert titles(cache) == [TITLE]
    assert [known.title for known in cache.open_parts()] == [TITLE]
    assert in_the_clear(home) == []
    assert codes(cache) == set()


def test_what_cannot_be_encrypted_is_not_brought_in(
    tmp_path: Path, home: Places, cache: SqliteCache
) -> None:
    plain = opened(places({"WORKLOG_HOME": str(tmp_path / "plain")}), encrypts=False)
    plain.save_contract(ACME, at=NINE)
    plain.seal(titled(plain))
    backup = archive.backup(plain)
    plain.close()
    spoil_key(home)

    with pytest.raises(CacheUnwritableError, match=r"storage key .* others may read it"):
        archive.restore(cache, backup)

    assert titles(cache) == []
    assert in_the_clear(home) == []
