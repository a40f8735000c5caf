"""Where files go, held to platformdirs, and that nobody else gets into those folders."""

import os
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from worklog.errors import CacheUnwritableError
from worklog.places import Places, _check_owner, _home, _is_sheltered, _xdg_runtime, ensure, places

VARIABLES = (
    "WORKLOG_HOME",
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "HOME",
)


def folders(found: Places) -> tuple[str, str, str, str]:
    return found.data, found.config, found.log, found.runtime


def platformdirs_folders() -> tuple[str, str, str, str]:
    """Return its answers; where it refuses to name a runtime folder, the one beside the data."""
    dirs = platformdirs.PlatformDirs("worklog", appauthor=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", platformdirs.RuntimeDirWarning)
        try:
            runtime = dirs.user_runtime_dir
        except PermissionError:
            runtime = f"{dirs.user_data_dir}/run/worklog"
    return dirs.user_data_dir, dirs.user_config_dir, dirs.user_log_dir, runtime


def private(path: Path) -> Path:
    path.mkdir()
    path.chmod(0o700)
    return path


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the variables that matter for a place to exactly what is passed."""

    def set_to(**wanted: str) -> None:
        monkeypatch.setattr(tempfile, "tempdir", None)
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in wanted.items():
            monkeypatch.setenv(name, value)

    return set_to


@pytest.mark.parametrize(
    "wanted",
    [
        {"HOME": "/home/ada"},
        {"HOME": "/home/ada/"},
        {"HOME": "/"},
        {"HOME": "relative"},
        {"HOME": ""},
        {},
        {"HOME": "/home/ada", "XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/etc/me/"},
        {"HOME": "/home/ada", "XDG_STATE_HOME": "/var/state"},
        {"HOME": "/home/ada", "XDG_DATA_HOME": "relative", "XDG_STATE_HOME": ""},
        {"HOME": "/home/ada", "XDG_RUNTIME_DIR": "relative"},
        {"HOME": "/home/ada", "XDG_RUNTIME_DIR": "/"},
        {"HOME": "/home/ada", "XDG_RUNTIME_DIR": "/proc/self/exe"},
        {"HOME": "/home/ada", "XDG_RUNTIME_DIR": "/proc/self/mem/x"},
        {"HOME": "/home/ada", "XDG_RUNTIME_DIR": "/nowhere/at/all"},
    ],
)
def test_linux_places_are_those_of_platformdirs(
    environ: Callable[..., None], wanted: dict[str, str]
) -> None:
    environ(**wanted)

    assert folders(places(os.environ)) == platformdirs_folders()


def shared(path: Path) -> None:
    path.chmod(0o755)


def sticky_parent(path: Path) -> None:
    path.chmod(0o700)
    path.parent.chmod(0o1777)


def open_parent(path: Path) -> None:
    path.chmod(0o700)
    path.parent.chmod(0o777)


def link(path: Path) -> None:
    target = private(path.parent / "target")
    path.rmdir()
    path.symlink_to(target)


def file(path: Path) -> None:
    path.rmdir()
    path.touch()


def missing(path: Path) -> None:
    path.rmdir()


@pytest.mark.parametrize(
    "change", [private, shared, sticky_parent, open_parent, link, file, missing]
)
def test_a_runtime_folder_counts_only_while_nobody_else_can_replace_it(
    environ: Callable[..., None], tmp_path: Path, change: Callable[[Path], object]
) -> None:
    runtime = tmp_path / "run"
    if change is not private:
        runtime.mkdir(0o700)
    change(runtime)
    environ(HOME="/home/ada", XDG_RUNTIME_DIR=str(runtime), TMPDIR=str(tmp_path))

    assert folders(places(os.environ)) == platformdirs_folders()


def test_a_runtime_folder_below_another_users_folder_does_not_count(tmp_path: Path) -> None:
    """They could swap it for one of their own, as the folder above is theirs."""
    tmp_path.chmod(0o1777)
    theirs = private(tmp_path / "theirs")
    runtime = private(theirs / "run")
    if os.geteuid() == 0:  # a folder of root's would be trusted
        os.chown(theirs, 12345, 12345)

    assert not _is_sheltered(str(runtime), user=os.geteuid() + 1)


def test_a_temporary_folder_that_another_user_took_is_not_used(
    environ: Callable[..., None], tmp_path: Path
) -> None:
    """An attacker who makes the predictable folder first would own the status file."""
    taken = tmp_path / f"runtime-{os.geteuid()}"
    taken.symlink_to("/var")
    environ(HOME="/home/ada", TMPDIR=str(tmp_path))

    found = places(os.environ)

    assert found.runtime in {
        "/home/ada/.local/share/worklog/run/worklog",
        f"/run/user/{os.geteuid()}/worklog",
    }


def test_without_a_variable_the_folder_of_the_login_is_used(tmp_path: Path) -> None:
    login = private(tmp_path / str(os.geteuid()))

    assert _xdg_runtime({}, fallback="/f", logins=str(tmp_path)) == str(login)


def test_worklog_home_puts_everything_under_one_folder() -> None:
    found = places({"WORKLOG_HOME": "/w", "HOME": "/home/ada", "XDG_DATA_HOME": "/data"})

    assert folders(found) == ("/w/data", "/w/config", "/w/log", "/w/run")
    assert (found.database, found.journal, found.pictures, found.backups) == (
        "/w/data/worklog.db",
        "/w/data/journal",
        "/w/data/pictures",
        "/w/data/backups",
    )
    assert (found.live, found.lock, found.device_key) == (
        "/w/data/live",
        "/w/data/tracker.lock",
        "/w/data/device.key",
    )
    assert (found.config_file, found.hooks) == ("/w/config/config.toml", "/w/config/hooks")
    assert (found.log_file, found.status_file) == ("/w/log/worklog.log", "/w/run/status.json")


def test_a_relative_worklog_home_holds_wherever_the_tracker_goes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert places({"WORKLOG_HOME": "w"}).data == f"{tmp_path}/w/data"


def test_an_empty_worklog_home_does_not_count() -> None:
    assert places({"WORKLOG_HOME": "", "HOME": "/h"}, platform="linux").config == (
        "/h/.config/worklog"
    )


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_platforms_ask_platformdirs(environ: Callable[..., None], platform: str) -> None:
    environ(HOME="/home/ada")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", platformdirs.RuntimeDirWarning)
        found = places(os.environ, platform=platform)

    assert folders(found) == platformdirs_folders()


def test_a_user_without_home_or_entry_is_told_what_to_set() -> None:
    with pytest.raises(CacheUnwritableError, match="the home folder cannot be told") as error:
        _home({}, user=2**31 - 3)

    assert error.value.hint == "Set HOME or WORKLOG_HOME."


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_is_made_private_with_all_that_is_missing_above_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = ensure(str(tmp_path / "a" / "b" / "c"))
    finally:
        os.umask(old)

    assert made == str(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_an_existing_folder_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(0o755)

    ensure(str(tmp_path / "a"))

    assert mode(tmp_path / "a") == 0o700


def test_a_relative_folder_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    ensure("a")

    assert mode(tmp_path / "a") == 0o700


def test_f15_a_folder_that_cannot_be_made_names_the_path_and_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "a").touch()

    with pytest.raises(CacheUnwritableError, match="a/b cannot be created: Not a directory") as one:
        ensure(str(tmp_path / "a" / "b"))
    with pytest.raises(CacheUnwritableError, match="a cannot be created: File exists"):
        ensure(str(tmp_path / "a"))

    assert one.value.hint == "Free it, or set WORKLOG_HOME to a folder that you can write to."


def test_a_folder_whose_parent_is_a_dead_link_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("nowhere")

    with pytest.raises(CacheUnwritableError, match="cannot be created: File exists"):
        ensure(str(tmp_path / "a" / "b"))


def test_f16_a_folder_below_a_deleted_one_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    with pytest.raises(CacheUnwritableError, match="a cannot be created: No such file"):
        ensure("a")


def test_a_folder_of_another_user_is_refused() -> None:
    with pytest.raises(CacheUnwritableError, match="/theirs belongs to another user"):
        _check_owner("/theirs", owner=1, user=2)


def test_a_file_system_that_refuses_modes_is_used_as_it_is() -> None:
    assert ensure("/proc/self/task") == "/proc/self/task"


def test_the_quick_road_gets_its_paths_without_pathlib() -> None:
    program = (
        "import sys; from worklog.places import places; places({'HOME': '/h'}).database;"
        "print(sorted({'pathlib', 're', 'dataclasses', 'typing', 'platformdirs', 'tempfile'}"
        " & set(sys.modules)))"
    )

    # Isolated: a plain site folder with .pth files may load pathlib before we run.
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
