"""Contracts, their dated terms and the policy on what is recorded (R16, R30).

Terms are dated: each slot bills by the terms of its time. Everything a number
means in money or hours is here, so that no other module carries a default of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from worklog.domain.grid import EPOCH, Slot
from worklog.domain.ids import ContractId

LOCK_DELAY: Final = timedelta(hours=12)  # R23
DISPUTE_PERIOD: Final = timedelta(days=4)  # R27
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
        held = [terms for terms in self.terms if terms.since <= instant]
        return held[-1] if held else self.terms[0]

    def policy(self, version: int) -> Policy:
        """Return the policy numbered *version*, else the newest one."""
        versions = {terms.policy.version: terms.policy for terms in self.terms}
        return versions.get(version, self.terms[-1].policy)


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
