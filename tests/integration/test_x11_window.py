"""What windows say of themselves on a real X server, the hostile ones included (F48)."""

from __future__ import annotations

import pytest

from tests.support.until import until
from tests.support.x11 import terminal, window, window_manager, xdotool, xvfb
from worklog.app.ports import Box
from worklog.capture.window_words import clean
from worklog.capture.x11_window import X11Windows, application_name

HOSTILE = (
    b"",
    b"\0",
    b"\0\0\0after nothing",
    b"\x1b[2J\x1b[31mred",
    b"\x1b]0;owned\x07",
    b"\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    b"\x9b31m C1",
    "\x85\x90\x9d C1 as UTF-8".encode(),
    b"line one\nline two\r\nline three",
    b"tab\tand\vand\f",
    b"\x7f\x08\x08\x08backspace",
    b"\xff\xfe\xfd",
    b"\xc3",
    b"\xc3\x28",
    b"\xe2\x82",
    b"\xed\xa0\x80 lone surrogate",
    b"\xed\xbf\xbf",
    b"\xf5\x80\x80\x80",
    b"\xc0\xaf overlong",
    b"\xf0\x9f\x92",
    "\u202egpj.exe".encode(),
    "\u2066isolate\u2069".encode(),
    "\u200bzero\u200dwidth\ufeff".encode(),
    "\u2028line\u2029paragraph".encode(),
    "\ue000private use".encode(),
    "\ufffe\uffff".encode(),
    ("Z" + "\u0301" * 400).encode(),
    "日本語のタイトル".encode(),
    "emoji 👩‍👩‍👧 family".encode(),
    "שלום עולם".encode(),
    "ÄÖÜ".encode("latin-1"),
    "ÄÖÜ".encode("utf-16"),
    b"a" * 511,
    b"a" * 512,
    b"a" * 513,
    b"a" * 4095 + "é".encode(),
    b"a" * 100_000,
    "é".encode() * 60_000,
    b"\x1b" * 60_000,
    b" " * 60_000,
    b"%s%n%x{0}",
    b"'; DROP TABLE parts; --",
    b"<script>alert(1)</script>",
    b"[red]markup[/red]",
    b"../../etc/passwd",
    b"$(reboot)`reboot`",
    b"-rf --help",
    b'{"json": true}',
    b"\\x1b[31m",
    b"nul\0inside",
)


def test_f48_no_title_can_do_harm() -> None:
    seen = {}
    with xvfb((320, 200)) as server, window(server, application="Evil") as evil:
        evil.focus()
        windows = X11Windows(server.environ)
        for raw in HOSTILE:
            evil.name(raw)
            active = windows.active()
            assert active is not None
            seen[raw] = active.title

    assert len(HOSTILE) == 50
    for raw, title in seen.items():
        assert title.isprintable(), raw
        assert len(title) <= 512, raw
        title.encode()  # no lone surrogate
    assert seen[b"\x1b[2J\x1b[31mred"] == "[2J[31mred"
    assert seen[b"line one\nline two\r\nline three"] == "line one line two line three"
    assert seen["日本語のタイトル".encode()] == "日本語のタイトル"
    assert seen["ÄÖÜ".encode("latin-1")] == "ÄÖÜ"
    assert seen[b"a" * 100_000] == "a" * 512


def test_an_old_program_that_sets_only_wm_name_has_a_title() -> None:
    with xvfb((320, 200)) as server, window(server, application="Old") as old:
        old.name(b"", legacy="Grüße".encode("latin-1"))
        old.focus()
        active = X11Windows(server.environ).active()

    assert active is not None
    assert active.title == "Grüße"


def test_a_real_terminal_is_seen_with_and_without_a_manager() -> None:
    seen = []
    with xvfb((640, 480)) as server:
        windows = X11Windows(server.environ)
        with terminal(server, title="fixing bug"):
            xdotool(server, "mousemove", "50", "50")
            seen.append(windows.active())
        with window_manager(server), terminal(server, title="fixing bug"):
            xdotool(server, "search", "--sync", "--name", "fixing bug", "windowfocus", "--sync")
            seen.append(windows.active())

    assert [(w.application, w.title) for w in seen if w is not None] == [
        ("XTerm", "fixing bug"),
        ("XTerm", "fixing bug"),
    ]


def test_no_window_at_all_is_no_active_window() -> None:
    with xvfb((320, 200)) as server:
        windows = X11Windows(server.environ)

        assert windows.active() is None
        assert windows.visible() == ()


def _titles(windows: X11Windows) -> list[str]:
    return [window.title for window in windows.visible() or ()]


def test_r29_minimised_and_unmapped_windows_and_other_desktops_are_not_visible() -> None:
    with (
        xvfb((640, 480)) as server,
        window_manager(server),
        window(server, application="Here", title="here") as here,
        window(server, application="Gone", title="gone") as gone,
        window(server, application="Away", title="away"),
    ):
        windows = X11Windows(server.environ)
        all_of_them = windows.visible()
        xdotool(server, "search", "--name", "away", "set_desktop_for_window", "1")
        gone.hide()
        here.focus()
        until(lambda: _titles(windows) == ["here"])
        xdotool(server, "search", "--name", "here", "windowminimize", "--sync")
        until(lambda: windows.visible() == ())

    assert len(all_of_them or ()) == 3


def test_r29_a_screen_locker_that_no_manager_knows_is_seen() -> None:
    with (
        xvfb((640, 480)) as server,
        window_manager(server),
        window(server, application="Editor", title="a.py"),
        window(server, application="i3lock", box=Box(0, 0, 640, 480), is_managed=False),
    ):
        seen = X11Windows(server.environ).visible()

    assert [w.application for w in seen or ()] == ["Editor", "I3lock"]


def test_an_active_window_that_is_gone_is_not_believed() -> None:
    with xvfb((320, 200)) as server, window(server, application="Here", title="here") as here:
        with window(server, application="Root") as other:
            other.focus()
        here.focus()
        active = X11Windows(server.environ).active()

    assert active is not None
    assert active.title == "here"


@pytest.mark.parametrize(
    ("wm_class", "name"),
    [
        (b"Navigator\0firefox\0", "Firefox"),
        (b"xterm\0XTerm\0", "XTerm"),
        (b"org.gnome.Nautilus\0org.gnome.Nautilus\0", "Nautilus"),
        (b"code\0Code\0", "Code"),
        (b"keepassxc\0KeePassXC\0", "KeePassXC"),
        (b"only-instance\0", "Only-instance"),
        (b"", ""),
        (b"\0\0", ""),
        (b"a\0bad\x1b[31mname\0", "Bad[31mname"),
        (b"a\0v1.2\0", "V1.2"),
        (b"a\0org.example.\0", "Org.example."),
        (b"a\0" + b"x" * 200, "X" + "x" * 79),
    ],
)
def test_a_program_is_named_as_people_know_it(wm_class: bytes, name: str) -> None:
    assert application_name(wm_class) == name


def test_cleaning_a_clean_title_changes_nothing() -> None:
    assert clean(clean("  Übung\t1 \x00 ")) == clean("  Übung\t1 \x00 ") == "Übung 1"
