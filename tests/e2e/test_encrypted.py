"""Pictures that are encrypted on the disk: read everywhere, and lost with their key only."""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.support.tracker_process import TrackerHome, TrackerProcess
from tests.support.x11 import XServer, window, xvfb
from worklog.app.ports import Box

TITLE = "secret plan"


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    with (
        xvfb((640, 480)) as made,
        window(
            made, application="Editor", title=TITLE, colour=0x2266AA, box=Box(0, 0, 300, 200)
        ) as editor,
    ):
        editor.focus()
        yield made


@pytest.fixture
def home(tmp_path: Path, server: XServer) -> TrackerHome:
    """A home with one encrypted picture."""
    made = TrackerHome(
        tmp_path / "home", {"DISPLAY": server.display, "WORKLOG_STORAGE_ENCRYPT": "yes"}
    )
    with TrackerProcess(made, "-m", "plan", "--for", "2s") as tracker:
        assert tracker.wait() == 0
        assert tracker.named("captured"), tracker.errors
    return made


def pictures(home: TrackerHome) -> list[Path]:
    return [path for path in home.files() if path.suffix == ".webp"]


def key_of(home: TrackerHome) -> Path:
    return Path(home.places.picture_key)


def plain(home: TrackerHome) -> bytes:
    with home.cache() as cache:
        (part,) = cache.db.execute("SELECT part_id FROM parts").fetchone()
        return cache.image(cache.pictures([part])[0])


def is_webp(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.format == "WEBP"


def test_an_encrypted_picture_is_no_picture_on_the_disk_and_one_to_its_owner(
    home: TrackerHome,
) -> None:
    files = pictures(home)

    assert len(files) == 2
    assert not any(b"RIFF" in path.read_bytes() or b"WEBP" in path.read_bytes() for path in files)
    assert is_webp(plain(home))
    assert home.answer("check", "--pictures", "--evidence")["findings"] == []


def test_an_encrypted_picture_is_shown_proven_and_reported(
    home: TrackerHome, tmp_path: Path
) -> None:
    image = base64.b64encode(plain(home))

    page = Path(home.answer("diary", "today", "--open")["file"]).read_bytes()
    proof = home.run("prove", "today", "-o", str(tmp_path / "proof.html"))
    report = home.run("report", "today", "--thumbnails", "-o", str(tmp_path / "report.pdf"))
    without = home.run("report", "today", "-o", str(tmp_path / "plain.pdf"))

    assert image in page
    assert proof.returncode == 0, proof.stderr
    assert image in (tmp_path / "proof.html").read_bytes()
    assert (report.returncode, without.returncode) == (0, 0), report.stderr
    assert "Left out" not in report.stderr
    assert b"/Image" in (tmp_path / "report.pdf").read_bytes()


def test_r21_an_encrypted_picture_is_redacted_and_stays_encrypted(home: TrackerHome) -> None:
    before = plain(home)

    home.answer("redact", "@last", "--box", "0,0,100,100")

    after = plain(home)
    assert is_webp(after)
    assert after != before
    assert not any(b"RIFF" in path.read_bytes() for path in pictures(home))
    assert home.findings() == []


def test_an_export_has_its_pictures_plain_and_comes_in_elsewhere(
    home: TrackerHome, tmp_path: Path
) -> None:
    image = plain(home)
    archive = tmp_path / "all.tar"
    home.answer("export", "--all", "-o", str(archive))
    other = TrackerHome(tmp_path / "other")
    done = other.run("import", str(archive), "--write")

    with tarfile.open(archive) as tar:
        inside = [tar.extractfile(each) for each in tar if each.name.endswith(".webp")]
        data = [file.read() for file in inside if file is not None]
    assert done.returncode == 0, done.stderr
    assert image in data
    assert all(map(is_webp, data))
    assert plain(other) == image


def test_a_backup_is_encrypted_and_restored_with_the_key(home: TrackerHome, tmp_path: Path) -> None:
    """Without it the pictures come along as they are, and open once the key is there."""
    image = plain(home)
    home.answer("backup")
    (backup,) = Path(home.places.backups).iterdir()
    other = replace(home, folder=tmp_path / "other")

    done = other.run("restore", str(backup), "--yes")
    locked = other.findings()
    key_of(other).parent.mkdir(exist_ok=True)
    key_of(other).touch(mode=0o600)
    key_of(other).write_bytes(key_of(home).read_bytes())

    assert b"RIFF" not in backup.read_bytes()
    assert key_of(home).read_bytes().strip() not in backup.read_bytes()
    assert done.returncode == 0, done.stderr
    assert len(locked) == 2
    assert "is encrypted, and its key is not in" in locked[0]
    assert "Application and title of a part are encrypted" in locked[1]
    assert plain(other) == image
    assert other.findings() == []


def test_n7_without_its_key_a_picture_is_said_to_be_locked(
    home: TrackerHome, tmp_path: Path
) -> None:
    key_of(home).rename(tmp_path / "away")

    checked = home.run("check", "--pictures", "--json")
    shown = home.run("diary", "today", "--open")
    text = home.run("diary", "today")

    assert checked.returncode == 4
    assert "is encrypted, and its key is not in" in checked.stdout
    assert shown.returncode == 20
    assert "its key is not in" in shown.stderr
    assert "Put the key file back" in shown.stderr
    assert text.returncode == 0


def test_pictures_from_before_are_read_beside_new_ones(home: TrackerHome) -> None:
    calm = replace(home, environ={**home.environ, "WORKLOG_STORAGE_ENCRYPT": "no"})
    with TrackerProcess(calm, "-m", "later", "--for", "2s") as tracker:
        assert tracker.wait() == 0

    kinds = sorted(b"RIFF" in path.read_bytes() for path in pictures(home))
    # One capture per slot: a second picture is there only where a new slot began meanwhile.
    assert kinds in ([False] * 2, [False] * 2 + [True] * 2)
    assert home.findings() == []
