"""``worklog undo``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.changing import undo_change
from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def undo(
    ctx: typer.Context,
    *,
    amendment: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="From `worklog history`.", show_default=False),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Undo the last change, or the one named: memo, label, manual time, move.

    A deletion and a redaction are for good.

    \b
    worklog undo
    worklog undo 9f3c21
    """
    undo_change(AppContext.of(ctx, json=json, quiet=quiet), amendment)
