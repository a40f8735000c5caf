"""One picture, one key: what lies in the object store is noise without its row.

AES-256-GCM. The key of a picture encrypts two objects, the image and its thumbnail, each
with a random nonce of its own; the object's name is authenticated along, so that objects
cannot change places.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from worklog.errors import CacheCorruptError

SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_NAME_BYTES: Final = 16


def new_secret() -> bytes:
    """Return the key of a new picture."""
    return secrets.token_bytes(SECRET_BYTES)


def new_name() -> str:
    """Return the name of a new object: 128 random bits, which say nothing."""
    return secrets.token_hex(_NAME_BYTES)


def sealed(secret: bytes, name: str, plain: bytes) -> bytes:
    """Return *plain* encrypted for the object *name*."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(secret).encrypt(nonce, plain, name.encode())


def opened(secret: bytes, name: str, data: bytes) -> bytes:
    """Return what `sealed` was given.

    Raises:
        CacheCorruptError: it is another object, or was changed.
    """
    try:
        return AESGCM(secret).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], name.encode())
    except (InvalidTag, ValueError) as error:
        msg = "A picture in the object store is damaged."
        raise CacheCorruptError(msg, hint="Restore it from a backup of the store.") from error
