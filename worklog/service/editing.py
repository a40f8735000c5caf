"""Changing a diary in the browser: each change is an amendment, as those of trackers are.

A change is checked, written, folded, billed, told to the trackers and noted in the audit
trail in one transaction. What the client may do is to label, and to undo that (R22).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from worklog.domain.amendment import (
    Accept,
    Amendment,
    Change,
    Choose,
    Delete,
    Describe,
    Key,
    Manual,
    Move,
    OpenTarget,
    Revoke,
)
from worklog.domain.canonical import Json
from worklog.domain.contract import Contract, Screenshots
from worklog.domain.grid import Slot, from_epoch_ms
from worklog.domain.ids import ENTROPY_BYTES, AmendmentId, ContractId, uuid7
from worklog.domain.lock import is_locked
from worklog.domain.segment import BilledSegment, Reason
from worklog.domain.targets import is_taken, keys_of, manual_of, manual_spans, parts_of
from worklog.errors import (
    ConflictError,
    InvalidTimeError,
    LockedError,
    NotFoundError,
    PolicyError,
)
from worklog.service.authorize import Owned, Party, Verb, authorize
from worklog.service.ingest_amendments import AmendmentDesk
from worklog.service.materialise import materialise
from worklog.service.scope import Actor, Scope
from worklog.service.service import Service
from worklog.service.settling import after_accepting
from worklog.service.showing import party_to
from worklog.service.store import accounts, audit, days, diary
from worklog.service.store.audit import Concern
from worklog.service.store.feed import News
from worklog.service.verifying import OWN_AUTHOR
from worklog.wire.amendment import encode_amendment

# What the history of a segment calls a change.
HISTORY: Final[Mapping[str, str]] = {
    "Describe": "words changed",
    "Manual": "time added by hand",
    "Delete": "removed",
    "DropSnapshot": "camera picture erased",
    "Redact": "picture redacted",
    "Move": "moved to another contract",
    "Choose": "chosen to bill this time",
    "Accept": "accepted by the client",
}


@dataclass(frozen=True, slots=True)
class Diary:
    """One contract's diary within a writing transaction.

    Attributes:
        scope: The transaction.
        owned: How the actor stands to the contract.
        contract: Which.
        contracts: All of the freelancer's that the actor can see.
    """

    scope: Scope
    owned: Owned
    contract: Contract
    contracts: Mapping[ContractId, Contract]

    @property
    def now(self) -> datetime:
        return from_epoch_ms(self.scope.at_ms)

    def rows(self, slots: Collection[int]) -> list[BilledSegment]:
        """Return the segments of *slots* that are there and not removed.

        Raises:
            NotFoundError: none is.
        """
        found = live_rows(self.scope, self.owned, self.contract.contract_id, slots)
        if not found:
            msg = "Nothing of what was chosen is there any more."
            raise NotFoundError(msg, hint="Choose segments of the day and try again.")
        return found

    def check_open(self, contract: Contract, slots: Collection[Slot]) -> None:
        """Let words and time of *slots* change only before the lock.

        Raises:
            LockedError: the week of one of them is locked.
        """
        for slot in slots:
            if is_locked(contract, slot, self.now):
                msg = f"The week of {slot.start:%-d %B %Y} is locked: its words and its time stand."
                hint = "Ask the client to reopen it. Redacting and removing stay possible."
                raise LockedError(msg, hint=hint)


Make = Callable[[Diary], Change]


def live_rows(
    scope: Scope, owned: Owned, contract: ContractId, slots: Collection[int]
) -> list[BilledSegment]:
    """Return the segments of *slots* that are not removed, in order."""
    wanted = set(slots)
    if not wanted:
        return []
    span = diary.segments(scope, owned.freelancer, min(wanted), max(wanted) + 1, contract=contract)
    return [
        row for row in span if row.segment.key.slot.index in wanted and not row.segment.is_deleted
    ]


def change(  # noqa: PLR0913 -- all but the contract and the change are keywords
    service: Service,
    actor: Actor,
    contract: ContractId,
    make: Make,
    *,
    verb: Verb = Verb.AMEND,
    also: Callable[[Diary, Amendment], None] | None = None,
) -> Amendment:
    """Write what *make* makes of the diary of *contract*, and return the amendment.

    Args:
        service: The service.
        actor: Who changes it.
        contract: Whose segments.
        make: Says what changes; it raises what forbids it.
        verb: What the actor must be allowed.
        also: Done in the same transaction, once the amendment is written.

    Raises:
        NotFoundError: there is no such contract for *actor*, or nothing to change.
        PolicyError: the actor may not, or the terms do not allow it.
        LockedError: the week is locked.
        ConflictError: it does not fit what is there.
    """
    news = News()
    with service.store.writing(actor) as scope:
        owned = party_to(scope, contract, verb)
        desk = AmendmentDesk(scope, service.signer, owned.freelancer, news)
        contracts = accounts.contracts_of(scope, owned.freelancer)
        where = Diary(scope, owned, contracts[contract], contracts)
        amendment = _amendment(where, make(where))
        desk.keep(amendment, encode_amendment(amendment))
        if also is not None:
            also(where, amendment)
        materialise(scope, owned.freelancer, desk.touched)
        if isinstance(amendment.change, Accept):
            after_accepting(scope, owned.freelancer, amendment.change.targets, desk.contracts)
        audit.record(
            scope,
            f"diary-{type(amendment.change).__name__.lower()}",
            Concern(user=owned.freelancer, contract=contract),
            details=_details(amendment, len(desk.touched.slots)),
        )
        news.publish(scope)
    if desk.doomed:
        service.ingest.sweep()
    return amendment


def _amendment(where: Diary, what: Change) -> Amendment:
    is_own = Party.FREELANCER in where.owned.parties
    stamp = days.last_stamp(where.scope, where.owned.freelancer).next(where.now)
    return Amendment(
        AmendmentId(uuid7(where.now, secrets.token_bytes(ENTROPY_BYTES))),
        stamp,
        OWN_AUTHOR if is_own else where.scope.actor.name,
        days.WEB,
        what,
    )


def _details(amendment: Amendment, segments: int) -> dict[str, Json]:
    return {"amendment": amendment.amendment_id, "segments": segments}


# --- What can be changed ----------------------------------------------------------------


def describe(slots: Sequence[int], *, memo: str | None, label: str | None) -> Make:
    """Set memo, label or both of the segments in *slots*; None leaves a field as it is."""

    def make(where: Diary) -> Change:
        rows = where.rows(slots)
        if label:
            check_label(where.contract, label)
        where.check_open(where.contract, [key.slot for key in keys_of(rows)])
        return Describe(keys_of(rows), memo, label)

    return make


def remove(slots: Sequence[int]) -> Make:
    """Erase the segments in *slots* for good (R20)."""

    def make(where: Diary) -> Change:
        rows = where.rows(slots)
        now = Slot.containing(where.now)
        rest = tuple(
            OpenTarget(device, row.segment.key)
            for row in rows
            if row.segment.key.slot >= now
            for device in row.segment.devices
        )
        return Delete(parts_of(rows), manual_of(rows), rest, keys_of(rows))

    return make


def add_time(start: datetime, end: datetime, *, memo: str, label: str) -> Make:
    """Add manual time from *start* to *end* (R25)."""

    def make(where: Diary) -> Change:
        if end > where.now:
            msg = "Manual time cannot lie in the future."
            raise InvalidTimeError(msg, hint="End it at or before now.")
        if label:
            check_label(where.contract, label)
        first, last = Slot.containing(start).index, Slot.containing(end).index + 1
        rows = diary.segments(
            where.scope,
            where.owned.freelancer,
            first,
            last,
            contract=where.contract.contract_id,
        )
        taken = {row.segment.key.slot for row in rows if is_taken(row)}
        spans = manual_spans(start, end, taken)
        if not spans:
            msg = "No ten minutes of that time are free: each needs five without tracked time."
            raise ConflictError(msg, hint="Look at the day for the time that is not covered yet.")
        slots = [span.slot for span in spans]
        if not all(where.contract.terms_at(slot.start).manual_time for slot in slots):
            msg = "The contract does not allow manual time."
            raise PolicyError(msg, hint="Ask the client for it: `worklog contract ask manual`.")
        where.check_open(where.contract, slots)
        return Manual(where.contract.contract_id, spans, memo, label)

    return make


def move(slots: Sequence[int], to: ContractId, *, memo: str, label: str) -> Make:
    """Give the segments in *slots* to the contract *to* (R26)."""

    def make(where: Diary) -> Change:
        target = where.contracts.get(to)
        if target is None or to == where.contract.contract_id:
            msg = "There is no such contract to move to."
            raise NotFoundError(msg, hint="Choose another contract of yours.")
        if label:
            check_label(target, label)
        rows = where.rows(slots)
        places = [key.slot for key in keys_of(rows)]
        where.check_open(where.contract, places)
        where.check_open(target, places)
        for row in rows:
            check_fits(row, target)
        return Move(to, parts_of(rows), manual_of(rows), keys_of(rows), memo, label)

    return make


def choose(slots: Sequence[int]) -> Make:
    """Make the segments in *slots* bill where another contract has the same time (R15)."""

    def make(where: Diary) -> Change:
        keys = keys_of(where.rows(slots))
        where.check_open(where.contract, [key.slot for key in keys])
        return Choose(where.contract.contract_id, tuple(key.slot for key in keys))

    return make


def accept(slots: Sequence[int]) -> Make:
    """Let the late and unproven segments in *slots* bill (R17, R24)."""

    def make(where: Diary) -> Change:
        waiting = [row for row in where.rows(slots) if waits(row)]
        if not waiting:
            msg = "Nothing of what was chosen waits to be accepted."
            raise ConflictError(msg, hint="Look at what the page says now.")
        return Accept(keys_of(waiting))

    return make


def undo() -> Make:
    """Revoke the actor's latest change in the browser (R19)."""

    def make(where: Diary) -> Change:
        last = undoable(where.scope, where.owned, where.contract, where.now)
        if last is None:
            msg = "There is nothing to undo."
            raise NotFoundError(msg, hint="Removing and redacting are for good.")
        return Revoke((last.amendment_id,))

    return make


