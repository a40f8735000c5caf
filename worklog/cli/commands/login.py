"""``worklog login``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def login(
    ctx: typer.Context,
    *,
    url: Annotated[
        str, typer.Argument(metavar="URL", help="Address of the service.", show_default=False)
    ],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Log this device in to a diary service: confirm the code it shows in any browser.

    \b
    worklog login https://diary.example
    """
    from worklog.cli.syncing import log_in

    log_in(AppContext.of(ctx, json=json, quiet=quiet), url)
