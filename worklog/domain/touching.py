"""Which slots and records an amendment touches, so that only those are folded anew.

Slots are the unit: parts and amendments never leave their slot, whatever contract they
go to, so a slot can be folded by itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from worklog.domain.amendment import (
    Accept,
    Amendment,
    Change,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Manual,
    Move,
    Redact,
    Revoke,
)
from worklog.domain.grid import Slot
from worklog.domain.part import Part


def slots_of(change: Change) -> frozenset[Slot]:
    """Return the slots that *change* names itself."""
    match change:
        case Describe(targets=keys) | Accept(targets=keys):
            return frozenset(key.slot for key in keys)
        case Manual(spans=spans):
            return frozenset(span.slot for span in spans)
        case Delete(manual=manual, rest=rest, keys=keys):
            named = [slot for _, slot in manual] + [to.key.slot for to in rest]
            return frozenset([*named, *(key.slot for key in keys)])
        case Move(manual=manual, sources=keys):
            return frozenset([*(slot for _, slot in manual), *(key.slot for key in keys)])
        case Choose(slots=slots):
            return frozenset(slots)
        case _:
            return frozenset()


def refs_of(change: Change) -> frozenset[str]:
    """Return the ids of parts and amendments that *change* names."""
    match change:
        case Delete(parts=parts, manual=manual) | Move(parts=parts, manual=manual):
            return frozenset([*parts, *(amendment for amendment, _ in manual)])
        case DropSnapshot(parts=parts):
            return frozenset(parts)
        case Redact(pictures=pictures):
            return frozenset(picture.part for picture in pictures)
        case Revoke(amendments=amendments):
            return frozenset(amendments)
        case _:
            return frozenset()


def touching(slot: Slot, parts: Iterable[Part], amendments: Iterable[Amendment]) -> list[Amendment]:
    """Return those of *amendments* that touch *slot*, in which *parts* lie, in order."""
    everything = list(amendments)
    names = {str(part.part_id) for part in parts}
    found = {
        amendment.amendment_id: amendment
        for amendment in everything
        if slot in slots_of(amendment.change) or not names.isdisjoint(refs_of(amendment.change))
    }
    revoking = {
        amendment.amendment_id: amendment
        for amendment in everything
        if isinstance(amendment.change, Revoke)
        and not found.keys().isdisjoint(amendment.change.amendments)
    }
    return sorted((found | revoking).values(), key=lambda amendment: amendment.order)
