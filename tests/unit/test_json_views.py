"""The JSON that programs read: golden files pin every field (product.md, section 3)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from tests.support.example_diary import (
    ACME,
    BERLIN,
    CONTRACTS,
    FRIDAY,
    GLOBEX,
    LAPTOP,
    LOGIN,
    NOW,
    THURSDAY,
    gaps,
    stored,
    thursday_rows,
)
from tests.support.golden import check
from worklog.cli.json import (
    Files,
    amendment_view,
    contract_view,
    diary_view,
    dumps,
    envelope,
    gap_view,
    instant,
    money,
    segment_view,
    session_view,
    status_view,
)
from worklog.cli.outstanding import Outstanding
from worklog.cli.render.status import StatusView
from worklog.domain.amendment import (
    Amendment,
    Change,
    Delete,
    Describe,
    Idle,
    Key,
    Manual,
    ManualSpan,
    Stamp,
    Unknown,
)
from worklog.domain.grid import Slot
from worklog.domain.grouping import Totals
from worklog.domain.ids import AmendmentId, PartId, SessionId
from worklog.domain.session import Ending, Session
from worklog.errors import NotTrackingError

ROWS = thursday_rows()
FILES = Files.of(picture for row in ROWS for picture in stored(row))


def pretty(value: object) -> str:
    return json.dumps(value, indent=1)


def test_the_envelope_of_a_diary_looks_like_this() -> None:
    few = [ROWS[0], ROWS[7], ROWS[8], *(row for row in ROWS if row.segment.is_deleted)]
    data = diary_view(few, CONTRACTS, start=THURSDAY, end=FRIDAY, files=FILES)

    check("diary.json", pretty(envelope("diary", data=data)))


def test_a_failure_has_the_same_envelope() -> None:
    error = NotTrackingError("Nothing is being tracked.", hint="Start with `worklog start`.")

    assert envelope("stop", status="error", errors=[error]) == {
        "schema": 1,
        "command": "stop",
        "status": "error",
        "data": None,
        "errors": [
            {
                "code": "not-tracking",
                "message": "Nothing is being tracked.",
                "hint": "Start with `worklog start`.",
            }
        ],
    }


def test_the_totals_of_a_diary_leave_deleted_segments_out() -> None:
    everything = diary_view(ROWS, CONTRACTS, start=THURSDAY, end=FRIDAY)
    live = [row for row in ROWS if not row.segment.is_deleted]

    assert everything["totals"] == diary_view(live, CONTRACTS, start=THURSDAY, end=FRIDAY)["totals"]
    assert len(everything["segments"]) == len(live) + 1


def test_a_segment_has_the_ten_figures_of_everything() -> None:
    for row in ROWS:
        view = segment_view(row, CONTRACTS)
        assert {len(view[name]) for name in ("tracked", "boxes", "keys", "clicks", "scrolls")} == {
            10
        }
        assert sum(view["tracked"]) == view["tracked_seconds"]


def test_what_is_unknown_is_null_and_not_zero() -> None:
    row = next(row for row in ROWS if None in row.segment.activity.active[:1])

    view = segment_view(row, {})

    assert view["boxes"][0] is None
    assert view["keys"][0] is None
    assert view["grade"] is None
    assert view["contract"] == ACME.contract_id[:8]


def test_the_status_of_a_running_tracker_looks_like_this() -> None:
    view = StatusView(
        NOW,
        contract="Acme site",
        memo=LOGIN[0],
        label=LOGIN[1],
        is_tracking=True,
        since=NOW - timedelta(minutes=50),
        session_seconds=2832,
        today=Totals(18600, 17880, amounts={"EUR": Decimal("215.29")}),
        week=Totals(97800, 95000, amounts={"EUR": Decimal("1132.04")}),
        limit=timedelta(hours=40),
        locks_at=datetime(2026, 11, 23, 11, tzinfo=UTC),
        slot=NOW.replace(minute=40, second=0),
        tracked=(60,) * 7 + (12, 0, 0),
        boxes=(True,) * 6 + (False, None, None, None),
        is_capture_due=True,
        captured_at=NOW - timedelta(minutes=14),
        outbox=Outstanding(
            segments=3,
            pictured=1,
            amendments=2,
            amounts={"EUR": Decimal("20.84")},
            locks_at=datetime(2026, 11, 23, 11, tzinfo=UTC),
            why="in review until 18:00",
            warnings=("https://diary.example: 1 thing refused (policy); worklog sync --status",),
            services=({"service": "https://diary.example", "problem": None},),
        ),
    )

    check("status.json", pretty(envelope("status", data=status_view(view))))


def test_the_status_without_a_tracker_looks_like_this() -> None:
    check("status-stopped.json", pretty(envelope("status", data=status_view(StatusView(NOW)))))


def test_a_contract_looks_like_this() -> None:
    check("contracts.json", pretty([contract_view(ACME), contract_view(GLOBEX)]))


def test_a_session_and_a_gap_look_like_this() -> None:
    session = Session(SessionId("s1"), ACME.contract_id, THURSDAY, NOW, Ending.STOP, *LOGIN)

    assert session_view(session, CONTRACTS) == {
        "session": "s1",
        "contract": "Acme site",
        "started": "2026-11-18T23:00:00Z",
        "ended": "2026-11-19T16:47:12Z",
        "ending": "stop",
        "memo": "fixing login redirect",
        "label": "dev",
    }
    assert gap_view(gaps()[0], CONTRACTS, is_kept=True) == {
        "start": "2026-11-19T11:00:00Z",
        "end": "2026-11-19T12:20:00Z",
        "seconds": 4800,
        "reason": "pause",
        "contract": "Acme site",
        "kept": True,
        "added": False,
    }


@pytest.mark.parametrize(
    ("change", "kind", "is_revocable", "content"),
    [
        (
            Describe((Key(Slot(2988520), ACME.contract_id),), memo="x"),
            "describe",
            True,
            {
                "targets": [{"slot": "2026-10-27T14:40:00Z", "contract": ACME.contract_id}],
                "memo": "x",
                "label": None,
            },
        ),
        (
            Manual(ACME.contract_id, (ManualSpan(Slot(0)),), "call"),
            "manual",
            True,
            {
                "contract": ACME.contract_id,
                "spans": [{"slot": "1970-01-01T00:00:00Z", "start": 0, "end": 600}],
                "memo": "call",
                "label": "",
                "origin": "manual",
            },
        ),
        (
            Delete(parts=(PartId("p1"),)),
            "delete",
            False,
            {"parts": ["p1"], "manual": [], "rest": [], "keys": []},
        ),
        (
            Idle(THURSDAY, FRIDAY),
            "idle",
            True,
            {"start": "2026-11-18T23:00:00Z", "end": "2026-11-19T23:00:00Z"},
        ),
        (Unknown("sing", "{}"), "sing", False, {"kind": "sing", "content": "{}"}),
    ],
)
def test_an_amendment_says_its_kind_and_its_fields(
    change: Change,
    kind: str,
    is_revocable: bool,  # noqa: FBT001 -- of the table above
    content: dict[str, object],
) -> None:
    amendment = Amendment(AmendmentId("a1"), Stamp(0), "freelancer", LAPTOP, change)

    view = amendment_view(amendment)

    assert (view["kind"], view["revocable"], view["change"]) == (kind, is_revocable, content)
    json.loads(dumps(view))


def test_instants_are_in_utc_whatever_they_came_in() -> None:
    east = datetime(2026, 11, 19, 9, 0, tzinfo=timezone(timedelta(hours=5, minutes=45)))

    assert instant(east) == "2026-11-19T03:15:00Z"
    assert instant(NOW.astimezone(BERLIN)) == "2026-11-19T16:47:12Z"
    assert instant(NOW.replace(microsecond=250_000)) == "2026-11-19T16:47:12.250Z"


def test_money_is_never_in_scientific_form() -> None:
    assert money(Decimal("1E+3")) == "1000"
    assert money(Decimal("0.00")) == "0.00"
    assert money(None) is None


def test_json_is_ascii_and_refuses_what_is_no_json() -> None:
    assert dumps({"memo": "日本\x1b"}) == '{"memo": "\\u65e5\\u672c\\u001b"}'
    with pytest.raises(ValueError, match="JSON"):
        dumps(float("nan"))
