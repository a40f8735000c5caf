"""What lies under a folder: memory or a disk, and how soon the kernel writes to that.

Linux tells both in /proc; where nothing is told, it is a disk, and nobody writes by himself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_MEMORY: Final = ("tmpfs", "ramfs")
CENTISECONDS_AT_MOST: Final = 6_000  # what a power cut may cost (R9)


def is_in_memory(folder: str, *, system: str = "/proc") -> bool:
    """Return whether the file system of *folder* has no disk under it.

    Source: the fields of mountinfo in Documentation/filesystems/proc.rst of Linux; the
    third is the device, and the first after the lone dash the kind of file system.
    """
    try:
        device = os.stat(folder).st_dev  # noqa: PTH116 -- there is nothing shorter
        mounts = Path(system, "self", "mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.splitlines():
        where, _, what = line.partition(" - ")
        if where.split()[2:3] == [wanted]:
            return what.partition(" ")[0] in _MEMORY
    return False


def writes_by_itself(*, system: str = "/proc") -> bool:
    """Return whether the kernel writes a changed page to the disk within the minute of R9.

    It does so when the page has been dirty for `dirty_expire_centisecs`, at the next of
    its rounds, which come every `dirty_writeback_centisecs`; 35 s where nobody changed
    that. A sync of our own would then only be one more write a minute. Source:
    Documentation/admin-guide/sysctl/vm.rst of Linux.
    """
    try:
        expire, rounds = (
            int(Path(system, "sys", "vm", name).read_text(encoding="ascii"))
            for name in ("dirty_expire_centisecs", "dirty_writeback_centisecs")
        )
    except (OSError, ValueError):
        return False
    return rounds > 0 and expire + 2 * rounds <= CENTISECONDS_AT_MOST
