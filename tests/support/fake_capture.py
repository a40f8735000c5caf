"""Screen, input, windows, presence, notices and codec without a machine behind them.

Each passes the contract suite of its port, so what a use case does with them it does
with the real ones. Tests play the user: ``way.press(3)``, ``way.die()``.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from worklog.app.ports import (
    Box,
    EncodedPicture,
    Frame,
    Notice,
    Presence,
    Reading,
    SecretBox,
    Window,
)
from worklog.app.withholding import overlap
from worklog.errors import CaptureUnavailableError, ConflictError

_MAGIC = b"PIXELS"


def frame(monitor: int = 0, box: Box | None = None, *, colour: int | None = None) -> Frame:
    """Return a frame with something on it, or all of one *colour* (RGB)."""
    place = box or Box(0, 0, 8, 6)
    count = place.width * place.height
    if colour is not None:
        return Frame(monitor, place, colour.to_bytes(3, "big") * count)
    return Frame(monitor, place, bytes(n * 7 % 256 for n in range(3 * count)))


@dataclass
class FakeScreen:
    """Gives *frames*, or raises *error*.

    Attributes:
        active: Position in *frames* of the monitor with the active window.
        reason: What `unavailable_reason` says.
        grabs: How often pixels were asked for.
    """

    frames: tuple[Frame, ...] = field(default_factory=lambda: (frame(),))
    active: int = 0
    error: Exception | None = None
    reason: str | None = None
    name: str = "fake-screen"
    grabs: int = 0

    def unavailable_reason(self) -> str | None:
        return self.reason

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        self.grabs += 1
        if self.reason is not None:
            raise CaptureUnavailableError(self.reason)
        if self.error is not None:
            raise self.error
        return (self.frames[self.active],) if active_only else self.frames


@dataclass
class FakeCamera:
    """Gives *frame*, or raises *error*.

    Attributes:
        reason: What `unavailable_reason` says.
        snaps: How often a frame was asked for.
    """

    frame: Frame = field(default_factory=lambda: frame(0, Box(0, 0, 4, 3)))
    error: Exception | None = None
    reason: str | None = None
    name: str = "fake-camera"
    snaps: int = 0

    def unavailable_reason(self) -> str | None:
        return self.reason

    def snap(self) -> Frame:
        self.snaps += 1
        if self.reason is not None:
            raise CaptureUnavailableError(self.reason)
        if self.error is not None:
            raise self.error
        return self.frame


@dataclass
class FakeInput:
    """Counts what a test does.

    Attributes:
        counts: False makes it a way that sees activity without counting.
        starts: How often `start` was called.
        is_dead_for_good: Whether `start` cannot bring it back.
    """

    counts: bool = True
    reason: str | None = None
    name: str = "fake-input"
    starts: int = 0
    is_dead_for_good: bool = False
    _keys: int = 0
    _clicks: int = 0
    _scrolls: int = 0
    _doubts: int = 0
    _is_alive: bool = False

    def unavailable_reason(self) -> str | None:
        return self.reason

    def start(self) -> None:
        self.starts += 1
        self._is_alive = not self.is_dead_for_good

    def read(self) -> Reading:
        events = self._keys + self._clicks + self._scrolls
        if not self.counts:
            return Reading(None, None, None, events, self._is_alive, self._doubts)
        return Reading(
            self._keys, self._clicks, self._scrolls, events, self._is_alive, self._doubts
        )

    def stop(self) -> None:
        self._is_alive = False

    def press(self, count: int = 1) -> None:
        """Press and release a key *count* times; unseen while nobody listens."""
        self._keys += count * self._is_alive

    def click(self, count: int = 1) -> None:
        self._clicks += count * self._is_alive

    def scroll(self, count: int = 1) -> None:
        self._scrolls += count * self._is_alive

    def doubt(self) -> None:
        """Not know whether there was input."""
        self._doubts += 1

    def die(self) -> None:
        """Lose the connection, as when the display goes away."""
        self._is_alive = False


@dataclass
class FakeWindows:
    """Shows *windows*, lowest first; the last one is active unless *focused* says another.

    Attributes:
        is_blind: Whether nobody can tell anything just now.
        later: What is visible from the second look on, to play a window that pops up.
    """

    windows: tuple[Window, ...] = ()
    focused: Window | None = None
    is_blind: bool = False
    later: tuple[Window, ...] | None = None
    reason: str | None = None
    name: str = "fake-windows"
    looks: int = 0

    def unavailable_reason(self) -> str | None:
        return self.reason

    def active(self) -> Window | None:
        if self.is_blind or self.reason is not None:
            return None
        return self.focused or (self.windows[-1] if self.windows else None)

    def visible(self) -> tuple[Window, ...] | None:
        self.looks += 1
        if self.is_blind or self.reason is not None:
            return None
        return self.windows if self.later is None or self.looks == 1 else self.later


@dataclass
class FakePresence:
    """Says *state*, then one after the other what is *planned*."""

    state: Presence = Presence.PRESENT
    planned: list[Presence] = field(default_factory=list)
    reason: str | None = None
    name: str = "fake-presence"

    def unavailable_reason(self) -> str | None:
        return self.reason

    def presence(self) -> Presence:
        if self.planned:
            self.state = self.planned.pop(0)
        return self.state


class FakeNotify:
    """A notify way in memory. Passes the contract suite; the test presses the buttons."""

    name = "fake"

    def __init__(self) -> None:
        self.shown: list[Notice] = []
        self.open: dict[str, Notice] = {}
        self.is_closed = False
        self._answers: list[tuple[str, str]] = []

    def unavailable_reason(self) -> str | None:
        return None

    def show(self, notice: Notice) -> None:
        if not self.is_closed:
            self.shown.append(notice)
            self.open[notice.tag] = notice

    def press(self, tag: str, action: str) -> None:
        """Press the button *action* of the open notice *tag*; nothing where there is none."""
        notice = self.open.get(tag)
        if notice is not None and action in dict(notice.actions):
            del self.open[tag]
            self._answers.append((tag, action))

    def answers(self) -> list[tuple[str, str]]:
        taken, self._answers = self._answers, []
        return taken

    def close(self) -> None:
        self.is_closed = True
        self.open = {tag: notice for tag, notice in self.open.items() if not notice.actions}


@dataclass
class FakeCodec:
    """Files that are the pixels themselves behind a header; fine for small frames.

    Attributes:
        error: Raised by `encode`, to play a machine without memory.
    """

    error: BaseException | None = None

    def encode(self, frame: Frame, *, pixelate: int = 0) -> EncodedPicture:
        if self.error is not None:
            raise self.error
        width, height = frame.box.width, frame.box.height
        edge = max(1, pixelate)
        pixels = _pixels(frame.rgb)
        merged = [
            pixels[(y - y % edge) * width + x - x % edge]
            for y in range(height)
            for x in range(width)
        ]
        return _written(width, height, merged)

    def is_blank(self, frame: Frame) -> bool:
        return len(set(_pixels(frame.rgb))) == 1

    def cover(self, frame: Frame, boxes: Sequence[Box]) -> tuple[Frame, int]:
        left, top, width = frame.box.left, frame.box.top, frame.box.width
        covered = {
            (y - top) * width + x - left
            for box in boxes
            for y in range(max(top, box.top), min(top + frame.box.height, box.top + box.height))
            for x in range(max(left, box.left), min(left + width, box.left + box.width))
        }
        pixels = enumerate(_pixels(frame.rgb))
        hidden = b"".join(b"\x20" * 3 if at in covered else pixel for at, pixel in pixels)
        count = width * frame.box.height
        return replace(frame, rgb=hidden), -(-1000 * len(covered) // count)

    def redact(self, image: bytes, boxes: Sequence[Box]) -> tuple[EncodedPicture, int]:
        width, height, pixels = _parsed(image)
        covered = {
            y * width + x
            for box in boxes or [Box(0, 0, width, height)]
            for y in range(max(0, box.top), min(height, box.top + box.height))
            for x in range(max(0, box.left), min(width, box.left + box.width))
        }
        if not covered:
            msg = "no box touches the picture"
            raise ConflictError(msg)
        hidden = [b"\x20" * 3 if at in covered else pixel for at, pixel in enumerate(pixels)]
        return _written(width, height, hidden), -(-1000 * len(covered) // (width * height))


def _pixels(rgb: bytes) -> list[bytes]:
    return [rgb[at : at + 3] for at in range(0, len(rgb), 3)]


def _written(width: int, height: int, pixels: Sequence[bytes]) -> EncodedPicture:
    factor = max(1, -(-width // 480))
    columns, rows = range(0, width, factor), range(0, height, factor)
    small = [pixels[y * width + x] for y in rows for x in columns]
    return EncodedPicture(
        image=_file(width, height, pixels),
        thumbnail=_file(len(columns), len(rows), small),
        width=width,
        height=height,
    )


def _file(width: int, height: int, pixels: Sequence[bytes]) -> bytes:
    return _MAGIC + struct.pack(">HH", width, height) + b"".join(pixels)


def _parsed(image: bytes) -> tuple[int, int, list[bytes]]:
    head = len(_MAGIC) + 4
    if not image.startswith(_MAGIC) or len(image) < head:
        msg = "no picture"
        raise ConflictError(msg)
    width, height = struct.unpack(">HH", image[len(_MAGIC) : head])
    return width, height, _pixels(image[head:])


@dataclass
class FakeSecretFinder:
    """Sees what it is told to.

    Attributes:
        secrets: Places on the desktop; those outside of a frame are not in it.
        error: Raised instead, to play a picture that cannot be read.
    """

    secrets: tuple[SecretBox, ...] = ()
    error: CaptureUnavailableError | None = None

    def find(self, frame: Frame) -> tuple[SecretBox, ...]:
        if self.error is not None:
            raise self.error
        return tuple(secret for secret in self.secrets if overlap(secret.box, frame.box))

    def stop(self) -> None:
        """It never takes any time."""
