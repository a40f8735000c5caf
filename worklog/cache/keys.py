"""The device's signing key: an Ed25519 key in a file that only its owner may read.

A key that others can read is refused, as ssh does, because it could then sign for
this device. `cryptography` is loaded at the first seal or verification, not before.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worklog.cache.files import create, sync_folder, unwritable, write_all
from worklog.errors import CacheUnwritableError
from worklog.places import ensure

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_OTHERS: Final = 0o077
_UNSAFE: Final = "Move it away or restore it from a backup; a new one opens a new stream."
_LARGEST: Final = 4096  # bytes of a key file; an Ed25519 key in PEM has 119


class DeviceKey:
    """Implements `worklog.domain.evidence.Signer` with a PEM file (PKCS #8), made on first use."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._key: Ed25519PrivateKey | None = None

    @property
    def public_key(self) -> bytes:
        return self._load().public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._load().sign(message)

    def _load(self) -> Ed25519PrivateKey:
        if self._key is None:
            data = read_key(self._path)
            self._key = self._make() if data is None else _parse(data, self._path)
        return self._key

    def _make(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 -- heavy
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

        key = ed25519.Ed25519PrivateKey.generate()
        data = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_key(self._path, data)
        # Another process may have been first: its key is the one.
        return _parse(read_key(self._path) or data, self._path)


def read_key(path: str, *, what: str = "device key", hint: str = _UNSAFE) -> bytes | None:
    """Return the bytes of the key file; None where there is none.

    *what* and *hint* are for the message where it is not safe to use.

    Raises:
        CacheUnwritableError: it is not safe to use: a link, another user's, or readable
            by others.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unsafe(path, error.strerror, what=what, hint=hint) from error
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _unsafe(path, "it is no file", what=what, hint=hint)
        if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            raise _unsafe(path, "it belongs to another user", what=what, hint=hint)
        if os.name == "posix" and found.st_mode & _OTHERS:
            mode = stat.S_IMODE(found.st_mode)
            reason = f"others may read it (mode {mode:04o})"
            raise _unsafe(path, reason, what=what, hint=hint)
        if found.st_nlink > 1:
            raise _unsafe(path, "it has a second name", what=what, hint=hint)
        return file.read(_LARGEST)


def write_key(path: str, data: bytes) -> None:
    """Keep a new key at *path*, unless there is one: keys are never replaced.

    The file appears with all its bytes: a link cannot take a name that exists.
    """
    folder = ensure(str(Path(path).parent))
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        descriptor = create(temporary, exclusive=False)
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink()
        sync_folder(folder)
    except OSError as error:
        raise unwritable(error) from error


def verifies(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether *signature* of *message* was made with the key of *public_key*."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 -- heavy
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _parse(data: bytes, path: str) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 -- heavy
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise _unsafe(path, "it is damaged") from error
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise _unsafe(path, "it is no Ed25519 key")
    return key


def _unsafe(
    path: str, reason: str | None, *, what: str = "device key", hint: str = _UNSAFE
) -> CacheUnwritableError:
    return CacheUnwritableError(f"The {what} {path} cannot be used: {reason}.", hint=hint)
