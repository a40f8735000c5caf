"""The keyring of the desktop, where the extra `keyring` is installed and one works."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

_SERVICE: Final = "worklog"


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
