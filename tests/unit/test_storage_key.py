"""Picture files that only their key opens, and only under their own name."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from worklog.cache.storage_key import StorageKey, is_locked
from worklog.errors import CacheCorruptError, CacheUnwritableError

NAME = "0011.webp"
PICTURE = b"RIFF" + bytes(range(256))


@pytest.fixture
def key(tmp_path: Path) -> StorageKey:
    return StorageKey(str(tmp_path / "config" / "pictures.key"))


def test_what_is_locked_comes_back_and_shows_nothing_of_itself(key: StorageKey) -> None:
    locked = key.lock(PICTURE, name=NAME)

    assert is_locked(locked)
    assert not any(PICTURE[at : at + 8] in locked for at in range(len(PICTURE) - 8))
    assert key.unlock(locked, name=NAME) == PICTURE
    assert key.has_key_of(locked)
    assert stat.S_IMODE(Path(key.path).stat().st_mode) == 0o600


def test_equal_pictures_are_locked_differently(key: StorageKey) -> None:
    assert key.lock(PICTURE, name=NAME) != key.lock(PICTURE, name=NAME)


def test_what_is_not_locked_comes_back_as_it_is_and_makes_no_key(key: StorageKey) -> None:
    assert key.unlock(PICTURE, name=NAME) == PICTURE
    assert key.has_key_of(PICTURE)
    assert not Path(key.path).exists()


def test_f19_a_flipped_bit_anywhere_gives_no_picture(key: StorageKey) -> None:
    locked = key.lock(PICTURE, name=NAME)
    for at in range(17, len(locked)):
        damaged = locked[:at] + bytes([locked[at] ^ 1]) + locked[at + 1 :]

        assert key.unlock(damaged, name=NAME) == damaged
    assert key.unlock(locked[:30], name=NAME) == locked[:30]


def test_a_file_that_took_the_name_of_another_gives_no_picture(key: StorageKey) -> None:
    locked = key.lock(PICTURE, name=NAME)

    assert key.unlock(locked, name="0022.webp") == locked


def test_without_its_key_a_picture_says_where_that_should_be(key: StorageKey) -> None:
    locked = key.lock(PICTURE, name=NAME)
    Path(key.path).rename(f"{key.path}.away")

    assert not key.has_key_of(locked)
    with pytest.raises(
        CacheCorruptError, match=r"encrypted, and its key is not in .*pictures\.key"
    ):
        key.unlock(locked, name=NAME)


def test_a_key_that_comes_back_below_a_new_one_opens_what_it_locked(key: StorageKey) -> None:
    first = key.lock(PICTURE, name=NAME)
    file = Path(key.path)
    lost = file.read_text()
    file.unlink()
    second = key.lock(PICTURE, name=NAME)
    with file.open("a") as lines:
        lines.write(lost)

    assert key.unlock(first, name=NAME) == key.unlock(second, name=NAME) == PICTURE


def test_t10_a_key_that_others_may_read_is_not_used(key: StorageKey) -> None:
    locked = key.lock(PICTURE, name=NAME)
    Path(key.path).chmod(0o644)

    for use in (key.lock, key.unlock):
        with pytest.raises(CacheUnwritableError, match=r"storage key .* others may read it"):
            use(locked, name=NAME)


def test_a_key_file_without_a_key_is_said_as_such(key: StorageKey) -> None:
    Path(key.path).parent.mkdir()
    Path(key.path).touch(mode=0o600)

    with pytest.raises(CacheUnwritableError, match="has no key in it"):
        key.lock(PICTURE, name=NAME)
