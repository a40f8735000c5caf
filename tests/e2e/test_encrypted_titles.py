"""Titles and applications that are encrypted on the disk: nowhere in it, and shown as before."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.tracker_process import TrackerHome, TrackerProcess
from tests.support.until import until
from tests.support.x11 import XServer, window, xvfb
from worklog.app.ports import Box

TITLE = "xyzzy canary plan"
APPLICATION = "Plughapp"
ON, OFF = {"WORKLOG_STORAGE_ENCRYPT": "yes"}, {"WORKLOG_STORAGE_ENCRYPT": "no"}


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    with (
        xvfb((640, 480)) as made,
        window(
            made, application=APPLICATION, title=TITLE, colour=0x2266AA, box=Box(0, 0, 300, 200)
        ) as editor,
    ):
        editor.focus()
        yield made


@pytest.fixture
def home(tmp_path: Path, server: XServer) -> TrackerHome:
    """A home with one part whose title is encrypted."""
    made = TrackerHome(tmp_path / "home", {"DISPLAY": server.display, **ON})
    track(made)
    return made


def track(home: TrackerHome, *contract: str) -> None:
    with TrackerProcess(home, *contract, "-m", "plan", "--for", "2s") as tracker:
        assert tracker.wait() == 0
        assert tracker.named("captured"), tracker.errors


def track_for_another(home: TrackerHome) -> None:
    """Track for another contract: one has one capture in a slot."""
    home.answer("contract", "add", "Other")
    track(home, "Other")


def switched(home: TrackerHome, setting: dict[str, str]) -> TrackerHome:
    return replace(home, environ={**home.environ, **setting})


def key_of(home: TrackerHome) -> Path:
    return Path(home.places.picture_key)


def seen(home: TrackerHome) -> list[tuple[str | None, str | None]]:
    """Return application and title of all segments, as `diary --json` has them."""
    segments = home.answer("diary", "today")["segments"]
    return [(segment["application"], segment["title"]) for segment in segments]


def in_the_clear(home: TrackerHome) -> list[str]:
    """Return the files below the home that have the title or the application in them."""
    words = (TITLE.encode(), APPLICATION.encode(), json.dumps(TITLE)[1:-1].encode())
    return [
        str(path.relative_to(home.folder))
        for path in home.files()
        if any(word in path.read_bytes() for word in words)
    ]


def test_an_encrypted_title_is_nowhere_on_the_disk_and_shown_to_its_owner(
    home: TrackerHome,
) -> None:
    home.answer("backup")
    home.run("status")

    assert in_the_clear(home) == []
    assert len(home.files()) > 5
    assert set(seen(home)) == {(APPLICATION, TITLE)}
    assert TITLE in home.run("show", "@last").stdout
    assert APPLICATION in home.run("report", "today", "--by", "app").stdout
    assert home.answer("check", "--pictures", "--evidence")["findings"] == []


def test_the_title_of_an_open_part_is_encrypted_as_well(tmp_path: Path, server: XServer) -> None:
    home = TrackerHome(tmp_path / "home", {"DISPLAY": server.display, **ON})

    with TrackerProcess(home, "-m", "plan", "--for", "20s") as tracker:
        tracker.wait_for("captured")
        found = in_the_clear(home)
        with sqlite3.connect(home.places.database) as db:
            kept = db.execute("SELECT content FROM parts WHERE state = 'open'").fetchall()
        tracker.kill()
    home.answer("diary", "today")  # closes what the tracker left behind

    assert found == []
    assert '"title":{"locked":"' in kept[0][0]
    assert set(seen(home)) == {(APPLICATION, TITLE)}
    assert in_the_clear(home) == []
    assert home.findings() == []


def test_without_encryption_titles_lie_there_as_before(home: TrackerHome, tmp_path: Path) -> None:
    plain = replace(switched(home, OFF), folder=tmp_path / "plain")

    track(plain)

    assert {"data/worklog.db"} < set(in_the_clear(plain))
    assert not key_of(plain).exists()
    assert set(seen(plain)) == {(APPLICATION, TITLE)}


def test_switching_leaves_what_is_there_and_reads_both(home: TrackerHome) -> None:
    calm = switched(home, OFF)

    track_for_another(calm)
    mixed = in_the_clear(home)
    home.answer("contract", "add", "Third")
    track(home, "Third")

    assert "data/worklog.db" in mixed
    assert set(seen(home)) == set(seen(calm)) == {(APPLICATION, TITLE)}
    assert home.findings() == []


def test_n7_without_the_key_the_time_is_there_and_the_title_is_unknown(
    home: TrackerHome, tmp_path: Path
) -> None:
    key_of(home).rename(tmp_path / "away")

    checked = home.run("check", "--json")
    runs = [
        home.run(*words)
        for words in (
            ("edit", "@last", "-m", "other"),
            ("diary", "today"),
            ("status",),
            ("report", "today"),
            ("report", "today", "--by", "app"),
            ("show", "@last"),
        )
    ]
    proof = home.run("prove", "today", "-o", str(tmp_path / "proof.html"))
    out = home.run("export", "--all", "-o", str(tmp_path / "all.tar"))
    unknown = seen(home)
    (tmp_path / "away").rename(key_of(home))

    assert checked.returncode == 4
    (finding,) = json.loads(checked.stdout)["data"]["findings"]
    assert finding["code"] == "title-locked"
    assert "encrypted, and their key is not in" in finding["message"]
    assert [run.returncode for run in runs] == [0] * len(runs), [run.stderr for run in runs]
    assert set(unknown) == {(None, None)}
    for refused in (proof, out):
        assert refused.returncode == 20
        assert "is encrypted, and its key is not in" in refused.stderr
        assert "Put the key file back" in refused.stderr
    assert not (tmp_path / "all.tar").exists()
    # What was changed meanwhile took the title along, locked as it was.
    assert set(seen(home)) == {(APPLICATION, TITLE)}
    assert home.findings() == []


def test_with_a_wrong_key_nothing_opens_and_the_next_title_is_encrypted_with_it(
    home: TrackerHome,
) -> None:
    right = key_of(home).read_bytes()
    key_of(home).write_bytes(b"ab" * 32 + b"\n")

    locked = seen(home)
    track_for_another(home)
    with key_of(home).open("ab") as lines:
        lines.write(right)

    assert set(locked) == {(None, None)}
    assert in_the_clear(home) == []
    assert set(seen(home)) == {(APPLICATION, TITLE)}
    assert home.findings() == []


def test_f19_a_damaged_title_is_unknown_and_said(home: TrackerHome) -> None:
    with sqlite3.connect(home.places.database) as db:
        for table, column in (("parts", "fields"), ("segments", "content")):
            rows = db.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
            for rowid, text in rows:
                members = json.loads(text)
                kept = members["title"]["locked"]
                other = "B" if kept[60] != "B" else "C"
                members["title"]["locked"] = kept[:60] + other + kept[61:]
                damaged = json.dumps(members, separators=(",", ":"), ensure_ascii=False)
                db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (damaged, rowid))

    findings = home.findings()

    assert {title for _, title in seen(home)} == {None}
    assert {application for application, _ in seen(home)} == {APPLICATION}
    assert all("title-damaged" in found for found in findings)
    assert findings


def test_a_title_of_another_part_does_not_open_in_this_one(home: TrackerHome) -> None:
    track_for_another(home)
    with sqlite3.connect(home.places.database) as db:
        first, second = (json.loads(text) for (text,) in db.execute("SELECT fields FROM parts"))
        first["title"] = second["title"]
        text = json.dumps(first, separators=(",", ":"), ensure_ascii=False)
        (rowid,) = db.execute("SELECT rowid FROM parts").fetchone()
        db.execute("UPDATE parts SET fields = ? WHERE rowid = ?", (text, rowid))

    assert any("title-damaged" in found for found in home.findings())


def test_a_rebuild_has_titles_as_the_journals_have_them(home: TrackerHome) -> None:
    home.answer("check", "--rebuild")

    assert set(seen(home)) == {(APPLICATION, TITLE)}
    assert in_the_clear(home) == []
    assert home.findings() == []


def test_a_backup_has_them_encrypted_and_comes_back_with_and_without_the_key(
    home: TrackerHome, tmp_path: Path
) -> None:
    home.answer("backup")
    (backup,) = Path(home.places.backups).iterdir()
    other = replace(home, folder=tmp_path / "other")

    done = other.run("restore", str(backup), "--yes")
    locked = seen(other)
    key_of(other).parent.mkdir(exist_ok=True)
    key_of(other).touch(mode=0o600)
    key_of(other).write_bytes(key_of(home).read_bytes())

    assert done.returncode == 0, done.stderr
    assert set(locked) == {(None, None)}
    assert set(seen(other)) == {(APPLICATION, TITLE)}
    assert in_the_clear(other) == []
    assert other.findings() == []


def test_an_export_is_plain_and_is_encrypted_where_it_comes_in(
    home: TrackerHome, tmp_path: Path
) -> None:
    archive = tmp_path / "all.tar"
    home.answer("export", "--all", "-o", str(archive))
    other = replace(home, folder=tmp_path / "other")
    done = other.run("import", str(archive), "--write")
    again = tmp_path / "again.tar"
    other.answer("export", "--all", "-o", str(again))

    with tarfile.open(archive) as tar:
        files = [tar.extractfile(member) for member in tar if member.isfile()]
        data = b"".join(file.read() for file in files if file is not None)
    assert TITLE.encode() in data
    assert b'"locked"' not in data
    assert done.returncode == 0, done.stderr
    assert in_the_clear(other) == []
    assert set(seen(other)) == {(APPLICATION, TITLE)}
    assert again.read_bytes() == archive.read_bytes()


def test_r20_a_deletion_leaves_nothing_of_an_encrypted_title(
    home: TrackerHome, tmp_path: Path
) -> None:
    """Not even what its key would open, and without the key at hand."""
    home.answer("backup")
    with sqlite3.connect(home.places.database) as db:
        fields = json.loads(db.execute("SELECT fields FROM parts").fetchone()[0])
    kept = [fields[name]["locked"].encode() for name in ("title", "application")]
    before = [path for path in home.files() if any(text in path.read_bytes() for text in kept)]
    key_of(home).rename(tmp_path / "away")

    home.answer("delete", "today", "--yes")
    (tmp_path / "away").rename(key_of(home))

    assert len(before) >= 2
    assert not [path for path in home.files() if any(text in path.read_bytes() for text in kept)]
    assert home.findings() == []
    until(lambda: in_the_clear(home) == [], within_s=1)
