"""Ten years of work, for worklog and for Watson.

worklog's cache gets 125,000 sealed parts and their segments through its own schema and
encoders, in one transaction: sealing one by one would take an hour and end in the same
rows. Signatures are left out, nothing measured here looks at them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from worklog.app.contracts import Contracts, Particulars
from worklog.cache import rows
from worklog.cache.lock import FileLock
from worklog.cache.opening import open_cache
from worklog.cli.context import SystemChance
from worklog.clock import SystemClock
from worklog.domain.activity import Activity
from worklog.domain.contract import Contract
from worklog.domain.evidence import Record, encode_fields
from worklog.domain.fold import fold
from worklog.domain.grid import Slot
from worklog.domain.ids import ENTROPY_BYTES, DeviceId, PartId, SessionId, uuid7
from worklog.domain.part import Part, Span
from worklog.domain.segment import Bill, BilledSegment, Reason
from worklog.domain.session import Session
from worklog.places import Places, ensure, places
from worklog.sqlite import Transaction
from worklog.wire.part import fields_of, header_of

SEGMENTS = 125_000
FRAMES = 20_872  # what the same ten years come to in Watson: a frame an hour
A_DAY = 48  # segments
A_SESSION = 6  # segments: an hour for one contract with one memo
NAMES = ("acme", "globex", "initech", "umbrella", "hooli")
MEMOS = ("fixing bug", "review", "call with Ada", "writing tests", "release notes", "search")
FREE_DAYS = 5  # the weekday at which a weekend begins


def slots(count: int, now: datetime) -> Iterator[Slot]:
    """Yield *count* slots of working hours, ascending, the last ones today."""
    days: list[datetime] = []
    day = now.replace(hour=8, minute=0, second=0, microsecond=0)
    while len(days) * A_DAY < count:
        if day.weekday() < FREE_DAYS or not days:
            days.append(day)
        day -= timedelta(days=1)
    everything = (
        Slot(Slot.containing(day).index + number)
        for day in reversed(days)
        for number in range(A_DAY)
    )
    for _ in range(len(days) * A_DAY - count):
        next(everything)
    yield from everything


def fill(home: str, count: int = SEGMENTS, *, is_tracking: bool = True) -> tuple[Places, Contract]:
    """Fill the cache in *home* and, unless told otherwise, leave a session running in it."""
    where = places({"WORKLOG_HOME": home})
    ensure(where.data)
    clock, chance, rng = SystemClock(), SystemChance(), Random(1)
    now = clock.now()
    with closing(open_cache(where, clock=clock)) as cache:
        contracts = [
            Contracts(cache, clock, chance).add(
                Particulars(name, client=name.title(), labels=("dev", "review")),
                UTC,
                rate=Decimal(60),
                currency="EUR",
            )
            for name in NAMES
        ]
        entry = cache.new_stream("")
        cache.write(lambda: [entry])
        stream, device = entry.reader.text("stream"), cache.device
        with Transaction(cache.db):
            for number, slot in enumerate(slots(count, now), start=1):
                if number % A_SESSION == 1:
                    contract, memo = rng.choice(contracts), rng.choice(MEMOS)
                part = made_up_part(slot, device, contract, rng, memo=memo)
                fields = fields_of(part, lambda: rng.randbytes(32))
                header = header_of(part, fields, stream=stream, sequence=number, previous="0" * 64)
                record = Record(header, b"\0" * 64, encode_fields(fields))
                cache.db.execute(
                    "INSERT INTO parts VALUES (?, 'sealed', ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                    (
                        part.part_id,
                        part.device,
                        part.contract,
                        slot.index,
                        stream,
                        number,
                        record.header,
                        record.signature,
                        record.fields,
                    ),
                )
                (segment,) = fold([part], []).values()
                bill = Bill(600, Reason.BILLED, Decimal("10.00"), "EUR")
                row = rows.segment_row(BilledSegment(segment, bill))
                marks = ",".join("?" * len(row))
                cache.db.execute(f"INSERT INTO segments VALUES ({marks})", row)
        if is_tracking:
            cache.save_session(
                Session(
                    SessionId(uuid7(now, chance.token(ENTROPY_BYTES))),
                    contracts[0].contract_id,
                    now - timedelta(hours=1),
                    memo="fixing bug",
                    label="dev",
                    pid=os.getpid(),
                )
            )
    return where, contracts[0]


@contextmanager
def tracked(where: Places) -> Iterator[None]:
    """Hold the tracker's lock, as a tracker does; without one `memo` is refused."""
    lock = FileLock(where.lock)
    if not lock.acquire():
        message = f"{where.lock} is held by somebody else"
        raise RuntimeError(message)
    try:
        yield
    finally:
        lock.release()


def fill_watson(folder: Path, count: int = FRAMES) -> None:
    """Write what Watson keeps of *count* frames, the last of them running."""
    folder.mkdir(parents=True)
    now = int(SystemClock().now().timestamp())
    rng = Random(1)
    frames = []
    for number in range(count):
        start = now - 4_200 * (count - number)
        frames.append(
            [
                start,
                start + 3_600,
                rng.choice(MEMOS),
                f"{rng.getrandbits(128):032x}",
                ["dev"],
                start,
            ]
        )
    (folder / "frames").write_text(json.dumps(frames, indent=1))
    state = {"project": "acme", "start": now - 600, "tags": ["dev"]}
    (folder / "state").write_text(json.dumps(state))


def made_up_part(
    slot: Slot, device: str, contract: Contract, rng: Random, *, memo: str = MEMOS[0]
) -> Part:
    """Return a whole part of *slot* with counts, words and a title."""
    counts = [(rng.randrange(160), rng.randrange(9), rng.randrange(5)) for _ in range(10)]
    return Part(
        part_id=PartId(uuid7(slot.start, rng.randbytes(ENTROPY_BYTES))),
        device=DeviceId(device),
        contract=contract.contract_id,
        slot=slot,
        opened=slot.start,
        sealed=slot.end,
        spans=(Span(0, 600, memo, "dev"),),
        activity=Activity.of_counts(counts),
        application="Code",
        title="transport.py - firmware-updater",
    )
