"""What the use cases need from the outside world.

Each port has a contract suite in `tests/contract` that every adapter and every fake
passes, so a fake can stand in for the real thing and mean something.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from worklog.domain.activity import Activity
from worklog.domain.amendment import Amendment, Key, Stamp
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId
from worklog.domain.part import Capture, Part
from worklog.domain.secret_forms import SecretKind
from worklog.domain.segment import BilledSegment
from worklog.domain.session import Session

# --- Time and chance ------------------------------------------------------------------


class Clock(Protocol):
    """Source of time, passed in wherever time matters."""

    def now(self) -> datetime:
        """Return the wall clock, in UTC and aware. It may step in either direction."""
        ...

    def now_ms(self) -> int:
        """Return the wall clock in whole milliseconds since the Unix epoch."""
        ...

    def boot_ns(self) -> int:
        """Return nanoseconds since boot, suspended time included; never steps back."""
        ...

    def awake_ns(self) -> int:
        """Return nanoseconds since boot without suspended time; never steps back."""
        ...

    def wait(self, seconds: float, *, wake: threading.Event) -> bool:
        """Wait *seconds*, or until *wake* is set; return whether it was."""
        ...


class Chance(Protocol):
    """Source of randomness, from the operating system."""

    def token(self, size: int) -> bytes:
        """Return *size* random bytes."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """Return a number drawn uniformly from ``[low, high)``."""
        ...


# --- Capture --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the desktop or in a picture [px], origin at the top left."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The pixels of one monitor at one moment, not yet encoded.

    Attributes:
        monitor: Number from 0 in the system's order.
        box: Where the monitor lies on the desktop; width and height are the picture's.
        rgb: Rows from the top, three bytes a pixel; ``3 * width * height`` long.
    """

    monitor: int
    box: Box
    rgb: bytes


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A picture and its thumbnail as WebP files.

    Attributes:
        image: The file's bytes.
        thumbnail: The small file's bytes, at most 480 px wide.
        width: Of the image [px].
        height: Of the image [px].
    """

    image: bytes
    thumbnail: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Window:
    """A window on the desktop.

    Attributes:
        application: The program's name as a person knows it (`Firefox`).
        title: Printable, at most 512 characters; may be empty.
        box: Where it lies; None where that cannot be known.
        outer: Where it lies with the frame that a manager draws around it, title and all;
            None where there is no such frame.
    """

    application: str
    title: str
    box: Box | None = None
    outer: Box | None = None

    @property
    def extent(self) -> Box | None:
        """All of the screen that shows it; None where that cannot be known."""
        return self.outer or self.box


@dataclass(frozen=True, slots=True)
class Reading:
    """What an input way has seen since it was started; figures never fall.

    Attributes:
        keys: Key presses, a held key once; None where the way cannot count.
        clicks: Likewise.
        scrolls: Wheel notches; likewise.
        events: Signs of activity; for a counting way the sum of the three.
        is_alive: Whether the listener is connected and listening at this moment. What
            happened while it was not is unknown.
        doubts: How often input may have gone unseen although the listener was well.
    """

    keys: int | None
    clicks: int | None
    scrolls: int | None
    events: int
    is_alive: bool
    doubts: int = 0


class CaptureWay(Protocol):
    """What all ways of one port have in common, for choosing and for `doctor`."""

    name: str

    def unavailable_reason(self) -> str | None:
        """Return why this way cannot work here, or None if it can.

        Called on every start, so it must be quick, must not capture, and must
        not make the system ask the user for a permission.
        """
        ...


class ScreenWay(CaptureWay, Protocol):
    """One way to take screenshots."""

    def grab(self, *, active_only: bool) -> tuple[Frame, ...]:
        """Return the pixels of all monitors, or of the one with the active window.

        Geometry is read anew each time (R4).

        Raises:
            CaptureUnavailableError: the session went away.
            CaptureDeniedError: the permission is missing or was withdrawn.
        """
        ...


class CameraWay(CaptureWay, Protocol):
    """One way to take snapshots with a camera (R6)."""

    def snap(self) -> Frame:
        """Return one frame; the camera is open for no longer than that takes.

        May take seconds: call it from a worker thread.

        Raises:
            CaptureUnavailableError: there is no camera.
            CaptureDeniedError: the system refuses it.
            OSError: another program has it (EBUSY), it failed, or it took too long.
        """
        ...


class InputWay(CaptureWay, Protocol):
    """One way to count input, or just to see that there is some.

    Never says which key, where, or when in the minute.
    """

    def start(self) -> None:
        """Begin to listen, or begin again after the listener died; never raises."""
        ...

    def read(self) -> Reading:
        """Return the figures so far. Safe to call from another thread, and quick."""
        ...

    def stop(self) -> None:
        """Stop listening and release everything."""
        ...


class WindowWay(CaptureWay, Protocol):
    """One way to see windows. Never raises: what cannot be known is None or empty."""

    def active(self) -> Window | None:
        """Return the active window; None without one or where nobody can tell."""
        ...

    def visible(self) -> tuple[Window, ...] | None:
        """Return all windows that may show on a monitor; None where nobody can tell."""
        ...


class Presence(StrEnum):
    """Whether somebody may be at the machine."""

    PRESENT = "present"
    LOCKED = "locked"  # screen lock or screen saver
    UNKNOWN = "unknown"


class PresenceWay(CaptureWay, Protocol):
    """One way to see whether the screen is locked."""

    def presence(self) -> Presence:
        """Return the state now; never raises, and never blocks for over 0.2 s."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification.

    Attributes:
        tag: What it is about; a later notice with the same tag replaces it.
        summary: One line.
        body: More lines, plain text; may be empty.
        actions: (key, what the button says), in order.
        image: Path of a picture to show; empty for none.
        pixels: That picture as a WebP file, as it may be encrypted at *image*.
        is_urgent: Stays until it is dismissed.
    """

    tag: str
    summary: str
    body: str = ""
    actions: tuple[tuple[str, str], ...] = ()
    image: str = ""
    pixels: bytes = b""
    is_urgent: bool = False


class NotifyWay(CaptureWay, Protocol):
    """One way to tell the user something outside the terminal. Never raises."""

    def show(self, notice: Notice) -> None:
        """Show *notice*; give up silently where nobody listens."""
        ...

    def answers(self) -> list[tuple[str, str]]:
        """Return (tag, action key) of what the user pressed since the last call."""
        ...

    def close(self) -> None:
        """Take away the open notices with actions, and release everything.

        What has none stays to be read: it may say that tracking has ended.
        """
        ...


@dataclass(frozen=True, slots=True)
class SecretBox:
    """A place in a picture that must not be seen.

    Attributes:
        box: Where it lies on the desktop [px].
        kind: What it is.
    """

    box: Box
    kind: SecretKind


class SecretFinder(Protocol):
    """Reads what a picture shows and says where secrets stand."""

    def find(self, frame: Frame) -> tuple[SecretBox, ...]:
        """Return all places of *frame* to cover. Takes seconds: call it from a worker thread.

        Raises:
            CaptureUnavailableError: it could not be read, or not in time, so nobody knows
                what it shows.
        """
        ...

    def stop(self) -> None:
        """Let a `find` of another thread fail now; nothing where none is under way."""
        ...


class PictureCodec(Protocol):
    """Pixels to files and back."""

    def encode(self, frame: Frame, *, pixelate: int = 0) -> EncodedPicture:
        """Return *frame* as WebP; *pixelate* > 0 first merges blocks of that edge [px]."""
        ...

    def is_blank(self, frame: Frame) -> bool:
        """Return whether *frame* is one colour, or nearly so (R5)."""
        ...

    def cover(self, frame: Frame, boxes: Sequence[Box]) -> tuple[Frame, int]:
        """Return *frame* with an opaque fill over *boxes* of the desktop, and the share [‰].

        The share is rounded up; it is 0 where no box touches the frame.
        """
        ...

    def redact(self, image: bytes, boxes: Sequence[Box]) -> tuple[EncodedPicture, int]:
        """Cover *boxes* with an opaque fill; return the picture and the share covered [‰].

        No box covers the whole picture.

        Raises:
            ConflictError: *image* is no picture, or no box touches it.
        """
        ...


@dataclass(frozen=True, slots=True)
class WithholdRule:
    """Keeps captures away while a window that it matches is visible, or covers it (R29).

    Attributes:
        field: `application` or `title`.
        pattern: Regular expression, searched without regard to case.
    """

    field: str
    pattern: str


# --- The local cache ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letter:
    """A request from another process to the tracker.

    Attributes:
        number: Ascending, never used twice.
        at: When it was posted; a change holds from this instant.
        command: `memo`, `label`, `stop`, `pause`, `resume`, `switch`, `discard`…
        argument: Its text; for `switch` a contract id.
    """

    number: int
    at: datetime
    command: str
    argument: str


class Mailbox(Protocol):
    """Requests to the tracker, durable once posted."""

    def post(self, command: str, argument: str, *, at: datetime) -> int:
        """Keep a request; return its number."""
        ...

    def has_changed(self) -> bool:
        """Return whether another process wrote to the cache since the last call; cheap."""
        ...

    def take(self) -> list[Letter]:
        """Return the requests that are waiting, oldest first, and leave them there."""
        ...

    def remove(self, number: int) -> None:
        """Forget all requests up to *number*."""
        ...


@dataclass(frozen=True, slots=True)
class Live:
    """The figures of the open part that change every second.

    Attributes:
        part_id: Whose they are.
        at: Wall time of the writing.
        end: Second of the slot up to which time is tracked [s].
        is_running: Whether the last span was still going on.
        activity: Counts so far.
        since: Second of the slot at which the last span began [s]; None where that is
            not known.
    """

    part_id: PartId
    at: datetime
    end: int
    is_running: bool
    activity: Activity
    since: int | None = None


class LiveCounts(Protocol):
    """A memory-mapped page that survives SIGKILL (R9). Never raises on reading."""

    def write(self, live: Live) -> None: ...

    def sync(self) -> None:
        """Make what was written last survive a power cut as well (R9).

        Raises:
            CacheUnwritableError: the disk refused.
            CacheMovedError: the file was moved or deleted.
        """
        ...

    def read(self) -> Live | None:
        """Return what was written last and whole; None if there is nothing."""
        ...

    def clear(self) -> None: ...


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """Where the files of a capture are.

    Attributes:
        part: Whose capture it is.
        capture: With the digests of the files as they are now.
        file: Absolute path of the image.
        thumbnail: Absolute path of the thumbnail.
        redacted: Share covered [‰].
    """

    part: PartId
    capture: Capture
    file: str
    thumbnail: str
    redacted: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Time between start and stop that was not tracked (R13).

    Attributes:
        start: Where it begins.
        end: Where it ends.
        reason: `idle`, `pause`, `suspend`, `lock`, `crash`…
        contract: What was being tracked before it.
    """

    start: datetime
    end: datetime
    reason: str
    contract: ContractId


