"""Imports: what of foreign time entries comes into the diary, decided before anything is written.

Imported time is manual time of origin `imported`: to the second, never with activity,
never on top of time that the contract has already. An entry is known by its content, so
the same file comes in once, and what was deleted here since does not come back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from worklog.domain.amendment import Manual, ManualSpan
from worklog.domain.canonical import canonical
from worklog.domain.contract import Contract
from worklog.domain.grid import EPOCH, SLOT_SECONDS, Slot, epoch_ms, split
from worklog.domain.ids import ENTROPY_BYTES, AmendmentId, ContractId, uuid7
from worklog.domain.lock import is_locked
from worklog.domain.segment import Origin, Segment
from worklog.domain.stretch import Interval, free, pieces
from worklog.domain.text import printable
from worklog.domain.time_entry import TimeEntry, Wording, worded

LONGEST: Final = timedelta(days=7)  # nobody works longer without a break; a timer forgotten
PROJECT_LENGTH: Final = 100  # characters of a contract's name


class Reason(StrEnum):
    """Why an entry stays out."""

    EMPTY = "empty"  # it has no time
    FUTURE = "future"
    TOO_LONG = "too-long"
    TOO_OLD = "too-old"
    LOCKED = "locked"
    POLICY = "policy"  # the contract does not allow manual time


@dataclass(frozen=True, slots=True)
class Addition:
    """An entry as it comes in.

    Attributes:
        entry: As its file has it.
        amendment: By which it is known.
        change: What is written.
        is_cut: Its description is longer than a memo.
    """

    entry: TimeEntry
    amendment: AmendmentId
    change: Manual
    is_cut: bool = False

    @property
    def seconds(self) -> int:
        return sum(span.end - span.start for span in self.change.spans)


@dataclass(slots=True)
class Plan:
    """What an import would do.

    Attributes:
        additions: What comes in, by start.
        known: Entries that came in before.
        covered_seconds: Of entries that come in, what the diary has already [s].
        covered: Entries of which nothing comes in, as all their time is there.
        left_out: Entries that may not come in.
    """

    additions: list[Addition] = field(default_factory=list)
    known: list[TimeEntry] = field(default_factory=list)
    covered: list[TimeEntry] = field(default_factory=list)
    covered_seconds: int = 0
    left_out: list[tuple[TimeEntry, Reason]] = field(default_factory=list)


def make_plan(
    entries: Iterable[TimeEntry],
    contract_of: Callable[[TimeEntry], Contract],
    present: Iterable[Segment],
    standing: Callable[[AmendmentId], bool | None],
    now: datetime,
) -> Plan:
    """Return what of *entries* comes in.

    Args:
        entries: In any order.
        contract_of: Whom an entry is for.
        present: Segments of the time that they are about.
        standing: Whether an amendment is in force (True), was revoked (False), or was
            never seen (None).
        now: Nothing comes in from behind it.
    """
    plan = Plan()
    taken = _taken(present)
    seen: set[AmendmentId] = set()
    for entry in sorted(entries, key=lambda entry: (entry.start, entry.end)):
        contract = contract_of(entry)
        reason = _obstacle(entry, contract, now)
        if reason is not None:
            plan.left_out.append((entry, reason))
            continue
        words = worded(entry, contract.labels)
        amendment = _name(entry, contract.contract_id, words, standing)
        if amendment is None or amendment in seen:
            plan.known.append(entry)
            continue
        seen.add(amendment)
        spans = tuple(_spans(entry, taken, contract.contract_id))
        seconds = sum(span.end - span.start for span in spans)
        if not spans:
            plan.covered.append(entry)
            continue
        plan.covered_seconds += entry.seconds - seconds
        change = Manual(contract.contract_id, spans, words.memo, words.label, Origin.IMPORTED)
        plan.additions.append(Addition(entry, amendment, change, is_cut=words.is_cut))
    return plan


def project_name(text: str) -> str:
    """Return the project *text* as the name of a contract: one line of at most 100 characters."""
    return " ".join(printable(text).split())[:PROJECT_LENGTH].rstrip()


def find_contract(
    project: str, contracts: Collection[Contract], mapped: Mapping[str, str]
) -> tuple[str, str]:
    """Return the name of the contract that *project* is for, and a label that it names.

    *mapped* names contracts by project. Else a contract of that name is meant; and of
    `acme:design`, as accounts of ledgers are written, the contract `acme` where it has
    the label `design`.
    """
    folded = {contract.name.casefold(): contract for contract in contracts}
    wanted = {name.casefold(): target for name, target in mapped.items()}
    name = project_name(wanted.get(project.casefold(), project))
    if name.casefold() in folded:
        return folded[name.casefold()].name, ""
    before, colon, label = name.rpartition(":")
    parent = folded.get(before.casefold())
    if colon and parent is not None and (not parent.labels or label in parent.labels):
        return parent.name, label
    return name, ""


# --- Inside -----------------------------------------------------------------------------


def _obstacle(entry: TimeEntry, contract: Contract, now: datetime) -> Reason | None:
    reason = _impossible(entry, now)
    if reason is not None:
        return reason
    slots = [slot for slot, _ in split(entry.start, entry.end)]
    if any(is_locked(contract, slot, now) for slot in slots):
        return Reason.LOCKED
    if not all(contract.terms_at(slot.start).manual_time for slot in slots):
        return Reason.POLICY
    return None


def _impossible(entry: TimeEntry, now: datetime) -> Reason | None:
    """Return why *entry* could come into no diary."""
    if entry.end <= entry.start:
        return Reason.EMPTY
    if entry.start < EPOCH:
        return Reason.TOO_OLD
    if entry.end > now:
        return Reason.FUTURE
    return Reason.TOO_LONG if entry.end - entry.start > LONGEST else None


def _taken(present: Iterable[Segment]) -> defaultdict[tuple[ContractId, Slot], list[Interval]]:
    taken: defaultdict[tuple[ContractId, Slot], list[Interval]] = defaultdict(list)
    for segment in present:
        key, start = segment.key, segment.key.slot.start
        for piece in pieces(segment):
            first, last = (piece.start - start).seconds, (piece.end - start).total_seconds()
            taken[key.contract, key.slot].append((first, int(last)))
    return taken


def _spans(
    entry: TimeEntry,
    taken: defaultdict[tuple[ContractId, Slot], list[Interval]],
    contract: ContractId,
) -> Iterator[ManualSpan]:
    """Yield what of *entry* is still free, and take it."""
    for slot, _ in split(entry.start, entry.end):
        start = max(0, round((entry.start - slot.start).total_seconds()))
        end = min(SLOT_SECONDS, round((entry.end - slot.start).total_seconds()))
        here = taken[contract, slot]
        for first, last in list(free(start, end, here)):
            here.append((first, last))
            yield ManualSpan(slot, first, last)


def _name(
    entry: TimeEntry,
    contract: ContractId,
    words: Wording,
    standing: Callable[[AmendmentId], bool | None],
) -> AmendmentId | None:
    """Return the id that the import of *entry* will have; None if it came in before.

    After an undo it comes in again, under the next id.
    """
    attempt = 0
    while (is_in_force := standing(_id(entry, contract, words, attempt))) is False:
        attempt += 1
    return None if is_in_force else _id(entry, contract, words, attempt)


def _id(entry: TimeEntry, contract: ContractId, words: Wording, attempt: int) -> AmendmentId:
    content = canonical(
        [contract, epoch_ms(entry.start), epoch_ms(entry.end), words.memo, words.label, attempt]
    )
    return AmendmentId(uuid7(entry.start, sha256(content).digest()[:ENTROPY_BYTES]))
