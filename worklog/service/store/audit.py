"""The audit trail: who did what to whom, append-only and chained (T15).

A chain belongs to a contract, an organisation or an account. Each record has the digest of
the one before it, so a record that was changed or taken out shows at the next one. What
is recorded are facts, never the words of memos or titles.

Names and addresses of people are in no content: it has a salted commitment to each, as
the header of a part has to its fields (R32). So they can be erased with their salts when
somebody erases their account, and the chain goes on to hold.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, text, update

from worklog.domain.canonical import Json, canonical, parse_json
from worklog.domain.evidence import (
    SALT_BYTES,
    Field,
    decode_fields,
    encode_fields,
    without,
)
from worklog.domain.grid import epoch_ms, from_epoch_ms
from worklog.service.scope import Actor, Scope
from worklog.service.store import tables as t
from worklog.service.store.engine import as_system

_FIRST: Final = ""  # what the first record of a chain follows
_NO_DETAILS: Final[Mapping[str, Json]] = {}
_LONGEST_FIGURE: Final = 18  # digits, which a column holds
ERASED: Final = "erased person"  # what others see of whoever erased their account
_NAME: Final = "audit.name"  # the field that has the actor's name
_DETAIL: Final = "audit.detail."  # stands before a detail that is a field
_ERASABLE: Final = frozenset({"address", "host", "name"})  # details that say who somebody is


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom a record is about, which is who may read it.

    Attributes:
        user: An account.
        organisation: An organisation; its members read it.
        contract: A contract; both parties read it.
    """

    user: str | None = None
    organisation: str | None = None
    contract: str | None = None

    @property
    def chain(self) -> str:
        """The chain that a record about this belongs to."""
        return self.contract or self.organisation or self.user or ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list of records, for its next page; records of one instant have several.

    Attributes:
        at_ms: When [ms].
        chain: Whose trail.
        number: From 1.
    """

    at_ms: int
    chain: str
    number: int

    def __str__(self) -> str:
        return f"{self.at_ms}.{self.number}.{self.chain}"

    @classmethod
    def read(cls, words: str) -> Cursor | None:
        """Return the cursor that reads *words*; None where they are none."""
        at, _, rest = words.partition(".")
        number, _, chain = rest.partition(".")
        is_plain = all(part.isascii() and part.isdecimal() for part in (at, number))
        if not is_plain or not chain or max(len(at), len(number)) > _LONGEST_FIGURE:
            return None
        return cls(int(at), chain, int(number))


@dataclass(frozen=True, slots=True)
class Entry:
    """One record.

    Attributes:
        chain: Whose trail.
        number: From 1.
        at: When.
        actor_id: Account of who did it.
        actor: Name of who did it, as it was then.
        verb: What, such as `contract-changed`.
        details: Facts by name.
        concern: Whom it is about.
    """

    chain: str
    number: int
    at: datetime
    actor_id: str
    actor: str
    verb: str
    details: Mapping[str, Json]
    concern: Concern

    @property
    def cursor(self) -> Cursor:
        """Where in a list of records this one stands."""
        return Cursor(epoch_ms(self.at), self.chain, self.number)


def record(
    scope: Scope,
    verb: str,
    concern: Concern,
    *,
    actor: Actor | None = None,
    details: Mapping[str, Json] = _NO_DETAILS,
) -> None:
    """Append a record to the trail of *concern*: by *actor*, else by that of *scope*."""
    by = actor or scope.actor
    with as_system(scope) as system:
        _lock(system, concern.chain)
        last = system.db.execute(
            select(t.audit.c.number, t.audit.c.digest)
            .where(t.audit.c.chain == concern.chain)
            .order_by(t.audit.c.number.desc())
            .limit(1)
        ).one_or_none()
        number, previous = (1, _FIRST) if last is None else (last.number + 1, last.digest)
        fields = _fields(by.name, details)
        content = canonical(
            {
                "chain": concern.chain,
                "number": number,
                "at": scope.at_ms,
                "actor": by.user,
                "verb": verb,
                "details": {
                    name: value for name, value in details.items() if name not in _ERASABLE
                },
                "commitments": {name: field.commitment(name) for name, field in fields.items()},
            }
        ).decode()
        system.db.execute(
            insert(t.audit).values(
                chain=concern.chain,
                number=number,
                at_ms=scope.at_ms,
                actor_id=by.user,
                actor_name=by.name,
                user_id=concern.user,
                organisation_id=concern.organisation,
                contract_id=concern.contract,
                verb=verb,
                content=content,
                fields=encode_fields(fields),
                previous=previous,
                digest=_digest(content, previous),
            )
        )


def forget_person(scope: Scope, user: str) -> None:
    """Take the name of *user* from all records, and all that says who from those about them.

    *scope* is the system's. The chains go on to hold.
    """
    is_theirs = or_(t.audit.c.actor_id == user, t.audit.c.chain == user)
    for row in scope.db.execute(select(t.audit).where(is_theirs)).all():
        is_actor = row.actor_id == user
        kept = without(row.fields, _said_of(is_actor=is_actor, is_about=row.chain == user))
        scope.db.execute(
            update(t.audit)
            .where(t.audit.c.chain == row.chain, t.audit.c.number == row.number)
            .values(fields=kept, actor_name=ERASED if is_actor else row.actor_name)
        )


def _said_of(*, is_actor: bool, is_about: bool) -> Callable[[str], bool]:
    """Return which fields of a record say who somebody is that did it, or that it is about."""
    return lambda name: is_actor if name == _NAME else is_about


def _fields(name: str, details: Mapping[str, Json]) -> dict[str, Field]:
    values = {f"{_DETAIL}{key}": value for key, value in details.items() if key in _ERASABLE}
    return {
        key: Field(secrets.token_bytes(SALT_BYTES), value)
        for key, value in {_NAME: name, **values}.items()
    }


def entries(
    scope: Scope,
    concerns: list[Concern],
    *,
    before: Cursor | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Return the newest records about any of *concerns*, newest first.

    The caller has made sure that the actor may read them.
    """
    conditions: list[ColumnElement[bool]] = []
    for concern in concerns:
        if concern.contract:
            conditions.append(t.audit.c.contract_id == concern.contract)
        elif concern.organisation:
            conditions.append(t.audit.c.organisation_id == concern.organisation)
        elif concern.user:
            conditions.append(t.audit.c.user_id == concern.user)
    if not conditions:
        return []
    query = select(t.audit).where(or_(*conditions))
    if before is not None:
        query = query.where(_is_after(before))
    query = query.order_by(t.audit.c.at_ms.desc(), t.audit.c.chain, t.audit.c.number.desc())
    return [
        Entry(
            chain=row.chain,
            number=row.number,
            at=from_epoch_ms(row.at_ms),
            actor_id=row.actor_id,
            actor=row.actor_name,
            verb=row.verb,
            details=_details(row.content, row.fields),
            concern=Concern(row.user_id, row.organisation_id, row.contract_id),
        )
        for row in scope.db.execute(query.limit(limit))
    ]


