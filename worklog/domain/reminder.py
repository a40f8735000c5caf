"""The reminder before the lock: which weeks are about to lock and are not ready for it.

A week is not ready while a review of it finds something, or parts of it that should have
left by now have not reached their service.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from worklog.domain.amendment import Key
from worklog.domain.contract import Contract, Week
from worklog.domain.grid import SLOT_LENGTH
from worklog.domain.ids import ContractId
from worklog.domain.lock import NearLock, near_locks
from worklog.domain.review import DEFAULT_THRESHOLDS, Finding, Thresholds, review
from worklog.domain.segment import BilledSegment
from worklog.domain.times import day_in_words
from worklog.domain.wording import count, length_of

WeekOf = Callable[[datetime], Week]

_THURSDAY: Final = 3  # ISO weeks are numbered by theirs
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A week that is about to lock, and what is still to do.

    Attributes:
        week: Which.
        locks_at: When.
        contracts: Whose week it is, of those that are not ready, by name.
        findings: How many things a review of it finds.
        unsent: How many of its segments their service has not got.
    """

    week: Week
    locks_at: datetime
    contracts: tuple[ContractId, ...]
    findings: int
    unsent: int


def reminders(  # noqa: PLR0913 -- all but the first three are keywords
    contracts: Mapping[ContractId, Contract],
    rows: Iterable[BilledSegment],
    now: datetime,
    *,
    within: timedelta,
    unsent: Iterable[Key] = (),
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    explained: Sequence[tuple[datetime, datetime]] = (),
) -> tuple[Reminder, ...]:
    """Return the weeks that need a reminder at *now*, the first lock first.

    Contracts whose weeks begin and lock together are one reminder.

    Args:
        contracts: All there are.
        rows: The segments of the weeks near their lock, of all contracts: what one did in
            a gap of another is no gap.
        now: Aware.
        within: How long before a lock to remind; zero never does.
        unsent: Segments that should have reached their service and have not. Those of a
            week that has not ended do not count yet.
        thresholds: As for `review`.
        explained: As for `review`.
    """
    known = [row for row in rows if row.segment.key.contract in contracts]
    waiting = set(unsent)
    found: dict[tuple[datetime, Week], tuple[Finding, ...]] = {}
    groups: defaultdict[tuple[datetime, Week], list[tuple[NearLock, int, int]]] = defaultdict(list)
    for near in near_locks(contracts.values(), now, within=within):
        place = near.locks_at, near.week
        if place not in found:
            inside = [row for row in known if _is_in(row.segment.key, near.week)]
            found[place] = review(inside, contracts, thresholds=thresholds, explained=explained)
        findings = sum(_is_about(finding, near) for finding in found[place])
        left = sum(_is_of(key, near) for key in waiting) if near.week.end <= now else 0
        if findings or left:
            groups[place].append((near, findings, left))
    return tuple(
        Reminder(
            week,
            locks_at,
            tuple(near.contract.contract_id for near, _, _ in group),
            findings=sum(findings for _, findings, _ in group),
            unsent=sum(left for _, _, left in group),
        )
        for (locks_at, week), group in groups.items()
    )


def _is_in(key: Key, week: Week) -> bool:
    return week.start <= key.slot.start < week.end


def _is_of(key: Key, near: NearLock) -> bool:
    same = key.contract == near.contract.contract_id
    return same and near.contract.week_at(key.slot.start) == near.week


def _is_about(finding: Finding, near: NearLock) -> bool:
    return finding.contract == near.contract.contract_id and any(
        near.contract.week_at(key.slot.start) == near.week for key in finding.keys
    )


# --- Words ----------------------------------------------------------------------------


def sentence(
    reminder: Reminder,
    contracts: Mapping[ContractId, Contract],
    *,
    now: datetime,
    zone: tzinfo,
    usual: WeekOf,
) -> str:
    """Return *reminder* as one sentence with the commands that help.

    *usual* says which week commands take for this one where no contract is named.
    """
    own = [contracts[contract_id] for contract_id in reminder.contracts]
    named = own[0] if len(own) == 1 and not own[0].is_archived else None
    range_ = spelt(
        reminder.week, now=now, zone=zone, week_of=usual if named is None else named.week_at
    )
    words = ["worklog review"]
    words += [] if range_ == "week" else [f'"{range_}"' if " " in range_ else range_]
    words += [f"-c {shlex.quote(named.name)}"] if named and len(contracts) > 1 else []
    whose = f" of {_listed([one.name for one in own])}" if len(contracts) > 1 else ""
    left = length_of(reminder.locks_at - now)
    what = [
        f"{count(reminder.findings, 'finding')}, `{' '.join(words)}`" if reminder.findings else "",
        f"{count(reminder.unsent, 'segment')} not uploaded yet, `worklog sync`"
        if reminder.unsent
        else "",
    ]
    subject = _subject(reminder.week, range_, zone)
    return f"{subject}{whose} locks in {left}: {'; '.join(filter(None, what))}"


def spelt(week: Week, *, now: datetime, zone: tzinfo, week_of: WeekOf) -> str:
    """Return a RANGE that is *week* where `week` is what *week_of* says.

    Days of *zone* where no name of a week is that one.
    """
    this = week_of(now)
    if week == this:
        return "week"
    if week == week_of(this.start - SLOT_LENGTH):
        return "last week"
    noon = week.start.replace(hour=12)
    noon += _DAY * ((_THURSDAY - noon.weekday()) % 7)
    if week_of(noon) == week:
        year, number, _ = noon.isocalendar()
        return f"{year}-W{number:02}"
    first, last = (moment.astimezone(zone).date() for moment in (week.start, week.end - _DAY / 2))
    return f"{first}..{last}"


def _subject(week: Week, range_: str, zone: tzinfo) -> str:
    if range_ in ("week", "last week"):
        return "This week" if range_ == "week" else "Last week"
    return f"The week of {day_in_words(week.start.astimezone(UTC).astimezone(zone).date())}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
