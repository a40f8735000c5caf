"""Which terminals are looked at: those of this user, logged in, and no pane of tmux."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tmux import named, tmux_server
from worklog.capture.terminal_input import TerminalInput, last_read, logins, own_terminals
from worklog.clock import SystemClock


@pytest.fixture
def terminal() -> Iterator[str]:
    keyboard, inside = pty.openpty()
    yield os.ttyname(inside)
    os.close(keyboard)
    os.close(inside)


def with_who(folder: Path, text: str) -> dict[str, str]:
    """Return variables by which `who` is a program that does *text*."""
    program = folder / "who"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o700)
    return {"PATH": str(folder), "TMUX_TMPDIR": str(folder)}


def test_a_terminal_has_the_time_at_which_it_was_last_read(terminal: str) -> None:
    now_s = SystemClock().now_ms() // 1000

    time = last_read(terminal)

    assert time is not None
    assert abs(now_s - time) <= 8


@pytest.mark.parametrize(
    "name", ["", "/dev/null", "/etc/passwd", "/dev/pts/../null\0", "/dev/pts/987654", "/dev/pts/."]
)
def test_what_is_no_terminal_has_no_time(name: str) -> None:
    assert last_read(name) is None


def test_the_terminal_of_ssh_is_our_own_and_a_pane_of_tmux_is_not(terminal: str) -> None:
    assert terminal in own_terminals({"SSH_TTY": terminal})
    assert own_terminals({"SSH_TTY": terminal, "TMUX": "/tmp/x,1,0"}) == set()


def test_terminals_of_logins_are_looked_at_too(terminal: str, tmp_path: Path) -> None:
    environ = with_who(tmp_path, f"echo 'ada  {terminal[5:]}  2026-11-19 10:00 (host)'; echo x")

    assert logins(environ) == {terminal}


@pytest.mark.parametrize("text", ["exit 1", "exec /bin/sleep 60", "printf '\\377'"])
def test_without_a_word_of_who_nobody_has_logged_in(tmp_path: Path, text: str) -> None:
    assert logins(with_who(tmp_path, text)) == set()


def test_without_the_program_nobody_has_logged_in(tmp_path: Path) -> None:
    assert logins({"PATH": str(tmp_path)}) == set()


def test_a_program_that_cannot_be_run_tells_of_nobody(tmp_path: Path) -> None:
    (tmp_path / "who").write_text("no program")
    (tmp_path / "who").chmod(0o700)

    assert logins({"PATH": str(tmp_path)}) == set()


def test_a_pane_that_is_called_a_login_is_still_a_pane(tmp_path: Path) -> None:
    """tmux may enter its panes where `who` looks; nobody types at them but through a terminal."""
    with tmux_server() as server:
        server.tmux("new-session", "-d", named("Editor"))
        pane = server.tmux("list-panes", "-a", "-F", "#{pane_tty}").strip()
        environ = with_who(tmp_path, f"echo 'ada {pane[5:]} 10:00'")
        environ |= {
            "TMUX_TMPDIR": server.environ["TMUX_TMPDIR"],
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
        }
        way = TerminalInput(environ, clock=SystemClock())
        way.start()
        is_alive = way.read().is_alive
        way.stop()

    assert logins(environ) == {pane}
    assert not is_alive  # there is no terminal at all at which somebody could type
