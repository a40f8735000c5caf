"""Taking in what comes back from a service, which is believed no more than it must be.

A service may change its own contracts and pass on what people did to them. It cannot
touch anything of another service or of a local contract, cannot widen what is recorded
without a yes on this machine (R30), and cannot delete what it never acknowledged (T13).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Final, assert_never

from worklog.app.ports import Clock
from worklog.app.sync_ports import SyncStore
from worklog.app.sync_share import share
from worklog.domain.amendment import (
    Accept,
    Amendment,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Manual,
    Move,
    Redact,
    Stamp,
)
from worklog.domain.canonical import LARGEST_INTEGER
from worklog.domain.contract import WEEK_LENGTH, Contract, Terms
from worklog.domain.grid import EPOCH, Slot
from worklog.domain.text import printable
from worklog.domain.times import day_in_words
from worklog.domain.widening import is_wider, narrowed
from worklog.wire.amendment import decode_amendment, encode_amendment
from worklog.wire.sync.changes import (
    AmendmentChange,
    Change,
    ChangesPage,
    ContractChange,
    ErasureChange,
    UnknownChange,
)
from worklog.wire.sync.messages import MOST_AHEAD

_LAST_TERMS: Final = datetime(9000, 1, 1, tzinfo=UTC)
_LAST_SLOT: Final = Slot.containing(_LAST_TERMS).index
_LONGEST_ID: Final = 64  # characters; a UUID has 36
_LONGEST_NAME: Final = 60  # characters
_CURRENCY_LENGTH: Final = 3  # ISO 4217
_HIGHEST_RATE: Final = 10**9
_COARSEST: Final = 1_000  # [px]
_WEEKDAYS: Final = 7
_HOURS: Final = 24
_LONGEST_PERIOD: Final = timedelta(days=3_660)
_MOST_EVENTS: Final = 1_000  # submitted and reopened weeks: two a week over ten years


# --- Policy (R30) ---------------------------------------------------------------------


def held_back(offered: Contract, known: Contract | None, now: datetime) -> Contract:
    """Return *offered* as it may be taken over without asking.

    Policies that were taken over before stay, narrower ones come at once, and what is
    wider keeps to what is accepted now. The first policy of a contract that is new here
    is accepted with it: nothing is recorded before somebody starts to track for it.
    """
    if known is None:
        return offered
    accepted = known.terms_at(now).policy
    seen = {terms.policy for terms in known.terms}
    ends = [later.since for _, later in pairwise(offered.terms)]

    def held(terms: Terms, end: datetime | None) -> Terms:
        is_past = end is not None and end <= now
        if is_past or terms.policy in seen or not is_wider(terms.policy, accepted):
            return terms
        return replace(terms, policy=narrowed(terms.policy, accepted))

    pairs = zip(offered.terms, [*ends, None], strict=True)
    return replace(offered, terms=tuple(held(terms, end) for terms, end in pairs))


def news_of(taken: Contract, known: Contract | None) -> list[str]:
    """Return what a person should know of a contract that was *known* and is *taken* over."""
    if known is None:
        return []
    told = [
        f"{taken.name}: the week of {day_in_words(event.week.date())} was "
        + (
            "reopened; its words and time can be changed."
            if event.is_open
            else "submitted; its words and money stand."
        )
        for event in taken.events
        if event not in known.events
    ]
    if taken.is_archived and not known.is_archived:
        told.append(f"{taken.name} has ended; what was recorded for it stays and is still sent.")
    return told


# --- The feed -------------------------------------------------------------------------


def not_yet(page: ChangesPage, now: datetime) -> str | None:
    """Return why *page* cannot be taken in yet; None if it can.

    A stamp of the far future would drag the clock of all later changes along.
    """
    for item in page.items:
        if isinstance(item, AmendmentChange) and (amendment := _decoded(item.text)) is not None:
            try:
                is_ahead = amendment.stamp.instant > now + MOST_AHEAD
            except OverflowError:
                is_ahead = True
            if is_ahead:
                return (
                    "A change from the service lies in the future; check this machine's clock. "
                    "Changes after it wait."
                )
    return None


class Intake:
    """Takes changes in, one by one. Taking one in again changes nothing."""

    def __init__(self, store: SyncStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def take(self, change: Change) -> list[str]:
        """Take *change* in; return what a person should know about it, printable."""
        match change:
            case ContractChange(contract, is_member):
                return self._contract(contract, is_member=is_member)
            case AmendmentChange(text):
                return self._amendment(text)
            case ErasureChange():
                self._store.save_erasure(change)
                return []
            case UnknownChange():
                return []
            case _:
                assert_never(change)

    def _contract(self, contract: Contract, *, is_member: bool) -> list[str]:
        if not is_sane(contract):
            return ["The service sent a contract that makes no sense; left out."]
        contracts = self._store.contracts()
        known = contracts.get(contract.contract_id)
        if known is not None and known.service != self._store.service:
            return [f"The service names a contract that is not its own ({known.name}); left out."]
        offered = _clean(contract, self._store.service, is_archived=not is_member)
        others = {
            other.name.casefold()
            for other in contracts.values()
            if other.contract_id != contract.contract_id
        }
        offered = replace(offered, name=_free_name(offered.name, others))
        now = self._clock.now()
        taken = held_back(offered, known, now)
        # First what waits, so that a crash in between asks again rather than never.
        self._store.offer(contract.contract_id, None if taken == offered else offered)
        if taken != known:
            self._store.save_contract(taken, at=now)
        news = news_of(taken, known)
        if taken == offered:
            return news
        asks = f"{taken.name} asks to record more than you agreed to."
        return [*news, f"{asks} It is not recorded until you say yes: worklog sync."]

    def _amendment(self, text: str) -> list[str]:
        amendment = _decoded(text)
        if amendment is None:
            return ["The service passed on a change that cannot be read; left out."]
        if self._store.is_known(amendment.amendment_id):
            return []
        ours = share(amendment, self._store.circle())
        kept = None if ours is None else self._without_unsent(ours)
        if kept is not None:
            self._store.amend(kept)
        return []

    def _without_unsent(self, amendment: Amendment) -> Amendment | None:
        """Return *amendment* without erasing what the service never acknowledged."""
        change = amendment.change
        is_receipted = self._store.is_receipted
        kept: Delete | DropSnapshot | Redact
        match change:
            case Delete(parts=parts):
                # The rest of an open slot has not been sent, by its nature.
                kept = replace(change, parts=tuple(filter(is_receipted, parts)), rest=())
                is_empty = not (kept.parts or kept.manual)
            case DropSnapshot(parts=parts):
                kept = replace(change, parts=tuple(filter(is_receipted, parts)))
                is_empty = not kept.parts
            case Redact(pictures=pictures):
                kept = Redact(tuple(new for new in pictures if is_receipted(new.part)))
                is_empty = not kept.pictures
            case _:
                return amendment
        return None if is_empty else replace(amendment, change=kept)


def _decoded(text: str) -> Amendment | None:
    """Return the amendment of *text*; None where it is none, or one of no possible time."""
    try:
        amendment = decode_amendment(text)
        encode_amendment(amendment)  # numbers that JSON cannot carry do not come in
        amendment.stamp.next(EPOCH)
        slots = _slots(amendment.change)
    except (ValueError, OverflowError):
        return None
    is_named = len(amendment.amendment_id) <= _LONGEST_ID and amendment.stamp >= Stamp(0)
    return amendment if is_named and all(0 <= slot.index <= _LAST_SLOT for slot in slots) else None


def _slots(change: object) -> list[Slot]:
    """Return the slots that *change* names."""
    match change:
        case Describe(targets=keys) | Accept(targets=keys):
            return [key.slot for key in keys]
        case Manual(spans=spans):
            return [span.slot for span in spans]
        case Delete(manual=manual, rest=rest, keys=keys):
            slots = [to.key.slot for to in rest] + [slot for _, slot in manual]
            return slots + [key.slot for key in keys]
        case Move(manual=manual, sources=keys):
            return [slot for _, slot in manual] + [key.slot for key in keys]
        case Choose(slots=chosen):
            return list(chosen)
        case _:
            return []


def is_sane(contract: Contract) -> bool:
    """Return whether every figure of *contract* is one that can be worked with."""
    is_named = 0 < len(contract.contract_id) <= _LONGEST_ID
    has_events = len(contract.events) <= _MOST_EVENTS and all(
        event.at <= _LAST_TERMS for event in contract.events
    )
    return is_named and has_events and all(map(_is_sane, contract.terms))


def _is_sane(terms: Terms) -> bool:
    rate, limit = terms.rate, terms.weekly_limit
    return (
        EPOCH <= terms.since <= _LAST_TERMS
        and terms.currency.isascii()
        and len(terms.currency) <= _CURRENCY_LENGTH
        and (rate is None or (rate.is_finite() and 0 <= rate <= _HIGHEST_RATE))
        and (limit is None or timedelta() <= limit <= WEEK_LENGTH)
        and timedelta() <= terms.allowance <= WEEK_LENGTH
        and timedelta() <= terms.retention <= _LONGEST_PERIOD
        and timedelta() <= terms.dispute_period <= _LONGEST_PERIOD
        and 0 <= terms.week_start < _WEEKDAYS
        and 0 <= terms.week_hour < _HOURS
        and 0 <= terms.policy.version <= LARGEST_INTEGER
        and 0 <= terms.policy.pixelate <= _COARSEST
    )


def _clean(contract: Contract, service: str, *, is_archived: bool) -> Contract:
    """Return *contract* with words that are safe to print, as one of *service*."""
    return replace(
        contract,
        name=" ".join(printable(contract.name).split())[:_LONGEST_NAME].strip() or "contract",
        client=printable(contract.client),
        title=printable(contract.title),
        labels=tuple(dict.fromkeys(map(printable, contract.labels))),
        service=service,
        is_archived=contract.is_archived or is_archived,
    )


def _free_name(name: str, others: set[str]) -> str:
    if name.casefold() not in others:
        return name
    return next(numbered for n in count(2) if (numbered := f"{name}-{n}").casefold() not in others)
