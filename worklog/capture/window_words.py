"""What windows say of themselves, made harmless: any program may put anything there (F48)."""

from __future__ import annotations

from typing import Final

TITLE_LENGTH: Final = 512  # characters
APPLICATION_LENGTH: Final = 80  # characters


def clean(text: str, longest: int = TITLE_LENGTH) -> str:
    """Return *text* on one line: printable characters only, at most *longest*."""
    spaced = (" " if c.isspace() else c for c in text[: 8 * longest])
    return " ".join("".join(c for c in spaced if c.isprintable()).split())[:longest].rstrip()


def program_name(name: str) -> str:
    """Return a program's name as people know it, from its window class or app_id.

    `org.gnome.Nautilus` is Nautilus, `firefox` is Firefox.
    """
    name = name.strip()
    if name.count(".") >= 2 and " " not in name:  # noqa: PLR2004 -- org.example.Name
        name = name.rpartition(".")[2] or name
    name = clean(name, APPLICATION_LENGTH)
    return name[:1].upper() + name[1:] if name.islower() else name
