"""An in-memory cache and its companions: they obey the ports, so loops can run on them.

They pass the suites of `tests/contract/test_{cache,mailbox,live_counts,tracker_lock}.py`
together with the real ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from worklog.app.ports import EncodedPicture, Gap, Letter, Live, StoredPicture
from worklog.cache.touching import touching
from worklog.domain.amendment import Amendment, DropSnapshot, Key, Redact, Stamp
from worklog.domain.billing import bill
from worklog.domain.contract import Contract
from worklog.domain.evidence import Erasures, strip
from worklog.domain.fold import fold
from worklog.domain.grid import Slot, epoch_ms, from_epoch_ms
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId, SessionId
from worklog.domain.part import Capture, Part, Role
from worklog.domain.segment import BilledSegment
from worklog.domain.session import Session
from worklog.errors import ConflictError, WorklogError

DEVICE: Final = DeviceId("01932b00-0000-7000-8000-0000000000d1")
_NONE: Final[Mapping[tuple[PartId, int], EncodedPicture]] = {}


def milliseconds(instant: datetime) -> datetime:
    """Return *instant* as the cache keeps it: to the millisecond."""
    return from_epoch_ms(epoch_ms(instant))


class InMemoryCache:
    """Implements `worklog.app.ports.Cache`.

    Attributes:
        failure: While set, every writing method raises it and changes nothing; so a
            test plays a full disk (`CacheUnwritableError`) or a busy one.
        files: The bytes behind the paths of stored pictures.
    """

    def __init__(self, *contracts: Contract, device: DeviceId = DEVICE) -> None:
        self.failure: WorklogError | None = None
        self.files: dict[str, bytes] = {}
        self._device = device
        self._contracts = {contract.contract_id: contract for contract in contracts}
        self._sessions: dict[SessionId, Session] = {}
        self._gaps: dict[tuple[datetime, ContractId], Gap] = {}
        self._open: dict[PartId, Part] = {}
        self._sealed: dict[PartId, Part] = {}
        self._pictures: dict[tuple[PartId, Role, int], StoredPicture] = {}
        self._amendments: dict[AmendmentId, Amendment] = {}
        self._facts: dict[str, str] = {}
        self._last_stamp = Stamp(0)
        self._file_number = 0

    # contracts

    def contracts(self) -> list[Contract]:
        return sorted(self._contracts.values(), key=lambda contract: contract.name)

    def save_contract(self, contract: Contract, *, at: datetime) -> None:
        del at  # history of terms is in the terms themselves
        self._write()
        for other in self._contracts.values():
            if other.name == contract.name and other.contract_id != contract.contract_id:
                msg = f"There is a contract named “{contract.name}” already."
                raise ConflictError(msg, hint="Choose another name.")
        self._contracts[contract.contract_id] = contract

    # sessions

    def running_session(self) -> Session | None:
        return next((s for s in self._sessions.values() if s.ended is None), None)

    def last_session(self) -> Session | None:
        return max(self._sessions.values(), key=lambda s: (s.started, s.session_id), default=None)

    def sessions(self, start: datetime, end: datetime) -> list[Session]:
        return sorted(
            (
                session
                for session in self._sessions.values()
                if session.started < end and (session.ended is None or session.ended > start)
            ),
            key=lambda session: (session.started, session.session_id),
        )

    def save_session(self, session: Session) -> None:
        self._write()
        running = self.running_session()
        if session.ended is None and running and running.session_id != session.session_id:
            msg = "A session is running already."
            raise ConflictError(msg, hint="Run `worklog stop` first.")
        self._sessions[session.session_id] = replace(
            session,
            started=milliseconds(session.started),
            ended=session.ended and milliseconds(session.ended),
        )

    def save_gap(self, gap: Gap) -> None:
        self._write()
        gap = replace(gap, start=milliseconds(gap.start), end=milliseconds(gap.end))
        self._gaps[gap.start, gap.contract] = gap

    def gaps(self, start: datetime, end: datetime) -> list[Gap]:
        return sorted(
            (gap for gap in self._gaps.values() if gap.start < end and gap.end > start),
            key=lambda gap: (gap.start, gap.contract),
        )

    # parts

    def open_parts(self) -> list[Part]:
        return [self._open[part_id] for part_id in sorted(self._open)]

    def save_open(self, part: Part) -> None:
        self._write()
        if part.part_id in self._sealed:
            msg = "This part is sealed."
            raise ConflictError(msg, hint="Open a new part.")
        self._open[part.part_id] = self._as_kept(part)

    def add_pictures(
        self, part: Part, pictures: Mapping[int, EncodedPicture]
    ) -> list[StoredPicture]:
        self._write()
        kept = self._as_kept(part)
        if not kept.is_erased:
            for position, picture in pictures.items():
                capture = part.captures[position]
                check_digests(capture, picture)
                if replace(capture, taken_at=milliseconds(capture.taken_at)) in kept.captures:
                    self._keep(part.part_id, capture, picture)
        self.save_open(part)
        return self.pictures([part.part_id])

    def seal(self, part: Part) -> None:
        self._write()
        kept = self._as_kept(part)
        if self._sealed.get(part.part_id, kept) != kept:
            msg = "This part is already sealed with other content."
            raise ConflictError(msg, hint="Open a new part.")
        self._sealed[part.part_id] = kept
        self._open.pop(part.part_id, None)

    def discard_open(self, part_id: PartId) -> None:
        self._write()
        self._open.pop(part_id, None)
        self._drop([key for key in self._pictures if key[0] == part_id])

    def part(self, part_id: PartId) -> Part | None:
        return self._sealed.get(part_id) or self._open.get(part_id)

    def pictures(self, parts: Iterable[PartId]) -> list[StoredPicture]:
        wanted = set(parts)
        return [
            self._pictures[key]
            for key in sorted(self._pictures, key=lambda k: (k[0], k[1] is Role.CAMERA, k[2]))
            if key[0] in wanted
        ]

    def image(self, picture: StoredPicture) -> bytes:
        return self.files[picture.file]

    # amendments

    def stamp(self, now: datetime) -> Stamp:
        self._last_stamp = self._last_stamp.next(now)
        return self._last_stamp

    def amend(
        self,
        amendment: Amendment,
        *,
        pictures: Mapping[tuple[PartId, int], EncodedPicture] = _NONE,
    ) -> None:
        self._write()
        known = self._amendments.get(amendment.amendment_id)
        if known is not None:
            if known != amendment:
                msg = "There is another amendment with this id."
                raise ConflictError(msg)
            return
        self._amendments[amendment.amendment_id] = amendment
        self._last_stamp = max(self._last_stamp, amendment.stamp)
        self._erase(amendment, pictures)

    def amendments(self, *, limit: int | None = None) -> list[Amendment]:
        ordered = sorted(self._amendments.values(), key=lambda a: a.order, reverse=True)
        return ordered[:limit]

    def amendment(self, amendment_id: AmendmentId) -> Amendment | None:
        return self._amendments.get(amendment_id)

    # the diary

    def segments(
        self, start: datetime, end: datetime, *, contract: ContractId | None = None
    ) -> list[BilledSegment]:
        services = {known.contract_id: known.service for known in self._contracts.values()}
        segments = fold(self._sealed.values(), self._amendments.values(), services=services)
        bills = bill(segments.values(), self._contracts)
        return [
            BilledSegment(segments[key], bills[key])
            for key in sorted(segments)
            if start <= key.slot.start < end and contract in (None, key.contract)
        ]

    def recent(self, count: int, *, contract: ContractId | None = None) -> list[Key]:
        everything = self.segments(from_epoch_ms(0), from_epoch_ms(2**45), contract=contract)
        keys = [row.segment.key for row in everything if not row.segment.is_deleted]
        return keys[-count:] if count > 0 else []

    def recent_memos(self, contract: ContractId, *, limit: int) -> list[str]:
        everything = self.segments(from_epoch_ms(0), from_epoch_ms(2**45), contract=contract)
        used = [(row.segment.key.slot.start, row.segment.memo) for row in everything]
        used += [
            (session.ended or session.started, session.memo)
            for session in self._sessions.values()
            if session.contract == contract
        ]
        newest = dict.fromkeys(memo for _, memo in sorted(used, reverse=True) if memo)
        return list(newest)[:limit]

    def material(self, slot: Slot) -> tuple[list[Part], list[Amendment]]:
        parts = [p for p in (*self._sealed.values(), *self._open.values()) if p.slot == slot]
        parts.sort(key=lambda part: part.part_id)
        return parts, touching(slot, parts, self._amendments.values())

    # several writes

    @contextmanager
    def together(self) -> Iterator[None]:
        sessions, gaps = dict(self._sessions), dict(self._gaps)
        opened, sealed = dict(self._open), dict(self._sealed)
        try:
            yield
        except BaseException:
            self._sessions, self._gaps, self._open, self._sealed = sessions, gaps, opened, sealed
            raise

    # this installation

    @property
    def device(self) -> DeviceId:
        return self._device

    def remembered(self, name: str) -> str | None:
        return self._facts.get(name)

    def remember(self, name: str, value: str) -> None:
        self._write()
        self._facts[name] = value

    # for tests

    @property
    def sealed(self) -> list[Part]:
        """The sealed parts, in order of opening."""
        return sorted(self._sealed.values(), key=lambda part: (part.opened, part.part_id))

    def _write(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _as_kept(self, part: Part) -> Part:
        part = replace(
            part,
            opened=milliseconds(part.opened),
            sealed=milliseconds(part.sealed),
            captures=tuple(
                replace(capture, taken_at=milliseconds(capture.taken_at))
                for capture in part.captures
            ),
        )
        return strip(part, Erasures.of(self._amendments.values()))

    def _keep(
        self, part_id: PartId, capture: Capture, picture: EncodedPicture, *, redacted: int = 0
    ) -> None:
        self._file_number += 1
        file = f"/memory/{self._file_number:032x}.webp"
        thumbnail = file.replace(".webp", ".thumb.webp")
        self.files[file] = picture.image
        self.files[thumbnail] = picture.thumbnail
        self._drop([(part_id, capture.role, capture.monitor)])
        self._pictures[part_id, capture.role, capture.monitor] = StoredPicture(
            part_id,
            replace(capture, taken_at=milliseconds(capture.taken_at)),
            file,
            thumbnail,
            redacted,
        )

    def _drop(self, keys: Iterable[tuple[PartId, Role, int]]) -> None:
        for key in keys:
            if (stored := self._pictures.pop(key, None)) is not None:
                del self.files[stored.file], self.files[stored.thumbnail]

    def _erase(
        self, amendment: Amendment, pictures: Mapping[tuple[PartId, int], EncodedPicture]
    ) -> None:
        erasures = Erasures.of([amendment])
        for shelf in (self._open, self._sealed):
            shelf.update({part_id: strip(part, erasures) for part_id, part in shelf.items()})
        if isinstance(amendment.change, Redact):
            for new in amendment.change.pictures:
                old = self._pictures.get((new.part, Role.SCREEN, new.monitor))
                picture = pictures.get((new.part, new.monitor))
                if old is not None and picture is not None:
                    capture = replace(
                        old.capture,
                        sha256=new.sha256,
                        thumbnail_sha256=new.thumbnail_sha256,
                        width=picture.width,
                        height=picture.height,
                    )
                    check_digests(capture, picture)
                    self._keep(new.part, capture, picture, redacted=new.permille)
        elif isinstance(amendment.change, DropSnapshot):
            self._drop(
                [
                    key
                    for key in self._pictures
                    if key[0] in erasures.snapshots and key[1] is Role.CAMERA
                ]
            )
        self._drop(
            [key for key in self._pictures if (part := self.part(key[0])) and part.is_erased]
        )


def check_digests(capture: Capture, picture: EncodedPicture) -> None:
    """Refuse a capture that does not name its own picture; that is a bug of the caller."""
    if (capture.sha256, capture.thumbnail_sha256) != (
        hashlib.sha256(picture.image).hexdigest(),
        hashlib.sha256(picture.thumbnail).hexdigest(),
    ):
        msg = f"the capture of monitor {capture.monitor} has not the digests of its picture"
        raise ValueError(msg)


@dataclass
class Postbox:
    """What several mailboxes of one cache share."""

    letters: list[Letter] = field(default_factory=list)
    number: int = 0


class InMemoryMailbox:
    """Implements `worklog.app.ports.Mailbox`. Others post through another one of the box."""

    def __init__(self, box: Postbox | None = None) -> None:
        self.box = box or Postbox()
        self.failure: WorklogError | None = None
        self._seen = -1

    def post(self, command: str, argument: str, *, at: datetime) -> int:
        self._check()
        self.box.number += 1
        self.box.letters.append(Letter(self.box.number, milliseconds(at), command, argument))
        return self.box.number

    def has_changed(self) -> bool:
        seen, self._seen = self._seen, self.box.number
        return seen != self.box.number

    def take(self) -> list[Letter]:
        self._check()
        return list(self.box.letters)

    def remove(self, number: int) -> None:
        self._check()
        self.box.letters[:] = [letter for letter in self.box.letters if letter.number > number]

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure


class InMemoryLiveCounts:
    """Implements `worklog.app.ports.LiveCounts`."""

    def __init__(self) -> None:
        self.live: Live | None = None
        self.synced: Live | None = None

    def write(self, live: Live) -> None:
        self.live = replace(live, at=milliseconds(live.at))

    def sync(self) -> None:
        self.synced = self.live

    def read(self) -> Live | None:
        return self.live

    def clear(self) -> None:
        self.live = None


@dataclass
class LockRoom:
    """The one lock that several `InMemoryTrackerLock` compete for."""

    holder: int | None = None


class InMemoryTrackerLock:
    """Implements `worklog.app.ports.TrackerLock`."""

    def __init__(self, room: LockRoom | None = None, *, pid: int = 4711) -> None:
        self.room = room or LockRoom()
        self._pid = pid
        self._is_mine = False

    def acquire(self) -> bool:
        if self.room.holder is not None:
            return self._is_mine
        self.room.holder = self._pid
        self._is_mine = True
        return True

    def release(self) -> None:
        if self._is_mine:
            self.room.holder = None
            self._is_mine = False

    def holder(self) -> int | None:
        return self.room.holder
