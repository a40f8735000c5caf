"""``worklog continue``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def continue_(
    ctx: typer.Context,
    *,
    background: Annotated[
        bool, typer.Option("--background", help="Go on without this terminal.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Start again with the contract, memo and label of the last session.

    \b
    worklog continue
    """
    from worklog.cli.running import continue_tracking

    context = AppContext.of(ctx, json=json, quiet=quiet)
    continue_tracking(context, in_background=background)
