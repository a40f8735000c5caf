"""Requests for manual time (R25): a freelancer asks, the client grants or declines."""

from __future__ import annotations

from worklog.domain.contract import revised
from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.errors import ConflictError
from worklog.service import agreements
from worklog.service.authorize import Verb, authorize
from worklog.service.problems import not_found
from worklog.service.scope import Scope
from worklog.service.store import accounts, audit
from worklog.service.store import requests as store
from worklog.service.store.audit import Concern
from worklog.service.store.people import Person


def ask_manual(scope: Scope, contract: str, words: str) -> str:
    """Ask the client of *contract* for manual time; the same again gives the same request.

    Raises:
        NotFoundError: the contract is none of the actor's.
        ConflictError: it allows manual time already, or has ended.
    """
    authorize(scope.actor, Verb.AMEND, accounts.standing(scope, ContractId(contract)))
    held = accounts.contracts_of(scope, scope.actor.user)[ContractId(contract)]
    if held.terms_at(from_epoch_ms(scope.at_ms)).manual_time:
        msg = "The contract allows time by hand already."
        raise ConflictError(msg, hint="Add it with `worklog add`.")
    for wish in store.requests_of(scope, held.contract_id):
        if wish.state == store.OPEN:
            return wish.request_id
    made = store.put_request(scope, scope.actor.user, held.contract_id, words)
    concern = Concern(user=scope.actor.user, contract=held.contract_id)
    audit.record(scope, "request-made", concern)
    return made


def decide(scope: Scope, person: Person, contract: str, request: str, *, is_granted: bool) -> None:
    """Answer a request; a yes changes the terms from now on.

    Raises:
        NotFoundError: there is no such request, or it is nothing to the actor.
        PolicyError: the actor does not own the organisation.
        ConflictError: it was answered before.
    """
    agreement = agreements.agreement_for(scope, person, contract)
    authorize(scope.actor, Verb.DECIDE, accounts.standing(scope, ContractId(contract)))
    agreements.check_owner(person, agreement.organisation)
    wishes = {wish.request_id: wish for wish in store.requests_of(scope, ContractId(contract))}
    if request not in wishes:
        raise not_found(what="request")
    if wishes[request].state != store.OPEN:
        msg = "The request was answered already."
        raise ConflictError(msg, hint="Change the contract's terms instead.")
    store.close_request(scope, request, "granted" if is_granted else "declined")
    if is_granted:
        agreements.check_going_on(agreement)
        now = from_epoch_ms(scope.at_ms)
        new = revised(agreement.contract, now, manual_time=True)
        agreements.put(scope, agreement, new, details={"fields": ["manual_time"]})
        return
    concern = Concern(
        user=agreement.freelancer,
        organisation=agreement.organisation,
        contract=agreement.contract.contract_id,
    )
    audit.record(scope, "request-declined", concern)
