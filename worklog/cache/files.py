"""Files that only their owner may read, and that are whole or absent after a crash.

Everything is created with mode 0600 whatever the umask is, and a write returns when
the bytes are on the disk and so is the name.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from worklog.errors import CacheUnwritableError
from worklog.failpoints import reach
from worklog.places import ensure
from worklog.sqlite import DiskFullError

PRIVATE_FILE: Final = 0o600
TEMPORARY: Final = ".tmp"
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0)


def unwritable(error: OSError) -> CacheUnwritableError:
    """Return the worklog error that *error* stands for."""
    kind = DiskFullError if error.errno in (errno.ENOSPC, errno.EDQUOT) else CacheUnwritableError
    return kind(
        f"The local cache cannot be written: {error.strerror or error}.",
        hint="Free some space or make the folder writable, then try again.",
    )


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of *data*; a full disk may take less at once."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(path: str) -> None:
    """Make the names in the folder *path* durable."""
    if not hasattr(os, "O_DIRECTORY"):
        return  # Windows keeps names with the files
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create(path: str, *, exclusive: bool = True) -> int:
    """Open the new file *path* for writing, readable for its owner only."""
    flags = os.O_WRONLY | os.O_CREAT | _NOFOLLOW | _BINARY
    flags |= os.O_EXCL if exclusive else os.O_TRUNC
    return os.open(path, flags, PRIVATE_FILE)


def create_missing(path: str) -> int:
    """Open *path* for reading and writing, made private if it is new."""
    return os.open(path, os.O_RDWR | os.O_CREAT | _NOFOLLOW | _BINARY, PRIVATE_FILE)


def write_durably(path: str, data: bytes, *, step: str) -> None:
    """Put *data* at *path*, replacing what is there: all of it or nothing.

    *step* names the failpoints on the way.

    Raises:
        CacheUnwritableError: it could not be written; *path* is as it was.
    """
    folder = str(Path(path).parent)
    temporary = path + TEMPORARY
    try:
        ensure(folder)
        reach(f"{step}.create")
        descriptor = create(temporary, exclusive=False)
        try:
            reach(f"{step}.write")
            write_all(descriptor, data)
            reach(f"{step}.fsync")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        reach(f"{step}.rename")
        Path(temporary).replace(path)
        reach(f"{step}.fsync-folder")
        sync_folder(folder)
        reach(f"{step}.done")
    except OSError as error:
        # After a failed fsync the kernel may have dropped the pages, so this file is
        # never synced again: a new try writes a new one.
        remove(temporary)
        raise unwritable(error) from error


def remove(path: str) -> None:
    """Delete the file *path*; nothing happens where there is none."""
    try:
        Path(path).unlink()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise unwritable(error) from error


def read(path: str) -> bytes | None:
    """Return the bytes of *path*; None where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return None
