"""What `worklog config` shows and changes: settings with their values and sources.

`set`, `unset`, `edit` and `path` never need settings that can be used, because they are how
a broken file is mended.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worklog.config import (
    Entry,
    Kind,
    Value,
    as_text,
    entries,
    known_key,
    load,
    set_value,
    template,
    unknown_variables,
    unset,
)
from worklog.errors import CacheUnwritableError, UsageError
from worklog.places import ensure

if TYPE_CHECKING:
    from worklog.cli.context import AppContext


def show_settings(context: AppContext) -> None:
    """List all settings with value and source."""
    from worklog.cli.render.checks import config

    found = entries(context.settings)
    unknown = unknown_variables(context.environ)
    context.output.result(
        {"settings": [_view(context, entry) for entry in found], "unknown_variables": unknown},
        lambda: config(
            [(entry.key.name, _on_a_line(entry.text), entry.source) for entry in found],
            context.look,
        ),
    )
    for variable in unknown:
        context.output.note(f"{variable} is set, and is no setting.")


def show_setting(context: AppContext, name: str) -> None:
    """Show the value of one setting.

    Raises:
        UsageError: there is no such key.
    """
    key = known_key(name)
    entry = next(one for one in entries(context.settings) if one.key == key)
    context.output.result(_view(context, entry), lambda: entry.text)


def change_setting(context: AppContext, name: str, words: Sequence[str]) -> None:
    """Set a key in the file, and answer what it is now.

    Raises:
        UsageError: there is no such key, or it cannot have this value.
    """
    key = known_key(name)
    joint = "\n" if key.kind is Kind.RULES else " "
    value = set_value(context.places.config_file, name, joint.join(words))
    text = as_text(key, value)
    context.output.result(
        {"key": name, "value": _plain(value), "text": text, "file": context.places.config_file},
        lambda: f"{name}: {_on_a_line(text) or '-'}",
    )
    _tell_if_overridden(context, name)


def drop_setting(context: AppContext, name: str) -> None:
    """Take a key out of the file, so that the default holds again.

    Raises:
        UsageError: there is no such key, neither in the table nor in the file.
    """
    was_there = unset(context.places.config_file, name)
    context.output.result(
        {"key": name, "removed": was_there},
        lambda: f"{name}: {'the default again' if was_there else 'was not set'}",
    )
    _tell_if_overridden(context, name)


def show_path(context: AppContext) -> None:
    """Print where the settings file is, or would be."""
    path = context.places.config_file
    context.output.result({"file": path, "exists": Path(path).exists()}, lambda: path)


def edit_settings(context: AppContext) -> None:
    """Open the settings file in the user's editor, and check it afterwards.

    What was written stays, also where it cannot be used.

    Raises:
        UsageError: there is no terminal, or the editor failed.
        ConfigInvalidError: the file cannot be used; the message names line and key.
        CacheUnwritableError: the file cannot be made.
    """
    path = context.places.config_file
    if not context.is_interactive or context.output.is_json:
        msg = "The settings can be edited on a terminal only."
        raise UsageError(msg, hint="Use `worklog config set KEY VALUE`, or edit the file itself.")
    is_new = not Path(path).exists()
    if is_new:
        _make(path)
    before = Path(path).read_bytes()
    try:
        _open_editor(context, path)
    finally:
        has_changed = Path(path).exists() and Path(path).read_bytes() != before
        if is_new and not has_changed:
            Path(path).unlink(missing_ok=True)
    load(context.places, {})
    context.output.result(
        {"file": path, "changed": has_changed},
        lambda: f"{path} {'is fine' if has_changed else 'is as it was'}.",
    )


def _open_editor(context: AppContext, path: str) -> None:
    environ = context.environ
    editor = environ.get("VISUAL") or environ.get("EDITOR") or "vi"
    try:
        subprocess.run([*shlex.split(editor), path], check=True)  # noqa: S603 -- the user's own
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        msg = f"The editor {editor!r} failed."
        raise UsageError(msg, hint=f"Set EDITOR to one that works, or edit {path}.") from error


def _make(path: str) -> None:
    """Write a file that explains all settings and sets none."""
    ensure(str(Path(path).parent))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(template())
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}"
        raise CacheUnwritableError(msg, hint="Free space, or make it writable.") from error


def _tell_if_overridden(context: AppContext, name: str) -> None:
    with suppress(UsageError):  # a name that is no key, taken out of the file
        variable = known_key(name).variable
        if context.environ.get(variable):
            context.output.note(f"{variable} is set and wins over the file.")


def _view(context: AppContext, entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key.name,
        "value": _plain(context.settings.value(entry.key)),
        "text": entry.text,
        "source": entry.source,
        "default": entry.key.default,
        "help": entry.key.help,
    }


def _plain(value: Value) -> bool | int | str | list[str]:
    """Return *value* as JSON has it: durations in seconds, sizes in bytes."""
    if isinstance(value, timedelta):
        return value // timedelta(seconds=1)
    return list(value) if isinstance(value, tuple) else value


def _on_a_line(text: str) -> str:
    return ", ".join(text.splitlines())
