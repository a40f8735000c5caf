"""Screenshots of wlroots compositors (sway, Hyprland, river…) through `grim`.

Each monitor is pictured in the units of the desktop (`-s 1`), so that the places of
windows fit the picture whatever the monitor's scale. The monitors are read before and
after: where they differ, the pixels may belong to neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from worklog.app.ports import Box, Frame
from worklog.capture.child import ChildError, answer, find
from worklog.capture.wayland_outputs import Output, active_output, outputs
from worklog.capture.wayland_session import refusal
from worklog.capture.wayland_wire import Wire, WireError
from worklog.errors import CaptureUnavailableError

TRIES: Final = 2  # a monitor may come or go once
LIMIT_S: Final = 5.0  # for one monitor; it takes 0.05 [s]
RESTLESS: Final = "the monitors changed while they were pictured"
MISSING: Final = "grim is not installed"

# What grim needs of the compositor: either the old or the new protocol.
_COPYING: Final = ("zwlr_screencopy_manager_v1", "ext_image_copy_capture_manager_v1")
_HEAD: Final = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s")


class GrimScreen:
    """Takes pictures of the monitors of one compositor.

    Args:
        environ: Of the session.
        attention: Returns the place of the active window, or of the monitor that the user
            is at; None where nobody can tell, which makes it the first monitor.
    """

    name = "grim"

    def __init__(
        self, environ: Mapping[str, str], attention: Callable[[], Box | None] = lambda: None
    ) -> None:
        self._environ = environ
        self._attention = attention

    def unavailable_reason(self) -> str | None:
        """Return why no picture can be taken this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        if find("grim", self._environ) is None:
            return MISSING
        try:
            with Wire(self._environ) as wire:
                can_copy = any(map(wire.names, _COPYING))
        except WireError as error:
            return str(error)
        return None if can_copy else "the compositor does not let grim take pictures"

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        """Return the pixels of all monitors, or of the one with the active window.

        Raises:
            CaptureUnavailableError: no compositor or no grim answers, or the monitors do not
                hold still.
        """
        reason = refusal(self._environ)
        if reason is not None:
            raise _unavailable(reason)
        reason = RESTLESS
        for _ in range(TRIES):
            try:
                before = self._outputs()
                wanted = list(enumerate(before))
                if active_only and wanted:
                    wanted = [self._active(before)]
                frames = [self._frame(number, output) for number, output in wanted]
                if None not in frames and self._outputs() == before:
                    return tuple(frame for frame in frames if frame is not None)
                reason = RESTLESS
            except (WireError, ChildError) as error:
                reason = str(error)
        raise _unavailable(reason)

    def _outputs(self) -> list[Output]:
        with Wire(self._environ) as wire:
            return outputs(wire)

    def _active(self, monitors: list[Output]) -> tuple[int, Output]:
        """Return the monitor that most of the active window is on, else the first."""
        number = active_output([monitor.box for monitor in monitors], self._attention)
        return number, monitors[number]

    def _frame(self, number: int, output: Output) -> Frame | None:
        """Return the pixels of *output*; None where its size is another by now."""
        words = ("grim", "-s", "1", "-o", output.name, "-t", "ppm", "-")
        picture = answer(words, self._environ, limit_s=LIMIT_S)
        head = _HEAD.match(picture)
        if head is None:
            msg = "grim gave no picture"
            raise ChildError(msg)
        width, height = int(head[1]), int(head[2])
        pixels = picture[head.end() :]
        is_whole = len(pixels) == 3 * width * height
        if not is_whole or (width, height) != (output.box.width, output.box.height):
            return None
        return Frame(number, output.box, pixels)


def _unavailable(reason: str) -> CaptureUnavailableError:
    msg = f"No screenshot: {reason}."
    return CaptureUnavailableError(msg, hint="Run `worklog doctor` for what would help.")
