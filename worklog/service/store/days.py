"""What the page of the diary reads: contracts to choose from, days, pictures and their views.

One query per kind, whatever the number of segments.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from worklog.domain.amendment import REVOCABLE, Amendment, Revoke, Stamp
from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import ContractId, DeviceId, PartId
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.service.store.diary import batches
from worklog.wire.amendment import decode_amendment
from worklog.wire.reader import Reader

WEB: Final = DeviceId("web")  # what amendments call the browser they were written in
_LATEST: Final = 20  # changes of one's own that are looked at for the one to undo


@dataclass(frozen=True, slots=True)
class Choice:
    """A contract that somebody can look at.

    Attributes:
        contract: Its id.
        name: What it is called.
        other: Who is on the other side of it.
        is_own: Whether the one who looks is its freelancer.
        last_slot: Slot of its newest segment; -1 without any.
        has_ended: Whether it has.
    """

    contract: ContractId
    name: str
    other: str
    is_own: bool
    last_slot: int
    has_ended: bool


def choices(scope: Scope) -> list[Choice]:
    """Return the contracts that the actor is party to, those worked for last first."""
    newest = (
        select(t.segments.c.contract_id, func.max(t.segments.c.slot).label("slot"))
        .group_by(t.segments.c.contract_id)
        .subquery()
    )
    mine = select(t.members.c.organisation_id).where(t.members.c.user_id == scope.actor.user)
    rows = scope.db.execute(
        select(
            t.contracts.c.contract_id,
            t.contracts.c.content,
            t.contracts.c.freelancer_id,
            t.contracts.c.ended_ms,
            t.contracts.c.created_ms,
            t.organisations.c.name.label("organisation"),
            t.users.c.name,
            t.users.c.display,
            newest.c.slot,
        )
        .join(t.users, t.users.c.user_id == t.contracts.c.freelancer_id)
        .join(t.organisations, t.organisations.c.organisation_id == t.contracts.c.organisation_id)
        .outerjoin(newest, newest.c.contract_id == t.contracts.c.contract_id)
        .where(
            or_(
                t.contracts.c.freelancer_id == scope.actor.user,
                t.contracts.c.organisation_id.in_(mine),
            )
        )
    ).all()
    found = [
        (
            Choice(
                contract=ContractId(row.contract_id),
                name=Reader.of_text(row.content, "contract").text("name"),
                other=row.organisation
                if row.freelancer_id == scope.actor.user
                else row.display or row.name,
                is_own=row.freelancer_id == scope.actor.user,
                last_slot=-1 if row.slot is None else row.slot,
                has_ended=row.ended_ms is not None,
            ),
            row.created_ms,
        )
        for row in rows
    ]
    found.sort(key=lambda pair: (-pair[0].last_slot, -pair[1], pair[0].contract))
    return [choice for choice, _ in found]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a segment adds to a sum, without its content.

    Attributes:
        slot: Index of its slot.
        billed_seconds: [s]
        tracked_seconds: [s]
        amount: In the major unit; None without a rate.
        is_deleted: Whether it was.
    """

    slot: int
    billed_seconds: int
    tracked_seconds: int
    amount: Decimal | None
    is_deleted: bool


def figures(
    scope: Scope, freelancer: str, contract: ContractId, start: int, end: int
) -> list[Figures]:
    """Return the figures of the segments of the slots ``[start, end)``, in order."""
    rows = scope.db.execute(
        select(
            t.segments.c.slot,
            t.segments.c.billed_seconds,
            t.segments.c.tracked_seconds,
            t.segments.c.amount,
            t.segments.c.is_deleted,
        )
        .where(
            t.segments.c.freelancer_id == freelancer,
            t.segments.c.contract_id == contract,
            t.segments.c.slot >= start,
            t.segments.c.slot < end,
        )
        .order_by(t.segments.c.slot)
    )
    return [
        Figures(
            row.slot,
            row.billed_seconds,
            row.tracked_seconds,
            None if row.amount is None else Decimal(row.amount),
            row.is_deleted,
        )
        for row in rows
    ]


def zone_of_freelancer(scope: Scope, freelancer: str) -> str:
    """Return the IANA zone that *freelancer* chose; empty where they chose none."""
    found = scope.db.execute(select(t.users.c.zone).where(t.users.c.user_id == freelancer))
    return found.scalar_one() or ""


