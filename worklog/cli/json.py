"""Values as JSON for programs: the envelope, and one view of each value (product.md §3).

Fields are only ever added; golden tests pin them. Instants are RFC 3339 in UTC, durations
whole seconds, money a decimal string beside a currency, null what is not known.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from worklog.cli.output import as_sentence
from worklog.domain.amendment import REVOCABLE, Change, Key, Unknown
from worklog.domain.grid import Slot
from worklog.domain.grouping import Totals
from worklog.domain.ids import ContractId, PartId
from worklog.domain.part import Role, per_minute
from worklog.domain.review import grade
from worklog.domain.segment import BilledSegment, Picture
from worklog.domain.timesheet import totals
from worklog.domain.wording import contract_name

if TYPE_CHECKING:
    from worklog.app.ports import Gap, StoredPicture
    from worklog.cli.render.status import StatusView
    from worklog.domain.amendment import Amendment
    from worklog.domain.contract import Contract, Terms
    from worklog.domain.session import Session
    from worklog.errors import WorklogError

SCHEMA: Final = 1
Json = Any  # what json.dumps takes; the shapes are pinned by tests
Object = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Files:
    """Where pictures are, by what identifies a capture."""

    stored: Mapping[tuple[PartId, Role, int], StoredPicture] = field(default_factory=dict)

    @classmethod
    def of(cls, pictures: Iterable[StoredPicture]) -> Files:
        """Return the files of *pictures*, as `Cache.pictures` gives them."""
        return cls({(p.part, p.capture.role, p.capture.monitor): p for p in pictures})

    def find(self, picture: Picture) -> StoredPicture | None:
        """Return where the files of *picture* are; None where there are none."""
        if not picture.capture.has_picture:
            return None
        return self.stored.get((picture.part, picture.capture.role, picture.capture.monitor))


Contracts = Mapping[ContractId, "Contract"]
NO_FILES: Final = Files()


def dumps(value: Json) -> str:
    """Return *value* as one line of JSON that any terminal and any encoding can take."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def envelope(
    command: str,
    *,
    status: str = "ok",
    data: Json = None,
    errors: Sequence[WorklogError] = (),
) -> Object:
    """Return the one object that a command prints under `--json`."""
    return {
        "schema": SCHEMA,
        "command": command,
        "status": status,
        "data": data,
        "errors": [
            {"code": error.code, "message": as_sentence(str(error)), "hint": error.hint}
            for error in errors
        ],
    }


def instant(value: datetime) -> str:
    """Return *value* in RFC 3339, UTC; with a fraction only where it has one."""
    utc = value.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds' if utc.microsecond else 'seconds')}Z"


def money(amount: Decimal | None) -> str | None:
    """Return *amount* with all its decimals, never in scientific form."""
    return None if amount is None else f"{amount:f}"


def segment_view(
    row: BilledSegment,
    contracts: Contracts,
    files: Files = NO_FILES,
    *,
    is_receipted: bool = False,
) -> Object:
    """Return *row*; its grade is null until a service has acknowledged it whole (R33)."""
    seen, bill = row.segment, row.bill
    return {
        "slot": instant(seen.key.slot.start),
        "contract": contract_name(seen.key.contract, contracts),
        "memo": seen.memo,
        "label": seen.label,
        "origin": seen.origin.value,
        "bill": {
            "seconds": bill.seconds,
            "reason": bill.reason.value,
            "amount": money(bill.amount),
            "currency": bill.currency or None,
        },
        "marks": list(seen.marks),
        "tracked_seconds": seen.tracked_seconds,
        "tracked": list(per_minute(seen.tracked)),
        "boxes": list(seen.activity.active),
        "keys": list(seen.activity.keys),
        "clicks": list(seen.activity.clicks),
        "scrolls": list(seen.activity.scrolls),
        "application": seen.application,
        "title": seen.title,
        "captures": [capture(picture, files.find(picture)) for picture in seen.pictures],
        "parts": list(seen.parts),
        "devices": list(seen.devices),
        "grade": grade(seen, is_receipted=is_receipted),
        "manual_seconds": seen.manual_seconds,
    }


def capture(picture: Picture, stored: StoredPicture | None) -> Object:
    """Return *picture*; `redacted` is the share covered [permille], `covered` that when taken."""
    taken = stored.capture if stored is not None else picture.capture
    return {
        "role": picture.capture.role.value,
        "monitor": picture.capture.monitor,
        "state": picture.capture.state.value,
        "file": stored.file if stored is not None else None,
        "thumbnail": stored.thumbnail if stored is not None else None,
        "sha256": taken.sha256 or None,
        "taken_at": instant(picture.capture.taken_at),
        "redacted": stored.redacted if stored is not None else picture.redacted,
        "covered": picture.capture.covered,
    }


def sums(figures: Totals) -> Object:
    """Return hours and money, one entry a currency."""
    return {
        "billed_seconds": figures.billed_seconds,
        "tracked_seconds": figures.tracked_seconds,
        "manual_seconds": figures.manual_seconds,
        "late_seconds": figures.late_seconds,
        "amounts": _amounts(figures.amounts),
    }


def span(start: datetime, end: datetime) -> Object:
    """Return a half-open range."""
    return {"start": instant(start), "end": instant(end)}


