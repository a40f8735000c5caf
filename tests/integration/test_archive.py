"""`export --all` and its way back: everything, bit for bit, or nothing."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.cli import NOW, Desk, picture
from tests.support.fakes import utc
from worklog.cache.backups import MANIFEST
from worklog.cache.journal import Entry
from worklog.wire.sync.receipts import Receipt, ReceiptOf, SignedReceipt, encode_receipt


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A diary in which everything has happened that can."""
    desk = Desk(tmp_path / "home")
    acme = desk.contract("acme", labels=("dev",), rate=Decimal(60), currency="EUR", client="Acme")
    globex = desk.contract("globex")
    desk.track(acme, "09:00", count=6, picture=picture(1), memo="日本 \x1b fix", label="dev")
    desk.track(globex, "2026-11-18 10:00", count=3, picture=picture(2), camera=picture(3))
    desk.session(acme, "09:00", until="10:00")
    desk.gap(acme, "10:00", "10:30")
    desk.ok("add", "2026-11-17 14:00-15:00", "-c", "acme", "-m", "a call")
    desk.ok("edit", "9:00", "--memo", "review")
    desk.ok("redact", "9:10", "--box", "0,0,40,40")
    desk.ok("delete", "9:20", "--yes")
    desk.ok("delete", "2026-11-18 10:10", "--snapshot", "--yes")
    desk.ok("edit", "9:40", "--memo", "undone")
    desk.ok("undo")
    with desk.cache() as cache:
        part = desk.json("show", "9:00")["segment"]["parts"][0]
        cache.write(lambda: [receipt_of(part)])
    return desk


def receipt_of(part: str) -> Entry:
    receipt = Receipt(ReceiptOf.PART, part, "0" * 64, utc("2026-11-19 12:00"), "e", "k")
    signed = SignedReceipt(receipt.content, bytes(64))
    members = encode_receipt(signed)
    assert isinstance(members, dict)
    content = {"service": "https://diary.example", **members}
    return Entry("2026-11-19", "receipt", content)


@pytest.fixture
def archive(desk: Desk, tmp_path: Path) -> Path:
    file = tmp_path / "diary.tar"
    said = desk.ok("export", "--all", "-o", str(file))
    assert said.startswith(f"Written: {file} (9 recorded parts, ")
    return file


@pytest.fixture
def other(tmp_path: Path) -> Desk:
    """Another home; its ids are of a later moment."""
    return Desk(tmp_path / "other", now=NOW + timedelta(seconds=1))


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_an_archive_that_came_in_goes_out_bit_for_bit(
    desk: Desk, archive: Path, other: Desk, tmp_path: Path
) -> None:
    other.ok("import", str(archive), "--write")

    other.ok("export", "--all", "-o", str(tmp_path / "again.tar"))

    assert digest(tmp_path / "again.tar") == digest(archive)
    week = ("diary", "--from", "2026-11-16", "--to", "2026-11-20")
    assert other.json(*week)["segments"] == without_paths(desk, other, week)
    assert other.ok("check", "--pictures", "--evidence").count("ok")
    assert other.run("check", "--pictures", "--evidence").status == 0


def without_paths(desk: Desk, other: Desk, words: tuple[str, ...]) -> object:
    """Return the segments of *desk* with the files where *other* has them."""
    text = json.dumps(desk.json(*words)["segments"])
    return json.loads(text.replace(str(desk.home), str(other.home)))


def test_the_same_diary_gives_the_same_bytes(desk: Desk, archive: Path, tmp_path: Path) -> None:
    desk.ok("export", "--all", "-o", str(tmp_path / "again.tar"))

    assert digest(tmp_path / "again.tar") == digest(archive)


def test_without_write_it_says_what_is_new(archive: Path, other: Desk, desk: Desk) -> None:
    said = other.ok("import", str(archive))

    assert "Not here yet: 9 recorded parts" in said
    assert said.endswith("Take it in with --write.\n")
    assert other.json("contract", "list")["contracts"] == []
    assert desk.ok("import", str(archive)).startswith(f"Everything in {archive} is here already")


def test_it_comes_in_beside_what_is_there_and_only_once(archive: Path, other: Desk) -> None:
    initech = other.contract("initech")
    other.track(initech, "12:00", count=2)

    other.ok("import", str(archive), "--write")
    again = other.json("import", str(archive), "--write")

    assert again["missing"] == {}
    names = {one["contract"] for one in other.json("export")["stretches"]}
    assert names == {"acme", "globex", "initech"}


def test_n5_what_was_deleted_here_stays_deleted(desk: Desk, archive: Path, tmp_path: Path) -> None:
    desk.ok("delete", "9:30", "--yes")

    assert "is here already" in desk.ok("import", str(archive), "--write")
    assert desk.json("show", "9:30")["segment"]["bill"]["reason"] == "deleted"
    fresh = tmp_path / "fresh.tar"
    desk.ok("export", "--all", "-o", str(fresh))
    assert len(pictures_of(fresh)) == len(pictures_of(archive)) - 2


