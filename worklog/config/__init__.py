"""Configuration: one table of keys, the settings made of it, and the file they stand in.

`load` is all that most commands need. Precedence: option > `WORKLOG_*` > file > default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from worklog.config.file import from_file, known_key, set_value, template, unset
from worklog.config.keys import KEYS, Key, Kind, Rules, Value, Words, as_text, is_zone
from worklog.config.settings import (
    Layer,
    Settings,
    from_environment,
    from_options,
    merge,
    unknown_variables,
)
from worklog.places import Places

__all__ = [
    "KEYS",
    "Entry",
    "Key",
    "Kind",
    "Layer",
    "Rules",
    "Settings",
    "Value",
    "Words",
    "as_text",
    "entries",
    "is_zone",
    "known_key",
    "load",
    "merge",
    "set_value",
    "template",
    "unknown_variables",
    "unset",
]
_NO_OPTIONS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """A setting as `config list` and `config get` show it.

    Attributes:
        key: From the table.
        text: Its value as it would be written; rules one a line.
        source: `default`, `option`, the variable, or file and line.
    """

    key: Key
    text: str
    source: str


def load(
    places: Places, environ: Mapping[str, str], options: Mapping[str, str] = _NO_OPTIONS
) -> Settings:
    """Return the settings that hold for this run.

    Args:
        places: Where the settings file is.
        environ: The environment.
        options: Values given on the command line, by the name of their key.

    Raises:
        ConfigInvalidError: the message names file and line, or the variable, and the key.
    """
    return merge([from_file(places.config_file), from_environment(environ), from_options(options)])


def entries(settings: Settings) -> list[Entry]:
    """Return all settings with their sources, in the order of the table."""
    return [
        Entry(key, as_text(key, settings.value(key)), settings.sources[key.name]) for key in KEYS
    ]
