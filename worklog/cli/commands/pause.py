"""``worklog pause``."""

from __future__ import annotations

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet
from worklog.cli.steering import send


def pause(ctx: typer.Context, *, json: Json = False, quiet: Quiet = False) -> None:
    """Pause tracking: nothing is counted or captured until `worklog resume`.

    \b
    worklog pause
    """
    send(AppContext.of(ctx, json=json, quiet=quiet), "pause", "Paused.")
