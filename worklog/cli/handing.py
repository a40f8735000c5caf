"""`worklog submit` and `worklog contract ask`: what a freelancer hands to the service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worklog.cli import json as views
from worklog.cli.choosing import confirm
from worklog.cli.params import span
from worklog.cli.syncing import open_line
from worklog.domain.contract import Contract, Week
from worklog.domain.grid import Slot
from worklog.domain.grouping import Totals
from worklog.domain.lock import is_locked
from worklog.domain.times import day_in_words
from worklog.domain.timesheet import totals
from worklog.domain.wording import amounts, count, hours
from worklog.errors import ConflictError, LockedError, NotFoundError, UsageError
from worklog.wire.handing import PermissionRequest, Submission

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.cli.syncing import ServiceLine


@dataclass(frozen=True, slots=True)
class Sheet:
    """A billing week of a contract that may be handed in."""

    contract: Contract
    week: Week
    sums: Totals

    @property
    def words(self) -> str:
        """Say which week, and what it comes to."""
        money = f", {amounts(self.sums.amounts)}" if self.sums.amounts else ""
        return (
            f"{self.contract.name}, the week of {day_in_words(self.week.start.date())}: "
            f"{hours(self.sums.billed_seconds)} billed{money}"
        )


# --- Weeks --------------------------------------------------------------------------------


def submit_week(
    context: AppContext, text: str, contract_name: str | None, *, is_sure: bool
) -> None:
    """Lock the ended week *text* of a contract of a service.

    Raises:
        UsageError: *text* is no billing week, or several contracts are meant by it.
        NotFoundError: nothing was recorded in it for a service.
        ConflictError: it has not ended, is of a local contract, or parts of it wait.
        LockedError: it is locked.
        WorklogError: what stands between here and the service; nothing was locked.
    """
    context.recover()
    sheet = _sheet(context, text, contract_name)
    now = context.clock.now()
    if now < sheet.week.end:
        msg = "The week has not ended."
        raise ConflictError(msg, hint="Submit it once it is over; it also locks by itself.")
    with _line(context, sheet.contract) as line:
        line.syncer.run(threading.Event())
        sheet = _sheet(context, text, sheet.contract.name)  # as the service has it
        if is_locked(sheet.contract, Slot.containing(sheet.week.start), now):
            msg = "The week is locked already."
            raise LockedError(msg, hint="Nothing is to be done.")
        _check_sent(line, sheet)
        confirm(
            context, f"{sheet.words}. Submit it? Its words and money stand then.", is_given=is_sure
        )
        line.client.submit(Submission(sheet.contract.contract_id, sheet.week.start))
        line.syncer.run(threading.Event())  # brings the lock home
    context.output.result(
        {
            "contract": sheet.contract.name,
            "week": views.span(sheet.week.start, sheet.week.end),
            "totals": views.sums(sheet.sums),
            "locked": True,
        },
        lambda: f"Submitted: {sheet.words}.",
    )


def _sheet(context: AppContext, text: str, contract_name: str | None) -> Sheet:
    if contract_name is not None:
        contract = context.tracking.contract(contract_name)
        if contract.is_local:
            msg = f"{contract.name} is a contract of your own: there is nobody to submit it to."
            raise ConflictError(
                msg, hint="`worklog report` makes its timesheet; its weeks never need to lock."
            )
        return _week_of(context, text, contract)
    found = [
        _week_of(context, text, contract)
        for contract in context.cache.contracts()
        if not contract.is_local
    ]
    worked = [sheet for sheet in found if sheet.sums.tracked_seconds or sheet.sums.manual_seconds]
    if not worked:
        msg = f"Nothing was recorded in {text!r} for a diary service."
        raise NotFoundError(msg, hint="`worklog diary --week` shows what is there.")
    if len(worked) > 1:
        known = ", ".join(sheet.contract.name for sheet in worked)
        msg = f"{text!r} has work of several contracts."
        raise UsageError(msg, hint=f"Name one with --contract: {known}.")
    return worked[0]


def _week_of(context: AppContext, text: str, contract: Contract) -> Sheet:
    found = span(context, text, week=context.week_of(contract))
    week = contract.week_at(found.start)
    if (found.start, found.end) != (week.start, week.end):
        msg = f"{text!r} is no billing week."
        raise UsageError(msg, hint="Write it as 2026-W47, or 'last week'.")
    rows = context.rows(week.start, week.end, contract)
    return Sheet(contract, week, totals(row for row in rows if not row.segment.is_deleted))


def _check_sent(line: ServiceLine, sheet: Sheet) -> None:
    slots, contract = sheet.week.slots(), sheet.contract.contract_id
    waiting = sum(
        part.slot.index in slots and part.contract == contract for part in line.outbox.parts()
    )
    if waiting:
        msg = f"{count(waiting, 'part')} of that week {'have' if waiting > 1 else 'has'} not left."
        raise ConflictError(msg, hint="`worklog sync --status` says why; submit it afterwards.")


# --- Permissions --------------------------------------------------------------------------


def ask_for_manual_time(context: AppContext, contract: Contract, reason: str) -> None:
    """Ask the client of *contract* to allow time by hand.

    Raises:
        ConflictError: it is allowed already, or the contract has ended.
        WorklogError: what stands between here and the service; nothing was asked.
    """
    with _line(context, contract) as line:
        name = line.client.ask_permission(PermissionRequest(contract.contract_id, reason))
    context.output.result(
        {"contract": contract.name, "asked": "manual", "request": name},
        lambda: (
            f"Asked the client of {contract.name} to allow time by hand. "
            "The answer comes with a sync."
        ),
    )


@contextmanager
def _line(context: AppContext, contract: Contract) -> Iterator[ServiceLine]:
    line = open_line(context, contract.service)
    try:
        yield line
    finally:
        line.close()
