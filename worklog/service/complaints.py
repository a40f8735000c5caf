"""Reports of problems: everybody sends them, and whoever runs the service works them off."""

from __future__ import annotations

from typing import Final

from worklog.domain.canonical import Json, canonical
from worklog.domain.ids import DeviceId
from worklog.service.problems import TooManyRequestsError, not_found
from worklog.service.scope import Actor, Scope
from worklog.service.store import audit, reports
from worklog.service.store.audit import Concern
from worklog.service.store.engine import as_system
from worklog.service.store.reports import Report
from worklog.wire.feedback import Feedback

_DAY_MS: Final = 24 * 3_600_000
MOST_A_DAY: Final = 100  # of one account


def keep(scope: Scope, report: Feedback, *, device: DeviceId | None) -> bool:
    """Keep *report* of the actor; return False if it was here already.

    Raises:
        TooManyRequestsError: the actor has sent too many of late.
    """
    if reports.count_since(scope, scope.at_ms - _DAY_MS) >= MOST_A_DAY:
        msg = "That is more than the service takes of one account in a day."
        raise TooManyRequestsError(msg, retry_after=3_600, hint="Send it tomorrow.")
    return reports.put_report(scope, report, device=device)


def written(name: str, words: str, *, version: str, agent: str) -> Feedback:
    """Return the report *name* that somebody wrote on the page, with what helps to read it."""
    content: dict[str, Json] = {
        "schema": 1,
        "id": name,
        "text": words,
        "service": version,
        "browser": agent,
    }
    return Feedback(name, words, canonical(content).decode())


def inbox(scope: Scope, *, limit: int) -> list[Report]:
    """Return everybody's reports; nothing to anybody but an operator.

    Raises:
        NotFoundError: the actor does not run the service.
    """
    _check_operator(scope.actor)
    with as_system(scope) as system:  # they were written to the operator, and are others' rows
        return reports.all_reports(system, limit=limit)


def close(scope: Scope, name: str, *, is_closed: bool) -> None:
    """Close a report or open it again; where it is so already nothing happens.

    Raises:
        NotFoundError: there is none, or the actor does not run the service.
    """
    _check_operator(scope.actor)
    with as_system(scope) as system:  # as of the inbox
        author = reports.close_report(system, name, is_closed=is_closed)
        is_there = author is not None or reports.has_report(system, name)
    if not is_there:
        raise not_found(what="report")
    if author is not None:
        verb = "report-closed" if is_closed else "report-reopened"
        audit.record(scope, verb, Concern(user=author))


def _check_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise not_found(what="report")
