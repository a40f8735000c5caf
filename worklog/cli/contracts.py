"""What the commands of ``worklog contract`` do and answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from worklog.app.contracts import Contracts, Particulars
from worklog.cli.choosing import names
from worklog.domain.contract import (
    Billing,
    Contract,
    Policy,
    Screenshots,
    Terms,
    TermsChanges,
)
from worklog.domain.text import clean_label, clean_memo
from worklog.domain.times import parse_duration
from worklog.errors import ConflictError, NotFoundError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

NONE: Final = "none"
CURRENCY_LETTERS: Final = 3  # ISO 4217
LARGEST_RATE: Final = 1_000_000  # per hour; a slip, and a figure no table holds, is above
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Options of `add` and `edit` as typed; None leaves a thing as it is."""

    name: str | None = None
    client: str | None = None
    title: str | None = None
    labels: str | None = None
    rate: str | None = None
    limit: str | None = None
    billing: str | None = None
    screenshots: str | None = None
    titles: bool | None = None
    manual: bool | None = None
    needs_memo: bool | None = None
    needs_label: bool | None = None
    locks: bool | None = None

    @property
    def particulars(self) -> Particulars:
        labels = None
        if self.labels is not None:
            cleaned = (clean_label(label) for label in self.labels.split(","))
            labels = tuple(dict.fromkeys(label for label in cleaned if label))
        return Particulars(
            name=None if self.name is None else clean_label(self.name),
            client=None if self.client is None else clean_memo(self.client),
            title=None if self.title is None else clean_memo(self.title),
            labels=labels,
        )

    def terms(self, current: Terms) -> TermsChanges:
        """Return what of *current* is to change.

        Raises:
            UsageError: a word cannot be read.
        """
        changes = TermsChanges()
        if self.rate is not None:
            changes["rate"], changes["currency"] = read_rate(self.rate, current.currency)
        if self.limit is not None:
            changes["weekly_limit"] = read_limit(self.limit)
        if self.billing is not None:
            changes["billing"] = _one_of(Billing, self.billing, "--billing")
        if self.manual is not None:
            changes["manual_time"] = self.manual
        if self.needs_memo is not None:
            changes["memo_required"] = self.needs_memo
        if self.needs_label is not None:
            changes["label_required"] = self.needs_label
        if self.locks is not None:
            changes["locks"] = self.locks
        if self.screenshots is not None or self.titles is not None:
            policy = current.policy
            changes["policy"] = Policy(
                version=policy.version,
                screenshots=policy.screenshots
                if self.screenshots is None
                else _one_of(Screenshots, self.screenshots, "--screenshots"),
                titles=policy.titles if self.titles is None else self.titles,
                pixelate=policy.pixelate,
            )
        return changes


def show_list(context: AppContext, *, with_archived: bool) -> None:
    """List the contracts, the usual one marked."""
    from worklog.cli import json as views
    from worklog.cli.render.contracts import contracts_table

    found = [c for c in context.cache.contracts() if with_archived or not c.is_archived]
    usual = context.tracking.default_contract()
    now = context.clock.now()
    context.output.result(
        {"contracts": [views.contract_view(contract) for contract in found]},
        lambda: (
            contracts_table(found, usual, now, context.look)
            or "No contracts yet. Add one: worklog contract add NAME."
        ),
    )


def show_one(context: AppContext, name: str) -> None:
    """Show one contract whole."""
    from worklog.cli import json as views
    from worklog.cli.render.contracts import contract_text

    contract = _find(context, name)
    now = context.clock.now()
    context.output.result(
        {"contract": views.contract_view(contract)},
        lambda: contract_text(contract, now, context.zone, context.look),
    )


def use(context: AppContext, name: str) -> None:
    """Make a contract the usual one."""
    contract = context.tracking.contract(name)
    _use_case(context).use(contract)
    _answer(context, contract, f"`worklog start` now takes {contract.name}.")


def add(context: AppContext, wanted: Wanted) -> None:
    """Add a local contract."""
    terms = wanted.terms(Terms())
    contract = _use_case(context).add(wanted.particulars, context.zone, **terms)
    _answer(context, contract, f"Added {contract.name}.")


def edit(context: AppContext, name: str, wanted: Wanted) -> None:
    """Change a local contract."""
    contract = _find(context, name)
    if wanted == Wanted():
        msg = "There is nothing to change."
        raise UsageError(msg, hint="`worklog contract edit --help` lists what can be.")
    terms = wanted.terms(contract.terms_at(context.clock.now()))
    changed = _use_case(context).edit(contract, wanted.particulars, **terms)
    _answer(context, changed, _changed_text(contract, changed, context))


