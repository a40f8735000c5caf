"""Changing the diary: a form for each change, by itself or in a box over the day."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from worklog.domain.ids import ContractId
from worklog.domain.segment import BilledSegment
from worklog.domain.targets import parts_of
from worklog.domain.text import LABEL_LENGTH, MEMO_LENGTH, clean_label, clean_memo
from worklog.domain.times import normal, on_day, read_clock
from worklog.domain.timesheet import totals
from worklog.domain.wording import amounts, count, hours
from worklog.errors import (
    ConflictError,
    InvalidTimeError,
    LockedError,
    NotFoundError,
    PolicyError,
)
from worklog.service import editing, redacting
from worklog.service.authorize import Verb, authorize
from worklog.service.decoding import MOST_BOXES
from worklog.service.editing import Make, live_rows
from worklog.service.pages.diary import Frame, Index, Named, Zoned, day_named, frame_of
from worklog.service.pictures import Rectangle
from worklog.service.problems import not_found, status_of
from worklog.service.routes.asking import Serving
from worklog.service.scope import Scope
from worklog.service.service import Service
from worklog.service.store import days
from worklog.service.store.engine import as_system
from worklog.service.store.people import Person
from worklog.service.web import diary_view
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import go_to, page
from worklog.service.web.visiting import Visiting

router = APIRouter()

MOST_SLOTS: Final = 1_008  # a week of them
Slots = Annotated[list[Index], Query(max_length=MOST_SLOTS)]
Dated = Annotated[str, Query(max_length=10)]
_TITLES: Final = {
    "edit": "Edit activity and memo",
    "remove": "Remove",
    "redact": "Redact",
    "add": "Add manual time",
    "move": "Move to another contract",
}
_ACTIONS: Final = {
    "edit": "Save",
    "remove": "Remove for good",
    "redact": "Cover for good",
    "add": "Add",
    "move": "Move",
}
_FIELDS: Final = ("memo", "label", "start", "end", "boxes", "to", "erase", "sure")
_LONGEST_BOXES: Final = 4_000  # characters
_BOX: Final = re.compile(r"(\d{1,5}),(\d{1,5}),([1-9]\d{0,4}),([1-9]\d{0,4})", re.ASCII)
_LONGEST_SLOT: Final = 12  # digits
_SHOWN: Final = 60  # pictures of a preview


@dataclass(slots=True)
class Asked:
    """What a form is about and has in it.

    Attributes:
        what: Which form.
        slots: Of the chosen segments.
        day: That the page shows.
        zone: Whose times.
        filled: What was typed, by name.
        problems: What is wrong with it, by name.
    """

    what: str
    slots: tuple[int, ...]
    day: date | None
    zone: str
    filled: dict[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """One request to change a diary.

    Attributes:
        contract: Whose diary.
        person: Who asks.
    """

    request: Request
    contract: str
    person: Person
    service: Service


def _desk(request: Request, contract: Named, person: Visiting, service: Serving) -> Desk:
    return Desk(request, contract, person, service)


def _asked(
    slot: Slots = [],  # noqa: B006 -- FastAPI copies it
    day: Dated = "",
    zone: Zoned = "mine",
) -> Asked:
    return Asked("", tuple(slot), day_named(day), zone)


Working = Annotated[Desk, Depends(_desk)]
Asking = Annotated[Asked, Depends(_asked)]


# --- Forms ------------------------------------------------------------------------------


@router.get("/diary/{contract}/edit")
def get_edit(desk: Working, asked: Asking) -> Response:
    """Show the form for memo and label."""
    return _form(desk, replace(asked, what="edit"))


@router.get("/diary/{contract}/remove")
def get_remove(desk: Working, asked: Asking) -> Response:
    """Say what removing costs."""
    return _form(desk, replace(asked, what="remove"))


@router.get("/diary/{contract}/redact")
def get_redact(desk: Working, asked: Asking) -> Response:
    """Show the pictures to be covered."""
    return _form(desk, replace(asked, what="redact"))


@router.get("/diary/{contract}/move")
def get_move(desk: Working, asked: Asking) -> Response:
    """Show what would go to which contract."""
    return _form(desk, replace(asked, what="move"))


@router.get("/diary/{contract}/add")
def get_add(desk: Working, asked: Asking) -> Response:
    """Show the form for manual time."""
    return _form(desk, replace(asked, what="add", slots=()))


def _form(desk: Desk, asked: Asked, *, status: int = 200) -> Response:
    """Return the form, empty or as it was filled in."""
    person = desk.person
    with desk.service.store.reading(person.actor) as scope:
        frame = frame_of(desk.request, scope, person, desk.contract, asked.zone)
        is_label = frame.is_client and asked.what == "edit"
        authorize(person.actor, Verb.LABEL if is_label else Verb.AMEND, frame.owned)
        rows = live_rows(scope, frame.owned, frame.contract.contract_id, asked.slots)
        if not rows and asked.what != "add":
            raise not_found(what="segment chosen")
        values = _values(scope, frame, asked, rows)
    template = "change_body.html" if "HX-Request" in desk.request.headers else "change.html"
    return page(
        desk.request,
        template,
        person=person,
        status=status,
        problems=asked.problems,
        frame=frame,
        **values,
    )


def _values(
    scope: Scope, frame: Frame, asked: Asked, rows: Sequence[BilledSegment]
) -> dict[str, Any]:
    with as_system(scope) as system:
        pictures = days.pictures_of(system, frame.owned.freelancer, parts_of(rows))
    shots = [shot for row in rows for shot in diary_view.shots_of(row, pictures, frame.zone)]
    memos = {row.segment.memo for row in rows}
    labels = {row.segment.label for row in rows}
    one_picture = next(iter(pictures.values()), None)
    billed = totals(rows)
    words = [count(len(rows), "segment"), hours(billed.billed_seconds), amounts(billed.amounts)]
    return {
        "what": asked.what,
        "title": "Set the label" if frame.is_client else _TITLES[asked.what],
        "action": _ACTIONS[asked.what],
        "slots": asked.slots,
        "day": asked.day or frame.today,
        "chosen": " · ".join(filter(None, words)) if rows else "",
        "is_mixed": len(memos) > 1,
        "labels": _labels(frame, labels, is_edit=asked.what == "edit"),
        "form": {
            "memo": next(iter(memos)) if len(memos) == 1 and asked.what == "edit" else "",
            "label": next(iter(labels)) if len(labels) == 1 and asked.what == "edit" else "",
            **dict.fromkeys(("start", "end", "boxes", "to", "erase", "sure"), ""),
            **asked.filled,
        },
        "shots": shots[:_SHOWN],
        "picture_count": count(len(shots), "picture"),
        "size": (one_picture.width, one_picture.height) if one_picture is not None else (16, 9),
        "cost": _cost(rows),
        "titles": _titles(rows),
        "targets": _targets(scope, frame),
    }


def _labels(frame: Frame, present: set[str], *, is_edit: bool) -> list[tuple[str, str]]:
    if not frame.contract.labels:
        return []
    empty = "keep each" if is_edit and len(present) > 1 else "no label"
    return [("", empty), *((label, label) for label in frame.contract.labels)]


def _cost(rows: Sequence[BilledSegment]) -> str:
    billed = totals(rows)
    worth = amounts(billed.amounts)
    what = f"{count(len(rows), 'segment')} with {hours(billed.billed_seconds)} of billed time"
    return f"This removes {what}{f', worth {worth}' if worth else ''}."


def _titles(rows: Sequence[BilledSegment]) -> str:
    found = dict.fromkeys(row.segment.title for row in rows if row.segment.title)
    return " · ".join(found)[:500]


def _targets(scope: Scope, frame: Frame) -> list[tuple[str, str]]:
    return [
        (choice.contract, f"{choice.name}, {choice.other}")
        for choice in days.choices(scope)
        if choice.is_own and not choice.has_ended and choice.contract != frame.contract.contract_id
    ]


# --- What they do -----------------------------------------------------------------------


@router.post("/diary/{contract}/edit")
def post_edit(desk: Working, form: Filled) -> Response:
    """Set memo, label or both."""

    def make(frame: Frame, asked: Asked) -> Make:
        memo, label = _words(form, frame)
        return editing.describe(asked.slots, memo=memo, label=label)

    return _change(desk, form, "edit", make, "Saved.")


@router.post("/diary/{contract}/remove")
def post_remove(desk: Working, form: Filled) -> Response:
    """Erase segments for good."""
    return _change(
        desk,
        form,
        "remove",
        lambda _, asked: editing.remove(asked.slots),
        "Removed for good.",
    )


@router.post("/diary/{contract}/redact")
def post_redact(desk: Working, form: Filled) -> Response:
    """Cover pictures for good."""

    def write(_: Frame, asked: Asked) -> None:
        boxes = _boxes(form)
        form.check()
        redacting.redact(
            desk.service, desk.person.actor, ContractId(desk.contract), asked.slots, boxes
        )

    return _send(desk, form, "redact", write, "Covered for good.")


@router.post("/diary/{contract}/move")
def post_move(desk: Working, form: Filled) -> Response:
    """Give segments to another contract."""

    def make(_: Frame, asked: Asked) -> Make:
        if not form.is_set("sure"):
            form.refuse("sure", "Say yes to this, or leave the segments where they are.")
        memo = _memo(form)
        form.check()
        return editing.move(asked.slots, ContractId(form.raw("to")), memo=memo, label="")

    return _change(desk, form, "move", make, "Moved.")


@router.post("/diary/{contract}/add")
def post_add(desk: Working, form: Filled) -> Response:
    """Add time by hand."""

    def make(frame: Frame, asked: Asked) -> Make:
        start, end = (_moment(form, name, frame, asked) for name in ("start", "end"))
        memo, label = _memo(form), _label(form)
        if not memo:
            form.refuse("memo", "Manual time needs a memo: say what it was.")
        if start is not None and end is not None and end <= start:
            form.refuse("end", "It ends before it begins.")
        form.check()
        assert start is not None  # noqa: S101 -- else it was refused
        assert end is not None  # noqa: S101
        return editing.add_time(start, end, memo=memo, label=label)

    return _change(desk, form, "add", make, "Added.")


@router.post("/diary/{contract}/choose")
def post_choose(desk: Working, form: Filled) -> Response:
    """Let segments bill that share their time with another contract."""
    return _at_once(
        desk,
        form,
        editing.choose(_slots(form)),
        Verb.AMEND,
        "This time bills for this contract now.",
    )


@router.post("/diary/{contract}/undo")
def post_undo(desk: Working, form: Filled) -> Response:
    """Undo one's own last change."""
    return _at_once(desk, form, editing.undo(), Verb.LABEL, "Undone.")


