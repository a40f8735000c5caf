"""What leaves when: two states become a plan, and a failure a time to try again.

Pure: everything that the rules look at comes in, and the plan says what is to be done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from worklog.app.ports import Chance
from worklog.app.sync_ports import Parked, ServiceBusyError, WaitingAmendment, WaitingPart
from worklog.domain.contract import Contract
from worklog.domain.ids import AmendmentId, ContractId, PartId
from worklog.errors import ServiceAuthError, VersionRefusedError, WorklogError
from worklog.wire.sync.messages import MOST_AMENDMENTS, MOST_PARTS
from worklog.wire.sync.uploads import packed

LANES: Final = 4  # pictures on the way at once: a far service answers each of them late
RETRY_PARKED: Final = timedelta(days=1)  # a refusal may have gone, as when a contract reopens
FIRST_DELAY_S: Final = 1.0
LONGEST_DELAY_S: Final = 900.0
LONGEST_PATIENCE_S: Final = 3_600.0  # whatever a service asks for
AUTH_DELAY_S: Final = 300.0
REFUSED_DELAY_S: Final = 3_600.0

PART: Final = "part"
AMENDMENT: Final = "amendment"


@dataclass(frozen=True, slots=True)
class Local:
    """What is here, at one moment.

    Attributes:
        service: Address of the service that is being synced with.
        contracts: All contracts of this device, those of others included.
        parts: What waits for the service.
        amendments: Likewise.
        review: How long a part stays here after its seal (R28).
        now: The moment.
        reports: Ids of the reports of problems that wait.
    """

    service: str
    contracts: Mapping[ContractId, Contract]
    parts: Sequence[WaitingPart]
    amendments: Sequence[WaitingAmendment]
    review: timedelta
    now: datetime
    reports: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Remote:
    """What is known of the service, at the same moment.

    Attributes:
        cursor: Last number of its feed of changes that was taken in.
        is_current: The feed was read to its end in this run.
        is_compared: What it has was compared with what is here, in its present epoch
            and lately.
    """

    cursor: int = 0
    is_current: bool = False
    is_compared: bool = False


@dataclass(frozen=True, slots=True)
class Forget:
    """Let go of what has nothing left to send; it never leaves this machine."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class SendAmendments:
    """Send these amendments as one batch."""

    amendments: tuple[AmendmentId, ...]


@dataclass(frozen=True, slots=True)
class TakeChanges:
    """Read the feed from this number on."""

    after: int


@dataclass(frozen=True, slots=True)
class Compare:
    """Compare digests, and queue again what the service has lost."""


@dataclass(frozen=True, slots=True)
class SendReport:
    """Send this report of a problem."""

    report: str


@dataclass(frozen=True, slots=True)
class SendParts:
    """Send these parts without pictures as one batch."""

    parts: tuple[PartId, ...]


@dataclass(frozen=True, slots=True)
class SendPictures:
    """Send the pictures of these parts, which the service has."""

    parts: tuple[PartId, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing more can be done before *until*; None if nothing waits for a time."""

    until: datetime | None


Operation = (
    Forget | SendAmendments | TakeChanges | Compare | SendReport | SendParts | SendPictures | Rest
)


def plan(local: Local, remote: Remote) -> tuple[Operation, ...]:
    """Return what is to be done, in order; the last operation is always `Rest`.

    Erasures go first, then the other amendments, so that nothing is sent that the service
    would have to erase at once. Then come rows, those of the newest billing week first,
    and only then pictures, in the same order. No part leaves before its review window has
    ended, none of a contract that is not the service's, and none whose content was erased.
    """
    gone = [part for part in local.parts if part.is_erased or _is_done(part)]
    ready = sorted(
        (part for part in local.parts if _may_leave(part, local)),
        key=lambda part: (_week(part, local), part.slot, part.part),
    )
    ready.sort(key=lambda part: _week(part, local), reverse=True)  # stable: weeks only
    steps: list[Operation] = [Forget(PART, part.part) for part in gone]
    steps += _amendments(local)
    if not remote.is_current:
        steps.append(TakeChanges(remote.cursor))
    if not remote.is_compared:
        steps.append(Compare())
    steps += [SendReport(report) for report in local.reports]
    rows = [part for part in ready if not part.is_received]
    steps += [
        SendParts(tuple(rows[position].part for position in run))
        for run in packed([part.size for part in rows], most=MOST_PARTS)
    ]
    pictured = [part.part for part in ready if part.has_pictures]
    steps += [
        SendPictures(tuple(pictured[first : first + LANES]))
        for first in range(0, len(pictured), LANES)
    ]
    return (*steps, Rest(_next_moment(local)))


def _amendments(local: Local) -> Iterator[SendAmendments]:
    waiting = sorted(
        (amendment for amendment in local.amendments if _is_due(amendment.parked, local.now)),
        key=lambda amendment: (not amendment.erases, amendment.order),
    )
    for run in packed([amendment.size for amendment in waiting], most=MOST_AMENDMENTS):
        yield SendAmendments(tuple(waiting[position].amendment for position in run))


def _is_done(part: WaitingPart) -> bool:
    return part.is_received and not part.has_pictures


def _may_leave(part: WaitingPart, local: Local) -> bool:
    return (
        _is_the_services(part, local)
        and not part.is_erased
        and not _is_done(part)
        and part.sealed + local.review <= local.now
        and _is_due(part.parked, local.now)
    )


def _is_the_services(part: WaitingPart, local: Local) -> bool:
    contract = local.contracts.get(part.contract)
    return contract is not None and bool(local.service) and contract.service == local.service


def _is_due(parked: Parked | None, now: datetime) -> bool:
    return parked is None or parked.at + RETRY_PARKED <= now


def _week(part: WaitingPart, local: Local) -> datetime:
    return local.contracts[part.contract].week_at(part.slot.start).start


def _next_moment(local: Local) -> datetime | None:
    """Return when something that waits here may leave by itself."""
    moments = [
        max(
            part.sealed + local.review,
            local.now if part.parked is None else part.parked.at + RETRY_PARKED,
        )
        for part in local.parts
        if _is_the_services(part, local) and not part.is_erased and not _may_leave(part, local)
    ]
    moments += [
        amendment.parked.at + RETRY_PARKED
        for amendment in local.amendments
        if amendment.parked is not None and not _is_due(amendment.parked, local.now)
    ]
    return min(moments, default=None)


def delay_after(error: WorklogError, failures: int, chance: Chance) -> float:
    """Return how long to wait after the *failures*-th failure in a row, *error* [s].

    Twice as long each time with jitter, from 1 s to 15 min; what a service asks for is
    honoured up to an hour. A token that is not known is tried every five minutes, a
    refused version once an hour: only a person can help there.
    """
    if isinstance(error, ServiceBusyError) and error.retry_after is not None:
        return min(LONGEST_PATIENCE_S, max(FIRST_DELAY_S, error.retry_after))
    if isinstance(error, ServiceAuthError):
        return AUTH_DELAY_S
    if isinstance(error, VersionRefusedError):
        return REFUSED_DELAY_S
    longest = min(LONGEST_DELAY_S, 2.0 ** min(failures, 20))
    return max(FIRST_DELAY_S, chance.uniform(longest / 2, longest))
