"""Locks of open files that the kernel lets go with the process, however that died.

On Windows a lock keeps others from reading what it covers, so it covers a byte far behind
the end of the file.
"""

from __future__ import annotations

import sys
from typing import Final

_FAR: Final = 1 << 62  # the byte that is locked on Windows
_AT_ONCE: Final = 1  # LOCKFILE_FAIL_IMMEDIATELY of <fileapi.h>
_ALONE: Final = 2  # LOCKFILE_EXCLUSIVE_LOCK
_TAKEN: Final = 33  # ERROR_LOCK_VIOLATION of <winerror.h>


def lock(descriptor: int, *, is_shared: bool = False, waits: bool = False) -> bool:
    """Lock the open file until it is closed; return False where another has it.

    Raises:
        OSError: its file system knows no locks.
    """
    if sys.platform == "win32":
        return _lock_on_windows(descriptor, is_shared=is_shared, waits=waits)
    import fcntl  # noqa: PLC0415 -- not on Windows

    kind = fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind if waits else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_on_windows(descriptor: int, *, is_shared: bool, waits: bool) -> bool:
    if sys.platform != "win32":
        raise NotImplementedError
    import ctypes  # noqa: PLC0415 -- on Windows only
    import msvcrt  # noqa: PLC0415 -- likewise

    class Overlapped(ctypes.Structure):
        _fields_ = (
            ("internal", ctypes.c_size_t),
            ("internal_high", ctypes.c_size_t),
            ("offset", ctypes.c_uint32),
            ("offset_high", ctypes.c_uint32),
            ("event", ctypes.c_void_p),
        )

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.LockFileEx.argtypes = (
        ctypes.c_void_p,
        *[ctypes.c_uint32] * 4,
        ctypes.POINTER(Overlapped),
    )
    flags = (0 if waits else _AT_ONCE) | (0 if is_shared else _ALONE)
    where = Overlapped(offset=_FAR & 0xFFFFFFFF, offset_high=_FAR >> 32)
    handle = msvcrt.get_osfhandle(descriptor)
    if kernel.LockFileEx(handle, flags, 0, 1, 0, ctypes.byref(where)):
        return True
    code = ctypes.get_last_error()
    if code == _TAKEN:
        return False
    raise ctypes.WinError(code)
