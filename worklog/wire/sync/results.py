"""Refusals as problem documents (RFC 9457), and what became of each item of a batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from worklog.domain.canonical import Json
from worklog.errors import WorklogError, registry
from worklog.wire.reader import Reader
from worklog.wire.sync.receipts import SignedReceipt, decode_receipt, encode_receipt

RETRYABLE: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
_REFUSED: Final = "service-rejected"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was refused (RFC 9457), with the code that the command line knows too.

    Attributes:
        code: Of a class in `worklog.errors`.
        status: HTTP status.
        detail: What is wrong.
        hint: What to do about it; None where there is nothing.
        title: The kind of trouble in one sentence; that of the code's class.
    """

    code: str
    status: int
    detail: str
    hint: str | None = None
    title: str = ""

    @classmethod
    def of(cls, error: WorklogError) -> Problem:
        """Return the problem that *error* is to the other side."""
        return cls(
            code=error.code,
            status=error.http_status,
            detail=str(error),
            hint=error.hint,
            title=_title(type(error)),
        )

    @property
    def error(self) -> WorklogError:
        """The error to raise for it on this side; a code not known here is a refusal."""
        classes = {known.code: known for known in registry()}
        if (known := classes.get(self.code)) is None:
            known = classes["service-unreachable" if self.status in RETRYABLE else _REFUSED]
        return known(self.detail or self.title or f"HTTP {self.status}", hint=self.hint)

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in RETRYABLE


def encode_problem(problem: Problem) -> dict[str, Json]:
    """Return *problem* as the document that the service answers."""
    return {
        "type": f"urn:worklog:error:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "hint": problem.hint,
    }


def decode_problem(reader: Reader) -> Problem:
    """Return the problem of a document.

    Raises:
        MalformedError: it is none.
    """
    return Problem(
        code=reader.text("code"),
        status=reader.integer("status"),
        detail=reader.text("detail", ""),
        hint=reader.optional_text("hint"),
        title=reader.text("title", ""),
    )


def _title(kind: type[WorklogError]) -> str:
    return (kind.__doc__ or "").partition("\n")[0].rstrip(".")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item of a batch: received, or refused.

    Attributes:
        id: Of the item; empty where it could not be read.
        receipt: Of what was received; None where it was refused.
        problem: Why it was refused; None where it was received.
    """

    id: str
    receipt: SignedReceipt | None = None
    problem: Problem | None = None


def encode_results(results: Iterable[Result]) -> dict[str, Json]:
    """Return the answer to a batch: one result per item, in its order."""
    return {"results": [_encode_result(result) for result in results]}


def decode_results(reader: Reader) -> tuple[Result, ...]:
    """Return the results of an answer to a batch.

    Raises:
        MalformedError: it is none.
    """
    return tuple(_decode_result(item) for item in reader.objects("results"))


def _encode_result(result: Result) -> Json:
    if result.receipt is not None:
        return {"id": result.id, "receipt": encode_receipt(result.receipt)}
    if result.problem is not None:
        return {"id": result.id, "problem": encode_problem(result.problem)}
    msg = "a result has a receipt or a problem"
    raise ValueError(msg)


def _decode_result(reader: Reader) -> Result:
    if "receipt" in reader:
        return Result(reader.text("id"), receipt=decode_receipt(reader.object("receipt")))
    return Result(reader.text("id"), problem=decode_problem(reader.object("problem")))
