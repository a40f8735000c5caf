"""A freelancer with a device, a client, and a contract between both: for tests of weeks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import httpx
from sqlalchemy import insert

from tests.service.conftest import ACME
from tests.service.people import Somebody, session_of, somebody
from tests.service.tracker import Account, Tracker, account
from worklog.domain.contract import Contract, Terms
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts
from worklog.service.store import tables as t

PAID = replace(
    ACME,
    title="website",
    terms=(Terms(currency="EUR", rate=Decimal(60), weekly_limit=timedelta(hours=40), locks=True),),
)
WEEK = "2026-W47"  # Monday 16 to Sunday 22 November


@dataclass(frozen=True)
class Pair:
    """Both parties, with sessions, and the tracker of one."""

    freelancer: Somebody
    owner: Somebody
    member: Somebody
    account: Account
    tracker: Tracker

    @property
    def contract(self) -> str:
        return self.account.contract


# Time by hand has to be asked for.
STRICT = replace(PAID, terms=tuple(replace(held, manual_time=False) for held in PAID.terms))


def pair(service: Service, web: httpx.Client, contract: Contract = PAID) -> Pair:
    made = account(service, "ann", contract)
    owner, member = somebody(service, "olga"), somebody(service, "mia")
    with service.store.writing(SYSTEM) as scope:
        accounts.add_member(scope, made.organisation, owner.user, role=accounts.OWNER)
        accounts.add_member(scope, made.organisation, member.user)
        scope.db.execute(
            insert(t.partners).values(
                organisation_id=made.organisation, user_id=made.user, since_ms=scope.at_ms
            )
        )
    ann = session_of(service, made.user, "ann")
    return Pair(ann, owner, member, made, Tracker(made, web))
