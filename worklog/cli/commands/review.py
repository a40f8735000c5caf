"""``worklog review``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet


def review(
    ctx: typer.Context,
    *,
    range_: Annotated[
        str, typer.Argument(metavar="[RANGE]", help="Where to look.", show_default=False)
    ] = "week",
    contract: ContractOption = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look for what will not hold: missing or vague memos, few boxes, gaps, over limit.

    Exits with 4 when something was found, for cron. What counts as few, vague or much is
    in the settings `review.*`, see `worklog config list`.

    \b
    worklog review
    worklog review "last week"
    """
    from worklog.cli.reporting import review_range

    review_range(AppContext.of(ctx, json=json, quiet=quiet, only_reads=True), range_, contract)
