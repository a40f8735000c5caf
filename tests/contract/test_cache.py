"""What every `Cache` promises: run against the real one and the in-memory fake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cache_values import (
    ACME,
    NINE,
    SLOT,
    ZETA,
    FixedClock,
    amendment,
    capture,
    part,
    picture,
    session,
)
from tests.support.fake_cache import InMemoryCache
from worklog.app.ports import Cache, Gap
from worklog.cache.opening import open_cache
from worklog.domain.amendment import (
    Delete,
    Describe,
    DropSnapshot,
    Key,
    Manual,
    ManualSpan,
    Move,
    OpenTarget,
    Redact,
    RedactedPicture,
    Revoke,
    Stamp,
)
from worklog.domain.contract import Terms
from worklog.domain.grid import Slot
from worklog.domain.part import Role
from worklog.domain.segment import Origin, Reason
from worklog.domain.session import Ending
from worklog.errors import ConflictError
from worklog.places import places

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def real(folder: Path) -> Cache:
    return open_cache(places({"WORKLOG_HOME": str(folder)}), clock=FixedClock())


def encrypted(folder: Path) -> Cache:
    made = open_cache(places({"WORKLOG_HOME": str(folder)}), clock=FixedClock())
    made.key.encrypts = lambda: True
    return made


@pytest.fixture(
    params=[real, encrypted, lambda _: InMemoryCache()], ids=["sqlite", "encrypted", "memory"]
)
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Cache:
    build: Callable[[Path], Cache] = request.param
    made = build(tmp_path)
    made.save_contract(ACME, at=NINE)
    return made


# --- contracts ------------------------------------------------------------------------


def test_contracts_come_back_as_they_were_and_by_name(cache: Cache) -> None:
    terms = (Terms(), Terms(since=NINE, weekly_limit=40 * HOUR))
    cache.save_contract(replace(ZETA, terms=terms, is_archived=True), at=NINE)

    assert cache.contracts() == [ACME, replace(ZETA, terms=terms, is_archived=True)]


def test_saving_a_contract_again_replaces_it(cache: Cache) -> None:
    renamed = replace(ACME, name="acme inc", labels=("ops", "dev"))

    cache.save_contract(renamed, at=NINE)

    assert cache.contracts() == [renamed]


def test_two_contracts_cannot_share_a_name(cache: Cache) -> None:
    with pytest.raises(ConflictError, match="acme"):
        cache.save_contract(replace(ZETA, name="acme"), at=NINE)

    assert cache.contracts() == [ACME]


def test_other_terms_bill_again_what_is_there(cache: Cache) -> None:
    cache.seal(part(device=cache.device))

    cache.save_contract(replace(ACME, terms=(Terms(weekly_limit=timedelta(0)),)), at=NINE)

    (row,) = cache.segments(NINE, NINE + HOUR)
    assert row.bill.reason is Reason.OVER_LIMIT


# --- sessions and gaps ----------------------------------------------------------------


def test_a_session_runs_until_it_is_saved_with_its_end(cache: Cache) -> None:
    running = session()
    cache.save_session(running)
    assert (cache.running_session(), cache.last_session()) == (running, running)

    ended = replace(running, ended=NINE + HOUR, ending=Ending.STOP)
    cache.save_session(ended)

    assert (cache.running_session(), cache.last_session()) == (None, ended)


def test_without_sessions_there_is_neither_a_running_nor_a_last_one(cache: Cache) -> None:
    assert (cache.running_session(), cache.last_session()) == (None, None)


def test_only_one_session_runs_at_a_time(cache: Cache) -> None:
    cache.save_session(session())

    with pytest.raises(ConflictError, match="running"):
        cache.save_session(session(2, started=NINE + HOUR))


def test_sessions_of_a_range_are_those_that_touch_it(cache: Cache) -> None:
    first = replace(session(), ended=NINE + HOUR, ending=Ending.SWITCH)
    second = session(2, started=NINE + HOUR)
    cache.save_session(first)
    cache.save_session(second)

    assert cache.sessions(NINE, NINE + DAY) == [first, second]
    assert cache.sessions(NINE + HOUR, NINE + DAY) == [second]
    assert cache.sessions(NINE - DAY, NINE) == []


def test_a_gap_that_grows_is_still_one_gap(cache: Cache) -> None:
    gap = Gap(NINE, NINE + MINUTE, "idle", ACME.contract_id)
    cache.save_gap(gap)
    cache.save_gap(replace(gap, end=NINE + 5 * MINUTE, reason="suspend"))

    assert cache.gaps(NINE, NINE + DAY) == [replace(gap, end=NINE + 5 * MINUTE, reason="suspend")]
    assert cache.gaps(NINE + 5 * MINUTE, NINE + DAY) == []


# --- parts ----------------------------------------------------------------------------


def test_an_open_part_comes_back_as_of_its_last_flush(cache: Cache) -> None:
    cache.save_open(part(device=cache.device, seconds=60))
    cache.save_open(part(device=cache.device, seconds=120))

    assert cache.open_parts() == [part(device=cache.device, seconds=120)]
    assert cache.segments(NINE, NINE + HOUR) == []


def test_a_sealed_part_is_open_no_more_and_makes_a_segment(cache: Cache) -> None:
    whole = part(device=cache.device)
    cache.save_open(part(device=cache.device, seconds=60))
    cache.seal(whole)

    assert cache.open_parts() == []
    assert cache.part(whole.part_id) == whole
    (row,) = cache.segments(NINE, NINE + HOUR)
    assert (row.segment.memo, row.segment.tracked_seconds) == ("fixing bug", 600)
    assert (row.bill.seconds, row.bill.reason) == (600, Reason.BILLED)


def test_sealing_an_equal_part_again_changes_nothing(cache: Cache) -> None:
    cache.seal(part(device=cache.device))
    cache.seal(part(device=cache.device))

    assert len(cache.segments(NINE, NINE + HOUR)) == 1


def test_a_different_part_with_the_same_id_is_a_conflict(cache: Cache) -> None:
    cache.seal(part(device=cache.device))

    with pytest.raises(ConflictError, match="sealed"):
        cache.seal(part(device=cache.device, memo="another"))


def test_a_sealed_part_cannot_be_opened_again(cache: Cache) -> None:
    cache.seal(part(device=cache.device))

    with pytest.raises(ConflictError, match="sealed"):
        cache.save_open(part(device=cache.device, seconds=60))


def test_several_parts_may_share_a_slot(cache: Cache) -> None:
    """Stopping and starting again within ten minutes keeps both."""
    cache.seal(part(1, device=cache.device, seconds=60))
    cache.seal(part(2, device=cache.device))

    (row,) = cache.segments(NINE, NINE + HOUR)
    assert len(row.segment.parts) == 2


def test_a_discarded_open_part_is_gone(cache: Cache) -> None:
    opened = part(device=cache.device, seconds=1)
    cache.save_open(opened)
    cache.discard_open(opened.part_id)
    cache.discard_open(opened.part_id)

    assert (cache.open_parts(), cache.part(opened.part_id)) == ([], None)


def test_writes_made_together_are_all_there(cache: Cache) -> None:
    first = part(device=cache.device)
    following = part(2, slot=Slot(SLOT.index + 1), device=cache.device, seconds=60)

    with cache.together():
        cache.save_session(session())
        cache.seal(first)
        cache.save_open(following)
        cache.save_gap(Gap(NINE, NINE + MINUTE, "pause", ACME.contract_id))

    assert cache.part(first.part_id) == first
    assert cache.open_parts() == [following]
    assert cache.running_session() == session()
    assert len(cache.gaps(NINE, NINE + HOUR)) == 1
    assert len(cache.segments(NINE, NINE + HOUR)) == 1


def test_of_writes_made_together_each_sees_those_before_it(cache: Cache) -> None:
    opened = part(device=cache.device, seconds=60)
    whole = part(device=cache.device)

    with cache.together():
        cache.save_open(opened)
        cache.seal(whole)
        cache.save_session(replace(session(), ended=NINE, ending=Ending.SWITCH))
        cache.save_session(session(2))

    assert (cache.open_parts(), cache.part(whole.part_id)) == ([], whole)
    assert cache.running_session() == session(2)


def test_of_writes_made_together_none_is_there_if_one_is_refused(cache: Cache) -> None:
    sealed = part(device=cache.device)
    cache.seal(sealed)

    def write() -> None:
        with cache.together():
            cache.save_session(session())
            cache.seal(part(2, slot=Slot(SLOT.index + 1), device=cache.device))
            cache.seal(replace(sealed, title="other.py"))

    with pytest.raises(ConflictError):
        write()
    assert cache.running_session() is None
    assert len(cache.segments(NINE, NINE + HOUR)) == 1


def test_of_writes_made_together_none_is_there_if_their_block_fails(cache: Cache) -> None:
    def write() -> None:
        with cache.together():
            cache.save_session(session())
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert cache.running_session() is None
    cache.save_session(session(2))
    assert cache.running_session() == session(2)


def test_instants_are_kept_to_the_millisecond(cache: Cache) -> None:
    exact = part(device=cache.device)
    cache.seal(replace(exact, opened=exact.opened + timedelta(microseconds=1_999)))

    kept = cache.part(exact.part_id)
    assert kept == replace(exact, opened=exact.opened + timedelta(milliseconds=1))


# --- pictures -------------------------------------------------------------------------


def test_pictures_are_kept_with_their_open_part(cache: Cache) -> None:
    left, right = picture("left"), picture("right")
    opened = part(
        device=cache.device, captures=(capture(left), capture(right, monitor=1)), seconds=60
    )

    stored = cache.add_pictures(opened, {0: left, 1: right})

    assert [shot.capture for shot in stored] == list(opened.captures)
    assert stored == cache.pictures([opened.part_id])
    assert cache.open_parts() == [opened]
    assert len({shot.file for shot in stored} | {shot.thumbnail for shot in stored}) == 4


def test_equal_pictures_are_two_files(cache: Cache) -> None:
    shot = picture("twice")
    first = part(1, device=cache.device, captures=(capture(shot),))
    second = part(2, device=cache.device, captures=(capture(shot),))

    (one,) = cache.add_pictures(first, {0: shot})
    (other,) = cache.add_pictures(second, {0: shot})

    assert one.file != other.file
    assert cache.pictures([second.part_id, first.part_id]) == [one, other]


def test_adding_the_same_pictures_again_keeps_one_of_each(cache: Cache) -> None:
    shot = picture("again")
    opened = part(device=cache.device, captures=(capture(shot),))
    cache.add_pictures(opened, {0: shot})
    cache.add_pictures(opened, {0: shot})

    assert len(cache.pictures([opened.part_id])) == 1


def test_a_capture_must_name_its_own_picture(cache: Cache) -> None:
    opened = part(device=cache.device, captures=(capture(picture("one")),))

    with pytest.raises(ValueError, match="digests"):
        cache.add_pictures(opened, {0: picture("another")})

    assert cache.pictures([opened.part_id]) == []


# --- deletion and redaction -----------------------------------------------------------


def test_n5_a_deletion_erases_a_sealed_part_and_its_pictures(cache: Cache) -> None:
    shot = picture("secret")
    sealed = part(device=cache.device, captures=(capture(shot),))
    cache.add_pictures(sealed, {0: shot})
    cache.seal(sealed)

    cache.amend(
        amendment(
            Delete(parts=(sealed.part_id,), keys=(Key(SLOT, ACME.contract_id),)),
            device=cache.device,
            at=NINE + HOUR,
        )
    )

    kept = cache.part(sealed.part_id)
    assert kept is not None
    assert kept.is_erased
    assert (kept.title, kept.captures, kept.tracked_seconds) == (None, (), 600)
    assert cache.pictures([sealed.part_id]) == []
    (row,) = cache.segments(NINE, NINE + HOUR)
    assert (row.segment.is_deleted, row.bill.reason) == (True, Reason.DELETED)
    assert cache.recent(5) == []


def test_a_deletion_in_an_open_slot_covers_what_is_still_to_come(cache: Cache) -> None:
    """R20: of that device and contract, the part that is open and those after it."""
    shot = picture("secret")
    opened = part(1, device=cache.device, captures=(capture(shot),), seconds=60)
    cache.add_pictures(opened, {0: shot})
    target = OpenTarget(cache.device, Key(SLOT, ACME.contract_id))
    cache.amend(
        amendment(Delete(rest=(target,), keys=(target.key,)), device=cache.device, at=NINE + MINUTE)
    )
    assert (cache.open_parts()[0].is_erased, cache.pictures([opened.part_id])) == (True, [])

    cache.save_open(replace(opened, sealed=opened.sealed + MINUTE))
    assert cache.add_pictures(opened, {0: shot}) == []
    cache.seal(part(1, device=cache.device, captures=(capture(shot),)))
    cache.seal(part(1, device=cache.device, captures=(capture(shot),)))
    cache.seal(part(2, device=cache.device))

    assert cache.open_parts() == []
    assert [cache.part(part(n, device=cache.device).part_id).is_erased for n in (1, 2)] == [  # type: ignore[union-attr]  # both are there
        True,
        True,
    ]
    (row,) = cache.segments(NINE, NINE + HOUR)
    assert row.segment.is_deleted


def test_a_deletion_leaves_other_contracts_alone(cache: Cache) -> None:
    cache.save_contract(ZETA, at=NINE)
    cache.seal(part(1, device=cache.device))
    other = part(2, device=cache.device, contract=ZETA)
    cache.seal(other)

    cache.amend(
        amendment(
            Delete(parts=(part(1, device=cache.device).part_id,)), device=cache.device, at=NINE
        )
    )

    assert cache.part(other.part_id) == other
    (row,) = cache.segments(NINE, NINE + HOUR, contract=ZETA.contract_id)
    assert row.bill.reason is Reason.BILLED


def test_r21_a_redaction_puts_another_picture_in_its_place(cache: Cache) -> None:
    shot, covered = picture("secret"), picture("covered")
    sealed = part(device=cache.device, captures=(capture(shot),))
    (before,) = cache.add_pictures(sealed, {0: shot})
    cache.seal(sealed)
    new = capture(covered)

    cache.amend(
        amendment(
            Redact(
                (
                    RedactedPicture(
                        sealed.part_id, 0, new.sha256, new.thumbnail_sha256, permille=250
                    ),
                )
            ),
            device=cache.device,
        ),
        pictures={(sealed.part_id, 0): covered},
    )

    (after,) = cache.pictures([sealed.part_id])
    assert (after.capture, after.redacted) == (new, 250)
    assert after.file != before.file
    kept = cache.part(sealed.part_id)
    assert kept == replace(sealed, captures=(replace(new, sha256="", thumbnail_sha256=""),))
    (row,) = cache.segments(NINE, NINE + HOUR)
    assert [(p.capture.sha256, p.redacted) for p in row.segment.pictures] == [(new.sha256, 250)]


def test_a_redaction_of_an_open_part_holds_when_it_is_sealed(cache: Cache) -> None:
    shot, covered = picture("secret"), picture("covered")
    opened = part(device=cache.device, captures=(capture(shot),))
    cache.add_pictures(opened, {0: shot})
    new = capture(covered)
    cache.amend(
        amendment(
            Redact((RedactedPicture(opened.part_id, 0, new.sha256, new.thumbnail_sha256, 1000),)),
            device=cache.device,
        ),
        pictures={(opened.part_id, 0): covered},
    )

    cache.save_open(opened)
    cache.seal(opened)

    kept = cache.part(opened.part_id)
    assert kept is not None
    assert [shot.sha256 for shot in kept.captures] == [""]
    assert [shot.capture.sha256 for shot in cache.pictures([opened.part_id])] == [new.sha256]


def test_r6_dropping_a_snapshot_leaves_the_screenshot(cache: Cache) -> None:
    screen, face = picture("screen"), picture("face")
    sealed = part(device=cache.device, captures=(capture(screen), capture(face, role=Role.CAMERA)))
    cache.add_pictures(sealed, {0: screen, 1: face})
    cache.seal(sealed)

    cache.amend(amendment(DropSnapshot((sealed.part_id,)), device=cache.device))

    assert [shot.capture.role for shot in cache.pictures([sealed.part_id])] == [Role.SCREEN]
    assert cache.part(sealed.part_id) == replace(sealed, captures=sealed.captures[:1])


# --- other amendments -----------------------------------------------------------------


def test_an_amendment_changes_its_segments_and_a_revocation_restores_them(cache: Cache) -> None:
    cache.seal(part(device=cache.device))
    change = amendment(
        Describe((Key(SLOT, ACME.contract_id),), memo="review"), device=cache.device, at=NINE + HOUR
    )
    cache.amend(change)
    cache.amend(change)
    assert [row.segment.memo for row in cache.segments(NINE, NINE + HOUR)] == ["review"]

    undo = amendment(
        Revoke((change.amendment_id,)), device=cache.device, at=NINE + 2 * HOUR, number=2
    )
    cache.amend(undo)

    assert [row.segment.memo for row in cache.segments(NINE, NINE + HOUR)] == ["fixing bug"]
    assert cache.amendments() == [undo, change]
    assert cache.amendments(limit=1) == [undo]
    assert cache.amendment(change.amendment_id) == change
    assert cache.amendment(part(device=cache.device).part_id) is None  # type: ignore[arg-type]  # no such id


def test_another_amendment_with_the_same_id_is_a_conflict(cache: Cache) -> None:
    keys = (Key(SLOT, ACME.contract_id),)
    cache.amend(amendment(Describe(keys, memo="one"), device=cache.device))

    with pytest.raises(ConflictError):
        cache.amend(amendment(Describe(keys, memo="two"), device=cache.device))


def test_manual_time_is_a_segment_of_its_own(cache: Cache) -> None:
    change = Manual(ACME.contract_id, (ManualSpan(SLOT),), memo="call")

    cache.amend(amendment(change, device=cache.device))

    (row,) = cache.segments(NINE, NINE + HOUR)
    assert (row.segment.origin, row.segment.memo, row.bill.seconds) == (Origin.MANUAL, "call", 600)


def test_a_move_takes_the_segment_to_the_other_contract(cache: Cache) -> None:
    cache.save_contract(ZETA, at=NINE)
    moved = part(device=cache.device)
    cache.seal(moved)
    key = Key(SLOT, ACME.contract_id)

    cache.amend(
        amendment(Move(ZETA.contract_id, (moved.part_id,), sources=(key,)), device=cache.device)
    )

    (row,) = cache.segments(NINE, NINE + HOUR, contract=ZETA.contract_id)
    assert row.bill.reason is Reason.BILLED
    (left,) = cache.segments(NINE, NINE + HOUR, contract=ACME.contract_id)
    assert "moved" in left.segment.marks


def test_stamps_always_grow(cache: Cache) -> None:
    stamps = [cache.stamp(NINE), cache.stamp(NINE), cache.stamp(NINE - HOUR)]
    cache.amend(amendment(Describe((), memo="x"), device=cache.device, at=NINE + DAY))
    stamps.append(cache.stamp(NINE))

    assert stamps == sorted(set(stamps))
    assert stamps[-1] > Stamp(stamps[0].milliseconds + DAY // timedelta(milliseconds=1))


# --- the diary ------------------------------------------------------------------------


def test_segments_are_those_whose_slot_starts_in_the_range(cache: Cache) -> None:
    for number in range(3):
        slot = Slot(SLOT.index + number)
        cache.seal(part(number + 1, slot=slot, device=cache.device))

    found = cache.segments(NINE + MINUTE, NINE + 20 * MINUTE)

    assert [row.segment.key.slot for row in found] == [Slot(SLOT.index + 1)]


def test_recent_segments_come_oldest_first(cache: Cache) -> None:
    for number in range(3):
        slot = Slot(SLOT.index + number)
        cache.seal(part(number + 1, slot=slot, device=cache.device))

    wanted = [Key(Slot(SLOT.index + n), ACME.contract_id) for n in (1, 2)]
    assert cache.recent(2) == wanted
    assert cache.recent(2, contract=ACME.contract_id) == wanted
    assert cache.recent(2, contract=ZETA.contract_id) == []
    assert cache.recent(0) == []


def test_recent_memos_come_newest_first_and_once(cache: Cache) -> None:
    for number, memo in enumerate(["plan", "code", "plan", ""]):
        slot = Slot(SLOT.index + number)
        cache.seal(part(number + 1, slot=slot, device=cache.device, memo=memo))
    cache.save_session(replace(session(started=NINE + HOUR), memo="now"))

    assert cache.recent_memos(ACME.contract_id, limit=5) == ["now", "plan", "code"]
    assert cache.recent_memos(ACME.contract_id, limit=1) == ["now"]
    assert cache.recent_memos(ZETA.contract_id, limit=5) == []


def test_material_has_open_and_sealed_parts_and_what_touches_them(cache: Cache) -> None:
    sealed, opened = part(1, device=cache.device), part(2, device=cache.device)
    cache.seal(sealed)
    cache.save_open(opened)
    cache.seal(part(3, slot=Slot(SLOT.index + 1), device=cache.device))
    change = amendment(Describe((Key(SLOT, ACME.contract_id),), memo="review"), device=cache.device)
    undo = amendment(Revoke((change.amendment_id,)), device=cache.device, at=NINE + HOUR, number=2)
    elsewhere = amendment(
        Describe((Key(Slot(0), ACME.contract_id),), memo="other"), device=cache.device, number=3
    )
    for made in (undo, change, elsewhere):
        cache.amend(made)

    assert cache.material(SLOT) == ([sealed, opened], [change, undo])


# --- this installation ----------------------------------------------------------------


def test_facts_are_remembered(cache: Cache) -> None:
    assert cache.remembered("consent") is None

    cache.remember("consent", "yes")
    cache.remember("consent", "no")

    assert cache.remembered("consent") == "no"


def test_words_with_broken_characters_do_not_stop_the_seal(cache: Cache) -> None:
    """A shell may hand over bytes that are no UTF-8; Python makes lone surrogates of them."""
    broken = part(device=cache.device, memo="caf\udce9")

    cache.seal(broken)
    cache.seal(broken)

    assert len(cache.segments(NINE, NINE + HOUR)) == 1
