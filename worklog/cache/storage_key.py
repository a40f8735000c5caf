"""Encryption at rest: AES-256-GCM, with keys in a file of the config folder or in a keyring.

The keys lie apart from the data folder, so a copy of that alone, in a cloud or a backup, is
noise. Whoever can read the whole home can read what a key in the file locks. File and
keyring have a key a line; the last one of the place that is set locks, and each locked thing
says which one it needs, so that keys of both places open, and lines of an older file can be
added below without losing either.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from worklog.cache.files import create_missing, unwritable
from worklog.cache.keys import read_key, write_key
from worklog.errors import CacheCorruptError, CacheUnwritableError, KeyUnavailableError
from worklog.flock import lock
from worklog.places import ensure

MAGIC: Final = b"\x00worklog\x01"
KEY_BYTES: Final = 32
ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
NAME_IN_KEYRING: Final = "storage keys"
LOST_KEY: Final = (
    "Put the key file back, or add its lines, or unlock the keyring; nobody can read it without."
)
_HEAD: Final = len(MAGIC) + ID_BYTES + NONCE_BYTES
_LINE: Final = re.compile(rb"[0-9a-f]{64}", re.ASCII)
_UNSAFE: Final = "Make it yours alone (chmod 600), or put it back from a copy."

Keys = dict[bytes, bytes]  # by their ids, in order


class KeyPlace(StrEnum):
    """Where the key that locks is kept (`storage.key`)."""

    FILE = "file"
    KEYRING = "keyring"


class Keyring(Protocol):
    """The keyring of the desktop. It may ask the user, and it may not answer."""

    def find(self, name: str) -> str | None:
        """Return the secret called *name*; None where there is none.

        Raises:
            KeyUnavailableError: the keyring is missing, locked, or gives no answer.
        """
        ...

    def keep(self, name: str, secret: str) -> None:
        """Keep *secret* as *name*; errors as of `find`."""
        ...


class NoKeyring:
    """Stands for a keyring where nothing was said about one."""

    def find(self, name: str) -> str | None:
        raise _no_keyring(name)

    def keep(self, name: str, secret: str) -> None:
        del secret
        raise _no_keyring(name)


class StorageKey:
    """Locks and unlocks bytes. The key is made at the first lock.

    The file is read each time: a tracker that went on with a key that was moved away would
    lock for ever. The keyring is asked once, as it may have to ask the user.

    Attributes:
        path: The key file.
        encrypts: Says whether what is new is locked; asked when something is written.
        place: Says where the key is that locks.
        keyring: Gives the keyring; asked where it is needed, as it is heavy.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.encrypts: Callable[[], bool] = lambda: False
        self.place: Callable[[], KeyPlace] = lambda: KeyPlace.FILE
        self.keyring: Callable[[], Keyring] = NoKeyring
        self._from_keyring: Keys = {}
        self._trouble: KeyUnavailableError | None = None  # readers ask once, writers again

    def lock(self, data: bytes, *, name: str) -> bytes:
        """Return *data* so that only the key opens it, and only as what is called *name*.

        Raises:
            CacheUnwritableError: the key cannot be kept, or is not safe to use.
            KeyUnavailableError: it is to be in a keyring that is not to be had.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- heavy

        if self.place() is KeyPlace.KEYRING:
            keys = self._keyring_keys() or self._made_in_keyring()
        else:
            keys = self._file_keys() or self._made()
        key_id, key = list(keys.items())[-1]
        head = MAGIC + key_id + secrets.token_bytes(NONCE_BYTES)
        return head + AESGCM(key).encrypt(head[-NONCE_BYTES:], data, _bound(head, name))

    def unlock(self, data: bytes, *, name: str, what: str = "") -> bytes:
        """Return what was locked as *name*; what is not locked comes back as it is.

        Damaged bytes come back as they are too: no digest fits them. *what* is for the
        message; the picture of that name unless given.

        Raises:
            CacheCorruptError: its key is not here.
            CacheUnwritableError: the key file is not safe to use.
        """
        if not is_locked(data):
            return data
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- heavy
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        head = data[:_HEAD]
        key, why_not = self._key_of(data)
        if key is None:
            what = what or f"picture {name}"
            msg = f"The {what} is encrypted, and its key is not in {why_not}."
            raise CacheCorruptError(msg, hint=LOST_KEY)
        try:
            return AESGCM(key).decrypt(head[-NONCE_BYTES:], data[_HEAD:], _bound(head, name))
        except (InvalidTag, ValueError):
            return data

    def has_key_of(self, data: bytes) -> bool:
        """Return whether *data* can be unlocked here, or need not be."""
        return not is_locked(data) or self._key_of(data)[0] is not None

    def where_it_is_not(self, data: bytes) -> str:
        """Return in words where the key of *data* was looked for."""
        return self._key_of(data)[1]

    def file_keys(self) -> list[str]:
        """Return the ids of the keys in the file.

        Raises:
            CacheUnwritableError: it is not safe to use.
        """
        return [key_id.hex() for key_id in self._file_keys()]

    def keyring_keys(self) -> list[str]:
        """Return the ids of the keys in the keyring.

        Raises:
            KeyUnavailableError: it is missing, locked, or gives no answer.
        """
        return [key_id.hex() for key_id in self._keyring_keys()]

    # --- Inside -------------------------------------------------------------------------

    def _key_of(self, data: bytes) -> tuple[bytes | None, str]:
        """Return the key of *data*, and in words where there is none."""
        key_id = _key_id(data)
        key = self._file_keys().get(key_id)
        if key is not None:
            return key, ""
        named = f"(key {key_id.hex()})"
        try:
            if self._trouble is not None:
                raise self._trouble
            return self._keyring_keys().get(key_id), f"{self.path}, nor in the keyring {named}"
        except KeyUnavailableError as error:
            self._trouble = error
            said = f": {str(error).rstrip('.')}" if self.place() is KeyPlace.KEYRING else ""
            return None, f"{self.path} {named}{said}"

    def _file_keys(self) -> Keys:
        """Return the keys of the file; none where there is no file."""
        return _parsed(read_key(self.path, what="storage key", hint=_UNSAFE) or b"")

    def _keyring_keys(self) -> Keys:
        if not self._from_keyring:
            found = self.keyring().find(NAME_IN_KEYRING)
            self._from_keyring = _parsed((found or "").encode())
            self._trouble = None
        return self._from_keyring

    def _made(self) -> Keys:
        write_key(self.path, _new_line().encode())
        # Another process may have been first: its key is the one.
        keys = self._file_keys()
        if not keys:
            msg = f"The key file {self.path} has no key in it."
            raise CacheUnwritableError(msg, hint="Put it back from a copy, or move it away.")
        return keys

    def _made_in_keyring(self) -> Keys:
        """Put the keys of the file into the keyring, else a new one.

        A keyring replaces what it has, so only one process at a time may do this.
        """
        with self._alone():
            keys = self._keyring_keys()
            if not keys:
                known = self._file_keys().values()
                lines = "".join(f"{key.hex()}\n" for key in known) or _new_line()
                self.keyring().keep(NAME_IN_KEYRING, lines)
                keys = self._keyring_keys()
        if not keys:
            msg = "The keyring does not keep what it is given"
            raise KeyUnavailableError(msg, hint="Set `storage.key` to `file`.")
        return keys

    @contextmanager
    def _alone(self) -> Iterator[None]:
        ensure(str(Path(self.path).parent))
        try:
            descriptor = create_missing(f"{self.path}.lock")
        except OSError as error:
            raise unwritable(error) from error
        try:
            lock(descriptor, waits=True)
            yield
        finally:
            os.close(descriptor)


def is_locked(data: bytes) -> bool:
    """Return whether *data* are those of something locked."""
    return data.startswith(MAGIC)


def key_id_of(data: bytes) -> str:
    """Return the id of the key that locked *data*, hex."""
    return _key_id(data).hex()


def _key_id(data: bytes) -> bytes:
    return data[len(MAGIC) : len(MAGIC) + ID_BYTES]


def _parsed(data: bytes) -> Keys:
    found = [bytes.fromhex(line.decode()) for line in data.split() if _LINE.fullmatch(line)]
    return {_id(key): key for key in found}


def _new_line() -> str:
    return secrets.token_bytes(KEY_BYTES).hex() + "\n"


def _id(key: bytes) -> bytes:
    return hashlib.sha256(b"worklog picture key\0" + key).digest()[:ID_BYTES]


def _bound(head: bytes, name: str) -> bytes:
    """Return what a locked thing is bound to: how it is locked, and its name."""
    return head + name.encode()


def _no_keyring(name: str) -> KeyUnavailableError:
    msg = f"There is no keyring to look for the {name} in."
    return KeyUnavailableError(msg, hint="Set `storage.key` to `file`.")
