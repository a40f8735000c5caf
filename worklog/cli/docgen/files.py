"""All generated files: where each lies, what it holds, and how they are written."""

from __future__ import annotations

from pathlib import Path

from worklog.cli.docgen.bash import bash
from worklog.cli.docgen.command_page import command_page
from worklog.cli.docgen.fish import fish
from worklog.cli.docgen.formats import formats
from worklog.cli.docgen.interchange import interchange
from worklog.cli.docgen.manual import manual
from worklog.cli.docgen.recipes import recipes
from worklog.cli.docgen.tree import tree
from worklog.cli.docgen.zsh import zsh


def generated() -> dict[str, str]:
    """Return the text of each file by its path in the checkout."""
    commands = tree()
    pages = {f"man/man1/{command.page}.1": command_page(command) for command in commands}
    return {
        "man/man1/worklog.1": manual(commands),
        **pages,
        "man/man7/worklog-diary.7": formats(),
        "man/man7/worklog-interchange.7": interchange(),
        "man/man7/worklog-recipes.7": recipes(),
        "completions/bash/worklog": bash(commands),
        "completions/zsh/_worklog": zsh(commands),
        "completions/fish/worklog.fish": fish(commands),
    }


def write(folder: Path) -> list[str]:
    """Write all files under *folder*; return the paths of those that have changed.

    A page of a command that is gone is removed.
    """
    wanted = generated()
    changed = []
    for name, text in wanted.items():
        path = folder / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        changed.append(name)
    for path in sorted((folder / "man").glob("man*/worklog*.[17]")):
        name = path.relative_to(folder).as_posix()
        if name not in wanted:
            path.unlink()
            changed.append(name)
    return changed
