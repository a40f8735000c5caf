"""The loop on fakes: what a day at the machine becomes (R1-R13)."""

from datetime import timedelta

import pytest

from tests.support.fake_cache import InMemoryMailbox
from tests.support.fake_capture import FakeScreen, frame
from tests.support.fakes import Someday, seconds, utc
from tests.support.workday import GLOBEX, MORNING, Workday
from worklog.app.capture_desk import Taste
from worklog.app.idle import IdleAction
from worklog.app.ports import Box, Presence, Window
from worklog.app.recovery import last_known
from worklog.app.surroundings import Habits
from worklog.domain.amendment import Delete, Redact
from worklog.domain.grid import Slot
from worklog.domain.part import CaptureState, ClockState, Span
from worklog.domain.session import Ending
from worklog.errors import CacheBusyError, CacheUnwritableError, CaptureDeniedError

MINUTE = timedelta(minutes=1)
FULL = CacheUnwritableError("The disk is full.")


def spans(day: Workday) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    """Start of the slot and tracked seconds, of every sealed part."""
    return [
        (f"{part.slot.start:%H:%M}", tuple((span.start, span.end) for span in part.spans))
        for part in day.sealed
    ]


# --- Time (R1, R2) ----------------------------------------------------------------------


def test_an_hour_is_six_whole_segments() -> None:
    day = Workday().begin()
    day.work(timedelta(hours=1), every=seconds(20))
    day.stop()

    whole = ((0, 600),)
    assert spans(day)[:6] == [(f"10:{minute:02}", whole) for minute in range(0, 60, 10)]
    assert [part.activity.level for part in day.sealed[:6]] == [10] * 6
    assert day.session.ending is Ending.STOP


def test_time_is_conserved_over_slots_and_pauses() -> None:
    """Tracked seconds and gaps add up to the session (N3)."""
    day = Workday(start=utc("2026-11-19 10:07:31")).begin()
    day.work(timedelta(minutes=7))
    day.post("pause")
    day.work(timedelta(minutes=11))
    day.post("resume")
    day.work(timedelta(minutes=14), every=seconds(30))
    day.stop()

    tracked = sum(part.tracked_seconds for part in day.sealed)
    gaps = sum(
        (gap.end - gap.start for gap in day.cache.gaps(MORNING, MORNING + timedelta(days=1))),
        timedelta(0),
    )
    assert day.session.ended is not None
    whole = day.session.ended - day.session.started
    assert abs(seconds(tracked) + gaps - whole) <= seconds(len(day.sealed) + 2)


def test_a_part_stores_zone_and_offset_of_the_device() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.stop()

    assert (day.sealed[0].zone, day.sealed[0].utc_offset) == ("Europe/Berlin", 3600)


def test_a_pause_does_not_seal() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(2 * MINUTE)
    day.post("resume")
    day.work(MINUTE)
    day.stop()

    assert len(day.sealed) == 1
    (first, second) = day.sealed[0].spans
    assert first.start == 0
    assert second.start - first.end == pytest.approx(120, abs=2)


def test_a_pause_over_the_slot_end_seals_there_and_opens_nothing_meanwhile() -> None:
    day = Workday().begin()
    day.work(9 * MINUTE)
    day.post("pause")
    day.work(15 * MINUTE)

    assert [f"{part.slot.start:%H:%M}" for part in day.sealed] == ["10:00"]
    assert day.cache.open_parts() == []


def test_f28_a_clock_step_seals_and_opens_anew() -> None:
    day = Workday().begin()
    day.work(2 * MINUTE)
    day.clock.set_wall(day.clock.now() + timedelta(hours=2))
    day.work(2 * MINUTE)
    day.stop()

    before, after = day.sealed
    assert (before.slot.start, after.slot.start) == (MORNING, MORNING + timedelta(hours=2))
    assert (before.clock, after.clock) == (ClockState.STEPPED, ClockState.STEPPED)
    assert before.tracked_seconds + after.tracked_seconds == pytest.approx(240, abs=3)


def test_f29_a_clock_set_back_doubles_no_second() -> None:
    day = Workday().begin()
    day.work(4 * MINUTE)
    day.clock.set_wall(day.clock.now() - 2 * MINUTE)
    day.work(4 * MINUTE)
    day.stop()

    (row,) = day.cache.segments(MORNING, MORNING + timedelta(hours=1))
    assert row.segment.tracked_seconds == pytest.approx(360, abs=3)


