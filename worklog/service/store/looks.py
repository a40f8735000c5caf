"""Who of the client looked at a freelancer's pictures, the latest first (R31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from worklog.domain.grid import Slot, from_epoch_ms
from worklog.service.scope import Scope
from worklog.service.store import tables as t


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody was shown a picture.

    Attributes:
        contract: Whose client they looked as.
        slot: When the picture was taken.
        part: It came with.
        position: In the captures of the part.
        viewer: Name of who looked.
        is_thumbnail: Whether they saw it small.
        last: When they were shown it for the last time.
        number: How often they were.
    """

    contract: str
    slot: Slot
    part: str
    position: int
    viewer: str
    is_thumbnail: bool
    last: datetime
    number: int


def latest_looks(scope: Scope, freelancer: str, *, limit: int) -> list[Look]:
    """Return the latest *limit* looks at pictures of *freelancer*."""
    views = t.picture_views.c
    rows = scope.db.execute(
        select(t.picture_views, t.parts.c.slot, t.users.c.name, t.users.c.display)
        .join(
            t.parts,
            (t.parts.c.freelancer_id == views.freelancer_id) & (t.parts.c.part_id == views.part_id),
        )
        .join(t.users, t.users.c.user_id == views.viewer_id)
        .where(views.freelancer_id == freelancer)
        .order_by(views.last_ms.desc(), t.parts.c.slot.desc(), views.part_id, views.position)
        .limit(limit)
    )
    return [
        Look(
            contract=row.contract_id,
            slot=Slot(row.slot),
            part=row.part_id,
            position=row.position,
            viewer=row.display or row.name,
            is_thumbnail=row.is_thumbnail,
            last=from_epoch_ms(row.last_ms),
            number=row.number,
        )
        for row in rows
    ]
