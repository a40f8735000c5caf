"""The object store: files, memory or S3 behind one interface (obstore).

Objects are written once and deleted; names are never used twice, so nothing is ever
overwritten. Files are fsynced through a link of our own, as obstore does not.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore as Backend
from obstore.store import from_url

from worklog.errors import NotFoundError
from worklog.places import ensure
from worklog.service.problems import StoreBusyError

_PATIENCE_S: Final = 10  # with a bucket that fails; the tracker tries again anyway
_SHARD: Final = 2  # characters of a name that make a folder of files


class Objects:
    """The objects of one service; safe to share between threads."""

    def __init__(self, url: str, *, patience_s: int = _PATIENCE_S) -> None:
        split = urlsplit(url)
        self._folder = Path(unquote(split.path)) if split.scheme == "file" else None
        if self._folder is not None:
            ensure(str(self._folder))
        self._backend: Backend = _backend(url, split.scheme, patience_s)

    def put(self, name: str, data: bytes) -> None:
        """Keep *data* as the object *name*; durable when this returns.

        Raises:
            StoreBusyError: the store did not take it.
        """
        try:
            obstore.put(self._backend, _path(name), data)
            if self._folder is not None:
                _sync(self._folder / _path(name))
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    def get(self, name: str) -> bytes:
        """Return the object *name*.

        Raises:
            NotFoundError: there is none.
            StoreBusyError: the store does not answer.
        """
        try:
            return bytes(obstore.get(self._backend, _path(name)).bytes())
        except FileNotFoundError as error:
            msg = "The picture is gone."
            raise NotFoundError(msg, hint="Send it again.") from error
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    def delete(self, names: Iterable[str]) -> None:
        """Let go of the objects *names*; one that is gone already is no trouble.

        Raises:
            StoreBusyError: the store does not answer.
        """
        for name in names:
            try:
                obstore.delete(self._backend, _path(name))
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise _unavailable() from error

    def names(self) -> list[str]:
        """Return the names of all objects, to look for orphans."""
        try:
            return [
                str(meta["path"]).rsplit("/", 1)[-1]
                for batch in obstore.list(self._backend)
                for meta in batch
            ]
        except (BaseError, OSError) as error:
            raise _unavailable() from error


def _backend(url: str, scheme: str, patience_s: int) -> Backend:
    if scheme != "s3":
        return from_url("memory:///" if scheme == "memory" else url)
    return from_url(
        url,
        retry_config={
            "max_retries": 3 if patience_s else 0,
            "retry_timeout": timedelta(seconds=patience_s),
        },
    )


def _path(name: str) -> str:
    return f"{name[:_SHARD]}/{name}"


def _sync(path: Path) -> None:
    for target in (path, path.parent, path.parent.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    path.chmod(0o600)


def _unavailable() -> StoreBusyError:
    return StoreBusyError(
        "The service's object store does not answer just now.", hint="Try again in a moment."
    )
