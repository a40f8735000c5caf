"""Activity: what happened around whoever looks, and who looked at their pictures."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from worklog.service.activity import trail_of
from worklog.service.routes.asking import Serving
from worklog.service.store.audit import Cursor
from worklog.service.store.looks import latest_looks
from worklog.service.web.looking import sights_of
from worklog.service.web.rendering import page
from worklog.service.web.trail import Known, days_of
from worklog.service.web.visiting import Visiting
from worklog.service.web.zones import zone_of

router = APIRouter()

_MOST_LOOKS: Final = 2_000  # of which the lines are made; a day seen small is up to 144
_MOST_SIGHTS: Final = 20


@router.get("/activity")
def get_activity(
    request: Request,
    service: Serving,
    person: Visiting,
    before: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """Show the trail, newest first; what is no place in it shows the newest."""
    zone = zone_of(request, person)
    cursor = Cursor.read(before)
    with service.store.reading(person.actor) as scope:
        trail = trail_of(scope, person, cursor)
        # Only one's own pictures: the freelancer of these looks is whoever asks.
        looks = latest_looks(scope, person.user, limit=_MOST_LOOKS)
    sights = sights_of(looks, zone)
    return page(
        request,
        "activity.html",
        person=person,
        days=days_of(trail.entries, Known(person, trail.agreements, trail.names), zone),
        following=trail.following,
        is_first=cursor is None,
        sights=sights[:_MOST_SIGHTS],
        has_more_sights=len(sights) > _MOST_SIGHTS or len(looks) == _MOST_LOOKS,
        contracts={name: one.contract.name for name, one in trail.agreements.items()},
        zone=zone,
    )
