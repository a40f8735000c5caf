"""``worklog status``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def status(
    ctx: typer.Context,
    *,
    format_: Annotated[
        str,
        typer.Option("--format", metavar="text|json|prompt|waybar|TEMPLATE", help="How to say it."),
    ] = "text",
    watch: Annotated[bool, typer.Option("--watch", help="Again every second.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show whether you are tracking, and what today and this week have come to.

    Exits with 0 also when nothing is tracked. Prompts and bars read the status file
    instead, see worklog(1). Before a week locks it says what of it is not ready.

    \b
    worklog status
    worklog status --format prompt
    worklog status --format "{contract} {session} {week}"
    """
    from worklog.cli.standing import show_status

    context = AppContext.of(ctx, json=json or format_ == "json", quiet=quiet, only_reads=True)
    show_status(context, form=format_, goes_on=watch)
