"""Backups of a service on SQLite and files: one tar of database, keys and pictures.

The database is copied by SQLite itself, so the service may run meanwhile, and before the
pictures: one that arrives in between is an orphan, which the next start sweeps away. A
backup that was brought back is another history, and so gets another epoch: trackers then
compare digests and send what is missing anew.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from worklog.errors import ConfigInvalidError, ConflictError, NotFoundError
from worklog.flock import lock
from worklog.places import ensure
from worklog.service.scope import SYSTEM
from worklog.service.settings import Settings
from worklog.service.store.engine import Clock, Store
from worklog.service.store.meta import renew_epoch

DATABASE: Final = "service.db"
_JOURNAL: Final = "service.db-journal"
_PRIVATE_FILE: Final = 0o600
_KEY: Final = "service.key"
_OBJECTS: Final = "objects"
_LOCK: Final = "service.lock"
# What a backup has: the two files, and objects in their folders.
_MEMBER: Final = re.compile(
    rf"{re.escape(DATABASE)}|{re.escape(_KEY)}|{_OBJECTS}(/[\w-]+)+", re.ASCII
)


@contextmanager
def in_use(folder: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold *folder* as one of several services, or *alone*.

    Raises:
        ConflictError: a service works in it, or it is being restored.
    """
    ensure(str(folder))
    with (folder / _LOCK).open("a") as file:
        if not lock(file.fileno(), is_shared=not alone):
            busy = "A service works in it" if alone else "It is being restored"
            msg = f"The folder {folder} is in use. {busy}."
            raise ConflictError(msg, hint="Wait for its end, or stop it.")
        yield


def back_up(settings: Settings, target: Path) -> int:
    """Write the whole service into the file *target*; return its size [bytes].

    Raises:
        ConfigInvalidError: its database or pictures are kept elsewhere.
        ConflictError: *target* is there already.
        NotFoundError: no service is kept in the folder.
    """
    _check(settings)
    if not (settings.data / DATABASE).exists():
        msg = f"No diary service is kept in {settings.data}."
        raise NotFoundError(msg, hint="Name its folder with --data.")
    if target.exists():
        msg = f"{target} is there already."
        raise ConflictError(msg, hint="Name another file.")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy, unfinished = Path(folder) / DATABASE, Path(folder) / "backup"
        copy.touch(_PRIVATE_FILE)
        unfinished.touch(_PRIVATE_FILE)
        with (
            contextlib.closing(sqlite3.connect(settings.data / DATABASE)) as source,
            contextlib.closing(sqlite3.connect(copy)) as into,
        ):
            source.backup(into)
        with unfinished.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                archive.add(copy, DATABASE)
                archive.add(settings.data / _KEY, _KEY)
                if (settings.data / _OBJECTS).exists():
                    archive.add(settings.data / _OBJECTS, _OBJECTS)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    return target.stat().st_size


def bring_back(settings: Settings, source: Path, *, is_sure: bool, clock: Clock) -> str:
    """Replace the service with what *source* has; return its new epoch.

    Raises:
        ConfigInvalidError: its database or pictures are kept elsewhere.
        ConflictError: a service works in the folder, or one is there and nobody is sure.
        NotFoundError: *source* is no backup of a service.
    """
    _check(settings)
    with in_use(settings.data, alone=True):
        if (settings.data / DATABASE).exists() and not is_sure:
            msg = f"A service is kept in {settings.data}; a restore replaces it."
            raise ConflictError(msg, hint="Say --yes if it is to be replaced.")
        with tempfile.TemporaryDirectory(dir=settings.data) as folder:
            unpacked = Path(folder)
            _unpack(source, unpacked)
            # A journal that a killed service left would be played back into the new database.
            for name in (_JOURNAL, _OBJECTS, _KEY, DATABASE):
                _replace(unpacked / name, settings.data / name)
        store = Store(settings.database_url, clock=clock)
        try:
            store.migrate()
            with store.writing(SYSTEM) as scope:
                return renew_epoch(scope)
        finally:
            store.close()


def _check(settings: Settings) -> None:
    if settings.database or settings.objects:
        msg = "Only a service on SQLite and files is backed up by worklog."
        raise ConfigInvalidError(msg, hint="Back database and bucket up with their own tools.")


def _unpack(source: Path, folder: Path) -> None:
    try:
        with tarfile.open(source, mode="r:") as archive:
            for member in archive:
                _unpack_member(archive, member, folder)
    except (OSError, tarfile.TarError) as error:
        msg = f"{source} cannot be read as a backup."
        raise NotFoundError(msg, hint="Name a file that `worklog admin backup` wrote.") from error
    if not ((folder / DATABASE).is_file() and (folder / _KEY).is_file()):
        msg = f"{source} is no backup of a service."
        raise NotFoundError(msg, hint="Name a file that `worklog admin backup` wrote.")


def _unpack_member(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write *member* below *folder*, if it is something that a backup has (T5).

    By hand, because early releases of Python 3.11 know no filters for archives.
    """
    if member.isdir():
        return
    content = archive.extractfile(member) if member.isreg() else None
    if content is None or _MEMBER.fullmatch(member.name) is None:
        msg = f"The backup has something in it that no backup has: {member.name!r}."
        raise NotFoundError(msg, hint="Name a file that `worklog admin backup` wrote.")
    target = folder / member.name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with content, target.open("xb") as file:
        target.chmod(_PRIVATE_FILE)
        shutil.copyfileobj(content, file)


def _replace(new: Path, old: Path) -> None:
    if old.is_dir():
        shutil.rmtree(old)
    else:
        old.unlink(missing_ok=True)
    if new.exists():
        new.replace(old)
