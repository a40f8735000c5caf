"""Values for tests of the cache: one contract, parts and pictures with visible figures."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from worklog.app.ports import EncodedPicture
from worklog.domain.activity import Activity
from worklog.domain.amendment import Amendment, Change, Stamp
from worklog.domain.contract import Contract
from worklog.domain.grid import SLOT_SECONDS, Slot, epoch_ms
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId, SessionId, uuid7
from worklog.domain.part import Capture, CaptureState, Part, Role, Span
from worklog.domain.session import Session

ACME: Final = Contract(ContractId("01932b00-0000-7000-8000-00000000ac3e"), "acme", labels=("dev",))
ZETA: Final = Contract(ContractId("01932b00-0000-7000-8000-0000000002e7"), "zeta")
NINE: Final = datetime(2026, 11, 16, 9, tzinfo=UTC)  # a Monday
SLOT: Final = Slot.containing(NINE)


class FixedClock:
    """The wall clock at one instant; tests move it by hand."""

    def __init__(self, now: datetime = NINE) -> None:
        self.instant = now

    def now(self) -> datetime:
        return self.instant

    def now_ms(self) -> int:
        return epoch_ms(self.instant)

    def boot_ns(self) -> int:
        return epoch_ms(self.instant) * 1_000_000

    def awake_ns(self) -> int:
        return self.boot_ns()

    def wait(self, seconds: float, *, wake: object) -> bool:
        del wake
        self.instant += timedelta(seconds=seconds)
        return False


def picture(text: str) -> EncodedPicture:
    """Return a picture whose bytes can be looked for on the disk."""
    return EncodedPicture(
        f"image of {text} ".encode() * 20, f"thumbnail of {text}".encode(), width=1920, height=1080
    )


def capture(
    shot: EncodedPicture, at: datetime = NINE, *, monitor: int = 0, role: Role = Role.SCREEN
) -> Capture:
    return Capture(
        CaptureState.TAKEN,
        taken_at=at,
        role=role,
        monitor=monitor,
        sha256=hashlib.sha256(shot.image).hexdigest(),
        thumbnail_sha256=hashlib.sha256(shot.thumbnail).hexdigest(),
        width=shot.width,
        height=shot.height,
    )


def part(
    number: int = 1,
    *,
    slot: Slot = SLOT,
    device: DeviceId,
    contract: Contract = ACME,
    seconds: int = SLOT_SECONDS,
    memo: str = "fixing bug",
    title: str | None = "billing.py",
    captures: tuple[Capture, ...] = (),
    marks: tuple[str, ...] = (),
) -> Part:
    return Part(
        part_id=PartId(uuid7(slot.start, number.to_bytes(10))),
        device=device,
        contract=contract.contract_id,
        slot=slot,
        opened=slot.start,
        sealed=slot.start + timedelta(seconds=seconds),
        spans=(Span(0, seconds, memo, "dev"),),
        activity=Activity.of_counts([(30, 2, 1)] + [(0, 0, 0)] * 9),
        application="Editor",
        title=title,
        captures=captures,
        zone="Europe/Berlin",
        utc_offset=3600,
        marks=marks,
    )


def session(number: int = 1, *, started: datetime = NINE, contract: Contract = ACME) -> Session:
    return Session(
        session_id=SessionId(uuid7(started, number.to_bytes(10))),
        contract=contract.contract_id,
        started=started,
        memo="fixing bug",
        label="dev",
        pid=4711,
        boot="b00t",
    )


def amendment(
    change: Change, *, device: DeviceId, at: datetime = NINE, number: int = 1
) -> Amendment:
    return Amendment(
        AmendmentId(uuid7(at, number.to_bytes(10))),
        Stamp(epoch_ms(at)),
        author="freelancer",
        device=device,
        change=change,
    )
