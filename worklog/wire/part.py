"""Parts as evidence: a signed header, and the fields that it commits to (R32).

The header has what must stay after an erasure: ids, slot, spans and the place in the
stream. All content is in fields, each with a salt of its own. A capture is two fields,
so that a redaction can destroy the digests of the original and keep the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from worklog.domain.activity import Activity
from worklog.domain.canonical import Json, canonical, parse_json, printable
from worklog.domain.evidence import Erasures, Field, Record, decode_fields
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import ContractId, DeviceId, PartId
from worklog.domain.part import (
    FORMAT,
    Capture,
    CaptureState,
    ClockState,
    Part,
    Role,
    Span,
)
from worklog.wire.reader import MalformedError, Reader

WHOLE: Final = 1000  # a share in thousandths [‰]
_CAPTURE: Final = "capture."
_PICTURE: Final = "picture."


def header_of(
    part: Part, fields: Mapping[str, Field], *, stream: str, sequence: int, previous: str
) -> bytes:
    """Return the bytes to sign: *part* without content, with commitments to *fields*."""
    return canonical(
        {
            **_frame(part, "part"),
            "stream": stream,
            "sequence": sequence,
            "previous": previous,
            "commitments": {name: field.commitment(name) for name, field in fields.items()},
        }
    )


def fields_of(part: Part, salt: Callable[[], bytes]) -> dict[str, Field]:
    """Return the content of *part*, each field with a new *salt*."""
    return {name: Field(salt(), value) for name, value in _values(part).items()}


def decode_part(header: bytes, fields: str) -> Part:
    """Return the part of a sealed record; one without any field is erased.

    Raises:
        MalformedError: it is no part, or one of a later version.
    """
    try:
        frame = Reader(parse_json(header.decode()), "part")
        values = {name: field.value for name, field in decode_fields(fields).items()}
    except ValueError as error:
        msg = f"the part cannot be read: {error}"
        raise MalformedError(msg) from error
    return _part(frame, values, kind="part")


def erased_fields(record: Record, erasures: Erasures) -> Callable[[str], bool]:
    """Return which fields of *record* the *erasures* take away.

    Unlike the positions in a decoded part, the names in a record do not move up when
    an earlier capture is erased.
    """
    part = decode_part(record.header, record.fields)
    if erasures.cover(part):
        return lambda _: True
    names = set()
    for name, field in decode_fields(record.fields).items():
        if not name.startswith(_CAPTURE):
            continue
        position = name.removeprefix(_CAPTURE)
        capture = Reader(field.value, name)
        is_camera = capture.text("role") == Role.CAMERA
        if is_camera and part.part_id in erasures.snapshots:
            names |= {name, f"{_PICTURE}{position}"}
        if not is_camera and (part.part_id, capture.integer("monitor")) in erasures.pictures:
            names |= {f"{_PICTURE}{position}"}
    return names.__contains__


def is_perishable(name: str) -> bool:
    """Return whether the field *name* is kept for a time only: pictures and titles (R31)."""
    return name == "title" or name.startswith(_PICTURE)


def encode_open_part(part: Part) -> str:
    """Return an open part as text; it is not evidence yet and has no salts."""
    values: Mapping[str, Json] = {} if part.is_erased else _values(part)
    return canonical({**_frame(part, "open-part"), "fields": values}).decode()


def decode_open_part(text: str) -> Part:
    """Return the open part of *text*.

    Raises:
        MalformedError: it is none, or one of a later version.
    """
    frame = Reader.of_text(text, "open part")
    fields = frame.object("fields")
    return _part(frame, {n: fields.value(n) for n in fields.names()}, kind="open-part")


def content_of(part: Part) -> bytes:
    """Return bytes that are equal for parts that would be kept alike."""
    return encode_open_part(part).encode()


def encode_capture(capture: Capture) -> Json:
    """Return *capture* with its digests as one JSON value."""
    return {**_capture(capture), **_picture(capture)}


def decode_capture(reader: Reader) -> Capture:
    """Return the capture of `encode_capture`."""
    covered = reader.integer("covered", 0)
    if not 0 <= covered <= WHOLE:
        reader.refuse("covered", f"is no share of {WHOLE}")
    return Capture(
        state=CaptureState(reader.text("state")),
        taken_at=reader.instant("taken"),
        role=Role(reader.text("role")),
        monitor=reader.integer("monitor"),
        sha256=reader.text("sha256", ""),
        thumbnail_sha256=reader.text("thumbnail", ""),
        width=reader.integer("width", 0),
        height=reader.integer("height", 0),
        covered=covered,
    )


def encode_activity(activity: Activity) -> dict[str, Json]:
    """Return *activity* as one JSON value."""
    return {
        "keys": activity.keys,
        "clicks": activity.clicks,
        "scrolls": activity.scrolls,
        "active": activity.active,
    }


def decode_activity(reader: Reader) -> Activity:
    """Return the activity of `encode_activity`."""
    return Activity(
        keys=reader.counts("keys"),
        clicks=reader.counts("clicks"),
        scrolls=reader.counts("scrolls"),
        active=reader.boxes("active"),
    )


def _frame(part: Part, kind: str) -> dict[str, Json]:
    return {
        "v": FORMAT,
        "kind": kind,
        "part": part.part_id,
        "device": part.device,
        "contract": part.contract,
        "slot": part.slot.index,
        "opened": epoch_ms(part.opened),
        "sealed": epoch_ms(part.sealed),
        "spans": [[span.start, span.end] for span in part.spans],
        "marks": list(part.marks),
    }


def _values(part: Part) -> dict[str, Json]:
    values: dict[str, Json] = {
        "counts": encode_activity(part.activity),
        "memos": [[printable(span.memo), printable(span.label)] for span in part.spans],
        "application": None if part.application is None else printable(part.application),
        "title": None if part.title is None else printable(part.title),
        "policy": part.policy,
        "clock": {"zone": part.zone, "offset": part.utc_offset, "state": part.clock.value},
    }
    for position, capture in enumerate(part.captures):
        values[f"{_CAPTURE}{position}"] = _capture(capture)
        if capture.sha256:
            values[f"{_PICTURE}{position}"] = _picture(capture)
    return values


def _capture(capture: Capture) -> dict[str, Json]:
    return {
        "role": capture.role.value,
        "monitor": capture.monitor,
        "state": capture.state.value,
        "taken": epoch_ms(capture.taken_at),
        "width": capture.width,
        "height": capture.height,
        # Only where there is some: what was signed before there was a share stays as it was.
        **({"covered": capture.covered} if capture.covered else {}),
    }


def _picture(capture: Capture) -> dict[str, Json]:
    return {"sha256": capture.sha256, "thumbnail": capture.thumbnail_sha256}


def _part(frame: Reader, values: Mapping[str, Json], *, kind: str) -> Part:
    if frame.integer("v") != FORMAT:
        frame.refuse("v", f"is not {FORMAT}: a newer worklog wrote it")
    if frame.text("kind") != kind:
        frame.refuse("kind", f"is not {kind}")
    fields = Reader(values, "part")
    try:
        return _assemble(frame, fields, is_erased=not values)
    except MalformedError:
        raise
    except ValueError as error:
        msg = f"the part cannot be read: {error}"
        raise MalformedError(msg) from error


def _assemble(frame: Reader, fields: Reader, *, is_erased: bool) -> Part:
    intervals = frame.rows("spans", int, int)
    words = fields.rows("memos", str, str) if "memos" in fields else (("", ""),) * len(intervals)
    if len(words) != len(intervals):
        fields.refuse("memos", "does not fit the spans")
    clock = fields.object("clock") if "clock" in fields else None
    return Part(
        part_id=PartId(frame.text("part")),
        device=DeviceId(frame.text("device")),
        contract=ContractId(frame.text("contract")),
        slot=Slot(frame.integer("slot")),
        opened=frame.instant("opened"),
        sealed=frame.instant("sealed"),
        spans=tuple(
            Span(_int(start), _int(end), str(memo), str(label))
            for (start, end), (memo, label) in zip(intervals, words, strict=True)
        ),
        activity=decode_activity(fields.object("counts")) if "counts" in fields else Activity(),
        application=fields.optional_text("application"),
        title=fields.optional_text("title"),
        captures=_captures(fields),
        zone=clock.text("zone") if clock else "",
        utc_offset=clock.integer("offset") if clock else 0,
        clock=ClockState(clock.text("state")) if clock else ClockState.STEADY,
        policy=fields.integer("policy", 0),
        marks=frame.texts("marks"),
        is_erased=is_erased,
    )


def _captures(fields: Reader) -> tuple[Capture, ...]:
    positions = sorted(
        int(name.removeprefix(_CAPTURE)) for name in fields.names() if name.startswith(_CAPTURE)
    )
    captures = []
    for position in positions:
        members: dict[str, Json] = {}
        for name in (f"{_CAPTURE}{position}", f"{_PICTURE}{position}"):
            if name in fields:
                member = fields.object(name)
                members |= {key: member.value(key) for key in member.names()}
        captures.append(decode_capture(Reader(members, f"{_CAPTURE}{position}")))
    return tuple(captures)


def _int(value: Json) -> int:
    return value if isinstance(value, int) else 0  # `rows` has seen to it
