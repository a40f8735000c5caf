"""What must not be found: typed text anywhere, deleted evidence in any byte (T10, T17, T18)."""

from __future__ import annotations

import os
import random
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from Xlib.display import Display

from tests.support.secret_pixels import SECRET, shows_secret
from tests.support.secret_sights import SIZE, Sight, covered, xterm
from tests.support.tracker_process import TrackerHome, TrackerProcess, parts_of
from tests.support.until import until
from tests.support.x11 import XServer, window, xdotool, xvfb
from worklog.app.ports import Box
from worklog.cache.live import LivePage

TYPED = "sesame4711opens0815the2323door"
TITLE = "CANARY-Title-8431"
MEMO = "CANARY-Memo-5590"
SECRET_LINES = ("password = hunter2-Xk93mzQ81", "", "nothing to see here")


@pytest.fixture
def server() -> Iterator[XServer]:
    with xvfb((640, 480)) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, server: XServer) -> TrackerHome:
    return TrackerHome(tmp_path / "home", {"DISPLAY": server.display})


def files_with(home: TrackerHome, needle: bytes) -> list[Path]:
    return [path for path in home.files() if needle in path.read_bytes()]


def memory_of(pid: int) -> Iterator[bytes]:
    """Yield what the process *pid* has in its writable memory, region by region."""
    regions = re.findall(
        r"^([0-9a-f]+)-([0-9a-f]+) rw", Path(f"/proc/{pid}/maps").read_text(), re.MULTILINE
    )
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for first, last in regions:
            memory.seek(int(first, 16))
            try:
                yield memory.read(int(last, 16) - int(first, 16))
            except OSError:  # [vvar] and its like
                continue


def test_t18_what_is_typed_is_in_no_file_and_not_in_the_trackers_memory(
    home: TrackerHome, server: XServer
) -> None:
    """G17: nor are the names of the keys in the order they were pressed."""
    with window(server, application="Editor", title="a.py") as editor:
        editor.focus()
        with TrackerProcess(home) as tracker:
            tracker.wait_for("started")
            xdotool(server, "type", "--delay", "8", TYPED)
            until(lambda: sum(keys_of(home)) == len(TYPED))
            codes = keycodes(server, TYPED)
            found = [
                needle
                for region in memory_of(tracker.process.pid)
                for needle in (TYPED.encode(), codes, TYPED.encode("utf-32-le"))
                if needle in region
            ]
            home.answer("stop")

    assert found == []
    assert files_with(home, TYPED.encode()) == []
    assert files_with(home, codes) == []
    assert TYPED not in tracker.errors
    assert TYPED not in str(tracker.events)


def test_t18_g17_what_is_typed_is_in_no_core_dump_and_no_file_that_the_tracker_has(
    home: TrackerHome, server: XServer, tmp_path: Path
) -> None:
    """Typed around a picture; the memo, which it may know, is found by the same look."""
    with window(server, application="Editor", title="a.py", box=Box(0, 0, 300, 200)) as editor:
        editor.focus()
        with TrackerProcess(home, "-m", MEMO, "--for", "25s") as tracker:
            tracker.wait_for("started")
            for typed in range(1, 6):
                xdotool(server, "type", "--delay", "4", TYPED)
                until(lambda typed=typed: sum(keys_of(home)) == typed * len(TYPED))  # type: ignore[misc]
            dump = core_of(tracker.process.pid, tmp_path)
            opened = files_of(tracker.process.pid)
            home.answer("stop")
        assert tracker.named("captured"), tracker.events

    everything = {**opened, **{str(path): path.read_bytes() for path in home.files()}}
    traces = traces_of(server, TYPED)
    assert MEMO.encode() in dump
    assert any(MEMO.encode() in data for data in everything.values())
    assert {path for path in everything if path.endswith(("status.json", ".webp", "live"))}
    assert [trace for trace in traces if trace in dump] == []
    assert {
        (path, trace) for path, data in everything.items() for trace in traces if trace in data
    } == set()


def core_of(pid: int, folder: Path) -> bytes:
    """Return a core dump of the process *pid*, which goes on."""
    private = folder / "core"
    private.mkdir(mode=0o700)
    subprocess.run(
        ["gcore", "-o", str(private / "dump"), str(pid)], check=True, capture_output=True
    )
    (dump,) = private.iterdir()
    try:
        return dump.read_bytes()
    finally:
        dump.unlink()


def files_of(pid: int) -> dict[str, bytes]:
    """Return the bytes of the regular files that the process *pid* holds, wherever they lie."""
    held = [*Path(f"/proc/{pid}/fd").iterdir(), *Path(f"/proc/{pid}/map_files").iterdir()]
    paths = {path.resolve() for path in held}
    installed = (Path(sys.prefix), Path("/usr"), Path("/lib"), Path(sys.base_prefix))
    return {
        str(path): path.read_bytes()
        for path in paths
        if path.is_file() and not any(path.is_relative_to(folder) for folder in installed)
    }


