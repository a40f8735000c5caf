"""`/devices`: what is logged in to one's account, and ending it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from worklog.domain.ids import DeviceId
from worklog.domain.wording import count
from worklog.service.problems import not_found
from worklog.service.routes.asking import Serving
from worklog.service.scope import Scope
from worklog.service.store import accounts, sessions
from worklog.service.store.audit import Concern, record
from worklog.service.store.devices import DeviceRow, device_of, devices_of
from worklog.service.web.agents import browser_in_words
from worklog.service.web.forms import Filled
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import Visiting, home_of, session_token
from worklog.service.web.zones import zone_of

router = APIRouter()

Device = Annotated[str, Path(max_length=64)]


@router.get("/devices")
def get_devices(request: Request, person: Visiting, service: Serving) -> Response:
    """Show devices and sessions."""
    with service.store.reading(person.actor) as scope:
        devices = devices_of(scope)
        found = sessions.sessions_of(scope, person.user, session_token(request, service))
    return page(
        request,
        "devices.html",
        person=person,
        devices=[device for device in devices if device.revoked is None],
        revoked=[device for device in devices if device.revoked is not None],
        revoked_number=sum(device.revoked is not None for device in devices),
        sessions=[(session, browser_in_words(session.agent)) for session in found],
        home=home_of(request, service),
        zone=zone_of(request, person),
    )


@router.get("/devices/{device}/revoke")
def get_revoke(request: Request, person: Visiting, service: Serving, device: Device) -> Response:
    """Say what revoking a device means, and ask."""
    with service.store.reading(person.actor) as scope:
        found = _device(scope, device)
    return page(
        request,
        "device_revoke.html",
        person=person,
        device=found,
        zone=zone_of(request, person),
    )


@router.post("/devices/{device}/revoke")
def post_revoke(person: Visiting, service: Serving, device: Device) -> Response:
    """Revoke a device."""
    with service.store.writing(person.actor) as scope:
        found = _device(scope, device)
        if found.revoked is None:
            accounts.revoke_device(scope, person.user, DeviceId(device))
            details = {"name": found.name, "host": found.host}
            record(scope, "device-revoked", Concern(user=person.user), details=details)
    return go_to("/devices", notice=f"{found.name or 'The device'} is revoked.")


@router.post("/sessions/end")
def post_end_session(
    request: Request, person: Visiting, service: Serving, form: Filled
) -> Response:
    """End one session, or all but the one that asks."""
    with service.store.writing(person.actor) as scope:
        if form.is_set("others"):
            ended = sessions.end_others(scope, person.user, session_token(request, service))
        else:
            ended = sessions.end_named(scope, person.user, form.raw("session"))
        if ended:
            details = {"number": ended}
            record(scope, "sessions-ended", Concern(user=person.user), details=details)
    return go_to("/devices", notice=f"{count(ended, 'session')} ended.")


def _device(scope: Scope, device: str) -> DeviceRow:
    found = device_of(scope, device)
    if found is None:
        raise not_found(what="device")
    return found
