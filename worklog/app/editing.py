"""Changing the past: every edit is an amendment, checked before it is written (R19-R26).

Each use case takes the segments it is about, refuses what the lock, the terms or a
deletion forbid, writes one amendment and returns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from worklog.app.ports import Box, Cache, Chance, Clock, EncodedPicture, PictureCodec
from worklog.domain.amendment import (
    REVOCABLE,
    Amendment,
    Change,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Idle,
    Key,
    Manual,
    Move,
    OpenTarget,
    Redact,
    RedactedPicture,
    Revoke,
    unit_of,
)
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot
from worklog.domain.ids import ENTROPY_BYTES, AmendmentId, ContractId, PartId, uuid7
from worklog.domain.lock import is_locked
from worklog.domain.part import Role
from worklog.domain.ranges import Range
from worklog.domain.segment import BilledSegment
from worklog.domain.targets import is_taken, keys_of, manual_of, manual_spans, parts_of
from worklog.domain.text import nearest
from worklog.errors import (
    ConflictError,
    ErasedError,
    InvalidTimeError,
    LockedError,
    NotFoundError,
    PolicyError,
    UsageError,
)

FREELANCER: Final = "freelancer"


@dataclass(frozen=True, slots=True)
class Editing:
    """The use cases behind edit, delete, redact, add, idle, undo."""

    cache: Cache
    clock: Clock
    chance: Chance

    # --- Words ------------------------------------------------------------------------

    def describe(
        self, rows: Sequence[BilledSegment], *, memo: str | None = None, label: str | None = None
    ) -> Amendment:
        """Set memo, label or both of *rows*.

        Raises:
            NotFoundError: nothing to edit, or the contract has no such label.
            LockedError: a week is locked.
        """
        self.check_words(rows, label=label)
        return self.write(Describe(keys_of(_live(rows)), memo, label))

    def check_words(self, rows: Sequence[BilledSegment], *, label: str | None) -> None:
        """Refuse new words for *rows*; see `describe`."""
        live = _live(rows)
        self._check_lock(live)
        if label:
            for contract in self._contracts_of(live):
                check_label(contract, label)

    def move(
        self,
        rows: Sequence[BilledSegment],
        target: Contract,
        *,
        memo: str = "",
        label: str = "",
    ) -> Amendment:
        """Give *rows* to *target*, a contract of the same service (R26).

        Raises:
            PolicyError: they belong to different services, or manual time is not allowed.
            LockedError: a week is locked on either side.
        """
        live = [row for row in _live(rows) if row.segment.key.contract != target.contract_id]
        if not live:
            msg = f"There is nothing to move to {target.name}: it is there already."
            raise NotFoundError(msg, hint="`worklog diary` shows whose segments they are.")
        for contract in self._contracts_of(live):
            if contract.service != target.service:
                msg = f"{contract.name} and {target.name} belong to different services."
                raise PolicyError(msg, hint="Move segments between contracts of one service only.")
        if label:
            check_label(target, label)
        self._check_lock(live)
        for row in live:
            self._check_open(target, row.segment.key.slot)
            if row.segment.manual and not target.terms_at(row.segment.key.slot.start).manual_time:
                msg = f"{target.name} does not allow manual time."
                raise PolicyError(msg, hint="Leave the manual segments out.")
        return self.write(
            Move(
                contract=target.contract_id,
                parts=self._sealed_parts(live),
                manual=manual_of(live),
                sources=keys_of(live),
                memo=memo,
                label=label,
            )
        )

    # --- Erasing ----------------------------------------------------------------------

    def delete(self, rows: Sequence[BilledSegment]) -> Amendment:
        """Erase *rows* for good: pictures, counts, titles and their time (R20)."""
        live = _live(rows)
        return self.write(
            Delete(
                parts=parts_of(live),
                manual=manual_of(live),
                rest=self._rest(live),
                keys=keys_of(live),
            )
        )

    def delete_snapshots(self, rows: Sequence[BilledSegment]) -> Amendment:
        """Erase the camera snapshots of *rows* and leave the time as it is (R6).

        Raises:
            NotFoundError: none of them has one.
        """
        parts = tuple(
            dict.fromkeys(
                picture.part
                for row in _live(rows)
                for picture in row.segment.pictures
                if picture.capture.role is Role.CAMERA and picture.capture.has_picture
            )
        )
        if not parts:
            msg = "These segments have no camera snapshot."
            raise NotFoundError(msg, hint="Leave --snapshot out to delete the segments.")
        return self.write(DropSnapshot(parts))

    def redact(
        self,
        row: BilledSegment,
        boxes: Sequence[Box],
        *,
        codec: PictureCodec,
        monitor: int | None = None,
    ) -> Amendment:
        """Cover *boxes* of the pictures of *row* for good, or all of them without a box (R21).

        Raises:
            ErasedError: the segment was deleted.
            NotFoundError: it has no picture.
            ConflictError: no box touches a picture.
        """
        if row.segment.is_deleted:
            msg = "This segment was deleted: there is no picture left to redact."
            raise ErasedError(msg, hint="Nothing is left to be done.")
        stored = [
            picture
            for picture in self.cache.pictures(row.segment.parts)
            if picture.capture.role is Role.SCREEN and monitor in (None, picture.capture.monitor)
        ]
        if not stored:
            msg = "This segment has no picture to redact."
            raise NotFoundError(msg, hint="`worklog show SEGMENT` tells what it has and why.")
        covered: list[RedactedPicture] = []
        files: dict[tuple[PartId, int], EncodedPicture] = {}
        for picture in stored:
            encoded, permille = codec.redact(self.cache.image(picture), boxes)
            covered.append(_redacted(picture.part, picture.capture.monitor, encoded, permille))
            files[picture.part, picture.capture.monitor] = encoded
        return self.write(Redact(tuple(covered)), pictures=files)

    # --- Time by hand -----------------------------------------------------------------

    def add(
        self, span: Range, contract: Contract, *, memo: str, label: str = ""
    ) -> tuple[Amendment, list[Slot]]:
        """Add manual time and return the slots it filled (R25).

        Raises:
            UsageError: there is no memo.
            PolicyError: the contract does not allow manual time.
            InvalidTimeError: the range reaches into the future.
            ConflictError: no slot of the range is free.
            LockedError: a week is locked.
        """
        self.check_manual(span, memo=memo)
        if label:
            check_label(contract, label)
        return self.fill(span, contract, memo=memo, label=label)

    def check_manual(self, span: Range, *, memo: str) -> None:
        """Refuse manual time that no contract could have.

        Raises:
            UsageError: there is no memo.
            InvalidTimeError: the range reaches into the future.
        """
        if not memo:
            msg = "Manual time needs a memo."
            raise UsageError(msg, hint='Say what it was, as in -m "call with Ada".')
        if span.end > self.clock.now():
            msg = "Manual time cannot lie in the future."
            raise InvalidTimeError(msg, hint="End the range at or before now.")

    def fill(
        self, span: Range, contract: Contract, *, memo: str, label: str
    ) -> tuple[Amendment, list[Slot]]:
        """Add manual time to the free slots of *span*; the checks of `add` but the memo."""
        taken = {
            row.segment.key.slot
            for row in self.cache.segments(
                Slot.containing(span.start).start, span.end, contract=contract.contract_id
            )
            if is_taken(row)
        }
        spans = manual_spans(span.start, span.end, taken)
        if not spans:
            msg = "No slot of that range is free: each needs five minutes without tracked time."
            raise ConflictError(msg, hint="`worklog diary` shows what is there.")
        for manual in spans:
            if not contract.terms_at(manual.slot.start).manual_time:
                msg = f"{contract.name} does not allow manual time."
                raise PolicyError(msg, hint="Ask for it: worklog contract ask manual.")
            self._check_open(contract, manual.slot)
        amendment = self.write(Manual(contract.contract_id, spans, memo, label))
        return amendment, [manual.slot for manual in spans]

    def keep_idle(self, span: Range) -> Amendment:
        """Note that the gap *span* stays unbilled on purpose (R13)."""
        return self.write(Idle(span.start, span.end))

    def choose(self, rows: Sequence[BilledSegment]) -> Amendment:
        """Make *rows*, of one contract, win the contest of their slots (R15)."""
        live = _live(rows)
        self._check_lock(live)
        contract = live[0].segment.key.contract
        return self.write(Choose(contract, tuple(row.segment.key.slot for row in live)))

    # --- Undo -------------------------------------------------------------------------

    def undo(self, amendment_id: str | None = None) -> list[Amendment]:
        """Revoke this device's latest revocable change, or the one named; return it.

        An id may be shortened to what makes it unique. An import is one change: all of its
        amendments go together, but for those that were undone already.

        Raises:
            NotFoundError: there is none.
            ConflictError: it was undone already.
            PolicyError: it cannot be undone, or somebody else made it.
            LockedError: a week that it touches is locked.
        """
        history = self.cache.amendments()
        revoked = {
            target
            for amendment in history
            if isinstance(amendment.change, Revoke)
            for target in amendment.change.amendments
        }
        amendment = (
            self._latest(history, revoked)
            if amendment_id is None
            else _named(history, amendment_id)
        )
        if amendment.amendment_id in revoked:
            msg = "That change was undone already."
            raise ConflictError(msg, hint="`worklog history` lists the changes.")
        if amendment.author != FREELANCER:
            msg = "Somebody else made that change, and only they can undo it."
            raise PolicyError(msg, hint="Make a change of your own: the later one holds.")
        if not isinstance(amendment.change, REVOCABLE):
            msg = "A deletion, a redaction and an undo are for good."
            raise PolicyError(msg, hint="`worklog history` lists what can be undone.")
        unit = unit_of(amendment)
        undone = [
            other
            for other in history
            if unit_of(other) == unit and other.amendment_id not in revoked
        ]
        contracts = self._by_id()
        for other in undone:
            for key in touched(other.change):
                if key.contract in contracts:
                    self._check_open(contracts[key.contract], key.slot)
        self.write(Revoke(tuple(other.amendment_id for other in undone)))
        return undone

    def erased_since(self, amendment: Amendment) -> bool:
        """Return whether this device deleted or redacted something after *amendment*."""
        return any(
            other.stamp > amendment.stamp
            and other.device == self.cache.device
            and isinstance(other.change, (Delete, DropSnapshot, Redact))
            for other in self.cache.amendments()
        )

    # --- Writing ----------------------------------------------------------------------

    def write(
        self,
        change: Change,
        *,
        pictures: Mapping[tuple[PartId, int], EncodedPicture] | None = None,
    ) -> Amendment:
        """Append *change* as the freelancer's amendment of this moment."""
        now = self.clock.now()
        amendment = Amendment(
            amendment_id=AmendmentId(uuid7(now, self.chance.token(ENTROPY_BYTES))),
            stamp=self.cache.stamp(now),
            author=FREELANCER,
            device=self.cache.device,
            change=change,
        )
        self.cache.amend(amendment, pictures=pictures or {})
        return amendment

    # --- Checks -----------------------------------------------------------------------

    def _check_lock(self, rows: Iterable[BilledSegment]) -> None:
        contracts = self._by_id()
        for row in rows:
            key = row.segment.key
            if key.contract in contracts:
                self._check_open(contracts[key.contract], key.slot)

    def _check_open(self, contract: Contract, slot: Slot) -> None:
        if is_locked(contract, slot, self.clock.now()):
            msg = f"The week of {slot.start:%Y-%m-%d} is locked for {contract.name}."
            raise LockedError(
                msg, hint="Redaction and deletion stay possible; words and time do not."
            )

    def _by_id(self) -> dict[ContractId, Contract]:
        return {contract.contract_id: contract for contract in self.cache.contracts()}

    def _contracts_of(self, rows: Iterable[BilledSegment]) -> list[Contract]:
        known = self._by_id()
        ids = dict.fromkeys(row.segment.key.contract for row in rows)
        return [known[contract_id] for contract_id in ids if contract_id in known]

    def _rest(self, rows: Iterable[BilledSegment]) -> tuple[OpenTarget, ...]:
        """Return what of *rows* is still being recorded, so that the rest goes as well."""
        now = Slot.containing(self.clock.now())
        return tuple(
            OpenTarget(self.cache.device, row.segment.key)
            for row in rows
            if row.segment.key.slot >= now
        )

    def _sealed_parts(self, rows: Iterable[BilledSegment]) -> tuple[PartId, ...]:
        """Return the parts of *rows*.

        Raises:
            ConflictError: one is still being recorded.
        """
        open_ids = {part.part_id for part in self.cache.open_parts()}
        parts = parts_of(rows)
        if open_ids & set(parts):
            msg = "The segment that is being recorded cannot be moved yet."
            raise ConflictError(msg, hint="Use `worklog switch`, or wait until its slot is over.")
        return parts

    def _latest(self, history: Sequence[Amendment], revoked: set[AmendmentId]) -> Amendment:
        for amendment in history:
            if (
                amendment.device == self.cache.device
                and amendment.author == FREELANCER
                and amendment.amendment_id not in revoked
                and isinstance(amendment.change, REVOCABLE)
            ):
                return amendment
        msg = "There is nothing to undo."
        raise NotFoundError(msg, hint="`worklog history` lists the changes.")


