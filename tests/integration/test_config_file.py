"""The settings file: read with lines, changed with comments kept, replaced whole."""

import os
import stat
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from worklog.config import entries, load, set_value, template, unset
from worklog.config.file import from_file, line_of
from worklog.errors import CacheUnwritableError, ConfigInvalidError, UsageError
from worklog.places import Places, places


@pytest.fixture
def home(tmp_path: Path) -> Places:
    return places({"WORKLOG_HOME": str(tmp_path)})


def write(home: Places, text: str | bytes) -> str:
    path = Path(home.config_file)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def test_without_a_file_the_defaults_hold(home: Places) -> None:
    settings = load(home, {})

    assert settings.capture.consent == "ask"
    assert not Path(home.config_file).exists()


def test_a_file_an_environment_and_options_are_merged_with_their_sources(home: Places) -> None:
    path = write(home, 'hangup = "continue"\n\n[capture]\nreview = 5\n[memo]\nremind = "1h"\n')

    settings = load(home, {"WORKLOG_CAPTURE_CONSENT": "yes"}, {"memo.remind": "0"})

    assert settings.hangup == "continue"
    assert settings.capture.review == timedelta(minutes=5)
    assert {entry.key.name: (entry.text, entry.source) for entry in entries(settings)} | {
        "hangup": ("continue", f"{path}, line 1"),
        "capture.review": ("5m", f"{path}, line 4"),
        "capture.consent": ("yes", "WORKLOG_CAPTURE_CONSENT"),
        "memo.remind": ("0", "option"),
        "idle.after": ("10m", "default"),
    } == {entry.key.name: (entry.text, entry.source) for entry in entries(settings)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hangup = \n", "line 1: this is not TOML: Invalid value"),
        ("a = 1\n\n[capture\n", "line 3: this is not TOML: "),
        ('a = "x', "line 1: this is not TOML: "),
        ("x = " + "[" * 5000, "line 1: this is not TOML: "),
        (b"# caf\n\n# \xe9\n", "line 3: this is not UTF-8"),
        ("\n[capture]\nreview = '7h'\n", "line 3: capture.review: '7h' is not between 0 and 6h"),
        ("camera = false\ncapture.review = true\n", "line 2: capture.review: True is not a dur"),
        ("[capture]\n[idle]\nafter = 'x'", "line 3: idle.after: 'x' is not a duration"),
        ("[capture]\n\nreveiw = 1\n", "line 3: there is no setting 'capture.reveiw'"),
        ("[captur]\nreview = 1\n", "line 2: there is no setting 'captur.review'"),
        ("capture = 1\n", "line 1: there is no setting 'capture'"),
        ("[capture.review]\nx = 1\n", "line 1: capture.review: {'x': 1} is not a duration"),
        ("capture = { review = 'x' }\n", "line 1: capture.review: 'x' is not a duration"),
        ("hangup = 2026-11-19\n", "line 1: hangup: datetime.date(2026, 11, 19) is none of stop"),
    ],
)
def test_a_broken_file_is_refused_with_file_line_and_key(
    home: Places, text: str | bytes, message: str
) -> None:
    path = write(home, text)

    with pytest.raises(ConfigInvalidError) as error:
        load(home, {})

    assert str(error.value).startswith(f"{path}, {message}")
    assert error.value.hint


def test_a_folder_in_place_of_the_file_is_refused(home: Places) -> None:
    Path(home.config_file).mkdir(parents=True)

    with pytest.raises(ConfigInvalidError, match=r"config\.toml cannot be read: Is a directory"):
        load(home, {})


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("a.b = 1\n", "a.b", 1),
        ("\"a\" . 'b' = 1\n", "a.b", 1),
        ("# [a]\n[ a ]\nc = 1\n  b = 2\n", "a.b", 4),
        ("[a]\n[x]\nb = 1", "a.b", 1),
        ("", "a.b", 1),
    ],
)
def test_the_line_of_a_key_is_found(text: str, name: str, line: int) -> None:
    assert line_of(text, name) == line


def test_setting_a_value_keeps_comments_and_order(home: Places) -> None:
    path = write(home, '# mine\nhangup = "stop" # for now\n\n[idle] # rest\nafter = "5m"\n')

    set_value(path, "hangup", "continue")
    set_value(path, "idle.action", "keep")
    set_value(path, "capture.screenshots", "no")
    set_value(path, "capture.pixelate", "8")
    set_value(path, "capture.withhold", "default\ntitle: bank")
    set_value(path, "zone", "Europe/Berlin")
    set_value(path, "disk.warn", "1GB")

    written = Path(path).read_text(encoding="utf-8")
    assert "# mine\n" in written
    assert 'hangup = "continue" # for now\n' in written
    assert "[idle] # rest\n" in written
    assert tomllib.loads(written) == {
        "hangup": "continue",
        "idle": {"after": "5m", "action": "keep"},
        "capture": {"screenshots": False, "pixelate": 8, "withhold": ["default", "title: bank"]},
        "zone": "Europe/Berlin",
        "disk": {"warn": "1GB"},
    }
    settings = load(home, {})
    assert settings.capture.withhold == ("default", "title: bank")
    assert settings.disk.warn == 1_000_000_000


