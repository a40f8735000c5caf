"""Freezing the bills of locked weeks (R23), so that nothing that comes later moves them.

Between the lock and the settling nothing may change a bill. Everybody who writes to a
diary therefore settles first what is due in it, and background work settles the rest: both
freeze the very rows that people have seen since the lock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from worklog.domain.amendment import Key
from worklog.domain.contract import Contract, Week
from worklog.domain.grid import Slot, from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.domain.lock import is_locked
from worklog.service.materialise import Touched, materialise
from worklog.service.scope import Scope
from worklog.service.store import accounts, diary, weeks
from worklog.service.store.engine import as_system


def settle_due(scope: Scope, freelancer: str) -> int:
    """Freeze the bills of all locked weeks of *freelancer*; return how many weeks.

    The caller holds the diary (`lock_diary`).
    """
    with as_system(scope) as system:
        rows = weeks.unsettled(system, ended_by_ms=scope.at_ms, freelancer=freelancer)
        if not rows:
            return 0
        contracts = accounts.contracts_of(system, freelancer)
        due = [row for row in rows if is_due(contracts[row.contract], row.week, scope.at_ms)]
        for row in due:
            _freeze(system, freelancer, row.contract, row.week)
        return len(due)


def is_due(contract: Contract, week: Week, at_ms: int) -> bool:
    """Return whether *week* is locked at a moment [ms]."""
    return is_locked(contract, Slot.containing(week.start), from_epoch_ms(at_ms))


def unsettle(scope: Scope, freelancer: str, contract: ContractId, week: Week) -> None:
    """Compute the bills of a week that was reopened anew; they are frozen no longer."""
    with as_system(scope) as system:
        weeks.thaw_week(system, freelancer, contract, week)
        weeks.mark_settled(system, contract, week, is_settled=False)
    # What was redacted since the lock may prove nothing now.
    materialise(scope, freelancer, Touched(bills=set(week.slots())))


def before_accepting(scope: Scope, freelancer: str, targets: Collection[Key]) -> None:
    """Let what the client accepts be billed although its week has been settled."""
    with as_system(scope) as system:
        for contract, slots in _by_contract(targets).items():
            weeks.thaw_unpaid(system, freelancer, contract, slots)


def after_accepting(
    scope: Scope,
    freelancer: str,
    targets: Collection[Key],
    contracts: Mapping[ContractId, Contract],
) -> None:
    """Freeze what was accepted in locked weeks: an adjustment stands as the bills do."""
    now = from_epoch_ms(scope.at_ms)
    with as_system(scope) as system:
        diary.settle(
            system,
            freelancer,
            [
                row
                for key in targets
                if is_locked(contracts[key.contract], key.slot, now)
                for row in diary.segments(
                    system,
                    freelancer,
                    key.slot.index,
                    key.slot.index + 1,
                    contract=key.contract,
                )
            ],
        )


def _freeze(scope: Scope, freelancer: str, contract: ContractId, week: Week) -> None:
    slots = week.slots()
    rows = diary.segments(scope, freelancer, slots.start, slots.stop, contract=contract)
    diary.settle(scope, freelancer, rows)
    weeks.mark_settled(scope, contract, week, is_settled=True)


def _by_contract(targets: Collection[Key]) -> dict[ContractId, set[int]]:
    found: dict[ContractId, set[int]] = {}
    for key in targets:
        found.setdefault(key.contract, set()).add(key.slot.index)
    return found
