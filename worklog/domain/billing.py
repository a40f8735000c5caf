"""Billing: what each segment is worth, in four steps (R14 to R18).

Eligible, contest of the slot, allowance, limit; `Reason` names the first that fails.
Decisions that the rules leave open: an allowance or limit that ends inside a segment
bills what still fits, so `reason` is `billed` exactly where seconds are billed; with
`billing = minute` time that has no boxes (by hand, or with input unknown) bills the
minutes that it touches; manual time is never proven, and never needs the allowance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from worklog.domain import money
from worklog.domain.amendment import Key
from worklog.domain.contract import Billing, Calendar, Contract, Screenshots, Terms, Week
from worklog.domain.grid import MINUTE_SECONDS, SLOT_SECONDS
from worklog.domain.ids import ContractId
from worklog.domain.part import Role, per_minute, union
from worklog.domain.segment import Bill, Origin, Reason, Segment

COVERED_MOST: Final = 500  # a picture covered by more than half proves nothing (R17) [‰]

_NONE_SETTLED: Final[Mapping[Key, Bill]] = MappingProxyType({})


def bill(
    segments: Iterable[Segment],
    contracts: Mapping[ContractId, Contract],
    *,
    settled: Mapping[Key, Bill] = _NONE_SETTLED,
) -> dict[Key, Bill]:
    """Return the bill of every segment, in order of slot and contract.

    Limits, allowances and rounding are the week's and the contest is the slot's, so
    the bills of a contract's week are right if *segments* has all of that week, and
    in its slots those of every other contract of the same service.

    Args:
        segments: Of any contracts and weeks.
        contracts: Has every contract of *segments*.
        settled: Bills that a lock froze (R23): they stand, hold their slots, and use
            up allowance and limit before everything else.
    """
    ordered = sorted(segments, key=lambda segment: (segment.key.slot.index, segment.key.contract))
    books = {contract_id: _Book(contract) for contract_id, contract in contracts.items()}
    entries = [
        _Entry(segment, books[segment.key.contract], settled.get(segment.key))
        for segment in ordered
    ]
    winners = _contest([entry for entry in entries if entry.is_open], entries)
    _allow(winners)
    _limit([entry for entry in winners if entry.seconds])
    amounts = _amounts(entries)
    return {
        entry.key: entry.settled or Bill(entry.seconds, entry.reason, *amounts[entry.key])
        for entry in entries
    }


def ineligible_reason(segment: Segment) -> Reason | None:
    """Return why *segment* cannot bill whatever else there is, or None (R14)."""
    if segment.is_deleted:
        return Reason.DELETED
    if segment.is_late and not segment.is_accepted:
        return Reason.LATE
    if segment.activity.level or segment.origin is not Origin.TRACKED:
        return None
    is_unknown = segment.tracked and not segment.activity.is_known
    return None if is_unknown else Reason.IDLE


def is_unproven(segment: Segment, contract: Contract) -> bool:
    """Return whether tracked time lacks what would prove it (R17)."""
    if segment.origin is not Origin.TRACKED:
        return False
    if not segment.activity.is_known:
        return True
    if contract.policy(segment.policy).screenshots is not Screenshots.REQUIRED:
        return False
    shown = [
        picture.redacted
        for picture in segment.pictures
        if picture.capture.has_picture and picture.capture.role is Role.SCREEN
    ]
    return not shown or max(shown) > COVERED_MOST


def billable_seconds(segment: Segment, terms: Terms) -> int:
    """Return what an eligible segment bills before allowance and limit (R14) [s]."""
    if terms.billing is Billing.SLOT:
        return SLOT_SECONDS
    if segment.origin is Origin.TRACKED:
        minutes = segment.activity.level or _touched(segment.tracked)
    else:
        minutes = _touched(union([(time.start, time.end) for time in segment.manual]))
    return minutes * MINUTE_SECONDS


def _touched(intervals: tuple[tuple[int, int], ...]) -> int:
    return sum(seconds > 0 for seconds in per_minute(intervals))


class _Book:
    """What billing asks of one contract, looked up once per week."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.calendar = Calendar(contract)
        self._limits: dict[Week, int | None] = {}

    def limit_of(self, week: Week) -> int | None:
        if week not in self._limits:
            limit = self.contract.limit_of(week)
            self._limits[week] = None if limit is None else int(limit.total_seconds())
        return self._limits[week]


