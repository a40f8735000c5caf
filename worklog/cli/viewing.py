"""What diary, show and preview answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from worklog.cli import json as views
from worklog.cli.choosing import Words, choose, names, one_segment
from worklog.cli.render.diary import DiaryView, diary
from worklog.cli.showing import only_page, show_file, write_private
from worklog.domain.amendment import Key
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.domain.part import Role
from worklog.domain.segment import BilledSegment
from worklog.domain.timesheet import WeekSummary, weeks

if TYPE_CHECKING:
    from worklog.app.ports import StoredPicture
    from worklog.cli.context import AppContext


# --- Diary --------------------------------------------------------------------------------


def show_diary(context: AppContext, words: Words, *, with_images: bool, opens_page: bool) -> None:
    """Show a range of the diary: as text, with thumbnails, or as a page in the browser."""
    from worklog.cache.evidence import receipted

    context.recover()
    choice = choose(context, words)
    contracts = names(context)
    view = DiaryView(
        rows=choice.rows,
        contracts=contracts,
        start=choice.range.start,
        end=choice.range.end,
        now=context.clock.now(),
        weeks=_whole_weeks(context, choice.rows, contracts),
    )
    if opens_page:
        _open_page(context, view)
        return
    data = views.diary_view(
        choice.rows,
        contracts,
        start=view.start,
        end=view.end,
        files=views.Files.of(_pictures(context, choice.rows)),
        receipted=receipted(context.cache, choice.rows) if context.output.is_json else (),
    )
    context.output.result(data, lambda: _diary_text(context, view, with_images=with_images))


def _diary_text(context: AppContext, view: DiaryView, *, with_images: bool) -> str:
    if not with_images:
        return diary(view, zone=context.zone, look=context.look)
    from worklog.cli.render.diary import with_pictures
    from worklog.cli.render.pictures import INSTEAD, can_show

    if not can_show(context.look):
        context.output.note(INSTEAD)
    draw = with_pictures(_thumbnails(context, view.rows))
    return diary(view, zone=context.zone, look=context.look, pictures=draw)


def _open_page(context: AppContext, view: DiaryView) -> None:
    """Write the range as one self-contained page, and show it where a browser is."""
    from worklog.cli.render.page import page
    from worklog.cli.render.page_files import page_pictures
    from worklog.cli.screenshots import read

    files = views.Files.of(_pictures(context, view.rows))
    html = page(
        view,
        zone=context.zone,
        pictures=page_pictures(view.rows, files, read=partial(read, context)),
    )
    name = f"diary-{view.start.astimezone(context.zone):%Y-%m-%d}.html"
    file = only_page(context, name)
    write_private(file, html.encode())
    is_shown = show_file(context, file)
    context.output.result(
        {"file": str(file), "opened": is_shown},
        lambda: str(file) if is_shown else f"{file}\n(No browser could be opened here.)",
    )


def _whole_weeks(
    context: AppContext, rows: list[BilledSegment], contracts: dict[ContractId, Contract]
) -> tuple[WeekSummary, ...]:
    """Return the figures of the whole billing weeks that *rows* lie in."""
    spans = [
        contracts[row.segment.key.contract].week_at(row.segment.key.slot.start) for row in rows
    ]
    if not spans:
        return ()
    wanted = {(summary.contract, summary.week) for summary in weeks(rows, contracts)}
    whole = context.rows(min(week.start for week in spans), max(week.end for week in spans))
    return tuple(
        summary for summary in weeks(whole, contracts) if (summary.contract, summary.week) in wanted
    )


def _pictures(context: AppContext, rows: Sequence[BilledSegment]) -> list[StoredPicture]:
    return context.cache.pictures(part for row in rows for part in row.segment.parts)


def _thumbnails(context: AppContext, rows: Sequence[BilledSegment]) -> dict[Key, bytes]:
    """Return the thumbnail of the first screenshot of each segment that has one."""
    from worklog.cli.screenshots import read

    files = views.Files.of(_pictures(context, rows))
    found = {}
    for row in rows:
        stored = [
            file
            for picture in row.segment.pictures
            if picture.capture.role is Role.SCREEN and (file := files.find(picture))
        ]
        if stored:
            found[row.segment.key] = read(context, stored[0].thumbnail)
    return found


def _doubts(
    context: AppContext, row: BilledSegment, contracts: dict[ContractId, Contract]
) -> list[str]:
    """Return in words why the segment would not hold; nothing where it would."""
    from worklog.cli.reviewing import thresholds_of, unsent_of
    from worklog.domain.review import verdict

    key = row.segment.key
    found = verdict(
        row,
        contracts[key.contract],
        unsent=frozenset(unsent_of(context)(key.slot.start, key.slot.end)),
        thresholds=thresholds_of(context.settings),
    )
    return [kind.value.replace("-", " ") for kind in found.why]


# --- One segment, and what a capture would be ------------------------------------------------


def show_segment(context: AppContext, text: str, contract_name: str | None) -> None:
    """Show one segment whole."""
    from worklog.cache.evidence import receipted
    from worklog.cli.render.show import ShowView, show
    from worklog.domain.review import grade

    row = one_segment(context, text, contract_name, finds_deleted=True)
    contracts = names(context)
    pictures = _pictures(context, [row])
    is_receipted = row.segment.key in receipted(context.cache, [row])
    history = [
        amendment
        for amendment_id in row.segment.history
        if (amendment := context.cache.amendment(amendment_id)) is not None
    ]
    context.output.result(
        {
            "segment": views.segment_view(
                row, contracts, views.Files.of(pictures), is_receipted=is_receipted
            ),
            "history": [views.amendment_view(amendment) for amendment in history],
        },
        lambda: show(
            ShowView(
                row,
                contracts,
                pictures,
                history,
                grade=grade(row.segment, is_receipted=is_receipted),
                holds=_doubts(context, row, contracts),
            ),
            zone=context.zone,
            look=context.look,
        ),
    )
