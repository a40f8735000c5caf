"""The connection to an X server: cookies, refusals, and servers that talk nonsense."""

from __future__ import annotations

import os
import secrets
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from Xlib.protocol import request

from tests.support.x11 import XServer, python, xvfb
from worklog.capture.x11_link import Link, LinkError
from worklog.capture.x11_session import advice, refusal

COOKIE = bytes(range(16))


def _entry(family: int, address: bytes, display: bytes, cookie: bytes) -> bytes:
    """Return one entry of an .Xauthority file, as in Xau(3)."""
    fields = (address, display, b"MIT-MAGIC-COOKIE-1", cookie)
    return struct.pack(">H", family) + b"".join(struct.pack(">H", len(f)) + f for f in fields)


@contextmanager
def _guarded(folder: Path) -> Iterator[XServer]:
    """Run a server that lets in only who has the cookie."""
    file = folder / "server-cookies"
    file.write_bytes(_entry(65535, b"", b"", COOKIE))
    # Root and same-user connections would be let in by address without this.
    with xvfb((320, 200), "-auth", str(file)) as server:
        yield server


def test_the_cookie_opens_the_door(tmp_path: Path) -> None:
    host = os.uname().nodename.encode()
    with _guarded(tmp_path) as server:
        number = server.display[1:].encode()
        other = _entry(256, host, b"4", bytes(16)) + _entry(0, bytes(4), number, bytes(16))
        for family, address in ((256, host), (65535, b"")):
            mine = tmp_path / "mine"
            mine.write_bytes(other + _entry(family, address, number, COOKIE))
            for environ in ({"XAUTHORITY": str(mine)}, {"HOME": str(tmp_path)}):
                mine.rename(tmp_path / ".Xauthority") if "HOME" in environ else None
                with Link({"DISPLAY": server.display, **environ}) as link:
                    assert link.ask(request.QueryTree, window=link.root) is not None


@pytest.mark.parametrize("content", [b"", b"\0", b"\1\0\0\5ab", b"\xff" * 100, None])
def test_without_the_cookie_it_is_said_that_the_server_refused(
    tmp_path: Path, content: bytes | None, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine"
    if content is not None:
        file.write_bytes(content)
    with _guarded(tmp_path) as server:
        environ = {"DISPLAY": server.display, "XAUTHORITY": str(file)}
        with pytest.raises(LinkError, match=r"refused: .*[Aa]uthori"):
            Link(environ)

    assert capfd.readouterr() == ("", "")


def test_what_the_server_objects_to_is_no_answer_and_the_rest_is() -> None:
    with xvfb((320, 200)) as server, Link(server.environ) as link:
        trees = link.ask_all(
            [
                (request.QueryTree, {"window": 0x1FFFFFFF}),
                (request.QueryTree, {"window": link.root}),
            ]
        )
        # Past 65,536, where the sequence numbers begin again.
        many = [link.ask_all([(request.GetInputFocus, {})] * 12_000) for _ in range(6)]

    assert trees[0] is None
    assert trees[1] is not None
    assert all(None not in answers for answers in many)


def test_a_screen_that_does_not_exist_is_the_first_one() -> None:
    with xvfb((320, 200)) as server:
        with Link({**server.environ, "DISPLAY": f"{server.display}.0"}) as first:
            root = first.root
        with Link({**server.environ, "DISPLAY": f"unix{server.display}.7"}) as other:
            assert other.root == root


@contextmanager
def _impostor(*answers: bytes) -> Iterator[str]:
    """Run something on an X server's socket that says *answers* and hangs up."""
    number = 52_000 + secrets.randbelow(5_000)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"\0/tmp/.X11-unix/X{number}")
    listener.listen()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            for answer in answers:
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f":{number}"
    finally:
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((), "closed the connection|reset"),
        ((b"\1",), "closed the connection|reset"),
        ((b"\0\4\0\0\0\0" + struct.pack("=H", 1), b"nope"), "refused: nope"),
        ((b"\2\0\0\0\0\0" + struct.pack("=H", 1), b"more"), "refused: more"),
    ],
)
def test_a_server_that_talks_nonsense_is_a_failed_connection(
    answers: tuple[bytes, ...], reason: str
) -> None:
    with _impostor(*answers) as display, pytest.raises(LinkError, match=reason):
        Link({"DISPLAY": display})


@pytest.mark.parametrize(
    "display", ["", "0", "nonsense", ":x", "::0", "127.0.0.1:59990", ":59998", ".bad.:1"]
)
def test_f40_a_display_that_is_none_is_a_failed_connection(display: str) -> None:
    with pytest.raises(LinkError):
        Link({"DISPLAY": display})


def test_f43_the_session_decides_before_anything_is_loaded() -> None:
    assert refusal({"DISPLAY": ":0"}) is None
    assert refusal({"DISPLAY": ":0", "XDG_SESSION_TYPE": "x11"}) is None
    assert "Wayland" in str(refusal({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-1"}))
    assert "Xorg" in advice({"XDG_SESSION_TYPE": "wayland"})
    assert "DISPLAY" in advice({})
    assert "xdpyinfo" in advice({"DISPLAY": ":0"})


def test_choosing_ways_without_a_display_loads_no_x11_library() -> None:
    environ = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    result = python(
        {**environ, "PYTHONPATH": str(Path.cwd())},
        """
import io, sys
from worklog.capture.select import ways
from worklog.clock import SystemClock
chosen = ways({}, clock=SystemClock(), stream=io.StringIO())
loaded = {"Xlib", "mss", "PIL", "pynput"} & {name.partition(".")[0] for name in sys.modules}
print(chosen.screen, sorted(loaded))
""",
    )

    assert (result.stderr, result.stdout) == ("", "None []\n")
