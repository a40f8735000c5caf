"""``worklog demo``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def demo(
    ctx: typer.Context,
    *,
    home: Annotated[
        str | None,
        typer.Option(
            "--home", metavar="DIR", help="Where; an empty folder.", show_default="a temporary one"
        ),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, max=60, help="How many days to make up.")
    ] = 14,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Another number makes up other work.")
    ] = 1,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fill a throwaway home with made-up work, to look around in.

    Two clients in two currencies, with edits, a deletion, a covered picture and time over
    the limit. Your own diary is not touched.

    \b
    worklog demo
    worklog demo --home /tmp/try --days 5
    """
    from worklog.cli.demo.making import make_demo

    make_demo(AppContext.of(ctx, json=json, quiet=quiet), home, days=days, seed=seed)
