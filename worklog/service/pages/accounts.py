"""`/people/accounts`: whoever runs the service sees who there is."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from worklog.domain.grid import from_epoch_ms
from worklog.service import operating
from worklog.service.pages.people import CREATED, LINK_DAYS
from worklog.service.routes.asking import Serving
from worklog.service.service import Service
from worklog.service.store.people import Person
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import Visiting, home_of
from worklog.service.web.zones import zone_of

router = APIRouter()

_HERE = "/people/accounts"
_ACTIONS = ["disable", "enable", "reset"]


@router.get("/people/accounts")
def get_accounts(request: Request, person: Visiting, service: Serving) -> Response:
    """Show accounts and organisations."""
    return _page(request, person, service)


@router.post("/people/accounts/organisations")
def post_organisation_made(
    request: Request, person: Visiting, service: Serving, form: Filled
) -> Response:
    """Make an organisation and show the link for its owner."""
    operating.check(person.actor)
    try:
        name = form.text("name", what="The name", is_required=True)
        form.check()
    except FormError as error:
        return _page(request, person, service, form=form, error=error)
    code = operating.make_organisation(service.store, person.actor, name)
    link = f"{home_of(request, service)}/join?code={code}"
    return _page(request, person, service, made={"link": link, "for": name, "what": "own"})


@router.post("/people/accounts/invite")
def post_invite_account(
    request: Request, person: Visiting, service: Serving, form: Filled
) -> Response:
    """Invite an operator, or an owner of an organisation."""
    note = form.text("note", what="Whom it is for")
    organisation = form.raw("organisation") or None
    form.check()
    code = operating.invite(service.store, person.actor, organisation=organisation, note=note)
    link = f"{home_of(request, service)}/join?code={code}"
    return _page(request, person, service, made={"link": link, "for": note, "what": "join"})


@router.post("/people/accounts/links/{link}")
def post_operator_link(person: Visiting, service: Serving, link: str) -> Response:
    """Take an invitation to run the service back."""
    operating.take_back(service.store, person.actor, link)
    return go_to(_HERE, notice="The invitation does not work any more.")


@router.post("/people/accounts/{user}")
def post_account(
    request: Request, person: Visiting, service: Serving, form: Filled, user: str
) -> Response:
    """Close an account, open it again, or make a link to a new password."""
    operating.check(person.actor)
    what = form.choice("what", of=_ACTIONS)
    form.check()
    if what == "reset":
        code, mail = operating.mail_reset(service, person.actor, user)
        link = f"{home_of(request, service)}/reset?code={code}"
        made = {"link": link, "for": "", "what": "reset", "mail": mail}
        return _page(request, person, service, made=made)
    is_disabled = what == "disable"
    found = operating.set_disabled(service.store, person.actor, user, is_disabled=is_disabled)
    return go_to(_HERE, notice=f"{found.display} is {'closed' if is_disabled else 'open again'}.")


def _page(  # noqa: PLR0913 -- what was done decides what is shown
    request: Request,
    person: Person,
    service: Service,
    *,
    form: Form | None = None,
    error: FormError | None = None,
    made: dict[str, str] | None = None,
) -> Response:
    found = operating.everybody(service, person.actor)
    return page(
        request,
        "accounts.html",
        person=person,
        status=error.http_status if error is not None else CREATED if made else 200,
        problems=error.problems if error is not None else {},
        here="accounts",
        found=found,
        made=made,
        form=form or Form({}),
        targets=[("", "Operator of this service")]
        + [(one.organisation, f"Owner of {one.name}") for one in found.organisations],
        life=LINK_DAYS,
        at=from_epoch_ms,
        zone=zone_of(request, person),
    )
