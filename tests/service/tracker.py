"""A tracker's side for tests of the service: seals parts with a real key and sends them raw."""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from worklog.domain.activity import Activity
from worklog.domain.amendment import Amendment, Change, Stamp
from worklog.domain.canonical import Json, canonical
from worklog.domain.contract import Contract
from worklog.domain.evidence import Field, Record, encode_fields
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId, uuid7
from worklog.domain.part import Capture, CaptureState, Part, Role, Span
from worklog.service.receipts import verifies
from worklog.service.scope import DEVICE_PERMITS, SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts
from worklog.service.store.feed import News
from worklog.wire.amendment import encode_amendment
from worklog.wire.part import fields_of, header_of
from worklog.wire.reader import Reader
from worklog.wire.sync.messages import API, read_message
from worklog.wire.sync.receipts import ReceiptOf, SignedReceipt, decode_receipt
from worklog.wire.sync.results import Problem, Result, decode_problem, decode_results
from worklog.wire.sync.uploads import encode_amendments, encode_parts, encode_upload


class Web(Protocol):
    """What is needed of an HTTP client."""

    def request(
        self, method: str, url: str, *, content: bytes | None = ..., headers: dict[str, str] = ...
    ) -> httpx.Response: ...


def png(colour: tuple[int, int, int] = (10, 20, 30), size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


@dataclass
class Account:
    """A freelancer with a contract and a device, made in the database directly."""

    user: str
    name: str
    organisation: str
    contract: ContractId
    token: str
    key: Ed25519PrivateKey
    device: DeviceId


def account(service: Service, name: str, contract: Contract) -> Account:
    key = Ed25519PrivateKey.generate()
    news = News()
    with service.store.writing(SYSTEM) as scope:
        user = accounts.create_user(scope, name)
        organisation = accounts.create_organisation(scope, f"client of {name}")
        accounts.create_contract(
            scope, contract, freelancer=user, organisation=organisation, news=news
        )
        device = DeviceId(accounts.new_id(scope))
        accounts.register_device(
            scope, user, device, key.public_key().public_bytes_raw(), name=f"desk of {name}"
        )
        token = accounts.grant_token(scope, user, DEVICE_PERMITS, device=device)
        news.publish(scope)
    return Account(user, name, organisation, contract.contract_id, token, key, device)


@dataclass
class Tracker:
    """One device with one stream."""

    account: Account
    web: Web
    stream: str = field(default_factory=lambda: f"s-{secrets.token_hex(8)}")
    sequence: int = 0
    head: str = ""

    # --- Recording ----------------------------------------------------------------------

    def part(
        self,
        start: datetime,
        *,
        memo: str = "writing",
        pictures: tuple[bytes, ...] = (),
        snapshot: bytes | None = None,
        contract: ContractId | None = None,
    ) -> Part:
        slot = Slot.containing(start)
        captures = [
            Capture(
                CaptureState.TAKEN,
                slot.start,
                monitor=number,
                sha256=hashlib.sha256(data).hexdigest(),
                thumbnail_sha256="0" * 64,
                width=64,
                height=48,
            )
            for number, data in enumerate(pictures)
        ]
        if snapshot is not None:
            sha256 = hashlib.sha256(snapshot).hexdigest()
            captures.append(
                Capture(CaptureState.TAKEN, slot.start, role=Role.CAMERA, sha256=sha256)
            )
        return Part(
            part_id=PartId(uuid7(slot.start, secrets.token_bytes(10))),
            device=self.account.device,
            contract=contract or self.account.contract,
            slot=slot,
            opened=slot.start,
            sealed=slot.end,
            spans=(Span(0, 600, memo, "dev"),),
            activity=Activity.of_counts([(5, 1, 0)] * 10),
            application="Editor",
            title="main.py",
            captures=tuple(captures),
        )

    def seal(self, part: Part) -> Record:
        fields = fields_of(part, lambda: secrets.token_bytes(32))
        self.sequence += 1
        header = header_of(
            part, fields, stream=self.stream, sequence=self.sequence, previous=self.head
        )
        record = Record(header, self.account.key.sign(header), encode_fields(fields))
        self.head = record.digest
        return record

    def forged(self, part: Part, **members: Json) -> Record:
        """Return a part whose header says something else, signed all the same."""
        fields: dict[str, Field] = fields_of(part, lambda: secrets.token_bytes(32))
        header = header_of(
            part, fields, stream=self.stream, sequence=self.sequence + 1, previous=self.head
        )
        frame = Reader.of_text(header.decode(), "header")
        header = canonical({**{n: frame.value(n) for n in frame.names()}, **members})
        return Record(header, self.account.key.sign(header), encode_fields(fields))

    def amendment(self, change: Change, at: datetime, *, author: str = "freelancer") -> str:
        return encode_amendment(
            Amendment(
                AmendmentId(uuid7(at, secrets.token_bytes(10))),
                Stamp(epoch_ms(at)),
                author,
                self.account.device,
                change,
            )
        )

    # --- Sending ------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        media_type: str = "application/json",
        token: str | None = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.account.token}"}
        if content is not None:
            headers["Content-Type"] = media_type
        return self.web.request(method, f"{API}{path}", content=content, headers=headers)

    def put(self, record: Record, *, name: str | None = None) -> httpx.Response:
        part_id = name or str(Reader.of_text(record.header.decode(), "header").text("part"))
        return self.ask("PUT", f"/parts/{part_id}", canonical(encode_upload(record)))

    def put_picture(
        self, part: Part, position: int, data: bytes, media_type: str = "image/png"
    ) -> httpx.Response:
        path = f"/parts/{part.part_id}/images/{position}"
        return self.ask("PUT", path, data, media_type=media_type)

    def post(self, records: list[Record]) -> tuple[Result, ...]:
        response = self.ask("POST", "/parts", encode_parts(records))
        assert response.status_code == 200, response.text
        return decode_results(read_message(response.content, "results"))

    def amend(self, *texts: str) -> tuple[Result, ...]:
        response = self.ask("POST", "/amendments", encode_amendments(texts))
        assert response.status_code == 200, response.text
        return decode_results(read_message(response.content, "results"))

    def get(self, path: str) -> Reader:
        response = self.ask("GET", path)
        assert response.status_code == 200, response.text
        return read_message(response.content, "answer")


def receipt(response: httpx.Response) -> SignedReceipt:
    return decode_receipt(read_message(response.content, "receipt"))


def problem(response: httpx.Response) -> Problem:
    assert response.headers["Content-Type"] == "application/problem+json", response.text
    found = decode_problem(read_message(response.content, "problem"))
    assert found.status == response.status_code
    return found


def proves(service: Service, signed: SignedReceipt, of: ReceiptOf, name: str, digest: str) -> bool:
    key = service.signer.public_key
    return signed.proves(of, name, digest, lambda message, sig: verifies(key, message, sig))


def later(moment: datetime, minutes: int) -> datetime:
    return moment + timedelta(minutes=minutes)


def renamed(contract: Contract, contract_id: str) -> Contract:
    return replace(contract, contract_id=ContractId(contract_id))
