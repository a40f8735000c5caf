"""The work diary: a day of one contract, and each of its segments by itself.

Freelancer and client see the same page. What a client must not learn (that time bills for
another contract) is left out where the values are made, not in the template.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from worklog.domain.amendment import Choose
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot, from_epoch_ms
from worklog.domain.ids import ContractId
from worklog.domain.review import Grade, grade
from worklog.domain.segment import BilledSegment
from worklog.domain.segment_words import UNCOUNTED
from worklog.domain.targets import parts_of
from worklog.domain.timesheet import totals
from worklog.service.authorize import Owned, Party
from worklog.service.editing import HISTORY, undoable
from worklog.service.routes.asking import Serving
from worklog.service.scope import Scope
from worklog.service.service import Service
from worklog.service.showing import key_of, party_to, segment_at
from worklog.service.store import accounts, days, diary
from worklog.service.store.days import Choice
from worklog.service.store.engine import as_system
from worklog.service.store.people import Person
from worklog.service.web import diary_view
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import Visiting
from worklog.service.web.zones import zone_named, zone_of

router = APIRouter()

Named = Annotated[str, Path(max_length=64)]
Index = Annotated[int, Path(ge=0, lt=1 << 40)]
Zoned = Annotated[str, Query(pattern="^(mine|utc|other)$")]
Dated = Annotated[str, Query(max_length=10)]
_GRADES: Final = {
    Grade.A: "signed, received in time, clocks agree",
    Grade.B: "late, or a clock in doubt",
    Grade.C: "by hand or imported",
}
_FIRST: Final = date(1971, 1, 1)
_LAST: Final = date(9990, 1, 1)


@dataclass(frozen=True, slots=True)
class Frame:
    """Whose diary a page shows, in which zone.

    Attributes:
        person: Who looks.
        owned: How they stand to the contract.
        contract: Which.
        zone: Of its times.
        zone_choice: mine, utc or other.
        other_zone: Of the other party; None where it is not known.
        now: The moment of the request.
    """

    person: Person
    owned: Owned
    contract: Contract
    zone: tzinfo
    zone_choice: str
    other_zone: tzinfo | None
    now: datetime

    @property
    def is_client(self) -> bool:
        """Whether whoever looks is not its freelancer."""
        return Party.FREELANCER not in self.owned.parties

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def address(self, day: date | None = None) -> str:
        """Return where the page of *day* is."""
        zone = "" if self.zone_choice == "mine" else f"&zone={self.zone_choice}"
        shown = (day or self.today).isoformat()
        return f"/diary/{self.contract.contract_id}?day={shown}{zone}"


@router.get("/diary")
def get_diary(request: Request, person: Visiting, service: Serving) -> Response:
    """Send whoever looks to the contract that was worked for last."""
    with service.store.reading(person.actor) as scope:
        found = days.choices(scope)
    if found:
        return go_to(f"/diary/{found[0].contract}")
    return page(request, "diary_none.html", person=person)


@router.get("/diary/{contract}")
def get_day(  # noqa: PLR0913, PLR0917 -- what its address says
    request: Request,
    contract: Named,
    person: Visiting,
    service: Serving,
    day: Dated = "",
    zone: Zoned = "mine",
) -> Response:
    """Show a day."""
    with service.store.reading(person.actor) as scope:
        frame = frame_of(request, scope, person, contract, zone)
        shown = day_named(day) or frame.today
        values = _day(scope, frame, shown)
    if frame.is_client:
        _note(service, person, frame, values["lines"])
    return page(request, "diary.html", person=person, **values)


@router.get("/diary/{contract}/segments/{slot}")
def get_segment(  # noqa: PLR0913, PLR0917 -- what its address says
    request: Request,
    contract: Named,
    slot: Index,
    person: Visiting,
    service: Serving,
    zone: Zoned = "mine",
) -> Response:
    """Show a segment whole."""
    with service.store.reading(person.actor) as scope:
        frame = frame_of(request, scope, person, contract, zone)
        row = segment_at(scope, frame.owned.freelancer, key_of(contract, slot))
        values = _segment(scope, frame, row)
    template = "segment_body.html" if "HX-Request" in request.headers else "segment.html"
    return page(request, template, person=person, **values)


def frame_of(
    request: Request, scope: Scope, person: Person, contract: str, zone_choice: str
) -> Frame:
    """Return whose diary it is.

    Raises:
        NotFoundError: it is none of *person*'s.
    """
    owned = party_to(scope, ContractId(contract))
    found = accounts.contracts_of(scope, owned.freelancer)[ContractId(contract)]
    mine = zone_of(request, person)
    is_own = Party.FREELANCER in owned.parties
    with as_system(scope) as system:  # the other party's account, of which only the zone
        name = (
            days.zone_of_client(system, ContractId(contract))
            if is_own
            else days.zone_of_freelancer(system, owned.freelancer)
        )
    other = zone_named(name)
    zones = {"mine": mine, "utc": UTC, "other": other}
    chosen = zones.get(zone_choice)
    return Frame(
        person=person,
        owned=owned,
        contract=found,
        zone=chosen or mine,
        zone_choice=zone_choice if chosen is not None else "mine",
        other_zone=other,
        now=from_epoch_ms(scope.at_ms),
    )


def day_named(text: str) -> date | None:
    """Return the day of an address; None where it names none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST <= day <= _LAST else None


