"""Screenshots without a desktop: the active tmux pane, drawn as a terminal would."""

from __future__ import annotations

from collections.abc import Mapping

from worklog.app.ports import Box, Frame
from worklog.capture.terminal_session import refusal
from worklog.capture.tmux_link import ATTENTIVE, Tmux, TmuxError
from worklog.errors import CaptureUnavailableError


class TmuxScreen:
    """Takes pictures of the pane that has the keyboard, of the terminal with the last input."""

    name = "tmux"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._tmux = Tmux(environ)

    def unavailable_reason(self) -> str | None:
        """Return why no picture can be taken this way, or None."""
        return refusal(self._environ) or self._tmux.reason()

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        """Return the pixels of the one pane; it is all there is, active or not.

        Raises:
            CaptureUnavailableError: no server answers, or no terminal is attached to one.
            OSError: the pane is too large to be drawn.
        """
        del active_only
        from worklog.capture.terminal_picture import draw  # noqa: PLC0415 -- at the first capture

        try:
            client = self._tmux.foremost()
            panes = [] if client is None else self._tmux.panes(client)
            pane = next((pane for pane in panes if pane.is_active), None)
            if client is None or pane is None:
                raise _unavailable(ATTENTIVE)
            text = self._tmux.text(client, pane)
        except TmuxError as error:
            raise _unavailable(str(error)) from error
        image = draw(text, columns=pane.columns, rows=pane.rows)
        return (Frame(0, Box(0, 0, image.width, image.height), image.tobytes()),)


def _unavailable(reason: str) -> CaptureUnavailableError:
    msg = f"No screenshot: {reason}."
    return CaptureUnavailableError(msg, hint="Run `worklog doctor` for what would help.")
