"""The key of what is encrypted at rest in a real keyring: kept, locked, missing, moved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.gnome_keyring import GnomeKeyring, gnome_keyring
from tests.support.tracker_process import TrackerHome, TrackerProcess
from tests.support.x11 import XServer, window, xvfb
from worklog.app.ports import Box

TITLE = "xyzzy canary plan"
APPLICATION = "Plughapp"
SEEN = {(APPLICATION, TITLE)}


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
def keyring(tmp_path: Path) -> Iterator[GnomeKeyring]:
    folder = tmp_path / "desktop"
    folder.mkdir()
    with gnome_keyring(folder) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, server: XServer, keyring: GnomeKeyring) -> TrackerHome:
    """An empty home whose key is to be in the keyring."""
    environ = {
        "DISPLAY": server.display,
        "WORKLOG_STORAGE_ENCRYPT": "yes",
        "WORKLOG_STORAGE_KEY": "keyring",
        **keyring.environ,
    }
    return TrackerHome(tmp_path / "home", environ)


def with_file(home: TrackerHome) -> TrackerHome:
    return replace(home, environ={**home.environ, "WORKLOG_STORAGE_KEY": "file"})


def track(home: TrackerHome, *contract: str) -> TrackerProcess:
    if contract:
        home.answer("contract", "add", *contract)
    with TrackerProcess(home, *contract, "-m", "plan", "--for", "2s") as tracker:
        assert tracker.wait() == 0
    return tracker


def seen(home: TrackerHome) -> set[tuple[str | None, str | None]]:
    segments = home.answer("diary", "today")["segments"]
    return {(segment["application"], segment["title"]) for segment in segments}


def in_the_clear(home: TrackerHome) -> list[str]:
    words = (TITLE.encode(), APPLICATION.encode(), b"RIFF")
    return [path.name for path in home.files() if any(w in path.read_bytes() for w in words)]


def encryption(home: TrackerHome) -> dict[str, object]:
    """Return what `doctor` says of it."""
    (remark,) = [r for r in home.answer("doctor")["remarks"] if r["what"] == "encryption"]
    assert isinstance(remark, dict)
    return remark


def findings(home: TrackerHome) -> list[dict[str, str]]:
    found = json.loads(home.run("check", "--pictures", "--evidence", "--json").stdout)
    return list(found["data"]["findings"])


def test_the_key_is_in_the_keyring_and_in_no_file(home: TrackerHome, keyring: GnomeKeyring) -> None:
    tracker = track(home)

    (key,) = keyring.keys()
    assert tracker.named("captured"), tracker.errors
    assert in_the_clear(home) == []
    assert not any(key.encode() in path.read_bytes() for path in home.files())
    assert not Path(home.places.picture_key).exists()
    assert seen(home) == SEEN
    assert findings(home) == []
    assert encryption(home) == {
        "what": "encryption",
        "ok": True,
        "message": "pictures and titles, with a key in the keyring",
        "fix": None,
    }


def test_n7_while_the_keyring_is_locked_time_goes_on_and_nothing_is_kept_in_the_clear(
    home: TrackerHome, keyring: GnomeKeyring
) -> None:
    track(home)
    keyring.lock()

    tracker = track(home, "Other")
    unknown, said, remark = seen(home), findings(home), encryption(home)
    diary = home.answer("diary", "today")["totals"]["tracked_seconds"]
    keyring.unlock()

    assert tracker.named("not-captured"), tracker.events
    assert "The keyring is locked." in json.dumps(tracker.events)
    assert tracker.named("sealed")
    assert diary >= 3
    assert unknown == {(None, None)}
    assert {found["code"] for found in said} == {"title-locked", "picture-locked"}
    assert all("The keyring is locked" in found["message"] for found in said)
    assert remark["ok"] is False
    assert "The keyring is locked" in str(remark["message"])
    assert "Unlock it and try again" in str(remark["fix"])
    assert in_the_clear(home) == []
    assert seen(home) == {(APPLICATION, TITLE), (None, None)}
    assert findings(home) == []


def test_without_a_keyring_the_error_names_the_fix(
    home: TrackerHome, keyring: GnomeKeyring
) -> None:
    keyring.kill()

    tracker = track(home)
    remark = encryption(home)

    assert "could not be encrypted: There is no keyring on this desktop" in json.dumps(
        tracker.events
    )
    assert in_the_clear(home) == []
    assert remark["ok"] is False
    assert "worklog config set storage.key file" in str(remark["fix"])


def test_a_key_moves_from_the_file_to_the_keyring(home: TrackerHome, keyring: GnomeKeyring) -> None:
    """The keyring takes the keys of the file, which may go then."""
    track(with_file(home))
    file = Path(home.places.picture_key)
    before = file.read_text().split()

    track(home, "Other")
    both = encryption(home)
    file.unlink()

    assert keyring.keys() == before
    assert str(both["message"]).endswith("which may go")
    assert seen(home) == SEEN
    assert findings(home) == []
    assert in_the_clear(home) == []


def test_what_the_keyring_locked_is_read_beside_a_new_key_in_the_file(
    home: TrackerHome, keyring: GnomeKeyring
) -> None:
    track(home)
    filed = with_file(home)

    track(filed, "Other")

    assert Path(home.places.picture_key).read_text().split() != keyring.keys()
    assert seen(filed) == SEEN
    assert seen(home) == SEEN
    assert findings(filed) == []
    assert "older ones" in str(encryption(home)["message"])
