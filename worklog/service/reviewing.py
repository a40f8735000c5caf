"""What a client decides about a week, and what both say in a dispute (R17, R24, R27).

Accepting is an amendment (`worklog.service.editing.accept`), reopening an event of the week
(`worklog.service.weeks`); disputes are neither, and change no bill: they say what of the
money is doubted, and the rest stays payable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from worklog.domain import dispute as rules
from worklog.domain.billing import bill
from worklog.domain.contract import Week
from worklog.domain.dispute import Dispute, Side, State
from worklog.domain.grid import Slot, from_epoch_ms
from worklog.domain.grouping import Totals
from worklog.domain.ids import ContractId
from worklog.domain.lock import is_locked, locks_at
from worklog.domain.segment import BilledSegment, Reason
from worklog.domain.timesheet import totals
from worklog.errors import ConflictError
from worklog.service.authorize import Verb, authorize
from worklog.service.editing import live_rows, waits
from worklog.service.problems import not_found
from worklog.service.scope import Scope
from worklog.service.showing import party_to
from worklog.service.store import accounts, audit, days, diary, disputes, weeks
from worklog.service.store.agreements import Agreement
from worklog.service.store.audit import Concern
from worklog.service.store.days import Figures
from worklog.service.store.engine import as_system, lock_diary
from worklog.service.weeks import first_slot, name_of

_VERBS: Final = {Side.CLIENT: Verb.DECIDE, Side.FREELANCER: Verb.AMEND}
_SHOWN: Final = 6  # weeks of a contract that are listed although nothing waits in them


@dataclass(frozen=True, slots=True)
class WeekCard:
    """One week of one contract in the list of what there is to review.

    Attributes:
        agreement: The contract and its parties.
        week: Which week.
        name: Of the week, such as `2026-W47`.
        late: Segments that came after the lock and are not accepted.
        unproven: Segments without proof beyond the allowance, not accepted.
        unanswered: Disputed segments of which the freelancer has said nothing yet.
        answered: Disputed segments that the client is to withdraw or settle.
        total: What bills.
        is_locked: Whether words and money stand.
        locks_at: When they do or did.
        until: Until when segments may be disputed.
        may_dispute: Whether that is now.
    """

    agreement: Agreement
    week: Week
    name: str
    late: int
    unproven: int
    unanswered: int
    answered: int
    total: Totals
    is_locked: bool
    locks_at: datetime | None
    until: datetime | None
    may_dispute: bool

    @property
    def needs_client(self) -> bool:
        return bool(self.late or self.unproven or self.answered)


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a week's billed time is payable.

    Attributes:
        billed: All of it.
        disputed: What a dispute that goes on is about.
        upheld: What the freelancer let stand: not payable.
        settled: What both agreed on something about, in words.
        payable: The rest.
    """

    billed: Totals
    disputed: Totals
    upheld: Totals
    settled: Totals
    payable: Totals


# --- Reading ----------------------------------------------------------------------------


def cards_of(scope: Scope, agreements: Sequence[Agreement]) -> list[WeekCard]:
    """Return the weeks of *agreements* that there is something to decide about, and recent ones.

    Newest first; what waits for the client before the others.
    """
    names = [one.contract.contract_id for one in agreements]
    waiting = disputes.waiting_in(scope, names)
    doubted = [one for one in disputes.disputes_of(scope, names) if not one.is_closed]
    cards = []
    for one in agreements:
        contract = one.contract
        own = [(slot, reason) for name, slot, reason in waiting if name == contract.contract_id]
        open_ = [each for each in doubted if each.contract == contract.contract_id]
        recorded = [row.week for row in weeks.rows_of(scope, [contract.contract_id])]
        wanted = {contract.week_at(slot.start) for slot, _ in own}
        wanted |= {contract.week_at(each.slot.start) for each in open_}
        wanted |= set(recorded[:_SHOWN])
        cards += [_card(scope, one, week, own, open_) for week in wanted]
    cards.sort(key=lambda card: (card.week.start, card.agreement.contract.name), reverse=True)
    return sorted(cards, key=lambda card: not card.needs_client)


def standing_of(rows: Iterable[BilledSegment], found: Iterable[Dispute]) -> Standing:
    """Return what of *rows* is payable, as the disputes about them stand."""
    latest = latest_of(found)
    by_state: dict[State | None, list[BilledSegment]] = {}
    for row in rows:
        dispute = latest.get(row.segment.key.slot)
        by_state.setdefault(None if dispute is None else dispute.state, []).append(row)

    def sum_of(*states: State | None) -> Totals:
        return totals(row for state in states for row in by_state.get(state, []))

    return Standing(
        billed=sum_of(None, *State),
        disputed=sum_of(State.OPEN, State.ANSWERED),
        upheld=sum_of(State.UPHELD),
        settled=sum_of(State.SETTLED),
        payable=sum_of(None, State.WITHDRAWN),
    )


def latest_of(found: Iterable[Dispute]) -> dict[Slot, Dispute]:
    """Return the last dispute about each slot."""
    return {one.slot: one for one in sorted(found, key=lambda one: (one.opened, one.dispute_id))}


def would_bill(
    scope: Scope, agreement: Agreement, week: Week, rows: Collection[BilledSegment]
) -> Totals:
    """Return by how much the week's bill would grow if the client accepted *rows* of it.

    The contest of a slot and the limit decide as they will, so this asks billing itself,
    over contracts that the client cannot see; what comes out is the bill of theirs alone.
    """
    contract, slots = agreement.contract.contract_id, week.slots()
    accepted = {row.segment.key for row in rows}
    with as_system(scope) as system:
        contracts = accounts.contracts_of(system, agreement.freelancer)
        present = diary.segments(system, agreement.freelancer, slots.start, slots.stop)
        frozen = diary.settled(system, agreement.freelancer, slots.start, slots.stop)
    bills = bill(
        [
            replace(row.segment, is_accepted=True) if row.segment.key in accepted else row.segment
            for row in present
        ],
        contracts,
        settled={key: held for key, held in frozen.items() if key not in accepted},
    )
    own = [row for row in present if row.segment.key.contract == contract]
    after = totals(replace(row, bill=bills[row.segment.key]) for row in own)
    return _difference(after, totals(own))


