"""What an owner does about the people of an organisation, and about the organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from worklog.errors import ConflictError
from worklog.service.authorize import Verb, authorize
from worklog.service.letters import mail_link
from worklog.service.problems import not_found
from worklog.service.scope import Actor, Scope
from worklog.service.service import Service
from worklog.service.store import links, mails
from worklog.service.store import organisations as store
from worklog.service.store.accounts import MEMBER, OWNER
from worklog.service.store.audit import Concern, record
from worklog.service.store.engine import as_system
from worklog.service.store.links import Link, Purpose
from worklog.service.store.mails import Mail
from worklog.service.store.organisations import Member, Organisation, Partner

INVITED_AS: Final = (Purpose.FREELANCER, Purpose.MEMBER, Purpose.OWNER)


@dataclass(frozen=True, slots=True)
class Belonging:
    """Everybody who has to do with an organisation.

    Attributes:
        organisation: Which.
        members: Who belongs to it.
        partners: Freelancers.
        invitations: Links that nobody has followed yet.
        mails: What became of the letters with them, by the link.
    """

    organisation: Organisation
    members: list[Member]
    partners: list[Partner]
    invitations: list[Link]
    mails: Mapping[str, Mail]


def people_of(service: Service, actor: Actor, organisation: str) -> Belonging:
    """Return who has to do with *organisation*.

    Raises:
        NotFoundError: it is nothing to *actor*.
        PolicyError: *actor* does not own it.
    """
    with service.store.reading(actor) as scope:
        authorize(actor, Verb.MANAGE, store.membership(scope, organisation))
        invitations = links.open_links(scope, organisation=organisation)
        with as_system(scope) as system:
            letters = mails.mails_of(system, [link.link for link in invitations])
        return Belonging(
            store.organisations(scope, organisation)[0],
            store.members_of(scope, organisation),
            store.partners_of(scope, organisation),
            invitations,
            letters,
        )


def change_organisation(  # noqa: PLR0913 -- what the form has
    service: Service, actor: Actor, organisation: str, *, name: str, week_start: int, week_hour: int
) -> None:
    """Give *organisation* another name and billing week; contracts keep the week they have."""
    new: dict[str, str | int] = {"name": name, "week_start": week_start, "week_hour": week_hour}
    with _managing(service, actor, organisation) as scope:
        store.save_organisation(scope, organisation, new)
        record(scope, "organisation-changed", Concern(organisation=organisation), details=new)


def invite(  # noqa: PLR0913 -- what the form has
    service: Service,
    actor: Actor,
    organisation: str,
    purpose: Purpose,
    note: str,
    *,
    mail: str = "",
) -> str:
    """Return the code of a link by which somebody joins *organisation*; it goes to *mail* too."""
    with _managing(service, actor, organisation) as scope:
        code = make_invitation(scope, purpose, note, organisation=organisation)
        if mail:
            mail_link(scope, service, code, mail)
        return code


def make_invitation(scope: Scope, purpose: Purpose, note: str, *, organisation: str | None) -> str:
    """Make an invitation and record it, without asking whether the actor may."""
    concern = Concern(user=None if organisation else scope.actor.user, organisation=organisation)
    record(scope, "invited", concern, details={"as": purpose.value})
    return links.make_link(scope, purpose, organisation=organisation, note=note)


def take_back(service: Service, actor: Actor, organisation: str, link: str) -> None:
    """Make an invitation to *organisation* worthless.

    Raises:
        NotFoundError: there is none with the id *link* that still works.
    """
    with _managing(service, actor, organisation) as scope:
        found = links.link_with_id(scope, link)
        is_theirs = found is not None and found.organisation == organisation
        if not is_theirs or not links.revoke_link(scope, link):
            what = "invitation"
            raise not_found(what)
        record(scope, "invitation-revoked", Concern(organisation=organisation))


def change_member(
    service: Service, actor: Actor, organisation: str, user: str, *, role: str | None
) -> Member:
    """Give a member another *role*, or none: they belong to it no longer; return who it was.

    Raises:
        NotFoundError: *user* does not belong to it.
        ConflictError: nobody would own it then.
    """
    with _managing(service, actor, organisation) as scope:
        store.lock_organisation(scope, organisation)
        members = {member.user: member for member in store.members_of(scope, organisation)}
        if user not in members:
            what = "member"
            raise not_found(what)
        owners = {member.user for member in members.values() if member.is_owner}
        if role != OWNER and owners == {user}:
            msg = "An organisation always has an owner, and this is the last one."
            raise ConflictError(msg, hint="Make somebody else an owner first.")
        if role is None:
            store.remove_member(scope, organisation, user)
        else:
            store.set_role(scope, organisation, user, OWNER if role == OWNER else MEMBER)
        verb = "member-removed" if role is None else "role-changed"
        details = {} if role is None else {"role": role}
        record(scope, verb, Concern(user=user, organisation=organisation), details=details)
    return members[user]


def remove_partner(service: Service, actor: Actor, organisation: str, user: str) -> Partner:
    """Offer a freelancer no more contracts; return who it was.

    Raises:
        NotFoundError: *user* is not one of *organisation*.
        ConflictError: a contract with them is running.
    """
    with _managing(service, actor, organisation) as scope:
        found = {one.user: one for one in store.partners_of(scope, organisation)}
        if user not in found:
            what = "freelancer"
            raise not_found(what)
        if found[user].contracts:
            msg = f"A contract with {found[user].display} is running."
            raise ConflictError(msg, hint="End it under Contracts first.")
        store.remove_partner(scope, organisation, user)
        record(scope, "freelancer-removed", Concern(user=user, organisation=organisation))
    return found[user]


@contextmanager
def _managing(service: Service, actor: Actor, organisation: str) -> Iterator[Scope]:
    """Give a scope of *actor* that writes, if *organisation* is theirs to look after."""
    with service.store.writing(actor) as scope:
        authorize(actor, Verb.MANAGE, store.membership(scope, organisation))
        yield scope