def traces_of(server: XServer, text: str) -> list[bytes]:
    """Return what typing *text* could leave: itself, and its keys by code, by name, twice each."""
    codes = keycodes(server, text)
    wide = [text.encode(f"utf-{bits}-le") for bits in (16, 32)]
    numbers = [struct.pack(f"={len(codes)}{kind}", *codes) for kind in "HIQ"]
    pairs = bytes(code for code in codes for _ in range(2))
    names = [mark.join(text).encode() for mark in (" ", ",", ", ", "\n", "', '")]
    return [text.encode(), *wide, codes, pairs, *numbers, *names]


def keys_of(home: TrackerHome) -> list[int]:
    live = LivePage(home.places.live).read()
    return [] if live is None else [count or 0 for count in live.activity.keys]


def keycodes(server: XServer, text: str) -> bytes:
    """Return the codes of the keys of *text*, as X sends them."""
    display = Display(server.display)
    try:
        return bytes(display.keysym_to_keycode(ord(character)) for character in text)
    finally:
        display.close()


def paint_noise(server: XServer, box: Box, seed: int) -> None:
    """Fill *box* of the screen with grey blocks that no other picture has."""
    chance = random.Random(seed)
    display = Display(server.display)
    root = display.screen().root
    for top in range(box.top, box.top + box.height, 16):
        for left in range(box.left, box.left + box.width, 16):
            grey = chance.randrange(256)
            context = root.create_gc(foreground=grey * 0x010101, subwindow_mode=1)
            root.fill_rectangle(context, left, top, 16, 16)
            context.free()
    display.sync()
    display.close()


def recorded(home: TrackerHome, server: XServer) -> None:
    """Track a moment with a picture of noise, a title and a memo."""
    with window(server, application="Secret", title=TITLE, box=Box(0, 0, 640, 480)) as shown:
        shown.focus()
        paint_noise(server, Box(0, 0, 640, 480), seed=4)
        with TrackerProcess(home, "-m", MEMO, "--for", "2s") as tracker:
            assert tracker.wait() == 0
        assert tracker.named("captured"), tracker.events


def needles(home: TrackerHome) -> list[bytes]:
    """Return what of the only part must be gone after its deletion."""
    with home.cache() as cache:
        (part,) = parts_of(cache)
        fields = cache.db.execute("SELECT fields FROM parts").fetchone()[0]
        stored = cache.pictures([part.part_id])
    text = fields if isinstance(fields, str) else bytes(fields).decode()
    salts = re.findall(r'"salt":"([^"]+)"', text) or re.findall(r'"([0-9a-f]{64})"', text)
    pixels = []
    for path in (p for row in stored for p in (row.file, row.thumbnail)):
        data = Path(path).read_bytes()
        middle = len(data) // 2
        pixels += [data[middle : middle + 48], data[-64:-16]]
    assert part.title == TITLE
    assert salts
    assert pixels
    return [TITLE.encode(), *(salt.encode() for salt in salts), *pixels]


def assert_gone(home: TrackerHome, wanted: list[bytes], when: str) -> None:
    left = {needle: files_with(home, needle) for needle in wanted}
    assert {needle: paths for needle, paths in left.items() if paths} == {}, when


def test_t17_n5_a_deleted_segment_is_in_no_byte_also_after_rebuild_and_restore(
    home: TrackerHome, server: XServer, tmp_path: Path
) -> None:
    """G18: title, salts and pixels; the backup that was made before it included."""
    recorded(home, server)
    wanted = needles(home)
    assert all(files_with(home, needle) for needle in wanted)
    home.answer("backup")
    (backup,) = Path(home.places.backups).iterdir()
    elsewhere = shutil.copy(backup, tmp_path / backup.name)  # where no deletion reaches

    home.answer("delete", "@last", "--yes")
    assert_gone(home, wanted, "deleted")
    home.answer("check", "--rebuild")
    assert_gone(home, wanted, "rebuilt")
    home.answer("restore", str(backup), "--yes")
    assert_gone(home, wanted, "restored")
    home.answer("restore", str(elsewhere), "--yes")
    assert_gone(home, wanted, "restored from a copy that still has it")
    checked = home.answer("check", "--evidence", "--pictures")

    assert checked["findings"] == []
    assert home.answer("diary", "today") is not None