def undoable(scope: Scope, owned: Owned, contract: Contract, now: datetime) -> Amendment | None:
    """Return the actor's latest change of *contract* that can be undone; None for none."""
    last = days.last_own_change(scope, owned.freelancer)
    if last is None:
        return None
    keys = touched_by(last.change)
    is_here = any(key.contract == contract.contract_id for key in keys)
    is_open = not any(
        is_locked(contract, key.slot, now) for key in keys if key.contract == contract.contract_id
    )
    return last if is_here and is_open else None


def touched_by(what: Change) -> tuple[Key, ...]:
    """Return the segments that a change of words or time speaks of."""
    match what:
        case Describe(targets=keys) | Move(sources=keys):
            return keys
        case Manual(contract=contract, spans=spans):
            return tuple(Key(span.slot, contract) for span in spans)
        case Choose(contract=contract, slots=slots):
            return tuple(Key(slot, contract) for slot in slots)
        case _:
            return ()


def check_label(contract: Contract, label: str) -> None:
    """Let *label* pass if *contract* offers it.

    Raises:
        NotFoundError: it does not.
    """
    if contract.labels and label not in contract.labels:
        msg = f"{contract.name} has no such label."
        raise NotFoundError(msg, hint=f"It has {', '.join(contract.labels)}.")


def check_fits(row: BilledSegment, target: Contract) -> None:
    """Let *row* pass if the terms of *target* allow what it has (R26).

    Raises:
        PolicyError: they forbid its manual time, its pictures or its window title.
    """
    terms = target.terms_at(row.segment.key.slot.start)
    segment = row.segment
    forbidden = {
        "manual time": bool(segment.manual) and not terms.manual_time,
        "pictures": terms.policy.screenshots is Screenshots.FORBIDDEN
        and any(picture.capture.has_picture for picture in segment.pictures),
        "window titles": not terms.policy.titles and bool(segment.title),
    }
    for what, is_forbidden in forbidden.items():
        if is_forbidden:
            msg = f"{target.name} does not allow {what}, which the segment has."
            raise PolicyError(msg, hint="Leave those segments where they are.")


def waits(row: BilledSegment) -> bool:
    """Return whether *row* does not bill until the client accepts it."""
    return row.bill.reason in {Reason.LATE, Reason.UNPROVEN} and not row.segment.is_deleted


def may(actor: Actor, verb: Verb, owned: Owned) -> bool:
    """Return whether *actor* may *verb* what *owned* says."""
    try:
        authorize(actor, verb, owned)
    except (PolicyError, NotFoundError):
        return False
    return True
