"""What holds for every test: the machine's own home, desktop and zone stay out of it.

The environment is made safe when this file is imported, so that code that looks at it
while tests are collected cannot see the real home either, and once more for each test,
with a home of its own. A test that wants a variable sets it with `monkeypatch`.

freezegun is not imported here: it looks at every attribute of every loaded module each
time it freezes, so only the tests at borders where no `Clock` reaches import it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.effort import is_long
from tests.support.ways_report import RESULTS, WaysReport

# The desktop of whoever runs the tests, and what changes how output looks.
_UNWANTED = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_SESSION_ID",
    "XDG_SESSION_TYPE",
    "XDG_CURRENT_DESKTOP",
    "TMUX",
    "TMUX_PANE",
    "STY",
    "SSH_CONNECTION",
    "SSH_TTY",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLUMNS",
    "LINES",
    "PYTHONDONTWRITEBYTECODE",
)


def _environment(home: Path) -> dict[str, str]:
    """Return the variables that put everything a program may write under *home*."""
    return {
        "HOME": str(home),
        "WORKLOG_HOME": str(home / "worklog"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "TMUX_TMPDIR": str(home / "run"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def _unwanted() -> list[str]:
    ours = [name for name in os.environ if name.startswith("WORKLOG_") and name != "WORKLOG_TESTS"]
    return [*ours, *(name for name in _UNWANTED if name in os.environ)]


for _name in _unwanted():
    del os.environ[_name]
os.environ.update(_environment(Path(tempfile.gettempdir()) / "worklog-tests-without-a-home"))
if sys.platform != "win32":  # Windows sets TZ for its C library only
    time.tzset()

# By default the same examples on each run, so that a red test stays red until it is
# mended; `make long` looks for new ones. No deadline and no complaint about slowness:
# a machine's speed is no property of the code.
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long",
    deadline=None,
    max_examples=5_000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("long" if is_long() else "ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "where to write what the capture ways kept of their promises"
    parser.addoption("--ways", type=Path, default=RESULTS, help=told)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(WaysReport(config.getoption("--ways")))


@pytest.fixture(autouse=True)
def _home_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Give each test an empty home; nothing is made in it but the runtime folder."""
    home = tmp_path_factory.mktemp("home")
    (home / "run").mkdir(mode=0o700)
    for name in _unwanted():
        monkeypatch.delenv(name)
    for name, value in _environment(home).items():
        monkeypatch.setenv(name, value)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, object, object]:
    """Let a report travel between the test processes whatever text the test failed on.

    Tests feed lone surrogates to the program; xdist cannot encode them and would end the
    whole run with an internal error in place of the failure.
    """
    return _encodable((yield))


def _encodable(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {_encodable(key): _encodable(item) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_encodable(item) for item in value)
        case _:
            return value
