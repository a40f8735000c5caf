"""Review: what will not hold, before the lock (the pure part of `worklog review`).

It states facts about segments and judges nobody: a finding says what is there, a
verdict which of the facts would keep a segment from being paid without questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from worklog.domain.amendment import Key
from worklog.domain.billing import is_unproven
from worklog.domain.contract import Contract, Week
from worklog.domain.grid import MINUTES
from worklog.domain.ids import ContractId
from worklog.domain.part import CaptureState, Role, union
from worklog.domain.segment import BilledSegment, Origin, Reason, Segment
from worklog.domain.text import bare
from worklog.domain.timesheet import live_seconds

VAGUE: Final = frozenset(
    {
        *("work", "working", "stuff", "things", "misc", "various", "coding", "code", "task"),
        *("tasks", "todo", "tbd", "wip", "fix", "fixes", "fixing", "update", "updates", "test"),
    }
)


class Kind(StrEnum):
    """What a finding is about."""

    NO_MEMO = "no-memo"
    VAGUE_MEMO = "vague-memo"
    LOW_ACTIVITY = "low-activity"
    IDLE = "idle"
    UNPROVEN = "unproven"
    BLANK_PICTURE = "blank-picture"
    DUPLICATE_PICTURE = "duplicate-picture"
    MANUAL = "manual"
    LATE = "late"
    SHARED = "shared"
    OVER_LIMIT = "over-limit"
    UNSYNCED = "unsynced"
    MANUAL_SHARE = "manual-share"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on something is a finding.

    Attributes:
        low_boxes: Green boxes at or below which activity is low; zero for never.
        memo_words: Words that a memo has at least, unless it is long enough without.
        memo_characters: Length from which one word is enough.
        vague: Words of which a memo alone says nothing, in lower case, without marks.
        manual_permille: Share of manual time in a week above which it is named [‰].
        gap_at_least: Shortest untracked time between two segments that is named.
        gap_at_most: Longest; beyond it people simply were not at work. No gap is named
            where it is less than the shortest.
    """

    low_boxes: int = 4
    memo_words: int = 2
    memo_characters: int = 12
    vague: frozenset[str] = VAGUE
    manual_permille: int = 200
    gap_at_least: timedelta = timedelta(minutes=10)
    gap_at_most: timedelta = timedelta(hours=2)


DEFAULT_THRESHOLDS: Final = Thresholds()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth a look before the lock.

    Attributes:
        kind: What it is about.
        contract: Whose.
        keys: The segments concerned, in order; for a gap those before and after it.
        facts: What a message can say: numbers, words, instants.
    """

    kind: Kind
    contract: ContractId
    keys: tuple[Key, ...]
    facts: Mapping[str, int | str | datetime] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one segment would hold.

    Attributes:
        key: Which.
        holds: Whether nothing about it would be questioned.
        why: What would, in the order of `Kind`.
    """

    key: Key
    holds: bool
    why: tuple[Kind, ...] = ()


class Grade(StrEnum):
    """What the evidence of a segment proves, and no more (R33)."""

    A = "A"  # signed, received in time, clocks agree
    B = "B"  # late, or a clock in doubt
    C = "C"  # by hand or imported


def grade(segment: Segment, *, is_receipted: bool) -> Grade | None:
    """Return the grade of *segment*; None until the service has acknowledged all of it."""
    if not is_receipted:
        return None
    if segment.origin is not Origin.TRACKED:
        return Grade.C
    return Grade.B if {"late", "stepped"} & set(segment.marks) else Grade.A


