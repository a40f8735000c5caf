"""A month offline, for tests of how it drains: real pictures, sealed parts, real processes.

The tracker lives by a script whose clock runs a minute a second and begins a day ago, so
that it seals while the test runs; the month lies before. The service is the installed
one, in processes of its own behind the proxy, and goes by the clock of the machine.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import func, select

from tests.service.conftest import ACME, Backend
from tests.service.test_processes import serving
from tests.service.tracker import Account, account
from tests.support.cache_values import FixedClock, capture, part
from tests.support.fault_proxy import FaultProxy, Seen
from tests.support.tracker_process import ScriptedHome
from worklog.app.ports import Box, EncodedPicture, Frame
from worklog.cache.entries import SALT_BYTES
from worklog.cache.journal import Entry, day_of
from worklog.cache.keys import DeviceKey, verifies
from worklog.cache.opening import open_cache
from worklog.cache.outbox import Outbox
from worklog.cache.store import SqliteCache
from worklog.capture.picture import WebpCodec
from worklog.clock import SystemClock
from worklog.domain.canonical import Json
from worklog.domain.contract import Contract, Terms
from worklog.domain.evidence import Record, encode_fields
from worklog.domain.grid import SLOT_LENGTH, Slot
from worklog.domain.ids import ContractId, PartId, StreamId
from worklog.domain.part import Part
from worklog.remote.token_file import Login, Logins
from worklog.service.scope import DEVICE_PERMITS, SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts
from worklog.service.store import tables as t
from worklog.wire.part import fields_of, header_of
from worklog.wire.reader import Reader
from worklog.wire.sync.receipts import ReceiptOf, decode_receipt

CANARY: Final = "never-to-leave"
OWN: Final = Contract(ContractId("01932b00-0000-7000-8000-00000000c0de"), f"own-{CANARY}")
PAID: Final = replace(ACME, terms=(Terms(currency="EUR", rate=None),))
SPEED: Final = 60  # times faster than the wall's clock
_PICTURES: Final = 24  # drawn; the month uses them over and over, each time as files of its own
_SIZE: Final = (1920, 1080)
_BATCH: Final = 100
_FONT: Final = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
_LINES: Final = Path(__file__).read_text(encoding="utf-8").splitlines()


def pictures() -> list[EncodedPicture]:
    """Return pictures of a screen full of code, of the size and weight of real ones."""
    return [_screen(number) for number in range(_PICTURES)]


def _screen(number: int) -> EncodedPicture:
    chance = random.Random(number)
    image = Image.new("RGB", _SIZE, "#16191a")
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(_FONT, 15)
    for row in range(0, _SIZE[1], 19):
        for column in range(0, _SIZE[0], 960):
            colour = tuple(chance.randrange(120, 256) for _ in range(3))
            pen.text((column, row), chance.choice(_LINES)[:100], fill=colour, font=font)
    frame = Frame(0, Box(0, 0, *_SIZE), image.tobytes())
    return WebpCodec().encode(frame)


@dataclass
class Rig:
    """A home that is logged in, through the proxy, to a service of the tests.

    Attributes:
        scripted: The home, and the clock of its trackers.
        proxy: The way to the service.
        here: The same service in this process, to look at what it has.
        ann: The account.
        backend: Where the service keeps its things.
        own: Parts of a contract that is none of the service's.
        leaked: What went over the wire of them.
    """

    scripted: ScriptedHome
    proxy: FaultProxy
    here: Service
    ann: Account
    backend: Backend
    own: list[PartId] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)

    def open(self) -> None:
        """Open the service in this process anew, after its files were replaced."""
        self.here = Service.open(self.backend.settings, clock=SystemClock())

    # --- Here ---------------------------------------------------------------------------

    def fill(self, number: int, shots: Sequence[EncodedPicture]) -> None:
        """Seal *number* parts in the slots before now, and some of a contract of one's own."""
        last = Slot.containing(self.scripted.clock.now - timedelta(hours=1))
        cache = open_cache(self.scripted.home.places, clock=FixedClock(self.scripted.clock.now))
        paid = next(one for one in cache.contracts() if one.name == PAID.name)
        cache.save_contract(OWN, at=cache.clock.now())
        slots = [Slot(last.index - back) for back in reversed(range(number))]
        for contract, some in ((paid, slots), (OWN, slots[::48])):
            sealed = []
            for position, slot in enumerate(some):
                shot = shots[position % len(shots)]
                made = part(
                    2 * position + (contract is OWN),
                    slot=slot,
                    device=cache.device,
                    contract=contract,
                    memo=CANARY if contract is OWN else f"part {position}",
                    captures=(capture(shot, at=slot.start + SLOT_LENGTH / 2),),
                )
                cache.add_pictures(made, {0: shot})
                sealed.append(made)
            seal_all(cache, contract.service, sealed)
            self.own += [made.part_id for made in sealed if contract is OWN]
        cache.close()
        self.proxy.look = self.look

    def look(self, seen: Seen) -> None:
        """Hold what goes over the wire to what may."""
        private = (CANARY, OWN.contract_id, *self.own)
        sent = seen.head + seen.body
        self.leaked += [word for word in private if word.encode() in sent]

    def sealed(self) -> set[str]:
        """Return the parts that are for the service."""
        with self.scripted.home.cache() as cache:
            found = cache.db.execute(
                "SELECT part_id FROM parts WHERE state = 'sealed' AND contract_id = ?",
                (PAID.contract_id,),
            ).fetchall()
        return {name for (name,) in found}

    def receipts(self) -> set[str]:
        """Return ids of what there is a receipt for, each verified with the service's key."""
        with self.scripted.home.cache() as cache:
            found = cache.db.execute("SELECT kind, id, content FROM receipts").fetchall()
            assert Outbox(cache, self.proxy.url).parts() == []
        verify = partial(verifies, self.here.signer.public_key)
        held = set()
        for kind, name, content in found:
            signed = decode_receipt(Reader.of_text(content, "receipt"))
            assert signed.proves(ReceiptOf(kind), name, signed.receipt.digest, verify)
            held.add(name)
        return held

    # --- There --------------------------------------------------------------------------

    def counts(self) -> tuple[int, int]:
        """Return how many parts and pictures the service has."""
        with self.here.store.reading(SYSTEM) as scope:
            return (
                scope.db.execute(select(func.count()).select_from(t.parts)).scalar_one(),
                scope.db.execute(select(func.count()).select_from(t.pictures)).scalar_one(),
            )

    def check_one_copy_of_each(self) -> None:
        """Hold the service to having everything that was sealed, once, and nothing else."""
        sealed = self.sealed()
        with self.here.store.reading(SYSTEM) as scope:
            rows = scope.db.execute(select(t.parts.c.part_id)).scalars().all()
            shots = scope.db.execute(
                select(t.pictures.c.part_id, t.pictures.c.sha256, t.pictures.c.object_key)
            ).all()
            segments = scope.db.execute(select(t.segments.c.slot)).scalars().all()
        with self.scripted.home.cache() as cache:
            ours = cache.pictures(PartId(name) for name in sealed)
            slots = {
                slot
                for (slot,) in cache.db.execute(
                    "SELECT slot FROM segments WHERE contract_id = ?", (PAID.contract_id,)
                )
            }
        assert sorted(rows) == sorted(sealed)
        assert sorted(segments) == sorted(slots)
        assert sorted((row.part_id, row.sha256) for row in shots) == sorted(
            (one.part, one.capture.sha256) for one in ours
        )
        objects = self.here.objects.names()
        assert {row.object_key for row in shots} <= set(objects)
        assert len({row.object_key for row in shots}) == len(shots)
        named = {f"{one.part}/0" for one in ours}
        assert self.receipts() >= {*sealed, *named}
        assert self.leaked == []


