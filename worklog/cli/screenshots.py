"""The screenshots of a report: the thumbnails that this machine has, as JPEG.

Only a file that is what the segment says it is now goes in: one that was covered or
deleted meanwhile, by whomever, is left out rather than shown as it was (R20, R21).
Snapshots of a camera are no screenshots.
"""

from __future__ import annotations

import io
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from worklog.cli.json import Files
from worklog.domain.part import Role
from worklog.domain.wording import count

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.reports.report import Report, Screenshot

_QUALITY: Final = 80  # of JPEG; writing stays readable at the size of a thumbnail


def screenshots(context: AppContext, sheet: Report) -> tuple[Screenshot, ...]:
    """Return the screenshots of *sheet* in order of time, and say so where there are none."""
    from worklog.reports.report import Screenshot

    parts = (part for row in sheet.segments for part in row.segment.parts)
    files = Files.of(context.cache.pictures(parts))
    found, lost = [], 0
    for segment in (row.segment for row in sheet.segments):
        taken = [
            picture
            for picture in segment.pictures
            if picture.capture.has_picture and picture.capture.role is Role.SCREEN
        ]
        for picture in taken:
            capture, stored = picture.capture, files.find(picture)
            small = read(context, stored.thumbnail) if stored else b""
            image = _jpeg(small, capture.thumbnail_sha256)
            lost += not image
            if image:
                found.append(
                    Screenshot(
                        segment.key,
                        capture.taken_at,
                        segment.memo,
                        image,
                        monitor=capture.monitor if len(taken) > 1 else None,
                        is_redacted=picture.redacted > 0,
                    )
                )
    if lost:
        context.output.note(
            f"Left out, as they are not on this machine: {count(lost, 'screenshot')}."
        )
    elif not found:
        context.output.note("There are no screenshots in this range, so no page of them either.")
    return tuple(sorted(found, key=lambda shot: (shot.key.slot.start, shot.taken_at)))


def read(context: AppContext, file: str) -> bytes:
    """Return the picture in *file*, decrypted; nothing where it is gone.

    Raises:
        CacheCorruptError: it is encrypted, and its key is gone.
    """
    try:
        return context.cache.files.read(file)
    except OSError:
        return b""


def _jpeg(data: bytes, digest: str) -> bytes:
    """Return the picture *data* as a JPEG; nothing where it is not the one of *digest*."""
    from PIL import Image

    if sha256(data).hexdigest() != digest:
        return b""
    stream = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.convert("RGB").save(stream, "JPEG", quality=_QUALITY, optimize=True)
    return stream.getvalue()
