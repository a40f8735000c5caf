"""``worklog serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet


def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option("--port", metavar="PORT", min=0, max=65_535, help="0 for any that is free."),
    ] = 8710,
    data: Annotated[
        str | None,
        typer.Option(
            "--data", metavar="DIR", help="Folder of the service.", show_default="service, in yours"
        ),
    ] = None,
    database: Annotated[
        str,
        typer.Option(
            "--database",
            metavar="URL",
            envvar="WORKLOG_SERVICE_DATABASE",  # others see the words of a command line
            help="postgresql://…",
            show_default="SQLite in DIR",
        ),
    ] = "",
    objects: Annotated[
        str,
        typer.Option(
            "--objects",
            metavar="URL",
            envvar="WORKLOG_SERVICE_OBJECTS",
            help="s3://bucket",
            show_default="files in DIR",
        ),
    ] = "",
    url: Annotated[
        str,
        typer.Option(
            "--url",
            metavar="URL",
            help="Address that people reach it at.",
            show_default="what it listens on",
        ),
    ] = "",
    certificate: Annotated[
        str,
        typer.Option(
            "--certificate",
            metavar="FILE",
            help="TLS certificate chain, in PEM.",
            show_default=False,
        ),
    ] = "",
    key: Annotated[
        str,
        typer.Option(
            "--key", metavar="FILE", help="Private key of the certificate.", show_default=False
        ),
    ] = "",
    mail: Annotated[
        str,
        typer.Option(
            "--mail",
            metavar="URL",
            envvar="WORKLOG_SERVICE_MAIL",  # it may hold a password
            help="smtps://user:password@host",
            show_default="links to copy",
        ),
    ] = "",
    mail_from: Annotated[
        str,
        typer.Option(
            "--mail-from", metavar="ADDRESS", help="Whom letters come from.", show_default=False
        ),
    ] = "",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Serve a work diary that freelancer and client read in the browser.

    Nothing needs to be configured: everything is kept in one folder. To be reached from
    other machines, give it a certificate and its key, or put a web server with TLS in
    front of it and say with --url at which address. With --mail it sends invitations and
    new passwords, which else are links to copy.

    \b
    worklog serve
    worklog serve --port 9000 --data /srv/diary
    worklog serve --database postgresql://diary@db/diary --objects s3://diary
    worklog serve --host 0.0.0.0 --certificate chain.pem --key key.pem
    """
    from worklog.cli.serving import serve_diary

    serve_diary(
        AppContext.of(ctx, json=json, quiet=quiet),
        host=host,
        port=port,
        data=data,
        database=database,
        objects=objects,
        url=url,
        certificate=certificate,
        key=key,
        mail=mail,
        mail_from=mail_from,
    )
