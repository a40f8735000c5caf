"""Encryption of picture files at rest: AES-256-GCM, with keys in a file of the config folder.

The keys lie apart from the data folder, so a copy of that alone, in a cloud or a backup, is
noise. Whoever can read the whole home can read the pictures. The file has a key a line; the
last one locks, and each locked picture says which one it needs, so that lines of an older
file can be added below without losing either.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from worklog.cache.keys import read_key, write_key
from worklog.errors import CacheCorruptError, CacheUnwritableError

MAGIC: Final = b"\x00worklog\x01"
KEY_BYTES: Final = 32
ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
_HEAD: Final = len(MAGIC) + ID_BYTES + NONCE_BYTES
_LINE: Final = re.compile(rb"[0-9a-f]{64}", re.ASCII)
_UNSAFE: Final = "Make it yours alone (chmod 600), or put it back from a copy."


class PictureKey:
    """Locks and unlocks the bytes of picture files. The key is made at the first lock.

    The file is read each time: a tracker that went on with a key that was moved away would
    lock pictures for ever.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def lock(self, data: bytes, *, name: str) -> bytes:
        """Return *data* so that only the key opens it, and only as the file *name*.

        Raises:
            CacheUnwritableError: the key cannot be kept, or is not safe to use.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- heavy

        key_id, key = list((self._keys() or self._made()).items())[-1]
        head = MAGIC + key_id + secrets.token_bytes(NONCE_BYTES)
        return head + AESGCM(key).encrypt(head[-NONCE_BYTES:], data, _bound(head, name))

    def unlock(self, data: bytes, *, name: str) -> bytes:
        """Return what was locked as the file *name*; what is not locked comes back as it is.

        Damaged bytes come back as they are too: no digest fits them.

        Raises:
            CacheCorruptError: its key is not here.
            CacheUnwritableError: the key file is not safe to use.
        """
        if not is_locked(data):
            return data
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- heavy
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        head = data[:_HEAD]
        key = self._keys().get(_key_id(data))
        if key is None:
            msg = f"The picture {name} is encrypted, and its key is not in {self.path}."
            raise CacheCorruptError(
                msg, hint="Put the key file back, or add its lines; nobody can read it without."
            )
        try:
            return AESGCM(key).decrypt(head[-NONCE_BYTES:], data[_HEAD:], _bound(head, name))
        except (InvalidTag, ValueError):
            return data

    def has_key_of(self, data: bytes) -> bool:
        """Return whether *data* can be unlocked here, or need not be."""
        return not is_locked(data) or _key_id(data) in self._keys()

    def _keys(self) -> dict[bytes, bytes]:
        """Return the keys by their ids, in order of the file; none where there is no file."""
        data = read_key(self.path, what="picture key", hint=_UNSAFE) or b""
        found = [bytes.fromhex(line.decode()) for line in data.split() if _LINE.fullmatch(line)]
        return {_id(key): key for key in found}

    def _made(self) -> dict[bytes, bytes]:
        write_key(self.path, secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n")
        # Another process may have been first: its key is the one.
        keys = self._keys()
        if not keys:
            msg = f"The key file {self.path} has no key in it."
            raise CacheUnwritableError(msg, hint="Put it back from a copy, or move it away.")
        return keys


def is_locked(data: bytes) -> bool:
    """Return whether *data* are those of a locked file."""
    return data.startswith(MAGIC)


def _key_id(data: bytes) -> bytes:
    return data[len(MAGIC) : len(MAGIC) + ID_BYTES]


def _id(key: bytes) -> bytes:
    return hashlib.sha256(b"worklog picture key\0" + key).digest()[:ID_BYTES]


def _bound(head: bytes, name: str) -> bytes:
    """Return what a locked file is bound to: how it is locked, and its name."""
    return head + name.encode()
