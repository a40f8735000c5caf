"""Pictures for the page: read from the cache's files, large ones only as far as they fit.

A week of pictures is tens of megabytes, which a browser shows but nobody can mail. Past
the budget a segment keeps its thumbnail, which then is shown large as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from worklog.cli.render.page import PagePicture
from worklog.domain.amendment import Key
from worklog.domain.segment import BilledSegment

if TYPE_CHECKING:
    from worklog.cli.json import Files

BUDGET_BYTES: Final = 30_000_000


def page_pictures(
    rows: Iterable[BilledSegment],
    found: Files,
    *,
    read: Callable[[str], bytes],
    budget: int = BUDGET_BYTES,
) -> dict[Key, list[PagePicture]]:
    """Return the pictures of *rows*, large ones up to *budget* [bytes] in all.

    *read* gives the bytes of a file. One that has gone, as after a deletion in another
    process, it gives as empty, and the picture is left out.
    """
    pictures: dict[Key, list[PagePicture]] = {}
    for row in rows:
        for picture in row.segment.pictures:
            stored = found.find(picture)
            thumbnail = read(stored.thumbnail) if stored is not None else b""
            if stored is None or not thumbnail:
                continue
            image = read(stored.file) if budget > 0 else b""
            image = image if len(image) <= budget else b""
            budget -= len(image)
            pictures.setdefault(row.segment.key, []).append(PagePicture(thumbnail, image))
    return pictures
