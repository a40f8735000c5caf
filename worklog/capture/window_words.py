"""What windows say of themselves, made harmless: any program may put anything there (F48)."""

from __future__ import annotations

from typing import Final

TITLE_LENGTH: Final = 512  # characters
APPLICATION_LENGTH: Final = 80  # characters


def clean(text: str, longest: int = TITLE_LENGTH) -> str:
    """Return *text* on one line: printable characters only, at most *longest*."""
    spaced = (" " if c.isspace() else c for c in text[: 8 * longest])
    return " ".join("".join(c for c in spaced if c.isprintable()).split())[:longest].rstrip()
