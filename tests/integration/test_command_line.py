"""The command line as a whole: help, usage, envelopes, bad homes, and nobody to ask."""

from __future__ import annotations

import json
import os
import shlex
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cli import Desk, Streams
from worklog.cli.context import AppContext
from worklog.cli.main import BY_NAME, filled_in, main, run
from worklog.domain.session import Ending
from worklog.errors import WorklogError

# Each command in a spelling that gets as far as its work on an empty home, and what it
# exits with there. Those of others' own tests are left out: config, feedback, demo, generate.
EMPTY_HOME = {
    "start --for 1s": 0,
    "stop": 10,
    "stop --if-running": 0,
    "pause": 10,
    "resume": 10,
    "switch acme": 12,
    "continue": 12,
    "memo": 10,
    "memo --recent": 0,
    "memo testing": 10,
    "label": 10,
    "label dev": 10,
    "status": 0,
    "diary": 0,
    "diary --week": 0,
    "diary --images": 0,
    "show": 12,
    "preview": 0,
    "history": 0,
    "edit": 12,
    "edit @last -m x": 12,
    "delete @last": 12,
    "redact --all": 12,
    "add 10:00-11:00 -m call": 0,
    "idle": 0,
    "idle 1 --keep": 12,
    "undo": 12,
    "report": 0,
    "review": 0,
    "contract list": 0,
    "contract show acme": 12,
    "contract use acme": 12,
    "contract add acme": 0,
    "contract edit acme --limit 10": 12,
    "contract archive acme": 12,
    "contract ask manual": 12,
    "doctor": 0,
    "check": 0,
    "backup": 0,
    "restore": 12,
}
READING = [
    line
    for line in EMPTY_HOME
    if line.split()[0] in {"status", "diary", "history", "report", "review", "show"}
    or line in {"idle", "contract list", "contract show acme", "memo", "memo --recent", "label"}
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# --- The first minutes ------------------------------------------------------------------


@pytest.mark.parametrize("line", EMPTY_HOME)
def test_on_an_empty_home_every_command_says_what_to_do(desk: Desk, line: str) -> None:
    answer = desk.run(*shlex.split(line))

    assert answer.status == EMPTY_HOME[line], answer
    if answer.status:
        problem, hint = answer.err.splitlines()
        assert problem.startswith("worklog: ")
        assert problem.endswith(".")
        assert hint.startswith("hint: ")
        assert answer.out == ""
    else:
        assert answer.out or line == "stop --if-running"


@pytest.mark.parametrize("line", EMPTY_HOME)
def test_on_an_empty_home_every_command_answers_in_json(desk: Desk, line: str) -> None:
    answer = desk.run(*shlex.split(line), "--json")

    assert answer.status == EMPTY_HOME[line]
    envelope = json.loads(answer.out.splitlines()[-1])
    expected = "error" if answer.status else "ok"
    assert (envelope["schema"], envelope["status"]) == (1, expected)
    words = line.split()
    assert envelope["command"] == (" ".join(words[:2]) if words[0] == "contract" else words[0])
    assert bool(envelope["errors"]) == bool(answer.status)
    if answer.status:
        assert envelope["data"] is None
        assert set(envelope["errors"][0]) == {"code", "message", "hint"}


@pytest.mark.parametrize("line", EMPTY_HOME)
def test_a_quiet_command_prints_nothing_but_errors(desk: Desk, line: str) -> None:
    answer = desk.run(*shlex.split(line), "--quiet")

    assert answer.status == EMPTY_HOME[line]
    assert answer.out == ""
    assert bool(answer.err) == bool(answer.status)


@pytest.mark.parametrize("line", READING)
def test_looking_at_an_empty_home_leaves_it_empty(desk: Desk, line: str) -> None:
    desk.run(*shlex.split(line))

    assert desk.files == []


@pytest.mark.parametrize("line", READING)
def test_a_home_that_cannot_be_written_can_be_looked_at(desk: Desk, line: str) -> None:
    desk.environ["WORKLOG_HOME"] = "/proc/no/worklog"

    assert desk.run(*shlex.split(line)).status == EMPTY_HOME[line]


@pytest.mark.parametrize(
    "line", ["start --for 1s", "add 10:00-11:00 -m call", "contract add acme", "backup"]
)
def test_f14_a_home_that_cannot_be_made_is_named(desk: Desk, line: str) -> None:
    desk.environ["WORKLOG_HOME"] = "/proc/no/worklog"

    answer = desk.run(*shlex.split(line))

    assert answer.status == 23
    assert "/proc/no" in answer.err
    assert answer.err.splitlines()[-1] == (
        "hint: Free it, or set WORKLOG_HOME to a folder that you can write to."
    )


# --- Help and usage ---------------------------------------------------------------------


def test_the_name_alone_explains_the_program(desk: Desk) -> None:
    answer = desk.run()

    assert (answer.status, answer.err) == (0, "")
    assert "Track your work in ten-minute segments" in answer.out
    assert "Contracts and settings:" in answer.out
    assert "generate" not in answer.out


def test_a_group_alone_explains_itself(desk: Desk) -> None:
    answer = desk.run("contract")

    assert (answer.status, answer.err) == (0, "")
    assert "worklog contract list" in answer.out


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_command_has_help_with_an_example_json_and_quiet(desk: Desk, name: str) -> None:
    if BY_NAME[name].is_hidden:
        return
    text = desk.ok(name, "--help")

    assert f"worklog {name}" in text.split("Options:")[0].split("\n", 1)[1]
    if "Commands:" not in text:
        assert "--json" in text
        assert "--quiet" in text


def test_the_version_is_one_line(desk: Desk) -> None:
    assert desk.ok("--version").startswith("worklog 0.")


@pytest.mark.parametrize(
    ("line", "message", "command"),
    [
        ("nonsense", "No such command 'nonsense'.", ""),
        ("show --nonsense", "No such option: --nonsense.", "show"),
        ("contract add", "Missing argument 'NAME'.", "contract add"),
        (
            "history -n 0",
            "Invalid value for '--count' / '-n': 0 is not in the range 1<=x<=1000000.",
            "history",
        ),
        ("add", "Missing argument 'RANGE'.", "add"),
        ("stop now", "Got unexpected extra argument(s) (now).", "stop"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_usage(
    desk: Desk, line: str, message: str, command: str
) -> None:
    told = desk.run(*line.split())
    as_json = desk.run(*line.split(), "--json")

    usage = f"worklog {command}".strip()
    hint = f"`{usage} --help` shows how it is used."
    if "extra" in message:
        hint = f"Put words that belong together in quotes; {hint}"
    assert (told.status, told.err) == (2, f"worklog: {message}\nhint: {hint}\n")
    assert as_json.status == 2
    assert as_json.envelope == {
        "schema": 1,
        "command": command,
        "status": "error",
        "data": None,
        "errors": [{"code": "usage", "message": message, "hint": hint}],
    }
    assert desk.files == []


def test_words_after_two_dashes_are_no_options(desk: Desk) -> None:
    answer = desk.run("memo", "--", "--json")

    assert (answer.status, answer.out) == (10, "")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["diary", "-20m..now"], ["diary", " -20m..now"]),
        (["diary", "--week"], ["diary", "--week=now"]),
        (["diary", "--week", "--json"], ["diary", "--week=now", "--json"]),
        (["diary", "--week", "mon"], ["diary", "--week", "mon"]),
        (["diary", "--week", "-7d"], ["diary", "--week", " -7d"]),
        (["memo", "--", "-20m", "--week"], ["memo", "--", "-20m", "--week"]),
        (["stop", "--at", "-5m"], ["stop", "--at", " -5m"]),
        (["", "-", "-q"], ["", "-", "-q"]),
    ],
)
def test_a_time_may_begin_with_a_dash_and_a_week_needs_no_value(
    typed: list[str], meant: list[str]
) -> None:
    assert filled_in(typed) == meant


def test_a_bug_is_not_hidden(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["worklog"])
    context = desk.context()
    context.clock = None  # type: ignore[assignment]  # what no run could have

    with pytest.raises(AttributeError), Streams(None).taken():
        run(["diary"], context)


# --- The process ------------------------------------------------------------------------


def test_the_process_ends_with_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["worklog", "stop", "--quiet"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 10


def test_a_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        [sys.executable, "-m", "worklog", "diary", "--week"],
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        env={**os.environ, "WORKLOG_HOME": str(tmp_path)},
    )

    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("closing", ["</dev/null", "<&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_bug(closing: str, tmp_path: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m worklog delete @last {closing}"

    done = subprocess.run(
        ["/bin/sh", "-c", command],
        check=False,
        timeout=60,
        capture_output=True,
        env={**os.environ, "WORKLOG_HOME": str(tmp_path)},
    )

    assert done.returncode == 12, done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "line", ["edit today", "delete @last", "restore", "start", "switch globex", "memo --recent"]
)
def test_nothing_waits_for_an_answer_off_a_terminal(desk: Desk, line: str) -> None:
    """`Desk.run` fails if anything reads stdin off a terminal."""
    acme, globex = desk.contract("acme", memo_required=True), desk.contract("globex")
    desk.track(acme, "09:00")
    desk.track(globex, "09:10")
    desk.session(acme, "09:00", until="09:10")
    desk.ok("backup")

    answer = desk.run(*line.split())

    assert (answer.status, answer.out) == {
        "memo --recent": (0, "  1  fixing bug\n"),
        "switch globex": (10, ""),
    }.get(line, (2, ""))


def test_ctrl_c_at_a_question_is_an_interrupt(desk: Desk) -> None:
    acme = desk.contract("acme")
    desk.track(acme, "09:00")

    answer = desk.run("delete", "@last", typed="")

    assert answer.status == 130
    assert len(desk.json("diary")["segments"]) == 1


# --- Bad homes --------------------------------------------------------------------------

USING_THE_CACHE = [
    line for line in EMPTY_HOME if line.split()[0] not in {"doctor", "preview", "start"}
]


@pytest.mark.parametrize("line", USING_THE_CACHE)
def test_f22_a_newer_cache_is_left_as_it_is(desk: Desk, line: str) -> None:
    desk.ok("contract", "add", "acme")
    with sqlite3.connect(desk.places.database) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = Path(desk.places.database).read_bytes()

    answer = desk.run(*shlex.split(line), "--json")

    assert (answer.status, answer.code) == (22, "cache-too-new")
    assert Path(desk.places.database).read_bytes() == before


@pytest.mark.parametrize("line", USING_THE_CACHE)
def test_f20_a_corrupt_cache_names_the_way_out(desk: Desk, line: str) -> None:
    if line == "check":
        return  # looks at it; see its own tests
    desk.ok("contract", "add", "acme")
    Path(desk.places.database).write_bytes(b"no database at all " * 400)

    answer = desk.run(*shlex.split(line))

    assert answer.status == 20, answer
    assert answer.err == (
        "worklog: The local cache is damaged.\n"
        "hint: Run `worklog check --rebuild`: it recreates it from journals and images.\n"
    )


@pytest.mark.parametrize(
    "line",
    [line for line in EMPTY_HOME if line.split()[0] in {"status", "diary", "report", "start"}],
)
def test_a_broken_config_names_line_and_key(desk: Desk, line: str) -> None:
    desk.settings('[idle]\nafter = "soon"\n')

    answer = desk.run(*shlex.split(line))

    assert (answer.status, answer.out) == (50, "")
    assert "config.toml" in answer.err
    assert "line 2" in answer.err
    assert "idle.after" in answer.err


# --- Bad words --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "status", "message", "hint"),
    [
        (
            "diary 'yesterdy 10:00'",
            2,
            "'yesterdy 10:00' is not a range.",
            "Write a range as in 'yesterday 10:00-11:30'; worklog(1) lists all under RANGE.",
        ),
        (
            "diary 10:00-soon",
            2,
            "'10:00-soon': understood the start 10:00, not the end 'soon'.",
            "Write a range as in 'yesterday 10:00-11:30'; worklog(1) lists all under RANGE.",
        ),
        (
            "stop --at soon",
            2,
            "'soon' is not a time.",
            "Write a time as in 'yesterday 17:00'; worklog(1) lists all forms under TIME.",
        ),
        (
            "diary 12:00-9:00",
            13,
            "'12:00-9:00' ends before it starts (Thu 19 Nov 2026 12:00 to Thu 19 Nov 2026 09:00).",
            "Put the earlier time first, and name the day of each.",
        ),
        (
            "report tomorrow",
            13,
            "'tomorrow' is in the future (Fri 20 Nov 2026).",
            "Name a range that has begun.",
        ),
        ("diary -c acmee", 12, "There is no contract called 'acmee'.", "Did you mean acme?"),
        ("start globx", 12, "There is no contract called 'globx'.", "Did you mean globex?"),
        ("start acme -l mete", 12, "acme has no label 'mete'.", "Did you mean dev or meeting?"),
        ("edit 9:00 -l dv", 12, "acme has no label 'dv'.", "Did you mean dev?"),
        (
            "edit 9:00-10:00 -m x",
            2,
            "That touches several contracts: acme, globex.",
            "Name one with --contract.",
        ),
        (
            "diary today --week",
            2,
            "range and week exclude each other.",
            "Name the range in one way.",
        ),
        (
            "start --for 2h --until 18:00",
            2,
            "--for and --until exclude each other.",
            "Give one of them.",
        ),
    ],
)
def test_a_word_that_cannot_be_used_is_explained(
    desk: Desk, line: str, status: int, message: str, hint: str
) -> None:
    acme = desk.contract("acme", labels=("dev", "meeting"))
    globex = desk.contract("globex")
    desk.track(acme, "09:00")
    desk.track(globex, "09:10")

    answer = desk.run(*shlex.split(line))

    assert (answer.status, answer.err) == (status, f"worklog: {message}\nhint: {hint}\n")


def test_a_second_tracker_names_the_pid_of_the_first(desk: Desk) -> None:
    with desk.tracker():
        answer = desk.run("start", "-m", "again")
        skipped = desk.run("start", "-m", "again", "--if-stopped", "--json")

    assert answer.status == 11
    assert answer.err == (
        f"worklog: A tracker is running already (pid {os.getpid()}).\n"
        "hint: `worklog switch CONTRACT` or `worklog memo TEXT` steers it, "
        "`worklog stop` ends it.\n"
    )
    assert (skipped.status, skipped.data) == (0, {"session": None, "pid": os.getpid()})


@pytest.mark.parametrize("words", [(), ("acme",), ("acme", "--background")])
def test_r13_start_lets_a_tracker_that_is_paused_go_on(desk: Desk, words: tuple[str, ...]) -> None:
    acme = desk.contract("acme")
    desk.session(acme, "09:00")
    say_paused(desk, os.getpid())
    with desk.tracker():
        answer = desk.ok("start", *words)
        context = desk.context()
        letters = context.mailbox.take()
        context.let_go()

    assert answer == f"Tracking acme again (pid {os.getpid()}).\n"
    assert [letter.command for letter in letters] == ["resume"]


def test_r13_start_with_a_memo_goes_on_with_that_memo(desk: Desk) -> None:
    acme = desk.contract("acme")
    desk.session(acme, "09:00")
    say_paused(desk, os.getpid())
    with desk.tracker():
        desk.ok("start", "-m", "the second half", "-l", "dev")
        context = desk.context()
        letters = context.mailbox.take()
        context.let_go()

    assert [(letter.command, letter.argument) for letter in letters] == [
        ("memo", "the second half"),
        ("label", "dev"),
        ("resume", ""),
    ]


@pytest.mark.parametrize(
    ("words", "pid"), [(("globex",), None), (("--for", "1h"), None), ((), 1)], ids=str
)
def test_start_of_something_else_is_refused_while_a_tracker_is_paused(
    desk: Desk, words: tuple[str, ...], pid: int | None
) -> None:
    acme = desk.contract("acme")
    desk.contract("globex")
    desk.session(acme, "09:00")
    say_paused(desk, pid or os.getpid())
    with desk.tracker():
        assert desk.run("start", *words).status == 11


def say_paused(desk: Desk, pid: int) -> None:
    """Write what the tracker *pid* says of itself in a pause."""
    file = Path(desk.places.status_file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"pid": pid, "paused": "suspend"}))