def test_f30_time_before_the_clock_was_set_is_placed_when_it_is() -> None:
    day = Workday(start=utc("1970-01-01 00:05")).begin()
    day.work(12 * MINUTE)
    assert day.sealed == []

    day.clock.set_wall(MORNING)
    day.work(MINUTE)
    day.stop()

    assert day.session.started == pytest.approx(MORNING - 12 * MINUTE, abs=seconds(2))
    assert sum(part.tracked_seconds for part in day.sealed) == pytest.approx(780, abs=4)
    assert all(box is None for part in day.sealed[:2] for box in part.activity.active)


def test_f31_suspend_is_never_worked_time() -> None:
    day = Workday().begin()
    day.work(3 * MINUTE, every=seconds(10))
    day.clock.suspend(timedelta(hours=8))
    day.work(5 * MINUTE)

    assert [part.tracked_seconds for part in day.sealed] == [180]
    assert day.watcher.last is not None
    assert day.watcher.last.pause == "suspend"


def test_f31_input_after_suspend_does_not_resume_but_resume_does() -> None:
    day = Workday().begin()
    day.work(3 * MINUTE, every=seconds(10))
    day.clock.suspend(timedelta(hours=1))
    day.work(5 * MINUTE, every=seconds(10))
    day.post("resume")
    day.work(2 * MINUTE)
    day.stop()

    assert [part.tracked_seconds for part in day.sealed] == [180, pytest.approx(120, abs=2)]
    (gap,) = day.cache.gaps(MORNING, MORNING + timedelta(days=1))
    assert gap.reason == "suspend"


def test_f31_no_capture_of_before_is_caught_up_with_after_a_suspend() -> None:
    day = Workday().begin()
    day.work(3 * MINUTE)
    day.clock.suspend(timedelta(hours=1))
    day.work(5 * MINUTE)

    assert day.screen is not None
    assert day.screen.grabs == 0


def test_f07_a_frozen_process_leaves_a_gap_and_goes_on() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.clock.advance(timedelta(minutes=30))
    day.work(MINUTE)
    day.stop()

    (gap,) = day.cache.gaps(MORNING, MORNING + timedelta(days=1))
    assert gap.reason == "frozen"
    assert sum(part.tracked_seconds for part in day.sealed) == pytest.approx(120, abs=2)


def test_until_ends_the_session_on_the_second() -> None:
    day = Workday(habits=Habits(until=MORNING + seconds(90))).begin()
    day.work(5 * MINUTE)

    assert day.tracker.is_over
    assert spans(day) == [("10:00", ((0, 90),))]
    assert (day.session.ending, day.session.ended) == (Ending.TIME_UP, MORNING + seconds(90))


# --- Captures (R3, R5, R20) ----------------------------------------------------------------


def test_each_slot_has_one_capture_at_its_drawn_moment() -> None:
    day = Workday(share=0.25).begin()
    day.work(timedelta(minutes=30), every=seconds(60))

    taken = [part.captures[0].taken_at - part.slot.start for part in day.sealed]
    assert taken == [seconds(150)] * 3
    assert [part.application for part in day.sealed] == ["Editor"] * 3


def test_a_capture_lies_before_the_known_end() -> None:
    day = Workday(habits=Habits(until=MORNING + seconds(90)), share=0.99).begin()
    day.work(5 * MINUTE)

    assert day.sealed[0].captures[0].taken_at < MORNING + seconds(90)


def test_stop_takes_the_picture_that_is_still_to_come() -> None:
    day = Workday(share=0.9).begin()
    day.work(MINUTE)
    day.stop()

    assert day.sealed[0].captures[0].state is CaptureState.TAKEN


@pytest.mark.parametrize(
    ("command", "argument"),
    [("stop", " no-capture"), ("switch", f"{GLOBEX.contract_id}\n\n\nno-capture")],
)
def test_stop_and_switch_leave_the_picture_out_where_asked_to(command: str, argument: str) -> None:
    day = Workday(share=0.9).begin()
    day.work(MINUTE)
    day.post(command, argument)
    day.work(seconds(1))

    assert day.sealed[0].captures == ()