Making = Callable[[Frame, Asked], Make]
Writing = Callable[[Frame, Asked], None]


def _change(
    desk: Desk,
    form: Form,
    what: str,
    make: Making,
    notice: str,
) -> Response:
    """Write the amendment that *make* describes."""

    def write(frame: Frame, asked: Asked) -> None:
        is_label = what == "edit" and frame.is_client
        verb = Verb.LABEL if is_label else Verb.AMEND
        authorize(desk.person.actor, verb, frame.owned)
        made = make(frame, asked)
        editing.change(desk.service, desk.person.actor, ContractId(desk.contract), made, verb=verb)

    return _send(desk, form, what, write, notice)


def _send(
    desk: Desk,
    form: Form,
    what: str,
    write: Writing,
    notice: str,
) -> Response:
    """Take a form in, or show it again with what is wrong and what was typed."""
    filled = {name: form.raw(name) for name in _FIELDS if name in form}
    asked = Asked(what, _slots(form), day_named(form.raw("day")), form.raw("zone"), filled)
    with desk.service.store.reading(desk.person.actor) as scope:
        frame = frame_of(desk.request, scope, desk.person, desk.contract, asked.zone)
    try:
        write(frame, asked)
    except FormError as error:
        asked.problems = error.problems
        return _form(desk, asked, status=error.http_status)
    except (LockedError, ConflictError, PolicyError, InvalidTimeError, NotFoundError) as error:
        asked.problems = {"": f"{error} {error.hint or ''} ({error.code})"}
        return _form(desk, asked, status=status_of(error))
    return _done(desk, frame, asked.day, notice)


