"""Picture files that only their key opens, and only under their own name."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from worklog.cache.storage_key import KeyPlace, NoKeyring, StorageKey, is_locked, key_id_of
from worklog.errors import CacheCorruptError, CacheUnwritableError, KeyUnavailableError

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


class Memory:
    """A keyring in memory. It may be locked, or forget what it is given."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.asked = 0
        self.is_locked = self.forgets = False

    def find(self, name: str) -> str | None:
        self.asked += 1
        if self.is_locked:
            msg = "The keyring is locked."
            raise KeyUnavailableError(msg, hint="Unlock it.")
        return self.secrets.get(name)

    def keep(self, name: str, secret: str) -> None:
        if not self.forgets:
            self.secrets[name] = secret


@pytest.fixture
def keyring() -> Memory:
    return Memory()


def in_keyring(key: StorageKey, keyring: Memory) -> StorageKey:
    made = StorageKey(key.path)
    made.place = lambda: KeyPlace.KEYRING
    made.keyring = lambda: keyring
    return made


def test_a_key_of_the_keyring_is_in_no_file_and_asked_for_once(
    key: StorageKey, keyring: Memory
) -> None:
    ring = in_keyring(key, keyring)

    locked = [ring.lock(PICTURE, name=NAME) for _ in range(3)]
    asked = keyring.asked
    opened = [ring.unlock(data, name=NAME) for data in locked]

    assert opened == [PICTURE] * 3
    assert asked == keyring.asked
    assert not Path(key.path).exists()
    assert ring.keyring_keys() == [key_id_of(locked[0])]
    assert ring.file_keys() == []


def test_the_keys_of_the_file_go_into_the_keyring_in_their_order(
    key: StorageKey, keyring: Memory
) -> None:
    before = key.lock(PICTURE, name=NAME)
    ring = in_keyring(key, keyring)

    after = ring.lock(PICTURE, name=NAME)
    lines = Path(key.path).read_text()
    Path(key.path).unlink()

    assert keyring.secrets == {"storage keys": lines}
    assert key_id_of(before) == key_id_of(after)
    assert ring.unlock(before, name=NAME) == PICTURE


def test_with_the_file_set_a_key_of_the_keyring_still_opens(
    key: StorageKey, keyring: Memory
) -> None:
    locked = in_keyring(key, keyring).lock(PICTURE, name=NAME)
    key.keyring = lambda: keyring

    again = key.lock(PICTURE, name=NAME)

    assert key.unlock(locked, name=NAME) == key.unlock(again, name=NAME) == PICTURE
    assert key_id_of(locked) != key_id_of(again)


def test_n7_a_locked_keyring_is_named_and_asked_once_by_readers(
    key: StorageKey, keyring: Memory
) -> None:
    locked = in_keyring(key, keyring).lock(PICTURE, name=NAME)
    ring = in_keyring(key, keyring)
    keyring.is_locked, keyring.asked = True, 0

    for _ in range(3):
        with pytest.raises(CacheCorruptError, match="The keyring is locked") as gone:
            ring.unlock(locked, name=NAME)
        assert "unlock the keyring" in (gone.value.hint or "")
    assert keyring.asked == 1
    with pytest.raises(KeyUnavailableError, match="The keyring is locked"):
        ring.lock(PICTURE, name=NAME)
    keyring.is_locked = False
    assert ring.lock(PICTURE, name=NAME)
    assert ring.unlock(locked, name=NAME) == PICTURE


def test_a_key_that_is_in_neither_place_is_said_to_be_in_neither(
    key: StorageKey, keyring: Memory
) -> None:
    locked = key.lock(PICTURE, name=NAME)
    Path(key.path).unlink()
    key.keyring = lambda: keyring

    where = key.where_it_is_not(locked)

    assert where == f"{key.path}, nor in the keyring (key {key_id_of(locked)})"


def test_a_keyring_that_keeps_nothing_is_no_place_for_a_key(
    key: StorageKey, keyring: Memory
) -> None:
    keyring.forgets = True

    with pytest.raises(KeyUnavailableError, match="does not keep what it is given"):
        in_keyring(key, keyring).lock(PICTURE, name=NAME)


def test_where_nobody_spoke_of_a_keyring_there_is_none(key: StorageKey) -> None:
    key.place = lambda: KeyPlace.KEYRING

    with pytest.raises(KeyUnavailableError, match="no keyring"):
        key.lock(PICTURE, name=NAME)
    with pytest.raises(KeyUnavailableError, match="no keyring"):
        NoKeyring().keep("name", "secret")


def test_two_that_need_the_first_key_at_once_make_one(key: StorageKey) -> None:
    """A keyring replaces what it has: the second key would lose what the first one locked."""
    begun = threading.Barrier(2, timeout=10)

    class Slow(Memory):
        def find(self, name: str) -> str | None:
            found = super().find(name)
            if self.asked <= 2:
                begun.wait()
            return found

    slow = Slow()
    locked: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: locked.append(in_keyring(key, slow).lock(PICTURE, name=NAME))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(locked) == 2
    assert len({key_id_of(data) for data in locked}) == 1