def test_a_stop_at_no_time_is_said_and_ignored() -> None:
    day = Workday().begin()
    day.post("stop", "noon")
    day.work(seconds(2))

    assert not day.tracker.is_over
    assert "warning" in day.watcher.kinds


@pytest.mark.parametrize("ending", [Ending.SIGNAL, Ending.HANG_UP])
def test_logout_and_hang_up_never_capture(ending: Ending) -> None:
    day = Workday(share=0.9).begin()
    day.work(MINUTE)
    day.tracker.request_stop(ending, takes_capture=False)
    day.work(seconds(1))

    assert day.sealed[0].captures == ()
    assert day.session.ending is ending


def test_a_restart_in_the_same_slot_takes_no_second_picture() -> None:
    day = Workday(share=0.1).begin()
    day.work(2 * MINUTE)
    day.stop()
    day.begin()
    day.work(2 * MINUTE)
    day.stop()

    assert [len(part.captures) for part in day.sealed] == [1, 0]


def test_a_capture_that_a_pause_passed_over_is_drawn_anew() -> None:
    day = Workday(share=0.2).begin()
    day.work(MINUTE)
    day.post("pause")
    day.work(3 * MINUTE)
    day.post("resume")
    day.work(5 * MINUTE)

    assert day.watcher.last is not None
    assert day.watcher.last.capture is not None
    assert day.watcher.last.capture.taken_at > MORNING + 4 * MINUTE


def test_without_a_display_time_goes_on_and_the_segment_says_why() -> None:
    """F40: told once, marked every time."""
    day = Workday(screen=FakeScreen(reason="no DISPLAY")).begin()
    day.work(timedelta(minutes=30), every=seconds(60))

    assert [part.captures[0].state for part in day.sealed] == [CaptureState.NO_DISPLAY] * 3
    assert [notice.tag for notice in day.notify.shown] == ["capture-no-display"]


def test_f47_a_permission_that_is_withdrawn_and_given_again_costs_pictures_and_nothing_else() -> (
    None
):
    """Told once, marked every time; counts and time go on, and so do pictures once they may."""
    screen = FakeScreen()
    day = Workday(screen=screen).begin()
    day.work(timedelta(minutes=10), every=seconds(60))
    screen.error = CaptureDeniedError("Screen recording is not permitted.")
    day.work(timedelta(minutes=20), every=seconds(60))
    screen.error = None
    day.work(timedelta(minutes=10), every=seconds(60))

    assert [part.captures[0].state for part in day.sealed] == [
        CaptureState.TAKEN,
        CaptureState.DENIED,
        CaptureState.DENIED,
        CaptureState.TAKEN,
    ]
    assert [part.tracked_seconds for part in day.sealed] == [600] * 4
    assert [part.activity.level for part in day.sealed] == [10] * 4
    assert [n.tag for n in day.notify.shown if n.tag.startswith("capture-")] == ["capture-denied"]


def test_f46_black_pictures_are_told_once_marked_every_time_and_cost_no_time() -> None:
    day = Workday(screen=FakeScreen((frame(0, Box(0, 0, 64, 48), colour=0),))).begin()
    day.work(timedelta(minutes=30), every=seconds(60))

    assert [part.captures[0].state for part in day.sealed] == [CaptureState.BLANK] * 3
    assert [part.tracked_seconds for part in day.sealed] == [600] * 3
    assert [part.activity.level for part in day.sealed] == [10] * 3
    assert [n.tag for n in day.notify.shown if n.tag.startswith("capture-")] == ["capture-blank"]


def test_a_withheld_capture_is_tried_once_more_in_the_slot() -> None:
    day = Workday(share=0.2)
    day.windows.windows = (Window("KeePassXC", "Passwords"),)
    day.begin()
    day.at(timedelta(minutes=3), lambda: setattr(day.windows, "windows", (Window("Editor", "a"),)))
    day.work(timedelta(minutes=10))

    assert day.sealed[0].captures[0].state is CaptureState.TAKEN


def test_a_slow_capture_is_awaited_at_the_slot_end() -> None:
    work = Someday()
    day = Workday(executor=work, share=0.99).begin()
    day.work(timedelta(minutes=9, seconds=58))
    work.work()
    day.work(seconds(4))

    assert day.sealed[0].captures[0].state is CaptureState.TAKEN


