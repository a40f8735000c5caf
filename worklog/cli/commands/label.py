"""``worklog label``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet
from worklog.cli.steering import set_label, show_label


def label(
    ctx: typer.Context,
    *,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Activity label from now on.", show_default=False),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the activity label, or set it.

    \b
    worklog label dev
    worklog label ""        none
    """
    context = AppContext.of(ctx, json=json, quiet=quiet, only_reads=name is None)
    if name is None:
        show_label(context)
    else:
        set_label(context, name)
