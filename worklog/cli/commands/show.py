"""``worklog show``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet


def show(
    ctx: typer.Context,
    *,
    segment: Annotated[
        str, typer.Argument(metavar="SEGMENT", help="A time in it, or @last.")
    ] = "@last",
    contract: ContractOption = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show one segment whole: counts, window, pictures, memos, history, evidence.

    \b
    worklog show 10:20
    worklog show "yesterday 16:40" --json
    """
    from worklog.cli.viewing import show_segment

    show_segment(AppContext.of(ctx, json=json, quiet=quiet, only_reads=True), segment, contract)
