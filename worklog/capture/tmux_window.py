"""Windows without a desktop: the panes of the tmux window that is looked at."""

from __future__ import annotations

from collections.abc import Mapping

from worklog.app.ports import Window
from worklog.capture.terminal_session import refusal
from worklog.capture.tmux_link import Tmux, TmuxError


class TmuxWindows:
    """Sees the panes before the user: those of the terminal that had input last."""

    name = "tmux"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._tmux = Tmux(environ)

    def unavailable_reason(self) -> str | None:
        """Return why panes cannot be seen, or None."""
        return refusal(self._environ) or self._tmux.reason()

    def active(self) -> Window | None:
        """Return the pane that has the keyboard; None where no terminal is attached."""
        try:
            client = self._tmux.foremost()
            panes = [] if client is None else self._tmux.panes(client)
        except TmuxError:
            return None
        return next((pane.as_window() for pane in panes if pane.is_active), None)

    def visible(self) -> tuple[Window, ...] | None:
        """Return the panes that are not covered by a zoomed one, the active one last.

        A name that somebody gave the tmux window counts as one more of them.
        """
        try:
            client = self._tmux.foremost()
            if client is None:
                return ()
            panes = [pane for pane in self._tmux.panes(client) if pane.is_visible]
        except TmuxError:
            return None
        panes.sort(key=lambda pane: pane.is_active)
        windows = [pane.as_window() for pane in panes]
        if panes and panes[-1].is_named and windows[-1].title != panes[-1].window_name:
            windows.insert(0, Window(windows[-1].application, panes[-1].window_name))
        return tuple(windows)