def seal_all(cache: SqliteCache, service: str, parts: Sequence[Part]) -> None:
    """Seal *parts* as the tracker does, a hundred in one transaction to save time."""
    signer = DeviceKey(cache.places.device_key)
    opening = cache.new_stream(service)
    stream, head = StreamId(opening.reader.text("stream")), ""
    cache.write(lambda: [opening])
    for first in range(0, len(parts), _BATCH):
        entries = []
        for sequence, made in enumerate(parts[first : first + _BATCH], start=first + 1):
            fields = fields_of(made, lambda: secrets.token_bytes(SALT_BYTES))
            header = header_of(made, fields, stream=stream, sequence=sequence, previous=head)
            record = Record(header, signer.sign(header), encode_fields(fields))
            head = record.digest
            content: dict[str, Json] = {
                "header": header.decode(),
                "signature": record.signature.hex(),
                "fields": record.fields,
            }
            entries.append(Entry(day_of(made.slot.start), "seal", content))
        cache.write(lambda entries=entries: entries)  # type: ignore[misc]


@contextmanager
def workers(backend: Backend, proxy: FaultProxy, number: int) -> Iterator[None]:
    """Let *number* processes serve, asked in turn by *proxy*."""
    with ExitStack() as stack:
        found = [stack.enter_context(serving(backend)) for _ in range(number)]
        first, *others = [_place(worker.address) for worker in found]
        proxy.target, proxy.others = first, tuple(others)
        yield


def _place(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@contextmanager
def rigged(folder: Path, backend: Backend) -> Iterator[Rig]:
    """Give a home whose device is logged in; nobody serves yet."""
    now = SystemClock().now().replace(second=0, microsecond=0)
    scripted = ScriptedHome(folder, start=now - timedelta(days=1), speed=SPEED)
    scripted.home.environ["WORKLOG_CAPTURE_REVIEW"] = "0"
    here = Service.open(backend.settings, clock=SystemClock())
    try:
        ann = account(here, "ann", PAID)
        with scripted.home.cache() as cache, here.store.writing(SYSTEM) as scope:
            key = DeviceKey(scripted.home.places.device_key).public_key
            accounts.register_device(scope, ann.user, cache.device, key, name="laptop")
            token = accounts.grant_token(scope, ann.user, DEVICE_PERMITS, device=cache.device)
        with FaultProxy(None) as proxy:
            Logins(scripted.home.places.config).save(
                Login(proxy.url, token, here.signer.public_key, "ann")
            )
            rig = Rig(scripted, proxy, here, ann, backend)
            yield rig
            here = rig.here
    finally:
        here.close()
