"""``worklog add``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.changing import add_time
from worklog.cli.context import AppContext
from worklog.cli.options import Json, LabelOption, MemoOption, Quiet


def add(
    ctx: typer.Context,
    *,
    range_: Annotated[str, typer.Argument(metavar="RANGE", help="From when to when.")],
    memo: MemoOption = None,
    label: LabelOption = None,
    contract: Annotated[
        str | None,
        typer.Option("--contract", "-c", metavar="CONTRACT", help="Whom the time was for."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Add time by hand: it fills the free slots of the range and is marked as manual.

    A slot counts when the range covers five minutes of it. Needs a memo, and a contract
    that allows manual time.

    \b
    worklog add 14:00-15:00 -m "call with Ada"
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    add_time(context, range_, contract, memo=memo, label=label)