def _day(scope: Scope, frame: Frame, day: date) -> dict[str, Any]:
    freelancer, contract = frame.owned.freelancer, frame.contract
    first, last = diary_view.bounds(day, frame.zone)
    rows = diary.segments(scope, freelancer, first.index, last.index, contract=contract.contract_id)
    week = diary_view.week_days(day, contract, frame.zone)
    around = (min(week[0], day) - timedelta(days=1), max(week[-1], day) + timedelta(days=2))
    edges = [diary_view.bounds(each, frame.zone)[0].index for each in around]
    found = days.figures(scope, freelancer, contract.contract_id, *edges)
    with as_system(scope) as system:
        pictures = days.pictures_of(system, freelancer, parts_of(rows))
    choices = days.choices(scope)
    here = next(choice for choice in choices if choice.contract == contract.contract_id)
    terms = contract.terms_at(first.start)
    return {
        "frame": frame,
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "lines": diary_view.lines(rows, frame.zone, pictures, is_client=frame.is_client),
        "totals": totals(row for row in rows if not row.segment.is_deleted),
        "currency": contract.price_of(contract.week_at(first.start)).currency,
        "strip": diary_view.strip(week, day, frame.today, found, frame.zone),
        "week": diary_view.week_state(contract, day, frame.zone, found, frame.now),
        "choices": choices,
        "here": here,
        "last_day": _last_day(here, frame.zone),
        "may_add": terms.manual_time and not frame.is_client and day <= frame.today,
        "letters": {
            mark for row in rows for mark in diary_view.marks_of(row, is_client=frame.is_client)
        },
        "undo": undoable(scope, frame.owned, contract, frame.now),
    }


def _last_day(here: Choice, zone: tzinfo) -> date | None:
    if here.last_slot < 0:
        return None
    return Slot(here.last_slot).start.astimezone(zone).date()


def _note(service: Service, person: Person, frame: Frame, shown: Any) -> None:  # noqa: ANN401 -- lines
    """Note that a client is shown the thumbnails of a day, all at once (R31)."""
    pictures = [
        (part, int(position))
        for line in shown
        for bar in line.bars
        for cell in bar.cells
        for shot in cell.shots[:1]
        for part, position in [shot.address.split("/")[-2:]]
    ]
    if pictures:
        with service.store.writing(person.actor) as scope:
            days.note_views(
                scope,
                frame.owned.freelancer,
                frame.contract.contract_id,
                pictures,
                is_thumbnail=True,
            )


def _segment(scope: Scope, frame: Frame, row: BilledSegment) -> dict[str, Any]:
    segment, zone = row.segment, frame.zone
    freelancer = frame.owned.freelancer
    with as_system(scope) as system:
        pictures = days.pictures_of(system, freelancer, segment.parts)
        evidence = diary.part_rows(system, freelancer, segment.parts)
    history = diary.amendments_named(scope, freelancer, segment.history)
    proven = grade(segment, is_receipted=True)
    return {
        "frame": frame,
        "row": row,
        "segment": segment,
        "day": segment.key.slot.start.astimezone(zone).date(),
        "shots": () if segment.is_deleted else diary_view.shots_of(row, pictures, zone),
        "instead": diary_view.instead_of_picture(row, pictures),
        "camera": diary_view.instead_of_snapshot(row),
        "reason": diary_view.reason_of(row, is_client=frame.is_client),
        "state": diary_view.state_of(row),
        "marks": diary_view.marks_of(row, is_client=frame.is_client),
        "counts": _counts(row),
        "uncounted": UNCOUNTED,
        "history": [
            (amendment, HISTORY.get(type(amendment.change).__name__, "changed"))
            for amendment in sorted(history, key=lambda each: each.order)
            if not (frame.is_client and isinstance(amendment.change, Choose))
        ],
        "views": [] if frame.is_client else days.views_of(scope, freelancer, segment.parts),
        "evidence": [
            {"received": from_epoch_ms(found.received_ms), "digest": found.digest}
            for part in segment.parts
            if (found := evidence.get(part)) is not None
        ],
        "grade": proven,
        "grade_words": _GRADES[proven] if proven else "",
    }


def _counts(row: BilledSegment) -> list[tuple[str, list[tuple[int | None, float]]]]:
    """Return keys, clicks and scrolls per minute, each with the height of its bar [0, 24]."""
    activity = row.segment.activity
    found = []
    for name, numbers in (
        ("keys", activity.keys),
        ("clicks", activity.clicks),
        ("scrolls", activity.scrolls),
    ):
        most = max((number or 0 for number in numbers), default=0)
        bars = [
            (number, round(24 * (number or 0) / most, 1) if most else 0.0) for number in numbers
        ]
        found.append((name, bars))
    return found
