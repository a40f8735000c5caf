"""One capture, from looking whether it may be taken to files and digests (R3 to R5, R29).

What is not allowed to be seen is never encoded: rules are held against the windows
before and after the grab, and pixels that a rule keeps away are dropped or covered here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from worklog.app.covered import SECRETS, ByRule, Covered, covered_on, in_words, tally, together
from worklog.app.covering import SETTING as COVER
from worklog.app.covering import Covers, covers
from worklog.app.ports import (
    Box,
    CameraWay,
    EncodedPicture,
    Frame,
    PictureCodec,
    Presence,
    PresenceWay,
    ScreenWay,
    SecretFinder,
    Window,
    WindowWay,
    WithholdRule,
)
from worklog.app.secret_covering import READING_S, with_secrets
from worklog.app.snapshotting import Progress, snapshot
from worklog.app.withholding import DEFAULT_RULES, blocking, match
from worklog.domain.cover_tally import CoverTally
from worklog.domain.part import Capture, CaptureState
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

SLEPT_NS: Final = 1_000_000_000  # less than that is how clocks are read
THUMBNAIL_WIDTH: Final = 480  # [px]
UNREAD: Final = f"it could not be looked through for secrets ({SECRETS})"
WITHHOLD: Final = "capture.withhold"
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
        blocker: The window and the rule of that; None where it was none.
        unnamed: The window and the rule that keep application and title out; None where
            none does.
        covered: What of each picture is covered and why, by position in *captures*.
    """

    captures: tuple[Capture, ...]
    pictures: Mapping[int, EncodedPicture] = field(default_factory=dict)
    application: str | None = None
    title: str | None = None
    blocked_by: str | None = None
    blocker: ByRule | None = None
    unnamed: ByRule | None = None
    covered: Mapping[int, tuple[Covered, ...]] = field(default_factory=dict)

    @property
    def covered_by(self) -> tuple[str, ...]:
        """What covered something of a picture, in words and each cause once."""
        return tuple(map(in_words, together(self.covered)))

    @property
    def tally(self) -> CoverTally:
        """How much of the pictures was covered."""
        return tally(self.covered, permille=max(capture.covered for capture in self.captures))

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
        cover_rules: What is covered in it. Where windows cannot be seen and there is such a
            rule, nothing is kept.
        secrets: Sees what else is covered; a picture that it cannot read is not kept. None
            where nothing is looked for.
        has_pictures: False records application and title alone (state `off`).
        has_titles: False keeps window titles out (R30).
        active_only: Only the monitor with the active window.
        pixelate: Edge of the blocks that are merged [px]; 0 for none.
        camera: Takes a snapshot beside each screenshot; None where that is not wanted.
        asleep_ns: For how long the machine has slept since it was started [ns].
        tidy: Called after each capture, to give memory back to the system.
    """

    screen: ScreenWay | None
    window: WindowWay | None
    presence: PresenceWay | None
    codec: PictureCodec
    rules: tuple[WithholdRule, ...] = DEFAULT_RULES
    cover_rules: tuple[WithholdRule, ...] = ()
    secrets: SecretFinder | None = None
    has_pictures: bool = True
    has_titles: bool = True
    active_only: bool = False
    pixelate: int = 0
    tidy: Callable[[], None] = lambda: None
    camera: CameraWay | None = None
    asleep_ns: Callable[[], int] = lambda: 0

    @property
    def reading_s(self) -> float:
        """How much longer than without a look for secrets a capture may take [s]."""
        return 0.0 if self.secrets is None else READING_S

    def capture(self, at: datetime, progress: Progress | None = None) -> Shot:
        """Return what a capture at *at* gives; an expected failure is a state, never raised.

        May take seconds and much memory: call it from a worker thread. *progress* gets the
        screenshot before the camera is asked, and can call the camera off.
        """
        try:
            shot = self._capture(at)
            return self._with_snapshot(shot, at, progress or Progress(self.asleep_ns()))
        finally:
            self.tidy()

    def give_up(self) -> None:
        """End a reading that is under way, because nobody waits for it any more."""
        if self.secrets is not None:
            self.secrets.stop()

    def _with_snapshot(self, shot: Shot, at: datetime, progress: Progress) -> Shot:
        """Return *shot* with a snapshot, if there is a screenshot that it can stand beside."""
        if self.camera is None or shot.state is not CaptureState.TAKEN:
            return shot
        if self._keeps_shut(progress):
            return shot
        progress.shot = shot
        capture, picture = snapshot(self.camera, self.codec, at, pixelate=self.pixelate)
        if self._keeps_shut(progress):  # it may have changed while the camera woke up
            return shot
        return _beside(shot, capture, picture)

    def _keeps_shut(self, progress: Progress) -> bool:
        has_slept = self.asleep_ns() - progress.asleep_ns > SLEPT_NS
        return has_slept or progress.is_called_off or self._is_locked()

    def _capture(self, at: datetime) -> Shot:
        if self._is_locked():
            return _without(CaptureState.LOCKED, at)
        active = self._active()
        if not self.has_pictures:
            return self._named(_without(CaptureState.OFF, at), active)
        if self.window is None and self.screen is not None and (self.rules or self.cover_rules):
            return _withheld(UNSEEN, at)  # not even grabbed, as nobody could judge it
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
        after = self._visible()
        if before is None or after is None:
            return _withheld(UNSEEN, at)
        seen = ([active] if active is not None else [], before, after)
        monitors = [frame.box for frame in frames]
        found = blocking([window for look in seen for window in look], self.rules, monitors)
        if found is not None:
            window, rule = found
            return _withheld_by(ByRule(window.application, rule, WITHHOLD), at)
        to_cover = self._covers(active, before, after, monitors)
        if to_cover.doubted is not None:
            return _withheld_by(to_cover.doubted, at, to_cover.doubt)
        try:
            to_cover = with_secrets(to_cover, frames, self.secrets)
        except CaptureUnavailableError as error:
            return replace(_without(CaptureState.FAILED, at), blocked_by=f"{UNREAD}: {error}")
        return self._encoded(frames, at, to_cover)

    # --- Looking --------------------------------------------------------------------

    def _is_locked(self) -> bool:
        return self.presence is not None and self.presence.presence() is Presence.LOCKED

    def _active(self) -> Window | None:
        return None if self.window is None else self.window.active()

    def _visible(self) -> tuple[Window, ...] | None:
        """Return the visible windows; None where nobody can tell and a rule would ask."""
        if not (self.rules or self.cover_rules):
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

    def _covers(
        self,
        active: Window | None,
        before: tuple[Window, ...],
        after: tuple[Window, ...],
        monitors: list[Box],
    ) -> Covers:
        """Return what is to be covered on *monitors*.

        The active window counts wherever it was seen; it is on no list of some managers.
        """
        own = () if active is None or active in (*before, *after) else (active,)
        return covers([(*before, *own), (*after, *own)], self.cover_rules, monitors)

    # --- Keeping --------------------------------------------------------------------

    def _named(self, shot: Shot, active: Window | None) -> Shot:
        """Return *shot* with the active window's words, unless a rule hides that window."""
        if active is None:
            return shot
        for rules, setting in ((self.rules, WITHHOLD), (self.cover_rules, COVER)):
            rule = match(active, rules)
            if rule is not None:
                return replace(shot, unnamed=ByRule(active.application, rule, setting))
        title = active.title if self.has_titles else None
        return replace(shot, application=active.application, title=title)

    def _encoded(self, frames: tuple[Frame, ...], at: datetime, to_cover: Covers) -> Shot:
        captures: list[Capture] = []
        pictures: dict[int, EncodedPicture] = {}
        for frame in frames:
            capture = Capture(CaptureState.FAILED, taken_at=at, monitor=frame.monitor)
            try:
                if self.codec.is_blank(frame):
                    capture = replace(capture, state=CaptureState.BLANK)
                else:
                    shown, share = frame, 0
                    if to_cover.boxes:
                        shown, share = self.codec.cover(frame, to_cover.boxes)
                    picture = self.codec.encode(shown, pixelate=self.pixelate)
                    pictures[len(captures)] = picture
                    taken = replace(capture, state=CaptureState.TAKEN, covered=share)
                    capture = _of_picture(taken, picture)
            except (MemoryError, OSError):  # F05: the segment goes on without it
                pictures.pop(len(captures), None)
            captures.append(capture)
        places = [(place.box, place.cause) for place in to_cover.places]
        covered = {
            position: what
            for position, frame in enumerate(frames)
            if position in pictures and (what := covered_on(frame.box, places))
        }
        return Shot(tuple(captures), pictures, covered=covered)


def _beside(shot: Shot, capture: Capture, picture: EncodedPicture | None) -> Shot:
    """Return *shot* with one capture more, after those of the screens."""
    if picture is None:
        return replace(shot, captures=(*shot.captures, capture))
    return replace(
        shot,
        captures=(*shot.captures, _of_picture(capture, picture)),
        pictures={**shot.pictures, len(shot.captures): picture},
    )


def _without(state: CaptureState, at: datetime) -> Shot:
    return Shot((Capture(state, taken_at=at),))


def _withheld(reason: str, at: datetime) -> Shot:
    return replace(_without(CaptureState.WITHHELD, at), blocked_by=reason)


def _withheld_by(blocker: ByRule, at: datetime, doubt: str | None = None) -> Shot:
    reason = str(blocker) if doubt is None else f"{blocker}: {doubt}"
    return replace(_withheld(reason, at), blocker=blocker)


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