def test_f12_a_full_disk_keeps_the_counts() -> None:
    day = Workday(share=0.2).begin()
    day.work(MINUTE, every=seconds(10))
    day.cache.failure = FULL
    day.work(timedelta(minutes=20), every=seconds(10))
    assert day.watcher.last is not None
    assert "The disk is full." in day.watcher.last.warnings

    day.cache.failure = None
    day.work(timedelta(minutes=9), every=seconds(10))

    assert [part.activity.level for part in day.sealed] == [10, 10, 10]
    assert sum(kind == "warning" for kind in day.watcher.kinds) == 1


def test_a_capture_is_told_after_it_is_kept() -> None:
    """N1: what is told is there."""
    day = Workday(share=0.2).begin()
    day.work(timedelta(minutes=3))

    (told,) = [event for event in day.watcher.events if event.kind == "captured"]
    (stored,) = day.cache.pictures([day.desk.last_part])  # type: ignore[list-item]
    assert told.facts["sha256"] == stored.capture.sha256
    assert stored.file in day.cache.files


def test_discard_in_the_notification_deletes_the_open_slot() -> None:
    """R20, R28: its pixels, counts and title go, and the rest of the slot does not bill."""
    day = Workday(share=0.2).begin()
    day.work(timedelta(minutes=3), every=seconds(10))
    day.notify.press(day.desk.last_part or "", "discard")
    day.work(timedelta(minutes=8), every=seconds(10))

    (deleted, *_) = day.sealed
    assert deleted.is_erased
    assert (deleted.captures, deleted.title, deleted.activity.level) == ((), None, 0)
    assert day.cache.files == {}
    (row,) = day.cache.segments(MORNING, MORNING + timedelta(minutes=10))
    assert row.segment.is_deleted


def test_discard_of_a_sealed_segment_deletes_that_one() -> None:
    day = Workday(share=0.2).begin()
    day.work(timedelta(minutes=11), every=seconds(10))
    day.notify.press(day.sealed[0].part_id, "discard")
    day.work(seconds(2))

    assert day.sealed[0].is_erased
    assert isinstance(day.cache.amendments()[0].change, Delete)


def test_redact_in_the_notification_covers_the_picture_whole() -> None:
    day = Workday(share=0.2).begin()
    day.work(timedelta(minutes=3))
    day.post("redact")
    day.work(seconds(2))

    change = day.cache.amendments()[0].change
    assert isinstance(change, Redact)
    assert change.pictures[0].permille == 1000


def test_a_deletion_by_another_process_is_seen_by_the_tracker() -> None:
    day = Workday(share=0.2).begin()
    day.work(timedelta(minutes=3))
    (part,) = day.cache.open_parts()
    from tests.support.fakes import FakeChance  # noqa: PLC0415
    from worklog.app.editing import Editing  # noqa: PLC0415
    from worklog.app.figures import diary_rows  # noqa: PLC0415

    Editing(day.cache, day.clock, FakeChance(0.3)).delete(
        diary_rows(day.cache, MORNING, MORNING + timedelta(minutes=10))
    )
    day.work(seconds(3))
    day.stop()

    assert part.part_id == day.sealed[0].part_id
    assert day.sealed[0].is_erased


# --- Words (R10, R11) -------------------------------------------------------------------------


def test_a_memo_holds_from_the_moment_it_was_sent() -> None:
    day = Workday().begin()
    day.work(seconds(40))
    day.post("memo", "call")
    day.work(seconds(20))
    day.stop()

    assert day.sealed[0].spans[:2] == (
        Span(0, 40, "fix"),
        Span(40, day.sealed[0].spans[1].end, "call"),
    )


def test_a_reminder_comes_after_an_hour_without_a_new_memo() -> None:
    day = Workday(habits=Habits(idle_after=timedelta(0))).begin()
    day.work(timedelta(minutes=59))
    assert "reminder" not in day.watcher.kinds

    day.work(timedelta(minutes=62))
    assert day.watcher.kinds.count("reminder") == 2