@pytest.mark.parametrize(
    ("waits_for", "sentence"),
    [
        ("reading", "The last picture is being read for secrets; `worklog stop` again drops it."),
        ("picture", "The last picture is being taken; `worklog stop` again drops it."),
    ],
)
def test_stop_says_once_what_it_waits_for(desk: Desk, waits_for: str, sentence: str) -> None:
    acme = desk.contract("acme")
    running = desk.session(acme, "09:00")
    file = Path(desk.places.status_file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"waits_for": waits_for}))

    def end() -> None:
        with desk.cache() as cache:
            cache.save_session(replace(running, ended=desk.now, ending=Ending.STOP))

    desk.clock.after(timedelta(seconds=1), end)
    with desk.tracker():
        answer = desk.run("stop")

    assert answer.status == 0
    assert answer.err.count(sentence) == 1


# --- The context ------------------------------------------------------------------------


def test_a_process_has_a_context_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    context = AppContext(os.environ)

    assert not context.is_interactive
    assert not context.has_desktop
    assert len(context.chance.token(4)) == 4
    assert 1 <= context.chance.uniform(1, 2) < 2
    assert context.find_ways().screen is None
    monkeypatch.setattr("sys.stdin", None)
    assert not AppContext(os.environ).is_interactive


def test_every_error_of_the_registry_ends_as_its_status() -> None:
    assert len({kind.exit_code for kind in WorklogError.__subclasses__()}) == len(
        WorklogError.__subclasses__()
    )


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("start '' --for 1s", 12),
        ("diary -c ''", 12),
        ("delete @last --yes -c ''", 12),
        ("diary ''", 2),
        ("diary --day ''", 2),
        ("diary --week ''", 2),
        ("edit '' -m x", 2),
        ("undo ''", 12),
        ("idle '' --keep", 2),
        ("history -n 99999999999999999999", 2),
    ],
)
def test_an_empty_word_of_a_script_means_nothing(desk: Desk, line: str, status: int) -> None:
    acme = desk.contract("acme")
    desk.track(acme, "09:00")
    desk.ok("edit", "@last", "-m", "reviewing")

    answer = desk.run(*shlex.split(line))

    assert answer.status == status, answer
    assert answer.err.startswith("worklog: ")
    assert [row["memo"] for row in desk.json("diary")["segments"]] == ["reviewing"]
