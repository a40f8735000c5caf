"""A disk that can be filled to the last byte and emptied again.

A small file system in memory where this process may mount one; elsewhere the steps that
write fail as they would on a full disk, which needs the test entry point.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CHUNK: Final = 4096
_WRITING: Final = ("image.write", "thumbnail.write", "journal.write", "write.commit")


@dataclass
class Disk:
    """A disk under *folder*.

    Attributes:
        folder: Where to put what is to be on it.
        environ: Variables that a program of the test entry point needs.
        faulty: Switch of the failpoints; None on a disk of its own.
    """

    folder: Path
    environ: dict[str, str]
    faulty: Path | None = None

    def fill(self) -> None:
        """Take every byte that is left."""
        if self.faulty is not None:
            self.faulty.touch()
            return
        with (self.folder / "filler").open("ab", buffering=0) as file:
            try:
                while file.write(bytes(_CHUNK)):
                    continue
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017 -- nothing else is expected

    def empty(self) -> None:
        """Give the room back."""
        if self.faulty is not None:
            self.faulty.unlink()
        else:
            (self.folder / "filler").unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let nothing be written for a while."""
        if self.faulty is not None:
            self.fill()
            yield
            self.empty()
            return
        _remount(self.folder, "ro")
        try:
            yield
        finally:
            _remount(self.folder, "rw")


def _privilege() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _remount(mount: Path, mode: str) -> None:
    """Let what is on *mount* be read only, or written again; no file may be open on it."""
    subprocess.run([*_privilege(), "mount", "-o", f"remount,{mode}", str(mount)], check=True)


@contextmanager
def small_disk(folder: Path, *, megabytes: int = 8) -> Iterator[Disk]:
    """Give a disk of a few *megabytes* at *folder*, or one that acts full when it is told."""
    mount = folder / "disk"
    mount.mkdir()
    privilege = _privilege()
    options = f"size={megabytes}m,mode=700,uid={os.geteuid()}"
    with suppress(OSError):
        command = [*privilege, "mount", "-t", "tmpfs", "-o", options, "worklog-test", str(mount)]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            try:
                yield Disk(mount, {})
            finally:
                subprocess.run([*privilege, "umount", "--lazy", str(mount)], check=True)
            return
    faulty = folder / "faulty"
    rules = ",".join(f"{step}:1-+=ENOSPC" for step in _WRITING)
    yield Disk(mount, {"WORKLOG_TEST_FAULTY": str(faulty), "WORKLOG_FAILPOINT": rules}, faulty)
