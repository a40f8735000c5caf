"""Picture files: random names, one file per picture, never a file shared by two.

Digests are for integrity only. A name says nothing about content, part or time, so a
list of names tells nobody anything (T3).
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
from worklog.places import ensure

IMAGE: Final = ".webp"
THUMBNAIL: Final = ".thumb.webp"
NAME_BYTES: Final = 16
NAME: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_FILE: Final = re.compile(r"([0-9a-f]{32})(\.thumb)?\.webp(\.tmp)?", re.ASCII)


class PictureFiles:
    """The pictures of one folder."""

    def __init__(self, folder: str, token: Callable[[int], bytes]) -> None:
        self._folder = folder
        self._token = token

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
            files.write_durably(self.image(name), picture.image, step="image")
            files.write_durably(self.thumbnail(name), picture.thumbnail, step="thumbnail")
        except Exception:
            self.remove(name)
            raise
        return name

    def remove(self, name: str) -> None:
        """Delete both files of *name*, and what is left of a write of them."""
        for path in (self.image(name), self.thumbnail(name)):
            files.remove(path)
            files.remove(path + files.TEMPORARY)

    def digests(self, name: str) -> tuple[str | None, str | None]:
        """Return the SHA-256 of image and thumbnail as they are; None where unreadable."""
        return _digest(self.image(name)), _digest(self.thumbnail(name))

    def sizes(self, name: str) -> tuple[int, int]:
        """Return the sizes of image and thumbnail [bytes]; -1 where there is none."""
        return _size(self.image(name)), _size(self.thumbnail(name))

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


def _digest(path: str) -> str | None:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return -1
