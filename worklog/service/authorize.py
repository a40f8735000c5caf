"""The one decision on access: whether an actor may do something to an object.

Whoever has nothing to do with an object learns that there is none; only who is party to
it learns that something is forbidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from worklog.errors import PolicyError
from worklog.service.problems import not_found
from worklog.service.scope import SYSTEM_USER, Actor, Permit


class Verb(StrEnum):
    """What can be done to a diary, a contract or an organisation."""

    INGEST = "ingest"  # parts and pictures of one's own device
    AMEND = "amend"  # words, time, erasure: the freelancer's changes
    LABEL = "label"  # the one change that a client may make to words (R22)
    DECIDE = "decide"  # accept, reopen, dispute
    READ = "read"
    MANAGE = "manage"  # the people of an organisation, and its name and week


class Party(StrEnum):
    """How an account stands to a contract."""

    FREELANCER = "freelancer"
    CLIENT = "client"  # a member of the organisation
    OWNER = "owner"  # an owner of the organisation


_ALLOWED: Final = {
    Verb.INGEST: frozenset({Party.FREELANCER}),
    Verb.AMEND: frozenset({Party.FREELANCER}),
    Verb.LABEL: frozenset({Party.FREELANCER, Party.CLIENT, Party.OWNER}),
    Verb.DECIDE: frozenset({Party.CLIENT, Party.OWNER}),
    Verb.READ: frozenset(Party),
    Verb.MANAGE: frozenset({Party.OWNER}),
}
_PERMITS: Final = {
    Verb.INGEST: frozenset({Permit.INGEST}),
    Verb.AMEND: frozenset({Permit.INGEST, Permit.WEB}),
    Verb.LABEL: frozenset({Permit.INGEST, Permit.WEB}),
    Verb.DECIDE: frozenset({Permit.WEB}),
    Verb.READ: frozenset({Permit.READ, Permit.WEB}),
    Verb.MANAGE: frozenset({Permit.WEB}),
}


@dataclass(frozen=True, slots=True)
class Owned:
    """What access to an object is judged by.

    Attributes:
        what: What a message calls it.
        freelancer: Account whose diary it is part of.
        parties: How the actor stands to it; empty for a stranger.
    """

    what: str
    freelancer: str
    parties: frozenset[Party]


def authorize(actor: Actor, verb: Verb, owned: Owned | None) -> None:
    """Let the call pass if *actor* may *verb* what *owned* says.

    Raises:
        NotFoundError: it does not exist, or is nothing to *actor*.
        PolicyError: *actor* is party to it and may not do that, or the token may not.
    """
    if actor.user == SYSTEM_USER:
        return
    if owned is None or not owned.parties:
        raise not_found("contract" if owned is None else owned.what)
    if not _ALLOWED[verb] & owned.parties and verb == Verb.MANAGE:
        msg = f"Only an owner may do that with this {owned.what}."
        raise PolicyError(msg, hint="Ask one of its owners.")
    if not _ALLOWED[verb] & owned.parties:
        msg = f"Only the other party may do that with this {owned.what}."
        raise PolicyError(msg, hint="Ask them to do it.")
    permit(actor, verb)


def permit(actor: Actor, verb: Verb) -> None:
    """Let the call pass if the token of *actor* is good for *verb*.

    Raises:
        PolicyError: it is not.
    """
    if not _PERMITS[verb] & actor.permits:
        msg = "This token may not be used for that."
        raise PolicyError(msg, hint="Do it in the browser.")
