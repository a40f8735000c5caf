"""Letters that wait to be sent, and what became of them. The text goes with the sending.

A letter holds a link that works, of which nothing else is kept but a hash; so its text is
erased as soon as a server has taken it, or it is given up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select, update

from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.service.store.accounts import new_id

WAITING: Final = "waiting"
SENT: Final = "sent"
FAILED: Final = "failed"
_LEASE_MS: Final = 120_000  # after which another worker tries what one had in hand
_MINUTE_MS: Final = 60_000
_LONGEST_WAIT: Final = 60  # minutes between two tries
_GIVEN_UP_MS: Final = timedelta(days=1) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter with what became of it.

    Attributes:
        mail_id: Its id.
        link: Id of the link in it.
        recipient: Mail address.
        subject: One line.
        body: Empty once it was sent or given up.
        state: `waiting`, `sent` or `failed`.
        problem: Why it was not sent at the last try; empty for nothing.
    """

    mail_id: str
    link: str
    recipient: str
    subject: str
    body: str
    state: str
    problem: str


def put_mail(scope: Scope, *, link: str, recipient: str, subject: str, body: str) -> None:
    """Let a letter be sent, together with what else the transaction does."""
    scope.db.execute(
        insert(t.mails).values(
            mail_id=new_id(scope),
            link_hash=link,
            recipient=recipient,
            subject=subject,
            body=body,
            state=WAITING,
            problem="",
            tries=0,
            created_ms=scope.at_ms,
            due_ms=scope.at_ms,
            claimed_until_ms=0,
        )
    )


def take_next(scope: Scope) -> Mail | None:
    """Return a letter that is due and that nobody else has in hand from now on."""
    is_due = (
        t.mails.c.state == WAITING,
        t.mails.c.due_ms <= scope.at_ms,
        t.mails.c.claimed_until_ms <= scope.at_ms,
    )
    names = scope.db.execute(
        select(t.mails.c.mail_id).where(*is_due).order_by(t.mails.c.due_ms).limit(20)
    ).scalars()
    for name in names.all():
        taken = (
            update(t.mails)
            .where(t.mails.c.mail_id == name, *is_due)
            .values(claimed_until_ms=scope.at_ms + _LEASE_MS, tries=t.mails.c.tries + 1)
        )
        if scope.db.execute(taken).rowcount:
            return _mails(scope, t.mails.c.mail_id == name)[0]
    return None


def mark_sent(scope: Scope, mail: str) -> None:
    """Note that a server has taken it; its text is erased."""
    _settle(scope, mail, state=SENT, problem="", body="")


def mark_failed(scope: Scope, mail: str, problem: str, *, is_final: bool) -> None:
    """Note that it was not sent; it is tried again for a day, ever more seldom."""
    row = scope.db.execute(
        select(t.mails.c.tries, t.mails.c.created_ms).where(t.mails.c.mail_id == mail)
    ).one()
    if is_final or scope.at_ms - row.created_ms >= _GIVEN_UP_MS:
        _settle(scope, mail, state=FAILED, problem=problem, body="")
        return
    wait_ms = min(2**row.tries, _LONGEST_WAIT) * _MINUTE_MS
    _settle(scope, mail, problem=problem, due_ms=scope.at_ms + wait_ms)


def mails_of(scope: Scope, links: Collection[str]) -> dict[str, Mail]:
    """Return the letters with one of *links*, by the link."""
    return {mail.link: mail for mail in _mails(scope, t.mails.c.link_hash.in_(sorted(links)))}


def forget_old(scope: Scope, before_ms: int) -> int:
    """Forget letters of before a moment [ms]; return how many."""
    return scope.db.execute(delete(t.mails).where(t.mails.c.created_ms < before_ms)).rowcount


def _settle(scope: Scope, mail: str, **values: str | int) -> None:
    scope.db.execute(
        update(t.mails).where(t.mails.c.mail_id == mail).values(claimed_until_ms=0, **values)
    )


def _mails(scope: Scope, condition: ColumnElement[bool]) -> list[Mail]:
    return [
        Mail(
            row.mail_id,
            row.link_hash,
            row.recipient,
            row.subject,
            row.body,
            row.state,
            row.problem,
        )
        for row in scope.db.execute(select(t.mails).where(condition))
    ]
