"""One capture, from looking whether it may be taken to files and digests (R3 to R5, R29).

What is not allowed to be seen is never encoded: rules are held against the windows
before and after the grab, and pixels that a rule keeps away are dropped here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from worklog.app.ports import (
    EncodedPicture,
    Frame,
    PictureCodec,
    Presence,
    PresenceWay,
    ScreenWay,
    Window,
    WindowWay,
    WithholdRule,
)
from worklog.app.withholding import DEFAULT_RULES, blocking, match
from worklog.domain.part import Capture, CaptureState
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

THUMBNAIL_WIDTH: Final = 480  # [px]
UNSEEN: Final = "the windows could not be read, so nobody knows what was visible"


def thumbnail_factor(width: int) -> int:
    """Return by how much a picture of *width* [px] is divided for its thumbnail."""
    return max(1, -(-width // THUMBNAIL_WIDTH))


@dataclass(frozen=True, slots=True)
class Shot:
    """What one moment gave.

    Attributes:
        captures: One per monitor; a single one where there is no picture at all.
        pictures: Files by position in *captures*.
        application: Of the active window; None where unknown or not to be kept.
        title: Likewise.
        blocked_by: What withheld the capture, for the user's own eyes: application and
            rule, never a title. None where nothing did.
    """

    captures: tuple[Capture, ...]
    pictures: Mapping[int, EncodedPicture] = field(default_factory=dict)
    application: str | None = None
    title: str | None = None
    blocked_by: str | None = None

    @property
    def state(self) -> CaptureState:
        """What became of the whole: `taken` if any monitor was, else the first reason."""
        states = [capture.state for capture in self.captures]
        return CaptureState.TAKEN if CaptureState.TAKEN in states else states[0]

    def as_thumbnails(self) -> Shot:
        """Return the same shot with only thumbnails as its pictures (F12)."""
        pictures = {position: _smaller(picture) for position, picture in self.pictures.items()}
        return replace(
            self,
            pictures=pictures,
            captures=tuple(
                _of_picture(capture, pictures[position]) if position in pictures else capture
                for position, capture in enumerate(self.captures)
            ),
        )


@dataclass(frozen=True, slots=True)
class Capturer:
    """Takes captures with the ways that this machine has.

    Attributes:
        screen: None where no way works: each capture is `no-display`.
        window: None where no window can be seen; nothing is taken then but without rules.
        presence: None where nobody can tell whether the screen is locked.
        codec: Pixels to files.
        rules: What keeps a capture away.
        has_pictures: False records application and title alone (state `off`).
        has_titles: False keeps window titles out (R30).
        active_only: Only the monitor with the active window.
        pixelate: Edge of the blocks that are merged [px]; 0 for none.
        tidy: Called after each capture, to give memory back to the system.
    """

    screen: ScreenWay | None
    window: WindowWay | None
    presence: PresenceWay | None
    codec: PictureCodec
    rules: tuple[WithholdRule, ...] = DEFAULT_RULES
    has_pictures: bool = True
    has_titles: bool = True
    active_only: bool = False
    pixelate: int = 0
    tidy: Callable[[], None] = lambda: None

    def capture(self, at: datetime) -> Shot:
        """Return what a capture at *at* gives; an expected failure is a state, never raised.

        May take seconds and much memory: call it from a worker thread.
        """
        try:
            return self._capture(at)
        finally:
            self.tidy()

    def _capture(self, at: datetime) -> Shot:
        if self._is_locked():
            return _without(CaptureState.LOCKED, at)
        active = self._active()
        if not self.has_pictures:
            return self._named(_without(CaptureState.OFF, at), active)
        if self.window is None and self.screen is not None and self.rules:
            return _unseen(at)  # not even grabbed, as nobody could judge it
        before = self._visible()
        frames = self._grab()
        if self._is_locked():
            return _without(CaptureState.LOCKED, at)
        return self._named(self._judged(frames, at, active, before), active)

    def _judged(
        self,
        frames: tuple[Frame, ...] | CaptureState,
        at: datetime,
        active: Window | None,
        before: tuple[Window, ...] | None,
    ) -> Shot:
        if isinstance(frames, CaptureState):
            return _without(frames, at)
        blocked_by = self._blocked(frames, active, before)
        if blocked_by is not None:
            return replace(_without(CaptureState.WITHHELD, at), blocked_by=blocked_by)
        return self._encoded(frames, at)

    # --- Looking --------------------------------------------------------------------

    def _is_locked(self) -> bool:
        return self.presence is not None and self.presence.presence() is Presence.LOCKED

    def _active(self) -> Window | None:
        return None if self.window is None else self.window.active()

    def _visible(self) -> tuple[Window, ...] | None:
        """Return the visible windows; None where nobody can tell and a rule would ask."""
        if not self.rules:
            return ()
        return None if self.window is None else self.window.visible()

    def _grab(self) -> tuple[Frame, ...] | CaptureState:
        """Return the pixels, or why there are none."""
        if self.screen is None:
            return CaptureState.NO_DISPLAY
        try:
            return self.screen.grab(active_only=self.active_only) or CaptureState.NO_DISPLAY
        except CaptureDeniedError:
            return CaptureState.DENIED
        except CaptureUnavailableError:
            return CaptureState.NO_DISPLAY
        except (MemoryError, OSError):
            return CaptureState.FAILED

    def _blocked(
        self, frames: tuple[Frame, ...], active: Window | None, before: tuple[Window, ...] | None
    ) -> str | None:
        after = self._visible()
        if before is None or after is None:
            return UNSEEN
        windows = (*([active] if active is not None else []), *before, *after)
        found = blocking(windows, self.rules, [frame.box for frame in frames])
        if found is None:
            return None
        window, rule = found
        return f"{window.application or 'a window'} ({rule.field} matches /{rule.pattern}/)"

    # --- Keeping --------------------------------------------------------------------

    def _named(self, shot: Shot, active: Window | None) -> Shot:
        """Return *shot* with the active window's words, unless a rule hides that window."""
        if active is None or match(active, self.rules) is not None:
            return shot
        title = active.title if self.has_titles else None
        return replace(shot, application=active.application, title=title)

    def _encoded(self, frames: tuple[Frame, ...], at: datetime) -> Shot:
        captures: list[Capture] = []
        pictures: dict[int, EncodedPicture] = {}
        for frame in frames:
            capture = Capture(CaptureState.FAILED, taken_at=at, monitor=frame.monitor)
            try:
                if self.codec.is_blank(frame):
                    capture = replace(capture, state=CaptureState.BLANK)
                else:
                    picture = self.codec.encode(frame, pixelate=self.pixelate)
                    pictures[len(captures)] = picture
                    capture = _of_picture(replace(capture, state=CaptureState.TAKEN), picture)
            except (MemoryError, OSError):  # F05: the segment goes on without it
                pictures.pop(len(captures), None)
            captures.append(capture)
        return Shot(tuple(captures), pictures)


def _without(state: CaptureState, at: datetime) -> Shot:
    return Shot((Capture(state, taken_at=at),))


def _unseen(at: datetime) -> Shot:
    return replace(_without(CaptureState.WITHHELD, at), blocked_by=UNSEEN)


def _of_picture(capture: Capture, picture: EncodedPicture) -> Capture:
    return replace(
        capture,
        sha256=hashlib.sha256(picture.image).hexdigest(),
        thumbnail_sha256=hashlib.sha256(picture.thumbnail).hexdigest(),
        width=picture.width,
        height=picture.height,
    )


def _smaller(picture: EncodedPicture) -> EncodedPicture:
    factor = thumbnail_factor(picture.width)
    return EncodedPicture(
        image=picture.thumbnail,
        thumbnail=picture.thumbnail,
        width=-(-picture.width // factor),
        height=-(-picture.height // factor),
    )
