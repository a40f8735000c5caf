"""The settings file: TOML that people write, read by tomllib and changed by tomlkit.

A change keeps comments and order and replaces the file whole. tomllib keeps no lines, so
for an error the line of a key is looked up in the text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from worklog.config.keys import KEYS, Key, Kind, Value, as_text, find_key, near_keys, read_value
from worklog.config.settings import EDIT, Layer
from worklog.errors import CacheUnwritableError, ConfigInvalidError, UsageError
from worklog.places import ensure

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

FILE_MODE: Final = 0o600
_HEADER: Final = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_ENTRY: Final = re.compile(r"\s*([\w\"'.\s-]+?)\s*=")
_ERROR_LINE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def from_file(path: str) -> Layer:
    """Return the layer of the settings file at *path*; an empty one without a file.

    Raises:
        ConfigInvalidError: it cannot be read or is no TOML; the message names the line.
    """
    text = _text(path)
    values = dict(_flat(_parsed(path, text))) if text else {}

    def where(name: str) -> str:
        return f"{path}, line {line_of(text, name)}"

    return Layer(values, where=where, source=where)


def line_of(text: str, name: str) -> int:
    """Return the line of *text* that sets the key *name*, else the nearest above it."""
    section, best, found = "", 0, 1
    for number, line in enumerate(text.splitlines(), 1):
        header, entry = _HEADER.match(line), _ENTRY.match(line)
        if header:
            section = _bare(header[1])
            known = section
        elif entry:
            known = _bare(f"{section}.{entry[1]}" if section else entry[1])
        else:
            continue
        if len(known) > best and (name == known or name.startswith(f"{known}.")):
            best, found = len(known), number
    return found


def set_value(path: str, name: str, text: str) -> Value:
    """Set the key *name* to what *text* stands for; return that.

    Raises:
        UsageError: there is no such key, or *text* is no value of it.
        ConfigInvalidError: the file cannot be changed as it is.
        CacheUnwritableError: it cannot be written.
    """
    key = known_key(name)
    try:
        value = read_value(key, text)
    except ValueError as error:
        msg = f"{name}: {error}"
        raise UsageError(msg, hint=f"{key.help} Default: {key.default or 'empty'}.") from None
    document = _document(path)
    table, last = _table(path, document, name, make=True)
    table[last] = _toml(key, value)
    _replace(path, document)
    return value


def unset(path: str, name: str) -> bool:
    """Remove the key *name* from the file; return whether it was there.

    A name that is no key may be removed too, so that a mistake can be taken back.

    Raises:
        UsageError: there is no such key, neither in the table nor in the file.
        ConfigInvalidError: the file cannot be changed as it is.
        CacheUnwritableError: it cannot be written.
    """
    document = _document(path)
    table, last = _table(path, document, name, make=False)
    if last in table:
        del table[last]
        _replace(path, document)
        return True
    known_key(name)
    return False


def known_key(name: str) -> Key:
    """Return the key called *name*.

    Raises:
        UsageError: there is none; the hint has the nearest names.
    """
    key = find_key(name)
    if key is None:
        msg = f"there is no setting {name!r}"
        near = near_keys(name)
        hint = f"Did you mean {' or '.join(near)}?" if near else "See `worklog config list`."
        raise UsageError(msg, hint=hint)
    return key


def template() -> str:
    """Return a settings file that sets nothing and explains everything."""
    lines = ["# Settings of worklog. Remove a leading # to change one; see worklog(1).", ""]
    for key in sorted(KEYS, key=lambda key: "." in key.name):
        choices = f" One of: {', '.join(key.choices)}." if key.choices else ""
        lines += [f"# {key.help}{choices}"]
        lines += [f"# {key.name} = {_toml_text(key, read_value(key, key.default))}", ""]
    return "\n".join(lines)


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 -- pathlib costs 3 ms on every start
            return file.read().decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        msg = f"{path}, line {line}: this is not UTF-8"
        raise ConfigInvalidError(msg, hint=EDIT) from error
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise ConfigInvalidError(msg, hint="Make it a file that you can read.") from error


def _parsed(path: str, text: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 -- only where there is a file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _ERROR_LINE.search(str(error))
        last = text.count("\n") + (not text.endswith("\n"))
        line = place[1] if place and place[1] else last
        reason = _ERROR_LINE.sub("", str(error))
        msg = f"{path}, line {line}: this is not TOML: {reason}"
        raise ConfigInvalidError(msg, hint=EDIT) from error
    except RecursionError as error:
        msg = f"{path}, line 1: this is not TOML: it is nested too deep"
        raise ConfigInvalidError(msg, hint=EDIT) from error


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict) and find_key(prefix + name) is None:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _bare(name: str) -> str:
    return re.sub(r"[\s\"']", "", name)


def _document(path: str) -> TOMLDocument:
    """Return the file as tomlkit has it, after tomllib has found it whole."""
    from tomlkit import parse  # noqa: PLC0415 -- only to change the file

    text = _text(path)
    _parsed(path, text)
    return parse(text)


def _table(path: str, document: TOMLDocument, name: str, *, make: bool) -> tuple[Any, str]:
    """Return the table that holds the key *name*, and the key's name within it."""
    from tomlkit import table as new_table  # noqa: PLC0415 -- only to change the file

    *sections, last = name.split(".")
    table: Any = document
    for section in sections:
        if section not in table:
            if not make:
                return {}, last
            table[section] = new_table()
        table = table[section]
        if not isinstance(table, dict):
            line = line_of(_text(path), section)
            msg = f"{path}, line {line}: {section!r} is a value and not a table"
            raise ConfigInvalidError(msg, hint=EDIT)
    return table, last


def _toml(key: Key, value: Value) -> bool | int | str | list[str]:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool):
        return value
    return int(str(value)) if key.kind is Kind.NUMBER else as_text(key, value)


def _toml_text(key: Key, value: Value) -> str:
    from tomlkit import item  # noqa: PLC0415 -- only to write a file

    return item(_toml(key, value)).as_string()


def _replace(path: str, document: TOMLDocument) -> None:
    # The file itself may be a link into a folder of dotfiles, which must stay one.
    target = os.path.realpath(path)
    ensure(os.path.dirname(path))  # noqa: PTH120 -- places are text
    new = f"{target}.new"
    try:
        with suppress(FileNotFoundError):
            os.unlink(new)  # noqa: PTH108 -- what a crash left behind
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
            file.write(document.as_string())
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, target)  # noqa: PTH105 -- places are text
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}"
        raise CacheUnwritableError(msg, hint="Free space, or make it writable.") from error
