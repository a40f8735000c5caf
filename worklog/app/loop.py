"""The tracking loop: one thread, a tick a second, everything else hangs on it.

`Tracker.tick` reads the clocks, obeys the mailbox, passes time to the recorder,
takes captures and writes down what must survive. It never waits for a person, a
disk or a display. Elapsed time comes from the boot clock; wall time names slots.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from worklog.app.events import Event, EventKind, Fact
from worklog.app.idle import IdleAction, IdleWatch
from worklog.app.inbox import Inbox
from worklog.app.keeper import Bond
from worklog.app.open_part import OpenPart
from worklog.app.patience import Patience
from worklog.app.ports import Gap, Letter, Notice
from worklog.app.reckoner import Reckoner
from worklog.app.recorder import Recorder
from worklog.app.reminding import LockWatch
from worklog.app.room import Room
from worklog.app.snapshot import Snapshot
from worklog.app.surroundings import (
    ENDING_SENTENCES,
    PAUSE_SENTENCES,
    WAITING,
    WELCOMES,
    Habits,
    Pause,
    Surroundings,
    Wish,
)
from worklog.app.timeline import Advance, Passage, Reading, Timeline
from worklog.domain.contract import Contract
from worklog.domain.grid import MINUTES, Slot
from worklog.domain.ids import ContractId
from worklog.domain.part import per_minute
from worklog.domain.session import Ending, Session
from worklog.errors import CacheMovedError, WorklogError

TICK_SECONDS: Final = 1.0
NO_CAPTURE: Final = "no-capture"  # in a request: leave the picture out that is still to come


class Tracker:
    """One running tracker.

    `run` blocks until tracking ends; `request_stop` and `wake` may be called from other
    threads, but not from a handler of a signal, which may interrupt the loop anywhere.
    """

    def __init__(self, around: Surroundings, recorder: Recorder, habits: Habits) -> None:
        self._around = around
        self._recorder = recorder
        self._habits = habits
        self._until = habits.until
        self._wake = threading.Event()
        self._wish: Wish | None = None
        self._pause: Pause | None = None
        self._idle = IdleWatch(habits.idle_after)
        self._timeline = Timeline(self._clocks())
        self._held_since_ns: int | None = None
        self._was_awake = True
        self._patience = Patience(self._tell_wait, self._is_asked_to_stop_again)
        self._waits_for = ""
        self._waited_ns = 0  # of the tick before: not frozen, but waiting for a picture
        self._began_at = self._timeline.now  # tracking began or went on, at the latest
        self._is_welcomed = False  # who came back was told that they are not tracked
        self._reckoner = Reckoner(around.cache, around.zone)
        self._described_at = self._timeline.now
        self._trouble_told = ""
        self._inbox = Inbox(around.mailbox, around.keeper, around.clock)
        self._room = Room(around.free_room)
        self._locks = LockWatch(around.cache, habits.locks, around.zone, around.unsent)
        self._is_over = False

    # --- For those outside ----------------------------------------------------------

    def run(self) -> Session:
        """Track until something ends it; return the session that ended last.

        Writes that the disk refused are tried once more at the end; what still waits
        then is told as a warning and recovered by the next command that finds room.
        """
        self.begin()
        while not self._is_over:
            self._around.clock.wait(self._nap(), wake=self._wake)
            self._wake.clear()
            self.tick()
        return self._recorder.session

    def request_stop(self, ending: Ending, *, takes_capture: bool) -> None:
        """End tracking at the next tick, which comes at once.

        A second request drops the last picture, once it was told that it is waited for.
        """
        if self._is_over:
            self._patience.lose()
        self._wish = Wish(ending, takes_capture)
        self._wake.set()

    def ask(self, command: str, argument: str = "") -> None:
        """Obey a request of this process, as from a key, at the next tick."""
        self._inbox.ask(command, argument)
        self._wake.set()

    def wake(self) -> None:
        """Tick now instead of within a second."""
        self._wake.set()

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def until(self) -> datetime | None:
        """When tracking ends by itself; None if it does not."""
        return self._until

    # --- The tick -------------------------------------------------------------------

    def begin(self) -> None:
        """Open the session and its first part."""
        now = self._timeline.now
        self._recorder.keep_session()
        self._inbox.drop_what_is_left_over()
        self._around.listener.start()
        is_heard = self._around.listener.seen() is not None
        self._idle.see(self._around.clock.boot_ns(), events=0, is_known=is_heard)
        if not self._hold():
            self._recorder.open_at(now)
        self._around.keeper.flush()
        self._tell(EventKind.STARTED, now, "Tracking.", contract=self._recorder.contract.name)
        self._reckon(now)
        self._show(now)

    def tick(self) -> None:
        """Do everything that is due now."""
        waited_ns, self._waited_ns = self._waited_ns, 0
        advance = self._timeline.advance(self._clocks(), waited_ns=waited_ns)
        if self._hold():
            return
        self._was_awake = advance.passage is Passage.AWAKE
        self._listen(advance)
        # Before time is passed: a part that is sealed at the slot's end is not cut any more.
        self._watch_presence(advance.end)
        self._live_through(advance)
        now = self._timeline.now
        is_kept = True
        if not self._is_over:
            self._recorder.roll(now)
            # Before the live page turns to the next part: until the one before is sealed,
            # its last minute is nowhere else (R9).
            is_kept = self._keep(now)
            self._look_after(now)
        if is_kept:  # else the disk has just said no: once a tick is enough
            self._keep(now)
        self._warn_of_trouble(now)
        self._show(now)

    def _live_through(self, advance: Advance) -> None:
        """Pass the time since the last tick, with everything that fell into it in order."""
        cursor, letters = advance.start, self._inbox.take()
        if advance.passage is not Passage.AWAKE:
            # What was asked before the machine slept is done before: a `resume` of then is
            # none of now.
            early = [letter for letter in letters if advance.is_before_sleep(letter.at)]
            letters = letters[len(early) :]
            self._obey_all(early, cursor, cursor)
            if self._is_over:
                return
            self._miss(advance)
            if self._is_over:
                return
            cursor = advance.end
        cursor = self._obey_all(letters, cursor, advance.end)
        if self._is_over:
            return
        self._track(cursor, advance.end)
        if advance.is_step and not self._is_over:
            self._recorder.step(advance.end)
            self._began_at = advance.resumed_at
            if self._pause is None:
                self._recorder.open_at(advance.resumed_at)
            else:  # a gap is as long as the boot clock says, wherever the wall clock went
                since = self._pause.since + (advance.resumed_at - advance.end)
                self._pause = replace(self._pause, since=since)
        if self._wish is not None and not self._is_over:
            self._end(self._timeline.now, self._wish.ending, takes_capture=self._wish.takes_capture)

    def _obey_all(self, letters: list[Letter], start: datetime, end: datetime) -> datetime:
        """Obey *letters*, each at its moment within ``[start, end]``; return where time stands."""
        for letter in letters:
            at = min(max(letter.at, start), end)
            start = self._track(start, at)
            if self._is_over:
                break  # the time was up before that was asked
            self._obey(letter, at)
            self._inbox.forget(letter)
            if self._is_over:
                break
        return start

    def _track(self, start: datetime, end: datetime) -> datetime:
        """Track ``[start, end)`` as far as nothing forbids it; return *end*."""
        stop = end if self._until is None else min(end, self._until)
        if self._pause is None and start < stop:
            self._recorder.track(start, stop)
        if self._until is not None and end >= self._until:
            self._end(max(start, self._until), Ending.TIME_UP, takes_capture=True)
        return end

    def _look_after(self, now: datetime) -> None:
        """See to captures, people and reminders; everything that is not time itself."""
        desk, part = self._around.desk, self._recorder.part
        self._notice_deletion()
        desk.collect(part, now, until=self._until)
        if self._inbox.has_news():
            self._take_over_contract()
            self._reckoner.note_change()
        self._hear_answers()
        self._watch_idle(now)
        if self._pause is None and not self._is_over:
            self._recorder.open_at(now)
            desk.begin_if_due(now)
        self._recorder.beat(now)
        if self._reckoner.is_stale(now):
            self._reckon(now)
        self._remind_of_memo(now)
        self._remind_of_locks(now)
        if (sentence := self._room.look(now)) is not None:
            self._remind(now, EventKind.WARNING, "room", sentence)

    # --- Clocks -----------------------------------------------------------------------

    def _clocks(self) -> Reading:
        clock = self._around.clock
        return Reading(clock.now(), clock.boot_ns(), clock.awake_ns())

    def _nap(self) -> float:
        """Return how long to sleep [s]: a second, or less up to a minute's end or a capture."""
        now = self._around.clock.now()
        to_minute = 60 - (now.second + now.microsecond / 1e6)
        due = self._around.desk.moment.due if self._pause is None else None
        to_capture = (due - now).total_seconds() if due is not None else TICK_SECONDS
        return max(0.0, min(TICK_SECONDS, to_minute, to_capture))

    def _hold(self) -> bool:
        """Hold time back while the wall clock was never set; place it once it was (F30)."""
        if not self._timeline.is_plausible:
            if self._held_since_ns is None:
                self._held_since_ns = self._around.clock.boot_ns()
            return True
        if self._held_since_ns is None:
            return False
        start, now = self._timeline.at(self._held_since_ns), self._timeline.now
        self._held_since_ns = None
        self._listen_anew()
        self._recorder.session = replace(self._recorder.session, started=start)
        self._recorder.keep_session()
        while start < now:
            stop = min(start.replace(second=0, microsecond=0) + timedelta(minutes=1), now)
            self._recorder.open_at(start)
            self._recorder.count(start, None)
            self._recorder.track(start, stop)
            start = stop
        return True

    def _miss(self, advance: Advance) -> None:
        """Note time that nobody can call worked: suspended, or the process was stopped."""
        self._listen_anew()
        self._around.desk.slept(advance.end)
        until = self._until
        end = advance.end if until is None else max(advance.start, min(until, advance.end))
        if advance.passage is Passage.SUSPENDED:
            self._begin_pause("suspend", advance.start)
        elif self._pause is None:
            # What was typed up to then, or waits in the listener, nobody can place any more.
            self._recorder.count(advance.start, None)
            self._recorder.count(advance.end, None)
            # The live page knows the last span only: the one before the gap is kept first.
            self._recorder.flush(advance.start)
            self._save_gap(Pause(str(advance.passage), advance.start, self._contract_id), end)
            part = self._recorder.open_at(advance.start)
            self._around.desk.resumed(part, advance.end, until=until)
        if until is not None and until <= advance.end:
            self._end(end, Ending.TIME_UP, takes_capture=False)

    # --- Input, people -------------------------------------------------------------------

    def _listen(self, advance: Advance) -> None:
        seen = self._around.listener.seen()
        boot_ns = self._around.clock.boot_ns()
        events = seen.events if seen is not None else 0
        self._idle.see(boot_ns, events=events, is_known=seen is not None)
        if self._pause is None and advance.passage is Passage.AWAKE:
            self._recorder.count(advance.start, seen)
        elif events and advance.passage is Passage.AWAKE:
            self._welcome(advance.end)

    def _welcome(self, now: datetime) -> None:
        """Go on with whoever came back, or say once that only they can do that."""
        pause = self._pause
        if self._may_wake_up(now):
            self._resume(now)
        elif pause is not None and pause.reason in WELCOMES and not self._is_welcomed:
            if self._around.listener.is_locked:
                return  # that was the password
            self._is_welcomed = True
            self._remind(now, EventKind.REMINDER, "paused", WELCOMES[pause.reason])

    def _may_wake_up(self, now: datetime) -> bool:
        """Return whether input goes on with tracking: after idle, and only for a while (R13)."""
        pause = self._pause
        if pause is None or pause.reason != "idle":
            return False
        return now - pause.since <= self._habits.idle_resume

    def _listen_anew(self) -> None:
        self._around.listener.seen()
        self._idle.since_ns = None

    def _watch_presence(self, now: datetime) -> None:
        locked_since = self._around.listener.locked_since(now)
        if locked_since is None or (self._pause is not None and self._pause.reason != "idle"):
            return
        # A `resume` while it was locked, or a clock that was set, has made a new beginning.
        since = min(max(locked_since, self._began_at), now)
        if self._recorder.part is not None:
            self._recorder.part.cut(since)
        self._begin_pause("lock", since)

    def _watch_idle(self, now: datetime) -> None:
        if self._pause is not None or not self._idle.is_idle(self._around.clock.boot_ns()):
            return
        if self._habits.idle_action is IdleAction.STOP:
            self._end(now, Ending.IDLE, takes_capture=False)
        elif self._habits.idle_action is IdleAction.PAUSE:
            self._begin_pause("idle", now)

    # --- Pause ---------------------------------------------------------------------------

    def _begin_pause(self, reason: str, since: datetime) -> None:
        if self._pause is not None:
            # Suspend and lock outrank idle: they need a `resume`, input does not do.
            self._pause = replace(self._pause, reason=reason)
            return
        self._pause = Pause(reason, since, self._contract_id)
        self._is_welcomed = False
        self._around.desk.paused()
        self._recorder.flush(self._timeline.now)
        self._tell(EventKind.PAUSED, since, PAUSE_SENTENCES[reason], reason=reason)

    def _resume(self, at: datetime) -> None:
        if self._pause is None:
            return
        pause, self._pause = self._pause, None
        self._began_at = at
        self._save_gap(pause, at)
        self._recorder.roll(at)
        part = self._recorder.open_at(at)
        self._around.desk.resumed(part, at, until=self._until)
        self._idle.reset(self._around.clock.boot_ns())
        self._tell(EventKind.RESUMED, at, "Tracking again.", after=pause.reason)

    @property
    def _contract_id(self) -> ContractId:
        return self._recorder.contract.contract_id

    def _save_gap(self, pause: Pause, end: datetime) -> None:
        if pause.since >= end:
            return
        gap = Gap(pause.since, end, pause.reason, pause.contract)
        self._around.keeper.put(lambda: self._around.cache.save_gap(gap), bond=Bond.ANY)

    # --- The mailbox ------------------------------------------------------------------------

    def _obey(self, letter: Letter, at: datetime) -> None:
        match letter.command:
            case "memo":
                self._recorder.describe(at, memo=letter.argument)
                self._described_at = at
                self._tell(EventKind.MEMO, at, "Memo set.", memo=letter.argument)
            case "label":
                self._recorder.describe(at, label=letter.argument)
                self._tell(EventKind.LABEL, at, "Label set.", label=letter.argument)
            case "pause":
                self._begin_pause("pause", at)
            case "resume":
                self._resume(at)
            case "switch":
                self._switch(letter.argument, at)
            case "stop":
                self._obey_stop(letter.argument, at)
            case "discard":
                self._around.discard(self._recorder.part, letter.argument)
            case "redact":
                self._around.redact(self._recorder.part, letter.argument)
            case _:
                self._tell(EventKind.WARNING, at, "A request of a newer worklog was ignored.")

    def _obey_stop(self, argument: str, at: datetime) -> None:
        """Stop now; with a time in *argument* at that instant, before or after now."""
        wanted, _, capture = argument.partition(" ")
        if not wanted:
            self._end(at, Ending.STOP, takes_capture=capture != NO_CAPTURE)
            return
        try:
            instant = datetime.fromisoformat(wanted)
        except ValueError:
            self._tell(EventKind.WARNING, at, "A request to stop at no time was ignored.")
            return
        if instant > at:
            self._until = instant
            return
        if self._recorder.part is not None:
            self._recorder.part.cut(instant)
        self._end(instant, Ending.STOP, takes_capture=False)

    def _switch(self, argument: str, at: datetime) -> None:
        contract_id, memo, label, capture = [*argument.split("\n"), "", "", ""][:4]
        contract = self._around.find_contract(contract_id)
        if contract is None:
            self._tell(EventKind.WARNING, at, "The contract to switch to is not there any more.")
            return
        before = self._recorder.contract.name
        self._close_part(at, takes_capture=capture != NO_CAPTURE)
        self._recorder.end_session(at, Ending.SWITCH)
        self._recorder.begin_session(
            replace(
                self._recorder.session,
                session_id=self._recorder.new_session_id(at),
                contract=contract.contract_id,
                started=at,
                ended=None,
                ending=None,
                memo=memo,
                label=label,
            ),
            contract,
        )
        self._follow(contract)
        self._described_at = at
        self._reckoner.start_over()
        if self._pause is not None:
            self._resume(at)
        else:
            self._recorder.open_at(at)
        self._reckon(at)
        self._tell(EventKind.SWITCHED, at, "Switched.", contract=contract.name, before=before)

    def _take_over_contract(self) -> None:
        """Go by the terms that the contract has now: a narrower policy holds at once (R30).

        The open part keeps the version that it was opened under.
        """
        known = self._recorder.contract
        try:
            contract = self._around.find_contract(known.contract_id)
        except WorklogError:
            return  # the next change brings it
        if contract is not None and contract != known:
            self._recorder.contract = contract
            self._follow(contract)

    def _follow(self, contract: Contract) -> None:
        self._around.desk.is_local = contract.is_local
        self._around.desk.capturer = self._around.capturer_for(contract)

    # --- Captures ---------------------------------------------------------------------------

    def _notice_deletion(self) -> None:
        """Drop what is in memory of a part that another process has deleted (R20)."""
        part = self._recorder.part
        if part is None or part.is_discarded or self._around.keeper.waiting:
            return
        try:
            known = self._around.cache.part(part.part_id)
        except WorklogError:
            return
        if known is not None and known.is_erased:
            self._around.desk.forget(part)

    def _hear_answers(self) -> None:
        if self._around.notify is None:
            return
        for tag, action in self._around.notify.answers():
            if action == "discard":
                self._around.discard(self._recorder.part, tag)
            elif action == "redact":
                self._around.redact(self._recorder.part, tag)

    # --- Limits and reminders ------------------------------------------------------------------

    def _reckon(self, now: datetime) -> None:
        part = self._recorder.part
        open_parts = [] if part is None or part.is_empty else [part.as_part(now)]
        reminder = self._reckoner.refresh(self._recorder.contract, open_parts, now)
        if reminder is not None:
            self._remind(now, EventKind.LIMIT, "limit", reminder)
        if self._reckoner.is_used_up and self._habits.stops_at_limit and not self._is_over:
            self._end(now, Ending.LIMIT, takes_capture=True)

    def _remind_of_memo(self, now: datetime) -> None:
        after = self._habits.remind_after
        if not after or self._pause is not None or now - self._described_at < after:
            return
        self._described_at = now
        sentence = "Is the memo still right? `worklog memo` shows and sets it."
        self._remind(now, EventKind.REMINDER, "memo", sentence)

    def _remind_of_locks(self, now: datetime) -> None:
        if self._pause is not None:
            return  # nobody is there to read what is said only once
        for sentence in self._locks.look(now, self._recorder.contract):
            self._remind(now, EventKind.REMINDER, "lock", sentence)

    def _remind(self, now: datetime, kind: EventKind, tag: str, sentence: str) -> None:
        self._tell(kind, now, sentence)
        if self._around.notify is not None:
            self._around.notify.show(Notice(tag=tag, summary="worklog", body=sentence))

    def _keep(self, now: datetime) -> bool:
        """Write what waits; return whether all is written.

        Where the folder of the cache is gone, it is made anew and tracking goes on there (F16).
        """
        keeper = self._around.keeper
        if keeper.flush():
            return True
        trouble = keeper.trouble
        if not isinstance(trouble, CacheMovedError):
            return False
        try:
            self._around.begin_anew(self._recorder.session, self._recorder.contract)
        except WorklogError:
            return False  # the trouble is told, and this is tried again at the next tick
        self._inbox.begin_anew()
        self._recorder.flush(now)
        self._tell(EventKind.WARNING, now, f"{trouble} A new one was made.", code=trouble.code)
        return keeper.flush()

    def _warn_of_trouble(self, now: datetime) -> None:
        trouble = self._around.keeper.trouble
        code = trouble.code if trouble is not None else ""
        if code != self._trouble_told:
            self._trouble_told = code
            if trouble is not None:
                self._tell(EventKind.WARNING, now, f"{trouble} Counting goes on.", code=code)

    # --- The end ----------------------------------------------------------------------------

    def closing(self, part: OpenPart, at: datetime) -> None:
        """Bring the capture of *part* to its end; the recorder seals it after this.

        A moment that a late tick passed over is made good at once, unless the time in
        between was paused, slept or frozen away.
        """
        makes_good = self._pause is None and self._was_awake and self._around.desk.is_due(at)
        self._settle(part, at, takes=makes_good)

    def _close_part(self, at: datetime, *, takes_capture: bool) -> None:
        part = self._recorder.part
        if part is not None:
            is_here = self._pause is None and self._was_awake
            self._settle(part, at, takes=takes_capture and is_here and not part.is_discarded)
        self._recorder.close(at)

    def _settle(self, part: OpenPart, at: datetime, *, takes: bool) -> None:
        begun_ns = self._around.clock.boot_ns()
        self._around.desk.settle(part, at, takes=takes, patience=self._patience)
        self._waits_for = ""
        self._waited_ns += self._around.clock.boot_ns() - begun_ns

    def _tell_wait(self) -> None:
        self._waits_for = self._around.desk.waits_for
        if self._is_over:
            self._tell(EventKind.WAITING, self._timeline.now, WAITING[self._waits_for])
        self._show(self._timeline.now)

    def _is_asked_to_stop_again(self) -> bool:
        return self._is_over and self._inbox.has_another("stop")

    def _end(self, at: datetime, ending: Ending, *, takes_capture: bool) -> None:
        self._is_over = True
        self._close_part(at, takes_capture=takes_capture)
        if self._pause is not None:
            self._save_gap(self._pause, at)
        self._recorder.end_session(at, ending)
        self._around.listener.stop()
        if not self._keep(at):
            self._warn_of_trouble(at)
        self._reckon(at)
        self._tell(
            EventKind.STOPPED,
            at,
            ENDING_SENTENCES[ending],
            ending=str(ending),
            tracked_seconds=self._recorder.tracked // timedelta(seconds=1),
        )

    # --- Telling ----------------------------------------------------------------------------

    def _tell(self, kind: EventKind, at: datetime, message: str, **facts: Fact) -> None:
        facts["session"] = self._recorder.session.session_id
        self._around.observer.event(Event(kind, at, message, facts))

    def _show(self, now: datetime) -> None:
        figures = self._reckoner.figures
        if figures is None:
            return  # the cache could not be read yet
        part = self._recorder.part
        snapshot = part.as_part(now) if part is not None else None
        slot = part.slot if part is not None else Slot.containing(now)
        spans = tuple((span.start, span.end) for span in snapshot.spans) if snapshot else ()
        recorder, trouble = self._recorder, self._around.keeper.trouble
        warnings = [
            *self._around.listener.warnings(),
            *self._room.warnings,
            *([str(trouble)] if trouble else []),
        ]
        self._around.observer.tick(
            Snapshot(
                now=now,
                session=recorder.session,
                contract=recorder.contract,
                memo=recorder.session.memo,
                label=recorder.session.label,
                session_seconds=recorder.tracked // timedelta(seconds=1),
                slot=slot,
                tracked=per_minute(spans),
                boxes=snapshot.activity.active if snapshot else (None,) * MINUTES,
                is_capture_due=self._around.desk.awaits_picture,
                capture=self._around.desk.last,
                pause=self._pause.reason if self._pause else "",
                pause_since=self._pause.since if self._pause else None,
                figures=figures,
                warnings=tuple(warnings),
                until=self._until,
                waits_for=self._waits_for,
            )
        )
