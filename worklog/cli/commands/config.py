"""``worklog config``: list, get, set, unset, edit, path."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli import configuring
from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet

config = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Show and change settings.\n\n\b\nworklog config list",
)

KeyName = Annotated[str, typer.Argument(metavar="KEY", help="Name of a setting.")]


@config.command("list")
def list_(ctx: typer.Context, *, json: Json = False, quiet: Quiet = False) -> None:
    """List all settings with their values, and where each one comes from.

    \b
    worklog config list
    """
    configuring.show_settings(AppContext.of(ctx, json=json, quiet=quiet))


@config.command()
def get(ctx: typer.Context, *, key: KeyName, json: Json = False, quiet: Quiet = False) -> None:
    """Show the value of one setting.

    \b
    worklog config get idle.after
    """
    configuring.show_setting(AppContext.of(ctx, json=json, quiet=quiet), key)


@config.command("set")
def set_(
    ctx: typer.Context,
    *,
    key: KeyName,
    value: Annotated[
        list[str], typer.Argument(metavar="VALUE...", help="Its value; of a list all at once.")
    ],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Set a value in the settings file; comments in it are kept.

    A running tracker takes it up at its next start.

    \b
    worklog config set idle.after 15m
    worklog config set capture.withhold default "title: Payroll"
    """
    configuring.change_setting(AppContext.of(ctx, json=json, quiet=quiet), key, value)


@config.command()
def unset(ctx: typer.Context, *, key: KeyName, json: Json = False, quiet: Quiet = False) -> None:
    """Take a value out of the settings file, so that the default holds again.

    \b
    worklog config unset idle.after
    """
    configuring.drop_setting(AppContext.of(ctx, json=json, quiet=quiet), key)


@config.command()
def edit(ctx: typer.Context, *, json: Json = False, quiet: Quiet = False) -> None:
    """Open the settings file in $VISUAL or $EDITOR, and check it afterwards.

    Where there is no file yet, it is one that explains every setting.

    \b
    worklog config edit
    """
    configuring.edit_settings(AppContext.of(ctx, json=json, quiet=quiet))


@config.command()
def path(ctx: typer.Context, *, json: Json = False, quiet: Quiet = False) -> None:
    """Print where the settings file is.

    \b
    worklog config path
    """
    configuring.show_path(AppContext.of(ctx, json=json, quiet=quiet))
