"""Where things are: the data, config, log and runtime folders and the files in them.

`WORKLOG_HOME` puts all four under one folder. On Linux the rules of the XDG base
directory specification are spelt out here and not asked of platformdirs, because the
quick road needs the path of the database and platformdirs costs more than all the rest
of it; a test holds both to the same answers. Elsewhere platformdirs is asked.

Loaded by the quick road, so this module imports nothing but the interpreter's own.
"""

from __future__ import annotations

import os
import sys

from worklog.errors import CacheUnwritableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

NAME: Final = "worklog"
PRIVATE: Final = 0o700
_PERMISSIONS: Final = 0o777
_KIND: Final = 0o170000  # S_IFMT, S_IFDIR, S_ISVTX and S_IWOTH of <sys/stat.h>
_FOLDER: Final = 0o040000
_STICKY: Final = 0o1000
_WORLD_WRITABLE: Final = 0o2


class Places:
    """The four folders, and the paths derived from them.

    Nothing is created and, but for `runtime`, nothing is looked at.

    Attributes:
        data: The cache and all that belongs to it.
        config: What the user writes: settings and hooks.
        log: Log files.
    """

    __slots__ = ("_environ", "_runtime", "config", "data", "log")

    def __init__(
        self, *, data: str, config: str, log: str, runtime: str, environ: Mapping[str, str]
    ) -> None:
        self.data = data
        self.config = config
        self.log = log
        self._runtime = runtime
        self._environ = environ

    @property
    def runtime(self) -> str:
        """What lives no longer than the login: the status file.

        Looked for on use, as on Linux it takes a look at folders of the system.
        """
        if not self._runtime:
            self._runtime = os.path.join(  # noqa: PTH118 -- quick road: no pathlib
                _xdg_runtime(self._environ, fallback=f"{self.data}/run"), NAME
            )
        return self._runtime

    @property
    def database(self) -> str:
        return f"{self.data}/worklog.db"

    @property
    def journal(self) -> str:
        """Folder of the per-day journal files."""
        return f"{self.data}/journal"

    @property
    def pictures(self) -> str:
        """Folder of the images and thumbnails."""
        return f"{self.data}/pictures"

    @property
    def backups(self) -> str:
        """Folder that `backup` writes to unless told otherwise."""
        return f"{self.data}/backups"

    @property
    def pages(self) -> str:
        """Folder of the page that was last made to be looked at; it has copies of pictures."""
        return f"{self.data}/pages"

    @property
    def live(self) -> str:
        """The memory-mapped counts of the open part."""
        return f"{self.data}/live"

    @property
    def lock(self) -> str:
        """What the tracker holds a kernel lock on while it runs."""
        return f"{self.data}/tracker.lock"

    @property
    def device_key(self) -> str:
        """The device's private signing key."""
        return f"{self.data}/device.key"

    @property
    def screencast_token(self) -> str:
        """What the desktop knows its permission to show the screen by; in no backup."""
        return f"{self.data}/screencast.token"

    @property
    def picture_key(self) -> str:
        """The keys of encrypted pictures and titles, apart from them; in no backup."""
        return f"{self.config}/pictures.key"

    @property
    def config_file(self) -> str:
        return f"{self.config}/config.toml"

    @property
    def hooks(self) -> str:
        """Folder of the hook executables."""
        return f"{self.config}/hooks"

    @property
    def log_file(self) -> str:
        return f"{self.log}/worklog.log"

    @property
    def status_file(self) -> str:
        """What prompts and bars read."""
        return f"{self.runtime}/status.json"


def places(environ: Mapping[str, str], *, platform: str = sys.platform) -> Places:
    """Return where things are for the environment *environ* on *platform*.

    A relative `WORKLOG_HOME` is taken from the current folder. Relative XDG variables do
    not count, as their specification says.

    Raises:
        CacheUnwritableError: the home folder cannot be told.
    """
    if one := environ.get("WORKLOG_HOME"):
        home = os.path.abspath(one)  # noqa: PTH100 -- quick road: no pathlib
        return Places(
            data=f"{home}/data",
            config=f"{home}/config",
            log=f"{home}/log",
            runtime=f"{home}/run",
            environ=environ,
        )
    if not platform.startswith("linux"):
        return _asked_of_platformdirs(environ)
    return Places(
        data=_xdg(environ, "XDG_DATA_HOME", "/.local/share"),
        config=_xdg(environ, "XDG_CONFIG_HOME", "/.config"),
        log=_xdg(environ, "XDG_STATE_HOME", "/.local/state") + "/log",
        runtime="",
        environ=environ,
    )


def ensure(path: str) -> str:
    """Create the folder *path* and what is missing above it, all with mode 0700.

    An existing *path* that others may enter is closed to them. Returns *path*.

    Raises:
        CacheUnwritableError: it cannot be created, is no folder, or is another user's.
    """
    try:
        _make(path)
        found = os.stat(path)  # noqa: PTH116 -- quick road: no pathlib
    except OSError as error:
        msg = f"the folder {path} cannot be created: {error.strerror}"
        raise CacheUnwritableError(msg, hint=_CHOOSE_ANOTHER) from error
    _check_owner(path, owner=found.st_uid, user=_user(found.st_uid))
    if found.st_mode & _PERMISSIONS & ~PRIVATE:
        try:
            os.chmod(path, PRIVATE)  # noqa: PTH101 -- quick road: no pathlib
        except OSError:  # a file system without modes; there is nothing to close
            return path
    return path