def check_label(contract: Contract, label: str) -> None:
    """Refuse a label that *contract* does not offer.

    Raises:
        NotFoundError: naming the nearest labels.
    """
    if not contract.labels or label in contract.labels:
        return
    near = nearest(label, contract.labels) or list(contract.labels)
    msg = f"{contract.name} has no label {label!r}."
    raise NotFoundError(msg, hint=f"Did you mean {_or(near)}?")


def touched(change: Change) -> tuple[Key, ...]:
    """Return the segments that a revocable *change* speaks of."""
    match change:
        case Describe(targets=targets):
            return targets
        case Manual(contract=contract, spans=spans):
            return tuple(Key(span.slot, contract) for span in spans)
        case Move(contract=contract, sources=sources):
            return sources + tuple(Key(key.slot, contract) for key in sources)
        case Choose(contract=contract, slots=slots):
            return tuple(Key(slot, contract) for slot in slots)
        case _:
            return ()


def _live(rows: Iterable[BilledSegment]) -> list[BilledSegment]:
    live = [row for row in rows if not row.segment.is_deleted]
    if not live:
        msg = "There are no segments there."
        raise NotFoundError(msg, hint="`worklog diary` shows what is there.")
    return live


def _named(history: Sequence[Amendment], amendment_id: str) -> Amendment:
    found = [
        a
        for a in history
        if amendment_id
        and (a.amendment_id.startswith(amendment_id) or a.amendment_id.endswith(amendment_id))
    ]
    if len(found) != 1:
        msg = f"{'No' if not found else 'More than one'} change has the id {amendment_id!r}."
        raise NotFoundError(msg, hint="`worklog history` lists the changes with their ids.")
    return found[0]


def _redacted(
    part: PartId, monitor: int, encoded: EncodedPicture, permille: int
) -> RedactedPicture:
    from hashlib import sha256  # noqa: PLC0415 -- most edits redact nothing

    return RedactedPicture(
        part=part,
        monitor=monitor,
        sha256=sha256(encoded.image).hexdigest(),
        thumbnail_sha256=sha256(encoded.thumbnail).hexdigest(),
        permille=permille,
    )


def _or(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
