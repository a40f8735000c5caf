"""check, backup, restore and doctor: what they find, bring back and advise."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cli import Desk, picture
from tests.support.tmux import tmux_server
from worklog.cache.storage_key import StorageKey
from worklog.domain.contract import Contract


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def acme(desk: Desk) -> Contract:
    """A contract with three segments and their pictures."""
    acme = desk.contract("acme")
    desk.track(acme, "09:00", count=3, picture=picture())
    return acme


def pictures(desk: Desk) -> list[Path]:
    return sorted(Path(desk.places.pictures).rglob("*.webp"))


# --- check ------------------------------------------------------------------------------


def test_a_sound_cache_is_told_with_figures(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    assert desk.ok("check", "--evidence", "--pictures") == (
        "ok      segments  3 folded and billed anew\n"
        "ok      pictures  3 looked at\n"
        "ok      evidence  3 records verified\n"
    )
    assert desk.json("check") == {
        "findings": [],
        "segments": 3,
        "pictures": 3,
        "records": 0,
        "erased_fields": 0,
        "orphans_removed": 0,
        "rebuilt_entries": None,
    }


def test_erased_fields_still_verify(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    desk.ok("delete", "9:00", "--yes")

    data = desk.json("check", "--evidence")

    assert data["records"] == 3
    assert data["erased_fields"] > 0
    assert "fields erased" in desk.ok("check", "--evidence")


def test_a_byte_that_flipped_is_found(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    damaged = next(path for path in pictures(desk) if "thumb" not in path.name)
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)

    told = desk.run("check", "--pictures")
    as_json = desk.run("check", "--pictures", "--json")

    assert told.status == 4
    assert told.out.startswith("bad ")
    assert told.err == (
        "worklog: 1 thing does not fit.\n"
        "hint: `worklog check --rebuild` makes the database anew; pictures cannot be.\n"
    )
    assert (as_json.status, as_json.envelope["status"], as_json.code) == (4, "partial", "findings")
    (finding,) = as_json.envelope["data"]["findings"]
    assert finding["code"] == "picture-damaged"


def test_pictures_that_are_gone_are_found(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    shutil.rmtree(desk.places.pictures)

    answer = desk.run("check")

    assert answer.status == 4
    assert "things do not fit." in answer.err


def test_orphans_of_crashes_are_removed(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    orphan = pictures(desk)[0].with_name("0" * 32 + ".webp")
    orphan.write_bytes(b"half a picture")

    told = desk.ok("check")

    assert told.splitlines()[-1] == "ok      orphans   1 file of crashes removed"
    assert not orphan.exists()


def test_f20_a_rebuild_brings_everything_back(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    desk.ok("edit", "9:00", "-m", "review")
    before = desk.json("diary")
    Path(desk.places.database).write_bytes(b"no database at all " * 400)

    refused, data = desk.run("check"), desk.json("check", "--rebuild")

    assert refused.status == 20
    assert (data["findings"], data["segments"]) == ([], 3)
    assert desk.json("diary") == before


def test_nothing_is_rebuilt_or_restored_under_a_tracker(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    desk.ok("backup")
    with desk.tracker():
        rebuilt, restored = desk.run("check", "--rebuild"), desk.run("restore", "--yes")

    assert (rebuilt.status, restored.status) == (11, 11)
    assert rebuilt.err.startswith("worklog: The cache cannot be rebuilt while a tracker runs (pid")
    assert restored.err.endswith("hint: Run `worklog stop` first.\n")


# --- backup and restore -------------------------------------------------------------------


def test_a_backup_brings_a_lost_home_back(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    file = desk.home / "copy.tar"
    said = desk.ok("backup", str(file))
    before = desk.json("diary")
    shutil.rmtree(desk.places.data)

    asked = desk.run("restore", str(file), typed="y\n")

    assert said == f"{file} (0.1 MiB)\n"
    assert asked.status == 0
    assert asked.err.startswith(f"Bring back what {file} has and this diary has not? [y/N]:")
    assert f"Brought back 3 parts and 3 pictures from {file}." in asked.out
    after = desk.json("diary")
    assert after["totals"] == before["totals"]
    assert [row["slot"] for row in after["segments"]] == [row["slot"] for row in before["segments"]]
    assert desk.json("check", "--evidence", "--pictures")["findings"] == []


def test_n5_what_was_deleted_stays_deleted(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    file = str(desk.home / "copy.tar")
    desk.ok("backup", file)
    desk.ok("delete", "9:00", "--yes")

    data = desk.json("restore", file, "--yes")

    assert data == {"file": file, "parts": 0, "pictures": 0, "kept_deleted": 1}


def test_the_newest_backup_is_the_default(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    made = desk.json("backup")

    restored = desk.json("restore", "--yes")

    assert restored["file"] == made["file"]
    assert made["bytes"] == Path(made["file"]).stat().st_size
    assert made["file"].startswith(desk.places.backups)


def test_a_restore_asks_and_names_the_flag(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    desk.ok("backup")

    silent, no = desk.run("restore"), desk.run("restore", typed="n\n")

    assert (silent.status, no.status) == (2, 0)
    assert silent.err.endswith("Nobody can be asked here.\nhint: Say yes with --yes.\n")
    assert no.err.endswith("Nothing was changed.\n")


@pytest.mark.parametrize("content", [None, b"no archive", b""])
def test_a_file_that_is_no_backup_is_refused(desk: Desk, content: bytes | None) -> None:
    file = desk.home / "nothing.tar"
    if content is not None:
        file.write_bytes(content)

    answer = desk.run("restore", str(file), "--yes")

    assert answer.status == (12 if content is None else 16)
    assert str(file) in answer.err or "This file is no archive of worklog's" in answer.err


def test_a_backup_cannot_be_written_everywhere(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    answer = desk.run("backup", "/proc/no/copy.tar")

    assert answer.status == 23
    assert "/proc/no" in answer.err


# --- doctor -----------------------------------------------------------------------------


def test_doctor_looks_at_ways_and_at_the_machine(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"

    text, data = desk.ok("doctor"), desk.json("doctor")

    assert {row["port"] for row in data["ways"]} == {
        "screen",
        "input",
        "window",
        "presence",
        "notify",
    }
    assert [(row["what"], row["ok"]) for row in data["remarks"]] == [
        ("config", True),
        ("zone", True),
        ("cache", True),
        ("disk", True),
        ("tracker", True),
        ("consent", False),
        ("camera", True),
        ("secrets", True),
    ]
    assert data["remarks"][2]["message"] == f"{desk.places.data}, 1 contract"
    assert "Europe/Berlin (from TZ)" in text


def test_doctor_says_which_ways_are_in_use_as_the_settings_want_it(desk: Desk) -> None:
    with tmux_server() as server, server.attached("new-session"):
        desk.environ |= {name: server.environ[name] for name in ("TMUX_TMPDIR", "PATH")}
        text, first = desk.ok("doctor"), in_use(desk)
        desk.ok("config", "set", "window.way", "sway")
        second = in_use(desk)

    assert text.startswith("screen    ✓ tmux         in use\n")
    assert first == [("screen", "tmux"), ("input", "terminal"), ("window", "tmux")]
    assert second == [("screen", "tmux"), ("input", "terminal")]


def in_use(desk: Desk) -> list[tuple[str, str]]:
    rows = desk.json("doctor")["ways"]
    return [(row["port"], row["way"]) for row in rows if row["in_use"]]


def remark(desk: Desk, what: str) -> tuple[bool, str, str | None]:
    (found,) = [row for row in desk.json("doctor")["remarks"] if row["what"] == what]
    return found["ok"], found["message"], found["fix"]


def test_doctor_says_where_the_key_of_what_is_encrypted_is(desk: Desk) -> None:
    key = Path(desk.places.picture_key)
    desk.settings("[storage]\nencrypt = true\n")
    before = remark(desk, "encryption")

    StorageKey(str(key)).lock(b"a picture", name="a file")
    while_on = remark(desk, "encryption")
    desk.settings("[storage]\nencrypt = false\n")
    after = remark(desk, "encryption")
    key.chmod(0o644)
    off_and_unsafe = remark(desk, "encryption")
    desk.settings("[storage]\nencrypt = true\n")
    unsafe = remark(desk, "encryption")

    said = f"pictures and titles, with a key made in {key} when it is needed"
    assert before == (True, said, None)
    assert while_on == (True, f"pictures and titles, with a key in {key}", None)
    assert after == (True, f"off for what is new; the key of what is there is in {key}", None)
    for (is_fine, message, fix), is_on in ((off_and_unsafe, False), (unsafe, True)):
        assert not is_fine
        assert "others may read it (mode 0644)" in message
        assert message.endswith("new pictures and titles are not kept") == is_on
        assert "chmod 600" in str(fix)


def test_doctor_tells_of_a_broken_config_and_stops_there(desk: Desk) -> None:
    desk.settings("[idle\n")

    ok, message, fix = remark(desk, "config")

    assert not ok
    assert "config.toml" in message
    assert fix
    assert len(desk.json("doctor")["remarks"]) == 1


def test_doctor_tells_of_a_damaged_cache(desk: Desk, acme: Contract) -> None:
    assert acme.name == "acme"
    Path(desk.places.database).write_bytes(b"no database at all " * 400)

    ok, message, fix = remark(desk, "cache")

    assert (ok, message) == (False, "The local cache is damaged.")
    assert fix is not None
    assert "--rebuild" in fix


def test_doctor_tells_of_a_tracker_and_of_one_that_died(desk: Desk, acme: Contract) -> None:
    desk.session(acme, "17:00")
    died = remark(desk, "tracker")
    with desk.tracker():
        runs = remark(desk, "tracker")

    assert died[:2] == (False, "it ended without a word")
    assert runs[0]
    assert runs[1].startswith("running, pid ")


def test_doctor_tells_of_a_full_disk(desk: Desk) -> None:
    desk.settings('[disk]\nwarn = "900000 GiB"\n')

    assert remark(desk, "disk")[0::2] == (False, "Free some space.")


@pytest.mark.parametrize(
    ("setting", "ok", "message"),
    [("yes", True, "screenshots may be taken"), ("no", True, "screenshots were refused")],
)
def test_doctor_tells_of_the_consent(
    desk: Desk,
    setting: str,
    ok: bool,  # noqa: FBT001 -- of the table above
    message: str,
) -> None:
    desk.settings(f'[capture]\nconsent = "{setting}"\n')

    assert remark(desk, "consent")[:2] == (ok, message)


def test_doctor_tells_of_a_zone_that_is_none(desk: Desk) -> None:
    strange = replace(desk, environ={"TZ": "CET-1CEST"})

    assert remark(strange, "zone")[0] is False
