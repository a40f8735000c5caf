"""What is recorded, said once before it is (R28)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from worklog.domain.contract import Contract, Screenshots
from worklog.errors import CaptureUnavailableError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

FACT: Final = "consent"


def may_take_pictures(context: AppContext, contract: Contract) -> bool:
    """Return whether pictures may be taken, asking once on a terminal.

    Off a terminal nothing is asked and no picture is taken until `capture.consent = yes`.

    Raises:
        CaptureUnavailableError: the contract requires pictures and there is no consent.
    """
    policy = contract.terms_at(context.clock.now()).policy
    if policy.screenshots is Screenshots.FORBIDDEN or not context.settings.capture.screenshots:
        return _unless_required(contract, policy.screenshots, is_given=False)
    setting = context.settings.capture.consent
    if setting in ("yes", "no"):
        return _unless_required(contract, policy.screenshots, is_given=setting == "yes")
    answer = context.cache.remembered(FACT)
    if answer is None and context.is_interactive:
        answer = _ask(contract)
        context.cache.remember(FACT, answer)
    if answer is None:
        context.output.note(
            "No pictures: nobody has agreed to them yet. "
            "`worklog config set capture.consent yes` does."
        )
    return _unless_required(contract, policy.screenshots, is_given=answer == "yes")


def _ask(contract: Contract) -> str:
    where = (
        "It stays on this machine."
        if contract.is_local
        else f"It goes to {contract.service} ten minutes after each segment at the earliest."
    )
    typer.echo(
        "Every ten minutes worklog keeps one screenshot, taken at a random moment, the active\n"
        "window's application and title, and how many keys, clicks and scrolls each minute had:\n"
        "never which keys, never what was typed, never anything while you are not tracking.\n"
        f"{where} You can redact or delete any of it later.",
        err=True,
    )
    return "yes" if typer.confirm("May it take screenshots?", default=True, err=True) else "no"


def _unless_required(contract: Contract, screenshots: Screenshots, *, is_given: bool) -> bool:
    if not is_given and screenshots is Screenshots.REQUIRED:
        msg = f"{contract.name} requires screenshots, and nobody has agreed to them here."
        raise CaptureUnavailableError(
            msg, hint="Agree with `worklog config set capture.consent yes`, then start again."
        )
    return is_given
