"""From the words of `worklog start` to what a session begins with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from worklog.app.tracking import Plan, choices
from worklog.domain.contract import Contract
from worklog.domain.text import clean_label, clean_memo
from worklog.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

FOLDER_FILE: Final = ".worklog"  # names the contract of a folder, never a policy
FOLDER_FILE_BYTES: Final = 1024


def make_plan(
    context: AppContext, contract: str | None, *, memo: str | None, label: str | None
) -> Plan:
    """Return the plan for what the user typed, asking on a terminal for what is missing.

    Raises:
        NotFoundError: no such contract or label, naming the nearest.
        UsageError: something is required or must be chosen, and nobody can be asked.
    """
    words, clean = clean_memo(memo or ""), clean_label(label or "")
    chosen, is_first = None, False
    if contract is not None:
        chosen, words = _named(context, contract, words)
    if chosen is None:
        chosen = _of_folder(context) or context.tracking.default_contract()
    if chosen is None and not context.cache.contracts():
        chosen, is_first = context.tracking.first_contract(context.zone), True
    plan = Plan(chosen or _ask_contract(context), words, clean, is_first)
    return completed(context, plan)


def first_contract_note(contract: Contract) -> str:
    """Return what somebody should know whose first contract was just made."""
    return (
        f"This is your first contract; it is called {contract.name!r}. "
        f"`worklog contract edit {contract.name}` changes it, `contract add` adds more."
    )


def completed(context: AppContext, plan: Plan) -> Plan:
    """Return *plan* with what its contract requires, asked for where that is possible (R12)."""
    if not context.can_ask:
        context.tracking.require(plan)
        return plan
    memo, label = plan.memo, plan.label
    for word in context.tracking.missing(plan):
        if word == "memo":
            memo = clean_memo(typer.prompt("What are you working on", err=True))
        else:
            label = _pick("Label", plan.contract.labels)
    done = Plan(plan.contract, memo, label, plan.is_first)
    context.tracking.require(done)
    return done


def _named(context: AppContext, name: str, memo: str) -> tuple[Contract | None, str]:
    """Return the contract called *name*; several words that name none are a memo.

    `worklog start "fixing bug"` is what people type before they know of contracts.
    """
    try:
        return context.tracking.contract(name), memo
    except NotFoundError:
        is_sentence = len(name.split()) > 1 and not memo
        if not is_sentence or _is_near(context, name):
            raise
        return None, clean_memo(name)


def _is_near(context: AppContext, name: str) -> bool:
    from difflib import get_close_matches

    names = [contract.name.casefold() for contract in context.cache.contracts()]
    return bool(get_close_matches(name.casefold(), names, n=1, cutoff=0.75))


def _of_folder(context: AppContext) -> Contract | None:
    """Return the contract that a `.worklog` file here or above names."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return None  # the folder was deleted under the shell
    for folder in (here, *here.parents):
        file = folder / FOLDER_FILE
        if file.is_file():
            first = _first_line(file)
            try:
                return context.tracking.contract(first)
            except NotFoundError as error:
                msg = f"{file} names the contract {first!r}, and there is none."
                raise NotFoundError(msg, hint=error.hint) from error
    return None


def _first_line(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            text = opened.read(FOLDER_FILE_BYTES).decode(errors="replace").strip()
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror}."
        raise NotFoundError(msg, hint="Name the contract: worklog start CONTRACT.") from error
    return text.splitlines()[0].strip() if text else ""


def _ask_contract(context: AppContext) -> Contract:
    contracts = [contract for contract in context.cache.contracts() if not contract.is_archived]
    if not context.can_ask or not contracts:
        msg = "There are several contracts; which one is it?"
        hint = f"Name one: worklog start CONTRACT. There are: {choices(contracts)}."
        raise UsageError(msg, hint=hint)
    name = _pick("Contract", tuple(contract.name for contract in contracts))
    return context.tracking.contract(name)


def _pick(what: str, names: tuple[str, ...]) -> str:
    """Let the user choose one of *names* by number or by name."""
    if not names:
        return clean_label(typer.prompt(what, err=True))
    for number, name in enumerate(names, start=1):
        typer.echo(f"{number:>3}  {name}", err=True)
    while True:
        answer = str(typer.prompt(what, err=True)).strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(names):
            return names[int(answer) - 1]
        if answer in names:
            return answer
        typer.echo(f"Type a number from 1 to {len(names)}, or a name.", err=True)