def _is_after(cursor: Cursor) -> ColumnElement[bool]:
    """Return the condition for what a list, newest first, has after *cursor*."""
    rows = t.audit.c
    later = and_(
        rows.at_ms == cursor.at_ms,
        or_(
            rows.chain > cursor.chain,
            and_(rows.chain == cursor.chain, rows.number < cursor.number),
        ),
    )
    return or_(rows.at_ms < cursor.at_ms, later)


def first_broken(scope: Scope) -> tuple[str, int] | None:
    """Return chain and number of the first record that does not hold; None if all do."""
    erased = frozenset(
        scope.db.scalars(select(t.users.c.user_id).where(t.users.c.erased_ms.is_not(None)))
    )
    previous, chain, number = _FIRST, None, 0
    for row in scope.db.execute(select(t.audit).order_by(t.audit.c.chain, t.audit.c.number)):
        if row.chain != chain:
            previous, chain, number = _FIRST, row.chain, 0
        number += 1
        is_whole = _says(row.content) == (row.chain, row.number, row.at_ms, row.actor_id, row.verb)
        follows = row.number == number and row.previous == previous
        is_whole = is_whole and _fields_hold(row, erased)
        if not (is_whole and follows and row.digest == _digest(row.content, previous)):
            return row.chain, number
        previous = row.digest
    return None


def _says(content: str) -> tuple[Json, ...]:
    try:
        found = parse_json(content)
    except ValueError:
        return ()
    if not isinstance(found, Mapping):
        return ()
    return tuple(found.get(name) for name in ("chain", "number", "at", "actor", "verb"))


def _fields_hold(row: Row[tuple[object, ...]], erased: Collection[str]) -> bool:
    """Return whether a record has the fields that it committed to, less those of the *erased*."""
    content = parse_json(row.content)
    commitments = content.get("commitments") if isinstance(content, Mapping) else None
    try:
        fields = decode_fields(row.fields)
    except ValueError:
        return False
    if not isinstance(commitments, Mapping):
        return False
    may_lack = _said_of(is_actor=row.actor_id in erased, is_about=row.chain in erased)
    shown = fields[_NAME].value if _NAME in fields else ERASED
    return (
        shown == row.actor_name
        and all(name in fields or may_lack(name) for name in commitments)
        and all(commitments.get(name) == field.commitment(name) for name, field in fields.items())
    )


def _details(content: str, fields: str) -> Mapping[str, Json]:
    found = parse_json(content)
    details = found.get("details") if isinstance(found, Mapping) else None
    plain = details if isinstance(details, Mapping) else {}
    salted = {
        name.removeprefix(_DETAIL): field.value
        for name, field in decode_fields(fields).items()
        if name.startswith(_DETAIL)
    }
    return {**plain, **salted}


def _digest(content: str, previous: str) -> str:
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def _lock(scope: Scope, chain: str) -> None:
    """Let one transaction at a time append to *chain*."""
    if scope.db.dialect.name != "sqlite":
        scope.db.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 1))"), {"what": chain}
        )
