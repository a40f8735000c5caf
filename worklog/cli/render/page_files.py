"""Pictures for the page: read from the cache's files, large ones only as far as they fit.

A week of pictures is tens of megabytes, which a browser shows but nobody can mail. Past
the budget a segment keeps its thumbnail, which then is shown large as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worklog.cli.render.page import PagePicture
from worklog.domain.amendment import Key
from worklog.domain.segment import BilledSegment

if TYPE_CHECKING:
    from worklog.cli.json import Files

BUDGET_BYTES: Final = 30_000_000


def page_pictures(
    rows: Iterable[BilledSegment], found: Files, *, budget: int = BUDGET_BYTES
) -> dict[Key, list[PagePicture]]:
    """Return the pictures of *rows*, large ones up to *budget* [bytes] in all.

    A file that has gone, as after a deletion in another process, is left out.
    """
    pictures: dict[Key, list[PagePicture]] = {}
    for row in rows:
        for picture in row.segment.pictures:
            stored = found.find(picture)
            thumbnail = _read(stored.thumbnail) if stored is not None else b""
            if stored is None or not thumbnail:
                continue
            image = _read(stored.file) if budget > 0 else b""
            image = image if len(image) <= budget else b""
            budget -= len(image)
            pictures.setdefault(row.segment.key, []).append(PagePicture(thumbnail, image))
    return pictures


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
