"""``worklog memo``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet
from worklog.cli.steering import set_memo, show_memos


def memo(
    ctx: typer.Context,
    *,
    text: Annotated[
        str | None,
        typer.Argument(metavar="[TEXT]", help="What you are doing now.", show_default=False),
    ] = None,
    recent: Annotated[
        bool, typer.Option("--recent", help="List memos used before, and pick one on a terminal.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what you are working on, or say it anew.

    The new memo holds from this moment on; the longest one names the segment.

    \b
    worklog memo "writing tests"
    worklog memo --recent
    """
    context = AppContext.of(ctx, json=json, quiet=quiet, only_reads=text is None)
    if text is not None:
        set_memo(context, text)
    else:
        show_memos(context, lists_recent=recent)
