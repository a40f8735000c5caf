"""``worklog submit``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet, Yes


def submit(
    ctx: typer.Context,
    *,
    week: Annotated[
        str, typer.Argument(metavar="[WEEK]", help="Which billing week.", show_default=True)
    ] = "last week",
    contract: ContractOption = None,
    yes: Yes = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Finish an ended billing week early: words and money stand from then on.

    What has not been sent yet is sent first; a week of which something still waits is
    not submitted. Without this a week locks by itself, twelve hours after its end.

    \b
    worklog submit
    worklog submit 2026-W47 --contract acme --yes
    """
    from worklog.cli.handing import submit_week

    submit_week(AppContext.of(ctx, json=json, quiet=quiet), week, contract, is_sure=yes)
