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

    For each picture it says what would be covered: windows with the rule of redact.apps,
    secrets by their kind, each with its share. It also says which rule withholds a picture or
    keeps application and title out, and whether a contract's policy or a setting pixelates
    pictures or leaves something out. Titles of such windows, and secrets, are never shown.
    With the setting redact.secrets the picture is read, which takes seconds. With `camera`
    on it shows the snapshot too, before anybody has agreed to it.

    \b
    worklog preview
    worklog preview -o now.webp
    """
    from worklog.cli.previewing import show_preview

    show_preview(
        AppContext.of(ctx, json=json, quiet=quiet, only_reads=True), output=output, opens=open_
    )
