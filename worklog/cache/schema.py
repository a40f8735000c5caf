"""The schema of the cache and its numbered migrations.

An older database is copied before it is changed. A newer one is not touched.
"""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

from worklog.cache.files import create, sync_folder, unwritable
from worklog.errors import CacheCorruptError, CacheTooNewError
from worklog.failpoints import reach
from worklog.sqlite import migrate, schema_version, translate


def scripts() -> list[str]:
    """Return the migrations in order."""
    folder = resources.files("worklog.cache.migrations")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]


def prepare(db: sqlite3.Connection, path: str) -> None:
    """Bring the database at *path* to the newest schema, an older one after a copy.

    Raises:
        CacheTooNewError: a newer worklog wrote it. Nothing was written.
        CacheUnwritableError: it cannot be copied or changed; it is as it was.
    """
    known = scripts()
    found = schema_version(db)
    if found > len(known):
        msg = f"A newer worklog wrote the local cache (format {found}, known is {len(known)})."
        raise CacheTooNewError(msg, hint="Update worklog; nothing was changed.")
    if found == len(known):
        return
    if found:
        copy_database(db, f"{path}.format-{found}")
    else:
        # A quarter of the usual: a seal touches a dozen pages and writes each of them twice.
        db.execute("PRAGMA page_size = 1024")
    reach("migrate.begin")
    migrate(db, known)
    reach("migrate.done")


def copy_database(db: sqlite3.Connection, path: str) -> None:
    """Copy the whole database to *path* durably, and make sure that the copy is sound."""
    import os  # noqa: PLC0415 -- for fsync alone

    try:
        descriptor = create(path, exclusive=False)
        reach("migrate.copy")
        with _connection(path) as copy:
            db.backup(copy)
            verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        os.fsync(descriptor)
        os.close(descriptor)
        sync_folder(str(Path(path).parent))
    except OSError as error:
        raise unwritable(error) from error
    except sqlite3.Error as error:
        raise translate(error) or error from error
    if verdict != "ok":
        msg = "The local cache is damaged, so it was not brought to the new format."
        raise CacheCorruptError(msg, hint="Run `worklog check --rebuild`.")


class _connection:  # noqa: N801 -- reads like contextlib.closing, of which mypy loses the type
    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> sqlite3.Connection:
        return self._db

    def __exit__(self, *_: object) -> None:
        self._db.close()
