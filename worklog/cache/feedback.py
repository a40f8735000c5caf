"""Where reports of problems are kept until the service has them.

One file each in the data folder; which service it is for stands beside what is sent, and
one that is for none goes to the first that there is a login to. The figures of the cache
are counted on a connection that cannot write, so that a report can be made of a cache in
any state.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from worklog.cache.files import remove, unwritable, write_durably
from worklog.places import Places, ensure

SUFFIX: Final = ".json"
REFUSED: Final = ".refused"
_FOR: Final = "for"  # the one member of a file that is not sent
COUNTED: Final = (
    "contracts",
    "sessions",
    "gaps",
    "parts",
    "amendments",
    "segments",
    "images",
    "mailbox",
    "outbox",
    "scrub",
)
_PATIENCE_S: Final = 1.0


def folder(places: Places) -> str:
    """Return the folder of the reports."""
    return f"{places.data}/feedback"


def keep(places: Places, report: Mapping[str, Any], *, service: str = "") -> str:
    """Keep *report* for *service* durably, readable for its owner only; return the path.

    Raises:
        CacheUnwritableError: it could not be written.
    """
    ensure(folder(places))
    path = _path(places, str(report["id"]))
    content = {**report, _FOR: service} if service else report
    data = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    write_durably(path, data.encode(errors="replace"), step="feedback")
    return path


def kept(places: Places) -> list[tuple[str, dict[str, Any]]]:
    """Return path and content of all reports, oldest first; damaged ones are left out."""
    found = []
    for path in sorted(Path(folder(places)).glob(f"*{SUFFIX}")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict):
            found.append((str(path), content))
    return found


def waiting(places: Places, service: str) -> dict[str, dict[str, Any]]:
    """Return the reports that are for *service*, as they are sent, by id, oldest first."""
    return {
        Path(path).stem: {name: value for name, value in content.items() if name != _FOR}
        for path, content in kept(places)
        if content.get(_FOR, service) == service and content.get("id") == Path(path).stem
    }


def forget(places: Places, report: str) -> None:
    """Let go of a report that was sent.

    Raises:
        CacheUnwritableError: it stays, and would be sent again, which changes nothing.
    """
    remove(_path(places, report))


def set_aside(places: Places, report: str) -> str:
    """Keep a report that a service refused under a name that is not sent; return the path.

    Raises:
        CacheUnwritableError: it cannot be renamed.
    """
    path = Path(_path(places, report))
    try:
        return str(path.replace(path.with_suffix(REFUSED)))
    except OSError as error:
        raise unwritable(error) from error


def _path(places: Places, report: str) -> str:
    return f"{folder(places)}/{report}{SUFFIX}"


def figures(places: Places) -> dict[str, int]:
    """Return how much there is of what; fewer of them where the cache cannot be read."""
    sizes = {
        "database_bytes": _size(places.database),
        "journal_files": len(list(Path(places.journal).glob("*.jsonl"))),
    }
    if not sizes["database_bytes"]:
        return {}
    return {**sizes, **_counts(places.database)}


def _counts(path: str) -> dict[str, int]:
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        db = sqlite3.connect(f"file:{quoted}?mode=ro", uri=True, timeout=_PATIENCE_S)
        try:
            found = {"format": int(db.execute("PRAGMA user_version").fetchone()[0])}
            for table in COUNTED:
                query = f"SELECT count(*) FROM {table}"  # noqa: S608 -- a constant
                found[table] = int(db.execute(query).fetchone()[0])
        finally:
            db.close()
    except sqlite3.Error as error:
        return {"sqlite_error": getattr(error, "sqlite_errorcode", 0)}
    return found


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
