"""What freelancers ask of clients, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.service.store.accounts import new_id

MANUAL = "manual"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Wish:
    """Something a freelancer asked for.

    Attributes:
        request_id: Its identity.
        what: `manual`.
        words: Why; may be empty.
        state: open, granted or declined.
        at: When.
    """

    request_id: str
    what: str
    words: str
    state: str
    at: datetime


def requests_of(scope: Scope, contract: ContractId) -> list[Wish]:
    """Return what was asked about *contract*, newest first."""
    rows = scope.db.execute(
        select(t.requests)
        .where(t.requests.c.contract_id == contract)
        .order_by(t.requests.c.at_ms.desc(), t.requests.c.request_id)
    )
    return [
        Wish(row.request_id, row.what, row.words, row.state, from_epoch_ms(row.at_ms))
        for row in rows
    ]


def put_request(scope: Scope, freelancer: str, contract: ContractId, words: str) -> str:
    """Ask for manual time, and return the request's id."""
    name = new_id(scope)
    scope.db.execute(
        insert(t.requests).values(
            request_id=name,
            contract_id=contract,
            freelancer_id=freelancer,
            what=MANUAL,
            words=words,
            state=OPEN,
            at_ms=scope.at_ms,
        )
    )
    return name


def close_request(scope: Scope, name: str, state: str) -> None:
    """Note how a request was answered, by the actor."""
    scope.db.execute(
        update(t.requests)
        .where(t.requests.c.request_id == name)
        .values(state=state, decided_ms=scope.at_ms, decided_by=scope.actor.user)
    )
