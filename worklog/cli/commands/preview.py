"""``worklog preview``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def preview(
    ctx: typer.Context,
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Keep the picture here."),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the picture.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show exactly what a capture would store at this moment; nothing is stored.

    It says what would be withheld or covered, and which rule and window did it. With the
    setting redact.secrets the picture is read for that, which takes seconds. With
    `camera` on it shows the snapshot too, before anybody has agreed to it.

    \b
    worklog preview
    worklog preview -o now.webp
    """
    from worklog.cli.viewing import show_preview

    show_preview(
        AppContext.of(ctx, json=json, quiet=quiet, only_reads=True), output=output, opens=open_
    )