def verdict(
    row: BilledSegment,
    contract: Contract,
    *,
    repeated: frozenset[str] = frozenset(),
    unsent: frozenset[Key] = frozenset(),
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> Verdict:
    """Return whether the segment of *row* would hold, and if not, why.

    *repeated* are digests of pictures that several segments have (`repeated_pictures`),
    *unsent* segments that should have reached their service and have not.
    """
    segment = row.segment
    signs: Mapping[Kind, bool] = {
        Kind.NO_MEMO: not segment.memo,
        Kind.VAGUE_MEMO: bool(segment.memo) and is_vague(segment.memo, thresholds),
        Kind.LOW_ACTIVITY: 0 < segment.activity.level <= thresholds.low_boxes,
        Kind.IDLE: row.bill.reason is Reason.IDLE,
        Kind.UNPROVEN: is_unproven(segment, contract) and not segment.is_accepted,
        Kind.BLANK_PICTURE: _has_blank(segment),
        Kind.DUPLICATE_PICTURE: not repeated.isdisjoint(_digests(segment)),
        Kind.MANUAL: segment.origin is not Origin.TRACKED,
        Kind.LATE: segment.is_late and not segment.is_accepted,
        Kind.SHARED: row.bill.reason is Reason.SHARED,
        Kind.OVER_LIMIT: row.bill.reason is Reason.OVER_LIMIT,
        Kind.UNSYNCED: segment.key in unsent,
    }
    why = tuple(kind for kind, is_there in signs.items() if is_there)
    return Verdict(segment.key, holds=not why, why=why)


def review(
    rows: Iterable[BilledSegment],
    contracts: Mapping[ContractId, Contract],
    *,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    explained: Sequence[tuple[datetime, datetime]] = (),
    unsent: frozenset[Key] = frozenset(),
) -> tuple[Finding, ...]:
    """Return what is worth a look in *rows*, by contract, then in the order of `Kind`.

    Findings about single segments are joined where neighbours share them. Deleted
    segments are left out. *explained* are gaps that the freelancer has answered
    (`Idle`); they are not named again. *unsent* is as for `verdict`.
    """
    live = sorted(
        (row for row in rows if not row.segment.is_deleted), key=lambda row: row.segment.key
    )
    signs = _Signs(repeated_pictures(live), unsent, thresholds)
    of_contract: defaultdict[ContractId, list[BilledSegment]] = defaultdict(list)
    for row in live:
        of_contract[row.segment.key.contract].append(row)
    gaps = _gaps(live, thresholds, explained)
    findings = [
        finding
        for contract_id, own in of_contract.items()
        for finding in (
            *_about_segments(own, contracts[contract_id], signs),
            *_manual_shares(own, contracts[contract_id], thresholds),
            *(gap for gap in gaps if gap.contract == contract_id),
        )
    ]
    place = {kind: number for number, kind in enumerate(Kind)}
    names = {contract_id: contracts[contract_id].name for contract_id in of_contract}
    findings.sort(key=lambda f: (names[f.contract], f.contract, place[f.kind], f.keys))
    return tuple(findings)


def is_vague(memo: str, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> bool:
    """Return whether *memo* tells a client next to nothing."""
    words = memo.split()
    is_short = len(words) < thresholds.memo_words and len(memo) < thresholds.memo_characters
    return is_short or all(bare(word) in thresholds.vague for word in words)


def repeated_pictures(rows: Iterable[BilledSegment]) -> frozenset[str]:
    """Return the digests of pictures that several segments of *rows* have."""
    seen: set[str] = set()
    repeated: set[str] = set()
    for row in rows:
        digests = _digests(row.segment)
        repeated |= digests & seen
        seen |= digests
    return frozenset(repeated)


def _digests(segment: Segment) -> frozenset[str]:
    return frozenset(
        picture.capture.sha256
        for picture in segment.pictures
        if picture.capture.role is Role.SCREEN
        and picture.capture.has_picture
        and picture.capture.sha256
    )


def _has_blank(segment: Segment) -> bool:
    return any(
        picture.capture.role is Role.SCREEN and picture.capture.state is CaptureState.BLANK
        for picture in segment.pictures
    )


@dataclass(frozen=True, slots=True)
class _Signs:
    """What is known beside a segment itself; see `verdict`."""

    repeated: frozenset[str]
    unsent: frozenset[Key]
    thresholds: Thresholds


def _about_segments(
    rows: list[BilledSegment], contract: Contract, signs: _Signs
) -> Iterable[Finding]:
    having: defaultdict[Kind, list[BilledSegment]] = defaultdict(list)
    for row in rows:
        seen = verdict(
            row,
            contract,
            repeated=signs.repeated,
            unsent=signs.unsent,
            thresholds=signs.thresholds,
        )
        for kind in seen.why:
            having[kind].append(row)
    for kind, found in having.items():
        for run in _runs(found, _SAME.get(kind, _nothing)):
            facts = _facts(kind, run)
            keys = tuple(row.segment.key for row in run)
            yield Finding(kind, contract.contract_id, keys, facts)


def _nothing(_: BilledSegment) -> object:
    return None


# What neighbours must share, beside the kind, to be one finding.
_SAME: Final[Mapping[Kind, Callable[[BilledSegment], object]]] = {
    Kind.VAGUE_MEMO: lambda row: row.segment.memo,
    Kind.DUPLICATE_PICTURE: lambda row: sorted(_digests(row.segment)),
}


def _runs(
    rows: list[BilledSegment], same: Callable[[BilledSegment], object]
) -> list[list[BilledSegment]]:
    """Return *rows*, ascending, as stretches of adjacent slots that are the same."""
    runs: list[list[BilledSegment]] = []
    for row in rows:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and row.segment.key.slot.index == last.segment.key.slot.index + 1
            and same(row) == same(last)
        ):
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _facts(kind: Kind, run: list[BilledSegment]) -> dict[str, int | str | datetime]:
    first, last = run[0].segment, run[-1].segment
    facts: dict[str, int | str | datetime] = {
        "segments": len(run),
        "start": first.key.slot.start,
        "end": last.key.slot.end,
        "seconds": sum(live_seconds(row.segment) for row in run),
    }
    if kind is Kind.VAGUE_MEMO:
        facts["memo"] = first.memo
    if kind is Kind.LOW_ACTIVITY:
        facts["boxes"] = sum(row.segment.activity.level for row in run)
        facts["of_boxes"] = MINUTES * len(run)
    return facts


def _manual_shares(
    rows: list[BilledSegment], contract: Contract, thresholds: Thresholds
) -> Iterable[Finding]:
    of_week: defaultdict[Week, list[BilledSegment]] = defaultdict(list)
    for row in rows:
        of_week[contract.week_at(row.segment.key.slot.start)].append(row)
    for week, own in of_week.items():
        by_hand = [row for row in own if row.segment.origin is not Origin.TRACKED]
        manual = sum(row.segment.manual_seconds for row in by_hand)
        whole = sum(live_seconds(row.segment) for row in own)
        if manual * 1000 > whole * thresholds.manual_permille:
            yield Finding(
                Kind.MANUAL_SHARE,
                contract.contract_id,
                tuple(row.segment.key for row in by_hand),
                {
                    "start": week.start,
                    "end": week.end,
                    "seconds": manual,
                    "permille": manual * 1000 // whole,
                },
            )


def _gaps(
    live: list[BilledSegment],
    thresholds: Thresholds,
    explained: Sequence[tuple[datetime, datetime]],
) -> list[Finding]:
    """Return the holes between segments of whatever contract; the one before names it."""
    found = []
    last: tuple[datetime, Key] | None = None  # end of live time so far, and whose
    for row in live:
        key = row.segment.key
        for start, end in _live_bounds(row.segment):
            if last is not None and _is_gap(last[0], start, thresholds, explained):
                found.append(_gap(last[0], start, (last[1], key)))
            if last is None or end > last[0]:
                last = end, key
    return found


def _gap(start: datetime, end: datetime, keys: tuple[Key, Key]) -> Finding:
    seconds = int((end - start).total_seconds())
    facts: dict[str, int | str | datetime] = {"start": start, "end": end, "seconds": seconds}
    return Finding(Kind.GAP, keys[0].contract, keys, facts)


def _live_bounds(segment: Segment) -> list[tuple[datetime, datetime]]:
    """Return first and last instant of live time, as one pair or none."""
    live = union([*segment.tracked, *((time.start, time.end) for time in segment.manual)])
    start = segment.key.slot.start
    return [
        (start + timedelta(seconds=first), start + timedelta(seconds=last))
        for first, last in ([(live[0][0], live[-1][1])] if live else [])
    ]


def _is_gap(
    start: datetime,
    end: datetime,
    thresholds: Thresholds,
    explained: Sequence[tuple[datetime, datetime]],
) -> bool:
    if not thresholds.gap_at_least <= end - start <= thresholds.gap_at_most:
        return False
    return not any(since < end and start < until for since, until in explained)
