"""Settings as commands use them, and where each one came from.

Precedence: option > `WORKLOG_*` > file > default. Every layer is checked, also where a
higher one wins: a mistake in the file is told now and not when the variable goes away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from keyword import iskeyword
from types import MappingProxyType
from typing import Any, Final, Literal

from worklog.config.keys import KEYS, Key, Rules, Value, Words, find_key, near_keys, read_value
from worklog.errors import ConfigInvalidError

EDIT: Final = "Correct it with `worklog config edit`."
_NOT_KEYS: Final = frozenset({"WORKLOG_HOME"})


@dataclass(frozen=True, slots=True)
class Capture:
    """Settings `capture.*`."""

    consent: Literal["yes", "no", "ask"]
    screenshots: bool
    monitors: Literal["all", "active"]
    notify: bool
    review: timedelta
    withhold: Rules
    pixelate: int


@dataclass(frozen=True, slots=True)
class Redact:
    """Settings `redact.*`."""

    apps: Rules
    secrets: bool


@dataclass(frozen=True, slots=True)
class Idle:
    """Settings `idle.*`."""

    after: timedelta
    action: Literal["pause", "stop", "keep"]
    resume: timedelta


@dataclass(frozen=True, slots=True)
class Memo:
    """Settings `memo.*`."""

    remind: timedelta


@dataclass(frozen=True, slots=True)
class Review:
    """Settings `review.*`; `manual_share` is in per cent, `memo_length` in characters."""

    few_boxes: int
    memo_words: int
    memo_length: int
    vague: Words
    manual_share: int
    gap: timedelta
    longest_gap: timedelta
    remind: timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """Settings `limit.*`."""

    stop: bool


@dataclass(frozen=True, slots=True)
class Ui:
    """Settings `ui.*`."""

    colour: Literal["auto", "always", "never"]
    unicode: Literal["auto", "yes", "no"]


@dataclass(frozen=True, slots=True)
class Log:
    """Settings `log.*`."""

    level: Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Settings `hooks.*`."""

    timeout: timedelta


@dataclass(frozen=True, slots=True)
class Way:
    """Settings of one kind of capture way: `screen.*`, `input.*`, `window.*`."""

    way: str


@dataclass(frozen=True, slots=True)
class Storage:
    """Settings `storage.*`."""

    encrypt: bool
    key: Literal["file", "keyring"]


@dataclass(frozen=True, slots=True)
class Disk:
    """Settings `disk.*` [bytes]."""

    warn: int
    stop: int


@dataclass(frozen=True, slots=True)
class Letter:
    """Settings `report.*`; `from` is a word of Python's, so it is written `from_`."""

    logo: str
    from_: str
    to: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; the attributes are the keys of the table, which a test checks.

    Attributes:
        sources: Where each value came from, by the name of its key.
    """

    capture: Capture
    redact: Redact
    idle: Idle
    memo: Memo
    review: Review
    limit: Limit
    ui: Ui
    log: Log
    hooks: Hooks
    screen: Way
    input: Way
    window: Way
    storage: Storage
    disk: Disk
    report: Letter
    hangup: Literal["stop", "continue"]
    zone: str
    camera: bool
    camera_consent: Literal["yes", "no", "ask"]
    camera_source: str
    sources: Mapping[str, str]

    def value(self, key: Key) -> Value:
        """Return the value of *key*."""
        found: Any = self
        for name in key.name.split("."):
            found = getattr(found, attribute(name))
        value: Value = found
        return value


def attribute(name: str) -> str:
    """Return the attribute that the key *name* has within its section."""
    return f"{name}_" if iskeyword(name) else name.replace("-", "_")


SECTIONS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "capture": Capture,
        "redact": Redact,
        "idle": Idle,
        "memo": Memo,
        "review": Review,
        "limit": Limit,
        "ui": Ui,
        "log": Log,
        "hooks": Hooks,
        "screen": Way,
        "input": Way,
        "window": Way,
        "storage": Storage,
        "disk": Disk,
        "report": Letter,
    }
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One place that settings come from.

    Attributes:
        values: Raw values by the name of their key; unknown names are refused.
        where: Says for a name where its value stands, for people: `config.toml, line 3`.
        source: What `config list` calls it.
    """

    values: Mapping[str, object]
    where: Callable[[str], str]
    source: Callable[[str], str]


def merge(layers: Sequence[Layer]) -> Settings:
    """Return the settings that *layers*, the strongest last, give over the defaults.

    Raises:
        ConfigInvalidError: a layer has an unknown key or a value that cannot be used; the
            message names the place and the key.
    """
    values = {key.name: read_value(key, key.default) for key in KEYS}
    sources = dict.fromkeys(values, "default")
    for layer in layers:
        for name, raw in layer.values.items():
            values[name] = _read(layer, name, raw)
            sources[name] = layer.source(name)
    return _settings(values, sources)


def from_environment(environ: Mapping[str, str]) -> Layer:
    """Return the layer of the `WORKLOG_*` variables; an empty one counts as not set."""
    variables = {key.name: key.variable for key in KEYS}
    return Layer(
        {name: environ[var] for name, var in variables.items() if environ.get(var)},
        where=lambda name: variables[name],
        source=lambda name: variables[name],
    )


def from_options(options: Mapping[str, str]) -> Layer:
    """Return the layer of options on the command line, by the name of their key."""
    return Layer(options, where=lambda _: "command line", source=lambda _: "option")


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return the `WORKLOG_*` variables that set nothing, for `config list` to point at."""
    known = {key.variable for key in KEYS} | _NOT_KEYS
    return sorted(name for name in environ if name.startswith("WORKLOG_") and name not in known)


def _read(layer: Layer, name: str, raw: object) -> Value:
    key = find_key(name)
    if key is None:
        msg = f"{layer.where(name)}: there is no setting {name!r}"
        near = near_keys(name)
        raise ConfigInvalidError(msg, hint=f"Did you mean {' or '.join(near)}?" if near else EDIT)
    try:
        return read_value(key, raw)
    except ValueError as error:
        msg = f"{layer.where(name)}: {name}: {error}"
        raise ConfigInvalidError(msg, hint=EDIT) from None


def _settings(values: Mapping[str, Value], sources: Mapping[str, str]) -> Settings:
    """Put *values* into their classes; that they fit is what the table's test is for."""
    sections: dict[str, dict[str, Value]] = {}
    fields: dict[str, Any] = {}
    for name, value in values.items():
        section, dot, field = name.partition(".")
        if dot:
            sections.setdefault(section, {})[attribute(field)] = value
        else:
            fields[attribute(name)] = value
    made: dict[str, Any] = {name: SECTIONS[name](**inner) for name, inner in sections.items()}
    return Settings(**made, **fields, sources=MappingProxyType(dict(sources)))