def test_switch_begins_without_the_old_words_and_takes_the_capture() -> None:
    day = Workday(share=0.9).begin()
    day.work(3 * MINUTE)
    day.post("switch", f"{GLOBEX.contract_id}\nstandup\n")
    day.work(3 * MINUTE)
    day.stop()

    first, second = day.sealed
    assert (first.contract, second.contract) == ("c-acme", "c-globex")
    assert first.captures[0].state is CaptureState.TAKEN
    assert [span.memo for span in second.spans] == ["standup"]
    assert [s.ending for s in day.cache.sessions(MORNING, MORNING + timedelta(hours=1))] == [
        Ending.SWITCH,
        Ending.STOP,
    ]


def test_a_switch_to_a_contract_that_is_gone_changes_nothing() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("switch", "c-nowhere\n\n")
    day.work(MINUTE)

    assert day.session.contract == "c-acme"
    assert "warning" in day.watcher.kinds


# --- Input, idle, people (R7-R9, R13) ------------------------------------------------------------


def test_no_input_is_zero_and_no_listener_is_unknown() -> None:
    quiet = Workday(habits=Habits(idle_after=timedelta(0))).begin()
    quiet.work(timedelta(minutes=10))
    deaf = Workday(input=None).begin()
    deaf.work(timedelta(minutes=10))

    assert quiet.sealed[0].activity.active == (False,) * 10
    assert deaf.sealed[0].activity.active == (None,) * 10


def test_f41_a_display_that_comes_back_is_listened_to_within_ten_seconds() -> None:
    day = Workday().begin()
    assert day.input is not None
    day.work(MINUTE, every=seconds(10))
    day.input.is_dead_for_good = True
    day.input.die()
    day.work(2 * MINUTE)
    day.input.is_dead_for_good = False
    day.work(seconds(10))
    assert day.input.read().is_alive

    day.work(timedelta(minutes=3), every=seconds(10))
    day.stop()
    active = day.sealed[0].activity.active
    assert (active[0], active[1], active[2], active[5]) == (True, None, None, True)


def test_ten_minutes_without_input_pause_and_input_resumes() -> None:
    """F71: a tracker that nobody stopped does not go on for ever."""
    day = Workday().begin()
    day.work(timedelta(minutes=12))
    assert day.watcher.last is not None
    assert day.watcher.last.pause == "idle"

    day.work(timedelta(minutes=5), every=seconds(10))
    day.stop()
    (gap,) = day.cache.gaps(MORNING, MORNING + timedelta(days=1))
    assert (gap.reason, gap.start) == ("idle", MORNING + timedelta(minutes=10))
    assert day.watcher.kinds.count("resumed") == 1


def test_input_after_half_an_hour_does_not_resume() -> None:
    day = Workday().begin()
    day.work(timedelta(minutes=42))
    day.work(timedelta(minutes=5), every=seconds(10))

    assert "resumed" not in day.watcher.kinds


def test_idle_can_stop_or_be_let_be() -> None:
    stops = Workday(habits=Habits(idle_action=IdleAction.STOP)).begin()
    stops.work(timedelta(minutes=12))
    keeps = Workday(habits=Habits(idle_action=IdleAction.KEEP)).begin()
    keeps.work(timedelta(minutes=12))

    assert stops.session.ending is Ending.IDLE
    assert not keeps.tracker.is_over
    assert "paused" not in keeps.watcher.kinds


def test_without_known_input_nothing_is_idle() -> None:
    day = Workday(input=None).begin()
    day.work(timedelta(hours=2))

    assert "paused" not in day.watcher.kinds


def test_f45_a_locked_screen_pauses_from_its_first_second() -> None:
    day = Workday(share=0.9).begin()
    day.work(MINUTE, every=seconds(10))
    day.presence.state = Presence.LOCKED
    day.work(MINUTE)
    day.presence.state = Presence.PRESENT
    day.work(MINUTE, every=seconds(10))
    assert day.watcher.last is not None
    assert day.watcher.last.pause == "lock"

    day.post("resume")
    day.work(MINUTE)
    day.stop()
    (first, second) = day.sealed[0].spans
    assert first.end <= 60
    assert second.start >= 180


# --- The mailbox, the cache -----------------------------------------------------------------------


def test_what_was_asked_of_a_dead_tracker_is_not_done() -> None:
    day = Workday()
    InMemoryMailbox(day.box).post("stop", "", at=MORNING - MINUTE)
    day.begin()
    day.work(MINUTE)

    assert not day.tracker.is_over
    assert day.box.letters == []


