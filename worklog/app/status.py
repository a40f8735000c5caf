"""What the tracker says of itself to prompts and bars: the content of `status.json`.

It holds instants, never ticking seconds: a reader adds what has passed since, and the
file is only written when something else than the time changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from worklog.domain.cover_tally import CoverTally

if TYPE_CHECKING:
    from worklog.app.snapshot import Snapshot

SCHEMA: Final = 1
SECOND: Final = timedelta(seconds=1)
TOLERANCE_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Figures:
    """Time of a day or billing week as of the `as_of` of the status.

    Attributes:
        billed_seconds: As the bill stands [s].
        tracked_seconds: Really tracked [s].
    """

    billed_seconds: int = 0
    tracked_seconds: int = 0


@dataclass(frozen=True, slots=True)
class OpenSegment:
    """The segment that is being recorded.

    Attributes:
        slot: Its start.
        boxes: Ten: green, idle, or None for unknown or not yet tracked.
    """

    slot: datetime
    boxes: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class TrackerStatus:
    """The state of a running tracker at one of its changes.

    Attributes:
        since: Start of the session.
        as_of: The moment of the figures.
        contract: Name of the contract.
        memo: In force now; may be empty.
        label: Likewise.
        session: Id of the session.
        session_seconds: Tracked in this session up to `as_of` [s].
        today: The contract's local day, up to `as_of`.
        week: Its billing week, up to `as_of`.
        limit_seconds: Weekly limit of the contract [s]; None without one.
        segment: The open one; None while paused.
        paused: Why nothing is tracked: `pause`, `idle`, `suspend`, `lock`; empty while it is.
        capture: Health of the captures: `ok`, or the state of the last one (`no-display`,
            `denied`, `locked`, `blank`, `withheld`, `failed`, `off`).
        captured_at: When the last picture was taken; None before the first.
        covered: How much of it was covered.
        warnings: What is wrong now, one sentence each.
        paused_since: First instant that is not tracked; None while it is.
        waits_for: Why a stop takes long: the last picture is taken (`picture`) or read for
            secrets (`reading`); empty if it does not.
    """

    since: datetime
    as_of: datetime
    contract: str
    session: str
    memo: str = ""
    label: str = ""
    session_seconds: int = 0
    today: Figures = field(default_factory=Figures)
    week: Figures = field(default_factory=Figures)
    limit_seconds: int | None = None
    segment: OpenSegment | None = None
    paused: str = ""
    capture: str = "ok"
    captured_at: datetime | None = None
    covered: CoverTally = field(default_factory=CoverTally)
    warnings: tuple[str, ...] = ()
    paused_since: datetime | None = None
    waits_for: str = ""

    @property
    def tracking(self) -> bool:
        """Whether time is being tracked at this moment."""
        return not self.paused


def status_of(snapshot: Snapshot) -> TrackerStatus:
    """Return the status of the tracker that *snapshot* shows."""
    figures = snapshot.figures
    # The figures may be some ticks old; all seconds of a status are of one moment.
    late = 0 if snapshot.pause else max(0, (snapshot.now - figures.as_of) // SECOND)
    capture = snapshot.capture
    is_fine = capture is None or capture.state == "taken"
    return TrackerStatus(
        since=snapshot.session.started,
        as_of=snapshot.now,
        contract=snapshot.contract.name,
        session=snapshot.session.session_id,
        memo=snapshot.memo,
        label=snapshot.label,
        session_seconds=snapshot.session_seconds,
        today=Figures(figures.today.billed_seconds, figures.today.tracked_seconds + late),
        week=Figures(figures.week.billed_seconds, figures.week.tracked_seconds + late),
        limit_seconds=None if figures.limit is None else figures.limit // SECOND,
        segment=None if snapshot.pause else OpenSegment(snapshot.slot.start, snapshot.boxes),
        paused=snapshot.pause,
        capture="ok" if is_fine or capture is None else capture.state,
        captured_at=capture.taken_at if capture is not None and is_fine else None,
        covered=capture.covered if capture is not None else CoverTally(),
        warnings=snapshot.warnings,
        paused_since=snapshot.pause_since,
        waits_for=snapshot.waits_for,
    )


def has_news(before: TrackerStatus, now: TrackerStatus) -> bool:
    """Return whether *now* tells a reader of *before* more than the time that has passed.

    Figures may be off by `TOLERANCE_SECONDS`, as ticks do not fall on whole seconds.
    """
    if _without_time(before) != _without_time(now):
        return True
    passed = (now.as_of - before.as_of) // SECOND if before.tracking else 0
    return any(
        abs(old + passed - new) > TOLERANCE_SECONDS
        for old, new in zip(_seconds(before), _seconds(now), strict=True)
    )


def _without_time(status: TrackerStatus) -> TrackerStatus:
    return replace(
        status,
        as_of=status.since,
        session_seconds=0,
        today=replace(status.today, tracked_seconds=0),
        week=replace(status.week, tracked_seconds=0),
    )


def _seconds(status: TrackerStatus) -> tuple[int, int, int]:
    return status.session_seconds, status.today.tracked_seconds, status.week.tracked_seconds


def status_document(status: TrackerStatus, *, pid: int, boot: str) -> dict[str, Any]:
    """Return *status* as the JSON object of `status.json`.

    The object, to which fields are only ever added. Instants are RFC 3339 in UTC, in
    whole seconds; durations are whole seconds.

    ==================== ================================================================
    `schema`             1
    `pid` · `boot`       process and boot id of the tracker. If no such process lives, or the
                         boot is another one, the tracker was killed and nothing is tracked:
                         `kill -0 PID` tells. After a proper end there is no file at all.
    `tracking`           true while time is tracked; false in a pause
    `paused`             null, or `pause`, `idle`, `suspend`, `lock`
    `paused_since`       null, or the first instant that is not tracked
    `since` · `session`  when the session started, and its id
    `contract` · `memo` · `label`   names; memo and label may be empty
    `as_of`              instant up to which the seconds below are counted
    `session_seconds`    tracked in this session up to `as_of`
    `stopwatch_from`     while tracking: the instant from which a stopwatch of this session
                         would have to run, so that now - `stopwatch_from` is what it shows.
                         null in a pause: it stands at `session_seconds`
    `today` · `week`     {`billed_seconds`, `tracked_seconds`}; while `tracking`, what is
                         tracked now is `tracked_seconds` + (now - `as_of`)
    `limit_seconds`      weekly limit, or null
    `segment`            null, or {`slot`: its start, `boxes`: ten of true, false, null}
    `capture`            {`health`: `ok` or a code, `taken_at`: instant or null, `covered`:
                         null, or {`windows`, `secrets`: how many, `permille`: share}}
    `warnings`           sentences, without memo and title
    `waits_for`          null, or why a stop takes long: the last picture is being taken
                         (`picture`) or read for secrets (`reading`)
    ==================== ================================================================
    """
    # Floored first, so that the stopwatch does not jump by a second between writes.
    as_of = status.as_of.replace(microsecond=0)
    stopwatch = as_of - timedelta(seconds=status.session_seconds) if status.tracking else None
    return {
        "schema": SCHEMA,
        "pid": pid,
        "boot": boot,
        "tracking": status.tracking,
        "paused": status.paused or None,
        "paused_since": None if status.paused_since is None else instant_text(status.paused_since),
        "since": instant_text(status.since),
        "session": status.session,
        "contract": status.contract,
        "memo": status.memo,
        "label": status.label,
        "as_of": instant_text(as_of),
        "session_seconds": status.session_seconds,
        "stopwatch_from": None if stopwatch is None else instant_text(stopwatch),
        "today": _figures(status.today),
        "week": _figures(status.week),
        "limit_seconds": status.limit_seconds,
        "segment": None
        if status.segment is None
        else {"slot": instant_text(status.segment.slot), "boxes": list(status.segment.boxes)},
        "capture": {
            "health": status.capture,
            "taken_at": None if status.captured_at is None else instant_text(status.captured_at),
            "covered": status.covered.figures,
        },
        "warnings": list(status.warnings),
        "waits_for": status.waits_for or None,
    }


def instant_text(instant: object) -> str:
    """Return *instant* in RFC 3339, UTC, whole seconds: `2026-11-19T10:40:00Z`.

    Serves as `default` of `json.dumps` too.

    Raises:
        TypeError: *instant* is no aware datetime. That is a bug in the caller.
    """
    if not isinstance(instant, datetime) or instant.utcoffset() is None:
        msg = f"no aware datetime: {type(instant).__name__}"
        raise TypeError(msg)
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _figures(figures: Figures) -> Mapping[str, int]:
    return {
        "billed_seconds": figures.billed_seconds,
        "tracked_seconds": figures.tracked_seconds,
    }
