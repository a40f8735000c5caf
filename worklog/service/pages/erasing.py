"""`/settings/erase`: what erasing one's account means, and doing it."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from worklog.errors import ConflictError
from worklog.service import erasing
from worklog.service.problems import TooManyRequestsError
from worklog.service.routes.asking import Serving
from worklog.service.service import Service
from worklog.service.store.people import Person
from worklog.service.web import visiting
from worklog.service.web.forms import Filled, FormError
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import Visiting

router = APIRouter()


@router.get("/settings/erase")
def get_erase(request: Request, person: Visiting, service: Serving) -> Response:
    """Say what goes and what stays, and ask."""
    return _page(request, person, service)


@router.post("/settings/erase")
def post_erase(request: Request, person: Visiting, service: Serving, form: Filled) -> Response:
    """Erase the account of whoever asks, and log them out."""
    try:
        confirmation, password = form.secret("mail"), form.secret("password")
        form.check()
        erasing.erase(service, person, confirmation=confirmation, password=password)
    except FormError as error:
        typed = form.raw("mail")
        return _page(
            request, person, service, status=error.http_status, problems=error.problems, typed=typed
        )
    except ConflictError as error:
        return _page(request, person, service, status=error.http_status)
    except TooManyRequestsError as error:
        problems = {"password": f"{error} {error.hint}"}
        answer = _page(request, person, service, status=429, problems=problems)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    response = go_to("/login", notice="Your account is erased.")
    visiting.log_out(response, service)
    return response


def _page(  # noqa: PLR0913 -- what went wrong decides what is shown
    request: Request,
    person: Person,
    service: Service,
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    typed: str = "",
) -> Response:
    return page(
        request,
        "erase.html",
        person=person,
        status=status,
        problems=problems,
        typed=typed,
        outlook=erasing.outlook(service, person),
    )
