"""Which exit statuses a command can give, for its man page.

Kept by hand, because it is a promise: a script may rely on a command not giving others
than these. All commands may give what stands under `EVERY`.
"""

from __future__ import annotations

from typing import Final

from worklog.errors import WorklogError, registry

DONE: Final = (0, "done", "The command did what it was asked for.")
BUG: Final = (1, "bug", "An unexpected failure; please report it with `worklog feedback`.")
INTERRUPTED: Final = (
    (130, "interrupted", "Ctrl-C (SIGINT) outside of the tracking loop."),
    (143, "terminated", "SIGTERM outside of the tracking loop."),
)
EVERY: Final = ("usage", "config-invalid")
_CACHE: Final = ("cache-corrupt", "cache-busy", "cache-too-new", "cache-unwritable")
_STEER: Final = ("not-tracking", *_CACHE)
_FIND: Final = ("not-found", "invalid-time", *_CACHE)
_SERVICE: Final = (
    "service-unreachable",
    "service-auth",
    "service-rejected",
    "service-protocol",
    "version-refused",
)
_CHANGE: Final = ("locked", "policy", "conflict", *_FIND)

OF_COMMAND: Final = {
    "start": (
        "already-tracking",
        "capture-unavailable",
        "capture-denied",
        *_CHANGE,
    ),
    "stop": ("invalid-time", *_STEER),
    "pause": _STEER,
    "resume": _STEER,
    "switch": ("not-found", "policy", *_STEER),
    "continue": (
        "already-tracking",
        "not-found",
        "policy",
        "capture-unavailable",
        "capture-denied",
        *_CACHE,
    ),
    "memo": _STEER,
    "label": ("not-found", *_STEER),
    "status": _CACHE,
    "diary": _FIND,
    "show": ("erased", *_FIND),
    "preview": ("capture-unavailable", "capture-denied", *_CACHE),
    "history": _CACHE,
    "export": ("conflict", *_FIND),
    "import": ("partial", "already-tracking", "conflict", *_FIND),
    "edit": ("erased", *_CHANGE),
    "delete": _CHANGE,
    "redact": ("erased", *_CHANGE),
    "add": _CHANGE,
    "idle": _CHANGE,
    "undo": _CHANGE,
    "report": _FIND,
    "review": ("findings", *_FIND),
    "prove": (*_FIND, "cache-unwritable"),
    "rehearse": _FIND,
    "submit": ("locked", "conflict", *_SERVICE, *_FIND),
    "sync": ("partial", "not-found", "conflict", *_SERVICE, *_CACHE),
    "login": (*_SERVICE, *_CACHE),
    "logout": ("service-auth", "cache-unwritable"),
    "whoami": ("not-found", *_SERVICE, *_CACHE),
    "serve": ("conflict", "cache-too-new", "cache-unwritable", "service-unreachable"),
    "admin": (
        "not-found",
        "findings",
        "conflict",
        "cache-too-new",
        "cache-unwritable",
        "service-unreachable",
    ),
    "contract": ("not-found", "policy", "conflict", "invalid-time", *_SERVICE, *_CACHE),
    "config": ("not-found", "cache-unwritable"),
    "doctor": ("findings", *_CACHE),
    "check": ("findings", "already-tracking", *_CACHE),
    "backup": ("conflict", *_CACHE),
    "restore": ("already-tracking", "not-found", "conflict", *_CACHE),
    "feedback": ("cache-unwritable",),
    "demo": ("conflict", *_CACHE),
}

Row = tuple[int, str, str]


def all_rows() -> list[Row]:
    """Return (status, code, meaning) of every exit status there is."""
    return sorted([DONE, BUG, *(_row(error) for error in registry()), *INTERRUPTED])


def rows_of(command: str) -> list[Row]:
    """Return (status, code, meaning) of those that *command* can give."""
    codes = {*EVERY, *OF_COMMAND.get(command, ())}
    mine = [_row(error) for error in registry() if error.code in codes]
    return sorted([DONE, BUG, *mine, *INTERRUPTED])


def _row(error: type[WorklogError]) -> Row:
    return error.exit_code, error.code, " ".join((error.__doc__ or "").split())
