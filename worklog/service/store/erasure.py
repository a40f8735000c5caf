"""Rows that go, or lose their words, when somebody erases their account. No rules.

Every scope here is the system's, as the rows of one person lie with several others. The
account itself keeps its id: bills, signed headers and the audit trail refer to it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from sqlalchemy import Row, Table, delete, exists, func, or_, select, update

from worklog.domain.amendment import Change, Describe, Manual, Move, Unknown
from worklog.domain.canonical import canonical
from worklog.domain.ids import PartId
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.service.store.audit import ERASED
from worklog.service.store.diary import batches
from worklog.wire.amendment import decode_amendment, encode_amendment
from worklog.wire.sync.changes import AmendmentChange, encode_change

_IS_OPERATOR: Final = (t.users.c.is_operator, t.users.c.disabled_ms.is_(None))


def slots_of(scope: Scope, user: str) -> list[int]:
    """Return the slots in which the diary of *user* has anything, in order."""
    recorded = select(t.parts.c.slot).where(t.parts.c.freelancer_id == user)
    shown = select(t.segments.c.slot).where(t.segments.c.freelancer_id == user)
    return sorted(scope.db.scalars(recorded.union(shown)))


def parts_at(scope: Scope, user: str, slots: Collection[int]) -> tuple[PartId, ...]:
    """Return the parts that *user* recorded in *slots*."""
    return tuple(
        PartId(part)
        for some in batches(slots)
        for part in scope.db.scalars(
            select(t.parts.c.part_id)
            .where(t.parts.c.freelancer_id == user, t.parts.c.slot.in_(some))
            .order_by(t.parts.c.slot, t.parts.c.part_id)
        )
    )


def unsettled_bills(scope: Scope, user: str) -> list[Row[tuple[object, ...]]]:
    """Return slot, contract, seconds and money of what bills and is not frozen."""
    segments, settled = t.segments.c, t.settled.c
    is_frozen = exists().where(
        settled.freelancer_id == segments.freelancer_id,
        settled.slot == segments.slot,
        settled.contract_id == segments.contract_id,
    )
    query = select(
        segments.slot,
        segments.contract_id,
        segments.billed_seconds,
        segments.amount,
        segments.currency,
    ).where(segments.freelancer_id == user, segments.billed_seconds > 0, ~is_frozen)
    return list(scope.db.execute(query))


def number_of(scope: Scope, table: Table, user: str) -> int:
    """Return how many rows of *table* are of the diary of *user*."""
    query = select(func.count()).select_from(table).where(table.c.freelancer_id == user)
    return scope.db.execute(query).scalar_one()


def other_operators(scope: Scope, user: str) -> int:
    """Return how many others than *user* run the service."""
    is_other = (*_IS_OPERATOR, t.users.c.user_id != user)
    return scope.db.execute(select(func.count()).where(*is_other)).scalar_one()


def lock_operators(scope: Scope) -> None:
    """Wait until this transaction is the only one that takes an operator away."""
    operators = select(t.users.c.user_id).where(*_IS_OPERATOR).order_by(t.users.c.user_id)
    scope.db.execute(operators.with_for_update())


def bound_by(scope: Scope, user: str) -> list[tuple[str, str]]:
    """Return the contracts that *user* is the freelancer of, each with its organisation."""
    rows = scope.db.execute(
        select(t.contracts.c.contract_id, t.contracts.c.organisation_id)
        .where(t.contracts.c.freelancer_id == user)
        .order_by(t.contracts.c.contract_id)
    )
    return [(row.contract_id, row.organisation_id) for row in rows]


def running_contracts(scope: Scope, organisation: str) -> int:
    """Return how many contracts of *organisation* have not ended."""
    query = select(func.count()).where(
        t.contracts.c.organisation_id == organisation, t.contracts.c.ended_ms.is_(None)
    )
    return scope.db.execute(query).scalar_one()


def forget_words(scope: Scope, user: str) -> None:
    """Take the memos and labels out of the amendments of the diary of *user*.

    What was changed when stays, and so do the receipts; only they have the digest of what
    was there.
    """
    for row in scope.db.execute(
        select(t.amendments.c.amendment_id, t.amendments.c.content).where(
            t.amendments.c.freelancer_id == user
        )
    ).all():
        found = decode_amendment(row.content)
        bare = _wordless(found.change)
        if bare != found.change:
            text = encode_amendment(replace(found, change=bare))
            _put_amendment(scope, user, row.amendment_id, text)


def forget_author(scope: Scope, user: str) -> None:
    """Take the name of *user* out of what they wrote in the diaries of others."""
    for row in scope.db.execute(
        select(t.amendments.c.freelancer_id, t.amendments.c.amendment_id, t.amendments.c.content)
        .where(t.amendments.c.author_id == user, t.amendments.c.freelancer_id != user)
        .order_by(t.amendments.c.freelancer_id)
    ).all():
        text = encode_amendment(replace(decode_amendment(row.content), author=ERASED))
        _put_amendment(scope, row.freelancer_id, row.amendment_id, text)
        told = t.changes.c.content == _as_told(row.content)
        scope.db.execute(
            update(t.changes)
            .where(t.changes.c.user_id == row.freelancer_id, told)
            .values(content=_as_told(text))
        )


def forget_links(scope: Scope, user: str, name: str, orphaned: Collection[str]) -> None:
    """Revoke the invitations that *user*, called *name*, made, and those to *orphaned* places."""
    columns = t.links.c
    theirs = select(columns.link_hash).where(
        or_(columns.user_id == user, columns.created_by == name)
    )
    scope.db.execute(delete(t.mails).where(t.mails.c.link_hash.in_(theirs)))
    scope.db.execute(delete(t.links).where(columns.user_id == user))
    to_revoke = or_(columns.created_by == name, columns.organisation_id.in_(sorted(orphaned)))
    scope.db.execute(
        update(t.links)
        .where(to_revoke, columns.used_ms.is_(None), columns.revoked_ms.is_(None))
        .values(revoked_ms=scope.at_ms)
    )
    scope.db.execute(
        update(t.links).where(columns.created_by == name).values(created_by=ERASED, note="")
    )


def forget_tries(scope: Scope, user: str, name: str) -> None:
    """Forget the logins that were tried as *name*, and from where the sessions were begun."""
    what, folded = t.tries.c.what, name.casefold()
    own = select(t.tokens.c.address).where(t.tokens.c.user_id == user, t.tokens.c.address != "")
    counted = [f"address:{address}" for address in scope.db.scalars(own.distinct())]
    scope.db.execute(
        delete(t.tries).where(
            what.in_([f"account:{folded}", f"password:{user}", *counted])
            | what.startswith(f"login:{folded} ", autoescape=True)
        )
    )


def drop_rows(scope: Scope, user: str) -> None:
    """Delete what belongs to *user* alone: tokens, devices, feed, letters, places at clients."""
    own_devices = select(t.devices.c.device_id).where(t.devices.c.user_id == user)
    codes = t.device_codes.c
    address = select(func.lower(t.users.c.mail)).where(t.users.c.user_id == user)
    for gone in (
        delete(t.mails).where(func.lower(t.mails.c.recipient) == address.scalar_subquery()),
        delete(t.device_codes).where(or_(codes.user_id == user, codes.device_id.in_(own_devices))),
        delete(t.tokens).where(t.tokens.c.user_id == user),
        delete(t.device_keys).where(t.device_keys.c.user_id == user),
        delete(t.devices).where(t.devices.c.user_id == user),
        delete(t.changes).where(t.changes.c.user_id == user),
        delete(t.feedback).where(t.feedback.c.user_id == user),
        delete(t.members).where(t.members.c.user_id == user),
        delete(t.partners).where(t.partners.c.user_id == user),
        delete(t.picture_views).where(t.picture_views.c.freelancer_id == user),
    ):
        scope.db.execute(gone)
    scope.db.execute(update(t.requests).where(t.requests.c.freelancer_id == user).values(words=""))


def end_contracts(scope: Scope, user: str) -> None:
    """End all contracts of *user* as a freelancer: nobody is left to work for them."""
    scope.db.execute(
        update(t.contracts)
        .where(t.contracts.c.freelancer_id == user, t.contracts.c.ended_ms.is_(None))
        .values(ended_ms=scope.at_ms)
    )


def blank_account(scope: Scope, user: str) -> None:
    """Leave of the account nothing but its id: nobody can log in to it, or open it again."""
    scope.db.execute(
        update(t.users)
        .where(t.users.c.user_id == user)
        .values(
            name=f"{ERASED} {user}",  # no login name has a space
            display=ERASED,
            mail="",
            zone="",
            password=None,
            is_operator=False,
            disabled_ms=scope.at_ms,
            erased_ms=scope.at_ms,
        )
    )


def _put_amendment(scope: Scope, freelancer: str, amendment: str, text: str) -> None:
    is_it = (t.amendments.c.freelancer_id == freelancer, t.amendments.c.amendment_id == amendment)
    scope.db.execute(update(t.amendments).where(*is_it).values(content=text))


def _as_told(text: str) -> str:
    return canonical(encode_change(AmendmentChange(text))).decode()


def _wordless(change: Change) -> Change:
    match change:
        case Describe(memo=memo, label=label):
            return replace(
                change, memo=None if memo is None else "", label=None if label is None else ""
            )
        case Manual() | Move():
            return replace(change, memo="", label="")
        case Unknown(kind=kind):  # of a newer worklog: whatever it says
            return Unknown(kind, "{}")
        case _:
            return change
