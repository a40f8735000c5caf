"""The table of segments: fold and bill of what changed, and of nothing else.

What `worklog.cache.materialise` does for one tracker, for each diary of the service: a
slot is folded by itself, and all weeks that a changed slot falls in are billed anew, over
all contracts of the freelancer. Here lateness is known, and a change of words counts for
the lock from when it was received.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from worklog.domain.amendment import Amendment, Key, Manual, Stamp
from worklog.domain.billing import bill
from worklog.domain.contract import Contract, Week
from worklog.domain.fold import fold
from worklog.domain.grid import Slot, from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.domain.lock import admitted, late_parts
from worklog.domain.segment import Bill, Segment
from worklog.failpoints import reach
from worklog.service.scope import Scope
from worklog.service.store import accounts, diary, weeks
from worklog.service.store.engine import as_system

_BATCH: Final = 500  # slots folded at once
_WEEKS: Final = 8  # weeks billed at once

Account = tuple[ContractId, Week]
Contracts = Mapping[ContractId, Contract]


@dataclass(slots=True)
class Touched:
    """What a transaction changed of one diary.

    Attributes:
        slots: To be folded anew.
        bills: Slots in whose weeks bills may have changed although nothing was folded.
    """

    slots: set[int] = field(default_factory=set)
    bills: set[int] = field(default_factory=set)


def materialise(scope: Scope, freelancer: str, touched: Touched) -> None:
    """Fold and bill what *touched* names, inside a transaction of the caller."""
    if not touched.slots and not touched.bills:
        return
    reach("service.materialise")
    with as_system(scope) as system:
        contracts = accounts.contracts_of(system, freelancer)
        slots = sorted(touched.slots)
        for first in range(0, len(slots), _BATCH):
            _refold(system, freelancer, slots[first : first + _BATCH], contracts)
        for key, now in _stale_bills(system, freelancer, touched.slots | touched.bills, contracts):
            diary.put_bill(system, freelancer, key, now)


def rebill(scope: Scope, freelancer: str, contract: ContractId, *, since: int) -> None:
    """Bill the segments of *contract* from slot *since* on anew, after its terms changed."""
    rows = diary.segments(scope, freelancer, since, 1 << 40, contract=contract)
    slots = {row.segment.key.slot.index for row in rows}
    materialise(scope, freelancer, Touched(slots=slots))


def fold_slots(
    scope: Scope, freelancer: str, slots: Collection[int], contracts: Contracts
) -> dict[Key, Segment]:
    """Return the segments of *slots* as parts and amendments make them."""
    parts, received = diary.parts_in(scope, freelancer, slots)
    names = {str(part.part_id) for part in parts}
    amendments, amended = diary.amendments_touching(scope, freelancer, slots, names)
    arrivals = {name: from_epoch_ms(at) for name, at in (received | amended).items()}
    return fold(
        parts,
        admitted_here(amendments, amended, contracts),
        late=late_parts(parts, amendments, contracts, arrivals),
        slots={Slot(index) for index in slots},
        services={contract_id: known.service for contract_id, known in contracts.items()},
    )


def admitted_here(
    amendments: list[Amendment], received: Mapping[str, int], contracts: Contracts
) -> list[Amendment]:
    """Return what of *amendments* the locks let through on a service.

    A tracker says itself when a change was made; for a change of words it counts here
    when it was received, else a back-dated one could change a locked week. Manual time
    that was added before the lock and came after it is late (R24) and not refused.
    """
    judged = [
        amendment
        if isinstance(amendment.change, Manual)
        else replace(
            amendment,
            stamp=max(
                amendment.stamp,
                Stamp(received.get(amendment.amendment_id, amendment.stamp.milliseconds)),
            ),
        )
        for amendment in amendments
    ]
    stamps = {amendment.amendment_id: amendment.stamp for amendment in amendments}
    return [replace(kept, stamp=stamps[kept.amendment_id]) for kept in admitted(judged, contracts)]


def _refold(scope: Scope, freelancer: str, slots: list[int], contracts: Contracts) -> None:
    folded = fold_slots(scope, freelancer, slots, contracts)
    weeks.ensure(
        scope,
        freelancer,
        {(key.contract, contracts[key.contract].week_at(key.slot.start)) for key in folded},
    )
    present = diary.contracts_in(scope, freelancer, slots)
    wanted = {(key.slot.index, key.contract) for key in folded}
    for slot, contract in sorted(present - wanted):
        diary.drop_segment(scope, freelancer, Key(Slot(slot), contract))
    diary.put_segments(scope, freelancer, list(folded.values()), present)


def _stale_bills(
    scope: Scope, freelancer: str, slots: Collection[int], contracts: Contracts
) -> Iterator[tuple[Key, Bill]]:
    for group in _groups(_accounts(slots, contracts)):
        yield from _stale(scope, freelancer, group, contracts)


def _accounts(slots: Collection[int], contracts: Contracts) -> set[Account]:
    # A contract whose segment in the slot just went has a week to bill as well, so all of
    # the freelancer's contracts are asked.
    return {
        (contract_id, contract.week_at(Slot(slot).start))
        for contract_id, contract in contracts.items()
        for slot in slots
    }


def _groups(found: set[Account]) -> Iterator[list[Account]]:
    """Yield accounts of neighbouring weeks together, so that rows are read once."""
    group: list[Account] = []
    for account in sorted(found, key=lambda account: (account[1].start, account[0])):
        if group and (account[1].start - group[0][1].start).days > _WEEKS * 7:
            yield group
            group = []
        group.append(account)
    if group:
        yield group


def _stale(
    scope: Scope, freelancer: str, group: list[Account], contracts: Contracts
) -> Iterator[tuple[Key, Bill]]:
    wanted = set(group)
    first = Slot.containing(min(week.start for _, week in group)).index
    last = Slot.containing(max(week.end for _, week in group)).index
    present = {row.segment.key: row for row in diary.segments(scope, freelancer, first, last)}
    bills = bill(
        [row.segment for row in present.values()],
        contracts,
        settled=diary.settled(scope, freelancer, first, last),
    )
    for key, now in bills.items():
        week = contracts[key.contract].week_at(key.slot.start)
        if now != present[key].bill and (key.contract, week) in wanted:
            yield key, now
