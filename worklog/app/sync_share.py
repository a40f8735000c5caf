"""What of an amendment belongs to one service: the rest never leaves this machine.

A command may touch several contracts. What a service is sent is cut to its own
contracts, so that it learns nothing of the others, not even that they exist. The cut is
the same each time, so that an amendment sent twice is one amendment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from worklog.domain.amendment import (
    Accept,
    Amendment,
    Change,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Idle,
    Manual,
    Move,
    Redact,
    Revoke,
    Unknown,
)
from worklog.domain.ids import AmendmentId, ContractId, PartId


@dataclass(frozen=True, slots=True)
class Circle:
    """What belongs to one service.

    Attributes:
        contract: Whether a contract does; one that nobody knows does not.
        part: Whether a part does; None where the part is unknown here.
        amendment: Whether an amendment, or a part of it, does.
    """

    contract: Callable[[ContractId], bool]
    part: Callable[[PartId], bool | None]
    amendment: Callable[[AmendmentId], bool]


def share(amendment: Amendment, circle: Circle) -> Amendment | None:
    """Return *amendment* cut to what belongs to *circle*; None if nothing does.

    A gap belongs to no contract, and a kind of a later version may name anything: both
    stay here.
    """
    change = _share(amendment.change, circle)
    if change is None:
        return None
    return amendment if change == amendment.change else replace(amendment, change=change)


def _share(change: Change, circle: Circle) -> Change | None:  # noqa: PLR0911 -- a table of kinds
    match change:
        case Describe(targets=targets) | Accept(targets=targets):
            ours = tuple(key for key in targets if circle.contract(key.contract))
            return replace(change, targets=ours) if ours else None
        case Manual(contract=contract) | Choose(contract=contract):
            return change if circle.contract(contract) else None
        case Delete():
            return _share_deletion(change, circle)
        case DropSnapshot(parts=parts):
            kept = tuple(part for part in parts if circle.part(part))
            return replace(change, parts=kept) if kept else None
        case Redact(pictures=pictures):
            left = tuple(picture for picture in pictures if circle.part(picture.part))
            return replace(change, pictures=left) if left else None
        case Move():
            return _share_move(change, circle)
        case Revoke(amendments=amendments):
            known = tuple(revoked for revoked in amendments if circle.amendment(revoked))
            return replace(change, amendments=known) if known else None
        case Idle() | Unknown():
            return None
        case _:
            assert_never(change)


def _share_deletion(change: Delete, circle: Circle) -> Delete | None:
    keys = tuple(key for key in change.keys if circle.contract(key.contract))
    # A part whose record was lost here is deleted all the same, where nothing else was.
    covers_lost = bool(keys) and keys == change.keys

    def is_ours(part: PartId) -> bool:
        known = circle.part(part)
        return covers_lost if known is None else known

    ours = Delete(
        parts=tuple(part for part in change.parts if is_ours(part)),
        manual=tuple(named for named in change.manual if circle.amendment(named[0])),
        rest=tuple(to for to in change.rest if circle.contract(to.key.contract)),
        keys=keys,
    )
    return None if ours == Delete() else ours


def _share_move(change: Move, circle: Circle) -> Move | None:
    """Return *change* if all of it is the service's: half a move would tell of the rest."""
    is_ours = (
        circle.contract(change.contract)
        and all(circle.part(part) for part in change.parts)
        and all(circle.amendment(amendment) for amendment, _ in change.manual)
        and all(circle.contract(key.contract) for key in change.sources)
    )
    return change if is_ours else None
