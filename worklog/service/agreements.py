"""Offering, changing and ending contracts: what an owner of an organisation does (R16, R30).

Whatever changes is told to the freelancer's trackers and stands in the audit trail of the
contract; what the new terms change of open weeks is billed anew in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from worklog.domain.canonical import Json
from worklog.domain.contract import Contract, Terms, TermsChanges, revised
from worklog.domain.grid import Slot, from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.errors import ConflictError, PolicyError
from worklog.service.materialise import rebill
from worklog.service.problems import not_found
from worklog.service.scope import Scope
from worklog.service.settling import settle_due
from worklog.service.store import accounts, agreements, audit
from worklog.service.store.agreements import Agreement
from worklog.service.store.audit import Concern
from worklog.service.store.engine import lock_diary
from worklog.service.store.feed import News
from worklog.service.store.people import Person


@dataclass(frozen=True, slots=True)
class Particulars:
    """The words of a contract.

    Attributes:
        name: Short; what the freelancer types.
        title: What for.
        labels: Activity labels to choose from; empty for any.
    """

    name: str
    title: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of terms and from when it holds.

    Attributes:
        field: Name of the field of `Terms`.
        before: The terms as they stood.
        after: The terms as they will stand.
        since: First instant it holds for.
    """

    field: str
    before: Terms
    after: Terms
    since: datetime


def agreement_for(scope: Scope, person: Person, contract: str) -> Agreement:
    """Return the contract, which *person* is party to.

    Raises:
        NotFoundError: there is none, or it is nothing to *person*.
    """
    found = agreements.agreements_of(scope, person, contract=ContractId(contract))
    if not found:
        raise not_found(what="contract")
    return found[0]


def owned_agreement(scope: Scope, person: Person, contract: str) -> Agreement:
    """Return the contract, whose organisation *person* owns.

    Raises:
        NotFoundError: there is none, or it is nothing to *person*.
        PolicyError: they are its freelancer, or a member only.
    """
    agreement = agreement_for(scope, person, contract)
    if all(one.organisation != agreement.organisation for one in person.memberships):
        msg = "Only an owner of the client's organisation may change a contract."
        raise PolicyError(msg, hint="Ask them to do it.")
    check_owner(person, agreement.organisation)
    return agreement


def check_owner(person: Person, organisation: str) -> None:
    """Let *person* pass as an owner of *organisation*.

    Raises:
        NotFoundError: they do not belong to it.
        PolicyError: they are a member only.
    """
    for membership in person.memberships:
        if membership.organisation == organisation:
            if membership.is_owner:
                return
            msg = f"Only an owner of {membership.name} may change its contracts."
            raise PolicyError(msg, hint="Ask an owner to do it.")
    raise not_found(what="organisation")


def offer(  # noqa: PLR0913 -- who, with whom, on what
    scope: Scope,
    person: Person,
    *,
    organisation: str,
    freelancer: str,
    particulars: Particulars,
    terms: Terms,
) -> ContractId:
    """Add a contract between *organisation* and one of its partners.

    Raises:
        NotFoundError: the organisation is not the actor's, or the freelancer not its partner.
        PolicyError: the actor does not own it.
        ConflictError: that freelancer has a contract of that name.
    """
    check_owner(person, organisation)
    if freelancer not in agreements.partners_of(scope, [organisation]).get(organisation, {}):
        raise not_found(what="freelancer")
    name = {one.organisation: one.name for one in person.memberships}[organisation]
    _check_name(scope, freelancer, particulars.name)
    start, hour = agreements.week_start_of(scope, organisation)
    contract = Contract(
        ContractId(accounts.new_id(scope)),
        particulars.name,
        client=name,
        title=particulars.title,
        labels=particulars.labels,
        terms=(
            replace(
                terms,
                since=Slot.containing(from_epoch_ms(scope.at_ms)).start,
                week_start=start,
                week_hour=hour,
                locks=True,
            ),
        ),
    )
    news = News()
    accounts.create_contract(
        scope, contract, freelancer=freelancer, organisation=organisation, news=news
    )
    _record(scope, "contract-offered", contract.contract_id, organisation, freelancer)
    news.publish(scope)
    return contract.contract_id