def _at_once(
    desk: Desk,
    form: Form,
    make: Make,
    verb: Verb,
    notice: str,
) -> Response:
    with desk.service.store.reading(desk.person.actor) as scope:
        frame = frame_of(desk.request, scope, desk.person, desk.contract, form.raw("zone"))
    editing.change(desk.service, desk.person.actor, ContractId(desk.contract), make, verb=verb)
    return _done(desk, frame, day_named(form.raw("day")), notice)


def _done(desk: Desk, frame: Frame, day: date | None, notice: str) -> Response:
    answer = go_to(frame.address(day), notice=notice)
    if "HX-Request" in desk.request.headers:  # the script follows by itself, and keeps its place
        answer.status_code = 204
        answer.headers["HX-Redirect"] = frame.address(day)
        del answer.headers["Location"]
    return answer


def _slots(form: Form) -> tuple[int, ...]:
    found = [
        int(text)
        for text in form.all("slot", most=MOST_SLOTS)
        if text.isdecimal() and len(text) <= _LONGEST_SLOT
    ]
    return tuple(sorted(set(found)))


def _words(form: Form, frame: Frame) -> tuple[str | None, str | None]:
    label: str | None = _label(form) if "label" in form else None
    if frame.is_client:
        form.check()
        return None, label or ""
    memo: str | None = _memo(form)
    if form.is_set("erase"):
        memo = ""
    elif not memo:
        memo = None
    form.check()
    if memo is None and not label:
        form.refuse("memo", "Write a memo, choose a label, or take the memo away.")
        form.check()
    return memo, label or None


def _memo(form: Form) -> str:
    text = form.text("memo", what="The memo", most=MEMO_LENGTH)
    return "" if form.problems else clean_memo(text)


def _label(form: Form) -> str:
    text = form.text("label", what="The label", most=LABEL_LENGTH)
    return "" if form.problems else clean_label(text)


def _moment(form: Form, name: str, frame: Frame, asked: Asked) -> datetime | None:
    seconds = read_clock(normal(form.raw(name)[:20]))
    if seconds is None:
        form.refuse(name, "Write a time as 14:30 or 2:30pm.")
        return None
    return on_day(asked.day or frame.today, seconds, frame.zone)


def _boxes(form: Form) -> list[Rectangle]:
    words = form.text("boxes", what="What to cover", most=_LONGEST_BOXES).split()
    found = [_BOX.fullmatch(word) for word in words[:MOST_BOXES]]
    if not all(found):
        form.refuse("boxes", "Write each box as X,Y,WIDTH,HEIGHT, such as 40,40,300,120.")
    return [
        (int(box[1]), int(box[2]), int(box[3]), int(box[4])) for box in found if box is not None
    ]
