"""``worklog sync``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def sync(
    ctx: typer.Context,
    *,
    status: Annotated[
        bool, typer.Option("--status", help="Say what waits, why, its money and the lock.")
    ] = False,
    export: Annotated[
        str | None, typer.Option("--export", metavar="FILE", help="Write what waits into a file.")
    ] = None,
    import_: Annotated[
        str | None,
        typer.Option("--import", metavar="FILE", help="Send such a file, or take its receipts in."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Exchange what is new with the diary service; a running tracker does it by itself.

    \b
    worklog sync
    worklog sync --status
    """
    from worklog.cli.syncing import sync as sync_with

    context = AppContext.of(ctx, json=json, quiet=quiet)
    sync_with(context, only_status=status, export=export, carried=import_)
