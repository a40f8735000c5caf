"""`/join` and `/reset`: what somebody sees who follows a link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from worklog.service import links, passwords
from worklog.service.links import LinkUsedUpError
from worklog.service.pages.entering import account_fields, origin_of
from worklog.service.routes.asking import Serving
from worklog.service.store.links import Link, Purpose
from worklog.service.web import visiting
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import again, go_to, page
from worklog.service.web.visiting import Visitor

router = APIRouter()

Code = Annotated[str, Query(max_length=100)]


@router.get("/join")
def get_join(request: Request, visitor: Visitor, service: Serving, code: Code = "") -> Response:
    """Say where the invitation leads, and ask for an account or a yes."""
    try:
        link = links.invitation(service, code)
    except LinkUsedUpError as error:
        return _worthless(request, error)
    return page(request, "join.html", person=None, me=visitor, link=link, code=code, form=Form({}))


@router.post("/join")
def post_join(
    request: Request, visitor: Visitor, service: Serving, form: Filled, code: Code = ""
) -> Response:
    """Let whoever is logged in join, or somebody new with the account that they make."""
    try:
        link = links.invitation(service, code)
        if visitor is not None:
            links.join(service, visitor.actor, code)
            return go_to("/", notice=_welcome(link))
        name, password = account_fields(form)
        display = form.text("display", what="The name that others see")
        form.check()
        token = links.join_anew(
            service,
            code,
            name=name,
            display=display,
            password=password,
            origin=origin_of(request),
        )
    except LinkUsedUpError as error:
        return _worthless(request, error)
    except FormError as error:
        return again(
            request, "join.html", error, person=None, me=None, link=link, code=code, form=form
        )
    response = go_to("/", notice=_welcome(link))
    visiting.log_in(response, service, token)
    return response


@router.get("/reset")
def get_reset(request: Request, service: Serving, code: Code = "") -> Response:
    """Ask for a new password."""
    try:
        link = links.reset(service, code)
    except LinkUsedUpError as error:
        return _worthless(request, error)
    return page(request, "reset.html", person=None, link=link, code=code)


@router.post("/reset")
def post_reset(request: Request, service: Serving, form: Filled, code: Code = "") -> Response:
    """Take the new password and log its owner in, here and nowhere else."""
    try:
        link = links.reset(service, code)
        password = form.secret("password")
        if sentence := passwords.weakness(password, name=link.user_name):
            form.refuse("password", sentence)
        form.check()
        token = links.renew_password(service, code, password, origin_of(request))
    except LinkUsedUpError as error:
        return _worthless(request, error)
    except FormError as error:
        return again(request, "reset.html", error, person=None, link=link, code=code)
    response = go_to("/", notice="The new password is in use. All other browsers were logged out.")
    visiting.log_in(response, service, token)
    return response


def _worthless(request: Request, error: LinkUsedUpError) -> Response:
    title = "This link does not work"
    return page(
        request, "refusal.html", person=None, status=error.http_status, title=title, error=error
    )


def _welcome(link: Link) -> str:
    match link.purpose:
        case Purpose.OPERATOR:
            return "You run this service now. Everything about it is under People."
        case Purpose.FREELANCER:
            return f"{link.organisation_name} can offer you contracts now."
        case _:
            return f"You belong to {link.organisation_name} now."
