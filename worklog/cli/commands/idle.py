"""``worklog idle``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.gaps import settle_gap, show_gaps
from worklog.cli.options import Json, LabelOption, MemoOption, Quiet


def idle(
    ctx: typer.Context,
    *,
    gap: Annotated[
        str | None,
        typer.Argument(
            metavar="[GAP]", help="Number of a gap from the list, or a RANGE.", show_default=False
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="It was a break: leave it unbilled for good.")
    ] = False,
    add_: Annotated[bool, typer.Option("--add", help="It was work: make it manual time.")] = False,
    contract: Annotated[
        str | None,
        typer.Option("--contract", "-c", metavar="CONTRACT", help="Whom the work was for."),
    ] = None,
    memo: MemoOption = None,
    label: LabelOption = None,
    range_: Annotated[
        str, typer.Option("--in", metavar="RANGE", help="Where to look for gaps.")
    ] = "today",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the gaps in your day, and say what they were.

    A gap is time between start and stop that was not tracked: idle, paused, suspended,
    locked, and what of it lasts until now. It stays unbilled unless you make it manual time,
    which is possible until the week locks.

    \b
    worklog idle
    worklog idle 2 --add -m "call with Ada"
    worklog idle 1 --keep
    """
    context = AppContext.of(ctx, json=json, quiet=quiet, only_reads=gap is None)
    if gap is None:
        show_gaps(context, range_)
    else:
        settle_gap(context, gap, range_, keeps=keep, adds=add_, to=contract, memo=memo, label=label)