def archive(context: AppContext, name: str, *, is_archived: bool) -> None:
    """Archive a contract, or bring it back."""
    contract = _use_case(context).archive(_find(context, name), is_archived=is_archived)
    done = "Archived" if is_archived else "Brought back"
    _answer(context, contract, f"{done} {contract.name}.")


def ask(context: AppContext, what: str, name: str | None, reason: str) -> None:
    """Ask a client for a permission; local contracts have nobody to ask.

    Raises:
        UsageError: *what* is nothing that can be asked for.
        ConflictError: the contract is local, so its owner may simply allow it, or it
            allows it already.
        WorklogError: what stands between here and the service; nothing was asked.
    """
    from worklog.cli.changing import usual_contract

    if what != "manual":
        msg = f"{what!r} cannot be asked for."
        raise UsageError(msg, hint="Ask for manual time: worklog contract ask manual.")
    contract = usual_contract(context, name)
    if contract is None:
        msg = "There is no contract yet, and nobody to ask."
        raise NotFoundError(msg, hint="Add one: worklog contract add NAME.")
    if contract.is_local:
        msg = f"{contract.name} is a contract of your own: there is nobody to ask."
        raise ConflictError(msg, hint=f"Allow it: worklog contract edit {contract.name} --manual.")
    from worklog.cli.handing import ask_for_manual_time

    ask_for_manual_time(context, contract, reason)


def read_rate(text: str, currency: str) -> tuple[Decimal | None, str]:
    """Return amount and currency of *text* (`80 EUR`, `80`, `none`).

    Raises:
        UsageError: it cannot be read, or the currency is missing.
    """
    if text.strip().casefold() == NONE:
        return None, ""
    words = text.replace(",", ".").split()
    letters = [word.upper() for word in words if word.isalpha()] or [currency]
    figures = [word for word in words if not word.isalpha()]
    try:
        (figure,) = figures
        amount = Decimal(figure)
    except (ValueError, InvalidOperation):
        amount = Decimal(-1)
    is_currency = len(letters) == 1 and len(letters[0]) == CURRENCY_LETTERS
    if not amount.is_finite() or not 0 <= amount <= LARGEST_RATE or not is_currency:
        msg = f"{text.strip()!r} is no rate."
        raise UsageError(msg, hint="Write amount and currency, as in '80 EUR', or 'none'.")
    return amount, letters[0]


def read_limit(text: str) -> timedelta | None:
    """Return the weekly limit *text*: a duration, a plain number being hours, or `none`.

    Raises:
        UsageError: it cannot be read.
    """
    if text.strip().casefold() == NONE:
        return None
    limit = parse_duration(f"{text.strip()}h" if text.strip().isdecimal() else text.strip())
    if not limit:
        msg = f"With a limit of {text.strip()!r} nothing would bill."
        raise UsageError(msg, hint="Write hours, as in 40h, or 'none' for no limit.")
    return limit


def _one_of(kind: type[E], text: str, option: str) -> E:
    try:
        return kind(text)
    except ValueError:
        choices = ", ".join(kind)
        msg = f"{text!r} is not one of {choices}."
        raise UsageError(msg, hint=f"Write {option} with one of them.") from None


def _find(context: AppContext, name: str) -> Contract:
    """Return the contract called *name*, an archived one included.

    Raises:
        NotFoundError: there is none, naming the nearest.
    """
    try:
        return context.tracking.contract(name)
    except NotFoundError:
        for contract in names(context).values():
            if contract.name.casefold() == name.casefold():
                return contract
        raise


def _use_case(context: AppContext) -> Contracts:
    return Contracts(context.cache, context.clock, context.chance)


def _changed_text(before: Contract, after: Contract, context: AppContext) -> str:
    """Say from when new terms hold, where that is not now."""
    now = context.clock.now()
    later = [terms for terms in after.terms if terms.since > now and terms not in before.terms]
    if not later:
        return f"Changed {after.name}."
    since = later[0].since.astimezone(context.zone)
    return f"Changed {after.name}; part of it holds from {since:%a %d %b %Y %H:%M}."


def _answer(context: AppContext, contract: Contract, sentence: str) -> None:
    from worklog.cli import json as views

    context.output.result({"contract": views.contract_view(contract)}, lambda: sentence)
