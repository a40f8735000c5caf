"""What a freelancer's tracker asks of a contract: a week locked early, or a permission.

Neither is an amendment: both are about the contract, and both are answered at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from worklog.domain.canonical import Json, canonical
from worklog.domain.grid import epoch_ms
from worklog.domain.ids import ContractId
from worklog.wire.reader import Reader

LONGEST_WORDS: Final = 2_000  # what a request has to say [characters]
_MOST_WAITING: Final = 1_000_000
_MANUAL: Final = "manual"


@dataclass(frozen=True, slots=True)
class Submission:
    """An ended billing week is to be locked now (R23).

    Attributes:
        contract: Whose.
        week: First instant of it.
        waiting: Parts of it that the tracker has not sent yet; a week with any is refused.
    """

    contract: ContractId
    week: datetime
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class PermissionRequest:
    """The client is asked to allow time by hand (R25).

    Attributes:
        contract: Of which.
        words: Why; may be empty.
    """

    contract: ContractId
    words: str = ""


def encode_submission(submission: Submission) -> bytes:
    """Return the body that *submission* is sent as."""
    return canonical(
        {
            "contract": submission.contract,
            "week": epoch_ms(submission.week),
            "waiting": submission.waiting,
        }
    )


def decode_submission(reader: Reader) -> Submission:
    """Return the submission of a body.

    Raises:
        MalformedError: it is none.
    """
    waiting = reader.integer("waiting", 0)
    if not 0 <= waiting <= _MOST_WAITING:
        reader.refuse("waiting", "is no number of parts")
    return Submission(ContractId(reader.text("contract")), reader.instant("week"), waiting)


def encode_permission_request(request: PermissionRequest) -> bytes:
    """Return the body that *request* is sent as."""
    content: dict[str, Json] = {
        "kind": _MANUAL,
        "contract": request.contract,
        "text": request.words,
    }
    return canonical(content)


def decode_permission_request(reader: Reader) -> PermissionRequest:
    """Return the request of a body.

    Raises:
        MalformedError: it is none, or asks for something that cannot be asked for.
    """
    if reader.text("kind") != _MANUAL:
        reader.refuse("kind", f"is not {_MANUAL}")
    words = reader.text("text", "")
    if len(words) > LONGEST_WORDS:
        reader.refuse("text", f"has more than {LONGEST_WORDS} characters")
    return PermissionRequest(ContractId(reader.text("contract")), words)


def encode_done(name: str) -> dict[str, Json]:
    """Return the answer to what was done: the id of the request, or the name of the week."""
    return {"id": name}


def decode_done(reader: Reader) -> str:
    """Return what the answer names.

    Raises:
        MalformedError: it names nothing.
    """
    return reader.text("id")
