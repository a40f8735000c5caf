"""What `worklog export` does and answers."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worklog.cli.choosing import Words, choose, names
from worklog.domain.grid import EPOCH
from worklog.domain.segment import Segment
from worklog.domain.stretch import stretches
from worklog.domain.text import nearest
from worklog.domain.wording import count, hours
from worklog.errors import CacheUnwritableError, ConflictError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.reports.exports.export import Export

_SUFFIXES: Final = {
    "csv": "csv",
    "json": "json",
    "klg": "klog",
    "timeclock": "timeclock",
    "data": "timewarrior",
    "hledger": "hledger",
    "journal": "hledger",
}


def export_range(
    context: AppContext,
    text: str | None,
    contract_name: str | None,
    *,
    form: str | None,
    output: str | None,
) -> None:
    """Write the stretches of a range for another time tracker.

    Raises:
        UsageError: the format is missing or unknown, or the range cannot be read.
        ConflictError: there is a file of that name.
        CacheUnwritableError: the file cannot be written.
    """
    from worklog.reports.exports import formats

    is_data = context.output.is_json and output is None
    chosen = _form("json" if is_data and form is None else form, output)
    context.recover()
    export = _export(context, text, contract_name)
    content = formats.write(export, chosen)
    if output is None:
        _send(context, export, content)
        return
    _keep(Path(output), content)
    seconds = sum(stretch.seconds for stretch in export.stretches)
    context.output.result(
        {
            "file": output,
            "format": chosen,
            "stretches": len(export.stretches),
            "seconds": seconds,
        },
        lambda: (
            f"Written: {output} ({count(len(export.stretches), 'stretch', 'stretches')}, "
            f"{hours(seconds)})"
        ),
    )


def export_all(context: AppContext, output: str | None, *, narrowed: bool) -> None:
    """Write everything into one archive.

    Raises:
        UsageError: no file is named, or less than everything is asked for.
    """
    from worklog.cli.archiving import export_archive
    from worklog.reports.exports import formats

    if narrowed:
        msg = "--all is everything: no range, no contract and no format go with it."
        raise UsageError(msg, hint="`worklog export --all -o diary.tar` writes it.")
    if output is None:
        msg = "Where is the archive to go?"
        raise UsageError(msg, hint="Name a file: worklog export --all -o diary.tar.")
    context.recover()
    export_archive(context, output, formats.write(_export(context, None, None, live=False), "json"))


def _export(
    context: AppContext, text: str | None, contract_name: str | None, *, live: bool = True
) -> Export:
    from worklog.reports.exports.export import Export

    segments: Iterable[Segment]
    if text is None:
        contract = None if contract_name is None else context.tracking.contract(contract_name)
        now = context.clock.now()
        wanted = None if contract is None else contract.contract_id
        rows = (
            context.rows(EPOCH, now, contract)
            if live
            else context.cache.segments(EPOCH, now, contract=wanted)
        )
        segments = (row.segment for row in rows)
    else:
        choice = choose(context, Words(range=text, contract=contract_name))
        segments = (row.segment for row in choice.rows)
    return Export(
        stretches=tuple(stretches(segments)),
        contracts=names(context),
        zone=context.zone,
        made_at=context.clock.now(),
        host=socket.gethostname(),
    )


def _form(form: str | None, output: str | None) -> str:
    from worklog.reports.exports.formats import FORMATS

    if form is None and output is not None:
        form = _SUFFIXES.get(Path(output).suffix.removeprefix(".").casefold())
    if form is None:
        msg = "For which program is it to be?"
        raise UsageError(msg, hint=f"Name one with --format: {', '.join(FORMATS)}.")
    if form not in FORMATS:
        near = nearest(form, FORMATS) or list(FORMATS)
        msg = f"There is no format {form!r} to export."
        raise UsageError(msg, hint=f"Did you mean {' or '.join(near)}?")
    return form


def _send(context: AppContext, export: Export, content: bytes) -> None:
    if context.output.is_json:
        from worklog.reports.exports.stretch_json import document

        context.output.result(document(export), lambda: "")
    elif not context.output.is_quiet:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _keep(file: Path, content: bytes) -> None:
    """Write *file*, which must not be there: another program's data would be gone."""
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except FileExistsError as error:
        msg = f"There is a file {file} already."
        raise ConflictError(msg, hint="Choose another name.") from error
    except OSError as error:
        msg = f"{file} cannot be written: {error.strerror}."
        raise CacheUnwritableError(msg, hint="Choose another place with -o.") from error
