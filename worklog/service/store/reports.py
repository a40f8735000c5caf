"""Reports of problems, each once."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, insert, select

from worklog.domain.ids import DeviceId
from worklog.service.scope import Scope
from worklog.service.store import tables as t
from worklog.wire.feedback import Feedback


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


def _name(user: str, report: str) -> str:
    """Return the key of a report: ids of two accounts can neither meet nor betray each other."""
    return hashlib.sha256(f"{user}/{report}".encode()).hexdigest()[:32]
