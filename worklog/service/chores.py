"""Work in the background: settling, retention, pruning, sweeping. Several workers share it.

Each chore is a row that says when it is due and who has it until when. Taking it is one
UPDATE that only one worker can win; the claim of a worker that was killed runs out. Every
chore can be broken off and begun anew at any point.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from worklog.domain.contract import LOCK_DELAY
from worklog.errors import WorklogError
from worklog.service.letters import send_mails
from worklog.service.retention import erase_due
from worklog.service.scope import SYSTEM
from worklog.service.settling import settle_due
from worklog.service.store import mails, weeks
from worklog.service.store import tables as t
from worklog.service.store.engine import lock_diary

if TYPE_CHECKING:
    from worklog.service.service import Service

log = logging.getLogger(__name__)

_LEASE_MS: Final = 600_000  # after which another worker takes a chore over
_EVERY: Final = 30.0  # between looks at what is due [s]
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS
# How long what has run out is kept: a person may still ask why a link does not work.
_KEPT_MS: Final = 30 * _DAY_MS
_CODES_KEPT_MS: Final = _DAY_MS


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done again and again.

    Attributes:
        every_ms: How long after its end it is due again [ms].
        work: What to do; it returns how many things it did.
    """

    every_ms: int
    work: Callable[[Service], int]


def settle_weeks(service: Service) -> int:
    """Freeze the bills of weeks that locked; return how many weeks."""
    with service.store.reading(SYSTEM) as scope:
        rows = weeks.unsettled(scope, ended_by_ms=scope.at_ms)
    done = 0
    for freelancer in sorted({row.freelancer for row in rows}):
        with service.store.writing(SYSTEM) as scope:
            lock_diary(scope, freelancer)
            done += settle_due(scope, freelancer)
    return done


def erase_old(service: Service) -> int:
    """Erase pictures and titles whose time is over (R31); return of how many weeks."""
    with service.store.reading(SYSTEM) as scope:
        before = scope.at_ms - LOCK_DELAY // timedelta(milliseconds=1)
        rows = weeks.perishable(scope, ended_by_ms=before)
    done = 0
    for row in rows:
        with service.store.writing(SYSTEM) as scope:
            lock_diary(scope, row.freelancer)
            done += erase_due(scope, row)
    if done:
        service.ingest.sweep()
    return done


def prune(service: Service) -> int:
    """Forget links, letters, codes, tokens and tries that have long run out; return how many."""
    with service.store.writing(SYSTEM) as scope:
        old, tried = scope.at_ms - _KEPT_MS, scope.at_ms - _CODES_KEPT_MS
        outdated = (
            delete(t.links).where(t.links.c.expires_ms < old),
            delete(t.device_codes).where(t.device_codes.c.expires_ms < tried),
            delete(t.tokens).where((t.tokens.c.expires_ms < old) | (t.tokens.c.revoked_ms < old)),
            delete(t.tries).where(t.tries.c.since_ms < tried),
        )
        pruned = sum(scope.db.execute(statement).rowcount for statement in outdated)
        return pruned + mails.forget_old(scope, old)


def sweep(service: Service) -> int:
    """Delete objects whose pictures are gone; return how many."""
    return service.ingest.sweep(orphans_too=True)


CHORES: Final[Mapping[str, Chore]] = {
    "mail": Chore(0, send_mails),
    "settle": Chore(_MINUTE_MS, settle_weeks),
    "retention": Chore(60 * _MINUTE_MS, erase_old),
    "prune": Chore(60 * _MINUTE_MS, prune),
    "sweep": Chore(10 * _MINUTE_MS, sweep),
}


def chores_of(service: Service) -> Mapping[str, Chore]:
    """Return what is to be done for *service*: without a mail server nothing is ever sent."""
    if service.post is not None:
        return CHORES
    return {name: chore for name, chore in CHORES.items() if name != "mail"}


class Worker:
    """One process that does chores."""

    def __init__(self, service: Service, chores: Mapping[str, Chore] = CHORES) -> None:
        self.name = secrets.token_hex(8)
        self._service = service
        self._chores = chores

    def run_due(self) -> dict[str, int]:
        """Do what is due and nobody else has; return how much of each was done."""
        done = {}
        for name, chore in self._chores.items():
            if self.claim(name):
                done[name] = chore.work(self._service)
                self._finish(name, chore)
        return done

    def claim(self, name: str) -> bool:
        """Return whether this worker has the chore *name* from now on."""
        with self._service.store.writing(SYSTEM) as scope:
            dialect = sqlite if scope.db.dialect.name == "sqlite" else postgresql
            scope.db.execute(
                dialect.insert(t.chores)
                .values(name=name, due_ms=scope.at_ms, claimed_until_ms=0)
                .on_conflict_do_nothing()
            )
            claimed = scope.db.execute(
                update(t.chores)
                .where(
                    t.chores.c.name == name,
                    t.chores.c.due_ms <= scope.at_ms,
                    t.chores.c.claimed_until_ms <= scope.at_ms,
                )
                .values(claimed_by=self.name, claimed_until_ms=scope.at_ms + _LEASE_MS)
            )
            return bool(claimed.rowcount)

    def _finish(self, name: str, chore: Chore) -> None:
        with self._service.store.writing(SYSTEM) as scope:
            scope.db.execute(
                update(t.chores)
                .where(t.chores.c.name == name, t.chores.c.claimed_by == self.name)
                .values(due_ms=scope.at_ms + chore.every_ms, claimed_by="", claimed_until_ms=0)
            )


class Background:
    """A thread of `worklog serve` that does chores until it is told to end."""

    def __init__(self, service: Service) -> None:
        self._worker = Worker(service, chores_of(service))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chores", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End once the chore in hand is done."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._worker.run_due()
            except WorklogError:  # the database is busy, say: what was claimed runs out
                log.warning("background work was put off", exc_info=True)
            except Exception:  # a bug must not end all other chores
                log.exception("background work failed")
            self._ended.wait(_EVERY)
