"""What `tests/conftest.py` promises to every test."""

from __future__ import annotations

import os
import pwd
import time
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.effort import is_long, rounds
from worklog.places import places

REAL_HOME = pwd.getpwuid(os.getuid()).pw_dir


def test_the_home_of_a_test_is_not_the_real_one() -> None:
    assert Path.home() != Path(REAL_HOME)


def test_no_folder_of_worklog_lies_outside_of_the_tests_own_home() -> None:
    found = places(os.environ)

    for folder in (found.data, found.config, found.log, found.runtime):
        assert Path(folder).is_relative_to(os.environ["HOME"])


def test_without_worklog_home_the_folders_still_lie_in_the_tests_own_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WORKLOG_HOME")

    found = places(os.environ)

    for folder in (found.data, found.config, found.log, found.runtime):
        assert Path(folder).is_relative_to(os.environ["HOME"])


def test_no_test_sees_the_desktop_of_whoever_runs_it() -> None:
    assert not {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"} & set(os.environ)


def test_the_zone_of_the_tests_is_utc() -> None:
    assert time.tzname == ("UTC", "UTC")


@pytest.mark.parametrize(
    ("value", "examples", "tried"), [pytest.param("", 60, 5, id="ci"), ("long", 5_000, 900)]
)
def test_one_variable_chooses_how_hard_the_tests_try(
    monkeypatch: pytest.MonkeyPatch, value: str, examples: int, tried: int
) -> None:
    monkeypatch.setenv("WORKLOG_TESTS", value)

    profile = settings.get_profile("long" if is_long() else "ci")

    assert (profile.max_examples, rounds(5, long=900)) == (examples, tried)
