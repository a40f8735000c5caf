"""``worklog edit``."""

from __future__ import annotations

from typing import Annotated

import typer

from worklog.cli.context import AppContext
from worklog.cli.options import ContractOption, Json, Quiet


def edit(
    ctx: typer.Context,
    *,
    segments: Annotated[
        str, typer.Argument(metavar="SEGMENTS", help="A time, a RANGE, @last or @3.")
    ] = "today",
    memo: Annotated[
        str | None, typer.Option("--memo", "-m", metavar="MEMO", help="The new memo.")
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", "-l", metavar="LABEL", help="The new label.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="CONTRACT", help="Move them to this contract."),
    ] = None,
    wins: Annotated[
        bool,
        typer.Option("--wins", help="Bill them where another contract has time in their slots."),
    ] = False,
    contract: ContractOption = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Change memo, label or contract of segments, until their week locks.

    A slot bills for one contract; --wins makes it these segments'.

    Without options it opens $EDITOR on a form of the range. Words do not move along to
    another contract unless you give them.

    \b
    worklog edit 10:00-11:30 --memo "review of the login"
    worklog edit @last --label meeting
    worklog edit yesterday --to globex --memo "workshop"
    """
    from worklog.cli.changing import Change, edit_segments

    change = Change(memo=memo, label=label, contract=to, wins=wins)
    context = AppContext.of(ctx, json=json, quiet=quiet)
    edit_segments(context, segments, contract, change)
