"""How people come in: the first account, logins, and names that they may have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import exists, func, select, update

from worklog.service import passwords
from worklog.service.scope import SYSTEM, Actor, Scope
from worklog.service.service import Service
from worklog.service.setup import SETUP
from worklog.service.store import accounts, sessions, tries
from worklog.service.store import tables as t
from worklog.service.store.accounts import token_hash
from worklog.service.store.audit import Concern, record
from worklog.service.store.meta import drop_fact, fact
from worklog.service.web.forms import FormError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
# What trackers call their own user in amendments.
_WRONG: Final = "Name and password do not fit. A forgotten password needs a link from the operator."
_TAKEN: Final = frozenset({"freelancer", "web"})


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody comes in.

    Attributes:
        address: Of the request.
        agent: What the browser calls itself.
    """

    address: str
    agent: str


def name_problem(name: str) -> str | None:
    """Return why nobody may be called *name*, as a sentence; None if they may."""
    if not name:
        return "A name to log in with is missing."
    if _NAME.fullmatch(name) is None:
        return (
            "A name has at most 64 letters, digits and . _ - @, and begins with a letter or digit."
        )
    return "That name is taken." if name.casefold() in _TAKEN else None


def is_taken(scope: Scope, name: str) -> bool:
    """Return whether an account is called *name*, in whatever case."""
    return bool(
        scope.db.execute(
            select(exists().where(func.lower(t.users.c.name) == name.lower()))
        ).scalar_one()
    )


def add_account(  # noqa: PLR0913 -- what an account is made of
    scope: Scope,
    name: str,
    password_hash: str,
    *,
    display: str = "",
    mail: str = "",
    is_operator: bool = False,
) -> str:
    """Add an account with a password and return its id.

    Raises:
        FormError: the name is taken.
    """
    if is_taken(scope, name):
        raise FormError({"name": "That name is taken."})
    user = accounts.create_user(scope, name, is_operator=is_operator)
    scope.db.execute(
        update(t.users)
        .where(t.users.c.user_id == user)
        .values(password=password_hash, display=display, mail=mail)
    )
    record(scope, "account-made", Concern(user=user), actor=Actor(user, name))
    return user


def is_setup_code(scope: Scope, code: str) -> bool:
    """Return whether *code* is that of the setup link, which is good until it is used."""
    kept = fact(scope, SETUP)
    return bool(code) and kept is not None and kept == token_hash(code)


def set_up(  # noqa: PLR0913 -- what the form asks for
    service: Service,
    code: str,
    *,
    name: str,
    display: str,
    password: str,
    organisation: str,
    origin: Origin,
) -> str | None:
    """Make the first account, an operator's, and return its session; None for a bad *code*.

    With the name of an *organisation* that is made as well, and owned by it.
    """
    kept = passwords.hashed(password)
    with service.store.writing(SYSTEM) as scope:
        if not is_setup_code(scope, code):
            return None
        drop_fact(scope, SETUP)
        user = add_account(scope, name, kept, display=display, is_operator=True)
        if organisation:
            made = accounts.create_organisation(scope, organisation)
            accounts.add_member(scope, made, user, role=accounts.OWNER)
            record(scope, "organisation-made", Concern(organisation=made), actor=Actor(user, name))
        return sessions.begin_session(scope, user, agent=origin.agent, address=origin.address)


def log_in(service: Service, name: str, password: str, origin: Origin) -> str:
    """Return a new session for whoever has *name* and *password*.

    Raises:
        FormError: they do not fit, whether or not there is such a name.
        TooManyRequestsError: it was tried too often, by this name or from this address.
        StoreBusyError: too many log in at once.
    """
    account = name.casefold()[:64]
    key = f"{account} {origin.address}"
    with service.store.writing(SYSTEM) as scope:
        refusal = tries.count_try(scope, tries.LOGIN_BY_ADDRESS, origin.address)
        refusal = tries.count_try(scope, tries.LOGIN_BY_ACCOUNT, account) or refusal
        refusal = tries.count_try(scope, tries.LOGIN_BY_NAME, key) or refusal
        row = scope.db.execute(
            select(t.users).where(
                func.lower(t.users.c.name) == name.lower(), t.users.c.disabled_ms.is_(None)
            )
        ).one_or_none()
    if refusal is not None:
        raise refusal
    if not passwords.is_right(None if row is None else row.password, password) or row is None:
        raise FormError({"": _WRONG})
    with service.store.writing(SYSTEM) as scope:
        tries.forget_tries(scope, tries.LOGIN_BY_NAME, key)
        actor = Actor(row.user_id, row.name)
        details = {"address": origin.address}
        record(scope, "logged-in", Concern(user=row.user_id), actor=actor, details=details)
        return sessions.begin_session(
            scope, row.user_id, agent=origin.agent, address=origin.address
        )
