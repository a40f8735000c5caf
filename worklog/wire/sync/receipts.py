"""Signed receipts: what the service acknowledges, and can be held to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from worklog.domain.canonical import Json, canonical
from worklog.domain.grid import epoch_ms
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.messages import DIGEST_BYTES, SIGNATURE_BYTES, read_hex


class ReceiptOf(StrEnum):
    """What was received."""

    PART = "part"
    IMAGE = "image"
    AMENDMENT = "amendment"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service has taken into its keeping, and when.

    Attributes:
        of: Kind of the thing.
        id: Of the part or amendment; of a picture its `picture_name`.
        digest: SHA-256 of the header, of the image file, or of the amendment's text, hex.
        received: When it was committed.
        epoch: Of the service's database at that moment.
        key: Id of the key that signed (`key_id`).
    """

    of: ReceiptOf
    id: str
    digest: str
    received: datetime
    epoch: str
    key: str

    @property
    def content(self) -> str:
        """The canonical text that is signed."""
        return canonical(
            {
                "v": 1,
                "kind": "receipt",
                "of": self.of.value,
                "id": self.id,
                "digest": self.digest,
                "received": epoch_ms(self.received),
                "epoch": self.epoch,
                "key": self.key,
            }
        ).decode()


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt as it is kept on both sides.

    Attributes:
        content: The canonical text that was signed.
        signature: Ed25519, by the service's key.
    """

    content: str
    signature: bytes

    @property
    def receipt(self) -> Receipt:
        """What it says.

        Raises:
            MalformedError: it is no receipt.
        """
        reader = Reader.of_text(self.content, "receipt")
        if reader.integer("v") != 1 or reader.text("kind") != "receipt":
            reader.refuse("kind", "is no receipt that this version knows")
        if (of := reader.text("of")) not in list(ReceiptOf):
            reader.refuse("of", "is not known")
        return Receipt(
            of=ReceiptOf(of),
            id=reader.text("id"),
            digest=read_hex(reader, "digest", DIGEST_BYTES).hex(),
            received=reader.instant("received"),
            epoch=reader.text("epoch"),
            key=reader.text("key"),
        )

    def proves(
        self, of: ReceiptOf, name: str, digest: str, verify: Callable[[bytes, bytes], bool]
    ) -> bool:
        """Return whether it acknowledges exactly that, signed by the key that *verify* knows."""
        try:
            receipt = self.receipt
        except MalformedError:
            return False
        return (receipt.of, receipt.id, receipt.digest) == (of, name, digest) and verify(
            self.content.encode(), self.signature
        )


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def encode_receipt(signed: SignedReceipt) -> Json:
    """Return the answer that a receipt is."""
    return {"receipt": signed.content, "signature": signed.signature.hex()}


def decode_receipt(reader: Reader) -> SignedReceipt:
    """Return the receipt of an answer; whether it holds is for `SignedReceipt.proves`.

    Raises:
        MalformedError: it is none.
    """
    signed = SignedReceipt(reader.text("receipt"), read_hex(reader, "signature", SIGNATURE_BYTES))
    signed.receipt  # noqa: B018 -- refuses what is none
    return signed
