"""``worklog doctor``."""

from __future__ import annotations

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def doctor(ctx: typer.Context, *, json: Json = False, quiet: Quiet = False) -> None:
    """Say what works on this machine, what does not, and how to change that.

    \b
    worklog doctor
    """
    from worklog.cli.care import show_doctor

    show_doctor(AppContext.of(ctx, json=json, quiet=quiet, only_reads=True))
