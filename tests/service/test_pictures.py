"""Pictures: only the one that was committed to, decoded with care, kept under its own key."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from tests.service.conftest import ACME
from tests.service.hostile import CORPUS, Hostile, bomb
from tests.service.tracker import Tracker, account, png, problem, proves, receipt, renamed
from tests.support.cache_values import NINE
from worklog.domain.amendment import Delete, DropSnapshot, Redact, RedactedPicture
from worklog.domain.contract import Contract, Policy, Screenshots, Terms
from worklog.errors import CacheCorruptError, NotFoundError, ServiceRejectedError
from worklog.service.objects.sealing import opened, sealed
from worklog.service.pictures import Decoders, examine
from worklog.service.problems import StoreBusyError, status_of
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import evidence
from worklog.wire.sync.receipts import ReceiptOf

BEFORE = NINE - timedelta(hours=2)
SHOT = png()
OTHER = png((200, 0, 0))
CAMERA = png((0, 200, 0))


def test_a_picture_is_kept_with_a_thumbnail_under_its_own_key(
    service: Service, tracker: Tracker
) -> None:
    """T2, T3: what lies in the store is noise, under names that say nothing."""
    big = png((9, 9, 9), (1920, 1080))
    part = tracker.part(BEFORE, pictures=(SHOT, big))
    tracker.put(tracker.seal(part))

    answers = [tracker.put_picture(part, n, data) for n, data in enumerate((SHOT, big))]

    assert [answer.status_code for answer in answers] == [201, 201]
    signed = receipt(answers[0])
    name, digest = f"{part.part_id}/0", part.captures[0].sha256
    assert proves(service, signed, ReceiptOf.IMAGE, name, digest)
    with service.store.reading(SYSTEM) as scope:
        rows = [evidence.picture(scope, tracker.account.user, part.part_id, n) for n in (0, 1)]
        assert evidence.doomed(scope, before_ms=1 << 50) == []
    first, second = rows
    assert first is not None
    assert second is not None
    assert first.secret != second.secret
    raw = service.objects.get(first.object_key)
    assert SHOT[:8] not in raw
    assert opened(first.secret, first.object_key, raw) == SHOT
    small = opened(second.secret, second.thumbnail_key, service.objects.get(second.thumbnail_key))
    assert Image.open(io.BytesIO(small)).size == (480, 270)
    assert sorted(service.objects.names()) == sorted(
        [first.object_key, first.thumbnail_key, second.object_key, second.thumbnail_key]
    )


def test_the_same_picture_again_gives_the_same_receipt(service: Service, tracker: Tracker) -> None:
    part = tracker.part(BEFORE, pictures=(SHOT,))
    tracker.put(tracker.seal(part))

    first, second = (tracker.put_picture(part, 0, SHOT) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.content == second.content
    assert len(service.objects.names()) == 2


def test_another_picture_than_the_committed_one_is_refused(tracker: Tracker) -> None:
    part = tracker.part(BEFORE, pictures=(SHOT,))
    tracker.put(tracker.seal(part))

    before = tracker.put_picture(part, 0, OTHER)
    tracker.put_picture(part, 0, SHOT)
    after = tracker.put_picture(part, 0, OTHER)

    assert (before.status_code, after.status_code) == (422, 409)


def test_a_picture_without_a_place_is_not_found(tracker: Tracker, service: Service) -> None:
    part = tracker.part(BEFORE, pictures=(SHOT,))
    unknown = tracker.put_picture(part, 0, SHOT)
    tracker.put(tracker.seal(part))

    nowhere = tracker.put_picture(part, 1, SHOT)
    other = Tracker(account(service, "eve", renamed(ACME, "eve")), tracker.web)
    foreign = other.put_picture(part, 0, SHOT)

    assert [a.status_code for a in (unknown, nowhere, foreign)] == [404, 404, 404]


def test_a_contract_that_forbids_pictures_takes_none(service: Service, tracker: Tracker) -> None:
    policy = Policy(screenshots=Screenshots.FORBIDDEN)
    shy = Contract(ACME.contract_id, "shy", terms=(Terms(policy=policy),))
    its = Tracker(account(service, "eve", renamed(shy, "shy")), tracker.web)
    part = its.part(BEFORE, pictures=(SHOT,))
    its.put(its.seal(part))

    answer = its.put_picture(part, 0, SHOT)

    assert (answer.status_code, problem(answer).code) == (403, "policy")


def test_r20_a_deletion_destroys_keys_and_objects(service: Service, tracker: Tracker) -> None:
    """R20, N5, T17: the key row and the objects are gone, and it is 410 from then on."""
    part = tracker.part(BEFORE, pictures=(SHOT,))
    record = tracker.seal(part)
    tracker.put(record)
    tracker.put_picture(part, 0, SHOT)

    (result,) = tracker.amend(tracker.amendment(Delete(parts=(part.part_id,)), NINE))

    assert result.receipt is not None
    with service.store.reading(SYSTEM) as scope:
        assert evidence.picture(scope, tracker.account.user, part.part_id, 0) is None
        assert scope.db.exec_driver_sql("SELECT count(*) FROM picture_keys").scalar() == 0
        assert scope.db.exec_driver_sql("SELECT fields FROM parts").scalar() == "{}"
        assert scope.db.exec_driver_sql("SELECT header FROM parts").scalar() is not None
    assert service.objects.names() == []
    assert tracker.put(record).status_code == 410
    assert problem(tracker.put_picture(part, 0, SHOT)).code == "erased"


def test_r6_a_dropped_snapshot_leaves_the_rest(service: Service, tracker: Tracker) -> None:
    part = tracker.part(BEFORE, pictures=(SHOT,), snapshot=CAMERA)
    tracker.put(tracker.seal(part))
    tracker.put_picture(part, 0, SHOT)
    tracker.put_picture(part, 1, CAMERA)

    tracker.amend(tracker.amendment(DropSnapshot((part.part_id,)), NINE))

    assert tracker.put_picture(part, 0, SHOT).status_code == 200
    assert tracker.put_picture(part, 1, CAMERA).status_code == 410
    assert len(service.objects.names()) == 2


@pytest.mark.parametrize("is_sent_before", [True, False])
def test_r21_a_redaction_takes_the_place_of_the_original(
    service: Service, tracker: Tracker, *, is_sent_before: bool
) -> None:
    part = tracker.part(BEFORE, pictures=(SHOT,))
    tracker.put(tracker.seal(part))
    if is_sent_before:
        tracker.put_picture(part, 0, SHOT)
    covered = RedactedPicture(part.part_id, 0, _digest(OTHER), "0" * 64, permille=300)

    tracker.amend(tracker.amendment(Redact((covered,)), NINE))

    assert service.objects.names() == []
    original = tracker.put_picture(part, 0, SHOT)
    assert original.status_code == 422
    assert tracker.put_picture(part, 0, OTHER).status_code == 201
    assert tracker.put_picture(part, 0, OTHER).status_code == 200


def _digest(data: bytes) -> str:
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(data).hexdigest()


def test_objects_that_were_announced_and_never_taken_are_swept(
    service: Service, tracker: Tracker
) -> None:
    """F65: a worker that died between object and row leaves nothing behind for long."""
    with service.store.writing(SYSTEM) as scope:
        evidence.doom(scope, ["ab" * 16], since_ms=scope.at_ms)
    service.objects.put("ab" * 16, b"noise")

    assert service.ingest.sweep(orphans_too=True) == 0
    clock = service.store.clock
    clock.instant = NINE + timedelta(hours=1)  # type: ignore[attr-defined]
    assert service.ingest.sweep(orphans_too=True) == 1

    assert service.objects.names() == []
    del tracker


def test_an_object_that_was_changed_is_noticed() -> None:
    data = sealed(bytes(32), "a", b"plain")

    assert opened(bytes(32), "a", data) == b"plain"
    for secret, name, bad in (
        (b"1" * 32, "a", data),
        (bytes(32), "b", data),
        (bytes(32), "a", data[:-1] + b"x"),
        (bytes(32), "a", b""),
    ):
        with pytest.raises(CacheCorruptError):
            opened(secret, name, bad)


def test_a_missing_object_is_not_found(service: Service) -> None:
    with pytest.raises(NotFoundError):
        service.objects.get("cd" * 16)
    service.objects.delete(["cd" * 16])


# --- T4 ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    pool = Decoders(1, deadline=10)
    yield pool
    pool.close()


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 60
    assert len({hostile.name for hostile in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda hostile: hostile.name)
def test_t4_a_hostile_picture_is_refused(hostile: Hostile, decoders: Decoders) -> None:
    """T4: refused with a status of its own; this process has not decoded a pixel."""
    data = hostile.make()
    before = _peak_kib()

    with pytest.raises(ServiceRejectedError) as refused:
        decoders.thumbnail(data, examine(data, hostile.media_type))

    assert status_of(refused.value) in {413, 415, 422}
    # The peak of this process, which has the upload itself in memory.
    assert _peak_kib() - before < 60_000


def test_forty_megapixels_are_decoded_within_the_limit() -> None:
    """T4: what is allowed at most costs the child its memory and this process none."""
    pool = Decoders(1)
    data = bomb(16_000, 2_500)
    before = _peak_kib()

    thumbnail = pool.thumbnail(data, examine(data, "image/png"))

    child = pool._free.get()
    assert child is not None
    status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
    child.end()
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    assert Image.open(io.BytesIO(thumbnail)).size == (480, 75)
    assert int(peak) < 400_000
    assert _peak_kib() - before < 20_000


def _peak_kib() -> int:
    import resource  # noqa: PLC0415

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK", "I;16", "1", "LA"])
def test_every_honest_picture_passes(kind: str, mode: str, decoders: Decoders) -> None:
    out = io.BytesIO()
    picture = Image.new(mode, (700, 300))
    if kind == "JPEG" and mode in {"RGBA", "P", "I;16", "LA"}:
        picture = picture.convert("RGB") if mode != "I;16" else Image.new("L", (700, 300))
    if kind == "WEBP" and mode not in {"RGB", "RGBA"}:
        picture = Image.new("RGBA", (700, 300))
    if kind == "PNG" and mode == "CMYK":
        picture = picture.convert("RGB")
    picture.save(out, kind, **({"lossless": mode == "RGBA"} if kind == "WEBP" else {}))
    data = out.getvalue()

    header = examine(data, f"image/{kind.lower()}")

    assert (header.width, header.height) == (700, 300)
    assert decoders.thumbnail(data, header).startswith(b"RIFF")


def test_a_child_that_died_is_replaced() -> None:
    pool = Decoders(1)
    header = examine(SHOT, "image/png")
    pool.thumbnail(SHOT, header)
    child = pool._free.get()
    assert child is not None
    child._process.kill()
    child._process.wait()
    pool._free.put(child)

    with pytest.raises(ServiceRejectedError):
        pool.thumbnail(SHOT, header)

    assert pool.thumbnail(SHOT, header).startswith(b"RIFF")
    pool.close()


def test_no_free_child_is_said() -> None:
    pool = Decoders(0, patience=0.01)

    with pytest.raises(StoreBusyError):
        pool.thumbnail(SHOT, examine(SHOT, "image/png"))
