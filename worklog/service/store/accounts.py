"""Accounts, organisations, contracts, devices and tokens, as far as ingest needs them.

Pages, invitations and logins build on these functions. Tokens are kept as SHA-256: they
have 192 random bits, which no dictionary has.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from sqlalchemy import delete, insert, select, update

from worklog.domain.canonical import Json, canonical, parse_json
from worklog.domain.contract import Contract
from worklog.domain.grid import epoch_ms, from_epoch_ms
from worklog.domain.ids import ENTROPY_BYTES, ContractId, DeviceId, uuid7
from worklog.errors import ServiceAuthError
from worklog.service.authorize import Owned, Party
from worklog.service.scope import Actor, Permit, Scope
from worklog.service.store import tables as t
from worklog.service.store import weeks
from worklog.service.store.feed import News
from worklog.wire.contract import decode_contract, encode_contract
from worklog.wire.reader import Reader
from worklog.wire.sync.changes import ContractChange

TOKEN_BYTES: Final = 24
OWNER: Final = "owner"
MEMBER: Final = "member"
# What contracts call the service that keeps them: here all are of this one.
HERE: Final = "here"


def new_id(scope: Scope) -> str:
    """Return a new id of anything."""
    return uuid7(from_epoch_ms(scope.at_ms), secrets.token_bytes(ENTROPY_BYTES))


# --- People ---------------------------------------------------------------------------


def create_user(scope: Scope, name: str, *, is_operator: bool = False) -> str:
    """Add an account without a password and return its id."""
    user = new_id(scope)
    scope.db.execute(
        insert(t.users).values(
            user_id=user, name=name, is_operator=is_operator, created_ms=scope.at_ms
        )
    )
    scope.db.execute(insert(t.feeds).values(user_id=user, last=0))
    return user


def check_there(scope: Scope) -> None:
    """Go on only if the actor's account was not erased since it was asked who they are.

    The caller holds what an erasure waits for: the diary.

    Raises:
        ServiceAuthError: it was.
    """
    erased = select(t.users.c.erased_ms).where(t.users.c.user_id == scope.actor.user)
    if scope.db.scalar(erased) is not None:
        msg = "This account was erased."
        raise ServiceAuthError(msg, hint="What this device recorded stays on it.")


def create_organisation(scope: Scope, name: str) -> str:
    """Add an organisation without members and return its id."""
    organisation = new_id(scope)
    scope.db.execute(
        insert(t.organisations).values(
            organisation_id=organisation, name=name, created_ms=scope.at_ms
        )
    )
    return organisation


def add_member(scope: Scope, organisation: str, user: str, *, role: str = MEMBER) -> None:
    """Make *user* a member of *organisation*."""
    scope.db.execute(
        insert(t.members).values(
            organisation_id=organisation, user_id=user, role=role, since_ms=scope.at_ms
        )
    )


# --- Devices and tokens ---------------------------------------------------------------


def register_device(  # noqa: PLR0913 -- what a device says of itself
    scope: Scope,
    user: str,
    device: DeviceId,
    public_key: bytes,
    *,
    name: str = "",
    host: str = "",
    version: str = "",
) -> None:
    """Let *device* of *user* send what it signs with the key; one known already is renewed."""
    is_device = (t.devices.c.user_id == user, t.devices.c.device_id == device)
    facts = {"name": name, "host": host, "version": version, "revoked_ms": None}
    found = scope.db.execute(update(t.devices).where(*is_device).values(**facts))
    if not found.rowcount:
        scope.db.execute(
            insert(t.devices).values(
                user_id=user, device_id=device, created_ms=scope.at_ms, **facts
            )
        )
    if public_key not in device_keys(scope, user, device):
        scope.db.execute(
            insert(t.device_keys).values(
                user_id=user, device_id=device, public_key=public_key.hex(), since_ms=scope.at_ms
            )
        )


def device_keys(scope: Scope, user: str, device: DeviceId) -> list[bytes]:
    """Return the public keys that *device* of *user* has had, newest first."""
    rows = scope.db.execute(
        select(t.device_keys.c.public_key)
        .where(t.device_keys.c.user_id == user, t.device_keys.c.device_id == device)
        .order_by(t.device_keys.c.since_ms.desc())
    )
    return [bytes.fromhex(row.public_key) for row in rows]


def keys_of(scope: Scope, user: str) -> dict[DeviceId, list[bytes]]:
    """Return the public keys of all devices of *user* that were not revoked."""
    devices = scope.db.execute(
        select(t.devices.c.device_id).where(
            t.devices.c.user_id == user, t.devices.c.revoked_ms.is_(None)
        )
    ).scalars()
    return {
        DeviceId(device): device_keys(scope, user, DeviceId(device)) for device in devices.all()
    }


def grant_token(
    scope: Scope,
    user: str,
    permits: Iterable[Permit],
    *,
    device: DeviceId | None = None,
    expires_ms: int | None = None,
) -> str:
    """Return a new token of *user*; it cannot be shown again."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    scope.db.execute(
        insert(t.tokens).values(
            token_hash=token_hash(token),
            user_id=user,
            device_id=device,
            permits=" ".join(sorted(permits)),
            created_ms=scope.at_ms,
            expires_ms=expires_ms,
        )
    )
    return token


