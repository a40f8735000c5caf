"""The archive of `worklog export --all`, out and in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worklog.domain.wording import count
from worklog.errors import AlreadyTrackingError, ConflictError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext

_KINDS: Final = {
    "seal": "recorded part",
    "picture": "picture",
    "amendment": "change",
    "contract": "contract",
    "session": "session",
    "receipt": "receipt",
}


def export_archive(context: AppContext, file: str, readable: bytes) -> None:
    """Write the archive and answer what is in it.

    Raises:
        ConflictError: there is a file of that name.
        CacheUnwritableError: it cannot be written.
    """
    from worklog.cache.whole import export

    path = Path(file).absolute()
    if path.exists():
        msg = f"There is a file {file} already."
        raise ConflictError(msg, hint="Choose another name.")
    counts = export(context.cache, str(path), readable)
    size = path.stat().st_size
    context.output.result(
        {"file": file, "bytes": size, "records": dict(counts)},
        lambda: f"Written: {file} ({in_words(counts)}; {size / (1 << 20):.1f} MiB)",
    )


def import_archive(context: AppContext, file: str, *, writes: bool) -> None:
    """Say what the archive *file* would bring, or take it in.

    Raises:
        UsageError: it cannot be read from where it is.
        ConflictError: it is none, or damaged.
        AlreadyTrackingError: a tracker runs.
    """
    from worklog.cache.backups import open_backup
    from worklog.cache.whole import look_into, take_in

    if file == "-":
        msg = "An archive cannot be read from standard input."
        raise UsageError(msg, hint="Name its file.")
    if writes and (pid := context.lock.holder()) is not None:
        msg = f"An archive cannot be taken in while a tracker runs (pid {pid})."
        raise AlreadyTrackingError(msg, hint="Run `worklog stop` first.")
    with open_backup(file) as archive:
        found = look_into(context.cache, archive)
        brought = take_in(context.cache, archive) if writes else None
    data = {
        "format": "archive",
        "written": writes,
        "records": dict(found.counts),
        "missing": dict(found.missing),
        "kept_deleted": None if brought is None else brought.erased,
    }
    context.output.result(data, lambda: _answer(file, found.counts, found.missing, writes=writes))


def in_words(counts: Mapping[str, int]) -> str:
    """Return how many records of which kind there are, the small ones left out."""
    shown = [count(counts[kind], name) for kind, name in _KINDS.items() if counts.get(kind)]
    return ", ".join(shown) or "nothing"


def _answer(
    file: str, counts: Mapping[str, int], missing: Mapping[str, int], *, writes: bool
) -> str:
    if not any(missing.values()):
        return f"Everything in {file} is here already: {in_words(counts)}."
    if writes:
        return f"Taken in from {file}: {in_words(missing)}."
    return (
        f"{file} has {in_words(counts)}.\n"
        f"Not here yet: {in_words(missing)}. Take it in with --write."
    )
