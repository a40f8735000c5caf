"""Every failure that a user can meet, with its stable code and exit status.

One class per code. The man page, the README and the JSON envelope take their
tables from `registry()`, so a number is written down once.

Loaded by the quick road, so this module imports nothing at run time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class WorklogError(Exception):
    """Base of all expected failures. Anything else that escapes is a bug.

    Attributes:
        code: Stable machine-readable name, part of the JSON output.
        exit_code: Process exit status; listed under EXIT STATUS in worklog(1).
        http_status: What the diary service answers, and what the client maps back.
        hint: What the user can do next, as one imperative sentence.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(WorklogError):
    """A word on the command line, or an answer that only a terminal could give, is missing."""

    code = "usage"
    exit_code = 2
    http_status = 422


class PartialError(WorklogError):
    """Some of the work was done; the message says what was not."""

    code = "partial"
    exit_code = 3
    http_status = 207


class FindingsError(WorklogError):
    """A check ran to its end and found something."""

    code = "findings"
    exit_code = 4
    http_status = 200


class NotTrackingError(WorklogError):
    """A command needs a running tracker, and none runs."""

    code = "not-tracking"
    exit_code = 10
    http_status = 409


class AlreadyTrackingError(WorklogError):
    """A second tracker was started on the same cache."""

    code = "already-tracking"
    exit_code = 11
    http_status = 409


class NotFoundError(WorklogError):
    """A contract, label, segment or amendment that was named does not exist."""

    code = "not-found"
    exit_code = 12
    http_status = 404


class InvalidTimeError(WorklogError):
    """A time or range was understood but cannot be used: reversed, or in the future."""

    code = "invalid-time"
    exit_code = 13
    http_status = 422


class LockedError(WorklogError):
    """The week is locked: its words and money stand."""

    code = "locked"
    exit_code = 14
    http_status = 409


class PolicyError(WorklogError):
    """The contract's terms or its accepted policy forbid it."""

    code = "policy"
    exit_code = 15
    http_status = 403


class ConflictError(WorklogError):
    """Something else is there already, or something must be finished first."""

    code = "conflict"
    exit_code = 16
    http_status = 409


class ErasedError(WorklogError):
    """It was deleted, and a deletion is for good."""

    code = "erased"
    exit_code = 17
    http_status = 410


class CacheCorruptError(WorklogError):
    """The local cache is damaged; journals and images can rebuild it."""

    code = "cache-corrupt"
    exit_code = 20


class CacheBusyError(WorklogError):
    """Another process holds the local cache, or the tracker does not answer."""

    code = "cache-busy"
    exit_code = 21
    http_status = 503


class CacheTooNewError(WorklogError):
    """The local cache was written by a newer worklog; nothing was changed."""

    code = "cache-too-new"
    exit_code = 22


class CacheUnwritableError(WorklogError):
    """The local cache cannot be written: the disk is full or read-only."""

    code = "cache-unwritable"
    exit_code = 23
    http_status = 507


class CacheMovedError(CacheUnwritableError):
    """Its folder was moved or deleted while it was open. Same code and status."""


class KeyUnavailableError(CacheUnwritableError):
    """The key that is to encrypt is in a keyring that is not to be had. Same code and status."""


class ServiceUnreachableError(WorklogError):
    """The diary service gave no usable answer. Nothing is lost: it stays queued."""

    code = "service-unreachable"
    exit_code = 30
    http_status = 503


class ServiceAuthError(WorklogError):
    """The diary service does not know this device, or no longer."""

    code = "service-auth"
    exit_code = 31
    http_status = 401


class ServiceRejectedError(WorklogError):
    """The diary service refused the request; the same request will fail again."""

    code = "service-rejected"
    exit_code = 32
    http_status = 422


class ServiceProtocolError(WorklogError):
    """The answer was not one a diary service gives."""

    code = "service-protocol"
    exit_code = 33
    http_status = 502


class VersionRefusedError(WorklogError):
    """The diary service does not accept this version of the tracker."""

    code = "version-refused"
    exit_code = 34
    http_status = 426


class CaptureUnavailableError(WorklogError):
    """No way to capture works here, and the contract requires pictures."""

    code = "capture-unavailable"
    exit_code = 40


class CaptureDeniedError(WorklogError):
    """The system or the user refused the capture."""

    code = "capture-denied"
    exit_code = 41


class ConfigInvalidError(WorklogError):
    """The configuration cannot be used; the message names line and key."""

    code = "config-invalid"
    exit_code = 50


def registry() -> list[type[WorklogError]]:
    """Return every error class, ordered by exit status."""
    return sorted(WorklogError.__subclasses__(), key=lambda error: error.exit_code)
