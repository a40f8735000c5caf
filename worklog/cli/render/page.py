"""`diary --open` without a service: a range as one HTML file that needs nothing else.

Pictures are inside it, style and script too, and its own content security policy allows
nothing beyond them: no request leaves the page, and no text from outside becomes markup.
All text goes through `_text`; there is no template language to forget an escape in.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Final

from worklog.cli.render.diary import DiaryView
from worklog.domain.amendment import Key
from worklog.domain.boxes import BoxKind, boxes_of
from worklog.domain.grid import MINUTES
from worklog.domain.grouping import Totals
from worklog.domain.hour_rows import Row, by_day, gap_between, lay_out, stretches
from worklog.domain.part import Role
from worklog.domain.segment import BilledSegment, Origin, Reason
from worklog.domain.segment_words import (
    MARKS,
    REASONS,
    STATES,
    UNCOUNTED,
    covered_in_words,
    marks,
    what_became,
)
from worklog.domain.text import printable
from worklog.domain.times import day_in_words
from worklog.domain.timesheet import WeekSummary, seconds_by_hour, totals
from worklog.domain.wording import (
    amounts,
    clock,
    contract_name,
    count,
    describe,
    hours,
    money,
    zone_name,
)

POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
    "base-uri 'none'; form-action 'none'"
)
_KINDS: Final = ((b"RIFF", "image/webp"), (b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"))
_HATCH: Final = (
    '<svg class="defs" width="0" height="0" aria-hidden="true"><defs>'
    '<pattern id="hatch" width="3" height="3" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V3"/></pattern>'
    "</defs></svg>"
)


@dataclass(frozen=True, slots=True)
class PagePicture:
    """The files of one capture.

    Attributes:
        thumbnail: Shown in the grid.
        image: Shown large; empty where the thumbnail has to do.
    """

    thumbnail: bytes
    image: bytes = b""


Pictures = Mapping[Key, Sequence[PagePicture]]


def page(view: DiaryView, *, zone: tzinfo, pictures: Pictures | None = None) -> str:
    """Return the range of *view* as one HTML document."""
    style = asset("page.css")
    script = asset("page.js")
    policy = POLICY.format(style=digest(style), script=digest(script))
    days = by_day(view.rows, zone)
    title = _title(view, zone)
    main = "".join(_day(view, day, found, zone, pictures or {}) for day, found in days.items())
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"{_HATCH}\n{_head(view, title, zone)}\n<main>{main or _empty()}</main>\n"
        f"{_foot(view, zone)}\n"
        '<dialog aria-label="Segment"><button class="close" type="button">Close</button>'
        '<div class="body large"></div></dialog>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


# --- Head and foot --------------------------------------------------------------------


def _title(view: DiaryView, zone: tzinfo) -> str:
    first = view.start.astimezone(zone).date()
    last = (view.end - timedelta(microseconds=1)).astimezone(zone).date()
    return (
        day_in_words(first) if first == last else f"{day_in_words(first)} to {day_in_words(last)}"
    )


def _head(view: DiaryView, title: str, zone: tzinfo) -> str:
    live = [row for row in view.rows if not row.segment.is_deleted]
    sums = totals(live)
    names = dict.fromkeys(
        contract_name(row.segment.key.contract, view.contracts) for row in view.rows
    )
    who = f'<div class="muted">{_text(" · ".join(names))}</div>' if names else ""
    several = len(by_day(view.rows, zone)) > 1
    return (
        f"<header><div><h1>{_text(title)}</h1>{who}</div>{_sums(sums)}"
        f'<div class="meta">{_text(zone_name(zone))}</div></header>'
        f"{_weeks(view, zone)}{_map(view, zone) if several else ''}"
    )


def _sums(sums: Totals) -> str:
    entries = [("billed", hours(sums.billed_seconds)), ("tracked", hours(sums.tracked_seconds))]
    if sums.manual_seconds:
        entries.append(("manual", hours(sums.manual_seconds)))
    if sums.late_seconds:
        entries.append(("late", hours(sums.late_seconds)))
    entries += [("earned", text) for text in amounts(sums.amounts).split(" · ") if text]
    cells = "".join(
        f'<span class="{name}"><b>{_text(value)}</b> <span class="muted">{name}</span></span>'
        for name, value in entries
    )
    return f'<div class="sums">{cells}</div>'


def _weeks(view: DiaryView, zone: tzinfo) -> str:
    if not view.weeks:
        return ""
    shown = "".join(_week(view, each, zone) for each in view.weeks)
    return f'<section class="weeks">{shown}</section>'


def _week(view: DiaryView, summary: WeekSummary, zone: tzinfo) -> str:
    since = day_in_words(summary.week.start.astimezone(zone).date(), with_year=False)
    name = contract_name(summary.contract, view.contracts)
    billed = summary.totals.billed_seconds
    of_limit, bar = "", "<span></span>"
    if summary.limit is not None:
        limit = summary.limit.total_seconds()
        of_limit = f" of {hours(limit)}"
        share = round(100 * min(1.0, billed / limit)) if limit else 0
        kind = "over" if share >= 80 else "full"  # noqa: PLR2004 -- percent, R16
        bar = (
            f'<svg class="limit" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" '
            f'aria-label="{share} % of the weekly limit">'
            '<rect class="rest" width="100" height="4"/>'
            f'<rect class="{kind}" width="{share}" height="4"/></svg>'
        )
    return (
        f'<div class="week"><span>{_text(name)} <span class="muted">week of {_text(since)}</span>'
        f"</span><span>{hours(billed)}{of_limit}</span>{bar}</div>"
    )


def _map(view: DiaryView, zone: tzinfo) -> str:
    days = by_day(view.rows, zone)
    worked = {day: seconds_by_hour(found, zone) for day, found in days.items()}
    used = [hour for day in worked.values() for hour in day]
    if not used:
        return ""
    span = range(min(used), max(used) + 1)
    heads = "".join(f"<th>{hour}</th>" for hour in span)
    rows = "".join(
        f'<tr><th scope="row"><a href="#d{day}">'
        f"{_text(day_in_words(day, with_year=False))}</a></th>"
        + "".join(_heat(worked[day].get(hour, 0), hour) for hour in span)
        + _map_sums(found)
        for day, found in days.items()
    )
    return (
        '<div class="mapbox"><table class="map"><thead><tr><th></th>'
        f'{heads}<th class="sum">billed</th><th class="sum">tracked</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _heat(seconds: int, hour: int) -> str:
    step = 0 if seconds <= 0 else min(4, 1 + seconds * 4 // 3600)
    return f'<td class="hour h{step}" title="{hour}:00, {hours(seconds)}"></td>'


def _map_sums(found: Sequence[BilledSegment]) -> str:
    sums = totals(row for row in found if not row.segment.is_deleted)
    return (
        f'<td class="sum"><b>{hours(sums.billed_seconds)}</b></td>'
        f'<td class="sum">{hours(sums.tracked_seconds)}</td></tr>'
    )


def _empty() -> str:
    return (
        '<p class="empty">Nothing was tracked in this time. Start with '
        "<code>worklog start -m &quot;what you do&quot;</code>, or add time with "
        "<code>worklog add</code>.</p>"
    )


def _foot(view: DiaryView, zone: tzinfo) -> str:
    letters = {letter for row in view.rows for letter in marks(row)}
    legend = " · ".join(f"{letter} {word}" for letter, word in MARKS.items() if letter in letters)
    made = f"made {day_in_words(view.now.astimezone(zone).date())} {clock(view.now, zone)}"
    text = " · ".join(filter(None, (legend, "a box is a minute, green with input", made)))
    return f'<p class="foot meta">{_text(text)}</p>'


# --- Days -----------------------------------------------------------------------------


def _day(
    view: DiaryView,
    day: date,
    found: Sequence[BilledSegment],
    zone: tzinfo,
    pictures: Pictures,
) -> str:
    rows = lay_out(found, zone)
    names = len({row.segment.key.contract for row in found}) > 1
    body = ""
    before: Row | None = None
    for row in rows:
        body += _away(before, row)
        body += _row(view, row, zone, pictures, names=names)
        before = row
    head = ""
    if len(by_day(view.rows, zone)) > 1:
        sums = totals(row for row in found if not row.segment.is_deleted)
        head = (
            f'<div class="head"><h2 id="d{day}">{_text(day_in_words(day))}</h2>'
            f"<span>{hours(sums.billed_seconds)} billed · {hours(sums.tracked_seconds)} tracked"
            "</span></div>"
        )
    return f'<section class="day">{head}<div class="grid">{body}</div></section>'


def _away(before: Row | None, row: Row) -> str:
    if before is None:
        return ""
    away = gap_between(before, row)
    if not away:
        return ""
    start = before.start.hour + 1
    span = f"{start}\N{EN DASH}{row.start.hour} h"
    return f'<div class="away">{span} · nothing for {hours(away.total_seconds())}</div>'


def _row(view: DiaryView, row: Row, zone: tzinfo, pictures: Pictures, *, names: bool) -> str:
    body = f'<div class="hour">{_text(row.label)}</div>' if row.is_first else ""
    for column, run in stretches(row):
        body += _memo(view, run, column, names=names)
        for number, each in enumerate(run):
            body += _segment(view, each, column + number, zone, pictures.get(each.segment.key, ()))
    kind = "row" if row.is_first else "row more-of"
    return f'<div class="{kind}">{body}</div>'


def _memo(view: DiaryView, run: Sequence[BilledSegment], column: int, *, names: bool) -> str:
    segment = run[0].segment
    if segment.is_deleted:
        return ""
    words = describe(segment.memo, segment.label)
    if names:
        words = f"{contract_name(segment.key.contract, view.contracts)}: {words}"
    kinds = ["memo", f"c{column + 1}", f"s{len(run)}"]
    if segment.origin is not Origin.TRACKED:
        kinds.append("manual")
    elif all(row.bill.reason is Reason.OVER_LIMIT for row in run):
        kinds.append("over")
    if not segment.memo:
        kinds.append("none")
    billed = hours(sum(row.bill.seconds for row in run))
    return (
        f'<div class="{" ".join(kinds)}" title="{_text(words)}">'
        f'<span class="words">{_text(words)}</span><b>{billed}</b></div>'
    )


def _segment(
    view: DiaryView,
    row: BilledSegment,
    column: int,
    zone: tzinfo,
    pictures: Sequence[PagePicture],
) -> str:
    segment = row.segment
    letters = marks(row)
    kinds = ["segment", f"c{column + 1}", *_kinds(row)]
    start = clock(segment.key.slot.start, zone)
    shown = "".join(
        f'<span class="mark {letter}" title="{MARKS[letter]}">{letter}</span>' for letter in letters
    )
    name = f"{start}, {_state(row)}"
    return (
        f'<button type="button" class="{" ".join(kinds)}" aria-label="{_text(name)}">'
        f'<span class="shot">{_shot(row, pictures)}</span>{_boxes(row)}'
        f'<span class="time"><span>{start}</span><span>{shown}</span></span>'
        f"<template>{_more(view, row, zone, pictures)}</template></button>"
    )


def _kinds(row: BilledSegment) -> list[str]:
    segment = row.segment
    return [
        name
        for name, is_there in (
            ("deleted", segment.is_deleted),
            ("manual", segment.origin is not Origin.TRACKED),
            ("shared", row.bill.reason is Reason.SHARED),
            ("redacted", "r" in marks(row)),
        )
        if is_there
    ]


def _state(row: BilledSegment) -> str:
    segment = row.segment
    if segment.is_deleted:
        return "deleted"
    if segment.origin is not Origin.TRACKED:
        return f"{segment.origin.value} time"
    return f"{segment.activity.level} of {MINUTES} minutes active"


def _shot(row: BilledSegment, pictures: Sequence[PagePicture]) -> str:
    if pictures:
        return _image(pictures[0].thumbnail)
    segment = row.segment
    if segment.is_deleted:
        return "deleted"
    if segment.origin is not Origin.TRACKED:
        return segment.origin.value
    states = [
        picture.capture.state for picture in segment.pictures if picture.capture.role is Role.SCREEN
    ]
    missing = [state for state in states if state != "taken"]
    return _text(STATES[missing[0]] if missing else "no picture")


def _image(data: bytes) -> str:
    kind = next((kind for magic, kind in _KINDS if data.startswith(magic)), "image/webp")
    encoded = b64encode(data).decode("ascii")
    return f'<img alt="" src="data:{kind};base64,{encoded}">'


def _boxes(row: BilledSegment) -> str:
    segment = row.segment
    body = ""
    if segment.is_deleted:
        body = '<line class="d" x1="0" y1="5" x2="100" y2="5"/>'
    else:
        body = "".join(_box(minute, kind) for minute, kind in enumerate(boxes_of(segment)))
    return (
        '<svg class="boxes" viewBox="0 0 100 10" preserveAspectRatio="none" role="presentation">'
        f"{body}</svg>"
    )


def _box(minute: int, kind: BoxKind) -> str:
    if kind is BoxKind.NOTHING:
        return ""
    if kind is BoxKind.MANUAL:
        return f'<rect class="m" x="{minute * 10}" y="3" width="10" height="4"/>'
    return f'<rect class="{kind}" x="{minute * 10 + 1}" y="0.5" width="7.5" height="9"/>'


# --- One segment large ----------------------------------------------------------------


def _more(
    view: DiaryView, row: BilledSegment, zone: tzinfo, pictures: Sequence[PagePicture]
) -> str:
    segment = row.segment
    slot = segment.key.slot
    day = day_in_words(slot.start.astimezone(zone).date())
    when = f"{day}, {clock(slot.start, zone)} to {clock(slot.end, zone)}"
    images = "".join(_image(picture.image) for picture in pictures if picture.image)
    place = f'<div class="picture">{images}</div>' if pictures else ""
    facts = "".join(
        f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in _facts(view, row, zone)
    )
    return (
        f"<h2>{_text(when)}</h2>{place}"
        f'<div class="lower">{_counts(row)}<dl class="facts">{facts}</dl></div>'
    )


def _facts(view: DiaryView, row: BilledSegment, zone: tzinfo) -> Iterable[tuple[str, str]]:
    segment, bill = row.segment, row.bill
    yield "contract", contract_name(segment.key.contract, view.contracts)
    yield "memo", describe(segment.memo, segment.label)
    worth = f" = {money(bill.amount, bill.currency)}" if bill.amount is not None else ""
    yield (
        "billed",
        f"{hours(bill.seconds)}{worth}" if bill.reason is Reason.BILLED else REASONS[bill.reason],
    )
    if segment.tracked:
        yield "tracked", f"{segment.tracked_seconds // 60} min {segment.tracked_seconds % 60} s"
    if segment.application or segment.title:
        yield "window", ": ".join(word for word in (segment.application, segment.title) if word)
    for picture in segment.pictures:
        state = what_became(picture.capture)
        said = covered_in_words(picture.redacted, picture.capture.covered)
        share = f", {said}" if said else ""
        what = "snapshot" if picture.capture.role is Role.CAMERA else "picture"
        yield what, f"{state} {_second(picture.capture.taken_at, zone)}{share}"
    if len(segment.spans) > 1:
        for start, end, memo, label in segment.spans:
            yield (
                f"{start // 60}:{start % 60:02} to {end // 60}:{end % 60:02}",
                describe(memo, label),
            )
    if segment.marks:
        yield "marks", ", ".join(segment.marks)
    if segment.history:
        yield "changed", count(len(segment.history), "time")


def _second(instant: datetime, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):%H:%M:%S}"


def _counts(row: BilledSegment) -> str:
    activity = row.segment.activity
    if not activity.is_known:
        return ""
    if not activity.is_counted:
        return f"<p>Keys, clicks and scrolls are {UNCOUNTED}.</p>"
    rows = ""
    for name, counts in (
        ("keys", activity.keys),
        ("clicks", activity.clicks),
        ("scrolls", activity.scrolls),
    ):
        most = max((number or 0 for number in counts), default=0)
        cells = "".join(
            f"<td>{_bar(number, most)}{'?' if number is None else number}</td>" for number in counts
        )
        rows += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    return f'<table class="counts"><tbody>{rows}</tbody></table>'


def _bar(number: int | None, most: int) -> str:
    height = round(24 * (number or 0) / most, 1) if most else 0
    return (
        '<svg viewBox="0 0 28 24" preserveAspectRatio="none" role="presentation">'
        f'<rect x="4" y="{24 - height}" width="20" height="{height}"/></svg>'
    )


# --- Text and files -------------------------------------------------------------------


def _text(text: str) -> str:
    """Return *text* so that it is text in an element and in a quoted attribute."""
    return escape(printable(text), quote=True)


def asset(name: str) -> str:
    """Return the text of the file *name* beside this module."""
    return files("worklog.cli.render").joinpath(name).read_text(encoding="utf-8")


def digest(text: str) -> str:
    """Return what a content security policy knows *text* by."""
    return b64encode(sha256(text.encode()).digest()).decode("ascii")
