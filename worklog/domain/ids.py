"""Identities: UUIDv7 as text, so that ids sort by creation.

Layout: RFC 9562, section 5.7. Python 3.14 has `uuid.uuid7`; until that is the oldest
version supported, these ten lines serve.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NewType

from worklog.domain.grid import epoch_ms

PartId = NewType("PartId", str)
AmendmentId = NewType("AmendmentId", str)
ContractId = NewType("ContractId", str)
DeviceId = NewType("DeviceId", str)
SessionId = NewType("SessionId", str)
StreamId = NewType("StreamId", str)

ENTROPY_BYTES: Final = 10


def uuid7(instant: datetime, entropy: bytes) -> str:
    """Return the UUIDv7 of *instant* (to the millisecond) and ten random bytes.

    Raises:
        ValueError: *entropy* is not `ENTROPY_BYTES` long.
    """
    if len(entropy) != ENTROPY_BYTES:
        msg = f"{ENTROPY_BYTES} random bytes wanted, got {len(entropy)}"
        raise ValueError(msg)
    value = epoch_ms(instant) << 80 | int.from_bytes(entropy)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
