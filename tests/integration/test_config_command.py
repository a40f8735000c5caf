"""`worklog config` as people use it, on a real settings file."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from worklog.cli.context import AppContext
from worklog.cli.main import run
from worklog.config import KEYS, template
from worklog.places import places

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def file() -> Path:
    return Path(places(os.environ).config_file)


def asked(*argv: str) -> int:
    return run(["config", *argv])


def on_a_terminal() -> AppContext:
    context = AppContext(os.environ)
    context.is_interactive = True
    return context


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let $EDITOR be a shell script that gets the file as its argument."""
    path = tmp_path / "my editor"
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(0o755)
    monkeypatch.setenv("EDITOR", f"'{path}'")


def test_list_shows_every_setting_with_value_and_source(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    file.parent.mkdir(parents=True)
    file.write_text('[idle]\nafter = "15m"\n')
    monkeypatch.setenv("WORKLOG_UI_COLOUR", "never")

    assert asked("list", "--json") == 0

    found = {row["key"]: row for row in json.loads(capsys.readouterr().out)["data"]["settings"]}
    assert list(found) == [key.name for key in KEYS]
    assert found["idle.after"] == {
        "key": "idle.after",
        "value": 900,
        "text": "15m",
        "source": f"{file}, line 2",
        "default": "10m",
        "help": "Time without input after which you are idle.",
    }
    assert found["ui.colour"]["source"] == "WORKLOG_UI_COLOUR"
    assert (found["camera"]["value"], found["disk.warn"]["value"]) == (False, 500_000_000)
    assert found["capture.withhold"]["value"] == ["default"]


def test_list_points_at_variables_that_set_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("WORKLOG_IDEL_AFTER", "5m")

    assert asked("list") == 0

    shown = capsys.readouterr()
    assert "idle.after" in shown.out
    assert shown.err == "worklog: WORKLOG_IDEL_AFTER is set, and is no setting.\n"


def test_get_prints_the_bare_value(capsys: Captured) -> None:
    assert asked("get", "idle.after") == 0
    assert capsys.readouterr().out == "10m\n"


def test_set_says_what_it_set_and_the_value_holds_from_then_on(
    file: Path, capsys: Captured
) -> None:
    assert asked("set", "idle.after", "900s") == 0
    assert asked("get", "idle.after") == 0

    assert capsys.readouterr().out == "idle.after: 15m\n15m\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_list_is_set_all_at_once(capsys: Captured) -> None:
    assert asked("set", "capture.withhold", "default", "title: Payroll") == 0
    assert asked("get", "capture.withhold") == 0

    assert capsys.readouterr().out == (
        "capture.withhold: default, title: Payroll\ndefault\ntitle: Payroll\n"
    )


def test_a_value_that_cannot_be_is_refused_with_what_could(file: Path, capsys: Captured) -> None:
    assert asked("set", "idle.action", "sleep") == 2

    shown = capsys.readouterr()
    assert "idle.action: 'sleep' is none of pause, stop, keep" in shown.err
    assert "hint: " in shown.err
    assert not file.exists()


@pytest.mark.parametrize("words", [("get",), ("set", "x"), ("unset",)])
def test_an_unknown_setting_is_refused_with_the_nearest(
    words: tuple[str, ...], capsys: Captured
) -> None:
    command, *value = words

    assert asked(command, "idel.after", *value) == 2

    assert capsys.readouterr().err == (
        "worklog: there is no setting 'idel.after'.\nhint: Did you mean idle.after?\n"
    )


@pytest.mark.parametrize(("command", "value"), [("set", ["20m"]), ("unset", [])])
def test_a_variable_that_wins_over_the_file_is_told_of(
    command: str, value: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("WORKLOG_IDLE_AFTER", "5m")

    assert asked(command, "idle.after", *value) == 0

    assert capsys.readouterr().err == (
        "worklog: WORKLOG_IDLE_AFTER is set and wins over the file.\n"
    )


def test_unset_takes_a_value_back_and_says_where_there_was_none(capsys: Captured) -> None:
    assert asked("set", "hangup", "continue") == 0
    assert asked("unset", "hangup") == 0
    assert asked("unset", "hangup") == 0

    assert capsys.readouterr().out == (
        "hangup: continue\nhangup: the default again\nhangup: was not set\n"
    )


def test_a_broken_file_stops_list_and_can_be_mended_by_unset(file: Path, capsys: Captured) -> None:
    file.parent.mkdir(parents=True)
    file.write_text('[idle]\nafter = "15m"\nlater = 1\n')

    assert asked("list") == 50
    assert f"{file}, line 3" in capsys.readouterr().err
    assert asked("unset", "idle.later") == 0
    assert asked("get", "idle.after") == 0

    assert capsys.readouterr().out == "idle.later: the default again\n15m\n"


def test_path_prints_where_the_file_would_be(file: Path, capsys: Captured) -> None:
    assert asked("path") == 0
    assert capsys.readouterr().out == f"{file}\n"


def test_edit_off_a_terminal_exits_2_and_names_the_other_ways(capsys: Captured) -> None:
    assert asked("edit") == 2

    assert capsys.readouterr().err == (
        "worklog: The settings can be edited on a terminal only.\n"
        "hint: Use `worklog config set KEY VALUE`, or edit the file itself.\n"
    )


def test_edit_opens_a_file_that_explains_everything_where_there_is_none(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    seen = tmp_path / "seen"
    editor(tmp_path, monkeypatch, f'cp "$1" {seen}; echo \'hangup = "continue"\' > "$1"')

    assert run(["config", "edit"], on_a_terminal()) == 0

    assert seen.read_text() == template()
    assert capsys.readouterr().out == f"{file} is fine.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_edit_leaves_no_file_behind_where_nothing_was_written(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    editor(tmp_path, monkeypatch, "true")

    assert run(["config", "edit"], on_a_terminal()) == 0

    assert capsys.readouterr().out == f"{file} is as it was.\n"
    assert not file.exists()


def test_edit_keeps_what_was_written_and_names_line_and_key_of_a_mistake(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    editor(tmp_path, monkeypatch, 'printf "[idle]\\nafter = \\"never\\"\\n" > "$1"')

    assert run(["config", "edit"], on_a_terminal()) == 50

    assert f"{file}, line 2: idle.after: 'never' is not a duration" in capsys.readouterr().err
    assert file.read_text() == '[idle]\nafter = "never"\n'


def test_visual_goes_before_editor_and_one_that_fails_is_told(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    editor(tmp_path, monkeypatch, "true")
    monkeypatch.setenv("VISUAL", "false")

    assert run(["config", "edit"], on_a_terminal()) == 2

    assert "The editor 'false' failed." in capsys.readouterr().err
    assert not file.exists()


def test_edit_says_where_the_file_cannot_be_made(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    file.parent.mkdir(parents=True)
    file.symlink_to(file.parent / "nowhere" / "config.toml")
    monkeypatch.setenv("EDITOR", "true")

    assert run(["config", "edit"], on_a_terminal()) == 23

    assert "cannot be written" in capsys.readouterr().err


def test_the_installed_command_does_it_too() -> None:
    program = Path(sys.executable).parent / "worklog"

    found = subprocess.run(
        [program, "config", "get", "hangup"], capture_output=True, text=True, check=True
    )

    assert (found.stdout, found.stderr) == ("stop\n", "")
