"""`/people`: an owner looks after members, freelancers, invitations and the organisation.

A link that was made is shown in the answer to its form, because it can be shown but once;
everything else goes back to the page by a redirect.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from worklog.domain.grid import from_epoch_ms
from worklog.domain.times import WEEKDAYS
from worklog.service import belonging
from worklog.service.letters import is_address
from worklog.service.problems import not_found
from worklog.service.routes.asking import Serving
from worklog.service.service import Service
from worklog.service.store.accounts import MEMBER, OWNER
from worklog.service.store.links import LIFE, Purpose
from worklog.service.store.people import Person
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import Visiting, home_of
from worklog.service.web.zones import zone_of

router = APIRouter()

CREATED: Final = 201
LINK_DAYS: Final = LIFE.days
_LAST_HOUR: Final = 23
_ROLES: Final = {"owner": OWNER, "member": MEMBER, "remove": None}
_DONE: Final = {"owner": "is an owner now", "member": "is a member now", "remove": "was removed"}
_PURPOSES: Final = (
    (Purpose.FREELANCER.value, "Freelancer, who records work"),
    (Purpose.MEMBER.value, "Member, who reads diaries and timesheets"),
    (Purpose.OWNER.value, "Owner, who looks after people and contracts too"),
)


@router.get("/people")
def get_people(person: Visiting) -> Response:
    """Go on to the first organisation that one owns, or to the accounts of the service."""
    for membership in person.memberships:
        if membership.is_owner:
            return go_to(f"/people/{membership.organisation}")
    if person.is_operator:
        return go_to("/people/accounts")
    what = "page"
    raise not_found(what)


@router.get("/people/{organisation}")
def get_organisation(
    request: Request, person: Visiting, service: Serving, organisation: str
) -> Response:
    """Show who has to do with an organisation."""
    return _page(request, person, service, organisation)


@router.post("/people/{organisation}")
def post_organisation(
    request: Request, person: Visiting, service: Serving, form: Filled, organisation: str
) -> Response:
    """Give an organisation another name and billing week."""
    try:
        name = form.text("name", what="The name", is_required=True)
        day = form.number("week_start", what="The day", least=0, most=len(WEEKDAYS) - 1)
        hour = form.number("week_hour", what="The hour", least=0, most=_LAST_HOUR)
        form.check()
    except FormError as error:
        return _page(request, person, service, organisation, form=form, error=error)
    belonging.change_organisation(
        service, person.actor, organisation, name=name, week_start=day, week_hour=hour
    )
    return go_to(f"/people/{organisation}", notice="Name and billing week are kept.")


@router.post("/people/{organisation}/invite")
def post_invite(
    request: Request, person: Visiting, service: Serving, form: Filled, organisation: str
) -> Response:
    """Make an invitation and show its link, this once."""
    try:
        purpose = form.choice("purpose", of=list(belonging.INVITED_AS), what="What they join as")
        note = form.text("note", what="Whom it is for")
        mail = mail_address(form, service)
        form.check()
    except FormError as error:
        return _page(request, person, service, organisation, form=form, error=error)
    code = belonging.invite(service, person.actor, organisation, Purpose(purpose), note, mail=mail)
    link = f"{home_of(request, service)}/join?code={code}"
    made = {"link": link, "for": note or mail, "what": "join", "mail": mail}
    return _page(request, person, service, organisation, made=made)


@router.post("/people/{organisation}/links/{link}")
def post_invitation(person: Visiting, service: Serving, organisation: str, link: str) -> Response:
    """Take an invitation back."""
    belonging.take_back(service, person.actor, organisation, link)
    return go_to(f"/people/{organisation}", notice="The invitation does not work any more.")


@router.post("/people/{organisation}/members/{user}")
def post_member(
    person: Visiting, service: Serving, form: Filled, organisation: str, user: str
) -> Response:
    """Make a member an owner or a member, or remove them."""
    what = form.choice("what", of=_ROLES)
    form.check()
    found = belonging.change_member(service, person.actor, organisation, user, role=_ROLES[what])
    is_gone = user == person.user and what != "owner"
    target = "/" if is_gone else f"/people/{organisation}"
    return go_to(target, notice=f"{found.display} {_DONE[what]}.")


@router.post("/people/{organisation}/partners/{user}")
def post_partner(person: Visiting, service: Serving, organisation: str, user: str) -> Response:
    """Remove a freelancer."""
    found = belonging.remove_partner(service, person.actor, organisation, user)
    return go_to(f"/people/{organisation}", notice=f"{found.display} was removed.")


def mail_address(form: Form, service: Service) -> str:
    """Return the mail address of *form*; notes what is wrong. Empty where no mail is sent."""
    if service.post is None:
        return ""
    found = form.text("mail", what="The mail address")
    if found and not is_address(found):
        form.refuse("mail", "A mail address looks like ann@example.com.")
    return found


def _page(  # noqa: PLR0913 -- what was done decides what is shown
    request: Request,
    person: Person,
    service: Service,
    organisation: str,
    *,
    form: Form | None = None,
    error: FormError | None = None,
    made: dict[str, str] | None = None,
) -> Response:
    found = belonging.people_of(service, person.actor, organisation)
    status = error.http_status if error is not None else CREATED if made else 200
    return page(
        request,
        "people.html",
        person=person,
        status=status,
        problems=error.problems if error is not None else {},
        here=organisation,
        found=found,
        made=made,
        sends_mail=service.post is not None,
        form=form or Form({}),
        purposes=_PURPOSES,
        days=[(number, day.title()) for number, day in enumerate(WEEKDAYS)],
        hours=[(hour, f"{hour:02}:00 UTC") for hour in range(_LAST_HOUR + 1)],
        life=LINK_DAYS,
        at=from_epoch_ms,
        zone=zone_of(request, person),
    )