def revoke_token(scope: Scope, token: str) -> None:
    """Make *token* worthless."""
    scope.db.execute(
        update(t.tokens)
        .where(t.tokens.c.token_hash == token_hash(token))
        .values(revoked_ms=scope.at_ms)
    )


def revoke_device(scope: Scope, user: str, device: DeviceId) -> None:
    """Make all tokens of *device* worthless, also for when it logs in again."""
    scope.db.execute(
        update(t.tokens)
        .where(
            t.tokens.c.user_id == user,
            t.tokens.c.device_id == device,
            t.tokens.c.revoked_ms.is_(None),
        )
        .values(revoked_ms=scope.at_ms)
    )
    scope.db.execute(
        update(t.devices)
        .where(t.devices.c.user_id == user, t.devices.c.device_id == device)
        .values(revoked_ms=scope.at_ms)
    )


def touch_token(scope: Scope, actor: Actor, token: str) -> None:
    """Note that *token*, which stands for *actor*, was used now, and so was its device."""
    scope.db.execute(
        update(t.tokens)
        .where(t.tokens.c.token_hash == token_hash(token))
        .values(seen_ms=scope.at_ms)
    )
    scope.db.execute(
        update(t.devices)
        .where(t.devices.c.user_id == actor.user, t.devices.c.device_id == actor.device)
        .values(seen_ms=scope.at_ms)
    )


def actor_of_token(scope: Scope, token: str) -> tuple[Actor, int] | None:
    """Return whom *token* stands for, and when that was last noted [ms]; None if worthless."""
    row = scope.db.execute(
        select(
            t.tokens.c.user_id,
            t.tokens.c.device_id,
            t.tokens.c.permits,
            t.tokens.c.seen_ms,
            t.users.c.name,
            t.users.c.is_operator,
            t.devices.c.name.label("device_name"),
        )
        .join(t.users, t.users.c.user_id == t.tokens.c.user_id)
        .outerjoin(
            t.devices,
            (t.devices.c.user_id == t.tokens.c.user_id)
            & (t.devices.c.device_id == t.tokens.c.device_id),
        )
        .where(
            t.tokens.c.token_hash == token_hash(token),
            t.tokens.c.revoked_ms.is_(None),
            t.users.c.disabled_ms.is_(None),
            t.devices.c.revoked_ms.is_(None),
            t.tokens.c.expires_ms.is_(None) | (t.tokens.c.expires_ms > scope.at_ms),
        )
    ).one_or_none()
    if row is None:
        return None
    actor = Actor(
        user=row.user_id,
        name=row.name,
        permits=frozenset(Permit(word) for word in row.permits.split()),
        device=None if row.device_id is None else DeviceId(row.device_id),
        device_name=row.device_name or "",
        is_operator=row.is_operator,
    )
    return actor, row.seen_ms or 0


