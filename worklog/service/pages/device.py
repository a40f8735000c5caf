"""`/device`: a person confirms the code that a device shows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from worklog.domain.grid import from_epoch_ms
from worklog.errors import NotFoundError
from worklog.service import devices
from worklog.service.routes.asking import Serving
from worklog.service.web.forms import Filled
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import Visiting
from worklog.service.web.zones import zone_of

router = APIRouter()

Code = Annotated[str, Query(max_length=40)]


@router.get("/device")
def get_device(request: Request, person: Visiting, service: Serving, code: Code = "") -> Response:
    """Ask for the code, or show which device it is of."""
    problems, found = {}, None
    if code:
        try:
            found = devices.asking(service, person, code)
        except NotFoundError as error:
            problems["code"] = f"{error} {error.hint}"
    return page(
        request,
        "device.html",
        person=person,
        status=422 if problems else 200,
        problems=problems,
        code=code,
        found=found,
        since=None if found is None else from_epoch_ms(found.created_ms),
        zone=zone_of(request, person),
    )


@router.post("/device")
def post_device(person: Visiting, service: Serving, form: Filled) -> Response:
    """Let the device in, or refuse it."""
    is_granted = form.raw("answer") == "yes"
    found = devices.decide(service, person, form.raw("code"), is_granted=is_granted)
    done = "is logged in" if is_granted else "was refused"
    return go_to("/devices", notice=f"{found.name or 'The device'} {done}.")
