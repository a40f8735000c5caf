"""What is sent to a notification daemon for a notice: a pure function of both.

The specification is version 1.2 of the desktop notifications of freedesktop.org. Pictures
go as pixels, not as a path: our files are WebP, which the image loaders of many desktops
cannot read.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import Final

from worklog.app.ports import Notice

SIGNATURE: Final = "susssasa{sv}i"
APPLICATION: Final = "worklog"
SUMMARY_CHARACTERS: Final = 120
BODY_CHARACTERS: Final = 1000
THUMBNAIL_PX: Final = 256
_NORMAL: Final = 1  # urgency levels of the specification
_CRITICAL: Final = 2
_NEVER: Final = 0  # as a time to live
# `html.escape` also touches quotes, which daemons need not understand.
_MARKUP: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

PIXELS_SIGNATURE: Final = "(iiibiiay)"
Pixels = tuple[int, int, int, bool, int, int, bytes]


def arguments(
    notice: Notice,
    *,
    capabilities: Collection[str],
    replaces: int,
    expire_ms: int,
    pixels: Pixels | None = None,
) -> tuple[object, ...]:
    """Return the arguments of `Notify` for *notice*.

    A daemon without actions gets none, and still shows the text. *replaces* is the
    number of the notice to replace, 0 for none; *expire_ms* is ignored for an urgent one.
    """
    hints: dict[str, tuple[str, object]] = {
        "urgency": ("y", _CRITICAL if notice.is_urgent else _NORMAL),
        "desktop-entry": ("s", APPLICATION),
        "suppress-sound": ("b", not notice.is_urgent),
    }
    if pixels is not None:
        hints["image-data"] = (PIXELS_SIGNATURE, pixels)
    if notice.image:
        # A picture that may be discarded in a minute does not belong in a history.
        hints["image-path"] = ("s", _uri(notice.image))
        hints["transient"] = ("b", True)
    return (
        APPLICATION,
        replaces,
        "",
        printable(notice.summary, limit=SUMMARY_CHARACTERS),
        _body(notice.body, has_markup="body-markup" in capabilities),
        _actions(notice) if "actions" in capabilities else [],
        hints,
        _NEVER if notice.is_urgent else expire_ms,
    )


def printable(text: str, *, limit: int) -> str:
    """Return *text* without control characters, shortened to *limit* characters.

    A bus hangs up on a sender of NUL or of a lone surrogate; an escape sequence may
    end in a terminal. Line ends stay.
    """
    shown = "".join(c if c == "\n" or c.isprintable() else " " for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def pixels_of(notice: Notice) -> Pixels | None:
    """Return the picture of *notice* small and decoded; None where that cannot be done."""
    from PIL import Image  # noqa: PLC0415 -- 23 ms, and only for a notice with a picture

    try:
        with Image.open(io.BytesIO(notice.pixels) if notice.pixels else notice.image) as picture:
            picture.draft("RGB", (THUMBNAIL_PX, THUMBNAIL_PX))
            small = picture.convert("RGB")
            small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    width, height = small.size
    return width, height, 3 * width, False, 8, 3, small.tobytes()


def _body(text: str, *, has_markup: bool) -> str:
    shown = printable(text, limit=BODY_CHARACTERS)
    return shown.translate(_MARKUP) if has_markup else shown


def _actions(notice: Notice) -> list[str]:
    return [printable(word, limit=SUMMARY_CHARACTERS) for pair in notice.actions for word in pair]


def _uri(path: str) -> str:
    from urllib.parse import quote_from_bytes  # noqa: PLC0415 -- only for a picture

    return "file://" + quote_from_bytes(path.encode("utf-8", "surrogateescape"))
