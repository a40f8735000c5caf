"""``worklog diary``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet


def diary(
    ctx: typer.Context,
    *,
    range_: Annotated[
        str | None, typer.Argument(metavar="[RANGE]", help="Default: today.", show_default=False)
    ] = None,
    day: Annotated[str | None, typer.Option("--day", metavar="D", help="One day.")] = None,
    week: Annotated[
        str | None,
        typer.Option("--week", metavar="[D]", help="The billing week, of a day or of now."),
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="T", help="From here.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="T", help="Up to here.")] = None,
    contract: ContractOption = None,
    images: Annotated[
        bool, typer.Option("--images", help="With thumbnails, in the terminal.")
    ] = False,
    open_: Annotated[
        bool, typer.Option("--open", help="As a page with pictures, in the browser.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show your segments by hour: ten boxes each, memos, what bills and what does not.

    A filled box is a minute with input, an outlined one a minute without, `?` one that
    nobody could tell.

    \b
    worklog diary
    worklog diary yesterday --images
    worklog diary --week --contract acme
    """
    from worklog.cli.choosing import Words
    from worklog.cli.viewing import show_diary

    context = AppContext.of(ctx, json=json, quiet=quiet, only_reads=True)
    words = Words(range=range_, day=day, week=week, start=from_, end=to, contract=contract)
    show_diary(context, words, with_images=images, opens_page=open_)
