"""``worklog restore``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet, Yes


def restore(
    ctx: typer.Context,
    *,
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="Default: the newest in the data folder."),
    ] = None,
    yes: Yes = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Bring back what a backup has and the diary has not.

    Nothing that is here is replaced, and what was deleted here stays deleted.

    \b
    worklog restore /media/usb/worklog.tar
    """
    from worklog.cli.care import restore_backup

    restore_backup(AppContext.of(ctx, json=json, quiet=quiet), file, is_sure=yes)
