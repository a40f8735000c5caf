"""Finishing a week early and opening one again (R23): each an event of the contract.

The lock itself is arithmetic (`worklog.domain.lock`); nothing has to happen for it. What
people do to a week is told to the freelancer's trackers with the contract.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from worklog.domain.contract import Contract, Week
from worklog.domain.grid import Slot, epoch_ms, from_epoch_ms
from worklog.domain.times import DAY_SECONDS
from worklog.errors import ConflictError, LockedError, UsageError
from worklog.service.authorize import Verb, authorize
from worklog.service.scope import Scope
from worklog.service.settling import is_due, settle_due, unsettle
from worklog.service.store import accounts, audit, weeks
from worklog.service.store.agreements import Agreement
from worklog.service.store.audit import Concern
from worklog.service.store.engine import lock_diary
from worklog.service.store.feed import News
from worklog.wire.sync.changes import ContractChange

_DAY: Final = timedelta(seconds=DAY_SECONDS)
_THURSDAY: Final = 4  # of the ISO week, whose number is that of its Thursday
_NOON: Final = timedelta(hours=12)


def week_named(contract: Contract, name: str) -> Week:
    """Return the billing week *name*, such as `2026-W47`: it holds noon of that Thursday.

    Raises:
        UsageError: it is no name of a week.
    """
    return contract.week_at(thursday_noon(name))


def thursday_noon(name: str) -> datetime:
    """Return noon (UTC) of the Thursday of the ISO week *name*.

    Raises:
        UsageError: it is no name of a week.
    """
    year, separator, number = name.upper().partition("-W")
    is_figures = year.isascii() and year.isdecimal() and number.isascii() and number.isdecimal()
    if separator and is_figures and len(year) == len("2026") and len(number) <= len("47"):
        try:
            day = date.fromisocalendar(int(year), int(number), _THURSDAY)
        except ValueError:
            pass
        else:
            # Without a time of day a date has no instant; noon in UTC is the rule.
            midnight = datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00")
            return midnight + _NOON
    msg = f"{name!r} is no week."
    raise UsageError(msg, hint="Write it as 2026-W47.")


def name_of(week: Week) -> str:
    """Return what `week_named` knows *week* by."""
    for number in range(8):
        day = (week.start + number * _DAY).date()
        noon = datetime.fromisoformat(f"{day.isoformat()}T12:00:00+00:00")
        if day.isoweekday() == _THURSDAY and week.start <= noon < week.end:
            year, number_of_week, _ = day.isocalendar()
            return f"{year}-W{number_of_week:02}"
    raise AssertionError  # seven days have a Thursday noon


def submit(scope: Scope, agreement: Agreement, week: Week, *, waiting: int = 0) -> None:
    """Lock an ended week early, as its freelancer.

    Args:
        scope: Of the freelancer.
        agreement: The contract.
        week: Which week.
        waiting: Parts of it that the tracker has not sent yet.

    Raises:
        PolicyError: the client may not do that.
        ConflictError: the week has not ended, or parts of it are not here yet.
        LockedError: it is locked.
    """
    contract = agreement.contract
    authorize(scope.actor, Verb.AMEND, accounts.standing(scope, contract.contract_id))
    now = from_epoch_ms(scope.at_ms)
    if now < week.end:
        msg = "The week has not ended."
        raise ConflictError(msg, hint="Submit it once it is over; it also locks by itself.")
    if waiting:
        part = "part" if waiting == 1 else "parts"
        msg = f"{waiting} {part} of that week have not been sent yet."
        raise ConflictError(msg, hint="Run `worklog sync`, then submit it.")
    lock_diary(scope, agreement.freelancer)
    if is_due(contract, week, scope.at_ms):
        msg = "The week is locked already."
        raise LockedError(msg, hint="Nothing is to be done.")
    _happen(scope, agreement, week, is_open=False)
    settle_due(scope, agreement.freelancer)


def reopen(scope: Scope, agreement: Agreement, week: Week, *, reason: str) -> None:
    """Open a locked week again, as its client: its bills are computed anew.

    Raises:
        PolicyError: the freelancer may not do that.
        ConflictError: the week is open, or no reason is given.
    """
    contract = agreement.contract
    authorize(scope.actor, Verb.DECIDE, accounts.standing(scope, contract.contract_id))
    if not reason:
        msg = "A reopening needs a reason."
        raise ConflictError(msg, hint="Say what is to be changed.")
    lock_diary(scope, agreement.freelancer)
    if not is_due(contract, week, scope.at_ms):
        msg = "The week is open."
        raise ConflictError(msg, hint="Nothing is to be done: it can be changed until it locks.")
    settle_due(scope, agreement.freelancer)
    _happen(scope, agreement, week, is_open=True, reason=reason)
    unsettle(scope, agreement.freelancer, contract.contract_id, week)


def has_submission(contract: Contract, week: Week, at: datetime) -> bool:
    """Return whether *week* was locked by its freelancer rather than by the time."""
    return any(
        event.week == week.start and not event.is_open and event.at <= at
        for event in contract.events
    )


def first_slot(week: Week) -> Slot:
    """Return the slot that a week's lock is asked by."""
    return Slot.containing(week.start)


def _happen(
    scope: Scope, agreement: Agreement, week: Week, *, is_open: bool, reason: str = ""
) -> None:
    contract = agreement.contract
    weeks.put_event(
        scope,
        accounts.new_id(scope),
        freelancer=agreement.freelancer,
        contract=contract.contract_id,
        week=week,
        is_open=is_open,
        reason=reason,
    )
    news = News()
    whole = accounts.contracts_of(scope, agreement.freelancer)[contract.contract_id]
    is_member = agreement.ended_at is None
    news.tell(
        agreement.freelancer,
        ContractChange(replace(whole, service=""), is_member=is_member),
    )
    audit.record(
        scope,
        "week-reopened" if is_open else "week-submitted",
        Concern(
            user=agreement.freelancer,
            organisation=agreement.organisation,
            contract=contract.contract_id,
        ),
        details={"week": epoch_ms(week.start)},
    )
    news.publish(scope)