def diary_view(
    rows: Sequence[BilledSegment],
    contracts: Contracts,
    *,
    start: datetime,
    end: datetime,
    files: Files = NO_FILES,
    receipted: Collection[Key] = (),
) -> Object:
    """Return what `worklog diary --json` gives for ``[start, end)``.

    *receipted* are the segments that a service has acknowledged whole.
    """
    return {
        "range": span(start, end),
        "totals": sums(totals(row for row in rows if not row.segment.is_deleted)),
        "segments": [
            segment_view(row, contracts, files, is_receipted=row.segment.key in receipted)
            for row in rows
        ],
    }


def status_view(view: StatusView) -> Object:
    """Return what `worklog status --json` gives."""
    return {
        "tracking": view.is_tracking,
        "contract": view.contract or None,
        "memo": view.memo,
        "label": view.label,
        "session_seconds": view.session_seconds,
        "today": sums(view.today),
        "week": {
            **sums(view.week),
            "limit_seconds": None if view.limit is None else int(view.limit.total_seconds()),
            "limit_left_seconds": None
            if view.limit_left is None
            else int(view.limit_left.total_seconds()),
            "locks_at": None if view.locks_at is None else instant(view.locks_at),
        },
        "segment": None
        if view.slot is None
        else {
            "slot": instant(view.slot),
            "tracked": list(view.tracked),
            "boxes": list(view.boxes),
            "capture_due": view.is_capture_due,
        },
        "outbox": {
            "segments": view.outbox.segments,
            "amounts": _amounts(view.outbox.amounts),
            "parts_without_pictures": view.outbox.pictured,
            "amendments": view.outbox.amendments,
            "locks_at": None if view.outbox.locks_at is None else instant(view.outbox.locks_at),
            "why": view.outbox.why or None,
            "services": [dict(service) for service in view.outbox.services],
        },
        "capture": {
            "health": view.capture,
            "taken_at": None if view.captured_at is None else instant(view.captured_at),
            "covered": view.covered.figures,
        },
        "paused": view.pause or None,
        "since": None if view.since is None else instant(view.since),
        "reminders": [
            {
                "contracts": list(told.names),
                "week": span(told.reminder.week.start, told.reminder.week.end),
                "locks_at": instant(told.reminder.locks_at),
                "findings": told.reminder.findings,
                "segments_not_uploaded": told.reminder.unsent,
                "message": told.sentence,
            }
            for told in view.reminders
        ],
        "warnings": [*view.warnings, *view.outbox.warnings],
    }


def session_view(value: Session, contracts: Contracts) -> Object:
    """Return one stretch of tracking."""
    return {
        "session": value.session_id,
        "contract": contract_name(value.contract, contracts),
        "started": instant(value.started),
        "ended": None if value.ended is None else instant(value.ended),
        "ending": None if value.ending is None else value.ending.value,
        "memo": value.memo,
        "label": value.label,
    }


def gap_view(
    value: Gap, contracts: Contracts, *, is_kept: bool = False, is_added: bool = False
) -> Object:
    """Return time that was not tracked, with its reason.

    *is_kept* says that it stays a break, *is_added* that it was made manual time.
    """
    return {
        **span(value.start, value.end),
        "seconds": int((value.end - value.start).total_seconds()),
        "reason": value.reason,
        "contract": contract_name(value.contract, contracts),
        "kept": is_kept,
        "added": is_added,
    }


def amendment_view(value: Amendment) -> Object:
    """Return a change as it is kept: who, when, what kind, and its own fields."""
    return {
        "amendment": value.amendment_id,
        "at": instant(value.stamp.instant),
        "author": value.author,
        "device": value.device,
        "kind": kind_of(value.change),
        "revocable": isinstance(value.change, REVOCABLE),
        "change": _plain_value(value.change),
    }


def kind_of(change: Change) -> str:
    """Return the kind of *change*, as on the wire: `describe`, `drop-snapshot`."""
    if isinstance(change, Unknown):
        return change.kind
    name = type(change).__name__
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name).lstrip("-")


def _plain_value(value: object) -> Json:
    """Return the dataclasses of a change as objects; slots as their start."""
    if isinstance(value, Slot):
        return instant(value.start)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, tuple):
        return [_plain_value(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain_value(getattr(value, field.name)) for field in fields(value)}
    return value


def contract_view(value: Contract) -> Object:
    """Return who pays, with all dated terms."""
    return {
        "id": value.contract_id,
        "name": value.name,
        "client": value.client,
        "title": value.title,
        "labels": list(value.labels),
        "service": value.service or None,
        "archived": value.is_archived,
        "terms": [_terms(terms) for terms in value.terms],
    }


def _terms(value: Terms) -> Object:
    return {
        "since": instant(value.since),
        "rate": money(value.rate),
        "currency": value.currency or None,
        "weekly_limit_seconds": None
        if value.weekly_limit is None
        else int(value.weekly_limit.total_seconds()),
        "billing": value.billing.value,
        "week_start": value.week_start,
        "week_hour": value.week_hour,
        "locks": value.locks,
        "manual_time": value.manual_time,
        "memo_required": value.memo_required,
        "label_required": value.label_required,
        "allowance_seconds": int(value.allowance.total_seconds()),
        "retention_seconds": int(value.retention.total_seconds()),
        "dispute_seconds": int(value.dispute_period.total_seconds()),
        "policy": {
            "version": value.policy.version,
            "screenshots": value.policy.screenshots.value,
            "titles": value.policy.titles,
            "pixelate": value.policy.pixelate,
        },
    }


def _amounts(sums_by_currency: Mapping[str, Decimal]) -> list[Object]:
    return [
        {"amount": money(sums_by_currency[code]), "currency": code}
        for code in sorted(sums_by_currency)
    ]
