"""The command tree as plain values: what the generators need to know of each command.

Typer's objects are read in this module only. What a value stands for (`values`) comes
from its type where that says it, else from its metavar, so that a command that names its
parameters like the others is completed like the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from worklog.cli.registry import COMMANDS, Entry

_LINES: Final = "\b"  # Click's mark of a paragraph whose lines stay apart: the examples
_HELP: Final = "Show this message and exit."

Node = Any  # a command or parameter of Typer, which has no types for them


class Values(StrEnum):
    """What a value may be, as far as a completion can offer something."""

    NONE = "none"  # a flag
    TEXT = "text"  # nothing to offer
    CHOICE = "choice"
    CONTRACT = "contract"
    LABEL = "label"
    LABEL_NOW = "label-now"  # of the contract that is being tracked
    FILE = "file"
    FOLDER = "folder"
    KEY = "key"  # of the settings
    KEY_VALUE = "key-value"  # of the setting named before it


# What a metavar stands for; a word that is not here has nothing to offer.
METAVARS: Final = {
    "CONTRACT": Values.CONTRACT,
    "LABEL": Values.LABEL,
    "KEY": Values.KEY,
    "FILE": Values.FILE,
    "DIR": Values.FOLDER,
    "FOLDER": Values.FOLDER,
}
# A few words that people type most; all others are read as well.
SUGGESTED: Final = {
    "RANGE": ("today", "yesterday", "week", "last week", "month", "last month"),
    "SEGMENTS": ("@last", "@3", "today", "yesterday"),
    "SEGMENT": ("@last",),
    "GAP": ("today", "yesterday"),
    "WEEK": ("week", "last week"),
    "DAY": ("today", "yesterday"),
    "D": ("today", "yesterday"),
    "T": ("today", "yesterday"),
    "FORMAT": ("table", "csv", "json"),
    "WHAT,…": ("contract", "label", "memo", "day", "week", "app"),
    "DURATION": ("25m", "1h", "2h", "4h"),
}
_SPECIAL: Final = {
    ("label", "NAME"): Values.LABEL_NOW,
    ("config set", "VALUE"): Values.KEY_VALUE,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """An option or an argument.

    Attributes:
        names: Of an option, long ones first; empty for an argument.
        metavar: What its value is called; empty for a flag.
        help: What it does.
        values: What its value may be.
        words: All values of a choice; else some that may be offered.
        is_required: A call without it is refused.
        is_repeated: It may be given several times, or takes several words.
        is_value_optional: The option may stand alone.
        default: In text form; empty where there is none worth telling.
    """

    names: tuple[str, ...]
    metavar: str
    help: str
    values: Values = Values.NONE
    words: tuple[str, ...] = ()
    is_required: bool = False
    is_repeated: bool = False
    is_value_optional: bool = False
    default: str = ""

    @property
    def is_option(self) -> bool:
        return bool(self.names)

    @property
    def is_flag(self) -> bool:
        return self.values is Values.NONE


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or a group of them.

    Attributes:
        path: Its name with that of its group before it: `config set`.
        group: Under which heading `worklog --help` lists it.
        summary: One line.
        text: Paragraphs after the summary.
        examples: Command lines.
        options: In the order of `--help`.
        arguments: In their order on the command line.
        commands: Those of a group.
    """

    path: str
    group: str
    summary: str
    text: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    options: tuple[Parameter, ...] = ()
    arguments: tuple[Parameter, ...] = ()
    commands: tuple[Command, ...] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition(" ")[2]

    @property
    def page(self) -> str:
        """The name of its man page, without the section."""
        return f"worklog-{self.path.replace(' ', '-')}"

    def walk(self) -> Iterator[Command]:
        """Yield this command and those below it."""
        yield self
        for command in self.commands:
            yield from command.walk()


def tree() -> tuple[Command, ...]:
    """Return all commands that `worklog --help` lists, in its order."""
    return tuple(_of_entry(entry) for entry in COMMANDS if not entry.is_hidden)


def _of_entry(entry: Entry) -> Command:
    from worklog.cli.main import load

    return _command(load(entry), entry.name, entry.group)


def _command(found: Node, path: str, group: str) -> Command:
    summary, text, examples = _texts(found.help or "")
    parameters = [
        _parameter(parameter, path)
        for parameter in found.params
        if not getattr(parameter, "hidden", False)
    ]
    own = tuple(parameter for parameter in parameters if parameter.is_option)
    return Command(
        path=path,
        group=group,
        summary=summary,
        text=text,
        examples=examples,
        options=(*own, Parameter(("--help", "-h"), "", _HELP)),
        arguments=tuple(parameter for parameter in parameters if not parameter.is_option),
        commands=tuple(
            _command(inner, f"{path} {name}", group)
            for name, inner in getattr(found, "commands", {}).items()
            if not inner.hidden
        ),
    )


def _texts(docstring: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return summary, paragraphs and examples of a docstring as Click has cleaned it."""
    first, *rest = docstring.replace(f"{_LINES}\n", f"\n\n{_LINES}\n").split("\n\n")
    text: list[str] = []
    examples: list[str] = []
    for paragraph in rest:
        lines = [line.strip(f" {_LINES}") for line in paragraph.splitlines()]
        lines = [line for line in lines if line]
        if _LINES in paragraph:
            examples += lines
        elif lines:
            text.append(" ".join(lines))
    return " ".join(first.split()), tuple(text), tuple(examples)


def _parameter(found: Node, path: str) -> Parameter:
    is_option = found.param_type_name == "option"
    metavar = _metavar(found)
    if is_option and found.is_flag:
        names = (*_sorted_names(found.opts), *_sorted_names(found.secondary_opts))
        return Parameter(names, "", found.help or "")
    values, words = _values(found, metavar, path)
    made = Parameter(
        names=_sorted_names(found.opts) if is_option else (),
        metavar=metavar,
        help=found.help or "",
        values=values,
        words=words,
        is_required=bool(found.required),
        is_repeated=bool(getattr(found, "multiple", False)) or found.nargs == -1,
        is_value_optional=is_option and (found.metavar or "").startswith("["),
    )
    default = found.default
    if isinstance(default, str | int) and default != "" and not made.is_required:
        return replace(made, default=str(default))
    return made


def _metavar(found: Node) -> str:
    given = (found.metavar or found.name.rstrip("_").upper()).strip("[].")
    return str(given)


def _sorted_names(names: list[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: not name.startswith("--")))


def _values(found: Node, metavar: str, path: str) -> tuple[Values, tuple[str, ...]]:
    choices = getattr(found.type, "choices", None)
    if choices:
        return Values.CHOICE, tuple(str(getattr(word, "value", word)) for word in choices)
    if found.type.name in ("file", "path", "directory", "filename"):
        is_folder = not getattr(found.type, "file_okay", True)
        return (Values.FOLDER if is_folder else Values.FILE), ()
    if "|" in metavar:
        return Values.TEXT, tuple(word for word in metavar.split("|") if word.islower())
    if metavar.islower():  # the word itself
        return Values.TEXT, (metavar,)
    kind = _SPECIAL.get((path, metavar)) or METAVARS.get(metavar, Values.TEXT)
    return kind, SUGGESTED.get(metavar, ())
