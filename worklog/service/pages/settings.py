"""`/settings`: what people change about their own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import available_timezones

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from worklog.domain.wording import count
from worklog.service import exporting, own_data, passwords
from worklog.service.letters import is_address
from worklog.service.problems import TooManyRequestsError
from worklog.service.routes.asking import Serving
from worklog.service.service import Service
from worklog.service.store.people import Person
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import Visiting, session_token
from worklog.service.web.zones import zone_named

router = APIRouter()

_ZONES: Final = tuple(sorted(zone for zone in available_timezones() if "/" in zone))


@router.get("/settings")
def get_settings(request: Request, person: Visiting, service: Serving) -> Response:
    """Show what can be changed."""
    return _page(request, person, service)


@router.post("/settings")
def post_settings(request: Request, person: Visiting, service: Serving, form: Filled) -> Response:
    """Keep name, mail and time zone."""
    try:
        display = form.text("display", what="The name that others see")
        mail = form.text("mail", what="The mail address")
        if mail and not is_address(mail):
            form.refuse("mail", "A mail address looks like ann@example.com.")
        zone = form.text("zone", what="The time zone")
        if zone and zone_named(zone) is None:
            form.refuse("zone", "There is no such zone; choose one of the list.")
        form.check()
        if service.post is not None and mail != person.mail:
            # Links to a new password go there: a session alone must not take an account over.
            own_data.check_password(service, person, form.secret("current"), name="current")
        own_data.describe(service, person, display=display, mail=mail, zone=zone)
    except FormError as error:
        return _page(request, person, service, form, error.problems, error.http_status)
    except TooManyRequestsError as error:
        return _too_often(
            _page(request, person, service, form, _said(error, "current"), 429), error
        )
    return go_to("/settings", notice="Your settings are kept.")


@router.post("/settings/password")
def post_password(request: Request, person: Visiting, service: Serving, form: Filled) -> Response:
    """Give a new password, which ends all other sessions."""
    try:
        old, new = form.secret("old"), form.secret("new")
        if sentence := passwords.weakness(new, name=person.actor.name):
            form.refuse("new", sentence)
        form.check()
        token = session_token(request, service)
        ended = own_data.change_password(service, person, old=old, new=new, session=token)
    except FormError as error:
        return _page(request, person, service, None, error.problems, error.http_status)
    except TooManyRequestsError as error:
        return _too_often(_page(request, person, service, None, _said(error, "old"), 429), error)
    also = f" {count(ended, 'other session')} ended." if ended else ""
    return go_to("/settings", notice=f"Your password is changed.{also}")


@router.get("/settings/export")
def get_export(person: Visiting, service: Serving) -> Response:
    """Give all that the service holds of whoever asks."""
    return StreamingResponse(
        exporting.export(service, person),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="worklog.zip"'},
    )


def _page(  # noqa: PLR0913, PLR0917 -- what was done decides what is shown
    request: Request,
    person: Person,
    service: Service,
    form: Form | None = None,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        "settings.html",
        person=person,
        status=status,
        problems=problems or {},
        form=form or _form_of(person),
        zones=_ZONES,
        sends_mail=service.post is not None,
    )


def _said(error: TooManyRequestsError, field: str) -> dict[str, str]:
    return {field: f"{error} {error.hint}"}


def _too_often(answer: Response, error: TooManyRequestsError) -> Response:
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _form_of(person: Person) -> Form:
    display = "" if person.display == person.actor.name else person.display
    return Form({"display": [display], "mail": [person.mail], "zone": [person.zone]})
