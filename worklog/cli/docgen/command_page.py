"""The page of one command: worklog-start(1) and its like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from worklog import __version__
from worklog.cli.docgen import mdoc, statuses
from worklog.cli.docgen.tree import Command, Parameter, Values

DATE: Final = "November 23, 2026"  # of the last change of the words written by hand
_COMMON_NAMES: Final = ("--json", "--quiet", "--help")
COMMON: Final = (
    Parameter(("--json",), "", "Print one JSON object instead of text."),
    Parameter(("--quiet", "-q"), "", "Print nothing but errors."),
    Parameter(("--help", "-h"), "", "Show what the command takes, and exit."),
)
_ARGUMENTS_READ: Final = {
    "TIME": "TIME",
    "T": "TIME",
    "RANGE": "RANGE",
    "D": "RANGE",
    "SEGMENTS": "SEGMENTS",
    "SEGMENT": "SEGMENTS",
    "DURATION": "DURATION",
}


def command_page(command: Command) -> str:
    """Return the man page of *command*, with those below it."""
    return mdoc.page(
        command.page,
        1,
        command.summary,
        mdoc.section("SYNOPSIS", _synopsis(command)),
        mdoc.section("DESCRIPTION", *_description(command)),
        *([] if command.commands else [_options(command)]),
        mdoc.section(
            "EXIT STATUS",
            status_table(statuses.rows_of(command.name)),
        ),
        mdoc.section("EXAMPLES", mdoc.literal(example_lines(command))),
        mdoc.section(
            "SEE ALSO", [mdoc.reference("worklog", after=","), mdoc.reference("worklog-diary", 7)]
        ),
        date=DATE,
        release=f"worklog {__version__}",
    )


def own_options(command: Command) -> list[Parameter]:
    """Return the options that not every command has."""
    return [option for option in command.options if option.names[0] not in _COMMON_NAMES]


def option_rows(options: Iterable[Parameter]) -> Iterator[tuple[str, list[str]]]:
    """Yield headings and texts of *options* for a list."""
    for option in options:
        yield _spelt(option, _short_first(option)), mdoc.prose(_told(option))


def usage(command: Command, *, with_options: bool) -> list[str]:
    """Return what may follow the name of *command*, each as one macro."""
    parts = [
        f"Op {_spelt(option, _short_first(option)[:1])}"
        for option in own_options(command)
        if with_options
    ]
    for argument in command.arguments:
        shown = mdoc.value(argument.metavar, is_repeated=argument.is_repeated)
        parts.append(shown if argument.is_required else f"Op {shown}")
    return parts


def example_lines(command: Command) -> list[str]:
    """Return the examples of *command* and of those below it."""
    return [line for inner in command.walk() for line in inner.examples]


def status_table(rows: Sequence[statuses.Row]) -> list[str]:
    """Return a list of exit statuses."""
    return mdoc.tagged(
        ((f"{status} Pq {mdoc.code(code)}", mdoc.prose(meaning)) for status, code, meaning in rows),
        width="Ds",
    )


def _synopsis(command: Command) -> list[str]:
    lines: list[str] = []
    for inner in command.commands or (command,):
        lines.append(f".Nm worklog {inner.path}")
        lines += [f".{part}" for part in usage(inner, with_options=True)]
    return lines


def _description(command: Command) -> Iterator[list[str]]:
    yield mdoc.prose(command.summary, *command.text)
    for inner in command.commands:
        rows = [*_argument_rows(inner), *option_rows(own_options(inner))]
        yield mdoc.subsection(
            f"worklog {inner.path}",
            mdoc.prose(inner.summary, *inner.text),
            *([mdoc.tagged(rows)] if rows else []),
        )
    if command.commands:
        yield mdoc.subsection("Options of each", mdoc.tagged(option_rows(COMMON), compact=True))


def _options(command: Command) -> list[str]:
    rows = [*_argument_rows(command), *option_rows([*own_options(command), *COMMON])]
    read = [_ARGUMENTS_READ.get(p.metavar) for p in (*command.arguments, *command.options)]
    kinds = list(dict.fromkeys(kind for kind in read if kind))
    told = _sentence(kinds)
    return mdoc.section("OPTIONS", mdoc.tagged(rows), *([told] if told else []))


def _sentence(kinds: Sequence[str]) -> list[str]:
    if not kinds:
        return []
    *most, last = kinds
    names = f"{', '.join(most)} and {last}" if most else last
    return mdoc.prose(f"How {names} may be written is told in worklog(1) under TIMES AND RANGES.")


def _argument_rows(command: Command) -> Iterator[tuple[str, list[str]]]:
    for argument in command.arguments:
        heading = mdoc.value(argument.metavar, is_repeated=argument.is_repeated)
        yield heading, mdoc.prose(_told(argument))


def _told(parameter: Parameter) -> str:
    sentence = parameter.help.rstrip(".")
    if parameter.values is Values.CHOICE:
        sentence += f": {', '.join(f'`{word}`' for word in parameter.words)}"
    if parameter.default:
        sentence += f" (default: `{parameter.default}`)"
    return f"{sentence}."


def _spelt(option: Parameter, names: Sequence[str]) -> str:
    if option.is_flag:
        return mdoc.flag(names)
    value = mdoc.value(option.metavar, is_repeated=option.is_repeated)
    return mdoc.flag(names, f"Op {value}" if option.is_value_optional else value)


def _short_first(option: Parameter) -> tuple[str, ...]:
    return tuple(sorted(option.names, key=len))
