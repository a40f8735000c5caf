"""What letters say, and who gets one: invitations and new passwords (no other mail is sent)."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Final

from sqlalchemy import func, select

from worklog.domain.grid import from_epoch_ms
from worklog.domain.times import day_in_words
from worklog.service.entering import Origin
from worklog.service.post import Letter
from worklog.service.problems import TooManyRequestsError
from worklog.service.scope import SYSTEM, Scope
from worklog.service.service import Service
from worklog.service.store import links, mails, tries
from worklog.service.store import tables as t
from worklog.service.store.audit import Concern, record
from worklog.service.store.engine import as_system
from worklog.service.store.links import Link, Purpose

_ADDRESS: Final = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
_LONGEST: Final = 254  # of a mail address (RFC 5321, 4.5.3.1)
_MOST_ACCOUNTS: Final = 5  # of one address that get a letter at once


def is_address(text: str) -> bool:
    """Return whether *text* is one mail address and nothing else."""
    return len(text) <= _LONGEST and text.isprintable() and _ADDRESS.fullmatch(text) is not None


def mail_link(scope: Scope, service: Service, code: str, to: str) -> None:
    """Let the link with *code* be sent to the address *to*, in the same transaction."""
    with as_system(scope) as system:
        link = links.link_of(system, code)
        assert link is not None  # noqa: S101 -- it was made a moment ago
        subject, body = _words(link, service, code)
        mails.put_mail(system, link=link.link, recipient=to, subject=subject, body=body)


def ask_for_reset(service: Service, address: str, origin: Origin) -> TooManyRequestsError | None:
    """Send links to new passwords to the accounts of *address*, if there are any.

    Nothing that comes back says whether there are; return a refusal where too much was
    asked for from one place or of one address.
    """
    wanted = address.strip()
    with service.store.writing(SYSTEM) as scope:
        refusals = [
            tries.count_try(scope, tries.RESET_BY_ADDRESS, origin.address),
            tries.count_try(scope, tries.RESET_BY_MAIL, wanted.lower()),
        ]
        refusal = next((one for one in refusals if one is not None), None)
        if refusal is not None:
            return refusal
        for user in _accounts_of(scope, wanted):
            links.revoke_resets(scope, user)
            record(scope, "reset-asked-for", Concern(user=user))
            mail_link(scope, service, links.make_link(scope, Purpose.RESET, user=user), wanted)
    return None


def send_mails(service: Service) -> int:
    """Send what waits; return how many letters left."""
    if service.post is None:
        return 0
    sent = 0
    while True:
        with service.store.writing(SYSTEM) as scope:
            mail = mails.take_next(scope)
        if mail is None:
            return sent
        failure = service.post.send(Letter(mail.recipient, mail.subject, mail.body))
        with service.store.writing(SYSTEM) as scope:
            if failure is None:
                mails.mark_sent(scope, mail.mail_id)
                sent += 1
            else:
                mails.mark_failed(scope, mail.mail_id, failure.reason, is_final=failure.is_final)


def _accounts_of(scope: Scope, address: str) -> list[str]:
    found = scope.db.execute(
        select(t.users.c.user_id)
        .where(func.lower(t.users.c.mail) == address.lower(), t.users.c.disabled_ms.is_(None))
        .order_by(t.users.c.created_ms)
        .limit(_MOST_ACCOUNTS)
    )
    return list(found.scalars()) if address else []


def _words(link: Link, service: Service, code: str) -> tuple[str, str]:
    """Return subject and body of the letter with *link*."""
    home = service.settings.url
    until = day_in_words(from_epoch_ms(link.expires_ms).astimezone(UTC).date())
    if link.purpose == Purpose.RESET:
        return (
            "A new password for your work diary",
            (
                f"Somebody asked for a new password of the account {link.user_name} at {home}.\n\n"
                f"Choose it here, once, until {until}:\n\n{home}/reset?code={code}\n\n"
                "If that was not you, do nothing: your password stays as it is.\n"
            ),
        )
    goal = link.organisation_name or "the people who run it"
    what = {
        Purpose.FREELANCER: "as a freelancer. They can offer you contracts; nothing is recorded "
        "or shown before you accept one and start tracking",
        Purpose.OWNER: "as an owner",
        Purpose.MEMBER: "to read diaries and timesheets",
        Purpose.OPERATOR: "to look after the service",
    }[link.purpose]
    return (
        f"{link.created_by} invites you to {goal}",
        (
            f"{link.created_by} invites you to {goal} on the work diary at {home}, {what}.\n\n"
            f"Follow this link, once, until {until}:\n\n{home}/join?code={code}\n\n"
            "If you did not expect this, do nothing.\n"
        ),
    )
