"""What ingest answers for each item: that it has it, or that it was erased."""

from __future__ import annotations

from dataclasses import dataclass

from worklog.errors import ErasedError
from worklog.wire.sync.receipts import SignedReceipt


@dataclass(frozen=True, slots=True)
class Received:
    """What was taken in.

    Attributes:
        receipt: Its receipt.
        is_new: Whether it was not here before.
    """

    receipt: SignedReceipt
    is_new: bool


def erased() -> ErasedError:
    return ErasedError("It was deleted.", hint="Nothing is to be done: it stays deleted.")
