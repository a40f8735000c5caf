"""Sessions as JSON."""

from __future__ import annotations

from worklog.domain.canonical import Json, printable
from worklog.domain.grid import epoch_ms
from worklog.domain.ids import ContractId, SessionId
from worklog.domain.session import Ending, Session
from worklog.wire.reader import Reader


def encode_session(session: Session) -> dict[str, Json]:
    """Return *session* as one JSON value."""
    return {
        "session": session.session_id,
        "contract": session.contract,
        "started": epoch_ms(session.started),
        "ended": None if session.ended is None else epoch_ms(session.ended),
        "ending": None if session.ending is None else session.ending.value,
        "memo": printable(session.memo),
        "label": printable(session.label),
        "pid": session.pid,
        "boot": session.boot,
    }


def decode_session(reader: Reader) -> Session:
    """Return the session of *reader*.

    Raises:
        MalformedError: it is none.
    """
    ending = reader.optional_text("ending")
    if ending is not None and ending not in list(Ending):
        reader.refuse("ending", "is not known")
    has_ended = reader.value("ended") is not None
    return Session(
        session_id=SessionId(reader.text("session")),
        contract=ContractId(reader.text("contract")),
        started=reader.instant("started"),
        ended=reader.instant("ended") if has_ended else None,
        ending=None if ending is None else Ending(ending),
        memo=reader.text("memo"),
        label=reader.text("label"),
        pid=reader.integer("pid"),
        boot=reader.text("boot"),
    )
