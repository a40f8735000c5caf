"""The key of the service, and the receipts that it signs.

An Ed25519 key in a file that only the service's user may read, made at the first start
and never replaced: trackers pin it at login, so another key would be another service.
"""

from __future__ import annotations

import contextlib
import os
import stat
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from worklog.errors import ConfigInvalidError
from worklog.places import ensure
from worklog.wire.sync.receipts import Receipt, ReceiptOf, SignedReceipt, key_id

_OTHERS: Final = 0o077
_PRIVATE_FILE: Final = 0o600
_LARGEST: Final = 4096


class ReceiptSigner:
    """Signs what the service has taken into its keeping."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.key_id = key_id(self.public_key)

    @classmethod
    def of_file(cls, path: Path) -> ReceiptSigner:
        """Return the signer with the key of *path*, which is made if there is none.

        Raises:
            ConfigInvalidError: the file is not safe to use, or no key.
        """
        data = _read(path)
        if data is None:
            _create(path)
            data = _read(path)
        return cls(_parse(data or b"", path))

    def receipt(
        self, of: ReceiptOf, name: str, digest: str, *, received: datetime, epoch: str
    ) -> SignedReceipt:
        """Return the signed receipt of one thing."""
        content = Receipt(of, name, digest, received, epoch, self.key_id).content
        return SignedReceipt(content, self._key.sign(content.encode()))


def verifies(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether *signature* of *message* was made with the key of *public_key*."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unsafe(path, str(error.strerror)) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _unsafe(path, "it is no file")
        if os.name == "posix" and found.st_mode & _OTHERS:
            raise _unsafe(path, f"others may read it (mode {stat.S_IMODE(found.st_mode):04o})")
        return os.read(descriptor, _LARGEST)
    finally:
        os.close(descriptor)


def _create(path: Path) -> None:
    ensure(str(path.parent))
    data = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    # A link cannot take a name that exists: of two workers the first one's key is the key.
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)
    temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _parse(data: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise _unsafe(path, "it is damaged") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _unsafe(path, "it is no Ed25519 key")
    return key


def _unsafe(path: Path, reason: str) -> ConfigInvalidError:
    return ConfigInvalidError(
        f"The service's key {path} cannot be used: {reason}.",
        hint="Restore it from a backup with mode 0600; trackers know the service by it.",
    )
