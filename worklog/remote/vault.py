"""The keyring of the desktop, where the extra `keyring` is installed and one works."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final

from worklog.app.ports import Clock
from worklog.errors import KeyUnavailableError

PATIENCE_S: Final = 5.0
REST_NS: Final = 600_000_000_000  # ten minutes
_SERVICE: Final = "worklog"
_USE_FILE: Final = "Run `worklog config set storage.key file`."
_UNLOCK: Final = "Unlock it and try again, or run `worklog config set storage.key file`."
_START: Final = (
    "Start or install one (GNOME Keyring, KWallet), or run `worklog config set storage.key file`."
)


class KeyringVault:
    """Implements `worklog.remote.token_file.Vault` with the library of that name.

    Whatever a keyring raises counts as not having one: on a machine without a desktop
    there is none, and the file takes its place.
    """

    def __init__(self, library: Any) -> None:  # noqa: ANN401 -- a module, and an optional one
        self._library = library

    def get(self, name: str) -> str | None:
        try:
            found = self._library.get_password(_SERVICE, name)
        except Exception:  # noqa: BLE001 -- backends raise what they like
            return None
        return found if isinstance(found, str) else None

    def put(self, name: str, secret: str) -> bool:
        try:
            self._library.set_password(_SERVICE, name, secret)
        except Exception:  # noqa: BLE001 -- as above
            return False
        return self.get(name) == secret

    def remove(self, name: str) -> None:
        with suppress(Exception):  # there was none
            self._library.delete_password(_SERVICE, name)


def find_vault() -> KeyringVault | None:
    """Return the keyring; None where the extra is not installed."""
    try:
        import keyring  # noqa: PLC0415 -- an extra
    except ImportError:
        return None
    return KeyringVault(keyring)


class KeyringOfKeys:
    """Implements `worklog.cache.storage_key.Keyring`: an answer, or why there is none.

    A keyring that is locked asks its user and waits for the answer. So it is asked in a
    thread of its own: nothing here waits longer than *patience_s*, and that only once; an
    answer that comes later is there for whoever asks next. One that could not be used is
    left alone for ten minutes, as each question may open a window.
    """

    def __init__(self, library: Any, clock: Clock, *, patience_s: float = PATIENCE_S) -> None:  # noqa: ANN401 -- as above
        self._library = library
        self._clock = clock
        self._patience_s = patience_s
        self._refused: tuple[KeyUnavailableError, int] | None = None
        self._asked: Future[str | None] | None = None

    def find(self, name: str) -> str | None:
        if self._refused and self._clock.boot_ns() - self._refused[1] < REST_NS:
            raise self._refused[0]
        patience_s = 0.0
        if self._asked is None:
            patience_s = self._patience_s
            self._asked = _in_background(lambda: self._library.get_password(_SERVICE, name))
        found = self._answer(self._asked, patience_s)
        self._asked = None
        return found

    def keep(self, name: str, secret: str) -> None:
        def put() -> str | None:
            self._library.set_password(_SERVICE, name, secret)
            return None

        self._answer(_in_background(put), self._patience_s)
        if self.find(name) != secret:
            msg = "The keyring does not keep what it is given."
            raise KeyUnavailableError(msg, hint=_USE_FILE)

    def _answer(self, asked: Future[str | None], patience_s: float) -> str | None:
        try:
            return asked.result(timeout=patience_s)
        except TimeoutError as error:
            if asked.done():  # it is the library's own
                self._asked = None
            msg = "The keyring does not answer; it may be waiting for its password."
            raise KeyUnavailableError(msg, hint=_UNLOCK) from error
        except Exception as error:  # backends raise what they like
            self._asked = None
            self._refused = (_unavailable(error), self._clock.boot_ns())
            raise self._refused[0] from error


class NoKeyring:
    """Stands for the keyring where the extra is not installed."""

    def find(self, name: str) -> str | None:
        del name
        raise self._missing()

    def keep(self, name: str, secret: str) -> None:
        del name, secret
        raise self._missing()

    def _missing(self) -> KeyUnavailableError:
        return KeyUnavailableError(
            "The extra `keyring` is not installed.",
            hint="Install it with `pip install 'worklog-diary[keyring]'`, or set `storage.key` to "
            "`file`.",
        )


def find_keyring(clock: Clock) -> KeyringOfKeys | NoKeyring:
    """Return the keyring for keys."""
    try:
        import keyring  # noqa: PLC0415 -- an extra
    except ImportError:
        return NoKeyring()
    return KeyringOfKeys(keyring, clock)


def _in_background(ask: Callable[[], str | None]) -> Future[str | None]:
    asked: Future[str | None] = Future()

    def run() -> None:
        try:
            asked.set_result(ask())
        except Exception as error:  # noqa: BLE001 -- raised again in the thread that asked
            asked.set_exception(error)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    return asked


def _unavailable(error: Exception) -> KeyUnavailableError:
    """Return what the error of the library means, told by its name: its module is an extra."""
    match type(error).__name__:
        case "KeyringLocked":
            return KeyUnavailableError("The keyring is locked.", hint=_UNLOCK)
        case "NoKeyringError" | "InitError":
            return KeyUnavailableError("There is no keyring on this desktop.", hint=_START)
        case kind:
            return KeyUnavailableError(f"The keyring cannot be used: {kind}.", hint=_START)
