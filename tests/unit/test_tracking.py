"""Choosing a contract, starting, and steering a tracker in another process (R12, F72)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.fake_cache import (
    InMemoryCache,
    InMemoryMailbox,
    InMemoryTrackerLock,
    LockRoom,
)
from tests.support.fakes import FakeChance, FakeClock, seconds, utc
from worklog.app.ports import Mailbox
from worklog.app.tracking import LAST_CONTRACT, PATIENCE, Plan, Tracking, choices
from worklog.domain.contract import Contract, Terms
from worklog.domain.ids import ContractId, SessionId
from worklog.domain.session import Ending, Session
from worklog.errors import (
    CacheBusyError,
    ConflictError,
    NotFoundError,
    NotTrackingError,
    UsageError,
)

NOW = utc("2026-11-19 10:00")
ACME = Contract(ContractId("c-acme"), "acme", labels=("dev", "review"))
GLOBEX = Contract(ContractId("c-globex"), "Globex", terms=(Terms(memo_required=True),))
RUNNING = Session(SessionId("s1"), ACME.contract_id, NOW - timedelta(hours=1), memo="fix", pid=4711)


class BusyAtFirst(InMemoryCache):
    """Is busy the first times that somebody asks for the running session while it counts."""

    busy = 0

    def running_session(self) -> Session | None:
        if self.busy:
            self.busy -= 1
            msg = "busy"
            raise CacheBusyError(msg)
        return super().running_session()


@dataclass
class Desk:
    """The use cases on fakes, with a tracker in "another process" or without one."""

    cache: BusyAtFirst = field(default_factory=lambda: BusyAtFirst(ACME, GLOBEX))
    room: LockRoom = field(default_factory=LockRoom)

    def __post_init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.mailbox = InMemoryMailbox()
        mailbox: Mailbox = self.mailbox
        lock = InMemoryTrackerLock(self.room)
        self.tracking = Tracking(self.cache, mailbox, lock, self.clock, FakeChance())

    def run(self, session: Session = RUNNING) -> None:
        self.cache.save_session(session)
        self.room.holder = session.pid

    def end(self) -> None:
        """What a tracker does when it was told to stop."""
        session = self.cache.running_session()
        assert session is not None
        self.cache.save_session(replace(session, ended=self.clock.now(), ending=Ending.STOP))
        self.room.holder = None

    @property
    def letters(self) -> list[tuple[str, str]]:
        return [(letter.command, letter.argument) for letter in self.mailbox.take()]


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- Contracts --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["acme", "ACME", "ac"])
def test_case_and_unfinished_names_do_where_they_are_clear(desk: Desk, name: str) -> None:
    assert desk.tracking.contract(name) == ACME


def test_an_exact_name_wins_over_one_that_differs_in_case(desk: Desk) -> None:
    other = Contract(ContractId("c-2"), "Acme")
    desk.cache.save_contract(other, at=NOW)

    assert desk.tracking.contract("acme") == ACME
    assert desk.tracking.contract("Acme") == other
    with pytest.raises(NotFoundError):
        desk.tracking.contract("ACME")


def test_an_unknown_contract_is_refused_with_the_nearest_names(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="no contract called 'acmee'") as caught:
        desk.tracking.contract("acmee")
    assert caught.value.hint == "Did you mean acme?"


def test_a_name_near_to_nothing_is_answered_with_all_names(desk: Desk) -> None:
    with pytest.raises(NotFoundError) as caught:
        desk.tracking.contract("xyzzy")
    assert caught.value.hint == "Did you mean Globex or acme?"


def test_without_any_contract_the_hint_says_how_to_add_one() -> None:
    with pytest.raises(NotFoundError) as caught:
        Desk(BusyAtFirst()).tracking.contract("acme")
    assert caught.value.hint == "worklog contract add NAME adds one."


def test_an_archived_contract_is_no_choice(desk: Desk) -> None:
    desk.cache.save_contract(replace(ACME, is_archived=True), at=NOW)

    with pytest.raises(NotFoundError):
        desk.tracking.contract("acme")
    assert desk.tracking.default_contract() == GLOBEX
    assert choices(desk.cache.contracts()) == "Globex"


def test_the_contract_used_last_is_the_default_and_several_need_a_choice(desk: Desk) -> None:
    assert desk.tracking.default_contract() is None

    desk.cache.remember(LAST_CONTRACT, GLOBEX.contract_id)
    assert desk.tracking.default_contract() == GLOBEX


def test_a_contract_is_found_by_its_id_or_is_gone(desk: Desk) -> None:
    assert desk.tracking.by_id("c-acme") == ACME
    assert desk.tracking.by_id("c-nowhere") is None


def test_a_new_user_gets_a_contract_with_the_zones_own_week() -> None:
    desk = Desk(BusyAtFirst())

    made = desk.tracking.first_contract(ZoneInfo("Asia/Tokyo"))

    assert desk.cache.contracts() == [made]
    assert made.name == "work"
    assert (made.terms[0].week_start, made.terms[0].week_hour) == (6, 15)


# --- Starting (R12) ---------------------------------------------------------------------


def test_a_session_begins_now_and_its_contract_is_remembered(desk: Desk) -> None:
    session = desk.tracking.session(Plan(ACME, "fix", "dev"), pid=7, boot="b")

    assert session == Session(
        session.session_id, ACME.contract_id, NOW, None, None, "fix", "dev", 7, "b"
    )
    assert desk.cache.remembered(LAST_CONTRACT) == "c-acme"
    assert desk.cache.running_session() is None


def test_the_choice_is_not_written_again(desk: Desk) -> None:
    desk.cache.remember(LAST_CONTRACT, "c-acme")
    desk.cache.failure = CacheBusyError("nobody may write")

    desk.tracking.session(Plan(ACME), pid=7, boot="b")

    assert desk.cache.remembered(LAST_CONTRACT) == "c-acme"


def test_r12_what_a_contract_requires_is_named(desk: Desk) -> None:
    strict = replace(ACME, terms=(Terms(memo_required=True, label_required=True),))

    assert desk.tracking.missing(Plan(strict)) == ["memo", "label"]
    assert desk.tracking.missing(Plan(strict, "fix", "dev")) == []
    with pytest.raises(UsageError, match="acme requires a memo") as caught:
        desk.tracking.require(Plan(strict, label="dev"))
    assert caught.value.hint == "Give it with --memo."
    with pytest.raises(UsageError, match="requires a label") as caught:
        desk.tracking.require(Plan(strict, "fix"))
    assert caught.value.hint == "Give it with --label. Choose from: dev, review."


def test_r12_a_label_that_is_required_may_be_any_where_none_are_listed(desk: Desk) -> None:
    free = replace(ACME, labels=(), terms=(Terms(label_required=True),))

    desk.tracking.require(Plan(free, label="anything"))
    with pytest.raises(UsageError) as caught:
        desk.tracking.require(Plan(free))
    assert caught.value.hint == "Give it with --label."


def test_a_label_that_the_contract_does_not_have_is_not_missing_but_wrong(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="no label 'revue'") as caught:
        desk.tracking.missing(Plan(ACME, label="revue"))
    assert caught.value.hint == "Did you mean review?"


# --- Steering ---------------------------------------------------------------------------


@pytest.mark.parametrize("left", ["nothing", "session", "lock"])
def test_nothing_is_asked_of_a_tracker_that_does_not_run(desk: Desk, left: str) -> None:
    """A session without a lock is what a crash leaves; a lock without one is a start."""
    if left == "session":
        desk.cache.save_session(RUNNING)
    if left == "lock":
        desk.room.holder = 4711

    with pytest.raises(NotTrackingError):
        desk.tracking.post("pause")
    assert desk.letters == []


def test_a_request_is_a_letter_of_now(desk: Desk) -> None:
    desk.run()

    assert desk.tracking.post("pause") == RUNNING
    assert [(letter.command, letter.at) for letter in desk.mailbox.take()] == [("pause", NOW)]


def test_memo_and_label_are_two_letters_and_the_session_as_it_will_be(desk: Desk) -> None:
    desk.run()

    assert desk.tracking.describe(memo="call") == replace(RUNNING, memo="call")
    assert desk.tracking.describe(label="review") == replace(RUNNING, label="review")
    assert desk.tracking.describe(label="") == replace(RUNNING, label="")
    assert desk.letters == [("memo", "call"), ("label", "review"), ("label", "")]


def test_an_unknown_label_sends_neither_label_nor_memo(desk: Desk) -> None:
    desk.run()

    with pytest.raises(NotFoundError):
        desk.tracking.describe(memo="call", label="nope")
    assert desk.letters == []


def test_a_label_of_a_contract_that_is_gone_is_taken_as_it_is(desk: Desk) -> None:
    desk.run(replace(RUNNING, contract=ContractId("c-gone")))

    desk.tracking.describe(label="any")

    assert desk.letters == [("label", "any")]


def test_stop_returns_the_session_when_it_is_over(desk: Desk) -> None:
    desk.run()
    desk.clock.after(seconds(2), desk.end)

    stopped = desk.tracking.stop()

    assert (stopped.ending, stopped.ended) == (Ending.STOP, NOW + seconds(2))
    assert desk.letters == [("stop", "")]


def test_stop_waits_through_a_busy_cache(desk: Desk) -> None:
    desk.run()
    desk.clock.after(seconds(1), desk.end)
    desk.clock.after(seconds(0.5), lambda: setattr(desk.cache, "busy", 3))

    assert desk.tracking.stop().ending is Ending.STOP


def test_stop_at_a_later_time_does_not_wait(desk: Desk) -> None:
    desk.run()
    later = NOW + timedelta(hours=1)

    assert desk.tracking.stop(later) == RUNNING
    assert desk.letters == [("stop", later.isoformat())]


def test_stop_at_an_earlier_time_waits_and_names_it(desk: Desk) -> None:
    desk.run()
    desk.clock.after(seconds(1), desk.end)
    earlier = NOW - timedelta(minutes=10)

    assert desk.tracking.stop(earlier).ended is not None
    assert desk.letters == [("stop", earlier.isoformat())]


def test_stop_of_a_session_that_vanished_returns_it_as_it_was(desk: Desk) -> None:
    desk.run()
    other = replace(RUNNING, session_id=SessionId("s2"), started=NOW + timedelta(days=9))

    def replaced() -> None:
        desk.cache._sessions.clear()
        desk.cache.save_session(other)

    desk.clock.after(seconds(1), replaced)

    assert desk.tracking.stop() == RUNNING


def test_f72_a_tracker_that_does_not_answer_is_named_after_five_seconds(desk: Desk) -> None:
    desk.run()

    with pytest.raises(CacheBusyError, match=r"pid 4711.* does not answer") as caught:
        desk.tracking.stop()
    assert "worklog stop --force" in (caught.value.hint or "")
    assert desk.clock.now() - NOW <= PATIENCE + seconds(1)


def test_a_session_nobody_has_kept_is_waited_for_in_vain(desk: Desk) -> None:
    """The running session goes without a last one: a cache made anew beside us."""
    desk.run()
    desk.clock.after(seconds(1), desk.cache._sessions.clear)

    with pytest.raises(CacheBusyError):
        desk.tracking.stop()


def test_switch_returns_the_new_session(desk: Desk) -> None:
    desk.run()
    new = replace(
        RUNNING, session_id=SessionId("s2"), contract=GLOBEX.contract_id, started=NOW, memo="call"
    )

    def switched() -> None:
        desk.end()
        desk.run(new)

    desk.clock.after(seconds(1), switched)

    assert desk.tracking.switch(Plan(GLOBEX, "call")) == new
    assert desk.letters == [("switch", "c-globex\ncall\n")]
    assert desk.cache.remembered(LAST_CONTRACT) == "c-globex"


def test_switch_to_the_same_contract_says_what_helps(desk: Desk) -> None:
    desk.run()

    with pytest.raises(ConflictError, match="being tracked already"):
        desk.tracking.switch(Plan(ACME, "other"))
    assert desk.letters == []


def test_r12_switch_asks_for_what_the_new_contract_requires(desk: Desk) -> None:
    desk.run()

    with pytest.raises(UsageError, match="Globex requires a memo"):
        desk.tracking.switch(Plan(GLOBEX))
    assert desk.letters == []


def test_a_killed_trackers_lock_is_awaited(desk: Desk) -> None:
    desk.run()
    desk.clock.after(seconds(1), lambda: setattr(desk.room, "holder", None))

    desk.tracking.await_free_lock()

    assert desk.clock.now() - NOW < seconds(1.2)


def test_a_process_that_does_not_die_is_named(desk: Desk) -> None:
    desk.run()

    with pytest.raises(CacheBusyError, match="pid 4711"):
        desk.tracking.await_free_lock()


def test_stop_looks_again_and_again_at_what_it_waits_for(desk: Desk) -> None:
    desk.run()
    looks: list[int] = []
    desk.clock.after(seconds(1), desk.end)

    desk.tracking.stop(while_waiting=lambda: looks.append(1))

    assert len(looks) > 10
