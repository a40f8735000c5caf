"""Following a link: an invitation lets somebody in, a reset gives a new password.

Whoever follows one is nobody yet, or nobody to the organisation; what they do is done by
the system, and recorded as theirs.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import insert, select, update

from worklog.errors import NotFoundError
from worklog.service import passwords
from worklog.service.entering import Origin, add_account
from worklog.service.scope import SYSTEM, Actor, Scope
from worklog.service.service import Service
from worklog.service.store import accounts, links, mails, sessions, tries
from worklog.service.store import tables as t
from worklog.service.store.audit import Concern, record
from worklog.service.store.links import Link, Purpose

_SENTENCES: Final = {
    "used": "This link has been used; each works once.",
    "revoked": "This link was taken back.",
    "expired": "This link has run out; each works for seven days.",
}
_UNKNOWN: Final = "This link is not one that works here. Perhaps a part of it is missing."
_JOINING: Final = frozenset(Purpose) - {Purpose.RESET}


class LinkUsedUpError(NotFoundError):
    """A link that does not work, or no longer."""


def invitation(service: Service, code: str) -> Link:
    """Return the invitation with *code*.

    Raises:
        LinkUsedUpError: it does not work.
    """
    with service.store.reading(SYSTEM) as scope:
        return _working(scope, code, _JOINING)


def reset(service: Service, code: str) -> Link:
    """Return the link with *code*, which gives an account a new password.

    Raises:
        LinkUsedUpError: it does not work.
    """
    with service.store.reading(SYSTEM) as scope:
        return _working(scope, code, {Purpose.RESET})


def join_anew(  # noqa: PLR0913 -- what the form asks for
    service: Service, code: str, *, name: str, display: str, password: str, origin: Origin
) -> str:
    """Make an account for whoever has the invitation with *code*; return its session.

    Raises:
        LinkUsedUpError: it does not work.
        FormError: the name is taken; the invitation goes on working.
        TooManyRequestsError: too many links were tried from there.
    """
    _count(service, code, origin)
    kept = passwords.hashed(password)
    with service.store.writing(SYSTEM) as scope:
        link = _used_up(scope, code, _JOINING)
        # Whoever follows a link that was mailed has shown that the address is theirs.
        letter = mails.mails_of(scope, [link.link]).get(link.link)
        mail = "" if letter is None else letter.recipient
        user = add_account(scope, name, kept, display=display, mail=mail)
        _join(scope, link, Actor(user, name))
        return sessions.begin_session(scope, user, agent=origin.agent, address=origin.address)


def join(service: Service, actor: Actor, code: str) -> Link:
    """Let *actor* in where the invitation with *code* leads, and return it.

    Raises:
        LinkUsedUpError: it does not work.
    """
    with service.store.writing(SYSTEM) as scope:
        link = _used_up(scope, code, _JOINING)
        _join(scope, link, actor)
    return link


def renew_password(service: Service, code: str, password: str, origin: Origin) -> str:
    """Give the account of the link with *code* a new *password*; return its only session.

    Raises:
        LinkUsedUpError: it does not work.
        TooManyRequestsError: too many links were tried from there.
    """
    _count(service, code, origin)
    kept = passwords.hashed(password)
    with service.store.writing(SYSTEM) as scope:
        link = _used_up(scope, code, {Purpose.RESET})
        user = link.user or ""
        scope.db.execute(update(t.users).where(t.users.c.user_id == user).values(password=kept))
        sessions.end_sessions(scope, user)
        links.revoke_resets(scope, user)
        record(scope, "password-renewed", Concern(user=user), actor=Actor(user, link.user_name))
        return sessions.begin_session(scope, user, agent=origin.agent, address=origin.address)


def _working(scope: Scope, code: str, purposes: frozenset[Purpose] | set[Purpose]) -> Link:
    link = links.link_of(scope, code)
    if link is None or link.purpose not in purposes:
        raise LinkUsedUpError(
            _UNKNOWN, hint="Copy it once more, or ask whoever sent it for another."
        )
    if link.state:
        raise LinkUsedUpError(
            _SENTENCES[link.state], hint="Log in, or ask whoever sent it for another."
        )
    if link.user is not None and _is_disabled(scope, link.user):
        msg = "This account is closed."
        raise LinkUsedUpError(msg, hint="Ask whoever runs the service to open it again.")
    return link


def _used_up(scope: Scope, code: str, purposes: frozenset[Purpose] | set[Purpose]) -> Link:
    link = _working(scope, code, purposes)
    if not links.use_up(scope, code):  # somebody else was first, this very moment
        raise LinkUsedUpError(_SENTENCES["used"], hint="Ask whoever sent it for another.")
    return link


def _is_disabled(scope: Scope, user: str) -> bool:
    found = select(t.users.c.disabled_ms).where(t.users.c.user_id == user)
    return scope.db.execute(found).scalar() is not None


def _count(service: Service, code: str, origin: Origin) -> None:
    """Count a code that is none, so that nobody makes the service look for long."""
    with service.store.writing(SYSTEM) as scope:
        is_one = links.link_of(scope, code) is not None
        refusal = None if is_one else tries.count_try(scope, tries.LINK, origin.address)
    if refusal is not None:
        raise refusal


def _join(scope: Scope, link: Link, actor: Actor) -> None:
    concern = Concern(user=actor.user, organisation=link.organisation)
    details = {"as": link.purpose.value, "invited_by": link.created_by}
    if link.organisation is None:
        scope.db.execute(
            update(t.users).where(t.users.c.user_id == actor.user).values(is_operator=True)
        )
    elif link.purpose == Purpose.FREELANCER:
        _add_partner(scope, link.organisation, actor.user)
    else:
        _add_member(scope, link.organisation, actor.user, link.purpose)
    record(scope, "joined", concern, actor=actor, details=details)


def _add_partner(scope: Scope, organisation: str, user: str) -> None:
    is_theirs = (t.partners.c.organisation_id == organisation, t.partners.c.user_id == user)
    if scope.db.execute(select(t.partners.c.user_id).where(*is_theirs)).first() is None:
        scope.db.execute(
            insert(t.partners).values(
                organisation_id=organisation, user_id=user, since_ms=scope.at_ms
            )
        )


def _add_member(scope: Scope, organisation: str, user: str, purpose: Purpose) -> None:
    """Make *user* a member or an owner; an owner stays one."""
    is_theirs = (t.members.c.organisation_id == organisation, t.members.c.user_id == user)
    role = scope.db.execute(select(t.members.c.role).where(*is_theirs)).scalar()
    if role is None:
        accounts.add_member(scope, organisation, user, role=purpose.value)
    elif purpose == Purpose.OWNER:
        scope.db.execute(update(t.members).where(*is_theirs).values(role=accounts.OWNER))
