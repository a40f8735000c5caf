"""What the three completion scripts share: quoting, and what a value may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from worklog.cli.docgen.tree import Command, Values
from worklog.config import KEYS
from worklog.config.keys import Kind

NAMES: Final = {
    Values.CONTRACT: "contracts",
    Values.LABEL: "labels",
    Values.LABEL_NOW: "labels-now",
}


def quoted(word: str) -> str:
    """Return *word* between single quotes, for bash and zsh."""
    return "'" + word.replace("'", "'\\''") + "'"


def key_names() -> list[str]:
    """Return the names of all settings."""
    return [key.name for key in KEYS]


def key_words() -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the settings whose values can be listed, with those."""
    for key in KEYS:
        words = ("yes", "no") if key.kind is Kind.FLAG else key.choices
        if words:
            yield key.name, words


def all_commands(commands: Sequence[Command]) -> Iterator[Command]:
    """Yield all commands, each before those below it."""
    for command in commands:
        yield from command.walk()
