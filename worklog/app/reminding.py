"""Reminds of weeks that are about to lock: reads what `worklog.domain.reminder` asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from worklog.app.figures import diary_rows
from worklog.app.ports import Cache
from worklog.domain.amendment import Idle, Key, in_force
from worklog.domain.contract import Contract
from worklog.domain.lock import near_locks
from worklog.domain.reminder import Reminder, reminders, sentence
from worklog.domain.review import DEFAULT_THRESHOLDS, Thresholds
from worklog.errors import WorklogError

LOOK_EVERY: Final = timedelta(minutes=10)
FACT: Final = "reminded-of-locks"

Unsent = Callable[[datetime, datetime], Iterable[Key]]
"""Returns the segments of ``[start, end)`` that should have left, and that no service has."""


def nothing_unsent(_start: datetime, _end: datetime) -> tuple[Key, ...]:
    """Return nothing: there is no service."""
    return ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to remind of, and when.

    Attributes:
        within: How long before a lock; zero never reminds.
        thresholds: What a review looks for.
    """

    within: timedelta = timedelta(0)
    thresholds: Thresholds = DEFAULT_THRESHOLDS


@dataclass(frozen=True, slots=True)
class Told:
    """A reminder as people get it.

    Attributes:
        reminder: What there is to say.
        names: Of its contracts.
        sentence: All of it, with the commands that help.
    """

    reminder: Reminder
    names: tuple[str, ...]
    sentence: str


def lock_reminders(  # noqa: PLR0913 -- the last ones are keywords
    cache: Cache,
    wanted: Wanted,
    usual: Contract | None,
    *,
    now: datetime,
    zone: tzinfo,
    unsent: Unsent,
) -> tuple[Told, ...]:
    """Return the reminders that are due at *now*; *usual* is whose weeks commands take."""
    contracts = {contract.contract_id: contract for contract in cache.contracts()}
    near = near_locks(contracts.values(), now, within=wanted.within)
    if not near:
        return ()
    start, end = min(one.week.start for one in near), max(one.week.end for one in near)
    changes = [amendment.change for amendment in in_force(cache.amendments())]
    found = reminders(
        contracts,
        diary_rows(cache, start, end),
        now,
        within=wanted.within,
        unsent=unsent(start, end),
        thresholds=wanted.thresholds,
        explained=[(gap.start, gap.end) for gap in changes if isinstance(gap, Idle)],
    )
    usual = usual or near[0].contract
    return tuple(
        Told(
            reminder,
            tuple(contracts[contract_id].name for contract_id in reminder.contracts),
            sentence(reminder, contracts, now=now, zone=zone, usual=usual.week_at),
        )
        for reminder in found
    )


@dataclass(slots=True)
class LockWatch:
    """Reminds a running tracker, once for each week and contract, also over restarts.

    A week that was reopened locks again, and is another one here.
    """

    cache: Cache
    wanted: Wanted
    zone: Callable[[], tzinfo]
    unsent: Unsent
    _looked: datetime | None = None
    _told: set[str] = field(default_factory=set)

    def look(self, now: datetime, contract: Contract) -> list[str]:
        """Look every ten minutes; return the sentences to say."""
        if not self.wanted.within:
            return []
        if self._looked is not None and abs(now - self._looked) < LOOK_EVERY:
            return []
        self._looked = now
        try:
            found = lock_reminders(
                self.cache, self.wanted, contract, now=now, zone=self.zone(), unsent=self.unsent
            )
            self._told |= set((self.cache.remembered(FACT) or "").split())
        except WorklogError:
            return []  # the next look comes
        news = [told for told in found if not _names(told.reminder) <= self._told]
        if news:
            self._told = {name for told in found for name in _names(told.reminder)} | {
                name for name in self._told if _is_to_come(name, now)
            }
            with suppress(WorklogError):  # then a restart says it again
                self.cache.remember(FACT, " ".join(sorted(self._told)))
        return [told.sentence for told in news]


def _names(reminder: Reminder) -> set[str]:
    at = reminder.locks_at.astimezone(UTC)
    return {f"{at:%Y-%m-%dT%H:%M:%SZ}/{contract}" for contract in reminder.contracts}


def _is_to_come(name: str, now: datetime) -> bool:
    return name > f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
