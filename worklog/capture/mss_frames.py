"""Pixels by mss, each time with a fresh object.

A kept mss object goes on with the monitors of its first day. The monitors are read
before and after the grab: where they differ, the pixels may belong to neither.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from worklog.app.ports import Box, Frame

if TYPE_CHECKING:
    from mss import MSS

TRIES: Final = 2  # a monitor may come or go once
RESTLESS: Final = "the monitors changed while they were pictured"


def grab(point: tuple[int, int] | None, *, display: str | None = None) -> tuple[Frame, ...] | None:
    """Return the pixels of all monitors, or of the one at *point*.

    None where mss failed, which it does in many ways, or where the monitors changed
    meanwhile. *display* names an X server; other systems know of none.
    """
    import mss  # noqa: PLC0415 -- 20 ms and 3 MB, at the first capture

    look = mss.MSS if display is None else partial(mss.MSS, display=display)
    try:
        with look() as before:
            boxes = _boxes(before)
            wanted = enumerate(boxes) if point is None else [containing(boxes, point)]
            frames = tuple(_frame(before, number, box) for number, box in wanted)
        with look() as after:
            return frames if _boxes(after) == boxes else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- mss raises bare AssertionError, OSError and its own alike
        return None


def containing(boxes: list[Box], point: tuple[int, int]) -> tuple[int, Box]:
    """Return number and box of the monitor that *point* lies on, or the nearest to it."""
    x, y = point

    def distance(box: Box) -> int:
        right, bottom = box.left + box.width - 1, box.top + box.height - 1
        return max(box.left - x, 0, x - right) + max(box.top - y, 0, y - bottom)

    return min(enumerate(boxes), key=lambda numbered: distance(numbered[1]))


def _boxes(screen: MSS) -> list[Box]:
    """Return the monitors in the system's order; mirrored ones once."""
    every, *monitors = screen.monitors
    return list(
        dict.fromkeys(
            Box(m["left"], m["top"], m["width"], m["height"]) for m in monitors or [every]
        )
    )


def _frame(screen: MSS, number: int, box: Box) -> Frame:
    shot = screen.grab({"left": box.left, "top": box.top, "width": box.width, "height": box.height})
    return Frame(number, Box(box.left, box.top, shot.width, shot.height), shot.rgb)
