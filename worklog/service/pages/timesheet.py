"""The timesheet: a billing week in hours and money, its lock, and when the time was."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from worklog.domain.contract import Terms, Week
from worklog.domain.grid import from_epoch_ms
from worklog.service import weeks
from worklog.service.agreements import agreement_for
from worklog.service.routes.asking import Serving
from worklog.service.store import agreements
from worklog.service.timesheets import heat_of, line_of, sheets
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import Visiting
from worklog.service.web.zones import zone_of

router = APIRouter()

_WEEK: Final = timedelta(days=7)


@router.get("/timesheet")
def get_timesheet(
    request: Request,
    service: Serving,
    person: Visiting,
    week: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """Show one week of all contracts of whoever looks."""
    zone = zone_of(request, person)
    with service.store.reading(person.actor) as scope:
        now = from_epoch_ms(scope.at_ms)
        found = agreements.agreements_of(scope, person)
        first = found[0].contract.week_at(now) if found else Week.containing(now, Terms())
        name = week or weeks.name_of(first)
        noon = weeks.thursday_noon(name)
        pairs = [line_of(scope, one, one.contract.week_at(noon), now) for one in found]
    lines = [
        line
        for line, rows in pairs
        if rows or (line.agreement.ended_at is None and line.week.start <= now)
    ]
    return page(
        request,
        "timesheet.html",
        person=person,
        sheets=sheets(lines),
        heat=heat_of((row for _, rows in pairs for row in rows), zone),
        has_time=any(rows for _, rows in pairs),
        name=name,
        now=now,
        before=weeks.name_of(Week.containing(noon - _WEEK, Terms())),
        after=weeks.name_of(Week.containing(noon + _WEEK, Terms())),
        is_current=name == weeks.name_of(first),
        zone=zone,
    )


@router.post("/timesheet/{contract}/{week}/submit")
def post_submit(
    service: Serving,
    person: Visiting,
    contract: Annotated[str, Path(max_length=64)],
    week: Annotated[str, Path(max_length=16)],
) -> Response:
    """Lock an ended week early."""
    with service.store.writing(person.actor) as scope:
        agreement = agreement_for(scope, person, contract)
        which = weeks.week_named(agreement.contract, week)
        weeks.submit(scope, agreement, which)
    return go_to(f"/timesheet?week={week}", notice="Submitted: the week is locked.")
