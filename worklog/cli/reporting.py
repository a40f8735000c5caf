"""What report and review answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worklog.cli import json as views
from worklog.cli.choosing import Words, choose, names
from worklog.cli.gaps import settled_gaps
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.domain.review import Finding, review
from worklog.domain.timesheet import Dimension, grouped, totals, weeks
from worklog.errors import CacheUnwritableError, FindingsError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.reports import Timesheet


def make_report(
    context: AppContext, words: Words, *, by: str, form: str, output: str | None
) -> None:
    """Print the timesheet of a range, or write it to a file."""
    from worklog.reports import write

    context.recover()
    choice = choose(context, words, default="week")
    timesheet = _timesheet(context, choice.rows, read_dimensions(by), choice.range)
    if context.output.is_json or form == "json":
        context.answer_in_json()
        context.output.result(views.report(timesheet), lambda: "")
        return
    text = write(timesheet, form)
    if output is None:
        context.output.result(views.report(timesheet), lambda: text.rstrip("\n"))
        return
    _write(Path(output), text)
    context.output.result({"file": output}, lambda: f"Written: {output}")


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
        msg = f"{len(found)} findings in {choice.range.label}."
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


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        msg = f"{file} cannot be written: {error.strerror}."
        raise CacheUnwritableError(msg, hint="Choose another place with -o.") from error


def _timesheet(context, rows, by, span) -> Timesheet:  # type: ignore[no-untyped-def]
    raise NotImplementedError
