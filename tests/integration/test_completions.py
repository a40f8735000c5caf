"""The completions in real shells: TAB is pressed in bash, zsh and fish."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cache_values import NINE, FixedClock, session
from tests.support.typing_shell import TAB, TypingShell
from worklog.cache.opening import open_cache
from worklog.cli.docgen.bash import bash
from worklog.cli.docgen.fish import fish
from worklog.cli.docgen.names import names
from worklog.cli.docgen.shell import all_commands
from worklog.cli.docgen.tree import tree
from worklog.cli.docgen.zsh import zsh
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.places import places

ACME = Contract(
    ContractId("01932b00-0000-7000-8000-00000000ac3e"), "Acme site", labels=("dev", "dispatch")
)
BOLT = Contract(ContractId("01932b00-0000-7000-8000-00000000b017"), "bolt", labels=("meeting",))
GONE = Contract(
    ContractId("01932b00-0000-7000-8000-0000000060e0"),
    "gone",
    labels=("old",),
    is_archived=True,
)
ALL = "\x18\x01"  # Ctrl-X Ctrl-A, bound to what inserts all possible completions

BASH_RC = r"""
PS1='ready>'
source worklog.bash
bind 'set enable-bracketed-paste off'
bind '"\C-x\C-a": insert-completions'
bind -x '"\C-x\C-p": printf "\002%s\003" "$READLINE_LINE"'
"""
ZSH_RC = r"""
autoload -Uz compinit && compinit -u -D
zstyle ':completion:*' completer _complete
zstyle ':completion:*:default' list-prompt ''
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
zstyle ':completion:*' verbose no
unsetopt bracketed_paste beep list_beep auto_menu 2>/dev/null
unset zle_bracketed_paste
show() { printf '\002%s\003' "$BUFFER" }
zle -N show
zle -C all-matches complete-word _generic
bindkey -e
bindkey '^X^P' show
bindkey '^X^A' all-matches
bindkey '^U' kill-whole-line
setopt no_list_ambiguous
PROMPT='ready>'
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder to type in, with a diary of three contracts, one of which is tracked."""

    folder: Path
    environ: dict[str, str]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "report.csv").touch()
    (folder / "folder").mkdir()
    (folder / "worklog.bash").write_text(bash(tree()))
    (folder / "_worklog").write_text(zsh(tree()))
    (folder / "worklog.fish").write_text(fish(tree()))
    environ = {
        **os.environ,
        "WORKLOG_HOME": str(tmp_path_factory.mktemp("home")),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PWD": str(folder),
        "TERM": "dumb",
        "COLUMNS": "200",
    }
    cache = open_cache(places(environ), clock=FixedClock())
    for contract in (ACME, BOLT, GONE):
        cache.save_contract(contract, at=NINE)
    cache.save_session(session(contract=ACME))
    cache.close()
    return Desk(folder, environ)


@pytest.fixture(scope="module")
def bash_shell(desk: Desk) -> Iterator[TypingShell]:
    rc = desk.folder / "rc"
    rc.write_text(f"cd {desk.folder}\n" + BASH_RC)
    with TypingShell(["bash", "--noprofile", "--rcfile", str(rc), "-i"], desk.environ) as shell:
        shell.ready()
        yield shell


@pytest.fixture(scope="module")
def zsh_shell(desk: Desk) -> Iterator[TypingShell]:
    rc = desk.folder / ".zshrc"
    rc.write_text(f"cd {desk.folder}\nfpath=({desk.folder} $fpath)\n" + ZSH_RC)
    environ = {**desk.environ, "ZDOTDIR": str(desk.folder)}
    with TypingShell(["zsh", "-d", "-i"], environ) as shell:
        shell.ready()
        yield shell


def in_fish(desk: Desk, *lines: str) -> list[list[str]]:
    """Return what fish offers at the end of each line, without the descriptions."""
    asked = "".join(f"; complete -C {shlex.quote(line)}; echo ---" for line in lines)
    found = subprocess.run(
        ["fish", "--no-config", "-c", f"source worklog.fish{asked}"],
        env=desk.environ,
        cwd=desk.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stderr == ""
    answers = found.stdout.split("---\n")[:-1]
    return [[row.partition("\t")[0] for row in answer.splitlines()] for answer in answers]


# What is typed, and what the line is after TAB, in bash and zsh alike.
TYPED = [
    pytest.param("worklog sto", "worklog stop ", id="a-command"),
    pytest.param("worklog start --backg", "worklog start --background ", id="an-option"),
    pytest.param("worklog contract arch", "worklog contract archive ", id="a-command-of-a-group"),
    pytest.param("worklog start bo", "worklog start bolt ", id="a-contract"),
    pytest.param("worklog start Ac", "worklog start Acme\\ site ", id="a-contract-with-a-space"),
    pytest.param("worklog label disp", "worklog label dispatch ", id="a-label-of-the-session"),
    pytest.param("worklog start -m stop bo", "worklog start -m stop bolt ", id="after-a-memo"),
    pytest.param("worklog edit @la", "worklog edit @last ", id="a-word-with-an-at"),
    pytest.param("worklog edit @3 -c bo", "worklog edit @3 -c bolt ", id="a-value-of-an-option"),
    pytest.param(
        "worklog edit 10:00-11:00 --contract bo",
        "worklog edit 10:00-11:00 --contract bolt ",
        id="after-colons",
    ),
    pytest.param(
        "worklog edit --contract=bo", "worklog edit --contract=bolt ", id="after-an-equals-sign"
    ),
    pytest.param("worklog restore rep", "worklog restore report.csv ", id="a-file"),
    pytest.param("worklog memo wri", "worklog memo wri", id="nothing-to-offer"),
    pytest.param("worklog start go", "worklog start go", id="no-archived-contract"),
]


@pytest.mark.parametrize(("typed", "line"), TYPED)
def test_tab_completes_in_bash(bash_shell: TypingShell, typed: str, line: str) -> None:
    assert bash_shell.line_after(typed + TAB) == line


@pytest.mark.parametrize(("typed", "line"), TYPED)
def test_tab_completes_in_zsh(zsh_shell: TypingShell, typed: str, line: str) -> None:
    # zsh takes the space after a word it has completed away again by itself.
    assert zsh_shell.line_after(typed + TAB).rstrip() == line.rstrip()


def test_tab_completes_in_fish(desk: Desk) -> None:
    typed = [str(case.values[0]) for case in TYPED]
    lines = [str(case.values[1]) for case in TYPED]

    offered = in_fish(desk, *typed)

    assert offered == [
        [] if begun == line else [shlex.split(line)[-1]]
        for begun, line in zip(typed, lines, strict=True)
    ]


def test_a_name_is_completed_inside_of_quotes_in_bash(bash_shell: TypingShell) -> None:
    assert bash_shell.line_after(f'worklog start "Ac{TAB}') == 'worklog start "Acme site" '


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("worklog switch ", ["Acme site", "bolt"]),
        ("worklog add today -l ", ["dev", "dispatch", "meeting"]),
        ("worklog label ", ["dev", "dispatch"]),
    ],
)
def test_all_names_are_offered_and_no_others(
    bash_shell: TypingShell, zsh_shell: TypingShell, desk: Desk, line: str, offered: list[str]
) -> None:
    in_bash = shlex.split(bash_shell.line_after(line + ALL).removeprefix(line))
    in_zsh = shlex.split(zsh_shell.line_after(line + ALL).removeprefix(line))

    assert (sorted(in_bash), sorted(in_zsh)) == (offered, offered)
    assert sorted(in_fish(desk, line)[0]) == offered


def test_all_commands_are_offered_in_each_shell(
    bash_shell: TypingShell, zsh_shell: TypingShell, desk: Desk
) -> None:
    commands = sorted(command.name for command in tree())

    in_bash = bash_shell.line_after(f"worklog {ALL}").split()[1:]
    in_zsh = zsh_shell.line_after(f"worklog {ALL}").split()[1:]

    assert (sorted(in_bash), sorted(in_zsh)) == (commands, commands)
    assert sorted(in_fish(desk, "worklog ")[0]) == commands


def test_all_options_of_each_command_are_offered_in_each_shell(
    bash_shell: TypingShell, zsh_shell: TypingShell, desk: Desk
) -> None:
    ends = [found for found in all_commands(tree()) if not found.commands]
    lines = [f"worklog {found.path} --" for found in ends]
    wanted = [
        {name for option in found.options for name in option.names if name.startswith("--")}
        for found in ends
    ]

    of_bash = [set(bash_shell.line_after(line + ALL).split()) for line in lines]
    of_zsh = [set(zsh_shell.line_after(line + ALL).split()) for line in lines]

    assert [found & all_ for found, all_ in zip(of_bash, wanted, strict=True)] == wanted
    in_zsh = [{word.rstrip("=") for word in found} for found in of_zsh]
    assert [found & all_ for found, all_ in zip(in_zsh, wanted, strict=True)] == wanted
    assert [set(found) for found in in_fish(desk, *lines)] == wanted


def test_nothing_but_names_is_asked_of_the_program(
    tmp_path: Path, bash_shell: TypingShell, zsh_shell: TypingShell
) -> None:
    asked = tmp_path / "asked"
    spy = tmp_path / "worklog"
    spy.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    spy.chmod(0o755)

    for shell in (bash_shell, zsh_shell):
        for line in ("sto", "start --ba", "edit @la", "report -", "contract "):
            shell.line_after(f"{spy} {line}{TAB}")
        shell.line_after(f"{spy} start {TAB}")

    assert set(asked.read_text().splitlines()) == {"generate --names contracts"}


def test_names_come_from_the_quick_road_and_leave_no_trace(desk: Desk) -> None:
    before = times_below(places(desk.environ).data)
    program = (
        "import sys; sys.argv = ['worklog', 'generate', '--names', 'contracts']\n"
        "there = set(sys.modules)  # what measures the tests loads some as well\n"
        "from worklog.cli.quick import main\n"
        "loaded = {'typer', 'rich', 'dataclasses', 'pathlib'}\n"
        "try: main()\n"
        "finally: print(sorted(loaded & (set(sys.modules) - there)), file=sys.stderr)\n"
    )

    found = subprocess.run(
        [sys.executable, "-c", program],
        env=desk.environ,
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout == "Acme site\nbolt\n"
    assert found.stderr == "[]\n"
    assert times_below(places(desk.environ).data) == before


def times_below(folder: str) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in Path(folder).rglob("*")}


def test_without_a_cache_there_are_no_names_and_none_is_made() -> None:
    assert names("contracts", os.environ) == []
    assert not Path(places(os.environ).data).exists()


def test_a_damaged_cache_is_silence() -> None:
    path = Path(places(os.environ).database)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database at all" * 100)

    assert names("labels", os.environ) == []


def test_an_unknown_kind_of_names_is_silence() -> None:
    assert names("memos", os.environ) == []
