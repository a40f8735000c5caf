"""worklog-recipes(7), each recipe run as it stands there by the program that it is for."""

from __future__ import annotations

import email
import os
import subprocess
import sys
from collections.abc import Mapping
from email import policy
from pathlib import Path

import pytest

from tests.support.cli import Desk
from tests.support.tracker_process import TrackerHome
from tests.support.until import until
from worklog.cli.docgen.recipes import RECIPES, Recipe

BY_NAME = {recipe.name: recipe for recipe in RECIPES}
PROGRAMS = str(Path(sys.executable).parent)


def environ(home: Path) -> dict[str, str]:
    """Return what a script of somebody's has around it."""
    return {
        "HOME": str(home),
        "PATH": f"{PROGRAMS}:/usr/bin:/bin",
        "WORKLOG_HOME": str(home / "worklog"),
        "LANG": "C.UTF-8",
        "TZ": "Europe/Berlin",
    }


def run(recipe: Recipe, home: Path, *, status: int = 0) -> str:
    script = home / recipe.name
    script.write_text(recipe.text)
    script.chmod(0o755)
    done = subprocess.run(
        [str(script)], env=environ(home), capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stdout


def worklog(home: Path, *words: str, variables: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [f"{PROGRAMS}/worklog", *words],
        env={**environ(home), **(variables or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_timesheet_is_a_mail_that_programs_can_read(tmp_path: Path) -> None:
    worklog(tmp_path, "add", "-20m..now", "-m", "a call with Ada")

    run(BY_NAME["mail"], tmp_path)

    mail = email.message_from_bytes(
        (tmp_path / "timesheet.eml").read_bytes(), policy=policy.default
    )
    assert mail["To"] == "client@example.com"
    assert mail.get_content_type() == "text/html"
    assert "a call with Ada" in mail.get_content()
    assert not (tmp_path / "timesheet.eml.new").exists()


def test_what_would_be_asked_about_is_printed_before_the_lock(tmp_path: Path) -> None:
    assert "before noon" not in run(BY_NAME["review"], tmp_path)
    # By the clock of this machine, as a shell starts programs by no other.
    desk = Desk(tmp_path)
    acme = desk.contract("acme")
    week_ago = subprocess.run(
        ["/usr/bin/date", "--date=7 days ago", "+%Y-%m-%d 10:00"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    desk.track(acme, week_ago, memo="")

    assert "before noon" in run(BY_NAME["review"], tmp_path)


def test_a_backup_takes_the_place_of_the_one_of_a_week_ago(tmp_path: Path) -> None:
    worklog(tmp_path, "add", "-20m..now", "-m", "a call")

    run(BY_NAME["backup"], tmp_path)
    run(BY_NAME["backup"], tmp_path)

    (file,) = (tmp_path / "backups").iterdir()
    assert file.suffix == ".tar"
    assert oct((tmp_path / "backups").stat().st_mode)[-3:] == "700"


@pytest.fixture
def tracking(tmp_path: Path) -> TrackerHome:
    """A home in which a tracker runs, without a display."""
    home = TrackerHome(tmp_path / "worklog", environ={"DISPLAY": ""})
    worklog(tmp_path, "start", "--background", "--no-screenshots", "-m", "before", "--for", "3m")
    return home


def memo(home: Path) -> str:
    return worklog(home, "memo").strip().removeprefix("memo: ")


def test_the_branch_becomes_the_memo(tmp_path: Path, tracking: TrackerHome) -> None:
    del tracking
    repository = tmp_path / "code"
    git = ["/usr/bin/git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-C"]
    subprocess.run(["/usr/bin/git", "init", "-q", str(repository)], check=True)
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(BY_NAME["git"].text)
    hook.chmod(0o755)
    variables = environ(tmp_path)
    words = [*git, str(repository)]
    subprocess.run(
        [*words, "commit", "-q", "--allow-empty", "-m", "first"], env=variables, check=True
    )

    subprocess.run([*words, "checkout", "-q", "-b", "fix/login"], env=variables, check=True)

    until(lambda: memo(tmp_path) == "fix/login", within_s=20)
    worklog(tmp_path, "stop")
    subprocess.run([*words, "checkout", "-q", "-b", "other"], env=variables, check=True)


def test_tmux_shows_contract_and_memo(tmp_path: Path, tracking: TrackerHome) -> None:
    """A status line is drawn for a client only, so a second tmux is the screen of the first."""
    del tracking
    config = tmp_path / "tmux.conf"
    config.write_text(BY_NAME["tmux"].text)
    variables = {**environ(tmp_path), "TERM": "xterm"}

    def tmux(socket: str, *words: str) -> str:
        named = ["/usr/bin/tmux", "-S", str(tmp_path / socket), "-f", str(config), *words]
        return subprocess.run(
            named, env=variables, capture_output=True, text=True, check=True
        ).stdout

    inner = f"env -u TMUX /usr/bin/tmux -S {tmp_path}/inner -f {config} new-session"
    try:
        tmux("outer", "new-session", "-d", "-x", "120", "-y", "12", inner)
        until(lambda: "work: before" in tmux("outer", "capture-pane", "-p"), within_s=30)
    finally:
        tmux("inner", "kill-server")
        worklog(tmp_path, "stop")


def test_the_smoke_test_of_continuous_integration_passes(tmp_path: Path) -> None:
    run(BY_NAME["smoke"], tmp_path)

    left = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert [path.name for path in left if path.name != ".cache"] == []
    assert os.environ.get("WORKLOG_HOME") != str(tmp_path)
