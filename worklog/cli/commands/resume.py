"""``worklog resume``."""

from __future__ import annotations

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet
from worklog.cli.steering import send


def resume(ctx: typer.Context, *, json: Json = False, quiet: Quiet = False) -> None:
    """Go on after a pause, after idle time, a locked screen or a suspend.

    \b
    worklog resume
    """
    send(AppContext.of(ctx, json=json, quiet=quiet), "resume", "Tracking again.")
