"""The devices of an account, as its owner sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import DeviceId
from worklog.service.scope import Scope
from worklog.service.store import tables as t


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device that is logged in, or was.

    Attributes:
        device: Its id.
        name: What it calls itself.
        host: Its machine.
        version: Of its tracker.
        since: When it logged in first.
        seen: When it was last heard of, to ten minutes; None if never.
        revoked: When it was logged out for good; None if it is in.
    """

    device: DeviceId
    name: str
    host: str
    version: str
    since: datetime
    seen: datetime | None
    revoked: datetime | None


def devices_of(scope: Scope) -> list[DeviceRow]:
    """Return the devices of the actor: those that are in before the others, then newest first."""
    rows = scope.db.execute(
        select(t.devices)
        .where(t.devices.c.user_id == scope.actor.user)
        .order_by(
            t.devices.c.revoked_ms.is_not(None),
            t.devices.c.created_ms.desc(),
            t.devices.c.device_id,
        )
    )
    return [
        DeviceRow(
            device=DeviceId(row.device_id),
            name=row.name,
            host=row.host,
            version=row.version,
            since=from_epoch_ms(row.created_ms),
            seen=None if row.seen_ms is None else from_epoch_ms(row.seen_ms),
            revoked=None if row.revoked_ms is None else from_epoch_ms(row.revoked_ms),
        )
        for row in rows
    ]


def device_of(scope: Scope, device: str) -> DeviceRow | None:
    """Return the *device* of the actor; None where there is none."""
    return next((row for row in devices_of(scope) if row.device == device), None)
