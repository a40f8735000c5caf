"""What happened around somebody: their trail, and who looked at their pictures (R31)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worklog.service.scope import Scope
from worklog.service.store import agreements, audit, people
from worklog.service.store.agreements import Agreement
from worklog.service.store.audit import Concern, Cursor, Entry
from worklog.service.store.people import Person

PAGE: int = 50  # records


@dataclass(frozen=True, slots=True)
class Trail:
    """A page of records.

    Attributes:
        entries: Newest first.
        agreements: Contracts that the person is party to, by id.
        names: What others see of the accounts in it, by id.
        following: Where the next page begins; None on the last.
    """

    entries: list[Entry]
    agreements: Mapping[str, Agreement]
    names: Mapping[str, str]
    following: Cursor | None


def trail_of(scope: Scope, person: Person, before: Cursor | None) -> Trail:
    """Return what happened around *person*, from *before* on: a person may read no other.

    That is what concerns their account, the contracts they are party to and the
    organisations they belong to.
    """
    held: dict[str, Agreement] = {
        one.contract.contract_id: one for one in agreements.agreements_of(scope, person)
    }
    concerns = [
        Concern(user=person.user),
        *(Concern(contract=contract) for contract in held),
        *(Concern(organisation=one.organisation) for one in person.memberships),
    ]
    found = audit.entries(scope, concerns, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    users = {entry.actor_id for entry in shown} | {entry.concern.user or "" for entry in shown}
    return Trail(
        entries=shown,
        agreements=held,
        names=people.names_of(scope, users),
        following=shown[-1].cursor if len(found) > PAGE else None,
    )