class Cache(Protocol):
    """The durable local cache: the only meeting point of processes.

    Writing methods return when the change is durable. All may raise CacheBusyError,
    CacheUnwritableError and CacheCorruptError.
    """

    # contracts -----------------------------------------------------------------------
    def contracts(self) -> list[Contract]:
        """Return all contracts, archived ones included, ordered by name."""
        ...

    def save_contract(self, contract: Contract, *, at: datetime) -> None:
        """Insert *contract*, or replace the one with its id, and rebill what it changes.

        Raises:
            ConflictError: another contract has this name.
        """
        ...

    # sessions ------------------------------------------------------------------------
    def running_session(self) -> Session | None:
        """Return the session without an end, of which there is at most one."""
        ...

    def last_session(self) -> Session | None:
        """Return the session that started last, running or not."""
        ...

    def sessions(self, start: datetime, end: datetime) -> list[Session]:
        """Return the sessions that touch ``[start, end)``, in order."""
        ...

    def save_session(self, session: Session) -> None:
        """Insert *session*, or replace the one with its id."""
        ...

    def save_gap(self, gap: Gap) -> None: ...

    def gaps(self, start: datetime, end: datetime) -> list[Gap]:
        """Return the gaps that touch ``[start, end)``, in order."""
        ...

    # parts ---------------------------------------------------------------------------
    def open_parts(self) -> list[Part]:
        """Return the parts that are not sealed; *sealed* is their last flush."""
        ...

    def save_open(self, part: Part) -> None:
        """Insert or replace an open part; *sealed* is the moment of this flush."""
        ...

    def add_pictures(
        self, part: Part, pictures: Mapping[int, EncodedPicture]
    ) -> list[StoredPicture]:
        """Keep the pictures of the open *part*, files first, then its row.

        *pictures* maps positions in ``part.captures`` to what belongs there.
        """
        ...

    def seal(self, part: Part) -> None:
        """Make *part* immutable: sign it, keep it, fold and bill its segment, queue it.

        All or nothing. Sealing an equal part again changes nothing. A part of which a
        deletion already covers the slot is sealed without its fields.

        Raises:
            ConflictError: a different part has the same id.
        """
        ...

    def discard_open(self, part_id: PartId) -> None:
        """Forget an open part that recorded nothing."""
        ...

    def part(self, part_id: PartId) -> Part | None: ...

    def pictures(self, parts: Iterable[PartId]) -> list[StoredPicture]:
        """Return the pictures of *parts* as they are now, in order of part and monitor."""
        ...

    def image(self, picture: StoredPicture) -> bytes:
        """Return the bytes of the image file of *picture*.

        Raises:
            NotFoundError: the file is gone.
            CacheCorruptError: its digest is another.
        """
        ...

    # amendments ----------------------------------------------------------------------
    def stamp(self, now: datetime) -> Stamp:
        """Return the next stamp of this device's hybrid logical clock."""
        ...

    def amend(
        self, amendment: Amendment, *, pictures: Mapping[tuple[PartId, int], EncodedPicture] = ...
    ) -> None:
        """Append *amendment* and fold and bill what it touches.

        A deletion or redaction has erased files, rows and journal lines when this
        returns. *pictures* holds the new files of a redaction by part and monitor.
        """
        ...

    def amendments(self, *, limit: int | None = None) -> list[Amendment]:
        """Return the amendments, newest first."""
        ...

    def amendment(self, amendment_id: AmendmentId) -> Amendment | None: ...

    # the diary -----------------------------------------------------------------------
    def segments(
        self, start: datetime, end: datetime, *, contract: ContractId | None = None
    ) -> list[BilledSegment]:
        """Return the segments whose slot starts in ``[start, end)``, by slot and contract."""
        ...

    def recent(self, count: int, *, contract: ContractId | None = None) -> list[Key]:
        """Return the last *count* segments that are not deleted, oldest first."""
        ...

    def recent_memos(self, contract: ContractId, *, limit: int) -> list[str]:
        """Return memos used last for *contract*, newest first, each once."""
        ...

    def material(self, slot: Slot) -> tuple[list[Part], list[Amendment]]:
        """Return what the segments of *slot* are folded from, over all contracts.

        All parts, open ones as of their last flush included, and all amendments that
        touch the slot.
        """
        ...

    # several writes ------------------------------------------------------------------
    def together(self) -> AbstractContextManager[None]:
        """Make the writes of the block one: all of them are durable after it, or none is.

        For `save_session`, `save_gap`, `save_open` and `seal`, in any number and order.
        """
        ...

    # this installation ---------------------------------------------------------------
    @property
    def device(self) -> DeviceId: ...

    def remembered(self, name: str) -> str | None:
        """Return a small fact kept under *name* (`consent`, `last-contract`…)."""
        ...

    def remember(self, name: str, value: str) -> None: ...


class TrackerLock(Protocol):
    """The kernel lock that makes a tracker the only one of its cache."""

    def acquire(self) -> bool:
        """Take the lock; return False where another process has it."""
        ...

    def release(self) -> None: ...

    def holder(self) -> int | None:
        """Return the pid of the process that has it; None where it is free."""
        ...