def token_hash(token: str) -> str:
    """Return what of *token* is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- Contracts ------------------------------------------------------------------------


def create_contract(
    scope: Scope, contract: Contract, *, freelancer: str, organisation: str, news: News
) -> None:
    """Add *contract* between *freelancer* and *organisation*, and tell the freelancer."""
    content, dated = _split(contract)
    scope.db.execute(
        insert(t.contracts).values(
            contract_id=contract.contract_id,
            freelancer_id=freelancer,
            organisation_id=organisation,
            content=content,
            created_ms=scope.at_ms,
        )
    )
    _put_terms(scope, contract, dated)
    news.tell(freelancer, ContractChange(_as_told(contract)))


def save_contract(scope: Scope, contract: Contract, *, news: News) -> None:
    """Replace words, labels and terms of a contract, and tell its freelancer.

    The caller rebills what the terms change (`materialise.rebill`).
    """
    content, dated = _split(contract)
    freelancer = scope.db.execute(
        update(t.contracts)
        .where(t.contracts.c.contract_id == contract.contract_id)
        .values(content=content)
        .returning(t.contracts.c.freelancer_id)
    ).scalar_one()
    scope.db.execute(delete(t.terms).where(t.terms.c.contract_id == contract.contract_id))
    _put_terms(scope, contract, dated)
    news.tell(freelancer, ContractChange(_as_told(contract)))


def end_contract(scope: Scope, contract: ContractId, *, news: News) -> None:
    """End a contract: nothing is lost, and what was recorded before may still arrive."""
    freelancer = scope.db.execute(
        update(t.contracts)
        .where(t.contracts.c.contract_id == contract)
        .values(ended_ms=scope.at_ms)
        .returning(t.contracts.c.freelancer_id)
    ).scalar_one()
    whole = contracts_of(scope, freelancer)[contract]
    news.tell(freelancer, ContractChange(_as_told(whole), is_member=False))


def contracts_of(scope: Scope, freelancer: str) -> dict[ContractId, Contract]:
    """Return all contracts of *freelancer*, ended ones included, with their weeks' events."""
    events = weeks.events_of(scope, freelancer)
    dated: dict[str, list[Json]] = {}
    for row in scope.db.execute(
        select(t.terms.c.contract_id, t.terms.c.content)
        .join(t.contracts, t.contracts.c.contract_id == t.terms.c.contract_id)
        .where(t.contracts.c.freelancer_id == freelancer)
        .order_by(t.terms.c.contract_id, t.terms.c.since_ms)
    ):
        dated.setdefault(row.contract_id, []).append(parse_json(row.content))
    found = {}
    for row in scope.db.execute(
        select(t.contracts.c.contract_id, t.contracts.c.content)
        .where(t.contracts.c.freelancer_id == freelancer)
        .order_by(t.contracts.c.contract_id)
    ):
        reader = Reader.of_text(row.content, "contract")
        members = {name: reader.value(name) for name in reader.names()}
        whole = canonical({**members, "terms": dated.get(row.contract_id, [])})
        contract = decode_contract(whole.decode())
        found[contract.contract_id] = replace(contract, events=events.get(row.contract_id, ()))
    return found


def ends_of(scope: Scope, freelancer: str) -> dict[ContractId, int]:
    """Return when the contracts of *freelancer* ended, those that have [ms]."""
    rows = scope.db.execute(
        select(t.contracts.c.contract_id, t.contracts.c.ended_ms).where(
            t.contracts.c.freelancer_id == freelancer, t.contracts.c.ended_ms.is_not(None)
        )
    )
    return {ContractId(row.contract_id): row.ended_ms for row in rows}


def standing(scope: Scope, contract: ContractId) -> Owned | None:
    """Return how the actor stands to *contract*; None where there is none."""
    row = scope.db.execute(
        select(t.contracts.c.freelancer_id, t.members.c.role)
        .outerjoin(
            t.members,
            (t.members.c.organisation_id == t.contracts.c.organisation_id)
            & (t.members.c.user_id == scope.actor.user),
        )
        .where(t.contracts.c.contract_id == contract)
    ).one_or_none()
    if row is None:
        return None
    parties = set()
    if row.freelancer_id == scope.actor.user:
        parties.add(Party.FREELANCER)
    if row.role is not None:
        parties.add(Party.OWNER if row.role == OWNER else Party.CLIENT)
    return Owned("contract", row.freelancer_id, frozenset(parties))


def standings(scope: Scope, contracts: Collection[ContractId]) -> dict[ContractId, Owned | None]:
    """Return how the actor stands to each of *contracts*."""
    return {contract: standing(scope, contract) for contract in contracts}


def _split(contract: Contract) -> tuple[str, tuple[Json, ...]]:
    # Events have a table of their own, with who and why.
    kept = replace(contract, service=HERE, events=())
    reader = Reader.of_text(encode_contract(kept), "contract")
    members = {name: reader.value(name) for name in reader.names() if name != "terms"}
    return canonical(members).decode(), reader.items("terms")


def _put_terms(scope: Scope, contract: Contract, dated: tuple[Json, ...]) -> None:
    scope.db.execute(
        insert(t.terms),
        [
            {
                "contract_id": contract.contract_id,
                "since_ms": epoch_ms(terms.since),
                "content": canonical(content).decode(),
            }
            for terms, content in zip(contract.terms, dated, strict=True)
        ],
    )


def _as_told(contract: Contract) -> Contract:
    return replace(contract, service="")
