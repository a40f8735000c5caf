"""What waits for a diary service, why, its money and the lock: for people and programs.

Everything here is read from the cache: no service is asked, and httpx is not loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from worklog.domain.times import in_words as moment_in_words
from worklog.domain.wording import amounts, clock, count, length_of

if TYPE_CHECKING:
    from worklog.cache.waiting import Waiting
    from worklog.cli.care import Remark
    from worklog.cli.context import AppContext

_LOOK: Final = "worklog sync --status"


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What waits for all services together, for the lines of `status`.

    Attributes:
        segments: Segments that no service has acknowledged.
        pictured: Parts of which only pictures wait.
        amendments: Changes that wait.
        amounts: What the segments bill, by currency.
        locks_at: When the first of their weeks locks.
        why: Why they wait, where nothing is wrong; empty where nothing waits.
        warnings: What stands in the way, one sentence each.
        services: The same, service by service, for programs.
    """

    segments: int = 0
    pictured: int = 0
    amendments: int = 0
    amounts: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    locks_at: datetime | None = None
    why: str = ""
    warnings: tuple[str, ...] = ()
    services: tuple[Mapping[str, object], ...] = ()


def outstanding(context: AppContext) -> Outstanding:
    """Return what waits, its money, its lock, and why it waits; asks no service."""
    if not context.cache.knows_services():
        return Outstanding()  # the usual case without a service loads nothing for one
    from worklog.cache.waiting import what_waits

    found = what_waits(context.cache)
    sums: dict[str, Decimal] = {}
    for waiting in found:
        for currency, amount in waiting.amounts.items():
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    locks = [waiting.locks_at for waiting in found if waiting.locks_at is not None]
    return Outstanding(
        segments=sum(waiting.segments for waiting in found),
        pictured=sum(waiting.pictured for waiting in found),
        amendments=sum(waiting.amendments for waiting in found),
        amounts=sums,
        locks_at=min(locks, default=None),
        why=", ".join(dict.fromkeys(why for one in found if (why := _why(context, one)))),
        warnings=tuple(text for waiting in found for text in _troubles(context, waiting)),
        services=tuple(_as_json(waiting) for waiting in found),
    )


def sync_remarks(context: AppContext) -> list[Remark]:
    """Return one line per service for `doctor`."""
    from worklog.cli.care import Remark

    if not context.cache.knows_services():
        return []
    from worklog.cache.waiting import what_waits

    remarks = []
    for waiting in what_waits(context.cache):
        troubles = _troubles(context, waiting)
        message = "; ".join(troubles) or f"{waiting.service}: {_described(waiting)}"
        fix = waiting.standing.hint if waiting.standing.problem else ""
        remarks.append(Remark("service", not troubles, message, fix or (troubles and _LOOK) or ""))
    return remarks


def show_waiting(context: AppContext) -> None:
    """Say what waits for which service, why, its money and the lock."""
    from worklog.cache.waiting import what_waits

    found = what_waits(context.cache)

    def text() -> str:
        if not found:
            return "No contract belongs to a service; everything stays on this machine."
        return "\n".join(line for waiting in found for line in _lines(context, waiting))

    context.output.result({"services": [_as_json(waiting) for waiting in found]}, text)


# --- Why ------------------------------------------------------------------------------


def _troubles(context: AppContext, waiting: Waiting) -> list[str]:
    standing = waiting.standing
    found = []
    if standing.problem:
        again = (
            ""
            if standing.retry_at is None
            else f" Next try {clock(standing.retry_at, context.zone)}."
        )
        found.append(f"{waiting.service}: {standing.message}{again}")
    elif not waiting.is_empty and not _is_logged_in(context, waiting.service):
        found.append(
            f"{waiting.service}: this device is not logged in; worklog login {waiting.service}"
        )
    if standing.skew is not None:
        found.append(f"{waiting.service}: {_apart(standing.skew)}; one of the two is wrong")
    found += [
        f"{waiting.service}: {count(number, 'thing')} refused ({code}); {_LOOK}"
        for code, number in sorted(waiting.parked.items())
    ]
    found += [
        f"{name} asks to record more than you agreed to; it does not until you say yes: "
        "worklog sync"
        for name in waiting.offers
    ]
    return found


def _apart(skew: timedelta) -> str:
    side = "behind" if skew > timedelta() else "ahead of"
    return f"this machine's clock is {length_of(abs(skew))} {side} the service's"


def _why(context: AppContext, waiting: Waiting) -> str:
    """Return why *waiting* has not left yet, where nothing stands in its way."""
    if waiting.is_empty or waiting.standing.problem:
        return ""
    if waiting.sealed is not None:
        until = waiting.sealed + context.settings.capture.review
        if until > context.clock.now():
            return f"in review until {clock(until, context.zone)}"
    return "ready to leave"


def _is_logged_in(context: AppContext, service: str) -> bool:
    from worklog.errors import WorklogError
    from worklog.remote.token_file import Logins

    try:
        return service in Logins(context.places.config).services()
    except WorklogError:
        return True  # there is one, and what is wrong with it is said where it is used


# --- Showing --------------------------------------------------------------------------


def _described(waiting: Waiting) -> str:
    if waiting.is_empty:
        return "nothing waits"
    words = [
        count(waiting.segments, "segment") if waiting.segments else "",
        count(waiting.pictured, "part") + " without pictures" if waiting.pictured else "",
        count(waiting.amendments, "change") if waiting.amendments else "",
    ]
    money = f" ({amounts(waiting.amounts)})" if waiting.amounts else ""
    return ", ".join(word for word in words if word) + money + " waiting"


def _lines(context: AppContext, waiting: Waiting) -> Sequence[str]:
    zone, standing = context.zone, waiting.standing
    lines = [f"{waiting.service}: {_described(waiting)}"]
    if why := _why(context, waiting):
        lines.append(f"  {why}")
    if waiting.locks_at is not None:
        lines.append(f"  late after {moment_in_words(waiting.locks_at, zone)}")
    if standing.contact_at is not None:
        at = standing.contact_at.replace(second=0, microsecond=0)
        lines.append(f"  last contact {moment_in_words(at, zone)}")
    if standing.problem:
        lines.append(f"  {standing.message} ({standing.problem})")
        lines += [f"  hint: {standing.hint}"] if standing.hint else []
    if standing.retry_at is not None:
        lines.append(f"  next try {clock(standing.retry_at, zone)}")
    if standing.skew is not None:
        lines.append(f"  {_apart(standing.skew)}")
    lines += [f"  refused: {number} ({code})" for code, number in sorted(waiting.parked.items())]
    lines += [f"  {name} waits for your yes to a wider policy" for name in waiting.offers]
    return lines


def _as_json(waiting: Waiting) -> dict[str, object]:
    from worklog.cli.json import instant, money

    standing = waiting.standing
    return {
        "service": waiting.service,
        "segments": waiting.segments,
        "parts": waiting.parts,
        "parts_without_pictures": waiting.pictured,
        "amendments": waiting.amendments,
        "amounts": [
            {"amount": money(amount), "currency": currency}
            for currency, amount in sorted(waiting.amounts.items())
        ],
        "locks_at": None if waiting.locks_at is None else instant(waiting.locks_at),
        "parked": dict(sorted(waiting.parked.items())),
        "offers": list(waiting.offers),
        "problem": standing.problem or None,
        "message": standing.message or None,
        "hint": standing.hint or None,
        "contact_at": None if standing.contact_at is None else instant(standing.contact_at),
        "retry_at": None if standing.retry_at is None else instant(standing.retry_at),
        "skew_seconds": None if standing.skew is None else int(standing.skew.total_seconds()),
    }
