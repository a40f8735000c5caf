"""Notices in the live display, where no desktop would show them.

A line on standard error would break the display apart; it has a place for sentences.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worklog.app.ports import Notice

if TYPE_CHECKING:
    from worklog.cli.live import LiveDisplay


@dataclass(slots=True)
class DisplayNotices:
    """Implements `worklog.app.ports.NotifyWay` by the live display's own line."""

    display: LiveDisplay
    name: str = "display"

    def unavailable_reason(self) -> str | None:
        return None

    def show(self, notice: Notice) -> None:
        """Show *notice* as one sentence; its buttons are keys of the display already."""
        sentence = notice.body or notice.summary if not notice.actions else notice.summary
        with suppress(OSError):  # the terminal was closed, and tracking may go on
            self.display.say(sentence)

    def answers(self) -> list[tuple[str, str]]:
        """Return nothing: keys reach the tracker on their own."""
        return []

    def close(self) -> None:
        """The display closes itself."""
