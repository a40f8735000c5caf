"""A tracker's snapshot, to start from with `dataclasses.replace`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from worklog.app import figures
from worklog.app.snapshot import LastCapture, Snapshot
from worklog.domain.contract import Contract, Terms, Week
from worklog.domain.grid import Slot
from worklog.domain.grouping import Totals
from worklog.domain.ids import ContractId, SessionId
from worklog.domain.session import Session

NOW = datetime(2026, 11, 19, 10, 47, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BOXES = (True, True, None, None, None, None, None, None, None, None)
CAPTURE = LastCapture(NOW - 60 * SECOND, "taken", "Firefox", "CANARY title", None)
SNAPSHOT = Snapshot(
    now=NOW,
    session=Session(SessionId("s1"), ContractId("c1"), NOW - timedelta(hours=1)),
    contract=Contract(ContractId("c1"), "Acme site"),
    memo="fixing login",
    label="dev",
    session_seconds=3000,
    slot=Slot.containing(NOW),
    tracked=(60,) * 7 + (0,) * 3,
    boxes=BOXES,
    is_capture_due=True,
    capture=CAPTURE,
    pause="",
    pause_since=None,
    figures=figures.Figures(
        as_of=NOW - 20 * SECOND,
        today=Totals(billed_seconds=3600, tracked_seconds=3400),
        week=Totals(billed_seconds=7200, tracked_seconds=7000),
        billing_week=Week.containing(NOW, Terms()),
        limit=timedelta(hours=40),
    ),
    warnings=("Disk is nearly full.",),
    until=None,
)