def test_a_value_under_a_dotted_key_is_changed_in_place(home: Places) -> None:
    path = write(home, 'capture.review = "5m" # short\n')

    assert set_value(path, "capture.review", "1h") == timedelta(hours=1)

    assert Path(path).read_text(encoding="utf-8") == 'capture.review = "1h" # short\n'


def test_the_file_is_made_private_in_a_private_folder(home: Places) -> None:
    old = os.umask(0)
    try:
        set_value(home.config_file, "hangup", "continue")
    finally:
        os.umask(old)

    path = Path(home.config_file)
    assert path.read_text(encoding="utf-8") == 'hangup = "continue"\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["config.toml"]


def test_a_linked_file_stays_a_link(home: Places, tmp_path: Path) -> None:
    dotfile = tmp_path / "dotfiles.toml"
    dotfile.write_text("# mine\n", encoding="utf-8")
    Path(home.config).mkdir()
    Path(home.config_file).symlink_to(dotfile)

    set_value(home.config_file, "hangup", "continue")

    assert Path(home.config_file).is_symlink()
    assert dotfile.read_text(encoding="utf-8") == '# mine\nhangup = "continue"\n'


def test_what_a_crash_left_behind_does_not_stop_a_change(home: Places) -> None:
    path = write(home, "")
    Path(f"{path}.new").write_text("half", encoding="utf-8")

    set_value(path, "hangup", "continue")

    assert load(home, {}).hangup == "continue"


def test_f15_a_file_that_cannot_be_written_is_left_as_it_was(home: Places) -> None:
    path = write(home, "# mine\n")
    Path(f"{path}.new").mkdir()

    with pytest.raises(CacheUnwritableError, match=r"config\.toml cannot be written: Is a dir"):
        set_value(path, "hangup", "continue")

    assert Path(path).read_text(encoding="utf-8") == "# mine\n"


def test_a_wrong_value_is_refused_and_nothing_is_written(home: Places) -> None:
    with pytest.raises(UsageError) as error:
        set_value(home.config_file, "capture.review", "7h")
    with pytest.raises(UsageError) as empty:
        set_value(home.config_file, "zone", "Mars")

    assert str(error.value) == "capture.review: '7h' is not between 0 and 6h"
    assert error.value.hint == (
        "How long a segment waits for your review before it may be uploaded. Default: 10m."
    )
    assert empty.value.hint is not None
    assert empty.value.hint.endswith("Default: empty.")
    assert not Path(home.config_file).exists()


def test_an_unknown_key_is_refused_with_the_nearest_names(home: Places) -> None:
    with pytest.raises(UsageError, match=r"there is no setting 'capture\.reviev'") as error:
        set_value(home.config_file, "capture.reviev", "1m")
    with pytest.raises(UsageError) as nothing_near:
        unset(home.config_file, "zzzzzz")

    assert error.value.hint == "Did you mean capture.review?"
    assert nothing_near.value.hint == "See `worklog config list`."


def test_a_value_in_the_place_of_a_table_is_refused(home: Places) -> None:
    path = write(home, "\ncapture = 1\n")

    with pytest.raises(ConfigInvalidError, match="line 2: 'capture' is a value and not a table"):
        set_value(path, "capture.review", "1m")


def test_a_broken_file_is_not_changed(home: Places) -> None:
    path = write(home, "[capture\n")

    with pytest.raises(ConfigInvalidError, match="line 1: this is not TOML"):
        set_value(path, "capture.review", "1m")

    assert Path(path).read_text(encoding="utf-8") == "[capture\n"


def test_a_value_can_be_unset_and_says_whether_it_was_set(home: Places) -> None:
    path = write(home, '[capture]\n# why\nreview = "1m"\nnotify = false\n')

    assert unset(path, "capture.review")
    assert not unset(path, "capture.review")
    assert not unset(path, "idle.after")

    assert Path(path).read_text(encoding="utf-8") == "[capture]\n# why\nnotify = false\n"


def test_a_mistake_in_the_file_can_be_unset(home: Places) -> None:
    path = write(home, "[captur]\nreview = 1\n")

    assert unset(path, "captur.review")

    assert load(home, {}).sources["capture.review"] == "default"


def test_the_template_sets_nothing_and_all_of_it_can_be_used(home: Places) -> None:
    text = template()
    write(home, text)
    assert set(load(home, {}).sources.values()) == {"default"}

    lines = [line[2:] for line in text.splitlines() if line.startswith("# ") and " = " in line]
    write(home, "\n".join(lines))

    settings = load(home, {})
    assert all("line" in source for source in settings.sources.values())
    assert [e.text for e in entries(settings)] == [e.text for e in entries(load(home, {}))]


def test_without_a_file_no_toml_library_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from worklog.config import load; from worklog.places import places\n"
        f"load(places({{'WORKLOG_HOME': {str(tmp_path)!r}}}), {{}})\n"
        "print({'tomllib', 'tomlkit', 'zoneinfo', 'dateutil'} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"


def test_from_file_keeps_unknown_names_for_the_error(home: Places) -> None:
    path = write(home, "[a.b]\nc = 1\n")

    assert from_file(path).values == {"a.b.c": 1}
