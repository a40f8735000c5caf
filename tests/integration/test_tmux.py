"""Panes as windows and pictures: hostile titles, zoom, several terminals, what is not shown."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.tmux import TmuxClient, TmuxServer, named, tmux_server
from tests.support.until import until
from worklog.app.capturing import Capturer
from worklog.app.ports import Frame, Window
from worklog.capture.picture import WebpCodec
from worklog.capture.terminal_picture import draw
from worklog.capture.tmux_link import Tmux, TmuxError
from worklog.capture.tmux_screen import TmuxScreen
from worklog.capture.tmux_window import TmuxWindows
from worklog.domain.part import CaptureState
from worklog.errors import CaptureUnavailableError

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[TmuxServer]:
    with tmux_server() as server:
        yield server


def words(window: Window | None) -> tuple[str, str] | None:
    return None if window is None else (window.application, window.title)


def await_active(server: TmuxServer, application: str, title: str) -> None:
    windows = TmuxWindows(server.environ)
    until(lambda: words(windows.active()) == (application, title))


def await_active_by_typing(server: TmuxServer, client: TmuxClient, wanted: tuple[str, str]) -> None:
    def is_active() -> bool:
        client.type("x")
        return words(TmuxWindows(server.environ).active()) == wanted

    until(is_active)


def capturer(server: TmuxServer) -> Capturer:
    return Capturer(
        screen=TmuxScreen(server.environ),
        window=TmuxWindows(server.environ),
        presence=None,
        codec=WebpCodec(),
    )


def script(folder: Path, text: str) -> str:
    """Return the command that runs *text* with bash and then waits."""
    file = folder / "script"
    file.write_text(f"{text}\nexec -a Editor cat\n")
    return f"bash --norc {file}"


# --- Titles -----------------------------------------------------------------------------


def test_without_a_title_of_its_own_a_pane_has_that_of_its_window(server: TmuxServer) -> None:
    with server.attached("new-session", "-n", "reports", named("Editor")):
        await_active(server, "Editor", "reports")


@pytest.mark.parametrize(
    ("told", "title"),
    [
        (r"\033]2;caf\303\251 \342\200\224 x\033\\", "café — x"),
        (r"\033]2;a\tb\001c\033\\", "abc"),
        (r"\033]2;#{pane_pid} #(touch %s) %%s\033\\", "#{pane_pid} #(touch %s) %s"),
        (r"\033]2;\342\200\256gnp.exe\033\\", "gnp.exe"),
    ],
)
def test_f48_a_hostile_title_comes_out_harmless(
    server: TmuxServer, tmp_path: Path, told: str, title: str
) -> None:
    told = told.replace("%s)", f"{tmp_path}/made)")
    title = title.replace("%s)", f"{tmp_path}/made)")
    with server.attached("new-session", script(tmp_path, f"printf '{told}'")):
        await_active(server, "Editor", title)

    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("told", [r"\033]2;bad \377\376 end\033\\", r"\033]2;\200\033\\"])
def test_f48_a_title_that_is_no_text_is_left_out_or_made_text(
    server: TmuxServer, tmp_path: Path, told: str
) -> None:
    with server.attached("new-session", "-n", "w", script(tmp_path, f"printf '{told}'; echo on")):
        until(lambda: "on" in server.tmux("capture-pane", "-p"))
        until(lambda: (seen := TmuxWindows(server.environ).active()) and seen.title)
        seen = TmuxWindows(server.environ).active()

    assert seen is not None
    assert seen.title.isprintable()


def test_f48_a_title_without_end_is_cut(server: TmuxServer, tmp_path: Path) -> None:
    told = r"printf '\033]2;'; printf 'x%.0s' {1..900}; printf '\033\\'"
    with server.attached("new-session", script(tmp_path, told)):
        await_active(server, "Editor", "x" * 512)


def test_f48_a_command_with_any_bytes_cannot_pose_as_another_pane(server: TmuxServer) -> None:
    """Fields are parted by a word that nobody can guess, so lines and tabs part nothing."""
    name = "evil\n%9\t1\t0\t80\t24\x1b[31m\u202e"
    with server.attached("new-session", named(name)):
        windows = TmuxWindows(server.environ)
        until(lambda: (seen := windows.active()) and seen.application.startswith("evil"))
        visible = windows.visible()

    assert visible is not None
    assert len({window.application for window in visible}) == 1
    assert all(window.application.isprintable() for window in visible)
    assert all(len(window.application) <= 80 for window in visible)


# --- What is looked at ------------------------------------------------------------------


def test_r29_a_zoomed_pane_covers_the_others(server: TmuxServer) -> None:
    with server.attached("new-session", named("Forms", "A form")):
        server.tmux("split-window", named("Tool", "The tool"))
        await_active(server, "Tool", "The tool")

        server.tmux("resize-pane", "-Z")

        visible = TmuxWindows(server.environ).visible()
        assert visible is not None
        assert [words(window) for window in visible] == [("Tool", "The tool")]


def test_r29_the_name_of_a_window_counts_too(server: TmuxServer) -> None:
    with server.attached("new-session", "-n", "KeePassXC", named("Tool", "The tool")):
        await_active(server, "Tool", "The tool")

        visible = TmuxWindows(server.environ).visible()
        shot = capturer(server).capture(NOW)

    assert visible is not None
    assert [words(window) for window in visible] == [("Tool", "KeePassXC"), ("Tool", "The tool")]
    assert shot.state is CaptureState.WITHHELD


def test_r29_a_private_pane_beside_the_active_one_withholds_the_picture(
    server: TmuxServer,
) -> None:
    with server.attached("new-session", named("mutt", "Inbox")):
        server.tmux("split-window", named("Tool", "The tool"))
        await_active(server, "Tool", "The tool")

        beside = capturer(server).capture(NOW)
        server.tmux("resize-pane", "-Z")
        covered = capturer(server).capture(NOW)
        server.tmux("resize-pane", "-Z")
        server.tmux("select-pane", "-t", "0")
        before_it = capturer(server).capture(NOW)

    assert (beside.state, beside.application, beside.title) == (
        CaptureState.WITHHELD,
        "Tool",
        "The tool",
    )
    assert str(beside.blocked_by).startswith("mutt ")
    assert covered.state is CaptureState.TAKEN
    assert (before_it.state, before_it.application) == (CaptureState.WITHHELD, None)


def test_what_another_window_of_the_session_holds_is_not_looked_at(server: TmuxServer) -> None:
    with server.attached("new-session", named("mutt", "Inbox")):
        server.tmux("new-window", named("Tool", "The tool"))
        await_active(server, "Tool", "The tool")

        shot = capturer(server).capture(NOW)

    assert (shot.state, shot.application) == (CaptureState.TAKEN, "Tool")


def test_of_two_terminals_the_one_with_the_last_input_counts(server: TmuxServer) -> None:
    with (
        server.attached("new-session", "-s", "one", named("Forms", "A form")) as first,
        server.attached("new-session", "-s", "two", named("Tool", "The tool")) as second,
    ):
        await_active_by_typing(server, first, ("Forms", "A form"))
        await_active_by_typing(server, second, ("Tool", "The tool"))
        await_active_by_typing(server, first, ("Forms", "A form"))


def test_who_only_looks_on_is_not_asked(server: TmuxServer) -> None:
    with (
        server.attached("new-session", named("Tool", "The tool")) as client,
        server.attached("attach-session", "-r"),
    ):
        clients = Tmux(server.environ).clients()

    assert [each.tty for each in clients] == [client.tty]


def test_a_session_that_no_terminal_shows_is_on_no_picture(server: TmuxServer) -> None:
    """It works as soon as a terminal is attached again, so the way itself is usable."""
    server.tmux("new-session", "-d", named("Tool", "The tool"))
    screen, windows = TmuxScreen(server.environ), TmuxWindows(server.environ)

    with pytest.raises(CaptureUnavailableError, match="no terminal is attached"):
        screen.grab(active_only=True)

    assert (screen.unavailable_reason(), windows.unavailable_reason()) == (None, None)
    assert (windows.active(), windows.visible()) == (None, ())
    assert capturer(server).capture(NOW).state is CaptureState.NO_DISPLAY


# --- Pictures ---------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 50)])
def test_the_picture_is_what_the_pane_shows(
    server: TmuxServer, tmp_path: Path, columns: int, rows: int
) -> None:
    shown = (
        "one \x1b[1mbold\x1b[0m \x1b[32mgreen\x1b[0m\n\x1b[48;2;200;0;100mpink\x1b[0m 日本 end\n"
    )
    (tmp_path / "text").write_text(shown + "last")
    text = script(tmp_path, f"cat {tmp_path}/text")
    with server.attached("new-session", text, columns=columns, rows=rows):
        until(lambda: "last" in server.tmux("capture-pane", "-p"))
        (frame,) = TmuxScreen(server.environ).grab(active_only=True)

    wanted = draw(shown + "last", columns=columns, rows=rows)
    assert (frame.box.width, frame.box.height) == wanted.size
    assert frame.rgb == wanted.tobytes()


def test_only_the_active_pane_is_on_the_picture(server: TmuxServer) -> None:
    def grabbed() -> Frame:
        return TmuxScreen(server.environ).grab(active_only=False)[0]

    with server.attached("new-session", named("Forms", "A form"), columns=80, rows=24):
        await_active(server, "Forms", "A form")
        whole = grabbed()
        server.tmux("split-window", "-h", named("Tool", "The tool"))
        await_active(server, "Tool", "The tool")
        half = grabbed()

    assert half.box.width < 0.6 * whole.box.width
    assert half.box.height == whole.box.height


def test_an_empty_pane_is_blank(server: TmuxServer, tmp_path: Path) -> None:
    with server.attached("new-session", script(tmp_path, "clear")):
        until(lambda: words(TmuxWindows(server.environ).active()) == ("Editor", "Editor"))

        assert capturer(server).capture(NOW).state is CaptureState.BLANK


# --- Servers ----------------------------------------------------------------------------


def test_a_socket_that_nobody_answers_at_is_passed_over(server: TmuxServer) -> None:
    with server.attached("new-session", named("Tool", "The tool")):
        (alive,) = Tmux(server.environ).servers()
        dead = f"{alive}-dead"
        environ = {**server.environ, "TMUX": f"{dead},4711,0"}

        assert Tmux(environ).servers() == [dead, alive]
        assert Tmux(environ).reason() is None
        assert Tmux(environ).pane_terminals() != set()
    server.kill()

    with pytest.raises(TmuxError):
        Tmux(environ).clients()
    assert Tmux(environ).pane_terminals() == set()


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    program = tmp_path / "tmux"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o700)
    path = f"{tmp_path}:{os.environ['PATH']}"

    reason = Tmux({"TMUX": "/nonexistent,1,0", "PATH": path}).reason()

    assert reason == "tmux does not answer"


def test_a_tmux_that_does_not_know_what_it_is_asked_is_of_no_use(tmp_path: Path) -> None:
    program = tmp_path / "tmux"
    program.write_text('#!/bin/sh\nfor last; do :; done\necho "$last"\n')
    program.chmod(0o700)
    environ = {"TMUX": "/nonexistent,1,0", "PATH": str(tmp_path)}

    reason = Tmux(environ).reason()

    assert reason == "tmux answers in a way that worklog does not know"
    assert TmuxWindows(environ).active() is None
    assert TmuxWindows(environ).visible() is None


def test_a_program_that_cannot_be_run_is_said_as_such(tmp_path: Path) -> None:
    program = tmp_path / "tmux"
    program.write_text("no program")
    program.chmod(0o700)

    reason = Tmux({"TMUX": "/nonexistent,1,0", "PATH": str(tmp_path)}).reason()

    assert str(reason).startswith("tmux cannot be run: ")


def test_a_folder_of_somebody_else_is_not_trusted(server: TmuxServer) -> None:
    """Whoever makes tmux's folder first could show us any text."""
    with server.attached("new-session", named("Tool", "The tool")):
        folder = Path(server.environ["TMUX_TMPDIR"])
        (own,) = folder.iterdir()
        other = folder / "elsewhere"
        own.rename(other)
        own.symlink_to(other)

        assert stat.S_ISLNK(own.lstat().st_mode)
        assert Tmux(server.environ).servers() == []
        own.unlink()
        other.rename(own)
