"""The text form of `worklog edit`: a line per segment, edited in $EDITOR.

Only memo and label are read back; a line that was taken out leaves its segment as it was.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worklog.domain.segment import BilledSegment
from worklog.domain.text import clean_label, clean_memo
from worklog.domain.wording import count
from worklog.errors import UsageError, WorklogError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

SEPARATOR: Final = "|"
HEADING: Final = """\
# One line per segment: time | memo | label
# Change memos and labels, save and close. A line taken out changes nothing;
# `worklog delete` deletes. An empty file changes nothing either.
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """What one line says now."""

    row: BilledSegment
    memo: str
    label: str


def edit_in_form(context: AppContext, rows: Sequence[BilledSegment]) -> None:
    """Let the user edit *rows* in an editor, and write what changed.

    Segments that change in the same way become one change, to be undone as one.

    Raises:
        UsageError: there is no terminal, the editor failed, or a line cannot be read.
        WorklogError: what keeps the words from being changed. What was typed is kept
            then and where a line cannot be read, and the hint names the file.
    """
    if not context.can_ask:
        msg = "There is nothing to set, and no terminal to edit on."
        raise UsageError(msg, hint="Give --memo, --label or --to.")
    path = _edited(context.environ, form_of(rows, context.zone))
    try:
        edits = read_form(path.read_text(encoding="utf-8"), rows, context.zone)
        write_edits(context, edits)
    except UnicodeDecodeError as error:
        msg = "What the editor saved is no UTF-8 text."
        raise UsageError(msg, hint=_kept(path)) from error
    except WorklogError as error:
        raise type(error)(str(error), hint=f"{error.hint or ''} {_kept(path)}".strip()) from error
    path.unlink()
    done = f"{count(len(edits), 'segment')} changed." if edits else "Nothing was changed."
    context.output.result({"segments": len(edits)}, lambda: done)


def form_of(rows: Sequence[BilledSegment], zone: tzinfo) -> str:
    """Return the form of *rows*."""
    lines = [
        f"{time} {SEPARATOR} {row.segment.memo} {SEPARATOR} {row.segment.label}".rstrip()
        for time, row in _by_time(rows, zone).items()
    ]
    return HEADING + "\n".join(lines) + "\n"


def read_form(text: str, rows: Sequence[BilledSegment], zone: tzinfo) -> list[Edit]:
    """Return the lines of *text* whose words differ from those of their segment.

    Raises:
        UsageError: a line is none of the form, naming its number.
    """
    by_time = _by_time(rows, zone)
    edits = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        time, *words = (word.strip() for word in line.split(SEPARATOR))
        row = by_time.get(time)
        if row is None or not words:
            msg = f"Line {number} is not one of the form: {line.strip()!r}."
            raise UsageError(msg, hint="Keep the times as they were.")
        *memo, label = words if len(words) > 1 else (*words, "")
        edit = Edit(row, clean_memo(f" {SEPARATOR} ".join(memo)), clean_label(label))
        if (edit.memo, edit.label) != (row.segment.memo, row.segment.label):
            edits.append(edit)
    return edits


def _by_time(rows: Sequence[BilledSegment], zone: tzinfo) -> dict[str, BilledSegment]:
    """Return *rows* by their local time, with its offset where the clocks show it twice."""
    starts = [row.segment.key.slot.start.astimezone(zone) for row in rows]
    times = Counter(f"{start:%Y-%m-%d %H:%M}" for start in starts)
    return {
        f"{start:%Y-%m-%d %H:%M%z}"
        if times[f"{start:%Y-%m-%d %H:%M}"] > 1
        else f"{start:%Y-%m-%d %H:%M}": row
        for start, row in zip(starts, rows, strict=True)
    }


def write_edits(context: AppContext, edits: Sequence[Edit]) -> None:
    """Write *edits*, equal ones as one change, once all of them are known to be possible."""
    groups: dict[tuple[str, str], list[BilledSegment]] = {}
    for edit in edits:
        groups.setdefault((edit.memo, edit.label), []).append(edit.row)
    for (_, label), rows in groups.items():
        context.editing.check_words(rows, label=label)
    for (memo, label), rows in groups.items():
        context.editing.describe(rows, memo=memo, label=label)


def _kept(path: Path) -> str:
    return f"Your text is kept in {path}."


def _edited(environ: Mapping[str, str], text: str) -> Path:
    """Return the file of *text* after the user's editor was at it.

    Raises:
        UsageError: the editor cannot be started or failed.
    """
    descriptor, name = tempfile.mkstemp(prefix="worklog-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    editor = environ.get("VISUAL") or environ.get("EDITOR") or "vi"
    try:
        subprocess.run([*shlex.split(editor), name], check=True)  # noqa: S603 -- the user's own
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        os.unlink(name)  # noqa: PTH108 -- nothing was changed
        msg = f"The editor {editor!r} failed."
        raise UsageError(msg, hint="Set EDITOR to one that works, or give --memo.") from error
    return Path(name)
