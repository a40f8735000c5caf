"""`/setup`, `/login` and `/logout`: how people come in and go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from worklog.errors import NotFoundError
from worklog.service import entering, passwords
from worklog.service.entering import Origin
from worklog.service.letters import ask_for_reset, is_address
from worklog.service.problems import TooManyRequestsError
from worklog.service.routes.asking import Serving
from worklog.service.scope import SYSTEM
from worklog.service.store import sessions
from worklog.service.web import visiting
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import again, go_to, page
from worklog.service.web.visiting import Visitor, address_of_client, safe_target

router = APIRouter()

_AGENT_LENGTH: Final = 300
Code = Annotated[str, Query(max_length=100)]
Target = Annotated[str, Query(max_length=500, alias="next")]


@router.get("/setup")
def get_setup(request: Request, service: Serving, code: Code = "") -> Response:
    """Show the form that makes the first account."""
    _check_code(service, code)
    return page(request, "setup.html", person=None, form=Form({}), code=code)


@router.post("/setup")
def post_setup(request: Request, service: Serving, form: Filled, code: Code = "") -> Response:
    """Make the first account and log it in."""
    _check_code(service, code)
    try:
        name, password = account_fields(form)
        display = form.text("display", what="The name that others see")
        organisation = form.text("organisation", what="The organisation")
        form.check()
        token = entering.set_up(
            service,
            code,
            name=name,
            display=display,
            password=password,
            organisation=organisation,
            origin=origin_of(request),
        )
    except FormError as error:
        return again(request, "setup.html", error, person=None, form=form, code=code)
    if token is None:
        raise _used()
    response = go_to("/", notice="The service is yours. Invite people under People.")
    visiting.log_in(response, service, token)
    return response


@router.get("/login")
def get_login(request: Request, visitor: Visitor, target: Target = "/") -> Response:
    """Show the login; somebody who is in goes on at once."""
    if visitor is not None:
        return go_to(safe_target(target))
    return page(request, "login.html", person=None, form=Form({}), target=safe_target(target))


@router.post("/login")
def post_login(request: Request, service: Serving, form: Filled, target: Target = "/") -> Response:
    """Log somebody in."""
    goal = safe_target(target)
    try:
        name = form.text("name", what="The name", is_required=True)
        password = form.secret("password")
        form.check()
        token = entering.log_in(service, name, password, origin_of(request))
    except FormError as error:
        return again(request, "login.html", error, person=None, form=form, target=goal)
    except TooManyRequestsError as error:
        answer = page(
            request,
            "login.html",
            person=None,
            status=429,
            problems={"": f"{error} {error.hint}"},
            form=form,
            target=goal,
        )
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    response = go_to(goal)
    visiting.log_in(response, service, token)
    return response


@router.get("/forgotten")
def get_forgotten(request: Request, service: Serving) -> Response:
    """Ask whose password was forgotten, or say who can help where no mail is sent."""
    return _forgotten(request, service)


@router.post("/forgotten")
def post_forgotten(request: Request, service: Serving, form: Filled) -> Response:
    """Send links to new passwords to an address; say the same whether it is known or not."""
    try:
        address = form.text("mail", what="The mail address", is_required=True)
        if address and not is_address(address):
            form.refuse("mail", "A mail address looks like ann@example.com.")
        form.check()
    except FormError as error:
        return _forgotten(request, service, form, error.problems, error.http_status)
    if service.post is None:
        return _forgotten(request, service, form, status=404)
    refusal = ask_for_reset(service, address, origin_of(request))
    if refusal is not None:
        answer = _forgotten(request, service, form, {"": f"{refusal} {refusal.hint}"}, 429)
        answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer
    return go_to(
        "/login",
        notice="If an account has that address, a letter with a link is on its way to it.",
    )


@router.post("/logout")
def post_logout(request: Request, service: Serving, _: Visitor) -> Response:
    """End the session of this browser."""
    token = visiting.session_token(request, service)
    with service.store.writing(SYSTEM) as scope:
        sessions.end_session(scope, token)
    response = go_to("/login", notice="You are logged out.")
    visiting.log_out(response, service)
    return response


def account_fields(form: Form) -> tuple[str, str]:
    """Return name and password that a form asks for a new account; notes what is wrong."""
    name = form.text("name", what="The name")
    if "name" not in form.problems and (sentence := entering.name_problem(name)):
        form.refuse("name", sentence)
    password = form.secret("password")
    if sentence := passwords.weakness(password, name=name):
        form.refuse("password", sentence)
    return name, password


def origin_of(request: Request) -> Origin:
    """Return from where *request* comes."""
    agent = request.headers.get("User-Agent", "")[:_AGENT_LENGTH]
    return Origin(address_of_client(request), agent)


def _forgotten(
    request: Request,
    service: Serving,
    form: Form | None = None,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        "forgotten.html",
        person=None,
        status=status,
        problems=problems or {},
        form=form or Form({}),
        sends_mail=service.post is not None,
    )


def _check_code(service: Serving, code: str) -> None:
    with service.store.reading(SYSTEM) as scope:
        if not entering.is_setup_code(scope, code):
            raise _used()


def _used() -> NotFoundError:
    msg = "This link has been used, or a later start of the service has made another one."
    return NotFoundError(
        msg, hint="Log in, or look at the terminal on which the service runs for its link."
    )
