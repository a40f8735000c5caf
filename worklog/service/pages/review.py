"""The review: what a client decides about a week. Disputes go on in `disputes`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from worklog.domain.contract import Week
from worklog.domain.dispute import Side, may_dispute_until
from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.domain.lock import is_locked, locks_at
from worklog.domain.segment import BilledSegment
from worklog.domain.wording import count
from worklog.service import editing, reviewing, weeks
from worklog.service.agreements import agreement_for
from worklog.service.authorize import Verb
from worklog.service.routes.asking import Serving
from worklog.service.scope import Scope
from worklog.service.showing import party_to
from worklog.service.store import agreements, diary, disputes
from worklog.service.store import weeks as week_rows
from worklog.service.store.agreements import Agreement
from worklog.service.store.people import Person
from worklog.service.web import review_view
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import again, go_to, page
from worklog.service.web.visiting import Visiting
from worklog.service.web.zones import zone_of

router = APIRouter()

Name = Annotated[str, Path(max_length=64)]
WeekName = Annotated[str, Path(max_length=16)]
_WEEK: Final = timedelta(days=7)
MOST_WORDS: Final = 1_000  # characters
_LONGEST_SLOT: Final = 12  # digits


# --- Pages --------------------------------------------------------------------------------


@router.get("/review")
def get_review(request: Request, service: Serving, person: Visiting) -> Response:
    """List the weeks of the person's organisations with what waits for them."""
    with service.store.reading(person.actor) as scope:
        cards = reviewing.cards_of(scope, _decided_by(person, scope))
        now = from_epoch_ms(scope.at_ms)
    waiting = [card for card in cards if card.needs_client]
    return page(
        request,
        "review.html",
        person=person,
        waiting=waiting,
        number=len(waiting),
        others=[card for card in cards if not card.needs_client],
        now=now,
        zone=zone_of(request, person),
    )


@router.get("/review/{contract}/{week}")
def get_review_week(
    request: Request, service: Serving, person: Visiting, contract: Name, week: WeekName
) -> Response:
    """Show what there is to decide about a week."""
    with service.store.reading(person.actor) as scope:
        values = _week(request, scope, person, contract, week)
    return page(request, "review_week.html", person=person, **values)


# --- Deciding about a week ------------------------------------------------------------------


@router.post("/review/{contract}/{week}/accept")
def post_accept(  # noqa: PLR0913, PLR0917 -- what its address says
    request: Request,
    service: Serving,
    person: Visiting,
    contract: Name,
    week: WeekName,
    form: Filled,
) -> Response:
    """Accept late and unproven segments: those chosen, or all."""
    with service.store.reading(person.actor) as scope:
        which = _decided(scope, person, contract, week)
        waiting = reviewing.waiting_rows(rows_of(scope, *which))
    slots = [row.segment.key.slot.index for row in waiting]
    if not form.is_set("all"):
        slots = _slots(form)
    try:
        if not slots and waiting:
            form.refuse("accept", "Choose what to accept first, or accept all of it.")
        form.check()
    except FormError as error:
        return _again(request, service, person, contract, week, form, error)
    made = editing.change(
        service, person.actor, ContractId(contract), editing.accept(slots), verb=Verb.DECIDE
    )
    number = count(len(made.change.targets), "segment")  # type: ignore[union-attr]  # an Accept
    return go_to(f"/review/{contract}/{week}", notice=f"Accepted: {number}.")


@router.post("/review/{contract}/{week}/reopen")
def post_reopen(  # noqa: PLR0913, PLR0917 -- what its address says
    request: Request,
    service: Serving,
    person: Visiting,
    contract: Name,
    week: WeekName,
    form: Filled,
) -> Response:
    """Open a locked week again."""
    with service.store.reading(person.actor) as scope:
        _decided(scope, person, contract, week)
    try:
        reason = _reason(form, "reopen_reason")
        form.check()
    except FormError as error:
        return _again(request, service, person, contract, week, form, error)
    with service.store.writing(person.actor) as scope:
        agreement = agreement_for(scope, person, contract)
        which = weeks.week_named(agreement.contract, week)
        weeks.reopen(scope, agreement, which, reason=reason)
    return go_to(
        f"/review/{contract}/{week}", notice="The week is open again. Their tracker learns it."
    )


