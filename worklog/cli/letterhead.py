"""The letterhead of reports, out of the settings `report.*`.

A logo is read and made small here, so that no writer opens files that a setting names, and
whatever a picture carries beside its pixels stays at home.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worklog.errors import ConfigInvalidError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.reports.report import Letterhead

_LOGO_PIXELS: Final = (800, 400)
_KINDS: Final = ("PNG", "JPEG")


def letterhead(context: AppContext) -> Letterhead:
    """Return the letterhead that is set.

    Raises:
        ConfigInvalidError: the logo cannot be read.
    """
    from worklog.reports.report import Letterhead

    found = context.settings.report
    return Letterhead(
        _logo(found.logo, Path(context.places.config_file).parent) if found.logo else b"",
        _lines(found.from_),
        _lines(found.to),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _logo(name: str, folder: Path) -> bytes:
    """Return the picture *name*, relative to the *folder* of the settings, as a PNG."""
    from PIL import Image

    file = folder / Path(name).expanduser()
    stream = io.BytesIO()
    try:
        with Image.open(file, formats=_KINDS) as picture:
            picture.thumbnail(_LOGO_PIXELS)
            plain = picture.convert("RGBA")
            plain.info.clear()
            plain.save(stream, "PNG")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        msg = f"report.logo: {file} cannot be read as a picture."
        hint = "Set it to a PNG or JPEG with `worklog config set report.logo FILE`."
        raise ConfigInvalidError(msg, hint=hint) from error
    return stream.getvalue()