def zone_of_client(scope: Scope, contract: ContractId) -> str:
    """Return the IANA zone of the client of *contract*: of its first owner who chose one."""
    found = scope.db.execute(
        select(t.users.c.zone)
        .join(t.members, t.members.c.user_id == t.users.c.user_id)
        .join(t.contracts, t.contracts.c.organisation_id == t.members.c.organisation_id)
        .where(t.contracts.c.contract_id == contract, t.users.c.zone != "")
        .order_by(t.members.c.role.desc(), t.members.c.since_ms)
        .limit(1)
    ).scalar()
    return found or ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture that is here.

    Attributes:
        position: In the captures of its part.
        width: [px]
        height: [px]
    """

    position: int
    width: int
    height: int


def pictures_of(
    scope: Scope, freelancer: str, parts: Collection[PartId]
) -> dict[tuple[str, str, int], Stored]:
    """Return the pictures of *parts* that are here by part, role and monitor.

    *scope* is the system's: a picture keeps the contract it was recorded for, also where
    its segment was moved to the one that the caller has authorised.
    """
    columns = t.pictures.c
    found: dict[tuple[str, str, int], Stored] = {}
    for some in batches(parts):
        query = select(
            columns.part_id,
            columns.position,
            columns.role,
            columns.monitor,
            columns.width,
            columns.height,
        ).where(columns.freelancer_id == freelancer, columns.part_id.in_(some))
        for row in scope.db.execute(query):
            found[row.part_id, row.role, row.monitor] = Stored(row.position, row.width, row.height)
    return found


# --- Who looked -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class View:
    """That somebody of the client looked at a picture.

    Attributes:
        part: Whose picture.
        position: Which of its pictures.
        viewer: Who, as others see them.
        is_thumbnail: Whether it was shown small.
        first: When first.
        last: When last.
        number: How often.
    """

    part: PartId
    position: int
    viewer: str
    is_thumbnail: bool
    first: datetime
    last: datetime
    number: int


def note_views(
    scope: Scope,
    freelancer: str,
    contract: ContractId,
    pictures: Sequence[tuple[str, int]],
    *,
    is_thumbnail: bool,
) -> None:
    """Count that the actor is shown *pictures*, each a part and a position."""
    if not pictures:
        return
    insert = sqlite.insert if scope.db.dialect.name == "sqlite" else postgresql.insert
    statement = insert(t.picture_views)
    scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[
                "freelancer_id",
                "part_id",
                "position",
                "viewer_id",
                "is_thumbnail",
            ],
            set_={"last_ms": scope.at_ms, "number": t.picture_views.c.number + 1},
        ),
        [
            {
                "freelancer_id": freelancer,
                "part_id": part,
                "position": position,
                "viewer_id": scope.actor.user,
                "is_thumbnail": is_thumbnail,
                "contract_id": contract,
                "first_ms": scope.at_ms,
                "last_ms": scope.at_ms,
                "number": 1,
            }
            for part, position in sorted(set(pictures))
        ],
    )


def was_viewed_since(  # noqa: PLR0913 -- all but the picture are keywords
    scope: Scope, freelancer: str, part: str, position: int, *, is_thumbnail: bool, since_ms: int
) -> bool:
    """Return whether a view by the actor is noted that is not older than *since_ms*."""
    views = t.picture_views.c
    found = scope.db.execute(
        select(views.number).where(
            views.freelancer_id == freelancer,
            views.part_id == part,
            views.position == position,
            views.viewer_id == scope.actor.user,
            views.is_thumbnail == is_thumbnail,
            views.last_ms >= since_ms,
        )
    )
    return found.first() is not None


def views_of(scope: Scope, freelancer: str, parts: Collection[PartId]) -> list[View]:
    """Return who looked at the pictures of *parts*, the latest first."""
    rows = [
        row
        for some in batches(parts)
        for row in scope.db.execute(
            select(t.picture_views, t.users.c.name, t.users.c.display)
            .join(t.users, t.users.c.user_id == t.picture_views.c.viewer_id)
            .where(
                t.picture_views.c.freelancer_id == freelancer,
                t.picture_views.c.part_id.in_(some),
            )
        )
    ]
    return [
        View(
            part=PartId(row.part_id),
            position=row.position,
            viewer=row.display or row.name,
            is_thumbnail=row.is_thumbnail,
            first=from_epoch_ms(row.first_ms),
            last=from_epoch_ms(row.last_ms),
            number=row.number,
        )
        for row in sorted(rows, key=lambda row: (-row.last_ms, row.viewer_id, row.is_thumbnail))
    ]


# --- Changes --------------------------------------------------------------------------


def last_stamp(scope: Scope, freelancer: str) -> Stamp:
    """Return the latest stamp in the diary of *freelancer*."""
    row = scope.db.execute(
        select(t.amendments.c.stamp_ms, t.amendments.c.stamp_count)
        .where(t.amendments.c.freelancer_id == freelancer)
        .order_by(t.amendments.c.stamp_ms.desc(), t.amendments.c.stamp_count.desc())
        .limit(1)
    ).one_or_none()
    return Stamp(0) if row is None else Stamp(row.stamp_ms, row.stamp_count)


def last_own_change(scope: Scope, freelancer: str) -> Amendment | None:
    """Return the latest change that the actor made in the browser and can still undo."""
    rows = scope.db.scalars(
        select(t.amendments.c.content)
        .where(
            t.amendments.c.freelancer_id == freelancer,
            t.amendments.c.author_id == scope.actor.user,
            t.amendments.c.device_id == WEB,
        )
        .order_by(t.amendments.c.stamp_ms.desc(), t.amendments.c.stamp_count.desc())
        .limit(_LATEST)
    )
    revoked: set[str] = set()
    for content in rows:
        amendment = decode_amendment(content)
        if isinstance(amendment.change, Revoke):
            revoked.update(amendment.change.amendments)
        elif isinstance(amendment.change, REVOCABLE) and amendment.amendment_id not in revoked:
            return amendment
    return None
