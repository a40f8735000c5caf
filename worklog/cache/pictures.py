"""Picture files: random names, one file per picture, never a file shared by two.

Digests are for integrity only. A name says nothing about content, part or time, so a
list of names tells nobody anything (T3). Digests are those of the pictures; what lies on the
disk may be locked with a key.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from worklog.app.ports import EncodedPicture
from worklog.cache import files
from worklog.cache.storage_key import StorageKey, is_locked
from worklog.errors import CacheCorruptError
from worklog.places import ensure

IMAGE: Final = ".webp"
THUMBNAIL: Final = ".thumb.webp"
NAME_BYTES: Final = 16
NAME: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_FILE: Final = re.compile(r"([0-9a-f]{32})(\.thumb)?\.webp(\.tmp)?", re.ASCII)


class PictureFiles:
    """The pictures of one folder."""

    def __init__(self, folder: str, token: Callable[[int], bytes], key: StorageKey) -> None:
        self._folder = folder
        self._token = token
        self._key = key

    def image(self, name: str) -> str:
        return f"{self._folder}/{name[:2]}/{name}{IMAGE}"

    def thumbnail(self, name: str) -> str:
        return f"{self._folder}/{name[:2]}/{name}{THUMBNAIL}"

    def write(self, picture: EncodedPicture, *, name: str = "") -> str:
        """Keep *picture* durably; return its name, a new one unless given.

        Raises:
            CacheUnwritableError: neither file is there then.
        """
        name = name or self._token(NAME_BYTES).hex()
        ensure(self._folder)
        try:
            for path, data, step in (
                (self.image(name), picture.image, "image"),
                (self.thumbnail(name), picture.thumbnail, "thumbnail"),
            ):
                files.write_durably(path, self._as_kept(data, path), step=step)
        except Exception:
            self.remove(name)
            raise
        return name

    def read(self, path: str) -> bytes:
        """Return the picture in the file *path* of this folder, unlocked.

        Raises:
            OSError: there is none.
            CacheCorruptError: it is locked, and its key is gone.
            CacheUnwritableError: the key file is not safe to use.
        """
        return self.unlocked(Path(path).read_bytes(), path)

    def unlocked(self, data: bytes, path: str) -> bytes:
        """Return the bytes of the file *path*, unlocked; errors as of `read`."""
        return self._key.unlock(data, name=Path(path).name)

    def has_key_of(self, data: bytes) -> bool:
        """Return whether the bytes of a file can be unlocked here, or need not be."""
        return self._key.has_key_of(data)

    def where_key_is_not(self, name: str) -> str:
        """Return in words where the key of a file of *name* was looked for; empty if found."""
        for path in (self.image(name), self.thumbnail(name)):
            data = files.read(path)
            if data is not None and not self.has_key_of(data):
                return self._key.where_it_is_not(data)
        return ""

    def _as_kept(self, data: bytes, path: str) -> bytes:
        if is_locked(data) or not self._key.encrypts():
            return data
        return self._key.lock(data, name=Path(path).name)

    def remove(self, name: str) -> None:
        """Delete both files of *name*, and what is left of a write of them."""
        for path in (self.image(name), self.thumbnail(name)):
            files.remove(path)
            files.remove(path + files.TEMPORARY)

    def digests(self, name: str) -> tuple[str | None, str | None]:
        """Return the SHA-256 of image and thumbnail as they are; None where unreadable."""
        return self._digest(self.image(name)), self._digest(self.thumbnail(name))

    def sizes(self, name: str) -> tuple[int, int]:
        """Return the sizes of image and thumbnail [bytes]; -1 where there is none."""
        return _size(self.image(name)), _size(self.thumbnail(name))

    def _digest(self, path: str) -> str | None:
        try:
            return hashlib.sha256(self.read(path)).hexdigest()
        except (OSError, CacheCorruptError):
            return None

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield (name, path) of all files that look like ours."""
        try:
            folders = sorted(Path(self._folder).iterdir())
        except FileNotFoundError:
            return
        for folder in folders:
            if not folder.is_dir():
                continue
            with os.scandir(folder) as found:
                for file in found:
                    match = _FILE.fullmatch(file.name)
                    if match is not None:
                        yield match[1], file.path


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return -1