_CHOOSE_ANOTHER: Final = "Free it, or set WORKLOG_HOME to a folder that you can write to."


def _make(path: str) -> None:
    try:
        os.mkdir(path, PRIVATE)  # noqa: PTH102 -- quick road: no pathlib
    except FileNotFoundError:
        parent = os.path.dirname(path)  # noqa: PTH120 -- quick road: no pathlib
        if parent in ("", path):
            raise
        _make(parent)
        # Not by this function again: where the parent is there and nothing can be made in
        # it (as in /proc), that would never end.
        if not os.path.isdir(path):  # noqa: PTH112 -- quick road: no pathlib
            os.mkdir(path, PRIVATE)  # noqa: PTH102 -- as above
    except OSError:
        # It is there already; a read-only file system may say so in other words.
        if not os.path.isdir(path):  # noqa: PTH112 -- quick road: no pathlib
            raise


def _check_owner(path: str, *, owner: int, user: int) -> None:
    if owner != user:
        msg = f"the folder {path} belongs to another user"
        raise CacheUnwritableError(msg, hint=_CHOOSE_ANOTHER)


def _user(unknown: int) -> int:
    """Return who runs this process; *unknown* on Windows, which has no such numbers."""
    return os.geteuid() if hasattr(os, "geteuid") else unknown


def _asked_of_platformdirs(environ: Mapping[str, str]) -> Places:
    from platformdirs import PlatformDirs  # noqa: PLC0415 -- costs more than the quick road

    dirs = PlatformDirs(NAME, appauthor=False)
    return Places(
        data=dirs.user_data_dir,
        config=dirs.user_config_dir,
        log=dirs.user_log_dir,
        runtime=dirs.user_runtime_dir,
        environ=environ,
    )


def _xdg(environ: Mapping[str, str], variable: str, default: str) -> str:
    base = environ.get(variable, "")
    if not base.startswith("/"):
        base = _home(environ, user=os.getuid()).rstrip("/") + default
    return os.path.join(base, NAME)  # noqa: PTH118 -- quick road: no pathlib


def _home(environ: Mapping[str, str], *, user: int) -> str:
    home = environ.get("HOME", "")
    if home.startswith("/"):
        return home
    import pwd  # noqa: PLC0415 -- cron and systemd may start us without HOME

    try:
        return pwd.getpwuid(user).pw_dir
    except KeyError as error:
        msg = "the home folder cannot be told: HOME is not set and the user has no entry"
        raise CacheUnwritableError(msg, hint="Set HOME or WORKLOG_HOME.") from error


def _xdg_runtime(environ: Mapping[str, str], *, fallback: str, logins: str = "/run/user") -> str:
    """Return the base of the runtime folder, which must be nobody else's.

    A folder that others can write to or replace would let them forge the status. Where
    that holds of the temporary folder too it is *fallback*.
    """
    user = os.geteuid()
    base = environ.get("XDG_RUNTIME_DIR", "")
    if (
        base.startswith("/")
        and _is_own(base, may_be_missing=True)
        and _is_sheltered(base, user=user)
    ):
        return base
    if _is_own(f"{logins}/{user}"):
        return f"{logins}/{user}"
    from tempfile import gettempdir  # noqa: PLC0415 -- only where there is no login session

    temporary = os.path.join(gettempdir(), f"runtime-{user}")  # noqa: PTH118
    is_ours = _is_own(temporary, may_be_missing=True, any_mode=True) and _is_sheltered(
        temporary, user=user
    )
    return temporary if is_ours else fallback


def _is_own(path: str, *, may_be_missing: bool = False, any_mode: bool = False) -> bool:
    try:
        found = os.lstat(os.path.normpath(path))
    except FileNotFoundError:
        return may_be_missing
    except OSError:
        return False
    return (
        found.st_mode & _KIND == _FOLDER
        and found.st_uid == os.geteuid()
        and (any_mode or found.st_mode & _PERMISSIONS == PRIVATE)
    )


def _is_sheltered(path: str, *, user: int) -> bool:
    """Return whether nobody but *user* can replace *path* through a folder above it."""
    shared = False
    for parent in _parents(path):
        try:
            if shared and os.lstat(parent).st_uid not in (0, user):
                return False
            mode = os.stat(parent).st_mode  # noqa: PTH116 -- quick road: no pathlib
        except OSError:
            return True  # the rest is missing, and `ensure` will make it ours
        shared = bool(mode & _WORLD_WRITABLE)
        if shared and not mode & _STICKY:
            return False
    return True


def _parents(path: str) -> list[str]:
    names = os.path.normpath(path).split("/")[1:-1]
    return ["/", *("/" + "/".join(names[: count + 1]) for count in range(len(names)))]
