"""The commands, in the order and groups in which `worklog --help` shows them.

One module per command under `worklog.cli.commands`, loaded when the command is used.
A module has a function or a Typer app with the command's name; a word that Python
or the standard library has taken carries an underscore behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: its name, its group in the help, and its module."""

    name: str
    group: str
    is_hidden: bool = False

    @property
    def module(self) -> str:
        return f"worklog.cli.commands.{self.attribute}"

    @property
    def attribute(self) -> str:
        return f"{self.name}_" if self.name in {"continue", "import"} else self.name


TRACK: Final = "Track"
LOOK: Final = "Look"
CHANGE: Final = "Change"
REPORT: Final = "Report"
SETTLE: Final = "Contracts and settings"
CARE: Final = "Care"
SERVICE: Final = "Diary service"

# Hidden is `generate`, which is for packagers.
COMMANDS: Final = (
    Entry("start", TRACK),
    Entry("stop", TRACK),
    Entry("pause", TRACK),
    Entry("resume", TRACK),
    Entry("switch", TRACK),
    Entry("continue", TRACK),
    Entry("memo", TRACK),
    Entry("label", TRACK),
    Entry("status", LOOK),
    Entry("diary", LOOK),
    Entry("show", LOOK),
    Entry("preview", LOOK),
    Entry("history", LOOK),
    Entry("edit", CHANGE),
    Entry("delete", CHANGE),
    Entry("redact", CHANGE),
    Entry("add", CHANGE),
    Entry("idle", CHANGE),
    Entry("undo", CHANGE),
    Entry("report", REPORT),
    Entry("review", REPORT),
    Entry("prove", REPORT),
    Entry("rehearse", REPORT),
    Entry("submit", REPORT),
    Entry("export", REPORT),
    Entry("import", REPORT),
    Entry("sync", SERVICE),
    Entry("login", SERVICE),
    Entry("logout", SERVICE),
    Entry("whoami", SERVICE),
    Entry("serve", SERVICE),
    Entry("admin", SERVICE),
    Entry("contract", SETTLE),
    Entry("config", SETTLE),
    Entry("doctor", CARE),
    Entry("check", CARE),
    Entry("backup", CARE),
    Entry("restore", CARE),
    Entry("feedback", CARE),
    Entry("demo", CARE),
    Entry("generate", CARE, is_hidden=True),
)
