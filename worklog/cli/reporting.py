"""What report and review answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from worklog.cli import json as views
from worklog.cli.choosing import Choice, Words, choose, names
from worklog.cli.gaps import settled_gaps
from worklog.cli.reviewing import thresholds_of, unsent_of
from worklog.domain.contract import Contract
from worklog.domain.grouping import Dimension
from worklog.domain.ids import ContractId
from worklog.domain.review import Finding, review
from worklog.domain.timesheet import grouped, totals
from worklog.domain.wording import count
from worklog.errors import FindingsError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.cli.delivering import Wish
    from worklog.reports.report import Report


def make_report(context: AppContext, words: Words, *, by: str, wish: Wish) -> None:
    """Make the timesheet of a range, and put it where *wish* wants it.

    Raises:
        UsageError: the words, the grouping or the wish cannot be used.
        ConfigInvalidError: an extra that the format needs is missing, or the logo.
        CacheUnwritableError: the file cannot be written.
    """
    from worklog.cli.delivering import deliver

    context.recover()
    dimensions = read_dimensions(by)
    wish.check(dimensions)
    choice = choose(context, words, default="week")
    deliver(context, _report(context, choice, dimensions), wish)


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
    # Of all contracts, also for one: what another did in a gap of it is no gap.
    rows = context.rows(choice.range.start, choice.range.end) if choice.contract else choice.rows
    explained = [(said.start, said.end) for said in settled_gaps(context)]
    found = review(
        rows,
        contracts,
        thresholds=thresholds_of(context.settings),
        explained=explained,
        unsent=frozenset(unsent_of(context)(choice.range.start, choice.range.end)),
    )
    if choice.contract is not None:
        found = tuple(one for one in found if one.contract == choice.contract.contract_id)
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
