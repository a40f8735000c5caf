"""The monitors of a Wayland compositor: their names, and where they lie on the desktop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from worklog.app.ports import Box
from worklog.capture.wayland_wire import Wire, WireError

MANAGER: Final = "zxdg_output_manager_v1"
_OUTPUT: Final = "wl_output"
_GET_XDG_OUTPUT: Final = 1  # request of the manager
_POSITION, _SIZE, _NAME = 0, 1, 3  # events of zxdg_output_v1
_WITH_NAMES: Final = 2  # version of zxdg_output_v1


@dataclass(frozen=True, slots=True)
class Output:
    """A monitor.

    Attributes:
        name: The compositor's, as `DP-1`.
        box: In the units of the desktop, in which windows are placed too: a monitor of
            3840 by 2160 at scale 2 is 1920 by 1080.
    """

    name: str
    box: Box


def outputs(wire: Wire) -> list[Output]:
    """Return the monitors that are on, in the compositor's order; mirrored ones once.

    Raises:
        WireError: the compositor went away, or does not say where they are.
    """
    managers = wire.names(MANAGER)
    if not managers or wire.globals[managers[0]][1] < _WITH_NAMES:
        msg = "the compositor does not say where its monitors are"
        raise WireError(msg)
    manager = wire.bind(managers[0], version=_WITH_NAMES)
    asked = {}
    for name in wire.names(_OUTPUT):
        monitor, about = wire.bind(name, version=1), wire.new_id()
        wire.send(manager, _GET_XDG_OUTPUT, about, monitor)
        asked[about] = _Facts()
    for event in wire.round_trip():
        facts = asked.get(event.sender)
        if facts is None:
            continue
        if event.opcode == _POSITION:
            facts.left, facts.top = event.integers(2)
        elif event.opcode == _SIZE:
            facts.width, facts.height = event.integers(2)
        elif event.opcode == _NAME:
            facts.name = event.text()
    found: dict[Box, Output] = {}
    for facts in asked.values():
        if facts.name and facts.width > 0 and facts.height > 0:
            output = facts.as_output()
            found.setdefault(output.box, output)
    return list(found.values())


def monitors(environ: Mapping[str, str]) -> list[Box]:
    """Return where the monitors lie; none where the compositor does not say."""
    try:
        with Wire(environ) as wire:
            return [output.box for output in outputs(wire)]
    except WireError:
        return []


def active_output(boxes: Sequence[Box], attention: Callable[[], Box | None]) -> int:
    """Return the number of the monitor that most of the active window is on, else the first.

    *attention* says where that window is; None where nobody can tell. There must be a
    monitor.
    """
    box = attention() if len(boxes) > 1 else None
    if box is None:
        return 0
    return max(range(len(boxes)), key=lambda number: _shared(box, boxes[number]))


def _shared(one: Box, other: Box) -> int:
    """Return how many pixels two rectangles share."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return max(0, width) * max(0, height)


@dataclass(slots=True)
class _Facts:
    """What has been said of one monitor so far."""

    name: str = ""
    left: int = 0
    top: int = 0
    width: int = 0
    height: int = 0

    def as_output(self) -> Output:
        return Output(self.name, Box(self.left, self.top, self.width, self.height))