class _Entry:
    """One segment on its way through the steps."""

    __slots__ = (
        "book",
        "is_unproven",
        "key",
        "reason",
        "seconds",
        "segment",
        "settled",
        "terms",
        "week",
    )

    def __init__(self, segment: Segment, book: _Book, settled: Bill | None) -> None:
        self.segment = segment
        self.key = segment.key
        self.book = book
        self.settled = settled
        start = segment.key.slot.start
        self.terms = book.contract.terms_at(start)
        self.week = book.calendar.week_at(start)
        self.seconds = 0
        self.is_unproven = False
        reason = ineligible_reason(segment)
        if settled is not None:
            self.reason, self.seconds = settled.reason, settled.seconds
            self.is_unproven = is_unproven(segment, book.contract)
        elif reason is not None:
            self.reason = reason
        else:
            self.reason = Reason.BILLED
            self.seconds = billable_seconds(segment, self.terms)
            self.is_unproven = is_unproven(segment, book.contract)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be decided and could bill."""
        return self.settled is None and self.seconds > 0

    @property
    def account(self) -> tuple[ContractId, Week]:
        return self.key.contract, self.week

    @property
    def needs_allowance(self) -> bool:
        is_local = self.book.contract.is_local
        return self.is_unproven and not is_local and not self.segment.is_accepted

    @property
    def turn(self) -> int:
        """Its turn under the limit: tracked, then accepted late, then manual (R16)."""
        if self.segment.is_late:
            return 1
        return 0 if self.segment.origin is Origin.TRACKED else 2

    def rank(self) -> tuple[object, ...]:
        """Return its place in the contest of the slot; the least wins (R15)."""
        segment = self.segment
        is_manual = segment.origin is not Origin.TRACKED
        return (
            not segment.is_chosen,
            self.is_unproven or is_manual,
            is_manual,
            -segment.tracked_seconds,
            segment.first or segment.key.slot.start,
            segment.key.contract,
        )

    def fit(self, seconds: int, otherwise: Reason) -> None:
        """Bill at most *seconds*."""
        self.seconds = max(0, min(self.seconds, seconds))
        if not self.seconds:
            self.reason = otherwise


def _contest(contestants: list[_Entry], entries: list[_Entry]) -> list[_Entry]:
    """Leave one bill to each slot of a service (R15); return the winners in time order."""
    held = {
        (entry.key.slot.index, entry.book.contract.service)
        for entry in entries
        if entry.settled is not None and entry.seconds
    }
    rounds: defaultdict[tuple[int, str], list[_Entry]] = defaultdict(list)
    for entry in contestants:
        rounds[entry.key.slot.index, entry.book.contract.service].append(entry)
    winners = []
    for place, rivals in rounds.items():
        winner = None
        if place not in held:
            winner = rivals[0] if len(rivals) == 1 else min(rivals, key=_Entry.rank)
            winners.append(winner)
        for loser in rivals:
            if loser is not winner:
                loser.fit(0, Reason.SHARED)
    return winners + [entry for entry in entries if entry.settled is not None]


def _allow(winners: list[_Entry]) -> None:
    """Bill unproven time within the week's allowance, in time order (R17)."""
    used: defaultdict[tuple[ContractId, Week], int] = defaultdict(int)
    unproven = [entry for entry in winners if entry.needs_allowance]
    for entry in sorted(unproven, key=lambda entry: entry.settled is None):
        if entry.settled is None:
            allowance = int(entry.terms.allowance.total_seconds())
            entry.fit(allowance - used[entry.account], Reason.UNPROVEN)
        used[entry.account] += entry.seconds


def _limit(winners: list[_Entry]) -> None:
    """Bill no more than the week's limit (R16)."""
    used: defaultdict[tuple[ContractId, Week], int] = defaultdict(int)
    for entry in sorted(winners, key=lambda entry: (entry.settled is None, entry.turn)):
        limit = entry.book.limit_of(entry.week)
        if entry.settled is None and limit is not None:
            entry.fit(limit - used[entry.account], Reason.OVER_LIMIT)
        used[entry.account] += entry.seconds


def _amounts(entries: list[_Entry]) -> dict[Key, tuple[Decimal | None, str]]:
    """Return amount and currency of each segment that is not settled (R18)."""
    accounts: defaultdict[tuple[ContractId, Week], list[_Entry]] = defaultdict(list)
    for entry in entries:
        accounts[entry.account].append(entry)
    return {
        entry.key: amount
        for (_, week), lines in accounts.items()
        for entry, amount in _shares(week, lines)
    }


def _shares(week: Week, lines: list[_Entry]) -> Iterable[tuple[_Entry, tuple[Decimal | None, str]]]:
    terms = lines[0].book.contract.price_of(week)
    unsettled = [entry for entry in lines if entry.settled is None]
    if terms.rate is None:
        return ((entry, (None, "")) for entry in unsettled)
    currency = terms.currency
    total = money.earned(terms.rate, sum(entry.seconds for entry in lines), currency)
    for entry in lines:
        if entry.settled is not None and entry.settled.amount is not None:
            total -= money.minor_units(entry.settled.amount, currency)
    weights = [entry.seconds for entry in unsettled]
    shares = money.split(total if any(weights) else 0, weights)
    return (
        (entry, (money.decimal(share, currency), currency))
        for entry, share in zip(unsettled, shares, strict=True)
    )
