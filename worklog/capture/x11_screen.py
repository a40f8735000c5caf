"""Screenshots on X11 through mss, each with a fresh object.

A kept mss object goes on with the monitors of its first day. The monitors are read
before and after the grab: where they differ, the pixels may belong to neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from worklog.app.ports import Box, Frame
from worklog.capture.x11_link import Link, LinkError
from worklog.capture.x11_session import refusal
from worklog.capture.x11_window import attention
from worklog.errors import CaptureUnavailableError

if TYPE_CHECKING:
    from mss import MSS

TRIES: Final = 2  # a monitor may come or go once
RESTLESS: Final = "the monitors changed while they were pictured"


class MssScreen:
    """Takes pictures of the monitors of one X server."""

    name = "x11-mss"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def unavailable_reason(self) -> str | None:
        """Return why no picture can be taken this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            Link(self._environ).close()
        except LinkError as error:
            return str(error)
        return None

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        """Return the pixels of all monitors, or of the one with the active window.

        Raises:
            CaptureUnavailableError: no X server answers, or its monitors do not hold still.
        """
        reason = refusal(self._environ)
        if reason is not None:
            raise _unavailable(reason)
        for _ in range(TRIES):
            try:
                # libxcb waits for ever on a server that stopped: ask first, with patience.
                with Link(self._environ) as link:
                    point = attention(link) if active_only else None
            except LinkError as error:
                raise _unavailable(str(error)) from error
            frames = self._frames(point)
            if frames is not None:
                return frames
        raise _unavailable(RESTLESS)

    def _frames(self, point: tuple[int, int] | None) -> tuple[Frame, ...] | None:
        """Return the pixels; None where the monitors changed meanwhile."""
        import mss  # noqa: PLC0415 -- 20 ms and 3 MB, at the first capture

        display = self._environ["DISPLAY"]
        try:
            with mss.MSS(display=display) as before:
                boxes = _boxes(before)
                wanted = enumerate(boxes) if point is None else [_containing(boxes, point)]
                frames = tuple(_frame(before, number, box) for number, box in wanted)
            with mss.MSS(display=display) as after:
                return frames if _boxes(after) == boxes else None
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 -- mss raises bare AssertionError, OSError and its own alike
            return None


def _boxes(screen: MSS) -> list[Box]:
    """Return the monitors in the server's order; mirrored ones once."""
    every, *monitors = screen.monitors
    return list(
        dict.fromkeys(
            Box(m["left"], m["top"], m["width"], m["height"]) for m in monitors or [every]
        )
    )


def _frame(screen: MSS, number: int, box: Box) -> Frame:
    shot = screen.grab({"left": box.left, "top": box.top, "width": box.width, "height": box.height})
    return Frame(number, box, shot.rgb)


def _containing(boxes: list[Box], point: tuple[int, int]) -> tuple[int, Box]:
    """Return the monitor that *point* lies on, or the nearest to it."""
    x, y = point

    def distance(box: Box) -> int:
        right, bottom = box.left + box.width - 1, box.top + box.height - 1
        return max(box.left - x, 0, x - right) + max(box.top - y, 0, y - bottom)

    return min(enumerate(boxes), key=lambda numbered: distance(numbered[1]))


def _unavailable(reason: str) -> CaptureUnavailableError:
    msg = f"No screenshot: {reason}."
    return CaptureUnavailableError(msg, hint="Run `worklog doctor` for what would help.")
