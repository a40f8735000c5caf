"""Pages from templates: escaped without exception, with what every page shows.

Templates get plain values and a few filters; none of them asks the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, unquote

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import RedirectResponse, Response

from worklog.domain import money, wording
from worklog.domain.times import day_in_words
from worklog.service.store.people import Person
from worklog.service.web.forms import FormError
from worklog.service.web.navigation import account_places_of, places_of
from worklog.service.web.static import address_of

SEE_OTHER: Final = 303
# A sentence for the next page. In a cookie and not in the address, where anybody could put
# words into the service's mouth.
_NOTICE: Final = "notice"
_NOTICE_LENGTH: Final = 200  # characters
_NOTICE_LIFE: Final = 60  # [s]

_environment: Final = Environment(
    loader=PackageLoader("worklog.service", "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _hours(value: float | timedelta) -> str:
    return wording.hours(value.total_seconds() if isinstance(value, timedelta) else value)


def _clock(instant: datetime, zone: tzinfo = UTC) -> str:
    return wording.clock(instant, zone)


def _day(instant: datetime, zone: tzinfo = UTC) -> str:
    return day_in_words(instant.astimezone(zone).date())


def _moment(instant: datetime, zone: tzinfo = UTC) -> str:
    return f"{_day(instant, zone)}, {wording.clock(instant, zone)}"


def _money(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else wording.money(amount, currency)


_environment.filters.update(
    hours=_hours,
    clock=_clock,
    day=_day,
    moment=_moment,
    money=_money,
    amounts=wording.amounts,
    count=wording.count,
    number=len,
    zone_name=wording.zone_name,
    date=day_in_words,
    digits=money.exponent,
    length=wording.length_of,
)
_environment.globals.update(static=address_of, nothing={})


def page(
    request: Request,
    template: str,
    *,
    person: Person | None,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    **values: Any,  # noqa: ANN401 -- what the template names
) -> Response:
    """Return the page that *template* draws.

    Args:
        request: What is answered.
        template: File of the templates folder.
        person: Who looks; None where nobody is logged in.
        status: HTTP status.
        problems: What is wrong with a form that is shown again, by field.
        values: Further names of the template.
    """
    notice = request.cookies.get(_NOTICE, "")
    content = _environment.get_template(template).render(
        request=request,
        person=person,
        places=places_of(request.url.path, person),
        account_places=account_places_of(request.url.path, person),
        notice=unquote(notice)[:_NOTICE_LENGTH],
        problems=problems or {},
        **values,
    )
    response = Response(content, status_code=status, media_type="text/html; charset=utf-8")
    if notice:
        response.delete_cookie(_NOTICE, httponly=True, samesite="strict")
    return response


def again(
    request: Request,
    template: str,
    error: FormError,
    *,
    person: Person | None,
    **values: Any,  # noqa: ANN401 -- what the template names
) -> Response:
    """Return the page of a form once more, with what was typed and what is wrong with it."""
    return page(
        request,
        template,
        person=person,
        status=error.http_status,
        problems=error.problems,
        **values,
    )


def go_to(address: str, *, notice: str = "") -> Response:
    """Send the browser to *address* after a form was taken in; *notice* is shown there."""
    response = RedirectResponse(address, status_code=SEE_OTHER)
    if notice:
        value = quote(notice[:_NOTICE_LENGTH], safe="")
        response.set_cookie(_NOTICE, value, max_age=_NOTICE_LIFE, httponly=True, samesite="strict")
    return response