def change(
    scope: Scope,
    person: Person,
    contract: str,
    particulars: Particulars,
    changes: TermsChanges,
) -> None:
    """Give a contract other words and terms, each from when it may hold.

    Raises:
        NotFoundError: it is nothing to the actor.
        PolicyError: the actor does not own its organisation.
        ConflictError: it has ended, or its freelancer has another of that name.
    """
    agreement = owned_agreement(scope, person, contract)
    check_going_on(agreement)
    held = agreement.contract
    if particulars.name != held.name:
        _check_name(scope, agreement.freelancer, particulars.name)
    now = from_epoch_ms(scope.at_ms)
    new = revised(
        replace(
            held,
            name=particulars.name,
            title=particulars.title,
            labels=particulars.labels,
        ),
        now,
        **changes,
    )
    put(scope, agreement, new, details={"fields": sorted(changes)})


def put(scope: Scope, agreement: Agreement, new: Contract, *, details: Mapping[str, Json]) -> None:
    """Save *new* in the place of what the contract was, bill anew, tell and record it."""
    held = agreement.contract
    now = from_epoch_ms(scope.at_ms)
    news = News()
    lock_diary(scope, agreement.freelancer)
    settle_due(scope, agreement.freelancer)
    accounts.save_contract(scope, new, news=news)
    if new.terms != held.terms:
        first = Slot.containing(held.week_at(now).start).index
        rebill(scope, agreement.freelancer, held.contract_id, since=first)
    _record(
        scope,
        "contract-changed",
        held.contract_id,
        agreement.organisation,
        agreement.freelancer,
        details=details,
    )
    news.publish(scope)


def end(scope: Scope, person: Person, contract: str) -> None:
    """End a contract: from now on nothing is recorded for it, and all that was stays.

    Raises:
        NotFoundError: it is nothing to the actor.
        PolicyError: the actor does not own its organisation.
        ConflictError: it has ended already.
    """
    agreement = owned_agreement(scope, person, contract)
    check_going_on(agreement)
    news = News()
    accounts.end_contract(scope, agreement.contract.contract_id, news=news)
    _record(
        scope,
        "contract-ended",
        agreement.contract.contract_id,
        agreement.organisation,
        agreement.freelancer,
    )
    news.publish(scope)


def effects(contract: Contract, now: datetime, changes: TermsChanges) -> list[Effect]:
    """Return what *changes* do to the terms of *contract* and from when (R16)."""
    found = []
    whole = revised(contract, now, **changes)
    for name in changes:
        for after in whole.terms:
            before = contract.terms_at(after.since)
            if getattr(before, name) != getattr(after, name):
                found.append(Effect(name, before, after, after.since))
                break
    return sorted(found, key=lambda effect: effect.since)


def check_going_on(agreement: Agreement) -> None:
    """Let a contract pass that has not ended.

    Raises:
        ConflictError: it has.
    """
    if agreement.ended_at is not None:
        msg = "The contract has ended."
        raise ConflictError(msg, hint="Offer a new one.")


def _check_name(scope: Scope, freelancer: str, name: str) -> None:
    others = {one.name.lower() for one in accounts.contracts_of(scope, freelancer).values()}
    if name.lower() in others:
        msg = f"That freelancer has a contract called {name!r} already."
        raise ConflictError(msg, hint="Choose another name.")


def _record(  # noqa: PLR0913 -- whom it is about
    scope: Scope,
    verb: str,
    contract: ContractId,
    organisation: str,
    freelancer: str,
    *,
    details: Mapping[str, Json] | None = None,
) -> None:
    concern = Concern(user=freelancer, organisation=organisation, contract=contract)
    audit.record(scope, verb, concern, details=details or {})
