"""``worklog history``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.changing import show_history
from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def history(
    ctx: typer.Context,
    *,
    count: Annotated[
        int,
        typer.Option(
            "--count", "-n", metavar="N", min=1, max=1_000_000, help="How many, newest first."
        ),
    ] = 20,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List what was changed afterwards, newest first.

    \b
    worklog history -n 50
    """
    show_history(AppContext.of(ctx, json=json, quiet=quiet, only_reads=True), count)