def _difference(after: Totals, before: Totals) -> Totals:
    return Totals(
        billed_seconds=after.billed_seconds - before.billed_seconds,
        amounts={
            code: amount - before.amounts.get(code, Decimal())
            for code, amount in after.amounts.items()
        },
    )


def _card(
    scope: Scope,
    agreement: Agreement,
    week: Week,
    waiting: Iterable[tuple[Slot, Reason]],
    doubted: Iterable[Dispute],
) -> WeekCard:
    contract, now = agreement.contract, from_epoch_ms(scope.at_ms)
    slots = week.slots()
    reasons = [reason for slot, reason in waiting if slot.index in slots]
    states = [each.state for each in doubted if each.slot.index in slots]
    found = days.figures(scope, agreement.freelancer, contract.contract_id, slots.start, slots.stop)
    until = rules.may_dispute_until(contract, week)
    is_closed = is_locked(contract, first_slot(week), now)
    return WeekCard(
        agreement=agreement,
        week=week,
        name=name_of(week),
        late=reasons.count(Reason.LATE),
        unproven=reasons.count(Reason.UNPROVEN),
        unanswered=states.count(State.OPEN),
        answered=states.count(State.ANSWERED),
        total=_total(found, contract.price_of(week).currency),
        is_locked=is_closed,
        locks_at=locks_at(contract, first_slot(week)),
        until=until,
        may_dispute=is_closed and until is not None and now < until,
    )


def _total(found: Sequence[Figures], currency: str) -> Totals:
    amounts = [each.amount for each in found if each.amount is not None]
    return Totals(
        billed_seconds=sum(each.billed_seconds for each in found),
        tracked_seconds=sum(each.tracked_seconds for each in found),
        amounts={currency: sum(amounts, Decimal())} if amounts else {},
    )


# --- Disputes ---------------------------------------------------------------------------


def open_disputes(
    scope: Scope, agreement: Agreement, week: Week, slots: Collection[int], *, reason: str
) -> int:
    """Dispute the segments of *week* in *slots*, as its client; return how many.

    Raises:
        NotFoundError: none of them is there.
        PolicyError: the freelancer may not do that, or the time for it is over.
        ConflictError: the week is open, or one of them bills nothing or is disputed.
    """
    contract = agreement.contract
    owned = party_to(scope, contract.contract_id, Verb.DECIDE)
    lock_diary(scope, agreement.freelancer)
    rules.check_period(contract, week, from_epoch_ms(scope.at_ms))
    inside = [slot for slot in slots if slot in week.slots()]
    rows = live_rows(scope, owned, contract.contract_id, inside)
    if not rows:
        raise not_found(what="segment")
    if not all(row.bill.seconds for row in rows):
        msg = "Something of what was chosen bills nothing, so there is nothing to dispute."
        raise ConflictError(msg, hint="Choose segments that bill.")
    known = latest_of(disputes.disputes_of(scope, [contract.contract_id], week.slots()))
    last = [known.get(row.segment.key.slot) for row in rows]
    if any(one is not None and one.state is not State.WITHDRAWN for one in last):
        msg = "Something of what was chosen is disputed already."
        raise ConflictError(msg, hint="Choose segments without a dispute.")
    disputes.put_disputes(
        scope,
        freelancer=agreement.freelancer,
        contract=contract.contract_id,
        slots=[row.segment.key.slot.index for row in rows],
        reason=reason,
    )
    _record(scope, "dispute-open", agreement.freelancer, contract.contract_id, len(rows))
    return len(rows)


def move_disputes(
    scope: Scope, names: Collection[str], side: Side, to: State, words: str
) -> list[Dispute]:
    """Take disputes to another state, all or none of them, and return them.

    Raises:
        NotFoundError: one of them is not there, or nothing to the actor.
        PolicyError: the actor is on the other side.
        ConflictError: one of them cannot go there from where it stands.
    """
    found = disputes.disputes_named(scope, names)
    if not found or len(found) != len(set(names)):
        raise not_found(what="dispute")
    now = from_epoch_ms(scope.at_ms)
    freelancers: dict[ContractId, str] = {}
    for contract in sorted({one.contract for one in found}):
        owned = accounts.standing(scope, contract)
        authorize(scope.actor, _VERBS[side], owned)
        assert owned is not None  # noqa: S101 -- authorize refuses what is not there
        freelancers[contract] = owned.freelancer
    for freelancer in sorted(set(freelancers.values())):
        lock_diary(scope, freelancer)
    # Read again: the other side may have moved while this one waited for the diary.
    after = [
        rules.moved(one, side, to, words, at=now) for one in disputes.disputes_named(scope, names)
    ]
    for one in after:
        disputes.save_dispute(scope, one)
    for contract, freelancer in freelancers.items():
        count = sum(one.contract == contract for one in after)
        _record(scope, f"dispute-{to.value}", freelancer, contract, count)
    return after


def waiting_rows(rows: Iterable[BilledSegment]) -> list[BilledSegment]:
    """Return those of *rows* that the client is to accept."""
    return [row for row in rows if waits(row)]


def _record(scope: Scope, verb: str, freelancer: str, contract: ContractId, segments: int) -> None:
    concern = Concern(user=freelancer, contract=contract)
    audit.record(scope, verb, concern, details={"segments": segments})
