"""A real GNOME Keyring on a private bus, with its files in a folder of the test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.dbus import private_bus
from tests.support.until import until

PASSWORD: Final = "correct horse"
_LOCK: Final = (
    "import secretstorage as s; c = s.get_default_collection(s.dbus_init()); c.lock();"
    " assert c.is_locked()"
)
_READY: Final = "import keyring; keyring.get_password('worklog', 'nothing')"
_READ: Final = "import keyring; print(keyring.get_password('worklog', 'storage keys') or '')"


class GnomeKeyring:
    """A daemon with one keyring, unlocked.

    Attributes:
        environ: What a process needs to find it.
    """

    def __init__(self, folder: Path, bus: Mapping[str, str]) -> None:
        self._control = folder / "control"
        self.environ = dict(bus)
        self._variables = {
            **os.environ,
            **bus,
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_RUNTIME_DIR": str(folder),
        }
        self._process = self._started()

    def lock(self) -> None:
        """Lock it; nobody is there to be asked for its password."""
        done = self._python(_LOCK)
        assert done.returncode == 0, done.stderr

    def unlock(self) -> None:
        """Unlock it again, by a new daemon: the one that runs would ask a person."""
        self.kill()
        self._process = self._started()

    def keys(self) -> list[str]:
        """Return the lines of what worklog keeps in it."""
        done = self._python(_READ)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _started(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                "gnome-keyring-daemon",
                "--unlock",
                "--foreground",
                "--components=secrets",
                f"--control-directory={self._control}",
            ],
            env=self._variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(PASSWORD)
        process.stdin.close()
        until(lambda: self._python(_READY).returncode == 0, within_s=20)
        return process

    def _python(self, code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code],
            env=self._variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )


@contextmanager
def gnome_keyring(folder: Path) -> Iterator[GnomeKeyring]:
    """Yield a running keyring whose files are in *folder*."""
    with private_bus(folder) as bus:
        made = GnomeKeyring(folder, bus.environ)
        try:
            yield made
        finally:
            made.kill()
