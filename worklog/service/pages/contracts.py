"""Contracts: who works for whom and on which terms, and from when each change holds (R16)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from worklog.domain.contract import Contract, Terms
from worklog.domain.grid import from_epoch_ms
from worklog.domain.widening import is_wider
from worklog.errors import ConflictError, PolicyError
from worklog.service import agreements as desk
from worklog.service import requests, terms_form
from worklog.service.agreements import Effect, Particulars, agreement_for
from worklog.service.routes.asking import Serving
from worklog.service.store import agreements
from worklog.service.store import requests as asked
from worklog.service.store.agreements import Agreement
from worklog.service.store.people import Person
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import again, go_to, page
from worklog.service.web.visiting import Visiting
from worklog.service.web.zones import zone_of

router = APIRouter()

Name = Annotated[str, Path(max_length=64)]
_NEW: Final = Terms(manual_time=False, memo_required=True)
_CHOICES: Final = {
    "billings": list(terms_form.BILLING.items()),
    "screenshots": list(terms_form.SCREENSHOTS.items()),
    "pixelations": list(terms_form.PIXELATE.items()),
}


@router.get("/contracts")
def get_contracts(request: Request, service: Serving, person: Visiting) -> Response:
    """List the contracts of whoever looks, as a freelancer and as a client."""
    with service.store.reading(person.actor) as scope:
        found = agreements.agreements_of(scope, person)
        now = from_epoch_ms(scope.at_ms)
    rows = [
        {
            "it": one,
            "terms": dict(terms_form.in_words(one.contract.terms_at(now))),
            "is_own": one.freelancer == person.user,
        }
        for one in found
    ]
    return page(request, "contracts.html", person=person, rows=rows, zone=zone_of(request, person))


@router.get("/contracts/new")
def get_new_contract(request: Request, service: Serving, person: Visiting) -> Response:
    """Show the form of a new contract."""
    values = terms_form.filled_with(Particulars("", "", ()), _NEW)
    return page(request, "contract_new.html", person=person, **_new(service, person, values))


@router.post("/contracts/new")
def post_new_contract(
    request: Request, service: Serving, person: Visiting, form: Filled
) -> Response:
    """Offer a contract to a freelancer of the organisation."""
    try:
        particulars, terms = terms_form.particulars_of(form), terms_form.terms_of(form, _NEW)
        organisation, _, freelancer = form.raw("with").partition("/")
        if not freelancer:
            form.refuse("with", "Choose a freelancer.")
        form.check()
        with service.store.writing(person.actor) as scope:
            made = _saved(
                form,
                lambda: desk.offer(
                    scope,
                    person,
                    organisation=organisation,
                    freelancer=freelancer,
                    particulars=particulars,
                    terms=terms,
                ),
            )
    except FormError as error:
        values = {**terms_form.typed(form), "with": form.raw("with")}
        return again(
            request, "contract_new.html", error, person=person, **_new(service, person, values)
        )
    return go_to(
        f"/contracts/{made}", notice="The contract is there. Their tracker learns it by itself."
    )


@router.get("/contracts/{contract}")
def get_contract(request: Request, service: Serving, person: Visiting, contract: Name) -> Response:
    """Show a contract: terms, history, what is scheduled, people, requests."""
    with service.store.reading(person.actor) as scope:
        agreement = agreement_for(scope, person, contract)
        members = agreements.members_of(scope, agreement.organisation)
        wishes = asked.requests_of(scope, agreement.contract.contract_id)
        now = from_epoch_ms(scope.at_ms)
    held = agreement.contract
    terms = held.terms_at(now)
    return page(
        request,
        "contract.html",
        person=person,
        it=agreement,
        terms=terms_form.in_words(terms),
        history=_history(held),
        now=now,
        members=members,
        wishes=wishes,
        is_owner=_is_owner(person, agreement),
        is_client=_is_client(person, agreement),
        zone=zone_of(request, person),
    )


@router.get("/contracts/{contract}/edit")
def get_contract_edit(
    request: Request, service: Serving, person: Visiting, contract: Name
) -> Response:
    """Show the form of a contract as it will stand."""
    agreement = _owned(service, person, contract)
    held = agreement.contract
    values = terms_form.filled_with(Particulars(held.name, held.title, held.labels), held.terms[-1])
    return page(request, "contract_edit.html", person=person, **_edit(agreement, values, []))


@router.post("/contracts/{contract}/edit")
def post_contract_edit(
    request: Request, service: Serving, person: Visiting, contract: Name, form: Filled
) -> Response:
    """Say from when each change holds; with `sure`, save it."""
    agreement = _owned(service, person, contract)
    held = agreement.contract
    values = terms_form.typed(form)
    try:
        particulars = terms_form.particulars_of(form)
        wanted = terms_form.terms_of(form, held.terms[-1])
        form.check()
        changes = terms_form.changes_between(held.terms[-1], wanted)
        if not form.is_set("sure"):
            effects = desk.effects(held, service.store.clock.now(), changes)
            details = _edit(agreement, values, effects)
            details["is_checked"] = True
            details["zone"] = zone_of(request, person)
            return page(request, "contract_edit.html", person=person, **details)
        with service.store.writing(person.actor) as scope:
            _saved(form, lambda: desk.change(scope, person, contract, particulars, changes))
    except FormError as error:
        return again(
            request, "contract_edit.html", error, person=person, **_edit(agreement, values, [])
        )
    return go_to(f"/contracts/{contract}", notice="Saved. Their tracker learns it by itself.")


@router.post("/contracts/{contract}/end")
def post_contract_end(service: Serving, person: Visiting, contract: Name) -> Response:
    """End a contract."""
    with service.store.writing(person.actor) as scope:
        desk.end(scope, person, contract)
    return go_to(f"/contracts/{contract}", notice="The contract has ended. Nothing of it is lost.")


@router.post("/contracts/{contract}/requests/{request_id}")
def post_contract_request(
    service: Serving, person: Visiting, contract: Name, request_id: Name, form: Filled
) -> Response:
    """Grant or decline what the freelancer asked for."""
    is_granted = form.choice("answer", of=["grant", "decline"]) == "grant"
    form.check()
    with service.store.writing(person.actor) as scope:
        requests.decide(scope, person, contract, request_id, is_granted=is_granted)
    notice = "Granted: time by hand may be added from now on." if is_granted else "Declined."
    return go_to(f"/contracts/{contract}", notice=notice)


def _saved(form: Form, save: Any) -> Any:  # noqa: ANN401 -- what it saves is its own
    """Run *save*; what is taken already is said beside the field that can be mended."""
    try:
        return save()
    except ConflictError as error:
        form.refuse("name", str(error))
        raise FormError(form.problems) from error


def _owned(service: Serving, person: Person, contract: str) -> Agreement:
    with service.store.reading(person.actor) as scope:
        agreement = desk.owned_agreement(scope, person, contract)
    desk.check_going_on(agreement)
    return agreement


def _new(service: Serving, person: Person, values: dict[str, str]) -> dict[str, Any]:
    owned = {one.organisation: one.name for one in person.memberships if one.is_owner}
    if not owned:
        raise _no_owner()
    with service.store.reading(person.actor) as scope:
        partners = agreements.partners_of(scope, owned)
    pairs = [
        (f"{organisation}/{user}", name if len(owned) == 1 else f"{name} · {owned[organisation]}")
        for organisation, people in partners.items()
        for user, name in people.items()
    ]
    return {"values": {"with": "", **values}, "partners": pairs, **_CHOICES}


def _no_owner() -> PolicyError:
    msg = "Contracts are offered by the owners of an organisation."
    return PolicyError(msg, hint="Ask an owner to do it.")


def _edit(agreement: Agreement, values: dict[str, str], effects: list[Effect]) -> dict[str, Any]:
    lines = {}
    for effect in effects:
        name = terms_form.name_of(effect.field)
        lines[name] = {
            "name": name if effect.field not in {"rate", "currency"} else "Rate",
            "before": terms_form.value_in_words(effect.before, effect.field),
            "after": terms_form.value_in_words(effect.after, effect.field),
            "since": effect.since,
            "is_wider": effect.field == "policy"
            and is_wider(effect.after.policy, effect.before.policy),
        }
    if "Currency" in lines and "Rate" in lines:
        del lines["Currency"]
    return {
        "it": agreement,
        "values": values,
        "effects": list(lines.values()),
        "is_checked": False,
        "zone": None,
        **_CHOICES,
    }


def _history(contract: Contract) -> list[dict[str, Any]]:
    """Return the dated terms, newest first, each with what it changed."""
    found: list[dict[str, Any]] = []
    for number, terms in enumerate(contract.terms):
        words = dict(terms_form.in_words(terms))
        before = dict(terms_form.in_words(contract.terms[number - 1])) if number else {}
        changed = [(name, value) for name, value in words.items() if before.get(name) != value]
        found.insert(0, {"since": terms.since, "changed": changed})
    return found


def _is_owner(person: Person, agreement: Agreement) -> bool:
    return any(
        one.organisation == agreement.organisation and one.is_owner for one in person.memberships
    )


def _is_client(person: Person, agreement: Agreement) -> bool:
    return any(one.organisation == agreement.organisation for one in person.memberships)
