"""``worklog backup``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def backup(
    ctx: typer.Context,
    *,
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="Default: a new one in the data folder."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Copy the whole diary into one file, pictures and keys included.

    The tracker may run meanwhile. What you delete later is deleted from backups in the
    data folder as well, and not from copies elsewhere.

    \b
    worklog backup
    worklog backup /media/usb/worklog.tar
    """
    from worklog.cli.care import make_backup

    make_backup(AppContext.of(ctx, json=json, quiet=quiet), file)
