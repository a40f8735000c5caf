"""The lock: the moment from which a week's words and money can no longer change (R23).

A lock is judged by when a change was made (its stamp), lateness by when something was
received; both against the lock of the week that it touches, so one amendment can be in
time for one week and too late for another. A week that was submitted locks early, one
that was reopened is open for a while, and what came in between stays judged as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worklog.domain.amendment import (
    FROZEN_BY_LOCK,
    Amendment,
    Choose,
    Describe,
    Key,
    Manual,
    Move,
    Revoke,
)
from worklog.domain.contract import LOCK_DELAY, REOPEN_PERIOD, Contract, Week
from worklog.domain.fold import late_manual
from worklog.domain.grid import SLOT_LENGTH, Slot
from worklog.domain.ids import AmendmentId, ContractId
from worklog.domain.part import Part


def locks_at(contract: Contract, slot: Slot) -> datetime | None:
    """Return when the week of *slot* locks, or last did; None where it never does.

    Weeks of a service contract always lock, those of a local one if its terms at the
    slot say so.
    """
    if not _ever_locks(contract, slot):
        return None
    return _locked_spans(contract, slot)[-1][0]


def is_locked(contract: Contract, slot: Slot, now: datetime) -> bool:
    """Return whether words and money of *slot* stand at *now*."""
    if not _ever_locks(contract, slot):
        return False
    return any(
        since <= now and (until is None or now < until)
        for since, until in _locked_spans(contract, slot)
    )


@dataclass(frozen=True, slots=True)
class NearLock:
    """A billing week that is open, and not for long.

    Attributes:
        contract: Whose.
        week: Which.
        locks_at: When it locks.
    """

    contract: Contract
    week: Week
    locks_at: datetime


def near_locks(
    contracts: Iterable[Contract], now: datetime, *, within: timedelta
) -> tuple[NearLock, ...]:
    """Return the weeks that are open at *now* and lock no later than *within* from then.

    In order of their locks; *within* is three days at most, zero finds nothing.
    """
    found = {
        (near.contract.contract_id, near.week): near
        for contract in contracts
        for near in _near_locks(contract, now, within)
    }
    return tuple(
        sorted(found.values(), key=lambda near: (near.locks_at, near.week, near.contract.name))
    )


def _near_locks(contract: Contract, now: datetime, within: timedelta) -> Iterator[NearLock]:
    for instant in _candidates(contract, now):
        slot = Slot.containing(instant)
        moment = locks_at(contract, slot)
        if moment is None or not now < moment <= now + within or is_locked(contract, slot, now):
            continue
        yield NearLock(contract, contract.week_at(slot.start), moment)


def _candidates(contract: Contract, now: datetime) -> Iterator[datetime]:
    """Yield an instant of every week that may be about to lock.

    This week, the one before it until it has locked, those that new terms cut short or
    begin, and those that were reopened.
    """
    yield from (now, now - LOCK_DELAY)
    for terms in contract.terms:
        yield from (terms.since, terms.since - SLOT_LENGTH)
    for event in contract.events:
        if event.is_open:
            yield event.week


def _ever_locks(contract: Contract, slot: Slot) -> bool:
    return not contract.is_local or contract.terms_at(slot.start).locks


def _locked_spans(contract: Contract, slot: Slot) -> list[tuple[datetime, datetime | None]]:
    """Return when the week of *slot* is locked: since when, and until when it was reopened.

    Ascending; the last one has no end. A submission counts where the week is open, a
    reopening where it is locked; anything else says what is so already.
    """
    week = contract.week_at(slot.start)
    spans: list[tuple[datetime, datetime | None]] = []
    locks = week.locks_at
    for event in contract.events:
        if event.week != week.start:
            continue
        if event.is_open and event.at >= locks:
            spans.append((locks, event.at))
            locks = event.at + REOPEN_PERIOD
        elif not event.is_open:
            locks = min(locks, event.at)
    return [*spans, (locks, None)]


def late_parts(
    parts: Iterable[Part],
    amendments: Iterable[Amendment],
    contracts: Mapping[ContractId, Contract],
    received: Mapping[str, datetime],
) -> frozenset[str]:
    """Return the names of parts and manual time that came after the lock (R24).

    Made for `fold`. *received* maps ids of parts and amendments to the moment of their
    receipt; what it leaves out is in time, and so is what belongs to an unknown contract.
    """

    def is_late(name: str, contract: ContractId, slot: Slot) -> bool:
        at = received.get(name)
        return at is not None and _is_locked(contracts, Key(slot, contract), at)

    late = {part.part_id for part in parts if is_late(part.part_id, part.contract, part.slot)}
    by_hand = {
        late_manual(amendment.amendment_id, span.slot)
        for amendment in amendments
        if isinstance(amendment.change, Manual)
        for span in amendment.change.spans
        if is_late(amendment.amendment_id, amendment.change.contract, span.slot)
    }
    return frozenset(late | by_hand)


def admitted(
    amendments: Iterable[Amendment], contracts: Mapping[ContractId, Contract]
) -> list[Amendment]:
    """Return what of *amendments* the locks let through, in the order given.

    A change of words or time made after the lock of a segment leaves that segment out
    and keeps the others. A move touches source and target, and is dropped whole if any
    of them is locked, for its parts do not say where they lie. A revocation touches what
    the revoked change touches. Redaction, deletion and acceptance pass.
    """
    given = list(amendments)
    cut = {
        id(amendment): _cut(amendment, contracts)
        for amendment in given
        if isinstance(amendment.change, FROZEN_BY_LOCK) and not isinstance(amendment.change, Revoke)
    }
    kept = [cut.get(id(amendment), amendment) for amendment in given]
    touched = {
        amendment.amendment_id: _touched(amendment) for amendment in kept if amendment is not None
    }
    return [
        checked
        for amendment in kept
        if amendment is not None
        and (checked := _cut_revocation(amendment, touched, contracts)) is not None
    ]


def _is_locked(contracts: Mapping[ContractId, Contract], key: Key, at: datetime) -> bool:
    contract = contracts.get(key.contract)
    return contract is not None and is_locked(contract, key.slot, at)


def _cut(amendment: Amendment, contracts: Mapping[ContractId, Contract]) -> Amendment | None:
    """Return *amendment* without what was locked when it was made; None if that was all."""

    def is_open(key: Key) -> bool:
        return not _is_locked(contracts, key, amendment.stamp.instant)

    if all(is_open(key) for key in _touched(amendment)):
        return amendment
    match amendment.change:
        case Describe(targets=targets) as change:
            kept = tuple(key for key in targets if is_open(key))
            return replace(amendment, change=replace(change, targets=kept)) if kept else None
        case Manual(contract=contract, spans=spans) as change:
            in_time = tuple(span for span in spans if is_open(Key(span.slot, contract)))
            return replace(amendment, change=replace(change, spans=in_time)) if in_time else None
        case Choose(contract=contract, slots=slots) as change:
            open_slots = tuple(slot for slot in slots if is_open(Key(slot, contract)))
            choice = replace(change, slots=open_slots)
            return replace(amendment, change=choice) if open_slots else None
        case _:  # a move
            return None


def _touched(amendment: Amendment) -> tuple[Key, ...]:
    """Return the segments whose words or time *amendment* changes."""
    match amendment.change:
        case Describe(targets=targets):
            return targets
        case Manual(contract=contract, spans=spans):
            return tuple(Key(span.slot, contract) for span in spans)
        case Choose(contract=contract, slots=slots):
            return tuple(Key(slot, contract) for slot in slots)
        case Move(contract=contract, sources=sources, manual=manual):
            slots_left = {key.slot for key in sources} | {slot for _, slot in manual}
            return (*sources, *(Key(slot, contract) for slot in slots_left))
        case _:  # a gap belongs to no contract; the lock is not about the others
            return ()


def _cut_revocation(
    amendment: Amendment,
    touched: Mapping[AmendmentId, tuple[Key, ...]],
    contracts: Mapping[ContractId, Contract],
) -> Amendment | None:
    """Return *amendment*, a revocation without those that came too late."""
    change = amendment.change
    if not isinstance(change, Revoke):
        return amendment
    at = amendment.stamp.instant
    kept = tuple(
        revoked
        for revoked in change.amendments
        if not any(_is_locked(contracts, key, at) for key in touched.get(revoked, ()))
    )
    if kept == change.amendments:
        return amendment
    return replace(amendment, change=replace(change, amendments=kept)) if kept else None