def pictures_of(file: Path) -> list[str]:
    with tarfile.open(file) as archive:
        return [name for name in archive.getnames() if name.startswith("pictures/")]


def test_people_and_programs_can_read_it(archive: Path) -> None:
    with tarfile.open(archive) as file:
        names = file.getnames()
        stretches = json.load(file.extractfile("stretches.json") or io.BytesIO())
        readme = (file.extractfile("README.txt") or io.BytesIO()).read().decode()

    assert names[:3] == [MANIFEST, "README.txt", "stretches.json"]
    assert "worklog-interchange(7)" in readme
    assert {one["contract"] for one in stretches["stretches"]} == {"acme", "globex"}
    assert "device.key" not in names


def test_a_tracker_may_run_while_it_is_written_but_not_while_it_comes_in(
    desk: Desk, archive: Path, other: Desk, tmp_path: Path
) -> None:
    with desk.tracker():
        desk.ok("export", "--all", "-o", str(tmp_path / "again.tar"))
    with other.tracker():
        answer = other.run("import", str(archive), "--write")

    assert answer.status == 11
    assert digest(tmp_path / "again.tar") == digest(archive)


# --- Bad input --------------------------------------------------------------------------

Change = Callable[[str, bytes], bytes | None]


def remade(archive: Path, change: Change, *more: tuple[str, bytes]) -> Path:
    """Return *archive* with members changed; None leaves one out."""
    made = archive.with_name("bad.tar")
    with tarfile.open(archive) as old, tarfile.open(made, "w") as new:
        members = [
            (info.name, (old.extractfile(info) or io.BytesIO()).read()) for info in old.getmembers()
        ]
        for name, data in [*members, *more]:
            changed = change(name, data)
            if changed is not None:
                info = tarfile.TarInfo(name)
                info.size = len(changed)
                new.addfile(info, io.BytesIO(changed))
    return made


def as_it_is(name: str, data: bytes) -> bytes | None:
    del name
    return data


def damaged_line(name: str, data: bytes) -> bytes | None:
    return data.replace(b'"memo', b'"MEMO', 1) if name == "journal/2026-11-19.jsonl" else data


def without_a_day(name: str, data: bytes) -> bytes | None:
    return None if name == "journal/2026-11-18.jsonl" else data


def without_manifest(name: str, data: bytes) -> bytes | None:
    return None if name == MANIFEST else data


def manifest(text: bytes) -> Change:
    return lambda name, data: text if name == MANIFEST else data


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        (damaged_line, (), "journal/2026-11-19.jsonl, line "),
        (without_a_day, (), "its manifest names other records than it holds"),
        (without_manifest, (), "it has no manifest"),
        (manifest(b"{"), (), "its manifest cannot be read"),
        (manifest(b"\xff"), (), "its manifest cannot be read"),
        (manifest(b'{"v":1,"kind":"backup","made":1}'), (), "it is a backup, not an export"),
        (manifest(b'{"v":9,"kind":"export","records":{}}'), (), "a newer worklog has written it"),
        (as_it_is, (("../../evil", b"x"),), "it holds '../../evil'"),
        (as_it_is, (("pictures/aa/../../x.webp", b"x"),), "it holds 'pictures/aa/../../x.webp'"),
    ],
)
def test_t5_what_is_broken_or_hostile_is_refused_whole(
    archive: Path,
    other: Desk,
    change: Change,
    more: tuple[tuple[str, bytes], ...],
    message: str,
) -> None:
    answer = other.run("import", str(remade(archive, change, *more)), "--write")

    assert answer.status == 16, answer
    assert message in answer.err
    assert other.json("contract", "list")["contracts"] == []
    assert other.json("export")["stretches"] == []


def test_a_record_of_a_known_kind_that_is_none_is_refused(archive: Path, other: Desk) -> None:
    line = Entry("2026-11-19", "seal", {"header": 7}).encode()

    def change(name: str, data: bytes) -> bytes | None:
        return data + line if name == "journal/2026-11-19.jsonl" else data

    answer = other.run("import", str(remade(archive, change)), "--write")

    assert answer.status == 16
    assert "journal/2026-11-19.jsonl, line" in answer.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--all",), "Where is the archive to go?"),
        (("--all", "today", "-o", "x.tar"), "--all is everything"),
        (("--all", "-c", "acme", "-o", "x.tar"), "--all is everything"),
        (("--all", "--format", "csv", "-o", "x.tar"), "--all is everything"),
    ],
)
def test_all_is_all(desk: Desk, words: tuple[str, ...], message: str) -> None:
    answer = desk.run("export", *words)

    assert answer.status == 2
    assert message in answer.err


def test_a_file_that_is_there_is_not_replaced(desk: Desk, archive: Path) -> None:
    before = digest(archive)

    assert desk.run("export", "--all", "-o", str(archive)).status == 16
    assert digest(archive) == before


def test_a_full_or_forbidden_place_leaves_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    answer = desk.run("export", "--all", "-o", str(tmp_path / "nowhere" / "x.tar"))

    assert answer.status == 23
    assert not (tmp_path / "nowhere").exists()
