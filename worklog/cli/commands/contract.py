"""``worklog contract``: list, show, use, add, edit, archive, ask."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli import contracts
from worklog.cli.context import AppContext
from worklog.cli.options import Json, Quiet

contract = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Whom you work for, and on which terms.\n\n\b\nworklog contract list",
)

Name = Annotated[str, typer.Argument(metavar="CONTRACT", help="Its name.")]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="Short and unique.")]
Client = Annotated[str | None, typer.Option("--client", metavar="TEXT", help="Who pays.")]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="What for.")]
Labels = Annotated[
    str | None,
    typer.Option("--labels", metavar="A,B,C", help="Activity labels to choose from."),
]
Rate = Annotated[
    str | None,
    typer.Option("--rate", metavar="AMOUNT", help="Per hour, as in '80 EUR'; 'none' for no rate."),
]
Limit = Annotated[
    str | None,
    typer.Option("--limit", metavar="HOURS", help="Per week, as in 40h; 'none' for no limit."),
]
Billing = Annotated[
    str | None,
    typer.Option("--billing", metavar="slot|minute", help="Ten minutes, or the green ones."),
]
Screenshots = Annotated[
    str | None,
    typer.Option(
        "--screenshots",
        metavar="required|optional|forbidden",
        help="Whether its segments carry pictures.",
    ),
]
Titles = Annotated[
    bool | None, typer.Option("--titles/--no-titles", help="Whether window titles are kept.")
]
Manual = Annotated[
    bool | None,
    typer.Option("--manual/--no-manual", help="Whether time may be added by hand."),
]
NeedsMemo = Annotated[
    bool | None, typer.Option("--needs-memo/--no-needs-memo", help="Tracking needs a memo.")
]
NeedsLabel = Annotated[
    bool | None, typer.Option("--needs-label/--no-needs-label", help="Tracking needs a label.")
]
Locks = Annotated[
    bool | None,
    typer.Option("--locks/--no-locks", help="Weeks lock twelve hours after their end."),
]


@contract.command("list")
def list_(
    ctx: typer.Context,
    *,
    all_: Annotated[bool, typer.Option("--all", "-a", help="Archived ones as well.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the contracts.

    \b
    worklog contract list --all
    """
    contracts.show_list(
        AppContext.of(ctx, json=json, quiet=quiet, only_reads=True), with_archived=all_
    )


@contract.command()
def show(ctx: typer.Context, *, name: Name, json: Json = False, quiet: Quiet = False) -> None:
    """Show a contract with its dated terms.

    \b
    worklog contract show acme
    """
    contracts.show_one(AppContext.of(ctx, json=json, quiet=quiet, only_reads=True), name)


@contract.command()
def use(ctx: typer.Context, *, name: Name, json: Json = False, quiet: Quiet = False) -> None:
    """Let `worklog start` take this contract when none is named.

    \b
    worklog contract use acme
    """
    contracts.use(AppContext.of(ctx, json=json, quiet=quiet), name)


@contract.command()
def add(
    ctx: typer.Context,
    *,
    name: NewName,
    client: Client = None,
    title: Title = None,
    labels: Labels = None,
    rate: Rate = None,
    limit: Limit = None,
    billing: Billing = None,
    screenshots: Screenshots = None,
    titles: Titles = None,
    manual: Manual = None,
    needs_memo: NeedsMemo = None,
    needs_label: NeedsLabel = None,
    locks: Locks = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Add a contract of your own.

    \b
    worklog contract add acme --client "Acme Ltd" --rate "80 EUR" --limit 40h
    worklog contract add globex --labels dev,review,meeting --needs-label
    """
    wanted = contracts.Wanted(
        name=name,
        client=client,
        title=title,
        labels=labels,
        rate=rate,
        limit=limit,
        billing=billing,
        screenshots=screenshots,
        titles=titles,
        manual=manual,
        needs_memo=needs_memo,
        needs_label=needs_label,
        locks=locks,
    )
    contracts.add(AppContext.of(ctx, json=json, quiet=quiet), wanted)


@contract.command()
def edit(
    ctx: typer.Context,
    *,
    name: Name,
    rename: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Call it something else.")
    ] = None,
    client: Client = None,
    title: Title = None,
    labels: Labels = None,
    rate: Rate = None,
    limit: Limit = None,
    billing: Billing = None,
    screenshots: Screenshots = None,
    titles: Titles = None,
    manual: Manual = None,
    needs_memo: NeedsMemo = None,
    needs_label: NeedsLabel = None,
    locks: Locks = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Change a contract.

    A raised limit covers the whole current week; a lower one, and another rate, begin
    with the next.

    \b
    worklog contract edit work --name acme --rate "80 EUR"
    """
    wanted = contracts.Wanted(
        name=rename,
        client=client,
        title=title,
        labels=labels,
        rate=rate,
        limit=limit,
        billing=billing,
        screenshots=screenshots,
        titles=titles,
        manual=manual,
        needs_memo=needs_memo,
        needs_label=needs_label,
        locks=locks,
    )
    contracts.edit(AppContext.of(ctx, json=json, quiet=quiet), name, wanted)


@contract.command()
def archive(
    ctx: typer.Context,
    *,
    name: Name,
    back: Annotated[bool, typer.Option("--back", help="Bring it back.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Leave a contract out of lists and choices; nothing of it is lost.

    \b
    worklog contract archive acme
    """
    contracts.archive(AppContext.of(ctx, json=json, quiet=quiet), name, is_archived=not back)


@contract.command()
def ask(
    ctx: typer.Context,
    *,
    what: Annotated[str, typer.Argument(metavar="manual", help="What to ask the client for.")],
    name: Annotated[
        str | None, typer.Option("--contract", "-c", metavar="CONTRACT", help="Which contract.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; the client reads it.")
    ] = "",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ask the client of a contract for the permission to add manual time.

    \b
    worklog contract ask manual
    worklog contract ask manual --reason "calls away from the desk"
    """
    contracts.ask(AppContext.of(ctx, json=json, quiet=quiet), what, name, reason)
