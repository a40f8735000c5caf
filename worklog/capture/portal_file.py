"""The file that a portal puts a screenshot into: looked at, read, and deleted.

Whoever owns the portal's name on the bus says where it is, and what it says leads to a
deletion. So a file is touched only if it is a regular one of this user, in a place that
portals write to, changed since the picture was asked for, and begins as a picture does.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

LARGEST: Final = 256 << 20  # of a file [bytes]; three 4K monitors of noise are 75 MB
SLACK_NS: Final = 1_000_000_000  # file systems' clocks lag behind, some by much

_SCHEME: Final = "file://"
_TEMPORARY: Final = "/tmp"  # noqa: S108 -- where xdg-desktop-portal-wlr writes; nothing is made there
_HEADS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_HEAD: Final = max(map(len, _HEADS))
_PICTURES: Final = re.compile(r'^XDG_PICTURES_DIR="(?:(\$HOME)/)?([^"\n]*)"', re.MULTILINE)


class WrongFileError(OSError):
    """What the portal named is not touched, or cannot be used; it says why."""


def taken(uri: str, environ: Mapping[str, str], *, since_ns: int) -> bytes:
    """Return the bytes of the picture at *uri* and delete the file.

    It must have been changed after *since_ns*, wall clock [ns].

    Raises:
        WrongFileError: it is no picture that a portal made just now, and is left alone;
            or it is larger than `LARGEST`, and is deleted.
        OSError: it cannot be read or deleted.
    """
    path = path_of(uri)
    folder = os.path.realpath(path.parent)
    if not any(_is_inside(folder, place) for place in places(environ)):
        msg = "the desktop's portal named a file in a place where it writes none"
        raise WrongFileError(msg)
    with _opened(folder) as parent:
        return _read(parent, path.name, since_ns=since_ns)


def path_of(uri: str) -> Path:
    """Return the path of a `file:` URI; KDE leaves its characters as they are.

    Raises:
        WrongFileError: it is none, or of another machine.
    """
    rest = uri[len(_SCHEME) :] if uri.startswith(_SCHEME) else ""
    path = os.fsdecode(unquote_to_bytes(rest.removeprefix("localhost")))
    parts = path.split("/")
    if not path.startswith("/") or "\0" in path or ".." in parts or not parts[-1]:
        msg = "the desktop's portal named no file"
        raise WrongFileError(msg)
    return Path(path)


def places(environ: Mapping[str, str]) -> list[str]:
    """Return the folders that portals put screenshots into, without links.

    The pictures of the user (GNOME, KDE), else the home itself; the caches, and the
    folders for what does not last (wlroots, Hyprland; documents of sandboxes).
    """
    home = environ.get("HOME", "")
    found = [_TEMPORARY, environ.get("TMPDIR", "")]
    found += [environ.get("XDG_RUNTIME_DIR", ""), environ.get("XDG_CACHE_HOME", "")]
    if home:
        found += [f"{home}/Pictures", f"{home}/.cache", _pictures(home, environ)]
    return [os.path.realpath(place) for place in found if place.startswith("/")]


def _pictures(home: str, environ: Mapping[str, str]) -> str:
    """Return the folder of pictures, by its name in the user's language."""
    config = environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    try:
        text = (Path(config) / "user-dirs.dirs").read_text(errors="replace")
    except OSError:
        return ""
    named = _PICTURES.search(text)
    if named is None:
        return ""
    return f"{home}/{named[2]}" if named[1] else named[2]


def _is_inside(folder: str, place: str) -> bool:
    return place != "/" and (folder == place or folder.startswith(f"{place}/"))


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    parent = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield parent
    finally:
        os.close(parent)


def _read(parent: int, name: str, *, since_ns: int) -> bytes:
    # NONBLOCK, as opening a pipe would wait for somebody at its other end.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=parent)
    try:
        found = os.fstat(descriptor)
        head = os.read(descriptor, _HEAD) if _is_new(found, since_ns) else b""
        if not head.startswith(_HEADS):
            msg = "the desktop's portal named a file that is no new picture"
            raise WrongFileError(msg)
        _delete(parent, name, found)
        if found.st_size <= LARGEST:
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return head + file.read(LARGEST)
    finally:
        os.close(descriptor)
    msg = "the desktop's portal gave a picture that is too large"
    raise WrongFileError(msg)


def _is_new(found: os.stat_result, since_ns: int) -> bool:
    """Return whether it is a plain file of this user that was changed since *since_ns*."""
    is_own = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and found.st_nlink == 1
    return is_own and found.st_ctime_ns >= since_ns - SLACK_NS


def _delete(parent: int, name: str, opened: os.stat_result) -> None:
    """Delete the file that is open; its name may be another's by now."""
    now = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if not os.path.samestat(now, opened):
        msg = "the picture of the desktop's portal was replaced meanwhile"
        raise WrongFileError(msg)
    os.unlink(name, dir_fd=parent)
