"""The outbox as a file, for a machine without a network (`sync --export`, `--import`).

A zip with names from a fixed list; a member is read only if its name is one of them and
its size is in bounds, and nothing is ever unpacked onto the disk (T5). What comes back is
a file of receipts, which the first machine takes in.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from worklog.cache.outbox import Outbox
from worklog.domain.canonical import Json, canonical
from worklog.domain.evidence import Record, Verifier
from worklog.domain.ids import AmendmentId, PartId
from worklog.errors import CacheUnwritableError, ConflictError, NotFoundError
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.messages import LARGEST_MESSAGE, LARGEST_PICTURE, read_message
from worklog.wire.sync.receipts import ReceiptOf, SignedReceipt, decode_receipt, encode_receipt
from worklog.wire.sync.uploads import amendment_digest, decode_upload, encode_upload

FORMAT: Final = 1
ABOUT: Final = "worklog-outbox.json"
MOST_MEMBERS: Final = 200_000
_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_MEMBER: Final = re.compile(
    rf"(?:(part)/({_ID})|(amendment)/({_ID})|(picture)/({_ID})\.([0-9]{{1,3}}))", re.ASCII
)


@dataclass(slots=True)
class Load:
    """What a file carries.

    Attributes:
        service: For which service.
        parts: By id.
        amendments: Texts by id.
        pictures: Names of members by part and position.
        receipts: Of a file that comes back.
    """

    service: str
    parts: dict[PartId, Record] = field(default_factory=dict)
    amendments: dict[AmendmentId, str] = field(default_factory=dict)
    pictures: dict[tuple[PartId, int], str] = field(default_factory=dict)
    receipts: list[SignedReceipt] = field(default_factory=list)


def write_load(outbox: Outbox, path: str, parts: Sequence[PartId]) -> int:
    """Write *parts* with their pictures and all amendments that wait; return how many things.

    Raises:
        CacheUnwritableError: the file cannot be written.
        ConflictError: there is a file of that name.
    """
    count = 0
    try:
        with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as file:
            file.writestr(
                ABOUT, canonical({"v": FORMAT, "kind": "outbox", "service": outbox.service})
            )
            for waiting in outbox.amendments():
                if (text := outbox.amendment_text(waiting.amendment)) is not None:
                    file.writestr(f"amendment/{waiting.amendment}", text)
                    count += 1
            for part in parts:
                record = outbox.record(part)
                if record is None:
                    continue
                file.writestr(f"part/{part}", canonical(encode_upload(record)))
                count += 1
                for picture in outbox.pictures(part, is_early=True):
                    if (data := outbox.image(picture)) is not None:
                        file.writestr(f"picture/{part}.{picture.position}", data)
                        count += 1
    except FileExistsError as error:
        msg = f"There is a file {path} already."
        raise ConflictError(msg, hint="Choose another name.") from error
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}."
        raise CacheUnwritableError(msg, hint="Choose another place.") from error
    Path(path).chmod(0o600)
    return count


def write_receipts(path: str, service: str, receipts: Sequence[SignedReceipt]) -> None:
    """Write what the first machine is to take in."""
    content: dict[str, Json] = {
        "v": FORMAT,
        "kind": "receipts",
        "service": service,
        "receipts": [encode_receipt(signed) for signed in receipts],
    }
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(ABOUT, canonical(content))
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}."
        raise CacheUnwritableError(msg, hint="Choose another place.") from error


def read_load(path: str) -> Load:
    """Return what the file at *path* carries; pictures are read later, one by one.

    Raises:
        NotFoundError: there is no such file.
        ConflictError: it is no such file, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return _load(file)
    except FileNotFoundError as error:
        msg = f"There is no file {path}."
        raise NotFoundError(msg, hint="Name one that `sync --export` wrote.") from error
    except (OSError, zipfile.BadZipFile, MalformedError, ValueError, NotImplementedError) as error:
        msg = f"{path} is no file of `sync --export`, or it is damaged."
        raise ConflictError(msg, hint="Export it again.") from error


def pictures_of(path: str, load: Load) -> Iterator[tuple[PartId, int, bytes]]:
    """Yield the pictures of *load*, one at a time."""
    with zipfile.ZipFile(path) as file:
        for (part, position), name in sorted(load.pictures.items()):
            yield part, position, _member(file, name, LARGEST_PICTURE)


def proven(
    outbox: Outbox, receipts: Sequence[SignedReceipt], verify: Verifier
) -> list[SignedReceipt]:
    """Return those of *receipts* that hold for what waits here, byte for byte."""
    held = []
    for signed in receipts:
        receipt = signed.receipt
        match receipt.of:
            case ReceiptOf.PART:
                record = outbox.record(PartId(receipt.id))
                digest = None if record is None else record.digest
            case ReceiptOf.AMENDMENT:
                text = outbox.amendment_text(AmendmentId(receipt.id))
                digest = None if text is None else amendment_digest(text)
            case ReceiptOf.IMAGE:
                part, _, position = receipt.id.partition("/")
                digests = {
                    str(picture.position): picture.sha256
                    for picture in outbox.pictures(PartId(part), is_early=True)
                }
                digest = digests.get(position)
        if digest is not None and signed.proves(receipt.of, receipt.id, digest, verify):
            held.append(signed)
    return held


def _load(file: zipfile.ZipFile) -> Load:
    names = file.namelist()
    if len(names) > MOST_MEMBERS or len(set(names)) != len(names):
        msg = "too many members"
        raise ValueError(msg)
    most = LARGEST_MESSAGE * 64
    about = read_message(_member(file, ABOUT, most), "outbox", most=most)
    if about.integer("v") != FORMAT:
        about.refuse("v", "is of a later version")
    load = Load(about.text("service"))
    if about.text("kind") == "receipts":
        load.receipts = [decode_receipt(item) for item in about.objects("receipts")]
        return load
    for name in names:
        if name != ABOUT:
            _take(file, name, load)
    return load


def _take(file: zipfile.ZipFile, name: str, load: Load) -> None:
    found = _MEMBER.fullmatch(name)
    if found is None:
        msg = "a member of another name"
        raise ValueError(msg)
    if found[1]:
        data = _member(file, name, LARGEST_MESSAGE)
        load.parts[PartId(found[2])] = decode_upload(read_message(data, "part"))
    elif found[3]:
        text = _member(file, name, LARGEST_MESSAGE).decode()
        if Reader.of_text(text, "amendment").text("id") != found[4]:
            msg = "an amendment of another name"
            raise ValueError(msg)
        load.amendments[AmendmentId(found[4])] = text
    else:
        load.pictures[PartId(found[6]), int(found[7])] = name


def _member(file: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        found = file.getinfo(name)
    except KeyError as error:
        msg = f"{name} is missing"
        raise ValueError(msg) from error
    if found.file_size > most:
        msg = f"{name} is too large"
        raise ValueError(msg)
    with file.open(found) as member:
        data = member.read(most + 1)
    if len(data) > most:
        msg = f"{name} is too large"
        raise ValueError(msg)
    return data
