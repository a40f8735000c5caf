"""What a login leaves on this machine: one file per service that only its owner may read.

A file that others can read or replace is refused, as ssh does with keys (T9): whoever has
the token can upload in this device's name. With the extra `keyring` and a keyring that
works, the token is kept there and the file holds the rest.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from worklog.domain.canonical import canonical
from worklog.errors import CacheUnwritableError, ServiceAuthError
from worklog.places import ensure
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.messages import KEY_BYTES, read_hex

_OTHERS: Final = 0o077
_PRIVATE_FILE: Final = 0o600
_LARGEST: Final = 16_384  # bytes of a login file
_NAME_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Login:
    """A device that is logged in to a service.

    Attributes:
        service: Address of the service.
        token: Opaque; sent in a header and shown nowhere.
        key: Public key that the service's receipts are signed with, pinned at login.
        account: Login name of the account.
        device_name: What the service calls this device.
    """

    service: str
    token: str
    key: bytes
    account: str = ""
    device_name: str = ""

    def __repr__(self) -> str:
        return f"Login(service={self.service!r}, account={self.account!r})"


class Vault(Protocol):
    """A keyring: keeps a secret under a name. None of it raises."""

    def get(self, name: str) -> str | None: ...

    def put(self, name: str, secret: str) -> bool:
        """Keep *secret*; return False where it cannot be."""
        ...

    def remove(self, name: str) -> None: ...


class Logins:
    """The logins of this user, in a folder of the config folder."""

    def __init__(self, config: str, *, vault: Vault | None = None) -> None:
        self.folder = f"{config}/logins"
        self._vault = vault

    def path(self, service: str) -> str:
        """Return where the login to *service* is kept."""
        name = hashlib.sha256(service.encode()).hexdigest()[:_NAME_DIGITS]
        return f"{self.folder}/{name}.json"

    def services(self) -> list[str]:
        """Return the services that there is a login to, in order.

        Raises:
            ServiceAuthError: one of the files is not safe to use.
        """
        return sorted(login.service for login in self._all())

    def find(self, service: str) -> Login | None:
        """Return the login to *service*; None without one.

        Raises:
            ServiceAuthError: its file is not safe to use, or is damaged.
        """
        login = _read(self.path(service))
        if login is None or login.service != service:
            return None
        if not login.token and self._vault is not None:
            return replace(login, token=self._vault.get(service) or "")
        return login

    def save(self, login: Login) -> None:
        """Keep *login*, in the place of the one before; durable when this returns.

        Raises:
            CacheUnwritableError: it cannot be kept.
        """
        is_in_vault = self._vault is not None and self._vault.put(login.service, login.token)
        _write(self.path(login.service), replace(login, token="") if is_in_vault else login)

    def remove(self, service: str) -> bool:
        """Forget the login to *service*; return whether there was one."""
        if self._vault is not None:
            self._vault.remove(service)
        try:
            Path(self.path(service)).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unwritable(self.path(service), error) from error
        return True

    def _all(self) -> Iterator[Login]:
        for path in sorted(Path(self.folder).glob("*.json")):
            login = _read(str(path))
            if login is not None:
                yield login


def _read(path: str) -> Login | None:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unsafe(path, error.strerror or "it cannot be opened") from error
    try:
        _check(path, os.fstat(descriptor))
        data = os.read(descriptor, _LARGEST)
    finally:
        os.close(descriptor)
    try:
        reader = Reader.of_text(data.decode(), "login")
        return Login(
            service=reader.text("service"),
            token=reader.text("token"),
            key=read_hex(reader, "key", KEY_BYTES),
            account=reader.text("account", ""),
            device_name=reader.text("device_name", ""),
        )
    except (MalformedError, UnicodeDecodeError) as error:
        raise _unsafe(path, "it is damaged") from error


def _check(path: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _unsafe(path, "it is no file")
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise _unsafe(path, "it belongs to another user")
    if os.name == "posix" and found.st_mode & _OTHERS:
        mode = stat.S_IMODE(found.st_mode)
        raise _unsafe(path, f"others may read or change it (mode {mode:04o})")
    if found.st_nlink > 1:
        raise _unsafe(path, "it has a second name")


def _write(path: str, login: Login) -> None:
    ensure(str(Path(path).parent.parent))
    folder = ensure(str(Path(path).parent))
    content = canonical(
        {
            "v": 1,
            "service": login.service,
            "token": login.token,
            "key": login.key.hex(),
            "account": login.account,
            "device_name": login.device_name,
        }
    )
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            if sys.platform != "win32":
                os.fchmod(descriptor, _PRIVATE_FILE)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
        _sync(folder)
    except OSError as error:
        raise _unwritable(path, error) from error


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unsafe(path: str, reason: str) -> ServiceAuthError:
    return ServiceAuthError(
        f"The login {path} is not used: {reason}.",
        hint=f"If nobody else had it: chmod 600 {path}. Else remove it and log in anew.",
    )


def _unwritable(path: str, error: OSError) -> CacheUnwritableError:
    msg = f"The login {path} cannot be changed: {error.strerror}."
    return CacheUnwritableError(msg, hint="Free some space, or look at the folder's owner.")
