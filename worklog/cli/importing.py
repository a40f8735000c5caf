"""What `worklog import` does and answers."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from worklog.cli.json import instant
from worklog.domain.text import nearest
from worklog.domain.wording import count
from worklog.errors import PartialError, UsageError, WorklogError

if TYPE_CHECKING:
    from worklog.app.importing import Import
    from worklog.cli.context import AppContext
    from worklog.domain.ids import ContractId
    from worklog.reports.readers.reading import Reading

STANDARD_INPUT: Final = "-"
_DATES: Final = ("dmy", "mdy")
_TAR: Final = b"ustar"
_TAR_MAGIC: Final = slice(257, 262)


@dataclass(frozen=True, slots=True)
class Source:
    """A file, and what it does not say by itself.

    Attributes:
        file: Its name; `-` is standard input.
        form: Its format; None finds out.
        zone: Of its times without one; None for the user's.
        dates: `dmy` or `mdy`; None asks the file.
        day_start: Hour from which durations are laid out; None refuses them.
        user: Whose time is read of a report of several people; None for the only one.
    """

    file: str
    form: str | None = None
    zone: str | None = None
    dates: str | None = None
    day_start: int | None = None
    user: str | None = None

    @property
    def name(self) -> str:
        return "standard input" if self.file == STANDARD_INPUT else self.file


def import_file(
    context: AppContext,
    source: Source,
    *,
    contract: str | None,
    mapped: Sequence[str],
    writes: bool,
) -> None:
    """Say what would come in from *source*, or take it in.

    Raises:
        UsageError: the file cannot be read as what it is, or the options contradict.
        typer.Exit: it came in but for what the contracts do not allow; with status 3.
    """
    from worklog.app.importing import Importing, Wishes
    from worklog.cli.render.importing import Shown, imported

    projects = _projects(mapped)
    if contract is not None and projects:
        msg = "--contract and --map exclude each other."
        raise UsageError(msg, hint="Name one contract for all of it, or one for each project.")
    data = _read(source)
    if data[_TAR_MAGIC] == _TAR:
        from worklog.cli.archiving import import_archive

        import_archive(context, source.file, writes=writes)
        return
    context.recover()
    name, reading = _parse(context, source, data)
    wanted = None if contract is None else context.tracking.contract(contract).name
    importing = Importing(context.cache, context.clock, context.chance)
    planned = importing.plan(
        reading.entries,
        Wishes(wanted, projects),
        context.zone,
        lambda start, end: (row.segment for row in context.rows(start, end)),
    )
    if writes and planned.plan.additions:
        importing.carry_out(planned)
    shown = Shown.of(name, reading, planned, is_written=writes)
    context.output.result(
        _data(name, reading, planned, writes=writes),
        lambda: imported(shown, context.zone, context.look),
        problems=_refusals(planned) if writes else (),
    )


def _read(source: Source) -> bytes:
    from worklog.reports.readers.reading import LARGEST_FILE

    try:
        if source.file == STANDARD_INPUT:
            return sys.stdin.buffer.read(LARGEST_FILE + 1)
        with Path(source.file).open("rb") as file:
            begin = file.read(512)
            is_archive = begin[_TAR_MAGIC] == _TAR
            return begin if is_archive else begin + file.read(LARGEST_FILE + 1)
    except OSError as error:
        msg = f"{source.name} cannot be read: {error.strerror}."
        raise UsageError(msg, hint="Name a file, or - for standard input.") from error


def _parse(context: AppContext, source: Source, data: bytes) -> tuple[str, Reading]:
    """Return the format of *data* and its entries.

    Raises:
        UsageError: it is broken, foreign, or of a format that nobody named.
        ConfigInvalidError: the extra is missing that reads it.
    """
    from worklog.reports import needing_extra
    from worklog.reports.readers import formats
    from worklog.reports.readers.reading import UnreadableError, Wants

    if source.form is not None and source.form not in formats.FORMATS:
        near = nearest(source.form, formats.FORMATS) or list(formats.FORMATS)
        msg = f"There is no format {source.form!r} to import."
        raise UsageError(msg, hint=f"Did you mean {' or '.join(near)}?")
    if source.dates is not None and source.dates not in _DATES:
        msg = f"{source.dates!r} is no order of dates."
        raise UsageError(msg, hint="Say --dates dmy or --dates mdy.")
    wants = Wants(_zone(context, source.zone), source.dates, source.day_start, source.user)
    try:
        with needing_extra("Reading this format"):
            return formats.read(data, wants, source.form)
    except UnreadableError as error:
        where = f"{source.name}, line {error.line}" if error.line else source.name
        msg = f"{where}: {error}."
        raise UsageError(msg, hint="Nothing was imported.") from error


def _zone(context: AppContext, name: str | None) -> tzinfo:
    from zoneinfo import ZoneInfo

    from worklog.config import is_zone

    if name is None:
        return context.zone
    if not is_zone(name):
        msg = f"There is no time zone {name!r}."
        raise UsageError(msg, hint="Name one like Europe/Berlin or UTC.")
    return ZoneInfo(name)


def _projects(words: Sequence[str]) -> dict[str, str]:
    projects = {}
    for word in words:
        project, sign, contract = word.rpartition("=")
        if not sign or not contract.strip():
            msg = f"{word!r} does not say which contract a project is for."
            raise UsageError(msg, hint='Write --map "PROJECT=CONTRACT".')
        projects[project.strip()] = contract.strip()
    return projects


def _data(form: str, reading: Reading, planned: Import, *, writes: bool) -> dict[str, Any]:
    plan = planned.plan
    made = {contract.contract_id for contract in planned.made}
    seconds: Counter[ContractId] = Counter()
    entries: Counter[ContractId] = Counter()
    for addition in plan.additions:
        seconds[addition.change.contract] += addition.seconds
        entries[addition.change.contract] += 1
    return {
        "format": form,
        "written": writes,
        "entries": len(reading.entries),
        "imports": len(plan.additions),
        "seconds": sum(seconds.values()),
        "contracts": [
            {
                "contract": planned.contracts[key].name,
                "new": key in made,
                "entries": entries[key],
                "seconds": seconds[key],
            }
            for key in sorted(entries, key=lambda key: planned.contracts[key].name)
        ],
        "known": len(plan.known),
        "covered": len(plan.covered),
        "covered_seconds": plan.covered_seconds,
        "left_out": [
            {
                "start": instant(entry.start),
                "end": instant(entry.end),
                "line": entry.line or None,
                "reason": reason.value,
            }
            for entry, reason in plan.left_out
        ],
        "passed_over": [{"line": line or None, "reason": why} for line, why in reading.passed_over],
    }


def _refusals(planned: Import) -> list[WorklogError]:
    """Return what to tell of entries that have time and may not come in."""
    from worklog.domain.importing import Reason

    refused = sum(reason is not Reason.EMPTY for _, reason in planned.plan.left_out)
    if not refused:
        return []
    msg = f"{count(refused, 'entry', 'entries')} may not come in; the rest did."
    return [PartialError(msg, hint="Above it says which, and why.")]
