"""Files that are made to be looked at: where they lie, who may read them, what shows them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from worklog.errors import CacheUnwritableError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext


def only_page(context: AppContext, name: str) -> Path:
    """Return where to put the file *name* to be looked at, and remove the one before.

    It holds copies of pictures, so only the latest is kept, where a deletion finds it.
    """
    from worklog.places import ensure

    folder = Path(ensure(context.places.pages))
    for old in folder.glob("*"):
        old.unlink()
    return folder / name


def write_private(file: Path, data: bytes) -> None:
    """Write *data* to *file*, which is its owner's only.

    Raises:
        CacheUnwritableError: it cannot be written.
    """
    try:
        file.touch(mode=0o600)
        file.write_bytes(data)
    except OSError as error:
        msg = f"{file} cannot be written: {error.strerror}."
        raise CacheUnwritableError(msg, hint="Free some space, or choose another place.") from error


def show_file(context: AppContext, file: Path) -> bool:
    """Show *file* where a browser can be opened; return whether that was done."""
    if not context.has_desktop:
        return False
    import webbrowser

    return webbrowser.open(file.absolute().as_uri())
