"""``worklog switch``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, LabelOption, MemoOption, NoCapture, Quiet
from worklog.cli.steering import switch_contract


def switch(
    ctx: typer.Context,
    *,
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="Whom the time is for.")],
    memo: MemoOption = None,
    label: LabelOption = None,
    no_capture: NoCapture = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Let the running tracker go on for another contract.

    Memo and label begin anew: they never cross to another contract.

    \b
    worklog switch globex -m "standup"
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    switch_contract(context, contract, memo=memo, label=label, takes_capture=not no_capture)
