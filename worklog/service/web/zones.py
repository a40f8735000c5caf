"""In which time zone a page shows its times."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request

from worklog.service.store.people import Person

COOKIE: Final = "zone"  # the script of the pages tells the browser's
_LONGEST: Final = 64


def zone_named(name: str) -> tzinfo | None:
    """Return the IANA zone *name*; None where there is none."""
    if not name or len(name) > _LONGEST:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_of(request: Request, person: Person | None) -> tzinfo:
    """Return the zone of whoever looks: the one they chose, else the browser's, else UTC."""
    chosen = zone_named(person.zone) if person is not None else None
    return chosen or zone_named(request.cookies.get(COOKIE, "")) or UTC
