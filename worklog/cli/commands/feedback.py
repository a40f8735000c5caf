"""``worklog feedback``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet, Yes


def feedback(
    ctx: typer.Context,
    *,
    text: Annotated[
        str, typer.Argument(metavar="[TEXT]", help="What happened.", show_default=False)
    ] = "",
    list_: Annotated[bool, typer.Option("--list", help="List the reports that wait.")] = False,
    yes: Yes = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Report a problem: shows the whole report, and sends it after a yes.

    It has your text, versions, which ways to capture work, settings of your own, counts
    and the end of the log. It never has memos, titles, names of contracts or pictures.
    It goes to whoever runs the diary service that you are logged in to. Without a network
    or a login it is kept, and sent with the next sync.

    \b
    worklog feedback "the display flickers while I type"
    worklog feedback --list
    """
    from worklog.cli.complaining import list_reports, report_problem

    context = AppContext.of(ctx, json=json, quiet=quiet)
    if list_:
        list_reports(context)
    else:
        report_problem(context, text, is_sure=yes)
