"""A made-up freelancer's week with every kind of segment, fixed down to the last count.

Ada Berg of Berlin works for Acme on weekdays and for Globex on Wednesday afternoon. The
figures come from a small hash of the slot, so they look like life and never change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from worklog.app.ports import Gap, StoredPicture
from worklog.domain.activity import Activity
from worklog.domain.amendment import Key
from worklog.domain.billing import bill
from worklog.domain.contract import Contract, Terms
from worklog.domain.grid import MINUTES, Slot
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId
from worklog.domain.part import Capture, CaptureState
from worklog.domain.segment import BilledSegment, ManualTime, Origin, Picture, Segment

BERLIN: Final = ZoneInfo("Europe/Berlin")
NOW: Final = datetime(2026, 11, 19, 16, 47, 12, tzinfo=UTC)
THURSDAY: Final = datetime(2026, 11, 18, 23, tzinfo=UTC)  # midnight in Berlin
FRIDAY: Final = THURSDAY + timedelta(days=1)
MONDAY: Final = THURSDAY - timedelta(days=3)
NEXT_MONDAY: Final = MONDAY + timedelta(days=7)
LAPTOP: Final = DeviceId("0193a000-0000-7000-8000-00000000000a")
ACME: Final = Contract(
    ContractId("0193a000-0000-7000-8000-0000000000c1"),
    "Acme site",
    client="Acme Corporation",
    title="Relaunch of the web shop",
    labels=("dev", "meeting", "review"),
    terms=(
        Terms(
            currency="EUR",
            rate=Decimal("41.67"),
            weekly_limit=timedelta(hours=40),
            week_hour=23,
            week_start=6,
        ),
    ),
)
GLOBEX: Final = Contract(
    ContractId("0193a000-0000-7000-8000-0000000000c2"),
    "Globex",
    client="Globex Inc.",
    title="Data import",
    terms=(Terms(currency="USD", rate=Decimal(95), week_hour=23, week_start=6),),
)
CONTRACTS: Final = {contract.contract_id: contract for contract in (ACME, GLOBEX)}
NAMES: Final = {contract_id: contract.name for contract_id, contract in CONTRACTS.items()}

LOGIN: Final = ("fixing login redirect", "dev")
TESTS: Final = ("tests for the basket", "dev")
REVIEW: Final = ("reading Bob's change", "review")
CALL: Final = ("call with Ada about scope", "meeting")
IMPORT: Final = ("mapping of the customer table", "")


@dataclass(frozen=True, slots=True)
class Work:
    """Neighbouring segments that are alike.

    Attributes:
        at: Local start, `09:10`.
        count: How many.
        words: Memo and label.
        energy: About how many of the ten boxes are green.
    """

    at: str
    count: int
    words: tuple[str, str]
    energy: int = 9
    contract: Contract = ACME


def local(day: datetime, clock: str) -> datetime:
    """Return the moment of *clock* on the local day that begins with *day*."""
    hour, minute = (int(word) for word in clock.split(":"))
    wall = day.astimezone(BERLIN).replace(hour=hour, minute=minute)
    return wall.astimezone(UTC)


def noise(slot: Slot, minute: int, salt: int = 0) -> int:
    """Return a number below 1000 that looks like chance and is none."""
    return ((slot.index * 31 + minute * 17 + salt * 101 + 7) * 2654435761 >> 7) % 1000


def activity(slot: Slot, energy: int) -> Activity:
    """Return counts of a slot with about *energy* green boxes."""
    minutes: list[tuple[int, int, int] | None] = []
    for minute in range(MINUTES):
        if noise(slot, minute) >= energy * 100:
            minutes.append((0, 0, 0))
            continue
        minutes.append(
            (
                20 + noise(slot, minute, 1) % 180,
                noise(slot, minute, 2) % 14,
                noise(slot, minute, 3) % 40,
            )
        )
    return Activity.of_counts(minutes)


def part_id(slot: Slot, number: int = 0) -> PartId:
    return PartId(f"0193a{number:03x}-0000-7000-8000-{slot.index:012x}")


def screen(slot: Slot, state: CaptureState = CaptureState.TAKEN) -> Picture:
    taken = slot.start + timedelta(seconds=30 + noise(slot, 0, 4) % 540)
    if state is not CaptureState.TAKEN:
        return Picture(part_id(slot), Capture(state, taken))
    digest = f"{slot.index:064x}"
    capture = Capture(
        state, taken, sha256=digest, thumbnail_sha256=digest[::-1], width=1920, height=1080
    )
    return Picture(part_id(slot), capture)


def tracked(slot: Slot, words: tuple[str, str], energy: int, contract: Contract = ACME) -> Segment:
    """Return a whole segment that was tracked, with a picture."""
    application, title = _window(words)
    return Segment(
        key=Key(slot, contract.contract_id),
        memo=words[0],
        label=words[1],
        spans=((0, 600, *words),),
        tracked=((0, 600),),
        activity=activity(slot, energy),
        application=application,
        title=title,
        pictures=(screen(slot),),
        parts=(part_id(slot),),
        devices=(LAPTOP,),
        first=slot.start,
        policy=1,
    )


def manual(slot: Slot, words: tuple[str, str], contract: Contract = ACME) -> Segment:
    """Return a whole segment that was added by hand."""
    amendment = AmendmentId(f"0193affe-0000-7000-8000-{slot.index:012x}")
    return Segment(
        key=Key(slot, contract.contract_id),
        memo=words[0],
        label=words[1],
        origin=Origin.MANUAL,
        manual=(ManualTime(amendment, 0, 600, *words, Origin.MANUAL),),
        first=slot.start,
        history=(amendment,),
    )


def _window(words: tuple[str, str]) -> tuple[str, str]:
    return {
        LOGIN: ("Firefox", "Login \N{EN DASH} Acme"),
        TESTS: ("Code", "test_basket.py \N{EN DASH} acme"),
        REVIEW: ("Firefox", "Pull request 118 \N{EN DASH} Acme"),
        IMPORT: ("Terminal", "psql globex"),
    }.get(words, ("Editor", "notes"))


def _slots(day: datetime, work: Work) -> list[Slot]:
    first = Slot.containing(local(day, work.at)).index
    return [Slot(first + number) for number in range(work.count)]


def thursday() -> list[Segment]:
    """Return a day with something of everything."""
    plain = [
        segment
        for work in (
            Work("09:10", 5, LOGIN, 8),
            Work("10:00", 2, LOGIN, 9),
            Work("11:00", 6, TESTS, 9),
            Work("13:20", 4, TESTS, 7),
            Work("14:00", 3, REVIEW, 4),
            Work("14:40", 2, REVIEW, 8),
            Work("15:00", 6, LOGIN, 9),
            Work("16:00", 6, LOGIN, 8),
            Work("17:00", 4, LOGIN, 9),
        )
        for segment in (tracked(slot, work.words, work.energy) for slot in _slots(THURSDAY, work))
    ]
    by_slot = {segment.key.slot: segment for segment in plain}

    def at(clock: str) -> Slot:
        return Slot.containing(local(THURSDAY, clock))

    idle = tracked(at("10:20"), LOGIN, 0)
    redacted = tracked(at("10:30"), LOGIN, 9)
    picture = replace(redacted.pictures[0], redacted=120)
    unknown = Activity.of_counts([None] * 3 + [(40, 2, 0)] * 3 + [None] * 4)
    late_start = at("09:10")
    changes = [
        idle,
        replace(redacted, pictures=(picture,), marks=("redacted",)),
        manual(at("10:40"), CALL),
        manual(at("10:50"), CALL),
        replace(
            by_slot[late_start],
            spans=((120, 600, *LOGIN),),
            tracked=((120, 600),),
            activity=Activity.of_counts(
                [None, None] + [(30 + 5 * minute, 1, 0) for minute in range(8)]
            ),
            first=late_start.start + timedelta(minutes=2),
        ),
        replace(by_slot[at("11:30")], activity=unknown),
        replace(by_slot[at("13:40")], pictures=(screen(at("13:40"), CaptureState.WITHHELD),)),
        Segment(
            key=Key(at("14:30"), ACME.contract_id),
            parts=(part_id(at("14:30")),),
            devices=(LAPTOP,),
            marks=("deleted",),
            is_deleted=True,
        ),
        tracked(at("17:40"), LOGIN, 9),
    ]
    by_slot |= {segment.key.slot: segment for segment in changes}
    last = at("17:40")
    by_slot[last] = replace(
        by_slot[last],
        spans=((0, 432, *LOGIN),),
        tracked=((0, 432),),
        activity=Activity.of_counts([(60, 3, 9)] * 6 + [(0, 0, 0), None, None, None]),
        pictures=(),
    )
    return [by_slot[slot] for slot in sorted(by_slot)]


def week() -> list[Segment]:
    """Return Monday to Thursday; Wednesday is of two contracts."""
    others = [
        (0, Work("09:00", 18, LOGIN, 8)),
        (0, Work("13:00", 24, TESTS, 9)),
        (1, Work("08:30", 21, REVIEW, 6)),
        (1, Work("13:30", 20, LOGIN, 8)),
        (2, Work("09:00", 15, TESTS, 9)),
        (2, Work("13:10", 16, IMPORT, 8, GLOBEX)),
    ]
    segments = [
        tracked(slot, work.words, work.energy, work.contract)
        for days, work in others
        for slot in _slots(MONDAY + timedelta(days=days), work)
    ]
    wednesday = MONDAY + timedelta(days=2)
    both = Slot.containing(local(wednesday, "13:10"))
    segments.append(
        replace(
            tracked(both, TESTS, 5),
            spans=((0, 240, *TESTS),),
            tracked=((0, 240),),
            activity=Activity.of_counts([(70, 1, 0)] * 4 + [None] * 6),
            parts=(part_id(both, 1),),
        )
    )
    return sorted((*segments, *thursday()), key=lambda segment: segment.key)


def billed(segments: list[Segment]) -> list[BilledSegment]:
    """Return *segments* with the bills that the real rules give them."""
    bills = bill(segments, CONTRACTS)
    return [BilledSegment(segment, bills[segment.key]) for segment in segments]


def week_rows() -> list[BilledSegment]:
    return billed(week())


def thursday_rows() -> list[BilledSegment]:
    return [row for row in week_rows() if THURSDAY <= row.segment.key.slot.start < FRIDAY]


def gaps() -> list[Gap]:
    return [
        Gap(local(THURSDAY, "12:00"), local(THURSDAY, "13:20"), "pause", ACME.contract_id),
        Gap(local(THURSDAY, "10:20"), local(THURSDAY, "10:30"), "idle", ACME.contract_id),
    ]


def stored(
    row: BilledSegment, folder: str = "/home/ada/.local/share/worklog"
) -> list[StoredPicture]:
    """Return where the pictures of *row* are said to lie."""
    return [
        StoredPicture(
            picture.part,
            picture.capture,
            file=f"{folder}/pictures/{picture.capture.sha256[-8:]}.webp",
            thumbnail=f"{folder}/pictures/{picture.capture.sha256[-8:]}-small.webp",
            redacted=picture.redacted,
        )
        for picture in row.segment.pictures
        if picture.capture.has_picture
    ]
