"""`worklog rehearse`: what past weeks would have come to under other terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from worklog.cli import json as views
from worklog.cli.changing import usual_contract
from worklog.cli.choosing import names
from worklog.cli.contracts import Wanted
from worklog.cli.params import span
from worklog.domain.amendment import Key
from worklog.domain.rehearsal import proposed, rehearse
from worklog.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

_FLAGS: Final = {"yes": True, "no": False}
_TERMS: Final[dict[str, Callable[[str], Wanted]]] = {
    "rate": lambda text: Wanted(rate=text),
    "limit": lambda text: Wanted(limit=text),
    "billing": lambda text: Wanted(billing=text),
    "screenshots": lambda text: Wanted(screenshots=text),
    "titles": lambda text: Wanted(titles=_flag("titles", text)),
    "manual": lambda text: Wanted(manual=_flag("manual", text)),
}


def rehearse_terms(context: AppContext, terms: str, range_: str, contract_name: str | None) -> None:
    """Show the billing weeks that a range touches under the terms as they were, and *terms*.

    Raises:
        UsageError: *terms* or the range cannot be read.
        NotFoundError: nothing was recorded in those weeks, or no such contract.
    """
    from worklog.cli.render.rehearsal import rehearsal

    context.recover()
    contract = usual_contract(context, contract_name)
    if contract is None:
        msg = "There is no contract yet."
        raise NotFoundError(msg, hint="Add one: worklog contract add NAME.")
    now = context.clock.now()
    changes = read_terms(terms).terms(contract.terms_at(now))
    found = span(context, range_, week=context.week_of(contract))
    first, last = contract.week_at(found.start), contract.week_at(min(found.end, now))
    rows = context.rows(first.start, last.end)
    if not any(row.segment.key.contract == contract.contract_id for row in rows):
        msg = f"Nothing was recorded for {contract.name} in {range_!r}."
        raise NotFoundError(msg, hint="`worklog diary --week` shows what is there.")
    result = rehearse((row.segment for row in rows), names(context), proposed(contract, changes))
    context.output.result(
        {
            "contract": contract.name,
            "terms": terms,
            "before": views.sums(result.before),
            "after": views.sums(result.after),
            "weeks": [
                {
                    "week": views.span(week.week.start, week.week.end),
                    "before": views.sums(week.before),
                    "after": views.sums(week.after),
                    "unproven": _instants(week.unproven),
                    "by_hand": _instants(week.by_hand),
                }
                for week in result.weeks
            ],
        },
        lambda: rehearsal(
            result, title=f"{contract.name} under {terms}", zone=context.zone, look=context.look
        ),
    )


def read_terms(text: str) -> Wanted:
    """Return the terms that *text* proposes, such as ``rate=90 EUR, limit=30h``.

    Raises:
        UsageError: a word of it is none.
    """
    wanted = Wanted()
    for piece in filter(None, map(str.strip, text.split(","))):
        name, separator, value = piece.partition("=")
        known = _TERMS.get(name.strip())
        if known is None or not separator or not value.strip():
            msg = f"{piece!r} proposes nothing."
            hint = f"Write NAME=VALUE, with {', '.join(_TERMS)}: 'rate=90 EUR, limit=30h'."
            raise UsageError(msg, hint=hint)
        given = known(value.strip())
        fields = {name: found for name in _TERMS if (found := getattr(given, name)) is not None}
        wanted = replace(wanted, **fields)
    return wanted


def _flag(name: str, text: str) -> bool:
    if text not in _FLAGS:
        msg = f"{text!r} is neither yes nor no."
        raise UsageError(msg, hint=f"Write {name}=yes or {name}=no.")
    return _FLAGS[text]


def _instants(keys: tuple[Key, ...]) -> list[str]:
    return [views.instant(key.slot.start) for key in keys]
