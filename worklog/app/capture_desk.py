"""The captures of a session: when, by whom, and what the user wants done with them.

Grabbing and encoding run in a worker; the loop only asks for the result. What the
user answers to a notification comes in here as well.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from worklog.app.capturing import UNSEEN, Capturer, Shot
from worklog.app.events import Event, EventKind
from worklog.app.keeper import Bond, Keeper
from worklog.app.moment import CaptureMoment
from worklog.app.open_part import OpenPart
from worklog.app.patience import Patience
from worklog.app.ports import (
    Cache,
    Chance,
    Notice,
    NotifyWay,
    StoredPicture,
)
from worklog.app.snapshot import LastCapture
from worklog.app.snapshotting import SENTENCES as OF_CAMERA
from worklog.app.snapshotting import Progress
from worklog.domain.ids import PartId
from worklog.domain.part import Capture, CaptureState, Part, Role
from worklog.errors import CacheUnwritableError, KeyUnavailableError, WorklogError

PATIENCE_S: Final = 3.0  # how long a stop or a slot's end waits for the picture [s]
NOTICE_ACTIONS: Final = (("keep", "Keep"), ("redact", "Redact"), ("discard", "Discard"))

SENTENCES: Final = {
    CaptureState.NO_DISPLAY: "No display: tracking goes on without pictures.",
    CaptureState.DENIED: (
        "The system refuses pictures: tracking goes on without them. `worklog doctor` says what "
        "helps."
    ),
    CaptureState.LOCKED: "The screen is locked: no picture was taken.",
    CaptureState.BLANK: "The screen was blank: no picture was kept.",
    CaptureState.WITHHELD: "A private window was open: no picture was taken.",
    CaptureState.FAILED: "The picture failed: tracking goes on without it.",
}
DROPPED: Final = "The last picture was dropped; its time is kept."
UNSEEN_SENTENCE: Final = (
    "Nobody can tell which windows are visible, so no picture was taken: `worklog doctor` says "
    "what helps."
)


@dataclass(frozen=True, slots=True)
class Taste:
    """How the user wants captures handled.

    Attributes:
        notifies: Whether each capture is shown with *Keep*, *Redact*, *Discard*.
        review: How long a part stays here after its seal before it may leave (R28).
        wants_any: Whether anything is recorded at the drawn moment at all.
    """

    notifies: bool = True
    review: timedelta = timedelta(minutes=10)
    wants_any: bool = True


@dataclass(slots=True)
class CaptureDesk:
    """Takes the capture of each part.

    Attributes:
        last: The latest capture, for the display.
        moment: The drawn moment of the open part.
    """

    capturer: Capturer
    executor: Executor
    cache: Cache
    keeper: Keeper
    chance: Chance
    notify: NotifyWay | None
    taste: Taste
    tell: Callable[[Event], None]
    wake: Callable[[], None]
    is_local: bool = True
    last: LastCapture | None = None
    last_part: PartId | None = None
    moment: CaptureMoment = field(default_factory=CaptureMoment)
    _running: Future[Shot] | None = None
    _progress: Progress = field(default_factory=Progress)
    _told: set[str] = field(default_factory=set)

    @property
    def awaits_picture(self) -> bool:
        """Whether a picture of the open part is still to come."""
        return self.moment.due is not None and self.capturer.has_pictures

    @property
    def waits_for(self) -> str:
        """What may take long about a picture: that it is taken, or read for secrets."""
        return "picture" if self.capturer.secrets is None else "reading"

    def opened(self, part: OpenPart, *, until: datetime | None) -> None:
        """Draw the moment for *part*, unless this slot has had its capture (R3)."""
        end = min(part.slot.end, until or part.slot.end)
        if not self.taste.wants_any or self._has_had_its_capture(part):
            self.moment = CaptureMoment()
        else:
            self.moment = CaptureMoment.drawn(part.opened, end, self.chance)

    def resumed(self, part: OpenPart, now: datetime, *, until: datetime | None) -> None:
        """Draw anew if the moment went by while nothing was tracked."""
        if self.moment.is_due(now):
            end = min(part.slot.end, until or part.slot.end)
            self.moment.again(now, end, self.chance, is_free=True)

    def slept(self, now: datetime) -> None:
        """Drop a capture over which the machine slept: it may show what came after (R3)."""
        if self._running is not None:
            self._running = None
            self._progress.is_called_off = True
            self.moment.due = now  # passed over; `resumed` draws anew

    def is_due(self, now: datetime) -> bool:
        """Return whether the drawn moment has come and nothing was taken yet."""
        return self._running is None and self.moment.is_due(now)

    def begin_if_due(self, now: datetime) -> None:
        """Start the capture once its moment has come."""
        if self.is_due(now):
            self._begin(now)

    def collect(self, part: OpenPart | None, now: datetime, *, until: datetime | None) -> None:
        """Take in the result of a capture that has ended meanwhile."""
        running = self._running
        if running is None or not running.done():
            return
        self._running = None
        # A capture that failed in a way nobody foresaw is a missing picture, never the
        # end of tracking (R5).
        is_whole = running.exception() is None
        shot = running.result() if is_whole else Shot((Capture(CaptureState.FAILED, now),))
        if part is None or part.is_discarded:
            return
        self._keep(part, shot)
        if shot.state is CaptureState.WITHHELD:
            self.moment.again(now, min(part.slot.end, until or part.slot.end), self.chance)

    def settle(self, part: OpenPart, now: datetime, *, takes: bool, patience: Patience) -> None:
        """Bring *part*'s capture to its end before sealing; *takes* it now if it is due still.

        Waits at most `PATIENCE_S` for the worker, and for the reading of the picture where it
        is read, unless the *patience* is lost: a hung display must not keep a segment from
        being sealed.
        """
        if takes and self._running is None and self.moment.due is not None:
            self._begin(now)
        self.moment = CaptureMoment()
        if self._running is not None:
            patience.wait(self._running, PATIENCE_S + self.capturer.reading_s)
            if self._running.done():
                self.collect(part, now, until=None)
                self.moment = CaptureMoment()
            else:
                self._give_up(part, now)
                if patience.was_lost:
                    self.tell(Event(EventKind.NOT_CAPTURED, now, DROPPED, {"state": "failed"}))

    def paused(self) -> None:
        """Turn no camera on any more for a capture that is under way."""
        self._progress.is_called_off = True

    def forget(self, part: OpenPart) -> None:
        """Drop what was captured for *part*, because it was deleted."""
        self._progress.is_called_off = True
        part.is_discarded = True
        part.captures = ()
        part.application = part.title = None
        self.moment = CaptureMoment()
        self.last = None

    # --- Inside -------------------------------------------------------------------------

    def _begin(self, now: datetime) -> None:
        self.moment.taken()
        self._progress = Progress(self.capturer.asleep_ns())
        self._running = self.executor.submit(self.capturer.capture, now, self._progress)
        self._running.add_done_callback(lambda _: self.wake())

    def _give_up(self, part: OpenPart, now: datetime) -> None:
        """Wait no more: keep the screenshot if only the camera is missing."""
        self._running = None
        self._progress.is_called_off = True
        self.capturer.give_up()
        shot = self._progress.shot
        if shot is None:
            part.captures = (Capture(CaptureState.FAILED, taken_at=now),)
        elif not part.is_discarded:
            missing = Capture(CaptureState.FAILED, taken_at=now, role=Role.CAMERA)
            self._keep(part, replace(shot, captures=(*shot.captures, missing)))

    def _has_had_its_capture(self, part: OpenPart) -> bool:
        try:
            parts, _ = self.cache.material(part.slot)
        except WorklogError:
            return False  # unreadable just now: rather a second picture than none
        return any(
            other.has_picture or other.is_erased
            for other in parts
            if (other.contract, other.device) == (part.contract, part.device)
        )

    def _keep(self, part: OpenPart, shot: Shot) -> None:
        part.captures = shot.captures
        part.application, part.title = shot.application, shot.title
        taken_at = shot.captures[0].taken_at if shot.captures else part.opened
        self.last = LastCapture(
            taken_at=taken_at,
            state=shot.state,
            application=shot.application or "",
            title=shot.title or "",
            leaves_at=None if self.is_local else part.slot.end + self.taste.review,
        )
        self.last_part = part.part_id
        snapshot = part.as_part(taken_at)
        if shot.pictures:
            self.keeper.put(lambda: self._store(part, snapshot, shot))
        else:
            self.keeper.put(lambda: self.cache.save_open(snapshot), bond=Bond.ANY)
            self._tell_missing(shot, taken_at)

    def _store(self, part: OpenPart, snapshot: Part, shot: Shot) -> None:
        """Keep the pictures; where the disk has no room, the thumbnails, else none (F12)."""
        try:
            stored = self.cache.add_pictures(snapshot, shot.pictures)
        except KeyUnavailableError as error:
            part.captures = (Capture(CaptureState.FAILED, taken_at=snapshot.sealed),)
            sentence = f"No picture was kept, as it could not be encrypted: {error}"
            self._warn_missing(CaptureState.FAILED, snapshot.sealed, sentence)
            return
        except CacheUnwritableError:
            small = shot.as_thumbnails()
            part.captures = small.captures
            smaller = part.as_part(snapshot.sealed)
            try:
                stored = self.cache.add_pictures(smaller, small.pictures)
            except CacheUnwritableError:
                part.captures = (Capture(CaptureState.FAILED, taken_at=snapshot.sealed),)
                part.mark("disk-full")
                failed = CaptureState.FAILED
                self._warn_missing(failed, snapshot.sealed, SENTENCES[failed])
                return
        self._tell_captured(snapshot, shot, stored)
        self._tell_no_snapshot(shot)

    def _tell_captured(self, part: Part, shot: Shot, stored: list[StoredPicture]) -> None:
        covered = max(capture.covered for capture in shot.captures)
        self.tell(
            Event(
                EventKind.CAPTURED,
                shot.captures[0].taken_at,
                "Picture taken.",
                {
                    "part": part.part_id,
                    "slot": part.slot.start.isoformat(),
                    "pictures": len(stored),
                    "sha256": stored[0].capture.sha256 if stored else None,
                    "covered": covered,
                },
            )
        )
        if self.notify is not None and self.taste.notifies:
            where = ": ".join(filter(None, (shot.application, shot.title)))
            share = f"{covered / 10:g} % of it is covered by your rules." if covered else ""
            self.notify.show(
                Notice(
                    tag=part.part_id,
                    summary=_summary(stored),
                    body="\n".join(filter(None, (where, share))),
                    actions=NOTICE_ACTIONS,
                    image=stored[0].thumbnail if stored else "",
                    pixels=next(iter(shot.pictures.values())).thumbnail if stored else b"",
                )
            )

    def _tell_missing(self, shot: Shot, at: datetime) -> None:
        if shot.blocked_by == UNSEEN:
            self._warn_missing(shot.state, at, UNSEEN_SENTENCE)
        elif shot.state in SENTENCES:
            is_unread = shot.state is CaptureState.FAILED and shot.blocked_by is not None
            why = f"No picture was kept: {shot.blocked_by}." if is_unread else ""
            self._warn_missing(shot.state, at, why or SENTENCES[shot.state])

    def _tell_no_snapshot(self, shot: Shot) -> None:
        """Say what keeps the camera from giving anything, once per session and reason."""
        for capture in shot.captures:
            if capture.role is not Role.CAMERA or capture.state not in OF_CAMERA:
                continue
            sentence = OF_CAMERA[capture.state]
            if sentence not in self._told:
                self._told.add(sentence)
                facts = {"state": str(capture.state), "role": str(Role.CAMERA)}
                self.tell(Event(EventKind.NOT_CAPTURED, capture.taken_at, sentence, facts))
                if self.notify is not None:
                    tag = f"camera-{capture.state}"
                    self.notify.show(Notice(tag=tag, summary="worklog", body=sentence))

    def _warn_missing(self, state: CaptureState, at: datetime, sentence: str) -> None:
        """Say it once per session and reason; the segment says it every time (R5)."""
        facts = {"state": str(state)}
        self.tell(Event(EventKind.NOT_CAPTURED, at, sentence, facts))
        if sentence in self._told:
            return
        self._told |= {sentence, SENTENCES[state]}
        if self.notify is not None and state is not CaptureState.LOCKED:
            self.notify.show(Notice(tag=f"capture-{state}", summary="worklog", body=sentence))


def _summary(stored: list[StoredPicture]) -> str:
    has_snapshot = any(picture.capture.role is Role.CAMERA for picture in stored)
    return f"worklog took a picture{' and a camera snapshot' if has_snapshot else ''}"
