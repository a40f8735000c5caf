"""Sessions: the spans of work that a user starts and stops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from worklog.domain.ids import ContractId, SessionId


class Ending(StrEnum):
    """Why a session ended."""

    STOP = "stop"
    SWITCH = "switch"
    HANG_UP = "hang-up"
    SIGNAL = "signal"
    IDLE = "idle"
    TIME_UP = "time-up"  # --for, --until
    LIMIT = "limit"  # limit.stop
    CRASH = "crash"


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of tracking for one contract, running while *ended* is None.

    Attributes:
        session_id: UUIDv7.
        contract: Whom the time belongs to.
        started: Start, aware.
        ended: End, aware, not before *started*; None while running.
        ending: Why it ended; None while running.
        memo: The memo in force at its end, or now.
        label: The label in force at its end, or now.
        pid: Process of the tracker.
        boot: Id of the boot it started in.
    """

    session_id: SessionId
    contract: ContractId
    started: datetime
    ended: datetime | None = None
    ending: Ending | None = None
    memo: str = ""
    label: str = ""
    pid: int = 0
    boot: str = ""
