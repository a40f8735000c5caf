"""What `worklog feedback` gathers, shows and keeps.

Gathering is here and what a report may hold is in `worklog.app.feedback`. Each source is
cut down to what can be told: the log is filtered once more, the home folder becomes `~`,
and of free text in settings it is only said that there is some.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from worklog import __version__
from worklog.app.feedback import PRIVATE, Report, WayState, document, shown, tail
from worklog.domain.ids import ENTROPY_BYTES, uuid7
from worklog.domain.text import printable
from worklog.errors import UsageError, WorklogError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

TEXT_LENGTH: Final = 4000  # characters
_SESSION: Final = ("XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP")
_LIBRARIES: Final = ("typer", "rich", "mss", "Pillow", "python-xlib", "jeepney", "cryptography")
_LOG_TEXTS: Final = ("at", "level", "logger", "message", "error")


def report_problem(context: AppContext, text: str, *, is_sure: bool) -> None:
    """Show the report that *text* makes, and after a yes send it, or keep it until it can be.

    Raises:
        UsageError: there is no text, or nobody can be asked.
        CacheUnwritableError: it could not be kept.
    """
    from worklog.cache.feedback import keep
    from worklog.cli.choosing import confirm

    report = gathered(context, _cleaned(text))
    service = _service(context)
    if not (context.output.is_json or context.output.is_quiet):
        typer.echo(f"{printable_lines(shown(report))}\n", err=True)
    what = f"Send this report to {service}?" if service else "Keep this report?"
    confirm(context, f"{what} It contains what is shown and no more.", is_given=is_sure)
    # Kept first: whatever happens on the way, the words are not lost.
    path = keep(context.places, document(report), service=service)
    is_sent = bool(service) and _sent(context, service, report.report_id)
    context.output.result(
        {
            "file": None if is_sent else path,
            "sent": is_sent,
            "service": service or None,
            "report": document(report),
        },
        lambda: f"Sent to {service}. Thank you." if is_sent else _kept(path, service),
    )


def _kept(path: str, service: str) -> str:
    when = "with the next sync" if service else "with the first sync after `worklog login`"
    return f"Kept in {path}. It is sent {when}."


def _service(context: AppContext) -> str:
    """Return the service that a report is for: that of the usual contract, else the first."""
    from worklog.remote.token_file import Logins

    try:
        services = Logins(context.places.config).services()
        contract = context.tracking.default_contract() if services else None
    except WorklogError:
        return ""  # a report can be made of a home in any state
    wanted = "" if contract is None else contract.service
    return wanted if wanted in services else next(iter(services), "")


def _sent(context: AppContext, service: str, report: str) -> bool:
    """Send the report now; return whether the service has it."""
    from worklog.cli.syncing import open_line

    try:
        line = open_line(context, service)
    except WorklogError as error:
        context.output.note(str(error))
        return False
    try:
        content = line.outbox.report(report)
        if content is not None:
            line.client.send_report(content)
            line.outbox.forget_report(report)
    except WorklogError as error:
        context.output.note(str(error))
        return False
    finally:
        line.close()
    return True


def list_reports(context: AppContext) -> None:
    """List the reports that wait for a service."""
    from worklog.cache.feedback import kept

    found = [
        {
            "id": str(content.get("id", "")),
            "written": str(content.get("written", "")),
            "text": str(content.get("text", "")),
            "file": path,
        }
        for path, content in kept(context.places)
    ]
    context.output.result(
        {"reports": found},
        lambda: (
            "\n".join(_row(context, row) for row in found)
            or "There are no reports. Write one: worklog feedback TEXT."
        ),
    )


def gathered(context: AppContext, text: str) -> Report:
    """Return the report of this moment."""
    from worklog.cache.feedback import figures

    now = context.clock.now()
    home = context.environ.get("HOME", "")
    return Report(
        report_id=uuid7(now, context.chance.token(ENTROPY_BYTES)),
        written=now,
        text=text,
        version=__version__,
        system=_system(context),
        ways=tuple(_ways(context, home)),
        settings=_settings(context),
        cache=figures(context.places),
        log=tail(_log_lines(context.places.log_file)),
    )


def printable_lines(text: str) -> str:
    """Return *text* with each of its lines made safe to print."""
    return "\n".join(printable(line) for line in text.splitlines())


def _cleaned(text: str) -> str:
    found = printable_lines(text.strip())[:TEXT_LENGTH]
    if not found:
        msg = "There is nothing to report without a text."
        raise UsageError(msg, hint='Say what happened: worklog feedback "TEXT".')
    return found


def _row(context: AppContext, row: dict[str, str]) -> str:
    try:
        at = f"{datetime.fromisoformat(row['written']).astimezone(context.zone):%d %b %Y %H:%M}"
    except (ValueError, WorklogError):
        at = row["written"]
    first = (row["text"].splitlines() or [""])[0]
    return printable(f"{at}  {first}")


def _system(context: AppContext) -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "terminal": "yes" if context.is_interactive else "no",
    }
    for name in _SESSION:
        found[name] = context.environ.get(name, "") or "not set"
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "not installed"
    return found


def _ways(context: AppContext, home: str) -> Iterator[WayState]:
    from worklog.cli.machine import way_rows

    for row in way_rows(context):
        reason = row.reason or ""
        yield WayState(row.port, row.way, reason.replace(home, "~") if home else reason)


def _settings(context: AppContext) -> dict[str, str]:
    """Return settings that are not at their default; free text is counted, never told."""
    from worklog.config import Kind, entries

    try:
        found = entries(context.settings)
    except WorklogError as error:
        return {"settings": error.code}
    told = {}
    for entry in found:
        if entry.source == "default":
            continue
        if entry.key.kind in {Kind.RULES, Kind.WORDS}:
            what = "rules" if entry.key.kind is Kind.RULES else "words"
            told[entry.key.name] = f"{len(entry.text.splitlines())} {what}"
        elif entry.key.kind in {Kind.ZONE, Kind.TEXT}:
            told[entry.key.name] = PRIVATE
        else:
            told[entry.key.name] = entry.text
    return told


def _log_lines(path: str) -> Iterator[str]:
    """Yield the lines of the log and of the one before it, cut down to what they may hold."""
    for name in (f"{path}.1", path):
        try:
            lines = Path(name).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        yield from chain.from_iterable(_log_line(line) for line in lines)


def _log_line(line: str) -> Iterator[str]:
    from worklog.cli.logs import FIELDS

    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return
    if not isinstance(found, dict):
        return
    kept = {name: found[name] for name in _LOG_TEXTS if isinstance(found.get(name), str)}
    kept |= {name: found[name] for name in FIELDS if name in found and FIELDS[name](found[name])}
    if isinstance(frames := found.get("frames"), list):
        kept["frames"] = [frame for frame in frames if isinstance(frame, str)]
    yield json.dumps(kept)