@router.post("/review/{contract}/{week}/dispute")
def post_dispute(  # noqa: PLR0913, PLR0917 -- what its address says
    request: Request,
    service: Serving,
    person: Visiting,
    contract: Name,
    week: WeekName,
    form: Filled,
) -> Response:
    """Dispute the chosen segments."""
    with service.store.reading(person.actor) as scope:
        _decided(scope, person, contract, week)
    slots = _slots(form)
    try:
        reason = _reason(form, "dispute_reason")
        if not slots:
            form.refuse("dispute", "Choose the segments that you dispute.")
        form.check()
    except FormError as error:
        return _again(request, service, person, contract, week, form, error)
    with service.store.writing(person.actor) as scope:
        agreement = agreement_for(scope, person, contract)
        which = weeks.week_named(agreement.contract, week)
        made = reviewing.open_disputes(scope, agreement, which, slots, reason=reason)
    return go_to(
        f"/review/{contract}/{week}",
        notice=f"Disputed: {count(made, 'segment')}. The freelancer sees it and answers.",
    )


# --- What all of them need -------------------------------------------------------------------


def _again(  # noqa: PLR0913, PLR0917 -- what the routes have
    request: Request,
    service: Serving,
    person: Person,
    contract: str,
    week: str,
    form: Form,
    error: FormError,
) -> Response:
    with service.store.reading(person.actor) as scope:
        values = _week(request, scope, person, contract, week)
    values["typed"] = {name: form.raw(name) for name in ("dispute_reason", "reopen_reason")}
    values["chosen"] = frozenset(form.all("slot"))
    return again(request, "review_week.html", error, person=person, **values)


def _week(
    request: Request, scope: Scope, person: Person, contract: str, name: str
) -> dict[str, Any]:
    agreement, week = _decided(scope, person, contract, name)
    held, zone, now = agreement.contract, zone_of(request, person), from_epoch_ms(scope.at_ms)
    rows = rows_of(scope, agreement, week)
    found = disputes.disputes_of(scope, [held.contract_id], week.slots())
    waiting = reviewing.waiting_rows(rows)
    until = may_dispute_until(held, week)
    is_closed = is_locked(held, weeks.first_slot(week), now)
    by_slot = {row.segment.key.slot: row for row in rows}
    return {
        "it": agreement,
        "week": week,
        "name": weeks.name_of(week),
        "before": weeks.name_of(Week(week.start - _WEEK)),
        "after": weeks.name_of(Week(week.start + _WEEK)) if week.end <= now else "",
        "last_day": review_view.last_day(week.end, zone),
        "waiting": review_view.days_of(waiting, zone),
        "waits": len(waiting),
        "would": reviewing.would_bill(scope, agreement, week, waiting),
        "billed": review_view.days_of([row for row in rows if row.bill.seconds], zone, found),
        "standing": reviewing.standing_of(rows, found),
        "groups": review_view.groups_of(found, agreement, by_slot, Side.CLIENT, zone),
        "deeds": week_rows.deeds_of(scope, held.contract_id, week),
        "is_locked": is_closed,
        "locks_at": locks_at(held, weeks.first_slot(week)),
        "until": until,
        "may_dispute": is_closed and until is not None and now < until,
        "currency": held.price_of(week).currency,
        "now": now,
        "zone": zone,
        "typed": {},
        "chosen": frozenset(),
    }


def _decided(scope: Scope, person: Person, contract: str, name: str) -> tuple[Agreement, Week]:
    """Return the week *name* of a contract that *person* decides about.

    Raises:
        NotFoundError: there is no such contract for them.
        PolicyError: they are its freelancer.
        UsageError: *name* is no week.
    """
    party_to(scope, ContractId(contract), Verb.DECIDE)
    agreement = agreement_for(scope, person, contract)
    return agreement, weeks.week_named(agreement.contract, name)


def _decided_by(person: Person, scope: Scope) -> list[Agreement]:
    clients = {one.organisation for one in person.memberships}
    return [one for one in agreements.agreements_of(scope, person) if one.organisation in clients]


def rows_of(scope: Scope, agreement: Agreement, week: Week) -> list[BilledSegment]:
    """Return the segments of *week*."""
    slots = week.slots()
    return diary.segments(
        scope,
        agreement.freelancer,
        slots.start,
        slots.stop,
        contract=agreement.contract.contract_id,
    )


def _slots(form: Form) -> list[int]:
    return [
        int(slot)
        for slot in form.all("slot")
        if slot.isascii() and slot.isdecimal() and len(slot) <= _LONGEST_SLOT
    ]


def _reason(form: Form, name: str) -> str:
    return form.text(name, what="The reason", most=MOST_WORDS, is_required=True)
