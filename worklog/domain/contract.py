"""Contracts, their dated terms and the policy on what is recorded (R16, R30).

Terms are dated: each slot bills by the terms of its time. Everything a number
means in money or hours is here, so that no other module carries a default of it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, TypedDict, Unpack

from worklog.domain.grid import EPOCH, Slot
from worklog.domain.ids import ContractId

LOCK_DELAY: Final = timedelta(hours=12)  # R23
DISPUTE_PERIOD: Final = timedelta(days=4)  # R27
RETENTION: Final = timedelta(days=90)  # R31
# How long a reopened week stays open unless it is submitted again: over a weekend, for
# somebody in another zone.
REOPEN_PERIOD: Final = timedelta(hours=72)
DEFAULT_ALLOWANCE: Final = timedelta(minutes=60)  # R17, per week


class Screenshots(StrEnum):
    """Whether a contract's parts carry pictures (R30)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


class Billing(StrEnum):
    """What an eligible segment bills (R14)."""

    SLOT = "slot"  # ten minutes
    MINUTE = "minute"  # its green minutes


@dataclass(frozen=True, slots=True)
class Policy:
    """What may and must be recorded, as a numbered version (R30).

    Attributes:
        version: From 1; a part is judged by the version accepted when it opened.
        screenshots: Required, optional or forbidden.
        titles: Whether window titles are stored.
        pixelate: Edge of the blocks that pictures are pixelated to [px]; 0 leaves
            them sharp.
    """

    version: int = 1
    screenshots: Screenshots = Screenshots.OPTIONAL
    titles: bool = True
    pixelate: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds from one moment on.

    Attributes:
        since: First instant they hold for.
        currency: ISO 4217 code; empty where the contract has no rate.
        rate: Per hour, in the currency's major unit; None without a rate.
        weekly_limit: Billable time per billing week; None without one.
        billing: What an eligible segment bills.
        week_start: First weekday of the billing week, Monday 0.
        week_hour: UTC hour at which that day begins, 0 to 23.
        locks: Whether weeks lock (R23); a local contract's do not, unless told to.
        manual_time: Whether time may be added by hand (R25).
        memo_required: Whether tracking needs a memo (R12).
        label_required: Whether tracking needs a label (R12).
        allowance: Unproven time that bills per week (R17).
        policy: What is recorded.
        retention: How long after the lock pictures and titles are kept (R31).
        dispute_period: How long after the lock the client may dispute (R27).
    """

    since: datetime = EPOCH
    currency: str = ""
    rate: Decimal | None = None
    weekly_limit: timedelta | None = None
    billing: Billing = Billing.SLOT
    week_start: int = 0
    week_hour: int = 0
    locks: bool = False
    manual_time: bool = True
    memo_required: bool = False
    label_required: bool = False
    allowance: timedelta = DEFAULT_ALLOWANCE
    policy: Policy = field(default_factory=Policy)
    retention: timedelta = RETENTION
    dispute_period: timedelta = DISPUTE_PERIOD


@dataclass(frozen=True, slots=True)
class WeekEvent:
    """A billing week was finished early, or opened again after its lock (R23).

    Attributes:
        week: First instant of the billing week.
        at: When it happened.
        is_open: Reopened by the client; else submitted by the freelancer.
    """

    week: datetime
    at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Contract:
    """Who pays, and on which terms.

    Attributes:
        contract_id: Its identity.
        name: Short and unique on this device; what people type.
        client: Who pays; may be empty.
        title: What for; may be empty.
        labels: Activity labels to choose from; empty means any label may be used.
        service: Address of the diary service it belongs to; empty for a local one.
        terms: Dated, ascending, never empty.
        events: What happened to its weeks beside the usual lock, in the order of time.
        is_archived: Left out of lists and choices; nothing is lost.

    Raises:
        ValueError: *terms* are empty or not ascending.
    """

    contract_id: ContractId
    name: str
    client: str = ""
    title: str = ""
    labels: tuple[str, ...] = ()
    service: str = ""
    terms: tuple[Terms, ...] = (Terms(),)
    is_archived: bool = False
    events: tuple[WeekEvent, ...] = ()

    def __post_init__(self) -> None:
        dates = [terms.since for terms in self.terms]
        if not dates or dates != sorted(set(dates)):
            msg = "a contract has terms, in ascending order of their dates"
            raise ValueError(msg)

    @property
    def is_local(self) -> bool:
        return not self.service

    def terms_at(self, instant: datetime) -> Terms:
        """Return the terms that hold at *instant*; before the first, the first."""
        if len(self.terms) == 1:  # the usual case, asked once per segment
            return self.terms[0]
        return self.terms[max(0, bisect_right(self.terms, instant, key=_since) - 1)]

    def week_at(self, instant: datetime) -> Week:
        """Return the billing week that *instant* falls in."""
        return Week.containing(instant, self.terms_at(instant))

    def price_of(self, week: Week) -> Terms:
        """Return the terms whose rate and currency hold for all of *week* (R16).

        Those at its first instant; of a contract that begins within the week, its first.
        """
        return self._terms_of(week)[0]

    def limit_of(self, week: Week) -> timedelta | None:
        """Return the weekly limit of *week*, None without one (R16).

        The largest of those that hold in the week: a raised limit covers all of the
        week in which it is raised, a lower one waits for the next.
        """
        limits = [terms.weekly_limit for terms in self._terms_of(week)]
        known = [limit for limit in limits if limit is not None]
        return max(known) if len(known) == len(limits) else None

    def _terms_of(self, week: Week) -> tuple[Terms, ...]:
        """Return the terms that hold in *week*, in order.

        Where the billing week moves to another weekday, the last of the old weeks is
        cut short and the first of the new ones begins late. Terms count for the week
        whose borders they draw.
        """
        dated = (
            terms
            for terms in self.terms
            if week.start < terms.since < week.end and Week.containing(terms.since, terms) == week
        )
        first = self.terms_at(week.start)
        if Week.containing(week.start, first) == week:
            return (first, *dated)
        return tuple(dated) or (first,)

    def policy(self, version: int) -> Policy:
        """Return the policy numbered *version*, else the newest one."""
        versions = {terms.policy.version: terms.policy for terms in self.terms}
        return versions.get(version, self.terms[-1].policy)


def _since(terms: Terms) -> datetime:
    return terms.since


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A billing week: the half-open interval of seven days from *start*.

    Attributes:
        start: Its first instant, on a whole UTC hour.
    """

    start: datetime

    @classmethod
    def containing(cls, instant: datetime, terms: Terms) -> Week:
        """Return the week that *instant* falls in under *terms* (R23)."""
        anchor = datetime(1970, 1, 5, terms.week_hour, tzinfo=UTC)  # a Monday
        anchor += timedelta(days=terms.week_start)
        return cls(anchor + (instant - anchor) // WEEK_LENGTH * WEEK_LENGTH)

    @property
    def end(self) -> datetime:
        return self.start + WEEK_LENGTH

    @property
    def locks_at(self) -> datetime:
        """When its words and money freeze, where weeks lock at all."""
        return self.end + LOCK_DELAY

    def slots(self) -> range:
        """Return the indexes of its 1,008 slots."""
        first = Slot.containing(self.start).index
        return range(first, first + WEEK_LENGTH // timedelta(minutes=10))


WEEK_LENGTH: Final = timedelta(days=7)


class Calendar:
    """The billing weeks of one contract: as `Contract.week_at`, quick for many instants.

    Segments come in order of time, so the last week is mostly the next one's too.
    """

    __slots__ = ("_contract", "_terms", "_week")

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._terms: Terms | None = None
        self._week = Week(EPOCH)

    def week_at(self, instant: datetime) -> Week:
        """Return the billing week that *instant* falls in."""
        terms = self._contract.terms_at(instant)
        if terms is not self._terms or not self._week.start <= instant < self._week.end:
            self._terms = terms
            self._week = Week.containing(instant, terms)
        return self._week


def local_terms(zone: tzinfo, now: datetime) -> Terms:
    """Return the terms that a local contract begins with.

    Its week begins at *zone*'s Monday midnight as of *now*, to the whole UTC hour (R23).
    """
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = (midnight - timedelta(days=midnight.weekday())).astimezone(UTC)
    return Terms(week_start=monday.weekday(), week_hour=monday.hour)


class TermsChanges(TypedDict, total=False):
    """New values for fields of `Terms`."""

    currency: str
    rate: Decimal | None
    weekly_limit: timedelta | None
    billing: Billing
    week_start: int
    week_hour: int
    locks: bool
    manual_time: bool
    memo_required: bool
    label_required: bool
    allowance: timedelta
    policy: Policy
    retention: timedelta
    dispute_period: timedelta


_PRICE: Final = frozenset({"currency", "rate"})
_FROM_NEXT_WEEK: Final = _PRICE | {"billing", "week_start", "week_hour"}


def revised(contract: Contract, now: datetime, **changes: Unpack[TermsChanges]) -> Contract:
    """Return *contract* with *changes* to its terms, each from the date that R16 gives it.

    A raised limit, and the first rate of a contract that had none, hold from the start
    of the current week; a lower limit, another rate, currency, billing or billing week
    from the start of the next; everything else from the current slot. What was
    scheduled for later gives way. A policy that changes gets the next version number,
    whatever version it names.
    """
    terms = contract.terms
    for name in sorted(changes):
        change = _numbered(contract, now, changes) if name == "policy" else changes
        value = {name: change[name]}  # type: ignore[literal-required]  # a key of its own
        terms = _changed(terms, _date_of(contract, now, name, changes), value)
    return replace(contract, terms=_without_repetition(terms))


def _date_of(contract: Contract, now: datetime, name: str, changes: TermsChanges) -> datetime:
    week = contract.week_at(now)
    if name == "weekly_limit":
        is_raised = _is_above(changes["weekly_limit"], contract.limit_of(week))
        return week.start if is_raised else week.end
    if name in _PRICE and contract.price_of(week).rate is None:
        return week.start
    return week.end if name in _FROM_NEXT_WEEK else Slot.containing(now).start


def _is_above(limit: timedelta | None, other: timedelta | None) -> bool:
    """Return whether *limit* leaves more time than *other*; None is no limit at all."""
    return other is not None and (limit is None or limit > other)


def _numbered(contract: Contract, now: datetime, changes: TermsChanges) -> TermsChanges:
    wanted = changes["policy"]
    held = contract.terms_at(Slot.containing(now).start).policy
    if replace(wanted, version=held.version) == held:
        return {"policy": held}
    version = 1 + max(terms.policy.version for terms in contract.terms)
    return {"policy": replace(wanted, version=version)}


def _changed(terms: tuple[Terms, ...], since: datetime, value: dict[str, Any]) -> tuple[Terms, ...]:
    """Return *terms* with *value* from *since* on, in all later ones too."""
    before = tuple(held for held in terms if held.since < since)
    after = tuple(held for held in terms if held.since >= since)
    if not after or after[0].since != since:
        base = before[-1] if before else terms[0]
        after = (replace(base, since=since), *after)
    return (*before, *(replace(held, **value) for held in after))


def _without_repetition(terms: tuple[Terms, ...]) -> tuple[Terms, ...]:
    kept = [terms[0]]
    kept += [
        later
        for earlier, later in pairwise(terms)
        if replace(later, since=earlier.since) != earlier
    ]
    return tuple(kept)
