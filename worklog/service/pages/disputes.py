"""Disputes as they go on: the freelancer answers or lets stand, the client withdraws or settles."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from worklog.domain.dispute import Dispute, Side, State
from worklog.domain.wording import count
from worklog.service import reviewing
from worklog.service.agreements import agreement_for
from worklog.service.pages.review import MOST_WORDS, rows_of
from worklog.service.routes.asking import Serving
from worklog.service.scope import Scope
from worklog.service.store import agreements, disputes
from worklog.service.store.people import Person
from worklog.service.web import review_view
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import again, go_to, page
from worklog.service.web.review_view import Group
from worklog.service.web.visiting import Visiting
from worklog.service.web.zones import zone_of
from worklog.service.weeks import name_of

router = APIRouter()

_DONE: Final = {
    State.WITHDRAWN: "Withdrawn: payable again",
    State.SETTLED: "Settled",
    State.ANSWERED: "Answered: the client sees it",
    State.UPHELD: "Let stand: not payable",
}
_WORDS: Final = {State.ANSWERED: "The answer", State.SETTLED: "What you agreed on"}


@router.get("/disputes")
def get_disputes(request: Request, service: Serving, person: Visiting) -> Response:
    """Show the disputes of all contracts of whoever looks, on whichever side."""
    with service.store.reading(person.actor) as scope:
        groups = _groups(request, scope, person)
    return page(request, "disputes.html", person=person, **_shown(request, person, groups))


@router.post("/disputes/withdraw")
def post_withdraw(request: Request, service: Serving, person: Visiting, form: Filled) -> Response:
    """Withdraw disputes: their time is payable again."""
    return _move(request, service, person, form, (Side.CLIENT, State.WITHDRAWN))


@router.post("/disputes/settle")
def post_settle(request: Request, service: Serving, person: Visiting, form: Filled) -> Response:
    """Note that both agreed on something."""
    return _move(request, service, person, form, (Side.CLIENT, State.SETTLED))


@router.post("/disputes/answer")
def post_answer(request: Request, service: Serving, person: Visiting, form: Filled) -> Response:
    """Answer disputes."""
    return _move(request, service, person, form, (Side.FREELANCER, State.ANSWERED))


@router.post("/disputes/uphold")
def post_uphold(request: Request, service: Serving, person: Visiting, form: Filled) -> Response:
    """Let disputes stand: their time is not payable."""
    return _move(request, service, person, form, (Side.FREELANCER, State.UPHELD))


def _move(
    request: Request, service: Serving, person: Person, form: Form, move: tuple[Side, State]
) -> Response:
    side, to = move
    try:
        words = form.text(
            "words", what=_WORDS.get(to, "The note"), most=MOST_WORDS, is_required=to in _WORDS
        )
        names = form.all("dispute")
        if not names:
            form.refuse("words", "Choose the segments that this is about.")
        form.check()
    except FormError as error:
        return _again(request, service, person, form, error)
    with service.store.writing(person.actor) as scope:
        moved = reviewing.move_disputes(scope, names, side, to, words)
        address = "/disputes" if side is Side.FREELANCER else _week_of(scope, person, moved[0])
    return go_to(address, notice=f"{_DONE[to]}: {count(len(moved), 'segment')}.")


def _again(
    request: Request, service: Serving, person: Person, form: Form, error: FormError
) -> Response:
    with service.store.reading(person.actor) as scope:
        groups = _groups(request, scope, person)
    values = _shown(request, person, groups)
    values |= {"typed": form.raw("words"), "chosen": frozenset(form.all("dispute"))}
    return again(request, "disputes.html", error, person=person, **values)


def _groups(request: Request, scope: Scope, person: Person) -> list[Group]:
    zone = zone_of(request, person)
    known = {one.contract.contract_id: one for one in agreements.agreements_of(scope, person)}
    found = disputes.disputes_of(scope, known)
    groups = []
    for name, agreement in known.items():
        own = [one for one in found if one.contract == name]
        side = Side.FREELANCER if agreement.freelancer == person.user else Side.CLIENT
        rows = {
            row.segment.key.slot: row
            for week in sorted({agreement.contract.week_at(one.slot.start) for one in own})
            for row in rows_of(scope, agreement, week)
        }
        groups += review_view.groups_of(own, agreement, rows, side, zone)
    return groups


def _shown(request: Request, person: Person, groups: list[Group]) -> dict[str, Any]:
    return {
        "going_on": [group for group in groups if not group.first.is_closed],
        "closed": [group for group in groups if group.first.is_closed],
        "is_freelancer": person.is_freelancer,
        "typed": "",
        "chosen": frozenset(),
        "zone": zone_of(request, person),
    }


def _week_of(scope: Scope, person: Person, one: Dispute) -> str:
    agreement = agreement_for(scope, person, one.contract)
    return f"/review/{one.contract}/{name_of(agreement.contract.week_at(one.slot.start))}"
