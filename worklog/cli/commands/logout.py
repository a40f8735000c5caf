"""``worklog logout``."""

from __future__ import annotations

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def logout(ctx: typer.Context, *, json: Json = False, quiet: Quiet = False) -> None:
    """Forget the logins of this device; what waits for a service stays here.

    \b
    worklog logout
    """
    from worklog.cli.syncing import log_out

    log_out(AppContext.of(ctx, json=json, quiet=quiet))
