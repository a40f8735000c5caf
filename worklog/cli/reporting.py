"""What report and review answer."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worklog.cli import json as views
from worklog.cli.choosing import Choice, Words, choose, names
from worklog.cli.gaps import settled_gaps
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.domain.review import Finding, review
from worklog.domain.timesheet import Dimension, grouped, totals
from worklog.domain.wording import count
from worklog.errors import CacheUnwritableError, FindingsError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.reports.report import Report


def make_report(
    context: AppContext, words: Words, *, by: str, form: str | None, output: str | None
) -> None:
    """Print the timesheet of a range, or write it to a file.

    Without a format it is the table for people, or what the name of the file says.
    """
    from worklog.cli.letterhead import letterhead
    from worklog.reports import BINARY, LETTERS, write

    context.recover()
    dimensions = read_dimensions(by)
    choice = choose(context, words, default="week")
    sheet = _report(context, choice, dimensions)
    wanted = form or (None if output is None else _form_of(output))
    if wanted in LETTERS:
        sheet = replace(sheet, letterhead=letterhead(context))
    if output is not None:
        _write(Path(output), write(sheet, wanted or "simple"))
        context.output.result({"file": output}, lambda: f"Written: {output}")
        return
    if context.output.is_json or wanted == "json":
        context.output = replace(context.output, is_json=True)
        context.output.result(_data(sheet), lambda: "")
        return
    if wanted in BINARY:
        _send(context, write(sheet, wanted), wanted)
        return
    context.output.result(_data(sheet), lambda: _text(context, sheet, wanted))


def _report(context: AppContext, choice: Choice, by: tuple[Dimension, ...]) -> Report:
    from worklog.reports.report import Report

    contracts = names(context)
    live = [row for row in choice.rows if not row.segment.is_deleted]
    return Report(
        start=choice.range.start,
        end=choice.range.end,
        zone=context.zone,
        by=by,
        lines=grouped(live, by, contracts, zone=context.zone),
        totals=totals(live),
        contracts=contracts,
        made_at=context.clock.now(),
        segments=tuple(live),
    )


def _data(sheet: Report) -> dict[str, Any]:
    from worklog.reports.json_writer import document

    return document(sheet)


def _text(context: AppContext, sheet: Report, form: str | None) -> str:
    if form is None:
        from worklog.cli.render.report import report

        return report(sheet, context.look)
    from worklog.reports import write

    return write(sheet, form).decode().rstrip("\r\n")


def _send(context: AppContext, content: bytes, form: str) -> None:
    """Write *content*, which is no text, to standard output.

    Raises:
        UsageError: that is a terminal.
    """
    if sys.stdout.isatty():
        msg = f"{form} is no text, and standard output is a terminal."
        raise UsageError(msg, hint=f"Name a file: -o report.{form}.")
    if not context.output.is_quiet:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _form_of(file: str) -> str:
    """Return the format that the name of *file* asks for; plain text for any other."""
    from worklog.reports import WRITERS

    suffix = Path(file).suffix.removeprefix(".").casefold()
    return suffix if suffix in WRITERS else {"htm": "html", "tsv": "tsv"}.get(suffix, "simple")


def read_dimensions(text: str) -> tuple[Dimension, ...]:
    """Return what *text* groups by, in order.

    Raises:
        UsageError: a word is none of the dimensions, or comes twice.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    try:
        found = tuple(Dimension(word) for word in words)
    except ValueError:
        found = ()
    if not found or len(set(found)) != len(found):
        msg = f"{text!r} is nothing to group by."
        raise UsageError(msg, hint=f"Use some of {', '.join(Dimension)}, each once.")
    return found


def review_range(context: AppContext, text: str, contract_name: str | None) -> None:
    """Show what would be questioned in a range; exits with 4 when there is something."""
    from worklog.cli.render.checks import findings

    choice = choose(context, Words(range=text, contract=contract_name))
    contracts = names(context)
    explained = [(said.start, said.end) for said in settled_gaps(context)]
    found = review(choice.rows, contracts, explained=explained)
    problems = []
    if found:
        msg = f"{count(len(found), 'finding')} in {choice.range.label}."
        problems = [FindingsError(msg, hint="Fix them before the week locks.")]
    context.output.result(
        {"findings": [_finding_view(finding, contracts) for finding in found]},
        lambda: findings(found, contracts, context.zone, context.look),
        problems=problems,
    )


def _finding_view(finding: Finding, contracts: Mapping[ContractId, Contract]) -> dict[str, Any]:
    contract = contracts[finding.contract].name
    return {
        "kind": finding.kind.value,
        "contract": contract,
        "slots": [views.instant(key.slot.start) for key in finding.keys],
        "facts": {
            name: views.instant(fact) if isinstance(fact, datetime) else fact
            for name, fact in finding.facts.items()
        },
    }


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        msg = f"{file} cannot be written: {error.strerror}."
        raise CacheUnwritableError(msg, hint="Choose another place with -o.") from error
