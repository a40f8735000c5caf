"""Assembles the command line; the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError
from typer.core import TyperCommand, TyperGroup

from worklog.cli.registry import COMMANDS, Entry
from worklog.errors import UsageError, WorklogError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

BY_NAME: Final = {entry.name: entry for entry in COMMANDS}
INTERRUPTED: Final = 130
SUMMARY_WIDTH: Final = 200  # of a command's sentence in the help: it is wrapped, never cut


class LazyGroup(TyperGroup):
    """Imports a command's module when the command is used, and shows commands in groups."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 -- Typer's signature
        return [entry.name for entry in COMMANDS if not entry.is_hidden]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 -- as above
        entry = BY_NAME.get(cmd_name)
        return None if entry is None else load(entry)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 -- as above
        groups: dict[str, list[tuple[str, str]]] = {}
        for entry in COMMANDS:
            if not entry.is_hidden:
                command = self.get_command(ctx, entry.name)
                summary = command.get_short_help_str(SUMMARY_WIDTH)
                groups.setdefault(entry.group, []).append((entry.name, summary))
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl(rows)


def load(entry: Entry) -> TyperCommand | TyperGroup:
    """Return the command of *entry*, imported now."""
    found = getattr(import_module(entry.module), entry.attribute)
    if isinstance(found, typer.Typer):
        made = typer.main.get_command(found)
        made.name = entry.name
    else:
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(entry.name, no_args_is_help=False)(found)
        made = typer.main.get_command(single)
    assert isinstance(made, TyperCommand | TyperGroup)  # noqa: S101 -- what Typer builds
    return made


def _version(wanted: bool) -> None:  # noqa: FBT001 -- a Typer callback
    if wanted:
        from worklog import __version__

        typer.echo(f"worklog {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=LazyGroup,
    name="worklog",
    no_args_is_help=True,
    add_completion=False,  # completions are static files; see `worklog generate`
    rich_markup_mode=None,  # plain help: quick, and calm on every terminal
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    # Locals hold memos and tokens, which must not end up in bug reports.
    pretty_exceptions_show_locals=False,
    pretty_exceptions_enable=False,
    epilog="Times: 14:30, -20m, 'yesterday 17:00'. Ranges: today, mon..wed, week, 2026-11. "
    "See worklog(1).",
)


@app.callback()
def root(
    version: Annotated[  # noqa: FBT002 -- an eager option, not a parameter anybody passes
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Track your work in ten-minute segments, with proof that you can show.

    \b
    worklog start -m "fixing bug"    track until Ctrl-C
    worklog memo "writing tests"     say what you do now, from any terminal
    worklog diary                    see your day
    """  # noqa: D301 -- \\b keeps the lines apart


def run(argv: Sequence[str], context: AppContext | None = None) -> int:
    """Run the command line *argv* and return the exit status."""
    from worklog.cli.context import AppContext

    command = typer.main.get_command(app)
    used = context or AppContext(os.environ)
    try:
        outcome = command.main(
            filled_in(argv), prog_name="worklog", standalone_mode=False, obj=used
        )
    except WorklogError as error:
        return _fail(error, used.output.command, argv, is_json=used.output.is_json)
    except typer.Abort:
        print(file=sys.stderr)  # noqa: T201 -- ends the prompt's line
        return INTERRUPTED
    except ClickException as error:
        return _misused(error, argv)
    except SystemExit:
        return 0  # how Typer says that the reader of stdout has gone; it has silenced it
    return outcome if isinstance(outcome, int) else 0


def filled_in(argv: Sequence[str]) -> list[str]:
    """Return *argv* with two things put right that Typer cannot be told.

    `--week` may be given without a value, and `-20m..now` is a time and no option.
    """
    words = list(argv)
    for position, word in enumerate(words):
        if word == "--":
            break
        following = words[position + 1] if position + 1 < len(words) else "-"
        if word == "--week" and following[:1] == "-" and not following[1:2].isdigit():
            words[position] = "--week=now"
        elif word[:1] == "-" and word[1:2].isdigit():
            words[position] = f" {word}"
    return words


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the process's own command line, and exit."""
    try:
        status = run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone (`worklog diary | head`); nobody is left to tell.
        sys.stdout = None  # keeps the interpreter from flushing it
        status = 0
    sys.exit(status)


def _misused(error: ClickException, argv: Sequence[str]) -> int:
    """Tell Typer's complaint about the command line as ours; return the exit status.

    The name alone, of the program or of a group, is a question and no mistake.
    """
    from worklog.cli.output import as_sentence

    context = getattr(error, "ctx", None)
    if isinstance(error, NoArgsIsHelpError):
        typer.echo(error.ctx.get_help())
        return 0
    path = context.command_path if context is not None else "worklog"
    message = as_sentence(error.format_message())
    hint = f"`{path} --help` shows how it is used."
    if message.startswith("Got unexpected extra argument"):
        hint = f"Put words that belong together in quotes; {hint}"
    usage = UsageError(message, hint=hint)
    return _fail(usage, path.partition(" ")[2], argv)


def _fail(error: WorklogError, command: str, argv: Sequence[str], *, is_json: bool = False) -> int:
    """Tell *error* on stderr, or in the JSON envelope where that was asked for."""
    from worklog.cli.output import print_error

    words = argv[: argv.index("--")] if "--" in argv else argv
    print_error(error, command=command, is_json=is_json or "--json" in words)
    return error.exit_code