def test_a_busy_cache_delays_a_letter_and_loses_none() -> None:
    day = Workday().begin()
    day.work(seconds(10))
    day.post("memo", "call")
    day.mailbox.failure = CacheBusyError("busy")
    day.work(seconds(10))
    day.mailbox.failure = None
    day.work(seconds(10))

    assert day.session.memo == "call"
    assert day.watcher.kinds.count("memo") == 1


def test_an_unknown_letter_is_said_and_ignored() -> None:
    day = Workday().begin()
    day.post("dance")
    day.work(seconds(2))

    assert "warning" in day.watcher.kinds
    assert day.box.letters == []


def test_stop_at_an_earlier_time_takes_the_rest_back() -> None:
    day = Workday().begin()
    day.work(5 * MINUTE)
    day.post("stop", (MORNING + 3 * MINUTE).isoformat())
    day.work(seconds(2))

    assert spans(day) == [("10:00", ((0, 180),))]
    assert day.session.ended == MORNING + 3 * MINUTE


def test_stop_at_a_later_time_ends_then() -> None:
    day = Workday().begin()
    day.work(MINUTE)
    day.post("stop", (MORNING + 3 * MINUTE).isoformat())
    day.work(10 * MINUTE)

    assert day.session.ended == MORNING + 3 * MINUTE
    assert day.session.ending is Ending.TIME_UP


def test_the_live_page_is_never_over_a_second_old() -> None:
    """R9: what SIGKILL may cost."""
    day = Workday().begin()
    day.work(seconds(100), every=seconds(10))

    assert day.live.live is not None
    assert day.live.live.end == pytest.approx(100, abs=1)
    assert sum(count or 0 for count in day.live.live.activity.keys) == 10


def test_r9_what_is_not_synced_is_never_a_minute_old() -> None:
    """What a power cut may cost: what neither a flush of the part nor the page has."""
    day = Workday(input=None, screen=None).begin()
    behind = []

    for second in range(1, 600):
        day.work(seconds(1))
        (kept,) = day.cache.open_parts()
        known = last_known(kept, day.live.synced, day.session)
        behind.append(second - known.tracked_seconds)

    assert max(behind) < 60


def test_a_power_cut_after_a_frozen_minute_keeps_what_was_before_it() -> None:
    """The live page knows one span, so the one before a gap is flushed."""
    day = Workday(input=None, screen=None).begin()
    day.work(seconds(100))
    day.clock.advance(seconds(60))
    day.work(seconds(100))

    (kept,) = day.cache.open_parts()
    assert day.live.synced is not None
    whole = last_known(kept, day.live.synced, day.session)
    (first, second) = whole.spans
    assert first.start == 0
    assert first.end == pytest.approx(100, abs=2)
    assert second.start == pytest.approx(160, abs=2)


# --- Limits (R16) ---------------------------------------------------------------------------------


def test_the_limit_warns_at_80_and_at_100_percent() -> None:
    day = Workday().with_terms(weekly_limit=timedelta(hours=1)).begin()
    day.work(timedelta(minutes=70), every=seconds(20))

    told = [event.message for event in day.watcher.events if event.kind == "limit"]
    assert [message[:4] for message in told] == ["80 %", "The "]
    assert not day.tracker.is_over


def test_the_limit_can_stop_the_tracker() -> None:
    day = Workday(habits=Habits(stops_at_limit=True)).with_terms(weekly_limit=timedelta(minutes=20))
    day.begin()
    day.work(timedelta(hours=1), every=seconds(20))

    assert day.session.ending is Ending.LIMIT


def test_no_notice_is_shown_where_none_is_wanted() -> None:
    day = Workday(taste=Taste(notifies=False), share=0.2).begin()
    day.work(timedelta(minutes=3))

    assert day.notify.shown == []


def test_segments_are_those_of_the_grid() -> None:
    day = Workday(start=utc("2026-11-19 23:55")).begin()
    day.work(timedelta(minutes=10), every=seconds(30))
    day.stop()

    assert [part.slot for part in day.sealed] == [
        Slot.containing(utc("2026-11-19 23:50")),
        Slot.containing(utc("2026-11-20 00:00")),
    ]
