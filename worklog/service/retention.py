"""Erasing pictures and titles when their time is over (R31): keys, objects, fields, salts.

The signed header stays and goes on to verify. Bills are frozen by then, so nothing that
was paid depends on what goes. A week in dispute keeps everything until the dispute ends.
"""

from __future__ import annotations

from worklog.domain.evidence import without
from worklog.domain.grid import from_epoch_ms
from worklog.domain.lock import locks_at
from worklog.service.materialise import Touched, materialise
from worklog.service.scope import Scope
from worklog.service.store import accounts, diary, disputes, evidence, weeks
from worklog.service.store.feed import News
from worklog.service.store.weeks import WeekRow
from worklog.service.weeks import first_slot
from worklog.wire.part import is_perishable
from worklog.wire.sync.changes import Erased, ErasureChange


def erase_due(scope: Scope, row: WeekRow) -> bool:
    """Erase pictures and titles of *row* if they are to go; return whether they were.

    The caller holds the diary, and sweeps afterwards.
    """
    contract = accounts.contracts_of(scope, row.freelancer)[row.contract]
    lock = locks_at(contract, first_slot(row.week))
    retention = contract.price_of(row.week).retention
    if lock is None or from_epoch_ms(scope.at_ms) < lock + retention:
        return False
    slots = row.week.slots()
    if disputes.is_disputed(scope, row.contract, slots):
        return False
    parts, _ = diary.parts_in(scope, row.freelancer, slots)
    names = [part.part_id for part in parts if part.contract == row.contract]
    news = News()
    touched = Touched()
    for name, found in diary.part_rows(scope, row.freelancer, names).items():
        fields = without(found.fields, is_perishable)
        if fields != found.fields:
            diary.put_fields(scope, row.freelancer, name, fields)
            touched.slots.add(found.slot)
            for what in (Erased.PICTURES, Erased.TITLE):
                news.tell(row.freelancer, ErasureChange(found.part_id, what))
    evidence.drop_pictures(scope, diary.pictures_of(scope, row.freelancer, names))
    weeks.mark_erased(scope, row.contract, row.week)
    materialise(scope, row.freelancer, touched)
    news.publish(scope)
    return True
