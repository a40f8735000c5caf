"""Erasing one's own account: the person goes, the other party's books stay.

All of it is one transaction. The diary is emptied by the road of a deletion (R20): keys of
pictures, fields and salts are destroyed, headers, tombstones and frozen bills stay, and
the objects go once that is durable. Then every row goes that says who somebody was. What
others have to be able to read names an `erased person`.

On PostgreSQL what is deleted lies in dead rows and the log until the server's own vacuum.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from worklog.domain.amendment import Amendment, Delete
from worklog.domain.grid import Slot, from_epoch_ms
from worklog.domain.ids import ENTROPY_BYTES, AmendmentId, ContractId, uuid7
from worklog.domain.lock import is_locked
from worklog.domain.targets import keys_of, manual_of
from worklog.domain.wording import count
from worklog.errors import ConflictError
from worklog.service import own_data
from worklog.service.ingest_amendments import AmendmentDesk
from worklog.service.materialise import materialise
from worklog.service.scope import SYSTEM, Actor, Scope
from worklog.service.service import Service
from worklog.service.store import (
    accounts,
    audit,
    days,
    diary,
    disputes,
    erasure,
    organisations,
    people,
)
from worklog.service.store import tables as t
from worklog.service.store.audit import Concern
from worklog.service.store.engine import as_system
from worklog.service.store.feed import News
from worklog.service.store.people import Person
from worklog.service.verifying import OWN_AUTHOR
from worklog.service.web.forms import FormError
from worklog.wire.amendment import encode_amendment


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What has to be done before an account can be erased.

    Attributes:
        reason: What stands against it, as a sentence.
        remedy: What to do first, as a sentence.
        address: The page where that is done.
    """

    reason: str
    remedy: str
    address: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What erasing an account would do.

    Attributes:
        obstacles: What stands against it; with any of them nothing is erased.
        confirmed_by: What has to be typed: the mail address, else the login name.
        segments: That would be emptied.
        pictures: That would be destroyed.
        unpaid_seconds: Time of weeks that are not locked: it would not bill [s].
        unpaid: Its money by currency.
    """

    obstacles: tuple[Obstacle, ...]
    confirmed_by: str
    segments: int
    pictures: int
    unpaid_seconds: int
    unpaid: Mapping[str, Decimal]


def outlook(service: Service, person: Person) -> Outlook:
    """Return what erasing the account of *person* would do."""
    with service.store.reading(SYSTEM) as scope:
        seconds, unpaid = _unpaid(scope, person.user)
        return Outlook(
            obstacles=tuple(_obstacles(scope, person.user, is_operator=person.is_operator)),
            confirmed_by=person.mail or person.actor.name,
            segments=erasure.number_of(scope, t.segments, person.user),
            pictures=erasure.number_of(scope, t.pictures, person.user),
            unpaid_seconds=seconds,
            unpaid=unpaid,
        )


def erase(service: Service, person: Person, *, confirmation: str, password: str) -> None:
    """Erase the account of *person*, who typed mail address and password once more.

    Raises:
        FormError: they are not those of *person*; nothing was erased.
        TooManyRequestsError: the password was tried too often.
        ConflictError: something has to be done before.
        ServiceAuthError: it was erased already.
    """
    own_data.check_password(service, person, password, name="password")
    wanted = person.mail or person.actor.name
    if confirmation.strip().casefold() != wanted.casefold():
        what = "mail address" if person.mail else "name"
        raise FormError({"mail": f"That is not the {what} of your account."})
    with service.store.writing(person.actor) as scope:
        desk = AmendmentDesk(scope, service.signer, person.user, News())
        with as_system(scope) as system:
            _hold(system, person.user)
            owned = _owned_alone(system, person.user)
            for obstacle in _obstacles(system, person.user, is_operator=person.is_operator):
                raise ConflictError(obstacle.reason, hint=obstacle.remedy)
        for amendment in _deletions(scope, person.user):
            desk.keep(amendment, encode_amendment(amendment))
        with as_system(scope) as system:
            erasure.forget_words(system, person.user)
            materialise(system, person.user, desk.touched)
            _forget(system, person, orphaned=owned)
    while service.ingest.sweep():
        pass


def _obstacles(scope: Scope, user: str, *, is_operator: bool) -> Iterator[Obstacle]:
    if number := disputes.open_disputes(scope, freelancer=user):
        segments = count(number, "segment")
        yield Obstacle(
            f"{segments} of yours {'is' if number == 1 else 'are'} in dispute, and evidence is"
            " kept until a dispute ends.",
            "Bring it to an end with the client first.",
            "/disputes",
        )
    for organisation in _owned_alone(scope, user):
        (found,) = organisations.organisations(scope, organisation)
        running = erasure.running_contracts(scope, organisation)
        disputed = disputes.open_disputes(scope, organisation=organisation)
        if running or disputed:
            what = count(running, "running contract") if running else "an open dispute"
            yield Obstacle(
                f"You are the last owner of {found.name}, which has {what}.",
                "Make somebody else an owner first, or bring that to an end.",
                f"/people/{organisation}",
            )
    if is_operator and not erasure.other_operators(scope, user):
        yield Obstacle(
            "Nobody else runs this service.", "Invite another operator first.", "/people/accounts"
        )


def _hold(scope: Scope, user: str) -> None:
    """Let no other owner or operator go while *user* does."""
    for membership in people.memberships_of(scope, user):
        organisations.lock_organisation(scope, membership.organisation)
    erasure.lock_operators(scope)


def _owned_alone(scope: Scope, user: str) -> list[str]:
    """Return the organisations that nobody but *user* owns."""
    found = []
    for membership in people.memberships_of(scope, user):
        members = organisations.members_of(scope, membership.organisation)
        if {member.user for member in members if member.is_owner} == {user}:
            found.append(membership.organisation)
    return found


def _unpaid(scope: Scope, user: str) -> tuple[int, dict[str, Decimal]]:
    """Return seconds and money that weeks which are not locked would have billed."""
    contracts = accounts.contracts_of(scope, user)
    now, seconds = from_epoch_ms(scope.at_ms), 0
    sums: dict[str, Decimal] = {}
    for row in erasure.unsettled_bills(scope, user):
        if is_locked(contracts[ContractId(row.contract_id)], Slot(row.slot), now):
            continue
        seconds += row.billed_seconds
        if row.amount is not None:
            sums[row.currency] = sums.get(row.currency, Decimal(0)) + Decimal(row.amount)
    return seconds, sums


def _deletions(scope: Scope, user: str) -> Iterator[Amendment]:
    """Give deletions of all that the diary of *user* has."""
    now = from_epoch_ms(scope.at_ms)
    stamp = days.last_stamp(scope, user)
    for slots in diary.batches(erasure.slots_of(scope, user)):
        stamp = stamp.next(now)
        rows = diary.segments_at(scope, user, slots)
        yield Amendment(
            AmendmentId(uuid7(now, secrets.token_bytes(ENTROPY_BYTES))),
            stamp,
            OWN_AUTHOR,
            days.WEB,
            Delete(erasure.parts_at(scope, user, slots), manual_of(rows), (), keys_of(rows)),
        )


def _forget(scope: Scope, person: Person, *, orphaned: list[str]) -> None:
    """Take away who *person* was, and say in the trails of others that they are gone."""
    user, name = person.user, person.actor.name
    concerns = [Concern(user=user), *_concerns(scope, user)]
    erasure.forget_author(scope, user)
    erasure.forget_links(scope, user, name, orphaned)
    erasure.forget_tries(scope, user, name)
    erasure.end_contracts(scope, user)
    erasure.drop_rows(scope, user)
    erasure.blank_account(scope, user)
    audit.forget_person(scope, user)
    for concern in concerns:
        audit.record(scope, "account-erased", concern, actor=Actor(user, audit.ERASED))


def _concerns(scope: Scope, user: str) -> Iterator[Concern]:
    """Give the contracts and organisations in whose trails others read of it."""
    for contract, organisation in erasure.bound_by(scope, user):
        yield Concern(user=user, organisation=organisation, contract=contract)
    for membership in people.memberships_of(scope, user):
        yield Concern(user=user, organisation=membership.organisation)
