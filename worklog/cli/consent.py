"""What is recorded, said once before it is (R28)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from worklog.domain.contract import Contract, Screenshots
from worklog.errors import CaptureUnavailableError, PolicyError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

FACT: Final = "consent"
CAMERA_FACT: Final = "camera-consent"


def may_take_pictures(context: AppContext, contract: Contract, *, is_wanted: bool = True) -> bool:
    """Return whether pictures may be taken, asking once on a terminal.

    Off a terminal nothing is asked and no picture is taken until `capture.consent = yes`.

    Raises:
        PolicyError: the contract requires pictures, and this time or in the settings
            they are not wanted.
        CaptureUnavailableError: the contract requires pictures and there is no consent.
    """
    screenshots = contract.terms_at(context.clock.now()).policy.screenshots
    is_required = screenshots is Screenshots.REQUIRED
    if not is_wanted or not context.settings.capture.screenshots:
        if is_required:
            raise _required(contract, is_wanted=is_wanted)
        return False
    if screenshots is Screenshots.FORBIDDEN:
        return False
    answer = _answer(context, contract)
    if answer != "yes" and is_required:
        msg = f"{contract.name} requires screenshots, and nobody has agreed to them here."
        raise CaptureUnavailableError(
            msg, hint="Agree with `worklog config set capture.consent yes`, then start again."
        )
    if answer is None:
        context.output.note(
            "No pictures: nobody has agreed to them yet. "
            "`worklog config set capture.consent yes` does."
        )
    return answer == "yes"


def may_take_snapshots(context: AppContext, contract: Contract) -> bool:
    """Return whether the camera may be used, asking once on a terminal and saying so (R6).

    Off a terminal nothing is asked and it stays shut until `camera-consent = yes`.
    """
    from worklog.cli.machine import find_camera

    camera = find_camera(context)
    if camera is None:
        return False
    answer: str | None = context.settings.camera_consent
    if answer == "ask":
        answer = context.cache.remembered(CAMERA_FACT)
        if answer is None and context.can_ask:
            answer = _ask_for_camera(contract, str(camera.source))
            context.cache.remember(CAMERA_FACT, answer)
    if answer is None:
        context.output.note(
            "No camera snapshots: nobody has agreed to them yet. "
            "`worklog config set camera-consent yes` does."
        )
    elif answer == "yes":
        reason = camera.unavailable_reason()
        context.output.note(
            f"The camera is on: a snapshot of {camera.source} with each screenshot."
            if reason is None
            else f"The camera is on, and gives nothing yet: {reason}. {camera.fix()}"
        )
    return answer == "yes"


def _answer(context: AppContext, contract: Contract) -> str | None:
    """Return `yes`, `no`, or None where nobody has said anything and nobody can be asked."""
    setting = context.settings.capture.consent
    if setting in ("yes", "no"):
        return setting
    answer = context.cache.remembered(FACT)
    if answer is None and context.can_ask:
        answer = _ask(contract)
        context.cache.remember(FACT, answer)
    return answer


def _required(contract: Contract, *, is_wanted: bool) -> PolicyError:
    if not is_wanted:
        msg = f"{contract.name} requires screenshots."
        return PolicyError(msg, hint="Leave --no-screenshots out, or track for another contract.")
    msg = f"{contract.name} requires screenshots, and `capture.screenshots` is off."
    return PolicyError(msg, hint="Run `worklog config set capture.screenshots yes`.")


def _where(contract: Contract) -> str:
    return (
        "It stays on this machine, and only you see it."
        if contract.is_local
        else f"It goes to {contract.service}, where your client sees it."
    )


def _ask(contract: Contract) -> str:
    typer.echo(
        "Every ten minutes worklog keeps one screenshot, taken at a random moment, with\n"
        "the active window's application and title, and counts keys, clicks and scrolls:\n"
        "never which keys, never what you type, and nothing while you are not tracking.\n"
        f"{_where(contract)} You can redact or delete it.",
        err=True,
    )
    return "yes" if typer.confirm("May it take screenshots?", default=True, err=True) else "no"


def _ask_for_camera(contract: Contract, source: str) -> str:
    typer.echo(
        f"You switched the camera on: each screenshot comes with one picture of {source},\n"
        "which is open for that moment only. No contract can require it, no bill depends on it.\n"
        f"{_where(contract)} `worklog preview --open` shows what it would be,\n"
        "and `worklog delete SEGMENTS --snapshot` deletes it without the time.",
        err=True,
    )
    is_given = typer.confirm("May it take camera snapshots?", default=False, err=True)
    return "yes" if is_given else "no"