def test_t17_what_is_redacted_is_in_no_byte(home: TrackerHome, server: XServer) -> None:
    recorded(home, server)
    with home.cache() as cache:
        (part,) = parts_of(cache)
        (stored,) = cache.pictures([part.part_id])
    data = Path(stored.file).read_bytes()
    original = [data[len(data) // 2 : len(data) // 2 + 48]]
    home.answer("backup")

    home.answer("redact", "@last", "--all")

    assert_gone(home, original, "redacted")
    assert home.findings() == []


def test_t16_r21_a_window_to_cover_is_in_no_stored_file(
    home: TrackerHome, server: XServer, tmp_path: Path
) -> None:
    """Nor in the diary's page; without the rule it would be in both files of the picture."""
    vault = window(
        server, application="Vault", title=TITLE, colour=SECRET, box=Box(90, 60, 300, 200)
    )
    with window(server, application="Editor", colour=0x00FF00, box=Box(0, 0, 640, 480)), vault:
        for rules, words in (("", ("-m", "plain")), ("application: ^vault$", ("-m", "covered"))):
            environ = {"WORKLOG_REDACT_APPS": rules} if rules else {}
            folder = tmp_path / words[1]
            each = TrackerHome(folder, {**home.environ, **environ})
            with TrackerProcess(each, *words, "--for", "2s") as tracker:
                assert tracker.wait() == 0
                event = tracker.wait_for("captured")
            pictures = {path for path in each.files() if path.suffix == ".webp"}
            shown = each.answer("show", "@last")["segment"]

            assert len(pictures) == 2
            assert [shows_secret(path.read_bytes()) for path in pictures] == [not rules] * 2
            assert event["covered"] == (196 if rules else 0)
            assert ("redacted" in shown["marks"]) == bool(rules)
            assert (
                shown["captures"][0]["covered"]
                == shown["captures"][0]["redacted"]
                == event["covered"]
            )
            assert bool(files_with(each, TITLE.encode())) == (not rules)
            assert each.findings() == []


@pytest.mark.timeout(300)
def test_t16_r21_a_secret_is_covered_in_what_the_tracker_stores(tmp_path: Path) -> None:
    """The tracker, `preview` and `doctor` alike; where it cannot be read nothing is stored."""
    with (
        xvfb(SIZE) as server,
        xterm(server, Sight("xterm", "Hack", 11, is_dark=False), SECRET_LINES) as places,
    ):
        wanted = {"DISPLAY": server.display, "WORKLOG_REDACT_SECRETS": "yes"}
        home = TrackerHome(tmp_path / "home", wanted)
        file = tmp_path / "now.webp"
        seen = home.answer("preview", "-o", str(file), within_s=120)
        (told,) = [
            r for r in home.answer("doctor", within_s=120)["remarks"] if r["what"] == "secrets"
        ]
        with TrackerProcess(home, "-m", "covered", "--for", "2s") as tracker:
            assert tracker.wait(120) == 0
            event = tracker.wait_for("captured")
        stored = [path for path in home.files() if path.suffix == ".webp"]
        shown = home.answer("show", "@last")["segment"]

    secret, plain = (places[line] for line in SECRET_LINES[::2])
    image = max((path.read_bytes() for path in stored), key=len)
    assert seen["covered_by"] == ["password (redact.secrets)"]
    assert [(cover["kind"], cover["number"]) for cover in seen["captures"][0]["covers"]] == [
        ("password", 1)
    ]
    assert (event["covered_windows"], event["covered_secrets"]) == (0, 1)
    assert told == {
        "what": "secrets",
        "ok": True,
        "message": "covered in screenshots, by rapidocr",
        "fix": None,
    }
    assert [covered(data, secret) for data in (image, file.read_bytes())] == [True, True]
    assert not covered(image, plain)
    assert 0 < event["covered"] == seen["captures"][0]["covered"] < 100
    assert "redacted" in shown["marks"]
    assert len(stored) == 2


def test_t10_everything_is_its_owners_only_whatever_the_umask(
    home: TrackerHome, server: XServer
) -> None:
    """Nor does a crash leave a core file."""
    before = os.umask(0)
    try:
        recorded(home, server)
        home.answer("backup")
        home.answer("edit", "@last", "-m", "other")
        home.answer("check", "--rebuild")
        with TrackerProcess(home) as tracker:
            tracker.wait_for("started")
            modes = {
                path: path.lstat().st_mode & 0o777
                for path in [home.folder, *home.folder.rglob("*")]
            }
            limits = Path(f"/proc/{tracker.process.pid}/limits").read_text()
            home.answer("stop")
    finally:
        os.umask(before)

    open_to_others = {
        str(path): oct(mode)
        for path, mode in modes.items()
        if mode not in (0o600, 0o700) or (mode == 0o700) != path.is_dir()
    }
    assert open_to_others == {}
    assert re.search(r"Max core file size +0 ", limits)


def test_t11_log_and_status_hold_no_title_and_the_log_no_memo(
    home: TrackerHome, server: XServer
) -> None:
    recorded(home, server)
    log = Path(home.places.log_file).read_text()

    assert TITLE not in log
    assert MEMO not in log
    assert "event" in log
