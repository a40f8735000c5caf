"""``worklog admin``: accounts, reset, disable, enable, check, backup, restore."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli import administering
from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet, Yes

admin = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Look after the diary service of this machine.\n\n\b\nworklog admin accounts",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What they log in with.")]
Data = Annotated[
    str | None,
    typer.Option(
        "--data", metavar="DIR", help="Folder of the service.", show_default="service, in yours"
    ),
]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="WORKLOG_SERVICE_DATABASE",  # others see the words of a command line
        help="postgresql://…",
        show_default="SQLite in DIR",
    ),
]


@admin.command()
def accounts(
    ctx: typer.Context,
    *,
    data: Data = None,
    database: Database = "",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the accounts.

    \b
    worklog admin accounts
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    administering.list_accounts(context, data, database)


@admin.command()
def reset(
    ctx: typer.Context,
    *,
    name: Name,
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Address that people reach it at.")
    ] = "http://127.0.0.1:8710",
    data: Data = None,
    database: Database = "",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a link by which somebody chooses a new password; it works once.

    \b
    worklog admin reset ann --url https://diary.example.org
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    administering.make_reset_link(context, data, database, name=name, url=url)


@admin.command()
def disable(
    ctx: typer.Context,
    *,
    name: Name,
    data: Data = None,
    database: Database = "",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Close an account: its browsers and devices are refused, nothing is lost.

    \b
    worklog admin disable ann
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    administering.set_disabled(context, data, database, name=name, is_disabled=True)


@admin.command()
def enable(
    ctx: typer.Context,
    *,
    name: Name,
    data: Data = None,
    database: Database = "",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Open an account again.

    \b
    worklog admin enable ann
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    administering.set_disabled(context, data, database, name=name, is_disabled=False)


@admin.command()
def check(
    ctx: typer.Context,
    *,
    data: Data = None,
    database: Database = "",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check that no record of the audit trail was changed or taken out.

    \b
    worklog admin check
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    administering.check_audit(context, data, database)


@admin.command()
def backup(
    ctx: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A new one.")],
    data: Data = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Copy a service on SQLite and files into one file; it may run meanwhile.

    \b
    worklog admin backup /media/usb/service.tar
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    administering.make_backup(context, data, file)


@admin.command()
def restore(
    ctx: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="What `admin backup` wrote.")],
    data: Data = None,
    yes: Yes = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Replace a service that is stopped with a backup; trackers then send what it lacks.

    \b
    worklog admin restore /media/usb/service.tar --yes
    """
    context = AppContext.of(ctx, json=json, quiet=quiet)
    administering.restore_backup(context, data, file, is_sure=yes)
