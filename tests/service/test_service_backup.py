"""`worklog admin backup` and `restore`: the service as it was, under another epoch."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.service.conftest import ACME
from tests.service.listening import listening
from tests.service.test_parts import segments
from tests.service.tracker import Tracker, account, png
from worklog.clock import SystemClock
from worklog.errors import NotFoundError
from worklog.service.app import create_app
from worklog.service.backups import bring_back, in_use
from worklog.service.service import Service
from worklog.service.settings import Settings

WORKLOG = str(Path(sys.executable).with_name("worklog"))


def admin(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([WORKLOG, "admin", *words], capture_output=True, text=True, check=False)


def test_what_came_after_a_backup_is_gone_and_the_epoch_is_another(tmp_path: Path) -> None:
    data, file = tmp_path / "service", str(tmp_path / "service.tar")
    service = Service.open(Settings(data), clock=SystemClock())
    before = service.about
    ann = account(service, "ann", ACME)
    start = SystemClock().now() - timedelta(hours=2)
    with listening(create_app(service)) as address, httpx.Client(base_url=address) as web:
        tracker = Tracker(ann, web)
        first = tracker.part(start, memo="kept", pictures=(png(),))
        assert tracker.put(tracker.seal(first)).status_code == 201
        assert tracker.put_picture(first, 0, png()).status_code == 201
        made = admin("backup", file, "--data", str(data))
        later = tracker.part(start + timedelta(minutes=20), memo="later")
        assert tracker.put(tracker.seal(later)).status_code == 201
    assert made.returncode == 0, made.stderr
    assert len(segments(service, ann)) == 2
    service.close()
    (data / "service.db-journal").write_bytes(b"left by a kill")

    refused = admin("restore", file, "--data", str(data))
    with in_use(data):
        busy = admin("restore", file, "--data", str(data), "--yes")
    done = admin("restore", file, "--data", str(data), "--yes", "--json")

    assert "Say --yes" in refused.stderr
    assert "A service works in it." in busy.stderr
    assert done.returncode == 0, done.stderr
    again = Service.open(Settings(data), clock=SystemClock())
    assert [memo for _, memo, _, _ in segments(again, ann)] == ["kept"]
    assert again.about.key == before.key
    assert again.about.epoch == json.loads(done.stdout)["data"]["epoch"] != before.epoch
    assert len(again.objects.names()) == 2
    again.close()
    assert not (data / "service.db-journal").exists()
    private = [Path(file), data / "service.db", data / "service.key"]
    assert [oct(one.stat().st_mode)[-3:] for one in private] == ["600"] * 3


def test_what_is_no_backup_leaves_everything_as_it_is(tmp_path: Path) -> None:
    data, file = tmp_path / "service", tmp_path / "x.tar"
    Service.open(Settings(data), clock=SystemClock()).close()
    file.write_bytes(b"no archive")
    before = (data / "service.db").read_bytes()

    answer = admin("restore", str(file), "--data", str(data), "--yes")
    taken = admin("backup", str(file), "--data", str(data))
    nothing = admin("backup", str(tmp_path / "y.tar"), "--data", str(tmp_path / "none"))

    assert "cannot be read as a backup" in answer.stderr
    assert "is there already" in taken.stderr
    assert "No diary service is kept in" in nothing.stderr
    assert (data / "service.db").read_bytes() == before


@pytest.mark.parametrize("name", ["../service.db", "/tmp/x", "objects/../../x", "objects", "other"])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE])
def test_t5_a_backup_with_anything_else_in_it_is_none(
    tmp_path: Path, name: str, kind: bytes
) -> None:
    """T5: no name leads out of the folder, and no link is followed."""
    data, file = tmp_path / "service", tmp_path / "x.tar"
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    with tarfile.open(file, "w") as archive:
        archive.addfile(info)

    with pytest.raises(NotFoundError, match="something in it that no backup has"):
        bring_back(Settings(data), file, is_sure=True, clock=SystemClock())

    assert [path.name for path in data.iterdir() if path.name != "service.lock"] == []
