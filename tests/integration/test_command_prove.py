"""`worklog prove`: one file with all that proves segments, and with nothing else."""

from __future__ import annotations

import hashlib
import stat
from base64 import b64decode
from pathlib import Path

import pytest

from tests.support.cli import Desk
from tests.support.proven import COVERED, RANGE, proven_desk, sealed_in
from tests.support.sync_home import GLOBEX, LOCAL
from worklog.wire.proof import leaves


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return proven_desk(tmp_path)


def prove(desk: Desk, *words: str) -> Path:
    target = desk.home / "proof.html"
    desk.ok("prove", *words, "--contract", GLOBEX.name, "-o", str(target))
    return target


def test_a_proof_holds_what_was_signed_and_what_became_of_it(desk: Desk) -> None:
    proof = sealed_in(prove(desk, RANGE).read_text())["proof"]

    assert [segment["memo"] for segment in proof["segments"]] == [
        "the login page",
        "fixing bug",
        "a call with Ada",
    ]
    assert [segment["grade"] for segment in proof["segments"]] == ["A", "A", "C"]
    assert [len(segment["history"]) for segment in proof["segments"]] == [1, 1, 1]
    assert [len(part["receipts"]) for part in proof["parts"]] == [2, 2]
    assert [receipt["receipt"]["of"] for receipt in proof["parts"][0]["receipts"]] == [
        "part",
        "image",
    ]
    assert [service["address"] for service in proof["services"]] == [GLOBEX.service]


def test_a_covered_picture_is_there_as_it_is_and_its_original_is_not(desk: Desk) -> None:
    proof = sealed_in(prove(desk, RANGE).read_text())["proof"]

    capture = proof["segments"][1]["captures"][0]
    picture = b64decode(proof["parts"][1]["pictures"][str(capture["position"])])
    assert capture["redacted"] == COVERED
    assert hashlib.sha256(picture).hexdigest() == capture["sha256"]
    assert "picture.0" in proof["parts"][1]["header"]["commitments"]
    assert "picture.0" not in proof["parts"][1]["fields"]


def test_it_says_nothing_of_this_machine_nor_of_another_contract(desk: Desk) -> None:
    target = prove(desk, "2026-11-16")

    page = target.read_text()
    assert str(desk.home) not in page
    assert "a token" not in page
    for word in (LOCAL.contract_id, LOCAL.name, LOCAL.client):
        assert not word or f'"{word}"' not in page
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_without_pictures_only_their_digests_are_in_it(desk: Desk) -> None:
    proof = sealed_in(prove(desk, RANGE, "--no-pictures").read_text())["proof"]

    assert [part["pictures"] for part in proof["parts"]] == [{}, {}]
    assert all(segment["captures"][0]["sha256"] for segment in proof["segments"][:2])


def test_a_picture_that_is_gone_is_left_out(desk: Desk) -> None:
    pictures = desk.json("show", "2026-11-16 09:00")["segment"]["captures"]
    Path(pictures[0]["file"]).unlink()

    proof = sealed_in(prove(desk, RANGE).read_text())["proof"]

    assert [len(part["pictures"]) for part in proof["parts"]] == [0, 1]


def test_every_leaf_has_its_digest(desk: Desk) -> None:
    sealed = sealed_in(prove(desk, RANGE).read_text())

    paths = [path for path, _ in leaves(sealed["proof"])]
    assert len(paths) == len(set(paths))
    assert set(paths) == set(sealed["manifest"])


def test_what_is_being_recorded_is_not_proven_yet(desk: Desk, tmp_path: Path) -> None:
    acme = desk.contract("initech")
    desk.record(acme, "11:00")
    target = tmp_path / "open.html"

    with desk.tracker():
        refused = desk.run("prove", "today", "--contract", "initech", "-o", str(target))

    assert refused.status == 12
    assert "sealed when its ten minutes are over" in refused.err
    assert not target.exists()


def test_a_local_contract_is_proven_without_a_service(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "local.html"

    told = desk.json("prove", "2026-11-16", "--contract", LOCAL.name, "-o", str(target))

    proof = sealed_in(target.read_text())["proof"]
    assert (told["segments"], told["pictures"]) == (1, 1)
    assert proof["services"] == []
    assert proof["segments"][0]["grade"] is None


def test_a_place_that_cannot_be_written_is_said(desk: Desk) -> None:
    refused = desk.run(
        "prove", RANGE, "--contract", GLOBEX.name, "-o", str(desk.home / "none" / "proof.html")
    )

    assert refused.status == 23
    assert "cannot be written" in refused.err
