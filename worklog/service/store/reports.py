"""Reports of problems, each once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from worklog.domain.grid import from_epoch_ms
from worklog.domain.ids import DeviceId
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.wire.feedback import Feedback


@dataclass(frozen=True, slots=True)
class Report:
    """One report as it is kept.

    Attributes:
        name: Its key here.
        user: Account that sent it.
        author: What others see of them.
        has_device: Whether a tracker sent it, and not the page.
        at: When it came.
        words: What they have to say.
        content: What came along, as JSON.
        closed_at: Since when nothing is to be done about it; None while something is.
    """

    name: str
    user: str
    author: str
    has_device: bool
    at: datetime
    words: str
    content: str
    closed_at: datetime | None


def put_report(scope: Scope, report: Feedback, *, device: DeviceId | None) -> bool:
    """Keep *report* of the actor; return False if it was here already."""
    name = _name(scope.actor.user, report.id)
    if scope.db.execute(
        select(t.feedback.c.feedback_id).where(t.feedback.c.feedback_id == name)
    ).first():
        return False
    scope.db.execute(
        insert(t.feedback).values(
            feedback_id=name,
            user_id=scope.actor.user,
            device_id=device or "",
            at_ms=scope.at_ms,
            words=report.words,
            content=report.content,
        )
    )
    return True


def count_since(scope: Scope, since_ms: int) -> int:
    """Return how many reports the actor has sent since a moment [ms]."""
    query = select(func.count()).where(
        t.feedback.c.user_id == scope.actor.user, t.feedback.c.at_ms > since_ms
    )
    return int(scope.db.execute(query).scalar_one())


def reports_of(scope: Scope, user: str, *, limit: int) -> list[Report]:
    """Return the newest reports of *user*, newest first."""
    query = _reports().where(t.feedback.c.user_id == user)
    query = query.order_by(t.feedback.c.at_ms.desc(), t.feedback.c.feedback_id).limit(limit)
    return [_report(row) for row in scope.db.execute(query)]


def all_reports(scope: Scope, *, limit: int) -> list[Report]:
    """Return reports of everybody, those that are open first, then the newest.

    *scope* is the system's: whoever runs the service reads what others sent to them.
    """
    query = _reports().order_by(
        t.feedback.c.closed_ms.is_not(None), t.feedback.c.at_ms.desc(), t.feedback.c.feedback_id
    )
    return [_report(row) for row in scope.db.execute(query.limit(limit))]


def close_report(scope: Scope, name: str, *, is_closed: bool) -> str | None:
    """Close the report *name* or open it again; return whose it is, None if nothing changes.

    *scope* is the system's, as of `all_reports`.
    """
    is_other = (
        t.feedback.c.closed_ms.is_(None) if is_closed else t.feedback.c.closed_ms.is_not(None)
    )
    return scope.db.execute(
        update(t.feedback)
        .where(t.feedback.c.feedback_id == name, is_other)
        .values(closed_ms=scope.at_ms if is_closed else None)
        .returning(t.feedback.c.user_id)
    ).scalar_one_or_none()


def has_report(scope: Scope, name: str) -> bool:
    """Return whether there is a report *name*; *scope* is the system's."""
    query = select(t.feedback.c.user_id).where(t.feedback.c.feedback_id == name)
    return scope.db.execute(query).first() is not None


def _reports() -> Select[Any]:
    who = func.coalesce(func.nullif(t.users.c.display, ""), t.users.c.name).label("author")
    return select(t.feedback, who).join(t.users, t.users.c.user_id == t.feedback.c.user_id)


def _report(row: Row[Any]) -> Report:
    return Report(
        name=row.feedback_id,
        user=row.user_id,
        author=row.author,
        has_device=bool(row.device_id),
        at=from_epoch_ms(row.at_ms),
        words=row.words,
        content=row.content,
        closed_at=None if row.closed_ms is None else from_epoch_ms(row.closed_ms),
    )


def _name(user: str, report: str) -> str:
    """Return the key of a report: ids of two accounts can neither meet nor betray each other."""
    return hashlib.sha256(f"{user}/{report}".encode()).hexdigest()[:32]
