"""A proof: segments with all that shows where they come from, as one JSON value (R32).

What devices and services signed is in it as it was signed; the rest (words, bills, terms,
history) nobody signed, so the whole is signed once more by the device that makes the
proof. That signature is over a manifest with one digest for each leaf of the value: what
was changed afterwards can be named, not only noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from worklog.domain.canonical import Json, canonical, parse
from worklog.domain.evidence import Record, Signer, decode_fields
from worklog.domain.ids import PartId
from worklog.wire.sync.receipts import SignedReceipt

VERSION: Final = 1
# Keeps the signature of a proof from being one of anything else.
_MANIFEST: Final = b"worklog proof 1\0"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One part with all that proves it.

    Attributes:
        part: Its id.
        record: As it was sealed.
        key: Public key of the stream it was signed in.
        receipts: What services acknowledged of it, each with the address of the service.
    """

    part: PartId
    record: Record
    key: bytes
    receipts: tuple[tuple[str, SignedReceipt], ...] = ()


def encode_exhibit(exhibit: Exhibit, pictures: Mapping[int, str]) -> dict[str, Json]:
    """Return *exhibit* with its *pictures* in base64 by position.

    Header and receipts are values and not texts: their canonical form is what was signed.
    """
    record = exhibit.record
    return {
        "part": exhibit.part,
        "header": parse(record.header),
        "signature": record.signature.hex(),
        "key": exhibit.key.hex(),
        "fields": {
            name: {"salt": field.salt.hex(), "value": field.value}
            for name, field in decode_fields(record.fields).items()
        },
        "pictures": {str(position): data for position, data in sorted(pictures.items())},
        "receipts": [
            {
                "service": service,
                "receipt": parse(signed.content.encode()),
                "signature": signed.signature.hex(),
            }
            for service, signed in exhibit.receipts
        ],
    }


def encode_proof(content: Mapping[str, Json], signer: Signer) -> dict[str, Json]:
    """Return *content* as a proof, signed by *signer*.

    Raises:
        ValueError: it holds something that canonical JSON has not.
    """
    body: dict[str, Json] = {
        **content,
        "v": VERSION,
        "kind": "proof",
        "key": signer.public_key.hex(),
    }
    manifest = {path: _digest(leaf) for path, leaf in leaves(body)}
    signature = signer.sign(_MANIFEST + canonical(manifest))
    return {"proof": body, "manifest": manifest, "signature": signature.hex()}


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Yield each leaf of *value* with its path: names and positions, `/` between them.

    A list without an object in it is one leaf, and so is an empty object. Names are
    written as in RFC 6901: `~1` for `/` and `~0` for `~`.
    """
    if isinstance(value, Mapping) and value:
        for name, member in value.items():
            yield from leaves(member, _join(path, name.replace("~", "~0").replace("/", "~1")))
    elif _is_list(value) and any(isinstance(member, Mapping) for member in value):
        for position, member in enumerate(value):
            yield from leaves(member, _join(path, str(position)))
    else:
        yield path, value


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _digest(leaf: Json) -> str:
    return hashlib.sha256(canonical(leaf)).hexdigest()
