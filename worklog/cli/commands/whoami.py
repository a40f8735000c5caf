"""``worklog whoami``."""

from __future__ import annotations

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def whoami(ctx: typer.Context, *, json: Json = False, quiet: Quiet = False) -> None:
    """Show whom the diary service knows this device as.

    \b
    worklog whoami
    """
    from worklog.cli.syncing import who_am_i

    who_am_i(AppContext.of(ctx, json=json, quiet=quiet))
