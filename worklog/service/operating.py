"""What whoever runs the service does: accounts, organisations, and who runs it.

An operator sees that accounts and organisations are there, and nothing of what is in them.
The same is done by `worklog admin` on the machine itself, in the name of the system.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select, update

from worklog.errors import ConflictError, NotFoundError
from worklog.service.belonging import make_invitation
from worklog.service.letters import mail_link
from worklog.service.problems import not_found
from worklog.service.scope import SYSTEM, SYSTEM_USER, Actor, Permit, Scope
from worklog.service.service import Service
from worklog.service.store import accounts, links
from worklog.service.store import tables as t
from worklog.service.store.audit import Concern, record
from worklog.service.store.engine import Store
from worklog.service.store.links import Link, Purpose
from worklog.service.store.organisations import Organisation, organisations

MACHINE = Actor(SYSTEM_USER, "the command line")


@dataclass(frozen=True, slots=True)
class Account:
    """An account, as whoever runs the service sees it.

    Attributes:
        user: Its id.
        name: Its login name.
        display: What others see.
        is_operator: Whether it runs the service.
        created_ms: Since when [ms].
        seen_ms: When a browser or tracker of it was last seen [ms].
        is_disabled: Whether it is closed.
    """

    user: str
    name: str
    display: str
    is_operator: bool
    created_ms: int
    seen_ms: int | None
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class Everybody:
    """Who there is.

    Attributes:
        accounts: All accounts, by name.
        organisations: All organisations, by name.
        invitations: Links by which somebody would come to run the service, not followed yet.
    """

    accounts: list[Account]
    organisations: list[Organisation]
    invitations: list[Link]


def everybody(service: Service, actor: Actor) -> Everybody:
    """Return who there is.

    Raises:
        NotFoundError: *actor* does not run the service.
    """
    check(actor)
    with service.store.reading(actor) as scope:
        return Everybody(
            accounts_of(scope), organisations(scope), links.open_links(scope, organisation=None)
        )


def accounts_of(scope: Scope) -> list[Account]:
    """Return all accounts that were not erased, by name."""
    seen = (
        select(t.tokens.c.user_id, func.max(t.tokens.c.seen_ms).label("seen_ms"))
        .group_by(t.tokens.c.user_id)
        .subquery()
    )
    rows = scope.db.execute(
        select(t.users, seen.c.seen_ms)
        .outerjoin(seen, seen.c.user_id == t.users.c.user_id)
        .where(t.users.c.erased_ms.is_(None))
        .order_by(func.lower(t.users.c.name))
    )
    return [
        Account(
            user=row.user_id,
            name=row.name,
            display=row.display or row.name,
            is_operator=row.is_operator,
            created_ms=row.created_ms,
            seen_ms=row.seen_ms,
            is_disabled=row.disabled_ms is not None,
        )
        for row in rows
    ]


def account_named(scope: Scope, name: str) -> Account:
    """Return the account that logs in as *name*, in whatever case.

    Raises:
        NotFoundError: there is none.
    """
    for account in accounts_of(scope):
        if account.name.lower() == name.lower():
            return account
    msg = f"No account is called {name!r}."
    raise NotFoundError(msg, hint="See them with `worklog admin accounts`.")


def mail_reset(service: Service, actor: Actor, user: str) -> tuple[str, str]:
    """Return the code of such a link, and the address that a letter with it goes to.

    That is empty where no mail is sent, or the account has no address.

    Raises:
        NotFoundError: there is no such account.
        ConflictError: it is closed.
    """
    code = reset_link(service.store, actor, user)
    with service.store.writing(SYSTEM) as scope:
        address = _mail_of(scope, user) if service.post is not None else ""
        if address:
            mail_link(scope, service, code, address)
    return code, address


def reset_link(store: Store, actor: Actor, user: str) -> str:
    """Return the code of a link by which the owner of *user* chooses a new password.

    Raises:
        NotFoundError: there is no such account.
        ConflictError: it is closed.
    """
    with _operating(store, actor) as scope:
        if _account(scope, user).is_disabled:
            msg = "This account is closed."
            raise ConflictError(msg, hint="Open it again first.")
        links.revoke_resets(scope, user)
        record(scope, "reset-link-made", Concern(user=user))
        return links.make_link(scope, Purpose.RESET, user=user)


def set_disabled(store: Store, actor: Actor, user: str, *, is_disabled: bool) -> Account:
    """Close an account or open it again; return it as it was.

    All sessions and devices of a closed account are refused from then on; nothing of what
    they recorded is lost.

    Raises:
        NotFoundError: there is no such account.
        ConflictError: nobody would run the service then.
    """
    with _operating(store, actor) as scope:
        found = _account(scope, user)
        others = [
            one
            for one in accounts_of(scope)
            if one.is_operator and not one.is_disabled and one.user != user
        ]
        if is_disabled and found.is_operator and not others:
            msg = "Nobody else runs the service."
            raise ConflictError(msg, hint="Invite another operator first.")
        closed = scope.at_ms if is_disabled else None
        scope.db.execute(
            update(t.users).where(t.users.c.user_id == user).values(disabled_ms=closed)
        )
        record(scope, f"account-{'closed' if is_disabled else 'opened'}", Concern(user=user))
    return found


def make_organisation(store: Store, actor: Actor, name: str) -> str:
    """Add an organisation; return the code of a link by which its owner joins."""
    with _operating(store, actor) as scope:
        made = accounts.create_organisation(scope, name)
        record(scope, "organisation-made", Concern(organisation=made))
        return make_invitation(scope, Purpose.OWNER, "", organisation=made)


def invite(store: Store, actor: Actor, *, organisation: str | None, note: str) -> str:
    """Return the code of a link to run the service, or to own *organisation*.

    Raises:
        NotFoundError: there is no such organisation.
    """
    with _operating(store, actor) as scope:
        if organisation is not None and not organisations(scope, organisation):
            what = "organisation"
            raise not_found(what)
        purpose = Purpose.OPERATOR if organisation is None else Purpose.OWNER
        return make_invitation(scope, purpose, note, organisation=organisation)


def take_back(store: Store, actor: Actor, link: str) -> None:
    """Make an invitation to run the service worthless.

    Raises:
        NotFoundError: there is none with the id *link* that still works.
    """
    with _operating(store, actor) as scope:
        found = links.link_with_id(scope, link)
        is_one = found is not None and found.purpose == Purpose.OPERATOR
        if not is_one or not links.revoke_link(scope, link):
            what = "invitation"
            raise not_found(what)
        record(scope, "invitation-revoked", Concern(user=actor.user))


def _mail_of(scope: Scope, user: str) -> str:
    found = select(t.users.c.mail).where(t.users.c.user_id == user)
    return str(scope.db.execute(found).scalar() or "")


def _account(scope: Scope, user: str) -> Account:
    for account in accounts_of(scope):
        if account.user == user:
            return account
    what = "account"
    raise not_found(what)


@contextmanager
def _operating(store: Store, actor: Actor) -> Iterator[Scope]:
    check(actor)
    with store.writing(actor) as scope:
        yield scope


def check(actor: Actor) -> None:
    """Go on only if *actor* runs the service.

    Raises:
        NotFoundError: it does not.
    """
    is_web = actor.is_operator and Permit.WEB in actor.permits
    if not is_web and actor.user != SYSTEM_USER:
        what = "page"
        raise not_found(what)
